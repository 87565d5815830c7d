# SPDX-License-Identifier: GPL-2.0-or-later
"""Test programs that speak TAP (testanything.org): @test registers a function, run() runs them."""

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
