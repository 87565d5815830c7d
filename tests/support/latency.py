# SPDX-License-Identifier: GPL-2.0-or-later
"""A daemon that looks at packets, what it says of them, and packets for it."""

import contextlib
import math

from support import tap
from support.daemon import COLLECTORS, Daemon
from support.network import on_one_cpu, tc
from support.wait import until

SECONDS = "txpath_latency_seconds"
USED = "txpath_latency_queue_used_total"
BYPASSED = "txpath_latency_queue_bypassed_total"
INFO = "txpath_latency_segment_info"
OBSERVED = "txpath_latency_observed_seconds_total"
DEVICES = "txpath_latency_tracked_devices"
PENDING = "txpath_latency_pending_samples"
LOSSES = "txpathd_bpf_lost_events_total"
ATTACHED = "txpathd_bpf_program_attached"
SEGMENTS = ("socket", "stack", "netfilter", "qdisc", "driver", "nic", "ack")
ALL = {"mode": "continuous", "one_in": 1}  # every packet is looked at


# They may stay: see collectors/latency/latency_source.c.
RESIDENT = {"send", "datagram_ipv4", "datagram_ipv6", "filter_begin", "filter_end"}


def config(namespaces="own", **own):
    """No other collector, and every packet unless it is said otherwise."""
    made = {"limits": {"cpu_percent": 100}, "namespaces": namespaces,
            "collectors": {name: {"enabled": False} for name in COLLECTORS}}
    made["collectors"]["latency"] = {"interval": "100ms"} | (own or ALL)
    return made


def attached(exposition):
    return {own["program"] for own, value in exposition.samples(ATTACHED) if value}


def method_of(exposition, segment):
    found = [own for own, _ in exposition.samples(INFO) if own["segment"] == segment]
    tap.equal(len(found), 1, f"rows of {segment}")
    return found[0]["method"], found[0].get("reason", "")


class Histogram:
    """Observations by bucket, of a segment and a device."""

    def __init__(self, exposition, segment, device, **more):
        labels = {"segment": segment, "device": device} | more
        before, self.counts = 0, {}
        for own, value in exposition.samples(SECONDS + "_bucket"):
            bound = own.pop("le")
            if own == labels:
                self.counts[math.inf if bound == "+Inf" else float(bound)] = value - before
                before = value
        self.n = before
        self.sum = sum(value for own, value in exposition.samples(SECONDS + "_sum")
                       if own == labels)

    def __str__(self):
        return f"{self.n}, {self.sum:.9f} s: " + str({bound: n for bound, n in self.counts.items()
                                                      if n})

    def above(self, seconds):
        """Of times that are certainly longer than that."""
        bounds = sorted(self.counts)
        return sum(self.counts[bound] for below, bound in zip([0, *bounds], bounds)
                   if below >= seconds)

    def __sub__(self, earlier):
        self.counts = {bound: n - earlier.counts.get(bound, 0) for bound, n in self.counts.items()}
        self.n -= earlier.n
        self.sum -= earlier.sum
        return self


def settled(daemon):
    """The exposition once nothing is under way any more."""
    def attempt():
        exposition = daemon.next_sample("latency")
        return exposition.value(PENDING) == 0 and exposition
    return until(attempt, "all samples to end")


@contextlib.contextmanager
def sampling(**own):
    """A daemon that looks at packets, and has begun to."""
    with Daemon(config=config(**own)) as daemon:
        # Loading takes its time where the machine is busy: longer than being ready waits for it.
        until(lambda: attached(daemon.scrape()) & {"queue", "callbacks"}, "programs")
        yield daemon


def send(peer, number, address, size=1000):
    near, far = peer.udp(address)
    with on_one_cpu():
        for _ in range(number):
            near.send(b"x" * size)
    near.close()
    far.close()


def device_counts(exposition, device, **more):
    return (exposition.value(USED, device=device, **more),
            exposition.value(BYPASSED, device=device, **more))


@contextlib.contextmanager
def qdisc(*options, device="near"):
    tc("qdisc", "add", "dev", device, "root", *options)
    try:
        yield
    finally:
        tc("qdisc", "del", "dev", device, "root")


def attempts(function):
    """A busy machine may spoil what is measured: some tries, of which the last one counts."""
    def run():
        for _ in range(4):
            try:
                return function()
            except AssertionError as spoilt:
                tap.comment(f"spoilt: {spoilt}")
        return function()
    run.__name__ = function.__name__
    return run


def links_free(daemon):
    exposition = daemon.next_sample("latency")
    times = [value for _, value in exposition.samples(OBSERVED)]
    return not attached(exposition) - RESIDENT and times and times[0] > 0 and exposition
