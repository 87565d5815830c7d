# SPDX-License-Identifier: GPL-2.0-or-later
"""Namespaces of a test program's own, so that whatever it makes or starts ends with it."""

import os
import subprocess
import sys

from support import tap

MARK = "TXPATHD_ISOLATED"
UNSHARE = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


def isolate():
    """Goes on in new network, mount and PID namespaces, or skips the whole program."""
    if MARK in os.environ:
        # The /sys that was there shows the devices of the namespace it was mounted in.
        subprocess.run(["mount", "-t", "sysfs", "sysfs", "/sys"], check=True)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    if subprocess.run([*UNSHARE, "true"], stderr=subprocess.DEVNULL).returncode != 0:
        tap.skip_all("may not make network, mount and PID namespaces (needs root)")
    os.environ[MARK] = "1"
    os.execvp(UNSHARE[0], [*UNSHARE, sys.executable, *sys.argv])
