# SPDX-License-Identifier: BSD-2-Clause
"""STS-2, STS-5: a policy that is held stays in force whatever DNS and the policy host say; only
its expiry and a policy that was newly fetched end it. Each in a process of its own: all there is of
the last one is in the folder."""

import os
import time

from sts_bed import NAMED, POLICY, RECORD, UNNAMED
from sts_case import StsCase
from sts_resolve import FETCH, MUTE, SILENT, SOON, TEXTS

from bed.https import policy

STAYS = r"STS-2: the MTA-STS policy that is held stays in force for (59\d{4}|600000) s"


class Survives(StsCase):
    def survives(self, domain, *patterns, options=()):
        answer = self.resolve(domain, *options)
        self.assertEnforced(answer)
        self.assertEqual(answer.status, 0)
        self.assertGreaterEqual(answer.sts["age"], 1000)
        self.assertWhy(answer, STAYS, *patterns)
        # And nothing of it was lost for the next.
        self.assertEqual(self.rows()[domain.name]["text"], POLICY)
        return answer

    def survives_new_id(self, fault, *patterns, options=(), **more):
        """The record announces another policy, and it cannot be had."""
        domain = self.held(f"s-{fault.replace('_', '-')}")
        domain.record("2")
        domain.serve(fault, **more)
        self.survives(domain, *patterns, options=options)
        self.assertEqual(domain.server.count, 0 if fault == "unanswered" else 1)

    def fetch_fails(self, fault):
        self.survives_new_id(fault, f"STS-[34]: the MTA-STS policy 2 .*{FETCH[fault]}")

    # ---- The record ----

    def test_record_removed(self):
        domain = self.held("s-removed")
        domain.withdraw()
        self.survives(domain)
        self.assertEqual(domain.server.count, 1)

    def test_record_servfail(self):
        domain = self.held("s-servfail")
        domain.fail("servfail")
        self.survives(domain, "STS-2: the MTA-STS record is not known: SERVFAIL")

    def test_record_refused(self):
        domain = self.held("s-refused-dns")
        domain.fail("refused")
        self.survives(domain, "STS-2: the MTA-STS record is not known: ")

    def test_record_silent(self):
        domain = self.held("s-mute")
        domain.fail("silent")
        self.survives(domain, MUTE, options=SOON)

    def test_record_garbage(self):
        domain = self.held("s-garbage")
        domain.fail("garbage")
        self.survives(domain, options=SOON)

    def test_record_bogus(self):
        """Who did not validate had the policy; who does has it, too."""
        name = "bogus.signed.test"
        first = self.resolve_all("--dnssec", "off", name).answers[name]
        self.assertEqual((first.sts["mode"], first.sts["source"]), ("enforce", "fetch"))
        answer = self.resolve_all(name).answers[name]
        self.assertEqual((answer.status, answer.sts["mode"], answer.sts["source"]),
                         (0, "enforce", "cache"))
        self.assertEqual([e["tls"] for e in answer.plan], ["sts"])
        self.assertWhy(answer, "STS-2: the MTA-STS record is not known: bogus", "stays in force")

    def test_records_two(self):
        domain = self.held("s-two")
        domain.publish([RECORD.format(2)], [RECORD.format(3)])
        self.survives(domain, "STS-1: the MTA-STS record does not count: ")
        self.assertEqual(domain.server.count, 1)

    def test_record_not_valid(self):
        domain = self.held("s-invalid")
        for number, strings in enumerate((["v=STSv1;"], ["v=STSv1; id=;"], ["v=STSv1"])):
            with self.subTest(number):
                domain.publish(strings)
                self.survives(domain)

    # ---- The policy host ----

    def test_no_address(self):
        domain = self.held("s-address")
        domain.record("2")
        self.world.names.forget(f"mta-sts.{domain.name}", "A")
        self.survives(domain, "no usable address")

    def test_refused(self):
        domain = self.held("s-refused")
        domain.record("2")
        domain.silence()
        self.survives(domain, "STS-4: the MTA-STS policy 2 could not be fetched: .*refused")

    def test_silent(self):
        for fault in SILENT:
            with self.subTest(fault):
                self.survives_new_id(fault, "STS-2: the MTA-STS policy was not there in time",
                                     options=SOON)

    def test_unknown_ca(self):
        self.fetch_fails("unknown_ca")

    def test_cn_only(self):
        self.fetch_fails("cn_only")

    def test_expired(self):
        self.fetch_fails("expired")

    def test_wrong_name(self):
        self.fetch_fails("wrong_name")

    def test_partial_wildcard(self):
        self.fetch_fails("partial_wildcard")

    def test_404(self):
        self.fetch_fails("status_404")

    def test_500(self):
        self.fetch_fails("status_500")

    def test_redirect(self):
        self.fetch_fails("redirect")

    def test_wrong_type(self):
        self.fetch_fails("wrong_type")

    def test_too_large(self):
        self.fetch_fails("too_large")

    def test_truncated(self):
        self.fetch_fails("truncated")

    def test_gzip(self):
        self.fetch_fails("gzip")

    def test_others(self):
        for fault in ("reset_at_accept", "close_at_handshake", "tls11_only", "no_type", "flood",
                      "truncated_tls", "escapes"):
            with self.subTest(fault):
                self.fetch_fails(fault)

    def test_text(self):
        """STS-3: what is not valid replaces nothing, whatever its mode would be."""
        for number, text in enumerate([*TEXTS, b"version: STSv1\r\nmode: none\r\n"]):
            with self.subTest(text[:80]):
                domain = self.held(f"s-text{number}")
                domain.record("2")
                domain.serve(text=text)
                self.survives(domain, "STS-3: the MTA-STS policy 2 is not valid")

    # ---- Everything at once ----

    def test_many_restarts(self):
        domain = self.held("s-restarts")
        domain.record("2")
        domain.silence()
        for _ in range(5):
            self.survives(domain)
            self.assertEqual(self.run_verb("sts list").stdout.count(domain.name), 1)

    def test_all_is_down(self):
        """DNS of the record and the policy host, for good: until the last second."""
        domain = self.held("s-down")
        domain.fail("servfail")
        domain.silence()
        self.change(domain, fetched=-604500, expires=300)
        answer = self.resolve(domain)
        self.assertEnforced(answer)
        self.assertWhy(answer, r"stays in force for (2\d\d|300) s")


