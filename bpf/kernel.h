/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The kernel's types, with no more than the fields that our programs read. Where a field is, is
 * found when a program is loaded, from the BTF of the kernel that runs (CO-RE): order and size here
 * mean nothing, names and nesting do. What differs between kernels is in compat.h.
 *
 * It stands in for the UAPI headers, too, which do not compile for this target everywhere.
 */
typedef unsigned char __u8;
typedef signed short __s16;
typedef unsigned short __u16;
typedef signed int __s32;
typedef unsigned int __u32;
typedef signed long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;

#define true 1
#define false 0
#define NULL ((void *)0)

/* linux/bpf.h */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_SK_STORAGE = 24,
};

enum {
	BPF_NOEXIST = 1,
};

enum {
	BPF_F_NO_PREALLOC = 1,
	BPF_SK_STORAGE_GET_F_CREATE = 1,
};

/*
 * linux/bpf.h, what programs at a cgroup are given: of the numbers between the two we read none, and
 * where they are is fixed.
 */
struct bpf_sock_ops {
	__u32 op;
	__u32 numbers[45];
	struct bpf_sock *sk;
};

enum {
	BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB = 4,
	BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB = 5,
	BPF_SOCK_OPS_TSTAMP_SCHED_CB = 16,
	BPF_SOCK_OPS_TSTAMP_ACK_CB = 19,
	BPF_SOCK_OPS_TSTAMP_SENDMSG_CB = 20,
};

#define SK_BPF_CB_FLAGS           1009 /* a socket option */
#define SK_BPF_CB_TX_TIMESTAMPING 1

/* linux/socket.h */
enum {
	SOL_SOCKET = 1,
	AF_INET = 2,
	AF_INET6 = 10,
	AF_PACKET = 17,
};

/* linux/if_packet.h */
enum {
	PACKET_HOST = 0,
	PACKET_OUTGOING = 4,
};

/* linux/in_route.h, linux/ipv6_route.h, net/dst.h: flags of routes */
#define RTCF_LOCAL      0x80000000
#define RTCF_BROADCAST  0x10000000
#define RTCF_MULTICAST  0x20000000
#define RTF_ANYCAST     0x00100000
#define RTF_LOCAL       0x80000000
#define DST_FAKE_RTABLE 0x0010

/* linux/netdevice.h: of net_device.priv_flags */
#define IFF_BRIDGE_PORT (1 << 9)

/* net/tcp_states.h, linux/tcp.h */
enum {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_SYN_RECV = 3,
	TCP_TIME_WAIT = 6,
	TCP_CLOSE_WAIT = 8,
	TCP_LISTEN = 10,
	TCP_NEW_SYN_RECV = 12,
};

enum {
	TCP_CA_RECOVERY = 3,
	TCP_CA_LOSS = 4,
};

/* linux/in.h, linux/socket.h */
enum {
	IPPROTO_TCP = 6,
};

enum {
	PF_INET = 2,
	PF_INET6 = 10,
};

/* linux/netfilter.h */
enum {
	NF_INET_LOCAL_OUT = 3,
	NF_INET_POST_ROUTING = 4,
};

/* linux/netdevice.h: what ndo_start_xmit() answers when it has not taken the packet. */
#define NETDEV_TX_BUSY 0x10

/* net/inet_connection_sock.h */
#define ICSK_TIME_LOSS_PROBE 5

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned inum;
};

struct ipv6_devconf {
	__s32 forwarding;
};

struct netns_ipv4 {
	unsigned int sysctl_tcp_notsent_lowat;
};

struct netns_ipv6 {
	struct ipv6_devconf *devconf_all;
};

struct net {
	struct ns_common ns;
	struct netns_ipv4 ipv4;
	struct netns_ipv6 ipv6;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

struct sock_common {
	unsigned short skc_family;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned char skc_state;
	possible_net_t skc_net;
};

struct file {
	unsigned int f_flags;
};

struct socket {
	struct file *file;
};

struct sk_buff_head {
	struct sk_buff *next;
};

struct sock {
	struct sock_common __sk_common;
	int sk_wmem_queued;
	int sk_sndbuf;
	int sk_write_pending;
	struct socket *sk_socket;
	struct sk_buff_head sk_write_queue;
	__u16 sk_protocol;
	struct sock_cgroup_data sk_cgrp_data;
};

struct request_sock;

struct inet_connection_sock {
	__u8 icsk_ca_state : 5;
	__u8 icsk_retransmits;
	__u8 icsk_pending;
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 snd_una;
	__u32 snd_nxt;
	__u32 write_seq;
	__u32 mss_cache;
	__u32 notsent_lowat;
};

struct device {
	struct device *parent;
};

struct net_device {
	unsigned long priv_flags : 32; /* of that width since 6.12 */
	char name[16];
	int ifindex;
	possible_net_t nd_net;
	struct device dev;
};

struct dst_ops {
	unsigned short family;
};

struct dst_entry {
	struct net_device *dev;
	struct dst_ops *ops;
	unsigned short flags;
	short error;
};

struct rtable {
	unsigned rt_flags;
	__u8 rt_is_input;
};

struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct rt6key {
	struct in6_addr addr;
};

struct rt6_info {
	struct rt6key rt6i_dst;
	__u32 rt6i_flags;
};

struct sk_buff {
	struct sk_buff *next;
	struct net_device *dev;
	struct sock *sk;
	__s64 tstamp;
	char cb[48];
	unsigned long _skb_refdst;
	unsigned int len;
	__u8 pkt_type : 3;
	int skb_iif;
	__u16 transport_header;
	__u16 mac_header;
	unsigned int end; /* distance from head, on 64 bits */
	unsigned char *head;
	unsigned char *data;
	unsigned int truesize;
};

struct skb_shared_info {
	__u8 tx_flags;
	unsigned short gso_size;
	__u32 tskey;
};

struct tcp_skb_cb {
	__u32 seq;
	__u32 end_seq;
	__u16 tcp_gso_segs;
	__u8 txstamp_ack : 2; /* of that width since 6.15 */
	__u32 ack_seq;
};

struct nf_hook_state {
	__u8 hook;
	__u8 pf;
};

struct bpf_sock_ops_kern {
	struct sock *sk;
	struct sk_buff *skb;
};

struct bpf_iter__tcp {
	struct sock_common *sk_common;
};

struct Qdisc;
struct netdev_queue;
struct msghdr;
struct nf_hook_entries;

#pragma clang attribute pop
