/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which programs of an object are loaded: of bpf/latency.bpf.c and bpf/latency_timestamp.bpf.c as
 * they were built, by a kernel that is played here: what functions it has, and what it refuses.
 */
#define btf__parse_raw    scripted_parse_raw
#define bpf_object__load  scripted_load
#define bpf_map__reuse_fd scripted_reuse_fd
#define syscall           scripted_syscall

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/bpf_load.c"

#define LOADS_MAX 8
#define EXPLAINED "R2 invalid mem access 'scalar'"

static struct {
	int btf_error;
	const char *lacks[4];   /* functions and tracepoints that latency.bpf.c is at */
	const char *refused[4]; /* programs, */
	int error;              /* of which the load is refused so */
	bool by_libbpf;         /* itself, before it asks the kernel */
	int other_error;        /* for nobody's fault */
	const char *other_message;
	uint64_t capabilities;
	size_t n_loads;
	char shared[256]; /* "NAME=FD " of maps */
} kernel;

static void add(struct btf *btf, const char *name)
{
	char type[128];

	for (size_t i = 0; i < ARRAY_SIZE(kernel.lacks) && kernel.lacks[i]; i++)
		if (strcmp(kernel.lacks[i], name) == 0)
			return;
	assert_true(btf__add_func(btf, name, BTF_FUNC_GLOBAL, 1) > 0);
	(void)snprintf(type, sizeof(type), "btf_trace_%s", name);
	assert_true(btf__add_typedef(btf, type, 1) > 0);
}

struct btf *btf__parse_raw(const char *path)
{
	static const char *const names[] = {
		"tcp_sendmsg_locked", "udp_send_skb",     "udp_v6_send_skb", "nf_hook_slow",
		"net_dev_queue",      "qdisc_dequeue",    "consume_skb",     "kfree_skb",
		"net_dev_xmit",       "tcp_destroy_sock", "tcp_probe",       "net_dev_start_xmit",
		"bpf_iter_tcp",
	};
	struct btf *btf;

	assert_string_equal(path, BTF_PATH);
	if (kernel.btf_error) {
		errno = -kernel.btf_error;
		return NULL;
	}
	btf = btf__new_empty();
	assert_true(btf__add_int(btf, "int", 4, BTF_INT_SIGNED) > 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		add(btf, names[i]);
	return btf;
}

/* As libbpf says it. */
static void say(const char *format, ...)
{
	libbpf_print_fn_t print = libbpf_set_print(NULL);
	va_list arguments;

	(void)libbpf_set_print(print);
	va_start(arguments, format);
	(void)print(LIBBPF_WARN, format, arguments);
	va_end(arguments);
}

static int refuse_program(const char *name)
{
	if (kernel.by_libbpf) {
		say("libbpf: prog '%s': failed to find its function\n", name);
	} else {
		say("libbpf: prog '%s': BPF program load failed: %s\n", name,
		    strerror(-kernel.error));
		if (kernel.error == -EACCES)
			say("libbpf: prog '%s': -- BEGIN PROG LOAD LOG --\n" EXPLAINED
			    "\n-- END PROG LOAD LOG --\n",
			    name);
	}
	say("libbpf: failed to load object\n");
	return kernel.error;
}

int bpf_object__load(struct bpf_object *object)
{
	struct bpf_program *program;

	assert_true(++kernel.n_loads <= LOADS_MAX);
	if (kernel.other_error) {
		if (kernel.other_message)
			say("libbpf: %s\n", kernel.other_message);
		return kernel.other_error;
	}
	bpf_object__for_each_program(program, object)
	{
		const char *name = bpf_program__name(program);

		if (!bpf_program__autoload(program))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(kernel.refused) && kernel.refused[i]; i++)
			if (strcmp(kernel.refused[i], name) == 0)
				return refuse_program(name);
	}
	return 0;
}

int bpf_map__reuse_fd(struct bpf_map *map, int fd)
{
	size_t length = strlen(kernel.shared);

	(void)snprintf(kernel.shared + length, sizeof(kernel.shared) - length, "%s=%d ",
	               bpf_map__name(map), fd);
	return 0;
}

long scripted_syscall(long number, ...)
{
	struct __user_cap_data_struct *sets;
	va_list arguments;

	assert_int_equal(number, SYS_capget);
	va_start(arguments, number);
	(void)va_arg(arguments, void *);
	sets = va_arg(arguments, struct __user_cap_data_struct *);
	va_end(arguments);
	sets[0].effective = (uint32_t)kernel.capabilities;
	sets[1].effective = (uint32_t)(kernel.capabilities >> 32);
	return 0;
}

