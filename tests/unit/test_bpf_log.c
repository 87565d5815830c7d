/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libbpf 1.1 says when a program is not loaded, as recorded on Linux 6.1 and 6.18. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "collectors/bpf_log.c"

static void take_all(struct bpf_log *log, const char *const *messages)
{
	memset(log, 0, sizeof(*log));
	for (; *messages; messages++)
		bpf_log_take(log, *messages);
}

static void the_verifier_is_quoted(void **state)
{
	struct bpf_log log;

	(void)state;
	take_all(&log,
	         (const char *const[]){
			 "libbpf: prog 'retransmit_error': BPF program load failed: "
			 "Permission denied\n",
			 "libbpf: prog 'retransmit_error': -- BEGIN PROG LOAD LOG --\n"
			 "reg type unsupported for arg#0 function retransmit_error#111\n"
			 "0: R1=ctx(off=0,imm=0) R10=fp0\n"
			 "func 'tcp_retransmit_skb' doesn't have 3-th argument\n"
			 "invalid bpf_context access off=16 size=8\n"
			 "processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 "
			 "peak_states 0 mark_read 0\n"
			 "-- END PROG LOAD LOG --\n",
			 "libbpf: prog 'retransmit_error': failed to load: -13\n",
			 "libbpf: failed to load object 'retransmit'\n", NULL });
	assert_string_equal(log.program, "retransmit_error");
	assert_string_equal(log.text, "invalid bpf_context access off=16 size=8");
	assert_true(log.kernel);
}

static void a_refusal_without_a_log_is_quoted(void **state)
{
	struct bpf_log log;

	(void)state;
	take_all(&log,
	         (const char *const[]){
			 "libbpf: prog 'send_fentry': BPF program load failed: "
			 "Operation not permitted\n",
			 "libbpf: permission error while running as root; try raising 'ulimit -l'? "
			 "current value: 8.0 MiB\n",
			 "libbpf: prog 'send_fentry': failed to load: -1\n", NULL });
	assert_string_equal(log.program, "send_fentry");
	assert_string_equal(log.text, "BPF program load failed: Operation not permitted");
	assert_true(log.kernel);
}

static void what_libbpf_itself_lacks_is_not_the_kernels_refusal(void **state)
{
	struct bpf_log log;

	(void)state;
	take_all(&log,
	         (const char *const[]){ "libbpf: failed to iterate BTF objects: -1\n",
	                                "libbpf: prog 'retransmit': relo #3: target candidate "
	                                "search failed for [22] struct x: -1\n",
	                                NULL });
	assert_string_equal(log.program, "retransmit");
	assert_string_equal(log.text, "failed to iterate BTF objects: -1");
	assert_false(log.kernel);
}

static void no_program_may_be_to_blame(void **state)
{
	struct bpf_log log;

	(void)state;
	take_all(&log,
	         (const char *const[]){ "libbpf: map 'owners_0': failed to create: "
	                                "Operation not permitted(-1)\n",
	                                NULL });
	assert_string_equal(log.program, "");
	assert_string_equal(log.text,
	                    "map 'owners_0': failed to create: Operation not permitted(-1)");
}

/* However long and strange: nothing is read or written outside. */
static void strange_messages_do_no_harm(void **state)
{
	static const char *const parts[] = { "libbpf: ",
		                             "libbpf: prog '",
		                             "': ",
		                             "x",
		                             "\n",
		                             "-- BEGIN PROG LOAD LOG --\n",
		                             "-- END PROG LOAD LOG --",
		                             "processed ",
		                             "\xff" };
	struct bpf_log log = { 0 };
	char message[4096];
	unsigned seed = 1;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		char *end = message;

		*end = '\0';
		for (unsigned i = 0; i < round % 100; i++) {
			seed = seed * 1103515245 + 12345;
			end = stpcpy(end, parts[seed / 65536 % ARRAY_SIZE(parts)]);
		}
		if (round % 7 == 0)
			memset(&log, 0, sizeof(log));
		bpf_log_take(&log, message);
		assert_true(strlen(log.program) < sizeof(log.program));
		assert_true(strlen(log.text) < sizeof(log.text));
	}
}

static void messages_reach_who_listens(void **state)
{
	struct bpf_log log;

	(void)state;
	bpf_log_begin(&log);
	assert_null(bpf_object__open_mem("none", 4, NULL));
	assert_string_not_equal(log.text, "");
	bpf_log_end();
	log.text[0] = '\0';
	assert_null(bpf_object__open_mem("none", 4, NULL));
	assert_string_equal(log.text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_verifier_is_quoted),
		cmocka_unit_test(a_refusal_without_a_log_is_quoted),
		cmocka_unit_test(what_libbpf_itself_lacks_is_not_the_kernels_refusal),
		cmocka_unit_test(no_program_may_be_to_blame),
		cmocka_unit_test(strange_messages_do_no_harm),
		cmocka_unit_test(messages_reach_who_listens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
