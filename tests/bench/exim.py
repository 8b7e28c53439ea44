# SPDX-License-Identifier: BSD-2-Clause
"""nextmx, beside an MTA that resolves for itself."""

from registry import benchmark, row
from world import Broken


@benchmark("exim")
def exim(world):
    """Not written yet."""
    raise Broken("not written yet")
