#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Drives `nextmx check` against real DNS and SMTP servers on loopback.

  tests/integration/test_check.py build/cli/nextmx [CASE ...]

CASE narrows the run: check_faults, check_certs.Certificates. Fails when a test fails or is skipped,
and when none ran. Ports 25 and 465 are needed: who may not bind them, or finds them taken, gets a
network of its own by unshare(1).
"""

import os
import resource
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, ".."))

import check_certs
import check_faults
import check_hosts
import check_ports
import check_replies
import check_run
from bed import network
from check_case import World

MODULES = (check_faults, check_certs, check_ports, check_run, check_hosts, check_replies)


def main():
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(__doc__.strip())
    network.need([(check_ports.ADDRESS.format(1), port) for port in (25, 465)])
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a server for each fault
    names = sys.argv[2:] or [module.__name__ for module in MODULES]
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    world = World(sys.argv[1])
    try:
        for module in MODULES:
            module.declare(world)
        world.start()
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
    finally:
        world.stop()
    bad = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"test_check: {result.testsRun} tests run, {bad} failed, {len(result.skipped)} skipped")
    sys.exit(1 if bad or result.skipped or not result.testsRun else 0)


if __name__ == "__main__":
    main()
