#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What TCP's timestamps say of send()s, where nothing else may be used to measure them."""

import contextlib
import random
import signal
import socket
import threading
import time

from support import tap
from support.bpf import all_are, any_is, ids_of
from support.daemon import Daemon
from support.isolation import isolate
from support.latency import (ALL, OBSERVED, SECONDS, Histogram, attached, attempts, config,
                             method_of, qdisc, sampling)
from support.network import Peer, fill, ip, on_one_cpu, tc
from support.timestamps import (ALONE, INFO, MEASURED, SO_TIMESTAMPING, WANTED, connection,
                                found_in, needed, own_timestamps, read_all, send_each,
                                settle_acknowledgement, settled_window, why_not)
from support.wait import until

NONE = "this kernel has no bpf_sock_ops_enable_tx_tstamp()"


@tap.test
def a_kernel_without_says_so():
    lack = why_not()
    if not lack:
        raise tap.Skip("this kernel has them")
    tap.comment(lack)
    assert NONE in lack and "queue: not among the methods" in lack, lack
    with sampling(**ALL, methods=["tracepoint", "timestamp"]) as daemon:
        exposition = daemon.next_sample("latency")
        for segment in ("socket", "ack"):
            method, reason = method_of(exposition, segment)
            tap.comment(f"{segment}: {method}, {reason}")
            if method == "none":
                assert "send_fentry: not among the methods" in reason and NONE in reason, reason
        tap.equal(method_of(exposition, "stack")[0], "tracepoint")


@tap.test
def methods_that_are_left_out_are_told():
    with sampling(**ALL, methods=["tracepoint"]) as daemon:
        exposition = daemon.next_sample("latency")
        tap.equal(method_of(exposition, "netfilter"),
                  ("none", "filter_end: not among the methods"))
        tap.equal(method_of(exposition, "stack"),
                  ("tracepoint", "TCP alone: datagram_ipv4: not among the methods"))
        tap.equal(method_of(exposition, "qdisc"), ("tracepoint", ""))
        method, reason = method_of(exposition, "ack")
        if method == "none":
            tap.comment(reason)
            assert "timestamps: not among the methods" in reason, reason


@tap.test
@needed
def each_segment_says_what_timestamps_say_of_it():
    with sampling(**ALL, **ALONE) as daemon:
        exposition = daemon.next_sample("latency")
        for segment in MEASURED:
            method, reason = method_of(exposition, segment)
            tap.equal(method, "timestamp", segment)
            assert "alone" in reason and "not among the methods" in reason, reason
        for segment in ("netfilter", "qdisc", "driver", "nic"):
            method, reason = method_of(exposition, segment)
            tap.equal(method, "none", segment)
            assert "not among the methods" in reason, reason
        assert "do not tell the queue" in method_of(exposition, "qdisc")[1]
        tap.equal(attached(exposition), {"callbacks"})


@tap.test
@needed
def each_send_is_measured_once():
    """On a connection that was there before the daemon, and on one made meanwhile."""
    for address in peer.THEIRS:
        with contextlib.ExitStack() as stack:
            old = stack.enter_context(connection(peer, address))
            daemon = stack.enter_context(sampling(**ALL, **ALONE))
            new = stack.enter_context(connection(peer, address))
            for kind, (near, far) in (("old", old), ("new", new)):
                with found_in(daemon) as found:
                    for _ in range(30):
                        send_each(near, far, 1)
                        settle_acknowledgement(near)
                tap.comment(f"{address}, {kind}: " +
                            ", ".join(f"{one} {found[one]}" for one in MEASURED))
                for segment in MEASURED:
                    tap.equal(found[segment].n, 30, f"{segment} of the {kind} one")
                tap.equal(found["unclear"], 0)
                assert found["socket"].sum <= found["ack"].sum
                assert found["stack"].sum <= found["ack"].sum


@tap.test
@needed
def what_was_looked_at_is_what_the_socket_has_sent():
    """Larger ones have no time of their first byte; the last one of a burst is not lost."""
    with sampling(**ALL, **ALONE) as daemon, connection(peer, peer.THEIRS[0]) as (near, far):
        with found_in(daemon) as found:
            for _ in range(10):
                send_each(near, far, 1, 20000)
                settle_acknowledgement(near)
        tap.equal([found[one].n for one in MEASURED], [0, 0, 0])
        tap.equal(found["unclear"], 10)
        with found_in(daemon) as found:
            send_each(near, far, 1)
        tap.equal([found[one].n for one in MEASURED], [1, 1, 1])


