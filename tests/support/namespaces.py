# SPDX-License-Identifier: GPL-2.0-or-later
"""Network namespaces with names, and what is known of them."""

import contextlib
import subprocess

from support import tap
from support.isolation import isolate, may_mount
from support.network import ip
from support.wait import until

WITHOUT_ADMIN = ("setpriv", "--bounding-set=-sys_admin,-sys_ptrace", "--inh-caps=-all")


def in_private_run():
    """Goes on in namespaces with a /run/netns of their own, or skips the whole program."""
    isolate()
    if not may_mount():
        tap.skip_all("mounts cannot be kept private here: is this a plain chroot?")
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)


@contextlib.contextmanager
def named(*names):
    """Namespaces with names, and in each one a device "far" whose other end is with us."""
    try:
        for name in names:
            ip("netns", "add", name)
            ip("link", "add", f"to-{name}", "type", "veth", "peer", "name", "far", "netns", name)
            ip("-netns", name, "link", "set", "far", "up")
            ip("link", "set", f"to-{name}", "up")
        yield
    finally:
        # Packets that wait in a device of a namespace hold that by the sockets they are of.
        for name in names:
            for what in (("link", "del", f"to-{name}"), ("netns", "del", name)):
                subprocess.run(["ip", *what], stderr=subprocess.DEVNULL)


def wait_for(daemon, condition, what):
    """The first exposition of which the condition is true."""
    def attempt():
        exposition = daemon.scrape()
        return exposition if condition(exposition) else None
    return until(attempt, what)
