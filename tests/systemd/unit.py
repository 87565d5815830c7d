#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The units as systemd-analyze judges them, alone and with the drop-in for socket activation."""

import pathlib
import re
import shutil
import subprocess
import tempfile

from support import tap
from support.daemon import BUILD, PROGRAM, ROOT

SERVICE, SOCKET = "txpathd.service", "txpathd.socket"
DROP_IN = ROOT / "systemd" / "socket-activation.conf"

# Tenths of the 10 that is worst; Debian's own exporters are at 92.
EXPOSURE_LIMIT = 17
ACTIVATED_EXPOSURE_LIMIT = 14


def install(directory, with_drop_in):
    """Puts the units there, with the program where it is now: installed it is not."""
    text = (BUILD / "systemd" / SERVICE).read_text()
    command, = re.findall(r"^ExecStart=(\S+)$", text, re.M)
    (directory / SERVICE).write_text(text.replace(command, str(PROGRAM)))
    shutil.copy(BUILD / "systemd" / SOCKET, directory)
    if with_drop_in:
        (directory / f"{SERVICE}.d").mkdir()
        shutil.copy(DROP_IN, directory / f"{SERVICE}.d")


def analyze(*arguments, units=(SERVICE,), with_drop_in=False):
    """Its exit status and output."""
    with tempfile.TemporaryDirectory(prefix="txpathd-") as directory:
        directory = pathlib.Path(directory)
        install(directory, with_drop_in)
        paths = [directory / name for name in units]
        done = subprocess.run(["systemd-analyze", *arguments, *paths], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def check_exposure(limit, with_drop_in):
    status, output = analyze("security", "--offline=true", "--no-pager", f"--threshold={limit}",
                             with_drop_in=with_drop_in)
    tap.comment(output.splitlines()[-1])
    tap.equal(status, 0, output)


@tap.test
def verify_finds_nothing():
    for with_drop_in in (False, True):
        tap.equal(analyze("--man=no", "verify", units=(SERVICE, SOCKET),
                          with_drop_in=with_drop_in), (0, ""), f"with drop-in: {with_drop_in}")


@tap.test
def security_exposure_is_low():
    check_exposure(EXPOSURE_LIMIT, with_drop_in=False)


@tap.test
def socket_activation_lowers_the_security_exposure():
    check_exposure(ACTIVATED_EXPOSURE_LIMIT, with_drop_in=True)


if not shutil.which("systemd-analyze"):
    tap.skip_all("there is no systemd-analyze here")
tap.run()
