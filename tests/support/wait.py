# SPDX-License-Identifier: GPL-2.0-or-later
"""Waiting for conditions; never for a time."""

import time

# Far beyond what is ever needed: sanitizers make the daemon ten times slower, machines are busy.
DEADLINE_SECONDS = 90


def until(condition, what, seconds=DEADLINE_SECONDS):
    """Returns the condition's first true value. To ask takes at most half of the processor."""
    end = time.monotonic() + seconds
    while True:
        begun = time.monotonic()
        value = condition()
        if value:
            return value
        now = time.monotonic()
        assert now < end, f"waited {seconds} s in vain for: {what}"
        time.sleep(max(0.02, min(now - begun, 1)))
