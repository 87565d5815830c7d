/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/socket/sockstat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
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
	const size_t length = strlen(field);
	int used = 0;

	/* " FIELD NUMBER FIELD NUMBER…", to the end of the line. */
	while (position && *position == ' ') {
		bool found = strncmp(position + 1, field, length) == 0 &&
			position[1 + length] == ' ';
		uint64_t value;

		if (sscanf(position, "%*[ ]%*[^ \n]%*[ ]%" SCNu64 "%n", &value, &used) < 1)
			return -ENODATA;
		if (found) {
			*ret_value = value;
			return 0;
		}
		position += used;
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
