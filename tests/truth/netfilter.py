# SPDX-License-Identifier: GPL-2.0-or-later
"""
Rules, connections and queues on the loopback device, where each counter of connection tracking that
can be made to move has moved.
"""

import contextlib
import socket
import struct
import subprocess

from support.nfqueue import Queue

HOME = "127.0.0.1"
FULL, DEAF, UDP_RACE, TCP_RACE = queues = (70, 71, 72, 73)  # and the ports that lead there
LIMIT = 3
N_PACKETS = 40

RULES = """
table inet truth {
    counter sent {
    }
    counter queued {
    }
    counter idle {
    }
    chain output {
        type filter hook output priority -5;
        ct state new counter name sent
        udp dport 70-73 counter name queued
    }
    chain postrouting {
        type filter hook postrouting priority 5;
    }
    chain forward {
        type filter hook forward priority 5;
    }
}
table ip other {
    counter sent {
    }
    chain output {
        type filter hook output priority 7;
        oif lo counter name sent
    }
}
"""
SYN = struct.pack(">HHIIBBHHH", 4445, TCP_RACE, 1, 0, 0x50, 2, 1000, 0, 0)
NO_HEADER = bytes(20)


def load(rules):
    subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)


def queue_rules():
    """By iptables: a kernel may have its NFQUEUE and not the queue of nft."""
    for protocol, ports in (("udp", (FULL, DEAF, UDP_RACE)), ("tcp", (TCP_RACE,))):
        for port in ports:
            subprocess.run(["iptables", "-A", "OUTPUT", "-o", "lo", "-p", protocol, "--dport",
                            str(port), "-j", "NFQUEUE", "--queue-num", str(port)], check=True)


class Netfilter:
    """make() rules and queues, and use() them; they last as long as this object."""

    def make(self):
        load(RULES)
        queue_rules()
        self.queues = {FULL: Queue(FULL, max_length=LIMIT), DEAF: Queue(DEAF, receive_buffer=1),
                       UDP_RACE: Queue(UDP_RACE), TCP_RACE: Queue(TCP_RACE)}

    def use(self):
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for port in (FULL, DEAF):
            self.send(port, N_PACKETS)
        # Of two first packets of one connection, that are let go together, the second finds the
        # connection made by the first; only datagrams may share it.
        self.send(UDP_RACE, 2)
        self.queues[UDP_RACE].accept(2)
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP) as raw:
            for segment in (SYN, SYN, NO_HEADER):
                raw.sendto(segment, (HOME, 0))
        self.queues[TCP_RACE].accept(2)

    def send(self, port, n):
        for _ in range(n):
            with contextlib.suppress(PermissionError, BlockingIOError):  # what a drop looks like
                self.datagrams.sendto(b"x" * 1000, (HOME, port))
