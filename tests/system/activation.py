#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sockets that the service manager has opened are served, and no others are made."""

import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

from support import client, tap
from support.daemon import PROGRAM, QUICK, Daemon, check_log
from support.isolation import isolate
from support.wait import DEADLINE_SECONDS, until

# Becomes the program of its arguments, with the descriptors that it is sent from 3 on.
BECOME = """
import os, socket, sys
path, names, *command = sys.argv[1:]
counter = socket.socket(socket.AF_UNIX)
counter.connect(path)
passed = socket.recv_fds(counter, 1, 64)[1]
for number, fd in enumerate(passed, 3):
    os.dup2(fd, number)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(len(passed)),
               "LISTEN_FDNAMES": names}
os.execvp(command[0], command)
"""

# Becomes the program of its arguments, which is killed when it asks for an IP socket: a filter of
# seccomp(2), in the way that RestrictAddressFamilies= makes one.
FORBID_IP = """
import ctypes, os, socket, struct, sys
number, *command = sys.argv[1:]
instructions = [(0x20, 0, 0, 0),                # the number of the call
                (0x15, 0, 4, int(number)),
                (0x20, 0, 0, 16),               # its first argument
                (0x15, 1, 0, socket.AF_INET),
                (0x15, 0, 1, socket.AF_INET6),
                (0x06, 0, 0, 0x80000000),       # kill the process
                (0x06, 0, 0, 0x7fff0000)]       # let it pass
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in instructions))
program = ctypes.create_string_buffer(struct.pack("HP", len(instructions), ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
for setting in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program)):
    assert libc.prctl(*setting) == 0, os.strerror(ctypes.get_errno())
os.execvp(command[0], command)
"""

HEALTHY = b"GET /-/healthy HTTP/1.1\r\nHost: h\r\n\r\n"

# The number of socket(2).
SOCKET_CALL = {"x86_64": "41", "aarch64": "198", "riscv64": "198"}.get(platform.machine())


class Manager:
    """
    Keeps sockets, or other open files, for the length of a with block, and passes them to the
    programs that are started through its wrapper.
    """

    def __init__(self, *passed, names=None):
        self.passed = passed
        self.directory = tempfile.TemporaryDirectory(prefix="txpathd-")
        path = f"{self.directory.name}/manager"
        self.counter = socket.socket(socket.AF_UNIX)
        self.counter.bind(path)
        self.counter.listen()
        self.wrapper = (sys.executable, "-c", BECOME, path,
                        ":".join(names or ["http"] * len(passed)))
        self.server = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *_):
        self.counter.shutdown(socket.SHUT_RDWR)
        self.server.join()
        self.counter.close()
        self.directory.cleanup()
        for one in self.passed:
            one.close()

    def serve(self):
        while True:
            try:
                connection, _ = self.counter.accept()
            except OSError:
                return
            with connection:
                socket.send_fds(connection, [b"."], [one.fileno() for one in self.passed])

    def daemon(self, address, *arguments, wrapper=(), **options):
        """A Daemon that is asked at the address, which one of the sockets has."""
        daemon = Daemon(*arguments, wrapper=(*self.wrapper, *wrapper), **options)
        daemon.address = address
        return daemon

    def run(self, *arguments):
        """The program run to its end."""
        done = subprocess.run([*self.wrapper, PROGRAM, "--no-config", *arguments],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=DEADLINE_SECONDS)
        check_log(done.stderr)
        return done


def listening(address):
    """A socket that listens there; the file of a Unix one is left behind."""
    if address.startswith("unix:"):
        server = socket.socket(socket.AF_UNIX)
        server.bind(address.removeprefix("unix:"))
        server.listen()
        return server
    host, port = address.rsplit(":", 1)
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    return socket.create_server((host.strip("[]"), int(port)), family=family)


def ports():
    """Where anybody listens by TCP, as ss has it."""
    return {line.split()[3] for line in os.popen("ss -tlnOH").read().splitlines()}


def healthy(address):
    return client.request(address, "/-/healthy").status == 200


@tap.test
def passed_sockets_are_served_and_nothing_else():
    with tempfile.TemporaryDirectory() as directory:
        addresses = ["127.0.0.1:1400", "[::1]:1401", f"unix:{directory}/socket"]
        with Manager(*map(listening, addresses)) as manager, \
                manager.daemon(addresses[0], "--listen", "127.0.0.1:1402") as daemon:
            for address in addresses:
                assert healthy(address), address
            tap.equal(ports(), set(addresses[:2]), "where anybody listens")
            assert "http.sock" not in os.listdir(daemon.directory)
            log = daemon.log()
            for url in ("http://127.0.0.1:1400/", "http://[::1]:1401/", addresses[2]):
                assert f"serving {url}" in log, log
            tap.equal(log.count("http.listen and --listen are not used"), 1, log)


