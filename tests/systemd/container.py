#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The installed service under a real systemd on this machine's kernel, in systemd-nspawn."""

import os
import shutil
import subprocess
import sys
import tempfile

from support import debian_root, probe, tap
from support.isolation import isolate

BOOT_SECONDS = 300


def boot(root, place):
    """Boots until the probe has ended; returns what was on the console."""
    with tempfile.TemporaryFile("w+", errors="replace") as console:
        try:
            subprocess.run(["systemd-nspawn", "--quiet", "--register=no", "--keep-unit",
                            "--private-network", "--boot", f"--bind={place}:/guest",
                            "--capability=CAP_BPF,CAP_PERFMON", "--system-call-filter=bpf",
                            "--directory", root],
                           stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                           timeout=BOOT_SECONDS)
        except subprocess.TimeoutExpired:
            console.write(f"not over after {BOOT_SECONDS} s\n")
        console.seek(0)
        return console.read()


def main():
    base = debian_root.base()
    isolate(network=False)
    with debian_root.layered(base) as root, tempfile.TemporaryDirectory() as place:
        debian_root.install(root)
        probe.add_unit(root)
        probe.prepare(place, "first-boot")
        console = boot(root, place)
        with open(f"{place}/output") as results:
            output = results.read()
        if not output:
            tap.comment(console)
            sys.exit("systemd did not come to an end of the probe in systemd-nspawn")
        print(output, flush=True)


for tool in ("systemd-nspawn", "debootstrap"):
    if not shutil.which(tool):
        tap.skip_all(f"there is no {tool} here")
if os.geteuid() != 0:
    tap.skip_all("needs root for systemd-nspawn")
if not os.listdir("/sys/fs/cgroup"):
    tap.skip_all("no cgroup file system is mounted here, which systemd-nspawn needs")
main()
