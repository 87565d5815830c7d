/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures some of what latency.bpf.c does where nothing may be attached to the kernel's functions
 * or tracepoints: by the callbacks that TCP gives a program at a cgroup for packets that it has
 * marked (Linux 6.15). The maps are those of latency.bpf.c.
 *
 * A callback comes when send() has given its bytes to TCP. It does not tell how many these are, nor
 * how long send() has waited for room. So each socket remembers where its last send() has ended, and
 * whether there was room for another one then; what may have waited in spite of that is passed over.
 * The mark is of a packet's last byte, where we tell the times of a send()'s first one: only those
 * are looked at of which both are in one segment.
 *
 * Callbacks come for sockets that have a flag, which we set while a burst is on; and for packets that
 * anybody has marked so, which are told apart by the byte.
 *
 * Programs of this kind may be interrupted by another call of themselves on the same CPU, which those
 * at tracepoints never are: what they count they count by atomic operations.
 */
#include "bpf/latency_timestamp.h"
#include "bpf/latency_device.h"

/* linux/skbuff.h: whoever wants to know when a packet is sent; 8 is of Bluetooth alone. */
#define SKBTX_ANY  (1 << 0 | 1 << 1 | 1 << 3 | 1 << 6 | 1 << 7)

#define O_NONBLOCK 04000

extern void *bpf_cast_to_kern_ctx(void *context) __ksym;
extern void *bpf_rdonly_cast(const void *pointer, __u32 type) __ksym;
extern int bpf_sock_ops_enable_tx_tstamp(struct bpf_sock_ops_kern *context, __u64 flags) __ksym;

#define cast(pointer, type) ((type *)bpf_rdonly_cast(pointer, bpf_core_type_id_kernel(type)))

enum {
	STAMP_NONE,
	STAMP_WAITS, /* for its packet to come to a device */
	STAMP_LEFT,  /* and waits to be acknowledged */
};

/* Of a socket; its own programs write it, with its lock held or one after the other. */
struct stamp {
	__u64 sent_nsec;
	__u32 generation; /* the burst that all of this is of */
	__u32 end_seq;    /* behind the last send() */
	__u32 key;        /* the last byte of the one that is looked at */
	__u16 slot;
	__u8 state;
	__u8 had_room; /* behind the last send() */
	__u8 flagged;  /* by us */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct stamp);
} stamps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct latency_timestamp_settings);
} timestamps SEC(".maps");

static __always_inline const struct latency_timestamp_settings *get_timestamps(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&timestamps, &first);
}

static __always_inline void count_shared(enum latency_count what)
{
	struct latency_cpu *cpu = get_cpu();

	if (cpu)
		__sync_fetch_and_add(&cpu->counts.n[what], 1);
}

static __always_inline void observe_shared(__u32 segment, __u32 slot, __u64 nsec)
{
	__u32 index = segment * LATENCY_DEVICES + slot, bucket;
	struct latency_element *element = bpf_map_lookup_elem(&histograms, &index);

	if (!element)
		return;
	bucket = latency_bucket(nsec, &scale);
	asm volatile("%0 &= 31" : "+r"(bucket));
	__sync_fetch_and_add(&element->buckets[bucket], 1);
	barrier();
	__sync_fetch_and_add(&element->sum_nsec, nsec);
	barrier();
	__sync_fetch_and_add(&element->n, 1);
}

/* Whether a send() would find room now, and nobody waits for it. As sk_stream_memory_free(). */
static __always_inline bool has_room(const struct tcp_sock *tcp)
{
	const struct sock *sk = cast(tcp, struct sock);
	__u32 bound = tcp->notsent_lowat;

	if (!bound)
		bound = sk->__sk_common.skc_net.net->ipv4.sysctl_tcp_notsent_lowat;
	return !sk->sk_write_pending && sk->sk_wmem_queued < sk->sk_sndbuf &&
		tcp->write_seq - tcp->snd_nxt < bound;
}

static __always_inline void begin_socket(struct stamp *stamp, const struct tcp_sock *tcp)
{
	stamp->state = STAMP_NONE;
	stamp->end_seq = tcp->write_seq;
	stamp->had_room = has_room(tcp);
	stamp->generation = settings.generation;
}

