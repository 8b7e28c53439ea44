#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Drives `nextmx deliver` with real commands, its domains answered by real DNS servers on loopback.

  tests/integration/test_deliver_cli.py build/cli/nextmx [CASE ...]

CASE narrows the run: deliver_status, deliver_end.Signals. Fails when a test fails or is skipped, and
when none ran.
"""

import os
import signal
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from case import Shared

MODULES = ("deliver_status", "deliver_endpoint", "deliver_input", "deliver_output", "deliver_end",
           "deliver_report")


def main():
    # A shell that runs us in the background has them ignored, and so would be what we run.
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(__doc__.strip())
    suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[2:] or MODULES)
    Shared.start(sys.argv[1])
    try:
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
    finally:
        Shared.bed.stop()
    bad = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"test_deliver_cli: {result.testsRun} tests run, {bad} failed, "
          f"{len(result.skipped)} skipped")
    sys.exit(1 if bad or result.skipped or not result.testsRun else 0)


if __name__ == "__main__":
    main()
