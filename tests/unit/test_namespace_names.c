/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of network namespaces by their inodes; which there are is scripted. */
#define namespace_list_read  scripted_list_read
#define namespace_list_clear scripted_list_clear
#define namespace_set_update scripted_set_update
#define namespace_set_clear  scripted_set_clear

#include "tests/unit/fixture.h"

#include "daemon/clock.h"

static uint64_t scripted_now_usec(void);
#define monotonic_usec scripted_now_usec

#include "collectors/namespace_names.c"

static struct {
	uint64_t now_usec;
	unsigned n_reads;
	int read_error, update_error;
	struct namespace_member members[2];
	struct namespace_member *pointers[2];
	size_t n_members;
	struct choice_or_strings wanted;
	struct collector_tally tally;
	struct reason reason;
	struct collector_env env;
} script;

static uint64_t scripted_now_usec(void)
{
	return script.now_usec;
}

int namespace_list_read(struct namespace_list *list, const struct choice_or_strings *wanted,
                        const struct namespace_roots *roots, struct reason *reason)
{
	assert_ptr_equal(wanted, &script.wanted);
	assert_ptr_equal(roots, &namespace_roots);
	script.n_reads++;
	list->lack = (struct reason){ "some cannot be seen" };
	return script.read_error ? reason_set(reason, script.read_error, "scripted") : 0;
}

void namespace_list_clear(struct namespace_list *list)
{
	(void)list;
}

int namespace_set_update(struct namespace_set *set, struct namespace_list *list)
{
	(void)list;
	assert_int_equal(set->max_members, 5);
	set->members = script.pointers;
	set->n_members = script.n_members;
	set->n_untracked = 3;
	return script.update_error;
}

void namespace_set_clear(struct namespace_set *set)
{
	(void)set;
}

static void add(uint64_t inode, const char *label)
{
	struct namespace_member *member = &script.members[script.n_members];

	member->namespace.inode = inode;
	(void)stpcpy(member->namespace.label, label);
	script.pointers[script.n_members++] = member;
}

static struct namespace_names *open_names(unsigned choice)
{
	struct namespace_names *names = NULL;

	memset(&script, 0, sizeof(script));
	script.now_usec = 1000;
	script.wanted.choice = choice;
	script.env = (struct collector_env){ .tally = &script.tally,
		                             .reason = &script.reason,
		                             .scope = { .namespaces = &script.wanted,
		                                        .max_namespaces = 5 } };
	assert_int_equal(namespace_names_open(&script.env, &names), 0);
	return names;
}

static void expect(struct namespace_names *names, uint64_t inode, const char *label)
{
	struct label found;

	assert_int_equal(namespace_names_find(names, inode, &found), label != NULL);
	if (label)
		assert_true(label_is(&found, label, strlen(label)));
}

static uint64_t own(void)
{
	struct stat status;

	assert_int_equal(stat("/proc/self/ns/net", &status), 0);
	return status.st_ino;
}

static void our_own_is_enough_by_default(void **state)
{
	struct namespace_names *names = open_names(COLLECTOR_NAMESPACES_OWN);

	(void)state;
	assert_int_equal(namespace_names_only(names), own());
	expect(names, own(), "");
	expect(names, 7, NULL);
	assert_int_equal(script.n_reads, 0);
	assert_string_equal(namespace_names_lack(names), "");
	namespace_names_close(names);
	namespace_names_close(NULL);
}

static void all_have_names_or_are_others(void **state)
{
	struct namespace_names *names = open_names(COLLECTOR_NAMESPACES_ALL);

	(void)state;
	add(7, "blue");
	assert_int_equal(namespace_names_only(names), 0);
	expect(names, own(), "");
	assert_int_equal(script.n_reads, 0);
	expect(names, 7, "blue");
	expect(names, 8, "(other)");
	assert_int_equal(script.n_reads, 1);
	assert_int_equal(script.tally.n_namespaces, 1);
	assert_int_equal(script.tally.n_untracked_namespaces, 3);
	assert_string_equal(namespace_names_lack(names), "some cannot be seen");
	add(8, "green");
	expect(names, 7, "blue"); /* known: nothing to look for */
	expect(names, 8, "(other)");
	assert_int_equal(script.n_reads, 1);
	script.now_usec += DISCOVERY_INTERVAL_USEC;
	expect(names, 8, "green");
	assert_int_equal(script.n_reads, 2);
	namespace_names_close(names);
}

static void only_those_that_are_named_are_wanted(void **state)
{
	struct namespace_names *names = open_names(COLLECTOR_NAMESPACES_NAMED);

	(void)state;
	add(7, "blue");
	assert_int_equal(namespace_names_only(names), 0);
	expect(names, 7, "blue");
	expect(names, 8, NULL);
	expect(names, own(), "");
	namespace_names_close(names);
}

static void what_fails_is_told(void **state)
{
	struct namespace_names *names = open_names(COLLECTOR_NAMESPACES_ALL);

	(void)state;
	script.read_error = -EACCES;
	expect(names, 7, "(other)");
	assert_string_equal(namespace_names_lack(names), "scripted");
	script.read_error = 0;
	script.update_error = -ENOMEM;
	script.now_usec += DISCOVERY_INTERVAL_USEC;
	expect(names, 7, "(other)");
	assert_string_equal(namespace_names_lack(names), "network namespaces: out of memory");
	namespace_names_close(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_is_enough_by_default),
		cmocka_unit_test(all_have_names_or_are_others),
		cmocka_unit_test(only_those_that_are_named_are_wanted),
		cmocka_unit_test(what_fails_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
