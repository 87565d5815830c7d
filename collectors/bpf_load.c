/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_object__load() fails as a whole when one program does, and says which one in its messages
 * alone. So it is called again and again, each time without one more: the number of programs bounds
 * that. Where a program may not be loaded because of its kind (fentry is refused where the kernel
 * may not change its code), none of that kind is tried again. Hooks that are not there are looked
 * for before that: libbpf would look for them in modules, too, which takes CAP_SYS_ADMIN.
 *
 * One load at a time: each has the kernel's whole BTF, some megabytes, in memory for its while, and
 * libbpf keeps what it finds out of the kernel in variables without locks.
 */
#include "collectors/bpf_load.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collectors/bpf_images.h"
#include "collectors/bpf_log.h"
#include "daemon/cleanup.h"

#define BTF_PATH "/sys/kernel/btf/vmlinux"

DEFINE_CLEANUP(struct bpf_object, bpf_object__close)
DEFINE_CLEANUP(struct btf, btf__free)

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* Whether the thread has what programs of the tracing kinds need. */
static bool has_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
	uint64_t effective, wanted = UINT64_C(1) << CAP_BPF | UINT64_C(1) << CAP_PERFMON;

	if (syscall(SYS_capget, &header, sets) < 0)
		return false;
	effective = sets[0].effective | (uint64_t)sets[1].effective << 32;
	return effective & UINT64_C(1) << CAP_SYS_ADMIN || (effective & wanted) == wanted;
}

static int not_permitted(struct reason *reason)
{
	if (!has_capabilities())
		return reason_set(
			reason, -EPERM,
			"BPF needs CAP_BPF and CAP_PERFMON, which are not there; they are "
			"given up once all is loaded");
	return reason_set(
		reason, -EPERM,
		"BPF is not permitted in spite of CAP_BPF and CAP_PERFMON: by a filter of "
		"system calls, a security module or the kernel's lockdown");
}

/* In the errors of the contract: what this kernel will not do at any time is not supported. */
static int explain_failure(int error, const struct bpf_log *log, struct reason *reason)
{
	if (error == -EPERM)
		return not_permitted(reason);
	if (error == -ENOMEM || error == -EMFILE || error == -ENFILE)
		return reason_set(reason, error, "loading BPF programs: %s", strerror(-error));
	return reason_set(reason, -EOPNOTSUPP, "loading BPF programs: %s%s%s",
	                  log->text[0] ? log->text : strerror(-error), log->text[0] ? ": " : "",
	                  log->text[0] ? strerror(-error) : "");
}

static void refuse(struct bpf_refusal *refusal, const struct bpf_log *log, int error)
{
	const char *text = log->text[0] && error != -EPERM ? log->text : strerror(-error);

	refusal->error = error;
	(void)snprintf(refusal->text, sizeof(refusal->text), "%.*s", (int)sizeof(refusal->text) - 1,
	               text);
}

enum bpf_method bpf_load_method(const struct bpf_program *program)
{
	const enum bpf_attach_type kind = bpf_program__expected_attach_type(program);

	if (kind == BPF_TRACE_RAW_TP)
		return BPF_METHOD_TRACEPOINT;
	if (kind == BPF_CGROUP_SOCK_OPS || kind == BPF_TRACE_ITER)
		return BPF_METHOD_TIMESTAMP;
	return BPF_METHOD_FENTRY;
}

static bool has_function(const struct btf *kernel, const char *name)
{
	return btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC) > 0;
}

/*
 * Whether the kernel has the hook of a program, by its section: "tp_btf/NAME", "fentry/NAME",
 * "iter/NAME".
 */
static bool has_hook(const struct btf *kernel, const struct bpf_program *program)
{
	const enum bpf_attach_type kind = bpf_program__expected_attach_type(program);
	const char *hook = bpf_program__section_name(program);
	const char *name = strchr(hook, '/');
	char type[128];

	if (!name)
		return true; /* it has none */
	name++;
	if (kind == BPF_TRACE_RAW_TP) {
		(void)snprintf(type, sizeof(type), "btf_trace_%s", name);
		return btf__find_by_name_kind(kernel, type, BTF_KIND_TYPEDEF) > 0;
	}
	if (kind != BPF_TRACE_ITER)
		return has_function(kernel, name);
	(void)snprintf(type, sizeof(type), "bpf_iter_%s", name);
	return has_function(kernel, type);
}

static void refuse_early(struct bpf_refusal *refusal, const char *why)
{
	refusal->error = -ENOENT;
	(void)snprintf(refusal->text, sizeof(refusal->text), "%s", why);
}

/* Those that are not wanted, and those that have no hook. */
static int refuse_some(const struct bpf_request *request, const struct bpf_image *image,
                       struct bpf_refusals *refusals, struct reason *reason)
{
	struct btf *kernel cleanup(btf__free) = btf__parse_raw(BTF_PATH);
	struct bpf_object *object cleanup(bpf_object__close) = NULL;
	struct bpf_program *program;
	size_t i = 0;

