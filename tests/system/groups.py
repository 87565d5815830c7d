#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What sockets are told apart by, as it is configured."""

import copy
import socket
import struct

from support import tap
from support.daemon import QUICK, Daemon, run
from support.frames import HELD, hold_up_some
from support.isolation import isolate
from support.network import Peer, have_qdiscs
from support.wait import until

QUEUE = "txpath_socket_send_queue_bytes"
SENT = "txpath_tcp_sent_bytes_total"
AT_ONCE = struct.pack("ii", 1, 0)  # struct linger: close, and away with what was not sent
PORTS = ["5001", "5000-5010", "80"]
PEERS = {"wide": ["10.0.0.0/8", "192.0.2.0/24"], "host": ["10.66.0.2"], "six": ["fd66::/16"]}
ALL = ["local_port", "peer", "algorithm"]


def options(group_by, limits=(), **own):
    config = copy.deepcopy(QUICK)
    config["collectors"]["socket"] |= {"group_by": group_by, "ports": PORTS, "peers": PEERS} | own
    config["limits"] |= dict(limits)
    return config


class Connections:
    """Made within a with block, at whose end they are gone at once."""

    def __init__(self):
        self.kept = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for near in self.kept:
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            near.close()

    def add(self, n_bytes, peer_address=0, local_port=0, algorithm="reno", mapped=False):
        """With so many bytes in its queue. What is more than a packet may be sent again."""
        address = peer.THEIRS[peer_address]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with peer.entered():
            listener = socket.create_server((address, 0), family=family)
        near = socket.socket(socket.AF_INET6 if mapped else family)
        near.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, algorithm.encode())
        if local_port:
            near.bind(("", local_port))
        near.connect((f"::ffff:{address}" if mapped else address, listener.getsockname()[1]))
        self.kept += [near, listener.accept()[0]]
        listener.close()
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 200000)
        near.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, HELD)
        near.sendall(b"x" * n_bytes)
        return near


def groups(exposition, *labels, name=QUEUE, protocol="tcp"):
    """{value of the label, or of all of them: value}; these labels and no others."""
    found = {}
    for own, value in exposition.samples(name):
        if own.pop("protocol", protocol) == protocol and value:
            tap.equal(set(own), set(labels), "labels")
            values = [own[label] for label in labels]
            found[tuple(values) if len(values) > 1 else "".join(values)] = value
    return found


def expect(daemon, expected, *labels, **which):
    """It is so in a sample that was begun after this call."""
    tap.equal(groups(daemon.next_sample("socket"), *labels, **which), expected)


@tap.test
def by_local_port():
    with Connections() as connections, Daemon(config=options(["local_port"])) as daemon:
        for size, port in enumerate((5001, 5000, 5010, 4999, 5011, 8080)):
            connections.add(10 ** size, local_port=port)
        expect(daemon, {"5001": 1, "5000-5010": 110, "(other)": 111000}, "local_port")


@tap.test
def by_peer():
    with Connections() as connections, Daemon(config=options(["peer"])) as daemon:
        connections.add(1)
        connections.add(20, mapped=True)
        connections.add(300, peer_address=1)
        expect(daemon, {"host": 21, "six": 300}, "peer")
        changed = {"nobody": ["192.0.2.0/24"], "wide": ["10.66.0.0/31", "10.66.0.0/16"]}
        daemon.reload(options(["peer"], peers=changed))
        until(lambda: groups(daemon.scrape(), "peer") == {"wide": 21, "(other)": 300},
              "other networks")


@tap.test
def by_algorithm():
    with open("/proc/sys/net/ipv4/tcp_available_congestion_control") as file:
        other = next((name for name in file.read().split() if name != "reno"), None)
    if not other:
        raise tap.Skip("this kernel has no congestion control but reno")
    with Connections() as connections, Daemon(config=options(["algorithm"])) as daemon:
        daemon.next_sample("socket")
        connections.add(10)
        near = connections.add(200)
        connections.add(1000, algorithm=other)
        expect(daemon, {"reno": 210, other: 1000}, "algorithm")
        # It goes to the other group, and leaves there what it has sent.
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, other.encode())
        expect(daemon, {"reno": 10, other: 1200}, "algorithm")
        expect(daemon, {"reno": 210, other: 1000}, "algorithm", name=SENT)


@tap.test
def by_all_of_them():
    with Connections() as connections, Daemon(config=options(ALL)) as daemon:
        connections.add(1, local_port=5001)
        connections.add(20, local_port=5002, peer_address=1)
        connections.add(300)
        expect(daemon, {("5001", "host", "reno"): 1, ("5000-5010", "six", "reno"): 20,
                        ("(other)", "host", "reno"): 300}, *ALL)
        near, far = peer.udp(peer.THEIRS[0])
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 200000)
        near.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, HELD)
        near.send(b"x" * 100)
        found = groups(daemon.next_sample("socket"), *ALL[:2], protocol="udp")
        tap.equal(list(found), [("(other)", "host")], "datagrams have no algorithm")
        far.close()


