# SPDX-License-Identifier: GPL-2.0-or-later
"""
Sockets of every state but SYN_RECV, which does not last; most with something in the send queue.
"""

import itertools
import resource
import socket

from support.frames import hold_up
from support.network import fill, ip
from support.wait import until

# Send queues of just so many bytes: on the bounds of histograms, and beside them.
DEPTHS = (1, 1023, 1024, 1025, 4096, 4097, 16384, 65536)


class Sockets:
    """
    Made in two steps: connect(), while all is well, and hold_up(), after which nothing leaves any
    more. Whoever wants them must keep this object.
    """

    def __init__(self, peer):
        self.peer = peer
        self.kept = []

    def connect(self):
        v4, v6 = self.peer.THEIRS
        tcp = self.peer.tcp
        self.passive = [tcp(v4), tcp(v6)]            # the peer ends first
        self.filled = [tcp(v4), tcp(v4), tcp(v6)]
        self.active = [tcp(v4), tcp(v6)]             # we end, with bytes on the way: FIN_WAIT_1
        self.both = [tcp(v4), tcp(v6)]               # both end at the same time: CLOSING
        self.exact = [(tcp(v4 if depth % 2 else v6), depth) for depth in DEPTHS]
        self.idle = tcp(v6)
        self.half = tcp(v6)                          # we end, all has arrived: FIN_WAIT_2
        self.left = tcp(v4)                          # the same, and nobody holds it any more
        self.timed = tcp(v4)                         # both end, we first: TIME_WAIT
        self.half[0].shutdown(socket.SHUT_WR)
        self.left[0].close()
        for near, far in self.passive:
            far.close()
            until(lambda end=near: end.recv(1, socket.MSG_PEEK) == b"", "the peer's FIN")
        self.timed[0].close()
        until(lambda: self.timed[1].recv(1) == b"", "our FIN")
        self.timed[1].close()
        self.listeners = [socket.create_server(("", 0)),
                          socket.create_server(("::1", 0), family=socket.AF_INET6),
                          socket.create_server(("::", 0), family=socket.AF_INET6,
                                               dualstack_ipv6=True)]
        self.datagrams = [self.peer.udp(v4), self.peer.udp(v6), self.peer.udp(v6)]
        self.unconnected = [socket.socket(family, socket.SOCK_DGRAM)
                            for family in (socket.AF_INET, socket.AF_INET6)]
        for one in self.unconnected:
            one.bind(("", 0))
        self.unconnected[1].connect(("::1", 9))      # connected after all, to nobody

    def hold_up(self):
        hold_up(self.peer.near)
        for near, _ in self.filled + self.active + self.passive:
            fill(near)
        for (near, _), depth in self.exact:
            near.sendall(b"x" * depth)
        for near, _ in self.active + self.passive[:1]:  # passive[0] goes on to LAST_ACK
            near.close()
        for near, far in self.both:
            near.shutdown(socket.SHUT_WR)
            far.close()
        for size, (near, _) in enumerate(self.datagrams, 1):
            near.send(b"x" * 700 * size)
        self.wait_for_an_answer()

    def wait_for_an_answer(self):
        """From nobody: SYN_SENT."""
        nobody = self.peer.THEIRS[0].rsplit(".", 1)[0] + ".77"
        ip("neighbour", "add", nobody, "lladdr", "02:00:00:00:00:77", "dev", self.peer.near,
           "nud", "permanent")
        waiting = socket.socket()
        waiting.setblocking(False)
        waiting.connect_ex((nobody, 9))
        self.kept.append(waiting)


class Crowd:
    """So many sockets more, made in two steps, of several units and with various queues."""

    N_CONNECTIONS, N_DATAGRAMS = 900, 100
    UNITS = ("front.service", "middle.service", "back.service", "a.scope", "idle.service")

    def __init__(self, peer, cgroups):
        self.peer, self.cgroups = peer, cgroups
        self.connections, self.datagrams = [], []
        self.kept = []
        # Both ends are ours, and a limit of 1,024 is usual.
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))

    def connect(self):
        share = len(self.UNITS)
        for unit in self.UNITS:
            with self.cgroups.entered(unit):
                for address in self.peer.THEIRS:
                    self.connect_to(address, self.N_CONNECTIONS // share // 2)
                self.datagrams += [self.peer.udp(self.peer.THEIRS[0])
                                   for _ in range(self.N_DATAGRAMS // share)]

    def connect_to(self, address, n):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with self.peer.entered():
            listener = socket.create_server((address, 0), family=family, backlog=n)
        with open("/proc/sys/net/ipv4/tcp_available_congestion_control") as file:
            algorithms = itertools.cycle(file.read().split())
        for _ in range(n):
            near = socket.socket(family)
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, next(algorithms).encode())
            near.connect(listener.getsockname()[:2])
            self.connections.append(near)
            self.kept.append(listener.accept()[0])
        listener.close()

    def send(self):
        """Nothing leaves any more: the last fifth, a unit, has empty queues."""
        busy = len(self.UNITS) - 1
        for number, near in enumerate(self.connections[:len(self.connections) // 5 * busy]):
            if number % 10:
                near.sendall(b"x" * (number * 7 % 500 + 1))
        for number, (near, _) in enumerate(self.datagrams[:len(self.datagrams) // 5 * busy]):
            near.send(b"x" * (number * 11 % 700))


MPTCP = getattr(socket, "IPPROTO_MPTCP", 262)


class Multipath:
    """MPTCP sockets, where the kernel has them: one that listens, and a connection that is full."""

    def __init__(self):
        self.kept = []
        try:
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, MPTCP)
        except OSError:
            return
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        self.kept.append(listener)

    def connect(self):
        for listener in self.kept[:1]:
            near = socket.socket(socket.AF_INET, socket.SOCK_STREAM, MPTCP)
            near.connect(listener.getsockname())
            self.kept += [near, listener.accept()[0]]
            fill(near)
