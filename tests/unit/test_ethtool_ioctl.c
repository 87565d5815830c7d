/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A driver that is scripted: how many strings and values it says it has, and what it answers. */
#include "tests/unit/fixture.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static int scripted_ioctl(int fd, unsigned long request, struct ifreq *ifreq);
static int scripted_socket(int family, int type, int protocol);
static void *scripted_mmap(void *address, size_t length, int protection, int flags, int fd,
                           off_t offset);

#define ioctl(...)  scripted_ioctl(__VA_ARGS__)
#define socket(...) scripted_socket(__VA_ARGS__)
#define mmap(...)   scripted_mmap(__VA_ARGS__)

#include "collectors/nic/ethtool_ioctl.c"
#include "collectors/nic/nic_settings.c"

static struct {
	int error;         /* of every call; 0: none */
	unsigned n_breaks; /* calls that a signal breaks off first */
	uint32_t n_promised, n_strings, n_values;
	struct ethtool_ringparam rings;
	struct ethtool_channels channels;
	struct ethtool_coalesce coalesce;
	struct ethtool_pauseparam pause;
	struct {
		uint32_t speed;
		uint8_t duplex, port;
	} link;
	int8_t n_words;
	uint32_t n_feature_blocks;
	unsigned n_calls;

	int socket_error, map_error;
	struct namespace_door *door;
	struct reason reason;
	struct ethtool_ioctl io;
} script;

static int scripted_socket(int family, int type, int protocol)
{
	assert_int_equal(family, AF_UNIX);
	assert_int_equal(type, SOCK_DGRAM | SOCK_CLOEXEC);
	assert_int_equal(protocol, 0);
	errno = script.socket_error;
	return script.socket_error ? -1 : dup(STDIN_FILENO);
}

static void *scripted_mmap(void *address, size_t length, int protection, int flags, int fd,
                           off_t offset)
{
	errno = script.map_error;
	return script.map_error ? MAP_FAILED
				: (mmap)(address, length, protection, flags, fd, offset);
}

static void answer_link(struct ethtool_link_settings *link)
{
	int8_t asked = link->link_mode_masks_nwords;

	link->speed = script.link.speed;
	link->duplex = script.link.duplex;
	link->port = script.link.port;
	link->link_mode_masks_nwords = asked == script.n_words ? script.n_words
							       : (int8_t)-script.n_words;
	if (asked == script.n_words)
		memset(link->link_mode_masks, 0xff, 3 * sizeof(uint32_t) * (size_t)script.n_words);
}

static void answer_strings(struct ethtool_gstrings *strings)
{
	assert_int_equal(strings->string_set, ETH_SS_STATS);
	memset(strings->data, 's', (size_t)script.n_strings * ETH_GSTRING_LEN);
	strings->len = script.n_strings;
}

static void answer_values(struct ethtool_stats *statistics)
{
	for (uint32_t i = 0; i < script.n_values; i++)
		statistics->data[i] = i + 1;
	statistics->n_stats = script.n_values;
}

static void answer_features(struct ethtool_gfeatures *features)
{
	assert_int_equal(features->size, NIC_FEATURES_MAX / 32);
	features->size = script.n_feature_blocks;
	for (uint32_t i = 0; i < script.n_feature_blocks; i++)
		features->features[i].active = 0x10 + i;
}

static int scripted_ioctl(int fd, unsigned long request, struct ifreq *ifreq)
{
	void *question = ifreq->ifr_data;
	uint32_t command;

	assert_int_equal(fd, script.io.fd);
	assert_int_equal(request, SIOCETHTOOL);
	assert_string_equal(ifreq->ifr_name, "a_device_of_15b");
	script.n_calls++;
	errno = script.n_breaks ? EINTR : script.error;
	if (errno) {
		script.n_breaks -= script.n_breaks != 0;
		return -1;
	}
	memcpy(&command, question, sizeof(command));
	if (command == ETHTOOL_GSSET_INFO) {
		struct ethtool_sset_info *info = question;

		if (script.n_promised)
			info->data[0] = script.n_promised;
		else
			info->sset_mask = 0;
	} else if (command == ETHTOOL_GSTRINGS) {
		answer_strings(question);
	} else if (command == ETHTOOL_GSTATS) {
		answer_values(question);
	} else if (command == ETHTOOL_GRINGPARAM) {
		memcpy(question, &script.rings, sizeof(script.rings));
	} else if (command == ETHTOOL_GCHANNELS) {
		memcpy(question, &script.channels, sizeof(script.channels));
	} else if (command == ETHTOOL_GCOALESCE) {
		memcpy(question, &script.coalesce, sizeof(script.coalesce));
	} else if (command == ETHTOOL_GPAUSEPARAM) {
		memcpy(question, &script.pause, sizeof(script.pause));
	} else if (command == ETHTOOL_GLINKSETTINGS) {
		answer_link(question);
	} else if (command == ETHTOOL_GFEATURES) {
		answer_features(question);
	} else {
		assert_int_equal(command, ETHTOOL_GDRVINFO);
		memset((char *)question + sizeof(command), 'd', 32);
	}
	return 0;
}

