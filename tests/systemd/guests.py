#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
The installed service under a real systemd, which is process 1 of guests: one for each of Debian's
kernels, booted and rebooted. What they left stays in the build directory.

usage: guests.py [SERIES...]    only the guests with these kernels
"""

import concurrent.futures
import shutil
import sys

from guest.harness.kernel import kernels
from guest.harness.machine import Guest, why_not
from support import debian_root, probe, tap
from support.daemon import BUILD
from support.isolation import isolate

PLACE = BUILD / "systemd-guests"
INIT = "/lib/systemd/systemd"
BOOT_SECONDS = 560


def boots(kernel, root):
    """The TAP of each boot, by its name."""
    place = PLACE / kernel.series
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    guest = Guest(kernel, place, root, INIT, disk=True)
    found = {}
    for stage, ending in (("first-boot", "reboot"), ("second-boot", "poweroff")):
        probe.prepare(place, stage, ending)
        fault = guest.run(BOOT_SECONDS)
        output = (place / "output").read_text(errors="backslashreplace")
        (place / f"output-{stage}").write_text(output)
        if fault or not output:
            output += "\n".join([fault or "no output", guest.console()])
        found[f"Linux {kernel.series}, {stage.replace('-', ' ')}"] = output
        if fault:
            break
    guest.remove_disk()
    return found


if reason := why_not():
    tap.skip_all(reason)
base = debian_root.base()
wanted = [kernel for kernel in kernels() if kernel.series in sys.argv[1:] or len(sys.argv) == 1]
isolate(network=False)
with debian_root.layered(base) as merged:
    debian_root.install(merged)
    probe.add_unit(merged)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        results = pool.map(lambda kernel: boots(kernel, merged), wanted)
        tap.relay({name: output for found in results for name, output in found.items()})
