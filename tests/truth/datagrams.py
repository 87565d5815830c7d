# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets of IP and UDP that are sent, cut, forwarded or dropped, each in both versions of IP."""

import contextlib
import errno
import os
import pathlib
import socket

from support.frames import TBF
from support.network import ip, tc

NOWHERE = ("203.0.113.1", "2001:db8::1")
OURS = ("10.68.0.1", "fd68::1")
THEIRS = ("10.68.0.2", "fd68::2")
NETWORKS = ("10.68.0.0/24", "fd68::/64")
GROUPS = ("239.66.0.1", "ff15::66")
IP_MTU_DISCOVER, IP_PMTUDISC_DO = 10, 2
SO_RCVBUFFORCE = 33
LARGE = b"x" * 4000    # for the device near
MIDDLE = b"x" * 1400   # for the device thin only
SMALL = b"x" * 500
MUCH = 1 << 25


def datagram_socket(address):
    return socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)


def send(address, payload, number=1):
    with datagram_socket(address) as sender:
        for _ in range(number):
            sender.sendto(payload, (address, 9))


class Datagrams:
    """
    What goes to the peer passes the device near; a device thin, of a smaller MTU, leads to nobody
    and holds up what is sent. What the peer gets is unread as long as this object is kept.
    """

    def __init__(self, peer):
        self.peer = peer

    def send(self):
        self.make_thin()
        for address in self.peer.THEIRS:
            send(address, SMALL)
            send(address, LARGE)
        for address in NOWHERE:
            with contextlib.suppress(OSError):
                send(address, SMALL)
        self.send_to_many()
        self.be_a_router()
        self.overfill_thin()
        self.leave_unread()

    def leave_unread(self):
        """So much that it is seen: each processor has up to 1 MiB that it does not tell of."""
        near, far = self.peer.udp(self.peer.THEIRS[0])
        far.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, MUCH)
        for _ in range(4000):
            near.send(MIDDLE)
        with self.peer.entered():
            listener = socket.create_server((self.peer.THEIRS[0], 0))
        listener.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, MUCH)
        stream = socket.create_connection(listener.getsockname(), 30)
        stream.sendall(bytes(MUCH // 4))
        self.kept = (near, far, stream, listener, listener.accept())

    def make_thin(self):
        far = f"/proc/{os.getpid()}/fd/{self.peer.other}"
        ip("link", "add", "thin", "mtu", "1280", "type", "veth", "peer", "name", "thin", "netns",
           far)
        self.peer.set_up("thin", OURS, THEIRS, "02:00:00:00:00:99")
        with self.peer.entered():
            ip("link", "set", "thin", "multicast", "off", "addrgenmode", "none", "up")

    def send_to_many(self):
        near = socket.if_nametoindex(self.peer.near)
        with datagram_socket(GROUPS[0]) as four, datagram_socket(GROUPS[1]) as six:
            four.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                            socket.inet_aton(self.peer.OURS[0]))
            four.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, near)
            four.sendto(SMALL, (GROUPS[0], 9))
            four.sendto(SMALL, (self.peer.OURS[0].rsplit(".", 1)[0] + ".255", 9))
            six.sendto(SMALL, (GROUPS[1], 9))

    def be_a_router(self):
        """For what comes from the peer and goes on through thin, if it may be cut at all."""
        for path in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
            pathlib.Path("/proc/sys/net", path).write_text("1")
        with self.peer.entered():
            for network, gateway in zip(NETWORKS, self.peer.OURS):
                ip("route", "add", network, "via", gateway)
            for address in THEIRS:
                send(address, SMALL)
                send(address, MIDDLE)
            with datagram_socket(THEIRS[0]) as sender:
                sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
                with contextlib.suppress(OSError):
                    sender.sendto(MIDDLE, (THEIRS[0], 9))

    @staticmethod
    def overfill_thin():
        tc("qdisc", "add", "dev", "thin", "root", "handle", "68:", *TBF.split(), "3k")
        for address in THEIRS:
            try:
                send(address, SMALL, 10)
            except OSError as dropped:
                if dropped.errno != errno.ENOBUFS:
                    raise
