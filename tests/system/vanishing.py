#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices, qdiscs and sockets that come and go while they are sampled."""

import contextlib
import socket
import subprocess
import threading
import time

from support import tap
from support.daemon import BPF, Daemon
from support.isolation import isolate
from support.wait import until

SAMPLES = 30
FAST = {"limits": {"cpu_percent": 100},
        "collectors": {name: {"interval": "10ms"} for name in ("socket", "qdisc", "nic")} |
                      {name: {} for name in BPF}}

# The kernel makes and drops a device, its qdisc and its classes with every round.
DEVICES = """
for round in $(seq 1000000); do
    device=come$((round % 7))
    ip link add $device type veth peer name go$((round % 7)) && ip link set $device up
    tc qdisc add dev $device root handle 1: htb
    tc class add dev $device parent 1: classid 1:1 htb rate 1mbit
    ip link del $device
done
"""

# Two devices, never at the same time, with one index; each has a kind of qdisc that is its own.
# With that index they are listed last, behind many others.
SUCCESSORS = """
for round in $(seq 1000000); do
    for device in one:pfifo two:bfifo; do
        name=${device%%:*}
        ip link add $name index 7777 type veth peer name far && ip link set $name up
        tc qdisc add dev $name root handle 1: ${device##*:}
        ip link del $name
    done
done
"""
OTHERS = "\n".join(f"link add other{n} up type veth peer name far{n}\nlink set far{n} up"
                   for n in range(50))
OWN = {"one": {"pfifo", "noqueue"}, "two": {"bfifo", "noqueue"}}


def connect_and_leave(stop):
    listener = socket.create_server(("127.0.0.1", 0))
    while not stop.is_set():
        with contextlib.suppress(OSError):
            near = socket.create_connection(listener.getsockname())
            far, _ = listener.accept()
            near.send(b"x")
            near.close()
            far.close()


def watch(daemon, collector):
    """Scrapes until enough samples went by; each exposition is read strictly on the way."""
    def runs(exposition):
        return exposition.value("txpathd_collector_runs_total", collector=collector)

    first = runs(daemon.scrape())

    def enough():
        exposition = daemon.scrape()
        tap.equal(exposition.value("txpathd_collector_up", collector=collector), 1,
                  exposition.samples("txpathd_collector_info"))
        return runs(exposition) > first + SAMPLES
    until(enough, f"{SAMPLES} samples")


@tap.test
def devices_come_and_go():
    with Daemon(config=FAST) as daemon:
        churn = subprocess.Popen(["sh", "-c", DEVICES], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for collector in ("qdisc", "nic"):
                watch(daemon, collector)
            assert churn.poll() is None, "nothing came or went"
        finally:
            churn.kill()
            churn.wait()


@tap.test
def a_device_does_not_get_what_was_its_predecessors():
    seen = set()
    subprocess.run(["ip", "-batch", "-"], input=OTHERS, text=True, check=True)
    with Daemon(config=FAST) as daemon:
        churn = subprocess.Popen(["sh", "-c", SUCCESSORS], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def look():
            for labels, _ in daemon.scrape().samples("txpath_qdisc_sent_bytes_total"):
                if own := OWN.get(labels["device"]):
                    assert labels["kind"] in own, labels
                    seen.add(labels["device"])
            return seen == OWN.keys()
        end = time.monotonic() + 10
        try:
            while time.monotonic() < end:
                look()
            until(look, "both of them")
            assert churn.poll() is None, "nothing came or went"
        finally:
            churn.kill()
            churn.wait()


@tap.test
def sockets_come_and_go():
    stop = threading.Event()
    churn = threading.Thread(target=connect_and_leave, args=(stop,))
    churn.start()
    try:
        with Daemon(config=FAST) as daemon:
            watch(daemon, "socket")
    finally:
        stop.set()
        churn.join()


isolate()
tap.run()
