#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the collectors that run BPF programs say where they may not, or cannot."""

import os
import shutil
import subprocess

from support import tap
from support.bpf import told
from support.daemon import BPF, EVERYTHING, PROGRAM, Daemon
from support.isolation import isolate, need_mounts
from support.wait import until

NOBODY = 65534
ROOT = ("setpriv", "--bounding-set=-sys_admin,-bpf,-perfmon", "--inh-caps=-all")
USER = ("setpriv", f"--reuid={NOBODY}", "--clear-groups", "--bounding-set=-all",
        "--inh-caps=-all", "--no-new-privs")
HIDE = ("unshare", "--mount", "sh", "-c",
        'mount -t tmpfs none /sys/kernel/btf && exec "$@"', "sh")


def check_says(part, **options):
    with Daemon(config=EVERYTHING, **options) as daemon:
        for collector in BPF:
            # To find out may take longer than what counts as a stall.
            until(lambda name=collector: told(daemon, name)[0] == "unsupported", "the verdict")
            reason = told(daemon, collector)[1]
            assert part in reason, (collector, reason)
        daemon.next_sample("stack")


@tap.test
def root_without_capabilities():
    check_says("CAP_BPF and CAP_PERFMON, which are not there", wrapper=ROOT)


@tap.test
def a_user():
    need_mounts()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/mnt"], check=True)
    os.mkdir("/mnt/place")
    os.chown("/mnt/place", NOBODY, NOBODY)
    check_says("CAP_BPF and CAP_PERFMON, which are not there", wrapper=USER,
               program=shutil.copy(PROGRAM, "/mnt/txpathd"), directory="/mnt/place")


@tap.test
def a_kernel_that_does_not_tell_its_types():
    need_mounts()
    check_says("/sys/kernel/btf/vmlinux", wrapper=HIDE)


isolate()
tap.run()
