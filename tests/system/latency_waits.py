#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long packets wait where: waits that are made, each of them in its own segment alone."""

import contextlib
import socket
import subprocess
import threading
import time

from support import tap
from support.isolation import isolate
from support.latency import (LOSSES, PENDING, Histogram, attempts, device_counts, method_of, qdisc,
                             sampling, send, settled)
from support.network import Peer, fill, have_qdiscs, tc
from support.wait import until

RULES = 300


def waits_of(n, size, rate, burst):
    """What a token bucket makes of n packets that come at once, in seconds."""
    return [max(0, (i * size - burst) / rate) for i in range(1, n + 1)]


def check_waits(burst, *shaper):
    """Fifty packets that come at once to a qdisc that lets 125,000 bytes through in a second."""
    n, size, rate = 50, 1042, 125000
    with qdisc(*shaper), sampling() as daemon:
        send(peer, n, peer.THEIRS[0])
        exposition = settled(daemon)
        found = Histogram(exposition, "qdisc", "near")
        waits = waits_of(n, size, rate, burst)
        expected = {bound: 0 for bound in found.counts}
        for wait in waits:
            expected[min(bound for bound in expected if wait <= bound)] += 1
        tap.comment({bound: (count, expected[bound]) for bound, count in found.counts.items()
                     if count or expected[bound]})
        tap.equal(device_counts(exposition, "near"), (n, 0))
        tap.equal(found.n, n, "packets")
        assert abs(found.sum - sum(waits)) < 0.1 * sum(waits), (found.sum, sum(waits))
        for bound in (0.0625, 0.125, 0.25):
            below = sum(count for own, count in found.counts.items() if own <= bound)
            wanted = sum(count for own, count in expected.items() if own <= bound)
            assert abs(below - wanted) <= 4, (bound, below, wanted)


@tap.test
@attempts
def waits_in_a_token_bucket_are_as_computed():
    check_waits(3126, "tbf", "rate", "1mbit", "burst", "3126", "limit", "1000000")


@tap.test
@attempts
def waits_of_a_paced_flow_are_as_computed():
    """Below the threshold fq paces each packet by itself."""
    have_qdiscs("fq maxrate 1mbit")
    check_waits(1042, "fq", "maxrate", "1mbit", "low_rate_threshold", "2mbit")


@tap.test
def packets_that_a_qdisc_splits_are_followed():
    """TCP's, which are larger than the bucket: what comes out has other addresses."""
    with qdisc("tbf", "rate", "20mbit", "burst", "5000", "limit", "400000"), sampling() as daemon:
        near, far = peer.tcp(peer.THEIRS[0])
        near.sendall(b"x" * 200000)
        until(lambda: far.recv(1 << 20, socket.MSG_DONTWAIT | socket.MSG_PEEK), "the first byte")
        read = 0
        while read < 200000:
            read += len(far.recv(1 << 20))
        exposition = settled(daemon)
        used, _ = device_counts(exposition, "near")
        found = Histogram(exposition, "qdisc", "near")
        tap.comment(f"{used} used, {found.sum / found.n * 1000:.1f} ms on average")
        assert used > 3 and found.above(0.001) > 0, found
        tap.equal(exposition.value(LOSSES, collector="latency", cause="freed"), 0, "lost")
        near.close()
        far.close()


@tap.test
@attempts
def delays_in_netem_are_in_their_bucket():
    have_qdiscs("netem")
    with qdisc("netem", "delay", "10ms", "limit", "1000"), sampling() as daemon:
        near, far = peer.tcp(peer.THEIRS[0])
        times = []
        for _ in range(150):
            start = time.monotonic()
            near.send(b"request")
            far.recv(64)
            times.append(time.monotonic() - start)
        found = Histogram(settled(daemon), "qdisc", "near")
        # A machine that is too busy to do it in time is not ours to judge.
        late = sum(one > 0.0155 for one in times)
        tap.comment(f"{found}, {late} arrived late")
        assert found.n > 100 and found.counts[0.015625] >= 0.99 * found.n - late, found.counts
        tap.equal(found.above(0.0156) <= late, True, "longer than that")
        tap.equal(sum(n for bound, n in found.counts.items() if bound < 0.01), 0, "shorter")
        near.close()
        far.close()


@tap.test
@attempts
def a_peer_that_does_not_read_is_not_a_queue():
    """What is sent into a closed window waits in the socket, and is acknowledged late."""
    for address in peer.THEIRS:
        with sampling() as daemon:
            near, far = peer.tcp(address)
            fill(near)
            settled(daemon)
            near.setblocking(True)
            sender = threading.Thread(target=near.sendall, args=(b"one more",))
            sender.start()
            time.sleep(0.7)
            far.setblocking(False)

            def read():
                with contextlib.suppress(BlockingIOError):
                    while far.recv(1 << 20):
                        pass
                return daemon.next_sample("latency").value(PENDING) == 0
            until(read, "all to be read")
            sender.join()
            exposition = daemon.next_sample("latency")
            socket_times = Histogram(exposition, "socket", "near")
            ack_times = Histogram(exposition, "ack", "near")
            tap.comment(f"socket {socket_times.sum:.2f} s of {socket_times.n}, "
                        f"ack {ack_times.sum:.2f} s of {ack_times.n}")
            assert socket_times.above(0.5) >= 1, socket_times.counts
            assert ack_times.above(0.5) >= 1, ack_times.counts
            for segment in ("stack", "qdisc", "driver"):
                tap.equal(Histogram(exposition, segment, "near").above(0.25), 0, segment)
            near.close()
            far.close()


