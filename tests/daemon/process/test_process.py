#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Drives the daemon's master, with workers that do what they are told.

  tests/daemon/process/test_process.py build/tests/daemon/process/bed [CASE ...]

CASE narrows the run: process_death, process_death.Storm. Fails when a test fails or is
skipped, and when none ran.
"""

import os
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..")]

import process_case

MODULES = ("process_start", "process_listen", "process_death", "process_reload", "process_stop",
           "process_manager")


def main():
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(__doc__.strip())
    process_case.PROGRAM = os.path.abspath(sys.argv[1])
    suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[2:] or MODULES)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
    bad = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"test_process: {result.testsRun} tests run, {bad} failed, {len(result.skipped)} skipped")
    sys.exit(1 if bad or result.skipped or not result.testsRun else 0)


if __name__ == "__main__":
    main()
