/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libbpf calls back without a context, on the thread that called it: so the log that listens is a
 * thread's own variable. The messages are libbpf 1.1's and later:
 *
 *   libbpf: prog 'NAME': BPF program load failed: Permission denied
 *   libbpf: prog 'NAME': -- BEGIN PROG LOAD LOG --
 *   …
 *   R2 invalid mem access 'scalar'
 *   processed 12 insns (limit 1000000) …
 *   -- END PROG LOAD LOG --
 *   libbpf: prog 'NAME': failed to load: -13
 */
#include "collectors/bpf_log.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

#include "daemon/cleanup.h"

#define PREFIX    "libbpf: "
#define PROGRAM   PREFIX "prog '"
#define REFUSED   "BPF program load failed: "
#define LOG_BEGIN "-- BEGIN PROG LOAD LOG --\n"
#define LOG_END   "-- END PROG LOAD LOG --"
#define STATISTIC "processed "

static _Thread_local struct bpf_log *listener;

static void copy(char *to, size_t size, const char *from, size_t length)
{
	while (length > 0 && (from[length - 1] == '\n' || from[length - 1] == ' '))
		length--;
	if (length >= size)
		length = size - 1;
	memcpy(to, from, length);
	to[length] = '\0';
}

/* The last line that is not empty and not the verifier's count of its work, which comes last. */
static void take_verdict(struct bpf_log *log, const char *text, const char *end)
{
	const char *verdict = NULL;
	size_t verdict_length = 0;

	while (text < end) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((line_end ? line_end : end) - text);

		if (length > 0 && strncmp(text, STATISTIC, strlen(STATISTIC)) != 0) {
			verdict = text;
			verdict_length = length;
		}
		text += length + 1;
	}
	if (!verdict)
		return;
	copy(log->text, sizeof(log->text), verdict, verdict_length);
}

void bpf_log_take(struct bpf_log *log, const char *message)
{
	const char *begin, *end;

	if (strncmp(message, PROGRAM, strlen(PROGRAM)) == 0) {
		message += strlen(PROGRAM);
		end = strstr(message, "': ");
		if (!end)
			return;
		if (!log->program[0])
			copy(log->program, sizeof(log->program), message, (size_t)(end - message));
		message = end + 3;
	} else if (strncmp(message, PREFIX, strlen(PREFIX)) == 0) {
		message += strlen(PREFIX);
	}
	log->kernel |= strncmp(message, REFUSED, strlen(REFUSED)) == 0;
	begin = strstr(message, LOG_BEGIN);
	if (begin) {
		begin += strlen(LOG_BEGIN);
		end = strstr(begin, LOG_END);
		take_verdict(log, begin, end ? end : begin + strlen(begin));
	} else if (!log->text[0]) {
		copy(log->text, sizeof(log->text), message, strcspn(message, "\n"));
	}
}

__attribute__((format(printf, 2, 0))) static int on_message(enum libbpf_print_level level,
                                                            const char *format, va_list arguments)
{
	char *message cleanup(free) = NULL;

	if (level != LIBBPF_WARN || !listener || vasprintf(&message, format, arguments) < 0)
		return 0;
	bpf_log_take(listener, message);
	return 0;
}

void bpf_log_begin(struct bpf_log *log)
{
	*log = (struct bpf_log){ 0 };
	listener = log;
	(void)libbpf_set_print(on_message);
}

void bpf_log_end(void)
{
	listener = NULL;
}
