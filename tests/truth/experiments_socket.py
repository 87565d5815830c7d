# SPDX-License-Identifier: GPL-2.0-or-later
"""Sockets that are made to wait for a known reason, for a known time."""

import contextlib
import copy
import math
import pathlib
import socket
import struct
import subprocess
import threading
import time

import readers
import table
from experiments import experiment, settle, wait_for
from session import Session
from support.daemon import QUICK
from support.frames import hold_up
from support.network import Peer, fill, ip, tc
from support.wait import until

TCP = {"protocol": "tcp"}
BUSY = "txpath_tcp_busy_seconds_total"
SENT = "txpath_tcp_sent_bytes_total"
RETRANSMITTED = "txpath_tcp_retransmitted_bytes_total"
UNTRACKED = "txpath_socket_untracked_total"
MEASURED_SECONDS = 3
ROUNDED_SECONDS = 0.003  # ss has milliseconds
SAMPLING_SECONDS = 0.1  # a sample takes some time itself, on a busy machine
SO_SNDBUFFORCE, SO_RCVBUFFORCE, SO_MAX_PACING_RATE = 32, 33, 47
AT_ONCE = struct.pack("ii", 1, 0)  # struct linger: close, and away with what was not sent


def options(**own):
    """A configuration in which sockets are not told apart, so that it matters not who runs this."""
    config = copy.deepcopy(QUICK)
    config["collectors"]["socket"] |= {"group_by": []} | own
    return config


def ss(command="ss -tuniOmH"):
    done = subprocess.run(command.split(), check=True, stdout=subprocess.PIPE, text=True)
    return readers.read(command, done.stdout)


def runs(exposition):
    return exposition.value("txpathd_collector_runs_total", collector="socket")


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


@experiment
def a_way_that_loses_all():
    """The peer gets frames that are not for it, until its address is right again."""
    peer = Peer()

    def neighbour(address):
        ip("neighbour", "replace", peer.THEIRS[0], "lladdr", address, "dev", peer.near, "nud",
           "permanent")

    def retransmitted():
        return sum(one.get("bytes_retrans", 0) for one in ss())

    with Session(config=options()) as session:
        near, _ = peer.tcp(peer.THEIRS[0])
        yield from settle(session, {RETRANSMITTED: [({}, 0)]})
        neighbour("02:00:00:00:00:99")
        near.sendall(b"x" * 5000)
        until(lambda: retransmitted() > 1500, "retransmissions")
        before, exposition, after = retransmitted(), session.fresh(), retransmitted()
        yield exposition, {RETRANSMITTED: [({}, (before, after))]}
        neighbour("02:00:00:00:00:02")
        until(lambda: not any(one["queue"] for one in ss()), "all to be acknowledged")
        last = retransmitted()
        yield from settle(session, {RETRANSMITTED: [({}, last)], SENT: [({}, 5000 + last)]})
        near.close()
        session.fresh()
        yield session.fresh(), {RETRANSMITTED: [({}, last)]}


@experiment
def connections_that_close():
    """What each has sent stays, also when the configuration changes meanwhile."""
    peer = Peer()
    total = 0
    configurations = (options(), options(interval="70ms"),
                      options(max_sockets=2000, top=3, stall_after="1s", ports=["80"]), options())
    with Session(config=configurations[0]) as session:
        session.fresh()
        for number, config in enumerate(configurations):
            sent = [(peer.tcp(peer.THEIRS[i % 2]), 1 + 997 * (i + number)) for i in range(20)]
            for half in range(2):
                for (near, _), size in sent:
                    near.sendall(b"x" * size)
                    total += size
                if not half:
                    done = session.log().count("configuration reloaded")
                    session.reload(config)
                    until(lambda: session.log().count("configuration reloaded") > done,
                          "the reload")
            yield from settle(session, {SENT: [({}, total)]})
            for (near, _), size in sent:
                near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                near.close()
        yield session.fresh(), {SENT: [({}, total)]}


@experiment
def more_sockets_than_are_tracked():
    """Those beyond are in every gauge, and in no counter; no counter drops for them."""
    peer = Peer()
    most, first, more = 1024, 1000, 300

    def connect(n):
        with peer.entered():
            listener = socket.create_server((peer.THEIRS[0], 0), backlog=n)
        for _ in range(n):
            near = socket.create_connection(listener.getsockname())
            near.sendall(b"x" * 100)
            yield near, listener.accept()[0]

    with Session(config=options(max_sockets=most)) as session:
        session.fresh()
        pairs = list(connect(first))
        yield from settle(session, {"txpath_socket_tracked": [({}, first)],
                                    UNTRACKED: [({}, 0)], SENT: [({}, 100 * first)]})
        pairs += connect(more)
        yield from settle(session, {"txpath_socket_tracked": [({}, most)],
                                    SENT: [({}, 100 * most)]})
        past = session.fresh()
        hold_up(peer.near)
        for near, _ in pairs:
            near.sendall(b"x" * 10)
        now = session.fresh()
        beyond, samples = first + more - most, runs(now) - runs(past)
        yield now, {UNTRACKED: [({}, (past.value(UNTRACKED) + beyond * (samples - 1),
                                      past.value(UNTRACKED) + beyond * (samples + 1)))]}
        yield from settle(session, {"txpath_socket_send_queue_bytes":
                                    [(TCP, 10 * (first + more))]}, TCP)
        yield session.fresh(), {SENT: [({}, 110 * most)]}
        for near, _ in pairs[:first]:
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            near.close()
        yield from settle(session, {"txpath_socket_tracked": [({}, more)],
                                    SENT: [({}, 110 * most)]})


