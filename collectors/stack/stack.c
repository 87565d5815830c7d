/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The collector of what TCP, UDP and IP count between the sockets and the queueing disciplines
 * (/proc/net, proc_pid_net(5)), of the softirq that empties the latter, and of the settings that
 * all of these work by (/proc/sys/net).
 *
 * Files with counters are kept open and read from their beginning for each sample. Settings hardly
 * ever change: they are read once a minute into rows of their own, which each sample gets copies
 * of.
 */
#include "collectors/stack/stack.h"

#include <errno.h>
#include <fcntl.h>

#include "collectors/stack/protocol_reader.h"
#include "collectors/stack/softirqs.h"
#include "collectors/stack/sysctls.h"
#include "config/option.h"
#include "daemon/clock.h"

#define SYSCTLS_INTERVAL_USEC (60 * USEC_PER_SEC)
#define ALL_MISSING           ((1U << PROTOCOL_FILES) - 1)

struct stack_collection {
	const struct collector_env *env;
	struct protocol_reader protocols;
	int softirqs;
	int sysctl_directory;
	struct proc_text text; /* of the file that is read */

	struct batch *sysctls;
	uint64_t sysctls_next_usec;
};

static int read_softirqs(struct stack_collection *collection, struct batch *batch)
{
	int error;

	if (collection->softirqs < 0)
		return 0;
	error = proc_text_read(&collection->text, collection->softirqs);
	if (error < 0)
		return reason_set(collection->env->reason, error, "/proc/softirqs: %s",
		                  strerror(-error));
	if (softirqs_write(proc_text_span(&collection->text), batch) < 0)
		collection->env->tally->skipped_objects++;
	return 0;
}

static int refresh_sysctls(struct stack_collection *collection)
{
	uint64_t now_usec = monotonic_usec();
	int error;

	if (now_usec < collection->sysctls_next_usec)
		return 0;
	batch_reset(collection->sysctls, SIZE_MAX);
	collection->env->tally->skipped_objects +=
		sysctls_write(collection->sysctl_directory, &collection->text, collection->sysctls);
	error = batch_error(collection->sysctls);
	if (error == 0)
		collection->sysctls_next_usec = now_usec + SYSCTLS_INTERVAL_USEC;
	return error;
}

static int stack_collect(void *state, struct batch *batch)
{
	struct stack_collection *collection = state;
	int error;

	error = protocol_reader_write(&collection->protocols, collection->env, &collection->text,
	                              batch);
	if (error < 0)
		return error;
	error = read_softirqs(collection, batch);
	if (error < 0)
		return error;
	error = refresh_sysctls(collection);
	if (error < 0)
		return reason_set(collection->env->reason, error, "out of memory");
	batch_append(batch, collection->sysctls);
	return 0;
}

static void stack_close(void *state)
{
	struct stack_collection *collection = state;

	if (!collection)
		return;
	protocol_reader_close(&collection->protocols);
	close_p(&collection->softirqs);
	close_p(&collection->sysctl_directory);
	proc_text_release(&collection->text);
	batch_free(collection->sysctls);
	free(collection);
}
DEFINE_CLEANUP(struct stack_collection, stack_close)

static struct stack_collection *stack_new(const struct collector_env *env)
{
	struct stack_collection *collection cleanup(stack_close) = calloc(1, sizeof(*collection));

	if (!collection)
		return NULL;
	collection->env = env;
	collection->softirqs = collection->sysctl_directory = -1;
	protocol_reader_init(&collection->protocols);
	collection->sysctls = batch_new(SIZE_MAX);
	return collection->sysctls ? steal_pointer(collection) : NULL;
}

/* Opens what there is of the counters' files, and the settings' directory. */
static int open_files(struct stack_collection *collection, int proc, unsigned *ret_missing)
{
	int directory cleanup(close) = -1;
	int error = proc_open(proc, "softirqs", O_RDONLY, &collection->softirqs);

	if (error == 0)
		error = proc_open(proc, "sys", O_PATH, &collection->sysctl_directory);
	if (error == 0)
		error = proc_open(proc, "thread-self/net", O_PATH, &directory);
	if (error < 0 || directory < 0)
		return error;
	return protocol_reader_open(&collection->protocols, directory, ret_missing);
}

/* Says what the collector goes without, if anything. −EOPNOTSUPP: without everything. */
static int judge_missing(const struct stack_collection *collection, unsigned missing)
{
	char names[256];
	size_t length = 0;

	for (unsigned i = 0; i < PROTOCOL_FILES; i++) {
		if (missing >> i & 1)
			length += (size_t)snprintf(names + length, sizeof(names) - length,
			                           ", /proc/net/%s", protocol_files[i].name);
	}
	if (collection->softirqs < 0)
		length += (size_t)snprintf(names + length, sizeof(names) - length,
		                           ", /proc/softirqs");
	if (collection->sysctl_directory < 0)
		length += (size_t)snprintf(names + length, sizeof(names) - length, ", /proc/sys");
	if (length == 0)
		return 0;
	return reason_set(collection->env->reason,
	                  missing == ALL_MISSING && collection->softirqs < 0 ? -EOPNOTSUPP : 0,
	                  "there is nothing to read at %s", names + 2);
}

/* proc is the directory /proc. */
static int stack_open_in(const struct collector_env *env, int proc, void **ret_state)
{
	struct stack_collection *collection cleanup(stack_close) = stack_new(env);
	unsigned missing = ALL_MISSING;
	int error;

	if (!collection)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	error = open_files(collection, proc, &missing);
	if (error < 0)
		return reason_set(env->reason, error, "/proc: %s", strerror(-error));
	error = judge_missing(collection, missing);
	if (error < 0)
		return error;
	*ret_state = steal_pointer(collection);
	return 0;
}

static int stack_open(const struct collector_env *env, void **ret_state)
{
	int proc cleanup(close) = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (proc < 0)
		return reason_set(env->reason, -errno, "/proc: %s", strerror(errno));
	return stack_open_in(env, proc, ret_state);
}

static const struct metric_table *const stack_tables[] = {
	&protocol_ip_table,        &protocol_tcp_table,  &softirqs_table, &sysctls_limit_table,
	&sysctls_congestion_table, &sysctls_qdisc_table, &sysctls_table,  NULL,
};

static const struct option stack_option_table[] = { OPTION_END };

const struct collector_ops stack_collector = {
	.name = "stack",
	.summary = "what TCP, UDP and IP sent, repeated and dropped, and their settings (/proc)",
	.interval = "5s",
	.tables = stack_tables,
	.options = stack_option_table,
	.open = stack_open,
	.collect = stack_collect,
	.close = stack_close,
};
