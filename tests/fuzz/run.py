#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets every fuzz target of the build run for a short while, from the recorded messages on."""

import concurrent.futures
import glob
import os
import struct
import subprocess
import tempfile

SECONDS = int(os.environ.get("FUZZ_SECONDS", "12"))
BUILD = os.environ["TXPATHD_BUILD"]
FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")


def write_messages(directory):
    """A file for each recorded message of netlink: whole dumps are more than a target takes."""
    for path in glob.glob(os.path.join(FIXTURES, "*.bin")):
        with open(path, "rb") as file:
            data = file.read()
        number = 0
        while data:
            length, = struct.unpack_from("=I", data)
            name = f"{os.path.basename(path)}.{number}"
            with open(os.path.join(directory, name), "wb") as file:
                file.write(data[:length])
            data, number = data[(length + 3) & ~3:], number + 1


targets = sorted(path for path in glob.glob(os.path.join(BUILD, "tests", "fuzz", "fuzz_*"))
                 if os.access(path, os.X_OK) and os.path.isfile(path))


def fuzz(target):
    with tempfile.TemporaryDirectory() as corpus, tempfile.TemporaryDirectory() as messages:
        write_messages(messages)
        return subprocess.run([target, f"-max_total_time={SECONDS}", "-max_len=4096",
                               "-print_final_stats=1", corpus, messages, FIXTURES],
                              cwd=corpus, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              errors="backslashreplace", check=False)


print(f"1..{len(targets)}")
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    for number, (target, done) in enumerate(zip(targets, pool.map(fuzz, targets)), 1):
        print("\n".join("# " + line for line in done.stdout.splitlines()[-40:]))
        print("not " * (done.returncode != 0) + f"ok {number} - {os.path.basename(target)}")
