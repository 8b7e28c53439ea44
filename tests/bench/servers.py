# SPDX-License-Identifier: BSD-2-Clause
"""Servers for single benchmarks: far away, and silent."""

import contextlib
import socket

import bed.relay

N_SILENT = 100


def relay(world, port, ms):
    """The port of a relay in front of another, which puts it so far away."""
    return bed.relay.relay(world.program("delay"), port, ms)


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
