#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Device names that try to break out of a label."""

import contextlib
import socket

from support import tap
from support.daemon import Daemon
from support.isolation import isolate
from support.network import ip

# dev_valid_name() forbids '/', ':', blanks, "." and "..", and '%' is for templates: else all may
# come.
NAMES = ['we"ir\\d', "\\n", '"', "\\", '\\"', "a{b=c}", "#HELP", "é☃", "a\x01\x7f",
         "',--", "x" * 15]
NOT_UTF8 = [b"bad\xff", b"\xc0\xaf", b"cut\xe2\x82", b"\xed\xbf\xbf", b"\xf5\x80\x80\x80"]


def exported_devices(daemon):
    return {own["device"] for own, _ in
            daemon.next_sample("qdisc").samples("txpath_qdisc_sent_bytes_total")}


@contextlib.contextmanager
def devices(names):
    made = []
    try:
        for number, name in enumerate(names):
            peer = f"peer{number}"
            ip("link", "add", name, "type", "veth", "peer", "name", peer)
            made.append(peer)
            ip("link", "set", peer, "up")
            ip("link", "set", name, "up")
        with Daemon() as daemon:
            yield daemon
    finally:
        for peer in made:
            ip("link", "del", peer)


@tap.test
def hostile_names_are_escaped_and_read_back_the_same():
    with devices(NAMES) as daemon:
        exported = exported_devices(daemon)
        tap.equal(set(NAMES) - exported, set(), "missing devices")
        tap.equal(len(exported), len(socket.if_nameindex()), "number of devices")


@tap.test
def bytes_that_are_not_utf8_are_replaced_and_counted():
    with devices(NOT_UTF8) as daemon:
        exported = exported_devices(daemon)
        assert {"bad\ufffdff", "\ufffdc0\ufffdaf"} <= exported, exported
        tap.equal(len(exported), len(socket.if_nameindex()), "number of devices")
        count = daemon.scrape().value("txpathd_collector_sanitized_labels_total", collector="qdisc")
        assert count > 0, count


@tap.test
def names_that_differ_in_bytes_that_are_not_utf8_stay_different():
    with devices((b"same\xfe", b"same\xff", "same\ufffdff")) as daemon:
        assert {"same\ufffdfe", "same\ufffdff"} <= exported_devices(daemon)


isolate()
tap.run()
