# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices of several kinds, set otherwise than they come, with queues that have sent something."""

import pathlib
import subprocess

from support.network import ip


class Nics:
    """A bridge with a port, a macvlan, a tun without a carrier; and an ifb of two queues."""

    def make(self):
        ip("link", "add", "bridge0", "type", "bridge")
        ip("link", "add", "port0", "mtu", "1400", "txqueuelen", "77", "numtxqueues", "4", "type",
           "veth", "peer", "name", "port1")
        ip("link", "set", "port0", "master", "bridge0")
        ip("link", "add", "vlan0", "link", "port1", "type", "macvlan")
        ip("tuntap", "add", "tun0", "mode", "tun")
        for device in ("port0", "port1", "tun0"):
            ip("link", "set", device, "up")
        subprocess.run(["ethtool", "-K", "port1", "tso", "off"], check=True)
        subprocess.run(["ethtool", "-L", "port0", "tx", "3"], check=True)

    @staticmethod
    def steer():
        """One processor for a queue, where there are several of both."""
        for file in pathlib.Path("/sys/class/net").glob("port0/queues/tx-1/xps_cpus"):
            try:
                file.write_text("1")
            except OSError:
                pass  # a kernel without CONFIG_XPS
