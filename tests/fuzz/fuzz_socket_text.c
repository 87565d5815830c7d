/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of any bytes as a port, a network and /proc/net/sockstat, by the first byte. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/socket/peer_list.h"
#include "collectors/socket/port_list.h"
#include "collectors/socket/sockstat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_port(char *text)
{
	const struct string_list texts = { 1, &text };
	struct reason reason = { "" };
	struct port_list list;

	if (port_range_check(text, &reason) < 0) {
		assert(reason.text[0]);
		return;
	}
	if (port_list_init(&list, &texts) < 0)
		return;
	assert(list.n == 1 && list.ranges[0].first <= list.ranges[0].last);
	assert(port_list_find(&list, list.ranges[0].last) == 0);
	port_list_clear(&list);
}

static void check_peer(char *text)
{
	char name[] = "name";
	struct named_list one = { name, { 1, &text } };
	const struct named_lists names = { 1, &one };
	struct reason reason = { "" };
	struct peer_list list;

	if (peer_network_check(text, &reason) < 0) {
		assert(reason.text[0]);
		return;
	}
	if (peer_list_init(&list, &names) < 0)
		return;
	assert(list.n == 1 && list.networks[0].n_bits <= 128);
	/* All of IPv6 begins with what IPv4 is not in. */
	assert(peer_list_find(&list, list.networks[0].address) == 0);
	peer_list_clear(&list);
}

static void check_sockstat(const char *text)
{
	uint64_t value = 4711;

	if (sockstat_parse(text, "TCP", "tw", &value) < 0)
		assert(value == 4711);
	else
		assert(strstr(text, "TCP:") && strstr(text, " tw "));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = size ? calloc(1, size) : NULL;

	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	switch (data[0] % 3) {
	case 0:
		check_port(text);
		break;
	case 1:
		check_peer(text);
		break;
	default:
		check_sockstat(text);
		break;
	}
	free(text);
	return 0;
}
