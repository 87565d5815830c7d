#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
What qdiscs say that an older tc does not print, as JSON: the bands of fq, and who classifies for
mqprio. From the kernel's bytes (linux/pkt_sched.h), by rtnetlink.
"""

import json
import socket
import struct

NLM_F_REQUEST, NLM_F_DUMP, NLMSG_DONE, RTM_GETQDISC = 1, 0x300, 3, 38
TCA_KIND, TCA_OPTIONS, TCA_STATS2, TCA_STATS_APP, TCA_FQ_WEIGHTS = 1, 2, 7, 4, 17
TCM = struct.Struct("=BxHiIII")
ROOT = 0xffffffff


def attributes(data):
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        found[kind & 0x3fff] = data[4:length]
        data = data[(length + 3) & ~3:]
    return found


def dump():
    """(device index, handle, parent, attributes) of each qdisc."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as route:
        route.send(struct.pack("=IHHII", 36, RTM_GETQDISC, NLM_F_REQUEST | NLM_F_DUMP, 0, 0) +
                   bytes(TCM.size))
        while True:
            data = route.recv(1 << 16)
            while data:
                length, kind = struct.unpack_from("=IH", data)
                if kind == NLMSG_DONE:
                    return
                _, _, device, handle, parent, _ = TCM.unpack_from(data, 16)
                yield device, handle, parent, attributes(data[16 + TCM.size:length])
                data = data[(length + 3) & ~3:]


def name(handle):
    return "".join((f"{handle >> 16:x}" if handle >> 16 else "", ":",
                    f"{handle & 0xffff:x}" if handle & 0xffff else ""))


def fq(options, statistics):
    bands = {}
    if TCA_FQ_WEIGHTS in options:
        bands["weight"] = struct.unpack_from("=3i", options[TCA_FQ_WEIGHTS])
    if len(statistics) >= 148:  # ends with the bands
        bands["fast_path"], *numbers = struct.unpack_from("=Q3Q3I", statistics, 104)
        bands |= {"drops": numbers[:3], "packets": numbers[3:]}
    return bands


def main():
    found = []
    for device, handle, parent, own in dump():
        kind = own[TCA_KIND].rstrip(b"\0").decode()
        one = {"dev": socket.if_indextoname(device), "kind": kind, "handle": f"{handle >> 16:x}:",
               "parent": "root" if parent == ROOT else name(parent)}
        if kind == "fq":
            one |= fq(attributes(own[TCA_OPTIONS]),
                      attributes(own[TCA_STATS2])[TCA_STATS_APP])
        if kind == "mqprio":
            one["hardware"] = own[TCA_OPTIONS][17]
        found.append(one)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
