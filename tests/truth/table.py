# SPDX-License-Identifier: GPL-2.0-or-later
"""
The rows of table.toml, and the judgement of one: whether what is exported is what was read.

A reading is {labels: value} of one family, where labels is a sorted tuple of (name, value) pairs,
and value a number or, where a tool rounds, (least, most).
"""

import dataclasses
import math
import pathlib
import re
import tomllib

TABLE = pathlib.Path(__file__).with_name("table.toml")
DEFINITIONS = "definitions"
MATCH = re.compile(r"exact|between|observed|within (?P<margin>[\d.]+)(?P<percent> ?%)?")


@dataclasses.dataclass
class Row:
    """One table of table.toml, whose head says what each key means."""

    name: str
    command: str = None
    read: str = "."
    reader: str = None
    match: str = "exact"
    bounds: tuple = ()
    experiment: str = None
    zero: str = None
    missing: str = None

    def __post_init__(self):
        assert self.command or self.experiment, f"{self.name}: neither command nor experiment"
        assert MATCH.fullmatch(self.match), f"{self.name}: match = {self.match!r}"
        assert self.match != "observed" or self.bounds, f"{self.name}: bounds"

    def margin(self, value):
        """How far from the value is still right."""
        match = MATCH.fullmatch(self.match)
        margin = float(match["margin"] or 0)
        return abs(value) * margin / 100 if match["percent"] else margin


def load():
    """(jq definitions, {name: Row})"""
    with open(TABLE, "rb") as file:
        tables = tomllib.load(file)
    definitions = tables.pop(DEFINITIONS)["jq"]
    return definitions, {name: Row(name, **table) for name, table in tables.items()}


def label_text(labels):
    return "{" + ", ".join(f'{name}="{value}"' for name, value in labels) + "}"


def span(value):
    return value if isinstance(value, tuple) else (value, value)


def exported(exposition, name, where=()):
    """The reading of a family that is exported; only series with the labels in where, if any."""
    return {labels: value for (own, labels), value in
            (exposition.families[name].samples if name in exposition.families else {}).items()
            if own == name and set(where) <= set(labels)}


def differences(found, least, most, margin=lambda value: 0):
    """What is wrong with the found reading, line by line, when each value has its bounds."""
    faults = [f"{label_text(labels)} {found[labels]}: should not be there"
              for labels in found if labels not in least]
    for labels, low in least.items():
        high = most[labels]
        wanted = f"{low}" if low == high else f"{low} to {high}"
        if labels not in found:
            faults.append(f"{label_text(labels)} is not there: should be {wanted}")
        elif not low - margin(low) <= found[labels] <= high + margin(high):
            faults.append(f"{label_text(labels)} {found[labels]}: should be {wanted}")
    return faults


def bounds_of(*readings):
    """The least and the most of each value in readings of the same series."""
    return ({labels: min(span(one[labels])[0] for one in readings) for labels in readings[0]},
            {labels: max(span(one[labels])[1] for one in readings) for labels in readings[0]})


def judge(row, before, exposition, after):
    """What is wrong with a family, by its readings before and after, of the same series."""
    found = exported(exposition, row.name)
    least, most = bounds_of(before, after)
    faults = differences(found, least, most, row.margin)
    if not before and not row.missing:
        faults.append("nothing to compare")
    elif before and not any(most.values()) and not row.zero:
        faults.append("every value is 0")
    return faults


def judge_observed(row, first, second, observations):
    """
    What is wrong with a histogram: between two expositions, with the same observations
    ({labels: [value, ...]}) all the time, it should have grown by n times just these.
    """
    increase, faults = {}, []
    now, past = second.families.get(row.name), first.families.get(row.name)
    if not now or not past:
        return ["it is not there"]
    for (name, labels), value in now.samples.items():
        own = dict(labels)
        part = float(own.pop("le")) if "le" in own else name.rpartition("_")[2]
        series = increase.setdefault(tuple(sorted(own.items())), {})
        series[part] = value - past.samples.get((name, labels), 0)
    for labels in increase.keys() ^ observations.keys():
        faults.append(f"{label_text(labels)}: only on one side")
    for labels in increase.keys() & observations.keys():
        faults += [f"{label_text(labels)} {fault}" for fault in
                   histogram_faults(row, increase[labels], observations[labels])]
    if not any(any(values) for values in observations.values()):
        faults.append("every observation is 0")
    return faults


def histogram_faults(row, increase, values):
    samples, rest = divmod(increase["count"], len(values))
    if not samples or rest:
        return [f"_count grew by {increase['count']} with {len(values)} observations a sample"]
    wanted = {"count": len(values), "sum": sum(values)}
    wanted |= {bound: sum(value <= bound for value in values)
               for bound in (*map(float, row.bounds), math.inf)}
    faults = [f"le={bound}: no such bound" for bound in increase.keys() - wanted.keys()]
    for part, number in wanted.items():
        if part not in increase:
            faults.append(f"le={part} is not there")
        elif not math.isclose(increase[part], samples * number, rel_tol=1e-9):
            faults.append(f"{part} grew by {increase[part]} in {samples} samples: should be "
                          f"{samples * number}")
    return faults
