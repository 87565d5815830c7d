#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets that the kernel drops on their way out, and all those that it frees for other reasons."""

import contextlib
import fcntl
import socket
import struct
import subprocess
import time

from support import tap
from support.daemon import Daemon
from support.dropping import (HOOK, Beyond, Counted, config, dropping, forward, full_queue, route,
                              send_datagrams)
from support.frames import send
from support.isolation import isolate
from support.network import Peer, fill, have_qdiscs, ip
from support.wait import until

ALL_OF_US = ("10.66.0.255", "ff02::1%far")  # as the peer says it
ETH_P_ALL = 3
SO_TIMESTAMPING, TX_SCHED_AND_SOFTWARE = 37, 1 << 1 | 1 << 4 | 1 << 8
SO_ZEROCOPY, MSG_ZEROCOPY = 60, 0x4000000


@tap.test
def datagrams_dropped_at_hooks():
    """Of what we send, all; of what we receive, as many of it, none."""
    for ours, theirs in zip(peer.OURS, peer.THEIRS):
        for hook, n in (("output", 137), ("postrouting", 29)):
            counted = Counted(daemon)
            with dropping("udp dport 9", hook) as dropped:
                send_datagrams(theirs, n)
                tap.equal(dropped(), n, "of nftables")
            tap.equal(counted.now(), {(HOOK, "local", "near"): n}, f"{hook} {theirs}")
        for hook in ("input", "prerouting"):
            counted = Counted(daemon)
            with dropping("udp dport 9", hook) as dropped:
                with peer.entered():
                    send_datagrams(ours, 137)
                until(lambda: dropped() == 137, "arrivals")
            tap.equal(counted.now(), {}, f"{hook} {ours}")


@tap.test
def what_is_sent_to_ourselves_is_dropped_where_it_is_sent():
    for address in ("127.0.0.1", "::1", *peer.OURS, "127.255.255.255"):
        for hook, n in (("output", 11), ("input", 0)):
            counted = Counted(daemon)
            with dropping("udp dport 9", hook) as dropped:
                send_datagrams(address, 11)
                until(lambda: dropped() >= 11, "drops")
                expected = {(HOOK, "local", "lo"): n} if n else {}
                tap.equal(counted.now(), expected, f"{hook} {address}")


@tap.test
def connections_dropped_at_hooks():
    """First packets, answers to them, which have no full socket, and data; by nftables' count."""
    for ours, theirs in zip(peer.OURS, peer.THEIRS):
        family = socket.AF_INET6 if ":" in ours else socket.AF_INET
        with dropping("tcp dport 7 tcp flags syn") as dropped:
            counted = Counted(daemon)
            with socket.socket(family) as caller:
                caller.setblocking(False)
                caller.connect_ex((theirs, 7))
                until(lambda: dropped() >= 2, "a second SYN")
                counted.expect(dropped, (HOOK, "local", "near"))
        with dropping("tcp flags & (syn | ack) == syn | ack", "postrouting") as dropped, \
                socket.create_server((ours, 0), family=family) as listener:
            counted = Counted(daemon)
            with peer.entered(), socket.socket(family) as caller:
                caller.setblocking(False)
                caller.connect_ex(listener.getsockname()[:2])
                with peer.left():
                    until(lambda: dropped() >= 2, "a second SYN-ACK")
                    counted.expect(dropped, (HOOK, "local", "near"))
        near, far = peer.tcp(theirs)
        with dropping(f"tcp dport {near.getpeername()[1]} meta length > 1000") as dropped:
            counted = Counted(daemon)
            near.send(b"x" * 5000)
            until(lambda: dropped() >= 3, "retransmissions")
            counted.expect(dropped, (HOOK, "local", "near"))
        near.close()
        far.close()


