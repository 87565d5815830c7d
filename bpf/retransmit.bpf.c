/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts retransmissions by owner and kind. The owner is the cgroup of the socket, which stays with
 * it, not the task that happens to run when a timer or an acknowledgement sends again; so does the
 * name of the task that last used the socket, where that is wanted.
 *
 * There are two maps of owners, of which one is counted in: userspace takes from the one at rest, and
 * empties it, without losing what is counted meanwhile.
 */
#include "bpf/kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf/compat.h"
#include "bpf/retransmit.h"

/* What is remembered with a socket. */
struct remembered {
	__u32 timeout_snd_una; /* of the last timeout that was counted */
	__u32 timeout_number;
	__u32 tgid;
	char comm[RETRANSMIT_COMM_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct remembered);
} sockets SEC(".maps");

struct owners {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RETRANSMIT_OWNERS);
	__type(key, struct retransmit_owner);
	__type(value, struct retransmit_counts);
};

struct owners owners_0 SEC(".maps");
struct owners owners_1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct retransmit_settings);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct retransmit_overflow);
} overflow SEC(".maps");

static const struct retransmit_settings *get_settings(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&settings, &first);
}

static struct remembered *remember(struct sock *sk)
{
	struct remembered *socket =
		bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	__u32 first = 0;

	if (!socket) {
		struct retransmit_overflow *lost = bpf_map_lookup_elem(&overflow, &first);

		if (lost)
			__sync_fetch_and_add(&lost->n_storage_failures, 1);
	}
	return socket;
}

static bool is_wanted(const struct retransmit_settings *wanted, const struct sock *sk)
{
	return !wanted->netns || wanted->netns == sk->__sk_common.skc_net.net->ns.inum;
}

static void add(struct retransmit_counts *counts, enum retransmit_kind kind, __u32 n_segments)
{
	if (kind >= RETRANSMIT_KINDS)
		return;
	__sync_fetch_and_add(&counts->packets[kind], 1);
	__sync_fetch_and_add(&counts->segments[kind], n_segments);
}

static struct retransmit_counts *find(void *owners, const struct retransmit_owner *owner)
{
	static const struct retransmit_counts none;
	struct retransmit_counts *counts = bpf_map_lookup_elem(owners, owner);

	if (counts)
		return counts;
	/* Another CPU may have been faster. */
	(void)bpf_map_update_elem(owners, owner, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(owners, owner);
}

static void count(const struct retransmit_settings *wanted, struct sock *sk,
                  enum retransmit_kind kind, __u32 n_segments)
{
	struct retransmit_owner owner = {
		.cgroup = sk->sk_cgrp_data.cgroup->kn->id,
		.netns = sk->__sk_common.skc_net.net->ns.inum,
	};
	struct retransmit_counts *counts;
	__u32 first = 0;

	if (wanted->comm) {
		struct remembered *socket = bpf_sk_storage_get(&sockets, sk, NULL, 0);

		if (socket)
			__builtin_memcpy(owner.comm, socket->comm, sizeof(owner.comm));
	}
	counts = wanted->active ? find(&owners_1, &owner) : find(&owners_0, &owner);
	if (!counts) {
		struct retransmit_overflow *nobody = bpf_map_lookup_elem(&overflow, &first);

		if (!nobody)
			return;
		counts = &nobody->counts;
	}
	add(counts, kind, n_segments);
}

/*
 * A timeout is counted by the kernel before it sends, and that count begins anew only when something
 * is acknowledged: the pair of both is each timeout's own. Whoever sees it first is its packet.
 */
static bool is_new_timeout(struct sock *sk, const struct tcp_sock *tcp)
{
	__u32 number = tcp->inet_conn.icsk_retransmits;
	struct remembered *socket;

	if (!number)
		return false;
	socket = remember(sk);
	if (!socket)
		return true;
	if (socket->timeout_number == number && socket->timeout_snd_una == tcp->snd_una)
		return false;
	socket->timeout_number = number;
	socket->timeout_snd_una = tcp->snd_una;
	return true;
}

static enum retransmit_kind kind_of(struct sock *sk, const struct tcp_sock *tcp)
{
	__u8 ca_state = BPF_CORE_READ_BITFIELD(&tcp->inet_conn, icsk_ca_state);

	if (sk->__sk_common.skc_state == TCP_SYN_SENT)
		return RETRANSMIT_SYN;
	if (sk->__sk_common.skc_state == TCP_SYN_RECV)
		return RETRANSMIT_SYNACK;
	if (ca_state == TCP_CA_LOSS)
		return is_new_timeout(sk, tcp) ? RETRANSMIT_TIMEOUT : RETRANSMIT_SLOW_START;
	if (ca_state == TCP_CA_RECOVERY)
		return RETRANSMIT_FAST;
	if (tcp->inet_conn.icsk_pending == ICSK_TIME_LOSS_PROBE)
		return RETRANSMIT_LOSS_PROBE;
	return RETRANSMIT_OTHER;
}

static void sent_again(struct sock *sk, const struct sk_buff *skb)
{
	const struct retransmit_settings *wanted = get_settings();
	const struct tcp_skb_cb *segments = (const void *)skb->cb;
	struct tcp_sock *tcp;

	if (!wanted || !is_wanted(wanted, sk))
		return;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (tcp)
		count(wanted, sk, kind_of(sk, tcp), BPF_CORE_READ(segments, tcp_gso_segs));
}

SEC(HOOK_RETRANSMIT)
int BPF_PROG(retransmit_error, struct sock *sk, struct sk_buff *skb, int error)
{
	if (!error)
		sent_again(sk, skb);
	return 0;
}

/* Where nothing is told of those that failed. */
SEC(HOOK_RETRANSMIT)
int BPF_PROG(retransmit, struct sock *sk, struct sk_buff *skb)
{
	sent_again(sk, skb);
	return 0;
}

/* The socket is the one that listens. */
SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(tcp_retransmit_synack, struct sock *sk, struct request_sock *request)
{
	const struct retransmit_settings *wanted = get_settings();

	if (wanted && is_wanted(wanted, sk))
		count(wanted, sk, RETRANSMIT_SYNACK, 1);
	return 0;
}

/* Takes note of who uses the socket. The task that runs is the user only where we are called. */
static void use(struct sock *sk, bool anew)
{
	const struct retransmit_settings *wanted = get_settings();
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct remembered *socket;

	if (!wanted || !wanted->comm || !tgid || !is_wanted(wanted, sk))
		return;
	socket = remember(sk);
	if (!socket || socket->tgid == tgid || (socket->tgid && !anew))
		return;
	socket->tgid = tgid;
	(void)bpf_get_current_comm(socket->comm, sizeof(socket->comm));
}

SEC(HOOK_SEND_FENTRY)
int BPF_PROG(send_fentry, struct sock *sk)
{
	use(sk, true);
	return 0;
}

SEC(HOOK_SEND)
int BPF_PROG(send_tracepoint, struct sock *sk)
{
	use(sk, true);
	return 0;
}

/* Too late for a socket's first packets. */
SEC(HOOK_SENT)
int BPF_PROG(sent_tracepoint, struct sock *sk)
{
	use(sk, true);
	return 0;
}

/* A socket that has not sent yet; readers in the kernel may do it for others. */
SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(receive, struct sock *sk)
{
	use(sk, false);
	return 0;
}

/* connect(2) and listen(2); other states come with packets. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(open_socket, const struct sock *sk, int old_state, int new_state)
{
	if (new_state == TCP_SYN_SENT || new_state == TCP_LISTEN)
		use((struct sock *)sk, true);
	return 0;
}

char licence[] SEC("license") = "GPL";
