# SPDX-License-Identifier: GPL-2.0-or-later
"""A root in which systemd runs a probe (tests/systemd/probe/), whoever boots it."""

import pathlib
import shutil

from support.daemon import ROOT

SCRIPTS = ROOT / "tests" / "systemd" / "probe"
UNIT = """
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'exec /guest/probe/"$(cat /guest/stage)"'
StandardOutput=append:/guest/output
ExecStopPost=/bin/sh -c 'exec systemctl --no-block "$(cat /guest/ending)"'
"""


def add_unit(root):
    """Lets the root's systemd run the probe once it has started everything else."""
    system = root / "etc/systemd/system"
    (system / "probe.service").write_text(UNIT)
    (system / "default.target.wants").mkdir(exist_ok=True)
    (system / "default.target.wants/probe.service").symlink_to("../probe.service")


def prepare(place, stage, ending="poweroff"):
    """Puts into the root's /guest what the next boot is to do, and how it is to end."""
    place = pathlib.Path(place)
    shutil.copytree(SCRIPTS, place / "probe", dirs_exist_ok=True)
    (place / "stage").write_text(stage)
    (place / "ending").write_text(ending)
    (place / "output").write_text("")
