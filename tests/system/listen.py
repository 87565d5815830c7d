#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the daemon listens, and what it says when it cannot."""

import os
import re
import socket
import stat
import tempfile

from support import client, daemon, tap
from support.daemon import Daemon
from support.isolation import isolate
from support.wait import until


def healthy(address):
    return client.request(address, "/-/healthy").status == 200


@tap.test
def every_listen_option_counts_and_replaces_the_configuration():
    with tempfile.TemporaryDirectory() as directory:
        path = f"unix:{directory}/own.sock"
        server = Daemon("--listen", "127.0.0.1:1234", "--listen=[::1]:1235", "--listen", ":1236",
                        "--listen", path)
        configured, server.address = server.address, path
        with server:
            for address in ("127.0.0.1:1234", "[::1]:1235", "127.0.0.1:1236", "[::1]:1236", path):
                assert healthy(address), address
            assert not os.path.exists(configured.removeprefix("unix:"))


@tap.test
def without_anything_it_listens_on_port_10066_of_loopback():
    server = Daemon(config="{}")
    server.address = "127.0.0.1:10066"
    with server:
        listening = [line.split()[3] for line in
                     os.popen("ss -tlnOH").read().splitlines()]
        tap.equal(listening, ["127.0.0.1:10066"])


@tap.test
def port_0_is_chosen_by_the_kernel_and_logged():
    with tempfile.TemporaryDirectory() as directory:
        server = Daemon("--listen", "127.0.0.1:0", "--listen", f"unix:{directory}/sock")
        server.address = f"unix:{directory}/sock"
        with server:
            match = re.search(r"http://(127\.0\.0\.1:\d+)", server.log())
            assert match and healthy(match[1]), server.log()
        tap.equal(os.listdir(directory), [], "what is left of the socket file")


@tap.test
def a_socket_file_is_not_open_to_others_and_a_stale_one_is_replaced():
    server = Daemon()
    path = server.address.removeprefix("unix:")
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(path)
    stale.close()
    with server:
        assert healthy(server.address)
        tap.equal(stat.S_IMODE(os.stat(path).st_mode) & 0o007, 0, "mode for others")


@tap.test
def a_port_in_use_is_named_and_ends_the_daemon():
    with socket.create_server(("127.0.0.1", 1240)):
        done = daemon.run("--no-config", "--listen", "127.0.0.1:1241", "--listen", "127.0.0.1:1240")
    assert done.returncode == 1, done
    assert "127.0.0.1:1240" in done.stderr and "in use" in done.stderr, done.stderr
    assert "1241" not in done.stderr.replace("127.0.0.1:1241/metrics", ""), done.stderr


@tap.test
def an_address_that_cannot_be_is_refused():
    for address in ("", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:http", "[::1]", "::1:80",
                    "localhost:80", "unix:", "unix:relative", "tcp://127.0.0.1:80"):
        done = daemon.run("--no-config", "--listen", address)
        assert done.returncode == 2 and "listen" in done.stderr, (address, done)
    done = daemon.run("--no-config", "--listen", "192.0.2.1:80")
    assert done.returncode == 1 and "192.0.2.1:80" in done.stderr, done


@tap.test
def a_live_socket_file_is_not_taken_away():
    with Daemon() as server:
        done = daemon.run("--no-config", "--listen", server.address)
        assert done.returncode == 1 and server.address in done.stderr, done
        until(lambda: healthy(server.address), "the first daemon to go on")


isolate()
tap.run()
