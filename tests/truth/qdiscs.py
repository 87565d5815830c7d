# SPDX-License-Identifier: GPL-2.0-or-later
"""
Every kind of qdisc that this kernel has, with packets sent, waiting and dropped: what waits is held
up by a tbf that lets a second packet of this size through after minutes.
"""

import os
import pathlib
import socket
import subprocess

from support import tap
from support.cards import cards
from support.frames import TBF, send, send_markable
from support.network import ip, tc

UDP_SEGMENT = 103
PASSING_TBF = "tbf rate 8mbit burst 1600 limit"

# Kinds that hold packets themselves: each below a slow tbf, in a class of one htb.
LEAVES = ("pfifo limit 5", "bfifo limit 6000", "pfifo_head_drop limit 5", "pfifo_fast",
          "fq_codel limit 6 flows 64 memory_limit 9000 drop_batch 3 ce_threshold 3ms",
          "fq limit 7 flow_limit 5 maxrate 80mbit low_rate_threshold 1mbit",
          "codel limit 5 ce_threshold 3ms", "pie limit 6", "fq_pie limit 7 flows 64",
          "cake bandwidth 64kbit memlimit 20000 diffserv4 overhead 20 mpu 64",
          "netem limit 8 delay 3ms 1ms loss 1% duplicate 2% corrupt 3% reorder 4% gap 5 "
          "rate 80mbit ecn",
          "sfq limit 9 headdrop", "sfq limit 9 perturb 3600 depth 5 redflowlimit 9000 min 1000 "
          "max 3000 probability 0.25 ecn",
          "red limit 60000 min 2000 max 6000 avpkt 1000 burst 3 bandwidth 1mbit probability 0.3",
          "choke limit 60 min 3 max 9 burst 4 avpkt 1000 bandwidth 1mbit probability 0.3",
          "hhf limit 5", "sfb limit 5", "skbprio limit 6", "etf clockid CLOCK_TAI delta 100",
          "cbs idleslope 1000 sendslope -9000 hicredit 30 locredit -200",
          "tbf rate 1mbit burst 10000 limit 5000 peakrate 2mbit mtu 1600",
          "tbf rate 40gbit burst 1000000 limit 5000", "plug limit 5000",
          "gred setup DPs 4 default 1", "gred setup DPs 2 default 1 limit 90000")

# Kinds that mark or count what leaves them: the same below a tbf that is soon through with it.
PASSING = ("fq_codel target 1us interval 20us ce_threshold 1us ecn",
           "fq_codel target 1us interval 20us", "fq ce_threshold 1us",
           "codel target 1us interval 20us ecn", "codel ce_threshold 1us",
           "pie target 1us tupdate 1ms ecn", "fq_pie target 1us tupdate 1ms ecn flows 64",
           "cake bandwidth 8mbit besteffort rtt 1us",
           "red limit 60000 min 2000 max 6000 avpkt 1000 burst 3 bandwidth 1mbit probability 0.3 "
          "ecn",
           "choke limit 60 min 3 max 9 burst 4 avpkt 1000 bandwidth 1mbit probability 0.3 ecn",
           "sfq limit 60 redflowlimit 50000 min 1500 max 4500 probability 0.25 ecn",
           "gred setup DPs 3 default 2 grio")

# A gred has its queues set up one by one: here one that is full before its packets are dropped
# early, and an idle one; one where they are dropped without choice; one that marks them instead.
RED = "min 2000 max 6000 avpkt 1000 burst 3 bandwidth 1mbit probability 0.3"
GRED = {"gred setup DPs 4 default 1": (f"DP 1 limit 5000 {RED}", f"DP 3 limit 50000 {RED}"),
        "gred setup DPs 2 default 1 limit 90000": (f"DP 1 limit 60000 {RED}",),
        "gred setup DPs 3 default 2 grio": (f"DP 2 limit 60000 {RED} prio 3 ecn",)}

