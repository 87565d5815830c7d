#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
node_exporter beside the daemon: at a quiet moment the series that both have are equal.

Not all that it has of a collector has a counterpart: it leaves out every qdisc but the roots and
all classes; what waits to be received and the memory of sockets is not on the transmit path.
"""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

from support import tap
from support.daemon import QUICK, Daemon
from support.isolation import isolate
from support.network import Peer, fill, have_qdiscs, ip, tc
from support.prometheus import exported
from support.wait import until

PROGRAM = "prometheus-node-exporter"
COLLECTORS = ("netdev", "netstat", "qdisc", "sockstat", "tcpstat", "udp_queues")
QDISC = {"node_qdisc_bytes_total": "txpath_qdisc_sent_bytes_total",
         "node_qdisc_packets_total": "txpath_qdisc_sent_packets_total",
         "node_qdisc_drops_total": "txpath_qdisc_drops_total",
         "node_qdisc_overlimits_total": "txpath_qdisc_overlimits_total",
         "node_qdisc_requeues_total": "txpath_qdisc_requeues_total",
         "node_qdisc_backlog": "txpath_qdisc_backlog_bytes",
         "node_qdisc_current_queue_length": "txpath_qdisc_backlog_packets"}
NICS = {"node_network_transmit_bytes_total": "txpath_nic_sent_bytes_total",
        "node_network_transmit_packets_total": "txpath_nic_sent_packets_total",
        "node_network_transmit_drop_total": "txpath_nic_send_drops_total",
        "node_network_transmit_errs_total": "txpath_nic_send_errors_total"}
# Those of sockstat and netstat: protocol, families and states whose sockets they count. Connections
# in TIME_WAIT are no longer sockets in use, and counted without their family.
BOTH = ("ipv4", "ipv6")
IN_USE = {"established", "syn_sent", "syn_recv", "fin_wait_1", "fin_wait_2", "close", "close_wait",
          "last_ack", "listen", "closing", "unconnected"}
SOCKETS = {"node_sockstat_TCP_inuse": ("tcp", ("ipv4",), IN_USE),
           "node_sockstat_TCP6_inuse": ("tcp", ("ipv6",), IN_USE),
           "node_sockstat_TCP_tw": ("tcp", (None,), {"time_wait"}),
           "node_sockstat_UDP_inuse": ("udp", ("ipv4",), IN_USE),
           "node_sockstat_UDP6_inuse": ("udp", ("ipv6",), IN_USE),
           "node_netstat_Tcp_CurrEstab": ("tcp", BOTH, {"established", "close_wait"})}
COMPARED = {*QDISC, *NICS, *SOCKETS, "node_tcp_connection_states", "node_udp_queues"}
# As it spells them.
STATES = {"established", "syn_sent", "fin_wait1", "fin_wait2", "time_wait", "close_wait",
          "last_ack", "listen"}


class NodeExporter:
    """
    Runs for the length of a with block. It is handed a Unix socket to listen on, as systemd does
    it, so that asking it leaves no trace among the sockets that are counted.
    """

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="txpathd-"))
        self.address = f"unix:{self.directory}/http.sock"
        self.process = None

    def __enter__(self):
        with socket.socket(socket.AF_UNIX) as listener, open(self.directory / "log", "w") as log:
            listener.bind(self.address.removeprefix("unix:"))
            listener.listen()
            # LISTEN_PID has to be its own, and the socket its descriptor 3.
            self.process = subprocess.Popen(
                ["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "sh", PROGRAM,
                 "--web.systemd-socket", "--collector.disable-defaults",
                 *(f"--collector.{name}" for name in COLLECTORS)],
                preexec_fn=lambda: os.dup2(listener.fileno(), 3), pass_fds=(3,),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(self.is_answering, "an answer of node_exporter")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.directory)

    def is_answering(self):
        assert self.process.poll() is None, (self.directory / "log").read_text()
        with contextlib.suppress(OSError):
            return self.read()

    def read(self):
        """(labels, value) of COMPARED by name; that each of its collectors worked is checked."""
        found = exported(self.address, "node_")
        tap.equal({own["collector"]: value for own, value in
                   found["node_scrape_collector_success"]}, dict.fromkeys(COLLECTORS, 1))
        return {name: found[name] for name in COMPARED}


def total(exposition, name, **labels):
    """The sum of the samples with these labels, each of which is a tuple of values."""
    return sum(value for own, value in exposition.samples(name)
               if all(own.get(label) in values for label, values in labels.items()))


@tap.test
def the_root_qdiscs_are_the_same_with_the_same_values():
    for theirs, ours in QDISC.items():
        expected = {(own["device"], own["kind"]): value for own, value in found[theirs]}
        tap.equal({(own["device"], own["kind"]): value for own, value in exposition.samples(ours)
                   if own["parent"] == "root"}, expected, ours)
        assert any(expected.values()) or "requeues" in ours, f"nothing but zeros: {theirs}"


@tap.test
def the_devices_are_the_same_with_the_same_values():
    for theirs, ours in NICS.items():
        # It leaves out the loopback.
        tap.equal({own["device"]: value for own, value in exposition.samples(ours)
                   if own["device"] != "lo"},
                  {own["device"]: value for own, value in found[theirs]}, ours)


@tap.test
def the_states_of_tcp_connections_are_counted_alike():
    # It adds up IPv4 and IPv6, leaves out states that no socket is in, and spells two otherwise.
    expected = {own["state"]: value for own, value in found["node_tcp_connection_states"]
                if not own["state"].endswith("_queued_bytes")}
    ours = {}
    for own, value in exposition.samples("txpath_sockets"):
        if own["protocol"] == "tcp" and value:
            name = own["state"].replace("fin_wait_", "fin_wait")
            ours[name] = ours.get(name, 0) + value
    tap.equal(ours, {state: value for state, value in expected.items() if value}, "states")
    assert set(ours) >= STATES, ours


@tap.test
def bytes_in_send_queues_are_equal():
    # What a listening socket has in the place of its send queue is the limit of its backlog: it
    # is added there, not by us.
    theirs, = (value for own, value in found["node_tcp_connection_states"]
               if own["state"] == "tx_queued_bytes")
    ours = total(exposition, "txpath_socket_send_queue_bytes", protocol=("tcp",))
    tap.equal(ours + sum(BACKLOGS), theirs, "tcp")
    assert ours > 0
    theirs = sum(value for own, value in found["node_udp_queues"] if own["queue"] == "tx")
    tap.equal(total(exposition, "txpath_socket_send_queue_bytes", protocol=("udp",)), theirs, "udp")
    assert theirs > 0


@tap.test
def numbers_of_sockets_are_those_of_sockstat_and_netstat():
    for theirs, (protocol, families, states) in SOCKETS.items():
        (_, value), = found[theirs]
        tap.equal(total(exposition, "txpath_sockets", protocol=(protocol,), family=families,
                        state=states), value, theirs)
        assert value > 0, theirs


class Second(Peer):
    """Another peer, in networks of its own."""

    OURS = ("10.67.0.1", "fd67::1")
    THEIRS = ("10.67.0.2", "fd67::2")


def make_sockets(peer):
    """Sockets that stay as they are, in all of STATES, some with bytes to send; keep them."""
    v4, v6 = peer.THEIRS
    established, orphaned, left, ended = (peer.tcp(v4) for _ in range(4))
    closing, half, timed = (peer.tcp(v6) for _ in range(3))
    timed[0].close()                            # both end, we first: TIME_WAIT
    until(lambda: timed[1].recv(1) == b"", "our FIN")
    timed[1].close()
    half[0].shutdown(socket.SHUT_WR)            # we end: FIN_WAIT_2
    until(lambda: half[1].recv(1) == b"", "our FIN")
    for near, far in (left, ended):             # the peer ends: CLOSE_WAIT
        far.close()
        until(lambda end=near: end.recv(1, socket.MSG_PEEK) == b"", "the peer's FIN")
    listeners = [socket.create_server(("127.0.0.1", 0), backlog=BACKLOGS[0]),
                 socket.create_server(("::1", 0), family=socket.AF_INET6, backlog=BACKLOGS[1])]
    peer_udp = [peer.udp(v4), peer.udp(v6)]
    waiting = socket.socket()
    waiting.setblocking(False)

    # From here on nothing leaves, and there is room for all: TCP would try again and be counted.
    tc("qdisc", "add", "dev", peer.near, "root", "tbf", "rate", "64bit", "burst", "1600",
       "limit", "10m")
    for near, _ in (established, orphaned, closing, ended):
        fill(near)
    for near, _ in (orphaned, closing, ended):  # FIN_WAIT_1, and LAST_ACK of the one ended before
        near.close()
    for near, _ in peer_udp:
        for _ in range(60):
            near.send(b"x" * 1000)
    nobody = v4.rsplit(".", 1)[0] + ".77"
    ip("neighbour", "add", nobody, "lladdr", "02:00:00:00:00:77", "dev", peer.near,
       "nud", "permanent")
    waiting.connect_ex((nobody, 9))             # SYN_SENT
    return established, orphaned, left, ended, closing, half, listeners, peer_udp, waiting


def make_qdiscs(peer):
    """A qdisc that has dropped packets and sent others, another within it, and one for ingress."""
    tc("qdisc", "add", "dev", peer.near, "root", "handle", "1:", "htb", "default", "10")
    tc("class", "add", "dev", peer.near, "parent", "1:", "classid", "1:10", "htb",
       "rate", "8mbit", "quantum", "3000")
    tc("qdisc", "add", "dev", peer.near, "parent", "1:10", "handle", "10:", "pfifo", "limit", "9")
    tc("qdisc", "add", "dev", peer.near, "clsact")
    near, far = peer.udp(peer.THEIRS[0])
    for _ in range(50):
        near.send(b"x" * 1000)
    near.close()
    far.close()


BACKLOGS = (10, 20)
if not shutil.which(PROGRAM):
    tap.skip_all(f"there is no {PROGRAM} here")
isolate()
try:
    have_qdiscs("tbf rate 1mbit burst 1600 limit 1000", "htb", "pfifo")
except tap.Skip as skip:
    tap.skip_all(skip)
kept = make_sockets(Peer())
make_qdiscs(Second("near2", "far2"))
with Daemon(config=QUICK) as daemon, NodeExporter() as exporter:
    # Both collectors' samples of one exposition are to be from the same quiet moment.
    def quiet():
        before, _, _ = daemon.agree(exporter.read, "qdisc")
        _, after, latest = daemon.agree(exporter.read, "socket")
        return (after, latest) if before == after else None
    found, exposition = until(quiet, "a quiet moment")
    tap.run()
