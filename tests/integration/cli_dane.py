# SPDX-License-Identifier: BSD-2-Clause
"""TLSA: what a host demands of TLS, and what its failure means."""

import time

from bed import features
from case import CliCase

# Before libunbound gives up by itself.
SOON = ("--deadline-ms", "600")


class DaneCase(CliCase):
    def assertTls(self, answer, *expected):
        """(host:port, requirement, first octet of the TLSA data or None) of each endpoint."""
        found = [(f"{e['host']}:{e['port']}", e["tls"], e["tlsa"][0]["data"][:2] if e["tlsa"]
                  else None) for e in answer.plan]
        self.assertEqual(found, list(expected), answer.json)

    def assertNotAsked(self, answer):
        self.assertEqual({q for q in answer.asked if q[1] == "TLSA"}, set())


class Hosts(DaneCase):
    def test_match_is_demanded(self):
        """DANE-4: secure names, secure addresses, usable TLSA: dane."""
        answer = self.resolve("dane.s.test")
        self.assertDelivers(answer, "mx", ["mx-dane.s.test:25"])
        entry = answer.plan[0]
        self.assertEqual((entry["tls"], entry["sni"]), ("dane", "mx-dane.s.test"))
        self.assertEqual(entry["tlsa"], [{"usage": 3, "selector": 1, "mtype": 1, "data": "11" * 32,
                                          "usable": True, "state": "used"}])
        self.assertEqual(entry["reference_ids"], ["mx-dane.s.test", "dane.s.test"])

    def test_by_port(self):
        """DANE-3: the TLSA is that of the port connected to, and no other's."""
        answer = self.resolve("dane-port.s.test")
        self.assertTls(answer, ("mx-dane.s.test:2525", "dane", "22"),
                       ("mx-dane.s.test:25", "dane", "11"), ("mx-dane.s.test:2526", "may", None))
        for port in (25, 2525, 2526):
            self.assertIn((f"_{port}._tcp.mx-dane.s.test", "TLSA"), answer.asked)

    def test_unusable(self):
        """DANE-5: every kind of unusable record: encrypt, and the name to ask for."""
        answer = self.resolve("dane-unusable.s.test")
        self.assertDelivers(answer, "mx", ["mx-dane-unusable.s.test:25"])
        entry = answer.plan[0]
        self.assertEqual((entry["tls"], entry["sni"]), ("encrypt", "mx-dane-unusable.s.test"))
        self.assertEqual([t["usable"] for t in entry["tlsa"]], [False] * 5)
        self.assertEqual(sorted(t["state"] for t in entry["tlsa"]),
                         ["bad-data", "bad-mtype", "bad-selector", "bad-usage", "bad-usage"])
        answer = self.resolve("dane-short.s.test")
        self.assertEqual(answer.plan[0]["tls"], "encrypt")
        self.assertEqual(answer.plan[0]["tlsa"][0]["state"], "bad-length")

    def test_denial(self):
        """DANE-2: TLSA is asked and denied, the name or the type: may."""
        self.assertTls(self.resolve("dual.s.test"), ("mx2.s.test:25", "may", None),
                       ("mx2.s.test:25", "may", None))
        answer = self.resolve("dane-nodata.s.test")
        self.assertTls(answer, ("mx-dane-nodata.s.test:25", "may", None))
        found = [q for q in answer.queries if q["type"] == "TLSA"]
        self.assertEqual([(q["name"], q["rcode"], q["security"]) for q in found],
                         [("_25._tcp.mx-dane-nodata.s.test", "NOERROR", "secure")])

    def test_unsigned(self):
        """DANE-2: where naming or address is not signed, TLSA is never asked."""
        for domain in ("dane.u.test", "one.u.test", "implicit.u.test", "dane-signed.u.test",
                       "mx-unsigned.s.test", "[198.51.100.20]"):
            with self.subTest(domain=domain):
                answer = self.resolve(domain)
                self.assertEqual({e["tls"] for e in answer.plan}, {"may"})
                self.assertEqual([e["tlsa"] for e in answer.plan if e["tlsa"]], [])
                self.assertNotAsked(answer)

    def test_implicit(self):
        """DANE-3: a signed denial of MX is as good as a signed MX."""
        answer = self.resolve("dane-implicit.s.test")
        self.assertDelivers(answer, "implicit")
        self.assertTls(answer, ("dane-implicit.s.test:25", "dane", "66"))

    def test_domain_that_is_an_alias(self):
        """DANE-4: both names of the domain are reference identifiers."""
        answer = self.resolve("dane-domain-alias.s.test")
        self.assertDelivers(answer, "implicit")
        entry = answer.plan[0]
        self.assertEqual((entry["tls"], entry["sni"]), ("dane", "dane-implicit.s.test"))
        self.assertEqual(set(entry["reference_ids"]),
                         {"dane-implicit.s.test", "dane-domain-alias.s.test"})

    def test_two_hosts(self):
        """MX-2: DANE changes no order."""
        self.assertTls(self.resolve("dane-two.s.test"), ("mx1.s.test:25", "may", None),
                       ("mx-dane.s.test:25", "dane", "11"))

    def test_digest_agility(self):
        """DANE-8: for each usage and selector only the strongest digest is used."""
        answer = self.resolve("dane-digests.s.test")
        entry = answer.plan[0]
        self.assertEqual(entry["tls"], "dane")
        found = {(t["usage"], t["selector"], t["mtype"]): (t["state"], t["usable"])
                 for t in entry["tlsa"]}
        self.assertEqual(found, {(3, 1, 1): ("weaker-digest", True), (3, 1, 2): ("used", True),
                                 (3, 0, 1): ("used", True), (2, 1, 1): ("used", True),
                                 (2, 1, 2): ("bad-length", False), (1, 1, 2): ("bad-usage", False)})
        self.assertIn("DANE-8", answer.rules)

    def test_big(self):
        """LIM-1: a large TLSA set comes over TCP, and 32 of it are looked at."""
        gate = self.bed.gate()
        answer = self.resolve("dane-big.s.test", port=gate.port)
        self.assertEqual(answer.plan[0]["tls"], "dane")
        data = [t["data"] for t in answer.plan[0]["tlsa"]]
        self.assertEqual(len(set(data)), 32)
        self.assertLess(len(data), features.N_TLSA_BIG)
        self.assertEqual({r.transport for r in gate.records if r.type == "TLSA"}, {"udp", "tcp"})
        self.assertIn("LIM-1", answer.rules)


