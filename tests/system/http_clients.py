#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients that are slow or many: whoever asks properly is answered meanwhile."""

import contextlib
import resource
import socket

from support import client, tap
from support.daemon import QUICK, Daemon
from support.isolation import isolate
from support.wait import until

ADDRESS = "127.0.0.1:10066"
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n"


def serving(**http):
    return Daemon(config=QUICK | {"http": {"listen": [ADDRESS], **http}})


class Tcp:
    """A daemon that is asked over TCP."""

    def __init__(self, **http):
        self.daemon = serving(**http)
        self.daemon.address = ADDRESS

    def __enter__(self):
        return self.daemon.__enter__()

    def __exit__(self, *failure):
        self.daemon.__exit__(*failure)


def rejected(daemon, cause):
    return daemon.scrape().value("txpathd_http_rejected_connections_total", cause=cause)


def is_closed(connection):
    """Whether the other side has ended the connection; what it sent is thrown away."""
    connection.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        try:
            while connection.recv(65536):
                pass
            return True
        except ConnectionError:
            return True
    return False


@tap.test
def a_request_that_trickles_in_is_cut_off():
    with Tcp(request_timeout="1s") as daemon:
        slow = client.connect(ADDRESS)
        silent = client.connect(ADDRESS)

        def trickle():
            tap.equal(daemon.get("/-/healthy").status, 200)
            with contextlib.suppress(ConnectionError):
                slow.send(b"G")
            return is_closed(slow) and is_closed(silent)
        until(trickle, "the slow connections to be closed")
        until(lambda: rejected(daemon, "timeout") >= 2, "the count of timeouts")


@tap.test
def a_reply_that_nobody_reads_is_cut_off():
    with Tcp(reply_timeout="1s", idle_timeout="1h", request_timeout="1h") as daemon:
        stuck = socket.socket()
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.settimeout(5)
        stuck.connect(("127.0.0.1", 10066))
        with contextlib.suppress(TimeoutError, ConnectionError):
            for _ in range(3000):
                stuck.sendall(REQUEST)
        until(lambda: daemon.get("/-/healthy").status == 200 and rejected(daemon, "timeout") >= 1,
              "the connection to be closed")


@tap.test
def an_idle_connection_is_closed_in_the_end():
    with Tcp(idle_timeout="1s") as daemon:
        idle = client.connect(ADDRESS)
        idle.sendall(REQUEST)
        until(lambda: is_closed(idle), "the idle connection to be closed")
        tap.equal(daemon.get("/-/healthy").status, 200)


@tap.test
def a_thousand_connections():
    with Tcp() as daemon:
        idle = [client.connect(ADDRESS) for _ in range(1000)]
        for connection in idle[::3]:
            with contextlib.suppress(ConnectionError):
                connection.sendall(REQUEST[:20])
        tap.equal(daemon.get("/-/healthy").status, 200)
        until(lambda: rejected(daemon, "address") > 0, "the count of refusals")
        connections = daemon.scrape().value("txpathd_http_connections")
        assert 1 <= connections <= 256, connections
        for connection in idle:
            connection.close()
        until(lambda: daemon.scrape().value("txpathd_http_connections") < 10, "their end")


@tap.test
def a_thousand_requests_at_once():
    with Tcp(max_connections=2000, max_connections_per_address=2000, request_timeout="1h",
             reply_timeout="1h") as daemon:
        connections = [client.connect(ADDRESS) for _ in range(1000)]
        for connection in connections:
            connection.sendall(REQUEST.replace(b"Host", b"Connection: close\r\nHost"))
        for connection in connections:
            received = b""
            while piece := connection.recv(65536):
                received += piece
            assert received.startswith(b"HTTP/1.1 200 OK\r\n"), received[:100]
        daemon.scrape()


@tap.test
def a_peer_address_cannot_take_every_place():
    with Tcp(max_connections=20, max_connections_per_address=10) as daemon:
        many = [client.connect(ADDRESS) for _ in range(100)]
        other = socket.create_connection(("127.0.0.1", 10066), 60, ("127.0.0.2", 0))
        other.sendall(REQUEST)
        assert other.recv(100).startswith(b"HTTP/1.1 200"), "the other address was refused"
        assert rejected(daemon, "address") >= 0
        tap.equal(len(many), 100)


resource.setrlimit(resource.RLIMIT_NOFILE, (4096, max(
    4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
isolate()
tap.run()
