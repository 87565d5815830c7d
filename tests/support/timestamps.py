# SPDX-License-Identifier: GPL-2.0-or-later
"""A daemon that has nothing but TCP's timestamps to measure by, and what it makes of send()s."""

import contextlib
import fcntl
import functools
import socket
import struct
import sys
import termios
import time

from support import tap
from support.daemon import Daemon
from support.latency import ALL, LOSSES, Histogram, config, settled
from support.wait import until

ALONE = {"methods": ["timestamp"]}
MEASURED = ("socket", "stack", "ack")
INFO = "txpathd_collector_info"

# socket(7), linux/net_tstamp.h
SO_TIMESTAMPING = 37
TX_SOFTWARE, SOFTWARE, TX_SCHED, TX_ACK, OPT_ID, OPT_TSONLY = 2, 16, 256, 512, 128, 2048
WANTED = TX_SOFTWARE | SOFTWARE | TX_SCHED | TX_ACK | OPT_ID | OPT_TSONLY


@functools.cache
def why_not():
    """Why this kernel has no timestamps; "" where it has them."""
    with Daemon(config=config(**ALL, **ALONE)) as daemon:
        def found():
            infos = [own for own, _ in daemon.scrape().samples(INFO)
                     if own["collector"] == "latency" and own["status"] != "starting"]
            return infos and infos[0]
        info = until(found, "the collector")
    return "" if info["status"] == "ok" else info["reason"]


def needed(function):
    def run():
        if why_not():
            raise tap.Skip(why_not())
        return function()
    run.__name__ = function.__name__
    return run


@contextlib.contextmanager
def connection(peer, address):
    """To the peer, without Nagle's waiting."""
    near, far = peer.tcp(address)
    near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with near, far:
        yield near, far


def send_each(near, far, number, size=100, pause=0):
    for _ in range(number):
        near.send(b"x" * size)
        time.sleep(pause)
        got = 0
        while got < size:
            got += len(far.recv(size))


@contextlib.contextmanager
def found_in(daemon, device="near"):
    """What was measured meanwhile, by segment."""
    before = daemon.next_sample("latency")
    found = {}
    yield found
    after = settled(daemon)
    for segment in MEASURED:
        found[segment] = Histogram(after, segment, device) - Histogram(before, segment, device)
    found["unclear"] = (after.value(LOSSES, collector="latency", cause="unclear") -
                        before.value(LOSSES, collector="latency", cause="unclear"))


def unacknowledged(near):
    """Bytes (SIOCOUTQ)."""
    return int.from_bytes(fcntl.ioctl(near, termios.TIOCOUTQ, b"\0" * 4), sys.byteorder)


def settle_acknowledgement(near):
    until(lambda: unacknowledged(near) == 0, "the last byte to be acknowledged")


def settled_window(near):
    """Until no more is acknowledged."""
    def same():
        first = unacknowledged(near)
        time.sleep(0.2)
        return first == unacknowledged(near) > 0
    until(same, "a closed window")


def read_all(far, near):
    far.setblocking(False)

    def read():
        with contextlib.suppress(BlockingIOError):
            while far.recv(1 << 20):
                pass
        return unacknowledged(near) == 0
    until(read, "all to be read")


def own_timestamps(near):
    """What a socket's own error queue tells: kinds and keys."""
    found = []
    near.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            _, ancillary, _, _ = near.recvmsg(0, 1000, socket.MSG_ERRQUEUE)
            found += [struct.unpack_from("=IBBBBII", data)[5:] for level, kind, data in ancillary
                      if (level, kind) == (socket.SOL_IP, 11)]
    return found