@tap.test
@needed
@attempts
def late_acknowledgements_are_told():
    """The way back is slow, the way out is not."""
    with peer.entered():
        tc("qdisc", "add", "dev", "far", "root", "tbf", "rate", "8kbit", "burst", "100", "limit",
           "100000")
    try:
        with sampling(**ALL, **ALONE) as daemon, connection(peer, peer.THEIRS[0]) as (near, _):
            with found_in(daemon) as found:
                for _ in range(8):
                    near.send(b"x")
                    time.sleep(0.01)
            tap.comment(f"ack {found['ack']}, socket {found['socket']}")
            assert found["ack"].above(0.0156) >= 1, found["ack"].counts
            tap.equal(found["socket"].above(0.0156), 0, "socket")
            tap.equal(found["stack"].above(0.0156), 0, "stack")
    finally:
        with peer.entered():
            tc("qdisc", "del", "dev", "far", "root")


@tap.test
@needed
@attempts
def waits_in_a_queue_are_not_in_the_stack():
    """Of 1000 bytes each, at 125 of them a millisecond: the fourth waits for 16 ms at least."""
    with qdisc("tbf", "rate", "1mbit", "burst", "2000", "limit", "100000"), \
            sampling(**ALL, **ALONE) as daemon:
        with contextlib.ExitStack() as stack:
            pairs = [stack.enter_context(connection(peer, peer.THEIRS[0])) for _ in range(8)]
            with found_in(daemon) as found:
                with on_one_cpu():
                    for near, _ in pairs:
                        near.send(b"x" * 1000)
                for near, _ in pairs:
                    settle_acknowledgement(near)
            tap.comment(", ".join(f"{one} {found[one]}" for one in MEASURED))
            tap.equal([found[one].n for one in MEASURED], [8, 8, 8])
            assert found["ack"].above(0.0156) >= 3, found["ack"].counts
            tap.equal(found["socket"].above(0.0079), 0, "socket")
            tap.equal(found["stack"].above(0.0079), 0, "stack")


@tap.test
@needed
@attempts
def what_a_peer_does_not_read_waits_in_the_socket():
    with sampling(**ALL, **ALONE) as daemon, connection(peer, peer.THEIRS[0]) as (near, far):
        # The peer's window is closed, ours has room still.
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        fill(near, b"x" * 1000000)
        settled_window(near)
        with found_in(daemon) as found:
            near.send(b"one more")
            time.sleep(0.7)
            read_all(far, near)
        tap.comment(", ".join(f"{one} {found[one]}" for one in MEASURED))
        tap.equal(found["socket"].above(0.5), 1, found["socket"].counts)
        tap.equal(found["ack"].above(0.5), 1, found["ack"].counts)
        tap.equal(found["stack"].above(0.25), 0, "stack")


@tap.test
@needed
@attempts
def a_send_that_may_have_waited_for_room_is_passed_over():
    """Nobody tells for how long, where the socket blocks."""
    with sampling(**ALL, **ALONE) as daemon, connection(peer, peer.THEIRS[0]) as (near, far):
        fill(near, b"x" * 1000000)
        settled_window(near)
        near.setblocking(True)
        with found_in(daemon) as found:
            sender = threading.Thread(target=near.send, args=(b"one more",))
            sender.start()
            time.sleep(0.3)
            read_all(far, near)
            sender.join()
            read_all(far, near)
        tap.comment(f"{found['unclear']} unclear, socket {found['socket']}")
        tap.equal(found["socket"].n, 0)
        tap.equal(found["unclear"], 1)


@tap.test
@needed
def other_namespaces_are_left_alone():
    with contextlib.ExitStack() as stack:
        with peer.entered():
            ip("link", "set", "lo", "up")
            listener = stack.enter_context(socket.create_server((peer.THEIRS[0], 0)))
            inner = stack.enter_context(
                socket.create_connection(listener.getsockname()))
            outer = stack.enter_context(listener.accept()[0])
        near, far = stack.enter_context(connection(peer, peer.THEIRS[0]))
        for namespaces in ("own", "all"):
            with sampling(namespaces=namespaces, **ALL, **ALONE, max_devices=62) as daemon:
                with found_in(daemon) as found:
                    send_each(inner, outer, 20)
                    send_each(far, near, 20)
                    with peer.entered():
                        late = stack.enter_context(
                            socket.create_connection(listener.getsockname()))
                        other = stack.enter_context(listener.accept()[0])
                    send_each(late, other, 20)
                    send_each(near, far, 7, pause=0.001)
                    settle_acknowledgement(near)
                tap.equal(found["ack"].n, 7, f"ours, of {namespaces}")
                exposition = daemon.next_sample("latency")
                counts = [(own["device"], own.get("netns"), value) for own, value
                          in exposition.samples(SECONDS + "_count") if own["segment"] == "ack"]
                tap.comment(f"{namespaces}: {counts}")
                tap.equal([one for one in counts if one[0] in ("far", "(other)")], [])
                tap.equal([one for one in counts if one[1]], [])


