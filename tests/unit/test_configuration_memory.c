/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every allocation fails in turn, once alone and once with all that follow: the answer is −ENOMEM,
 * nothing leaks, and a configuration in use stays as it was. The program is linked with --wrap for
 * the functions below; jansson is given its own.
 */
#include "tests/unit/configuration_sample.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>

static struct {
	size_t n;       /* allocations so far */
	size_t fail_at; /* from 1; 0: none fails */
	bool all_after;
} allocations;

static bool fails(void)
{
	size_t n;

	if (allocations.fail_at == 0)
		return false;
	n = ++allocations.n;
	if (n < allocations.fail_at || (n > allocations.fail_at && !allocations.all_after))
		return false;
	errno = ENOMEM;
	return true;
}

#define WRAPPED(type, function, failure, parameters, arguments)           \
	type __real_##function parameters;                                \
	type __wrap_##function parameters;                                \
	type __wrap_##function parameters                                 \
	{                                                                 \
		return fails() ? (failure) : __real_##function arguments; \
	}

WRAPPED(void *, malloc, NULL, (size_t size), (size))
WRAPPED(void *, calloc, NULL, (size_t n, size_t size), (n, size))
WRAPPED(void *, reallocarray, NULL, (void *pointer, size_t n, size_t size), (pointer, n, size))
WRAPPED(char *, strdup, NULL, (const char *string), (string))
WRAPPED(char *, strndup, NULL, (const char *string, size_t n), (string, n))
WRAPPED(DIR *, fdopendir, NULL, (int fd), (fd))
WRAPPED(int, vasprintf, -1, (char **ret, const char *format, va_list arguments),
        (ret, format, arguments))

int __wrap_asprintf(char **ret, const char *format, ...);
int __wrap_asprintf(char **ret, const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = fails() ? -1 : __real_vasprintf(ret, format, arguments);
	va_end(arguments);
	return n;
}

/* Runs with each allocation failing; operation returns −errno and checks what it leaves. */
static void exhaust(struct sample *sample, int (*operation)(struct sample *sample), int expected)
{
	for (int all_after = 0; all_after < 2; all_after++) {
		for (size_t i = 1;; i++) {
			int r;

			allocations.n = 0;
			allocations.fail_at = i;
			allocations.all_after = all_after;
			r = operation(sample);
			allocations.fail_at = 0;
			if (allocations.n < i) {
				assert_int_equal(r, expected);
				assert_true(i > 1);
				break;
			}
			assert_int_equal(r, -ENOMEM);
		}
	}
}

static int load(struct sample *sample)
{
	return sample_load(sample);
}

static void loading(void **state)
{
	sample_write(*state, "txpathd.json",
	             "{\"http\": {\"listen\": [\"a:1\", \"b:1\"], \"tls\": true, \"port\": 5}}");
	sample_write(
		*state, "conf.d/a.json",
		"{\"collectors\": {\"nic\": {\"interval\": \"2s\"}}, \"watch\": {\"scope\": [\"a:1\"],"
		" \"groups\": {\"a\": [\"a:1\"], \"web\": [\"b:1\", \"b:2\"]}}}");
	sample_write(*state, "conf.d/b.json",
	             "{\"watch\": {\"scope\": \"all\", \"groups\": {\"a\": []}}}");
	exhaust(*state, load, 0);
}

static void faults(void **state)
{
	sample_write(*state, "txpathd.json",
	             "{\"htpp\": 1, \"http\": {\"listen\": [\"a\", 1], \"port\": 0, \"tls\": 0},"
	             " \"namespaces\": \"x\", \"collectors\": {\"nic\": {\"interval\": \"x\"}}}");
	sample_write(*state, "conf.d/a.json", "{\"a\": \"\\u0000\"}");
	sample_write(*state, "conf.d/b.json",
	             "{\"watch\": {\"scope\": [], \"groups\": {\"(a\": [], \"b\": [\"b\"]}}}");
	exhaust(*state, load, -EINVAL);
}

static int set_strings(struct sample *sample)
{
	static const char *const values[] = { "x:1", "y:1" };
	struct reason reason;
	int r;

	r = configuration_set_strings(sample->configuration, "http", "listen", values, 2, &reason);
	assert_string_equal(sample_http(sample)->listen.values[0],
	                    r < 0 ? "127.0.0.1:10066" : "x:1");
	if (r == 0) {
		allocations.fail_at = 0;
		configuration_free(sample->configuration);
		sample->configuration = configuration_new(&sample_schema);
	}
	return r;
}

static void setting(void **state)
{
	struct sample *sample = *state;

	sample->configuration = configuration_new(&sample_schema);
	exhaust(sample, set_strings, 0);
}

static int print(struct sample *sample)
{
	FILE *file = fopen("/dev/null", "we");
	int r = configuration_print(sample->configuration, file);

	(void)fclose(file);
	return r;
}

static int print_schema(struct sample *sample)
{
	FILE *file = fopen("/dev/null", "we");
	int r = configuration_print_schema(&sample_schema, file);

	(void)sample;
	(void)fclose(file);
	return r;
}

static void printing(void **state)
{
	struct sample *sample = *state;

	sample_write(sample, "txpathd.json",
	             "{\"watch\": {\"scope\": [\"a:1\"], \"groups\": {\"a\": [\"a:1\"]}}}");
	assert_int_equal(sample_load(sample), 0);
	exhaust(sample, print, 0);
	exhaust(sample, print_schema, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(loading, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(faults, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(setting, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(printing, sample_setup, sample_teardown),
	};

	json_set_alloc_funcs(__wrap_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
