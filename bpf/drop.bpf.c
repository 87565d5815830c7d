/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts packets that the kernel frees unsent, by reason. The tracepoint tells of every packet that
 * is freed for a reason, most of which were received; where in the code that was does not tell, as
 * hooks of netfilter are all at one place. What the packet itself tells:
 *
 * - skb_iif is 0 unless it was received, and a device sets it back when it makes another packet of
 *   it. Such a packet was made here if it has a socket that sends packets, or a route.
 * - A received packet is on its way out if the reason is one that nothing else has, or if its route
 *   leads away. What is for this machine has a local route, or none yet.
 *
 * Below IP there are no routes, and drivers free what they have sent in the same way as what they
 * could not: there nothing is told without a reason. Devices count that themselves.
 *
 * As in bpf/retransmit.bpf.c there are two maps, of which one is counted in.
 */
#include "bpf/kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf/drop.h"

#define NO_MAC_HEADER  0xffff
#define DST_NOT_HELD   1UL  /* lowest bit of _skb_refdst */
#define MULTICAST_BYTE 0xff /* first one of IPv6's multicast addresses */

struct drops {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DROP_KEYS);
	__type(key, struct drop_key);
	__type(value, __u64);
};

struct drops drops_0 SEC(".maps");
struct drops drops_1 SEC(".maps");

/* Never emptied, and large enough for all reasons. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DROP_SUMS);
	__type(key, struct drop_sum_key);
	__type(value, __u64);
} sums SEC(".maps");

/* enum drop_class by reason. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DROP_REASONS);
	__type(key, __u32);
	__type(value, __u32);
} classes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct drop_settings);
} settings SEC(".maps");

/* How many were counted nowhere. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} lost SEC(".maps");

/* Those of subsystems are beyond the array. */
static enum drop_class class_of(__u32 reason)
{
	const __u32 *class = bpf_map_lookup_elem(&classes, &reason);

	return class ? *class : DROP_EITHER;
}

static struct dst_entry *route_of(const struct sk_buff *skb)
{
	return (struct dst_entry *)(skb->_skb_refdst & ~DST_NOT_HELD);
}

/* 0: none of IP's. What a tunnel was told about a packet, and what bridges need, look like routes. */
static __u16 family_of(struct dst_entry *route)
{
	__u16 family;

	if (!route || BPF_CORE_READ(route, flags) & DST_FAKE_RTABLE)
		return 0;
	family = BPF_CORE_READ(route, ops, family);
	return family == AF_INET || family == AF_INET6 ? family : 0;
}

/* Whether it sends packets: those of other families are handed over, and are skb all the same. */
static bool has_sender(const struct sk_buff *skb)
{
	const struct sock *sk = skb->sk; /* read once: what was looked at is what is followed */
	__u16 family;

	if (!sk)
		return false;
	family = sk->__sk_common.skc_family;
	return family == AF_INET || family == AF_INET6 || family == AF_PACKET;
}

/*
 * Copies of sent packets for who captures them, and what is put into error queues, are PACKET_OUTGOING
 * (dev_queue_xmit_nit(), skb_set_err_queue()), or have no bytes (MSG_ZEROCOPY's notifications); they
 * wait in a socket that is closed.
 */
static bool is_local(const struct sk_buff *skb, enum drop_class class)
{
	if (!skb->len || BPF_CORE_READ_BITFIELD(skb, pkt_type) == PACKET_OUTGOING)
		return false;
	if (class == DROP_UNSPECIFIED && skb->mac_header != NO_MAC_HEADER)
		return false;
	return has_sender(skb) || family_of(route_of(skb));
}

static bool leads_away_ipv4(struct rtable *route)
{
	__u32 flags = BPF_CORE_READ(route, rt_flags);

	if (flags & RTCF_LOCAL)
		return false;
	/* Routed multicast has a route of input first, and one of output for each way out. */
	return !(flags & (RTCF_BROADCAST | RTCF_MULTICAST)) || !BPF_CORE_READ(route, rt_is_input);
}

/*
 * A machine that is no router has routes for packets of others, too, which end in ip6_forward(). One
 * that forwards for some devices alone (force_forwarding, 6.17) is known by its hooks only.
 */
