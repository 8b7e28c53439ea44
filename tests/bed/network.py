# SPDX-License-Identifier: BSD-2-Clause
"""Ports that only root may bind, or that may be taken: a network of one's own then."""

import fcntl
import os
import shutil
import socket
import struct
import sys

INSIDE = "NEXTMX_TEST_INSIDE"
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def _may_bind(endpoints):
    for endpoint in endpoints:
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind(endpoint)
            except OSError:
                return False
    return True


def _raise_loopback():
    """As "ip link set lo up" does (netdevice(7))."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def need(endpoints):
    """Returns where these (address, port) pairs can be bound; for that the program may be begun
    again by unshare(1)."""
    if os.environ.get(INSIDE):
        _raise_loopback()
    if _may_bind(endpoints):
        return
    what = " ".join(f"{address}:{port}" for address, port in endpoints)
    if os.environ.get(INSIDE):
        sys.exit(f"{sys.argv[0]}: {what} cannot be bound even in a network of our own")
    if not shutil.which("unshare"):
        sys.exit(f"{sys.argv[0]}: needs {what}, or unshare(1)")
    os.environ[INSIDE] = "1"
    sys.stdout.flush()
    os.execvp("unshare", ["unshare", "--user", "--map-root-user", "--net", sys.executable,
                          *sys.argv])


def propagation():
    """For unshare --mount: what the tests mount nobody else sees. In a chroot whose root is no mount
    point it can only stay as it is."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        is_mount = any(line.split()[4] == "/" for line in file)
    return ["--propagation", "private" if is_mount else "unchanged"]
