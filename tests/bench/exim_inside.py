#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""exim_inside.py BUILD HOT-DOMAINS FAR-DOMAINS DELAY-MS ROUNDS

What exim.py has measured in namespaces of its own: begins itself again there, and prints
{"hot": {"nextmx": [run...], "no-route-cache": ..., "exim": ...}, "far": {"20": ..., "100": ...,
"exim": ...}} as JSON, a run a round: what Exim's or ours' function run() here gives.
"""

import json
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]

from bed import mta

import exim_expect
import measure
from exim_resolver import Resolver
from exim_run import Batch, Spent
from servers import relay
from world import Broken, World

PROCESSES = 20
SETTLED = 4  # passes over what is in the cache, each so short that one alone says little


class Ours:
    """A run of drive; its figures are those of the last passes."""

    def __init__(self, world, names, settings):
        self._command = [world.program("drive")]
        for setting in settings:
            self._command += ["--set", setting]
        self._world = world
        self._names = names

    def run(self, in_flight, passes, *settings):
        """rate of the first pass, or the median of all others; thread: how busy drive's thread was"""
        command = self._command + ["--in-flight", str(in_flight), "--passes", str(passes)]
        for setting in settings:
            command += ["--set", setting]
        spent = Spent("nextmx")
        found = self._world.figures(*command, input="".join(f"{name}\n" for name in self._names))
        cpu_ms = per_domain(spent, self._names)
        counted = range(2, passes + 1) if passes > 1 else (1,)
        for n in range(1, passes + 1):
            exim_expect.check_ours(self._names, found, f"pass{n}-")
        return {"rate": measure.median([found[f"pass{n}-domains-per-second"] for n in counted]),
                "thread": found["pass1-cpu-seconds"] / found["pass1-seconds"],
                "cpu_ms": cpu_ms}


class Theirs:
    """A run of Exim in one process or several."""

    def __init__(self, folder, names, processes):
        folder = os.path.join(folder, f"exim{processes}")
        os.mkdir(folder, 0o755)
        self._batch = Batch(folder, names, processes)
        self._names = names

    def run(self):
        spent = Spent("exim")
        rate = self._batch.run()
        cpu_ms = per_domain(spent, self._names)
        exim_expect.check_exim(self._names, self._batch.outcomes())
        return {"rate": rate, "cpu_ms": cpu_ms}


def per_domain(spent, names):
    return {name: 1000 * seconds / len(names) for name, seconds in spent.seconds().items()}


def hot(world, domains, folder, rounds):
    """Everything was asked before. What failed is forgotten sooner than the rest, so each of Exim's
    rounds begins with another that is not counted."""
    ours = Ours(world, domains.names, domains.settings())
    theirs = Theirs(folder, domains.names, 1)

    def run_theirs():
        theirs.run()
        return theirs.run()

    with Resolver(domains, folder):
        return measure.in_turn({
            "nextmx": lambda: ours.run(20, 1 + SETTLED),
            "no-route-cache": lambda: ours.run(20, 2, "cache-size=0"),
            "exim": run_theirs}, rounds)


def far(world, domains, names, folder, delay_ms, rounds):
    """Nothing was asked before, and every server is delay_ms away."""
    port = world.keep(relay(world, domains.bed.port, delay_ms))
    ours = Ours(world, names, domains.settings(port))
    theirs = Theirs(folder, names, PROCESSES)

    def run_theirs():
        with Resolver(domains, folder, port):
            return theirs.run()

    return measure.in_turn({"20": lambda: ours.run(20, 1), "100": lambda: ours.run(100, 1),
                            "exim": run_theirs}, rounds)


def main():
    mta.enter()
    mta.use_resolver()
    build = sys.argv[1]
    n_hot, n_far, delay_ms, rounds = (int(word) for word in sys.argv[2:])
    with World(build) as world:
        os.chmod(world.folder, 0o755)  # Exim reads as a user of its own
        domains = world.domains(max(n_hot, n_far))
        found = {"hot": hot(world, domains, world.folder, rounds),
                 "far": far(world, domains, domains.names[:n_far], world.folder, delay_ms, rounds)}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    try:
        main()
    except (Broken, RuntimeError) as error:
        sys.exit(str(error))
