# SPDX-License-Identifier: BSD-2-Clause
"""Thousands of connections, and an hour's traffic in a bounded run."""

import os
import socket
import time
import unittest

from bed.socketmap import netstring

world = None
SANITIZED = bool(os.environ.get("NEXTMX_TEST_SANITIZED"))
# 160,000 questions: 44 a second for an hour.
ROUNDS = 20 if SANITIZED else 100


def resident(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            total += int(file.read().split()[1]) * 4096
    return total


def descriptors(pids):
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids)


class Load(unittest.TestCase):
    def test_idle_and_slow_connections_harm_nobody(self):
        with world.daemon() as daemon:
            idle = [socket.create_connection(("127.0.0.1", daemon.port)) for _ in range(2000)]
            slow = [socket.create_connection(("127.0.0.1", daemon.port)) for _ in range(200)]
            request = netstring("route u@mx.s.test")
            with daemon.client() as client:
                for i in range(300):
                    for sock in slow:
                        try:
                            sock.send(request[i % 5:i % 5 + 1])
                        except OSError:
                            pass  # closed: it was malformed, or too slow
                    self.assertEqual(client.ask("route", f"u@d{i}.many.test")[0], "OK")
            for sock in idle:
                self.assertEqual(sock.send(request), len(request))
            for sock in idle:
                sock.settimeout(30)
                self.assertRegex(sock.recv(200), rb"^\d+:OK nx-sec:")
            for sock in idle + slow:
                sock.close()

    def test_flat_after_much_traffic(self):
        """Connections come and go, domains are known and unknown, good and bad: after a first share
        of it, descriptors and memory grow no more."""
        with world.daemon("--cache-size", "1000000") as daemon:
            def some(n):
                for i in range(n):
                    with daemon.client() as client:
                        for k in range(12):
                            status, data = client.ask("route", f"u{k}@d{(i * 12 + k) % 400}.many.test")
                            self.assertEqual(status, "OK", data)
                        client.ask("route", f"u@nothere{i % 50}.s.test")
                        client.ask("tls-sec", "[dane.s.test]:2525")
                        client.ask("exim", "pinned.s.test")
                        client.send(b"99999:route half")
                    daemon.route(f"d{i % 400}.many.test")

            some(400)
            pids = daemon.workers
            began = time.monotonic()
            memory, open_files = resident(pids), descriptors(pids)
            for _ in range(ROUNDS):
                some(100)
            self.assertEqual(daemon.workers, pids)
            until = time.monotonic() + 20
            while descriptors(pids) > open_files and time.monotonic() < until:
                time.sleep(0.05)
            self.assertLessEqual(descriptors(pids), open_files)
            grown = resident(pids) / memory
            print(f"{ROUNDS * 1600} questions, {ROUNDS * 200} connections in "
                  f"{time.monotonic() - began:.0f} s: memory {memory >> 20} MiB, x {grown:.3f}")
            if not SANITIZED:  # whose allocator keeps what was freed
                self.assertLess(grown, 1.1)
