/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transport against a kernel that is scripted. */
#include "tests/unit/netlink_script.h"

#include <sys/mman.h>

static void test_whole_dump(void **state)
{
	struct step *step = add_step(0);

	(void)state;
	assert_int_equal(script.options,
	                 1U << NETLINK_EXT_ACK | 1U << NETLINK_CAP_ACK |
	                         1U << NETLINK_GET_STRICT_CHK);
	add_object(step, 1);
	add_object(step, 2);
	add_object(add_step(0), 3);
	add_done(add_step(0), 0);
	assert_int_equal(dump(), 0);
	assert_int_equal(script.type, 0x26);
	assert_int_equal(script.n_taken, 3);
	assert_int_equal(script.taken[2], 3);
	assert_int_equal(script.n_opened, 1);

	/* The end may share a datagram (Linux 6.9); the socket and its dump are used again. */
	step = add_step(0);
	add_object(step, 4);
	add_done(step, 0);
	add_object(step, 5);
	assert_int_equal(dump(), 0);
	assert_int_equal(script.n_taken, 4);
	assert_int_equal(script.n_opened, 1);
}

static void test_interrupted_call_is_repeated(void **state)
{
	(void)state;
	add_step(EINTR);
	add_step(EINTR);
	add_done(add_step(0), 0);
	assert_int_equal(dump(), 0);
}

static void test_foreign_messages_are_skipped(void **state)
{
	struct step *step = add_step(0);

	(void)state;
	add_object(step, 1)->nlmsg_seq = (uint32_t)-1;
	add_object(step, 2)->nlmsg_pid = 1;
	add_done(step, -EPERM)->nlmsg_seq = (uint32_t)-1;
	add_message(step, NLMSG_NOOP, "", 0);
	add_object(step, 3);
	add_done(step, 0);
	assert_int_equal(dump(), 0);
	assert_int_equal(script.n_taken, 1);
	assert_int_equal(script.taken[0], 3);
}

/* As nfnetlink_hook sends them. */
static void test_replies_to_nobody_are_taken(void **state)
{
	struct step *step = add_step(0);

	(void)state;
	add_object(step, 1)->nlmsg_pid = (uint32_t)-PORT_ID;
	add_done(step, 0);
	assert_int_equal(dump(), 0);
	assert_int_equal(script.n_taken, 1);
}

static void expect_failure(int error, const char *reason)
{
	unsigned n_closed = script.n_closed;

	assert_int_equal(dump(), error);
	assert_string_equal(script.reason.text, reason);
	/* Given up by closing; the next one has a socket again. */
	assert_int_equal(script.n_closed, n_closed + 1);
	add_done(add_step(0), 0);
	assert_int_equal(dump(), 0);
}

static void test_refusal(void **state)
{
	const struct nlmsgerr refusal = { .error = -EPERM, .msg.nlmsg_len = 24 };
	struct step *step = add_step(0);

	(void)state;
	add_message(step, NLMSG_ERROR, &refusal, sizeof(refusal));
	expect_failure(-EPERM, "RTM_GETTEST dump: Operation not permitted");
}

static void test_refusal_with_words(void **state)
{
	const struct nlmsgerr refusal = { .error = -EPERM, .msg.nlmsg_len = 24 };
	const struct {
		struct nlmsgerr refusal;
		char request[8];
	} uncapped = { .refusal = refusal };
	struct step *step = add_step(0);

	(void)state;
	add_words(step, add_message(step, NLMSG_ERROR, &refusal, sizeof(refusal)), "not today")
		->nlmsg_flags |= NLM_F_CAPPED;
	expect_failure(-EPERM,
	               "RTM_GETTEST dump: Operation not permitted (kernel says: not today)");

	step = add_step(0);
	add_words(step, add_message(step, NLMSG_ERROR, &uncapped, sizeof(uncapped)), "at all");
	expect_failure(-EPERM, "RTM_GETTEST dump: Operation not permitted (kernel says: at all)");

	step = add_step(0);
	add_words(step, add_done(step, -EINVAL), "bad ifindex");
	expect_failure(-EINVAL, "RTM_GETTEST dump: Invalid argument (kernel says: bad ifindex)");
}

static void test_words_without_end(void **state)
{
	struct step *step = add_step(0);
	struct nlmsghdr *message = add_done(step, -EINVAL);

	(void)state;
	mnl_attr_put(message, NLMSGERR_ATTR_MSG, 4, "oops");
	message->nlmsg_flags |= NLM_F_ACK_TLVS;
	step->length = message->nlmsg_len;
	expect_failure(-EINVAL, "RTM_GETTEST dump: Invalid argument (kernel says: oops)");
}

