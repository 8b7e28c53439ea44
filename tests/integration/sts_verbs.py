# SPDX-License-Identifier: BSD-2-Clause
"""nextmx sts list, show, forget, refresh: who looks after the policies that are held."""

import os
import time

from sts_bed import NAMED, POLICY
from sts_case import CONFIG, DATA, DEFER, FILE, INTERNAL, OK, USAGE, StsCase

from bed.https import policy

MEMBERS = {"domain", "mode", "id", "max_age", "fetched", "expires", "mx"}
NOTHING = "nextmx: {}: no policy is held\n"


class VerbsCase(StsCase):
    def sts(self, verb, *arguments, status=OK, stderr="", **options):
        run = self.run_verb(f"sts {verb}", *arguments, **options)
        self.assertEqual((run.status, run.stderr), (status, stderr), run.stdout)
        return run

    def refused(self, status, words, verb, *arguments, **options):
        run = self.run_verb(f"sts {verb}", *arguments, **options)
        self.assertEqual((run.status, run.stdout), (status, ""), run.stderr)
        self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
        self.assertIn(words, run.stderr)


class List(VerbsCase):
    def test_nothing(self):
        """A folder that is empty holds nothing, and that is no failure."""
        for options in ((), ("--json",)):
            self.assertEqual(self.sts("list", *options).stdout, "")

    def test_text(self):
        first = self.held("v-b")
        second = self.domain("v-a", text=policy("testing", ["*.sts.test"], 86400), ident="ab12")
        self.resolve(second)
        lines = self.sts("list").stdout.splitlines()
        self.assertRegex(lines[0], rf"^{second.name}: testing, id ab12, fetched \d s ago,"
                                   r" expires in 863\d\d|86400 s$")
        self.assertRegex(lines[1], rf"^{first.name}: enforce, id 1, fetched 10\d\d s ago,"
                                   r" expires in (5999\d\d|600000) s$")
        self.assertEqual(len(lines), 2)
        self.assertEqual(self.sts("list", first.name).stdout.splitlines()[0][:20], lines[1][:20])

    def test_json(self):
        domain = self.held("v-json")
        row = self.rows()[domain.name]
        for verb, arguments in (("list", ()), ("list", (domain.name,)), ("show", (domain.name,))):
            with self.subTest(verb, arguments=arguments):
                (line,) = self.sts(verb, "--json", *arguments).lines
                text = {"text": policy(mx=[NAMED]).decode()} if verb == "show" else {}
                self.assertEqual(set(line), MEMBERS | set(text))
                self.assertEqual(line, text | {"domain": domain.name, "mode": "enforce", "id": "1",
                                        "max_age": 604800, "mx": [NAMED],
                                        "fetched": row["fetched"], "expires": row["expires"]})

    def test_show(self):
        """The text as it was served, harmless on a terminal."""
        text = policy(mx=[NAMED]) + b"x: \xe2\x80\xae\xc3\xa9\r\n"
        domain = self.domain("v-show", text=text)
        self.resolve(domain)
        lines = self.sts("show", domain.name).stdout.splitlines()
        self.assertEqual(lines[1:], ["  version: STSv1", "  mode: enforce", f"  mx: {NAMED}",
                                     "  max_age: 604800",
                                     r"  x: \226\128\174\195\169"])

    def test_names(self):
        """A domain is found in whatever spelling."""
        domain = self.held("v-names")
        for spelling in (domain.name.upper(), domain.name + "."):
            self.assertIn(f"{domain.name}: enforce", self.sts("show", spelling).stdout)

    def test_not_held(self):
        """65, and what is held is told nevertheless."""
        domain = self.held("v-held")
        for verb in ("list", "show"):
            with self.subTest(verb):
                name = "v-nobody.sts.test"
                run = self.sts(verb, name, domain.name, status=DATA, stderr=NOTHING.format(name))
                self.assertIn(f"{domain.name}: enforce", run.stdout)
                self.sts(verb, domain.name, name, status=DATA, stderr=NOTHING.format(name))

    def test_expired(self):
        domain = self.held("v-expired")
        self.change(domain, fetched=-604801, expires=-1)
        self.assertEqual(self.sts("list").stdout, "")
        self.sts("show", domain.name, status=DATA, stderr=NOTHING.format(domain.name))

    def test_usage(self):
        self.refused(USAGE, "which domain?", "show")
        self.refused(USAGE, "which domain?", "forget")
        self.refused(USAGE, "--state-dir", "list", state="")
        self.refused(USAGE, "--state-dir", "forget", "a.test", state="")
        self.refused(USAGE, "--jsn", "list", "--jsn")
        self.refused(CONFIG, "/nonexistent", "list", state="/nonexistent")

    def test_nobody_is_asked(self):
        """Nor is a trust anchor needed: list, show and forget work where DNS does not."""
        domain = self.held("v-offline")
        before = self.world.names.count
        for verb in ("list", "show", "forget"):
            done = self.run_verb(f"sts {verb}", domain.name, "--trust-anchor", "/nonexistent")
            self.assertEqual((done.status, done.stderr), (OK, ""))
        self.assertEqual(self.world.names.count, before)
        self.assertEqual(domain.server.count, 1)

    def test_output(self):
        self.held("v-full")
        for options in ((), ("--json",)):
            with open("/dev/full", "wb") as full:
                run = self.run_into(full, "sts list", *options)
                self.assertEqual(run.returncode, INTERNAL, run.stderr)