# Kinds with classes: "CLASS PARENT OPTIONS" of those that are to be made, or the names of two that
# the kind makes itself. Packets go to the last two. Only some may have a slow tbf in a class, and
# are roots: the others would ask it again and again, and are below it.
ROOTS = {"htb default 20": ("1:1 1: rate 1mbit ceil 1gbit", "1:10 1:1 rate 8bit quantum 2000",
                            "1:abc 1:10 rate 8bit quantum 2000", "1:20 1:1 rate 1mbit prio 2"),
         "hfsc default 20": ("1:1 1: ls rate 2mbit",
                             "1:10 1:1 rt m1 2mbit d 10ms m2 1mbit ls m1 1mbit d 5ms m2 500kbit "
                             "ul m1 4mbit d 1500us m2 3mbit", "1:20 1: sc rate 64bit"),
         "prio bands 16": ("1:c", "1:1"),
         "mqprio num_tc 2 map 0 1 queues 1@0 2@1 hw 0": ("1:1", "1:2"),
         "taprio num_tc 2 map 0 1 queues 1@0 2@1 base-time 1000 sched-entry S 1 300000 "
         "sched-entry S 3 700000 clockid CLOCK_TAI": ("1:1", "1:2")}
TREES = {"drr": ("1:10 1: quantum 2000", "1:20 1: quantum 3000"),
         "qfq": ("1:10 1: weight 1 maxpkt 2048", "1:20 1: weight 2"),
         "ets bands 16 strict 2 quanta 4000 3000": ("1:1", "1:c"),
         "htb r2q 1": ("1:fff 1: rate 1mbit", "1:30 1:fff rate 8bit ceil 2mbit quantum 2000",
                       "1:1 1:fff rate 1mbit ceil 2mbit"), "multiq": ("1:1", "1:2")}

def batch(tool, lines):
    """Runs the tool once for all lines."""
    subprocess.run([tool, "-batch", "-"], input="\n".join(lines), text=True, check=True)


def silent(device):
    return f"link set {device} multicast off addrgenmode none up"


def without_ipv6(device):
    """Else it would ask for routers."""
    pathlib.Path(f"/proc/sys/net/ipv6/conf/{device}/disable_ipv6").write_text("1")


def tc_adds(device, place, kind):
    """Whether the kernel has this kind."""
    return subprocess.run(["tc", "qdisc", "add", "dev", device, *place.split(), *kind.split()],
                          stderr=subprocess.DEVNULL).returncode == 0


