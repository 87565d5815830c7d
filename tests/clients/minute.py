#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Prometheus scrapes for a minute with every collector on, while iperf3 sends: nothing is lost on the
way to its database, and the rates it computes are those that iperf3 measures itself.
"""

import contextlib
import copy
import math
import shutil
import time

from support import prometheus, tap
from support.daemon import EVERYTHING, Daemon, run
from support.iperf import Iperf, Shaped
from support.isolation import isolate
from support.network import have_qdiscs, tc
from support.prometheus import ABOUT_SCRAPES, INTERVAL_SECONDS, Prometheus
from support.wait import DEADLINE_SECONDS, until

TARGET = "127.0.0.1:10066"
SCRAPED_SECONDS = 60
SENDING_SECONDS = 50
# What is compared of a run's middle: the shapers' rates are steady there.
BEGIN, END = 5, 45
TOLERANCE = 0.02
DATAGRAM_BYTES = 1400
ALL = f"[{SCRAPED_SECONDS * 10}s]"

# What a packet of a run has beside iperf3's payload, with which qdiscs count it: Ethernet, IP, and
# TCP with timestamps or UDP. A qdisc counts the segments of a large packet as so many packets with
# headers each, so bytes less packets times this are the payload, whatever the segments' size. What
# else travels (iperf3's control connection, ACKs of it) is some kilobytes, far below the tolerance.
TCP_IPV4, TCP_IPV6, UDP_IPV4 = 14 + 20 + 32, 14 + 40 + 32, 14 + 20 + 8

# How each format is asked for, where the scraper lets one choose: Prometheus since 2.49. An older
# one takes what it likes best of what the daemon offers.
FORMATS = {"text": {"scrape_protocols": ["PrometheusText0.0.4"]}}
CHOOSES = (2, 49)


class Traffic:
    """A run of iperf3 that has ended, with the peer it sent to and what its packets have extra."""

    def __init__(self, peer, header, iperf):
        self.peer, self.header = peer, header
        self.result = iperf.result()
        # The middle's end on the wall clock; where in its second a run began is not known.
        self.end = self.result.start + 0.5 + END

    def labels(self, job, of="qdisc"):
        own = 'class="1:10"' if of == "class" else 'handle="1:"'
        return (f'{{job="{job}",device="{self.peer.near}",kind="{self.peer.kind}",{own},'
                'parent="root"}')

    def rate(self, name, job, of):
        """What Prometheus computes for the middle of the run."""
        series = f"txpath_{of}_{name}{self.labels(job, of)}"
        return server.value(f"rate({series}[{END - BEGIN}s])", time=self.end)

    def total(self, name, job, of):
        """From the first scrape, before anything was sent, to the last, when all had left."""
        (_, samples), = server.query(f"txpath_{of}_{name}{self.labels(job, of)}{ALL}", time=last)
        return samples[-1][1] - samples[0][1]

    def payload(self, measure, job, of):
        """Bytes without headers, by rate or by total."""
        return (measure("sent_bytes_total", job, of) -
                self.header * measure("sent_packets_total", job, of))


def expect_close(actual, expected, what):
    tap.comment(f"{what}: {actual:.0f}, iperf3 says {expected:.0f}: "
                f"{100 * (actual / expected - 1):+.2f} %")
    assert math.isclose(actual, expected, rel_tol=TOLERANCE), (what, actual, expected)


def history(job, name=""):
    """All that was stored of a job, by name and labels: lists of (timestamp, value)."""
    return {frozenset(labels.items()): samples
            for labels, samples in server.query(f'{name}{{job="{job}"}}{ALL}', time=last)}


def one_history(job, name):
    (samples,) = history(job, name).values()
    return samples


def each_job(function):
    """A test of every job's scrapes."""
    def test():
        for job in server.jobs:
            function(job)
    test.__name__ = function.__name__
    return tap.test(test)


@each_job
def the_target_is_up_in_every_scrape(job):
    samples = one_history(job, "up")
    tap.equal({value for _, value in samples}, {1}, "up")
    seconds = samples[-1][0] - samples[0][0]
    tap.comment(f"{job}: {len(samples)} scrapes in {seconds:.1f} s")
    # A busy machine makes Prometheus itself leave out a scrape now and then.
    assert len(samples) > 0.9 * seconds / INTERVAL_SECONDS, len(samples)


