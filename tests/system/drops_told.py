#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What drop does with names, bounds, network namespaces and reloads."""

import contextlib
import errno
import fcntl
import os
import pathlib
import socket
import struct
import subprocess

from support import tap
from support.bpf import told
from support.daemon import Daemon
from support.dropping import (DROPS, HOOK, OTHER, Beyond, Counted, config, drops, dropping, sample,
                              send_datagrams)
from support.isolation import isolate, need_mounts
from support.network import Peer, ip
from support.wait import until

LOSSES = "txpathd_bpf_lost_events_total"
KEYS = 2048  # that a map has room for (bpf/drop.h)
SIOCSIFNAME = 0x8923


@tap.test
def reasons_are_there_from_the_start():
    with Daemon(config=config()) as daemon:
        found = {(own["reason"], own["origin"]) for own, value in sample(daemon).samples(DROPS)
                 if own["device"] == OTHER and not value}
        for reason in (HOOK, "QDISC_DROP", "NEIGH_FAILED", "IP_OUTNOROUTES"):
            for origin in ("local", "forwarded"):
                assert (reason, origin) in found, found
        tap.equal(told(daemon, "drop"), ("ok", ""))


@tap.test
def namespaces_are_told_apart():
    """By name, although devices have the same number there; and without having to enter them."""
    need_mounts()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    os.mkdir("/run/netns")
    for name, one in (("blue", peer), ("red", beyond)):
        pathlib.Path("/run/netns", name).touch()
        subprocess.run(["mount", "--bind", f"/proc/{os.getpid()}/fd/{one.other}",
                        f"/run/netns/{name}"], check=True)
    numbers = set()
    for one in (peer, beyond):
        with one.entered():
            numbers.add(socket.if_nametoindex("far"))
    tap.equal(len(numbers), 1, "numbers of the devices")

    def run():
        for one, n in ((peer, 5), (beyond, 7)):
            with one.entered(), dropping("udp dport 9"):
                send_datagrams(one.OURS[0], n)
        with dropping("udp dport 9"):
            send_datagrams(peer.THEIRS[0], 3)

    ours = {(None, "near"): 3}
    blue, red = {("blue", "far"): 5}, {("red", "far"): 7}
    for namespaces, expected in (("own", ours), ("all", ours | blue | red),
                                 (["red"], ours | red)):
        with Daemon(config=config(namespaces=namespaces)) as daemon:
            sample(daemon)
            run()
            # Other tests, which may run at the same time, have namespaces without a name.
            found = {(own.get("netns"), own.get("device")): value
                     for own, value in sample(daemon).samples(DROPS)
                     if value and own["reason"] == HOOK
                     and own.get("netns") in (None, "blue", "red")}
            tap.equal(found, expected, f"{namespaces}")


def rename(old, new):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anyone:
        fcntl.ioctl(anyone, SIOCSIFNAME, struct.pack("16s16s", old.encode(), new.encode()))


@contextlib.contextmanager
def renaming():
    """Yields a function that gives our device another name, and tells whether it may stay up."""
    name = "near"

    def give(new):
        nonlocal name
        try:
            rename(name, new)
            stays_up = True
        except OSError as fault:
            if fault.errno != errno.EBUSY:
                raise
            stays_up = False
            ip("link", "set", "dev", name, "down")
            rename(name, new)
            ip("link", "set", "dev", new, "up")
        name = new
        return stays_up
    try:
        yield give
    finally:
        if name != "near":
            give("near")


@tap.test
def devices_get_other_names_or_go():
    """Each name's counters are its own; they stay."""
    with Daemon(config=config()) as daemon, dropping("udp dport 9"):
        counted = Counted(daemon)
        with renaming() as give:
            send_datagrams(peer.THEIRS[0], 3)
            give("a-name-of-15-by")
            send_datagrams(peer.THEIRS[0], 5)
            give("n")
            send_datagrams(peer.THEIRS[0], 7)
            expected = {(HOOK, "local", name): n
                        for name, n in (("near", 3), ("a-name-of-15-by", 5), ("n", 7))}
            tap.equal(counted.now(HOOK), expected)
        other = Passing()
        send_datagrams(other.THEIRS[0], 2)
        ip("link", "del", other.near)
        expected[HOOK, "local", "passing"] = 2
        tap.equal(counted.now(HOOK), expected)
        Passing()
        send_datagrams(other.THEIRS[0], 2)
        ip("link", "del", other.near)
        expected[HOOK, "local", "passing"] = 4
        tap.equal(counted.now(HOOK), expected)


class Passing(Peer):
    OURS = ("10.70.0.1", "fd70::1")
    THEIRS = ("10.70.0.2", "fd70::2")

    def __init__(self):
        super().__init__("passing", "far")


@tap.test
def devices_beyond_the_bound_are_summed_up():
    with Daemon(config=config({"max_groups": 1})) as daemon, dropping("udp dport 9"):
        sample(daemon)
        send_datagrams(peer.THEIRS[0], 3)
        tap.equal(drops(sample(daemon)), {(HOOK, "local", "near"): 3})
        send_datagrams(beyond.THEIRS[0], 5)
        send_datagrams("127.0.0.1", 7)
        exposition = sample(daemon)
        tap.equal(drops(exposition), {(HOOK, "local", "near"): 3, (HOOK, "local", OTHER): 12})
        tap.equal(exposition.value("txpathd_collector_overflowed_groups_total", collector="drop"),
                  2)


@tap.test
def a_full_map_loses_nothing():
    """More names in one interval than there is room for; their sum is exact."""
    with Daemon(config=config({"max_groups": 100}, interval="5min")) as daemon, \
            dropping("udp dport 9"), renaming() as give, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        before = sum(drops(daemon.scrape()).values())
        tap.equal(before, 0)
        for number in range(KEYS + 100):
            if not give(f"n{number}"):
                raise tap.Skip("this kernel renames no device that is up: it would take too long")
            with contextlib.suppress(PermissionError):
                sender.sendto(b"x", (peer.THEIRS[0], 9))
        new = config({"max_groups": 100})
        daemon.reload(new)
        until(lambda: sum(drops(daemon.scrape()).values()) == KEYS + 100, "all of them")
        exposition = sample(daemon)
        tap.equal(len(drops(exposition)), 101, "devices")
        tap.equal(exposition.value(LOSSES, collector="drop", cause="map_full"), 100)


@tap.test
def a_reload_goes_on_counting():
    with Daemon(config=config()) as daemon, dropping("udp dport 9"):
        sample(daemon)
        send_datagrams(peer.THEIRS[0], 3)
        tap.equal(drops(sample(daemon)), {(HOOK, "local", "near"): 3})
        for n in (1, 2):
            done = daemon.log().count("configuration reloaded")
            send_datagrams(peer.THEIRS[0], 10)
            daemon.reload(config({"max_groups": 20 + n}))
            until(lambda: daemon.log().count("configuration reloaded") > done, "the reload")
            tap.equal(drops(sample(daemon)), {(HOOK, "local", "near"): 3 + n * 10})
        tap.equal(told(daemon, "drop"), ("ok", ""))


isolate()
peer = Peer()
beyond = Beyond()
tap.run()
