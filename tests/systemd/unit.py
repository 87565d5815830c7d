#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The units as systemd-analyze judges them, alone and with each of the drop-ins."""

import pathlib
import re
import shutil
import subprocess
import tempfile

from support import tap
from support.daemon import BUILD, PROGRAM, ROOT

SERVICE, SOCKET = "txpathd.service", "txpathd.socket"
DROP_INS = ACTIVATION, NAMESPACES, NETFILTER = (
    "socket-activation.conf", "namespaces.conf", "netfilter.conf")

# Tenths of the 10 that is worst; Debian's own exporters are at 92.
EXPOSURE_LIMIT = 17
ACTIVATED_EXPOSURE_LIMIT = 14
NAMESPACES_EXPOSURE_LIMIT = 30
NETFILTER_EXPOSURE_LIMIT = 18


def install(directory, drop_ins):
    """Puts the units there, with the program where it is now: installed it is not."""
    text = (BUILD / "systemd" / SERVICE).read_text()
    command, = re.findall(r"^ExecStart=(\S+)$", text, re.M)
    (directory / SERVICE).write_text(text.replace(command, str(PROGRAM)))
    shutil.copy(BUILD / "systemd" / SOCKET, directory)
    (directory / f"{SERVICE}.d").mkdir()
    for name in drop_ins:
        shutil.copy(ROOT / "systemd" / name, directory / f"{SERVICE}.d")


def analyze(*arguments, units=(SERVICE,), drop_ins=()):
    """Its exit status and output."""
    with tempfile.TemporaryDirectory(prefix="txpathd-") as directory:
        directory = pathlib.Path(directory)
        install(directory, drop_ins)
        paths = [directory / name for name in units]
        done = subprocess.run(["systemd-analyze", *arguments, *paths], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def check_exposure(limit, *drop_ins):
    status, output = analyze("security", "--offline=true", "--no-pager", f"--threshold={limit}",
                             drop_ins=drop_ins)
    tap.comment(output.splitlines()[-1])
    tap.equal(status, 0, output)


@tap.test
def verify_finds_nothing():
    for drop_ins in ((), *((name,) for name in DROP_INS), DROP_INS):
        tap.equal(analyze("--man=no", "verify", units=(SERVICE, SOCKET), drop_ins=drop_ins),
                  (0, ""), f"with drop-ins: {drop_ins}")


@tap.test
def security_exposure_is_low():
    check_exposure(EXPOSURE_LIMIT)


@tap.test
def socket_activation_lowers_the_security_exposure():
    check_exposure(ACTIVATED_EXPOSURE_LIMIT, ACTIVATION)


@tap.test
def other_namespaces_raise_it_a_little():
    check_exposure(NAMESPACES_EXPOSURE_LIMIT, NAMESPACES)


@tap.test
def netfilter_raises_it_a_little():
    check_exposure(NETFILTER_EXPOSURE_LIMIT, NETFILTER)


if not shutil.which("systemd-analyze"):
    tap.skip_all("there is no systemd-analyze here")
tap.run()
