# SPDX-License-Identifier: GPL-2.0-or-later
"""Sockets that are made to wait for a known reason, for a known time."""

import contextlib
import math
import pathlib
import socket
import threading
import time

from experiments import experiment, settle, wait_for
from experiments_socket import TCP, options, ss
from session import Session
from support.network import Peer, fill, tc
from support.wait import until

BUSY = "txpath_tcp_busy_seconds_total"
MEASURED_SECONDS = 3
ROUNDED_SECONDS = 0.003  # ss has milliseconds
SAMPLING_SECONDS = 0.1  # a sample takes some time itself, on a busy machine
SO_SNDBUFFORCE, SO_RCVBUFFORCE, SO_MAX_PACING_RATE = 32, 33, 47


def busy_of_ss():
    """Seconds of all connections that are there, by what held them back."""
    busy = dict.fromkeys(("receiver", "send_buffer", "network"), 0)
    for one in ss():
        receiver, buffer = one.get("rwnd_limited", 0), one.get("sndbuf_limited", 0)
        busy["receiver"] += receiver / 1000
        busy["send_buffer"] += buffer / 1000
        busy["network"] += (one.get("busy", 0) - receiver - buffer) / 1000
    return busy


def busy_as_ss_has_it(session):
    """Each of the three is between what ss says before and after: so they add up to busy time."""
    before, exposition, after = busy_of_ss(), session.fresh(), busy_of_ss()
    return exposition, {BUSY: [({"limit": limit}, (before[limit] - ROUNDED_SECONDS,
                                                   after[limit] + ROUNDED_SECONDS))
                               for limit in before]}


def busy(exposition, limit):
    return exposition.value(BUSY, limit=limit)


def caught(session, limit):
    """An exposition in which the value has just changed, and when that was: (least, most)."""
    past, since = session.scrape(), 0
    while True:
        asked = time.monotonic()
        exposition = session.scrape()
        if busy(exposition, limit) != busy(past, limit):
            return exposition, (since, time.monotonic())
        since = asked


def grows_by_wall_time(session, limit, least):
    """While it is watched it takes up that part of the time at least, and not more than all."""
    wait_for(session, lambda exposition: busy(exposition, limit) > 0.2, f"{limit} to grow")
    first, begin = caught(session, limit)
    until(lambda: time.monotonic() > begin[1] + MEASURED_SECONDS, "the time to pass")
    last, end = caught(session, limit)
    past = busy(first, limit)
    bounds = (past + least * (end[0] - begin[1]) - SAMPLING_SECONDS,
              past + end[1] - begin[0] + SAMPLING_SECONDS)
    return last, {BUSY: [({"limit": limit}, bounds)]}, {"limit": limit}


@contextlib.contextmanager
def in_background(*functions):
    """Threads whose connections are shut down at the end of the with block."""
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join()


def write_ahead(connection):
    """More than there is ever time for; ends when the connection does."""
    with contextlib.suppress(OSError):
        while True:
            connection.sendall(b"x" * (1 << 20))


def read_all(connection):
    with contextlib.suppress(OSError):
        while connection.recv(1 << 20):
            pass


@contextlib.contextmanager
def streaming(near, far):
    """One end writes all the time, the other reads."""
    with in_background(lambda: write_ahead(near), lambda: read_all(far)):
        try:
            yield
        finally:
            for end in (near, far):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)


def queue_that_stays(near):
    """Fills the connection until ss sees nothing move any more: nothing is on the way."""
    last = None

    def is_still():
        nonlocal last
        fill(near)
        one, = ss()
        before, last = last, (one["queue"], one.get("notsent", 0))
        return before == last and last[0] == last[1] and last[0]
    return until(is_still, "the receiver's window to close")


@experiment
def a_peer_that_stops_reading():
    peer = Peer()
    with Session(config=options(stall_after="2s", backlog_after="2s")) as session:
        near, far = peer.tcp(peer.THEIRS[0])
        depth = queue_that_stays(near)
        waits = {"txpath_socket_backlogged": [(TCP, 1)],
                 "txpath_socket_send_queue_peak_bytes": [(TCP, (depth, math.inf))]}
        yield from settle(session, waits, TCP)
        yield from settle(session, {"txpath_socket_stalled": [({}, 1)]})
        yield grows_by_wall_time(session, "receiver", 0.95)
        yield busy_as_ss_has_it(session)
        with in_background(lambda: read_all(far)):
            empty = {"txpath_socket_backlogged": [(TCP, 0)], "txpath_socket_send_queue_bytes":
                     [(TCP, 0)], "txpath_socket_send_queue_peak_bytes": [(TCP, (depth, math.inf))]}
            yield from settle(session, empty, TCP)
            yield from settle(session, {"txpath_socket_stalled": [({}, 0)]})
            near.shutdown(socket.SHUT_WR)


@experiment
def a_small_send_buffer():
    """
    The peer's acknowledgements take long: all that fits into the buffer is on the way. The kernel
    only sees that when it sends the last of it while the application waits already, so what fits is
    paced, and not sent at one go as it would be where round trips once were short.
    """
    peer = Peer()
    pathlib.Path("/proc/sys/net/ipv4/tcp_tso_rtt_log").write_text("0")
    with Session(config=options()) as session:
        near, far = peer.tcp(peer.THEIRS[0])
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno")
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        near.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, 2000000)
        with peer.entered():
            tc("qdisc", "add", "dev", "far", "root", "tbf", "rate", "8kbit", "burst", "1600",
               "limit", "100k")
        with streaming(near, far):
            yield grows_by_wall_time(session, "send_buffer", 0.5)
            yield busy_as_ss_has_it(session)


@experiment
def a_slow_way():
    """A large buffer, an application that writes ahead, a peer that reads: what is left."""
    peer = Peer()
    tc("qdisc", "add", "dev", peer.near, "root", "tbf", "rate", "1mbit", "burst", "1600", "limit",
       "1m")
    with Session(config=options()) as session:
        near, far = peer.tcp(peer.THEIRS[1])
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno")
        near.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 1 << 20)
        far.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        with streaming(near, far):
            yield grows_by_wall_time(session, "network", 0.95)
            yield busy_as_ss_has_it(session)
