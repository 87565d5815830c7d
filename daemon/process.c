/* SPDX-License-Identifier: GPL-2.0-or-later */
/* proc_pid_stat(5) is read by field number behind the command name, which may hold anything. */
#include "daemon/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>

#include "daemon/clock.h"

enum {
	PROCESS_CPU_SECONDS,
	PROCESS_OPEN_FDS,
	PROCESS_MAX_FDS,
	PROCESS_VIRTUAL_MEMORY,
	PROCESS_VIRTUAL_MEMORY_MAX,
	PROCESS_RESIDENT_MEMORY,
	PROCESS_START_TIME,
	PROCESS_THREADS,
};

static const struct metric_family process_families[] = {
	[PROCESS_CPU_SECONDS] = { .name = "process_cpu_seconds_total",
	                          .help = "User and system CPU time of the daemon "
	                                  "(CLOCK_PROCESS_CPUTIME_ID).",
	                          .type = METRIC_COUNTER,
	                          .unit = METRIC_NSEC },
	[PROCESS_OPEN_FDS] = { .name = "process_open_fds",
	                       .help = "Open file descriptors (/proc/self/fd)." },
	[PROCESS_MAX_FDS] = { .name = "process_max_fds",
	                      .help = "Most file descriptors that may be open (RLIMIT_NOFILE)." },
	[PROCESS_VIRTUAL_MEMORY] = { .name = "process_virtual_memory_bytes",
	                             .help = "Size of the address space (vsize of /proc/self/stat)." },
	[PROCESS_VIRTUAL_MEMORY_MAX] = { .name = "process_virtual_memory_max_bytes",
	                                 .help = "Largest address space allowed (RLIMIT_AS).",
	                                 .unit = METRIC_DOUBLE },
	[PROCESS_RESIDENT_MEMORY] = { .name = "process_resident_memory_bytes",
	                              .help = "Resident memory (rss of /proc/self/stat)." },
	[PROCESS_START_TIME] = { .name = "process_start_time_seconds",
	                         .help = "Start time since the Unix epoch "
	                                 "(starttime of /proc/self/stat and btime of /proc/stat).",
	                         .unit = METRIC_DOUBLE },
	[PROCESS_THREADS] = { .name = "process_threads",
	                      .help = "Threads (num_threads of /proc/self/stat)." },
};

const struct metric_table process_table = {
	.families = process_families,
	.n_families = ARRAY_SIZE(process_families),
};

/* Fields of /proc/self/stat, numbered from 1 as in proc_pid_stat(5); 0 past the end. */
#define STAT_FIELDS 25

static int read_text(const char *path, char *ret_text, size_t size)
{
	int fd cleanup(close) = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, ret_text, size - 1);
	if (n < 0)
		return -1;
	ret_text[n] = '\0';
	return 0;
}

static int read_stat(uint64_t fields[static STAT_FIELDS])
{
	char text[1024], *at, *end;

	if (read_text("/proc/self/stat", text, sizeof(text)) < 0)
		return -1;
	at = strrchr(text, ')');
	if (!at || at[1] == '\0' || at[2] == '\0')
		return -1;
	at += 3; /* behind the state, which is field 3 */
	for (size_t i = 4; i < STAT_FIELDS; i++) {
		fields[i] = strtoull(at, &end, 10);
		if (end == at)
			return -1;
		at = end;
	}
	return 0;
}

static bool read_boot_time(double *ret_seconds)
{
	FILE *file = fopen("/proc/stat", "re");
	char line[256];
	uint64_t seconds;
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line, "btime %" SCNu64, &seconds) == 1;
	(void)fclose(file);
	if (found)
		*ret_seconds = (double)seconds;
	return found;
}

static bool count_fds(uint64_t *ret_n)
{
	DIR *directory = opendir("/proc/self/fd");
	uint64_t n = 0;

	if (!directory)
		return false;
	while (readdir(directory))
		n++;
	closedir(directory);
	*ret_n = n - 3; /* not ".", "..", and the descriptor that lists them */
	return true;
}

/* Neither changes while the process lives; asked for once because /proc/stat is dear on big machines. */
static double start_time_seconds(const uint64_t fields[static STAT_FIELDS])
{
	static double start_seconds;
	double boot_seconds;

	if (start_seconds == 0 && read_boot_time(&boot_seconds))
		start_seconds = boot_seconds + (double)fields[22] / (double)sysconf(_SC_CLK_TCK);
	return start_seconds;
}

void process_write(struct batch *batch)
{
	uint64_t fields[STAT_FIELDS] = { 0 }, n_fds;
	struct rlimit limit;

	batch_row(batch, &process_table, NULL, 0);
	batch_count(batch, PROCESS_CPU_SECONDS, clock_nsec(CLOCK_PROCESS_CPUTIME_ID));
	if (count_fds(&n_fds))
		batch_count(batch, PROCESS_OPEN_FDS, n_fds);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		batch_count(batch, PROCESS_MAX_FDS, limit.rlim_cur);
	if (getrlimit(RLIMIT_AS, &limit) == 0)
		batch_real(batch, PROCESS_VIRTUAL_MEMORY_MAX,
		           limit.rlim_cur == RLIM_INFINITY ? __builtin_inf()
		                                           : (double)limit.rlim_cur);
	if (read_stat(fields) < 0)
		return;
	batch_count(batch, PROCESS_VIRTUAL_MEMORY, fields[23]);
	batch_count(batch, PROCESS_RESIDENT_MEMORY, fields[24] * (uint64_t)sysconf(_SC_PAGESIZE));
	batch_count(batch, PROCESS_THREADS, fields[20]);
	if (start_time_seconds(fields) > 0)
		batch_real(batch, PROCESS_START_TIME, start_time_seconds(fields));
}
