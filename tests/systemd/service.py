#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
The installed service under a real systemd: Debian's smallest root with the libraries the program
needs, booted by systemd-nspawn, where the script beside this one looks around.

The root is made once and kept in the cache; each run works in an overlay on it that goes away.
"""

import contextlib
import hashlib
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

from support import tap
from support.daemon import BUILD, PROGRAM
from support.isolation import isolate

HERE = pathlib.Path(__file__).parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "/var/cache") / "txpathd-check"
BOOT_SECONDS = 240

PROBE_UNIT = """
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/probe/probe
StandardOutput=append:/probe/results
ExecStopPost=systemctl poweroff --no-block
"""


def output(*command, **options):
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True, **options).stdout


def packages():
    """What the root needs beside the base: systemd, the program's libraries, a client."""
    libraries = [re.sub(r".*/", "*/", line.split()[2])
                 for line in output("ldd", PROGRAM).splitlines() if "=> /" in line]
    owners = output("dpkg-query", "--search", *libraries)
    found = {line.split(":")[0] for line in owners.splitlines() if line.startswith("lib")}
    return ["systemd", "systemd-sysv", "dbus", "curl", *sorted(found)]


def mirror():
    """The suite of this machine, and where its packages come from."""
    suite = platform.freedesktop_os_release()["VERSION_CODENAME"]
    sources = output("apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)",
                     "Created-By: Packages", "Component: main")
    return suite, next(line.split()[1] for line in sources.splitlines()
                       if line.split()[0] == suite and "debian" in line)


def base_root():
    """The unpacked root, made by debootstrap when there is none yet."""
    wanted = packages()
    suite, source = mirror()
    digest = hashlib.sha256(" ".join([suite, *wanted]).encode()).hexdigest()[:12]
    root = CACHE / f"{suite}-{digest}"
    if root.exists():
        return root
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="new-") as unfinished:
        os.chmod(unfinished, 0o755)
        log = subprocess.run(["debootstrap", "--variant=minbase", f"--include={','.join(wanted)}",
                              suite, f"{unfinished}/root", source], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert log.returncode == 0, log.stdout
        os.rename(f"{unfinished}/root", root)
    return root


def install(root):
    subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", root],
                   check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    (root / "probe").mkdir()
    shutil.copy(HERE / "probe", root / "probe")
    system = root / "etc/systemd/system"
    (system / "probe.service").write_text(PROBE_UNIT)
    (system / "default.target.wants").mkdir(exist_ok=True)
    (system / "default.target.wants/probe.service").symlink_to("../probe.service")


def boot(root):
    """Boots until the probe has ended; returns what was on the console."""
    with tempfile.TemporaryFile("w+", errors="replace") as console:
        try:
            subprocess.run(["systemd-nspawn", "--quiet", "--register=no", "--keep-unit",
                            "--private-network", "--boot", "--directory", root],
                           stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                           timeout=BOOT_SECONDS)
        except subprocess.TimeoutExpired:
            console.write(f"not over after {BOOT_SECONDS} s\n")
        console.seek(0)
        return console.read()


@contextlib.contextmanager
def overlay(base):
    """A root that can be written: in memory, in this program's own mount namespace."""
    with tempfile.TemporaryDirectory(prefix="txpathd-") as place:
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=True)
        try:
            upper, scratch, root = (pathlib.Path(place, name) for name in ("upper", "work", "root"))
            for directory in (upper, scratch, root):
                directory.mkdir()
            subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                            f"lowerdir={base},upperdir={upper},workdir={scratch}", root],
                           check=True)
            yield root
        finally:
            subprocess.run(["umount", "--recursive", place], check=True)


def main():
    base = base_root()
    isolate(network=False)
    with overlay(base) as root:
        install(root)
        console = boot(root)
        results = root / "probe/results"
        if not results.exists():
            tap.comment(console)
            sys.exit("systemd did not come to an end of the probe in systemd-nspawn")
        print(results.read_text(), flush=True)


for tool in ("systemd-nspawn", "debootstrap"):
    if not shutil.which(tool):
        tap.skip_all(f"there is no {tool} here")
if os.geteuid() != 0:
    tap.skip_all("needs root for systemd-nspawn")
if not os.listdir("/sys/fs/cgroup"):
    tap.skip_all("no cgroup file system is mounted here, which systemd-nspawn needs")
main()
