/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A new object adds its header and its line here, and its name to bpf/meson.build. */
#include "collectors/bpf_images.h"

#include <assert.h>
#include <string.h>

/* What bpftool writes is not ours to mend. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Woverlength-strings"
#include "bpf/drop.h"
#include "bpf/drop.skel.h"
#include "bpf/latency.h"
#include "bpf/latency.skel.h"
#include "bpf/latency_timestamp.skel.h"
#include "bpf/retransmit.skel.h"
#include "daemon/cleanup.h"

/* What userspace reads and writes as a whole has nothing else beside it. */
_Static_assert(sizeof(struct drop_bpf__bss) == sizeof(__u64), "drop.bss");
_Static_assert(sizeof(struct drop_bpf__data_classes) == sizeof(struct drop_classes), "classes");
_Static_assert(sizeof(struct drop_bpf__data_settings) == sizeof(struct drop_settings), "settings");
_Static_assert(sizeof(struct latency_bpf__bss) == sizeof(struct latency_noted), "latency.bss");
_Static_assert(sizeof(struct latency_bpf__data_devices) == sizeof(struct latency_devices),
               "devices");
_Static_assert(sizeof(struct latency_bpf__data_settings) == sizeof(struct latency_settings),
               "settings");

static const struct {
	const char *name;
	const void *(*bytes)(size_t *ret_size);
} images[] = {
	{ "drop", drop_bpf__elf_bytes },
	{ "latency", latency_bpf__elf_bytes },
	{ "latency_timestamp", latency_timestamp_bpf__elf_bytes },
	{ "retransmit", retransmit_bpf__elf_bytes },
};

struct bpf_image bpf_images_find(const char *name)
{
	struct bpf_image image = { NULL, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(images); i++)
		if (strcmp(images[i].name, name) == 0)
			image.bytes = images[i].bytes(&image.size);
	assert(image.bytes);
	return image;
}
