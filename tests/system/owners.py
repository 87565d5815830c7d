#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sockets are told apart by the units that they belong to: real cgroups, real sockets."""

import copy
import os
import pathlib
import socket
import struct

from support import tap
from support.cgroups import Cgroups
from support.daemon import QUICK, Daemon
from support.frames import HELD, hold_up_some
from support.isolation import isolate
from support.network import Peer, have_qdiscs
from support.wait import until

QUEUE = "txpath_socket_send_queue_bytes"
OTHER = "(other)"
AT_ONCE = struct.pack("ii", 1, 0)  # struct linger: close, and away with what was not sent
# The kernel forbids '/' and newlines: else all may come.
HOSTILE = ['we"ir\\d.service', "\\n.service", "a{b=c} #.service", "\u00e9\u2603.service",
           "tab\t\x01\x7f.service", "(other).service", "x" * 200 + ".service", "(none)"]
NOT_UTF8 = {b"bad\xff.service": "bad\ufffdff.service",
            b"cut\xe2\x82.service": "cut\ufffde2\ufffd82.service"}


def options(limits=(), **own):
    config = copy.deepcopy(QUICK)
    config["collectors"]["socket"] |= own
    config["limits"] |= dict(limits)
    return config


class Connections:
    """Made within a with block, at whose end they are gone at once."""

    def __init__(self):
        self.pairs = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for near, _ in self.pairs:
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            near.close()

    def add(self, name, n_bytes):
        """A connection of that cgroup, with so many bytes in its queue."""
        with cgroups.entered(name):
            self.pairs.append(peer.tcp(peer.THEIRS[0]))
        near, _ = self.pairs[-1]
        near.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, HELD)
        near.sendall(b"x" * n_bytes)
        return near


def by_unit(exposition, name=QUEUE):
    """The values of TCP, which are all that this program has, without units that have nothing."""
    return {own["unit"]: value for own, value in exposition.samples(name)
            if own.get("protocol", "tcp") == "tcp" and value}


def expect(daemon, expected):
    """It is so in a sample that was begun after this call."""
    tap.equal(by_unit(daemon.next_sample("socket")), expected)


@tap.test
def a_unit_has_its_name_from_its_first_sample_on():
    with Connections() as connections, Daemon() as daemon:
        daemon.next_sample("socket")
        connections.add("one.service", 10)
        expect(daemon, {"one.service": 10})
        connections.add("two.scope", 200)
        connections.add("one.service", 1)
        expect(daemon, {"one.service": 11, "two.scope": 200})
        connections.add("two.scope/payload/inner", 3000)
        expect(daemon, {"one.service": 11, "two.scope": 3200})
        connections.add("docker-" + "0123456789abcdef" * 4 + ".scope", 5)
        expect(daemon, {"one.service": 11, "two.scope": 3200, "docker:0123456789ab": 5})


@tap.test
def regular_expressions_fold_units():
    groups = {"web": ["^nginx", "^apache[0-9]*\\."], "rest": ["."]}
    sizes = {"nginx.service": 1, "nginx-worker.service": 20, "apache2.service": 300,
             "apaches.service": 4000, "other.service": 50000}
    with Connections() as connections, Daemon(config=options(unit_groups=groups)) as daemon:
        for name, size in sizes.items():
            connections.add(name, size)
        expect(daemon, {"web": 321, "rest": 54000})
        del groups["rest"]
        daemon.reload(options(unit_groups=groups))
        until(lambda: by_unit(daemon.scrape()) ==
              {"web": 321, "apaches.service": 4000, "other.service": 50000}, "the new groups")


@tap.test
def a_cgroup_that_is_gone_keeps_its_name_while_its_sockets_live():
    with Connections() as connections:
        gone = connections.add("gone.service", 70)
        connections.add("stays.service", 8)
        with Daemon() as daemon:
            expect(daemon, {"gone.service": 70, "stays.service": 8})
            cgroups.remove("gone.service")
            expect(daemon, {"gone.service": 70, "stays.service": 8})
            gone.sendall(b"x" * 7)
            expect(daemon, {"gone.service": 77, "stays.service": 8})
            daemon.reload(options(top=7))
            until(lambda: "configuration reloaded" in daemon.log(), "the reload")
            expect(daemon, {"gone.service": 77, "stays.service": 8})
            connections.add("gone.service", 100)  # another one of the same name
            expect(daemon, {"gone.service": 177, "stays.service": 8})
        with Daemon() as daemon:
            expect(daemon, {"(none)": 77, "gone.service": 100, "stays.service": 8})


@tap.test
def units_beyond_the_bound_are_summed_up():
    # A loss probe would send what is to stay unsent.
    pathlib.Path("/proc/sys/net/ipv4/tcp_early_retrans").write_text("0")
    depths = {f"many{number}.service": number + 1 for number in range(300)}
    with Connections() as connections, Daemon(config=options({"max_groups": 200})) as daemon:
        daemon.next_sample("socket")
        for name, depth in depths.items():
            connections.add(name, depth)
        exposition = daemon.next_sample("socket")
        found = by_unit(exposition)
        other = found.pop(OTHER)
        tap.equal(len(found), 200, "units of their own")
        tap.equal({name: depths[name] for name in found}, found)
        tap.equal(other, sum(depths.values()) - sum(found.values()), OTHER)
        assert exposition.value("txpathd_collector_overflowed_groups_total",
                                collector="socket") >= 100
        for near, _ in connections.pairs:
            near.sendall(b"x" * 10)
        exposition = daemon.next_sample("socket")
        sent, unsent = sum(depths.values()), 10 * 300  # while anything is on the way, crumbs wait
        for name, total in ((QUEUE, sent + unsent), ("txpath_socket_unacked_bytes", sent),
                            ("txpath_socket_unsent_bytes", unsent),
                            ("txpath_tcp_sent_bytes_total", sent)):
            tap.equal(sum(by_unit(exposition, name).values()), total, name)
        # Those that were there keep their places, whoever comes.
        tap.equal(set(by_unit(exposition)) - {OTHER}, set(found), "the units")


@tap.test
def hostile_names_are_escaped_and_read_back_the_same():
    names = {name: name for name in HOSTILE}
    names["(none)"] = f"/{os.path.basename(cgroups.slice)}/(none)"  # no unit: told by its path
    names |= {os.fsdecode(name): label for name, label in NOT_UTF8.items()}
    sizes = {name: 1 << number for number, name in enumerate(names)}
    with Connections() as connections, Daemon() as daemon:
        for name, size in sizes.items():
            connections.add(name, size)
        expect(daemon, {label: sizes[name] for name, label in names.items()})
        assert daemon.scrape().value("txpathd_collector_sanitized_labels_total",
                                     collector="socket") > 0


isolate()
try:
    have_qdiscs("htb", "tbf rate 1mbit burst 1600 limit 1000")
    own_cgroups = Cgroups()
except tap.Skip as skip:
    tap.skip_all(skip)
with own_cgroups as cgroups:
    peer = Peer()
    hold_up_some(peer.near)
    tap.run()
