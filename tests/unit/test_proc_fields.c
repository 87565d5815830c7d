/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields found by name wherever they are, and lines that are not as they should be. */
#include "tests/unit/fixture.h"

#include "collectors/stack/protocol.h"

enum {
	A,
	B,
	PAGES,
	MSEC,
};

static const struct proc_field fields[] = {
	PROC_FIELD("A", A, PROC_COUNT),
	PROC_FIELD("Bb", B, PROC_COUNT),
	PROC_FIELD("Pages", PAGES, PROC_PAGES),
	PROC_FIELD("Msec", MSEC, PROC_MSEC),
	PROC_FIELDS_END,
};

static const struct proc_group groups[] = {
	{ "Tcp", fields, 0 },
	{ "TcpExt", fields, 1 },
	{ NULL, NULL, 0 },
};

static const struct proc_group lines[] = {
	{ "", fields, 0 },
	{ NULL, NULL, 0 },
};

/* Parses text that ends where the heap's memory does. */
static uint64_t parse(proc_parse_fn function, const char *text, const struct proc_group *wanted,
                      struct proc_row rows[2])
{
	size_t length = strlen(text);
	char *bytes = malloc(length);
	uint64_t n_malformed;

	rows[0].present = rows[1].present = 0;
	memcpy(bytes, text, length);
	n_malformed = function((struct proc_span){ bytes, bytes + length }, wanted, rows);
	free(bytes);
	return n_malformed;
}

static void expect(const struct proc_row *row, uint64_t present, uint64_t a, uint64_t b)
{
	assert_int_equal(row->present, present);
	if (present & 1 << A)
		assert_true(row->values[A] == a);
	if (present & 1 << B)
		assert_true(row->values[B] == b);
}

static void test_pairs(void **state)
{
	static const struct {
		const char *text;
		uint64_t n_malformed, present; /* of the first group */
		uint64_t a, b;
	} cases[] = {
		{ "Tcp: A Bb\nTcp: 1 2\n", 0, 3, 1, 2 },
		{ "Tcp: Bb X A\nTcp: 2 9 1\n", 0, 3, 1, 2 },
		{ "Tcp: X MaxConn A\nTcp: 9 -1 1\n", 0, 1, 1, 0 },
		{ "Tcp: A\nTcp: 18446744073709551615\n", 0, 1, UINT64_MAX, 0 },
		{ "Tcp:  A\tBb \nTcp: 1  2\t\n", 0, 3, 1, 2 },
		{ "Tcp:\nTcp:\n", 0, 0, 0, 0 },
		{ "", 0, 0, 0, 0 },
		{ "\n\n", 0, 0, 0, 0 },
		{ "Udp: A\nUdp: 1\n", 0, 0, 0, 0 },
		{ "Tcp: A Bb\nTcp: 1\n", 1, 0, 0, 0 },
		{ "Tcp: A\nTcp: 1 2\n", 1, 0, 0, 0 },
		{ "Tcp: A Bb\nTcp: 1 x\n", 1, 0, 0, 0 },
		{ "Tcp: A X\nTcp: 1 x\n", 1, 0, 0, 0 },
		{ "Tcp: Bb A\nTcp: 2 -1\n", 1, 0, 0, 0 },
		{ "Tcp: A\nTcp: 18446744073709551616\n", 1, 0, 0, 0 },
		{ "Tcp: A A\nTcp: 1 2\n", 1, 0, 0, 0 },
		{ "Tcp: A\nTcp: 1\nTcp: Bb A\nTcp: 2 1\n", 1, 1, 1, 0 },
		{ "Tcp: A\n", 1, 0, 0, 0 },
		{ "Tcp: A\nTcp: 1", 1, 0, 0, 0 },
		{ "Tcp: A", 1, 0, 0, 0 },
		{ "%!\nTcp: A\nTcp: 1\n\n%!", 0, 1, 1, 0 },
		{ "Tcp A\nTcp 1\nTcp: A\nTcp: 1\n", 0, 1, 1, 0 },
		{ "Tcp: 5 6\nUdp: A\nUdp: 1\nTcp: A\nTcp: 1\n", 1, 1, 1, 0 },
		{ "Tcp: Pages\nTcp: 18446744073709551615\n", 1, 0, 0, 0 },
		{ "Tcp: Msec\nTcp: 18446744073710\n", 1, 0, 0, 0 },
	};
	struct proc_row rows[2];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(parse(proc_pairs_parse, cases[i].text, groups, rows),
		                 cases[i].n_malformed);
		expect(&rows[0], cases[i].present, cases[i].a, cases[i].b);
	}
}