def by_port(exposition):
    """None as long as the former configuration is in force."""
    told = any("local_port" in own for own, _ in exposition.samples(QUEUE))
    return groups(exposition, "local_port") if told else None


@tap.test
def by_nothing_and_by_something_else_after_a_reload():
    with Connections() as connections, Daemon(config=options([])) as daemon:
        expect(daemon, {})
        tap.equal(daemon.scrape().value(QUEUE, protocol="udp"), 0, "known from the start")
        connections.add(10, local_port=5001)
        connections.add(200)
        expect(daemon, {"": 210})
        daemon.reload(options(["local_port"]))
        until(lambda: by_port(daemon.scrape()) == {"5001": 10, "(other)": 200}, "ports")
        connections.add(1000, local_port=5002)
        expect(daemon, {"5001": 10, "(other)": 200, "5000-5010": 1000}, "local_port")
        # What was sent before was not told apart so, and is in no group now.
        expect(daemon, {"5000-5010": 1000}, "local_port", name=SENT)


@tap.test
def groups_beyond_the_bound_are_summed_up():
    ports = [str(port) for port in range(5000, 5020)]
    config = options(["local_port"], {"max_groups": 5}, ports=ports)
    with Connections() as connections, Daemon(config=config) as daemon:
        for number, port in enumerate(ports):
            connections.add(1 << number % 10, local_port=int(port))
        found = groups(daemon.next_sample("socket"), "local_port")
        tap.equal((len(found), sum(found.values())), (6, 2 * 1023))
        assert "(other)" in found, found


def expect_fault(section, *parts):
    """One fault, with file, line and column of the part, and the reason."""
    text = '{"collectors": {"socket": {\n' + section + "\n}}}"
    daemon = Daemon(config=text)
    try:
        done = run("--check-config", "--config", daemon.config_path)
        tap.equal(done.returncode, 2, done.stderr)
        line, = done.stderr.splitlines()
        place, *words = parts
        assert f"{daemon.config_path}:{place}: " in line, (place, line)
        assert all(word in line for word in words), (words, line)
    finally:
        daemon.config_path.unlink()
        daemon.directory.rmdir()


@tap.test
def faults_are_told_with_their_place():
    for section, *parts in (
            ('"group_by": ["unit", "colour"]', "2:22", '"colour"', "expected unit, local_port"),
            ('"group_by": "unit"', "2:13", "group_by"),
            ('"group_by": [1]', "2:14", "group_by"),
            ('"ports": ["80",\n  "99-1"]', "3:3", '"99-1"', "ends before it begins"),
            ('"ports": ["65536"]', "2:11", '"65536"', "expected a port or a range"),
            ('"ports": ["-1"]', "2:11", '"-1"'), ('"ports": [""]', "2:11", '""'),
            ('"ports": ["1-2-3"]', "2:11", '"1-2-3"'), ('"ports": [80]', "2:11", "ports"),
            ('"peers": {"a": ["10.0.0.0/33"]}', "2:17", '"10.0.0.0/33"', "not 0 to 32"),
            ('"peers": {"a": ["fd00::/129"]}', "2:17", '"fd00::/129"', "not 0 to 128"),
            ('"peers": {"a": ["10.0.0.1/8"]}', "2:17", '"10.0.0.1/8"', "behind the prefix"),
            ('"peers": {"a": ["10.0.0.0/"]}', "2:17"), ('"peers": {"a": ["10.0.0.0/+8"]}', "2:17"),
            ('"peers": {"a": ["1.2.3"]}', "2:17", '"1.2.3"', "expected an IPv4 or IPv6"),
            ('"peers": {"a": ["example.org"]}', "2:17"), ('"peers": {"a": "::/0"}', "2:16"),
            ('"peers": {"(other)": ["::/0"]}', "2:11", "parenthesis"),
            ('"unit_groups": {"web": ["fine", "("]}', "2:33", '"("', "Unmatched"),
            ('"unit_groups": {"web": ["[a"]}', "2:25", '"[a"', "Unmatched"),
            ('"unit_groups": {"": ["a"]}', "2:17")):
        expect_fault(section, *parts)


isolate()
try:
    have_qdiscs("htb", "tbf rate 1mbit burst 1600 limit 1000")
except tap.Skip as skip:
    tap.skip_all(skip)
peer = Peer()
hold_up_some(peer.near)
tap.run()
