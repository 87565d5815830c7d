/* SPDX-License-Identifier: GPL-2.0-or-later */
#define bpf_probes_open     scripted_probes_open
#define bpf_probes_close    scripted_probes_close
#define bpf_probes_map      scripted_map
#define bpf_probe_account   scripted_account
#define bpf_values_get      scripted_get
#define bpf_values_put      scripted_put
#define bpf_values_delete   scripted_delete
#define bpf_values_read_all scripted_read_all
#define drop_reasons_class  scripted_class

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/bpf_account.c"
#include "collectors/bpf_turns.c"
#include "collectors/drop/drop_source.c"

enum { DROPS_0, DROPS_1, SUMS, CLASSES, SETTINGS, LOST, MAPS };

static const char *const map_names[MAPS] = { "drops_0",       "drops_1",        "sums",
	                                     ".data.classes", ".data.settings", "drop.bss" };

static struct {
	int open_error, put_error, get_error, sums_error;
	bool lacks;
	struct bpf_probes probes;
	struct drop_key key; /* there is one in each map, if it has a count */
	uint64_t counts[2];
	size_t n_sums;
	struct drop_sum_key sum_keys[4];
	uint64_t sums[4];
	struct drop_classes classes;
	struct drop_settings settings;
	uint64_t n_lost;
} script;

static struct drop_source *source;
static struct reason reason;

int bpf_probes_open(const char *name, const struct bpf_role *wanted, size_t n_roles,
                    struct bpf_probes **ret_probes, struct reason *ret_reason)
{
	assert_string_equal(name, "drop");
	assert_int_equal(n_roles, 1);
	*ret_probes = &script.probes;
	if (script.open_error)
		return reason_set(ret_reason, script.open_error, "scripted");
	script.probes.n = 1;
	script.probes.probes[0] = (struct bpf_probe){ .role = wanted,
		                                      .way = script.lacks ? NULL : "way",
		                                      .fd = 100,
		                                      .link_fd = 200,
		                                      .reason = { "scripted lack" } };
	return 0;
}

void bpf_probes_close(struct bpf_probes *probes)
{
	(void)probes;
}

int bpf_probes_map(const struct bpf_probes *probes, const char *name)
{
	assert_ptr_equal(probes, &script.probes);
	for (int i = 0; i < MAPS; i++)
		if (strcmp(map_names[i], name) == 0)
			return i;
	fail_msg("no map %s", name);
	return -1;
}

int bpf_probe_account(const struct bpf_probe *probe, struct bpf_probe_account *ret_account)
{
	assert_ptr_equal(probe, &script.probes.probes[0]);
	*ret_account = (struct bpf_probe_account){ .n_missed = 3 };
	return 0;
}

int bpf_values_get(int map_fd, const void *key, void *ret_value)
{
	assert_int_equal(map_fd, LOST);
	assert_int_equal(*(const uint32_t *)key, 0);
	memcpy(ret_value, &script.n_lost, sizeof(script.n_lost));
	return script.get_error;
}

/* Values are of several sizes, which the compiler would think mixed up. */
__attribute__((noinline)) int bpf_values_put(int map_fd, const void *key, const void *value)
{
	assert_int_equal(*(const uint32_t *)key, 0);
	if (script.put_error)
		return script.put_error;
	if (map_fd == CLASSES)
		memcpy(&script.classes, value, sizeof(script.classes));
	else if (map_fd == SETTINGS)
		memcpy(&script.settings, value, sizeof(script.settings));
	else
		fail_msg("map %d is not written", map_fd);
	return 0;
}

int bpf_values_delete(int map_fd, const void *key)
{
	assert_memory_equal(key, &script.key, sizeof(script.key));
	script.counts[map_fd] = 0;
	return 0;
}

int bpf_values_read_all(int map_fd, void *ret_keys, void *ret_values, size_t max, size_t *ret_n)
{
	if (map_fd == SUMS) {
		assert_int_equal(max, DROP_SUMS);
		memcpy(ret_keys, script.sum_keys, sizeof(script.sum_keys));
		memcpy(ret_values, script.sums, sizeof(script.sums));
		*ret_n = script.n_sums;
		return script.sums_error;
	}
	assert_int_equal(max, DROP_KEYS);
	*ret_n = script.counts[map_fd] ? 1 : 0;
	memcpy(ret_keys, &script.key, sizeof(script.key));
	memcpy(ret_values, &script.counts[map_fd], sizeof(script.counts[0]));
	return 0;
}

enum drop_class drop_reasons_class(const struct drop_reasons *reasons, uint32_t number)
{
	assert_null(reasons);
	return number == 7 ? DROP_HOOK : number == DROP_REASONS - 1 ? DROP_NEVER : DROP_EITHER;
}

static int begin(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	script.key = (struct drop_key){ .reason = 7, .device = "eth0" };
	reason.text[0] = '\0';
	return drop_source_open(&source, &reason);
}

static int end(void **state)
{
	(void)state;
	drop_source_close(source);
	drop_source_close(NULL);
	return 0;
}

static void take(struct drop_sample *ret_sample)
{
	assert_int_equal(drop_source_take(source, ret_sample, &reason), 0);
}

