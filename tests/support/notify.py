# SPDX-License-Identifier: GPL-2.0-or-later
"""The other end of sd_notify(3)."""

import os
import socket
import tempfile

from support.wait import until


class Notify:
    """A NOTIFY_SOCKET; .environment leads a program to it."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="txpathd-")
        path = os.path.join(self.directory.name, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.socket.setblocking(False)
        self.lines = []
        os.chmod(path, 0o666)
        self.environment = {"NOTIFY_SOCKET": path}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.directory.cleanup()

    def receive(self):
        """Takes in what has come; says whether there is anything to look through."""
        try:
            while True:
                self.lines += self.socket.recv(65536).decode().split("\n")
        except BlockingIOError:
            return bool(self.lines)

    def wait_for(self, start):
        """The first line to come that starts so; every line before it is passed over."""
        def look():
            while self.receive():
                line = self.lines.pop(0)
                if line.startswith(start):
                    return line
            return None
        return until(look, f"{start} from the daemon")
