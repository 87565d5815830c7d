/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/stack/protocol_reader.h"

#include <fcntl.h>

void protocol_reader_init(struct protocol_reader *reader)
{
	for (size_t i = 0; i < PROTOCOL_FILES; i++)
		reader->fds[i] = -1;
}

int protocol_reader_open(struct protocol_reader *reader, int directory, size_t n_files,
                         unsigned *ret_missing)
{
	unsigned missing = 0;
	int error = 0;

	protocol_reader_init(reader);
	for (size_t i = 0; i < n_files && !error; i++) {
		error = proc_open(directory, protocol_files[i].name, O_RDONLY, &reader->fds[i]);
		if (reader->fds[i] < 0)
			missing |= 1U << i;
	}
	if (error < 0)
		protocol_reader_close(reader);
	else
		*ret_missing = missing;
	return error;
}

void protocol_reader_close(struct protocol_reader *reader)
{
	for (size_t i = 0; i < PROTOCOL_FILES; i++)
		close_p(&reader->fds[i]);
	protocol_reader_init(reader);
}

int protocol_reader_read(const struct protocol_reader *reader, const struct collector_env *env,
                         struct proc_text *text, struct proc_row rows[static PROTOCOL_ROWS])
{
	for (size_t i = 0; i < PROTOCOL_ROWS; i++)
		rows[i].present = 0;
	for (size_t i = 0; i < PROTOCOL_FILES; i++) {
		const struct protocol_file *file = &protocol_files[i];
		int error;

		if (reader->fds[i] < 0)
			continue;
		error = proc_text_read(text, reader->fds[i]);
		if (error < 0)
			return reason_set(env->reason, error, "/proc/net/%s: %s", file->name,
			                  strerror(-error));
		env->tally->skipped_objects +=
			file->parse(proc_text_span(text), file->groups, rows);
	}
	return 0;
}
