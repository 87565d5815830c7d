/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/socket/sockstat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_SIZE 1024 /* six short lines */

/* The text behind the line's name, or NULL. */
static const char *line_find(const char *text, const char *line)
{
	size_t length = strlen(line);

	while (text && (strncmp(text, line, length) != 0 || text[length] != ':')) {
		text = strchr(text, '\n');
		text += text != NULL;
	}
	return text ? text + length + 1 : NULL;
}

int sockstat_parse(const char *text, const char *line, const char *field, uint64_t *ret_value)
{
	const char *position = line_find(text, line);

	/* " FIELD NUMBER FIELD NUMBER…", to the end of the line. */
	while (position && *position == ' ') {
		const char *name = position + 1;
		const size_t length = strcspn(name, " \n");
		const char *number = name + length + (name[length] == ' ');
		const size_t n_digits = strspn(number, "0123456789");

		if (n_digits == 0)
			return -ENODATA;
		if (length == strlen(field) && memcmp(name, field, length) == 0) {
			*ret_value = strtoull(number, NULL, 10);
			return 0;
		}
		position = number + n_digits;
	}
	return -ENODATA;
}

int sockstat_read_time_wait(int fd, uint64_t *ret_n)
{
	char text[TEXT_SIZE];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	return sockstat_parse(text, "TCP", "tw", ret_n);
}
