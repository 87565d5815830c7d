/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What sysfs tells of the queues for sending of a device in our own network namespace
 * (/sys/class/net/DEVICE/queues/tx-N/, Documentation/ABI/testing/sysfs-class-net-queues): byte queue
 * limits, timeouts, processors. Files that move stay open, as far as the budget goes; the others are
 * opened for each reading.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/nic/nic_link.h"

/* Those that move, one that moves with the stalls, then those that are settings. */
enum queue_file {
	QUEUE_FILE_TIMEOUTS,
	QUEUE_FILE_INFLIGHT,
	QUEUE_FILE_LIMIT,
	QUEUE_FILE_STALLS,
	QUEUE_FILE_STALL_LONGEST, /* in the kernel's ticks */
	QUEUE_FILE_LIMIT_MAX,
	QUEUE_FILE_HOLD_MSEC,
	QUEUE_FILE_XPS_CPUS, /* number of processors */
	QUEUE_FILES,
};

#define QUEUE_FILES_MOVING QUEUE_FILE_STALL_LONGEST

/* Descriptors, of all devices together. */
struct queue_budget {
	size_t max;        /* that may stay open */
	size_t n_open;     /* that do */
	size_t n_reopened; /* openings of files in this sample that there was no room for */
};

struct queue_values {
	uint32_t present; /* bit per file */
	uint64_t values[QUEUE_FILES];
	uint32_t missing; /* bit per file that the queue does not have */
	int fds[QUEUE_FILES_MOVING];
};

/* Empty when zeroed. */
struct queue_files {
	struct queue_values *queues;
	size_t n;
};

/*
 * Whether it is this device of which sysfs tells under its name: it shows the network namespace of
 * who has mounted it, where the name may be another's. The loopback's is as good as ours.
 */
bool queue_files_are_of(const struct nic_link *link);

/*
 * Finds out how many queues the device has, and reads all of their settings. −ENOMEM; a device that
 * is not there has no queues.
 */
int queue_files_find(struct queue_files *files, const char *device, struct queue_budget *budget);

/* Reads what moves; counts in n_failed the files that could not be read. */
void queue_files_read(struct queue_files *files, const char *device, struct queue_budget *budget,
                      uint64_t *n_failed);

void queue_files_clear(struct queue_files *files, struct queue_budget *budget);

/* The number in a file's text, by what the file is. */
bool queue_file_parse(enum queue_file file, const char *text, uint64_t *ret_value);
