# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices and files, more than the configuration has room for, and what sysfs does not show."""

import copy
import os
import pathlib

from experiments import experiment, settle
from session import Session
from support.daemon import QUICK
from support.isolation import may_mount
from support.network import ip

MOVING = ("tx_timeout", "byte_queue_limits/inflight", "byte_queue_limits/limit",
          "byte_queue_limits/stall_cnt")
# The /sys of a new mount namespace shows the network namespace in which it is mounted.
OWN_SYS = ["unshare", "--mount", "sh", "-c", 'mount -t sysfs sysfs /sys && exec "$@"', "sh"]


def files(session, device):
    """How many files of the device move, as the daemon sees them."""
    queues = pathlib.Path(f"/proc/{session.process.pid}/root/sys/class/net/{device}/queues")
    return sum((queue / name).exists() for name in MOVING for queue in queues.glob("tx-*"))


def nic(**options):
    config = copy.deepcopy(QUICK)
    config["collectors"]["nic"] |= options
    return config


@experiment
def devices_beyond_what_is_wanted():
    """Of six ifb the two that are oldest are told of, with as many files open as they may have."""
    devices = [f"many{number}" for number in range(6)]
    for device in devices:
        ip("link", "add", device, "type", "ifb")
    config = nic(max_devices=2, max_open_files=3, devices=["^many"], exclude_devices=["^many0$"])
    with Session(config=config, wrapper=OWN_SYS if may_mount() else ()) as session:
        there = sum(files(session, device) for device in devices[1:3])
        assert there > 3 or not may_mount(), "this /sys has no such files"
        yield from settle(session, {
            "txpath_nic_untracked_devices": [({}, 3)],
            "txpath_nic_reopened_files": [({}, max(0, there - 3))],
            "txpath_nic_mtu_bytes": [({"device": device}, 1500) for device in devices[1:3]]})


@experiment
def devices_of_another_network_namespace():
    """A device there and its loopback have no files for us; of ours, all have their own."""
    name = f"txpathd-nic-{os.getpid()}"
    ip("netns", "add", name)
    try:
        ip("link", "add", "here0", "type", "veth", "peer", "name", "there0", "netns", name)
        with Session(config=nic() | {"namespaces": [name]},
                     wrapper=OWN_SYS if may_mount() else ()) as session:
            hidden = 0 if may_mount() else 1
            yield from settle(session, {"txpath_nic_hidden_devices": [({}, hidden),
                                                                     ({"netns": name}, 2)]})
    finally:
        ip("netns", "del", name)
