# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices of several kinds, set otherwise than they come, with queues that have sent something."""

import contextlib
import os
import pathlib
import socket
import subprocess

from support.cards import cards, take
from support.network import ip
from support.wait import until

# How the cards of a guest are set, and to be set again as they were: a driver may not be able to do
# it, or not on each kernel.
CARD_SETTINGS = {
    "e1000e": [("-G", ("rx", "512", "tx", "1024"), ("rx", "256", "tx", "256")),
               ("-C", ("rx-usecs", "20"), ("rx-usecs", "3"))],
    "vmxnet3": [("-G", ("rx", "512", "tx", "1024"), ("rx", "1024", "tx", "512"))],
    "virtio_net": [("-L", ("combined", "2"), ("combined", "4"))]}


def ethtool(*arguments):
    subprocess.run(["ethtool", *arguments], check=True)


def send(device):
    """A frame of 1514 bytes to all, of a protocol for experiments."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((device, 0))
        sender.send(b"\xff" * 6 + bytes(6) + b"\x88\xb5" + bytes(1500))


class Nics:
    """
    A bridge with a port, a macvlan, a tun without a carrier. In a guest its network cards too, up
    and set otherwise, for the length of a with block.
    """

    def __init__(self):
        self.cards = []

    def __enter__(self):
        if "TXPATHD_GUEST" in os.environ:
            take()
            self.cards = cards()
        return self

    def __exit__(self, *_):
        for card in self.cards:
            for option, _, before in CARD_SETTINGS.get(card.driver, ()):
                ethtool(option, card.device, *before)
            ip("link", "set", card.device, "down")

    def make(self):
        ip("link", "add", "bridge0", "type", "bridge")
        ip("link", "add", "port0", "mtu", "1400", "txqueuelen", "77", "numtxqueues", "4", "type",
           "veth", "peer", "name", "port1")
        ip("link", "set", "port0", "master", "bridge0")
        ip("link", "add", "vlan0", "link", "port1", "type", "macvlan")
        subprocess.run(["modprobe", "--quiet", "tun"], check=False)  # where it is a module
        ip("tuntap", "add", "tun0", "mode", "tun")
        for device in ("port0", "port1", "tun0"):
            ip("link", "set", device, "up")
        ethtool("-K", "port1", "tso", "off")
        ethtool("-L", "port0", "tx", "3")
        ethtool("-C", "tun0", "rx-frames", "5")

    def make_cards(self):
        """Each sends one frame; IPv6 would send more, of itself and for some time."""
        for card in self.cards:
            pathlib.Path("/proc/sys/net/ipv6/conf", card.device, "disable_ipv6").write_text("1")
            for option, new, _ in CARD_SETTINGS.get(card.driver, ()):
                ethtool(option, card.device, *new)
            ip("link", "set", card.device, "up")
        for card in self.cards:
            carrier, sent = (pathlib.Path("/sys/class/net", card.device, name)
                             for name in ("carrier", "statistics/tx_packets"))
            until(lambda file=carrier: file.read_text() == "1\n", f"a carrier on {card.device}")
            send(card.device)
            until(lambda file=sent: int(file.read_text()), f"a packet of {card.device}")

    @staticmethod
    def steer():
        """A frame that port0 is too small for; one processor for a queue, if there are several."""
        with contextlib.suppress(OSError):  # of the drop, as newer kernels say
            send("port1")
        for file in pathlib.Path("/sys/class/net").glob("port0/queues/tx-1/xps_cpus"):
            try:
                file.write_text("1")
            except OSError:
                pass  # a kernel without CONFIG_XPS
