# SPDX-License-Identifier: BSD-2-Clause
"""Servers that fail, are slow, or need TCP."""

import time

from bed import features
from case import CliCase

# The command must not wait for a silent server longer than told.
SOON = ("--deadline-ms", "1200")


class Domain(CliCase):
    def test_every_failure_defers(self):
        """MX-3: SERVFAIL, REFUSED, garbage, closed TCP (SIGPIPE): 4.4.3."""
        for zone in ("servfail", "refused", "closer", "late-closer", "garbage"):
            with self.subTest(zone=zone):
                answer = self.resolve(f"one.{zone}.test")
                self.assertEnds(answer, "defer", "4.4.3")
                self.assertLessEqual(answer.ttl, 60)
                self.assertNotIn((f"one.{zone}.test", "A"), answer.asked)

    def test_silence(self):
        """MX-3, DDL-1: a timeout is 4.4.3, at the deadline and not later."""
        begin = time.monotonic()
        answer = self.resolve("one.silent.test", *SOON)
        self.assertEnds(answer, "defer", "4.4.3")
        self.assertLess(time.monotonic() - begin, 4)

    def test_mx_question_alone(self):
        """MX-3: never the address fallback after an error."""
        for name in ("mx-servfail", "mx-refused", "mx-silent", "mx-truncate"):
            with self.subTest(domain=name):
                answer = self.resolve(f"{name}.rules.test", *SOON)
                self.assertEnds(answer, "defer", "4.4.3")

    def test_mx_fails_beside_srv(self):
        """SEL-1(c): a failed MX does not spoil a usable SRV."""
        self.assertDelivers(self.resolve("mx-servfail-srv.rules.test"), "srv",
                            ["mx2.rules.test:25"])


class SrvQuestion(CliCase):
    def test_mx_goes_on(self):
        """SRV-14: the SRV stage is unknown, MX is used, TTL at most 60 s."""
        for fake in features.SRV_FAKES:
            with self.subTest(fake=fake):
                answer = self.resolve(f"srv-{fake}.s.test", *SOON)
                self.assertDelivers(answer, "mx", ["mx1.s.test:25"])
                self.assertIn("SRV-14", answer.rules)
                self.assertLessEqual(answer.ttl, 60)
        answer = self.resolve("srv-truncate.rules.test")
        self.assertDelivers(answer, "mx", ["mx1.rules.test:25"])

    def test_nothing_else_usable(self):
        """SRV-14: an unknown SRV and no usable MX: defer."""
        answer = self.resolve("srv-and-nohost.s.test")
        self.assertEqual(answer.outcome, "defer")
        self.assertEqual(answer.drops, {"nohost.s.test:25": "no-address"})

    def test_option(self):
        """SRV-14: srv-error defer."""
        answer = self.resolve("srv-servfail.s.test", "--srv-error", "defer")
        self.assertEnds(answer, "defer", "4.4.3")


class Hosts(CliCase):
    def test_address_fails(self):
        """ADR-3, OUT-2: hosts unknown are 4.4.4, not a bounce."""
        for fake in ("servfail", "refused", "closer", "garbage"):
            with self.subTest(fake=fake):
                answer = self.resolve(f"mx-{fake}.s.test")
                self.assertEnds(answer, "defer", "4.4.4")
                self.assertEqual(answer.drop_codes, ["address-failed"])

    def test_one_family_fails(self):
        """ADR-3: the other family with addresses is used; with a denial it is not enough."""
        answer = self.resolve("v4fails.rules.test")
        self.assertDelivers(answer, "mx")
        self.assertEqual(answer.addresses, ["2001:db8::40"])
        answer = self.resolve("v4fails-no6.rules.test")
        self.assertEnds(answer, "defer", "4.4.4")

    def test_silent_best_host(self):
        """DDL-1: at the deadline the best tier decides; with time, the next host is used."""
        answer = self.resolve("mx-one-silent.s.test", "--deadline-ms", "700")
        self.assertEqual(answer.outcome, "defer")
        self.assertEqual(answer.drops.get("mx.silent.test:25"), "address-failed")
        answer = self.resolve("mx-one-silent.s.test")
        self.assertDelivers(answer, "mx", ["mx1.s.test:25"])
        self.assertEqual(answer.drops, {"mx.silent.test:25": "address-failed"})


class BigAndSlow(CliCase):
    def test_big_answers(self):
        """LIM-1: truncated answers come by TCP; a plan has 20 endpoints, the best first."""
        for domain, source in (("srv.big.test", "srv"), ("mx.big.test", "mx")):
            with self.subTest(domain=domain):
                answer = self.resolve(domain)
                self.assertDelivers(answer, source)
                self.assertEqual(len(answer.plan), 20)
                self.assertEqual([h[:6] for h in answer.hosts],
                                 [f"host{n:02}" for n in range(20)])

    def test_delay(self):
        """A server 20 ms away: the same plan, and time as the rounds demand it."""
        gate = self.bed.gate(delay_ms=20)
        near = self.resolve("srv.s.test", "--seed", "3")
        far = self.resolve("srv.s.test", "--seed", "3", port=gate.port)
        self.assertEqual(near.plan, far.plan)
        slowest = max(query["ms"] for query in far.queries)
        self.assertGreaterEqual(slowest, 20)

    def test_rounds(self):
        """DESIGN 3: whatever the number of hosts, the rounds are the same. Each has one with both
        families: the denial of one would deny its TLSA too, and save a round."""
        rounds = []
        for domain in ("dual.s.test", "ties.s.test"):
            gate = self.bed.gate()
            self.resolve(domain, port=gate.port)
            rounds.append(gate.rounds)
        self.assertEqual(*rounds)
