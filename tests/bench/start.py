#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
What the daemon takes with every collector on: from its start until all of them are up, medians of
several starts; and what memory it has after one, when it has been idle, and after scrapes.

usage: start.py TXPATHD [STARTS]    Goals: all up in a second; 12288 KiB resident at most.
"""

import contextlib
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import client  # noqa: E402
from support.process import cpu_seconds  # noqa: E402

IDLE_SECONDS = 10
SCRAPES = 20
UP = re.compile(r"^txpathd_collector_up\{.*\} (\d)$", re.M)


def answer(address):
    try:
        return client.request(address, "/metrics").body.decode()
    except OSError:
        return ""


def resident(pid):
    """KiB now, and at the peak."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return [int(re.search(rf"^{name}:\s+(\d+) kB", text, re.M)[1]) for name in ("VmRSS", "VmHWM")]


@contextlib.contextmanager
def started(program):
    """The process, its address, and the seconds and CPU seconds until all collectors were up."""
    with tempfile.TemporaryDirectory() as directory:
        address = f"unix:{directory}/http.sock"
        begun = time.monotonic()
        with subprocess.Popen([program, "--no-config", "--listen", address],
                              stderr=subprocess.DEVNULL) as process:
            try:
                while not (ups := UP.findall(answer(address))) or "0" in ups:
                    if process.poll() is not None or time.monotonic() > begun + 60:
                        sys.exit(f"not all collectors are up: {ups}")
                    time.sleep(0.01)
                yield process, address, (time.monotonic() - begun, cpu_seconds(process.pid))
            finally:
                process.terminate()


def show_times(times):
    real, cpu = (statistics.median(column) for column in zip(*times, strict=True))
    first, last = min(times)[0], max(times)[0]
    print(f"all collectors up after {real:.2f} s ({first:.2f} to {last:.2f}), {cpu:.2f} s of CPU")


def show_memory(process, address):
    time.sleep(IDLE_SECONDS)
    idle, peak = resident(process.pid)
    for _ in range(SCRAPES):
        answer(address)
        time.sleep(0.2)
    scraped, _ = resident(process.pid)
    print(f"resident: idle {idle} KiB, after {SCRAPES} scrapes {scraped} KiB, at most {peak} KiB")


def main():
    program, number = sys.argv[1], int((sys.argv[2:] or ["11"])[0])
    times = []
    for _ in range(number):
        with started(program) as (_, _, took):
            times.append(took)
    show_times(times)
    with started(program) as (process, address, _):
        show_memory(process, address)


main()
