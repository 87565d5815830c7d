#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
The truth table: every exported family is held against the command that says the same, or against
an experiment; see table.toml.

usage: compare.py [FAMILY...]    with families, only these, and all that was read of them is shown
"""

import functools
import os
import pathlib
import resource
import socket
import sys
import traceback

import experiments
import table
from moments import Moments
from reading import Reader
from session import Session
from support import network, tap
from support.cgroups import cgroups_or_none
from support.daemon import PROGRAM, THREAD_SANITIZER, run
from support.isolation import isolate
from workload import Workload

GUEST = "TXPATHD_GUEST" in os.environ
# What it does with every kernel.
OF_THE_DAEMON = ("experiments_daemon", "experiments_http", "experiments_told")
EXPERIMENT_ATTEMPTS = 3  # a busy machine may spoil one
# Limits that are no others' defaults, the one of memory far beyond what there can be.
LIMITS = ["prlimit", "--nofile=997:1009", "--as=4503599627370497:unlimited"]
if THREAD_SANITIZER:  # which wants none of memory
    LIMITS.pop()


def listed(option):
    return [line.split()[0] for line in run(option).stdout.splitlines()]


def configuration():
    """
    All collectors, each with an interval of its own, so that none passes for another. In a guest a
    sample takes so long that the daemon is not to be at it all the time.
    """
    least = 3000 if GUEST else 200
    collectors = {name: {"interval": f"{least + 10 * number}ms"}
                  for number, name in enumerate(listed("--list-collectors"))}
    # What waits has waited long enough when it is compared.
    collectors["socket"] |= {"peak_window": "1s", "backlog_after": "100ms", "stall_after": "100ms"}
    collectors["qdisc"]["peak_window"] = "1s"
    collectors["netfilter"]["counters"] = ["*"]
    # Not all settings are told of when they change.
    collectors["nic"] |= {"driver_statistics": ["^tx_queue_", "^tx0_kicks$"],
                          "settings_interval": "3s" if GUEST else "1s"}
    collectors["latency"] |= {"mode": "continuous", "one_in": 1}
    return {"limits": {"cpu_percent": 100}, "collectors": collectors}


def devices():
    return sorted(name for _, name in socket.if_nameindex())


def in_haste(rows):
    """What tells of queues comes first: in a slow guest they are not held up for long enough."""
    queues = [row for row in rows if row.command.split()[0] in ("ss", "tc")]
    return queues, [row for row in rows if row not in queues]


def compare_commands(definitions, rows, show):
    """{family: faults} of the rows that name a command, and the families that are there at all."""
    with cgroups_or_none() as cgroups:
        workload = Workload(cgroups)
        with workload.nics, Session(config=configuration(), wrapper=LIMITS) as session:
            for step in workload.steps():
                step()
                session.fresh()
            reader = Reader(definitions, {
                "bytes": pathlib.Path(__file__).with_name("tc_bytes.py"),
                "queues": pathlib.Path(__file__).with_name("nic_queues.py"),
                "pid": session.process.pid, "program": PROGRAM,
                "config": session.config_path, "ip": ["4", "6"],
                "socket": session.address.removeprefix("unix:"),
                "device": devices, "collector": listed("--list-collectors")})
            faults = {}
            for part in in_haste(rows):
                faults |= Moments(reader, session, part, show).compare()
        return faults, session.seen


def perform(experiment, show):
    """{family: faults} of what the experiment knows, in a network namespace of its own."""
    network.call(network.libc.unshare, network.CLONE_NEWNET)
    network.ip("link", "set", "lo", "up")
    faults = {}
    for exposition, truth, *where in experiment():
        for family, series in truth.items():
            own = experiments.faults_of(exposition, family, series, *where)
            faults.setdefault(family, []).extend(own)
            if show:
                tap.comment(f"{experiment.__name__}: {family} is to be {series}: {own or 'it is'}")
    return faults


def check_rows(name, families):
    """What is found out counts only for the rows that name the experiment."""
    _, rows = table.load()
    for family in families:
        assert name in rows[family].experiment.split(), f"[{family}] does not name it"


@functools.cache
def performed(name, show):
    """{family: faults}, and the lines of how it failed as a whole."""
    for _ in range(EXPERIMENT_ATTEMPTS):
        faults, failure = {}, []
        try:
            faults = perform(experiments.found[name], show)
            check_rows(name, faults)
        except Exception:
            failure = traceback.format_exc().splitlines()
        if not failure and not any(faults.values()):
            break
    return faults, failure


def experiments_of(row):
    """Which it names, in a guest without those that are made on this machine already."""
    return [name for name in (row.experiment or "").split()
            if not (GUEST and experiments.found[name].__module__ in OF_THE_DAEMON)]


def prove(row, show):
    """The faults of a row in its experiments."""
    found = []
    for name in experiments_of(row):
        faults, failure = performed(name, show)
        if row.name not in faults and not failure:
            failure = ["says nothing of it"]
        found += [f"{name}: {fault}" for fault in (*failure, *faults.get(row.name, ()))]
    return found


def faults_of_row(name, rows, families, seen, show):
    if name not in rows:
        return ["it has no row in the truth table"]
    if name not in families:
        return ["txpathd --list-metrics does not know it"]
    faults = prove(rows[name], show)
    if name not in seen and not rows[name].missing:
        faults.append("it is not exported")
    return faults


def main():
    definitions, rows = table.load()
    families = listed("--list-metrics")
    names, show = sys.argv[1:], bool(sys.argv[1:])
    by_command = [row for row in rows.values() if row.command and row.name in (names or rows)]
    faults, seen = compare_commands(definitions, by_command, show)
    names = names or [name for name in dict.fromkeys([*rows, *families, *seen])
                      if name not in rows or rows[name].command or experiments_of(rows[name])]
    print(f"1..{len(names)}", flush=True)
    for number, name in enumerate(names, 1):
        own = faults.get(name, []) + faults_of_row(name, rows, families, seen, show)
        tap.comment("\n".join(f"{name}: {fault}" for fault in own))
        print(f"{'not ok' if own else 'ok'} {number} - {name}", flush=True)


# A guest is a machine of our own, and its network cards are in its first namespace.
isolate(network=not GUEST)
for path in pathlib.Path(__file__).parent.glob("experiments_*.py"):
    __import__(path.stem)
main()
