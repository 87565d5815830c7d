# SPDX-License-Identifier: GPL-2.0-or-later
"""
Debian's smallest root with a systemd and what txpathd needs, to boot in: made once, kept in the
cache; whoever boots it works in a layer of his own.
"""

import contextlib
import hashlib
import os
import pathlib
import platform
import re
import shutil
import subprocess
import tempfile

from support.cache import CACHE, locked
from support.daemon import BUILD, PROGRAM

PACKAGES = ("systemd", "systemd-sysv", "dbus", "udev", "kmod", "iproute2", "curl", "bpftool")


def output(*command):
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True).stdout


def packages():
    """What the root needs beside the base: PACKAGES and the program's libraries."""
    libraries = [re.sub(r".*/", "*/", line.split()[2])
                 for line in output("ldd", PROGRAM).splitlines() if "=> /" in line]
    owners = output("dpkg-query", "--search", *libraries)
    found = {line.split(":")[0] for line in owners.splitlines() if line.startswith("lib")}
    return [*PACKAGES, *sorted(found)]


def mirror():
    """The suite of this machine, and where its packages come from."""
    suite = platform.freedesktop_os_release()["VERSION_CODENAME"]
    sources = output("apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)",
                     "Created-By: Packages", "Component: main")
    return suite, next(line.split()[1] for line in sources.splitlines()
                       if line.split()[0] == suite and "debian" in line)


def base():
    """The root's directory; debootstrap makes it when there is none yet of these packages."""
    with locked():
        return find_or_make()


def find_or_make():
    wanted = packages()
    suite, source = mirror()
    digest = hashlib.sha256(" ".join([suite, *wanted]).encode()).hexdigest()[:12]
    place = CACHE / "roots"
    root = place / f"{suite}-{digest}"
    if root.exists():
        return root
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=place, prefix="new-") as unfinished:
        os.chmod(unfinished, 0o755)
        log = subprocess.run(["debootstrap", "--variant=minbase", f"--include={','.join(wanted)}",
                              suite, f"{unfinished}/root", source], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert log.returncode == 0, log.stdout
        os.rename(f"{unfinished}/root", root)
    return root


@contextlib.contextmanager
def layered(root):
    """The root under a layer in memory, in this program's own mount namespace."""
    with tempfile.TemporaryDirectory(prefix="txpathd-") as place:
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=True)
        try:
            for name in ("upper", "work", "root"):
                pathlib.Path(place, name).mkdir()
            merged = pathlib.Path(place, "root")
            subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                            f"lowerdir={root},upperdir={place}/upper,workdir={place}/work", merged],
                           check=True)
            yield merged
        finally:
            subprocess.run(["umount", "--recursive", place], check=True)


def install(root):
    """Puts the build under test where an administrator's `meson install` would."""
    subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", root],
                   check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
