/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The BPF objects of bpf/, as the build has put them into the daemon. */
#include <stddef.h>

struct bpf_image {
	const void *bytes; /* an ELF object */
	size_t size;
};

/* The image of bpf/NAME.bpf.c; it must be among them. */
struct bpf_image bpf_images_find(const char *name);
