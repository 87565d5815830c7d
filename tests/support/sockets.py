# SPDX-License-Identifier: GPL-2.0-or-later
"""
Sockets of every state but SYN_RECV, which does not last; most with something in the send queue.
"""

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
