#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Times of packets: which packets and devices they are of, and what is left behind."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess

from support import tap
from support.bpf import all_are, any_is, ids_of
from support.daemon import Daemon
from support.isolation import isolate
from support.latency import (ALL, BYPASSED, DEVICES, LOSSES, OBSERVED, PENDING, SECONDS, SEGMENTS,
                             Histogram, attached, attempts, config, device_counts, links_free,
                             method_of, qdisc, sampling, send, settled)
from support.network import Peer, ip
from support.wait import until


@tap.test
def each_segment_says_how_it_is_measured():
    with sampling() as daemon:
        exposition = daemon.next_sample("latency")
        found = {segment: method_of(exposition, segment) for segment in SEGMENTS}
        tap.comment(found)
        assert {method for method, _ in found.values()} <= {"fentry", "tracepoint", "none"}
        for segment in ("qdisc", "driver", "nic"):
            tap.equal(found[segment], ("tracepoint", ""))
        for segment, (method, reason) in found.items():
            assert method != "none" or reason, segment


def sent(device):
    return int(pathlib.Path(f"/sys/class/net/{device}/statistics/tx_packets").read_text())


@tap.test
@attempts
def packets_that_meet_no_queue_are_counted_apart():
    with sampling() as daemon:
        before = sent("near")
        for address in peer.THEIRS:
            send(peer, 25, address)
        exposition = settled(daemon)
        number = sent("near") - before
        assert number >= 50, "and what the kernel may have to say"
        tap.equal(device_counts(exposition, "near"), (0, number))
        tap.equal(Histogram(exposition, "driver", "near").n, number)
        tap.equal(Histogram(exposition, "qdisc", "near").n, 0)
        assert not [own for own, _ in exposition.samples(SECONDS + "_count")
                    if own["segment"] == "nic"], "veth has no completion"


@tap.test
def devices_of_the_same_index_are_not_mixed():
    """In our namespace, and in one of the name blue that has a device of the same index."""
    ip("link", "add", "same", "index", "777", "type", "veth", "peer", "name", "other")
    with contextlib.ExitStack() as stack:
        stack.callback(ip, "link", "del", "same")
        own = os.open("/proc/self/ns/net", os.O_RDONLY)
        blue = Peer("same2", "far2")
        with blue.entered():
            ip("link", "add", "same", "index", "777", "type", "veth", "peer", "name", "other")
            for name in ("same", "other"):
                ip("link", "set", name, "up", "addrgenmode", "none")
            inode = os.stat("/proc/self/ns/net").st_ino
        for name in ("same", "other"):
            ip("link", "set", name, "up", "addrgenmode", "none")
        os.close(own)
        # Whatever else there is on this machine needs room, too.
        with sampling(namespaces="all", **ALL, max_devices=62) as daemon:
            raw("same", 30)
            with blue.entered():
                raw("same", 70)
            exposition = settled(daemon)
            tap.equal(device_counts(exposition, "same"), (0, 30))
            others = [(own["netns"], value) for own, value in exposition.samples(BYPASSED)
                      if own["device"] == "same" and "netns" in own]
            tap.equal([value for _, value in others], [70])
            tap.comment(f"the other one is {others[0][0]}, inode {inode}")
        with sampling() as daemon:
            raw("same", 5)
            with blue.entered():
                raw("same", 9)
            exposition = settled(daemon)
            tap.equal([value for own, value in exposition.samples(BYPASSED)
                       if own["device"] == "same"], [5], "of our own alone")
        ip("link", "del", "same2")


def raw(device, number):
    """Frames of a protocol that nobody answers."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((device, 0x88B5))
        for _ in range(number):
            sender.send(b"\xff" * 6 + b"\x02" + b"\0" * 5 + b"\x88\xb5" + b"x" * 50)


@contextlib.contextmanager
def veth(name):
    ip("link", "add", name, "type", "veth", "peer", "name", name + "-peer")
    try:
        for one in (name, name + "-peer"):
            with open(f"/proc/sys/net/ipv6/conf/{one}/disable_ipv6", "w") as file:
                file.write("1")
            ip("link", "set", one, "up", "multicast", "off")
        yield
    finally:
        ip("link", "del", name)


def rename(name, new):
    ip("link", "set", name, "down")
    ip("link", "set", name, "name", new)
    ip("link", "set", new, "up")


@tap.test
def a_device_has_its_new_name_in_the_next_burst():
    burst = {"burst": "100ms", "every": "100ms"}
    with veth("before"), sampling(**burst) as daemon:
        def seen(name):
            raw(name, 5)
            devices = {own["device"] for own, _ in daemon.next_sample("latency").samples(BYPASSED)}
            return name in devices and devices
        until(lambda: seen("before"), "the device")
        rename("before", "after")
        try:
            assert "before" not in until(lambda: seen("after"), "the new name")
        finally:
            rename("after", "before")


@tap.test
def devices_beyond_the_bound_are_summed_up():
    with veth("first"), veth("second"), veth("third"), sampling(**ALL, max_devices=1) as daemon:
        for name in ("first", "second", "third"):
            raw(name, 10)
        exposition = settled(daemon)
        tap.equal(exposition.value(DEVICES), 1)
        tap.equal(device_counts(exposition, "first"), (0, 10))
        tap.equal(device_counts(exposition, "(other)"), (0, 20))


@tap.test
def between_bursts_nothing_is_attached():
    """But for functions' entries, where these can be had."""
    with Daemon(config=config(burst="1s", every="3s", drain="0ms")) as daemon:
        until(lambda: daemon.scrape().samples(OBSERVED), "a sample")
        before = until(lambda: links_free(daemon), "the end of a burst")
        start = before.value(OBSERVED)
        resident, seen = attached(before), set()
        if method_of(before, "netfilter")[0] == "none":
            tap.equal(resident, set(), "between bursts")

        def later():
            exposition = daemon.scrape()
            seen.add(bool(attached(exposition) - resident))
            # On a machine that is too slow there is no sample young enough at times.
            times = [value for _, value in exposition.samples(OBSERVED)]
            return times and times[0] > start + 1.1
        until(later, "two bursts")
        tap.equal(seen, {False, True}, "attached in bursts alone")
        after = until(lambda: links_free(daemon), "the end of a burst")
        n = (after.value(OBSERVED) - start) / 1
        assert n > 1.5 and abs(n - round(n)) < 0.4, n


