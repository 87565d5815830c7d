/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The collector of what TCP, UDP and IP count between the sockets and the queueing disciplines
 * (/proc/net, proc_pid_net(5)), of the softirq that empties the latter, and of the settings that
 * all of these work by (/proc/sys/net).
 *
 * Files with counters are kept open and read from their beginning for each sample; those of another
 * network namespace live as long as its turn. What is the whole machine's is told once, with our own.
 */
#include "collectors/stack/stack.h"

#include <errno.h>
#include <fcntl.h>

#include "collectors/namespace_tour.h"
#include "collectors/stack/protocol_reader.h"
#include "collectors/stack/softirqs.h"
#include "collectors/stack/sysctls_cache.h"
#include "config/option.h"

#define ALL_MISSING ((1U << PROTOCOL_FILES) - 1)

static const struct metric_family namespace_family = {
	.name = "txpath_stack_sample_timestamp_seconds",
	.help = "When the sample of another network namespace was begun, since the Unix epoch; its age is time() less this. The daemon's own is sampled every time.",
	.unit = METRIC_NSEC,
};

static const struct metric_table namespace_table = {
	.labels = { "netns" },
	.families = &namespace_family,
	.n_families = 1,
};

struct stack_collection {
	const struct collector_env *env;
	int proc;
	int sysctl_directory;
	struct proc_text text; /* of the file that is read */

	/* Of our own network namespace, kept open, and of the machine. */
	struct protocol_reader protocols;
	unsigned missing; /* bit for each file of the protocols */
	int softirqs;
	struct sysctls_cache *sysctls;

	struct namespace_tour *tour; /* of other ones, whose data is a cache of settings each */
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

static int write_protocols(struct stack_collection *collection,
                           const struct protocol_reader *reader, const struct namespace *namespace,
                           struct batch *batch)
{
	struct proc_row rows[PROTOCOL_ROWS];
	int error;

	for (size_t i = 0; i < PROTOCOL_ROWS; i++)
		rows[i].present = 0;
	error = protocol_reader_read(reader, collection->env, &collection->text, rows);
	if (error < 0)
		return error;
	protocol_write(rows, namespace, batch);
	return 0;
}

/* Opens the first files of the calling thread's network namespace. */
static int open_protocols(struct stack_collection *collection, size_t n_files,
                          struct protocol_reader *reader, unsigned *ret_missing)
{
	int directory cleanup(close) = -1;
	int error = proc_open(collection->proc, "thread-self/net", O_PATH, &directory);

	*ret_missing = (1U << n_files) - 1;
	if (error == 0 && directory >= 0)
		error = protocol_reader_open(reader, directory, n_files, ret_missing);
	return error;
}

/* What is opened and read inside another network namespace. */
struct visit {
	struct stack_collection *collection;
	const struct namespace *namespace;
	struct protocol_reader protocols;
	unsigned missing;
};

static int look_inside(void *context)
{
	struct visit *visit = context;
	struct stack_collection *collection = visit->collection;
	int error = open_protocols(collection, PROTOCOL_NAMESPACE_FILES, &visit->protocols,
	                           &visit->missing);

	if (error < 0)
		return reason_set(collection->env->reason, error, "/proc: %s", strerror(-error));
	return sysctls_cache_refresh(visit->namespace->data, collection->sysctl_directory,
	                             visit->namespace, collection->env);
}

static void add_missing(struct reason *reason, const char *directory, const char *name)
{
	size_t length = strlen(reason->text);

	(void)snprintf(reason->text + length, sizeof(reason->text) - length, "%s/proc/%s%s",
	               length ? ", " : "there is nothing to read at ", directory, name);
}

static void add_missing_protocols(struct reason *reason, unsigned missing)
{
	for (unsigned i = 0; i < PROTOCOL_FILES; i++)
		if (missing >> i & 1)
			add_missing(reason, "net/", protocol_files[i].name);
}

/* Says what is missing there, unless it is at home, too. −EOPNOTSUPP: everything. */
static int judge_visit(const struct visit *visit)
{
	const struct stack_collection *collection = visit->collection;
	bool all = visit->missing == (1U << PROTOCOL_NAMESPACE_FILES) - 1;

	add_missing_protocols(collection->env->reason,
	                      all ? visit->missing : visit->missing & ~collection->missing);
	return all ? -EOPNOTSUPP : 0;
}

static int sample_namespace(void *context, struct namespace *namespace, struct batch *batch)
{
	const struct label netns = namespace_label(namespace);
	struct visit visit = { .collection = context, .namespace = namespace };
	const struct collector_env *env = visit.collection->env;
	struct sysctls_cache *sysctls = namespace->data;
	int error;

	if (!sysctls)
		sysctls = sysctls_cache_new();
	namespace->data = sysctls;
	if (!sysctls)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	protocol_reader_init(&visit.protocols);
	error = namespace_door_visit(namespace->door, look_inside, &visit, env->reason);
	if (!error)
		error = judge_visit(&visit);
	if (!error)
		error = write_protocols(visit.collection, &visit.protocols, namespace, batch);
	protocol_reader_close(&visit.protocols);
	if (error)
		return error;
	batch_append(batch, sysctls->rows);
	batch_row(batch, &namespace_table, &netns, 1);
	batch_count(batch, 0, namespace->sampled_nsec);
	return 0;
}

static void forget_namespace(void *data)
{
	sysctls_cache_free(data);
}

static const struct namespace_tour_ops tour_ops = {
	.sample = sample_namespace,
	.forget = forget_namespace,
};

static void stack_inherit(void *state, void *former)
{
	struct stack_collection *collection = state, *old = former;

	namespace_tour_inherit(collection->tour, old->tour);
}

static int sample_own(struct stack_collection *collection, struct batch *batch)
{
	int error = write_protocols(collection, &collection->protocols, NULL, batch);

	if (!error)
		error = read_softirqs(collection, batch);
	if (!error)
		error = sysctls_cache_refresh(collection->sysctls, collection->sysctl_directory,
		                              NULL, collection->env);
	if (!error)
		batch_append(batch, collection->sysctls->rows);
	return error;
}

static int stack_collect(void *state, struct batch *batch)
{
	struct stack_collection *collection = state;
	int error = namespace_tour_begin(collection->tour);

	if (!error)
		error = sample_own(collection, batch);
	return error ? error : namespace_tour_run(collection->tour, batch);
}

static void stack_close(void *state)
{
	struct stack_collection *collection = state;

	if (!collection)
		return;
	namespace_tour_close(collection->tour);
	protocol_reader_close(&collection->protocols);
	close_p(&collection->proc);
	close_p(&collection->softirqs);
	close_p(&collection->sysctl_directory);
	proc_text_release(&collection->text);
	sysctls_cache_free(collection->sysctls);
	free(collection);
}
DEFINE_CLEANUP(struct stack_collection, stack_close)

static struct stack_collection *stack_new(const struct collector_env *env)
{
	struct stack_collection *collection cleanup(stack_close) = calloc(1, sizeof(*collection));

