# SPDX-License-Identifier: GPL-2.0-or-later
"""Sockets whose number, bytes and ends are known."""

import copy
import socket
import struct
import subprocess
import time

import readers
import table
from experiments import experiment, settle, wait_for
from session import Session
from support.daemon import QUICK
from support.frames import hold_up
from support.network import Peer, ip
from support.wait import until

TCP = {"protocol": "tcp"}
SENT = "txpath_tcp_sent_bytes_total"
RETRANSMITTED = "txpath_tcp_retransmitted_bytes_total"
UNTRACKED = "txpath_socket_untracked_total"
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
