# SPDX-License-Identifier: GPL-2.0-or-later
"""The other end of sd_notify(3)."""

import os
import queue
import socket
import tempfile
import threading

from support.wait import DEADLINE_SECONDS


class Notify:
    """
    A NOTIFY_SOCKET; .environment leads a program to it. It is always read, as a service manager
    does: the sender of a message that nobody takes waits.
    """

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="txpathd-")
        path = os.path.join(self.directory.name, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        os.chmod(path, 0o666)
        self.lines = queue.SimpleQueue()
        self.environment = {"NOTIFY_SOCKET": path}
        self.reader = threading.Thread(target=self.read, daemon=True)

    def __enter__(self):
        self.reader.start()
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.reader.join()
        self.socket.close()
        self.directory.cleanup()

    def read(self):
        while message := self.socket.recv(65536):
            for line in message.decode().split("\n"):
                self.lines.put(line)

    def wait_for(self, start):
        """The first line to come that starts so; every line before it is passed over."""
        while True:
            try:
                line = self.lines.get(timeout=DEADLINE_SECONDS)
            except queue.Empty:
                raise AssertionError(f"waited {DEADLINE_SECONDS} s in vain for: {start}") from None
            if line.startswith(start):
                return line
