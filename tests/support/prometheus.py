# SPDX-License-Identifier: GPL-2.0-or-later
"""A real Prometheus for the length of a with block, and reading what Go programs export."""

import collections
import contextlib
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import urllib.parse

from support import client, tap
from support.exposition import parse_labels
from support.wait import DEADLINE_SECONDS, until

ADDRESS = "127.0.0.1:9090"
INTERVAL_SECONDS = 1
# Labels that Prometheus adds to every series.
ADDED = ("__name__", "instance", "job")
# What it stores about each scrape, beside the series of the target.
ABOUT_SCRAPES = ("up", "scrape_duration_seconds", "scrape_samples_scraped",
                 "scrape_samples_post_metric_relabeling", "scrape_series_added")
# Its counters of samples that it did not store, and of scrapes that it gave up.
LOSSES = [f"prometheus_target_scrape{name}_total" for name in (
    "s_sample_duplicate_timestamp", "s_sample_out_of_order", "s_sample_out_of_bounds",
    "s_exceeded_sample_limit", "s_exceeded_body_size_limit", "s_cache_flush_forced",
    "s_exemplar_out_of_order", "_pools_failed", "_pool_exceeded_label_limits",
    "_pool_exceeded_target_limit")] + [f"prometheus_tsdb_{name}_samples_total" for name in (
        "out_of_order", "out_of_bound", "too_old")]
SAMPLE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)")


def exported(address, prefix):
    """(labels, value) of every sample, by the names that begin so; read without being strict."""
    found = collections.defaultdict(list)
    reply = client.request(address, "/metrics")
    tap.equal(reply.status, 200, address)
    for line in reply.body.decode().splitlines():
        match = SAMPLE.fullmatch(line)
        if match and match[1].startswith(prefix):
            found[match[1]].append((parse_labels(match[2] or ""), float(match[3])))
    return found


class Prometheus:
    """
    Scrapes one target every second, by one or more jobs: options of a scrape_config by job name.
    Everything it has stored ends with the with block.
    """

    def __init__(self, target, jobs):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="txpathd-"))
        self.jobs = list(jobs)
        self.process = None
        period = f"{INTERVAL_SECONDS}s"
        # JSON is YAML.
        (self.directory / "prometheus.json").write_text(json.dumps({
            "global": {"scrape_interval": period, "scrape_timeout": period},
            "scrape_configs": [
                {"job_name": name, "static_configs": [{"targets": [target]}], **options}
                for name, options in jobs.items()]}))

    @staticmethod
    def version():
        """Such as (2, 42)."""
        done = subprocess.run(["prometheus", "--version"], check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return tuple(map(int, re.search(r"version (\d+)\.(\d+)", done.stdout).groups()))

    def __enter__(self):
        with open(self.directory / "log", "w") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={self.directory}/prometheus.json",
                 f"--storage.tsdb.path={self.directory}/data", f"--web.listen-address={ADDRESS}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            until(self.is_ready, "Prometheus to be ready")
        except BaseException:
            self.__exit__(AssertionError)
            raise
        return self

    def __exit__(self, failure, *_):
        self.process.kill()
        self.process.wait()
        if failure:
            tap.comment("the log of Prometheus:")
            tap.comment(self.log())
        shutil.rmtree(self.directory)

    def log(self):
        return (self.directory / "log").read_text(errors="backslashreplace")

    def is_ready(self):
        assert self.process.poll() is None, f"it ended with {self.process.returncode}"
        with contextlib.suppress(OSError):
            return client.request(ADDRESS, "/-/ready").status == 200

    def ask(self, path, **parameters):
        """The data of the API's answer."""
        reply = client.request(ADDRESS, f"/api/v1/{path}?" + urllib.parse.urlencode(parameters))
        answer = json.loads(reply.body)
        tap.equal(answer["status"], "success", (path, parameters, answer))
        return answer["data"]

    def query(self, expression, **parameters):
        """
        (labels, value) of every series of the answer, now or at the given time. That of a range
        selector has a list of (timestamp, value) as its value: all that was stored.
        """
        return [(one["metric"], [(when, float(value)) for when, value in one["values"]]
                 if "values" in one else float(one["value"][1]))
                for one in self.ask("query", query=expression, **parameters)["result"]]

    def value(self, expression, **parameters):
        """The value of the one series of the answer."""
        found = self.query(expression, **parameters)
        tap.equal(len(found), 1, f"series of {expression}: {found}")
        return found[0][1]

    def losses(self):
        """The sum of each of LOSSES; all of them are 0 while every scrape is stored whole."""
        found = exported(ADDRESS, "prometheus_t")
        missing = set(LOSSES) - set(found)
        assert not missing, missing
        return {name: sum(value for _, value in found[name]) for name in LOSSES}

    def complaints(self):
        """The lines of its log that are warnings or errors about scrapes."""
        return [line for line in self.log().splitlines()
                if "scrape" in line and re.search(r"level=(warn|error)", line, re.I)]


def need():
    """Skips the whole program where there is no Prometheus."""
    for program in ("prometheus", "promtool"):
        if not shutil.which(program):
            tap.skip_all(f"there is no {program} here")


def promtool(*arguments, **options):
    """Exit status and output, errors included."""
    done = subprocess.run(["promtool", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=DEADLINE_SECONDS, **options)
    return done.returncode, done.stdout.decode()
