# SPDX-License-Identifier: GPL-2.0-or-later
"""A strict reader of the Prometheus text format 0.0.4: what is merely tolerated elsewhere fails."""

import functools
import math
import re

NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|\Z)')
SERIES = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?')
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN", re.I)
ESCAPE = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
TYPES = ("gauge", "counter", "histogram")
SUFFIXES = ("_bucket", "_sum", "_count")


def parse_labels(text):
    labels, position = {}, 0
    while position < len(text):
        match = LABEL.match(text, position)
        assert match and match[1] not in labels, f"labels {text!r}"
        value = re.sub(r"\\.", lambda escape: ESCAPE[escape[0]], match[2])
        assert value, f"an empty label should be absent: {text!r}"
        labels[match[1]] = value
        position = match.end()
    return labels


@functools.lru_cache(maxsize=1 << 16)
def parse_series(text):
    """The same series come in one exposition after the other; its name, and its labels in order."""
    match = SERIES.fullmatch(text)
    assert match, f"series {text!r}"
    return match[1], tuple(sorted(parse_labels(match[2] or "").items()))


@functools.lru_cache(maxsize=1 << 16)
def without_bound(labels):
    """The labels of a histogram's bucket but for its bound, and the bound."""
    bounds = [value for name, value in labels if name == "le"]
    return (tuple(label for label in labels if label[0] != "le"),
            parse_number(bounds[0]) if bounds else None)


def parse_number(text):
    if text.isdecimal() and text.isascii():
        return int(text)
    assert NUMBER.fullmatch(text), f"number {text!r}"
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)


class Family:
    def __init__(self, name, help_text):
        self.name, self.help, self.type = name, help_text, None
        self.samples = {}  # (name, sorted labels) -> value, in order

    def add(self, name, labels, value):
        expected = [self.name + suffix for suffix in SUFFIXES]
        assert name in (expected if self.type == "histogram" else [self.name]), name
        key = (name, labels)
        assert key not in self.samples, f"duplicate series {key}"
        if self.type != "gauge":
            assert value >= 0, f"negative: {key}"
        self.samples[key] = value

    def check_histograms(self):
        series = {}
        for (name, labels), value in self.samples.items():
            key, bound = without_bound(labels)
            parts = series.setdefault(key, {"buckets": []})
            if name.endswith("_bucket"):
                parts["buckets"].append((bound, value))
            else:
                parts[name.rsplit("_", 1)[1]] = value
        for key, parts in series.items():
            bounds = [bound for bound, _ in parts["buckets"]]
            counts = [count for _, count in parts["buckets"]]
            assert bounds == sorted(set(bounds)) and bounds[-1] == math.inf, f"{self.name} {key}"
            assert counts == sorted(counts), f"{self.name} {key}: not cumulative: {counts}"
            assert counts[-1] == parts["count"], f"{self.name} {key}: +Inf is not _count"
            assert "sum" in parts, f"{self.name} {key}: no _sum"


class Exposition:
    """families by name; value() and samples() look into them."""

    def __init__(self, body):
        self.families = {}
        text = body.decode("utf-8")
        assert not text or text.endswith("\n"), "the last line is not ended"
        for line in text.split("\n")[:-1]:
            self.parse_line(line)
        for family in self.families.values():
            assert family.type and family.samples, f"{family.name} has no type or no samples"
            if family.type == "histogram":
                family.check_histograms()

    def parse_line(self, line):
        last = next(reversed(self.families.values()), None)
        if line.startswith("# HELP "):
            name, _, help_text = line[7:].partition(" ")
            assert NAME.fullmatch(name) and help_text, line
            assert name not in self.families, f"{name} comes twice"
            self.families[name] = Family(name, help_text)
        elif line.startswith("# TYPE "):
            name, _, kind = line[7:].partition(" ")
            assert last and name == last.name and not last.type and kind in TYPES, line
            last.type = kind
        else:
            series, space, value = line.rpartition(" ")
            assert space and last and last.type, f"line {line!r}"
            last.add(*parse_series(series), parse_number(value))

    def samples(self, name):
        """(labels, value) of every sample of that name; none when there is no such family."""
        family = self.families.get(name)
        for suffix in SUFFIXES:
            if not family and name.endswith(suffix):
                family = self.families.get(name.removesuffix(suffix))
        return [(dict(labels), value) for (own, labels), value in
                (family.samples.items() if family else ()) if own == name]

    def value(self, name, **labels):
        """The one sample with exactly these labels."""
        found = [value for own, value in self.samples(name) if own == labels]
        assert len(found) == 1, f"{name}{labels}: {found} of {self.samples(name)}"
        return found[0]
