#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Device names that try to break out of a label."""

from support import tap, tools
from support.daemon import Daemon
from support.isolation import isolate
from support.network import ip

# dev_valid_name() forbids only '/', ':', blanks, "." and "..": everything else may come.
NAMES = ['we"ir\\d', "\\n", '"', "\\", '\\"', "a{b=c}", "#HELP", "%s%n", "é☃", "a\x01\x7f",
         "',--", "x" * 15]
NOT_UTF8 = {b"bad\xff": "bad\ufffd", b"\xc0\xaf": "\ufffd\ufffd", b"cut\xe2\x82": "cut\ufffd",
            b"\xed\xa0\x80": "\ufffd\ufffd\ufffd"}


def exported_devices(daemon):
    return {own["device"] for own, _ in
            daemon.next_sample("qdisc").samples("txpath_qdisc_sent_bytes_total")}


def add(name, number):
    ip("link", "add", name, "type", "veth", "peer", "name", f"peer{number}")
    ip("link", "set", f"peer{number}", "up")
    ip("link", "set", name, "up")


@tap.test
def hostile_names_are_escaped_and_read_back_the_same():
    for number, name in enumerate(NAMES):
        add(name, number)
    with Daemon() as daemon:
        devices = exported_devices(daemon)
        tap.equal(set(NAMES) - devices, set(), "missing devices")
        tap.equal(devices, {key[0] for key in tools.qdiscs()}, "devices")
    for name in NAMES:
        ip("link", "del", name)


@tap.test
def bytes_that_are_not_utf8_are_replaced_and_counted():
    for number, name in enumerate(NOT_UTF8):
        add(name, number)
    with Daemon() as daemon:
        devices = exported_devices(daemon)
        tap.equal(set(NOT_UTF8.values()) - devices, set(), f"missing of {devices}")
        count = daemon.scrape().value("txpathd_collector_sanitized_labels_total", collector="qdisc")
        assert count > 0, count
    for name in NOT_UTF8:
        ip("link", "del", name)


@tap.test
def names_that_become_equal_make_no_duplicate_series():
    for number, name in enumerate((b"same\xfe", b"same\xff")):
        add(name, number)
    with Daemon() as daemon:
        assert "same\ufffd" in exported_devices(daemon)


isolate()
tap.run()
