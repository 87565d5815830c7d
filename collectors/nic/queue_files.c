/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/nic/queue_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collectors/nic/nic_queue.h"
#include "daemon/cleanup.h"

#define NOT_OPEN (-1)

static const char *const paths[QUEUE_FILES] = {
	[QUEUE_FILE_TIMEOUTS] = "tx_timeout",
	[QUEUE_FILE_INFLIGHT] = "byte_queue_limits/inflight",
	[QUEUE_FILE_LIMIT] = "byte_queue_limits/limit",
	[QUEUE_FILE_STALLS] = "byte_queue_limits/stall_cnt",
	[QUEUE_FILE_STALL_LONGEST] = "byte_queue_limits/stall_max",
	[QUEUE_FILE_LIMIT_MAX] = "byte_queue_limits/limit_max",
	[QUEUE_FILE_HOLD_MSEC] = "byte_queue_limits/hold_time",
	[QUEUE_FILE_XPS_CPUS] = "xps_cpus",
};

/* A mask of processors: hexadecimal digits, with commas between words. */
static bool parse_mask(const char *text, uint64_t *ret_value)
{
	uint64_t n = 0;

	for (; *text && *text != '\n'; text++) {
		const char *digits = "0123456789abcdef";
		const char *digit = strchr(digits, *text);

		if (*text == ',')
			continue;
		if (!digit)
			return false;
		n += (uint64_t)__builtin_popcount((unsigned)(digit - digits));
	}
	*ret_value = n;
	return true;
}

/* The first line of a file that is about the device itself. */
static bool read_line(const char *device, const char *name, char text[static 128])
{
	char path[128];
	int fd cleanup(close) = -1, length;
	ssize_t n;

	length = snprintf(path, sizeof(path), "/sys/class/net/%s/%s", device, name);
	if (length < 0 || (size_t)length >= sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, 127);
	if (n < 0)
		return false;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return true;
}

bool queue_files_are_of(const struct nic_link *link)
{
	char text[128], address[3 * NIC_ADDRESS_SIZE + 1] = "";
	size_t length = 0;

	if (!read_line(link->name, "ifindex", text) || atoi(text) != link->index)
		return false;
	for (uint32_t i = 0; i < link->address_length; i++)
		length += (size_t)snprintf(address + length, sizeof(address) - length, "%s%02x",
		                           i ? ":" : "", link->address[i]);
	return read_line(link->name, "address", text) && strcmp(text, address) == 0;
}

bool queue_file_parse(enum queue_file file, const char *text, uint64_t *ret_value)
{
	unsigned long long value;
	char *end;

	if (file == QUEUE_FILE_XPS_CPUS)
		return parse_mask(text, ret_value);
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || (*end && *end != '\n'))
		return false;
	*ret_value = value;
	return true;
}

static int open_file(const char *device, size_t queue, enum queue_file file)
{
	char path[128];
	int fd,
		length = snprintf(path, sizeof(path), "/sys/class/net/%s/queues/tx-%zu/%s", device,
	                          queue, paths[file]);

	if (length < 0 || (size_t)length >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int read_value(int fd, enum queue_file file, uint64_t *ret_value)
{
	char text[1025];
	ssize_t length = pread(fd, text, sizeof(text) - 1, 0);

	if (length < 0)
		return -errno;
	text[length] = '\0';
	return length > 0 && queue_file_parse(file, text, ret_value) ? 0 : -EBADMSG;
}

static void close_file(struct queue_values *queue, enum queue_file file,
                       struct queue_budget *budget)
{
	if (file >= QUEUE_FILES_MOVING || queue->fds[file] == NOT_OPEN)
		return;
	close(queue->fds[file]);
	queue->fds[file] = NOT_OPEN;
	budget->n_open--;
}

/* Reads the file anew, and keeps it open if there is room. */
static int open_and_read(struct queue_values *queue, const char *device, size_t number,
                         enum queue_file file, struct queue_budget *budget)
{
	int fd cleanup(close) = open_file(device, number, file), error;

	if (fd < 0)
		return fd;
	error = read_value(fd, file, &queue->values[file]);
	if (error || file >= QUEUE_FILES_MOVING)
		return error;
	if (budget->n_open < budget->max) {
		queue->fds[file] = steal_fd(&fd);
		budget->n_open++;
	} else {
		budget->n_reopened++;
	}
	return 0;
}

/* 0, −ENOENT when the queue has no such file, or another −errno. */
static int read_file(struct queue_values *queue, const char *device, size_t number,
                     enum queue_file file, struct queue_budget *budget)
{
	int error;

	if (file < QUEUE_FILES_MOVING && queue->fds[file] != NOT_OPEN) {
		error = read_value(queue->fds[file], file, &queue->values[file]);
		if (error)
			close_file(queue, file, budget);
	} else {
		error = open_and_read(queue, device, number, file, budget);
	}
	queue->present &= ~(1U << file);
	if (!error)
		queue->present |= 1U << file;
	return error;
}

static struct queue_values *add_queue(struct queue_files *files)
{
	struct queue_values *queues =
		reallocarray(files->queues, files->n + 1, sizeof(*files->queues));

	if (!queues)
		return NULL;
	files->queues = queues;
	queues += files->n++;
	*queues = (struct queue_values){ 0 };
	for (unsigned i = 0; i < QUEUE_FILES_MOVING; i++)
		queues->fds[i] = NOT_OPEN;
	return queues;
}

static void drop_queue(struct queue_files *files, struct queue_budget *budget)
{
	struct queue_values *queue = &files->queues[--files->n];

	for (unsigned i = 0; i < QUEUE_FILES_MOVING; i++)
		close_file(queue, i, budget);
}

/* Every queue has the first file; one that has not is none. */
static int find_queue(struct queue_files *files, size_t number, const char *device,
                      struct queue_budget *budget)
{
	struct queue_values *queue = number < files->n ? &files->queues[number] : add_queue(files);
	int error = 0;

	if (!queue)
		return -ENOMEM;
	queue->missing = 0;
	for (unsigned file = 0; file < QUEUE_FILES; file++) {
		error = read_file(queue, device, number, file, budget);
		if (error && file == QUEUE_FILE_TIMEOUTS)
			return error;
		if (error)
			queue->missing |= 1U << file;
	}
	return 0;
}

int queue_files_find(struct queue_files *files, const char *device, struct queue_budget *budget)
{
	size_t n = 0;
	int error = 0;

	while (n < NIC_QUEUES_MAX && !error) {
		error = find_queue(files, n, device, budget);
		n += !error;
	}
	while (files->n > n)
		drop_queue(files, budget);
	return error == -ENOMEM ? error : 0;
}

void queue_files_read(struct queue_files *files, const char *device, struct queue_budget *budget,
                      uint64_t *n_failed)
{
	for (size_t i = 0; i < files->n; i++) {
		struct queue_values *queue = &files->queues[i];
		uint64_t n_stalls = queue->values[QUEUE_FILE_STALLS];

		for (unsigned file = 0; file < QUEUE_FILES_MOVING; file++)
			if (!(queue->missing >> file & 1) &&
			    read_file(queue, device, i, file, budget) < 0)
				(*n_failed)++;
		if (queue->values[QUEUE_FILE_STALLS] != n_stalls &&
		    read_file(queue, device, i, QUEUE_FILE_STALL_LONGEST, budget) < 0)
			(*n_failed)++;
	}
}

void queue_files_clear(struct queue_files *files, struct queue_budget *budget)
{
	while (files->n)
		drop_queue(files, budget);
	free(files->queues);
	*files = (struct queue_files){ 0 };
}
