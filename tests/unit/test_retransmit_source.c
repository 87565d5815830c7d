/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps of the retransmit programs, read while others write: scripted maps take their place. */
#define bpf_probes_open     scripted_probes_open
#define bpf_probes_close    scripted_probes_close
#define bpf_probes_map      scripted_map
#define bpf_probe_attach    scripted_attach
#define bpf_probe_detach    scripted_detach
#define bpf_probe_account   scripted_account
#define bpf_values_get      scripted_get
#define bpf_values_put      scripted_put
#define bpf_values_delete   scripted_delete
#define bpf_values_read_all scripted_read_all

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/bpf_account.c"
#include "collectors/bpf_turns.c"
#include "collectors/retransmit/retransmit_source.c"

enum { OWNERS_0, OWNERS_1, SETTINGS, OVERFLOW, MAPS };

static const char *const map_names[MAPS] = { "owners_0", "owners_1", "settings", "overflow" };

static struct {
	int open_error, put_error, get_error, read_error, busy;
	unsigned n_roles_lacking; /* of the last ones */
	struct bpf_probes probes;

	struct retransmit_owner owners[2][8];
	struct retransmit_counts counts[2][8];
	size_t n[2];
	struct retransmit_settings settings;
	struct retransmit_overflow overflow;
	uint64_t late; /* cgroup that a program counts for in a map after it was left */
	struct bpf_probe_account account;
} script;

/* As a program does it. */
static void happen(unsigned map, uint64_t cgroup, uint64_t n)
{
	size_t i = 0;

	while (i < script.n[map] && script.owners[map][i].cgroup != cgroup)
		i++;
	assert_true(i < ARRAY_SIZE(script.owners[map]));
	script.owners[map][i].cgroup = cgroup;
	script.counts[map][i].packets[RETRANSMIT_FAST] += n;
	script.counts[map][i].segments[RETRANSMIT_FAST] += 2 * n;
	if (i == script.n[map])
		script.n[map]++;
}

