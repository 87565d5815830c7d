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

/* net/tcp_states.h, linux/tcp.h */
enum {
	TCP_SYN_SENT = 2,
	TCP_SYN_RECV = 3,
	TCP_TIME_WAIT = 6,
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

struct net {
	struct ns_common ns;
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
	__be16 skc_dport;
	__u16 skc_num;
	unsigned char skc_state;
	possible_net_t skc_net;
};

struct sock {
	struct sock_common __sk_common;
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
	__u32 write_seq;
};

struct device {
	struct device *parent;
};

struct net_device {
	char name[16];
	int ifindex;
	possible_net_t nd_net;
	struct device dev;
};

struct sk_buff {
	struct sk_buff *next;
	struct net_device *dev;
	struct sock *sk;
	__s64 tstamp;
	char cb[48];
	unsigned int len;
	__u16 transport_header;
	unsigned int end; /* distance from head, on 64 bits */
	unsigned char *head;
	unsigned char *data;
	unsigned int truesize;
};

struct skb_shared_info {
	unsigned short gso_size;
};

struct tcp_skb_cb {
	__u16 tcp_gso_segs;
	__u32 ack_seq;
};

struct nf_hook_state {
	__u8 hook;
	__u8 pf;
};

struct Qdisc;
struct netdev_queue;
struct msghdr;
struct nf_hook_entries;

#pragma clang attribute pop