@tap.test
def full_qdiscs():
    """As many as the qdisc says, of each kind of sender."""
    have_qdiscs("tbf rate 1mbit burst 1600 limit 3000")
    for what in (*peer.THEIRS, "frames"):
        with full_queue("near") as dropped:
            counted = Counted(daemon)
            if what == "frames":
                send("near", 50, 1000)
            else:
                send_datagrams(what, 50, size=1000)
            found = counted.now()
            tap.comment(f"{what}: {found}")
            tap.equal(sum(found.values()), dropped(), f"{what}")
            assert dropped() > 40
            for reason, origin, device in found:
                assert reason.startswith("QDISC_"), reason
                tap.equal((origin, device), ("local", "near"))
    near, far = peer.tcp(peer.THEIRS[0])
    with full_queue("near") as dropped:
        counted = Counted(daemon)
        fill(near)
        until(dropped, "segments to be dropped")
        n, found = counted.settled(dropped)
        tap.equal(sum(found.values()), n, f"{found}")
    near.close()
    far.close()


@tap.test
def what_is_forwarded():
    """By a rule, by a full qdisc, and because nobody is there; but not what is for the router."""
    have_qdiscs("tbf rate 1mbit burst 1600 limit 3000")
    for theirs, ours, all_of_us in zip(beyond.THEIRS, peer.OURS, ALL_OF_US):
        for hook in ("forward", "postrouting"):
            counted = Counted(daemon)
            with dropping("udp dport 9", hook) as dropped:
                with peer.entered():
                    send_datagrams(theirs, 41)
                until(lambda: dropped() == 41, "arrivals")
            tap.equal(counted.now(), {(HOOK, "forwarded", "beyond"): 41}, f"{hook} {theirs}")
        for hook, address in (("input", ours), ("input", all_of_us), ("prerouting", theirs),
                              ("prerouting", ours)):
            counted = Counted(daemon)
            with dropping("udp dport 9", hook) as dropped:
                with peer.entered():
                    send_datagrams(address, 41)
                until(lambda: dropped() == 41, "arrivals")
            tap.equal(counted.now(), {}, f"{hook} {address}")
        with full_queue("beyond") as dropped:
            counted = Counted(daemon)
            with peer.entered():
                send_datagrams(theirs, 50, size=1000)
            until(lambda: dropped() > 40, "drops")
            found = counted.now()
            tap.equal(sum(found.values()), dropped(), f"{theirs}: {found}")
            tap.equal({(key[0][:6], *key[1:]) for key in found},
                      {("QDISC_", "forwarded", "beyond")})


@tap.test
def neighbours_that_do_not_answer():
    """For IPv6 the kernel gives no reason (ndisc_error_report())."""
    for nobody, origin, sender in (("10.67.0.77", "local", None), ("fd67::77", "local", None),
                                   ("10.67.0.78", "forwarded", peer),
                                   ("fd67::78", "forwarded", peer)):
        counted = Counted(daemon)
        if sender:
            with sender.entered():
                prefix = nobody + ("/128" if ":" in nobody else "/32")
                via = sender.OURS[":" in nobody]
                ip("route", "replace", prefix, "via", via)
                send_datagrams(nobody, 3)
        else:
            send_datagrams(nobody, 3)
        until(counted.now, f"drops of packets to {nobody}")
        reason = "NOT_SPECIFIED" if ":" in nobody else "NEIGH_FAILED"
        tap.equal(counted.now(), {(reason, origin, "beyond"): 3}, nobody)


@tap.test
def what_a_machine_that_is_no_router_gets_is_received():
    forward(False)
    try:
        for theirs in beyond.THEIRS:
            counted = Counted(daemon)
            with peer.entered():
                send_datagrams(theirs, 17)
            time.sleep(0.5)
            tap.equal(counted.now(), {}, theirs)
    finally:
        forward()


@tap.test
def no_way_to_go():
    for destination, source in (("192.0.2.0/24", "10.66.0.1"), ("2001:db8::/32", "fd66::1")):
        counted = Counted(daemon)
        ip("route", "add", "prohibit", destination)
        with peer.entered():
            ip("route", "replace", destination, "via", source)
            send_datagrams(destination.split("/")[0] + "1", 7)
        time.sleep(0.5)
        found = counted.now()
        ip("route", "del", "prohibit", destination)
        assert not any(device for _, _, device in found), f"a device for {found}"


