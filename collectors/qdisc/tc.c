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

/* Copies a structure from an attribute that must hold all of it: it is only 4-byte aligned there. */
static bool attribute_copy(const struct nlattr *attribute, void *ret_value, size_t size)
{
	if (mnl_attr_get_payload_len(attribute) < size)
		return false;
	memcpy(ret_value, mnl_attr_get_payload(attribute), size);
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
	object->has_queue = true;
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

	if (!nest)
		return 0;
	if (attributes_sort_nested(nest, table, ARRAY_SIZE(table)) < 0 ||
	    sent_parse(table[TCA_STATS_BASIC], table[TCA_STATS_PKT64], object) < 0)
		return -EBADMSG;
	return queue_parse(table[TCA_STATS_QUEUE], object);
}

int tc_object_parse(const struct nlmsghdr *message, struct tc_object *ret_object)
{
	const size_t header = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct tcmsg));
	const struct tcmsg *tc = mnl_nlmsg_get_payload(message);
	const struct nlattr *table[TCA_STATS2 + 1];
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
	object.kind_length = attribute_string(table[TCA_KIND], object.kind, sizeof(object.kind));
	if (statistics_parse(table[TCA_STATS2], &object) < 0)
		return -EBADMSG;
	*ret_object = object;
	return 0;
}

/* Kinds whose classes are not worth asking for; the most common ones first. */
static const struct {
	char kind[TC_KIND_SIZE];
	enum tc_classes classes;
} kinds[] = {
	{ "noqueue", TC_CLASSES_NONE },   { "pfifo_fast", TC_CLASSES_NONE },
	{ "fq_codel", TC_CLASSES_FLOWS }, { "fq", TC_CLASSES_NONE },
	{ "pfifo", TC_CLASSES_NONE },     { "bfifo", TC_CLASSES_NONE },
	{ "sfq", TC_CLASSES_FLOWS },      { "cake", TC_CLASSES_FLOWS },
	{ "clsact", TC_CLASSES_NONE },    { "ingress", TC_CLASSES_NONE },
	{ "tbf", TC_CLASSES_NONE },       { "netem", TC_CLASSES_NONE },
	{ "noop", TC_CLASSES_NONE },      { "pfifo_head_drop", TC_CLASSES_NONE },
	{ "codel", TC_CLASSES_NONE },     { "pie", TC_CLASSES_NONE },
	{ "fq_pie", TC_CLASSES_NONE },    { "red", TC_CLASSES_NONE },
	{ "gred", TC_CLASSES_NONE },      { "sfb", TC_CLASSES_NONE },
	{ "choke", TC_CLASSES_NONE },     { "hhf", TC_CLASSES_NONE },
	{ "etf", TC_CLASSES_NONE },       { "plug", TC_CLASSES_NONE },
	{ "blackhole", TC_CLASSES_NONE },
};

enum tc_classes tc_kind_classes(const char kind[static TC_KIND_SIZE])
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (memcmp(kinds[i].kind, kind, TC_KIND_SIZE) == 0)
			return kinds[i].classes;
	return TC_CLASSES_REAL;
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
