#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every qdisc and class is exported, with the values that tc shows, while packets really wait."""

import socket

from support import tap, tools
from support.daemon import Daemon
from support.isolation import isolate
from support.network import Peer, fill, have_qdiscs, ip, tc

# So slow that what is queued stays: one full packet in three minutes.
SLOW = ("tbf", "rate", "64bit", "burst", "1600", "limit", "100k")
TBF = "tbf rate 1mbit burst 1600 limit 1000"
QDISC_LABELS = ("device", "kind", "handle", "parent")
CLASS_LABELS = ("device", "kind", "class", "parent", "leaf")


def exported(exposition, prefix, labels):
    """tools.Statistics by labels, from one family after the other."""
    found = {}
    for index, field in enumerate(tools.Statistics._fields):
        suffix = "" if field.startswith("backlog") else "_total"
        for own, value in exposition.samples(f"{prefix}_{field}{suffix}"):
            assert set(own) <= set(labels), own
            key = tuple(own.get(label, "") for label in labels)
            found.setdefault(key, [None] * len(tools.Statistics._fields))[index] = value
    return {key: tools.Statistics(*values) for key, values in found.items()}


def without_overlimits(objects):
    return {key: own._replace(overlimits=None) for key, own in objects.items()}


def same_but_overlimits(before, after):
    """htb looks after a leaf that holds back several times a second, and each time counts there."""
    return without_overlimits(before) == without_overlimits(after)


def expect_between(exported, before, after):
    tap.equal(without_overlimits(exported), without_overlimits(after))
    for key, own in exported.items():
        assert before[key].overlimits <= own.overlimits <= after[key].overlimits, (key, own)


def compare(*devices):
    """The exported qdiscs and classes, once they have been found equal to what tc shows."""
    def observe():
        objects = tools.qdiscs()
        for device in devices:
            objects.update(tools.classes(device))
        return objects

    with Daemon() as daemon:
        before, after, exposition = daemon.agree(observe, "qdisc", same_but_overlimits)
    qdiscs = exported(exposition, "txpath_qdisc", QDISC_LABELS)
    classes = exported(exposition, "txpath_class", CLASS_LABELS)
    expect_between(qdiscs | {key: own._replace(backlog_bytes=tools.size_text(own.backlog_bytes))
                             for key, own in classes.items()}, before, after)
    return qdiscs, classes


def send_datagrams(peer, number):
    near, far = peer.udp(peer.THEIRS[0])
    near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    for _ in range(number):
        near.send(b"x" * 1000)
    return near, far


def close(ends, peer):
    for end in ends:
        end.close()
    ip("link", "del", peer.near)


@tap.test
def a_slow_tbf_holds_packets():
    have_qdiscs(TBF)
    peer = Peer("near1", "far1")
    tc("qdisc", "add", "dev", peer.near, "root", "handle", "10:", *SLOW)
    ends = send_datagrams(peer, 150)
    qdiscs, _ = compare(peer.near)
    statistics = qdiscs[(peer.near, "tbf", "10:", "root")]
    assert statistics.backlog_packets > 0 and statistics.backlog_bytes > 0, statistics
    assert statistics.drops > 0 and statistics.overlimits > 0, statistics
    assert statistics.sent_packets > 0, statistics
    close(ends, peer)


@tap.test
def an_htb_tree_with_a_slow_leaf():
    have_qdiscs("htb", TBF, "pfifo")
    peer = Peer("near2", "far2")
    near = ("dev", peer.near)
    tc("qdisc", "add", *near, "root", "handle", "1:", "htb", "default", "20")
    for parent, own in (("1:", "1:1"), ("1:1", "1:10"), ("1:1", "1:20"), ("1:10", "1:100")):
        tc("class", "add", *near, "parent", parent, "classid", own, "htb", "rate", "1mbit",
           "ceil", "1gbit")
    tc("qdisc", "add", *near, "parent", "1:20", "handle", "20:", *SLOW)
    tc("qdisc", "add", *near, "parent", "1:100", "handle", "100:", "pfifo", "limit", "7")
    ends = send_datagrams(peer, 120)
    qdiscs, classes = compare(peer.near)
    assert qdiscs[(peer.near, "htb", "1:", "root")].backlog_packets > 0
    assert qdiscs[(peer.near, "tbf", "20:", "1:20")].backlog_packets > 0
    assert classes[(peer.near, "htb", "1:20", "1:1", "20:")].backlog_packets > 0
    close(ends, peer)


@tap.test
def a_drained_qdisc_keeps_its_counters():
    have_qdiscs(TBF)
    peer = Peer("near3", "far3")
    tc("qdisc", "add", "dev", peer.near, "root", "handle", "30:", "tbf", "rate", "100mbit",
       "burst", "1600", "limit", "1m")
    near, far = peer.tcp(peer.THEIRS[1])
    fill(near)
    qdiscs, _ = compare(peer.near)
    statistics = qdiscs[(peer.near, "tbf", "30:", "root")]
    assert statistics.sent_bytes > 10000 and statistics.backlog_packets == 0, statistics
    close((near, far), peer)


@tap.test
def several_devices_and_what_the_kernel_made_itself():
    ip("link", "add", "multi0", "numtxqueues", "3", "type", "veth", "peer", "name", "multi1")
    for device in ("multi0", "multi1"):
        ip("link", "set", device, "up")
    for arguments in (("multi1", "ingress"), ("multi0", "clsact")):
        tc("qdisc", "add", "dev", *arguments)
    qdiscs, _ = compare("multi0", "multi1")
    assert any(key[3] == "ingress" for key in qdiscs), qdiscs
    assert any(key[3] == "clsact" for key in qdiscs), qdiscs


@tap.test
def a_device_with_a_queue_for_each_of_its_queues():
    have_qdiscs("mq")
    ip("link", "add", "queues0", "numtxqueues", "3", "type", "veth", "peer", "name", "queues1")
    tc("qdisc", "add", "dev", "queues0", "root", "handle", "50:", "mq")
    _, classes = compare("queues0")
    tap.equal(len([key for key in classes if key[1] == "mq"]), 3, "classes of mq")


isolate()
tap.run()