static struct bpf_request request;
static struct bpf_refusals refusals;
static struct reason reason;
static struct bpf_object *loaded;

static int set_up(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	request = (struct bpf_request){ .name = "latency", .methods = BPF_METHODS_ALL };
	reason = (struct reason){ 0 };
	loaded = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bpf_object__close(loaded);
	return 0;
}

static int load(void)
{
	return bpf_load(&request, &refusals, &loaded, &reason);
}

/* Why the program was left out; empty: it was not. */
static const char *why_not(const char *name)
{
	struct bpf_program *program;
	size_t i = 0;

	bpf_object__for_each_program(program, loaded)
	{
		const struct bpf_refusal *refusal = &refusals.programs[i++];

		if (strcmp(bpf_program__name(program), name) != 0)
			continue;
		assert_int_equal(bpf_program__autoload(program), refusal->error == 0);
		return refusal->text;
	}
	fail_msg("there is no program %s", name);
	return NULL;
}

static size_t n_left_out(void)
{
	size_t n = 0;

	for (size_t i = 0; i < BPF_LOAD_PROGRAMS_MAX; i++)
		n += refusals.programs[i].error != 0;
	return n;
}

static enum bpf_method method_of(const char *name)
{
	return bpf_load_method(bpf_object__find_program_by_name(loaded, name));
}

static void all_that_the_kernel_takes_is_loaded_at_once(void **state)
{
	(void)state;
	assert_int_equal(load(), 0);
	assert_int_equal(n_left_out(), 0);
	assert_int_equal(kernel.n_loads, 1);
	assert_int_equal(method_of("filter_end"), BPF_METHOD_FENTRY);
	assert_int_equal(method_of("send_tracepoint"), BPF_METHOD_TRACEPOINT);
}

static void programs_without_a_hook_are_left_out(void **state)
{
	(void)state;
	kernel.lacks[0] = "nf_hook_slow";
	kernel.lacks[1] = "tcp_probe";
	assert_int_equal(load(), 0);
	assert_string_equal(why_not("filter_begin"), "not in this kernel");
	assert_string_equal(why_not("filter_end"), "not in this kernel");
	assert_string_equal(why_not("acknowledge"), "not in this kernel");
	assert_int_equal(n_left_out(), 3);
}

static void methods_that_are_not_wanted_are_left_out(void **state)
{
	(void)state;
	request.methods = 1U << BPF_METHOD_TRACEPOINT;
	assert_int_equal(load(), 0);
	assert_string_equal(why_not("send_fentry"), "not among the methods");
	assert_string_equal(why_not("send_tracepoint"), "");
}

static void what_the_verifier_refuses_is_left_out_and_quoted(void **state)
{
	(void)state;
	kernel.refused[0] = "queue";
	kernel.refused[1] = "datagram_ipv6";
	kernel.error = -EACCES;
	assert_int_equal(load(), 0);
	assert_string_equal(why_not("queue"), EXPLAINED);
	assert_string_equal(why_not("datagram_ipv6"), EXPLAINED);
	assert_int_equal(n_left_out(), 2);
	assert_int_equal(kernel.n_loads, 3);
}

static void a_kind_that_is_not_permitted_is_not_tried_again(void **state)
{
	(void)state;
	kernel.refused[0] = "send_fentry";
	kernel.refused[1] = "datagram_ipv4";
	kernel.refused[2] = "datagram_ipv6";
	kernel.refused[3] = "filter_begin";
	kernel.error = -EPERM;
	assert_int_equal(load(), 0);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(why_not(kernel.refused[i]), "Operation not permitted");
	assert_string_equal(why_not("send_tracepoint"), "");
	/* fentry and fexit are two kinds, of which the second one was permitted. */
	assert_string_equal(why_not("filter_end"), "");
	assert_int_equal(kernel.n_loads, 2);
}

static void libbpf_refuses_one_program_and_not_its_kind(void **state)
{
	(void)state;
	kernel.refused[0] = "send_fentry";
	kernel.error = -EPERM;
	kernel.by_libbpf = true;
	assert_int_equal(load(), 0);
	assert_int_equal(n_left_out(), 1);
	assert_int_equal(kernel.n_loads, 2);
}

static void with_no_program_left_there_is_nothing_to_load(void **state)
{
	(void)state;
	request.methods = 1U << BPF_METHOD_TIMESTAMP;
	assert_int_equal(load(), -EOPNOTSUPP);
	assert_string_equal(reason.text,
	                    "this kernel takes none of the programs: not among the methods");
	assert_int_equal(kernel.n_loads, 0);
}

