#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Proves with libunbound that the test-bed is what the other tests rely on."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from bed import Bed, features, generate, wire
from bed.ask import Asker


class Features(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bed = Bed(features.tree(), features.RULES).start()
        cls.addClassCleanup(cls.bed.stop)
        cls.asker = Asker(cls.bed.anchor, cls.bed.stubs())
        cls.addClassCleanup(cls.asker.close)

    def ask(self, name, rrtype):
        answer = self.asker.ask(name, rrtype)
        return answer.rcode, len(answer.data), answer.security

    def test_security(self):
        for name, rrtype, expected in (
                ("ties.s.test", "MX", (0, 4, "secure")),
                ("not-there.s.test", "MX", (3, 0, "secure")),
                ("implicit.s.test", "MX", (0, 0, "secure")),
                ("ties.u.test", "MX", (0, 4, "insecure")),
                ("ties.bogus.test", "MX", (0, 4, "bogus")),
                ("ties.expired.test", "MX", (0, 4, "bogus")),
                ("_smtp._tcp.stranger.s.test", "SRV", (0, 1, "insecure")),
                ("stranger.s.test", "MX", (0, 1, "secure")),
                ("nowhere.example", "MX", (3, 0, "secure"))):
            with self.subTest(name=name):
                self.assertEqual(self.ask(name, rrtype), expected)

    def test_single_rrsets_are_spoiled(self):
        self.assertEqual(self.ask("_smtp._tcp.srv.broken.test", "SRV"), (0, 1, "bogus"))
        self.assertEqual(self.ask("srv.broken.test", "MX"), (0, 1, "secure"))
        self.assertEqual(self.ask("mx.broken.test", "MX"), (0, 1, "bogus"))
        self.assertEqual(self.ask("mx3.broken.test", "A"), (0, 1, "bogus"))
        self.assertEqual(self.ask("_25._tcp.mx-tlsa.broken.test", "TLSA"), (0, 1, "bogus"))

    def test_failing_servers(self):
        for zone in ("servfail", "refused", "closer", "late-closer", "garbage"):
            with self.subTest(zone=zone):
                server = self.bed.servers[zone.replace("-", "_")]
                before = server.count
                self.assertEqual(self.ask(f"one.{zone}.test", "MX"),
                                 (wire.SERVFAIL, 0, "insecure"))
                self.assertGreater(server.count, before)
        for name in ("servfail", "refused", "closer", "garbage"):
            with self.subTest(srv=name):
                self.assertEqual(self.ask(f"_smtp._tcp.srv-{name}.s.test", "SRV")[0],
                                 wire.SERVFAIL)
                self.assertEqual(self.ask(f"srv-{name}.s.test", "MX"), (0, 1, "secure"))
        self.assertGreater(self.bed.servers["closer"].connections, 0)

    def test_silent_server(self):
        self.assertEqual(self.ask("one.silent.test", "MX")[0], wire.SERVFAIL)
        self.assertGreater(self.bed.servers["silent"].count, 0)

    def test_meddled_questions(self):
        self.assertEqual(self.ask("h-v4fails.rules.test", "A")[0], wire.SERVFAIL)
        self.assertEqual(self.ask("h-v4fails.rules.test", "AAAA"), (0, 1, "secure"))
        self.assertEqual(self.ask("mx-refused.rules.test", "MX")[0], wire.SERVFAIL)
        self.assertEqual(self.ask("mx-truncate.rules.test", "MX")[0], wire.SERVFAIL)
        self.assertEqual(self.ask("mx1.rules.test", "A"), (0, 1, "secure"))

    def test_big_answers_come_by_tcp(self):
        gate = self.bed.gate(delay_ms=0)
        with Asker(self.bed.anchor, self.bed.stubs(gate.port)) as asker:
            self.assertEqual(len(asker.ask("_smtp._tcp.srv.big.test", "SRV").data), 30)
        transports = [record.transport for record in gate.records if record.type == "SRV"]
        self.assertEqual(transports, ["udp", "tcp"])

    def test_alias_chains(self):
        for n in (7, 8, 9, 10, 11):
            with self.subTest(steps=n):
                self.assertEqual(self.ask(f"chain{n}.s.test", "MX"), (0, 1, "secure"))
                self.assertEqual(self.ask(f"host{n}.s.test", "A"), (0, 1, "secure"))
        self.assertEqual(self.ask("alias-loop.s.test", "MX")[0], wire.SERVFAIL)

    def test_gate_and_delay_count_the_same_rounds(self):
        counts = []
        for options in ({}, {"delay_ms": 20}):
            gate = self.bed.gate(**options)
            with Asker(self.bed.anchor, self.bed.stubs(gate.port)) as asker:
                asker.ask("ties.s.test", "MX")
                first = gate.rounds
                gate.reset()
                asker.ask("ties.s.test", "MX")  # from its cache
                counts.append((first, gate.rounds))
        self.assertEqual(counts[0], counts[1])
        self.assertGreater(counts[0][0], 3)
        self.assertEqual(counts[0][1], 0)


class Generated(unittest.TestCase):
    NUMBER = 500

    def test_same_seed_same_domains(self):
        self.assertEqual(list(generate.domains(50, 7)), list(generate.domains(50, 7)))
        self.assertNotEqual(list(generate.domains(50, 7)), list(generate.domains(50, 8)))

    def test_security_is_as_listed(self):
        with Bed(generate.tree(self.NUMBER)) as bed, Asker(bed.anchor, bed.stubs()) as asker:
            for domain in generate.domains(self.NUMBER):
                for name, rrtype, security in (
                        (domain.name, "MX", domain.security),
                        ("_smtp._tcp." + domain.name, "SRV", domain.srv_security)):
                    self.assertEqual(asker.ask(name, rrtype).security, security, name)


if __name__ == "__main__":
    unittest.main()
