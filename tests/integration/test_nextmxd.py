#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Drives a real nextmxd against real DNS servers on loopback: answers, faults, load.

  tests/integration/test_nextmxd.py build/daemon/nextmxd build/cli/nextmx [CASE ...]

CASE narrows the run: nextmxd_answers, nextmxd_faults.Crashes. Fails when a test fails or is
skipped, and when none ran.
"""

import os
import resource
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, ".."))

import nextmxd_answers
import nextmxd_faults
import nextmxd_load
from nextmxd_bed import World

MODULES = (nextmxd_answers, nextmxd_faults, nextmxd_load)


def main():
    if len(sys.argv) < 3 or not all(os.access(path, os.X_OK) for path in sys.argv[1:3]):
        sys.exit(__doc__.strip())
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    names = sys.argv[3:] or [module.__name__ for module in MODULES]
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    world = World(*map(os.path.abspath, sys.argv[1:3]))
    try:
        for module in MODULES:
            module.world = world
        world.start()
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
    finally:
        world.stop()
    bad = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"test_nextmxd: {result.testsRun} tests run, {bad} failed, "
          f"{len(result.skipped)} skipped")
    sys.exit(1 if bad or result.skipped or not result.testsRun else 0)


if __name__ == "__main__":
    main()
