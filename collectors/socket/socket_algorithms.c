/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/socket/socket_algorithms.h"

#include <string.h>

uint16_t socket_algorithm_find(struct socket_algorithms *algorithms,
                               const char name[static SOCKET_ALGORITHM_SIZE])
{
	if (name[0] == '\0')
		return 0;
	if (algorithms->n == 0)
		algorithms->n = 1;
	for (unsigned i = 1; i < algorithms->n; i++)
		if (memcmp(algorithms->names[i], name, SOCKET_ALGORITHM_SIZE) == 0)
			return (uint16_t)i;
	if (algorithms->n == SOCKET_ALGORITHMS_MAX)
		return 0;
	memcpy(algorithms->names[algorithms->n], name, SOCKET_ALGORITHM_SIZE);
	return (uint16_t)algorithms->n++;
}

struct label socket_algorithm_label(const struct socket_algorithms *algorithms, uint16_t number)
{
	return label_of(number ? algorithms->names[number] : "(other)");
}
