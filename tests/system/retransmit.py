#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What TCP sends again, on a lossy way: by whom, why, and what is said where it cannot be known."""

import copy
import json
import os
import pathlib
import shutil
import signal
import subprocess

from support import tap
from support.cgroups import Cgroups
from support.counters import counters
from support.daemon import COLLECTORS, PROGRAM, QUICK, Daemon
from support.isolation import isolate, need_mounts
from support.lossy import Sink, losing, run_programs, segments_sent_again
from support.network import Peer
from support.wait import until

PACKETS = "txpath_retransmitted_packets_total"
SEGMENTS = "txpath_retransmitted_segments_total"
LOSSES = "txpathd_bpf_lost_events_total"
ATTACHED = "txpathd_bpf_program_attached"
OTHER = "(other)"
NOBODY = 65534
PROGRAMS = {f"{name}.service": f"program-{name}" for name in ("alpha", "beta", "gamma", "delta")}
KINDS = {"syn", "synack", "timeout", "slow_start", "fast", "loss_probe", "other"}
LOSSY = "tcp dport {} numgen random mod 100 < 6 drop"
WITHOUT_BPF = ("setpriv", "--bounding-set=-sys_admin,-bpf,-perfmon", "--inh-caps=-all")


def config(limits=(), namespaces="own", **own):
    """No other collector: what is read is of this one alone."""
    made = {"limits": {"cpu_percent": 100} | dict(limits), "namespaces": namespaces,
            "collectors": {name: {"enabled": False} for name in COLLECTORS}}
    made["collectors"]["retransmit"] = {"interval": "100ms"} | own
    return made


def table(exposition, name=SEGMENTS, by="unit"):
    sums = {}
    for labels, value in exposition.samples(name):
        key = labels.get(by)
        sums[key] = sums.get(key, 0) + value
    return {key: value for key, value in sums.items() if value}


def told(daemon):
    """The status and reason of the collector."""
    labels = [own for own, _ in daemon.scrape().samples("txpathd_collector_info")
              if own["collector"] == "retransmit"]
    return labels[0]["status"], labels[0].get("reason", "")


def attached(exposition):
    return {own["program"] for own, value in exposition.samples(ATTACHED) if value}


def programs_in_kernel():
    done = subprocess.run(["bpftool", "-j", "prog", "list"], check=True, stdout=subprocess.PIPE)
    return [one["id"] for one in json.loads(done.stdout)
            if one.get("name", "").startswith("tcp_retransmit_")]


def lossy_run(daemon, programs=None):
    """Connections of both families; what was sent again, by unit, and how nstat's counters moved."""
    with peer.entered():
        sinks = [Sink(address) for address in peer.THEIRS]
        ports = ", ".join(str(sink.address[1]) for sink in sinks)
        with losing(LOSSY.format(f"{{ {ports} }}")):
            sums = run_in_our_namespace(
                lambda: run_programs(cgroups, programs or PROGRAMS,
                                     [sink.address for sink in sinks] * 4))
    exposition = daemon.next_sample("retransmit")
    for sink in sinks:
        sink.close()
    return sums, exposition


def run_in_our_namespace(function):
    from support.network import CLONE_NEWNET, call, libc
    call(libc.setns, peer.own, CLONE_NEWNET)
    try:
        return function()
    finally:
        call(libc.setns, peer.other, CLONE_NEWNET)


def moved(before, after, name):
    return after[name] - before[name]


@tap.test
def every_segment_is_its_owners():
    """By the kernel's own count for each connection, and all kinds by its counts for all of them."""
    with Daemon(config=config()) as daemon:
        daemon.next_sample("retransmit")
        before = counters()
        sums, exposition = lossy_run(daemon)
        after = counters()
    tap.comment(f"segments by unit: {sums}")
    kinds = table(exposition, SEGMENTS, "kind")
    packets = table(exposition, PACKETS, "kind")
    tap.comment(f"segments {kinds}, packets {packets}")
    failed = moved(before, after, "TcpExtTCPRetransFail")
    if failed:
        raise tap.Skip(f"{failed} retransmissions did not leave this machine")
    assert sum(sums.values()) > 50, sums
    tap.equal(table(exposition), sums, "segments by unit")
    tap.equal(sum(kinds.values()), moved(before, after, "TcpRetransSegs"), "all")
    tap.equal(kinds.get("fast", 0), moved(before, after, "TcpExtTCPFastRetrans"), "fast")
    tap.equal(kinds.get("slow_start", 0), moved(before, after, "TcpExtTCPSlowStartRetrans"),
              "slow_start")
    tap.equal(kinds.get("syn", 0) + kinds.get("synack", 0),
              moved(before, after, "TcpExtTCPSynRetrans"), "syn, synack")
    tap.equal(packets.get("timeout", 0) + packets.get("syn", 0),
              moved(before, after, "TcpExtTCPTimeouts"), "timeout, syn")
    assert packets.get("loss_probe", 0) <= moved(before, after, "TcpExtTCPLossProbes")
    tap.equal(packets.get("other", 0), 0, "other")
    assert set(kinds) <= KINDS
    for labels, value in exposition.samples(LOSSES):
        tap.equal(value, 0, f"{labels}")


isolate()
try:
    own_cgroups = Cgroups()
except tap.Skip as skip:
    tap.skip_all(skip)
with own_cgroups as cgroups:
    peer = Peer()
    tap.run()
