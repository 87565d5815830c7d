# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets dropped on their way out: by nftables, by a full qdisc, for want of a neighbour."""

import time

from experiments import experiment
from session import Session
from support.dropping import (DROPS, HOOK, Beyond, config, drops, dropping, forward, full_queue,
                              route, send_datagrams)
from support.network import Peer, have_qdiscs
from support.wait import until

FULL = "QDISC_DROP"
N_OUTPUT, N_POSTROUTING, N_FORWARD, N_INPUT = 137, 29, 41, 137


def series(device, counts):
    return [({"reason": reason, "origin": origin, "device": device}, value)
            for (reason, origin), value in counts.items()]


def drop_at_hooks(peer, beyond):
    """At each of the hooks of the way out; and on the way in, of which nothing is to be seen."""
    for address in peer.THEIRS:
        for hook, n in (("output", N_OUTPUT), ("postrouting", N_POSTROUTING)):
            with dropping("udp dport 9", hook):
                send_datagrams(address, n)
    for addresses, hook, n in ((beyond.THEIRS, "forward", N_FORWARD),
                               (peer.OURS, "input", N_INPUT)):
        for address in addresses:
            with dropping("udp dport 9", hook) as dropped:
                with peer.entered():
                    send_datagrams(address, n)
                until(lambda wanted=n, made=dropped: made() == wanted, "arrivals")


def settled(dropped):
    """What is forwarded may be on its way yet."""
    def attempt():
        before = dropped()
        time.sleep(0.2)
        return before if dropped() == before else None
    return until(attempt, "the last drop")


def fill_queue(device, address, peer=None):
    """How many the qdisc says that it has dropped."""
    with full_queue(device) as dropped:
        if peer:
            with peer.entered():
                send_datagrams(address, 50, size=1000)
        else:
            send_datagrams(address, 50, size=1000)
        until(dropped, "drops")
        return settled(dropped)


@experiment
def packets_that_do_not_get_out():
    have_qdiscs("tbf rate 1mbit burst 1600 limit 3000")
    peer, beyond = Peer(), Beyond()
    forward()
    route(peer, beyond)
    with Session(config=config()) as session:
        session.fresh()
        drop_at_hooks(peer, beyond)
        queued = sum(fill_queue("near", address) for address in peer.THEIRS)
        passed = sum(fill_queue("beyond", address, peer) for address in beyond.THEIRS)
        send_datagrams("10.67.0.77", 3)
        local, forwarded = (HOOK, "local"), (HOOK, "forwarded")
        until(lambda: ("NEIGH_FAILED", "local", "beyond") in drops(session.fresh()),
              "the neighbour to be given up")
        exposition = session.fresh()
        nowhere = [(own, 0) for own, _ in exposition.samples(DROPS) if own["device"] == "(other)"]
        yield exposition, {DROPS: [
            *series("near", {local: 2 * (N_OUTPUT + N_POSTROUTING), (FULL, "local"): queued}),
            *series("beyond", {forwarded: 2 * N_FORWARD, (FULL, "forwarded"): passed,
                               ("NEIGH_FAILED", "local"): 3}),
            *nowhere]}
