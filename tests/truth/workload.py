# SPDX-License-Identifier: GPL-2.0-or-later
"""The fixed workload under which the rows are compared; each step is sampled before the next."""

from datagrams import Datagrams
from losses import Losses
from netfilter import Netfilter
from nics import Nics
from qdiscs import Qdiscs
from support.network import Peer
from support.sockets import Crowd, Multipath, Sockets


class Workload:
    """
    After the last step nothing moves as long as this object is kept. What is there from the start
    is an MPTCP socket: while there are none, they are seldom looked for.
    """

    def __init__(self, cgroups):
        self.cgroups = cgroups
        peer = Peer()
        self.datagrams = Datagrams(peer)
        self.losses = Losses(peer)
        self.sockets = Sockets(peer)
        self.crowd = Crowd(peer, cgroups)
        self.qdiscs = Qdiscs(peer)
        self.netfilter = Netfilter()
        self.nics = Nics()
        with cgroups.entered("multipath.service"):
            self.multipath = Multipath()

    def connect(self):
        with self.cgroups.entered("first.service"):
            self.sockets.connect()
        self.crowd.connect()
        with self.cgroups.entered("multipath.service"):
            self.multipath.connect()

    def hold_up(self):
        with self.cgroups.entered("first.service"):
            self.sockets.hold_up()
        self.crowd.send()

    def steps(self):
        """What is held up waits for minutes alone: it comes last."""
        return (self.datagrams.send, self.losses.suffer, self.connect, self.qdiscs.make,
                self.nics.make, self.nics.make_cards, self.nics.steer,
                self.netfilter.make, self.netfilter.use,
                self.hold_up, self.qdiscs.use, self.qdiscs.change)
