#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A collector that the kernel does not let go: everything else lives on."""

from support import tap
from support.daemon import BUILD, COLLECTORS, QUICK, Daemon
from support.isolation import isolate
from support.notify import Notify
from support.wait import until

PROGRAM = BUILD / "tests" / "system" / "txpathd-blocking"


def statuses(daemon):
    return {own["collector"]: own for own, _ in
            daemon.scrape().samples("txpathd_collector_info")}


@tap.test
def a_stuck_collector_holds_up_nothing():
    with Notify() as notify, Daemon(program=PROGRAM, environment=notify.environment | {
            "WATCHDOG_USEC": "2000000"}, config=QUICK) as daemon:
        blocking = until(lambda: (own := statuses(daemon).get("blocking")) and
                         own["status"] == "stalled" and own, "the stall to be seen")
        assert blocking["reason"], blocking
        exposition = daemon.scrape()
        tap.equal(exposition.value("txpathd_collector_up", collector="blocking"), 0)
        tap.equal([name for name in exposition.families if "blocking" in name], [],
                  "series of the stuck collector")
        for collector in ("socket", "qdisc"):
            exposition = daemon.next_sample(collector)
            tap.equal(exposition.value("txpathd_collector_up", collector=collector), 1)
        for path in ("/-/healthy", "/-/ready", "/metrics?collect[]=blocking"):
            tap.equal(daemon.get(path).status, 200, path)
        for _ in range(3):
            notify.wait_for("WATCHDOG=1")
        until(lambda: "collector blocking: stalled" in daemon.log(), "the stall in the log")
        tap.equal(set(statuses(daemon)), {*COLLECTORS, "blocking"})
        daemon.stop()
        assert "left behind" in daemon.log(), daemon.log()


@tap.test
def a_stuck_collector_holds_up_no_reload():
    with Daemon(program=PROGRAM) as daemon:
        until(lambda: statuses(daemon)["blocking"]["status"] == "stalled", "the stall to be seen")
        daemon.reload(QUICK | {"collectors": QUICK["collectors"] | {"blocking": {
            "enabled": False}}})
        until(lambda: statuses(daemon)["blocking"]["status"] == "disabled", "the reload")
        daemon.next_sample("qdisc")


isolate()
tap.run()
