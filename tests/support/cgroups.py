# SPDX-License-Identifier: GPL-2.0-or-later
"""Cgroups (v2) of a test program's own, and sockets that belong to them."""

import contextlib
import os
import tempfile

from support import tap
from support.wait import until


def points():
    """Where cgroup v2 is mounted, as far as it can be seen."""
    with open("/proc/self/mountinfo") as file:
        mounts = [line.split() for line in file]
    return [own[4] for own in mounts if own[own.index("-") + 1] == "cgroup2"]


def own_path():
    with open("/proc/self/cgroup") as file:
        return next((line.rstrip("\n")[3:] for line in file if line.startswith("0::")), None)


def until_removed(path):
    """A process that has ended leaves its cgroup a little later."""
    def attempt():
        with contextlib.suppress(OSError):
            os.rmdir(path)
        return not os.path.exists(path)
    until(attempt, f"{path} to be empty")


class Cgroups:
    """
    A slice that ends with the with block. A socket belongs to the cgroup in which its process was
    when it made it: so this process enters one after the other. Skips where that cannot be done.
    """

    def __init__(self):
        found = [point for point in points() if os.path.exists(f"{point}/cgroup.procs")]
        if not found or own_path() is None:
            raise tap.Skip("there is no cgroup v2 here")
        self.home = found[0] + own_path()
        try:
            self.slice = tempfile.mkdtemp("-test.slice", "txpathd-", found[0])
            self.enter(self.home)
        except OSError as failure:
            raise tap.Skip(f"no cgroup can be made here: {failure}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for path, _, _ in os.walk(self.slice, topdown=False):
            until_removed(path)

    @staticmethod
    def enter(path):
        with open(f"{path}/cgroup.procs", "w") as file:
            file.write("0")

    def path(self, name):
        return f"{self.slice}/{name}"

    def make(self, name):
        os.makedirs(self.path(name), exist_ok=True)

    def remove(self, name):
        """Its sockets may live on."""
        until_removed(self.path(name))

    @contextlib.contextmanager
    def entered(self, name):
        """What sockets are made inside the with block are those of that cgroup, which is made."""
        self.make(name)
        self.enter(self.path(name))
        try:
            yield
        finally:
            self.enter(self.home)


class NoCgroups:
    """Stands in where there are none."""

    entered = staticmethod(lambda name: contextlib.nullcontext())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def cgroups_or_none():
    try:
        return Cgroups()
    except tap.Skip as skip:
        tap.comment(f"sockets of one unit alone: {skip}")
        return NoCgroups()
