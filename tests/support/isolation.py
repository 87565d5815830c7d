# SPDX-License-Identifier: GPL-2.0-or-later
"""Namespaces of a test program's own, so that whatever it makes or starts ends with it."""

import os
import subprocess
import sys

from support import tap

MARK = "TXPATHD_ISOLATED"
UNSHARE = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


def isolate(network=True):
    """Goes on in new mount, PID and network namespaces, or skips the whole program."""
    if MARK not in os.environ:
        enter([*UNSHARE, "--net"] if network else UNSHARE)
    if network:
        # The /sys that was there shows the devices of the namespace it was mounted in.
        subprocess.run(["mount", "-t", "sysfs", "sysfs", "/sys"], check=True)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def enter(unshare):
    """Begins the program anew in the namespaces."""
    if subprocess.run([*unshare, "true"], stderr=subprocess.DEVNULL).returncode != 0:
        tap.skip_all("may not make namespaces (needs root)")
    os.environ[MARK] = "1"
    os.execvp(unshare[0], [*unshare, sys.executable, *sys.argv])
