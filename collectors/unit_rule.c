/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules in tables, one table after the other tried on the path's components from the outermost on.
 */
#include "collectors/unit_rule.h"

#include <string.h>

#include "daemon/cleanup.h"

/* clang-format off */
/* Engines make cgroups by themselves, or have systemd make them. */
#define ENGINE          UNIT_BARE | UNIT_SCOPE | UNIT_SERVICE

#define FOLDED          .form = UNIT_FORM_FOLDED
#define LABELLED(text)  .form = UNIT_FORM_LABELLED, .label = (text)
#define CONTAINER(text) LABELLED(text), .marked_max = 12
#define POD             LABELLED("pod:"), .marked_max = 13

static const struct unit_rule machines[] = {
	{ "systemd-nspawn@*",        UNIT_SERVICE, FOLDED },
	{ "machine-*\\x2d(#)\\x2d*", UNIT_SCOPE, FOLDED },
	{ "machine-*",               UNIT_SCOPE, FOLDED },
	{ "lxc.payload.(*)",         UNIT_BARE, LABELLED("lxc:") },
	{ "(*)",                     UNIT_BARE, LABELLED("lxc:"), .parent = "lxc" },
	{ "(*)",                     UNIT_BARE, LABELLED("lxc:"), .parent = "lxc.payload" },
	{ 0 },
};

static const struct unit_rule pods[] = {
	{ "*-pod(&)",         UNIT_SLICE, POD },
	{ "pod(&)",           UNIT_BARE, POD },
	/* The kubelet names cgroups for systemd, and the engine makes them without it. */
	{ "*-pod(&).slice:*", UNIT_BARE, POD },
	{ 0 },
};

static const struct unit_rule containers[] = {
	{ "docker-($)",         ENGINE, CONTAINER("docker:") },
	{ "($)",                UNIT_BARE, CONTAINER("docker:"), .parent = "docker" },
	{ "libpod-conmon-(+)",  UNIT_BARE | UNIT_SCOPE, FOLDED },
	{ "crio-conmon-(+)",    UNIT_BARE | UNIT_SCOPE, FOLDED },
	{ "libpod-($)",         ENGINE, CONTAINER("podman:") },
	{ "cri-containerd-($)", ENGINE, CONTAINER("containerd:") },
	{ "nerdctl-($)",        ENGINE, CONTAINER("containerd:") },
	{ "crio-($)",           ENGINE, CONTAINER("crio:") },
	{ "*-($)",              UNIT_SCOPE | UNIT_SERVICE, CONTAINER("container:") },
	{ "($)",                ENGINE, CONTAINER("container:") },
	{ "*:($)",              UNIT_BARE, CONTAINER("container:") },
	{ 0 },
};

static const struct unit_rule units[] = {
	{ "user@#",                  UNIT_SERVICE, .form = UNIT_FORM_MANAGER },
	{ "session-(+)",             UNIT_SCOPE, .form = UNIT_FORM_IN_PARENT },
	{ "app-*-(+)",               UNIT_SCOPE, FOLDED },
	{ "app-*@(*)",               UNIT_SERVICE, FOLDED },
	{ "*-(&)",                   UNIT_SCOPE, FOLDED },
	{ "run-(r%)",                UNIT_SCOPE | UNIT_SERVICE, FOLDED },
	{ "run-(u#)",                UNIT_SCOPE | UNIT_SERVICE, FOLDED },
	{ "run-(p#-i#)",             UNIT_SCOPE | UNIT_SERVICE, FOLDED },
	{ "run-(#)",                 UNIT_SCOPE | UNIT_SERVICE, FOLDED },
	{ "podman-(#)",              UNIT_SCOPE, FOLDED },
	{ "podman-pause-(+)",        UNIT_SCOPE, FOLDED },
	{ "dbus-:#.#-(*)@#",         UNIT_SERVICE, LABELLED("dbus:") },
	{ "*@(#-*:#-*:#)",           UNIT_SERVICE, FOLDED }, /* IPv4, IPv6 */
	{ "*@(#-#-#)",               UNIT_SERVICE, FOLDED }, /* AF_UNIX: pid and uid of the peer */
	{ "*@(#-#_#-#)",             UNIT_SERVICE, FOLDED },
	{ "*@(#-#-#-#)",             UNIT_SERVICE, FOLDED }, /* and the socket's cookie */
	{ "*@(#-#-#_#-#)",           UNIT_SERVICE, FOLDED },
	{ "*@(#-unknown)",           UNIT_SERVICE, FOLDED },
	{ "*@(#-#-unknown)",         UNIT_SERVICE, FOLDED },
	{ "*",                       UNIT_SCOPE | UNIT_SERVICE | UNIT_OTHER, FOLDED },
	{ 0 },
};

