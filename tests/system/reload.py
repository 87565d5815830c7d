#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""SIGHUP: a good file is taken into use, a bad one leaves everything as it was."""

import copy
import socket
import time

from support import client, tap
from support.daemon import QUICK, Daemon
from support.isolation import isolate
from support.wait import until

SUCCESSFUL = "txpathd_config_last_reload_successful"
TIMESTAMP = "txpathd_config_last_reload_success_timestamp_seconds"


def interval(daemon):
    return daemon.scrape().value("txpathd_collector_interval_seconds", collector="qdisc")


def changed(**sections):
    return copy.deepcopy(QUICK) | sections


def wait_for_failure(daemon):
    until(lambda: daemon.scrape().value(SUCCESSFUL) == 0, "the reload to fail")


@tap.test
def a_good_file_is_taken_into_use():
    with Daemon() as daemon:
        tap.equal(daemon.scrape().value(SUCCESSFUL), 1)
        before = time.time()
        daemon.reload(changed(collectors={"qdisc": {"interval": "250ms"}}))
        until(lambda: interval(daemon) == 0.25, "the new interval")
        until(lambda: daemon.scrape().value(TIMESTAMP) >= before, "the time of the reload")
        tap.equal(daemon.scrape().value(SUCCESSFUL), 1)
        daemon.next_sample("qdisc")


@tap.test
def a_bad_file_is_refused_and_the_old_one_stays():
    with Daemon() as daemon:
        started = daemon.scrape().value(TIMESTAMP)
        for bad in ("{", changed(nope={}), changed(limits={"max_series": 0}),
                    changed(http={"listen": ["nowhere"]})):
            daemon.reload(bad)
            wait_for_failure(daemon)
            tap.equal(daemon.scrape().value(TIMESTAMP), started)
            tap.equal(interval(daemon), 0.1)
            daemon.next_sample("qdisc")
            daemon.reload(QUICK)
            until(lambda: daemon.scrape().value(SUCCESSFUL) == 1, "the reload to succeed")
            started = daemon.scrape().value(TIMESTAMP)
        assert f"{daemon.config_path}:1:" in daemon.log(), daemon.log()


@tap.test
def listeners_come_and_go_and_the_rest_stays():
    with Daemon() as daemon:
        held = client.connect(daemon.address)
        held.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: h\r\n\r\n")
        assert held.recv(10000)
        daemon.reload(changed(http={"listen": [daemon.address, "127.0.0.1:1300"]}))

        def answers():
            try:
                return client.request("127.0.0.1:1300", "/-/healthy").status == 200
            except ConnectionError:
                return False
        until(answers, "the new listener")
        held.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: h\r\n\r\n")
        assert held.recv(10000).startswith(b"HTTP/1.1 200"), "a connection was dropped"
        daemon.reload(changed(http={"listen": [daemon.address]}))
        until(lambda: not answers(), "the listener to go")


@tap.test
def a_listener_that_cannot_be_opened_changes_nothing():
    with Daemon() as daemon, socket.create_server(("127.0.0.1", 1301)):
        daemon.reload(changed(http={"listen": ["127.0.0.1:1302", "127.0.0.1:1301"]},
                              collectors={"qdisc": {"interval": "3s"}}))
        wait_for_failure(daemon)
        tap.equal(interval(daemon), 0.1)
        assert "127.0.0.1:1301" in daemon.log(), daemon.log()


@tap.test
def collectors_are_switched_off_and_on_and_others_keep_their_counters():
    with Daemon() as daemon:
        def runs():
            return daemon.scrape().value("txpathd_collector_runs_total", collector="socket")
        until(lambda: runs() >= 5, "some samples")
        before = runs()
        collectors = copy.deepcopy(QUICK["collectors"])
        collectors["qdisc"]["enabled"] = False
        daemon.reload(changed(collectors=collectors))
        until(lambda: not daemon.scrape().samples("txpath_qdisc_sent_bytes_total"), "no qdiscs")
        info = daemon.scrape().samples("txpathd_collector_info")
        assert ({"collector": "qdisc", "status": "disabled"}, 1) in info, info
        tap.equal(daemon.get("/metrics?collect[]=qdisc").status, 400, "a disabled collector")
        assert runs() >= before, "the other collector began anew"
        daemon.reload(QUICK)
        until(lambda: daemon.scrape().samples("txpath_qdisc_sent_bytes_total"), "qdiscs again")


@tap.test
def a_hundred_reloads():
    with Daemon() as daemon:
        for number in range(100):
            daemon.reload(changed(collectors={"qdisc": {"interval": f"{100 + number}ms"}}))
        until(lambda: interval(daemon) == 0.199, "the last one")
        daemon.next_sample("qdisc")


isolate()
tap.run()
