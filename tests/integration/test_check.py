#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Drives `nextmx check` against real DNS and SMTP servers on loopback.

  tests/integration/test_check.py build/cli/nextmx [CASE ...]

CASE narrows the run: check_faults, check_certs.Certificates. Fails when a test fails or is skipped,
and when none ran. Ports 25 and 465 are needed: who may not bind them, or finds them taken, gets a
network of its own by unshare(1).
"""

import fcntl
import os
import resource
import shutil
import socket
import struct
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
from check_case import World

MODULES = (check_faults, check_certs, check_ports, check_run, check_hosts, check_replies)
INSIDE = "NEXTMX_TEST_INSIDE"
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def may_bind():
    for port in (25, 465):
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((check_ports.ADDRESS.format(1), port))
            except OSError:
                return False
    return True


def enter_network():
    """Starts again where all ports are free."""
    if os.environ.get(INSIDE):
        sys.exit("test_check: ports 25 and 465 cannot be bound even in a network of our own")
    if not shutil.which("unshare"):
        sys.exit("test_check: needs ports 25 and 465, or unshare(1)")
    os.environ[INSIDE] = "1"
    sys.stdout.flush()
    os.execvp("unshare", ["unshare", "--user", "--map-root-user", "--net", sys.executable,
                          *sys.argv])


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def main():
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(__doc__.strip())
    if os.environ.get(INSIDE):
        raise_loopback()
    if not may_bind():
        enter_network()
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