	if (!kernel)
		return reason_set(reason, errno == ENOMEM ? -ENOMEM : -EOPNOTSUPP,
		                  BTF_PATH ": %s: the kernel does not tell its types "
		                           "(CONFIG_DEBUG_INFO_BTF)",
		                  strerror(errno));
	if (request->needs && !has_function(kernel, request->needs))
		return reason_set(reason, -EOPNOTSUPP, "this kernel has no %s()", request->needs);
	object = bpf_object__open_mem(image->bytes, image->size, NULL);
	if (!object)
		return reason_set(reason, -errno, "opening BPF programs: %s", strerror(errno));
	bpf_object__for_each_program(program, object)
	{
		struct bpf_refusal *refusal = &refusals->programs[i++];

		if (!(request->methods & 1U << bpf_load_method(program)))
			refuse_early(refusal, "not among the methods");
		else if (!has_hook(kernel, program))
			refuse_early(refusal, "not in this kernel");
	}
	return 0;
}

/* Leaves out whom the log blames, and its kind if that is what is not permitted; whether anyone. */
static bool leave_out(struct bpf_object *object, struct bpf_refusals *refusals,
                      const struct bpf_log *log, int error)
{
	struct bpf_program *blamed = bpf_object__find_program_by_name(object, log->program);
	struct bpf_program *program;
	size_t i = 0;

	if (!blamed || !bpf_program__autoload(blamed))
		return false;
	bpf_object__for_each_program(program, object)
	{
		bool same_kind = bpf_program__type(program) == bpf_program__type(blamed) &&
			bpf_program__expected_attach_type(program) ==
				bpf_program__expected_attach_type(blamed);
		bool forbidden = error == -EPERM && log->kernel;

		if (program == blamed || (forbidden && same_kind))
			refuse(&refusals->programs[i], log, error);
		i++;
	}
	return true;
}

/* Switches off what was left out. Returns how many are left. */
static size_t choose(struct bpf_object *object, const struct bpf_refusals *refusals)
{
	struct bpf_program *program;
	size_t i = 0, n = 0;

	bpf_object__for_each_program(program, object)
	{
		bool wanted = i < BPF_LOAD_PROGRAMS_MAX && !refusals->programs[i].error;

		(void)bpf_program__set_autoload(program, wanted);
		n += wanted;
		i++;
	}
	return n;
}

/* But for those of the compiler's own, which are each object's own; named sections are not. */
static bool may_share(const struct bpf_map *map)
{
	return !bpf_map__is_internal(map) || bpf_map__name(map)[0] == '.';
}

static int share_maps(struct bpf_object *object, const struct bpf_maps *maps)
{
	struct bpf_map *map;
	int error = 0;

	bpf_object__for_each_map(map, object)
	{
		for (size_t i = 0; error == 0 && maps && i < maps->n; i++)
			if (may_share(map) && strcmp(maps->maps[i].name, bpf_map__name(map)) == 0)
				error = bpf_map__reuse_fd(map, maps->maps[i].fd);
	}
	return error;
}

/* 1: loaded; 0: again, with fewer programs; −errno with the reason filled. */
static int try(const struct bpf_request *request, const struct bpf_image *image,
               struct bpf_refusals *refusals, struct bpf_object **ret_object, struct reason *reason)
{
	const struct bpf_object_open_opts options = {
		.sz = sizeof(options),
		.object_name = request->name,
	};
	struct bpf_object *object cleanup(bpf_object__close) = NULL;
	struct bpf_log log;
	int error;

	bpf_log_begin(&log);
	object = bpf_object__open_mem(image->bytes, image->size, &options);
	error = object ? 0 : -errno;
	if (!error && choose(object, refusals) == 0 && !request->maps_alone) {
		bpf_log_end();
		error = refusals->programs[0].error;
		if (error == -EPERM)
			return not_permitted(reason);
		return reason_set(reason, -EOPNOTSUPP, "this kernel takes none of the programs: %s",
		                  refusals->programs[0].text);
	}
	if (!error)
		error = share_maps(object, request->maps);
	if (!error)
		error = bpf_object__load(object);
	bpf_log_end();
	if (error && object && leave_out(object, refusals, &log, error))
		return 0;
	if (error)
		return explain_failure(error, &log, reason);
	*ret_object = steal_pointer(object);
	return 1;
}

int bpf_load(const struct bpf_request *request, struct bpf_refusals *refusals,
             struct bpf_object **ret_object, struct reason *reason)
{
	const struct bpf_image image = bpf_images_find(request->name);
	struct bpf_log log; /* nobody's: only to keep libbpf from printing */
	int r;

	*refusals = (struct bpf_refusals){ 0 };
	pthread_mutex_lock(&one_at_a_time);
	bpf_log_begin(&log);
	r = refuse_some(request, &image, refusals, reason);
	bpf_log_end();
	while (r == 0)
		r = try(request, &image, refusals, ret_object, reason);
	pthread_mutex_unlock(&one_at_a_time);
	return r < 0 ? r : 0;
}