#define DEVICE "a_device_of_15b"

static int begin(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	script.io = ETHTOOL_IOCTL_CLOSED;
	script.n_words = 4;
	return ethtool_ioctl_open(&script.io, NULL, &script.reason);
}

static int end(void **state)
{
	(void)state;
	ethtool_ioctl_close(&script.io);
	ethtool_ioctl_close(&script.io);
	return 0;
}

static void test_opening_fails(void **state)
{
	struct ethtool_ioctl io cleanup(ethtool_ioctl_close) = ETHTOOL_IOCTL_CLOSED;

	(void)state;
	script.socket_error = EMFILE;
	assert_int_equal(ethtool_ioctl_open(&io, NULL, &script.reason), -EMFILE);
	assert_string_equal(script.reason.text, "ethtool socket: Too many open files");
	script.socket_error = 0;
	script.map_error = ENOMEM;
	assert_int_equal(ethtool_ioctl_open(&io, NULL, &script.reason), -ENOMEM);
	assert_string_equal(script.reason.text, "ethtool: out of memory");
}

static void test_driver(void **state)
{
	struct ethtool_drvinfo driver = { 0 };

	(void)state;
	script.n_breaks = 2;
	assert_int_equal(ethtool_ioctl_driver(&script.io, DEVICE, &driver), 0);
	assert_int_equal(script.n_calls, 3);
	assert_int_equal(driver.driver[31], 'd');
	script.error = ENODEV;
	assert_int_equal(ethtool_ioctl_driver(&script.io, DEVICE, &driver), -ENODEV);
}

/* n as the driver says beforehand, and as it then is. */
static int count_strings_and_values(uint32_t n_promised, uint32_t n_strings, uint32_t n_values)
{
	const uint64_t *values = NULL;
	const char *strings = NULL;
	uint32_t n = 99;
	int error;

	script.n_promised = n_promised;
	script.n_strings = n_strings;
	script.n_values = n_values;
	error = ethtool_ioctl_strings(&script.io, DEVICE, ETH_SS_STATS, &strings, &n);
	if (error)
		return error;
	assert_int_equal(n, n_promised);
	if (n)
		assert_int_equal(strings[(size_t)n * ETH_GSTRING_LEN - 1], 's');
	error = ethtool_ioctl_statistics(&script.io, DEVICE, n, &values);
	if (!error && n)
		assert_int_equal(values[n - 1], n);
	return error;
}

static void test_statistics(void **state)
{
	(void)state;
	assert_int_equal(count_strings_and_values(0, 0, 0), 0);
	assert_int_equal(count_strings_and_values(1, 1, 1), 0);
	assert_int_equal(count_strings_and_values(2, 2, 2), 0);
	assert_int_equal(count_strings_and_values(ETHTOOL_STRINGS_MAX, ETHTOOL_STRINGS_MAX,
	                                          ETHTOOL_STRINGS_MAX),
	                 0);
}

/* The kernel writes what there is by then, fewer or more: into memory that is there. */
static void test_numbers_disagree(void **state)
{
	(void)state;
	assert_int_equal(count_strings_and_values(5, 4, 5), -ESTALE);
	assert_int_equal(count_strings_and_values(5, 0, 5), -ESTALE);
	assert_int_equal(count_strings_and_values(5, 5, 4), -ESTALE);
	assert_int_equal(count_strings_and_values(5, 5, 0), -ESTALE);
	assert_int_equal(count_strings_and_values(ETHTOOL_STRINGS_MAX + 1, 0, 0), -E2BIG);
	assert_int_equal(count_strings_and_values(UINT32_MAX, 0, 0), -E2BIG);
	assert_int_equal(ethtool_ioctl_statistics(&script.io, DEVICE, UINT32_MAX,
	                                          &(const uint64_t *){ NULL }),
	                 -E2BIG);
	script.error = EOPNOTSUPP;
	assert_int_equal(count_strings_and_values(1, 1, 1), -EOPNOTSUPP);
}

/* What is written beyond the room that was asked for meets a page that nothing can be written to. */
static void test_guard(void **state)
{
	unsigned char *behind = script.io.memory + MEMORY_SIZE;
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], "xy", 2), 2);
	assert_int_equal(read(pipes[0], behind, 1), -1);
	assert_int_equal(errno, EFAULT);
	assert_int_equal(read(pipes[0], behind - 1, 1), 1);
	close(pipes[0]);
	close(pipes[1]);
}

static struct nic_settings settings_of(enum nic_command command)
{
	struct nic_settings settings = { 0 };

