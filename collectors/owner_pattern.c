/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/owner_pattern.h"

#include <errno.h>
#include <stdlib.h>

static int pattern_compile(regex_t *regex, const char *text, struct reason *reason)
{
	int error = regcomp(regex, text, REG_EXTENDED | REG_NOSUB);
	char words[256];

	if (!error)
		return 0;
	(void)regerror(error, regex, words, sizeof(words));
	return reason_set(reason, error == REG_ESPACE ? -ENOMEM : -EINVAL, "%s", words);
}

int owner_pattern_check(const char *text, struct reason *reason)
{
	regex_t regex;
	int error = pattern_compile(&regex, text, reason);

	if (error < 0)
		return -EINVAL;
	regfree(&regex);
	return 0;
}

static int add_group(struct owner_patterns *patterns, const struct named_list *list,
                     struct reason *reason)
{
	for (size_t i = 0; i < list->strings.n; i++) {
		struct owner_pattern *pattern = &patterns->patterns[patterns->n];
		int error = pattern_compile(&pattern->regex, list->strings.values[i], reason);

		if (error < 0)
			return error;
		pattern->group = list->name;
		patterns->n++;
	}
	return 0;
}

int owner_patterns_init(struct owner_patterns *patterns, const struct named_lists *groups,
                        struct reason *reason)
{
	size_t n = 0;

	*patterns = (struct owner_patterns){ 0 };
	for (size_t i = 0; groups && i < groups->n; i++)
		n += groups->lists[i].strings.n;
	if (!n)
		return 0;
	patterns->patterns = calloc(n, sizeof(*patterns->patterns));
	if (!patterns->patterns)
		return reason_set(reason, -ENOMEM, "owner groups: out of memory");
	for (size_t i = 0; i < groups->n; i++) {
		int error = add_group(patterns, &groups->lists[i], reason);

		if (error < 0)
			return error;
	}
	return 0;
}

void owner_patterns_clear(struct owner_patterns *patterns)
{
	for (size_t i = 0; i < patterns->n; i++)
		regfree(&patterns->patterns[i].regex);
	free(patterns->patterns);
	*patterns = (struct owner_patterns){ 0 };
}

const char *owner_patterns_match(const struct owner_patterns *patterns, const char *name)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (regexec(&patterns->patterns[i].regex, name, 0, NULL, 0) == 0)
			return patterns->patterns[i].group;
	return NULL;
}
