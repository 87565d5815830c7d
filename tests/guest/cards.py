#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Real drivers: each packet that a card puts on the wire is in the metrics, once."""

import pathlib
import time

from support import tap
from support.cards import N_BYTES, Wire, cards, take
from support.changes import check_notification, ethtool, feature
from support.daemon import Daemon
from support.network import ip
from support.wait import until

DRIVERS = {"e1000e", "vmxnet3", "8139cp", "virtio_net"}
N_DATAGRAMS = 50
HEADERS = 14 + 20 + 8


def sent(exposition, device):
    """(packets, bytes) that left by the device: of its root, and of the leaves added up."""
    def total(unit, wanted):
        return sum(value for own, value in exposition.samples(f"txpath_qdisc_sent_{unit}_total")
                   if own["device"] == device and wanted(own))

    roots = tuple(total(unit, lambda own: own["parent"] == "root") for unit in ("packets", "bytes"))
    leaves = tuple(total(unit, lambda own: own["kind"] != "mq") for unit in ("packets", "bytes"))
    return roots, leaves


def is_quiet(device):
    """Multicast groups are reported for a while after the link is up, each second at least."""
    file = pathlib.Path("/sys/class/net", device, "statistics/tx_packets")
    before = file.read_text()
    time.sleep(2)
    return file.read_text() == before


def check_sending(near, far):
    with Wire(near, far) as wire, Daemon() as daemon:
        until(lambda: is_quiet(near.device), f"silence on {near.device}")
        before = sent(daemon.next_sample("qdisc"), near.device)
        wire.send(N_DATAGRAMS)
        after = sent(daemon.next_sample("qdisc"), near.device)
    for kind in range(2):
        tap.equal(after[kind][0] - before[kind][0], N_DATAGRAMS, f"packets sent by {near}")
        tap.equal(after[kind][1] - before[kind][1], N_DATAGRAMS * (N_BYTES + HEADERS), "bytes")


def register(driver):
    def every_packet_is_counted():
        present = cards()
        near, = [card for card in present if card.driver == driver]
        check_sending(near, present[(present.index(near) + 1) % len(present)])
    every_packet_is_counted.__name__ = f"every packet of {driver} is counted"
    tap.test(every_packet_is_counted)


@tap.test
def the_cards_are_there():
    tap.equal({card.driver for card in cards()}, DRIVERS)


@tap.test
def each_queue_of_virtio_net_has_a_class():
    near, = [card for card in cards() if card.driver == "virtio_net"]
    ip("link", "set", near.device, "up")
    with Daemon() as daemon:
        classes = {own["class"] for own, _ in
                   daemon.next_sample("qdisc").samples("txpath_class_sent_packets_total")
                   if own["device"] == near.device and own["kind"] == "mq"}
    ip("link", "set", near.device, "down")
    tap.equal(len(classes), 4, f"classes {sorted(classes)}")


@tap.test
def there_is_nothing_that_cannot_be_asked_for():
    """What drivers do not have is no failure; a request that the kernel refuses would be one."""
    with Daemon() as daemon:
        info, = [own for own, _ in daemon.next_sample("nic").samples("txpathd_collector_info")
                 if own["collector"] == "nic"]
    tap.equal(info, {"collector": "nic", "status": "ok"})


def card_of(driver):
    return next(card for card in cards() if card.driver == driver).device


def ring(device):
    return lambda exposition: exposition.value("txpath_nic_ring_entries", device=device, ring="tx")


def channels(device):
    return lambda exposition: exposition.value("txpath_nic_channels", device=device,
                                               kind="combined")


@tap.test
def changes_of_rings_channels_and_features_are_told_of_by_notifications():
    with Daemon(config={"collectors": {}}) as daemon:
        for driver, few, many in (("e1000e", "256", "1024"), ("vmxnet3", "512", "1024")):
            device = card_of(driver)
            check_notification(daemon, ring(device), (("-G", device, "tx", many), int(many)),
                               (("-G", device, "tx", few), int(few)))
            ethtool("-G", device, "tx", few)
        device = card_of("virtio_net")
        check_notification(daemon, channels(device), (("-L", device, "combined", "2"), 2),
                           (("-L", device, "combined", "4"), 4))
        ethtool("-L", device, "combined", "4")
        for driver in ("e1000e", "vmxnet3"):
            device = card_of(driver)
            check_notification(daemon, feature(device, "tx-tcp-segmentation"),
                               (("-K", device, "tso", "off"), 0), (("-K", device, "tso", "on"), 1))
            ethtool("-K", device, "tso", "on")


for name in sorted(DRIVERS):
    register(name)
take()
tap.run()
