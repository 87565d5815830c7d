#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What TCP, IP and netfilter count, and are set to, in other network namespaces."""

import contextlib
import re
import subprocess
import threading
import time

from support import tap
from support.daemon import Daemon
from support.namespaces import WITHOUT_ADMIN, in_private_run, named, wait_for
from support.network import ip
from support.wait import DEADLINE_SECONDS, until

COLLECTORS = ("stack", "netfilter")
SENT = "txpath_udp_datagrams_sent_total"
ENTRIES = "txpath_conntrack_entries"
HOOKS = "txpath_netfilter_hooks"
COUNTER = "txpath_nft_counter_packets_total"

# The machine has but one of each, whatever namespace looks at it.
OF_MACHINE = ("txpath_tcp_orphans", "txpath_tcp_memory_bytes", "txpath_udp_memory_bytes",
              "txpath_softirq_net_tx_total", "txpath_tcp_memory_limit_bytes",
              "txpath_udp_memory_limit_bytes", "txpath_qdisc_default_info",
              "txpath_tcp_congestion_control_available_info")
SETTINGS_OF_MACHINE = ("net.core.wmem_default", "net.core.wmem_max", "net.ipv4.tcp_mem",
                       "net.core.netdev_budget", "net.ipv4.tcp_max_orphans")

# What the kernel counts in each file, by the names that our families have.
SNMP = {("Ip", "OutRequests"): ("txpath_ip_packets_sent_total", {"family": "ipv4"}),
        ("Ip", "OutNoRoutes"): ("txpath_ip_no_route_total", {"family": "ipv4"}),
        ("Udp", "OutDatagrams"): (SENT, {"family": "ipv4"}),
        ("Tcp", "OutSegs"): ("txpath_tcp_segments_sent_total", {}),
        ("Tcp", "OutRsts"): ("txpath_tcp_resets_sent_total", {})}
RULES = """
table inet filter {
    counter sent {
    }
    chain output {
        type filter hook output priority 0;
        ct state new counter name sent
    }
}
"""
SEND = "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n" \
       "for _ in range({}): s.sendto(b'x', ('127.0.0.1', 9))"


def config(namespaces="all", interval="50ms", **options):
    own = {"stack": {"interval": interval}, "netfilter": {"interval": interval} | options}
    return {"namespaces": namespaces, "limits": {"cpu_percent": 100},
            "collectors": {"socket": {"enabled": False}, "qdisc": {"enabled": False}} | own}


def inside(name, *command, **options):
    run = ["ip", "netns", "exec", name] if name else []
    return subprocess.run([*run, *command], check=True, text=True, stdout=subprocess.PIPE,
                          **options).stdout


def send(name, n):
    inside(name, "python3", "-c", SEND.format(n))


def of(name):
    return {"netns": name} if name else {}


def told_by_files(name):
    """{(family, labels): value} of /proc/net/snmp there."""
    lines = inside(name, "cat", "/proc/net/snmp").splitlines()
    found = {}
    for names, values in zip(lines[::2], lines[1::2]):
        group = names.split(":")[0]
        found |= {(group, field): int(value)
                  for field, value in zip(names.split()[1:], values.split()[1:])}
    return {(family, *sorted((labels | of(name)).items())): found[field]
            for field, (family, labels) in SNMP.items()}


def exported(exposition, told):
    return {key: exposition.value(key[0], **dict(key[1:])) for key in told}


def names(exposition, family="txpath_tcp_segments_sent_total"):
    return {labels.get("netns") for labels, _ in exposition.samples(family)}


def settings(exposition):
    return {(labels["name"], labels.get("netns")): value
            for labels, value in exposition.samples("txpath_sysctl")}


def wait_for_names(daemon, *wanted):
    def all_there(exposition):
        return all(names(exposition, f"txpath_{collector}_sample_timestamp_seconds") == set(wanted)
                   for collector in COLLECTORS)
    return wait_for(daemon, all_there, f"namespaces {wanted}")