static bool leads_away_ipv6(struct rt6_info *route, enum drop_class class)
{
	struct dst_entry *dst = (struct dst_entry *)route;
	__u8 first = BPF_CORE_READ(route, rt6i_dst.addr.in6_u.u6_addr8[0]);

	if (BPF_CORE_READ(route, rt6i_flags) & (RTF_LOCAL | RTF_ANYCAST) || first == MULTICAST_BYTE)
		return false;
	return class == DROP_HOOK ||
		BPF_CORE_READ(dst, dev, nd_net.net, ipv6.devconf_all, forwarding);
}

static bool is_forwarded_by_ip(const struct sk_buff *skb, enum drop_class class)
{
	struct dst_entry *route = route_of(skb);
	__u16 family = family_of(route);

	/* With an error there is no way to forward it. */
	if (!family || BPF_CORE_READ(route, error) ||
	    BPF_CORE_READ_BITFIELD(skb, pkt_type) != PACKET_HOST)
		return false;
	if (family == AF_INET)
		return leads_away_ipv4((struct rtable *)route);
	return leads_away_ipv6((struct rt6_info *)route, class);
}

/* At hooks of bridges the device is where the packet is: not where it came in, but a port. */
static bool is_forwarded_by_bridge(const struct sk_buff *skb, enum drop_class class)
{
	const struct net_device *device = skb->dev;

	return class == DROP_HOOK && device && device->ifindex != skb->skb_iif &&
		BPF_CORE_READ_BITFIELD(device, priv_flags) & IFF_BRIDGE_PORT;
}

static bool is_sent(const struct sk_buff *skb, enum drop_class class)
{
	if (class == DROP_NEVER)
		return false;
	if (class == DROP_ROUTE || class == DROP_DEVICE)
		return true;
	if (!skb->skb_iif)
		return is_local(skb, class);
	return is_forwarded_by_ip(skb, class) || is_forwarded_by_bridge(skb, class);
}

/*
 * The one that it was to leave by: the route's, as IP has not set another yet, or at FORWARD still
 * the one that it came in by.
 */
static void find_place(const struct sk_buff *skb, enum drop_class class, struct drop_key *key)
{
	struct dst_entry *route = route_of(skb);
	struct net_device *device = skb->dev;
	const struct sock *sk = skb->sk;
	bool found = true;

	if (class != DROP_DEVICE && family_of(route)) {
		device = BPF_CORE_READ(route, dev);
		found = !BPF_CORE_READ(route, error); /* else the device means nothing */
	}
	if (device) {
		key->netns = BPF_CORE_READ(device, nd_net.net, ns.inum);
		if (found)
			BPF_CORE_READ_STR_INTO(&key->device, device, name);
	} else if (sk) {
		key->netns = sk->__sk_common.skc_net.net->ns.inum;
	}
}

static __u64 *find(void *map, const void *key)
{
	static const __u64 none;
	__u64 *count = bpf_map_lookup_elem(map, key);

	if (count)
		return count;
	/* Another CPU may have been faster. */
	(void)bpf_map_update_elem(map, key, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

static void count(const struct drop_settings *wanted, const struct drop_key *key)
{
	__u64 *count = wanted->active ? find(&drops_1, key) : find(&drops_0, key);
	struct drop_sum_key sum = { key->reason, key->origin };
	__u32 first = 0;

	if (!count)
		count = find(&sums, &sum);
	if (!count)
		count = bpf_map_lookup_elem(&lost, &first);
	if (count)
		__sync_fetch_and_add(count, 1);
}

SEC("tp_btf/kfree_skb")
int BPF_PROG(kfree_skb, const struct sk_buff *skb, const void *location, __u32 reason)
{
	enum drop_class class = class_of(reason);
	struct drop_key key = { .reason = reason };
	const struct drop_settings *wanted;
	__u32 first = 0;

	if (!is_sent(skb, class))
		return 0;
	wanted = bpf_map_lookup_elem(&settings, &first);
	if (!wanted || !wanted->ready)
		return 0;
	key.origin = skb->skb_iif ? DROP_FORWARDED : DROP_LOCAL;
	find_place(skb, class, &key);
	if (!wanted->netns || wanted->netns == key.netns)
		count(wanted, &key);
	return 0;
}

char licence[] SEC("license") = "GPL";
