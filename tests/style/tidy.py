#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
clang-tidy over every C file that a clang build compiles, one test for each. Those of tests are not
searched for paths on which they go wrong, which takes longest: sanitizers run them.
"""

import concurrent.futures
import json
import os
import subprocess

from support import tap
from support.daemon import BUILD, ROOT
from support.llvm import other_release

TESTS = str(ROOT / "tests") + os.sep


def tidy(path):
    """clang-tidy's findings in the file; None when there is nothing to find."""
    less = ["--checks=-clang-analyzer-*"] if path.startswith(TESTS) else []
    done = subprocess.run(["clang-tidy", "--quiet", "-p", BUILD, *less, path],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    return None if done.returncode == 0 else done.stdout + done.stderr


def register(name, future):
    def test():
        findings = future.result()
        assert not findings, "\n" + findings
    test.__name__ = name
    tap.test(test)


if reason := other_release("clang-tidy"):
    tap.skip_all(reason)
commands = json.loads((BUILD / "compile_commands.json").read_text())
paths = sorted({os.path.realpath(os.path.join(one["directory"], one["file"])) for one in commands})
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    for path in paths:
        register(os.path.relpath(path, ROOT), pool.submit(tidy, path))
    tap.run()
