#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""From one sample of a collector to the next: what is kept, and what is told in the log."""

from support import tap
from support.daemon import BUILD, COLLECTORS, Daemon
from support.isolation import isolate
from support.wait import until

PROGRAM = BUILD / "tests" / "system" / "txpathd-blocking"
LAST_SUCCESS = "txpathd_collector_last_success_timestamp_seconds"


def told(*steps, interval="100ms", **limits):
    off = {name: {"enabled": False} for name in COLLECTORS}
    return {"limits": {"cpu_percent": 100, **limits}, "collectors": off | {
        "blocking": {"interval": interval, "steps": list(steps)}}}


def begun(daemon):
    """When each sample since the collector was opened was begun."""
    return [value for _, value in
            daemon.scrape().samples("test_blocking_sample_timestamp_seconds")]


def wait_for_samples(daemon, n):
    until(lambda: len(begun(daemon)) >= n, f"{n} samples")


def interval(daemon):
    return daemon.scrape().value("txpathd_collector_interval_seconds", collector="blocking")


@tap.test
def what_changes_is_logged_once():
    steps = [*["lack 1"] * 3, "lack 2", "ok", "ok", "fail", "fail", "ok", "ok"]
    with Daemon(program=PROGRAM, config=told(*steps)) as daemon:
        wait_for_samples(daemon, len(steps) + 1)
        lines = [line.partition("collector blocking: ")[2] for line in daemon.log().splitlines()
                 if "collector blocking: " in line]
        tap.equal(lines, ["lacks 1 things", "lacks 2 things", "nothing is missing any more",
                          "fails as it was told", "works again"])


@tap.test
def what_is_said_of_a_sample_is_as_new_as_the_sample():
    with Daemon(program=PROGRAM, config=told("ok")) as daemon:
        def is_later():
            exposition = daemon.scrape()
            samples = exposition.samples("test_blocking_sample_timestamp_seconds")
            ended = exposition.value(LAST_SUCCESS, collector="blocking")
            assert ended >= max(value for _, value in samples), (ended, samples)
            return len(samples) > 20
        wait_for_samples(daemon, 1)
        until(is_later, "twenty samples")


@tap.test
def a_new_interval_keeps_what_the_collector_has():
    with Daemon(program=PROGRAM, config=told("ok")) as daemon:
        wait_for_samples(daemon, 3)
        first = begun(daemon)[0]
        daemon.reload(told("ok", interval="150ms", max_series=5000))
        until(lambda: interval(daemon) == 0.15, "the new interval")
        tap.equal(begun(daemon)[0], first)
        daemon.reload(told("ok", "ok", interval="150ms"))
        until(lambda: begun(daemon)[0] != first, "the collector to be opened anew")
        first = begun(daemon)[0]
        daemon.reload(told("ok", "ok", interval="150ms", max_groups=7))
        until(lambda: begun(daemon)[0] != first, "the collector to be opened anew")


isolate()
tap.run()
