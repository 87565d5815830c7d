# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices and files, more than the configuration has room for."""

import copy
import pathlib

from experiments import experiment, settle
from session import Session
from support.daemon import QUICK
from support.network import ip

MOVING = ("tx_timeout", "byte_queue_limits/inflight", "byte_queue_limits/limit",
          "byte_queue_limits/stall_cnt")


def files(device):
    """How many files of the device move."""
    return sum((queue / name).exists() for name in MOVING
               for queue in pathlib.Path("/sys/class/net", device, "queues").glob("tx-*"))


@experiment
def devices_beyond_what_is_wanted():
    """Of six ifb the two that are oldest are told of, with as many files open as they may have."""
    devices = [f"many{number}" for number in range(6)]
    for device in devices:
        ip("link", "add", device, "type", "ifb")
    config = copy.deepcopy(QUICK)
    config["collectors"]["nic"] |= {"max_devices": 2, "max_open_files": 3,
                                    "devices": ["^many"], "exclude_devices": ["^many0$"]}
    with Session(config=config) as session:
        reopened = sum(map(files, devices[1:3])) - 3
        assert reopened > 0, "this /sys has no such files"
        yield from settle(session, {
            "txpath_nic_untracked_devices": [({}, 3)],
            "txpath_nic_reopened_files": [({}, reopened)],
            "txpath_nic_mtu_bytes": [({"device": device}, 1500) for device in devices[1:3]]})
