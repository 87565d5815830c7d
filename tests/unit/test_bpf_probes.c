/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who gets a role, and which descriptors are held: with the objects of bpf/latency.bpf.c and
 * bpf/latency_timestamp.bpf.c as they were built, which no kernel is asked to load; a descriptor of
 * what it would have is one of /dev/null here.
 */
#define bpf_load                scripted_load
#define bpf_program__fd         scripted_program_fd
#define bpf_map__fd             scripted_map_fd
#define bpf_raw_tracepoint_open scripted_raw_tracepoint_open
#define bpf_link_create         scripted_link_create
#define bpf_iter_create         scripted_iter_create
#define bpf_obj_get_info_by_fd  scripted_info

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <sys/resource.h>

#include "collectors/bpf_probes.c"

#include "collectors/bpf_images.h"

#define CGROUP_FD 1234

static struct {
	int error;              /* of the load */
	const char *refused[3]; /* programs, for a reason of their own */
	int n_closed_hooks;     /* attachments that fail, the next ones */
	int n_attached;         /* that were tried */
	enum bpf_attach_type last_kind;
	int last_target;
	int info_error;
} kernel;

static int null_fd;

static int open_null(void)
{
	return fcntl(null_fd, F_DUPFD_CLOEXEC, 0);
}

int bpf_load(const struct bpf_request *request, struct bpf_refusals *refusals,
             struct bpf_object **ret_object, struct reason *reason)
{
	const struct bpf_image image = bpf_images_find(request->name);
	struct bpf_program *program;
	size_t i = 0;

	if (kernel.error)
		return reason_set(reason, kernel.error, "as it is played");
	*ret_object = bpf_object__open_mem(image.bytes, image.size, NULL);
	bpf_object__for_each_program(program, *ret_object)
	{
		for (size_t j = 0; j < ARRAY_SIZE(kernel.refused) && kernel.refused[j]; j++)
			if (strcmp(kernel.refused[j], bpf_program__name(program)) == 0)
				refusals->programs[i] = (struct bpf_refusal){ -ENOENT, "refused" };
		i++;
	}
	return 0;
}

int bpf_program__fd(const struct bpf_program *program)
{
	assert_non_null(program);
	return null_fd;
}

int bpf_map__fd(const struct bpf_map *map)
{
	assert_non_null(map);
	return null_fd;
}

static int attach(enum bpf_attach_type kind, int target)
{
	kernel.n_attached++;
	kernel.last_kind = kind;
	kernel.last_target = target;
	if (kernel.n_closed_hooks > 0) {
		kernel.n_closed_hooks--;
		errno = ENOTSUP;
		return -1;
	}
	return open_null();
}

int bpf_raw_tracepoint_open(const char *name, int program_fd)
{
	assert_null(name);
	assert_true(program_fd >= 0);
	return attach(BPF_TRACE_RAW_TP, -1);
}

int bpf_link_create(int program_fd, int target_fd, enum bpf_attach_type kind,
                    const struct bpf_link_create_opts *options)
{
	assert_true(program_fd >= 0);
	assert_null(options);
	return attach(kind, target_fd);
}

int bpf_iter_create(int link_fd)
{
	assert_true(link_fd >= 0);
	return open_null();
}

int bpf_obj_get_info_by_fd(int fd, void *ret_info, uint32_t *size)
{
	struct bpf_prog_info *info = ret_info;

	assert_true(fd >= 0);
	assert_int_equal(*size, sizeof(*info));
	if (kernel.info_error) {
		errno = -kernel.info_error;
		return -1;
	}
	info->run_time_ns = 700;
	info->run_cnt = 5;
	info->recursion_misses = 2;
	return 0;
}

static const struct bpf_role roles[] = {
	{ "send", { "send_fentry", "send_tracepoint" } },
	{ "queue", { "queue" } },
};

static struct bpf_probes *probes;
static struct reason reason;

static int count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(directory);
	while (readdir(directory))
		n++;
	(void)closedir(directory);
	return n;
}

static int n_before;

static int set_up(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	probes = NULL;
	reason = (struct reason){ 0 };
	n_before = count_descriptors();
	return 0;
}

/* Nothing stays open, whatever was tried. */
static int tear_down(void **state)
{
	(void)state;
	bpf_probes_close(probes);
	assert_int_equal(count_descriptors(), n_before);
	return 0;
}

static void open_roles(void)
{
	assert_int_equal(bpf_probes_open("latency", roles, ARRAY_SIZE(roles), &probes, &reason), 0);
	assert_int_equal(probes->n, ARRAY_SIZE(roles));
}

static void the_best_way_has_the_role(void **state)
{
	const struct bpf_probe *send, *queue;

	(void)state;
	open_roles();
	send = &probes->probes[0];
	queue = &probes->probes[1];
	assert_string_equal(send->way, "send_fentry");
	assert_int_equal(send->method, BPF_METHOD_FENTRY);
	assert_true(send->link_fd >= 0);
	assert_string_equal(send->reason.text, "");
	assert_string_equal(queue->way, "queue");
	assert_int_equal(queue->method, BPF_METHOD_TRACEPOINT);
	assert_int_equal(kernel.n_attached, 2);
}

static void the_next_way_has_it_when_one_is_refused(void **state)
{
	(void)state;
	kernel.refused[0] = "send_fentry";
	open_roles();
	assert_string_equal(probes->probes[0].way, "send_tracepoint");
	assert_int_equal(probes->probes[0].method, BPF_METHOD_TRACEPOINT);
	assert_string_equal(probes->probes[0].reason.text, "send_fentry: refused");
}