class Forget(VerbsCase):
    def test_forget(self):
        domain, other = self.held("f-one"), self.held("f-other")
        self.assertEqual(self.sts("forget", domain.name).stdout, "")
        self.assertEqual([line["domain"] for line in self.sts("list", "--json").lines],
                         [other.name])
        self.sts("forget", domain.name, status=DATA, stderr=NOTHING.format(domain.name))
        domain.withdraw()
        self.assertFree(self.resolve(domain))
        domain.record("1")
        self.assertEnforced(self.resolve(domain), source="fetch")

    def test_seen_by_another(self):
        """A process that has the policy in its memory does not write it back."""
        domain, gate = self.held("f-seen"), self.domain("f-gate", fault="held")
        process = self.begin("resolve", "--json", "--sts-timeout", "60", domain.name, gate.name)
        self.assertEnforced(self.early(process))
        self.assertTrue(gate.server.wait_for(lambda: gate.server.requests))
        self.sts("forget", domain.name)
        gate.server.released.set()
        self.assertEqual(self.end(process).status, OK)
        self.assertEqual([line["domain"] for line in self.sts("list", "--json").lines],
                         [gate.name])

    def test_several(self):
        domains = [self.held(f"f-several{n}").name for n in range(3)]
        self.sts("forget", domains[0], "v-nobody.sts.test", domains[2], status=DATA,
                 stderr=NOTHING.format("v-nobody.sts.test"))
        self.assertEqual([line["domain"] for line in self.sts("list", "--json").lines],
                         [domains[1]])


class Refresh(VerbsCase):
    def test_refresh(self):
        """At once, although the id is the same and nothing is due."""
        domain = self.held("r-one")
        domain.server.policy = policy(mx=[NAMED], max_age=3600)
        (line,) = self.sts("refresh", "--json", domain.name).lines
        self.assertEqual((line["domain"], line["id"], line["max_age"]), (domain.name, "1", 3600))
        self.assertGreaterEqual(line["fetched"], int(time.time()) - 600)
        self.assertEqual(domain.server.count, 2)
        self.assertEqual(self.rows()[domain.name]["max_age"], 3600)

    def test_new(self):
        domain = self.domain("r-new")
        run = self.sts("refresh", domain.name)
        self.assertRegex(run.stdout, rf"^{domain.name}: enforce, id 1, fetched \d s ago, ")
        self.assertEnforced(self.resolve(domain))

    def test_all(self):
        """Without a domain: all that is held."""
        domains = [self.held(f"r-all{n}") for n in range(3)]
        for domain in domains:
            domain.server.policy = policy(mx=[NAMED], max_age=7200)
        run = self.sts("refresh", "--json")
        self.assertEqual([(line["domain"], line["max_age"]) for line in run.lines],
                         [(domain.name, 7200) for domain in domains])
        self.assertEqual([domain.server.count for domain in domains], [2] * 3)

    def test_fails(self):
        """75, why, and what is held stays."""
        for fault, words in (("status_404", "status 404"), ("unknown_ca", "certificate"),
                             ("too_large", "64 KiB"), ("truncated", "cut short")):
            with self.subTest(fault):
                domain = self.held(f"r-{fault.replace('_', '-')}")
                domain.serve(fault)
                self.refused(DEFER, words, "refresh", domain.name)
                self.assertEqual(self.rows()[domain.name]["text"], POLICY)
                self.assertEnforced(self.resolve(domain))

    def test_not_valid(self):
        domain = self.held("r-text")
        domain.server.policy = b"<html>"
        self.refused(DEFER, "version", "refresh", domain.name)
        self.assertEnforced(self.resolve(domain))

    def test_no_record(self):
        domain = self.domain("r-none")
        domain.withdraw()
        self.refused(DEFER, domain.name, "refresh", domain.name)
        self.assertEqual(domain.server.count, 0)

    def test_one_of_several(self):
        good, bad, last = (self.domain(f"r-{word}") for word in ("good", "bad", "last"))
        bad.serve("status_500")
        run = self.run_verb("sts refresh", "--json", good.name, bad.name, last.name)
        self.assertEqual(run.status, DEFER)
        self.assertEqual([line["domain"] for line in run.lines], [good.name, last.name])
        self.assertRegex(run.stderr, f"^nextmx: {bad.name}: .*status 500 instead of 200\n$")

    def test_max_age_0(self):
        """It ends what was held; with --json standard output is JSON all the same."""
        domain = self.held("r-zero")
        domain.server.policy = policy(mx=[NAMED], max_age=0)
        for flags in ((), ("--json",)):
            run = self.run_verb("sts refresh", *flags, domain.name)
            self.assertEqual((run.status, run.stdout), (OK, ""))
            self.assertIn("not kept", run.stderr)
            self.assertEqual(self.sts("list").stdout, "")

    def test_no_name(self):
        run = self.run_verb("sts refresh", "a..b")
        self.assertIn(run.status, (USAGE, DATA, DEFER))
        self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)

    def test_without_folder(self):
        """Then it only tells what would be."""
        domain = self.domain("r-memory")
        self.assertIn("enforce, id 1", self.sts("refresh", domain.name, state="").stdout)
        self.assertFalse(os.path.exists(os.path.join(self.state, FILE)))
