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
#define DST_READ       128  /* what is looked at is within */
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

/* Globals are reached without a lookup; each section is a map, which userspace reads and writes. */
struct drop_classes classes SEC(".data.classes");
struct drop_settings settings SEC(".data.settings");
__u64 n_lost; /* counted nowhere; alone in .bss */

/* Those of subsystems are beyond the array. */
static enum drop_class class_of(__u32 reason)
{
	return reason < DROP_REASONS ? classes.by_reason[reason] : DROP_EITHER;
}

/* What is looked at of every route. */
struct route {
	void *address;
	struct net_device *device;
	__u16 family; /* 0: none of IP's */
	__s16 error;
};

/*
 * To read what no typed pointer leads to takes a call, so its beginning is read at once. What a tunnel
 * was told about a packet, and what bridges need, look like routes.
 */
static void read_route(const struct sk_buff *skb, struct route *ret_route)
{
	struct dst_entry *dst = (struct dst_entry *)(skb->_skb_refdst & ~DST_NOT_HELD);
	__u64 words[DST_READ / sizeof(__u64)];
	const void *copy = words;
	struct dst_ops *ops;
	__u16 family;

	if (!dst || bpf_probe_read_kernel(words, sizeof(words), dst) < 0)
		return;
	if (*(__u16 *)(copy + bpf_core_field_offset(dst->flags)) & DST_FAKE_RTABLE)
		return;
	ops = *(struct dst_ops **)(copy + bpf_core_field_offset(dst->ops));
	family = BPF_CORE_READ(ops, family);
	if (family != AF_INET && family != AF_INET6)
		return;
	ret_route->address = dst;
	ret_route->device = *(struct net_device **)(copy + bpf_core_field_offset(dst->dev));
	ret_route->error = *(__s16 *)(copy + bpf_core_field_offset(dst->error));
	ret_route->family = family;
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
static bool is_local(const struct sk_buff *skb, enum drop_class class, const struct route *route)
{
	if (!skb->len || BPF_CORE_READ_BITFIELD(skb, pkt_type) == PACKET_OUTGOING)
		return false;
	if (class == DROP_UNSPECIFIED && skb->mac_header != NO_MAC_HEADER)
		return false;
	return has_sender(skb) || route->family;
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

static bool is_forwarded_by_ip(const struct sk_buff *skb, enum drop_class class,
                               const struct route *route)
{
	/* With an error there is no way to forward it. */
	if (!route->family || route->error || BPF_CORE_READ_BITFIELD(skb, pkt_type) != PACKET_HOST)
		return false;
	if (route->family == AF_INET)
		return leads_away_ipv4(route->address);
	return leads_away_ipv6(route->address, class);
}

/* At hooks of bridges the device is where the packet is: not where it came in, but a port. */
static bool is_forwarded_by_bridge(const struct sk_buff *skb, enum drop_class class)
{
	const struct net_device *device = skb->dev;

	return class == DROP_HOOK && device && device->ifindex != skb->skb_iif &&
		BPF_CORE_READ_BITFIELD(device, priv_flags) & IFF_BRIDGE_PORT;
}

static bool is_sent(const struct sk_buff *skb, enum drop_class class, const struct route *route)
{
	if (class == DROP_ROUTE || class == DROP_DEVICE)
		return true;
	if (!skb->skb_iif)
		return is_local(skb, class, route);
	return is_forwarded_by_ip(skb, class, route) || is_forwarded_by_bridge(skb, class);
}

/* The inode of the device's network namespace, which mostly is the socket's. */
static __u32 netns_of(const struct net_device *device, const struct sock *sk)
{
	const struct net *net = BPF_CORE_READ(device, nd_net.net);

	if (sk && sk->__sk_common.skc_net.net == net)
		return sk->__sk_common.skc_net.net->ns.inum;
	return BPF_CORE_READ(net, ns.inum);
}

/*
 * The one that it was to leave by: the route's, as IP has not set another yet, or at FORWARD still
 * the one that it came in by.
 */
static void find_place(const struct sk_buff *skb, const struct route *route, struct drop_key *key)
{
	const struct net_device *own = skb->dev, *device = route->device;
	const struct sock *sk = skb->sk;

	if (route->family && device != own) {
		key->netns = netns_of(device, sk);
	} else if (own) {
		key->netns = own->nd_net.net->ns.inum;
		device = own;
	} else if (sk) {
		key->netns = sk->__sk_common.skc_net.net->ns.inum;
	}
	if (device && !route->error) /* else it means nothing */
		BPF_CORE_READ_STR_INTO(&key->device, device, name);
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

static void count(const struct drop_key *key)
{
	__u64 *count = settings.active ? find(&drops_1, key) : find(&drops_0, key);
	struct drop_sum_key sum = { key->reason, key->origin };

	if (!count)
		count = find(&sums, &sum);
	if (!count)
		count = &n_lost;
	__sync_fetch_and_add(count, 1);
}

SEC("tp_btf/kfree_skb")
int BPF_PROG(kfree_skb, const struct sk_buff *skb, const void *location, __u32 reason)
{
	enum drop_class class = class_of(reason);
	struct drop_key key = { .reason = reason };
	struct route route = { 0 };

	if (class == DROP_NEVER || !settings.ready)
		return 0;
	if (class != DROP_DEVICE)
		read_route(skb, &route);
	if (!is_sent(skb, class, &route))
		return 0;
	key.origin = skb->skb_iif ? DROP_FORWARDED : DROP_LOCAL;
	find_place(skb, &route, &key);
	if (!settings.netns || settings.netns == key.netns)
		count(&key);
	return 0;
}

char licence[] SEC("license") = "GPL";
