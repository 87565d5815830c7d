# SPDX-License-Identifier: GPL-2.0-or-later
"""
Moments in which commands and exposition are compared: all commands, an exposition, all commands
again. A row that does not agree, perhaps because something moved, has some moments more.
"""

import traceback

import table
from reading import observations, reading
from support import tap

MOMENTS = 6
MOVED = ["no quiet moment: it changed while it was compared"]


class Moments:
    def __init__(self, reader, session, rows, show):
        self.reader, self.session, self.show = reader, session, show
        self.pending = {row.name: row for row in rows}
        self.faults = {}   # of each row in its last moment
        self.earlier = {}  # observations and exposition of the moment before, by row

    def compare(self):
        """{name: faults} of all rows."""
        for _ in range(MOMENTS):
            if self.pending:
                self.compare_once()
        return self.faults

    def compare_once(self):
        rows = list(self.pending.values())
        before = self.reader.read(rows)
        exposition = self.session.fresh()
        after = self.reader.read(rows)
        for row in rows:
            try:
                faults = self.judge(row, before[row.name], exposition, after[row.name])
            except AssertionError as failure:
                faults = str(failure).splitlines()
            except Exception:
                faults = traceback.format_exc().splitlines()
            self.faults[row.name] = faults
            if not faults:
                del self.pending[row.name]

    def judge(self, row, before, exposition, after):
        for read in (before, after):
            if isinstance(read, Exception):
                raise read
        if row.match == "observed":
            return self.judge_observed(row, observations(before), exposition, observations(after))
        before, after = reading(before), reading(after)
        if self.show:
            self.show_readings(row, before, exposition, after)
        if before.keys() != after.keys() or (row.match == "exact" and before != after):
            return MOVED
        return table.judge(row, before, exposition, after)

    def judge_observed(self, row, before, exposition, after):
        """A histogram is judged by how it has grown since the moment before."""
        earlier = self.earlier.get(row.name)
        self.earlier[row.name] = (after, exposition)
        if not earlier or not earlier[0] == before == after:
            return MOVED
        if self.show:
            tap.comment(f"{row.name} observes {before}")
        return table.judge_observed(row, earlier[1], exposition, after)

    @staticmethod
    def show_readings(row, before, exposition, after):
        found = table.exported(exposition, row.name)
        for labels in sorted(before.keys() | found.keys() | after.keys()):
            tap.comment(f"{row.name}{table.label_text(labels)} {found.get(labels)}: read "
                        f"{before.get(labels)}, then {after.get(labels)}")