class Aliases(DaneCase):
    """DANE-2: under which name the TLSA records are looked for."""

    def base(self, domain):
        entry = self.resolve(domain).plan[0]
        return (entry["host"], entry["tls"], entry["sni"],
                entry["tlsa"][0]["data"][:2] if entry["tlsa"] else None)

    def test_signed(self):
        """DANE-2: a signed alias: its end, else the name it began with."""
        for domain, base, data in (("dane-alias-end", "mx-dane", "11"),
                                   ("dane-alias-begin", "al-begin", "77"),
                                   ("dane-alias-both", "mx-dane", "11")):
            with self.subTest(domain=domain):
                _, tls, sni, found = self.base(f"{domain}.s.test")
                self.assertEqual((tls, sni, found), ("dane", f"{base}.s.test", data))

    def test_into_an_unsigned_zone(self):
        """DANE-2: a signed alias whose end is unsigned: the original name only."""
        for domain, base, data in (("dane-alias-out", "al-out", "88"),
                                   ("dane-alias-through", "al-through", "99")):
            with self.subTest(domain=domain):
                answer = self.resolve(f"{domain}.s.test")
                entry = answer.plan[0]
                self.assertEqual((entry["tls"], entry["sni"], entry["tlsa"][0]["data"][:2]),
                                 ("dane", f"{base}.s.test", data))
                self.assertIn((f"{base}.s.test", "CNAME"), answer.asked)
                asked = {name for name, kind in answer.asked if kind == "TLSA"}
                self.assertEqual(asked, {f"_25._tcp.{base}.s.test"})

    def test_out_of_an_unsigned_zone(self):
        """DANE-2: the first step is unsigned: no DANE, wherever it ends."""
        answer = self.resolve("dane-alias-unsigned.s.test")
        self.assertEqual([e["tls"] for e in answer.plan], ["may"])
        self.assertEqual(answer.plan[0]["tlsa"], [])

    def test_tlsa_owner(self):
        """DANE-2: an alias at the TLSA owner does not change the base domain."""
        self.assertEqual(self.base("dane-alias-owner.s.test"),
                         ("mx-dane-owner.s.test", "dane", "mx-dane-owner.s.test", "aa"))


