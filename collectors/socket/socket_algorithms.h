/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Congestion control algorithms by number. Names are the kernel's modules', and few; a number is
 * never given to another name.
 */
#include <stdint.h>

#include "collectors/socket/socket_message.h"
#include "daemon/batch.h"

#define SOCKET_ALGORITHMS_MAX 64

struct socket_algorithms {
	unsigned n;
	char names[SOCKET_ALGORITHMS_MAX][SOCKET_ALGORITHM_SIZE];
	uint64_t n_sockets[SOCKET_ALGORITHMS_MAX]; /* TCP, of the sample being taken */
};

/* The number of the name (zero to the end); 0 is that of no name, and of those beyond the bound. */
uint16_t socket_algorithm_find(struct socket_algorithms *algorithms,
                               const char name[static SOCKET_ALGORITHM_SIZE]);

/* "(other)" for 0. */
struct label socket_algorithm_label(const struct socket_algorithms *algorithms, uint16_t number);
