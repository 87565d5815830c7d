#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Other network namespaces: named and not, that come and go, and that may not be entered."""

import contextlib
import json
import os
import re
import signal
import subprocess
import tempfile
import time

from support import tap
from support.daemon import Daemon, run
from support.exposition import Exposition
from support.namespaces import WITHOUT_ADMIN, in_private_run, named, wait_for
from support.network import ip, tc
from support.wait import until

QDISC = {"collector": "qdisc"}
BACKLOG = "txpath_qdisc_backlog_bytes"
SENT = "txpath_qdisc_sent_bytes_total"
TIME = "txpath_qdisc_sample_timestamp_seconds"
# Some thirty with a name and thirty without one at any time, each of which lives for six seconds.
CHURN = """
for round in $(seq 1000000); do
    name=come$((round % 30))
    ip netns del $name 2>/dev/null
    ip netns add $name
    ip link add near$round type veth peer name far netns $name
    ip netns exec $name sh -c 'ip link set far up; tc qdisc add dev far root handle 1: htb
        tc class add dev far parent 1: classid 1:1 htb rate 1mbit'
    unshare --net sh -c 'ip link add near type veth peer name far; ip link set near up
        exec sleep 6' &
    sleep 0.15
done
"""


def config(namespaces, interval="50ms", **limits):
    off = {name: {"enabled": False} for name in ("socket", "stack", "netfilter")}
    return {"namespaces": namespaces, "limits": {"cpu_percent": 100} | limits,
            "collectors": off | {"qdisc": {"interval": interval}}}


@contextlib.contextmanager
def held():
    """A process in a namespace without a name, and what that is called."""
    process = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], stdin=subprocess.DEVNULL)
    own, theirs = "/proc/self/ns/net", f"/proc/{process.pid}/ns/net"
    try:
        until(lambda: os.readlink(theirs) != os.readlink(own), "a namespace")
        yield process, os.readlink(theirs)
    finally:
        process.kill()
        process.wait()


def has_device(name):
    return os.path.exists(f"/sys/class/net/{name}")


def collected(exposition):
    """Own devices, and those of each other namespace."""
    found = {}
    for labels, _ in exposition.samples(SENT):
        found.setdefault(labels.get("netns"), set()).add(labels["device"])
    return found


def wait_for_names(daemon, *names):
    """The first exposition with other namespaces of just these names."""
    wanted = {None, *names}
    return wait_for(daemon, lambda exposition: collected(exposition).keys() == wanted,
                    f"namespaces {names}")


def told_by_tc(name):
    command = ["tc", "-s", "-j", "qdisc", "show"]
    if name:
        command = ["ip", "netns", "exec", name, *command]
    told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return {(one["dev"], one["kind"], name): (one["bytes"], one["backlog"])
            for one in told if one["kind"] != "noqueue"}


def exported(exposition):
    backlogs = {tuple(sorted(labels.items())): value
                for labels, value in exposition.samples(BACKLOG)}
    return {(labels["device"], labels["kind"], labels.get("netns")):
            (value, backlogs[tuple(sorted(labels.items()))])
            for labels, value in exposition.samples(SENT) if labels["kind"] != "noqueue"}


