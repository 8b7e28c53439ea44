# SPDX-License-Identifier: BSD-2-Clause
"""Runs tests/bench/delay: a relay before a name server, which holds replies back.

It also hands the server no more queries at a time than its sockets hold, and takes
what comes meanwhile; so with 0 ms a burst costs nobody a packet.
"""

import contextlib
import subprocess

from .process import spawn, stop


@contextlib.contextmanager
def relay(program, port, ms):
    """The port of a relay before another one of this machine."""
    process = spawn([program, str(port), str(ms)], text=True, stdout=subprocess.PIPE)
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{program} ended with {process.wait()}")
        yield int(line)
    finally:
        stop(process)
        process.stdout.close()
