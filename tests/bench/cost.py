# SPDX-License-Identifier: BSD-2-Clause
"""What a route costs: instructions, allocations, octets."""

from registry import benchmark, row
from world import Broken


@benchmark("memory")
def memory(world):
    """Not written yet."""
    raise Broken("not written yet")


@benchmark("allocs")
def allocs(world):
    """Not written yet."""
    raise Broken("not written yet")


@benchmark("instructions")
def instructions(world):
    """Not written yet."""
    raise Broken("not written yet")