class Qdiscs:
    """
    make() the devices, use() them, and change() some of them. Their other ends are in the peer's
    namespace, where nobody looks at them.
    """

    def __init__(self, peer):
        self.peer = peer
        self.used, self.lacking = [], []  # (device, priorities); kinds
        self.passing = []  # priorities

    def veths(self, names, options=""):
        """Devices of which both ends are up: nothing but what a test sends goes there."""
        far = f"/proc/{os.getpid()}/fd/{self.peer.other}"
        batch("ip", [line for name in names for line in (
            f"link add {name} {options} type veth peer name {name} netns {far}", silent(name))])
        with self.peer.entered():
            batch("ip", map(silent, names))

    def make(self):
        without_ipv6("default")
        with self.peer.entered():
            without_ipv6("default")
        self.veths(["huge", "brief", "cut", "leaves", "passing", "other"])
        self.veths(["many"], "numtxqueues 3")
        # Of so much overhead that three packets are more than 32 bits can count.
        batch("tc", ["qdisc add dev many root handle 50: mq",
                     "qdisc add dev huge root handle 60: stab overhead 2000000000 pfifo",
                     "qdisc add dev other root handle 61: pfifo"])
        nics = [card.device for card in cards()] if "TXPATHD_GUEST" in os.environ else []
        for nic in nics:
            without_ipv6(nic)
        batch("ip", map(silent, nics))
        self.used = [(name, [0]) for name in ("many", "huge", "brief", "other", *nics)]
        self.used.append(("leaves", self.make_leaves("leaves", LEAVES, TBF)))
        self.passing = self.make_leaves("passing", PASSING, PASSING_TBF)
        self.make_trees({f"root{number}": kind for number, kind in enumerate(ROOTS.items())})
        self.make_trees({f"tree{number}": kind for number, kind in enumerate(TREES.items())})
        self.make_requeues()
        if self.lacking:
            tap.comment(f"this kernel does not have: {', '.join(self.lacking)}")

    def make_leaves(self, device, kinds, shaper):
        """Each kind below a shaper in a class of one htb."""
        numbers = range(1, len(kinds) + 1)
        batch("tc", [f"qdisc add dev {device} root handle 1000: htb", *(
            line for number in numbers for line in (
                f"class add dev {device} parent 1000: classid 1000:{number:x} htb rate 8mbit",
                f"qdisc add dev {device} parent 1000:{number:x} handle a{number:02x}: "
                f"{shaper} 100k"))])
        have = [number for number, kind in zip(numbers, kinds) if
                tc_adds(device, f"parent a{number:02x}:1 handle {number:x}:", kind)]
        batch("tc", [f"qdisc change dev {device} parent a{number:02x}:1 handle {number:x}: gred "
                     f"{options}" for number in have
                     for options in GRED.get(kinds[number - 1], ())])
        self.lacking += [kinds[number - 1].split()[0] for number in numbers if number not in have]
        return [0x10000000 + number for number in have]

    def make_trees(self, trees):
        self.veths(trees, "numtxqueues 3")
        for name, (kind, classes) in trees.items():
            leaves = [line.split()[0] for line in classes[-2:]]
            below = name.startswith("tree")
            if below:
                tc("qdisc", "add", "dev", name, "root", "handle", "f0:", *TBF.split(), "100k")
            if not tc_adds(name, "parent f0:1 handle 1:" if below else "root handle 1:", kind):
                ip("link", "del", name)
                self.lacking.append(kind.split()[0])
                continue
            batch("tc", [f"class add dev {name} parent {parent} classid {own} "
                         f"{kind.split()[0]} {options}" for own, parent, options in
                         (line.split(" ", 2) for line in classes if " " in line)] +
                        [f"qdisc replace dev {name} parent {leaf} handle {handle}: " +
                         (f"pfifo limit {limit}" if below else f"{TBF} {limit}k")
                         for leaf, handle, limit in zip(leaves, ("ab0", "20"), (4, 9))])
            self.used.append((name, [0x10000 + int(own[2:], 16) for own in leaves]))

    def make_requeues(self):
        """
        An ifb device that stops after each packet is given ten in one, which it must have cut
        before: the other nine are put back. They come from clsact; what comes back from the peer
        goes through ingress.
        """
        batch("ip", ["link add stops numtxqueues 2 txqueuelen 1 type ifb", silent("stops"),
                     "address add 10.67.0.1/24 dev cut",
                     "neighbour add 10.67.0.2 lladdr 02:00:00:00:00:99 dev cut nud permanent"])
        subprocess.run(["ethtool", "-K", "stops", "gso", "off", "tso", "off",
                        "tx-udp-segmentation", "off"], check=True)
        everything = "protocol all u32 match u32 0 0"
        batch("tc", ["qdisc add dev cut clsact", "qdisc add dev other ingress",
                     f"filter add dev cut egress {everything} action mirred egress redirect "
                     "dev stops",
                     f"filter add dev other ingress {everything} flowid :1"])

    def use(self):
        number = 0
        for name, priorities in self.used:
            for priority in priorities:
                send(name, 12 + number, 1400 + 2 * number, priority)
                number += 1
        send("leaves", 3, 300)  # past all classes
        for priority in self.passing:
            send_markable("passing", 50, 1400, priority)
        with self.peer.entered():
            send("other", 5, 300)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1000)
            for _ in range(5):
                sender.sendto(b"x" * 10000, ("10.67.0.2", 9))

    def change(self):
        """What was seen once may be gone, or have got another name or place."""
        batch("ip", ["link del brief", "link set many down", "link set many name renamed"])
        tc("qdisc", "replace", "dev", "other", "root", "handle", "62:", "pfifo", "limit", "3")
        send("other", 7, 400)
