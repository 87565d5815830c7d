#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs test programs that speak TAP, shows what failed and why anything was skipped, and counts.

usage: tally.py [--meson BUILD] [--jobs N] [--timeout SECONDS] [--quiet] [--add FILE]
                NAME [PROGRAM...]

The unit tests of a meson build directory run too when one is given. A line "NAME PASSED FAILED
SKIPPED" is added to FILE. --quiet says nothing of programs that passed whole. The exit status is 1
when anything failed.
"""

import argparse
import concurrent.futures
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time

RESULT = re.compile(r"(not )?ok\b *(\d*)(?: *-)? *(.*?)(?: *# *(skip|todo)\S* *(.*))?$", re.I)
PLAN = re.compile(r"1\.\.(\d+)(?: *# *skip\S* *(.*))?", re.I)
SHOWN_LINES = 200

running = {}


class Outcome:
    """What one program's output and exit status amount to."""

    def __init__(self, output, status):
        self.passed, self.failed, self.skips = 0, [], []
        planned = None
        for line in output.splitlines():
            plan, result = PLAN.fullmatch(line), RESULT.fullmatch(line)
            if plan:
                planned = int(plan[1])
                if planned == 0 and plan[2]:
                    self.skips.append(plan[2])
            elif result:
                self.count(result)
        done = self.passed + len(self.failed) + (len(self.skips) if planned else 0)
        if planned is None or done != planned or (planned == 0 and not self.skips):
            self.failed.append(f"{done} of {planned} tests ran")
        if status != 0 and not self.failed:
            self.failed.append(f"exit status {status}")

    def count(self, result):
        not_ok, number, name, directive, reason = result.groups()
        if directive and directive.lower() == "skip":
            self.skips.append(f"{name or number}: {reason or 'no reason given'}")
        elif not_ok:
            self.failed.append(name or number)
        else:
            self.passed += 1


def run(name, command, environment, timeout):
    """Runs one program in a process group of its own, which ends with it."""
    start = time.monotonic()
    process = subprocess.Popen(command, env=os.environ | environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True, errors="backslashreplace")
    running[process.pid] = process
    try:
        output, status = process.communicate(timeout=timeout)[0], process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, status = process.communicate()[0], f"timed out after {timeout} s"
    del running[process.pid]
    return name, Outcome(output, status), output, time.monotonic() - start


def told(output):
    """The lines that are not of a test that passed."""
    return [line for line in output.splitlines()
            if not (found := RESULT.fullmatch(line)) or found[1] or found[4]]


def show(name, outcome, output, seconds):
    word = "FAIL" if outcome.failed else "ok  " if outcome.passed else "skip"
    print(f"  {word} {name}: {outcome.passed} passed, {len(outcome.failed)} failed, "
          f"{len(outcome.skips)} skipped ({seconds:.1f} s)")
    for skip in outcome.skips:
        print(f"       skipped {skip}")
    if outcome.failed:
        for failure in outcome.failed:
            print(f"       failed {failure}")
        for line in told(output)[-SHOWN_LINES:]:
            print(f"       | {line}")
    sys.stdout.flush()


def meson_tests(build):
    """(name, command, environment) of the tests that a meson build directory knows."""
    listing = subprocess.run(["meson", "introspect", "--tests", build], check=True,
                             stdout=subprocess.PIPE).stdout
    return [("unit/" + test["name"], test["cmd"], test["env"]) for test in json.loads(listing)
            if any(suite.endswith("unit") for suite in test["suite"])]


def program(path):
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.basename(folder) + "/" + os.path.splitext(name)[0], [path], {}


def stop(number, _):
    for pid in list(running):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    os._exit(128 + number)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--meson")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--timeout", type=int, default=600)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--add")
    parser.add_argument("name")
    parser.add_argument("programs", nargs="*")
    options = parser.parse_args()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    # Where the programs find "support", and without leaving compiled files in the tree.
    os.environ["PYTHONPATH"] = os.path.dirname(os.path.abspath(__file__))
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"

    work = meson_tests(options.meson) if options.meson else []
    work += [program(path) for path in options.programs]
    passed = failed = skipped = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for future in concurrent.futures.as_completed(
                [pool.submit(run, *item, options.timeout) for item in work]):
            name, outcome, output, seconds = future.result()
            if not options.quiet or outcome.failed or outcome.skips:
                show(name, outcome, output, seconds)
            passed += outcome.passed
            failed += len(outcome.failed)
            skipped += len(outcome.skips)

    if not work:
        print("  there is nothing to run")
        failed = 1
    if options.add:
        with open(options.add, "a") as file:
            print(options.name, passed, failed, skipped, file=file)
    if not options.quiet:
        print(f"{options.name}: {passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
