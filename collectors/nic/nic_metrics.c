/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/nic/nic_metrics.h"

#include <stdio.h>
#include <string.h>

#include "collectors/nic/nic_families.h"
#include "daemon/clock.h"

#define BYTES_PER_MEGABIT 125000

/* One device on its way into the batch. */
struct writing {
	const struct nic_table *table;
	const struct nic_device *device;
	struct label netns;
	struct batch *batch;
};

/* A row that is told apart by one more label. */
static void begin_row(const struct writing *writing, const struct metric_table *table,
                      struct label value)
{
	const struct label labels[] = { nic_link_label(&writing->device->link), value,
		                        writing->netns };

	batch_row(writing->batch, table, labels, ARRAY_SIZE(labels));
}

/* What ethtool calls TP, MII and so on; empty when it is not known. */
static struct label port_label(const struct nic_settings *settings)
{
	static const char *const ports[] = {
		[PORT_TP] = "tp",       [PORT_AUI] = "aui", [PORT_MII] = "mii",
		[PORT_FIBRE] = "fibre", [PORT_BNC] = "bnc", [PORT_DA] = "da",
	};
	uint32_t port = settings->values[NIC_PORT];

	if (!nic_setting_present(settings, NIC_PORT) || port >= ARRAY_SIZE(ports))
		return (struct label){ "", 0 };
	return label_of(ports[port]);
}

static void write_info(const struct writing *writing)
{
	const struct nic_device *device = writing->device;
	const struct nic_device *master = nic_table_find(writing->table, device->link.master);
	const struct label link_labels[] = {
		nic_link_label(&device->link),
		{ device->link.kind, device->link.kind_length },
		port_label(&device->settings),
		master ? nic_link_label(&master->link) : (struct label){ "", 0 },
		writing->netns,
	};
	const struct label labels[] = {
		nic_link_label(&device->link),     label_of(device->driver.driver),
		label_of(device->driver.version),  label_of(device->driver.fw_version),
		label_of(device->driver.bus_info), writing->netns,
	};

	batch_row(writing->batch, &nic_link_info_table, link_labels, ARRAY_SIZE(link_labels));
	batch_count(writing->batch, 0, 1);
	if (!device->has_driver)
		return;
	batch_row(writing->batch, &nic_info_table, labels, ARRAY_SIZE(labels));
	batch_count(writing->batch, 0, 1);
}

static void write_link(const struct nic_link *link, struct batch *batch)
{
	batch_count(batch, NIC_UP, (link->flags & IFF_UP) != 0);
	if (link->flags & IFF_UP)
		batch_count(batch, NIC_CARRIER, (link->flags & IFF_LOWER_UP) != 0);
	if (link->flags & IFF_UP && link->has_carrier_changes)
		batch_count(batch, NIC_CARRIER_CHANGES, link->carrier_changes);
	batch_count(batch, NIC_MTU, link->mtu);
	batch_count(batch, NIC_QUEUE_LENGTH, link->queue_length);
	batch_count(batch, NIC_SEND_QUEUES, link->n_queues);
}

static void write_device(const struct writing *writing)
{
	const struct nic_device *device = writing->device;
	const struct nic_settings *settings = &device->settings;
	const struct label labels[] = { nic_link_label(&device->link), writing->netns };
	struct batch *batch = writing->batch;

	batch_row(batch, &nic_device_table, labels, ARRAY_SIZE(labels));
	write_link(&device->link, batch);
	if (nic_setting_present(settings, NIC_SPEED))
		batch_real(batch, NIC_SPEED_BYTES,
		           (double)settings->values[NIC_SPEED] * BYTES_PER_MEGABIT);
	if (nic_setting_present(settings, NIC_DUPLEX))
		batch_count(batch, NIC_FULL_DUPLEX, settings->values[NIC_DUPLEX] == DUPLEX_FULL);
	batch_count(batch, NIC_SENT_BYTES, device->counters.tx_bytes);
	batch_count(batch, NIC_SENT_PACKETS, device->counters.tx_packets);
	batch_count(batch, NIC_SEND_DROPS, device->counters.tx_dropped);
	batch_count(batch, NIC_SEND_ERRORS, device->counters.tx_errors);
	if (device->has_statistics)
		batch_count(batch, NIC_READ_SECONDS, device->turn.took_usec * NSEC_PER_USEC);
	for (unsigned i = 0; i < NIC_MAC_SINGLE_COLLISION; i++)
		if (device->standard.present >> i & 1)
			batch_count(batch, NIC_MAC_FAMILIES + i, device->standard.values[i]);
}

static void write_errors(const struct writing *writing)
{
	const struct rtnl_link_stats64 *counters = &writing->device->counters;
	const struct {
		const char *cause;
		uint64_t value;
	} errors[] = {
		{ "aborted", counters->tx_aborted_errors },
		{ "carrier", counters->tx_carrier_errors },
		{ "fifo", counters->tx_fifo_errors },
		{ "heartbeat", counters->tx_heartbeat_errors },
		{ "window", counters->tx_window_errors },
		{ "collision", counters->collisions },
	};

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		begin_row(writing, &nic_error_table, label_of(errors[i].cause));
		batch_count(writing->batch, 0, errors[i].value);
	}
}

