#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A real Prometheus scrapes the daemon and answers with its values; promtool finds nothing."""

from support import prometheus, tap
from support.daemon import EVERYTHING, Daemon
from support.isolation import isolate
from support.network import Peer, fill, have_qdiscs, ip, tc
from support.prometheus import ABOUT_SCRAPES, ADDED, Prometheus
from support.wait import until

TARGET = "127.0.0.1:10066"


def own_labels(labels):
    return sorted((key, value) for key, value in labels.items() if key not in ADDED)


@tap.test
def the_target_is_up():
    until(lambda: server.query('up{job="txpath"} == 1'), "the target to be up")
    targets = server.ask("targets")["activeTargets"]
    tap.equal([one["lastError"] for one in targets], [""])


@tap.test
def queries_are_answered_with_the_exported_values():
    def compare():
        exposition = daemon.scrape()
        for name in ("txpath_qdisc_backlog_bytes", "txpath_sockets",
                     "txpath_socket_unacked_bytes"):
            expected = sorted((own_labels(own), value) for own, value in exposition.samples(name))
            found = sorted((own_labels(own), value) for own, value in server.query(name))
            if not expected or found != expected:
                return False
        return True
    until(compare, "equal values")
    backlog = server.value(f'txpath_qdisc_backlog_packets{{device="{peer.near}",kind="tbf"}}')
    assert backlog > 0, backlog


@tap.test
def every_series_arrives():
    def compare():
        counts = [len(family.samples) for family in daemon.scrape().families.values()]
        found = server.query('count({__name__=~".+",job="txpath"})')
        return found and found[0][1] - len(ABOUT_SCRAPES) == sum(counts)
    until(compare, "as many series as are exported")


@tap.test
def types_and_help_texts_arrive():
    def compare():
        found = {one["metric"]: (one["type"], one["help"])
                 for one in server.ask("targets/metadata", match_target='{job="txpath"}')}
        return found == {name: (family.type, family.help)
                         for name, family in daemon.scrape().families.items()}
    until(compare, "equal types and help texts")


@tap.test
def histograms_can_be_queried():
    name = "txpath_socket_send_queue_depth_bytes"
    until(lambda: server.query(f"sum(rate({name}_count[10s])) > 0"), "a rate")
    value = server.value(
        f'histogram_quantile(0.99, rate({name}_bucket{{protocol="tcp"}}[10s]))')
    assert value > 0, value


@tap.test
def promtool_finds_nothing():
    body = daemon.get("/metrics").body
    assert b"txpath_class_" in body
    tap.equal(prometheus.promtool("check", "metrics", input=body), (0, ""), "check metrics")


prometheus.need()
isolate()
try:
    have_qdiscs("tbf rate 1mbit burst 1600 limit 1000", "htb")
except tap.Skip as skip:
    tap.skip_all(skip)
peer = Peer()
connections = peer.tcp(peer.THEIRS[0])
tc("qdisc", "add", "dev", peer.near, "root", "tbf", "rate", "64bit", "burst", "1600",
   "limit", "100k")
fill(connections[0])
# For the families of classes; nothing is sent there.
ip("link", "add", "class0", "type", "veth", "peer", "name", "class1")
tc("qdisc", "add", "dev", "class0", "root", "handle", "1:", "htb")
tc("class", "add", "dev", "class0", "parent", "1:", "classid", "1:1", "htb", "rate", "1mbit")
daemon = Daemon(config=EVERYTHING)
daemon.configure(EVERYTHING | {"http": {"listen": [daemon.address, TARGET]}})
with daemon, Prometheus(TARGET, {"txpath": {}}) as server:
    tap.run()