class Ends(StsCase):
    """What ends it."""

    def test_expiry(self):
        """The wall clock alone does: there is nothing newer."""
        domain = self.held("e-expiry")
        domain.withdraw()
        self.assertEnforced(self.resolve(domain))
        self.change(domain, fetched=-604810, expires=-10)
        self.assertFree(self.resolve(domain))
        self.assertEqual(domain.server.count, 1)

    def test_expiry_in_doubt(self):
        domain = self.held("e-doubt")
        self.change(domain, fetched=-604810, expires=-10)
        domain.fail("servfail")
        answer = self.resolve(domain)
        self.assertFree(answer)
        self.assertLessEqual(answer.ttl, 60)
        self.assertWhy(answer, "STS-2: no MTA-STS policy is held")

    def test_expiry_and_fetched_again(self):
        """Of the same id."""
        domain = self.held("e-again")
        self.change(domain, fetched=-604810, expires=-10)
        self.assertEnforced(self.resolve(domain), source="fetch")
        self.assertEnforced(self.resolve(domain))
        self.assertEqual(domain.server.count, 2)

    def test_mode_none(self):
        """STS-5: fetched anew, for a new id, it ends what was held, for good."""
        domain = self.held("e-none")
        domain.server.policy = policy("none", [])
        self.assertEnforced(self.resolve(domain))
        domain.record("2")
        for source in ("fetch", "cache"):
            answer = self.resolve(domain)
            self.assertEqual((answer.sts["mode"], answer.sts["source"]), ("none", source))
            self.assertEqual([(e["host"], e["tls"]) for e in answer.plan],
                             [(UNNAMED, "may"), (NAMED, "may")])
        domain.withdraw()
        self.assertEqual(self.resolve(domain).sts["mode"], "none")

    def test_max_age_0(self):
        domain = self.held("e-zero")
        domain.server.policy = policy(mx=[NAMED], max_age=0)
        domain.record("2")
        self.assertEnforced(self.resolve(domain), "2", "fetch")
        domain.withdraw()
        self.assertFree(self.resolve(domain))

    def test_forged_row(self):
        """A row whose sum is wrong is nobody's policy; the others stay."""
        domain, other = self.held("e-forged"), self.held("e-other")
        db = self.database()
        db.execute("UPDATE policy SET mode = 1, text = ? WHERE domain = ?",
                   (policy("none", []), domain.name))
        db.close()
        domain.withdraw()
        other.withdraw()
        self.assertIsNone(self.resolve(domain, stderr=None).sts)
        self.assertEnforced(self.resolve(other, stderr=None))


