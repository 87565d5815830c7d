# SPDX-License-Identifier: GPL-2.0-or-later
"""What the daemon counts of a collector that does in each sample what it is told (blocking.c)."""

import statistics

from experiments import experiment, settle, wait_for
from session import Session
from support.daemon import BUILD, COLLECTORS
from support.wait import until

PROGRAM = BUILD / "tests" / "system" / "txpathd-blocking"
BLOCKING = {"collector": "blocking"}
INFO = "txpathd_collector_info"
UP = "txpathd_collector_up"
MAX_SERIES = 100
N_ROWS = 150


def told(*steps, interval="500ms", opens="works", cpu_percent=100, enabled=True):
    """A configuration in which no other collector runs."""
    off = {other: {"enabled": False} for other in COLLECTORS}
    return {"limits": {"cpu_percent": cpu_percent, "max_series": MAX_SERIES},
            "collectors": off | {"blocking": {
                "enabled": enabled, "interval": interval, "steps": list(steps), "open": opens}}}


def status(name, reason=None):
    labels = BLOCKING | {"status": name} | ({"reason": reason} if reason else {})
    disabled = [({"collector": other, "status": "disabled"}, 1) for other in COLLECTORS]
    return [(labels, 1), *disabled]


def begun(exposition):
    """When each sample was begun, as the collector itself has seen it."""
    return [value for _, value in exposition.samples("test_blocking_sample_timestamp_seconds")]


@experiment
def a_collector_that_does_as_it_is_told():
    steps = ["ok", "interrupt 3", "skip 5", "fold 7", "garble 11", "fail", "sleep 1250",
             f"rows {N_ROWS}", "sleep 1700", "sleep 300", *["fail"] * 3, "hang"]
    n_good, at_rows = steps.index("sleep 300") + 1, steps.index(f"rows {N_ROWS}") + 1
    with Session(program=PROGRAM, config=told(*steps)) as session:
        times = begun(wait_for(session, lambda exposition: len(begun(exposition)) == n_good,
                               "the last good sample"))
        gaps = [later - earlier for earlier, later in zip(times, times[1:])]
        counts = {"runs": len(steps), "failures": steps.count("fail"), "interrupted_dumps": 3,
                  "skipped_objects": 5, "overflowed_groups": 7, "sanitized_labels": 11,
                  "dropped_series": at_rows + N_ROWS - MAX_SERIES,
                  "missed_ticks": sum(max(0, round(gap / 0.5) - 1) for gap in gaps)}
        truth = {f"txpathd_collector_{name}_total": [(BLOCKING, n)] for name, n in counts.items()}
        until(lambda: "stalled" in session.log(), "the step that does not end")
        yield from settle(session, truth | {
            UP: [(BLOCKING, 0)],
            INFO: status("stalled", "has not returned for over 1500 ms"),
            "txpathd_collector_series": [(BLOCKING, n_good)],
            "txpathd_collector_duration_seconds": [(BLOCKING, (0.3, 0.8))],
            "txpathd_collector_last_success_timestamp_seconds": [
                (BLOCKING, (times[-1] + 0.3, times[-1] + 0.8))]})


@experiment
def every_status():
    """Each one in turn; its figures are there from the first sample on, not before."""
    with Session(program=PROGRAM, config=told(enabled=False)) as session:
        yield from settle(session, {INFO: [*status("disabled")], UP: []})
        session.reload(told("hang", interval="1h"))
        yield from settle(session, {INFO: status("starting"), UP: [(BLOCKING, 0)]})
    with Session(program=PROGRAM, config=told(opens="lacks")) as session:
        yield from settle(session, {INFO: status("ok", "goes without something"),
                               UP: [(BLOCKING, 1)]})
        for opens, name, reason in (("fails", "failed", "cannot be opened"),
                                    ("unsupported", "unsupported", "not in this kernel")):
            session.reload(told(opens=opens))
            yield from settle(session, {INFO: status(name, reason), UP: [(BLOCKING, 0)]})
        session.reload(told("ok", *["fail"] * 900, interval="100ms"))
        yield from settle(session, {INFO: status("failed", "fails as it was told"),
                               UP: [(BLOCKING, 0)]})
        session.reload(told(interval="100ms"))
        yield from settle(session, {INFO: status("ok"), UP: [(BLOCKING, 1)]})


@experiment
def a_collector_that_costs_too_much():
    """5.5 ms a sample may be 1 % at most: of six intervals of 100 ms. So it samples no oftener."""
    steps = ["spin 5500"] * 500
    with Session(program=PROGRAM, config=told(*steps, interval="100ms", cpu_percent=1)) as session:
        times = begun(wait_for(session, lambda exposition: len(begun(exposition)) >= 9,
                               "some samples"))[-6:]
        gap = statistics.median(later - earlier for earlier, later in zip(times, times[1:]))
        yield from settle(session, {"txpathd_collector_interval_seconds": [
            (BLOCKING, (max(0.599, 0.8 * gap), max(0.701, 1.25 * gap)))]})
        session.reload(told(interval="30s"))
        yield from settle(session, {"txpathd_collector_interval_seconds": [(BLOCKING, 30)]})
