/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything is asked of an open descriptor: what is checked is what is read. The open itself must
 * not wait for the writer of a fifo or the carrier of a terminal.
 */
#include "config/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX ".json"

static inline void closedir_p(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory);
}

/* Opens the report's file if it is of the type; −1 after a fault, or if it may be absent and is. */
static int open_checked(struct report *report, mode_t type, const char *type_name,
                        bool may_be_absent)
{
	int fd cleanup(close) = open(report->file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 && errno == ENOENT && may_be_absent)
		return -1;
	if (fd < 0 || fstat(fd, &status) < 0) {
		report_file(report, "cannot be opened: %s", strerror(errno));
		return -1;
	}
	if ((status.st_mode & S_IFMT) != type) {
		report_file(report, "is not a %s", type_name);
		return -1;
	}
	if (status.st_mode & S_IWOTH) {
		report_file(report, "refused because others can write it; run chmod o-w");
		return -1;
	}
	return steal_fd(&fd);
}

/* Reads to the end, or until the room is used up; the number of bytes, or −errno. */
static ssize_t read_all(int fd, char *bytes, size_t room)
{
	size_t used = 0;

	while (used < room) {
		ssize_t n = read(fd, bytes + used, room - used);

		if (n == 0)
			break;
		if (n > 0)
			used += (size_t)n;
		else if (errno != EINTR)
			return -errno;
	}
	return (ssize_t)used;
}

struct file_text file_read(struct report *report, bool may_be_absent)
{
	int fd cleanup(close) = open_checked(report, S_IFREG, "regular file", may_be_absent);
	char *bytes cleanup(free) = NULL;
	ssize_t n;

	if (fd < 0)
		return (struct file_text){ 0 };
	bytes = malloc(FILE_SIZE_MAX + 1);
	if (!bytes) {
		report_out_of_memory(report);
		return (struct file_text){ 0 };
	}
	n = read_all(fd, bytes, FILE_SIZE_MAX + 1);
	if (n < 0) {
		report_file(report, "cannot be read: %s", strerror((int)-n));
		return (struct file_text){ 0 };
	}
	if (n > FILE_SIZE_MAX) {
		report_file(report, "is larger than %d KiB", FILE_SIZE_MAX / 1024);
		return (struct file_text){ 0 };
	}
	bytes[n] = '\0';
	return (struct file_text){ steal_pointer(bytes), (size_t)n };
}

static bool is_wanted(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && n > strlen(SUFFIX) &&
		strcmp(name + n - strlen(SUFFIX), SUFFIX) == 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Fills the list, which has room for FILE_ENTRIES_MAX names: 0 or −errno, −E2BIG for too many. */
static int read_names(DIR *directory, struct file_list *list)
{
	for (;;) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(directory);
		if (!entry)
			return -errno;
		if (!is_wanted(entry->d_name))
			continue;
		if (list->n == FILE_ENTRIES_MAX)
			return -E2BIG;
		list->names[list->n] = strdup(entry->d_name);
		if (!list->names[list->n])
			return -ENOMEM;
		list->n++;
	}
}

struct file_list file_list(struct report *report)
{
	struct file_list list cleanup(file_list_clear) = { 0 }, whole;
	DIR *directory cleanup(closedir) = NULL;
	int fd cleanup(close) = open_checked(report, S_IFDIR, "directory", true);
	int r;

	if (fd < 0)
		return (struct file_list){ 0 };
	list.names = calloc(FILE_ENTRIES_MAX, sizeof(*list.names));
	directory = fdopendir(fd);
	r = list.names && directory ? 0 : -ENOMEM;
	if (directory)
		(void)steal_fd(&fd);
	if (r == 0)
		r = read_names(directory, &list);
	if (r == -ENOMEM)
		report_out_of_memory(report);
	else if (r == -E2BIG)
		report_file(report, "has more than %d files", FILE_ENTRIES_MAX);
	else if (r < 0)
		report_file(report, "cannot be read: %s", strerror(-r));
	if (r < 0)
		return (struct file_list){ 0 };
	qsort(list.names, list.n, sizeof(*list.names), compare_names);
	whole = list;
	list = (struct file_list){ 0 };
	return whole;
}
