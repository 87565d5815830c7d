/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statistics come as attributes nested in TCA_STATS2 (gnet_stats_copy_basic() and its like). An
 * object without them is still an object: what the kernel does not say is not there, never 0.
 * A structure longer than known is a newer kernel's; a shorter one is malformed.
 */
#include "collectors/qdisc/tc.h"

#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "collectors/attribute.h"
#include "collectors/qdisc/tc_kind.h"

/* Copies a structure from an attribute that must hold all of it: it is only 4-byte aligned there. */
static bool attribute_copy(const struct nlattr *attribute, void *ret_value, size_t size)
{
	if (attribute_size(attribute) < size)
		return false;
	memcpy(ret_value, attribute_payload(attribute), size);
	return true;
}

static int sent_parse(const struct nlattr *basic_attribute, const struct nlattr *packets_attribute,
                      struct tc_object *object)
{
	struct {
		uint64_t bytes;
		uint32_t packets;
	} __attribute__((packed)) basic; /* struct gnet_stats_basic less its padding */

	if (basic_attribute) {
		if (!attribute_copy(basic_attribute, &basic, sizeof(basic)))
			return -EBADMSG;
		object->has_bytes = object->has_packets = true;
		object->sent_bytes = basic.bytes;
		object->sent_packets = basic.packets;
	}
	/* All 64 bits of the number (Linux 5.5), given once 32 do not hold it any more. */
	if (packets_attribute) {
		if (!attribute_copy(packets_attribute, &object->sent_packets,
		                    sizeof(object->sent_packets)))
			return -EBADMSG;
		object->has_packets = true;
	}
	return 0;
}

static int queue_parse(const struct nlattr *attribute, struct tc_object *object)
{
	struct gnet_stats_queue queue;

	if (!attribute)
		return 0;
	if (!attribute_copy(attribute, &queue, sizeof(queue)))
		return -EBADMSG;
	object->has_queue = object->has_requeues = object->has_backlog_packets = true;
	object->drops = queue.drops;
	object->overlimits = queue.overlimits;
	object->requeues = queue.requeues;
	object->backlog_bytes = queue.backlog;
	object->backlog_packets = queue.qlen;
	return 0;
}

static int statistics_parse(const struct nlattr *nest, struct tc_object *object)
{
	const struct nlattr *table[TCA_STATS_PKT64 + 1];

	if (attributes_sort_nested(nest, table, ARRAY_SIZE(table)) < 0 ||
	    sent_parse(table[TCA_STATS_BASIC], table[TCA_STATS_PKT64], object) < 0)
		return -EBADMSG;
	if (table[TCA_STATS_APP])
		object->xstats = tc_bytes_of(table[TCA_STATS_APP]);
	return queue_parse(table[TCA_STATS_QUEUE], object);
}

/* What there was before TCA_STATS2, and is still given beside it; it knows of no requeues. */
static int legacy_statistics_parse(const struct nlattr *attribute, struct tc_object *object)
{
	struct tc_stats stats;

	memset(&stats, 0, sizeof(stats));
	if (!attribute_copy(attribute, &stats, offsetof(struct tc_stats, backlog) + sizeof(__u32)))
		return -EBADMSG;
	object->has_bytes = object->has_packets = true;
	object->has_queue = object->has_backlog_packets = true;
	object->sent_bytes = stats.bytes;
	object->sent_packets = stats.packets;
	object->drops = stats.drops;
	object->overlimits = stats.overlimits;
	object->backlog_bytes = stats.backlog;
	object->backlog_packets = stats.qlen;
	return 0;
}

static int object_parse(const struct nlattr *const table[static TCA_HW_OFFLOAD + 1],
                        struct tc_object *object)
{
	const struct nlattr *offload = table[TCA_HW_OFFLOAD];
	uint8_t is_offloaded = 0;

	object->kind_length = attribute_string(table[TCA_KIND], object->kind, sizeof(object->kind));
	object->how = tc_kind_find(object->kind);
	object->options = tc_bytes_of(table[TCA_OPTIONS]);
	object->xstats = tc_bytes_of(table[TCA_XSTATS]);
	if (offload && !attribute_copy(offload, &is_offloaded, sizeof(is_offloaded)))
		return -EBADMSG;
	object->has_offload = offload != NULL;
	object->is_offloaded = is_offloaded;
	if (table[TCA_STATS2])
		return statistics_parse(table[TCA_STATS2], object);
	return table[TCA_STATS] ? legacy_statistics_parse(table[TCA_STATS], object) : 0;
}

int tc_object_parse(const struct nlmsghdr *message, struct tc_object *ret_object)
{
	const size_t header = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct tcmsg));
	const struct tcmsg *tc = mnl_nlmsg_get_payload(message);
	const struct nlattr *table[TCA_HW_OFFLOAD + 1];
	struct tc_object object;

	if (message->nlmsg_len < header ||
	    attributes_sort((const char *)message + header, message->nlmsg_len - header, table,
	                    ARRAY_SIZE(table)) < 0 ||
	    !table[TCA_KIND])
		return -EBADMSG;

	object = (struct tc_object){
		.device_index = tc->tcm_ifindex,
		.handle = tc->tcm_handle,
		.parent = tc->tcm_parent,
		.leaf = tc->tcm_info,
	};
	if (object_parse(table, &object) < 0)
		return -EBADMSG;
	if (object.how->first_sum && TC_H_MIN(object.handle) >= object.how->first_sum)
		object.has_backlog_packets = false;
	*ret_object = object;
	return 0;
}

static char *hexadecimal(char *text, uint32_t value)
{
	static const char digits[] = "0123456789abcdef";
	unsigned shift = value < 0x10 ? 0 : value < 0x100 ? 4 : value < 0x1000 ? 8 : 12;

	*text++ = digits[value >> shift & 15];
	while (shift) {
		shift -= 4;
		*text++ = digits[value >> shift & 15];
	}
	return text;
}

size_t tc_handle_format(uint32_t handle, char text[static TC_HANDLE_SIZE])
{
	static const char none[] = { 'n', 'o', 'n', 'e' };
	char *end = text;

	if (handle == TC_H_UNSPEC) {
		memcpy(text, none, sizeof(none));
		return sizeof(none);
	}
	if (TC_H_MAJ(handle))
		end = hexadecimal(end, TC_H_MAJ(handle) >> 16);
	*end++ = ':';
	if (TC_H_MIN(handle))
		end = hexadecimal(end, TC_H_MIN(handle));
	return (size_t)(end - text);
}

size_t tc_qdisc_handle_format(uint32_t handle, char text[static TC_HANDLE_SIZE])
{
	char *end = hexadecimal(text, TC_H_MAJ(handle) >> 16);

	*end++ = ':';
	return (size_t)(end - text);
}