/* How many packets there are of the one key. */
static uint64_t counted(const struct drop_sample *sample)
{
	assert_int_equal(sample->n, 1);
	if (!sample->keys || !sample->counts)
		return 0;
	assert_memory_equal(&sample->keys[0], &script.key, sizeof(script.key));
	return sample->counts[0];
}

static uint64_t sum(const struct drop_sample *sample, size_t i)
{
	assert_true(i < sample->n_sums);
	return sample->sums ? sample->sums[i] : 0;
}

static void what_it_counts_is_configured(void **state)
{
	(void)state;
	assert_int_equal(script.settings.ready, 0);
	assert_int_equal(drop_source_configure(source, NULL, 4026531840, &reason), 0);
	assert_int_equal(script.settings.ready, 1);
	assert_int_equal(script.settings.netns, 4026531840);
	assert_int_equal(script.classes.by_reason[7], DROP_HOOK);
	assert_int_equal(script.classes.by_reason[8], DROP_EITHER);
	assert_int_equal(script.classes.by_reason[DROP_REASONS - 1], DROP_NEVER);
	script.put_error = -EPERM;
	assert_int_equal(drop_source_configure(source, NULL, 0, &reason), -EPERM);
	assert_string_equal(reason.text, "settings of the BPF program: Operation not permitted");
}

static void everything_is_taken_once(void **state)
{
	struct drop_sample sample = { 0 };

	(void)state;
	assert_int_equal(drop_source_configure(source, NULL, 0, &reason), 0);
	take(&sample);
	assert_int_equal(sample.n + sample.n_sums, 0);
	for (uint32_t round = 0; round < 3; round++) {
		assert_int_equal(script.settings.active, round % 2);
		script.counts[round % 2] = 5 + round;
		take(&sample);
		assert_int_equal(counted(&sample), 5 + round);
		assert_int_equal(script.settings.ready, 1);
	}
	take(&sample);
	assert_int_equal(sample.n, 0);
}

/* They stay in their map, in no order: what is told is what they have grown by. */
static void sums_are_differences(void **state)
{
	struct collector_tally tally = { 0 };
	struct drop_sample sample = { 0 };

	(void)state;
	script.sum_keys[0] = (struct drop_sum_key){ 7, DROP_LOCAL };
	script.sums[0] = 10;
	script.n_sums = 1;
	take(&sample);
	assert_int_equal(sample.n_sums, 1);
	assert_int_equal(sum(&sample, 0), 10);
	take(&sample);
	assert_int_equal(sum(&sample, 0), 0);

	script.sum_keys[1] = script.sum_keys[0];
	script.sums[1] = 12;
	script.sum_keys[0] = (struct drop_sum_key){ 7, DROP_FORWARDED };
	script.sums[0] = 4;
	script.n_sums = 2;
	script.n_lost = 100;
	take(&sample);
	assert_int_equal(sum(&sample, 0), 4);
	assert_int_equal(sum(&sample, 1), 2);
	assert_ptr_not_equal(sample.sum_keys, script.sum_keys);

	drop_source_account(source, &tally);
	assert_int_equal(tally.n_programs, 1);
	assert_string_equal(tally.programs[0].name, "drop");
	assert_true(tally.programs[0].attached);
	assert_int_equal(tally.n_losses, 2);
	assert_string_equal(tally.losses[0].cause, BPF_LOSS_BUSY);
	assert_int_equal(tally.losses[0].n_events, 3);
	assert_string_equal(tally.losses[1].cause, "map_full");
	assert_int_equal(tally.losses[1].n_events, 116);
}

static void what_fails_is_taken_later(void **state)
{
	struct drop_sample sample = { 0 };

	(void)state;
	script.counts[0] = 5;
	script.sum_keys[0] = (struct drop_sum_key){ 7, DROP_LOCAL };
	script.sums[0] = 10;
	script.n_sums = 1;
	script.put_error = -EPERM;
	assert_int_equal(drop_source_take(source, &sample, &reason), -EPERM);
	script.put_error = 0;
	script.get_error = -EFAULT;
	assert_int_equal(drop_source_take(source, &sample, &reason), -EFAULT);
	script.get_error = 0;
	script.sums_error = -ENOMEM;
	assert_int_equal(drop_source_take(source, &sample, &reason), -ENOMEM);
	assert_non_null(strstr(reason.text, "reading BPF maps"));
	script.sums_error = 0;
	take(&sample);
	assert_int_equal(counted(&sample), 5);
	assert_int_equal(sum(&sample, 0), 10);
}

static void programs_may_not_be_had(void **state)
{
	struct drop_source *another = NULL;

	(void)state;
	script.open_error = -EPERM;
	assert_int_equal(drop_source_open(&another, &reason), -EPERM);
	script.open_error = 0;
	script.lacks = true;
	assert_int_equal(drop_source_open(&another, &reason), -EOPNOTSUPP);
	assert_string_equal(reason.text, "drops are not told: scripted lack");
	assert_null(another);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_it_counts_is_configured, begin, end),
		cmocka_unit_test_setup_teardown(everything_is_taken_once, begin, end),
		cmocka_unit_test_setup_teardown(sums_are_differences, begin, end),
		cmocka_unit_test_setup_teardown(what_fails_is_taken_later, begin, end),
		cmocka_unit_test_setup_teardown(programs_may_not_be_had, begin, end),
	};

	return cmocka_run_group_tests_name("drop_source", tests, NULL, NULL);
}
