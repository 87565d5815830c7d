# SPDX-License-Identifier: GPL-2.0-or-later
"""Waiting for conditions; never for a time."""

import time

# Far beyond what is ever needed: sanitizers make the daemon ten times slower, machines are busy.
DEADLINE_SECONDS = 90


def until(condition, what, seconds=DEADLINE_SECONDS):
    """Returns the condition's first true value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"waited {seconds} s in vain for: {what}"
        time.sleep(0.02)