@contextlib.contextmanager
def living(*wanted):
    """Namespaces in which the loopback device is up."""
    with named(*wanted):
        for name in wanted:
            ip("-netns", name, "link", "set", "lo", "up")
        yield


@tap.test
def each_has_what_its_files_say():
    with living("blue", "red"), Daemon(config=config()) as daemon:
        send("blue", 7)
        send("red", 5)
        send(None, 3)
        wait_for_names(daemon, "blue", "red")

        def observe():
            return told_by_files(None) | told_by_files("blue") | told_by_files("red")
        told, _, exposition = daemon.agree(observe, "stack")
        tap.equal(exported(exposition, told), told)
        for name, n in (("blue", 7), ("red", 5)):
            tap.equal(exposition.value(SENT, family="ipv4", netns=name), n)


@tap.test
def settings_are_those_of_the_namespace():
    with living("blue", "red"):
        inside("blue", "sysctl", "-qw", "net.ipv4.tcp_retries2=7",
               "net.ipv4.tcp_congestion_control=reno")
        with Daemon(config=config()) as daemon:
            exposition = wait_for_names(daemon, "blue", "red")
            for name in (None, "blue", "red"):
                for setting in ("net.ipv4.tcp_retries2", "net.ipv4.tcp_limit_output_bytes"):
                    tap.equal(settings(exposition)[setting, name],
                              int(inside(name, "sysctl", "-n", setting)), f"{setting} {name}")
                algorithm, = (labels["algorithm"] for labels, _ in exposition.samples(
                    "txpath_tcp_congestion_control_info") if labels.get("netns") == name)
                tap.equal(algorithm, inside(name, "sysctl", "-n",
                                            "net.ipv4.tcp_congestion_control").strip())


@tap.test
def what_the_machine_has_is_told_once():
    with living("blue"), Daemon(config=config()) as daemon:
        exposition = wait_for_names(daemon, "blue")
        for family in OF_MACHINE:
            for labels, _ in exposition.samples(family):
                assert "netns" not in labels, (family, labels)
        told = settings(exposition)
        assert ("net.ipv4.tcp_retries2", "blue") in told, told
        for name in SETTINGS_OF_MACHINE:
            assert (name, "blue") not in told, name


@tap.test
def connections_are_those_of_the_namespace():
    need_connection_tracking()
    with living("blue", "red"):
        inside("blue", "nft", "-f", "-", input=RULES)
        send("blue", 1)
        with Daemon(config=config()) as daemon:
            wait_for_names(daemon, "blue", "red")

            def observe():
                return {name: int(inside(name, "sysctl", "-n", "net.netfilter.nf_conntrack_count"))
                        for name in (None, "blue", "red")}
            told, _, exposition = daemon.agree(observe, "netfilter")
            tap.equal({name: exposition.value(ENTRIES, **of(name)) for name in told}, told)
            tap.equal((told["blue"], told["red"]), (1, 0))


@tap.test
def named_counters_are_those_of_the_namespace():
    need_connection_tracking()
    with living("blue", "red"):
        inside("blue", "nft", "-f", "-", input=RULES)
        send("blue", 1)
        with Daemon(config=config(counters=["*"], load_modules=True)) as daemon:
            exposition = wait_for_names(daemon, "blue", "red")
            tap.equal(exposition.value(COUNTER, family="inet", table="filter", counter="sent",
                                       netns="blue"), 1)
            tap.equal(names(exposition, COUNTER), {"blue"})


@tap.test
def hooks_are_those_of_the_namespace():
    need_connection_tracking()
    with living("blue", "red"):
        inside("blue", "nft", "-f", "-", input=RULES)
        found = re.findall(r"^family ip \{\n.*?^\thook output \{\n(.*?)^\t\}",
                           inside("blue", "nft", "list", "hooks"), re.M | re.S)
        if not found:
            raise tap.Skip("this kernel cannot list hooks")
        with Daemon(config=config(hooks=True, load_modules=True)) as daemon:
            exposition = wait_for_names(daemon, "blue", "red")
            own = {"family": "ipv4", "hook": "output"}
            tap.equal(exposition.value(HOOKS, **own, netns="blue"), len(found[0].splitlines()))
            tap.equal(exposition.value(HOOKS, **own, netns="red"), 0)


