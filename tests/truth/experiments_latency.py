# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets that wait as long as is known, where it is known, and some that do not."""

import contextlib
import ctypes
import math
import os
import pathlib
import re
import struct
import subprocess
import time

from experiments import experiment, settle, wait_for
from session import Session
from support.bpf import bpf
from support.latency import (BYPASSED, DEVICES, INFO, OBSERVED, PENDING, SECONDS, USED, config,
                             send)
from support.network import Peer, tc

SIZE = 1042  # of a datagram of 1000 bytes, as a qdisc sees it
TYPES = pathlib.Path("/sys/kernel/btf/vmlinux")
PROG_LOAD = 5
NEAR = {"device": "near"}


def begin(session):
    """The exposition from which on every packet is looked at."""
    return wait_for(session, lambda exposition: exposition.value(OBSERVED) > 0, "a burst")


def bucket_counts(exposition, **labels):
    """{upper bound: observations in the bucket}"""
    found, before = {}, 0
    for own, value in exposition.samples(SECONDS + "_bucket"):
        bound = own.pop("le")
        if own == labels:
            found[math.inf if bound == "+Inf" else float(bound)] = value - before
            before = value
    return found


@experiment
def datagrams_in_a_token_bucket():
    """Of 40 at once the last one waits for a third of a second, and all others in between."""
    number, burst, rate = 40, 3126, 125000
    peer = Peer()
    tc("qdisc", "add", "dev", peer.near, "root", "tbf", "rate", "1mbit", "burst", str(burst),
       "limit", "1000000")
    waits = [max(0, (i * SIZE - burst) / rate) for i in range(1, number + 1)]
    with Session(config=config()) as session:
        begin(session)
        send(peer, number, peer.THEIRS[0])
        yield from settle(session, {USED: [(NEAR, number)], BYPASSED: [(NEAR, 0)]}, NEAR)
        exposition = session.fresh()
        found = bucket_counts(exposition, segment="qdisc", **NEAR)
        assert sum(found.values()) == number, found
        assert abs(exposition.value(SECONDS + "_sum", segment="qdisc", **NEAR) -
                   sum(waits)) < 0.1 * sum(waits)
        for bound in (0.03125, 0.0625, 0.125, 0.25):
            below = sum(count for own, count in found.items() if own <= bound)
            assert abs(below - sum(wait <= bound for wait in waits)) <= 3, (bound, found)
        # Each bound is a power of two, to the last digit.
        assert all(math.frexp(bound)[0] == 0.5 for bound in found if bound < math.inf), found
        yield exposition, {SECONDS: []}


@experiment
def datagrams_that_meet_no_queue():
    peer = Peer()
    with Session(config=config()) as session:
        begun = time.monotonic()
        first = begin(session).value(OBSERVED)
        send(peer, 60, peer.THEIRS[0])
        yield from settle(session, {USED: [(NEAR, 0)], BYPASSED: [(NEAR, 60)],
                                    DEVICES: [({}, 1)], PENDING: [({}, 0)]})
        time.sleep(1)
        exposition = session.fresh()
        yield exposition, {OBSERVED: [({}, (first + 0.9, time.monotonic() - begun + 30))]}
        assert exposition.value(OBSERVED) - first < time.monotonic() - begun


@experiment
def datagrams_that_still_wait():
    """The bucket has room for one; each of the others takes eight seconds."""
    peer = Peer()
    tc("qdisc", "add", "dev", peer.near, "root", "tbf", "rate", "1kbit", "burst", "1100", "limit",
       "1000000")
    with Session(config=config()) as session:
        begin(session)
        send(peer, 6, peer.THEIRS[0])
        yield from settle(session, {PENDING: [({}, 5)], USED: [(NEAR, 1)]})


def can_enter(function):
    """Whether the kernel takes a program that does nothing at the entry of its function."""
    dump = subprocess.run(["bpftool", "btf", "dump", "file", TYPES], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    match = re.search(rf"^\[(\d+)\] FUNC '{function}' ", dump, re.M)
    if not match:
        return False
    code = ctypes.create_string_buffer(struct.pack("<BBhiBBhi", 0xB7, 0, 0, 0, 0x95, 0, 0, 0))
    licence = ctypes.create_string_buffer(b"GPL")
    load = struct.pack("IIQQIIQII16sIIIIQIIQIII4x", 26, 2, ctypes.addressof(code),
                       ctypes.addressof(licence), 0, 0, 0, 0, 0, b"", 0, 24, 0, 0, 0, 0, 0, 0, 0,
                       int(match[1]), 0)
    with contextlib.suppress(OSError):
        os.close(bpf(PROG_LOAD, load))
        return True
    return False


def expected_methods():
    sends = "tracepoint" if b"btf_trace_tcp_sendmsg_locked\0" in TYPES.read_bytes() else \
        "fentry" if can_enter("tcp_sendmsg_locked") else "none"
    return {"socket": sends, "ack": "none" if sends == "none" else "tracepoint",
            "stack": "fentry" if can_enter("udp_send_skb") else "tracepoint",
            "netfilter": "fentry" if can_enter("nf_hook_slow") else "none",
            "qdisc": "tracepoint", "driver": "tracepoint", "nic": "tracepoint"}


@experiment
def how_segments_are_measured():
    """Why not is in the words of the kernel; that anything is said is what can be known."""
    with Session(config=config()) as session:
        exposition = begin(session)
        told = {own["segment"]: own.get("reason") for own, _ in exposition.samples(INFO)}
        methods = expected_methods()
        assert all(told[segment] for segment, method in methods.items() if method == "none"), told
        yield exposition, {INFO: [
            ({"segment": segment, "method": method} |
             ({"reason": told[segment]} if told[segment] else {}), 1)
            for segment, method in methods.items()]}
    with Session(config=config(mode="off")) as session:
        yield from settle(session, {INFO: [
            ({"segment": segment, "method": "none", "reason": "mode is off"}, 1)
            for segment in methods]})
