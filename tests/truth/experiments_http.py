# SPDX-License-Identifier: GPL-2.0-or-later
"""What the daemon counts of its clients, held against what the clients did."""

import socket

from experiments import experiment, settle
from session import Session
from support import client
from support.daemon import QUICK

REJECTED = "txpathd_http_rejected_connections_total"
CONNECTIONS = "txpathd_http_connections"
TCP = "127.0.0.1:10066"
HEADER = b" HTTP/1.1\r\nHost: h\r\n"

# Raw requests, and the handler that each is counted for.
RAW = (("/metrics", b"GET /metrics HTTP/1.1\r\n\r\n"),
       ("/metrics", b"GET /metrics" + HEADER + b"Content-Length: 3\r\n\r\nabc"),
       ("/-/ready", b"GET http://h/-/ready" + HEADER + b"Connection: close\r\n\r\n"),
       ("/-/healthy", b"GET /-/healthy HTTP/1.0\r\n\r\n"),
       ("other", b"GET /nowhere" + HEADER + b"Connection: close\r\n\r\n"))


def exchange(session, handler, request):
    """Sends bytes as they are, and counts what came back."""
    head, _, body = client.exchange(session.address, request).partition(b"\r\n\r\n")
    session.counts[handler, head.split()[1].decode()] += 1
    session.body_bytes += len(body)


@experiment
def requests_of_all_kinds():
    with Session() as session:
        for path, method, times in (("/", "GET", 1), ("/", "HEAD", 2), ("/metrics", "HEAD", 3),
                                    ("/-/healthy", "GET", 4), ("/nowhere", "GET", 5),
                                    ("/metrics/", "HEAD", 6), ("/metrics", "POST", 7),
                                    ("/metrics?collect[]=nobody", "GET", 8),
                                    ("/metrics?collect[]=socket", "GET", 9),
                                    ("/-/ready", "DELETE", 10)):
            for _ in range(times):
                session.get(path, method)
        for handler, request in RAW:
            exchange(session, handler, request)
        yield from settle(session, lambda: {
            "txpathd_http_requests_total": [({"handler": handler, "code": code}, n)
                                            for (handler, code), n in session.counts.items()],
            "txpathd_http_response_bytes_total": [({}, session.body_bytes)]})


def rejected(limit=0, address=0, timeout=0):
    return [({"cause": cause}, n) for cause, n in
            (("limit", limit), ("address", address), ("timeout", timeout))]


def serving(session, **http):
    return QUICK | {"http": {"listen": [session.address, TCP], **http}}


@experiment
def connections_beyond_each_bound():
    """A connection more, which stays open, is the one that asks."""
    session = Session()
    bounds = {"max_connections": 9, "max_connections_per_address": 3, "request_timeout": "1h"}
    session.configure(serving(session, **bounds))
    with session:
        yield from settle(session, {CONNECTIONS: [({}, 1)], REJECTED: rejected()})
        held = [client.connect(TCP) for _ in range(5)]
        yield from settle(session, {CONNECTIONS: [({}, 4)], REJECTED: rejected(address=2)})
        held += [socket.create_connection(("127.0.0.1", 10066), 60, ("127.0.0.2", 0))
                 for _ in range(3)]
        yield from settle(session, {CONNECTIONS: [({}, 7)], REJECTED: rejected(address=2)})
        held += [client.connect(session.address) for _ in range(6)]
        yield from settle(session, {CONNECTIONS: [({}, 9)], REJECTED: rejected(4, 2)})
        for one in held[-2:]:
            one.close()
        yield from settle(session, {CONNECTIONS: [({}, 7)], REJECTED: rejected(4, 2)})
        session.reload(serving(session, **bounds | {"request_timeout": "1s"}))
        yield from settle(session, {CONNECTIONS: [({}, 1)], REJECTED: rejected(4, 2, 6)})
        del held