@tap.test
def a_name_that_goes_takes_its_namespace_along():
    with living("blue", "red"), Daemon(config=config(interval="10ms")) as daemon:
        wait_for_names(daemon, "blue", "red")
        ip("netns", "del", "blue")
        until(lambda: subprocess.run(["ip", "link", "show", "to-blue"], stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL).returncode,
              "the end of the namespace", 10)
        wait_for_names(daemon, "red")


@tap.test
def counters_only_grow_while_others_come_and_go():
    with living("blue"), Daemon(config=config(interval="10ms")) as daemon:
        wait_for_names(daemon, "blue")
        over = threading.Event()

        def churn():
            while not over.is_set():
                send("blue", 20)
                with living("come"):
                    time.sleep(0.05)
        thread = threading.Thread(target=churn)
        thread.start()
        before, seen = {}, set()
        sent = SENT, ("family", "ipv4"), ("netns", "blue")
        begun = time.monotonic()

        def is_over():
            """They are looked for every five seconds; a guest may be slow to make any."""
            seconds = time.monotonic() - begun
            return (seconds > 12 and before.get(sent, 0) >= 40) or seconds > DEADLINE_SECONDS
        try:
            while not is_over():
                exposition = daemon.scrape()
                for collector in COLLECTORS:
                    tap.equal(exposition.value("txpathd_collector_up", collector=collector), 1)
                now = {(family, *sorted(labels.items())): value
                       for family in exposition.families if family.endswith("_total")
                       and family.startswith(("txpath_ip_", "txpath_tcp_", "txpath_udp_"))
                       for labels, value in exposition.samples(family)
                       if labels.get("netns") in (None, "blue")}
                assert not (lower := {key for key in before if now[key] < before[key]}), lower
                before = now
                seen |= names(exposition)
        finally:
            over.set()
            thread.join()
        tap.comment(f"seen: {seen}")
        assert before[sent] >= 40, before[sent]


@tap.test
def without_capabilities_the_own_one_is_left():
    with living("blue", "red"), Daemon(config=config(), wrapper=WITHOUT_ADMIN) as daemon:
        def tried(exposition):
            return all(exposition.value("txpathd_collector_namespace_failures_total",
                                        collector=collector) >= 2 for collector in COLLECTORS)
        exposition = wait_for(daemon, tried, "a try of each")
        tap.equal(names(exposition), {None})
        for collector in COLLECTORS:
            own = {"collector": collector}
            tap.equal(exposition.value("txpathd_collector_up", **own), 1)
            tap.equal(exposition.value("txpathd_collector_unreachable_namespaces", **own), 2)
            reason, = (labels["reason"] for labels, _ in exposition.samples(
                "txpathd_collector_info") if labels["collector"] == collector)
            assert "cannot enter 2 network namespaces (blue, red): " \
                   "Operation not permitted: needs CAP_SYS_ADMIN" in reason, reason


@tap.test
def a_reload_changes_what_is_seen():
    with living("blue", "red"), Daemon(config=config()) as daemon:
        wait_for_names(daemon, "blue", "red")
        daemon.reload(config(["red"]))
        exposition = wait_for_names(daemon, "red")
        assert ("net.ipv4.tcp_retries2", "red") in settings(exposition)
        daemon.reload(config("own"))
        tap.equal(names(wait_for_names(daemon)), {None})


def need_connection_tracking():
    if subprocess.run(["nft", "-f", "-"], input=RULES, text=True,
                      stderr=subprocess.DEVNULL).returncode:
        raise tap.Skip("this kernel has no nftables, or nft is not installed")
    subprocess.run(["nft", "flush", "ruleset"], check=True)


in_private_run()
tap.run()
