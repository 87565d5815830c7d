# SPDX-License-Identifier: GPL-2.0-or-later
"""A program that decides about packets (linux/netfilter/nfnetlink_queue.h), or takes its time."""

import os
import socket
import struct

NETLINK_NETFILTER = 12
SUBSYSTEM = 3
PACKET, VERDICT, CONFIG = range(3)  # messages
PACKET_HEADER, VERDICT_HEADER = 1, 2
COMMAND, PARAMETERS, MAX_LENGTH = 1, 2, 3  # attributes of CONFIG
BIND = 1
COPY_PACKET = 2
ACCEPT = 1
REQUEST, ACKNOWLEDGE = 1, 4
HEADER = struct.Struct("=IHHII")
FAMILY_HEADER = struct.Struct(">BBH")
ATTRIBUTE = struct.Struct("=HH")
TYPE_MASK = 0x3fff


def aligned(length):
    return (length + 3) & ~3


def attribute(kind, data):
    whole = ATTRIBUTE.pack(ATTRIBUTE.size + len(data), kind) + data
    return whole.ljust(aligned(len(whole)), b"\0")


class Queue:
    """Binds a queue in the namespace of the moment, until it is closed or the program ends."""

    def __init__(self, number, max_length=1024, receive_buffer=None):
        self.number = number
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self.socket.bind((0, 0))
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.configure(COMMAND, struct.pack(">BBH", BIND, 0, socket.AF_INET))
        self.configure(PARAMETERS, struct.pack(">IB", 0xffff, COPY_PACKET))
        self.configure(MAX_LENGTH, struct.pack(">I", max_length))

    def send(self, message, flags, attributes):
        body = FAMILY_HEADER.pack(socket.AF_UNSPEC, 0, self.number) + attributes
        self.socket.send(HEADER.pack(HEADER.size + len(body), SUBSYSTEM << 8 | message,
                                     REQUEST | flags, 0, 0) + body)

    def configure(self, kind, data):
        self.send(CONFIG, ACKNOWLEDGE, attribute(kind, data))
        error, = struct.unpack_from("=i", self.socket.recv(65536), HEADER.size)
        if error:
            raise OSError(-error, os.strerror(-error))

    def packet_ids(self, n):
        """Of the next n packets, each of which comes in a message of its own."""
        for _ in range(n):
            message = self.socket.recv(65536)
            at = HEADER.size + FAMILY_HEADER.size
            while at < len(message):
                length, kind = ATTRIBUTE.unpack_from(message, at)
                if kind & TYPE_MASK == PACKET_HEADER:
                    yield struct.unpack_from(">I", message, at + ATTRIBUTE.size)[0]
                at += aligned(length)

    def accept(self, n):
        """Lets the next n packets go, once all are there."""
        for packet in list(self.packet_ids(n)):
            self.send(VERDICT, 0, attribute(VERDICT_HEADER, struct.pack(">II", ACCEPT, packet)))