static void the_next_way_has_it_when_one_cannot_be_attached(void **state)
{
	(void)state;
	kernel.n_closed_hooks = 1;
	open_roles();
	assert_string_equal(probes->probes[0].way, "send_tracepoint");
	assert_string_equal(probes->probes[0].reason.text, "send_fentry: Operation not supported");
}

static void a_role_that_nobody_can_have_is_no_failure(void **state)
{
	struct bpf_probe_account account;
	struct bpf_probe *send;

	(void)state;
	kernel.refused[0] = "send_fentry";
	kernel.n_closed_hooks = 1;
	open_roles();
	send = &probes->probes[0];
	assert_null(send->way);
	assert_int_equal(send->method, BPF_METHOD_NONE);
	assert_string_equal(send->reason.text,
	                    "send_fentry: refused; send_tracepoint: Operation not supported");
	assert_int_equal(bpf_probe_attach(send), -ENOENT);
	assert_int_equal(bpf_probe_walk(send), -ENOENT);
	assert_int_equal(bpf_probe_account(send, &account), -ENOENT);
	bpf_probe_detach(send);
	assert_string_equal(probes->probes[1].way, "queue");
}

static void what_is_not_loaded_says_why(void **state)
{
	(void)state;
	kernel.error = -EPERM;
	assert_int_equal(bpf_probes_open("latency", roles, ARRAY_SIZE(roles), &probes, &reason),
	                 -EPERM);
	assert_string_equal(reason.text, "as it is played");
}

/* At whichever descriptor they are used up. */
static void without_descriptors_nothing_is_kept(void **state)
{
	struct rlimit limit, less;
	int error = -EMFILE, n_failures = 0;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	less = limit;
	for (less.rlim_cur = (rlim_t)null_fd + 1; error; less.rlim_cur++) {
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &less), 0);
		error = bpf_probes_open("latency", &roles[1], 1, &probes, &reason);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
		if (!error && !probes->probes[0].way) { /* when there is none for the hook alone */
			assert_string_equal(probes->probes[0].reason.text,
			                    "queue: Too many open files");
			bpf_probes_close(steal_pointer(probes));
			error = -EMFILE;
		} else if (error) {
			assert_int_equal(error, -EMFILE);
			assert_string_equal(reason.text, "BPF programs: Too many open files");
		}
		n_failures += error != 0;
		assert_true(error == 0 || count_descriptors() == n_before);
	}
	assert_true(n_failures > 3);
}

static void maps_are_held_by_their_names(void **state)
{
	int fd;

	(void)state;
	open_roles();
	fd = bpf_probes_map(probes, "histograms");
	assert_true(fd >= 0 && fd != null_fd);
	assert_int_not_equal(bpf_probes_map(probes, ".data.settings"), fd);
	bpf_probes_close(steal_pointer(probes));
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void a_program_is_attached_once(void **state)
{
	struct bpf_probe *queue;
	int link_fd;

	(void)state;
	open_roles();
	queue = &probes->probes[1];
	link_fd = queue->link_fd;
	assert_int_equal(bpf_probe_attach(queue), 0);
	assert_int_equal(queue->link_fd, link_fd);
	bpf_probe_detach(queue);
	assert_int_equal(queue->link_fd, -1);
	assert_int_equal(fcntl(link_fd, F_GETFD), -1);
	bpf_probe_detach(queue);
	kernel.n_closed_hooks = 1;
	assert_int_equal(bpf_probe_attach(queue), -ENOTSUP);
	assert_int_equal(bpf_probe_attach(queue), 0);
	assert_true(queue->link_fd >= 0);
}

static void each_kind_is_attached_in_its_way(void **state)
{
	static const struct bpf_role own[] = {
		{ "callback", { "callbacks" } },
		{ "walk", { "sockets_there" } },
	};
	const struct bpf_request request = {
		.name = "latency_timestamp",
		.roles = own,
		.n_roles = ARRAY_SIZE(own),
		.methods = BPF_METHODS_ALL,
		.cgroup_fd = CGROUP_FD,
	};

	(void)state;
	assert_int_equal(bpf_probes_request(&request, &probes, &reason), 0);
	assert_int_equal(kernel.last_kind, BPF_TRACE_ITER);
	bpf_probe_detach(&probes->probes[0]);
	assert_int_equal(bpf_probe_attach(&probes->probes[0]), 0);
	assert_int_equal(kernel.last_kind, BPF_CGROUP_SOCK_OPS);
	assert_int_equal(kernel.last_target, CGROUP_FD);
	assert_int_equal(bpf_probe_walk(&probes->probes[1]), 0);
	assert_int_equal(probes->probes[1].link_fd, -1);
}

static void the_kernels_account_is_passed_on(void **state)
{
	struct bpf_probe_account account;

	(void)state;
	open_roles();
	assert_int_equal(bpf_probe_account(&probes->probes[0], &account), 0);
	assert_int_equal(account.run_nsec, 700);
	assert_int_equal(account.n_runs, 5);
	assert_int_equal(account.n_missed, 2);
	kernel.info_error = -EBADF;
	assert_int_equal(bpf_probe_account(&probes->probes[0], &account), -EBADF);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_best_way_has_the_role),
		TEST(the_next_way_has_it_when_one_is_refused),
		TEST(the_next_way_has_it_when_one_cannot_be_attached),
		TEST(a_role_that_nobody_can_have_is_no_failure),
		TEST(what_is_not_loaded_says_why),
		TEST(without_descriptors_nothing_is_kept),
		TEST(maps_are_held_by_their_names),
		TEST(a_program_is_attached_once),
		TEST(each_kind_is_attached_in_its_way),
		TEST(the_kernels_account_is_passed_on),
	};

	null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