static void test_changed_table(void **state)
{
	struct step *step = add_step(0);

	(void)state;
	add_object(step, 1);
	add_object(step, 2)->nlmsg_flags |= NLM_F_DUMP_INTR;
	expect_failure(-EINTR, "RTM_GETTEST dump: interrupted: the kernel's table changed");
	assert_int_equal(script.tally.interrupted_dumps, 1);
	assert_int_equal(script.n_taken, 1);

	/* Found out only at the end. */
	add_done(add_step(0), 0)->nlmsg_flags |= NLM_F_DUMP_INTR;
	expect_failure(-EINTR, "RTM_GETTEST dump: interrupted: the kernel's table changed");
	assert_int_equal(script.tally.interrupted_dumps, 2);
}

static void test_lost_reply(void **state)
{
	(void)state;
	add_object(add_step(0), 1);
	add_step(ENOBUFS);
	expect_failure(-EINTR, "RTM_GETTEST dump: interrupted: the receive queue overflowed");
	assert_int_equal(script.tally.interrupted_dumps, 1);
}

static void test_failing_calls(void **state)
{
	(void)state;
	add_step(ENOSPC);
	expect_failure(-EMSGSIZE, "RTM_GETTEST dump: Message too long");
	add_step(ENOMEM);
	expect_failure(-ENOMEM, "RTM_GETTEST dump: Cannot allocate memory");

	script.send_error = ENOBUFS;
	assert_int_equal(dump(), -ENOBUFS);
	assert_string_equal(script.reason.text,
	                    "RTM_GETTEST dump: request not sent: No buffer space available");

	script.open_error = EMFILE;
	assert_int_equal(dump(), -EMFILE);
	assert_string_equal(script.reason.text, "netlink socket: Too many open files");
	script.n_closed++; /* the one that was not opened */
}

static void test_no_such_protocol(void **state)
{
	struct netlink *netlink = NULL;

	(void)state;
	script.open_error = EPROTONOSUPPORT;
	assert_int_equal(netlink_open(&script.env, NETLINK_SOCK_DIAG, 0, &netlink), -EOPNOTSUPP);
	assert_null(netlink);
	script.n_closed++; /* the one that was not opened */
}

/* The socket that follows a dump that was given up is made in the same namespace. */
static void test_another_namespace(void **state)
{
	struct namespace_door door = NAMESPACE_DOOR_CLOSED;
	struct netlink *netlink = NULL;

	(void)state;
	netlink_close(script.netlink);
	script.door = &door;
	assert_int_equal(netlink_open_in(&script.env, &door, NETLINK_ROUTE, 0, &script.netlink), 0);
	add_step(ENOBUFS);
	expect_failure(-EINTR, "RTM_GETTEST dump: interrupted: the receive queue overflowed");
	assert_int_equal(script.n_opened, 3);

	door.refused = true;
	assert_int_equal(netlink_open_in(&script.env, &door, NETLINK_ROUTE, 0, &netlink), -EPERM);
	assert_string_equal(script.reason.text, "refused");
	assert_null(netlink);
}

static void test_result_of_take(void **state)
{
	(void)state;
	script.take_error = -EBADMSG;
	(void)reason_set(&script.reason, 0, "taker's own");
	add_object(add_step(0), 1);
	expect_failure(-EBADMSG, "taker's own");
}

static void test_malformed_lengths(void **state)
{
	static const uint32_t lengths[] = { 0, 1, 15, 21, 1000, 0x7fffffff, 0xffffffff };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		add_object(add_step(0), 1)->nlmsg_len = lengths[i];
		script.steps[script.n_steps - 1].length = 20;
		expect_failure(-EBADMSG,
		               "RTM_GETTEST dump: malformed reply: lengths do not add up");
	}
	assert_int_equal(script.n_taken, 0);
}

static void test_malformed_datagrams(void **state)
{
	(void)state;
	add_step(0)->length = 0;
	expect_failure(-EBADMSG, "RTM_GETTEST dump: malformed reply: lengths do not add up");
	add_step(0)->length = 15;
	expect_failure(-EBADMSG, "RTM_GETTEST dump: malformed reply: lengths do not add up");
	add_message(add_step(0), NLMSG_ERROR, "", 0);
	expect_failure(-EBADMSG, "RTM_GETTEST dump: malformed reply: short NLMSG_ERROR");
	add_done(add_step(0), 7);
	expect_failure(-EBADMSG, "RTM_GETTEST dump: malformed reply: no error code");
}

