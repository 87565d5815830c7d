# SPDX-License-Identifier: GPL-2.0-or-later
"""A way to the peer on which packets are lost, and programs that send on it all the same."""

import contextlib
import os
import select
import signal
import socket
import struct
import subprocess
import threading

from support.wait import DEADLINE_SECONDS

TOTAL_RETRANS = 100  # offset in struct tcp_info (linux/tcp.h)
RULES = """
table inet lossy {{
    chain arriving {{
        type filter hook prerouting priority -300;
        {rule}
    }}
}}
"""


def nft(rules):
    subprocess.run(["nft", "-f", "-"], input=rules, check=True, text=True)


@contextlib.contextmanager
def losing(rule):
    """In the network namespace of the moment, what arrives and the rule drops."""
    nft(RULES.format(rule=rule))
    try:
        yield
    finally:
        nft("delete table inet lossy")


def segments_sent_again(connection):
    """As its own kernel counts them for the connection."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    return struct.unpack_from("I", info, TOTAL_RETRANS)[0]


class Sink:
    """Listens at an address of the network namespace of the moment, and reads all that comes."""

    def __init__(self, address):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.create_server((address, 0), family=family, backlog=64)
        self.address = self.listener.getsockname()[:2]
        self.ends = []
        self.stop, self.stopped = os.pipe()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        poll = select.poll()
        by_fd = {}
        poll.register(self.stop)
        poll.register(self.listener)
        while True:
            for fd, _ in poll.poll():
                if fd == self.stop:
                    return
                if fd == self.listener.fileno():
                    end, _ = self.listener.accept()
                    self.ends.append(end)
                    by_fd[end.fileno()] = end
                    poll.register(end, select.POLLIN)
                elif not self.read_from(by_fd[fd]):
                    poll.unregister(fd)

    @staticmethod
    def read_from(end):
        """False: nothing comes any more."""
        try:
            return end.recv(1 << 20)
        except ConnectionResetError:
            return False

    def close(self):
        os.write(self.stopped, b"x")
        self.thread.join(DEADLINE_SECONDS)
        for end in [*self.ends, self.listener]:
            end.close()
        os.close(self.stop)
        os.close(self.stopped)


class Program:
    """
    A process of that name in that cgroup, with connections on which it sends, now much at once, now
    little and then waits. When done() is back, all has been acknowledged; it ends with close().
    """

    def __init__(self, cgroups, unit, comm, addresses):
        self.told, told = os.pipe()
        heard, self.heard = os.pipe()
        self.pid = os.fork()
        if self.pid:
            os.close(told)
            os.close(heard)
            return
        status = 1
        try:
            os.close(self.told)
            os.close(self.heard)
            signal.alarm(DEADLINE_SECONDS)
            cgroups.make(unit)
            cgroups.enter(cgroups.path(unit))
            with open("/proc/self/comm", "w") as file:
                file.write(comm)
            self.run(addresses, told, heard)
            status = 0
        finally:
            os._exit(status)

    @staticmethod
    def run(addresses, told, heard):
        connections = [socket.create_connection(address) for address in addresses]
        for connection in connections:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for size in (200, 60000, 1000, 200000, 10, 1000):
            for connection in connections:
                connection.sendall(b"x" * size)
            for connection in connections:
                while unacknowledged(connection):
                    select.select([], [], [], 0.01)
        total = sum(segments_sent_again(connection) for connection in connections)
        os.write(told, struct.pack("I", total))
        os.read(heard, 1)
        for connection in connections:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

    def done(self):
        """How many segments its kernel says its connections have sent again."""
        answer = os.read(self.told, 4)
        assert len(answer) == 4, "the program has ended"
        return struct.unpack("I", answer)[0]

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            os.write(self.heard, b"x")
        os.waitpid(self.pid, 0)
        os.close(self.told)
        os.close(self.heard)


def unacknowledged(connection):
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    n_unacked, = struct.unpack_from("I", info, 24)
    n_unsent, = struct.unpack_from("I", info, 144)
    return n_unacked or n_unsent


def run_programs(cgroups, programs, addresses):
    """Runs {unit: comm} at the same time; {unit: segments sent again}."""
    running = {}
    try:
        for unit, comm in programs.items():
            running[unit] = Program(cgroups, unit, comm, addresses)
        return {unit: program.done() for unit, program in running.items()}
    finally:
        for program in running.values():
            program.close()
