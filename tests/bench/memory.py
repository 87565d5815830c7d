#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Resident memory of the daemon with every collector on: idle, and after scrapes.

usage: memory.py PROGRAM    Goal: 6144 KiB at most when idle.
"""

import re
import subprocess
import sys
import tempfile
import time


def resident(pid):
    with open(f"/proc/{pid}/status") as file:
        text = file.read()
    return {name: int(re.search(rf"^{name}:\s+(\d+) kB", text, re.M)[1])
            for name in ("VmRSS", "RssAnon", "RssFile")}


def show(what, pid):
    print(what + ": " + ", ".join(f"{name} {size} KiB" for name, size in resident(pid).items()))


with tempfile.TemporaryDirectory() as directory:
    path = f"{directory}/http.sock"
    daemon = subprocess.Popen([sys.argv[1], "--no-config", "--listen", f"unix:{path}"],
                              stderr=subprocess.DEVNULL)
    try:
        time.sleep(10)
        show("idle, after 10 samples", daemon.pid)
        for _ in range(20):
            subprocess.run(["curl", "-sfo", "/dev/null", "--unix-socket", path,
                            "http://localhost/metrics"], check=True)
            time.sleep(0.2)
        show("after 20 scrapes", daemon.pid)
    finally:
        daemon.terminate()
        daemon.wait()