@each_job
def every_collector_is_up_in_every_scrape(job):
    found = {dict(labels)["collector"]: {value for _, value in samples}
             for labels, samples in history(job, "txpathd_collector_up").items()}
    supported = {own["collector"] for own, _ in final.samples("txpathd_collector_info")
                 if own["status"] != "unsupported"}
    tap.equal({name: values for name, values in found.items() if name in supported},
              {name: {1} for name in supported}, "txpathd_collector_up")
    tap.equal(set(found), set(collectors), "collectors")
    for name in ("failures", "dropped_series"):
        total = server.value(f'sum(txpathd_collector_{name}_total{{job="{job}"}})', time=last)
        tap.equal(total, 0, name)


@tap.test
def prometheus_lost_nothing():
    tap.equal({name: value for name, value in server.losses().items() if value}, {}, "losses")
    tap.equal(server.complaints(), [], "complaints in its log")


@each_job
def every_exported_sample_is_stored(job):
    stored = {}
    for labels, samples in history(job).items():
        if dict(labels)["__name__"] not in ABOUT_SCRAPES:
            for when, _ in samples:
                stored[when] = stored.get(when, 0) + 1
    scraped = dict(one_history(job, "scrape_samples_scraped"))
    tap.equal(stored, scraped, "samples stored of each scrape")
    tap.equal(dict(one_history(job, "scrape_samples_post_metric_relabeling")), scraped)
    exported = sum(len(family.samples) for family in final.families.values())
    tap.equal(scraped[max(scraped)], exported, "samples scraped at last")


@each_job
def constant_series_have_a_sample_of_every_scrape(job):
    scrapes = [when for when, _ in one_history(job, "up")]
    series = {labels: [when for when, _ in samples] for labels, samples in history(job).items()}
    constant = {labels: times for labels, times in series.items() if times[0] == scrapes[0]}
    gaps = {str(dict(labels)): sorted(set(scrapes) - set(times))
            for labels, times in constant.items() if times != scrapes}
    assert not gaps, gaps
    # Only what is counted by what has happened may begin later, and what is of sockets, which
    # begins with the first one, as what is of devices does with the first packet looked at.
    late = {dict(labels)["__name__"] for labels in series if labels not in constant
            and dict(labels).get("unit") is None}
    expected = {"txpathd_http_requests_total", "txpath_drops_total",
                "txpath_tcp_congestion_sockets"}
    tap.equal({name for name in late - expected if not name.startswith("txpath_latency_")}, set(),
              "series that began later")


@each_job
def counters_never_decrease(job):
    for family in final.families.values():
        if family.type != "gauge":
            resets = [value for name in {name for name, _ in family.samples} for _, value in
                      server.query(f'resets({name}{{job="{job}"}}{ALL})', time=last)]
            tap.equal(resets, [0] * len(family.samples), f"decreases of {family.name}")


def expect_rates(traffic, job, of):
    expect_close(8 * traffic.payload(traffic.rate, job, of),
                 8 * traffic.result.sender_rate(BEGIN, END),
                 f"{job}: bit/s through {of} of {traffic.peer.kind}")


def expect_totals(traffic, job, of):
    expect_close(traffic.payload(traffic.total, job, of), traffic.result.received["bytes"],
                 f"{job}: bytes through {of} of {traffic.peer.kind}")


@each_job
def rates_of_bytes_are_those_of_iperf3(job):
    expect_rates(over_tbf, job, "qdisc")
    expect_rates(over_htb, job, "qdisc")
    expect_rates(over_htb, job, "class")


@each_job
def totals_of_bytes_are_those_of_iperf3(job):
    expect_totals(over_tbf, job, "qdisc")
    expect_totals(over_htb, job, "qdisc")
    expect_totals(over_htb, job, "class")


@each_job
def datagrams_are_sent_or_dropped_as_iperf3_counts_them(job):
    said = datagrams.result
    # What its server was too slow to take had been sent all the same.
    overflows = datagrams.peer.overflows()
    lost = said.received["lost_packets"] - overflows
    packets = said.sent["packets"] - lost
    tap.comment(f"{overflows} datagrams overflowed")
    for of in ("qdisc", "class"):
        expect_close(datagrams.payload(datagrams.total, job, of), DATAGRAM_BYTES * packets,
                     f"{job}: bytes of datagrams through {of}")
        expect_close(datagrams.total("sent_packets_total", job, of), packets,
                     f"{job}: datagrams through {of}")
        expect_close(datagrams.total("drops_total", job, of), lost,
                     f"{job}: datagrams dropped by {of}")
        expect_close(datagrams.rate("sent_packets_total", job, of) +
                     datagrams.rate("drops_total", job, of),
                     said.sender_rate(BEGIN, END, "packets"), f"{job}: datagrams/s to {of}")


