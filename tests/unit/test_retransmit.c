/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The retransmit collector, of whose programs, owners and namespaces each has a script. */
#define retransmit_source_open      scripted_source_open
#define retransmit_source_close     scripted_source_close
#define retransmit_source_configure scripted_source_configure
#define retransmit_source_take      scripted_source_take
#define retransmit_source_account   scripted_source_account
#define owner_table_open            scripted_owners_open
#define owner_table_close           scripted_owners_close
#define owner_table_inherit         scripted_owners_inherit
#define owner_table_resolve         scripted_owners_resolve
#define owner_find                  scripted_owner_find
#define namespace_names_open        scripted_names_open
#define namespace_names_close       scripted_names_close
#define namespace_names_only        scripted_names_only
#define namespace_names_find        scripted_names_find
#define namespace_names_lack        scripted_names_lack

#include "tests/unit/fixture.h"

#include "collectors/retransmit/retransmit.c"

#define FAMILY "txpath_retransmitted_packets_total"
#define OWN    4026531840

struct retransmit_source {
	int nothing;
};

static struct {
	int open_error, take_error, configure_error, owners_error;
	unsigned n_opened, n_closed, n_configured, n_taken;
	struct retransmit_source source;
	struct retransmit_owner owners[4];
	struct retransmit_counts counts[4];
	struct retransmit_sample sample;
	bool resolved;
	const char *resolve_reason, *lack;
	bool comm;

	struct choice_or_strings namespaces;
	struct retransmit_options options;
	struct collector_tally tally;
	struct reason reason;
	struct collector_env env;
	struct batch *batch;
} script;

int retransmit_source_open(struct retransmit_source **ret_source, struct reason *reason)
{
	if (script.open_error)
		return reason_set(reason, script.open_error, "scripted");
	script.n_opened++;
	*ret_source = &script.source;
	return 0;
}

void retransmit_source_close(struct retransmit_source *source)
{
	script.n_closed += source != NULL;
}

int retransmit_source_configure(struct retransmit_source *source, uint64_t netns, bool comm,
                                struct reason *reason)
{
	assert_ptr_equal(source, &script.source);
	assert_int_equal(netns, script.namespaces.choice == COLLECTOR_NAMESPACES_OWN ? OWN : 0);
	if (script.configure_error)
		return reason_set(reason, script.configure_error, "scripted");
	script.n_configured++;
	script.comm = comm;
	return 0;
}

int retransmit_source_take(struct retransmit_source *source, struct retransmit_sample *ret_sample,
                           struct reason *reason)
{
	assert_ptr_equal(source, &script.source);
	if (script.take_error)
		return reason_set(reason, script.take_error, "scripted");
	script.n_taken++;
	*ret_sample = script.sample;
	script.sample = (struct retransmit_sample){ 0 };
	return 0;
}

void retransmit_source_account(const struct retransmit_source *source,
                               struct collector_tally *tally, struct reason *ret_lack)
{
	assert_ptr_equal(source, &script.source);
	assert_ptr_equal(tally, &script.tally);
	(void)reason_set(ret_lack, 0, "%s", script.lack ? script.lack : "");
}

int owner_table_open(const struct collector_env *env, const struct named_lists *groups,
                     struct owner_table **ret_table)
{
	assert_ptr_equal(groups, &script.options.unit_groups);
	*ret_table = NULL;
	return reason_set(env->reason, script.owners_error, "%s",
	                  script.resolve_reason ? "no tree" : "");
}

void owner_table_close(struct owner_table *table)
{
	assert_null(table);
}

void owner_table_inherit(struct owner_table *table, struct owner_table *former)
{
	assert_null(table);
	assert_null(former);
}

int owner_table_resolve(struct owner_table *table, const uint64_t *ids, size_t n)
{
	(void)table;
	for (size_t i = 0; i < n; i++)
		assert_true(ids[i]);
	script.resolved |= n > 0;
	return script.resolve_reason
		? reason_set(&script.reason, -EMFILE, "%s", script.resolve_reason)
		: 0;
}

