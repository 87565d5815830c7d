# SPDX-License-Identifier: GPL-2.0-or-later
"""
Situations made so that the right values are known. An experiment is a generator of
(exposition, {family: [(labels, value), ...]}), and perhaps labels that choose the series meant; a
value may be (least, most). It runs in a network namespace of its own.
"""

import contextlib

from support.wait import DEADLINE_SECONDS, until
from table import bounds_of, differences, exported

SETTLE_SECONDS = 20
found = {}


def experiment(function):
    found[function.__name__] = function
    return function


def truth_of(series):
    """The reading that [(labels, value), ...] stands for."""
    return {tuple(sorted(labels.items())): value for labels, value in series}


def faults_of(exposition, family, series, where=()):
    chosen = exported(exposition, family, set(dict(where).items()))
    return differences(chosen, *bounds_of(truth_of(series)))


def settle(session, truth, where=()):
    """
    Yields of each family the first exposition in which it is as it should be, or the last one
    before this gave up. A truth that asking changes is a function, called before each exposition.
    """
    agreed, last = {}, {}

    def all_agree():
        expected = truth() if callable(truth) else truth
        exposition = session.scrape()
        for family, series in expected.items():
            last[family] = (exposition, {family: series}, where)
            if not faults_of(exposition, family, series, where):
                agreed.setdefault(family, last[family])
        return agreed.keys() == last.keys()
    try:
        until(all_agree, "the truth", SETTLE_SECONDS)
    except AssertionError:
        pass
    yield from (last | agreed).values()


def wait_for(session, condition, what):
    """The first exposition of which the condition is true; what is missing there is not yet."""
    def attempt():
        exposition = session.scrape()
        with contextlib.suppress(AssertionError):
            return exposition if condition(exposition) else None
    return until(attempt, what, DEADLINE_SECONDS)