static void write_standard(const struct writing *writing)
{
	static const char *const events[NIC_STANDARD_COUNTERS] = {
		[NIC_MAC_SINGLE_COLLISION] = "single_collision",
		[NIC_MAC_MULTIPLE_COLLISIONS] = "multiple_collisions",
		[NIC_MAC_DEFERRED] = "deferred",
		[NIC_MAC_LATE_COLLISION] = "late_collision",
		[NIC_MAC_EXCESSIVE_COLLISIONS] = "excessive_collisions",
		[NIC_MAC_INTERNAL_ERROR] = "internal_error",
		[NIC_MAC_CARRIER_SENSE_ERROR] = "carrier_sense_error",
		[NIC_MAC_EXCESSIVE_DEFERRAL] = "excessive_deferral",
	};
	const struct nic_standard *standard = &writing->device->standard;

	for (unsigned i = NIC_MAC_SINGLE_COLLISION; i < NIC_STANDARD_COUNTERS; i++) {
		if (!(standard->present >> i & 1))
			continue;
		begin_row(writing, &nic_mac_event_table, label_of(events[i]));
		batch_count(writing->batch, 0, standard->values[i]);
	}
	for (size_t i = 0; i < standard->n_sizes; i++) {
		char text[24];
		int length = snprintf(text, sizeof(text), "%u-%u", standard->sizes[i].low,
		                      standard->sizes[i].high);

		begin_row(writing, &nic_mac_size_table, (struct label){ text, (size_t)length });
		batch_count(writing->batch, 0, standard->sizes[i].n_frames);
	}
}

/* Rings or channels: numbers from first on, and as many limits. */
static void write_numbers(const struct writing *writing, const struct metric_table *table,
                          unsigned first, const char *const *names)
{
	const struct nic_settings *settings = &writing->device->settings;

	for (unsigned i = 0; i < 4; i++) {
		unsigned limit = first + 4 + i;

		if (!nic_setting_present(settings, first + i))
			continue;
		begin_row(writing, table, label_of(names[i]));
		batch_count(writing->batch, NIC_NUMBER, settings->values[first + i]);
		if (nic_setting_present(settings, limit))
			batch_count(writing->batch, NIC_LIMIT, settings->values[limit]);
	}
}

static void write_features(const struct writing *writing)
{
	const struct nic_setup *setup = writing->table->setup;
	const struct nic_settings *settings = &writing->device->settings;

	for (size_t i = 0; i < setup->n_features && settings->has_features; i++) {
		const struct nic_feature *feature = &setup->features[i];

		begin_row(writing, &nic_feature_table, label_of(feature->name));
		batch_count(writing->batch, 0,
		            settings->features[feature->number / 32] >> feature->number % 32 & 1);
	}
}

/* direction 0: for sending, 1: for receiving. */
static void write_direction(const struct writing *writing, unsigned direction)
{
	const struct nic_settings *settings = &writing->device->settings;
	const unsigned delay = NIC_COALESCE_DELAY_TX + direction;
	const unsigned frames = NIC_COALESCE_FRAMES_TX + direction;
	const unsigned pause = NIC_PAUSE_TX + direction;
	struct batch *batch = writing->batch;

	if (!(settings->present >> delay & 1) && !(settings->present >> frames & 1) &&
	    !(settings->present >> pause & 1) && !settings->has_pause_frames)
		return;
	begin_row(writing, &nic_direction_table, label_of(direction ? "rx" : "tx"));
	if (nic_setting_present(settings, delay))
		batch_count(batch, NIC_COALESCE_DELAY, settings->values[delay] * UINT64_C(1000));
	if (nic_setting_present(settings, frames))
		batch_count(batch, NIC_COALESCE_FRAMES, settings->values[frames]);
	if (nic_setting_present(settings, pause))
		batch_count(batch, NIC_PAUSE_ENABLED, settings->values[pause] != 0);
	if (settings->has_pause_frames)
		batch_count(batch, NIC_PAUSE_FRAMES,
		            direction ? settings->pause_frames_rx : settings->pause_frames_tx);
}

static void write_files(const struct queue_values *values, uint64_t tick_nsec, struct batch *batch)
{
	static const uint8_t families[QUEUE_FILES] = {
		[QUEUE_FILE_TIMEOUTS] = NIC_QUEUE_TIMEOUTS,
		[QUEUE_FILE_INFLIGHT] = NIC_QUEUE_INFLIGHT,
		[QUEUE_FILE_LIMIT] = NIC_QUEUE_LIMIT,
		[QUEUE_FILE_STALLS] = NIC_QUEUE_STALLS,
		[QUEUE_FILE_STALL_LONGEST] = NIC_QUEUE_STALL_LONGEST,
		[QUEUE_FILE_LIMIT_MAX] = NIC_QUEUE_LIMIT_MAX,
		[QUEUE_FILE_HOLD_MSEC] = NIC_QUEUE_HOLD,
		[QUEUE_FILE_XPS_CPUS] = NIC_QUEUE_XPS_CPUS,
	};

	for (unsigned i = 0; i < QUEUE_FILES; i++) {
		uint64_t value = values->values[i];

		if (i == QUEUE_FILE_HOLD_MSEC)
			value *= NSEC_PER_USEC * 1000;
		if (i == QUEUE_FILE_STALL_LONGEST)
			value *= tick_nsec;
		if (values->present >> i & 1)
			batch_count(batch, families[i], value);
	}
}

