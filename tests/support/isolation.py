# SPDX-License-Identifier: GPL-2.0-or-later
"""Namespaces of a test program's own, so that whatever it makes or starts ends with it."""

import os
import subprocess
import sys

from support import cgroups, tap

MARK = "TXPATHD_ISOLATED"
NETWORK = ("--net",)
# Everything that is mounted or started ends with the program, even when it is killed.
WHOLE = ("--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


def isolate(network=True):
    """
    Goes on in namespaces of its own, or skips the whole program. In a plain chroot mounts cannot
    be kept private: then there is but a network namespace, if that is enough.
    """
    if MARK not in os.environ:
        enter([(*NETWORK, *WHOLE), NETWORK] if network else [WHOLE])
    if network and may_mount():
        mount_sys()
    if network:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def mount_sys():
    """
    The /sys that was there shows the devices of the namespace it was mounted in. It hides what is
    mounted below it, which tools still find in the list of mounts.
    """
    hidden = cgroups.points()
    for point in hidden:
        subprocess.run(["umount", "--lazy", point], stderr=subprocess.DEVNULL)
    subprocess.run(["mount", "-t", "sysfs", "sysfs", "/sys"], check=True)
    if hidden:
        subprocess.run(["mount", "-t", "cgroup2", "cgroup2", "/sys/fs/cgroup"],
                       stderr=subprocess.DEVNULL)


def enter(choices):
    """Begins the program anew in the first choice of namespaces that can be had."""
    for namespaces in choices:
        tried = subprocess.run(["unshare", *namespaces, "true"], stderr=subprocess.PIPE, text=True)
        if tried.returncode == 0:
            os.environ[MARK] = "whole" if "--mount" in namespaces else "network"
            os.execvp("unshare", ["unshare", *namespaces, sys.executable, *sys.argv])
    tap.skip_all(tried.stderr.strip())


def may_mount():
    """Whether what is mounted stays within the program."""
    return os.environ[MARK] == "whole"


def need_mounts():
    """Skips a test that cannot do without."""
    if not may_mount():
        raise tap.Skip("mounts cannot be kept private here: is this a plain chroot?")
