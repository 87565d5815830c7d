#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The socket metrics equal what ss shows, while bytes really wait in send queues."""

import collections
import socket

from support import tap, tools
from support.daemon import Daemon
from support.isolation import isolate
from support.network import Peer, fill, have_qdiscs, ip, tc
from support.wait import until

QUEUELESS = ("listen", "time_wait", "syn_recv")
TCP_STATES = set(tools.STATES.values())
UDP_STATES = {"established", "unconnected"}


def make_sockets(peer):
    """Sockets in every state that stays, most with something in the send queue; keep the list."""
    v4, v6 = peer.THEIRS
    ended = [peer.tcp(v4), peer.tcp(v6)]            # the peer ends first
    pairs = [peer.tcp(v4), peer.tcp(v4), peer.tcp(v6)]
    closed = [peer.tcp(v4), peer.tcp(v6)]           # we end, with bytes on the way: FIN_WAIT_1
    halves = peer.tcp(v6)                           # we end, all has arrived: FIN_WAIT_2
    timed = peer.tcp(v4)                            # both end, we first: TIME_WAIT
    halves[0].shutdown(socket.SHUT_WR)
    for near, far in ended:
        far.close()
        until(lambda end=near: end.recv(1, socket.MSG_PEEK) == b"", "the peer's FIN")
    timed[0].close()
    until(lambda: timed[1].recv(1) == b"", "our FIN")
    timed[1].close()

    tc("qdisc", "add", "dev", peer.near, "root", "tbf", "rate", "64bit", "burst", "1600",
       "limit", "1m")
    for near, _ in pairs + closed + ended:
        fill(near)
    for near, _ in closed + ended[:1]:              # ended[0] goes on to LAST_ACK
        near.close()

    listeners = [socket.create_server(("", 0)),
                 socket.create_server(("::1", 0), family=socket.AF_INET6)]
    datagrams = [peer.udp(v4), peer.udp(v6)]
    for near, _ in datagrams:
        near.send(b"x" * 700)
    unconnected = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    unconnected.bind(("", 0))
    waiting = socket.socket()
    waiting.setblocking(False)
    nobody = v4.rsplit(".", 1)[0] + ".77"
    ip("neighbour", "add", nobody, "lladdr", "02:00:00:00:00:77", "dev", peer.near,
       "nud", "permanent")
    waiting.connect_ex((nobody, 9))                 # who never answers: SYN_SENT
    return [ended, pairs, halves, closed, listeners, datagrams, unconnected, waiting]


def total(sockets, protocol, field="queue"):
    return sum(getattr(one, field) for one in sockets if one.protocol == protocol)


def check_counts(exposition, sockets):
    counts = collections.Counter((one.protocol, one.family, one.state) for one in sockets)
    exported = {(own["protocol"], own["family"], own["state"]): value
                for own, value in exposition.samples("txpath_sockets")}
    tap.equal({key: value for key, value in exported.items() if value}, dict(counts), "counts")
    for family in ("ipv4", "ipv6"):
        tap.equal({key[2] for key in exported if key[:2] == ("tcp", family)}, TCP_STATES)
        tap.equal({key[2] for key in exported if key[:2] == ("udp", family)}, UDP_STATES)


def check_sums(exposition, sockets):
    for protocol in ("tcp", "udp"):
        queue = total(sockets, protocol)
        assert queue > 0, f"nothing waits in {protocol} send queues: {sockets}"
        tap.equal(exposition.value("txpath_socket_send_queue_bytes", protocol=protocol), queue)
        tap.equal(exposition.value("txpath_socket_send_queue_peak_bytes", protocol=protocol),
                  max(one.queue for one in sockets if one.protocol == protocol), "peak")
    unsent = total(sockets, "tcp", "unsent")
    assert unsent > 0, sockets
    tap.equal(exposition.value("txpath_socket_unsent_bytes"), unsent, "unsent")
    tap.equal(exposition.value("txpath_socket_unacked_bytes"), total(sockets, "tcp") - unsent)


def check_depths(first, second, sockets, protocol):
    """Between two expositions every socket was observed equally often, at the depth ss shows."""
    name = "txpath_socket_send_queue_depth_bytes"
    depths = [one.queue for one in sockets
              if one.protocol == protocol and one.state not in QUEUELESS]

    def increase(suffix, **labels):
        return (second.value(name + suffix, protocol=protocol, **labels) -
                first.value(name + suffix, protocol=protocol, **labels))

    n_samples, rest = divmod(increase("_count"), len(depths))
    assert n_samples > 0 and rest == 0, (n_samples, rest)
    tap.equal(increase("_sum"), n_samples * sum(depths), f"sum of {n_samples} samples")
    for labels, _ in second.samples(name + "_bucket"):
        if labels["protocol"] == protocol:
            expected = n_samples * sum(depth <= float(labels["le"]) for depth in depths)
            tap.equal(increase("_bucket", le=labels["le"]), expected, labels["le"])
    tap.equal(second.samples(name + "_bucket")[0][0]["le"], "0.0", "first bound")


@tap.test
def values_equal_what_ss_shows():
    have_qdiscs("tbf rate 1mbit burst 1600 limit 1000")
    peer = Peer()
    kept = make_sockets(peer)
    with Daemon() as daemon:
        sockets, _, exposition = daemon.agree(tools.sockets, "socket")
        check_counts(exposition, sockets)
        check_sums(exposition, sockets)
        states = {one.state for one in sockets}
        assert states >= TCP_STATES - {"syn_recv", "close", "closing"} | UDP_STATES, states

        def quiet():
            before, _, first = daemon.agree(tools.sockets, "socket")
            after, _, second = daemon.agree(tools.sockets, "socket")
            return (before, first, second) if before == after else None
        sockets, first, second = until(quiet, "a quiet moment")
        for protocol in ("tcp", "udp"):
            check_depths(first, second, sockets, protocol)
    del kept


isolate()
tap.run()
