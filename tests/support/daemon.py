# SPDX-License-Identifier: GPL-2.0-or-later
"""The daemon under test."""

import copy
import json
import operator
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from support import client, tap
from support.exposition import Exposition
from support.wait import DEADLINE_SECONDS, until

ROOT = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(os.environ.get("TXPATHD_BUILD", ROOT / "build")).absolute()
PROGRAM = BUILD / "txpathd"
TEXT = "text/plain; version=0.0.4; charset=utf-8"

LAST_SUCCESS = "txpathd_collector_last_success_timestamp_seconds"
DURATION = "txpathd_collector_duration_seconds"
REPORTS = ("AddressSanitizer", "LeakSanitizer", "ThreadSanitizer", "runtime error:")


def run(*arguments, **options):
    """Runs the program to its end; returns it with .stdout and .stderr as text."""
    done = subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=DEADLINE_SECONDS, **options)
    check_log(done.stderr)
    return done


def check_log(log):
    for report in REPORTS:
        assert report not in log, log


def by_collector(text, family):
    found = re.findall(rb'^%s{collector="(\w+)"} (\S+)$' % family.encode(), text, re.M)
    return {collector.decode(): float(value) for collector, value in found}


def begins(text):
    """
    When each collector's last sample was begun. It is asked again and again, and to read the whole
    text takes long where everything is slow.
    """
    took = by_collector(text, DURATION)
    return {name: end - took.get(name, 0) for name, end in by_collector(text, LAST_SUCCESS).items()}


if not PROGRAM.exists():
    sys.exit(f"There is no {PROGRAM}; TXPATHD_BUILD names the build directory to test.")

THREAD_SANITIZER = b"__tsan_init" in PROGRAM.read_bytes()
COLLECTORS = [line.split()[0] for line in run("--list-collectors").stdout.splitlines()]
# To load BPF programs takes long where sanitizers or emulation make everything slow: only what is
# about them has these collectors on.
BPF = ("drop", "latency", "retransmit")
# Quick samples, so that no test waits long for one, even when sanitizers make each dear.
EVERYTHING = {"limits": {"cpu_percent": 100},
              "collectors": {name: {"interval": "100ms"} for name in COLLECTORS}}
QUICK = EVERYTHING | {"collectors": EVERYTHING["collectors"] | {
    name: {"enabled": False} for name in BPF}}


class Daemon:
    """
    txpathd for the length of a with block, which must end it cleanly. It is configured by a file
    and listens on a Unix socket unless the configuration says otherwise, so that asking it leaves
    no trace among the sockets that it counts.
    """

    def __init__(self, *arguments, config=QUICK, program=PROGRAM, wrapper=(), environment=None,
                 directory=None):
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="txpathd-"))
        self.directory.chmod(0o755)
        self.config_path = self.directory / "txpathd.json"
        self.address = f"unix:{self.directory / 'http.sock'}"
        self.command = [*wrapper, program, "--config", self.config_path, *arguments]
        self.environment = os.environ | (environment or {})
        self.process = None
        self.configure(config)

    def configure(self, config):
        """Writes the configuration file, with BPF if it says so; a string is written as it is."""
        if not isinstance(config, str):
            config = copy.deepcopy(config)
            for name in BPF:
                config.setdefault("collectors", {}).setdefault(name, {"enabled": False})
            config.setdefault("http", {}).setdefault("listen", [self.address])
            config = json.dumps(config)
        self.config_path.write_text(config)

    def __enter__(self):
        with open(self.directory / "log", "w") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL)
        try:
            until(self.is_ready, "the daemon to be ready")
        except BaseException:
            self.__exit__(AssertionError)
            raise
        return self

    def is_ready(self):
        assert self.process.poll() is None, f"it ended with {self.process.returncode}"
        try:
            return self.get("/-/ready").status == 200
        except OSError:
            return False

    def __exit__(self, failure, *_):
        try:
            if failure is None:
                self.stop()
            else:
                tap.comment("the daemon's log:")
                tap.comment(self.log())
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            shutil.rmtree(self.directory)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            tap.equal(self.process.wait(DEADLINE_SECONDS), 0, "exit status")
        check_log(self.log())

    def log(self):
        return (self.directory / "log").read_text(errors="backslashreplace")

    def get(self, path, method="GET", headers=None):
        return client.request(self.address, path, method, headers)

    def text(self, query=""):
        reply = self.get("/metrics" + query)
        tap.equal(reply.status, 200, "status of /metrics")
        tap.equal(reply.headers["Content-Type"], TEXT, "Content-Type of /metrics")
        return reply.body

    def read(self, text):
        return Exposition(text)

    def scrape(self, query=""):
        return self.read(self.text(query))

    def next_sample(self, collector):
        """An exposition with a sample that was begun after the call."""
        start = time.time()

        def attempt():
            text = self.text()
            # There is none yet: to load programs may take longer than what counts as a stall.
            return text if begins(text).get(collector, 0) > start else None
        return self.read(until(attempt, f"the next sample of {collector}"))

    def agree(self, observe, collector, same=operator.eq):
        """What observe() returned before and after a sample, which is the same, and the sample."""
        def attempt():
            before = observe()
            exposition = self.next_sample(collector)
            after = observe()
            return (before, after, exposition) if same(before, after) else None
        return until(attempt, "a quiet moment")

    def reload(self, config):
        """Rewrites the file and sends SIGHUP; the caller waits for what should come of it."""
        self.configure(config)
        self.process.send_signal(signal.SIGHUP)
