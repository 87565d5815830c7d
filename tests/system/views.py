#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What collectors answer over HTTP besides metrics, of a collector that tests tell what to do."""

import json

from support import tap
from support.daemon import BUILD, QUICK, Daemon
from support.isolation import isolate
from support.wait import until

PROGRAM = BUILD / "tests" / "system" / "txpathd-blocking"
VIEW = "/api/v1/blocking"
PLAIN = "text/plain; charset=utf-8"


def told(*steps, **options):
    blocking = {"interval": "100ms", "steps": list(steps), **options}
    return QUICK | {"collectors": QUICK["collectors"] | {"blocking": blocking}}


def serve(*steps, **options):
    return Daemon(program=PROGRAM, config=told(*steps, **options))


def begun(exposition):
    return [value for _, value in exposition.samples("test_blocking_sample_timestamp_seconds")]


def wait_for_view(daemon):
    until(lambda: daemon.get(VIEW).status == 200, "the first sample")


def check_unavailable(daemon, reason):
    until(lambda: daemon.get(VIEW).body.decode() == f"collector blocking {reason}\n", reason)
    reply = daemon.get(VIEW)
    tap.equal((reply.status, reply.headers["Content-Type"]), (503, PLAIN), reason)


@tap.test
def a_view_is_json_of_the_newest_sample():
    with serve("ok") as daemon:
        wait_for_view(daemon)
        before = begun(daemon.scrape())
        reply = daemon.get(VIEW)
        after = begun(daemon.scrape())
        tap.equal([reply.headers[name] for name in ("Content-Type", "Cache-Control")],
                  ["application/json", "no-store"])
        samples = [nsec / 1e9 for nsec in json.loads(reply.body)["samples"]]
        assert len(before) <= len(samples) <= len(after), (before, samples, after)
        for mine, theirs in zip(samples, after):
            assert abs(mine - theirs) < 1e-6, (mine, theirs)
        text = reply.body.decode()
        assert text.startswith('{\n  "samples": [\n    ') and text.endswith("\n}\n"), text
        assert '"third": 0.333333333333\n' in text, text


@tap.test
def arguments_choose_and_wrong_ones_are_400():
    with serve("ok") as daemon:
        wait_for_view(daemon)
        tap.equal(len(json.loads(daemon.get(VIEW + "?most=1").body)["samples"]), 1)
        for query in ("least=1", "most=x", "most=1&most"):
            reply = daemon.get(f"{VIEW}?{query}")
            tap.equal((reply.status, reply.headers["Content-Type"]), (400, PLAIN), query)
            name = query.rpartition("&")[2].partition("=")[0]
            assert f'"{name}"' in reply.body.decode(), reply.body


@tap.test
def a_view_is_a_path_as_others_are():
    with serve("ok") as daemon:
        wait_for_view(daemon)
        reply = daemon.get(VIEW, "HEAD")
        tap.equal((reply.status, reply.body), (200, b""))
        assert int(reply.headers["Content-Length"]) > 0, reply.headers
        reply = daemon.get(VIEW, "POST")
        tap.equal((reply.status, reply.headers["Allow"]), (405, "GET, HEAD"))
        for path in ("/api", "/api/v1", "/api/v1/", VIEW + "/", VIEW + "x"):
            tap.equal(daemon.get(path).status, 404, path)
        assert f'href="{VIEW}"' in daemon.get("/").body.decode()
        counts = {own["code"]: value for own, value in
                  daemon.next_sample("blocking").samples("txpathd_http_requests_total")
                  if own["handler"] == VIEW}
        assert counts["200"] >= 2 and counts["405"] == 1, counts


@tap.test
def without_a_fresh_sample_it_is_503_and_says_why():
    with serve("ok", enabled=False) as daemon:
        check_unavailable(daemon, "is disabled")
        daemon.reload(told("ok", open="fails"))
        check_unavailable(daemon, "has no fresh sample: failed: cannot be opened")
        daemon.reload(told("ok", open="unsupported"))
        check_unavailable(daemon, "has no fresh sample: unsupported: not in this kernel")
        daemon.reload(told("hang", interval="1h"))
        until(lambda: daemon.scrape().value("txpathd_collector_runs_total",
                                            collector="blocking") >= 3, "the next attempt")
        daemon.reload(told("hang", enabled=False))
        check_unavailable(daemon, "is disabled")
        daemon.reload(told("hang", interval="1h"))
        check_unavailable(daemon, "has no fresh sample: starting")
    with serve("ok", "hang") as daemon:
        check_unavailable(
            daemon, "has no fresh sample: stalled: has not returned for over 1000 ms")


isolate()
tap.run()
