# SPDX-License-Identifier: GPL-2.0-or-later
"""Situations that are made in the kernel, and the daemon's own life."""

import copy
import json
import os
import subprocess
import sys
import threading
import time

from experiments import experiment, settle, wait_for
from session import Session
from support.daemon import QUICK
from support.frames import send
from support.network import Peer, ip, tc
from support.wait import until

QDISC = {"collector": "qdisc"}
FAMILIES_OF_A_QDISC = 9  # of a noqueue
SEND = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n" \
       "for _ in range(5): s.sendto(b'x', ('127.0.0.1', 9))"
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
def a_qdisc_that_was_full():
    """
    A class of an htb empties, and the peaks are told for as long as the window is wide; where
    another qdisc takes its place there was none.
    """
    window, packets, size = 4, 20, 1000
    config = copy.deepcopy(QUICK)
    config["collectors"]["qdisc"]["peak_window"] = f"{window}s"
    peer = Peer()
    device = peer.near
    root = {"device": device, "kind": "htb", "handle": "1:", "parent": "root"}
    own = {"device": device, "kind": "htb", "class": "1:1", "parent": "root", "leaf": "10:"}

    def truth(peak):
        return {"txpath_qdisc_backlog_peak_bytes": [(root, peak)],
                "txpath_class_backlog_peak_bytes": [(own, peak)]}
    with Session(config=config) as session:
        tc("qdisc", "add", "dev", device, "root", "handle", "1:", "htb")
        tc("class", "add", "dev", device, "parent", "1:", "classid", "1:1", "htb", "rate", "8bit",
           "burst", "1", "cburst", "1", "quantum", "2000")
        tc("qdisc", "add", "dev", device, "parent", "1:1", "handle", "10:", "pfifo")
        send(device, packets, size, 0x10001)
        waits = (size * (packets - 2), size * packets)
        where = [("kind", "htb")]
        yield from settle(session, truth(waits), where)
        tc("qdisc", "replace", "dev", device, "parent", "1:1", "handle", "20:", "bfifo")
        own["leaf"] = "20:"
        gone = time.monotonic()
        held = session.fresh()
        if time.monotonic() - gone < window - 1:
            for family, series in truth(waits).items():
                yield held, {family: series}, where
        yield from settle(session, truth(0), where)
        assert window - 1 < time.monotonic() - gone < 2 * window
        send(device, packets, size, 0x10001)
        yield from settle(session, truth(waits), where)
        tc("qdisc", "replace", "dev", device, "root", "handle", "2:", "pfifo")
        other = root | {"kind": "pfifo", "handle": "2:"}
        yield from settle(session, {"txpath_qdisc_backlog_peak_bytes": [(other, 0)]},
                          [("device", device)])


@experiment
def another_network_namespace():
    """
    Each sample of it is as young as the exposition, as far as that goes, and has what was sent
    there, by nobody else in a namespace that nobody else knows.
    """
    name = f"txpathd-truth-{os.getpid()}"
    families = [f"txpath_{collector}_sample_timestamp_seconds"
                for collector in ("socket", "stack", "netfilter", "qdisc", "nic")]
    ip("netns", "add", name)
    try:
        ip("-netns", name, "link", "set", "lo", "up")
        subprocess.run(["ip", "netns", "exec", name, sys.executable, "-c", SEND], check=True)
        sent = {"txpath_udp_datagrams_sent_total": [
            ({"netns": name, "family": "ipv4"}, 5), ({"netns": name, "family": "ipv6"}, 0)]}
        with Session(config=QUICK | {"namespaces": [name]}) as session:
            before = time.time()
            exposition = session.fresh()
            for family in families:
                yield exposition, {family: [({"netns": name}, (before, time.time()))]}
            yield exposition, sent, {"netns": name}
    finally:
        ip("netns", "del", name)
