# SPDX-License-Identifier: GPL-2.0-or-later
"""The network cards of a guest (tests/guest/boot), all on one wire."""

import collections
import fcntl
import os
import pathlib
import socket

from support import tap
from support.network import CLONE_NEWNET, Peer, call, ip, libc
from support.wait import until

N_BYTES = 1000
Card = collections.namedtuple("Card", "device driver address")
lock = None


def cards():
    """Every Card that is in this process' network namespace."""
    return [Card(place.name, (place / "device/driver").resolve().name,
                 (place / "address").read_text().strip())
            for place in sorted(pathlib.Path("/sys/class/net").iterdir())
            if (place / "device/driver").exists()]


def take():
    """Waits until no other program uses the cards. Outside of a guest the program is skipped."""
    global lock
    if "TXPATHD_GUEST" not in os.environ:
        tap.skip_all("only for a guest: tests/guest/boot SERIES tests/tally.py guest "
                     "tests/guest/*.py")
    lock = open("/run/cards", "w")
    fcntl.flock(lock, fcntl.LOCK_EX)


class Wire:
    """
    One card in this namespace, another in one of its own, and a socket at each end, for the length
    of a with block. Nothing but what is sent here is on the wire.
    """

    def __init__(self, near, far):
        self.near, self.far = near, far
        self.home = None

    def __enter__(self):
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        call(libc.unshare, CLONE_NEWNET)
        away = os.open("/proc/self/ns/net", os.O_RDONLY)
        call(libc.setns, self.home, CLONE_NEWNET)
        ip("link", "set", self.far.device, "netns", f"/proc/{os.getpid()}/fd/{away}")
        Peer.set_up(self.near.device, Peer.OURS, Peer.THEIRS, self.far.address)
        call(libc.setns, away, CLONE_NEWNET)
        os.close(away)
        Peer.set_up(self.far.device, Peer.THEIRS, Peer.OURS, self.near.address)
        self.receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.receiver.bind((Peer.THEIRS[0], 0))
        self.receiver.settimeout(60)
        call(libc.setns, self.home, CLONE_NEWNET)
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sender.connect(self.receiver.getsockname())
        carrier = pathlib.Path("/sys/class/net", self.near.device, "carrier")
        until(lambda: carrier.read_text() == "1\n", f"a carrier on {self.near.device}")
        return self

    def __exit__(self, *_):
        """The namespace ends with its last socket, and the card comes home."""
        self.sender.close()
        self.receiver.close()
        os.close(self.home)
        ip("link", "set", self.near.device, "down")
        ip("address", "flush", "dev", self.near.device)
        home = pathlib.Path("/sys/class/net", self.far.device)
        until(home.exists, f"the return of {self.far.device}")

    def send(self, number):
        for _ in range(number):
            self.sender.send(b"x" * N_BYTES)
            self.receiver.recv(N_BYTES)
