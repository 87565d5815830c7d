# SPDX-License-Identifier: GPL-2.0-or-later
"""The release of LLVM whose judgement of style the tree is kept by: Debian 12's."""

import re
import subprocess

RELEASE = 14


def other_release(tool):
    """Why the tool's judgement is not asked for; None when it is of that release."""
    text = subprocess.run([tool, "--version"], stdout=subprocess.PIPE, text=True).stdout
    release = re.search(r"version (\d+)", text)
    if release and int(release[1]) == RELEASE:
        return None
    return (f"{tool} {release[1] if release else 'of unknown release'} judges otherwise than "
            f"{RELEASE}, Debian 12's, by which the tree is kept")
