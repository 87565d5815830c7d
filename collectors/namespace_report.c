/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/namespace_report.h"

#include <errno.h>
#include <stdio.h>

#define NAMES_MAX 4 /* that are told */

/* Members of one state, and the first of their labels in the order of bytes, which does not turn. */
struct group {
	size_t n;
	const char *labels[NAMES_MAX];
};

void namespace_report_failure(struct namespace_report *report, enum namespace_state state,
                              int error, const struct reason *reason)
{
	const char *hint = error == -EPERM ? ": needs CAP_SYS_ADMIN"
		: error == -EACCES         ? ": needs CAP_SYS_PTRACE"
					   : "";

	if (state == NAMESPACE_UNREACHABLE)
		(void)reason_set(&report->unreachable, 0, "%s%s", strerror(-error), hint);
	else if (state == NAMESPACE_PARTIAL)
		report->partial = *reason;
	else
		(void)reason_set(&report->failed, 0, "%s",
		                 reason->text[0] ? reason->text : strerror(-error));
}

static void group_add(struct group *group, const char *label)
{
	size_t i = group->n < NAMES_MAX ? group->n : NAMES_MAX;

	group->n++;
	if (i == NAMES_MAX && strcmp(group->labels[--i], label) <= 0)
		return;
	for (; i && strcmp(group->labels[i - 1], label) > 0; i--)
		group->labels[i] = group->labels[i - 1];
	group->labels[i] = label;
}

__attribute__((format(printf, 2, 3))) static void add(struct reason *reason, const char *format,
                                                      ...)
{
	size_t length = strlen(reason->text);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(reason->text + length, sizeof(reason->text) - length, format, arguments);
	va_end(arguments);
}

static void tell_group(struct reason *reason, const struct group *group, const char *verb,
                       const struct reason *why)
{
	if (!group->n)
		return;
	add(reason, "%scannot %s %zu network namespace%s (", reason->text[0] ? "; " : "", verb,
	    group->n, group->n > 1 ? "s" : "");
	for (size_t i = 0; i < group->n && i < NAMES_MAX; i++)
		add(reason, "%s%s", i ? ", " : "", group->labels[i]);
	add(reason, "%s): %s", group->n > NAMES_MAX ? ", …" : "", why->text);
}

void namespace_report(const struct namespace_report *report, const struct namespace_set *set,
                      const struct collector_env *env)
{
	struct group groups[NAMESPACE_GONE + 1] = { 0 };
	struct collector_tally *tally = env->tally;

	for (size_t i = 0; i < set->n_members; i++)
		group_add(&groups[set->members[i]->state], set->members[i]->namespace.label);

	tally->n_namespaces =
		groups[NAMESPACE_GOOD].n + groups[NAMESPACE_PARTIAL].n + groups[NAMESPACE_FAILED].n;
	tally->n_unreachable_namespaces = groups[NAMESPACE_UNREACHABLE].n;
	tally->n_untracked_namespaces = set->n_untracked;

	if (report->lack.text[0])
		add(env->reason, "%s%s", env->reason->text[0] ? "; " : "", report->lack.text);
	tell_group(env->reason, &groups[NAMESPACE_UNREACHABLE], "enter", &report->unreachable);
	tell_group(env->reason, &groups[NAMESPACE_FAILED], "sample", &report->failed);
	tell_group(env->reason, &groups[NAMESPACE_PARTIAL], "sample all of", &report->partial);
}
