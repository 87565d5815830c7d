# SPDX-License-Identifier: GPL-2.0-or-later
"""
Debian 12's kernels: the newest package of each series, unpacked once into the cache.

They come from that release's archive whatever this machine's own packages are, with lists of their
own, so that nothing of the machine's apt changes. Packages are unpacked, not installed.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from support.cache import CACHE, locked

RELEASE = "bookworm"
# By the label of Debian's repositories: where they are unless this machine knows a nearer place.
REPOSITORIES = {"Debian": ("http://deb.debian.org/debian", RELEASE),
                "Debian-Security": ("http://deb.debian.org/debian-security", f"{RELEASE}-security")}
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# The full image for servers and desktops: not -cloud-, not -rt-, not a meta-package.
PACKAGE = re.compile(r"linux-image-((\d+\.\d+)\.[\d.]+(?:-\d+|\+deb\d+)?)-amd64")
LISTS_SECONDS = 24 * 3600


class Kernel:
    """An unpacked kernel: its series ("6.1"), its release ("6.1.0-52-amd64"), and its files."""

    def __init__(self, package, place):
        match = PACKAGE.fullmatch(package)
        self.package, self.place = package, place
        self.version, self.series = match[1], match[2]
        self.release = package.removeprefix("linux-image-")
        self.image = place / "boot" / f"vmlinuz-{self.release}"
        self.modules = place / "lib" / "modules" / self.release


def output(*command, **options):
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True, **options).stdout


class Apt:
    """apt with a state of its own below the cache."""

    def __init__(self):
        self.place = CACHE / "apt"
        self.lists = self.place / "lists"
        self.options = [option for setting in (
            f"Dir::Etc::SourceList={self.place}/sources.list", "Dir::Etc::SourceParts=/dev/null",
            f"Dir::State::Lists={self.lists}", f"Dir::Cache={self.place}/cache",
            "APT::Architecture=amd64", "APT::Sandbox::User=root") for option in ("-o", setting)]

    def __call__(self, program, *arguments, **options):
        return output(program, *self.options, *arguments, **options)

    def update(self):
        """Fetches the lists unless that was done today; without network, old ones do."""
        stamp = self.place / "updated"
        if stamp.exists() and time.time() - stamp.stat().st_mtime < LISTS_SECONDS:
            return
        for directory in (self.lists / "partial", self.place / "cache" / "archives" / "partial"):
            directory.mkdir(parents=True, exist_ok=True)
        (self.place / "sources.list").write_text("".join(
            f"deb [signed-by={KEYRING}] {uri} {suite} main\n"
            for uri, suite in nearest_repositories()))
        try:
            self("apt-get", "-q", "update")
            stamp.touch()
        except subprocess.CalledProcessError:
            if not stamp.exists():
                raise


def nearest_repositories():
    known = output("apt-get", "indextargets", "--format", "$(LABEL)|$(REPO_URI)",
                   "Created-By: Packages", "Component: main")
    nearest = dict(reversed([line.split("|", 1) for line in known.splitlines()]))
    return [(nearest.get(label, uri), suite) for label, (uri, suite) in REPOSITORIES.items()]


def is_newer(one, other):
    return subprocess.run(["dpkg", "--compare-versions", one, "gt", other]).returncode == 0


def series_number(series):
    return tuple(map(int, series.split(".")))


def newest(packages):
    """The newest of the packages of each series, in the order of the series."""
    found = {}
    for package in packages:
        match = PACKAGE.fullmatch(package)
        if match and (match[2] not in found or
                      is_newer(match[1], PACKAGE.fullmatch(found[match[2]])[1])):
            found[match[2]] = package
    return [found[series] for series in sorted(found, key=series_number)]


def unpack(apt, package, place):
    """Fetches the package, and unpacks it with an index of its modules."""
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="new-") as unfinished:
        apt("apt-get", "-q", "download", package, cwd=unfinished)
        archive, = Path(unfinished).glob("*.deb")
        root = Path(unfinished, "root")
        output("dpkg-deb", "--extract", archive, root)
        output("depmod", "--basedir", root, package.removeprefix("linux-image-"))
        place.parent.mkdir(exist_ok=True)
        os.rename(root, place)


def kernels():
    """Every series' Kernel; those that are no longer the newest leave the cache."""
    with locked():
        apt = Apt()
        apt.update()
        place = CACHE / "kernels"
        packages = newest(apt("apt-cache", "pkgnames", "linux-image-").split())
        for package in packages:
            if not (place / package).exists():
                unpack(apt, package, place / package)
        for old in set(os.listdir(place)) - set(packages):
            shutil.rmtree(place / old)
        return [Kernel(package, place / package) for package in packages]