def block(name, rate):
    """Something that waits in a tbf of the namespace, and all that may come by itself before."""
    run = ["ip", "netns", "exec", name] if name else []
    device = "far" if name else "to-blue"
    ip(*(["-netns", name] if name else []), "link", "set", device, "up", "multicast", "off",
       "addrgenmode", "none")
    subprocess.run([*run, "tc", "qdisc", "add", "dev", device, "root", "handle", "1:", "tbf",
                    "rate", rate, "burst", "1600", "limit", "10000"], check=True)
    with contextlib.suppress(subprocess.CalledProcessError):
        ip(*(["-netns", name] if name else []), "address", "add", "10.7.0.1/24", "dev", device)
    ip(*(["-netns", name] if name else []), "neighbour", "replace", "10.7.0.2", "lladdr",
       "02:00:00:00:00:07", "dev", device, "nud", "permanent")
    subprocess.run([*run, "python3", "-c",
                    "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                    "for _ in range(4): s.sendto(b'x' * 1000, ('10.7.0.2', 9))"], check=True)


@tap.test
def each_has_what_tc_tells_there():
    """Devices of one name, and of one index, in three namespaces."""
    with named("blue", "red"), Daemon(config=config("all")) as daemon:
        for name in (None, "blue", "red"):
            block(name, "8bit")
        wait_for_names(daemon, "blue", "red")

        def observe():
            return told_by_tc(None) | told_by_tc("blue") | told_by_tc("red")
        before, _, exposition = daemon.agree(observe, "qdisc")
        tap.equal(exported(exposition), before)
        for name in (None, "blue", "red"):
            assert [1 for (_, kind, own), (_, backlog) in before.items()
                    if own == name and kind == "tbf" and backlog], before


@tap.test
def what_a_process_holds_is_seen_and_let_go():
    with Daemon(config=config("all")) as daemon:
        with held() as (process, inode):
            ip("link", "add", "near", "type", "veth", "peer", "name", "peer", "netns",
               str(process.pid))
            for device in ("lo", "peer"):  # a device that is down has no qdisc that is listed
                subprocess.run(["nsenter", f"--net=/proc/{process.pid}/ns/net", "ip", "link", "set",
                                device, "up"], check=True)
            exposition = wait_for(
                daemon, lambda one: {"lo", "peer"} in collected(one).values(), "its devices")
            name, = collected(exposition).keys() - {None}
            with open(f"/proc/{process.pid}/cgroup") as file:
                if file.read().endswith("0::/\n"):
                    tap.equal(name, inode)
        until(lambda: not has_device("near"), "the end of the namespace", 10)
        wait_for_names(daemon)


@tap.test
def a_name_that_goes_takes_its_namespace_along():
    with named("blue", "red"), Daemon(config=config("all", "10ms")) as daemon:
        wait_for_names(daemon, "blue", "red")
        ip("netns", "del", "blue")
        until(lambda: not has_device("to-blue"), "the end of the namespace", 10)
        wait_for_names(daemon, "red")
        wait_for(daemon, lambda one: one.value("txpathd_collector_namespaces", **QDISC) == 1,
                 "the number of those that are left")


@tap.test
def a_list_is_of_names_only():
    with named("blue", "red"), held(), Daemon(config=config(["blue", "green"])) as daemon:
        wait_for_names(daemon, "blue")
        missing = "there is no network namespace green in /run/netns"
        tap.equal(daemon.scrape().samples("txpathd_collector_info")[-1][0].get("reason"), missing)
        with named("green"):
            exposition = wait_for_names(daemon, "blue", "green")
            tap.equal(exposition.value("txpathd_collector_up", **QDISC), 1)
        wait_for_names(daemon, "blue")
        until(lambda: daemon.log().count(missing) == 2, "it to be said again")


@tap.test
def every_one_has_its_turn_and_its_age():
    names = [f"n{number}" for number in range(12)]
    tight = config("all")
    tight["limits"]["cpu_percent"] = 1
    with named(*names), Daemon(config=tight) as daemon:
        wait_for_names(daemon, *names)
        start = time.time()

        def times(exposition):
            return {labels["netns"]: value for labels, value in exposition.samples(TIME)}
        exposition = wait_for(daemon, lambda one: min(times(one).values()) > start, "all turns")
        tap.equal(set(times(exposition)), set(names))
        assert max(times(exposition).values()) <= time.time()
        tap.equal(exposition.value("txpathd_collector_namespaces", **QDISC), len(names))


@tap.test
def a_single_exposition_has_all():
    """Whatever that takes: nobody waits for a second one."""
    names = [f"n{number}" for number in range(12)]
    tight = config("all")
    tight["limits"]["cpu_percent"] = 1
    with named(*names), tempfile.NamedTemporaryFile("w") as file:
        json.dump(tight, file)
        file.flush()
        done = run("--config", file.name, "--once", check=True)
        tap.equal(collected(Exposition(done.stdout.encode())).keys(), {None, *names})


@tap.test
def no_more_than_wanted():
    with named("blue", "red", "green"), \
            Daemon(config=config("all", max_namespaces=2)) as daemon:
        exposition = wait_for_names(daemon, "blue", "green")
        tap.equal(exposition.value("txpathd_collector_untracked_namespaces", **QDISC), 1)
        ip("netns", "del", "blue")
        wait_for_names(daemon, "red", "green")


@tap.test
def they_come_and_go():
    seen = set()
    with named("blue"), Daemon(config=config("all", "10ms")) as daemon:
        churn = subprocess.Popen(["sh", "-c", CHURN], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 start_new_session=True)
        end = time.monotonic() + 15  # they are looked for every five seconds
        try:
            while time.monotonic() < end:
                exposition = daemon.scrape()
                tap.equal(exposition.value("txpathd_collector_up", **QDISC), 1)
                seen |= collected(exposition).keys()
            assert churn.poll() is None, "nothing came or went"
        finally:
            os.killpg(churn.pid, signal.SIGKILL)
            churn.wait()
            for name in os.listdir("/run/netns"):
                if name.startswith("come"):
                    subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL)
        named_ones = [name for name in seen - {None} if name.startswith("come")]
        assert len(named_ones) > 10 and len(seen) > len(named_ones) + 10, sorted(seen - {None})
        exposition = wait_for_names(daemon, "blue")
        assert collected(exposition)["blue"]


@tap.test
def without_capabilities_the_own_one_is_left():
    with named("blue", "red"), Daemon(config=config("all"), wrapper=WITHOUT_ADMIN) as daemon:
        def tried_again(exposition):
            return exposition.value("txpathd_collector_namespace_failures_total", **QDISC) >= 4
        exposition = wait_for(daemon, tried_again, "two tries of each")
        assert "to-blue" in collected(exposition)[None]
        tap.equal(collected(exposition).keys(), {None})
        for name, value in (("up", 1), ("namespaces", 0), ("unreachable_namespaces", 2)):
            tap.equal(exposition.value(f"txpathd_collector_{name}", **QDISC), value, name)
        tap.equal(len(re.findall(r"collector qdisc: .*cannot enter 2 network namespaces "
                                 r"\(blue, red\): Operation not permitted: needs CAP_SYS_ADMIN",
                                 daemon.log())), 1)


@tap.test
def a_reload_changes_what_is_seen():
    with named("blue"), Daemon(config=config("all")) as daemon:
        wait_for_names(daemon, "blue")
        daemon.reload(config("own"))
        exposition = wait_for_names(daemon)
        tap.equal(exposition.samples(TIME), [])
        daemon.reload(config("all"))
        wait_for_names(daemon, "blue")
        daemon.reload(config(["red"]))
        wait_for_names(daemon)


@tap.test
def who_starts_with_its_own_cannot_reload_to_others():
    with named("blue"), Daemon(config=config("own")) as daemon:
        daemon.next_sample("qdisc")
        daemon.reload(config("all"))
        exposition = wait_for(daemon, lambda one: one.value(
            "txpathd_collector_unreachable_namespaces", **QDISC), "the reload")
        tap.equal(collected(exposition).keys(), {None})
        tap.equal(exposition.value("txpathd_collector_up", **QDISC), 1)


in_private_run()
tap.run()
