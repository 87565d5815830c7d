#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the daemon tells its service manager, and how it ends."""

import signal
import time

from support import client, tap
from support.daemon import BPF, COLLECTORS, QUICK, Daemon
from support.isolation import isolate
from support.notify import Notify
from support.wait import DEADLINE_SECONDS, until


@tap.test
def the_service_manager_hears_of_everything():
    with Notify() as notify, Daemon(environment=notify.environment | {
            "WATCHDOG_USEC": "1000000"}) as daemon:
        notify.wait_for("READY=1")
        status = notify.wait_for("STATUS=")
        n = len(COLLECTORS) - len(BPF)
        assert f"{n} of {n} collectors" in status and daemon.address in status, status
        notify.wait_for("WATCHDOG=1")
        daemon.reload(QUICK)
        notify.wait_for("RELOADING=1")
        usec = int(notify.wait_for("MONOTONIC_USEC=").partition("=")[2])
        assert 0 <= time.monotonic() * 1e6 - usec < DEADLINE_SECONDS * 1e6, usec
        notify.wait_for("READY=1")
        daemon.reload("{")
        notify.wait_for("RELOADING=1")
        notify.wait_for("READY=1")
        daemon.process.send_signal(signal.SIGTERM)
        notify.wait_for("STOPPING=1")


@tap.test
def ready_means_that_there_are_series():
    with Notify() as notify, Daemon(environment=notify.environment) as daemon:
        notify.wait_for("READY=1")
        exposition = daemon.scrape()
        assert exposition.samples("txpath_sockets"), list(exposition.families)
        assert exposition.samples("txpath_qdisc_sent_bytes_total"), list(exposition.families)


@tap.test
def both_signals_end_it_with_status_0():
    for number in (signal.SIGTERM, signal.SIGINT):
        with Daemon() as daemon:
            daemon.process.send_signal(number)
            tap.equal(daemon.process.wait(DEADLINE_SECONDS), 0, number)


@tap.test
def it_ends_while_clients_hold_connections():
    with Daemon() as daemon:
        held = [client.connect(daemon.address) for _ in range(20)]
        held[0].sendall(b"GET /metr")
        daemon.stop()
        tap.equal(len(held), 20)


@tap.test
def its_own_figures_are_those_of_proc():
    with Daemon() as daemon:
        started = daemon.scrape().value("process_start_time_seconds")
        assert abs(started - time.time()) < DEADLINE_SECONDS, started

        def agree():
            with open(f"/proc/{daemon.process.pid}/stat") as file:
                n_threads = int(file.read().rpartition(")")[2].split()[17])
            return daemon.scrape().value("process_threads") == n_threads
        until(agree, "the number of threads")


isolate()
tap.run()
