# SPDX-License-Identifier: GPL-2.0-or-later
"""Where kernels and roots are kept that are dear to make, for this and later runs."""

import contextlib
import fcntl
import os
import pathlib

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "/var/cache") / "txpathd-check"


@contextlib.contextmanager
def locked():
    """Programs that want the same things at the same time take turns."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
