# SPDX-License-Identifier: GPL-2.0-or-later
"""What TCP sends again, of which the kernel's own counters (nstat) are the truth; and programs."""

import copy

from experiments import experiment, settle
from losses import Losses
from session import Session
from support.bpf import accounting, ids_of, show
from support.cgroups import Cgroups
from support.counters import counters
from support.daemon import EVERYTHING, QUICK
from support.network import Peer

PACKETS = "txpath_retransmitted_packets_total"
SEGMENTS = "txpath_retransmitted_segments_total"
ATTACHED = "txpathd_bpf_program_attached"
SECONDS = "txpathd_bpf_program_run_seconds_total"
RUNS = "txpathd_bpf_program_runs_total"
LOST = "txpathd_bpf_lost_events_total"
KINDS = ("syn", "synack", "timeout", "slow_start", "fast", "loss_probe", "other")
CAUSES = ("busy", "map_full", "no_memory")
COLLECTOR = {"collector": "retransmit"}
ALWAYS = {"retransmit": ("retransmit", "retransmit_error"), "synack": ("tcp_retransmit_synack",)}
FOR_COMM = ("send", "receive", "open")


def options(**own):
    config = copy.deepcopy(QUICK)
    config["collectors"]["retransmit"] = EVERYTHING["collectors"]["retransmit"] | own
    return config


def by_kind(counted):
    """Each loss is of a piece that is a packet and a segment; probes are what is left over."""
    count = {name: counted["TcpExtTCP" + name] for name in
             ("SynRetrans", "Timeouts", "SlowStartRetrans", "FastRetrans", "RetransFail")}
    kinds = dict.fromkeys(KINDS, 0) | {
        "syn": count["SynRetrans"], "timeout": count["Timeouts"] - count["SynRetrans"],
        "slow_start": count["SlowStartRetrans"], "fast": count["FastRetrans"]}
    return kinds | {"loss_probe": counted["TcpRetransSegs"] - count["RetransFail"]
                    - sum(kinds.values())}


@experiment
def losses_of_each_kind():
    with Cgroups() as cgroups, Session(config=options()) as session:
        losses = Losses(Peer())
        session.fresh()
        for lose in (losses.lose_one, losses.lose_the_last, losses.lose_everything,
                     losses.lose_the_first):
            with cgroups.entered("unlucky.service"):
                lose()
            kinds = by_kind(counters())
            truth = [({"kind": kind, "unit": unit}, n if unit == "unlucky.service" else 0)
                     for kind, n in kinds.items() for unit in ("unlucky.service", "(other)")]
            yield from settle(session, {PACKETS: truth, SEGMENTS: truth})
        assert all(kinds[kind] for kind in ("syn", "timeout", "slow_start", "fast", "loss_probe"))


def programs(attached):
    return [(COLLECTOR | {"program": name}, int(name in attached))
            for name in (*ALWAYS, *FOR_COMM)]


def accounts(session):
    """{role: what bpftool says of its program}, of those that always run."""
    shown = [show("prog", number) for number in ids_of(session, "prog")]
    return {role: one for role, names in ALWAYS.items() for one in shown
            if one["name"] in names or any(name[:15] == one["name"] for name in names)}


@experiment
def programs_that_run():
    """As bpftool has them, when the kernel begins to account for them, and when it ends."""
    with Session(config=options()) as session:
        losses = Losses(Peer())
        yield from settle(session, {ATTACHED: programs(ALWAYS), RUNS: []}, COLLECTOR)
        with accounting():
            losses.lose_the_first()
            losses.lose_one()
        own = accounts(session)
        assert own["retransmit"]["run_cnt"] >= 2, own
        ran = {role: one for role, one in own.items() if one.get("run_cnt")}
        yield from settle(session, {
            RUNS: [(COLLECTOR | {"program": role}, one["run_cnt"]) for role, one in ran.items()],
            SECONDS: [(COLLECTOR | {"program": role}, one["run_time_ns"] / 1e9)
                      for role, one in ran.items()],
            LOST: [(COLLECTOR | {"cause": cause}, 0) for cause in CAUSES]}, COLLECTOR)
    with Session(config=options(comm=True)) as session:
        yield from settle(session, {ATTACHED: programs((*ALWAYS, *FOR_COMM))}, COLLECTOR)
