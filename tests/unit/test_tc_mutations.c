/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recorded message of every kind of qdisc and class (tests/fixtures/kinds_*), with each of its
 * attributes too long, too short, of another type, or there twice: it is left out or has the same
 * values, and nothing beside it is read, which sanitizers see as each lies in memory of its length.
 */
#include "tests/unit/fixture.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "collectors/attribute.h"
#include "collectors/qdisc/tc_kind.h"
#include "collectors/qdisc/tc_metrics.h"

#define SEEN_MAX 128
#define BODY     (NLMSG_HDRLEN + sizeof(struct tcmsg))

static struct {
	struct batch *batch;
	char seen[SEEN_MAX][TC_KIND_SIZE + 1];
	size_t n_seen;
	size_t n_refused, n_repeated;
} run;

/* 0 or −EBADMSG; its series are in run.batch. */
static int write_message(const struct nlmsghdr *message)
{
	static const struct device device = { 1, 4, "eth0" };
	static const struct tc_place place = { &device, NULL };
	struct tc_object object;

	batch_reset(run.batch, SIZE_MAX);
	if (tc_object_parse(message, &object) < 0)
		return -EBADMSG;
	return message->nlmsg_type == RTM_NEWQDISC ? tc_write_qdisc(&object, 1, &place, run.batch)
						   : tc_write_class(&object, 1, &place, run.batch);
}

/* Whether it is the first of its kind and type. */
static bool is_new(const struct nlmsghdr *message)
{
	struct tc_object object;
	char *name = run.seen[run.n_seen];

	assert_int_equal(tc_object_parse(message, &object), 0);
	name[0] = message->nlmsg_type == RTM_NEWQDISC ? 'q' : 'c';
	memcpy(name + 1, object.kind, TC_KIND_SIZE);
	for (size_t i = 0; i < run.n_seen; i++)
		if (memcmp(run.seen[i], name, sizeof(run.seen[i])) == 0)
			return false;
	assert_true(++run.n_seen < SEEN_MAX);
	return true;
}

static void try_number(const struct nlmsghdr *whole, size_t place, uint16_t number)
{
	struct nlmsghdr *changed = malloc(whole->nlmsg_len);
	int error;

	assert_non_null(changed);
	memcpy(changed, whole, whole->nlmsg_len);
	memcpy((char *)changed + place, &number, sizeof(number));
	error = write_message(changed);
	assert_true(error == 0 || error == -EBADMSG);
	assert_true(run.batch->n_series <= 512);
	run.n_refused += error < 0;
	free(changed);
}

/* At every place where an attribute may begin its length, and behind that its type, is another. */
static int change_numbers(const struct nlmsghdr *message, void *context)
{
	static const int steps[] = { -5, -4, -1, 1, 4, 8 };

	(void)context;
	if (!is_new(message))
		return 0;
	for (size_t place = BODY; place + sizeof(struct nlattr) <= message->nlmsg_len; place += 4) {
		uint16_t length;

		memcpy(&length, (const char *)message + place, sizeof(length));
		for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
			try_number(message, place, (uint16_t)(length + steps[i]));
		try_number(message, place, 0);
		try_number(message, place, UINT16_MAX);
		try_number(message, place, (uint16_t)(message->nlmsg_len - place + 1));
		for (uint16_t type = 0; type < 12; type++)
			try_number(message, place + sizeof(length), type);
	}
	return 0;
}

/* Where the attributes lie that contain each other, the outermost first. */
struct path {
	size_t places[4];
	unsigned depth;
};

static void grow(char *message, size_t place, size_t size)
{
	struct nlattr *attribute = (void *)(message + place);

	attribute->nla_len = (uint16_t)(attribute->nla_len + size);
}

/* With the innermost attribute of the path twice, one behind the other. */
static void try_repeated(const struct nlmsghdr *whole, const struct path *path)
{
	size_t place = path->places[path->depth - 1], length = whole->nlmsg_len;
	const struct nlattr *attribute = (const void *)((const char *)whole + place);
	size_t size = MNL_ALIGN((size_t)attribute->nla_len), n_series;
	struct nlmsghdr *longer;

	if (place + size > length) /* the last one is without its padding */
		return;
	longer = malloc(length + size);
	assert_non_null(longer);
	memcpy(longer, whole, place + size);
	memcpy((char *)longer + place + size, (const char *)whole + place, length - place);
	longer->nlmsg_len += (uint32_t)size;
	for (unsigned i = 0; i + 1 < path->depth; i++)
		grow((char *)longer, path->places[i], size);

	assert_int_equal(write_message(whole), 0);
	n_series = run.batch->n_series;
	assert_int_equal(write_message(longer), 0);
	assert_int_equal(run.batch->n_series, n_series);
	run.n_repeated++;
	free(longer);
}

static bool has_attributes(const struct nlattr *nest)
{
	const struct nlattr *table[1];

	return mnl_attr_get_payload_len(nest) >= sizeof(*nest) &&
		attributes_sort_nested(nest, table, ARRAY_SIZE(table)) == 0;
}

/* Each of the attributes from there on, and what is nested in it. */
static void repeat_each(const struct nlmsghdr *message, size_t place, size_t end,
                        const struct path *outer)
{
	struct path path = *outer;

	path.depth++;
	while (place + sizeof(struct nlattr) <= end) {
		const struct nlattr *attribute = (const void *)((const char *)message + place);

		path.places[path.depth - 1] = place;
		try_repeated(message, &path);
		if (path.depth < ARRAY_SIZE(path.places) && has_attributes(attribute))
			repeat_each(message, place + sizeof(*attribute), place + attribute->nla_len,
			            &path);
		place += MNL_ALIGN((size_t)attribute->nla_len);
	}
}

static int repeat_attributes(const struct nlmsghdr *message, void *context)
{
	static const struct path none = { .depth = 0 };

	(void)context;
	if (is_new(message))
		repeat_each(message, BODY, message->nlmsg_len, &none);
	return 0;
}

static void for_each(netlink_message_fn change)
{
	static const char *const names[] = { "kinds_6.1.bin", "kinds_6.12.bin" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct fixture fixture = fixture_load(names[i]);

		run.n_seen = 0;
		assert_int_equal(fixture_replay(&fixture, change, NULL), 0);
		assert_true(run.n_seen > 35);
		fixture_free(&fixture);
	}
}

static int begin(void **state)
{
	(void)state;
	memset(&run, 0, sizeof(run));
	run.batch = batch_new(SIZE_MAX);
	return run.batch ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	batch_free(run.batch);
	return 0;
}

static void test_wrong_lengths_and_types(void **state)
{
	(void)state;
	for_each(change_numbers);
	assert_true(run.n_refused > 10000);
}

static void test_repeated_attributes(void **state)
{
	(void)state;
	for_each(repeat_attributes);
	assert_true(run.n_repeated > 500);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_wrong_lengths_and_types),
		TEST(test_repeated_attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
