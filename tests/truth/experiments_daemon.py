# SPDX-License-Identifier: GPL-2.0-or-later
"""Situations that are made in the kernel, and the daemon's own life."""

import copy
import json
import socket
import struct
import subprocess
import threading
import time

from experiments import experiment, settle, wait_for
from session import Session
from support.daemon import QUICK
from support.frames import hold_up
from support.network import Peer, ip
from support.wait import until

QDISC = {"collector": "qdisc"}
FAMILIES_OF_A_QDISC = 7
AT_ONCE = struct.pack("ii", 1, 0)  # struct linger: close, and away with what was not sent
BTIME_SECONDS = 2  # the time of the boot is known in full seconds


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def n_qdiscs():
    return len(json.loads(output("tc", "-s", "-j", "qdisc", "show")))


def runs(exposition, collector="qdisc"):
    return exposition.value("txpathd_collector_runs_total", collector=collector)


def after_samples(session, n):
    return wait_for(session, lambda exposition: runs(exposition) >= n, f"{n} samples")


def each_sample(exposition, n):
    """What n a sample amount to; the last one may not be over yet."""
    return (n * (runs(exposition) - 1), n * runs(exposition))


def make_devices(*names):
    for number, name in enumerate(names):
        ip("link", "add", name, "type", "veth", "peer", "name", f"peer{number}")
        for end in (name, f"peer{number}"):
            ip("link", "set", end, "up")


@experiment
def more_qdiscs_than_wanted():
    make_devices(*(f"device{number}" for number in range(20)))
    with Session(config=QUICK | {"limits": {"max_series": 100, "cpu_percent": 100}}) as session:
        exposition = after_samples(session, 5)
        shown = sum(len(family.samples) for name, family in exposition.families.items()
                    if name.startswith("txpath_qdisc_"))
        dropped = FAMILIES_OF_A_QDISC * n_qdiscs() - shown
        assert shown < 100 + FAMILIES_OF_A_QDISC and dropped > 0, (shown, dropped)
        yield exposition, {"txpathd_collector_dropped_series_total": [
            (QDISC, each_sample(exposition, dropped))]}, QDISC


@experiment
def names_that_are_not_utf8():
    make_devices(b"bad\xff", b"\xc0\xaf", b"cut\xe2\x82", "good\u2603")
    with Session() as session:
        exposition = after_samples(session, 5)
        yield exposition, {"txpathd_collector_sanitized_labels_total": [
            (QDISC, each_sample(exposition, 3))]}, QDISC


@experiment
def devices_that_change_their_names():
    """What is renamed while it is sampled has the sample begun anew, three times at most."""
    name = "txpathd_collector_interrupted_dumps_total"
    ip("link", "add", "one", "type", "veth", "peer", "name", "peer")
    config = copy.deepcopy(QUICK)
    config["collectors"]["qdisc"]["interval"] = "10ms"
    stop = threading.Event()

    def rename():
        names = ["one", "another"]
        while not stop.is_set():
            ip("link", "set", names[0], "name", names[1])
            names.reverse()

    with Session(config=config) as session:
        yield from settle(session, {name: [(QDISC, 0)]}, QDISC)
        churn = threading.Thread(target=rename)
        churn.start()
        try:
            until(lambda: session.scrape().value(name, **QDISC) > 2, "interruptions", 30)
        except AssertionError:
            pass
        finally:
            stop.set()
            churn.join()
        exposition = session.fresh()
        yield exposition, {name: [(QDISC, (3, 4 * runs(exposition)))]}, QDISC
        # And no more of them, now that nothing moves.
        count = exposition.value(name, **QDISC)
        yield session.fresh(), {name: [(QDISC, count)]}, QDISC


@experiment
def reloads():
    successful = "txpathd_config_last_reload_successful"
    timestamp = "txpathd_config_last_reload_success_timestamp_seconds"

    def reload(session, config, word):
        before = time.time()
        n = session.log().count(word)
        session.reload(config)
        until(lambda: session.log().count(word) > n, f"{word!r} in the log")
        return before, time.time()

    with Session() as session:
        at = (session.started, time.time())
        yield from settle(session, {successful: [({}, 1)], timestamp: [({}, at)]})
        for _ in range(2):
            reload(session, '{"nonsense": 1}', "not reloaded")
            yield from settle(session, {successful: [({}, 0)], timestamp: [({}, at)]})
            at = reload(session, QUICK, "configuration reloaded")
            yield from settle(session, {successful: [({}, 1)], timestamp: [({}, at)]})


@experiment
def a_process_without_limits():
    """Started when the test saw it start."""
    with Session(wrapper=["prlimit", "--as=unlimited:unlimited"]) as session:
        exposition = session.scrape()
        yield exposition, {
            "process_virtual_memory_max_bytes": [({}, float("inf"))],
            "process_start_time_seconds": [
                ({}, (session.started - BTIME_SECONDS, time.time() + BTIME_SECONDS))]}


@experiment
def a_queue_that_was_there():
    """The longest queue goes away, and is told for as long as the window is wide."""
    name = "txpath_socket_send_queue_peak_bytes"
    window, longest, left = 4, 100000, 5000
    config = copy.deepcopy(QUICK)
    config["collectors"]["socket"]["peak_window"] = f"{window}s"
    peer = Peer()
    pairs = [peer.tcp(peer.THEIRS[1]) for _ in range(2)]
    hold_up(peer.near)
    for (near, _), depth in zip(pairs, (longest, left)):
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * longest)
        near.sendall(b"x" * depth)

    def truth(tcp):
        return {name: [({"protocol": "tcp"}, tcp), ({"protocol": "udp"}, 0)]}
    with Session(config=config) as session:
        yield from settle(session, truth(longest))
        near, _ = pairs[0]
        near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        near.close()
        gone = time.monotonic()
        held = session.fresh()
        if time.monotonic() - gone < window - 1:
            yield held, truth(longest)
        wait_for(session, lambda exposition: exposition.value(name, protocol="tcp") != longest,
                 "the end of the window")
        lasted = time.monotonic() - gone
        assert window - 1 < lasted < 1.75 * window, f"told for {lasted} s of {window}"
        yield session.fresh(), truth(left)


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
