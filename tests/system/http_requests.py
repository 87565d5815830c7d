#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests and their replies: paths, methods, content types, choice of collectors, bad requests."""

from support import client, tap
from support.daemon import BPF, COLLECTORS, QUICK, TEXT, Daemon
from support.exposition import Exposition
from support.isolation import isolate

PLAIN = "text/plain; charset=utf-8"


def families(reply):
    tap.equal(reply.status, 200)
    return set(Exposition(reply.body).families)


def status_line(daemon, request):
    return client.exchange(daemon.address, request).split(b"\r\n")[0]


@tap.test
def paths_and_content_types():
    for path, content_type in (("/metrics", TEXT), ("/-/healthy", PLAIN), ("/-/ready", PLAIN),
                               ("/", "text/html; charset=utf-8")):
        reply = daemon.get(path)
        tap.equal((reply.status, reply.headers["Content-Type"]), (200, content_type), path)
        tap.equal(int(reply.headers["Content-Length"]), len(reply.body), path)
    assert b'href="/metrics"' in daemon.get("/").body
    for path in ("/metric", "/metrics/", "//metrics", "/metrics%00", "/%6detrics", "/-/", "/x?y"):
        tap.equal(daemon.get(path).status, 404, path)


@tap.test
def head_is_get_without_a_body():
    for path in ("/metrics", "/-/healthy", "/"):
        reply = daemon.get(path, "HEAD")
        tap.equal((reply.status, reply.body), (200, b""), path)
        tap.equal(reply.headers["Content-Type"], daemon.get(path).headers["Content-Type"], path)
        assert int(reply.headers["Content-Length"]) > 0, path
    tap.equal(daemon.get("/nothing", "HEAD").status, 404)


@tap.test
def other_methods_are_405_and_say_which_are_allowed():
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"):
        reply = daemon.get("/metrics", method)
        tap.equal((reply.status, reply.headers["Allow"]), (405, "GET, HEAD"), method)


@tap.test
def collect_and_exclude_choose():
    everything = families(daemon.get("/metrics"))
    parts = {name: families(daemon.get(f"/metrics?collect[]={name}"))
             for name in (*(set(COLLECTORS) - set(BPF)), "self")}
    tap.equal(set.union(*parts.values()), everything)
    tap.equal(sum(map(len, parts.values())), len(everything), "families in the parts")
    assert "txpath_sockets" in parts["socket"] and "txpathd_collector_up" in parts["self"]
    tap.equal(families(daemon.get("/metrics?collect[]=qdisc&collect%5B%5D=self")),
              parts["qdisc"] | parts["self"])
    del parts["qdisc"]
    tap.equal(families(daemon.get("/metrics?exclude[]=qdisc")), set.union(*parts.values()))


@tap.test
def a_bad_choice_is_400_and_says_why():
    for query, word in (("collect[]=sockets", "sockets"), ("exclude[]=nope", "nope"),
                        ("collect[]=", ""), ("collect[]=socket&exclude[]=qdisc", "exclude"),
                        ("collect[]=socket%00x", ""), ("colect[]=socket", "colect")):
        reply = daemon.get("/metrics?" + query)
        tap.equal((reply.status, reply.headers["Content-Type"]), (400, PLAIN), query)
        assert word in reply.body.decode(), (query, reply.body)


@tap.test
def garbage_gets_an_error_or_a_closed_connection():
    for request in (b"\0" * 100, b"\xff\xfe\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
                    b"\r\n" * 1000, b"GET " + b"/" * 100):
        line = status_line(daemon, request)
        assert not line or line.split()[1][:1] in (b"4", b"5"), (request, line)
    tap.equal(daemon.get("/-/healthy").status, 200)


@tap.test
def a_huge_request_is_refused():
    for request, codes in (
            (b"GET /" + b"x" * 100000 + b" HTTP/1.1\r\nHost: h\r\n\r\n", (b"414", b"431")),
            (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 100000 + b"\r\n\r\n", (b"431",)),
            (b"GET / HTTP/1.1\r\nHost: h\r\n" + b"X: y\r\n" * 20000 + b"\r\n", (b"431",)),
            (b"GET /metrics?" + b"a&" * 5000 + b" HTTP/1.1\r\nHost: h\r\n\r\n",
             (b"400", b"414", b"431"))):
        line = status_line(daemon, request)
        assert not line or line.split()[1] in codes, line
    tap.equal(daemon.get("/-/healthy").status, 200)


@tap.test
def a_request_without_host_is_refused():
    line = status_line(daemon, b"GET /metrics HTTP/1.1\r\n\r\n")
    tap.equal(line.split()[1], b"400")


@tap.test
def a_request_with_a_body_is_refused():
    for headers in (b"Content-Length: 5", b"Transfer-Encoding: chunked"):
        line = status_line(daemon, b"GET /metrics HTTP/1.1\r\nHost: h\r\n" + headers +
                           b"\r\n\r\nhello")
        tap.equal(line.split()[1], b"400", headers)


@tap.test
def connections_are_kept_for_further_requests():
    request = b"GET /-/healthy HTTP/1.1\r\nHost: h\r\n\r\n"
    tap.equal(client.exchange(daemon.address, request * 20).count(b"HTTP/1.1 200"), 20)


@tap.test
def requests_are_counted_by_path_and_code():
    def counts():
        return {(own["handler"], own["code"]): value for own, value in
                daemon.next_sample("socket").samples("txpathd_http_requests_total")}
    before = counts()
    for path in ("/a", "/b", "/-/healthy"):
        daemon.get(path)
    after = counts()
    tap.equal(after[("other", "404")] - before.get(("other", "404"), 0), 2)
    tap.equal(after[("/-/healthy", "200")] - before.get(("/-/healthy", "200"), 0), 1)


isolate()
with Daemon(config=QUICK | {"http": {"request_timeout": "1s"}}) as daemon:
    tap.run()
