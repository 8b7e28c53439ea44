# SPDX-License-Identifier: BSD-2-Clause
"""Servers for single benchmarks: far away, and silent."""

import contextlib
import socket
import subprocess

from world import Broken

N_SILENT = 100


@contextlib.contextmanager
def relay(world, port, ms):
    """The port of a relay in front of another, which puts it so far away."""
    process = subprocess.Popen([world.program("delay"), str(port), str(ms)], text=True,
                               stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    try:
        line = process.stdout.readline()
        if not line:
            raise Broken(f"delay ended with {process.wait()}")
        yield int(line)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextlib.contextmanager
def silent_servers(n=N_SILENT):
    """{zone: "address@port"}: each zone has a server of its own, which takes every question."""
    with contextlib.ExitStack() as stack:
        zones = {}
        for i in range(n):
            sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            sock.bind((f"127.0.77.{i + 1}", 0))
            zones[f"silent{i:02}.test"] = f"127.0.77.{i + 1}@{sock.getsockname()[1]}"
        yield zones