/* What engines make within a unit that says more: "web.service/libpod-payload-ID". */
static const struct unit_rule strays[] = {
	{ "*-($)", UNIT_BARE, CONTAINER("container:") },
	{ 0 },
};
/* clang-format on */

static const struct unit_rule *const tables[] = { machines, pods, containers, units, strays };

static const struct {
	const char *ending;
	enum unit_type type;
} endings[] = {
	{ "slice", UNIT_SLICE },  { "scope", UNIT_SCOPE }, { "service", UNIT_SERVICE },
	{ "socket", UNIT_OTHER }, { "mount", UNIT_OTHER }, { "swap", UNIT_OTHER },
};

static void component_classify(struct unit_component *component)
{
	const char *dot = memrchr(component->text, '.', component->length);
	size_t stem_length = dot ? (size_t)(dot - component->text) : 0;
	size_t ending_length = component->length - stem_length - 1;

	component->type = UNIT_BARE;
	component->stem_length = component->length;
	for (size_t i = 0; dot && i < ARRAY_SIZE(endings); i++) {
		if (strlen(endings[i].ending) != ending_length ||
		    memcmp(dot + 1, endings[i].ending, ending_length) != 0)
			continue;
		component->type = endings[i].type;
		component->stem_length = stem_length;
	}
}

/* The component that begins at or after text; false: there is none before the end. */
bool unit_component_next(const char *text, const char *end, struct unit_component *ret_component)
{
	const char *slash;

	while (text < end && *text == '/')
		text++;
	if (text == end)
		return false;
	slash = memchr(text, '/', (size_t)(end - text));
	ret_component->text = text;
	ret_component->length = (size_t)((slash ? slash : end) - text);
	component_classify(ret_component);
	return true;
}

static bool rule_matches(const struct unit_rule *rule, struct unit_match *match)
{
	const struct unit_component *component = &match->component, *parent = &match->parent;

	if (!(rule->types & component->type))
		return false;
	if (rule->parent &&
	    (strlen(rule->parent) != parent->length ||
	     memcmp(rule->parent, parent->text, parent->length) != 0))
		return false;
	match->rule = rule;
	return unit_pattern_match(rule->pattern, component->text, component->stem_length,
	                          &match->mark);
}

/* The first rule of the table for the outermost component that has one. */
static bool table_match(const struct unit_rule *table, const char *path, const char *end,
                        struct unit_match *match)
{
	*match = (struct unit_match){ 0 };
	while (unit_component_next(path, end, &match->component)) {
		for (const struct unit_rule *rule = table; rule->pattern; rule++)
			if (rule_matches(rule, match))
				return true;
		match->parent = match->component;
		path = match->component.text + match->component.length;
	}
	return false;
}

bool unit_rule_find(const char *path, const char *end, struct unit_match *ret_match)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		if (table_match(tables[i], path, end, ret_match))
			return true;
	return false;
}

bool unit_rule_find_unit(const char *path, const char *end, struct unit_match *ret_match)
{
	return table_match(units, path, end, ret_match);
}
