# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTP requests to an address as the daemon writes it: "127.0.0.1:80", "[::1]:80", "unix:/path"."""

import http.client
import socket

TIMEOUT_SECONDS = 90


def connect(address):
    if address.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(TIMEOUT_SECONDS)
        connection.connect(address.removeprefix("unix:"))
        return connection
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host.strip("[]"), int(port)), TIMEOUT_SECONDS)


def request(address, path, method="GET", headers=None):
    """The reply, with .status, .headers and its whole .body."""
    connection = http.client.HTTPConnection("localhost")
    connection.sock = connect(address)
    try:
        connection.request(method, path, headers=headers or {})
        reply = connection.getresponse()
        reply.body = reply.read()
        return reply
    finally:
        connection.close()


def exchange(address, sent):
    """Everything that comes back for these bytes until the other side closes; b"" for a reset."""
    received = b""
    with connect(address) as connection:
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                received += piece
        except ConnectionError:
            pass
    return received
