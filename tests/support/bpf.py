# SPDX-License-Identifier: GPL-2.0-or-later
"""bpf(2) and bpftool: what is in the kernel, and how tests meddle with it."""

import contextlib
import ctypes
import json
import os
import pathlib
import platform
import re
import struct
import subprocess

SYS_BPF = {"x86_64": 321, "aarch64": 280}
MAP_UPDATE_ELEM, MAP_GET_FD_BY_ID, ENABLE_STATS = 2, 14, 32
RUN_TIME = 0
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes.ljust(128, b"\0"))
    done = libc.syscall(SYS_BPF[platform.machine()], command, buffer, len(buffer.raw) - 1)
    if done < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return done


def ids_of(daemon, kind):
    """Of each "prog", "map" or "link" that the daemon has descriptors of (proc(5), fdinfo)."""
    ids = set()
    for path in pathlib.Path(f"/proc/{daemon.process.pid}/fdinfo").iterdir():
        with contextlib.suppress(FileNotFoundError):
            ids |= set(re.findall(rf"^{kind}_id:\s*(\d+)$", path.read_text(), re.M))
    return ids


def show(kind, number):
    """What bpftool says of it; None: there is no such."""
    done = subprocess.run(["bpftool", "-j", kind, "show", "id", number], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    return json.loads(done.stdout) if done.returncode == 0 else None


def told(daemon, collector):
    """The collector's status, and its reason."""
    own, = [labels for labels, _ in daemon.scrape().samples("txpathd_collector_info")
            if labels["collector"] == collector]
    return own["status"], own.get("reason", "")


def any_is(kind, numbers):
    return any(show(kind, number) for number in numbers)


def all_are(kind, numbers):
    return all(show(kind, number) for number in numbers)


@contextlib.contextmanager
def accounting():
    """The kernel accounts for the time of programs meanwhile."""
    fd = bpf(ENABLE_STATS, struct.pack("I", RUN_TIME))
    try:
        yield
    finally:
        os.close(fd)


def fill_map(number, keys, value):
    """Adds keys to a map until it takes no more; how many it took."""
    fd = bpf(MAP_GET_FD_BY_ID, struct.pack("I", int(number)))
    held = ctypes.create_string_buffer(value)
    try:
        for n, key in enumerate(keys):
            own = ctypes.create_string_buffer(key)
            try:
                bpf(MAP_UPDATE_ELEM, struct.pack("IIQQQ", fd, 0, ctypes.addressof(own),
                                                 ctypes.addressof(held), 0))
            except OSError:
                return n
        return n + 1
    finally:
        os.close(fd)
