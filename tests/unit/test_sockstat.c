/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collectors/socket/sockstat.h"
#include "daemon/cleanup.h"

static const char recorded[] = "sockets: used 49\n"
			       "TCP: inuse 18 orphan 1836 tw 3 alloc 1867 mem 5785\n"
			       "UDP: inuse 2 mem 95\n"
			       "UDPLITE: inuse 0\n"
			       "RAW: inuse 0\n"
			       "FRAG: inuse 0 memory 0\n";

static void expect(const char *text, const char *line, const char *field, int64_t expected)
{
	uint64_t value = 4711;
	int error = sockstat_parse(text, line, field, &value);

	assert_int_equal(error, expected < 0 ? -ENODATA : 0);
	assert_int_equal(value, expected < 0 ? 4711 : expected);
}

static void test_recorded(void **state)
{
	(void)state;
	expect(recorded, "TCP", "tw", 3);
	expect(recorded, "TCP", "inuse", 18);
	expect(recorded, "TCP", "mem", 5785);
	expect(recorded, "UDP", "inuse", 2);
	expect(recorded, "FRAG", "memory", 0);
	expect(recorded, "sockets", "used", 49);
	expect(recorded, "UDP", "tw", -1);
	expect(recorded, "UDPLITE", "mem", -1); /* of the line itself, not of one behind */
	expect(recorded, "TCP6", "inuse", -1);
	expect(recorded, "TC", "inuse", -1);
	expect(recorded, "TCP", "t", -1);
	expect(recorded, "FRAG", "mem", -1);
}

static void test_malformed(void **state)
{
	static const char *const texts[] = {
		"",
		"\n\n",
		"TCP",
		"TCP:",
		"TCP:\n",
		"TCP: ",
		"TCP: tw",
		"TCP: tw ",
		"TCP: tw\n",
		"TCP: tw \n",
		"TCP: tw \n5\n",
		"TCP: tw x\n",
		"TCP: inuse tw 5\n",
		"TCP:tw 5\n",
		"XTCP: tw 5\n",
		" TCP: tw 5\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		expect(texts[i], "TCP", "tw", -1);
	expect("TCP: tw 5", "TCP", "tw", 5);
}

/* Cut anywhere, the value is there and whole, or it is not there. */
static void test_cut(void **state)
{
	char text[sizeof(recorded)];

	(void)state;
	for (size_t length = 0; length < sizeof(recorded); length++) {
		uint64_t value = 0;

		memcpy(text, recorded, length);
		text[length] = '\0';
		if (sockstat_parse(text, "TCP", "tw", &value) == 0)
			assert_int_equal(value, 3);
	}
}

static void test_read_again(void **state)
{
	int fd = memfd_create("sockstat", MFD_CLOEXEC);
	uint64_t n = 0;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(sockstat_read_time_wait(fd, &n), -ENODATA);
	assert_int_equal(write(fd, recorded, strlen(recorded)), strlen(recorded));
	assert_int_equal(sockstat_read_time_wait(fd, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(pwrite(fd, "TCP: tw 12 ", 11, 0), 11);
	assert_int_equal(sockstat_read_time_wait(fd, &n), 0);
	assert_int_equal(n, 12);
	close(fd);
	assert_int_equal(sockstat_read_time_wait(-1, &n), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