static __always_inline bool may_send(const struct sock_common *common)
{
	return common->skc_state == TCP_ESTABLISHED || common->skc_state == TCP_CLOSE_WAIT;
}

/* Sockets that are there already, of the network namespace of who asks: when a burst begins. */
static __always_inline void take_socket(struct tcp_sock *tcp)
{
	struct stamp *stamp;
	int flags = 0;

	if (bpf_getsockopt(tcp, SOL_SOCKET, SK_BPF_CB_FLAGS, &flags, sizeof(flags)) < 0)
		return;
	stamp = bpf_sk_storage_get(&stamps, tcp, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!stamp) {
		count_shared(LATENCY_SENDS_UNTRACKED);
		return;
	}
	begin_socket(stamp, tcp);
	if (flags & SK_BPF_CB_TX_TIMESTAMPING)
		return; /* somebody else's, or ours still */
	flags |= SK_BPF_CB_TX_TIMESTAMPING;
	stamp->flagged = bpf_setsockopt(tcp, SOL_SOCKET, SK_BPF_CB_FLAGS, &flags, sizeof(flags)) ==
		0;
}

/* And when it is over. */
static __always_inline void leave_socket(struct tcp_sock *tcp)
{
	struct stamp *stamp = bpf_sk_storage_get(&stamps, tcp, NULL, 0);
	int flags = 0;

	if (!stamp || !stamp->flagged)
		return;
	stamp->flagged = false;
	(void)bpf_setsockopt(tcp, SOL_SOCKET, SK_BPF_CB_FLAGS, &flags, sizeof(flags));
}

SEC("iter/tcp")
int sockets_there(struct bpf_iter__tcp *context)
{
	struct sock_common *common = context->sk_common;
	struct tcp_sock *tcp;

	if (!common)
		return 0;
	tcp = bpf_skc_to_tcp_sock(common);
	if (!tcp)
		return 0;
	if (!settings.sampling)
		leave_socket(tcp);
	else if (may_send(common))
		take_socket(tcp);
	return 0;
}

static __always_inline void on_established(struct bpf_sock_ops *context)
{
	const struct latency_timestamp_settings *own = get_timestamps();
	struct bpf_sock_ops_kern *kernel = bpf_cast_to_kern_ctx(context);
	int flags = SK_BPF_CB_TX_TIMESTAMPING;
	struct bpf_sock *sk = context->sk;
	struct tcp_sock *tcp;
	struct stamp *stamp;

	if (!own || !settings.sampling || !sk ||
	    kernel->sk->__sk_common.skc_net.net->ns.inum != own->netns)
		return;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return;
	stamp = bpf_sk_storage_get(&stamps, tcp, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!stamp) {
		count_shared(LATENCY_SENDS_UNTRACKED);
		return;
	}
	begin_socket(stamp, tcp);
	stamp->flagged =
		bpf_setsockopt(context, SOL_SOCKET, SK_BPF_CB_FLAGS, &flags, sizeof(flags)) == 0;
}

static __always_inline struct skb_shared_info *shared_of(struct sk_buff *skb)
{
	return cast(skb->head + skb->end, struct skb_shared_info);
}

/* Whether the bytes from the first one on are in one segment of the packet, not sent yet. */
static __always_inline bool are_one_segment(const struct tcp_sock *tcp,
                                            const struct tcp_skb_cb *segment, __u32 first)
{
	__u32 before = first - segment->seq, end = tcp->write_seq - segment->seq;
	__u32 size = tcp->mss_cache;

	return (__s32)before >= 0 && (__s32)(segment->seq - tcp->snd_nxt) >= 0 && size &&
		before / size == (end - 1) / size;
}

static __always_inline bool is_nonblocking(const struct sock *sk)
{
	return sk->sk_socket->file->f_flags & O_NONBLOCK;
}

/* The packet has send()'s last byte; whoever has marked it for themselves is not disturbed. */
static __always_inline bool is_clear(struct bpf_sock_ops_kern *kernel, const struct tcp_sock *tcp,
                                     __u32 first, bool had_room)
{
	struct sk_buff *skb = kernel->skb;
	const struct tcp_skb_cb *segment = cast(skb->cb, struct tcp_skb_cb);

	return (had_room || is_nonblocking(kernel->sk)) && are_one_segment(tcp, segment, first) &&
		!(shared_of(skb)->tx_flags & SKBTX_ANY) && !segment->txstamp_ack;
}