	assert_int_equal(ethtool_ioctl_settings(&script.io, DEVICE, command, &settings), 0);
	return settings;
}

static void test_rings_and_channels(void **state)
{
	struct nic_settings settings;

	(void)state;
	script.rings = (struct ethtool_ringparam){
		.tx_pending = 256, .tx_max_pending = 4096, .rx_pending = 0, .rx_max_pending = 512
	};
	settings = settings_of(NIC_COMMAND_RINGS);
	assert_int_equal(settings.present,
	                 1U << NIC_RING_TX | 1U << NIC_RING_RX | 1U << NIC_RING_LIMIT_TX |
	                         1U << NIC_RING_LIMIT_RX);
	assert_int_equal(settings.values[NIC_RING_TX], 256);
	assert_int_equal(settings.values[NIC_RING_LIMIT_TX], 4096);
	assert_int_equal(settings.values[NIC_RING_RX], 0);

	script.channels = (struct ethtool_channels){ .max_combined = 4, .combined_count = 2 };
	settings = settings_of(NIC_COMMAND_CHANNELS);
	assert_int_equal(settings.present,
	                 1U << NIC_CHANNELS_COMBINED | 1U << NIC_CHANNELS_LIMIT_COMBINED);
	assert_int_equal(settings.values[NIC_CHANNELS_COMBINED], 2);
}

static void test_coalesce_and_pause(void **state)
{
	struct nic_settings settings;

	(void)state;
	script.coalesce =
		(struct ethtool_coalesce){ .tx_coalesce_usecs = 7, .rx_max_coalesced_frames = 9 };
	settings = settings_of(NIC_COMMAND_COALESCE);
	assert_int_equal(settings.values[NIC_COALESCE_DELAY_TX], 7);
	assert_int_equal(settings.values[NIC_COALESCE_FRAMES_RX], 9);
	assert_int_equal(settings.present,
	                 1U << NIC_COALESCE_DELAY_TX | 1U << NIC_COALESCE_FRAMES_RX);

	script.pause = (struct ethtool_pauseparam){ .cmd = ETHTOOL_GPAUSEPARAM, .tx_pause = 1 };
	settings = settings_of(NIC_COMMAND_PAUSE);
	assert_int_equal(settings.present, 1U << NIC_PAUSE_TX | 1U << NIC_PAUSE_RX);
	assert_int_equal(settings.values[NIC_PAUSE_TX], 1);
	assert_int_equal(settings.values[NIC_PAUSE_RX], 0);
}

/* Beyond 16 bits, in as many masks as the kernel has; and what is not known. */
static void test_link(void **state)
{
	struct nic_settings settings;

	(void)state;
	script.link.speed = 400000;
	script.link.duplex = DUPLEX_FULL;
	script.link.port = PORT_DA;
	settings = settings_of(NIC_COMMAND_LINKMODES);
	assert_int_equal(settings.values[NIC_SPEED], 400000);
	assert_int_equal(settings.values[NIC_DUPLEX], DUPLEX_FULL);
	assert_int_equal(settings.values[NIC_PORT], PORT_DA);
	assert_int_equal(script.n_calls, 2);

	script.link.speed = (uint32_t)SPEED_UNKNOWN;
	script.link.duplex = DUPLEX_UNKNOWN;
	script.link.port = PORT_OTHER;
	script.n_words = SCHAR_MAX;
	assert_int_equal(settings_of(NIC_COMMAND_LINKINFO).present, 0);
	script.link.speed = 0;
	assert_int_equal(settings_of(NIC_COMMAND_LINKMODES).present, 0);
	script.error = ENODEV;
	assert_int_equal(
		ethtool_ioctl_settings(&script.io, DEVICE, NIC_COMMAND_LINKMODES, &settings),
		-ENODEV);
}

static void test_features(void **state)
{
	struct nic_settings settings;

	(void)state;
	script.n_feature_blocks = 2;
	settings = settings_of(NIC_COMMAND_FEATURES);
	assert_true(settings.has_features);
	assert_int_equal(settings.features[0], 0x10);
	assert_int_equal(settings.features[1], 0x11);
	assert_int_equal(settings.features[2], 0);
	nic_settings_forget(&settings, NIC_COMMAND_FEATURES);
	assert_false(settings.has_features);
	script.error = EOPNOTSUPP;
	for (unsigned i = 0; i < NIC_COMMANDS; i++)
		assert_int_equal(ethtool_ioctl_settings(&script.io, DEVICE, i, &settings),
		                 -EOPNOTSUPP);
	assert_int_equal(settings.present, 0);
	assert_false(settings.has_features);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_opening_fails),      TEST(test_driver), TEST(test_statistics),
		TEST(test_numbers_disagree),   TEST(test_guard),  TEST(test_rings_and_channels),
		TEST(test_coalesce_and_pause), TEST(test_link),   TEST(test_features),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
