/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The devices of one network namespace, by their indexes. */
#include "collectors/nic/nic_device.h"
#include "collectors/nic/nic_setup.h"
#include "collectors/nic/nic_turn.h"

/* Statistics that come of all devices at once, from drivers that may have to ask their firmware. */
enum nic_dump_kind {
	NIC_DUMP_QUEUES,
	NIC_DUMP_PAUSE,
	NIC_DUMP_STANDARD,
	NIC_DUMPS,
};

struct nic_dump {
	bool present; /* of any device */
	struct nic_turn turn;
};

struct nic_table {
	struct nic_setup *setup;
	struct nic_device **devices; /* ascending by index */
	size_t n;
	size_t n_allocated;

	uint64_t n_untracked; /* beyond the bound of the options */
	bool complete;        /* listed, and no notification lost since */
	unsigned changed;     /* bits of the commands whose settings are to be read again */
	uint64_t settings_due_usec;
	bool identify; /* all devices are to be identified again */
	bool has_news; /* devices whose statistics nobody has asked for */
	struct nic_dump dumps[NIC_DUMPS];
};

/* NULL: out of memory. The setup must outlive it. */
struct nic_table *nic_table_new(struct nic_setup *setup);
void nic_table_free(struct nic_table *table);
DEFINE_CLEANUP(struct nic_table, nic_table_free)

/* The device of this index that is wanted, or NULL. */
struct nic_device *nic_table_find(const struct nic_table *table, int index);

/* A device that is new, or as it is now. 0 or −ENOMEM. */
int nic_table_put(struct nic_table *table, const struct nic_link *link);

void nic_table_remove(struct nic_table *table, int index);

/* Before and after a listing: what was not put between the two is removed. */
void nic_table_begin_listing(struct nic_table *table);
void nic_table_end_listing(struct nic_table *table);

/*
 * Decides which devices are wanted: of those that containers have the ones with the lowest indexes,
 * so that it stays with them as long as they live.
 */
void nic_table_choose(struct nic_table *table);
