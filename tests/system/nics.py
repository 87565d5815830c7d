#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices: changes of their settings are noticed, and what sysfs keeps open is bounded."""

import contextlib
import os
import pathlib
import subprocess

from support import tap
from support.changes import check_notification, feature
from support.daemon import QUICK, Daemon
from support.isolation import isolate, may_mount
from support.network import ip
from support.wait import until

BY_DEFAULT = {"collectors": {}}
WITHOUT_CAPABILITIES = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")


def channels(exposition):
    return exposition.value("txpath_nic_channels", device="set0", kind="tx")


@tap.test
def features_and_channels_are_told_of_by_notifications():
    with Daemon(config=BY_DEFAULT) as daemon:
        check_notification(daemon, feature("set0", "tx-tcp-segmentation"),
                           (("-K", "set0", "tso", "off"), 0), (("-K", "set0", "tso", "on"), 1))
        check_notification(daemon, channels,
                           (("-L", "set0", "tx", "3"), 3), (("-L", "set0", "tx", "2"), 2))


@tap.test
def a_new_device_and_a_new_name_are_told_of():
    with Daemon(config=QUICK) as daemon:
        ip("link", "add", "new0", "type", "ifb")
        try:
            until(lambda: named(daemon, "new0"), "the new device")
            ip("link", "set", "new0", "name", "named0")
            until(lambda: named(daemon, "named0") and not named(daemon, "new0"), "its new name")
        finally:
            subprocess.run(["ip", "link", "del", "new0"], stderr=subprocess.DEVNULL)
            subprocess.run(["ip", "link", "del", "named0"], stderr=subprocess.DEVNULL)
        until(lambda: not named(daemon, "named0"), "its end")


def named(daemon, device):
    """The families that have the device."""
    return [name for name, family in daemon.scrape().families.items()
            if name.startswith("txpath_nic")
            for _, labels in family.samples if ("device", device) in labels]


@tap.test
def it_needs_no_capability():
    with Daemon(config=QUICK, wrapper=WITHOUT_CAPABILITIES) as daemon:
        exposition = daemon.next_sample("nic")
        assert channels(exposition)
        if may_mount():
            tap.equal(exposition.value("txpath_nic_queue_timeouts_total", device="set0", queue="0"),
                      0, "timeouts")


@tap.test
def open_files_are_bounded():
    with Daemon(config=QUICK, wrapper=("prlimit", "--nofile=256:256")) as daemon:
        for number in range(30):
            ip("link", "add", f"many{number}", "numtxqueues", "4", "type", "ifb")
        try:
            until(lambda: named(daemon, "many29"), "the last of many devices")
            exposition = daemon.next_sample("nic")
            opened = sum("/queues/tx-" in path for path in opened_by(daemon))
            assert opened <= 65, f"{opened} files of sysfs"  # one may just be read
            if may_mount():
                assert exposition.value("txpath_nic_reopened_files") > 0
                assert opened >= 64, f"{opened} files of sysfs"
        finally:
            for number in range(30):
                ip("link", "del", f"many{number}")


def opened_by(daemon):
    for link in pathlib.Path(f"/proc/{daemon.process.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            yield os.readlink(link)


isolate()
ip("link", "add", "set0", "numtxqueues", "4", "type", "veth", "peer", "name", "set1")
ip("link", "set", "set0", "up")
ip("link", "set", "set1", "up")
tap.run()