@tap.test
@needed
def a_socket_keeps_its_own_timestamps():
    """They are the same with and without us, and we look at none of these send()s."""
    told = []
    for looked_at in (False, True):
        with contextlib.ExitStack() as stack:
            if looked_at:
                daemon = stack.enter_context(sampling(**ALL, **ALONE))
            near, far = stack.enter_context(connection(peer, peer.THEIRS[0]))
            near.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, WANTED)
            if looked_at:
                found = stack.enter_context(found_in(daemon))
            for _ in range(10):
                send_each(near, far, 1)
                settle_acknowledgement(near)
            told.append(own_timestamps(near))
    tap.comment(told[1][:6])
    tap.equal(len(told[0]), 30)
    tap.equal(sorted(told[1]), sorted(told[0]))
    tap.equal(found["ack"].n, 0)
    tap.equal(found["unclear"], 10)


@tap.test
@needed
def another_program_at_the_cgroup_stays():
    """And ours beside it: attached by a link, with others or not."""
    with sampling(burst="100ms", every="300ms", drain="100ms", **ALONE):
        with sampling(burst="100ms", every="300ms", drain="100ms", **ALONE) as second:
            with connection(peer, peer.THEIRS[0]) as (near, far):
                def seen():
                    for _ in range(20):
                        send_each(near, far, 1, pause=0.005)
                    return Histogram(second.next_sample("latency"), "ack", "near").n >= 10
                until(seen, "both to measure")


@tap.test
@needed
def nothing_is_attached_between_bursts():
    with Daemon(config=config(burst="500ms", every="2s", drain="0ms", **ALONE)) as daemon:
        seen = set()

        def both():
            seen.add(bool(ids_of(daemon, "link")))
            times = [value for _, value in daemon.scrape().samples(OBSERVED)]
            return seen == {True, False} and times and times[0] > 0.6
        until(both, "a burst and its end")


@tap.test
@needed
def what_a_burst_has_met_is_followed():
    """At 10 bytes a millisecond the last of five send()s leaves a third of a second later."""
    with qdisc("tbf", "rate", "80kbit", "burst", "2000", "limit", "100000"), \
            sampling(burst="100ms", every="700ms", drain="500ms", **ALONE) as daemon, \
            contextlib.ExitStack() as stack:
        pairs = [stack.enter_context(connection(peer, peer.THEIRS[0])) for _ in range(5)]

        def seen():
            time.sleep(random.random())  # what is in step with bursts may never meet one
            with on_one_cpu():
                for near, _ in pairs:
                    near.send(b"x" * 1000)
            for near, _ in pairs:
                settle_acknowledgement(near)
            found = Histogram(daemon.next_sample("latency"), "ack", "near")
            return found.above(0.25) > 0 and found
        tap.comment(until(seen, "an acknowledgement after the burst"))


@tap.test
@needed
def killed_in_a_burst_it_leaves_nothing_behind():
    killed = False
    with connection(peer, peer.THEIRS[0]) as (near, far):
        with contextlib.suppress(AssertionError):  # of who would have ended it
            with sampling(**ALL, **ALONE) as daemon:
                send_each(near, far, 10)
                links, programs = ids_of(daemon, "link"), ids_of(daemon, "prog")
                assert all_are("link", links) and all_are("prog", programs)
                daemon.process.kill()
                killed = daemon.process.wait() == -signal.SIGKILL
        assert killed and (len(links), len(programs)) == (1, 2), (links, programs)
        until(lambda: not any_is("link", links) and not any_is("prog", programs), "their end")
        send_each(near, far, 10)
        # Whoever comes next finds the socket as it was left, and measures it.
        with sampling(**ALL, **ALONE) as daemon:
            with found_in(daemon) as found:
                for _ in range(10):
                    send_each(near, far, 1)
                    settle_acknowledgement(near)
            tap.equal(found["ack"].n, 10)


@tap.test
@needed
def other_methods_take_a_restart():
    with sampling(**ALL, **ALONE) as daemon:
        daemon.reload(config(**ALL, methods=["tracepoint", "timestamp"]))

        def told():
            infos = [own.get("reason", "") for own, _ in daemon.scrape().samples(INFO)
                     if own["collector"] == "latency"]
            return "methods take effect at the next start" in infos[0]
        until(told, "the reason")
        tap.equal(method_of(daemon.next_sample("latency"), "ack")[0], "timestamp")


isolate()
peer = Peer()
tap.run()