@tap.test
def it_makes_no_ip_socket():
    if not SOCKET_CALL:
        raise tap.Skip(f"the number of socket(2) on {platform.machine()} is not known here")
    forbid = (sys.executable, "-c", FORBID_IP, SOCKET_CALL)
    done = subprocess.run([*forbid, PROGRAM, "--no-config"], stdin=subprocess.DEVNULL)
    tap.equal(done.returncode, -signal.SIGSYS, "status without sockets passed")
    address = "127.0.0.1:1410"
    with Manager(listening(address)) as manager, \
            manager.daemon(address, wrapper=forbid, config="{}") as daemon:
        daemon.reload(QUICK | {"http": {"listen": ["[fe80::1%lo]:1411", ":1411"]}})
        until(lambda: "configuration reloaded" in daemon.log(), "the reload")
        for collector in ("socket", "qdisc"):
            exposition = daemon.next_sample(collector)
            tap.equal(exposition.value("txpathd_collector_up", collector=collector), 1, collector)


@tap.test
def a_reload_keeps_them_whatever_http_listen_says():
    address = "127.0.0.1:1420"
    with Manager(listening(address)) as manager, manager.daemon(address) as daemon:
        held = client.connect(address)
        for number, listen in enumerate((["127.0.0.1:1421"], [], [address, "192.0.2.1:1"]), 1):
            daemon.reload(QUICK | {"http": {"listen": listen}})
            until(lambda: daemon.log().count("configuration reloaded") == number, "the reload")
            tap.equal(ports(), {address}, "where anybody listens")
            held.sendall(HEALTHY)
            assert held.recv(10000).startswith(b"HTTP/1.1 200"), "a connection was dropped"
        tap.equal(daemon.scrape().value("txpathd_config_last_reload_successful"), 1)


@tap.test
def other_http_options_are_in_force():
    address = "127.0.0.1:1430"
    config = QUICK | {"http": {"max_connections": 1}}
    with Manager(listening(address)) as manager, manager.daemon(address, config=config):
        first = client.connect(address)
        assert healthy(address)
        tap.equal(first.recv(1), b"", "what the connection over the limit gets")


@tap.test
def who_waits_is_served_by_the_next_and_gets_everything():
    address = "127.0.0.1:1440"
    with Manager(listening(address)) as manager:
        with manager.daemon(address):
            assert healthy(address)
        waiting = client.connect(address)
        waiting.sendall(b"GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        with manager.daemon(address):
            received = b"".join(iter(lambda: waiting.recv(65536), b""))
    for expected in (b"HTTP/1.1 200 ", b"\ntxpath_sockets{", b"\ntxpath_qdisc_sent_bytes_total{"):
        assert expected in received, received


@tap.test
def the_file_of_a_passed_socket_stays():
    with tempfile.TemporaryDirectory() as directory:
        address = f"unix:{directory}/socket"
        with Manager(listening(address)) as manager, manager.daemon(address):
            assert healthy(address)
        tap.equal(os.listdir(directory), ["socket"])


@tap.test
def what_cannot_be_served_is_named_and_refused():
    for wrong, why in ((socket.socket(socket.AF_INET, socket.SOCK_DGRAM), "not a stream"),
                       (socket.socket(socket.AF_INET), "not listening"),
                       (socket.socketpair()[0], "not listening"),
                       (open("/dev/null"), "not a socket")):
        with Manager(listening("127.0.0.1:1450"), wrong, names=["good", "wrong"]) as manager:
            done = manager.run()
        tap.equal((done.returncode, done.stdout), (2, ""), why)
        expected = f'descriptor 4 ("wrong") passed by the service manager: {why}'
        assert expected in done.stderr, done.stderr


@tap.test
def a_descriptor_that_is_not_there_is_named():
    done = subprocess.run(["sh", "-c", 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" --no-config', PROGRAM],
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    tap.equal(done.returncode, 2, done.stderr)
    assert "descriptor 3 passed by the service manager: Bad file descriptor" in done.stderr, done


@tap.test
def no_more_than_http_listen_may_have():
    with Manager(*[listening("127.0.0.1:1460")] * 33) as manager:
        done = manager.run()
    tap.equal(done.returncode, 2, done.stderr)
    assert "33 descriptors" in done.stderr and "more than 32" in done.stderr, done.stderr


@tap.test
def what_is_for_another_process_is_left_to_it():
    with Daemon(environment={"LISTEN_PID": "1", "LISTEN_FDS": "1"}) as daemon:
        assert healthy(daemon.address)
        assert "service manager" not in daemon.log(), daemon.log()


@tap.test
def commands_do_not_look_at_them():
    with Manager(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as manager:
        for command in ("--once", "--check-config", "--print-config", "--print-schema",
                        "--version"):
            done = manager.run(command)
            tap.equal((done.returncode, done.stderr), (0, ""), command)


@tap.test
def the_first_connection_starts_it():
    if not shutil.which("systemd-socket-activate"):
        raise tap.Skip("there is no systemd-socket-activate here")
    daemon = Daemon(wrapper=("systemd-socket-activate", "--listen=127.0.0.1:1470"))
    daemon.address = "127.0.0.1:1470"
    with daemon:
        assert "serving http://127.0.0.1:1470/metrics" in daemon.log(), daemon.log()


isolate()
tap.run()
