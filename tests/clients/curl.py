#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""curl as people use it: everything that its manual offers for a plain HTTP server works."""

import shutil
import subprocess

from support import tap
from support.daemon import EVERYTHING, TEXT, Daemon
from support.exposition import Exposition
from support.isolation import isolate
from support.wait import DEADLINE_SECONDS

V4, V6 = "127.0.0.1:10066", "[::1]:10066"
METRICS = f"http://{V4}/metrics"
NOTHING = f"http://{V4}/nothing"
REFUSED = 22  # what curl exits with for a reply of 400 and above, if it is asked to


def run(*arguments):
    # Neither somebody's ~/.curlrc nor a proxy is to have a say.
    return subprocess.run(["curl", "--disable", "--noproxy", "*", "--silent", "--show-error",
                           *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=DEADLINE_SECONDS)


def curl(*arguments):
    """What it writes to standard output."""
    done = run(*arguments)
    tap.equal(done.returncode, 0, f"exit status of curl {arguments}: {done.stderr}")
    return done.stdout


def wrote(text, *arguments, urls=(METRICS,)):
    """What its --write-out makes of this text for each URL; the bodies go nowhere."""
    targets = [word for url in urls for word in ("--output", "/dev/null", url)]
    return curl("--write-out", text, *arguments, *targets).decode()


def names(body):
    """Families but times, and those of groups of sockets, which begin with curl's connection."""
    return {name for name in Exposition(body).families
            if not name.startswith(("txpath_socket_", "txpath_tcp_", "txpath_latency_"))}


@tap.test
def a_plain_get():
    body = curl(METRICS)
    tap.equal(names(body), everything)
    tap.equal(wrote("%{http_code} %{http_version} %{content_type}"), f"200 1.1 {TEXT}")
    assert b"/metrics" in curl(f"http://{V4}"), "the page without a path"


@tap.test
def headers_only():
    lines = curl("--head", METRICS).decode().split("\r\n")
    tap.equal(lines[0], "HTTP/1.1 200 OK")
    headers = {name.lower(): value for name, value in
               (line.split(": ", 1) for line in lines[1:] if line)}
    tap.equal(headers["content-type"], TEXT)
    assert int(headers["content-length"]) > 1000, headers
    assert curl("--include", METRICS).startswith(b"HTTP/1.1 200 OK\r\n")


@tap.test
def over_a_unix_socket():
    path = daemon.address.removeprefix("unix:")
    tap.equal(names(curl("--unix-socket", path, "http://localhost/metrics")), everything)


@tap.test
def over_ipv6():
    tap.equal(names(curl("-6", f"http://{V6}/metrics")), everything)
    tap.equal(wrote("%{remote_ip}", "-6", urls=[f"http://{V6}/metrics"]).strip("[]"), "::1")


@tap.test
def http_1_0():
    tap.equal(names(curl("--http1.0", METRICS)), everything)
    # There is no other way to end a reply in HTTP/1.0 that every client knows.
    tap.equal(wrote("%{num_connects}", "--http1.0", urls=[METRICS] * 2), "11", "connections")


@tap.test
def a_choice_written_to_a_file():
    path = daemon.directory / "metrics.prom"
    curl("--globoff", "--output", path, METRICS + "?collect[]=qdisc")
    chosen = names(path.read_bytes())
    assert chosen and all(name.startswith(("txpath_qdisc_", "txpath_class_")) for name in chosen)
    tap.equal(names(curl("--get", "--data-urlencode", "collect[]=qdisc", METRICS)), chosen)
    tap.equal(names(curl("--get", "--data-urlencode", "exclude[]=qdisc", METRICS)),
              everything - chosen)


@tap.test
def errors_can_be_told_by_the_exit_status():
    for url in (NOTHING, METRICS + "?collect%5B%5D=nothing"):
        done = run("--fail", url)
        tap.equal((done.returncode, done.stdout), (REFUSED, b""), url)
    done = run("--fail-with-body", url)
    tap.equal(done.returncode, REFUSED, url)
    assert b"nothing" in done.stdout, done.stdout
    tap.equal(wrote("%{http_code}", urls=[NOTHING]), "404")
    tap.equal(run("--fail", "--output", "/dev/null", f"http://{V4}/-/ready").returncode, 0)


@tap.test
def one_connection_for_several_urls():
    urls = [METRICS, f"http://{V4}/-/healthy", NOTHING, METRICS]
    tap.equal(wrote("%{num_connects}", urls=urls), "1000", "connections made for each")
    tap.equal(curl(*[METRICS] * 3).count(b"# TYPE txpathd_build_info"), 3, "bodies")


@tap.test
def many_at_a_time():
    codes = wrote("%{http_code} ", "--parallel", urls=[METRICS] * 50)
    tap.equal(codes.split(), ["200"] * 50)


@tap.test
def compression_may_be_offered():
    head, body = curl("--compressed", "--include", METRICS).split(b"\r\n\r\n", 1)
    tap.equal(names(body), everything)
    assert b"content-encoding" not in head.lower(), head


@tap.test
def http_2_may_be_offered_but_not_required():
    tap.equal(wrote("%{http_code} %{http_version}", "--http2"), "200 1.1")
    assert run("--http2-prior-knowledge", METRICS).returncode != 0
    tap.equal(wrote("%{http_code}"), "200")


@tap.test
def uploads_are_refused():
    for arguments in (("--request", "POST"), ("--data", "x=y"), ("--form", "x=y"),
                      ("--upload-file", daemon.config_path), ("--request", "DELETE")):
        assert wrote("%{http_code}", *arguments) in ("400", "405"), arguments
    tap.equal(wrote("%{http_code}"), "200")


@tap.test
def a_part_or_a_condition_gets_the_whole():
    """Neither is supported, and a server that does not know them answers as if they were absent."""
    for arguments in (("--range", "0-99"), ("--time-cond", "2030-01-01")):
        tap.equal(wrote("%{http_code}", *arguments), "200", arguments)
        tap.equal(names(curl(*arguments, METRICS)), everything, arguments)


if not shutil.which("curl"):
    tap.skip_all("there is no curl here")
isolate()
daemon = Daemon(config=EVERYTHING)
daemon.configure(EVERYTHING | {"http": {"listen": [daemon.address, V4, V6]}})
with daemon:
    # Requests by code are a family from the first on.
    everything = names(daemon.get("/metrics").body)
    tap.run()
