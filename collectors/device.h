/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The network devices of a namespace by interface index: one RTM_GETLINK dump, kept up to date by
 * the notifications of RTNLGRP_LINK (rtnetlink(7)). An index is never given to another device while
 * the name it stands for may change; the generation tells.
 */
#include <linux/if.h>
#include <stdint.h>

#include "collectors/netlink.h"
#include "daemon/batch.h"

struct device {
	int index;
	unsigned name_length;
	char name[IFNAMSIZ]; /* any bytes but NUL and '/': not always UTF-8 */
};

struct device_table;

/* Subscribes and lists the devices of our own network namespace. env must outlive it. */
int device_table_open(const struct collector_env *env, struct device_table **ret_table);

/* The same of the namespace behind the door, which must stay open as long as this does. */
int device_table_open_in(const struct collector_env *env, struct namespace_door *door,
                         struct device_table **ret_table);

void device_table_close(struct device_table *table);
DEFINE_CLEANUP(struct device_table, device_table_close)

/*
 * Takes in what has changed; one system call when nothing has. Where notifications were lost the
 * devices are listed anew. 0 or −errno with the reason filled: try again, the table is incomplete.
 */
int device_table_refresh(struct device_table *table);

/* The device of this index, or NULL; valid until the next refresh. */
const struct device *device_find(const struct device_table *table, int index);

/*
 * Another number than before once a device that was known may have got another name or gone away.
 * Whoever takes a sample compares: names that moved during a dump may have been given to the
 * objects of another device.
 */
uint64_t device_table_generation(const struct device_table *table);

static inline struct label device_label(const struct device *device)
{
	return (struct label){ device->name, device->name_length };
}
