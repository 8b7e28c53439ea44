#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Real Postfix, real mail servers, and nextmxd between them.

  tests/e2e/test_postfix.py NEXTMXD [CASE ...]

NEXTMXD is build/daemon/nextmxd. Postfix is configured as docs/postfix.md says. Needs root or mapped
users; see bed/mta.py.
"""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, ".."))

import mta_hostile_cases
import mta_run
from bed import mta_hostile
from bed.mta_daemon import daemon
from mta_cases import Cases, Slow


class Postfix(mta_run.Case, Cases, Slow, mta_hostile_cases.Hostile, mta_run.Counting):
    kind = "postfix"
    map_name = "route"
    ripens = True
    program = None

    @classmethod
    def answerer(cls):
        return daemon(cls.program, cls.world)


def main():
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(__doc__.strip())
    Postfix.program = os.path.abspath(sys.argv[1])
    Postfix.hostile = mta_hostile.Hostile(
        2000 if os.environ.get("NEXTMX_TEST_SANITIZED") else 10000)
    mta_run.main(sys.argv[2:], sys.modules[__name__], Postfix.hostile.zones)


if __name__ == "__main__":
    main()
