/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel writes as many strings or values as the device has at that moment, not as many as there
 * is room for. So they go to the end of a mapping that a page without access follows: one that has
 * grown too much since it was asked for its number fails with EFAULT.
 */
#include "collectors/nic/ethtool_ioctl.h"

#include <errno.h>
#include <limits.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/cleanup.h"

#define GUARD_SIZE  65536
#define MEMORY_SIZE (ETHTOOL_STRINGS_MAX * ETH_GSTRING_LEN + 4096)

struct opening {
	int fd;
	struct reason *reason;
};

/* Any socket will do, and this kind may be made by who may make no IP socket. */
static int make_socket(void *context)
{
	struct opening *opening = context;

	opening->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (opening->fd >= 0)
		return 0;
	return reason_set(opening->reason, -errno, "ethtool socket: %s", strerrordesc_np(errno));
}

static unsigned char *map_memory(void)
{
	unsigned char *memory = mmap(NULL, MEMORY_SIZE + GUARD_SIZE, PROT_READ | PROT_WRITE,
	                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	if (mprotect(memory + MEMORY_SIZE, GUARD_SIZE, PROT_NONE) == 0)
		return memory;
	munmap(memory, MEMORY_SIZE + GUARD_SIZE);
	return NULL;
}

int ethtool_ioctl_open(struct ethtool_ioctl *io, struct namespace_door *door, struct reason *reason)
{
	struct opening opening = { -1, reason };
	int error;

	if (door)
		error = namespace_door_visit(door, make_socket, &opening, reason);
	else
		error = namespace_door_check_home(reason);
	if (!error && !door)
		error = make_socket(&opening);
	io->fd = opening.fd;
	if (error)
		return error;
	io->memory = map_memory();
	return io->memory ? 0 : reason_set(reason, -ENOMEM, "ethtool: out of memory");
}

void ethtool_ioctl_close(struct ethtool_ioctl *io)
{
	if (io->fd >= 0)
		close(io->fd);
	if (io->memory)
		munmap(io->memory, MEMORY_SIZE + GUARD_SIZE);
	*io = ETHTOOL_IOCTL_CLOSED;
}

static int call(struct ethtool_ioctl *io, const char *device, void *command)
{
	struct ifreq request = { .ifr_data = command };

	memccpy(request.ifr_name, device, '\0', sizeof(request.ifr_name) - 1);
	while (ioctl(io->fd, SIOCETHTOOL, &request) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int ethtool_ioctl_driver(struct ethtool_ioctl *io, const char *device,
                         struct ethtool_drvinfo *ret_driver)
{
	struct ethtool_drvinfo driver = { .cmd = ETHTOOL_GDRVINFO };
	int error = call(io, device, &driver);

	if (!error)
		*ret_driver = driver;
	return error;
}

/* Structs that have an array of no size of its own at their end, with room for it. */
union sset_question {
	struct ethtool_sset_info info;
	uint32_t words[sizeof(struct ethtool_sset_info) / sizeof(uint32_t) + 1];
};

union link_question {
	struct ethtool_link_settings link;
	uint32_t words[sizeof(struct ethtool_link_settings) / sizeof(uint32_t) + 3 * SCHAR_MAX];
};

union features_question {
	struct ethtool_gfeatures features;
	unsigned char bytes[sizeof(struct ethtool_gfeatures) +
	                    NIC_FEATURES_MAX / 32 * sizeof(struct ethtool_get_features_block)];
};

static int count_strings(struct ethtool_ioctl *io, const char *device, uint32_t set,
                         uint32_t *ret_n)
{
	union sset_question question = { .words = { 0 } };
	int error;

	question.info.cmd = ETHTOOL_GSSET_INFO;
	question.info.sset_mask = 1ULL << set;
	error = call(io, device, &question);
	if (error)
		return error;
	*ret_n = question.info.sset_mask ? question.info.data[0] : 0;
	return *ret_n <= ETHTOOL_STRINGS_MAX ? 0 : -E2BIG;
}

/* Where a header stands that so many bytes of what it describes follow, up to the guard. */
static void *place(struct ethtool_ioctl *io, size_t header, size_t size)
{
	void *start = io->memory + MEMORY_SIZE - size - header;

	memset(start, 0, header);
	return start;
}

int ethtool_ioctl_strings(struct ethtool_ioctl *io, const char *device, uint32_t set,
                          const char **ret_strings, uint32_t *ret_n)
{
	struct ethtool_gstrings *strings;
	uint32_t n = 0;
	int error = count_strings(io, device, set, &n);

	if (error)
		return error;
	strings = place(io, sizeof(*strings), (size_t)n * ETH_GSTRING_LEN);
	strings->cmd = ETHTOOL_GSTRINGS;
	strings->string_set = set;
	strings->len = n;
	error = n ? call(io, device, strings) : 0;
	if (error)
		return error;
	if (strings->len != n)
		return -ESTALE;
	*ret_strings = (const char *)strings->data;
	*ret_n = n;
	return 0;
}

int ethtool_ioctl_statistics(struct ethtool_ioctl *io, const char *device, uint32_t n,
                             const uint64_t **ret_values)
{
	struct ethtool_stats *statistics;
	int error;

	if (n > ETHTOOL_STRINGS_MAX)
		return -E2BIG;
	statistics = place(io, sizeof(*statistics), (size_t)n * sizeof(uint64_t));
	statistics->cmd = ETHTOOL_GSTATS;
	statistics->n_stats = n;
	error = call(io, device, statistics);
	if (error)
		return error;
	if (statistics->n_stats != n)
		return -ESTALE;
	*ret_values = (const uint64_t *)statistics->data;
	return 0;
}

/* A setting in one of the structs, there when what it is limited by is not 0. */
struct field {
	uint8_t setting;
	uint16_t offset, needed;
};

#define RING(member)     offsetof(struct ethtool_ringparam, member)
#define CHANNELS(member) offsetof(struct ethtool_channels, member)
#define COALESCE(member) offsetof(struct ethtool_coalesce, member)
#define PAUSE(member)    offsetof(struct ethtool_pauseparam, member)
#define ALWAYS           0 /* the command itself */

static const struct {
	uint32_t command;
	struct field fields[9]; /* ended by offset 0 */
} structs[NIC_COMMANDS] = {
	[NIC_COMMAND_RINGS] = {
		ETHTOOL_GRINGPARAM,
		{ { NIC_RING_TX, RING(tx_pending), RING(tx_max_pending) },
		  { NIC_RING_RX, RING(rx_pending), RING(rx_max_pending) },
		  { NIC_RING_RX_MINI, RING(rx_mini_pending), RING(rx_mini_max_pending) },
		  { NIC_RING_RX_JUMBO, RING(rx_jumbo_pending), RING(rx_jumbo_max_pending) },
		  { NIC_RING_LIMIT_TX, RING(tx_max_pending), RING(tx_max_pending) },
		  { NIC_RING_LIMIT_RX, RING(rx_max_pending), RING(rx_max_pending) },
		  { NIC_RING_LIMIT_RX_MINI, RING(rx_mini_max_pending), RING(rx_mini_max_pending) },
		  { NIC_RING_LIMIT_RX_JUMBO, RING(rx_jumbo_max_pending),
		    RING(rx_jumbo_max_pending) } },
	},
	[NIC_COMMAND_CHANNELS] = {
		ETHTOOL_GCHANNELS,
		{ { NIC_CHANNELS_TX, CHANNELS(tx_count), CHANNELS(max_tx) },
		  { NIC_CHANNELS_RX, CHANNELS(rx_count), CHANNELS(max_rx) },
		  { NIC_CHANNELS_OTHER, CHANNELS(other_count), CHANNELS(max_other) },
		  { NIC_CHANNELS_COMBINED, CHANNELS(combined_count), CHANNELS(max_combined) },
		  { NIC_CHANNELS_LIMIT_TX, CHANNELS(max_tx), CHANNELS(max_tx) },
		  { NIC_CHANNELS_LIMIT_RX, CHANNELS(max_rx), CHANNELS(max_rx) },
		  { NIC_CHANNELS_LIMIT_OTHER, CHANNELS(max_other), CHANNELS(max_other) },
		  { NIC_CHANNELS_LIMIT_COMBINED, CHANNELS(max_combined),
		    CHANNELS(max_combined) } },
	},
	[NIC_COMMAND_COALESCE] = {
		ETHTOOL_GCOALESCE,
		{ { NIC_COALESCE_DELAY_TX, COALESCE(tx_coalesce_usecs),
		    COALESCE(tx_coalesce_usecs) },
		  { NIC_COALESCE_DELAY_RX, COALESCE(rx_coalesce_usecs),
		    COALESCE(rx_coalesce_usecs) },
		  { NIC_COALESCE_FRAMES_TX, COALESCE(tx_max_coalesced_frames),
		    COALESCE(tx_max_coalesced_frames) },
		  { NIC_COALESCE_FRAMES_RX, COALESCE(rx_max_coalesced_frames),
		    COALESCE(rx_max_coalesced_frames) } },
	},
	[NIC_COMMAND_PAUSE] = {
		ETHTOOL_GPAUSEPARAM,
		{ { NIC_PAUSE_TX, PAUSE(tx_pause), ALWAYS },
		  { NIC_PAUSE_RX, PAUSE(rx_pause), ALWAYS } },
	},
};

static uint32_t number_at(const void *bytes, size_t offset)
{
	uint32_t number;

	memcpy(&number, (const char *)bytes + offset, sizeof(number));
	return number;
}

/* The first call says how long the masks are that follow, by a negative number. */
static int read_link(struct ethtool_ioctl *io, const char *device, struct nic_settings *settings)
{
	union link_question question = { .words = { 0 } };
	int error;

	question.link.cmd = ETHTOOL_GLINKSETTINGS;
	error = call(io, device, &question);
	if (!error && question.link.link_mode_masks_nwords < 0) {
		question.link.cmd = ETHTOOL_GLINKSETTINGS;
		question.link.link_mode_masks_nwords =
			(int8_t)-question.link.link_mode_masks_nwords;
		error = call(io, device, &question);
	}
	if (error)
		return error;
	nic_setting_put(settings, NIC_SPEED, question.link.speed);
	nic_setting_put(settings, NIC_DUPLEX, question.link.duplex);
	nic_setting_put(settings, NIC_PORT, question.link.port);
	return 0;
}

static int read_features(struct ethtool_ioctl *io, const char *device,
                         struct nic_settings *settings)
{
	union features_question question = { .bytes = { 0 } };
	int error;

	question.features.cmd = ETHTOOL_GFEATURES;
	question.features.size = NIC_FEATURES_MAX / 32;
	error = call(io, device, &question);
	if (error)
		return error;
	for (unsigned i = 0; i < NIC_FEATURES_MAX / 32; i++)
		settings->features[i] = question.features.features[i].active;
	settings->has_features = true;
	return 0;
}

int ethtool_ioctl_settings(struct ethtool_ioctl *io, const char *device, enum nic_command command,
                           struct nic_settings *settings)
{
	union {
		uint32_t command;
		struct ethtool_ringparam rings;
		struct ethtool_channels channels;
		struct ethtool_coalesce coalesce;
		struct ethtool_pauseparam pause;
	} question = { 0 };
	const struct field *field = structs[command].fields;
	int error;

	if (command == NIC_COMMAND_LINKMODES || command == NIC_COMMAND_LINKINFO)
		return read_link(io, device, settings);
	if (command == NIC_COMMAND_FEATURES)
		return read_features(io, device, settings);
	question.command = structs[command].command;
	error = call(io, device, &question);
	for (; !error && field->offset; field++)
		if (number_at(&question, field->needed))
			nic_setting_put(settings, field->setting,
			                number_at(&question, field->offset));
	return error;
}
