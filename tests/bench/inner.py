# SPDX-License-Identifier: BSD-2-Clause
"""What is done in memory: routes from the cache, and plans."""

from registry import benchmark, row
from world import Broken


@benchmark("hot-route")
def hot_route(world):
    """Not written yet."""
    raise Broken("not written yet")


@benchmark("order")
def order(world):
    """Not written yet."""
    raise Broken("not written yet")