struct label owner_find(struct owner_table *table, uint64_t cgroup_id)
{
	(void)table;
	if (!script.resolved || cgroup_id > 2)
		return (struct label){ 0 };
	return label_of(cgroup_id == 1 ? "one" : "two");
}

int namespace_names_open(const struct collector_env *env, struct namespace_names **ret_names)
{
	(void)env;
	*ret_names = NULL;
	return 0;
}

void namespace_names_close(struct namespace_names *names)
{
	assert_null(names);
}

uint64_t namespace_names_only(const struct namespace_names *names)
{
	(void)names;
	return script.namespaces.choice == COLLECTOR_NAMESPACES_OWN ? OWN : 0;
}

bool namespace_names_find(struct namespace_names *names, uint64_t inode, struct label *ret_label)
{
	(void)names;
	*ret_label = inode == OWN ? label_of("") : label_of("blue");
	return inode == OWN || script.namespaces.choice == COLLECTOR_NAMESPACES_ALL;
}

const char *namespace_names_lack(const struct namespace_names *names)
{
	(void)names;
	return "";
}

static void happen(uint64_t cgroup, uint32_t netns, const char *comm, uint64_t n)
{
	size_t i = script.sample.n++;

	script.sample.owners = script.owners;
	script.sample.counts = script.counts;
	script.owners[i] = (struct retransmit_owner){ .cgroup = cgroup, .netns = netns };
	memcpy(script.owners[i].comm, comm, strlen(comm));
	script.counts[i] = (struct retransmit_counts){ .packets = { [RETRANSMIT_FAST] = n } };
}

static int begin(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	script.env = (struct collector_env){ .options = &script.options,
		                             .tally = &script.tally,
		                             .reason = &script.reason,
		                             .scope = { .namespaces = &script.namespaces,
		                                        .max_groups = 10 } };
	script.batch = batch_new(SIZE_MAX);
	return 0;
}

static int end(void **state)
{
	(void)state;
	batch_free(script.batch);
	return 0;
}

static void *open_collector(void)
{
	void *collector = NULL;

	script.reason.text[0] = '\0';
	assert_int_equal(retransmit_collector.open(&script.env, &collector), 0);
	return collector;
}

static void collect(void *collector, const char *reason)
{
	batch_reset(script.batch, SIZE_MAX);
	assert_int_equal(retransmit_collector.collect(collector, script.batch), 0);
	assert_string_equal(script.reason.text, reason);
}

static uint64_t value(const char *labels)
{
	return batch_value(script.batch, FAMILY, labels);
}

static void events_go_to_units(void **state)
{
	void *collector = open_collector();

	(void)state;
	collect(collector, "");
	assert_int_equal(value("fast (other) - -"), 0);
	happen(1, OWN, "", 5);
	happen(2, OWN, "ignored", 6);
	happen(3, OWN, "", 7);
	happen(1, 99, "", 8); /* a namespace that is not wanted */
	script.sample.nobodys.packets[RETRANSMIT_SYN] = 9;
	collect(collector, "");
	assert_int_equal(value("fast one - -"), 5);
	assert_int_equal(value("fast two - -"), 6);
	assert_int_equal(value("fast (none) - -"), 7);
	assert_int_equal(value("syn (other) - -"), 9);
	assert_int_equal(value("fast (other) - -"), 0);
	happen(1, OWN, "", 1);
	collect(collector, "");
	assert_int_equal(value("fast one - -"), 6);
	assert_int_equal(script.n_configured, 1);
	retransmit_collector.close(collector);
	retransmit_collector.close(NULL);
	assert_int_equal(script.n_closed, 1);
}

