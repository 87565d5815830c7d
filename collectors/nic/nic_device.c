/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/nic/nic_device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clock.h"

struct nic_device *nic_device_new(const struct nic_link *link)
{
	struct nic_device *device = calloc(1, sizeof(*device));

	if (device)
		device->link = *link;
	return device;
}

void nic_device_free(struct nic_device *device, struct queue_budget *budget)
{
	if (!device)
		return;
	queue_files_clear(&device->files, budget);
	driver_layout_clear(&device->layout);
	nic_queues_clear(&device->driver_queues);
	nic_queues_clear(&device->queues);
	free(device);
}

void nic_device_want(struct nic_device *device, bool wanted, struct queue_budget *budget)
{
	device->wanted = wanted;
	if (wanted)
		return;
	device->is_known = false;
	queue_files_clear(&device->files, budget);
}

/* Drivers copy into these as they like. */
static void terminate(struct ethtool_drvinfo *driver)
{
	driver->driver[sizeof(driver->driver) - 1] = '\0';
	driver->version[sizeof(driver->version) - 1] = '\0';
	driver->fw_version[sizeof(driver->fw_version) - 1] = '\0';
	driver->bus_info[sizeof(driver->bus_info) - 1] = '\0';
}

/*
 * Names are asked for only where one of them might be wanted. When they are what they were, what has
 * been read of a slow driver stays; otherwise it is read at once.
 */
static int make_layout(struct nic_device *device, const struct nic_reading *reading)
{
	const struct driver_rules *rules =
		driver_rules_find(device->has_driver ? device->driver.driver : "");
	struct driver_layout layout cleanup(driver_layout_clear) = { 0 };
	const char *names = NULL;
	uint32_t n = 0;
	int error = 0;

	/* Mostly it fails because there are none. */
	if ((rules->rules->pattern || reading->raw->n) &&
	    ethtool_ioctl_strings(reading->ioctl, device->link.name, ETH_SS_STATS, &names, &n) == 0)
		error = driver_layout_make(&layout, rules, reading->raw, names, n);
	*reading->n_skipped += layout.n_refused;
	if (error || driver_layout_is_like(&layout, &device->layout))
		return error;
	driver_layout_clear(&device->layout);
	device->layout = layout;
	layout = (struct driver_layout){ 0 };
	device->has_statistics = false;
	device->turn = (struct nic_turn){ 0 };
	return 0;
}

int nic_device_identify(struct nic_device *device, const struct nic_reading *reading)
{
	int error;

	device->is_known = true;
	device->has_driver =
		ethtool_ioctl_driver(reading->ioctl, device->link.name, &device->driver) == 0;
	if (device->has_driver)
		terminate(&device->driver);
	error = make_layout(device, reading);
	device->is_hidden = !reading->budget || !queue_files_are_of(&device->link);
	if (error || !reading->budget)
		return error;
	if (!device->is_hidden)
		return queue_files_find(&device->files, device->link.name, reading->budget);
	queue_files_clear(&device->files, reading->budget);
	return 0;
}

/* −ESTALE: there is another number of statistics than there are names. */
static int take_statistics(struct nic_device *device, const struct nic_reading *reading)
{
	const uint64_t *values = NULL;
	int error = ethtool_ioctl_statistics(reading->ioctl, device->link.name,
	                                     device->layout.n_statistics, &values);

	return error ? error : driver_layout_read(&device->layout, values, &device->driver_queues);
}

static int read_statistics(struct nic_device *device, const struct nic_reading *reading)
{
	uint64_t start_usec = monotonic_usec();
	int error;

	if (driver_layout_is_empty(&device->layout) || !nic_turn_is_due(&device->turn, start_usec))
		return 0;
	error = take_statistics(device, reading);
	if (error == -ESTALE) {
		error = make_layout(device, reading);
		if (!error && !driver_layout_is_empty(&device->layout))
			error = take_statistics(device, reading);
	}
	if (error == -ENOMEM)
		return error;
	nic_turn_end(&device->turn, start_usec, monotonic_usec());
	device->has_statistics = !error && !driver_layout_is_empty(&device->layout);
	*reading->n_skipped += error != 0;
	return 0;
}

int nic_device_read(struct nic_device *device, const struct nic_reading *reading)
{
	if (reading->budget)
		queue_files_read(&device->files, device->link.name, reading->budget,
		                 reading->n_skipped);
	return read_statistics(device, reading);
}