static void maps_alone_are_loaded_when_they_are_wanted(void **state)
{
	(void)state;
	request.methods = 1U << BPF_METHOD_TIMESTAMP;
	request.maps_alone = true;
	assert_int_equal(load(), 0);
	assert_int_equal(kernel.n_loads, 1);
}

static void what_is_not_permitted_says_what_is_lacking(void **state)
{
	(void)state;
	kernel.other_error = -EPERM;
	kernel.capabilities = UINT64_C(1) << CAP_BPF;
	assert_int_equal(load(), -EPERM);
	assert_non_null(strstr(reason.text, "BPF needs CAP_BPF and CAP_PERFMON"));
	kernel.capabilities |= UINT64_C(1) << CAP_PERFMON;
	assert_int_equal(load(), -EPERM);
	assert_non_null(strstr(reason.text, "in spite of CAP_BPF and CAP_PERFMON"));
	kernel.capabilities = UINT64_C(1) << CAP_SYS_ADMIN;
	assert_int_equal(load(), -EPERM);
	assert_non_null(strstr(reason.text, "in spite of"));
}

static void other_failures_are_told_as_they_are(void **state)
{
	(void)state;
	kernel.other_error = -ENOMEM;
	assert_int_equal(load(), -ENOMEM);
	assert_string_equal(reason.text, "loading BPF programs: Cannot allocate memory");
	kernel.other_error = -E2BIG;
	assert_int_equal(load(), -EOPNOTSUPP);
	assert_string_equal(reason.text, "loading BPF programs: Argument list too long");
	kernel.other_message = "map 'cpus': failed to create";
	assert_int_equal(load(), -EOPNOTSUPP);
	assert_string_equal(reason.text,
	                    "loading BPF programs: map 'cpus': failed to create: "
	                    "Argument list too long");
}

static void a_kernel_without_types_is_not_supported(void **state)
{
	(void)state;
	kernel.btf_error = -ENOENT;
	assert_int_equal(load(), -EOPNOTSUPP);
	assert_non_null(strstr(reason.text, BTF_PATH ": No such file or directory"));
	kernel.btf_error = -ENOMEM;
	assert_int_equal(load(), -ENOMEM);
	assert_int_equal(kernel.n_loads, 0);
}

static void what_all_depends_on_is_looked_for_first(void **state)
{
	(void)state;
	request.needs = "bpf_sock_ops_enable_tx_tstamp";
	assert_int_equal(load(), -EOPNOTSUPP);
	assert_string_equal(reason.text, "this kernel has no bpf_sock_ops_enable_tx_tstamp()");
	request.needs = "tcp_probe";
	assert_int_equal(load(), 0);
}

static void maps_of_others_are_used_but_for_the_compilers_own(void **state)
{
	const struct bpf_maps maps = {
		.n = 3,
		.maps = { { "histograms", 7 }, { ".data.settings", 8 }, { "latency.rodata", 9 } }
	};

	(void)state;
	request.maps = &maps;
	assert_int_equal(load(), 0);
	assert_non_null(strstr(kernel.shared, "histograms=7 "));
	assert_non_null(strstr(kernel.shared, ".data.settings=8 "));
	assert_null(strstr(kernel.shared, "=9"));
}

static void hooks_are_those_of_each_kind(void **state)
{
	(void)state;
	request.name = "latency_timestamp";
	assert_int_equal(load(), 0);
	assert_int_equal(n_left_out(), 0);
	assert_int_equal(method_of("sockets_there"), BPF_METHOD_TIMESTAMP);
	assert_int_equal(method_of("callbacks"), BPF_METHOD_TIMESTAMP);
	bpf_object__close(steal_pointer(loaded));
	kernel.lacks[0] = "bpf_iter_tcp";
	assert_int_equal(load(), 0);
	assert_string_equal(why_not("sockets_there"), "not in this kernel");
	assert_string_equal(why_not("callbacks"), "");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_that_the_kernel_takes_is_loaded_at_once),
		TEST(programs_without_a_hook_are_left_out),
		TEST(methods_that_are_not_wanted_are_left_out),
		TEST(what_the_verifier_refuses_is_left_out_and_quoted),
		TEST(a_kind_that_is_not_permitted_is_not_tried_again),
		TEST(libbpf_refuses_one_program_and_not_its_kind),
		TEST(with_no_program_left_there_is_nothing_to_load),
		TEST(maps_alone_are_loaded_when_they_are_wanted),
		TEST(what_is_not_permitted_says_what_is_lacking),
		TEST(other_failures_are_told_as_they_are),
		TEST(a_kernel_without_types_is_not_supported),
		TEST(what_all_depends_on_is_looked_for_first),
		TEST(maps_of_others_are_used_but_for_the_compilers_own),
		TEST(hooks_are_those_of_each_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
