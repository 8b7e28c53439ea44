# SPDX-License-Identifier: BSD-2-Clause
"""knotd over a tree: one process, one high port, no privilege."""

import os
import socket
import time

from . import wire
from .process import free_port, spawn, stop


class Knot:
    def __init__(self, tree, patience=60):
        self.tree = tree
        self.port = None
        self._patience = patience
        self._process = None

    def start(self):
        # Between finding a port and knotd's binding it somebody may take it.
        for attempt in range(5):
            self.port = free_port()
            self.tree.write_config(self.port)
            with open(os.path.join(self.tree.directory, "knotd.stderr"), "ab") as output:
                self._process = spawn(["knotd", "-c", self.tree.config], stdout=output,
                                      stderr=output)
            if self._wait():
                return
            self.stop()
        raise RuntimeError(f"knotd does not start:\n{self.messages()}")

    def _wait(self):
        """Until every zone answers; False when knotd ended instead."""
        end = time.monotonic() + self._patience
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect(("127.0.0.1", self.port))
            for zone in self.tree.held:
                while not answers(sock, zone.fqdn):
                    if self._process.poll() is not None:
                        return False
                    if time.monotonic() > end:
                        raise RuntimeError(f"knotd does not answer for {zone.fqdn}:\n"
                                           f"{self.messages()}")
        return True

    def messages(self):
        text = ""
        for name in ("knotd.stderr", "knotd.log"):
            path = os.path.join(self.tree.directory, name)
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    text += "".join(file.readlines()[-40:])
        return text

    def stop(self):
        if self._process:
            stop(self._process)
            self._process = None


def answers(sock, name):
    """Whether the server has the zone; takes a moment when it has not."""
    query = wire.encode_query(name, "SOA", ident=0x4e58)
    sock.settimeout(0.25)
    try:
        sock.send(query)
        reply = sock.recv(4096)
    except OSError:
        time.sleep(0.005)  # refused at once: not bound yet
        return False
    if wire.question(reply) == wire.question(query) and wire.is_authoritative(reply) and \
            wire.answer_count(reply):
        return True
    time.sleep(0.005)  # SERVFAIL: it is still loading and signing
    return False
