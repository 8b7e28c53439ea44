#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Drives MTA-STS in `nextmx` against real DNS, HTTPS and SMTP servers on loopback.

  tests/integration/test_sts.py build/cli/nextmx [CASE ...]

CASE narrows the run: sts_survive, sts_resolve.Without. Fails when a test fails or is skipped, and
when none ran. Ports 25 and 443 are needed: who may not bind them, or finds them taken, gets a
network of its own by unshare(1); and everybody mounts of their own.
"""

import os
import resource
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, ".."))

import sts_check
import sts_many
import sts_report
import sts_resolve
import sts_state
import sts_survive
import sts_verbs
from bed import network
from sts_bed import ADDRESS, HTTPS, SMTP, World

MOUNTS = "NEXTMX_TEST_MOUNTS"
MODULES = (sts_resolve, sts_survive, sts_check, sts_verbs, sts_report, sts_state,
           sts_many)


def mounts_of_our_own():
    """What the tests mount nobody else sees; the program is begun again for it."""
    if os.environ.get(MOUNTS):
        return
    os.environ[MOUNTS] = "1"
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    sys.stdout.flush()
    os.execvp("unshare", ["unshare", *user, "--mount", *network.propagation(), sys.executable,
                          *sys.argv])


def main():
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(__doc__.strip())
    network.need([(ADDRESS.format(1), port) for port in (SMTP, HTTPS)])
    mounts_of_our_own()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    names = sys.argv[2:] or [module.__name__ for module in MODULES]
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    world = World(sys.argv[1])
    try:
        for module in MODULES:
            if hasattr(module, "declare"):
                module.declare(world)
        world.start()
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
    finally:
        world.stop()
    bad = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"test_sts: {result.testsRun} tests run, {bad} failed, {len(result.skipped)} skipped")
    sys.exit(1 if bad or result.skipped or not result.testsRun else 0)


if __name__ == "__main__":
    main()