@experiment
def sockets_that_send_once():
    """Each is observed in the sample that follows, and in no other."""
    peer = Peer()
    _, rows = table.load()
    with Session(config=options(interval="1s")) as session:
        pairs = [peer.tcp(peer.THEIRS[number % 2]) for number in range(30)]
        session.fresh()
        past = session.fresh()
        for near, far in pairs[:20]:
            near.sendall(b"x" * 1000)
            far.recv(1000)
        now = session.fresh()
        senders = [one for one in ss() if one.get("bytes_sent")]
        observed = {"txpath_tcp_round_trip_seconds": [
            float(one["rtt"].partition("/")[0]) / 1000 for one in senders],
            "txpath_tcp_congestion_window_bytes": [one["cwnd"] * one["mss"] for one in senders]}
        for exposition in (now, session.fresh()):
            for family, values in observed.items():
                assert len(values) == 20, values
                faults = table.judge_observed(rows[family], past, exposition, {(): values})
                assert not faults, (family, faults)
                yield exposition, {family: []}


@experiment
def unix_sockets():
    """Of their kinds datagrams alone are left out: those wait with their receiver."""
    session = Session()
    session.address = "127.0.0.1:10066"
    session.configure(options(unix=True) | {"http": {"listen": [session.address]}})
    with session:
        pairs = [socket.socketpair(socket.AF_UNIX, kind)
                 for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET, socket.SOCK_DGRAM)]
        listener, near, idle = (socket.socket(socket.AF_UNIX) for _ in range(3))
        listener.bind("")
        listener.listen()
        near.connect(listener.getsockname())
        for number, (one, _) in enumerate(pairs, 1):
            one.send(b"x" * 3000 * number)
        near.send(b"x" * 50000)
        idle.bind("")
        found = [one for one in ss("ss -xaOmH") if one["protocol"] in ("u_str", "u_seq")]
        states = {name: sum(one["state"] == state for one in found) for name, state in
                  (("established", "ESTAB"), ("unconnected", "UNCONN"), ("listen", "LISTEN"))}
        queues = [one["queue"] for one in found if one["state"] != "LISTEN"]
        assert len(queues) >= 5 and sum(queue > 0 for queue in queues) == 3, queues
        unix = {"protocol": "unix"}
        yield from settle(session, {
            "txpath_sockets": [(unix | {"state": state}, n) for state, n in states.items()],
            "txpath_socket_send_queue_bytes": [(unix, sum(queues))],
            "txpath_socket_send_queue_peak_bytes": [(unix, max(queues))]}, unix)


@experiment
def a_queue_that_was_there():
    """The longest queue goes away, and is told for as long as the window is wide."""
    name = "txpath_socket_send_queue_peak_bytes"
    window, longest, left = 4, 100000, 5000
    peer = Peer()
    pairs = [peer.tcp(peer.THEIRS[1]) for _ in range(2)]
    hold_up(peer.near)
    for (near, _), depth in zip(pairs, (longest, left)):
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * longest)
        near.sendall(b"x" * depth)

    def truth(tcp):
        return {name: [(TCP, tcp)]}, TCP
    with Session(config=options(peak_window=f"{window}s")) as session:
        yield from settle(session, *truth(longest))
        near, _ = pairs[0]
        near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        near.close()
        gone = time.monotonic()
        held = session.fresh()
        if time.monotonic() - gone < window - 1:
            yield held, *truth(longest)
        wait_for(session, lambda exposition: exposition.value(name, protocol="tcp") != longest,
                 "the end of the window")
        lasted = time.monotonic() - gone
        assert window - 1 < lasted < 1.75 * window, f"told for {lasted} s of {window}"
        yield session.fresh(), *truth(left)


@experiment
def handshakes_that_are_not_answered():
    """Our answer to a call does not get out: as many sockets as calls are in SYN_RECV."""
    peer = Peer()
    hold_up(peer.near)
    calls = {"ipv4": 5, "ipv6": 3}
    kept = []
    for (family, n), address in zip(calls.items(), peer.OURS):
        version = socket.AF_INET6 if family == "ipv6" else socket.AF_INET
        kept.append(socket.create_server((address, 0), family=version))
        name = kept[-1].getsockname()
        for _ in range(n):
            with peer.entered():
                kept.append(socket.socket(version))
            kept[-1].setblocking(False)
            kept[-1].connect_ex(name)
    handshakes = {"protocol": "tcp", "state": "syn_recv"}
    with Session() as session:
        yield from settle(session, {"txpath_sockets": [
            (handshakes | {"family": family}, n) for family, n in calls.items()]}, handshakes)
