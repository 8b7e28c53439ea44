# SPDX-License-Identifier: BSD-2-Clause
"""nextmxd, beside other daemons."""

from registry import benchmark, row
from world import Broken


@benchmark("socketmap")
def socketmap(world):
    """Not written yet."""
    raise Broken("not written yet")


@benchmark("policy daemon")
def policy_daemon(world):
    """Not written yet."""
    raise Broken("not written yet")
