# SPDX-License-Identifier: GPL-2.0-or-later
"""A daemon that is asked over one connection, and what it was asked, counted."""

import collections
import http.client
import time

from support import client, tap
from support.daemon import LAST_SUCCESS, Daemon, begins
from support.wait import until

PATHS = ("/", "/metrics", "/-/healthy", "/-/ready")
FRESH_SECONDS = 15


class Session(Daemon):
    """The connection stays open between requests, so that descriptors and the like stand still."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.connection = None
        self.counts = collections.Counter()  # (handler, code) of each reply so far
        self.body_bytes = 0
        self.seen = set()  # families in any exposition so far

    def __enter__(self):
        self.started = time.time()
        return super().__enter__()

    def __exit__(self, *failure):
        self.hang_up()
        super().__exit__(*failure)

    def hang_up(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def get(self, path, method="GET", headers=None):
        if not self.connection:
            self.connection = http.client.HTTPConnection("localhost")
            self.connection.sock = client.connect(self.address)
        try:
            self.connection.request(method, path, headers=headers or {})
            reply = self.connection.getresponse()
            reply.body = reply.read()
        except (OSError, http.client.HTTPException):
            self.hang_up()
            raise
        if reply.will_close:
            self.hang_up()
        self.count(path, reply.status, reply.body)
        return reply

    def read(self, text):
        exposition = super().read(text)
        self.seen |= exposition.families.keys()
        return exposition

    def count(self, path, code, body):
        handler = path.partition("?")[0]
        self.counts[handler if handler in PATHS else "other", str(code)] += 1
        self.body_bytes += len(body)

    def fresh(self):
        """An exposition in which every collector's sample, and all else, is younger than now."""
        start, text = time.time(), None

        def attempt():
            nonlocal text
            text = self.text()
            begun = begins(text).values()
            return begun and min(begun) > start
        try:
            until(attempt, "fresh samples", FRESH_SECONDS)
        except AssertionError as stale:
            tap.comment(f"{LAST_SUCCESS}: {stale}")
        return self.read(text)
