#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
What the queues for sending of every device have counted, as JSON: what ethtool -S says, under the
names that the drivers of this machine and of the guests have, and over it the kernel's own family
of generic netlink for it, which ethtool does not ask.
"""

import json
import re
import socket
import struct
import subprocess

from tc_bytes import NLM_F_DUMP, NLM_F_REQUEST, NLMSG_DONE, attributes

NLMSG_ERROR, GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 2, 16, 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 1, 2
QSTATS_GET, SCOPE, SCOPE_QUEUE = 12, 4, 1
IFINDEX, QUEUE_TYPE, QUEUE_ID, TX = 1, 2, 3, 1
BY_NETLINK = {10: "packets", 11: "bytes", 24: "drops", 25: "errors", 33: "stops", 34: "wakes"}
NAMES = {"packets": "packets", "bytes": "bytes", "kicks": "doorbells"}  # virtio_net, ifb
VMXNET3 = {"ucast pkts tx": "packets", "mcast pkts tx": "packets", "bcast pkts tx": "packets",
           "ucast bytes tx": "bytes", "mcast bytes tx": "bytes", "bcast bytes tx": "bytes",
           "pkts tx err": "errors", "pkts tx discard": "drops", "drv dropped tx total": "drops",
           "ring full": "stops"}


def by_driver(device):
    """{(queue, counter): value}"""
    text = subprocess.run(["ethtool", "-S", device], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True).stdout
    found, section = {}, None
    for line in text.splitlines()[1:]:
        name, _, value = line.rpartition(":")
        name = name.strip()
        if name in ("Tx Queue#", "Rx Queue#"):
            section = int(value) if name[0] == "T" else None
        elif section is not None and name in VMXNET3:
            key = section, VMXNET3[name]
            found[key] = found.get(key, 0) + int(value)
        elif name == "tx_restart_queue":  # e1000e has but one
            found[0, "wakes"] = int(value)
            found[0, "packets"] = packets
        elif name == "tx_packets":
            packets = int(value)
        elif match := re.fullmatch(r"tx(?:_queue_)?(\d+)_(\w+)", name):
            if match[2] in NAMES:
                found[int(match[1]), NAMES[match[2]]] = int(value)
    return found


def ask(generic, kind, command, payload=b""):
    """The attributes of each message of a dump."""
    body = struct.pack("=BBxx", command, 1) + payload
    generic.send(struct.pack("=IHHII", 16 + len(body), kind, NLM_F_REQUEST | NLM_F_DUMP, 0, 0) +
                 body)
    while True:
        data = generic.recv(1 << 17)
        while data:
            length, kind = struct.unpack_from("=IH", data)
            if kind in (NLMSG_DONE, NLMSG_ERROR):
                return
            yield attributes(data[20:length])
            data = data[(length + 3) & ~3:]


def number(data):
    return int.from_bytes(data, "little")


def by_netlink():
    """{device: {(queue, counter): value}}"""
    found = {}
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16) as generic:
        families = {own[CTRL_ATTR_FAMILY_NAME].rstrip(b"\0"): number(own[CTRL_ATTR_FAMILY_ID])
                    for own in ask(generic, GENL_ID_CTRL, CTRL_CMD_GETFAMILY)}
        if b"netdev" not in families:
            return found
        scope = struct.pack("=HHI", 8, SCOPE, SCOPE_QUEUE)
        for own in ask(generic, families[b"netdev"], QSTATS_GET, scope):
            if number(own[QUEUE_TYPE]) == TX:
                device = socket.if_indextoname(number(own[IFINDEX]))
                found.setdefault(device, {}).update(
                    ((number(own[QUEUE_ID]), counter), number(own[kind]))
                    for kind, counter in BY_NETLINK.items() if kind in own)
    return found


def main():
    netlink = by_netlink()
    print(json.dumps([
        {"device": device, "queue": queue, "counter": counter, "value": value,
         "by": "netlink" if (queue, counter) in netlink.get(device, {}) else "driver"}
        for _, device in socket.if_nameindex()
        for (queue, counter), value in (by_driver(device) | netlink.get(device, {})).items()]))


if __name__ == "__main__":
    main()
