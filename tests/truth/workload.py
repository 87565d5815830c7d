# SPDX-License-Identifier: GPL-2.0-or-later
"""The fixed workload under which the rows are compared; each step is sampled before the next."""

from netfilter import Netfilter
from qdiscs import Qdiscs
from support.network import Peer
from support.sockets import Sockets


class Workload:
    """After the last step nothing moves as long as this object is kept."""

    def __init__(self):
        peer = Peer()
        self.sockets = Sockets(peer)
        self.qdiscs = Qdiscs(peer)
        self.netfilter = Netfilter()

    def steps(self):
        return (self.sockets.connect, self.qdiscs.make, self.sockets.hold_up, self.qdiscs.use,
                self.qdiscs.change, self.netfilter.make, self.netfilter.use)
