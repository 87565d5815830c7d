# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets that are dropped on their way out, so many as is known; and others that are not."""

import contextlib
import json
import pathlib
import socket
import subprocess

from support import tap
from support.daemon import COLLECTORS
from support.network import Peer, tc
from support.wait import until

DROPS = "txpath_drops_total"
HOOK = "NETFILTER_DROP"
OTHER = "(other)"
RULES = """
table {family} dropping {{
    chain hooked {{
        type filter hook {hook} priority {priority};
        {rule} counter drop
    }}
}}
"""
SLOW = ("tbf", "rate", "1kbit", "burst", "1600", "limit", "3000")


class Beyond(Peer):
    """Another peer, on the other side of us when we forward."""

    OURS = ("10.67.0.1", "fd67::1")
    THEIRS = ("10.67.0.2", "fd67::2")
    NEAR_ADDRESS = "02:00:00:00:01:01"
    FAR_ADDRESS = "02:00:00:00:01:02"

    def __init__(self, near="beyond", far="far"):
        super().__init__(near, far)


def forward(on=True):
    """Has the network namespace of the moment be a router, or not."""
    for path in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
        pathlib.Path("/proc/sys/net", path).write_text(str(int(on)))


def route(peer, beyond):
    """Has both peers send to the other one by us."""
    for one, other in ((peer, beyond), (beyond, peer)):
        with one.entered():
            for ours, theirs in zip(one.OURS, other.THEIRS):
                prefix = theirs + ("/128" if ":" in theirs else "/32")
                subprocess.run(["ip", "route", "replace", prefix, "via", ours], check=True)


@contextlib.contextmanager
def dropping(rule, hook="output", family="inet", priority=0):
    """Yields a function that tells how many packets nftables has dropped."""
    subprocess.run(["nft", "-f", "-"], check=True, text=True, input=RULES.format(
        rule=rule, hook=hook, family=family, priority=priority))

    def dropped():
        done = subprocess.run(["nft", "-j", "list", "table", family, "dropping"], check=True,
                              stdout=subprocess.PIPE)
        return sum(part["counter"]["packets"] for one in json.loads(done.stdout)["nftables"]
                   for part in one.get("rule", {}).get("expr", ()) if "counter" in part)
    try:
        yield dropped
    finally:
        subprocess.run(["nft", "delete", "table", family, "dropping"], check=True)


@contextlib.contextmanager
def full_queue(device):
    """Yields a function that tells how many packets the device's qdisc has dropped."""
    tc("qdisc", "replace", "dev", device, "root", *SLOW)

    def dropped():
        done = subprocess.run(["tc", "-s", "-j", "qdisc", "show", "dev", device, "root"],
                              check=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout)[0]["drops"]
    try:
        yield dropped
    finally:
        tc("qdisc", "del", "dev", device, "root")


def send_datagrams(address, n, port=9, size=100):
    """What the kernel refuses at once has been sent all the same."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        for _ in range(n):
            with contextlib.suppress(PermissionError, OSError):
                sender.sendto(b"x" * size, (address, port))


def drops(exposition, prefix=""):
    """{(reason, origin, device): n} of our own network namespace, without zeros."""
    return {(own["reason"], own["origin"], own.get("device")): value
            for own, value in exposition.samples(DROPS)
            if value and "netns" not in own and own["reason"].startswith(prefix)}


def config(limits=(), namespaces="own", interval="100ms"):
    """No other collector than drop: what is read is of this one alone."""
    made = {"limits": {"cpu_percent": 100} | dict(limits), "namespaces": namespaces,
            "collectors": {name: {"enabled": False} for name in COLLECTORS}}
    made["collectors"]["drop"] = {"interval": interval}
    return made


def sample(daemon):
    """While the collector is stalled, on a busy machine, there are no series."""
    def attempt():
        exposition = daemon.next_sample("drop")
        return exposition if exposition.samples(DROPS) else None
    return until(attempt, "a sample with drops")


class Counted:
    """What is dropped during a with block, by (reason, origin, device)."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.before = drops(sample(daemon))

    def now(self, prefix=""):
        return {key: value - self.before.get(key, 0)
                for key, value in drops(sample(self.daemon), prefix).items()
                if value != self.before.get(key, 0)}

    def settled(self, dropped):
        """While somebody goes on sending: as of a moment when nothing is dropped."""
        def attempt():
            before = dropped()
            self.now()
            found = self.now()  # what was dropped last may have been on its way to be freed
            return (before, found) if dropped() == before else None
        return until(attempt, "a quiet moment")

    def expect(self, dropped, key):
        """
        All that was dropped, and nothing else, is of this key. On a busy machine a packet may be
        counted by nftables long before it is freed.
        """
        def attempt():
            n, found = self.settled(dropped)
            return (n, found) if found.get(key, 0) >= n else None
        n, found = until(attempt, f"all drops of {key} that nftables tells")
        tap.equal(found, {key: n})
