/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/bpf_types.h"

#include <bpf/btf.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/bpf_log.h"
#include "daemon/cleanup.h"

#define PATH_SIZE 256

struct bpf_types {
	struct btf *btf;
	uint32_t first;        /* id of the first type that is its own */
	const char *directory; /* the caller's */
};

static int own(struct btf *btf, uint32_t first, const char *directory, struct bpf_types **ret_types)
{
	struct bpf_types *types = calloc(1, sizeof(*types));

	if (!types) {
		btf__free(btf);
		return -ENOMEM;
	}
	*types = (struct bpf_types){ btf, first, directory };
	*ret_types = types;
	return 0;
}

int bpf_types_open(struct bpf_types **ret_types, struct reason *reason)
{
	return bpf_types_open_in(BPF_TYPES_DIRECTORY, ret_types, reason);
}

int bpf_types_open_in(const char *directory, struct bpf_types **ret_types, struct reason *reason)
{
	char path[PATH_SIZE];
	struct bpf_log log;
	struct btf *btf;

	if (snprintf(path, sizeof(path), "%s/vmlinux", directory) >= (int)sizeof(path))
		return reason_set(reason, -ENAMETOOLONG, "%s: %s", directory,
		                  strerror(ENAMETOOLONG));
	bpf_log_begin(&log);
	btf = btf__parse_raw(path);
	bpf_log_end();
	if (!btf)
		return reason_set(reason, errno == ENOMEM ? -ENOMEM : -EOPNOTSUPP,
		                  "the kernel's types: %s: %s", path, strerror(errno));
	if (own(btf, 1, directory, ret_types) < 0)
		return reason_set(reason, -ENOMEM, "out of memory");
	return 0;
}

int bpf_types_open_module(struct bpf_types *kernel, const char *module,
                          struct bpf_types **ret_types)
{
	char path[PATH_SIZE];
	struct bpf_log log;
	struct btf *btf;

	if (snprintf(path, sizeof(path), "%s/%s", kernel->directory, module) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	bpf_log_begin(&log);
	btf = btf__parse_raw_split(path, kernel->btf);
	bpf_log_end();
	if (!btf)
		return -errno;
	return own(btf, btf__type_cnt(kernel->btf), kernel->directory, ret_types);
}

void bpf_types_close(struct bpf_types *types)
{
	if (!types)
		return;
	btf__free(types->btf);
	free(types);
	/* They were allocated among what stays, and the heap would keep their room. */
	(void)malloc_trim(0);
}

static int tell(const struct bpf_types *types, const struct btf_type *type, bpf_types_enum_fn found,
                void *context)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < btf_vlen(type); i++) {
		uint32_t offset;
		uint64_t value;

		if (btf_is_enum64(type)) {
			offset = btf_enum64(type)[i].name_off;
			value = btf_enum64_value(&btf_enum64(type)[i]);
		} else {
			offset = btf_enum(type)[i].name_off;
			value = (uint32_t)btf_enum(type)[i].val;
		}
		r = found(context, btf__name_by_offset(types->btf, offset), value);
	}
	return r;
}

int bpf_types_enum(const struct bpf_types *types, const char *name, bpf_types_enum_fn found,
                   void *context)
{
	uint32_t n = btf__type_cnt(types->btf);

	for (uint32_t id = types->first; id < n; id++) {
		const struct btf_type *type = btf__type_by_id(types->btf, id);

		if ((btf_is_enum(type) || btf_is_enum64(type)) &&
		    strcmp(btf__name_by_offset(types->btf, type->name_off), name) == 0)
			return tell(types, type, found, context);
	}
	return -ENOENT;
}