/* Every length of a refusal with words: nothing outside is read (address sanitizer). */
static void test_truncated_refusals(void **state)
{
	(void)state;
	for (uint32_t length = NLMSG_HDRLEN; length < 64; length++) {
		const struct nlmsgerr refusal = { .error = -EPERM, .msg.nlmsg_len = length };
		struct step *step;

		script.n_steps = script.next = 0;
		memset(script.steps, 0, sizeof(script.steps));
		step = add_step(0);
		add_words(step, add_message(step, NLMSG_ERROR, &refusal, sizeof(refusal)),
		          "twelve bytes")
			->nlmsg_len = length;
		step->length = length;
		assert_true(dump() < 0);
	}
}

static int answer(void *context)
{
	int *answers = context, one;

	answers[0]++;
	one = answers[answers[0]];
	if (one)
		(void)reason_set(&script.reason, one, "answer %d", answers[0]);
	return one;
}

/* The socket of a group by number never waits. */
static void test_join(void **state)
{
	(void)state;
	script.fd = memfd_create("group", MFD_CLOEXEC);
	assert_int_equal(netlink_join(script.netlink, 70), 0);
	assert_int_equal(script.group, 70);
	assert_true(fcntl(script.fd, F_GETFL) & O_NONBLOCK);
	script.join_error = EPERM;
	assert_int_equal(netlink_join(script.netlink, 71), -EPERM);
	assert_string_equal(script.reason.text,
	                    "netlink multicast group 71: Operation not permitted");
	close(script.fd);
	script.fd = -1;
	assert_int_equal(netlink_join(script.netlink, 72), -EBADF);
	assert_int_equal(script.group, 71);
}

static void test_repeat(void **state)
{
	int whole[] = { 0, -EINTR, -EINTR, 0 }, failed[] = { 0, -EINTR, -EIO };
	int never[] = { 0, -EINTR, -EINTR, -EINTR, -EINTR, 0 };

	(void)state;
	(void)reason_set(&script.reason, 0, "from before");
	assert_int_equal(netlink_repeat(&script.reason, answer, whole), 0);
	assert_string_equal(script.reason.text, "from before");
	assert_int_equal(whole[0], 3);
	assert_int_equal(netlink_repeat(&script.reason, answer, failed), -EIO);
	assert_string_equal(script.reason.text, "answer 2");
	assert_int_equal(failed[0], 2);
	assert_int_equal(netlink_repeat(&script.reason, answer, never), -EINTR);
	assert_int_equal(never[0], 4);
}

static void test_drain(void **state)
{
	struct step *step = add_step(0);

	(void)state;
	add_object(step, 1)->nlmsg_seq = 99; /* notifications carry their causer's */
	add_object(step, 2)->nlmsg_pid = 77;
	add_step(EINTR);
	add_object(add_step(0), 3);
	add_step(EAGAIN);
	assert_int_equal(netlink_drain(script.netlink, take, &script), 0);
	assert_int_equal(script.n_taken, 3);

	add_step(EAGAIN);
	assert_int_equal(netlink_drain(script.netlink, take, &script), 0);
	add_step(EBADF);
	assert_int_equal(netlink_drain(script.netlink, take, &script), -EBADF);
	assert_string_equal(script.reason.text, "netlink notifications: Bad file descriptor");
}

static void test_drain_discards_after_a_loss(void **state)
{
	(void)state;
	add_object(add_step(0), 1);
	add_step(ENOBUFS);
	add_object(add_step(0), 2);
	add_step(ENOSPC);
	add_object(add_step(0), 3);
	add_step(EAGAIN);
	assert_int_equal(netlink_drain(script.netlink, take, &script), -ENOBUFS);
	assert_int_equal(script.n_taken, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whole_dump),
		TEST(test_interrupted_call_is_repeated),
		TEST(test_foreign_messages_are_skipped),
		TEST(test_replies_to_nobody_are_taken),
		TEST(test_refusal),
		TEST(test_refusal_with_words),
		TEST(test_words_without_end),
		TEST(test_changed_table),
		TEST(test_lost_reply),
		TEST(test_failing_calls),
		TEST(test_no_such_protocol),
		TEST(test_another_namespace),
		TEST(test_result_of_take),
		TEST(test_malformed_lengths),
		TEST(test_malformed_datagrams),
		TEST(test_truncated_refusals),
		TEST(test_join),
		TEST(test_repeat),
		TEST(test_drain),
		TEST(test_drain_discards_after_a_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
