# SPDX-License-Identifier: GPL-2.0-or-later
"""Test programs that speak TAP (testanything.org): @test registers a function, run() runs them."""

import re
import sys
import traceback

tests = []


class Skip(Exception):
    """Raised by a test that cannot run here; its text says why."""


def test(function):
    tests.append(function)
    return function


def equal(actual, expected, what="value"):
    assert actual == expected, f"{what}: {actual!r}, expected {expected!r}"


def comment(text):
    for line in str(text).splitlines():
        print("#", line, flush=True)


def skip_all(reason):
    print(f"1..0 # SKIP {reason}", flush=True)
    sys.exit(0)


def run():
    """Runs every registered test; the names of the functions are the names of the tests."""
    print(f"1..{len(tests)}", flush=True)
    for number, function in enumerate(tests, 1):
        name = function.__name__.replace("_", " ")
        try:
            function()
            print(f"ok {number} - {name}", flush=True)
        except Skip as skip:
            print(f"ok {number} - {name} # SKIP {skip}", flush=True)
        except Exception:
            print(f"not ok {number} - {name}", flush=True)
            comment(traceback.format_exc())


def relay(outputs):
    """One TAP of several programs' ({name: output}); one that stops short adds a failure."""
    number = 0

    def say(ok, text):
        nonlocal number
        number += 1
        print(f"{ok} {number} - {text}", flush=True)

    for name, output in outputs.items():
        planned, done = None, 0
        for line in output.splitlines():
            result = re.match(r"(ok|not ok) \d+ - (.*)", line)
            if result:
                done += 1
                say(result[1], f"{name}: {result[2]}")
            elif plan := re.fullmatch(r"1\.\.(\d+)", line):
                planned = int(plan[1])
            else:
                comment(line.removeprefix("# "))
        if done != planned:
            say("not ok", f"{name}: {done} of {planned} tests ran")
    print(f"1..{number}", flush=True)
