# SPDX-License-Identifier: GPL-2.0-or-later
"""What IP, UDP and TCP count in this network namespace, by nstat's names."""

import json
import subprocess


def counters():
    done = subprocess.run(["nstat", "-aszj"], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)["kernel"]
