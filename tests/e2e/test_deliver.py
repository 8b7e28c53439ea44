#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Messages end to end: real DNS, real SMTP with DANE, real deliveries.

  tests/e2e/test_deliver.py SEND [CASE ...]

SEND is tests/e2e/send.c. The MX server needs port 25; see bed/network.py.
"""

import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from fractions import Fraction

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from bed import Bed, network
from bed.certs import Certs
from bed.smtp import SmtpServer
from bed.zone import Zone

WEIGHTS = {"a": 60, "b": 30, "c": 10}
PORTS = {"a": 2601, "b": 2602, "c": 2603, "m": 25}
DOMAIN = "d.test"
# 99.9 % of chi-square, by degrees of freedom.
LIMIT = {1: 10.828, 2: 13.816}


def order_probabilities():
    """{order: probability} of RFC 2782's draw, records of the same kind shuffled before."""
    found = {}

    def draw(left, taken, probability):
        if not left:
            found[taken] = found.get(taken, 0) + probability
            return
        total = sum(WEIGHTS[name] for name in left)
        for r in range(total + 1):
            running = 0
            for name in left:
                running += WEIGHTS[name]
                if running >= r:
                    draw([n for n in left if n != name], taken + name,
                         probability * Fraction(1, total + 1))
                    break

    # A shuffle before each step is what a shuffle before the first amounts to.
    for shuffled in itertools.permutations(WEIGHTS):
        draw(list(shuffled), "", Fraction(1, 6))
    return found


def shares(alive):
    """Who of the living comes first, exactly."""
    result = dict.fromkeys(alive, Fraction(0))
    for order, probability in order_probabilities().items():
        result[next(name for name in order if name in alive)] += probability
    return result


class Shared:
    send = None
    folder = None
    certs = None
    bed = None

    @classmethod
    def start(cls, send):
        cls.send = os.path.abspath(send)
        cls.folder = tempfile.mkdtemp(prefix="nextmx-e2e-")
        cls.certs = Certs(cls.folder)
        cls.bed = Bed([Zone(""), Zone("test", "ns IN A 127.0.0.1\n"), Zone(DOMAIN, cls.zone())])
        cls.bed.start()

    @classmethod
    def zone(cls):
        lines = ["@ IN MX 10 m"]
        for name, port in PORTS.items():
            cert = cls.certs.leaf(f"{name}.{DOMAIN}")
            lines += [f"{name} IN A 127.0.0.{40 + port % 25}",
                      f"_{port}._tcp.{name} IN TLSA {cert.tlsa(3, 1, 1)}"]
            if name in WEIGHTS:
                lines.append(f"_smtp._tcp IN SRV 10 {WEIGHTS[name]} {port} {name}")
        return lines

    @classmethod
    def stop(cls):
        cls.bed.stop()
        shutil.rmtree(cls.folder, ignore_errors=True)

    @classmethod
    def server(cls, name, **options):
        port = PORTS[name]
        return SmtpServer(cls.certs.leaf(f"{name}.{DOMAIN}"), address=f"127.0.0.{40 + port % 25}",
                          port=port, **options)


class Line:
    """One message's fate."""

    def __init__(self, text):
        number, self.outcome, self.status, attempts, self.last, self.reason = text.split(" ", 5)
        self.number, self.attempts = int(number), int(attempts)


