/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are not as a configuration must be, and those that are passed over. */
#include "tests/unit/configuration_sample.h"

static void set_mode(const struct sample *sample, const char *name, mode_t mode)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", sample->directory, name);
	assert_int_equal(chmod(path, mode), 0);
}

static void make_conf_d(const struct sample *sample)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/conf.d", sample->directory);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void absent(void **state)
{
	struct sample *sample = *state;

	sample_expect_faults(sample, "txpathd.json: cannot be opened: No such file or directory");
	sample_write(sample, "conf.d/a.json", "{\"http\": {\"port\": 5}}");
	sample_reset(sample);
	assert_int_equal(configuration_load(&sample_schema, sample->path, true, &sample->faults,
	                                    &sample->configuration),
	                 0);
	assert_int_equal(sample_http(sample)->port, 5);
}

static void absent_with_its_directory(void **state)
{
	struct sample *sample = *state;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/none/txpathd.json", sample->directory);
	assert_int_equal(configuration_load(&sample_schema, path, true, &sample->faults,
	                                    &sample->configuration),
	                 0);
}

static void path_without_directory(void **state)
{
	struct sample *sample = *state;
	char *before cleanup(free) = getcwd(NULL, 0);

	sample_write(sample, "txpathd.json", "{}");
	sample_write(sample, "conf.d/a.json", "{\"http\": {\"port\": 0}}");
	assert_int_equal(chdir(sample->directory), 0);
	assert_int_equal(configuration_load(&sample_schema, "txpathd.json", false, &sample->faults,
	                                    &sample->configuration),
	                 -EINVAL);
	assert_int_equal(chdir(before), 0);
	assert_int_equal(sample->faults.n, 1);
	assert_string_equal(sample->faults.texts[0],
	                    "conf.d/a.json:1:19: \"port\": 0 is outside 1..65535");
}

static void unreadable(void **state)
{
	const struct sample *sample = *state;
	bool is_root = geteuid() == 0;

	sample_write(sample, "txpathd.json", "{}");
	sample_write(sample, "conf.d/a.json", "{}");
	set_mode(sample, "txpathd.json", 0);
	set_mode(sample, "conf.d", 0);
	set_mode(sample, ".", 0755);
	if (is_root)
		assert_int_equal(seteuid(65534), 0);
	sample_expect_faults(*state,
	                     "txpathd.json: cannot be opened: Permission denied\n"
	                     "conf.d: cannot be opened: Permission denied");
	if (is_root)
		assert_int_equal(seteuid(0), 0);
	set_mode(sample, "conf.d", 0700);
}

static void directories(void **state)
{
	struct sample *sample = *state;

	assert_int_equal(mkdir(sample->path, 0755), 0);
	sample_write(sample, "conf.d", "{}");
	sample_expect_faults(sample,
	                     "txpathd.json: is not a regular file\n"
	                     "conf.d: is not a directory");
}

static void fifo(void **state)
{
	struct sample *sample = *state;

	assert_int_equal(mkfifo(sample->path, 0644), 0);
	(void)alarm(10);
	sample_expect_faults(sample, "txpathd.json: is not a regular file");
	(void)alarm(0);
}

static void writable_by_others(void **state)
{
	const struct sample *sample = *state;

	sample_write(sample, "txpathd.json", "{");
	sample_write(sample, "conf.d/a.json", "{");
	set_mode(sample, "txpathd.json", 0646);
	set_mode(sample, "conf.d/a.json", 0602);
	sample_expect_faults(*state,
	                     "txpathd.json: refused because others can write it; run chmod o-w\n"
	                     "conf.d/a.json: refused because others can write it; run chmod o-w");
	set_mode(sample, "conf.d", 01777);
	set_mode(sample, "txpathd.json", 0664);
	sample_expect_faults(*state,
	                     "txpathd.json:1:2: unexpected end of file\n"
	                     "conf.d: refused because others can write it; run chmod o-w");
}

static void sizes(void **state)
{
	struct sample *sample = *state;
	size_t n = 1024 * 1024 + 1;
	char *text cleanup(free) = malloc(n);

	memset(text, ' ', n);
	text[0] = '{';
	text[n - 2] = '}';
	sample_write_bytes(sample, "txpathd.json", text, n - 1);
	assert_int_equal(sample_load(sample), 0);
	sample_write_bytes(sample, "txpathd.json", text, n);
	sample_expect_faults(sample, "txpathd.json: is larger than 1024 KiB");
}

static void passed_over(void **state)
{
	static const char *const names[] = {
		".hidden.json", ".json",  "a.json~", "a.json.bak", "a.JSON",
		"json",         "README", "a.jsonx", "ajson",
	};
	struct sample *sample = *state;

	sample_write(sample, "txpathd.json", "{}");
	make_conf_d(sample);
	assert_int_equal(sample_load(sample), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "conf.d/%s", names[i]);
		sample_write(sample, name, "{");
	}
	assert_int_equal(sample_load(sample), 0);
	sample_write(sample, "conf.d/a.json", "{\"http\": {\"port\": 6}}");
	assert_int_equal(sample_load(sample), 0);
	assert_int_equal(sample_http(sample)->port, 6);
}

static void entries_of_other_types(void **state)
{
	struct sample *sample = *state;
	char path[PATH_MAX];

	sample_write(sample, "txpathd.json", "{}");
	make_conf_d(sample);
	(void)snprintf(path, sizeof(path), "%s/conf.d/a.json", sample->directory);
	assert_int_equal(symlink("/dev/null", path), 0);
	(void)snprintf(path, sizeof(path), "%s/conf.d/b.json", sample->directory);
	assert_int_equal(symlink("nowhere", path), 0);
	(void)snprintf(path, sizeof(path), "%s/conf.d/c.json", sample->directory);
	assert_int_equal(mkdir(path, 0755), 0);
	sample_expect_faults(sample,
	                     "conf.d/a.json: is not a regular file\n"
	                     "conf.d/b.json: cannot be opened: No such file or directory\n"
	                     "conf.d/c.json: is not a regular file");
}

static void foreign_characters_in_names(void **state)
{
	sample_write(*state, "txpathd.json", "{}");
	sample_write(*state, "conf.d/a\x1b[1m\n\xff.json", "{");
	sample_expect_faults(*state, "conf.d/a?[1m??.json:1:2: unexpected end of file");
}

static void too_many_files(void **state)
{
	struct sample *sample = *state;

	sample_write(sample, "txpathd.json", "{}");
	for (int i = 0; i < 1000; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "conf.d/%d.json", i);
		sample_write(sample, name, "{}");
	}
	assert_int_equal(sample_load(sample), 0);
	sample_write(sample, "conf.d/1000.json", "{}");
	sample_expect_faults(sample, "conf.d: has more than 1000 files");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(absent, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(absent_with_its_directory, sample_setup,
		                                sample_teardown),
		cmocka_unit_test_setup_teardown(path_without_directory, sample_setup,
		                                sample_teardown),
		cmocka_unit_test_setup_teardown(unreadable, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(directories, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(fifo, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(writable_by_others, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(sizes, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(passed_over, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(entries_of_other_types, sample_setup,
		                                sample_teardown),
		cmocka_unit_test_setup_teardown(foreign_characters_in_names, sample_setup,
		                                sample_teardown),
		cmocka_unit_test_setup_teardown(too_many_files, sample_setup, sample_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
