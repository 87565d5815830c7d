# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices, a second network namespace, and sockets that lead there."""

import contextlib
import ctypes
import os
import socket
import subprocess

from support import tap

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def call(function, *arguments):
    if function(*arguments) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


def tc(*arguments):
    subprocess.run(["tc", *arguments], check=True)


def have_qdiscs(*kinds):
    """Skips the test unless the kernel has every kind; tried on a device that lives no longer."""
    ip("link", "add", "probe0", "type", "veth", "peer", "name", "probe1")
    try:
        for kind in kinds:
            if subprocess.run(["tc", "qdisc", "add", "dev", "probe0", "root", *kind.split()],
                              stderr=subprocess.DEVNULL).returncode != 0:
                raise tap.Skip(f"this kernel has no qdisc {kind.split()[0]}")
            tc("qdisc", "del", "dev", "probe0", "root")
    finally:
        ip("link", "del", "probe0")


class Peer:
    """
    Another network namespace, at the far end of the veth device `near`. Ours is 10.66.0.1 and
    fd66::1, the peer is 10.66.0.2 and fd66::2; neighbours are fixed, so nothing but what a test
    sends travels between the two.
    """

    OURS = ("10.66.0.1", "fd66::1")
    THEIRS = ("10.66.0.2", "fd66::2")
    NEAR_ADDRESS = "02:00:00:00:00:01"
    FAR_ADDRESS = "02:00:00:00:00:02"

    def __init__(self, near="near", far="far"):
        self.near, self.far = near, far
        self.own = os.open("/proc/self/ns/net", os.O_RDONLY)
        call(libc.unshare, CLONE_NEWNET)
        self.other = os.open("/proc/self/ns/net", os.O_RDONLY)
        call(libc.setns, self.own, CLONE_NEWNET)
        ip("link", "add", near, "address", self.NEAR_ADDRESS, "type", "veth", "peer", "name", far,
           "address", self.FAR_ADDRESS, "netns", f"/proc/{os.getpid()}/fd/{self.other}")
        self.set_up(near, self.OURS, self.THEIRS, self.FAR_ADDRESS)
        with self.entered():
            self.set_up(far, self.THEIRS, self.OURS, self.NEAR_ADDRESS)

    @staticmethod
    def set_up(device, own, others, hardware_address):
        # Multicast groups are reported all the same, but without an interval at once.
        for option in ("accept_ra", "autoconf", "router_solicitations", "dad_transmits",
                       "mldv2_unsolicited_report_interval"):
            with open(f"/proc/sys/net/ipv6/conf/{device}/{option}", "w") as file:
                file.write("0")
        ip("link", "set", device, "multicast", "off", "addrgenmode", "none", "up")
        ip("address", "add", own[0] + "/24", "dev", device)
        ip("address", "add", own[1] + "/64", "dev", device, "nodad")
        for address in others:
            ip("neighbour", "replace", address, "lladdr", hardware_address, "dev", device,
               "nud", "permanent")

    @contextlib.contextmanager
    def entered(self):
        """What is opened or run inside the with block belongs to the peer."""
        call(libc.setns, self.other, CLONE_NEWNET)
        try:
            yield
        finally:
            call(libc.setns, self.own, CLONE_NEWNET)

    @contextlib.contextmanager
    def left(self):
        """The same the other way, within a block like that."""
        call(libc.setns, self.own, CLONE_NEWNET)
        try:
            yield
        finally:
            call(libc.setns, self.other, CLONE_NEWNET)

    def tcp(self, address):
        """A connection to the peer, and its end there, which nobody reads."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with self.entered():
            listener = socket.create_server((address, 0), family=family)
        near = socket.create_connection(listener.getsockname()[:2], 30)
        far, _ = listener.accept()
        listener.close()
        return near, far

    def udp(self, address):
        """A connected datagram socket towards the peer, and its end there, which nobody reads."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with self.entered():
            far = socket.socket(family, socket.SOCK_DGRAM)
        far.bind((address, 0))
        near = socket.socket(family, socket.SOCK_DGRAM)
        near.connect(far.getsockname()[:2])
        return near, far


@contextlib.contextmanager
def on_one_cpu():
    """
    All that is sent inside goes by one queue of a device. A qdisc that serves several (tbf on veth)
    keeps what it has begun to take for another one until something runs it again.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def fill(connection, piece=b"x" * 4096):
    """Writes until the kernel takes no more."""
    connection.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            connection.send(piece)
