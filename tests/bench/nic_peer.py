#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
What a pass costs beside node_exporter's collectors ethtool, netclass and netdev, over as many ifb
and veth devices as are wanted: CPU time of the whole process for a scrape there, of a sample and
its scrape here.

usage: nic_peer.py TXPATHD [NODE_EXPORTER [DEVICES]]
"""

import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import client  # noqa: E402
from support.isolation import isolate  # noqa: E402
from support.process import cpu_seconds  # noqa: E402

PASSES = 30
COLLECTORS = ("ethtool", "netclass", "netdev")
CONFIG = """{"http": {"listen": ["%s"]}, "limits": {"cpu_percent": 100}, "collectors": {
    "nic": {"interval": "100ms", "max_devices": 100000}, "socket": {"enabled": false},
    "stack": {"enabled": false}, "netfilter": {"enabled": false}, "qdisc": {"enabled": false}}}"""


def value(text, name):
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines()
               if line.startswith(name + "{") or line.startswith(name + " "))


def answer(address, path="/metrics"):
    return client.request(address, path).body.decode()


def wait_for(address):
    for _ in range(200):
        try:
            return answer(address)
        except OSError:
            time.sleep(0.05)
    sys.exit(f"no answer from {address}")


def cost_of(process, address):
    """Milliseconds of CPU for a scrape."""
    wait_for(address)
    before = cpu_seconds(process.pid)
    for _ in range(PASSES):
        text = answer(address)
        time.sleep(0.02)
    return 1000 * (cpu_seconds(process.pid) - before) / PASSES, text


def own_cost(process, address):
    """Milliseconds of CPU for a sample that is scraped once: nobody does more."""
    wait_for(address)
    time.sleep(1)
    runs, before = value(answer(address), "txpathd_collector_runs_total"), cpu_seconds(process.pid)
    while value(text := answer(address), "txpathd_collector_runs_total") < runs + PASSES:
        time.sleep(0.1)
    runs = value(text, "txpathd_collector_runs_total") - runs
    return 1000 * (cpu_seconds(process.pid) - before) / runs, text


def make_devices(number):
    commands = []
    for one in range(number // 2):
        commands += [f"link add ifb-{one} type ifb", f"link set ifb-{one} up"]
    for one in range(number // 4):
        commands += [f"link add near{one} type veth peer name far{one}", f"link set near{one} up",
                     f"link set far{one} up"]
    subprocess.run(["ip", "-batch", "-"], input="\n".join(commands), text=True, check=True)


def main():
    program, peer, number = (sys.argv[1:] + ["prometheus-node-exporter", "100"][len(sys.argv) - 2:])
    make_devices(int(number))
    with tempfile.TemporaryDirectory() as directory:
        address = f"unix:{directory}/http.sock"
        config = pathlib.Path(directory, "txpathd.json")
        config.write_text(CONFIG % address)
        with subprocess.Popen([program, "--config", config]) as process:
            ours, text = own_cost(process, address)
            process.terminate()
        with subprocess.Popen([peer, "--web.listen-address=127.0.0.1:9177", "--log.level=error",
                               "--collector.disable-defaults",
                               *(f"--collector.{name}" for name in COLLECTORS)]) as process:
            theirs, peer_text = cost_of(process, "127.0.0.1:9177")
            process.terminate()
    series = [sum(not line.startswith("#") for line in one.splitlines())
              for one in (text, peer_text)]
    print(f"{number} devices: {ours:.2f} ms for {series[0]} series; {peer} {theirs:.2f} ms for "
          f"{series[1]}: 1/{theirs / ours:.1f} of it")


isolate()
main()