static void test_a_bad_pair_costs_no_other(void **state)
{
	struct proc_row rows[2];

	(void)state;
	assert_int_equal(
		parse(proc_pairs_parse, "Tcp: A\nTcpExt: A Bb\nTcpExt: 3 4\n", groups, rows), 1);
	expect(&rows[0], 0, 0, 0);
	expect(&rows[1], 3, 3, 4);
	assert_int_equal(
		parse(proc_pairs_parse, "TcpExt: A\nTcpExt: x\nTcp: A\nTcp: 1\n", groups, rows), 1);
	expect(&rows[0], 1, 1, 0);
	expect(&rows[1], 0, 0, 0);
}

static void test_units(void **state)
{
	struct proc_row rows[2];

	(void)state;
	assert_int_equal(parse(proc_pairs_parse, "Tcp: Msec Pages\nTcp: 1500 3\n", groups, rows),
	                 0);
	assert_int_equal(rows[0].values[MSEC], 1500000000);
	assert_int_equal(rows[0].values[PAGES], 3 * sysconf(_SC_PAGESIZE));
}

static void test_inline(void **state)
{
	struct proc_row rows[2];

	(void)state;
	assert_int_equal(parse(proc_inline_parse,
	                       "sockets: used 9\nTcp: X 7 A 1 Y -3 Bb 2\nTcp6: A 5\n", groups,
	                       rows),
	                 0);
	expect(&rows[0], 3, 1, 2);
	assert_int_equal(parse(proc_inline_parse, "Tcp: A 1 Bb\nTcpExt: A 3\n", groups, rows), 1);
	expect(&rows[0], 0, 0, 0);
	expect(&rows[1], 1, 3, 0);
	assert_int_equal(parse(proc_inline_parse, "Tcp: A 1 A 1\nTcpExt: A -3\n", groups, rows), 2);
	assert_int_equal(rows[0].present | rows[1].present, 0);
	assert_int_equal(parse(proc_inline_parse, "Tcp: A 1", groups, rows), 1);
	expect(&rows[0], 0, 0, 0);
}

static void test_lines(void **state)
{
	struct proc_row rows[2];

	(void)state;
	assert_int_equal(parse(proc_lines_parse, "X \t9\nBb\t2\n\nA      \t1\n", lines, rows), 0);
	expect(&rows[0], 3, 1, 2);
	assert_int_equal(parse(proc_lines_parse, "A 1 1\nBb 2\n", lines, rows), 1);
	expect(&rows[0], 2, 0, 2);
	assert_int_equal(parse(proc_lines_parse, "A\nBb x\n", lines, rows), 2);
	assert_int_equal(parse(proc_lines_parse, "A -1\nBb 18446744073709551616\n", lines, rows),
	                 2);
	assert_int_equal(parse(proc_lines_parse, "A 1\nA 2\n", lines, rows), 1);
	expect(&rows[0], 1, 1, 0);
	assert_int_equal(parse(proc_lines_parse, "A 1\nBb 22", lines, rows), 1);
	expect(&rows[0], 1, 1, 0);
}

/* Cut anywhere, a recorded file gives a value as it is or not at all. */
static void test_truncated_at_every_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < PROTOCOL_FILES; i++) {
		const struct protocol_file *file = &protocol_files[i];
		struct proc_row whole[PROTOCOL_ROWS] = { 0 };
		struct fixture fixture;
		char name[64];

		(void)snprintf(name, sizeof(name), "stack-6.18/%s", file->name);
		fixture = fixture_load(name);
		assert_int_equal(file->parse((struct proc_span){ fixture.bytes,
		                                                 fixture.bytes + fixture.length },
		                             file->groups, whole),
		                 0);
		for (size_t length = 0; length < fixture.length; length++) {
			struct proc_row rows[PROTOCOL_ROWS] = { 0 };
			char *cut = malloc(length + 1);

			memcpy(cut + 1, fixture.bytes, length);
			assert_true(file->parse((struct proc_span){ cut + 1, cut + 1 + length },
			                        file->groups, rows) <= 1);
			free(cut);
			for (unsigned j = 0; j < PROTOCOL_ROWS; j++) {
				assert_int_equal(rows[j].present & ~whole[j].present, 0);
				for (unsigned k = 0; k < METRIC_FAMILIES_MAX; k++) {
					if (rows[j].present >> k & 1)
						assert_true(rows[j].values[k] ==
						            whole[j].values[k]);
				}
			}
		}
		fixture_free(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs), cmocka_unit_test(test_a_bad_pair_costs_no_other),
		cmocka_unit_test(test_units), cmocka_unit_test(test_inline),
		cmocka_unit_test(test_lines), cmocka_unit_test(test_truncated_at_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