/* By netlink as far as it goes, then by the driver's statistics, then by sysfs: never twice. */
static void write_queue(const struct writing *writing, uint32_t number)
{
	const struct nic_device *device = writing->device;
	const struct nic_queue none = { 0 };
	const struct nic_queue *by_netlink =
		number < device->queues.n ? &device->queues.queues[number] : &none;
	const struct nic_queue *by_driver = device->has_statistics &&
			number < device->driver_queues.n
		? &device->driver_queues.queues[number]
		: &none;
	const struct queue_values *files = number < device->files.n ? &device->files.queues[number]
								    : NULL;
	bool has_timeouts = files && files->present >> QUEUE_FILE_TIMEOUTS & 1;
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", number);

	if (!by_netlink->present && !by_driver->present && !(files && files->present))
		return;
	begin_row(writing, &nic_queue_table, (struct label){ text, (size_t)length });
	for (unsigned i = 0; i < NIC_QUEUE_COUNTERS; i++) {
		if (i == NIC_QUEUE_TIMEOUTS && has_timeouts)
			continue;
		if (by_netlink->present >> i & 1)
			batch_count(writing->batch, i, by_netlink->values[i]);
		else if (by_driver->present >> i & 1)
			batch_count(writing->batch, i, by_driver->values[i]);
	}
	if (files)
		write_files(files, writing->table->setup->tick_nsec, writing->batch);
}

static void write_queues(const struct writing *writing)
{
	const struct nic_device *device = writing->device;
	size_t n = device->queues.n;

	n = device->driver_queues.n > n ? device->driver_queues.n : n;
	n = device->files.n > n ? device->files.n : n;
	for (uint32_t i = 0; i < n; i++)
		write_queue(writing, i);
}

static void write_statistics(const struct writing *writing)
{
	const struct driver_layout *layout = &writing->device->layout;

	for (size_t i = 0; i < layout->n_raw && writing->device->has_statistics; i++) {
		begin_row(writing, &nic_statistic_table,
		          (struct label){ layout->raw[i].name, layout->raw[i].length });
		batch_count(writing->batch, 0, layout->raw[i].value);
	}
}

static void write_all(const struct writing *writing)
{
	static const char *const rings[] = { "tx", "rx", "rx_mini", "rx_jumbo" };
	static const char *const channels[] = { "tx", "rx", "other", "combined" };

	write_info(writing);
	write_device(writing);
	write_errors(writing);
	write_standard(writing);
	write_numbers(writing, &nic_ring_table, NIC_RING_TX, rings);
	write_numbers(writing, &nic_channels_table, NIC_CHANNELS_TX, channels);
	write_features(writing);
	write_direction(writing, 0);
	write_direction(writing, 1);
	write_queues(writing);
	write_statistics(writing);
}

static void write_dumps(const struct writing *writing)
{
	static const char *const names[NIC_DUMPS] = {
		[NIC_DUMP_QUEUES] = "queues",
		[NIC_DUMP_PAUSE] = "pause",
		[NIC_DUMP_STANDARD] = "standard",
	};

	for (unsigned i = 0; i < NIC_DUMPS; i++) {
		const struct label labels[] = { label_of(names[i]), writing->netns };

		if (!writing->table->dumps[i].present)
			continue;
		batch_row(writing->batch, &nic_dump_table, labels, ARRAY_SIZE(labels));
		batch_count(writing->batch, 0,
		            writing->table->dumps[i].turn.took_usec * NSEC_PER_USEC);
	}
}

void nic_metrics_write(const struct nic_table *table, const struct namespace *namespace,
                       struct batch *batch)
{
	struct writing writing = { .table = table,
		                   .netns = namespace_label(namespace),
		                   .batch = batch };
	size_t n_hidden = 0;

	for (size_t i = 0; i < table->n; i++) {
		writing.device = table->devices[i];
		if (!writing.device->wanted || !writing.device->sampled)
			continue;
		write_all(&writing);
		n_hidden += writing.device->is_hidden;
	}
	write_dumps(&writing);
	batch_row(batch, &nic_namespace_table, &writing.netns, 1);
	batch_count(batch, NIC_UNTRACKED_DEVICES, table->n_untracked);
	batch_count(batch, NIC_HIDDEN_DEVICES, n_hidden);
	if (namespace)
		batch_count(batch, NIC_SAMPLE_TIMESTAMP, namespace->sampled_nsec);
}

void nic_metrics_write_bound(const struct nic_setup *setup, struct batch *batch)
{
	batch_row(batch, &nic_bound_table, NULL, 0);
	batch_count(batch, 0, setup->budget.n_reopened);
}
