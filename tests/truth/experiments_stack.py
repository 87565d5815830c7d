# SPDX-License-Identifier: GPL-2.0-or-later
"""What TCP does only when it is set so."""

import contextlib
import pathlib
import socket
import threading

from experiments import experiment, settle
from losses import reset
from session import Session
from support.counters import counters
from support.network import Peer, ip, tc
from support.wait import until

PROBES = {"txpath_tcp_mtu_probe_successes_total": "TcpExtTCPMTUPSuccess",
          "txpath_tcp_mtu_probe_failures_total": "TcpExtTCPMTUPFail"}


def keep_sending(connection):
    with contextlib.suppress(OSError):
        while True:
            connection.send(b"x" * 65536)


def keep_reading(connection):
    with contextlib.suppress(OSError):
        while connection.recv(1 << 20):
            pass


@experiment
def segments_of_other_sizes():
    """
    A connection that is told to look for the largest ones finds some, and fails with those that the
    peer's device does not take. It looks only while much is waiting to be sent.
    """
    pathlib.Path("/proc/sys/net/ipv4/tcp_mtu_probing").write_text("2")
    peer = Peer()
    near, far = peer.tcp(peer.THEIRS[0])
    with peer.entered():
        ip("link", "set", peer.far, "mtu", "1300")
    tc("qdisc", "add", "dev", peer.near, "root", *"tbf rate 100mbit burst 20k limit 1m".split())
    both = [threading.Thread(target=keep_sending, args=(near,)),
            threading.Thread(target=keep_reading, args=(far,))]
    for one in both:
        one.start()
    try:
        until(lambda: all(counters()[name] for name in PROBES.values()), "both outcomes")
    finally:
        for end in (near, far):
            end.shutdown(socket.SHUT_RDWR)
        for one in both:
            one.join()
    reset(near, far)
    with Session(config={"collectors": {"stack": {"interval": "100ms"}}}) as session:
        yield from settle(session, lambda: {family: [({}, counters()[name])]
                                            for family, name in PROBES.items()})
