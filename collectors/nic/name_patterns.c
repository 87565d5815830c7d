/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/nic/name_patterns.h"

#include <errno.h>
#include <stdlib.h>

static int compile(regex_t *regex, const char *text, struct reason *reason)
{
	char words[128];
	int code = regcomp(regex, text, REG_EXTENDED | REG_NOSUB);

	if (code == 0)
		return 0;
	(void)regerror(code, regex, words, sizeof(words));
	return reason_set(reason, code == REG_ESPACE ? -ENOMEM : -EINVAL,
	                  "no regular expression: %s", words);
}

int name_pattern_check(const char *text, struct reason *reason)
{
	regex_t regex;
	int error = compile(&regex, text, reason);

	if (!error)
		regfree(&regex);
	return error;
}

int name_patterns_init(struct name_patterns *patterns, const struct string_list *texts,
                       struct reason *reason)
{
	if (texts->n == 0)
		return 0;
	patterns->regexes = calloc(texts->n, sizeof(*patterns->regexes));
	if (!patterns->regexes)
		return reason_set(reason, -ENOMEM, "out of memory");
	for (; patterns->n < texts->n; patterns->n++) {
		int error = compile(&patterns->regexes[patterns->n], texts->values[patterns->n],
		                    reason);

		if (error < 0)
			return error;
	}
	return 0;
}

void name_patterns_clear(struct name_patterns *patterns)
{
	for (size_t i = 0; i < patterns->n; i++)
		regfree(&patterns->regexes[i]);
	free(patterns->regexes);
	*patterns = (struct name_patterns){ 0 };
}

bool name_patterns_match(const struct name_patterns *patterns, const char *name)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (regexec(&patterns->regexes[i], name, 0, NULL, 0) == 0)
			return true;
	return false;
}
