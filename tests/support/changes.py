# SPDX-License-Identifier: GPL-2.0-or-later
"""How soon the daemon tells of a change, by its default configuration."""

import subprocess
import time

from support import tap
from support.wait import until

ATTEMPTS = 4  # a busy machine may spoil some
GOOD_SECONDS = 1.05  # the interval, and a thread is woken a little after its time
# Half of the default of settings_interval, after which all is read again without being told of.
WITHIN_SECONDS = 30


def ethtool(*arguments):
    subprocess.run(["ethtool", *arguments], check=True)


def feature(device, name):
    """What is told of a feature: a function of an exposition."""
    return lambda exposition: exposition.value("txpath_nic_feature_enabled", device=device,
                                               feature=name)


def seconds_until(daemon, change, told, value):
    """From the end of the change to the beginning of the first sample that has it, or 0."""
    def attempt():
        exposition = daemon.scrape()
        return exposition if told(exposition) == value else None

    change()
    changed = time.time()
    exposition = until(attempt, f"{value}")
    end, took = (exposition.value(f"txpathd_collector_{name}", collector="nic")
                 for name in ("last_success_timestamp_seconds", "duration_seconds"))
    return max(0, end - took - changed)


def check_notification(daemon, told, *ways):
    """
    Each of the ways is (arguments of ethtool, value then told), in turn. The machine's speed is not
    judged; how soon it was at best is said.
    """
    found = []
    for number in range(ATTEMPTS):
        arguments, value = ways[number % len(ways)]
        found.append(seconds_until(daemon, lambda: ethtool(*arguments), told, value))
        if found[-1] <= GOOD_SECONDS:
            break
    tap.comment(f"{' '.join(arguments)}: {min(found):.3f} s")
    assert min(found) < WITHIN_SECONDS, f"{ways}: told of after {found} seconds"
