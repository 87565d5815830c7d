# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames that nobody wants, and a device that holds up whatever is sent."""

import errno
import socket
import struct

from support.network import tc

EXPERIMENTAL, IPV4 = 0x88b5, 0x0800  # Ethernet types
ADDRESSES = bytes.fromhex("020000000099020000000098")
ECT = 2  # in the field that was the type of service
# So slow that what is queued stays: one full packet in three minutes. A limit is to follow.
TBF = "tbf rate 64bit burst 1600 limit"
FULL_FRAME = 1514


def send_all(device, number, frame, priority):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind((device, int.from_bytes(frame[12:14], "big")))
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, priority)
        for _ in range(number):
            try:
                raw.send(frame)
            except OSError as dropped:
                if dropped.errno != errno.ENOBUFS:
                    raise


def send(device, number, size, priority=0):
    """Frames of that size. A priority that is a class id sends them to that class."""
    frame = ADDRESSES + EXPERIMENTAL.to_bytes(2, "big")
    send_all(device, number, frame.ljust(size, b"x"), priority)


def send_markable(device, number, size, priority=0):
    """The same as IPv4 packets whose sender knows of ECN, so that they are marked, not dropped."""
    header = struct.pack(">BBHHHBBH8s", 0x45, ECT, size - 14, 0, 0, 64, 253, 0,
                         bytes.fromhex("c6336401c6336402"))
    frame = ADDRESSES + IPV4.to_bytes(2, "big") + header
    send_all(device, number, frame.ljust(size, b"x"), priority)


def hold_up(device):
    """From now on nothing leaves the device; the first frame does, and the next is in the way."""
    tc("qdisc", "add", "dev", device, "root", "handle", "1:", *TBF.split(), "1m")
    send(device, 2, FULL_FRAME)


# The priority (SO_PRIORITY) of what hold_up_some() holds up.
HELD = 0x10002


def hold_up_some(device):
    """As hold_up(), but only what has the priority HELD; all else goes its way."""
    tc("qdisc", "add", "dev", device, "root", "handle", "1:", "htb", "default", "1")
    for number in ("1:1", "1:2"):
        tc("class", "add", "dev", device, "parent", "1:", "classid", number, "htb", "rate",
           "10gbit", "quantum", "60000")
    tc("qdisc", "add", "dev", device, "parent", "1:2", "handle", "2:", *TBF.split(), "1m")
    send(device, 2, FULL_FRAME, HELD)