@tap.test
@attempts
def acknowledgements_that_come_late_are_not_a_wait_in_the_socket():
    """The way back is slow, the way out is not."""
    with peer.entered():
        tc("qdisc", "add", "dev", "far", "root", "tbf", "rate", "8kbit", "burst", "100", "limit",
           "100000")
    try:
        with sampling() as daemon:
            near, far = peer.tcp(peer.THEIRS[0])
            # Else TCP waits for the acknowledgement itself (Nagle).
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(8):
                near.send(b"x")
                time.sleep(0.01)
            exposition = settled(daemon)
            acks, queue = (Histogram(exposition, segment, "near") for segment in ("ack", "driver"))
            sockets = Histogram(exposition, "socket", "near")
            tap.comment(f"ack {acks.sum:.3f} s of {acks.n}, socket {sockets.sum:.6f} s")
            assert acks.above(0.0156) >= 1, acks.counts
            tap.equal(sockets.above(0.0156), 0, "socket")
            tap.equal(queue.above(0.0156), 0, "driver")
            near.close()
            far.close()
    finally:
        with peer.entered():
            tc("qdisc", "del", "dev", "far", "root")


def nft(rules):
    subprocess.run(["nft", "-f", "-"], input=rules, check=True, text=True)


@contextlib.contextmanager
def many_rules(hook):
    nft(f"table inet many {{ chain out {{ type filter hook {hook} priority 0;\n" +
        "\n".join(f"ip daddr 192.0.2.{i % 250} udp dport {i} counter" for i in range(1, RULES)) +
        "\n}\n}\n")
    try:
        yield
    finally:
        nft("delete table inet many")


@tap.test
@attempts
def rules_cost_time_in_netfilter_alone():
    with sampling() as daemon:
        method, reason = method_of(daemon.next_sample("latency"), "netfilter")
        if method == "none":
            raise tap.Skip(f"netfilter is not measured here: {reason}")
        averages = {}
        for hook in ("output", "postrouting"):
            before = daemon.next_sample("latency")
            with many_rules(hook):
                send(peer, 100, peer.THEIRS[0])
                after = settled(daemon)
            for segment in ("netfilter", "driver"):
                found = Histogram(after, segment, "near") - Histogram(before, segment, "near")
                tap.equal(found.n, 100, f"{segment} behind {hook}")
                averages[hook, segment] = found.sum / found.n
        before = daemon.next_sample("latency")
        send(peer, 100, peer.THEIRS[0])
        after = settled(daemon)
        found = Histogram(after, "netfilter", "near") - Histogram(before, "netfilter", "near")
        tap.comment({key: f"{value * 1e6:.1f} us" for key, value in averages.items()})
        tap.comment(f"without any rule: {found}")
        # There may be hooks of the kernel's own (AppArmor).
        alone = found.sum / found.n if found.n else 0
        for hook in ("output", "postrouting"):
            assert averages[hook, "netfilter"] > 3 * alone + 5e-6, averages
        assert averages["output", "driver"] < 4 * averages["postrouting", "driver"] + 1e-5


@tap.test
def what_udp_spends_in_the_stack_is_measured_where_it_can_be():
    with sampling() as daemon:
        method, reason = method_of(daemon.next_sample("latency"), "stack")
        for address in peer.THEIRS:
            send(peer, 20, address)
        found = Histogram(settled(daemon), "stack", "near")
        tap.comment(f"{method} {reason}: {found.n}")
        tap.equal(found.n, 40 if method == "fentry" else 0)


@contextlib.contextmanager
def sending(pause_seconds):
    """Datagrams to the peer, one after each pause."""
    done = threading.Event()
    near, far = peer.udp(peer.THEIRS[0])

    def run():
        while not done.wait(pause_seconds):
            near.send(b"x" * 1000)
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        near.close()
        far.close()


@tap.test
def waits_longer_than_a_burst_are_not_missed():
    """There are always ten packets in the queue, which takes one every 33 ms; a burst has 50."""
    with qdisc("tbf", "rate", "250kbit", "burst", "2000", "limit", "10420"), sending(0.01), \
            sampling(burst="50ms", every="1500ms", drain="2s") as daemon:
        def seen():
            found = Histogram(daemon.next_sample("latency"), "qdisc", "near")
            return found.above(0.25) > 0 and found
        found = until(seen, "long waits")
        tap.comment({bound: count for bound, count in found.counts.items() if count})


isolate()
peer = Peer()
tap.run()