@contextlib.contextmanager
def capture(device):
    """Frames sent by the device are copied into this socket, which nobody reads."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)) as raw:
        raw.bind((device, ETH_P_ALL))
        yield


def close_unix():
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        one, other = socket.socketpair(socket.AF_UNIX, kind)
        for _ in range(20):
            one.send(b"unread")
        other.close()
        one.close()


def close_unread():
    for address in peer.THEIRS:
        for make in (peer.tcp, peer.udp):
            near, far = make(address)
            for _ in range(20):
                near.send(b"unread")
            far.close()
            near.close()


def close_captured():
    with capture("near"):
        for address in peer.THEIRS:
            send_datagrams(address, 20)


def close_errors():
    """With what has been told to the sender still unread: when packets were sent, and refusals."""
    for address in (*peer.THEIRS, "127.0.0.1"):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, TX_SCHED_AND_SOFTWARE)
            if family == socket.AF_INET:
                sender.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
            for _ in range(20):
                with contextlib.suppress(ConnectionRefusedError):
                    sender.sendto(b"told", (address, 9))


def close_zerocopy():
    near, far = peer.tcp(peer.THEIRS[0])
    near.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    for _ in range(5):
        near.send(b"x" * 4096, MSG_ZEROCOPY)
    until(lambda: not unacknowledged(near), "acknowledgements")
    near.close()
    far.close()


def unacknowledged(connection):
    return struct.unpack("i", fcntl.ioctl(connection, 0x5411, bytes(4)))[0]


def netlink():
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as route_socket:
        route_socket.send(struct.pack("IHHIIB3x", 20, 18, 0x301, 1, 0, 0))


@tap.test
def what_is_freed_for_other_reasons():
    """Unread, captured, told to the sender, no packet at all: each so often as it can be."""
    for one in (close_unix, close_unread, close_captured, close_errors, close_zerocopy,
                netlink):
        counted = Counted(daemon)
        one()
        time.sleep(0.2)
        tap.equal(counted.now(), {}, one.__name__)


@tap.test
def bridges():
    """What is dropped between two ports, and what is for the bridge."""
    ip("link", "add", "bridge", "address", Beyond.NEAR_ADDRESS, "type", "bridge")
    ports = [Port(number) for number in range(2)]
    ip("link", "set", "bridge", "up")
    ip("address", "add", "10.68.0.9/24", "dev", "bridge")
    try:
        for hook, address, expected in (
                ("forward", "10.68.0.1", {(HOOK, "forwarded", "port1"): 13}),
                ("input", "10.68.0.9", {})):
            counted = Counted(daemon)
            try:
                drop = dropping("udp dport 9", hook, "bridge")
                with drop as dropped:
                    with ports[0].entered():
                        send_datagrams(address, 13)
                    until(lambda: dropped() == 13, "arrivals")
            except subprocess.CalledProcessError as fault:
                raise tap.Skip("this kernel has no nftables for bridges") from fault
            tap.equal(counted.now(), expected, hook)
    finally:
        ip("link", "del", "bridge")
        for port in ports:
            ip("link", "del", port.near)


class Port(Peer):
    """A peer at a port of the bridge."""

    def __init__(self, number):
        self.NEAR_ADDRESS = f"02:00:00:00:02:{number:02}"
        self.FAR_ADDRESS = f"02:00:00:00:03:{number:02}"
        self.OURS = (f"10.69.{number}.1", f"fd69:{number}::1")
        self.THEIRS = (f"10.68.0.{number}", f"fd68::{number + 1}")
        super().__init__(f"port{number}", "far")
        ip("link", "set", self.near, "master", "bridge")
        with self.entered():
            for address, hardware in (("10.68.0.1", "02:00:00:00:03:01"),
                                      ("10.68.0.9", Beyond.NEAR_ADDRESS)):
                ip("neighbour", "replace", address, "lladdr", hardware, "dev", "far", "nud",
                   "permanent")


isolate()
peer = Peer()
beyond = Beyond()
forward()
route(peer, beyond)
with Daemon(config=config()) as daemon:
    tap.run()