int bpf_probes_open(const char *name, const struct bpf_role *wanted, size_t n_roles,
                    struct bpf_probes **ret_probes, struct reason *reason)
{
	assert_string_equal(name, "retransmit");
	if (script.open_error)
		return reason_set(reason, script.open_error, "scripted");
	script.probes.n = n_roles;
	for (size_t i = 0; i < n_roles; i++) {
		bool lacks = i + script.n_roles_lacking >= n_roles;

		script.probes.probes[i] = (struct bpf_probe){ .role = &wanted[i],
			                                      .way = lacks ? NULL : "way",
			                                      .fd = lacks ? -1 : 100,
			                                      .link_fd = lacks ? -1 : 200,
			                                      .reason = { "scripted lack" } };
	}
	*ret_probes = &script.probes;
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

int bpf_probe_attach(struct bpf_probe *probe)
{
	if (probe->fd < 0)
		return -ENOENT;
	probe->link_fd = 200;
	return 0;
}

void bpf_probe_detach(struct bpf_probe *probe)
{
	probe->link_fd = -1;
}

int bpf_probe_account(const struct bpf_probe *probe, struct bpf_probe_account *ret_account)
{
	if (probe->fd < 0)
		return -ENOENT;
	*ret_account = script.account;
	return 0;
}

int bpf_values_get(int map_fd, const void *key, void *ret_value)
{
	assert_int_equal(map_fd, OVERFLOW);
	assert_int_equal(*(const uint32_t *)key, 0);
	memcpy(ret_value, &script.overflow, sizeof(script.overflow));
	return script.get_error;
}

int bpf_values_put(int map_fd, const void *key, const void *value)
{
	assert_int_equal(map_fd, SETTINGS);
	assert_int_equal(*(const uint32_t *)key, 0);
	if (script.put_error)
		return script.put_error;
	memcpy(&script.settings, value, sizeof(script.settings));
	return 0;
}

int bpf_values_delete(int map_fd, const void *key)
{
	if (script.busy)
		return script.busy--, -EBUSY;
	for (size_t i = 0; i < script.n[map_fd]; i++) {
		if (memcmp(&script.owners[map_fd][i], key, sizeof(script.owners[0][0])) != 0)
			continue;
		script.n[map_fd]--;
		script.owners[map_fd][i] = script.owners[map_fd][script.n[map_fd]];
		script.counts[map_fd][i] = script.counts[map_fd][script.n[map_fd]];
		memset(&script.owners[map_fd][script.n[map_fd]], 0, sizeof(script.owners[0][0]));
		memset(&script.counts[map_fd][script.n[map_fd]], 0, sizeof(script.counts[0][0]));
		return 0;
	}
	return -ENOENT;
}

int bpf_values_read_all(int map_fd, void *ret_keys, void *ret_values, size_t max, size_t *ret_n)
{
	assert_int_equal(max, RETRANSMIT_OWNERS);
	/* Only one that is at rest is emptied; a program that was at it is over when it is read. */
	if (script.late && (unsigned)map_fd != script.settings.active)
		happen((unsigned)map_fd, script.late, 1);
	if (script.read_error && (unsigned)map_fd != script.settings.active)
		return script.read_error;
	memcpy(ret_keys, script.owners[map_fd], script.n[map_fd] * sizeof(script.owners[0][0]));
	memcpy(ret_values, script.counts[map_fd], script.n[map_fd] * sizeof(script.counts[0][0]));
	*ret_n = script.n[map_fd];
	return 0;
}

static struct retransmit_source *source;
static struct reason reason;

static int begin(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	reason.text[0] = '\0';
	return retransmit_source_open(&source, &reason);
}

static int end(void **state)
{
	(void)state;
	retransmit_source_close(source);
	retransmit_source_close(NULL);
	return 0;
}

/* Takes a sample, and returns what there was for the cgroup. */
static uint64_t take(uint64_t cgroup)
{
	struct retransmit_sample sample = { 0 };
	uint64_t n = 0;

	assert_int_equal(retransmit_source_take(source, &sample, &reason), 0);
	for (size_t i = 0; i < sample.n; i++) {
		if (sample.owners[i].cgroup != cgroup)
			continue;
		assert_int_equal(n, 0);
		n = sample.counts[i].packets[RETRANSMIT_FAST];
		assert_int_equal(sample.counts[i].segments[RETRANSMIT_FAST], 2 * n);
	}
	return n;
}

static void everything_is_taken_once(void **state)
{
	(void)state;
	assert_int_equal(take(7), 0);
	assert_int_equal(script.settings.active, 0);
	happen(0, 7, 5);
	assert_int_equal(take(7), 5);
	assert_int_equal(script.settings.active, 1);
	assert_int_equal(take(7), 0);
	happen(1, 7, 3);
	happen(1, 8, 1);
	assert_int_equal(take(7), 3);
	assert_int_equal(script.n[0] + script.n[1], 0);
	assert_int_equal(script.settings.active, 0);
}

static void who_counts_while_the_map_is_left_is_counted(void **state)
{
	(void)state;
	happen(0, 7, 5);
	script.late = 9;
	assert_int_equal(take(9), 1);
	script.late = 0;
	assert_int_equal(script.n[0] + script.n[1], 0);
}

static void what_fails_is_taken_later(void **state)
{
	struct retransmit_sample sample = { 0 };

	(void)state;
	happen(0, 7, 5);
	script.put_error = -EPERM;
	assert_int_equal(retransmit_source_take(source, &sample, &reason), -EPERM);
	assert_string_equal(reason.text, "taking from a BPF map: Operation not permitted");
	assert_int_equal(script.settings.active, 0);
	script.put_error = 0;
	script.get_error = -ENOMEM;
	assert_int_equal(retransmit_source_take(source, &sample, &reason), -ENOMEM);
	assert_int_equal(script.n[0], 1);
	script.get_error = 0;
	script.read_error = -EFAULT;
	assert_int_equal(retransmit_source_take(source, &sample, &reason), -EFAULT);
	script.read_error = 0;
	happen(script.settings.active, 7, 1); /* in the other one by now */
	assert_int_equal(take(7), 1);
	happen(script.settings.active, 7, 10);
	assert_int_equal(take(7), 15);
}

static void a_busy_map_is_waited_for(void **state)
{
	(void)state;
	happen(0, 7, 5);
	script.busy = 3;
	assert_int_equal(take(7), 5);
	happen(1, 7, 5);
	script.busy = 1000000;
	assert_int_equal(take(7), 0); /* not counted, as it would be again */
	script.busy = 0;
	assert_int_equal(script.n[1], 1);
	happen(0, 7, 2);
	assert_int_equal(take(7), 2);
	happen(1, 7, 1);
	assert_int_equal(take(7), 6);
}

static void overflow_is_a_difference(void **state)
{
	struct retransmit_sample sample = { 0 };

	(void)state;
	script.overflow.counts.packets[RETRANSMIT_SYN] = 4;
	script.overflow.counts.segments[RETRANSMIT_SYN] = 4;
	assert_int_equal(retransmit_source_take(source, &sample, &reason), 0);
	assert_int_equal(sample.nobodys.packets[RETRANSMIT_SYN], 4);
	script.overflow.counts.packets[RETRANSMIT_SYN] = 6;
	script.overflow.counts.segments[RETRANSMIT_SYN] = 7;
	assert_int_equal(retransmit_source_take(source, &sample, &reason), 0);
	assert_int_equal(sample.nobodys.packets[RETRANSMIT_SYN], 2);
	assert_int_equal(sample.nobodys.segments[RETRANSMIT_SYN], 3);
	assert_int_equal(retransmit_source_take(source, &sample, &reason), 0);
	assert_int_equal(sample.nobodys.packets[RETRANSMIT_SYN], 0);
}

static uint64_t loss(const struct collector_tally *tally, const char *cause)
{
	for (size_t i = 0; i < tally->n_losses; i++)
		if (strcmp(tally->losses[i].cause, cause) == 0)
			return tally->losses[i].n_events;
	fail_msg("no %s", cause);
	return 0;
}

static void programs_and_losses_are_told(void **state)
{
	struct collector_tally tally = { 0 };
	struct retransmit_sample sample = { 0 };
	struct reason lack = { "" };

	(void)state;
	assert_int_equal(retransmit_source_configure(source, 5, false, &reason), 0);
	assert_int_equal(script.settings.netns, 5);
	assert_int_equal(script.settings.comm, 0);
	script.overflow.counts.packets[RETRANSMIT_FAST] = 3;
	script.overflow.n_storage_failures = 2;
	script.account = (struct bpf_probe_account){ .run_nsec = 10, .n_runs = 2, .n_missed = 1 };
	assert_int_equal(retransmit_source_take(source, &sample, &reason), 0);
	for (unsigned round = 0; round < 2; round++) {
		retransmit_source_account(source, &tally, &lack);
		assert_string_equal(lack.text, "");
		assert_int_equal(tally.n_programs, ROLES);
		assert_int_equal(tally.n_losses, 3);
		assert_int_equal(loss(&tally, "busy"), ROLES);
		assert_int_equal(loss(&tally, "map_full"), 3);
		assert_int_equal(loss(&tally, "no_memory"), 2);
	}
	for (size_t i = 0; i < ROLES; i++) {
		assert_string_equal(tally.programs[i].name, roles[i].name);
		assert_int_equal(tally.programs[i].attached, i < SEND);
		assert_true(tally.programs[i].accounted);
		assert_int_equal(tally.programs[i].run_nsec, 10);
		assert_int_equal(tally.programs[i].n_runs, 2);
	}
	assert_int_equal(retransmit_source_configure(source, 0, true, &reason), 0);
	assert_int_equal(script.settings.comm, 1);
	retransmit_source_account(source, &tally, &lack);
	assert_true(tally.programs[OPEN].attached);
}

static void what_is_lacking_is_told_where_it_is_wanted(void **state)
{
	struct retransmit_source *lacking = NULL;
	struct collector_tally tally = { 0 };
	struct reason lack = { "" };

	(void)state;
	script.n_roles_lacking = 2;
	assert_int_equal(retransmit_source_open(&lacking, &reason), 0);
	if (!lacking)
		return;
	assert_int_equal(retransmit_source_configure(lacking, 0, false, &reason), 0);
	retransmit_source_account(lacking, &tally, &lack);
	assert_string_equal(lack.text, "");
	assert_int_equal(retransmit_source_configure(lacking, 0, true, &reason), 0);
	retransmit_source_account(lacking, &tally, &lack);
	assert_string_equal(lack.text, "no receive (scripted lack); no open (scripted lack)");
	assert_false(tally.programs[OPEN].attached);
	retransmit_source_close(lacking);

	script.n_roles_lacking = ROLES;
	assert_int_equal(retransmit_source_open(&lacking, &reason), -EOPNOTSUPP);
	assert_string_equal(reason.text, "retransmissions are not told: scripted lack");
	script.open_error = -ENOSYS;
	assert_int_equal(retransmit_source_open(&lacking, &reason), -ENOSYS);
	assert_string_equal(reason.text, "scripted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(everything_is_taken_once, begin, end),
		cmocka_unit_test_setup_teardown(who_counts_while_the_map_is_left_is_counted, begin,
		                                end),
		cmocka_unit_test_setup_teardown(what_fails_is_taken_later, begin, end),
		cmocka_unit_test_setup_teardown(a_busy_map_is_waited_for, begin, end),
		cmocka_unit_test_setup_teardown(overflow_is_a_difference, begin, end),
		cmocka_unit_test_setup_teardown(programs_and_losses_are_told, begin, end),
		cmocka_unit_test_setup_teardown(what_is_lacking_is_told_where_it_is_wanted, begin,
		                                end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
