/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/netfilter/proc_line.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/cleanup.h"

static inline void fclose_p(FILE **file)
{
	if (*file)
		(void)fclose(*file);
}

static int refused(const char *path, int error, struct reason *reason)
{
	int told = error == -ENOENT ? -EOPNOTSUPP : error == -EACCES ? -EPERM : error;

	return reason_set(reason, told, "%s: %s", path, strerrordesc_np(-error));
}

int proc_lines(const char *path, proc_line_fn take, void *context, struct reason *reason)
{
	FILE *file cleanup(fclose) = fopen(path, "re");
	char *line cleanup(free) = NULL;
	size_t size = 0;
	int error;

	if (!file)
		return refused(path, -errno, reason);
	errno = 0;
	while (getline(&line, &size, file) >= 0) {
		error = take(line, context);
		if (error)
			return error;
		errno = 0;
	}
	/* At the end of the file there is no error. */
	return errno ? refused(path, -errno, reason) : 0;
}

bool proc_word(const char **position, const char **ret_word, size_t *ret_length)
{
	*ret_word = *position + strspn(*position, " \t");
	*ret_length = strcspn(*ret_word, " \t\n");
	*position = *ret_word + *ret_length;
	return *ret_length > 0;
}

static unsigned digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return (unsigned)(digit - '0');
	if (digit >= 'a' && digit <= 'f')
		return (unsigned)(digit - 'a') + 10;
	return UINT32_MAX;
}

bool proc_number(const char **position, unsigned base, uint64_t max, uint64_t *ret_number)
{
	const char *word;
	uint64_t number = 0;
	size_t length;

	if (!proc_word(position, &word, &length))
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned digit = digit_value(word[i]);

		if (digit >= base || number > (max - digit) / base)
			return false;
		number = number * base + digit;
	}
	*ret_number = number;
	return true;
}

bool proc_line_ends(const char *position)
{
	position += strspn(position, " \t");
	return strcmp(position, "\n") == 0;
}
