# SPDX-License-Identifier: BSD-2-Clause
"""Secure, insecure, bogus; what SRV may do in each world."""

from case import CliCase


class Security(CliCase):
    def test_worlds(self):
        """DANE-1: secure and insecure are told apart, and both deliver."""
        for world, security in (("s", "secure"), ("u", "insecure")):
            answer = self.resolve(f"one.{world}.test")
            self.assertDelivers(answer, "mx", [f"mx1.{world}.test:25"])
            self.assertEqual(answer.security, security)
            self.assertEqual(answer.plan[0]["security"], security)

    def test_bogus_and_expired(self):
        """MX-3: bogus is 4.7.0, never "not found", never the address instead."""
        for zone in ("bogus", "expired"):
            for name in ("one", "implicit", "null", "srv", "not-there"):
                with self.subTest(domain=f"{name}.{zone}.test"):
                    answer = self.resolve(f"{name}.{zone}.test")
                    self.assertEnds(answer, "defer", "4.7.0")
                    self.assertEqual(answer.security, "bogus")
                    self.assertLessEqual(answer.ttl, 60)

    def test_host_in_an_insecure_zone(self):
        """DESIGN 6: the endpoint is as safe as its least part."""
        answer = self.resolve("mx-unsigned.s.test")
        self.assertDelivers(answer, "mx", ["mx1.u.test:25"])
        self.assertEqual(answer.security, "secure")
        self.assertEqual(answer.plan[0]["security"], "insecure")
        self.assertEqual(answer.plan[0]["tls"], "may")

    def test_validation_off(self):
        """DESIGN 5: with dnssec off nothing is bogus, and nothing secure."""
        answer = self.resolve("one.bogus.test", "--dnssec", "off")
        self.assertDelivers(answer, "mx")
        self.assertNotEqual(answer.security, "secure")

    def test_validation_required(self):
        """DNSSEC-1: insecure hosts are dropped; nothing left: defer 4.7.0."""
        self.assertDelivers(self.resolve("one.s.test", "--dnssec", "require"), "mx")
        for domain in ("one.u.test", "mx-unsigned.s.test"):
            with self.subTest(domain=domain):
                answer = self.resolve(domain, "--dnssec", "require")
                self.assertEnds(answer, "defer", "4.7.0")
                self.assertEqual(answer.drop_codes, ["dnssec-required"])


class Broken(CliCase):
    def test_srv(self):
        """SRV-14: a bogus SRV is unknown; MX goes on, TTL at most 60 s."""
        answer = self.resolve("srv.broken.test")
        self.assertDelivers(answer, "mx", ["mx1.broken.test:25"])
        self.assertLessEqual(answer.ttl, 60)
        self.assertIn("SRV-14", answer.rules)
        answer = self.resolve("srv.broken.test", "--srv-error", "defer")
        self.assertEqual(answer.outcome, "defer")

    def test_mx(self):
        """MX-3: a bogus MX is 4.7.0; the address of the domain is not used."""
        answer = self.resolve("mx.broken.test")
        self.assertEnds(answer, "defer", "4.7.0")
        self.assertEqual(answer.security, "bogus")

    def test_mx_beside_good_srv(self):
        """SEL-1(c): a failed MX does not spoil a usable SRV."""
        answer = self.resolve("srv-mx.broken.test")
        self.assertDelivers(answer, "srv", ["mx2.broken.test:25"])

    def test_host(self):
        """OUT-4: a bogus address is temporary."""
        answer = self.resolve("host.broken.test")
        self.assertEqual(answer.outcome, "defer")
        self.assertEqual(answer.drop_codes, ["address-bogus"])
        answer = self.resolve("mx-expired.s.test")
        self.assertEqual(answer.outcome, "defer")
        self.assertEqual(answer.drop_codes, ["address-bogus"])

    def test_one_host_of_two(self):
        """OUT-1: the other host is used."""
        answer = self.resolve("hosts.broken.test")
        self.assertDelivers(answer, "mx", ["mx1.broken.test:25"])
        self.assertEqual(answer.drops, {"mx3.broken.test:25": "address-bogus"})


class Stranger(CliCase):
    def test_unsigned_srv_in_a_signed_domain(self):
        """SRV-18: an insecure SRV is ignored when MX is secure; srv any lifts it."""
        answer = self.resolve("stranger.s.test")
        self.assertDelivers(answer, "mx", ["mx1.s.test:25"])
        self.assertIn("SRV-18", answer.rules)
        answer = self.resolve("stranger.s.test", "--srv", "any")
        self.assertDelivers(answer, "srv", ["mx4.s.test:25", "mx1.s.test:25"])

    def test_denial_of_mx_counts_as_well(self):
        """SRV-18: the MX denial is secure: the implicit MX, not the stranger's SRV."""
        answer = self.resolve("stranger-implicit.s.test")
        self.assertDelivers(answer, "implicit", ["stranger-implicit.s.test:25"])

    def test_beside_a_bogus_mx(self):
        """SRV-18: the insecure SRV is ignored when MX is bogus."""
        self.assertEnds(self.resolve("stranger.broken.test"), "defer", "4.7.0")

    def test_unsigned_world(self):
        """SRV-18 does not touch domains that are unsigned throughout."""
        self.assertDelivers(self.resolve("srv25.u.test"), "srv")
