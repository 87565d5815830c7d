#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Real drivers: how long a card takes to be done with a packet, and what it is not asked for."""

from support import tap
from support.cards import Wire, cards, take
from support.latency import LOSSES, Histogram, sampling
from support.wait import until

# Those that are done with a packet when it is on the wire, and say so.
DRIVERS = {"e1000e", "vmxnet3", "8139cp"}
N_DATAGRAMS = 50


def check_completions(near, far):
    with Wire(near, far) as wire:
        before = daemon.next_sample("latency")
        wire.send(N_DATAGRAMS)

        def completed():
            """Some drivers are told of completions no sooner than they send again."""
            wire.send(1)
            found = Histogram(daemon.next_sample("latency"), "nic", near.device)
            return found.n >= N_DATAGRAMS and found
        found = until(completed, "completions")
        after = daemon.next_sample("latency")
        tap.comment(f"{near.driver}: {found}")
        driver = Histogram(after, "driver", near.device)
        assert driver.n >= found.n, "more were completed than started"
        assert found.sum > 0
        tap.equal(*(one.value(LOSSES, collector="latency", cause="overwritten")
                    for one in (before, after)), "lost")


def register(driver):
    def completions_are_timed():
        present = cards()
        near, = [card for card in present if card.driver == driver]
        check_completions(near, present[(present.index(near) + 1) % len(present)])
    completions_are_timed.__name__ = f"completions of {driver} are timed"
    tap.test(completions_are_timed)


for name in sorted(DRIVERS):
    register(name)
take()
with sampling() as daemon:
    tap.run()
