# SPDX-License-Identifier: BSD-2-Clause
"""Seeds, shares, the JSON contract, TTLs, limits, sources of data."""

import json
import os
import tempfile

from case import CliCase

_KEYS = {"schema", "domain", "ascii", "outcome", "status", "reason", "source", "security", "ttl",
         "seed", "sts", "plan", "dropped", "why", "queries"}
_PLAN = {"stage", "priority", "weight", "host", "port", "address", "security", "tls", "sni",
         "reference_ids", "tlsa"}
_DROPPED = {"stage", "host", "port", "address", "code", "rule", "text"}
_QUERY = {"name", "type", "rcode", "security", "ttl", "ms"}


class Contract(CliCase):
    def test_fields(self):
        """DESIGN 6: every field is there, in every outcome."""
        for domain in ("srv.s.test", "srv.u.test", "null.s.test", "one.bogus.test",
                       "[198.51.100.1]", "not-there.s.test"):
            with self.subTest(domain=domain):
                answer = self.resolve(domain)
                self.assertEqual(answer.schema, "nextmx.route/1")
                self.assertEqual(answer.domain, domain)
                self.assertLessEqual(_KEYS, set(answer.json))
                for entries, keys in ((answer.plan, _PLAN), (answer.dropped, _DROPPED),
                                      (answer.queries, _QUERY)):
                    for entry in entries:
                        self.assertLessEqual(keys, set(entry), entry)
                for line in answer.why:
                    self.assertLessEqual({"phase", "rule", "text"}, set(line))

    def test_queries_are_sorted(self):
        """DESIGN 6: by name, then type."""
        queries = [(q["name"], q["type"]) for q in self.resolve("srv.s.test").queries]
        self.assertEqual(queries, sorted(queries))
        self.assertEqual(len(queries), len(set(queries)))

    def test_several_domains(self):
        """DESIGN 5: JSON Lines; 75 outranks 68 outranks 0."""
        cases = ((("one.s.test", "null.s.test"), 68),
                 (("null.s.test", "one.bogus.test", "one.s.test"), 75),
                 (("one.s.test", "ties.s.test"), 0))
        for domains, status in cases:
            done = self.run_resolve("--json", *domains)
            self.assertEqual(done.returncode, status, done.stderr)
            found = [json.loads(line)["domain"] for line in done.stdout.splitlines()]
            self.assertEqual(sorted(found), sorted(domains))

    def test_for_people(self):
        """DESIGN 5: without --json text, and --why names the rules."""
        done = self.run_resolve("--why", "one.s.test")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("mx1.s.test", done.stdout)
        self.assertIn("SRV-13", done.stdout)
        self.assertNotIn("\x1b", done.stdout)
        self.assertEqual(done.stderr, "")


class Seeds(CliCase):
    def test_replay(self):
        """SRV-3: a seed gives the same plan in every process, though answers rotate."""
        for domain in ("srv.s.test", "ties.s.test"):
            plans = [self.resolve(domain, "--seed", "42").plan for _ in range(4)]
            for plan in plans[1:]:
                self.assertEqual(plan, plans[0])

    def test_seeds_differ(self):
        """MX-2: other seeds, other orders; every host comes first at some time."""
        first = {self.resolve("ties.s.test", "--seed", str(n)).hosts[0] for n in range(24)}
        self.assertEqual(first, {f"mx{n}.s.test:25" for n in (1, 2, 3)})

    def test_a_drawn_seed_can_be_replayed(self):
        """DESIGN 1: the plan says the seed it was drawn from."""
        drawn = self.resolve("srv.s.test")
        self.assertEqual(self.resolve("srv.s.test", "--seed", str(drawn.seed)).plan, drawn.plan)
        largest = str(2 ** 53 - 1)
        self.assertEqual(self.resolve("srv.s.test", "--seed", largest).seed, 2 ** 53 - 1)

    def test_shares(self):
        """SRV-4: 10.23:20.13:69.64 %."""
        answer = self.resolve("srv.s.test", "--seed", "1", "--count", "10000")
        shares = {f"{s['host']}:{s['port']}": s["first"] for s in answer.shares}
        total = sum(shares.values())
        for host, expected in (("mx1.s.test:25", 0.1023), ("mx2.s.test:2525", 0.2013),
                               ("mx3.s.test:25", 0.6964)):
            self.assertAlmostEqual(shares[host] / total, expected, delta=0.02)
        self.assertFalse(shares.get("mx4.s.test:2525"))

    def test_zero_weight(self):
        """SRV-4: (0, 60): the zero record comes first once in 61."""
        answer = self.resolve("srv25.s.test", "--seed", "1", "--count", "10000")
        shares = {s["host"]: s["first"] for s in answer.shares}
        share = shares["mx1.s.test"] / sum(shares.values())
        self.assertAlmostEqual(share, 1 / 61, delta=0.006)


class Limits(CliCase):
    def test_ttl(self):
        """TTL-1: the least TTL, at most cache-max-ttl."""
        # The denial of SRV lives 300 s, the records 3600 s.
        self.assertLessEqual(self.resolve("one.s.test").ttl, 300)
        self.assertGreater(self.resolve("one.s.test").ttl, 0)
        self.assertLessEqual(self.resolve("one.s.test", "--cache-max-ttl", "30").ttl, 30)

    def test_questions(self):
        """DESIGN 3: beyond max-questions in flight: 4.3.2, not absence."""
        answer = self.resolve("ties.s.test", "--max-questions", "1")
        self.assertEqual(answer.outcome, "defer")


class Sources(CliCase):
    def zone_file(self, text):
        file = tempfile.NamedTemporaryFile("w", suffix=".zone", delete=False)
        self.addCleanup(os.unlink, file.name)
        with file:
            file.write(text)
        return file.name

    def test_upstream(self):
        """DESIGN 5: forwarded, and still validated here."""
        done = self.run_bare("resolve", "--json", "--upstream", f"127.0.0.1@{self.bed.port}",
                             "--trust-anchor", self.bed.anchor, "--allow-networks",
                             "198.51.100.0/24", "forwarded.example")
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertEqual(json.loads(done.stdout)["security"], "secure")

    def test_zone_from_a_file(self):
        """DESIGN 5: a what-if before publishing, beside real servers."""
        path = self.zone_file("$ORIGIN new.example.\n$TTL 300\n"
                              "@ IN SOA ns hostmaster 1 7200 3600 1209600 300\n@ IN NS ns\n"
                              "_smtp._tcp IN SRV 10 10 25 mail\n@ IN MX 10 mx1.s.test.\n"
                              "mail IN A 198.51.100.70\n")
        answer = self.resolve("new.example", "--zone", f"new.example={path}")
        self.assertDelivers(answer, "srv", ["mail.new.example:25", "mx1.s.test:25"])
        self.assertEqual(answer.security, "insecure")

    def test_signed_zone_from_a_file(self):
        """DESIGN 5: the offline demo's way; its own anchor, no server at all."""
        demo = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "demo")
        done = self.run_bare("resolve", "--json", "--zone", f".={demo}/root.zone",
                             "--trust-anchor", f"{demo}/root.anchor", "--allow-networks",
                             "198.51.100.0/24", "mx.example")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["security"], "secure")