class Failures(DaneCase):
    def test_skipped(self):
        """DANE-6, OUT-2: the host is skipped; none left: defer 4.7.5."""
        for domain in ("tlsa.broken.test", "tlsa-servfail.rules.test", "tlsa-truncate.rules.test"):
            with self.subTest(domain=domain):
                answer = self.resolve(domain)
                self.assertEnds(answer, "defer", "4.7.5")
                self.assertEqual(answer.drop_codes, ["tlsa-failed"])
                self.assertLessEqual(answer.ttl, 60)
                self.assertIn("DANE-6", answer.rules)

    def test_one_of_two(self):
        """DANE-6: one bad host never fails the domain."""
        for domain, bad, good in (("tlsas.broken.test", "mx-tlsa.broken.test", "mx1.broken.test"),
                                  ("tlsa-servfail2.rules.test", "h-tlsa.rules.test",
                                   "mx1.rules.test")):
            with self.subTest(domain=domain):
                answer = self.resolve(domain)
                self.assertDelivers(answer, "mx", [f"{good}:25"])
                self.assertEqual(answer.drops, {f"{bad}:25": "tlsa-failed"})

    def test_silence(self):
        """DDL-1, DANE-6: at the deadline a host whose TLSA is unknown is not used, nor, with the
        best tier undecided, another."""
        begin = time.monotonic()
        answer = self.resolve("tlsa-silent.rules.test", *SOON)
        self.assertEnds(answer, "defer", "4.7.5")
        self.assertEqual(answer.drop_codes, ["tlsa-failed"])
        answer = self.resolve("tlsa-silent2.rules.test", *SOON)
        asked = "_25._tcp.h-tlsa-silent.rules.test"
        rcode = {q["rcode"] for q in answer.queries if q["name"] == asked}
        # Some versions of libunbound give up before the deadline.
        self.assertEqual(answer.outcome, "defer" if rcode == {"TIMEOUT"} else "deliverable",
                         answer.json)
        self.assertIn("tlsa-failed", answer.drop_codes)
        self.assertLess(time.monotonic() - begin, 8)
        answer = self.resolve("tlsa-silent2.rules.test")
        self.assertDelivers(answer, "mx", ["mx1.rules.test:25"])
        self.assertEqual(answer.drops, {"h-tlsa-silent.rules.test:25": "tlsa-failed"})


class Option(DaneCase):
    def test_require(self):
        """DANE-7: hosts without usable signed TLSA are dropped; nothing left: defer."""
        self.assertTls(self.resolve("dane.s.test", "--dane", "require"),
                       ("mx-dane.s.test:25", "dane", "11"))
        answer = self.resolve("dane-two.s.test", "--dane", "require")
        self.assertTls(answer, ("mx-dane.s.test:25", "dane", "11"))
        self.assertEqual(answer.drops, {"mx1.s.test:25": "dane-required"})
        for domain in ("one.s.test", "one.u.test", "dane-unusable.s.test", "mx-unsigned.s.test",
                       "implicit.s.test", "[198.51.100.20]"):
            with self.subTest(domain=domain):
                answer = self.resolve(domain, "--dane", "require")
                self.assertEqual((answer.outcome, answer.plan), ("defer", []), answer.json)
                self.assertEqual({d["code"] for d in answer.dropped}, {"dane-required"})

    def test_off(self):
        """DANE-7: with off TLSA is never asked, and nothing demanded."""
        for domain in ("dane.s.test", "tlsa.broken.test", "tlsa-servfail.rules.test"):
            with self.subTest(domain=domain):
                answer = self.resolve(domain, "--dane", "off")
                self.assertDelivers(answer, "mx")
                self.assertEqual([e["tls"] for e in answer.plan], ["may"])
                self.assertNotAsked(answer)

    def test_without_dnssec(self):
        """DANE-1: nothing is secure, so no TLSA counts."""
        answer = self.resolve("dane.s.test", "--dnssec", "off")
        self.assertTls(answer, ("mx-dane.s.test:25", "may", None))
        self.assertNotAsked(answer)

    def test_require_without_dnssec(self):
        """DANE-7: a contradiction is refused before anything is asked, in one sentence."""
        done = self.run_resolve("--json", "--dane", "require", "--dnssec", "off", "dane.s.test")
        self.assertEqual((done.returncode, done.stdout), (78, ""), done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for word in ("dane", "dnssec"):
            self.assertIn(word, done.stderr)
