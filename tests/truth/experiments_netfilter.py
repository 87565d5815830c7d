# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules that are registered, and packets that wait for a program."""

import copy
import re
import subprocess

import netfilter
from experiments import experiment, settle
from session import Session
from support.daemon import QUICK

FAMILIES = {"ip": "ipv4", "ip6": "ipv6"}
HOOKS = ("forward", "output", "postrouting")
ANOTHER = """
table ip another {
    chain output {
        type filter hook output priority 9;
    }
}
"""


def configuration(**options):
    config = copy.deepcopy(QUICK)
    config["collectors"]["netfilter"] |= options
    return config


def registered():
    """What nft lists: {(family, hook): number of functions}; empty where the kernel cannot."""
    text = subprocess.run(["nft", "list", "hooks"], check=True, stdout=subprocess.PIPE,
                          text=True).stdout
    found = {}
    for family, hooks in re.findall(r"^family (\w+) \{\n(.*?)^\}", text, re.M | re.S):
        for hook, functions in re.findall(r"^\thook (\w+) \{\n(.*?)^\t\}", hooks, re.M | re.S):
            found[family, hook] = len(functions.splitlines())
    return found


@experiment
def hooks_that_are_registered():
    """Twice, the second time with one function more. Nothing where nft cannot list them either."""
    netfilter.load(netfilter.RULES)
    with Session(config=configuration(hooks=True, load_modules=True)) as session:
        for rules in ("", ANOTHER):
            netfilter.load(rules)
            found = registered()
            yield from settle(session, {"txpath_netfilter_hooks": [
                ({"family": label, "hook": hook}, found.get((family, hook), 0))
                for family, label in FAMILIES.items() for hook in HOOKS if found]})


@experiment
def packets_that_wait_for_a_program():
    """So many as it wants to let wait, or its socket takes; the others are dropped."""
    rules = netfilter.Netfilter()
    rules.make()
    rules.use()
    full, deaf, *raced = ({"queue": str(number)} for number in netfilter.queues)
    waiting, sent = netfilter.LIMIT, netfilter.N_PACKETS

    def drops(queue, queue_full, userspace):
        return [(queue | {"cause": "queue_full"}, queue_full),
                (queue | {"cause": "userspace"}, userspace)]
    with Session() as session:
        # How many fit into the smallest socket is the kernel's own affair; there is room for one.
        yield from settle(session, {
            "txpath_nfqueue_depth_packets": [
                (full, waiting), (deaf, (1, sent - 1)), *((queue, 0) for queue in raced)],
            "txpath_nfqueue_drops_total": [
                *drops(full, sent - waiting, 0), *drops(deaf, 0, (1, sent - 1)),
                *(drop for queue in raced for drop in drops(queue, 0, 0))]})
        exposition = session.fresh()
        stayed = exposition.value("txpath_nfqueue_depth_packets", **deaf)
        yield exposition, {"txpath_nfqueue_drops_total": drops(deaf, 0, sent - stayed)}, deaf
