# SPDX-License-Identifier: GPL-2.0-or-later
"""What ss(8) and tc(8) say: the truth that an exposition is held against."""

import collections
import json
import re
import subprocess

STATES = {"ESTAB": "established", "SYN-SENT": "syn_sent", "SYN-RECV": "syn_recv",
          "FIN-WAIT-1": "fin_wait_1", "FIN-WAIT-2": "fin_wait_2", "TIME-WAIT": "time_wait",
          "UNCONN": "close", "CLOSE-WAIT": "close_wait", "LAST-ACK": "last_ack",
          "LISTEN": "listen", "CLOSING": "closing"}

Socket = collections.namedtuple("Socket", "protocol family state queue unsent")
Statistics = collections.namedtuple(
    "Statistics", "sent_bytes sent_packets drops overlimits requeues backlog_bytes backlog_packets")

CLASS = re.compile(r"class (\S+) (\S+) (?:root|parent (\S+)) ?(?:leaf (\S+) )?")
SENT = re.compile(r"Sent (\d+) bytes (\d+) pkt \(dropped (\d+), overlimits (\d+) requeues (\d+)\)")
BACKLOG = re.compile(r"backlog (\d+)(b|Kb|Mb) (\d+)p")


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def sockets():
    """All TCP and UDP sockets. A listening socket's "Send-Q" is the limit of its backlog."""
    found = []
    for protocol, flag in (("tcp", "-t"), ("udp", "-u")):
        for family, version in (("ipv4", "-4"), ("ipv6", "-6")):
            for line in output("ss", flag, version, "-anOHi").splitlines():
                state, _, queue = line.split()[:3]
                state = STATES[state]
                if protocol == "udp" and state == "close":
                    state = "unconnected"
                unsent = re.search(r"\bnotsent:(\d+)", line)
                found.append(Socket(protocol, family, state, 0 if state == "listen" else int(queue),
                                    int(unsent[1]) if unsent else 0))
    return sorted(found)


def qdiscs():
    """Every qdisc's Statistics by (device, kind, handle, parent)."""
    found = {}
    for qdisc in json.loads(output("tc", "-s", "-j", "qdisc", "show")):
        parent = "root" if qdisc.get("root") else qdisc["parent"]
        if parent == "ffff:fff1":
            parent = qdisc["kind"]
        key = (qdisc["dev"], qdisc["kind"], qdisc["handle"], parent)
        assert key not in found, key
        found[key] = Statistics(*(qdisc[name] for name in (
            "bytes", "packets", "drops", "overlimits", "requeues", "backlog", "qlen")))
    return found


def size_text(n_bytes):
    """A size as tc writes it in text: only the bytes unit is exact."""
    if n_bytes >= 1 << 20 and abs((1 << 20) * round(n_bytes / (1 << 20)) - n_bytes) < 1024:
        return f"{round(n_bytes / (1 << 20))}Mb"
    if n_bytes >= 1024 and abs(1024 * round(n_bytes / 1024) - n_bytes) < 16:
        return f"{round(n_bytes / 1024)}Kb"
    return f"{n_bytes}b"


def classes(device):
    """
    The Statistics of every class that has any, by (device, kind, class, parent, leaf). The bytes of
    the backlog are a text, see size_text(): there is no JSON for classes in iproute2 6.1.
    """
    found = {}
    for block in output("tc", "-s", "class", "show", "dev", device).split("\nclass "):
        text = block if block.startswith("class ") else "class " + block
        head, sent, backlog = CLASS.match(text), SENT.search(text), BACKLOG.search(text)
        if head and sent and backlog:
            found[(device, head[1], head[2], head[3] or "root", head[4] or "")] = Statistics(
                *map(int, sent.groups()), backlog[1] + backlog[2], int(backlog[3]))
    return found
