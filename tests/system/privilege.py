#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Without privilege, and without what else the daemon would like to see, it runs on."""

import copy
import os
import pathlib
import re
import shutil
import subprocess

from support import tap
from support.daemon import (BUILD, COLLECTORS, EVERYTHING, PROGRAM, QUICK, THREAD_SANITIZER,
                            Daemon)
from support.isolation import isolate, need_mounts
from support.wait import until

NOBODY = 65534
CAP_NET_ADMIN = 1 << 12
CAP_SYS_ADMIN = 1 << 21
BLOCKING = BUILD / "tests" / "system" / "txpathd-blocking"
UNPRIVILEGED = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")


def status(daemon, field):
    """Which is the same for all threads; they may have been about to give something up."""
    def attempt():
        values = set()
        for path in pathlib.Path(f"/proc/{daemon.process.pid}/task").iterdir():
            values.add(re.search(rf"^{field}:\s*(.*)$", (path / "status").read_text(), re.M)[1])
        return values.pop() if len(values) == 1 else None
    return until(attempt, f"{field} of all threads")


def check_serves(daemon):
    for collector in ("socket", "netfilter", "qdisc"):
        exposition = daemon.next_sample(collector)
        tap.equal(exposition.value("txpathd_collector_up", collector=collector), 1)
    assert exposition.samples("txpath_qdisc_sent_bytes_total")


@tap.test
def it_needs_no_privilege():
    need_mounts()
    # Where nobody may go, whatever the modes on the way to the build directory.
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/mnt"], check=True)
    program = shutil.copy(PROGRAM, "/mnt/txpathd")
    os.mkdir("/mnt/place")
    os.chown("/mnt/place", NOBODY, NOBODY)
    with Daemon(config=EVERYTHING, directory="/mnt/place", program=program,
                wrapper=UNPRIVILEGED) as daemon:
        check_serves(daemon)
        tap.equal(status(daemon, "Uid").split()[0], str(NOBODY))


@tap.test
def it_gives_up_what_root_has():
    # ThreadSanitizer has a thread of its own, which keeps what BPF needs at first.
    with Daemon(config=QUICK if THREAD_SANITIZER else EVERYTHING) as daemon:
        check_serves(daemon)
        for field in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            tap.equal(int(status(daemon, field), 16), 0, field)
        tap.equal(status(daemon, "NoNewPrivs"), "1")


@tap.test
def it_keeps_what_other_namespaces_need():
    """The collector of the tests would need CAP_SYS_ADMIN for them."""
    off = {name: {"enabled": False} for name in COLLECTORS}
    for namespaces, enabled, kept in (("own", True, 0), ("all", True, CAP_SYS_ADMIN),
                                      (["blue"], True, CAP_SYS_ADMIN), ("all", False, 0)):
        blocking = {"steps": ["ok"], "enabled": enabled}
        with Daemon(program=BLOCKING, config={
                "namespaces": namespaces, "collectors": off | {"blocking": blocking}}) as daemon:
            for field, wanted in (("CapEff", kept), ("CapPrm", kept), ("CapInh", 0),
                                  ("CapAmb", 0)):
                tap.equal(int(status(daemon, field), 16), wanted, f"{field} with {namespaces}")


@tap.test
def it_keeps_what_is_configured():
    for options in ({"hooks": True}, {"counters": ["inet filter *"]}):
        config = copy.deepcopy(QUICK)
        config["collectors"]["netfilter"] |= options
        with Daemon(config=config) as daemon:
            check_serves(daemon)
            for field, kept in (("CapEff", CAP_NET_ADMIN), ("CapPrm", CAP_NET_ADMIN),
                                ("CapInh", 0), ("CapAmb", 0)):
                tap.equal(int(status(daemon, field), 16), kept, field)
            config["collectors"]["netfilter"]["enabled"] = False
        with Daemon(config=config) as daemon:
            tap.equal(int(status(daemon, "CapEff"), 16), 0)


@tap.test
def it_runs_without_sys():
    need_mounts()
    with Daemon(config=EVERYTHING, wrapper=("unshare", "--mount", "sh", "-c",
                         'mount -t tmpfs none /sys && exec "$@"', "sh")) as daemon:
        check_serves(daemon)


@tap.test
def few_descriptors_are_enough():
    with Daemon(config=EVERYTHING, wrapper=("prlimit", "--nofile=32")) as daemon:
        check_serves(daemon)


isolate()
tap.run()
