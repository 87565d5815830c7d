/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line is one write(2), so that lines of several threads do not mix (pipe(7): up to PIPE_BUF).
 * The journal is recognised as sd-daemon(3) and systemd.exec(5) say: $JOURNAL_STREAM names the
 * device and inode of the stream, and standard error must still be that very stream.
 */
#include "daemon/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/cleanup.h"

#define LINE_BYTES 2048 /* longer lines are cut */

/* Those that have names are logged under them. */
static const char *const level_names[] = {
	[LOG_ERR] = "error", [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice",
	[LOG_INFO] = "info", [LOG_DEBUG] = "debug",
};

static atomic_int log_level = LOG_INFO;

void log_set_level(int priority)
{
	atomic_store_explicit(&log_level, priority, memory_order_relaxed);
}

int log_level_parse(const char *name)
{
	for (size_t i = LOG_ERR; i < ARRAY_SIZE(level_names); i++)
		if (strcmp(name, level_names[i]) == 0)
			return (int)i;
	return -EINVAL;
}

static bool journal_reads(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat status;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
		fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device &&
		status.st_ino == inode;
}

/* Neither a line end nor an escape sequence may pass: bytes of C0, DEL, and C1 in UTF-8. */
static void blank_controls(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		unsigned char next = (unsigned char)text[i + 1];

		if (c < 0x20 || c == 0x7f || (c == 0xc2 && next >= 0x80 && next < 0xa0))
			text[i] = '?';
		if (c == 0xc2 && text[i] == '?')
			text[++i] = '?';
	}
}

__attribute__((format(printf, 3, 0))) static size_t
line_format(char line[static LINE_BYTES], int priority, const char *format, va_list arguments)
{
	int prefix, text;

	prefix = journal_reads()
		? snprintf(line, LINE_BYTES, "<%d>", priority)
		: snprintf(line, LINE_BYTES, "txpathd: %s: ", level_names[priority]);
	text = vsnprintf(line + prefix, LINE_BYTES - (size_t)prefix, format, arguments);
	if (text < 0)
		text = 0;
	if (prefix + text > LINE_BYTES - 1)
		text = LINE_BYTES - 1 - prefix;
	blank_controls(line + prefix, (size_t)text);
	line[prefix + text] = '\n'; /* in the place of the terminator */
	return (size_t)(prefix + text) + 1;
}

void log_write(int priority, const char *format, ...)
{
	int saved_errno = errno;
	char line[LINE_BYTES];
	va_list arguments;
	size_t length;

	if (priority > atomic_load_explicit(&log_level, memory_order_relaxed))
		return;
	if (priority < LOG_ERR)
		priority = LOG_ERR;

	va_start(arguments, format);
	length = line_format(line, priority, format, arguments);
	va_end(arguments);
	while (write(STDERR_FILENO, line, length) < 0 && errno == EINTR)
		;
	errno = saved_errno;
}