class Others(StsCase):
    """Other processes write to the same folder meanwhile."""

    def waits(self, *domains):
        """A process that has read the folder and goes on only when self.gate is released."""
        self.gate = self.domain("gate", fault="held")
        process = self.begin("resolve", "--json", "--sts-timeout", "60", self.gate.name, *domains)
        self.assertTrue(self.gate.server.wait_for(lambda: self.gate.server.requests))
        return process

    def goes_on(self, process, stderr="^$"):
        self.gate.server.released.set()
        run = self.end(process)
        self.assertEqual(run.status, 0)
        self.assertRegex(run.stderr, stderr)
        return run.answers

    def test_other_domains(self):
        """All of both are there."""
        domain, other = self.held("o-domain"), self.domain("o-other")
        process = self.waits(domain.name)
        self.assertEnforced(self.resolve(other), source="fetch")
        self.assertEnforced(self.goes_on(process)[domain.name])
        self.assertEqual(set(self.rows()), {domain.name, other.name, self.gate.name})
        for each in (domain, other, self.gate):
            each.withdraw()
            self.assertEnforced(self.resolve(each))

    def test_older_copy(self):
        """It replaces no newer one: the first process had the old one in its memory all the time."""
        domain = self.held("o-older")
        process = self.waits(domain.name)
        domain.server.policy = policy(mx=[UNNAMED, NAMED], max_age=3600)
        domain.record("2")
        self.assertEqual(self.resolve(domain).sts["id"], "2")
        newer = self.rows()[domain.name]
        self.goes_on(process)
        self.assertEqual(self.rows()[domain.name], newer)
        domain.withdraw()
        self.assertEqual(self.resolve(domain).sts["id"], "2")

    def test_file_is_removed(self):
        """By hand, under a process that has all of it in memory: it writes it again, and what is
        newer in the file that came meanwhile stays."""
        older, kept = self.held("o-removed"), self.held("o-kept")
        process = self.waits()
        for name in os.listdir(self.state):
            os.unlink(os.path.join(self.state, name))
        older.record("2")
        older.server.policy = policy(mx=[UNNAMED, NAMED])
        self.assertEqual(self.resolve(older).sts["source"], "fetch")
        self.goes_on(process, f"^(nextmx: {self.state}/.*another one is used\n)?$")
        rows = self.rows()
        self.assertEqual({domain: row["id"] for domain, row in rows.items()},
                         {older.name: "2", kept.name: "1", self.gate.name: "1"})

    def test_at_once(self):
        """Several write the same domains: one policy each, and the last fetched."""
        domains = [self.domain(f"o-many{n}") for n in range(8)]
        names = [domain.name for domain in domains]
        runs = [self.begin("resolve", "--json", "--sts-timeout", "60", *order)
                for order in (names, names[::-1], names[4:] + names[:4])]
        for process in runs:
            run = self.end(process)
            self.assertEqual((run.status, run.stderr), (0, ""))
            for answer in run.answers.values():
                self.assertEqual(answer.sts["mode"], "enforce")
        self.assertEqual(set(self.rows()), set(names))
        counts = [domain.server.count for domain in domains]
        run = self.resolve_all(*names)
        self.assertEqual({line["sts"]["source"] for line in run.lines}, {"cache"})
        self.assertEqual([domain.server.count for domain in domains], counts)


class Clock(StsCase):
    def test_fetched_tomorrow(self):
        """CLK: a row of the future is a clock's mistake, but protects; a new fetch replaces it."""
        domain = self.held("c-future")
        self.change(domain, fetched=86400, expires=86400 + 604800)
        domain.withdraw()
        self.assertEnforced(self.resolve(domain))
        domain.record("2")
        self.assertEnforced(self.resolve(domain), "2", "fetch")
        self.assertLessEqual(self.rows()[domain.name]["fetched"], int(time.time()))


def declare(world):
    name = "bogus.signed.test"
    server = world.policy_server([name], policy(mx=["mx-bogus.signed.test"]))
    world.publish("bogus IN MX 10 mx-bogus", "mx-bogus IN A 127.0.46.251",
                  f"mta-sts.bogus IN A {server.address}",
                  f'_mta-sts.bogus IN TXT "{RECORD.format(1)}"')
    world.spoil.append((f"_mta-sts.{name}", "TXT"))