class Deliver(unittest.TestCase):
    def send(self, n, *options, seed=1):
        pairs = zip(*[iter(Shared.bed.options())] * 2)
        settings = [f"{flag[2:]}={value}" for flag, value in pairs
                    if flag != "--allow-networks"]
        settings += ["allow-networks=127.0.0.0/8", "own-ports="]
        done = subprocess.run([Shared.send, str(n), DOMAIN, str(seed), "50", *settings, *options],
                              capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = [Line(text) for text in done.stdout.splitlines()]
        self.assertEqual(sorted(line.number for line in lines), list(range(n)))
        return lines

    def arrived(self, servers, numbers):
        """Each of these messages arrived once, encrypted, and no other; {server: how many}."""
        found = {}
        for name, server in servers.items():
            for message in server.messages:
                self.assertTrue(message[3], "in the clear")
                number = int(re.search(rb"Message: (\d+)", message[2]).group(1))
                self.assertNotIn(number, found, "twice")
                found[number] = name
        self.assertEqual(sorted(found), sorted(numbers))
        return {name: list(found.values()).count(name) for name in servers}

    def assertInProportion(self, counts, expected):
        n = sum(counts.values())
        chi = sum((counts[name] - n * share) ** 2 / (n * share)
                  for name, share in expected.items())
        self.assertLess(float(chi), LIMIT[len(expected) - 1], counts)

    def test_weights(self):
        """SRV-3, SRV-4: 3,000 messages by 60:30:10, each once, none to MX."""
        with Shared.server("a") as a, Shared.server("b") as b, Shared.server("c") as c, \
                Shared.server("m") as m:
            lines = self.send(3000)
            self.assertEqual({line.outcome for line in lines}, {"deliverable"})
            self.assertEqual({line.attempts for line in lines}, {1})
            counts = self.arrived({"a": a, "b": b, "c": c}, range(3000))
            self.assertEqual(m.messages, [])
        self.assertInProportion(counts, shares("abc"))

    def test_heaviest_stopped(self):
        """The others take over in proportion; nothing is lost. With and without back-off."""
        for backoff in ("yes", "no"):
            with self.subTest(backoff=backoff), Shared.server("b") as b, \
                    Shared.server("c") as c, Shared.server("m") as m:
                lines = self.send(1000, f"backoff={backoff}")
                self.assertEqual({line.outcome for line in lines}, {"deliverable"})
                counts = self.arrived({"b": b, "c": c}, range(1000))
                self.assertEqual(m.messages, [])
                self.assertInProportion(counts, shares("bc"))
                tried_again = sum(line.attempts > 1 for line in lines)
                # BAK-1: once it is known to be down, it comes last.
                if backoff == "yes":
                    self.assertLessEqual(tried_again, 50)  # those under way by then
                else:
                    self.assertGreater(tried_again, 400)

    def test_all_srv_stopped(self):
        """SRV-16: mail flows to the MX server."""
        with Shared.server("m") as m:
            lines = self.send(200)
            self.assertEqual({line.outcome for line in lines}, {"deliverable"})
            self.assertEqual({line.last for line in lines}, {f"m.{DOMAIN}:25"})
            self.arrived({"m": m}, range(200))

    def test_nobody_listens(self):
        """Nothing is lost, and nothing bounces."""
        lines = self.send(20)
        self.assertEqual({(line.outcome, line.status) for line in lines}, {("defer", "4.4.1")})

    def test_permanent_answer_stops(self):
        """SRV-16: 550 to RCPT is final: no other server is asked."""
        with Shared.server("a", steps={"rcpt": "550 5.1.1 nobody"}) as a, \
                Shared.server("b") as b, Shared.server("c") as c, Shared.server("m") as m:
            lines = self.send(300)
            refused = [line for line in lines if line.outcome == "reject"]
            self.assertGreater(len(refused), 100)
            self.assertEqual({line.last for line in refused}, {f"a.{DOMAIN}:2601"})
            self.assertEqual({line.attempts for line in lines}, {1})
            self.assertTrue(all("550" in line.reason for line in refused))
            numbers = [line.number for line in lines if line.outcome == "deliverable"]
            self.arrived({"a": a, "b": b, "c": c, "m": m}, numbers)
            self.assertEqual((a.messages, m.messages), ([], []))

    def test_temporary_answers_go_on(self):
        """SRV-16: a 4xx greeting, a 4xx to RCPT, and a certificate that does not match."""
        wrong = Shared.certs.leaf("other.test")
        bad = SmtpServer(wrong, address="127.0.0.43", port=PORTS["c"])
        with Shared.server("a", fault="greeting_421") as a, \
                Shared.server("b", steps={"rcpt": "450 4.2.1 later"}) as b, bad as c, \
                Shared.server("m") as m:
            lines = self.send(100)
            self.assertEqual({line.outcome for line in lines}, {"deliverable"})
            self.assertEqual({line.attempts for line in lines}, {4})
            self.arrived({"a": a, "b": b, "c": c, "m": m}, range(100))
            for record in c.records:
                self.assertFalse([x for x in record.commands + record.tls_commands
                                  if x.upper().startswith("MAIL")], "mail to a stranger")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    network.need([(f"127.0.0.{40 + port % 25}", port) for port in PORTS.values()])
    Shared.start(sys.argv[1])
    try:
        names = sys.argv[2:] or ["Deliver"]
        suite = unittest.defaultTestLoader.loadTestsFromNames(names, sys.modules[__name__])
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    finally:
        Shared.stop()
    sys.exit(0 if result.wasSuccessful() and result.testsRun and not result.skipped else 1)


if __name__ == "__main__":
    main()
