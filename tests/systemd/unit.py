#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The unit file as systemd-analyze judges it."""

import pathlib
import shutil
import subprocess
import tempfile

from support import tap
from support.daemon import BUILD, PROGRAM

# 1.7 of 10; Debian's own exporters are at 9.2.
EXPOSURE_LIMIT = 17


def analyze(*arguments):
    """Its output, with the unit's program put where it is now: installed it is not."""
    text = (BUILD / "systemd" / "txpathd.service").read_text()
    command, = {line.split("=", 1)[1] for line in text.splitlines() if line.startswith("ExecStart")}
    with tempfile.TemporaryDirectory(prefix="txpathd-") as directory:
        unit = pathlib.Path(directory) / "txpathd.service"
        unit.write_text(text.replace(command, str(PROGRAM)))
        done = subprocess.run(["systemd-analyze", *arguments, unit], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


@tap.test
def verify_finds_nothing():
    tap.equal(analyze("--man=no", "verify"), (0, ""))


@tap.test
def security_exposure_is_low():
    status, output = analyze("security", "--offline=true", "--no-pager",
                             f"--threshold={EXPOSURE_LIMIT}")
    tap.comment(output.splitlines()[-1])
    tap.equal(status, 0, output)


if not shutil.which("systemd-analyze"):
    tap.skip_all("there is no systemd-analyze here")
tap.run()
