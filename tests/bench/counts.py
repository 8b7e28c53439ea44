# SPDX-License-Identifier: BSD-2-Clause
"""Rounds, look-ups, verdicts: counts, which no noise can change."""

from registry import benchmark, row
from world import Broken


@benchmark("rounds")
def rounds(world):
    """Not written yet."""
    raise Broken("not written yet")


@benchmark("rounds-cold")
def rounds_cold(world):
    """Not written yet."""
    raise Broken("not written yet")


@benchmark("queries")
def queries(world):
    """Not written yet."""
    raise Broken("not written yet")


@benchmark("sane")
def sane(world):
    """Not written yet."""
    raise Broken("not written yet")
