#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
What collectors of BPF cost a stream: iperf3 over a veth between two network namespaces, both ends
on one CPU, while the daemon comes and goes; how much was sent with it and without it, by the
device's counter. Medians of pairs; the first ones are without it both times, which tells how far to
trust the others. Bursts of `latency` are as long a part of the time here as by default, but there
are ten of them where by default there is one. What the daemon itself takes is on the other CPU.

usage: throughput.py TXPATHD [PAIRS]
"""

import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
os.environ["TXPATHD_BUILD"] = str(pathlib.Path(sys.argv[1]).resolve().parent)

from support.daemon import COLLECTORS, Daemon  # noqa: E402
from support.iperf import Iperf  # noqa: E402
from support.isolation import isolate  # noqa: E402
from support.network import Peer  # noqa: E402

SECONDS = 1
BURSTS = {"burst": "10ms", "every": "1s"}
SETS = {
    "nothing": None,
    "retransmit and drop": {"retransmit": {}, "drop": {}},
    "latency in bursts": {"latency": BURSTS},
    "latency, one in 64": {"latency": {"mode": "continuous", "one_in": 64}},
    "all collectors": {name: BURSTS if name == "latency" else {} for name in COLLECTORS},
}


def daemon(collectors):
    """It, with these collectors alone; or nothing."""
    if not collectors:
        return contextlib.nullcontext()
    return Daemon(config={"collectors": {
        name: collectors.get(name, {"enabled": False}) for name in COLLECTORS}})


def sent():
    """Bytes, and when."""
    links = subprocess.run(["ip", "-s", "-j", "link", "show", "dev", peer.near], check=True,
                           stdout=subprocess.PIPE).stdout
    return json.loads(links)[0]["stats64"]["tx"]["bytes"], time.monotonic()


def rate(collectors):
    """Bytes per second."""
    with daemon(collectors) as running:
        for name in collectors or ():
            running.next_sample(name)
        time.sleep(0.5)
        (before, begun), _, (after, ended) = sent(), time.sleep(SECONDS), sent()
    return (after - before) / (ended - begun)


def measure(title, collectors, pairs):
    ratios, offs = [], []
    for number in range(pairs):
        rates = {on: rate(collectors if on else None)
                 for on in ((False, True) if number % 2 else (True, False))}
        ratios.append(rates[True] / rates[False])
        offs.append(rates[False])
    low, middle, high = statistics.quantiles(ratios, n=4)
    print(f"{title:<22} without {statistics.median(offs) / 1e6:7.0f} MB/s  with / without "
          f"{middle:.3f} (quartiles {low:.3f} {high:.3f})", flush=True)


isolate()
peer = Peer()
with Iperf(peer, peer.THEIRS[0], 86400, "--affinity", "0,0"):
    for name, wanted in SETS.items():
        measure(name, wanted, int((sys.argv[2:] or ["41"])[0]))
