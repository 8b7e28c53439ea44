# SPDX-License-Identifier: BSD-2-Clause
"""The benchmarks by name, and what a line of the table is.

A benchmark is a function of a World that yields rows; its name is that of the table in
docs/performance.md. What it has to reach stands in targets.json, for all of them.
"""

import collections
import json
import operator
import os

HERE = os.path.dirname(os.path.abspath(__file__))

# name, case: a benchmark may have several cases, each a line. ours and reference are figures in unit,
# or None; ratio is ours to reference; met is whether the target is.
Row = collections.namedtuple("Row", "name case ours reference ratio unit target met note")

BENCHMARKS = {}
# What is run by name only and has no target: functions of a World that print for themselves and yield
# what goes into the JSON.
REPORTS = {}
_RELATIONS = {"==": operator.eq, ">=": operator.ge, "<=": operator.le}

with open(os.path.join(HERE, "targets.json"), encoding="utf-8") as file:
    _TARGETS = json.load(file)


def benchmark(name):
    """A decorator; the function's first line of text says what is measured."""
    def register(function):
        BENCHMARKS[name] = function
        return function
    return register


def report(name):
    """The same for what is run by name only."""
    def register(function):
        REPORTS[name] = function
        return function
    return register


def row(name, case="", *, ours, reference=None, ratio=None, unit, note=""):
    """A line. The ratio is that of the figures, unless it was measured pair by pair."""
    if ratio is None and reference:
        ratio = ours / reference
    wanted = _TARGETS[name].get(case) or _TARGETS[name]["*"]
    figures = {"ours": ours, "ratio": ratio}
    met = all(figures[figure] is not None and _RELATIONS[relation](figures[figure], bound)
              for figure, (relation, bound) in wanted.items())
    target = ", ".join(f"{'' if figure == 'ratio' else figure + ' '}{relation} {bound:g}"
                       if bound < 1e6 else f"{figure} {relation} {bound:,}"
                       for figure, (relation, bound) in wanted.items())
    return Row(name, case, ours, reference, ratio, unit, target, met, note)
