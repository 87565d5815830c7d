/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Ports and ranges of ports, as they are listed in the configuration: "443", "8000-8999". */
#include <stddef.h>
#include <stdint.h>

#include "config/option.h"

struct port_range {
	uint16_t first, last;
};

struct port_list {
	size_t n;
	struct port_range *ranges; /* in the order of the list */
};

/* Whether it is one: 0, or −EINVAL with the reason. For struct option's check. */
int port_range_check(const char *text, struct reason *reason);

/* Parses a list whose every string has been checked. 0 or −ENOMEM. */
int port_list_init(struct port_list *list, const struct string_list *texts);
void port_list_clear(struct port_list *list);

/* The place of the first range that holds the port; list->n when none does. */
size_t port_list_find(const struct port_list *list, uint16_t port);
