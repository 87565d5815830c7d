# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel says of a process, by proc(5)."""

import os
import pathlib


def cpu_seconds(pid):
    """CPU time of all its threads, in user space and in the kernel."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