@each_job
def queues_are_seen_while_slow_links_hold_them(job):
    tcp, udp = (f'{{job="{job}",protocol="{protocol}"}}' for protocol in ("tcp", "udp"))
    for what, name, labels in (
            ("min", "socket_send_queue_bytes", tcp), ("avg", "socket_send_queue_bytes", udp),
            ("min", "socket_send_queue_peak_bytes", tcp),
            ("avg", "socket_unsent_bytes", f'{{job="{job}"}}'),
            ("avg", "socket_unacked_bytes", f'{{job="{job}"}}'),
            ("max", "qdisc_backlog_bytes", over_tbf.labels(job)),
            ("avg", "qdisc_backlog_packets", datagrams.labels(job)),
            ("avg", "class_backlog_bytes", datagrams.labels(job, "class"))):
        value = server.value(f"{what}_over_time(sum(txpath_{name}{labels})[{END - BEGIN}s:1s])",
                             time=over_tbf.end)
        tap.comment(f"{job}: {what} of {name}: {value:.0f}")
        assert value > 0, (name, labels)


def everything_on():
    config = copy.deepcopy(EVERYTHING)
    for name in collectors:
        config["collectors"].setdefault(name, {})["enabled"] = True
    return config


def send_over(links):
    """Three runs at a time, over all of which Prometheus scrapes; each as Traffic."""
    tbf, htb, full = links
    with contextlib.ExitStack() as stack:
        # Small buffers: what is in them at the end was sent by iperf3, but not received.
        runs = [stack.enter_context(Iperf(*arguments)) for arguments in (
            (tbf, tbf.THEIRS[0], SENDING_SECONDS, "--window", "256K"),
            (htb, htb.THEIRS[1], SENDING_SECONDS, "--window", "256K"),
            (full, full.THEIRS[0], SENDING_SECONDS, "--udp", "--bitrate", "12M",
             "--length", str(DATAGRAM_BYTES)))]
        return [Traffic(*one) for one in zip(links, (TCP_IPV4, TCP_IPV6, UDP_IPV4), runs)]


def all_is_sent():
    return all(value == 0 for _, value in daemon.scrape().samples("txpath_qdisc_backlog_packets"))


def scraped_for(seconds):
    """The time of every job's last scrape, once there are scrapes of so many seconds."""
    since = time.time()

    def attempt():
        times = [when for _, samples in server.query(f"up{ALL}") for when, _ in samples]
        latest = min(when for _, when in server.query("timestamp(up)"))
        return latest if latest > since and latest - min(times) >= seconds else None
    return until(attempt, f"{seconds} s of scrapes", seconds + DEADLINE_SECONDS)


prometheus.need()
if not shutil.which("iperf3"):
    tap.skip_all("there is no iperf3 here")
isolate()
try:
    have_qdiscs("tbf rate 1mbit burst 1600 limit 1000", "htb", "pfifo")
except tap.Skip as skip:
    tap.skip_all(skip)
links = (Shaped(1, "tbf", "rate", "20mbit", "burst", "16k", "limit", "1m"),
         Shaped(2, "htb", "default", "10"), Shaped(3, "htb", "default", "10"))
links[1].add_class("20mbit")
# More is sent than this one takes.
links[2].add_class("8mbit")
tc("qdisc", "add", "dev", links[2].near, "parent", "1:10", "handle", "10:", "pfifo", "limit", "20")

collectors = [line.split()[0] for line in run("--list-collectors").stdout.splitlines()]
daemon = Daemon(config=everything_on())
daemon.configure(everything_on() | {"http": {"listen": [daemon.address, TARGET]}})
jobs = FORMATS if Prometheus.version() >= CHOOSES else {"negotiated": {}}
with daemon, Prometheus(TARGET, jobs) as server:
    until(lambda: len(server.query("up == 1")) == len(jobs), "the first scrapes")
    over_tbf, over_htb, datagrams = send_over(links)
    until(all_is_sent, "the last packet to leave")
    last = scraped_for(SCRAPED_SECONDS)
    final = daemon.scrape()
    tap.run()