static void commands_and_namespaces_are_labels_where_wanted(void **state)
{
	void *collector;

	(void)state;
	script.options.comm = true;
	script.namespaces.choice = COLLECTOR_NAMESPACES_ALL;
	collector = open_collector();
	happen(1, OWN, "worker", 5);
	happen(1, 99, "0123456789abcdef", 6); /* as long as there is room, not terminated */
	happen(1, OWN, "", 7);
	collect(collector, "");
	assert_int_equal(value("fast one worker -"), 5);
	assert_int_equal(value("fast one 0123456789abcdef blue"), 6);
	assert_int_equal(value("fast one (none) -"), 7);
	assert_true(script.comm);
	retransmit_collector.close(collector);
}

static void failures_are_told(void **state)
{
	void *collector = NULL;

	(void)state;
	script.open_error = -ENOSYS;
	assert_int_equal(retransmit_collector.open(&script.env, &collector), -ENOSYS);
	assert_string_equal(script.reason.text, "scripted");
	script.open_error = 0;
	script.owners_error = -ENOMEM;
	assert_int_equal(retransmit_collector.open(&script.env, &collector), -ENOMEM);
	assert_int_equal(script.n_opened, script.n_closed);
	script.owners_error = 0;

	collector = open_collector();
	script.configure_error = -EPERM;
	assert_int_equal(retransmit_collector.collect(collector, script.batch), -EPERM);
	script.configure_error = 0;
	script.take_error = -ENOMEM;
	assert_int_equal(retransmit_collector.collect(collector, script.batch), -ENOMEM);
	script.take_error = 0;
	collect(collector, "");
	retransmit_collector.close(collector);
}

static void what_is_lacking_is_told_and_nothing_is_lost(void **state)
{
	void *collector;

	(void)state;
	script.resolve_reason = "too many files";
	script.lack = "no receive (why)";
	collector = open_collector();
	assert_string_equal(script.reason.text, "no tree");
	happen(1, OWN, "", 5);
	collect(collector, "no tree; too many files; no receive (why)");
	assert_int_equal(value("fast one - -"), 5);
	retransmit_collector.close(collector);
}

/* Opens another one in the place of the former, as a reload does. */
static void *replace(void *former)
{
	void *collector;

	script.env.former = former;
	collector = open_collector();
	script.env.former = NULL;
	retransmit_collector.inherit(collector, former);
	retransmit_collector.close(former);
	assert_int_equal(script.n_opened, 1);
	assert_int_equal(script.n_closed, 0);
	return collector;
}

static void programs_and_counters_live_on(void **state)
{
	void *collector = open_collector();

	(void)state;
	happen(1, OWN, "", 5);
	collect(collector, "");
	happen(1, OWN, "", 2); /* before the new one's first sample */
	collector = replace(collector);
	collect(collector, "");
	assert_int_equal(value("fast one - -"), 7);
	assert_int_equal(script.n_configured, 2);
	retransmit_collector.close(collector);
	assert_int_equal(script.n_closed, 1);
}

static void counters_of_other_labels_begin_anew(void **state)
{
	static const struct retransmit_options without;
	struct collector_env env;
	void *collector, *former;

	(void)state;
	former = open_collector();
	env = script.env;
	env.options = &without; /* as it was */
	((struct retransmit *)former)->env = &env;
	((struct retransmit *)former)->options = &without;
	happen(1, OWN, "", 5);
	collect(former, "");
	happen(1, OWN, "", 2);
	script.options.comm = true;
	collector = replace(former);
	happen(1, OWN, "worker", 1);
	collect(collector, "");
	assert_int_equal(value("fast one worker -"), 1);
	assert_false(batch_has(script.batch, FAMILY, "fast one - -"));
	assert_int_equal(value("fast (other) - -"), 0);
	retransmit_collector.close(collector);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(events_go_to_units, begin, end),
		cmocka_unit_test_setup_teardown(commands_and_namespaces_are_labels_where_wanted,
		                                begin, end),
		cmocka_unit_test_setup_teardown(failures_are_told, begin, end),
		cmocka_unit_test_setup_teardown(what_is_lacking_is_told_and_nothing_is_lost, begin,
		                                end),
		cmocka_unit_test_setup_teardown(programs_and_counters_live_on, begin, end),
		cmocka_unit_test_setup_teardown(counters_of_other_labels_begin_anew, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
