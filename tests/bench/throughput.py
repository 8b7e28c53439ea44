# SPDX-License-Identifier: BSD-2-Clause
"""Domains a second, beside libunbound's bare event interface."""

from registry import benchmark, row
from world import Broken


@benchmark("cold")
def cold(world):
    """Not written yet."""
    raise Broken("not written yet")


@benchmark("hot-dns")
def hot_dns(world):
    """Not written yet."""
    raise Broken("not written yet")


@benchmark("cores")
def cores(world):
    """Not written yet."""
    raise Broken("not written yet")


@benchmark("latency")
def latency(world):
    """Not written yet."""
    raise Broken("not written yet")


@benchmark("hostile")
def hostile(world):
    """Not written yet."""
    raise Broken("not written yet")


@benchmark("scan")
def scan(world):
    """Not written yet."""
    raise Broken("not written yet")
