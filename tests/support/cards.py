# SPDX-License-Identifier: GPL-2.0-or-later
"""The network cards of a guest (tests/guest/boot), all on one wire."""

import collections
import fcntl
import os
import pathlib

from support import tap

Card = collections.namedtuple("Card", "device driver address")
lock = None


def cards():
    """Every Card that is in this process' network namespace."""
    return [Card(place.name, (place / "device/driver").resolve().name,
                 (place / "address").read_text().strip())
            for place in sorted(pathlib.Path("/sys/class/net").iterdir())
            if (place / "device/driver").exists()]


def take():
    """Waits until no other program uses the cards. Outside of a guest the program is skipped."""
    global lock
    if "TXPATHD_GUEST" not in os.environ:
        tap.skip_all("only for a guest: tests/guest/boot SERIES tests/tally.py guest "
                     "tests/guest/*.py")
    lock = open("/run/cards", "w")
    fcntl.flock(lock, fcntl.LOCK_EX)
