#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A real Prometheus scrapes the daemon and answers with its values; promtool finds nothing."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import urllib.parse

from support import client, tap
from support.daemon import QUICK, Daemon
from support.isolation import isolate
from support.network import Peer, fill, tc
from support.wait import DEADLINE_SECONDS, until

TARGET = "127.0.0.1:10066"
SERVER = "127.0.0.1:9090"
CONFIG = {"global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
          "scrape_configs": [{"job_name": "txpath", "static_configs": [{"targets": [TARGET]}]}]}


def query(expression):
    """(labels, value) of every series of the answer."""
    reply = client.request(SERVER, "/api/v1/query?query=" + urllib.parse.quote(expression))
    answer = json.loads(reply.body)
    tap.equal(answer["status"], "success", expression)
    return [(one["metric"], float(one["value"][1])) for one in answer["data"]["result"]]


def is_ready():
    try:
        return client.request(SERVER, "/-/ready").status == 200
    except OSError:
        return False


@tap.test
def the_target_is_up():
    until(lambda: query('up{job="txpath"} == 1'), "the target to be up")
    targets = json.loads(client.request(SERVER, "/api/v1/targets").body)
    tap.equal([one["lastError"] for one in targets["data"]["activeTargets"]], [""])


@tap.test
def queries_are_answered_with_the_exported_values():
    def compare():
        exposition = daemon.scrape()
        for name in ("txpath_qdisc_backlog_bytes", "txpath_sockets",
                     "txpath_socket_unacked_bytes"):
            expected = sorted((sorted(own.items()), value)
                              for own, value in exposition.samples(name))
            found = sorted((sorted((key, value) for key, value in own.items()
                                   if key not in ("__name__", "instance", "job")), value)
                           for own, value in query(name))
            if not expected or found != expected:
                return False
        return True
    until(compare, "equal values")
    (_, value), = query(f'txpath_qdisc_backlog_packets{{device="{peer.near}",kind="tbf"}}')
    assert value > 0, value


@tap.test
def every_series_arrives():
    def compare():
        counts = {name: len(family.samples) for name, family in daemon.scrape().families.items()}
        found = query('count({__name__=~".+",job="txpath"})')
        # up and four scrape_… series are Prometheus' own.
        return found and found[0][1] - 5 == sum(counts.values())
    until(compare, "as many series as are exported")


@tap.test
def histograms_can_be_queried():
    name = "txpath_socket_send_queue_depth_bytes"
    until(lambda: query(f"sum(rate({name}_count[10s])) > 0"), "a rate")
    (_, value), = query(f'histogram_quantile(0.9, rate({name}_bucket{{protocol="tcp"}}[10s]))')
    assert value > 0, value


@tap.test
def promtool_finds_nothing():
    body = daemon.get("/metrics").body
    done = subprocess.run(["promtool", "check", "metrics"], input=body, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=DEADLINE_SECONDS)
    tap.equal((done.returncode, done.stdout.decode()), (0, ""), "promtool check metrics")


for program in ("prometheus", "promtool"):
    if not shutil.which(program):
        tap.skip_all(f"there is no {program} here")
isolate()
peer = Peer()
connections = peer.tcp(peer.THEIRS[0])
tc("qdisc", "add", "dev", peer.near, "root", "tbf", "rate", "64bit", "burst", "1600",
   "limit", "100k")
fill(connections[0])
with tempfile.TemporaryDirectory(prefix="txpathd-") as place:
    path = pathlib.Path(place)
    (path / "prometheus.json").write_text(json.dumps(CONFIG))
    daemon = Daemon(config=QUICK | {"http": {"listen": [f"unix:{path}/http.sock", TARGET]}})
    daemon.address = f"unix:{path}/http.sock"
    with daemon, open(path / "log", "w") as log:
        server = subprocess.Popen(
            ["prometheus", f"--config.file={path}/prometheus.json", f"--storage.tsdb.path={path}",
             f"--web.listen-address={SERVER}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            until(is_ready, "Prometheus to be ready")
            tap.run()
        except AssertionError:
            tap.comment((path / "log").read_text())
            raise
        finally:
            server.kill()
            server.wait()