	if (!collection)
		return NULL;
	collection->env = env;
	collection->proc = collection->softirqs = collection->sysctl_directory = -1;
	protocol_reader_init(&collection->protocols);
	collection->sysctls = sysctls_cache_new();
	return collection->sysctls ? steal_pointer(collection) : NULL;
}

/* Opens what there is of the counters' files, and the settings' directory. */
static int open_files(struct stack_collection *collection, int proc)
{
	int error = proc_open(proc, ".", O_PATH, &collection->proc);

	if (error == 0)
		error = proc_open(proc, "softirqs", O_RDONLY, &collection->softirqs);
	if (error == 0)
		error = proc_open(proc, "sys", O_PATH, &collection->sysctl_directory);
	if (error == 0)
		error = open_protocols(collection, PROTOCOL_FILES, &collection->protocols,
		                       &collection->missing);
	return error;
}

/* Says what the collector goes without, if anything. −EOPNOTSUPP: without everything. */
static int judge_missing(const struct stack_collection *collection)
{
	struct reason *reason = collection->env->reason;

	reason->text[0] = '\0';
	add_missing_protocols(reason, collection->missing);
	if (collection->softirqs < 0)
		add_missing(reason, "", "softirqs");
	if (collection->sysctl_directory < 0)
		add_missing(reason, "", "sys");
	return collection->missing == ALL_MISSING && collection->softirqs < 0 ? -EOPNOTSUPP : 0;
}

/* proc is the directory /proc. */
static int stack_open_in(const struct collector_env *env, int proc, void **ret_state)
{
	struct stack_collection *collection cleanup(stack_close) = stack_new(env);
	int error;

	if (!collection)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	error = open_files(collection, proc);
	if (error < 0)
		return reason_set(env->reason, error, "/proc: %s", strerror(-error));
	error = judge_missing(collection);
	if (error < 0)
		return error;
	error = namespace_tour_open(env, &tour_ops, collection, &collection->tour);
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
	&protocol_ip_table,     &protocol_tcp_table,
	&protocol_memory_table, &softirqs_table,
	&sysctls_limit_table,   &sysctls_congestion_table,
	&sysctls_qdisc_table,   &sysctls_table,
	&namespace_table,       NULL,
};

static const struct option stack_option_table[] = { OPTION_END };

const struct collector_ops stack_collector = {
	.name = "stack",
	.summary = "what TCP, UDP and IP sent, repeated and dropped, and their settings (/proc)",
	.interval = "5s",
	.tables = stack_tables,
	.options = stack_option_table,
	.namespace_capabilities = NAMESPACE_TOUR_CAPABILITIES,
	.open = stack_open,
	.collect = stack_collect,
	.inherit = stack_inherit,
	.close = stack_close,
};
