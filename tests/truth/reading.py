# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands run and read: from what a tool writes to the readings of the rows that name it."""

import collections
import itertools
import json
import math
import re
import shlex
import subprocess
import sys

import readers
from table import label_text

PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Reader:
    """
    Runs commands with shell and placeholders. A placeholder has one value, or a list of them: then
    the command runs for each, and its result is [{PLACEHOLDER: value, "output": ...}, ...].
    """

    def __init__(self, definitions, placeholders):
        self.definitions, self.placeholders = definitions, placeholders

    def output(self, command, values):
        def fill(match):
            return shlex.quote(str(values[match[1]])) if match[1] in values else match[0]

        text = PLACEHOLDER.sub(fill, command)
        done = subprocess.run(["sh", "-c", text], stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              errors="surrogateescape")
        assert done.returncode == 0, f"{text}: exit status {done.returncode}: {done.stderr}"
        return done.stdout

    def run(self, command, reader):
        """The command's output as plain values."""
        values = {name: value() if callable(value) else value
                  for name, value in self.placeholders.items()}
        many = [name for name in dict.fromkeys(PLACEHOLDER.findall(command))
                if isinstance(values.get(name), list)]
        if not many:
            return readers.read(command, self.output(command, values), reader)
        found = []
        for chosen in itertools.product(*(values[name] for name in many)):
            own = dict(zip(many, chosen))
            text = self.output(command, values | own)
            found.append(own | {"output": readers.read(command, text, reader)})
        return found

    def read(self, rows):
        """{name: what was read, or how that failed} of all rows; each command is run once."""
        found, values, readable = {}, {}, []
        for row in rows:
            key = f"{row.reader} {row.command}"
            try:
                if key not in values:
                    values[key] = self.run(row.command, row.reader)
            except Exception as failure:
                found[row.name] = failure
            else:
                readable.append((row, key))
        try:
            return found | self.jq(readable, values)
        except AssertionError:  # jq does not say whose fault it is
            return found | {row.name: self.jq_alone(row, key, values) for row, key in readable}

    def jq(self, readable, values):
        parts = [f"{json.dumps(row.name)}: (.[{json.dumps(key)}] | try [({row.read})] "
                 "catch {fault: .})" for row, key in readable]
        program = self.definitions + "{" + ",\n".join(parts) + "}"
        done = subprocess.run(["jq", "-c", program], input=json.dumps(values), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def jq_alone(self, row, key, values):
        try:
            return self.jq([(row, key)], values)[row.name]
        except AssertionError as failure:
            return failure


def reading(items):
    """{labels: value} of what a row's program yields; see table.py."""
    assert isinstance(items, list), items
    found = {}
    for item in items:
        labels, value = labels_and_value(item)
        assert labels not in found, f"read twice: {label_text(labels)}"
        found[labels] = value
    return found


def observations(items):
    """{labels: [value, ...]}: what a histogram should observe at each sample."""
    assert isinstance(items, list), items
    found = collections.defaultdict(list)
    for item in items:
        labels, value = labels_and_value(item)
        found[labels].append(value)
    return dict(found)


def labels_and_value(item):
    labels = tuple(sorted((name, str(text)) for name, text in item.items()
                          if name != "value" and text is not None and text != ""))
    value = item["value"]
    if isinstance(value, list):
        return labels, tuple(value)
    return labels, math.inf if value == sys.float_info.max else float(value)  # jq's "infinite"
