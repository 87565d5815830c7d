/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/nic/nic_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct nic_table *nic_table_new(struct nic_setup *setup)
{
	struct nic_table *table = calloc(1, sizeof(*table));

	if (table)
		table->setup = setup;
	return table;
}

void nic_table_free(struct nic_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->n; i++)
		nic_device_free(table->devices[i], &table->setup->budget);
	free(table->devices);
	free(table);
}

/* The place of the first device whose index is not lower. */
static size_t place_of(const struct nic_table *table, int index)
{
	size_t low = 0, high = table->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->devices[middle]->link.index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct nic_device *device_at(const struct nic_table *table, size_t place, int index)
{
	if (place == table->n || table->devices[place]->link.index != index)
		return NULL;
	return table->devices[place];
}

struct nic_device *nic_table_find(const struct nic_table *table, int index)
{
	struct nic_device *device = device_at(table, place_of(table, index), index);

	return device && device->wanted ? device : NULL;
}

static int make_room(struct nic_table *table, size_t place)
{
	if (table->n == table->n_allocated) {
		size_t n = table->n ? 2 * table->n : 16;
		struct nic_device **grown =
			reallocarray(table->devices, n, sizeof(struct nic_device *));

		if (!grown)
			return -ENOMEM;
		table->devices = grown;
		table->n_allocated = n;
	}
	memmove(table->devices + place + 1, table->devices + place,
	        (table->n - place) * sizeof(struct nic_device *));
	table->n++;
	return 0;
}

static int insert(struct nic_table *table, const struct nic_link *link)
{
	size_t place = place_of(table, link->index);
	struct nic_device *device = nic_device_new(link);

	if (!device || make_room(table, place) < 0) {
		nic_device_free(device, &table->setup->budget);
		return -ENOMEM;
	}
	device->listed = true;
	device->matches = nic_setup_wants(table->setup, link->name);
	table->devices[place] = device;
	return 0;
}

/* What a link's change may have changed besides: its speed, and with the carrier everything. */
static bool is_other_link(const struct nic_link *a, const struct nic_link *b)
{
	return a->flags != b->flags || a->carrier_changes != b->carrier_changes;
}

int nic_table_put(struct nic_table *table, const struct nic_link *link)
{
	struct nic_device *device = device_at(table, place_of(table, link->index), link->index);

	if (device && strcmp(device->link.name, link->name) != 0) {
		nic_table_remove(table, link->index);
		device = NULL;
	}
	if (!device)
		return insert(table, link);
	if (is_other_link(&device->link, link))
		table->changed |= NIC_COMMANDS_LINK;
	device->link = *link;
	device->listed = true;
	return 0;
}

static void remove_at(struct nic_table *table, size_t place)
{
	nic_device_free(table->devices[place], &table->setup->budget);
	table->n--;
	memmove(table->devices + place, table->devices + place + 1,
	        (table->n - place) * sizeof(struct nic_device *));
}

void nic_table_remove(struct nic_table *table, int index)
{
	size_t place = place_of(table, index);

	if (device_at(table, place, index))
		remove_at(table, place);
}

void nic_table_begin_listing(struct nic_table *table)
{
	for (size_t i = 0; i < table->n; i++)
		table->devices[i]->listed = false;
}

void nic_table_end_listing(struct nic_table *table)
{
	for (size_t i = table->n; i-- > 0;)
		if (!table->devices[i]->listed)
			remove_at(table, i);
}

void nic_table_choose(struct nic_table *table)
{
	uint64_t n_container = 0;

	table->n_untracked = 0;
	for (size_t i = 0; i < table->n; i++) {
		struct nic_device *device = table->devices[i];
		bool was_wanted = device->wanted, wanted = device->matches;

		if (wanted && nic_link_is_container(&device->link) &&
		    n_container++ >= table->setup->options->max_devices) {
			wanted = false;
			table->n_untracked++;
		}
		nic_device_want(device, wanted, &table->setup->budget);
		if (!wanted || was_wanted)
			continue;
		table->changed = NIC_COMMANDS_ALL;
		table->has_news = true;
	}
}
