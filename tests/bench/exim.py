# SPDX-License-Identifier: BSD-2-Clause
"""nextmx, beside an MTA that resolves for itself.

Exim asks port 53 of the address in /etc/resolv.conf. So that the machine keeps its own, all of it
runs in a child with namespaces of its own, exim_inside.py, which says in JSON what it measured.
"""

import json
import os
import sys

import measure
from registry import benchmark, row
from world import Broken

HERE = os.path.dirname(os.path.abspath(__file__))
INSIDE = os.path.join(HERE, "exim_inside.py")
PROGRAMS = os.path.join(HERE, "..", "..", "build-mta")
HOT_DOMAINS = 3000
FAR_DOMAINS = 2000
DELAY_MS = 20
ROUNDS = 3


@benchmark("exim")
def exim(world):
    """Routes a second, beside `exim -bt` with check_srv that asks a local unbound."""
    for program in ("exim4", "unbound"):
        if not os.path.exists(os.path.join(PROGRAMS, program)):
            raise Broken(f"no build-mta/{program}: scripts/setup bench unpacks it")
    os.chmod(world.folder, 0o711)  # Exim goes through it as a user of its own
    found = json.loads(world.run(
        "setpriv", "--pdeathsig", "KILL", sys.executable, INSIDE, world.build,
        *map(str, (HOT_DOMAINS, FAR_DOMAINS, DELAY_MS, ROUNDS)),
        env={**os.environ, "TMPDIR": world.folder}))
    yield hot(found["hot"])
    for in_flight in (20, 100):
        yield far(found["far"], in_flight)


def rates(runs):
    return [run["rate"] for run in runs]


def compared(case, ours, theirs, note):
    ours, theirs = rates(ours), rates(theirs)
    return row("exim", case, ours=measure.median(ours), reference=measure.median(theirs),
               ratio=measure.ratio(ours, theirs), unit="domains/s",
               note=f"{measure.spread(ours, theirs)}; {note}")


def hot(found):
    without = measure.median(rates(found["no-route-cache"]))
    return compared("hot", found["nextmx"], found["exim"],
                    f"one exim -bt, unbound has all answers; ours without the route cache "
                    f"{without:,.0f}; processor ms a domain: {spent(found['exim'])}")


def far(found, in_flight):
    ours, theirs = found[str(in_flight)], found["exim"]
    busy = measure.median([run["thread"] for run in ours])
    return compared(str(in_flight), ours, theirs,
                    f"20 exim -bt, cold, all {DELAY_MS} ms away: a domain takes "
                    f"{trips(ours, in_flight)} of these, Exim {trips(theirs, 20)}; ours asks "
                    f"TLSA and MTA-STS too, and its thread is busy {busy:.0%} of the time; "
                    f"processor ms a domain: {spent(ours)} against {spent(theirs)}")


def trips(runs, in_flight):
    """What a domain takes from start to end, in round trips."""
    return f"{in_flight * 1000 / measure.median(rates(runs)) / DELAY_MS:.1f}"


def spent(runs):
    """Who worked how long, the median of the rounds."""
    names = sorted({name for run in runs for name in run["cpu_ms"]})
    figures = {name: measure.median([run["cpu_ms"].get(name, 0) for run in runs])
               for name in names}
    return ", ".join(f"{name} {ms:.2f}" for name, ms in figures.items() if ms >= 0.005)
