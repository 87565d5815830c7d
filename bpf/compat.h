/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What differs between the kernels that are supported, 6.1 and later: each entry names the version
 * and the commit that changed it. Userspace tries one program after the other (ways of a role in
 * collectors/bpf_probes.h): what a kernel has not, or has otherwise, makes it refuse the program.
 *
 * A type that a kernel has not got at all must not be asked for, not even by
 * bpf_core_type_exists(): libbpf 1.1 then looks for it in modules, which takes CAP_SYS_ADMIN. Fields
 * may be asked for.
 */

/*
 * ad892e912b84 ("tcp: trace retransmit failures in tcp_retransmit_skb", 6.17): the hook tells of
 * retransmissions that failed, too, and has a third argument for that, 0 or −errno. Before, it is
 * there for those that succeeded alone.
 */
#define HOOK_RETRANSMIT "tp_btf/tcp_retransmit_skb"

/* 0f08335ade71 ("trace: tcp: Add tracepoint for tcp_sendmsg_locked()", 6.16): before, fentry. */
#define HOOK_SEND        "tp_btf/tcp_sendmsg_locked"
#define HOOK_SEND_FENTRY "fentry/tcp_sendmsg_locked"

/*
 * 59422464266f ("bpf: Support selective sampling for bpf timestamping", 6.15): without this function
 * of the kernel's a program at a cgroup is told of no packet's way. The programs of
 * latency_timestamp.bpf.c need it.
 */

/*
 * 6e6eda44b939 ("sock: add tracepoint for send recv length", 6.3): fires when what was sent is on its
 * way already.
 */
#define HOOK_SENT "tp_btf/sock_send_length"
