#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Drives nextmx scan against real DNS servers on loopback.

  tests/integration/test_scan.py build/cli/nextmx [CASE ...]

CASE narrows the run: scan_resume, scan_resume.Killed. NEXTMX_TEST_SCAN_DOMAINS and
NEXTMX_TEST_SCAN_KILLS say how many domains, and how often a scan is killed.
Fails when a test fails or is skipped, and when none ran.
"""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from scan_case import Shared

MODULES = ("scan_lines", "scan_resume", "scan_output", "scan_signals", "scan_pace")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    if not os.access(sys.argv[1], os.X_OK):
        sys.exit(f"{sys.argv[1]}: not a program")
    suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[2:] or MODULES)
    Shared.start(sys.argv[1])
    try:
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
    finally:
        Shared.bed.stop()
    bad = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"test_scan: {result.testsRun} tests run, {bad} failed, {len(result.skipped)} skipped")
    sys.exit(1 if bad or result.skipped or not result.testsRun else 0)


if __name__ == "__main__":
    main()