@tap.test
def what_never_ends_is_counted_as_lost():
    """Packets that wait longer than they are waited for."""
    with qdisc("tbf", "rate", "8kbit", "burst", "1100", "limit", "1000000"), \
            sampling(burst="50ms", every="200ms", drain="100ms") as daemon:
        def lost():
            send(peer, 2, peer.THEIRS[0])
            exposition = daemon.next_sample("latency")
            return exposition.value(LOSSES, collector="latency", cause="unfinished") > 0
        until(lost, "a loss")


@tap.test
def packets_that_a_qdisc_drops_have_not_waited():
    with qdisc("tbf", "rate", "8kbit", "burst", "1100", "limit", "3000"), sampling() as daemon:
        send(peer, 40, peer.THEIRS[0])
        exposition = daemon.next_sample("latency")
        dropped = json.loads(subprocess.run(
            ["tc", "-s", "-j", "qdisc", "show", "dev", "near"], check=True,
            stdout=subprocess.PIPE).stdout)[0]["drops"]
        assert dropped >= 30
        tap.equal(exposition.value(LOSSES, collector="latency", cause="freed"), dropped)


def reload_to(daemon, new):
    done = daemon.log().count("configuration reloaded")
    daemon.reload(new)
    until(lambda: daemon.log().count("configuration reloaded") > done, "the reload")
    return daemon.next_sample("latency")


@tap.test
def a_reload_keeps_what_was_measured():
    """Without loading anything again: programs stay the same, capabilities are gone."""
    with sampling() as daemon:
        programs = ids_of(daemon, "prog")
        send(peer, 20, peer.THEIRS[0])
        settled(daemon)
        off = reload_to(daemon, config(mode="off"))
        tap.equal(attached(off), set(), "attached when off")
        tap.equal(method_of(off, "qdisc"), ("none", "mode is off"))
        send(peer, 20, peer.THEIRS[0])
        tap.equal(device_counts(daemon.next_sample("latency"), "near"), (0, 20))
        reload_to(daemon, config())
        until(lambda: "queue" in attached(daemon.next_sample("latency")), "programs")
        send(peer, 20, peer.THEIRS[0])
        tap.equal(device_counts(settled(daemon), "near"), (0, 40))
        tap.equal(ids_of(daemon, "prog"), programs, "programs")


@tap.test
def killed_in_a_burst_it_leaves_nothing_behind():
    killed = False
    try:
        with sampling() as daemon:
            programs, links = ids_of(daemon, "prog"), ids_of(daemon, "link")
            assert all_are("prog", programs) and all_are("link", links)
            daemon.process.kill()
            killed = daemon.process.wait() == -signal.SIGKILL
    except AssertionError:  # of who would have ended it
        pass
    assert killed and len(programs) >= 3 and len(links) >= 3, (programs, links)
    until(lambda: not any_is("prog", programs) and not any_is("link", links), "their end")


@tap.test
def sockets_that_come_and_go_leave_nothing_in_the_maps():
    with sampling() as daemon:
        first = settled(daemon)
        for _ in range(500):
            for address in peer.THEIRS:
                near, far = peer.tcp(address)
                near.send(b"x")
                far.recv(1)
                near.close()
                far.close()
        exposition = settled(daemon)
        sent = Histogram(exposition, "socket", "near").n - Histogram(first, "socket", "near").n
        tap.comment(f"{sent} sends were looked at")
        assert sent >= 990, sent
        tap.equal(exposition.value(PENDING), 0)
        tap.equal(exposition.value(LOSSES, collector="latency", cause="busy"), 0)


isolate()
peer = Peer()
tap.run()