static __always_inline void on_sent(struct bpf_sock_ops *context, struct stamp *stamp)
{
	struct bpf_sock_ops_kern *kernel = bpf_cast_to_kern_ctx(context);
	const struct tcp_sock *tcp = cast(kernel->sk, struct tcp_sock);
	struct latency_cpu *cpu = get_cpu();
	__u32 first = stamp->end_seq;
	bool had_room = stamp->had_room;

	stamp->end_seq = tcp->write_seq;
	stamp->had_room = has_room(tcp);
	if (stamp->state != STAMP_NONE || !cpu || !is_due(&cpu->until_send))
		return;
	if (!is_clear(kernel, tcp, first, had_room)) {
		count_shared(LATENCY_SENDS_UNCLEAR);
		return;
	}
	stamp->key = tcp->write_seq - 1;
	stamp->state = STAMP_WAITS;
	stamp->sent_nsec = bpf_ktime_get_ns();
	if (bpf_sock_ops_enable_tx_tstamp(kernel, 0) < 0)
		stamp->state = STAMP_NONE;
	else
		count_shared(LATENCY_SENDS);
}

static __always_inline void on_queued(struct sk_buff *skb, struct stamp *stamp)
{
	const struct latency_timestamp_settings *own = get_timestamps();
	__u64 now = bpf_ktime_get_ns(), tstamp = skb->tstamp, left = now;
	__u32 hardware;
	int slot;

	if (!own || stamp->state != STAMP_WAITS || shared_of(skb)->tskey != stamp->key)
		return;
	slot = find_slot(skb->dev, &hardware);
	if (slot < 0)
		slot = LATENCY_OTHER;
	stamp->slot = slot;
	stamp->state = STAMP_LEFT;
	/* Later than now: it is told when it is to leave. */
	if (tstamp >= stamp->sent_nsec && tstamp <= now)
		left = tstamp;
	if (own->segments & 1 << LATENCY_SOCKET)
		observe_shared(LATENCY_SOCKET, slot, left - stamp->sent_nsec);
	if (own->segments & 1 << LATENCY_STACK && tstamp && tstamp <= now)
		observe_shared(LATENCY_STACK, slot, now - tstamp);
	count_shared(LATENCY_SENDS_SENT);
}

static __always_inline void on_acknowledged(struct sk_buff *skb, struct stamp *stamp)
{
	const struct latency_timestamp_settings *own = get_timestamps();

	if (!own || stamp->state != STAMP_LEFT || shared_of(skb)->tskey != stamp->key)
		return;
	stamp->state = STAMP_NONE;
	if (own->segments & 1 << LATENCY_ACK)
		observe_shared(LATENCY_ACK, stamp->slot, bpf_ktime_get_ns() - stamp->sent_nsec);
	count_shared(LATENCY_SENDS_ACKED);
}

static __always_inline void on_callback(struct bpf_sock_ops *context)
{
	struct bpf_sock_ops_kern *kernel = bpf_cast_to_kern_ctx(context);
	struct bpf_sock *sk = context->sk;
	struct stamp *stamp;

	if (!sk)
		return;
	stamp = bpf_sk_storage_get(&stamps, sk, NULL, 0);
	if (!stamp || stamp->generation != settings.generation)
		return;
	switch (context->op) {
	case BPF_SOCK_OPS_TSTAMP_SENDMSG_CB:
		on_sent(context, stamp);
		break;
	case BPF_SOCK_OPS_TSTAMP_SCHED_CB:
		on_queued(kernel->skb, stamp);
		break;
	case BPF_SOCK_OPS_TSTAMP_ACK_CB:
		on_acknowledged(kernel->skb, stamp);
		break;
	}
}

/* Whatever else it is called for it has no answer of its own to, and leaves what others answer. */
SEC("sockops")
int callbacks(struct bpf_sock_ops *context)
{
	switch (context->op) {
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		on_established(context);
		break;
	case BPF_SOCK_OPS_TSTAMP_SENDMSG_CB:
	case BPF_SOCK_OPS_TSTAMP_SCHED_CB:
	case BPF_SOCK_OPS_TSTAMP_ACK_CB:
		on_callback(context);
		break;
	}
	return 1;
}

char licence[] SEC("license") = "GPL";
