# SPDX-License-Identifier: BSD-2-Clause
"""nextmx resolve with MTA-STS: a policy is fetched, kept, used again, replaced; and what happens
without one."""

import time

from sts_bed import NAMED, POLICY, RECORD, UNNAMED
from sts_case import MOST_TTL_S, StsCase

from bed.https import policy

PATH = "/.well-known/mta-sts.txt"
SOON = ("--sts-timeout", "1")  # for what must run into it
# A record that is silent: libunbound of Debian 13 gives up within a second.
MUTE = "STS-2: the MTA-STS (policy was not there in time|record is not known: SERVFAIL)"

# Faults of a policy host, and what "why" says of them.
FETCH = {
    "reset_at_accept": "could not be fetched: ", "close_at_handshake": "could not be fetched: ",
    "tls11_only": "could not be fetched: ", "wrong_name": "the certificate does not name this host",
    "unknown_ca": "could not be fetched: .*(certificate|issuer|self-signed)",
    "cn_only": r"a common name does not count", "expired": "has expired",
    "partial_wildcard": "the certificate does not name this host",
    "status_404": "status 404 instead of 200", "status_500": "status 500 instead of 200",
    "redirect": "status 302 instead of 200; redirects are not followed",
    "wrong_type": "the answer's Content-Type is text/html", "no_type": "no Content-Type",
    "gzip": "the answer's Content-Encoding is gzip", "too_large": "is over 64 KiB",
    "flood": "is over 64 KiB", "truncated": "the answer was cut short",
    "truncated_tls": "could not be fetched: ", "escapes": "could not be fetched: ",
}
SILENT = ("unanswered", "silent_at_accept", "silent_at_handshake", "silent_at_reply", "drip",
          "silent_in_body")
# Texts that are no policy.
TEXTS = {
    b"": "version is missing", b"<html>\r\n": "version is missing",
    POLICY.replace(b"enforce", b"Enforce"): "line 2: the mode",
    POLICY.replace(b"604800", b"7d"): "line 4: max_age",
    policy(mx=[]): "mx", POLICY + b"x: \xff\r\n": "line 5: not UTF-8",
    POLICY + b"\0\r\n": "line 5: a control character",
}
# Records that announce nothing: the strings of each RR.
RECORDS = {
    "two": ([RECORD.format(1)], [RECORD.format(2)]), "same": ([RECORD.format(1)],) * 2,
    "noid": (["v=STSv1;"],), "badid": (["v=STSv1; id=1-2;"],),
    "longid": (["v=STSv1; id=" + "1" * 33 + ";"],),
}


class Resolve(StsCase):
    def test_first_and_second(self):
        """STS-4, STS-5: one request; the next process has it from the folder."""
        domain = self.domain("first")
        before = int(time.time())
        answer = self.resolve(domain)
        self.assertEnforced(answer, source="fetch")
        self.assertEqual((answer.sts["max_age"], answer.sts["mx"], answer.sts["age"]),
                         (604800, [NAMED], 0))
        self.assertGreater(answer.ttl, MOST_TTL_S)
        self.assertWhy(answer, "STS-5: MTA-STS policy 1, mode enforce, fetched now",
                       f"STS-6: {NAMED} port 25: TLS must show a certificate for this name")
        self.assertTrue(domain.server.wait_idle())
        (request,) = domain.server.requests
        self.assertEqual((request.method, request.path, request.headers["host"]),
                         ("GET", PATH, f"mta-sts.{domain.name}"))
        self.assertEqual(domain.server.records[0].sni, f"mta-sts.{domain.name}")
        row = self.rows()[domain.name]
        self.assertEqual((row["id"], row["max_age"], row["text"]), ("1", 604800, POLICY))
        self.assertTrue(before <= row["fetched"] <= int(time.time()), row)
        self.assertEqual(row["expires"] - row["fetched"], 604800)
        for _ in range(2):
            answer = self.resolve(domain)
            self.assertEnforced(answer)
            self.assertGreater(answer.ttl, MOST_TTL_S)
        self.assertEqual(domain.server.count, 1)

    def test_age(self):
        """In the JSON and in the text: seconds since it was fetched."""
        domain = self.held("age")
        fetched = self.rows()[domain.name]["fetched"]
        least = int(time.time()) - fetched
        answer = self.resolve(domain)
        text = self.run_verb("resolve", "--why", domain.name)
        most = int(time.time()) - fetched
        self.assertTrue(least <= answer.sts["age"] <= most, answer.sts)
        self.assertEqual((text.status, text.stderr), (0, ""))
        self.assertRegex(text.stdout, r"\n  MTA-STS: enforce, id 1, held, fetched 10\d\d s ago,"
                                      rf" max_age 604800: {NAMED}\n")
        self.assertRegex(text.stdout, rf"\n   1\. mx 2  {NAMED}:25  127.0.46.251  insecure  tls sts")
        self.assertRegex(text.stdout, rf"left out: mx {UNNAMED}:25: sts-mismatch: ")
        self.assertRegex(text.stdout, r"STS-5: MTA-STS policy 1, mode enforce, fetched 10\d\d s ago")
        self.assertEqual(domain.server.count, 1)

    def test_text_when_fetched(self):
        domain = self.domain("fresh", text=policy("testing", ["*.sts.test", NAMED], 86400))
        text = self.run_verb("resolve", domain.name)
        self.assertRegex(text.stdout, r"\n  MTA-STS: testing, id 1, fetched \d s ago, max_age 86400:"
                                      rf" \*\.sts\.test {NAMED}\n")

    def test_new_id(self):
        """STS-5: fetched at once, and in the old one's place."""
        domain = self.held("newid")
        domain.server.policy = policy(mx=[UNNAMED, NAMED], max_age=3600)
        self.assertEnforced(self.resolve(domain))
        domain.record("2")
        answer = self.resolve(domain)
        self.assertEqual((answer.sts["id"], answer.sts["source"], answer.sts["mx"], answer.drops),
                         ("2", "fetch", [UNNAMED, NAMED], {}))
        self.assertEqual({e["tls"] for e in answer.plan}, {"sts"})
        self.assertEqual(self.resolve(domain).sts["source"], "cache")
        self.assertEqual(domain.server.count, 2)
        self.assertEqual([(row["id"], row["max_age"]) for row in self.rows().values()],
                         [("2", 3600)])

    def test_due(self):
        """STS-5: after a day it is fetched again, while the old one serves."""
        domain, other = self.held("due"), self.domain("due-other", fault="held")
        self.change(domain, fetched=-90000, expires=300000)
        domain.server.policy = policy("none", [])
        process = self.begin("resolve", "--json", "--sts-timeout", "60", domain.name, other.name)
        self.assertEnforced(self.early(process))
        self.assertTrue(domain.server.wait_idle(2))
        other.server.released.set()
        self.assertEqual(self.end(process).status, 0)
        answer = self.resolve(domain)
        self.assertEqual((answer.sts["mode"], answer.sts["source"]), ("none", "cache"))
        self.assertEqual(domain.server.count, 2)

    def test_testing(self):
        """STS-6: nothing is demanded, and what would be left out is told."""
        domain = self.domain("testing", text=policy("testing", [NAMED]))
        for source in ("fetch", "cache"):
            answer = self.resolve(domain)
            self.assertEqual((answer.sts["mode"], answer.sts["source"]), ("testing", source))
            self.assertEqual([(e["host"], e["tls"]) for e in answer.plan],
                             [(UNNAMED, "may"), (NAMED, "may")])
            self.assertWhy(answer, f"STS-6: {UNNAMED} is named by no mx")

    def test_max_age_0(self):
        """STS-5: used once, not kept."""
        domain = self.domain("once", text=policy(mx=[NAMED], max_age=0))
        for count in (1, 2):
            self.assertEnforced(self.resolve(domain), source="fetch")
            self.assertEqual(domain.server.count, count)
        self.assertEqual(self.rows(), {})

    def test_nothing_left(self):
        """STS-6: the policy names no host: later, for it may be mended."""
        domain = self.domain("stranger", text=policy(mx=["mx.elsewhere.test"]))
        answer = self.resolve(domain)
        self.assertEqual((answer.outcome, answer.plan, answer.status), ("defer", [], 75))
        self.assertEqual(answer.drop_codes, ["sts-mismatch"] * 2)

    def test_off(self):
        domain = self.held("off")
        answer = self.resolve(domain, "--sts", "off")
        self.assertFree(answer)
        self.assertNotIn((domain.owner, "TXT"), answer.asked)

    def test_without_folder(self):
        """In memory only: a domain that is asked twice is fetched once, the next run again."""
        domain = self.domain("memory")
        run = self.resolve_all(domain.name, domain.name, state="")
        self.assertEqual([line["sts"]["id"] for line in run.lines], ["1", "1"])
        self.assertEqual(domain.server.count, 1)
        self.assertEnforced(self.resolve(domain, state=""), source="fetch")
        self.assertEqual(domain.server.count, 2)

    def test_strings_are_joined(self):
        """STS-1: with records of others, which do not count."""
        domain = self.domain("joined")
        domain.publish(["v=spf1 -all"], ["v=ST", "Sv1;", " id=1", ";"], ["v=STSv2; id=9;"])
        self.assertEnforced(self.resolve(domain), source="fetch")


class Without(StsCase):
    """STS-2: no policy is held and none comes: not protected, for a minute, and why is said."""

    def without(self, domain, *patterns, options=(), ttl=MOST_TTL_S):
        answer = self.resolve(domain, *options)
        self.assertFree(answer)
        self.assertWhy(answer, *patterns)
        self.assertLessEqual(answer.ttl, ttl)
        return answer

    def test_fetch(self):
        for fault, words in FETCH.items():
            with self.subTest(fault):
                domain = self.domain(f"w-{fault.replace('_', '-')}", fault=fault)
                self.without(domain, f"STS-[34]: the MTA-STS policy 1 .*{words}",
                             "STS-2: no MTA-STS policy is held: without one for now")
                domain.close()
        self.assertEqual(self.rows(), {})

    def test_refused(self):
        domain = self.domain("w-refused")
        domain.silence()
        self.without(domain, "STS-4: .*could not be fetched: .*refused")

    def test_silence(self):
        for fault in SILENT:
            with self.subTest(fault):
                domain = self.domain(f"w-{fault.replace('_', '-')}", fault=fault)
                self.without(domain, "STS-2: the MTA-STS policy was not there in time",
                             "STS-2: no MTA-STS policy is held", options=SOON)

    def test_no_address(self):
        domain = self.domain("w-address")
        self.world.names.forget(f"mta-sts.{domain.name}", "A")
        self.without(domain, "STS-4: .*no usable address")

    def test_address_not_allowed(self):
        """ADR-1, STS-4: nor is it dialled."""
        domain = self.domain("w-denied")
        self.without(domain, "STS-4: .*no usable address: .*A: not allowed",
                     options=("--deny-networks", f"{domain.address}/32"))
        self.assertEqual(domain.server.count, 0)

    def test_text(self):
        for number, (text, words) in enumerate(TEXTS.items()):
            with self.subTest(text[:80]):
                domain = self.domain(f"w-text{number}", text=text)
                self.without(domain, f"STS-3: the MTA-STS policy 1 is not valid: .*{words}")
        self.assertEqual(self.rows(), {})

    def test_record_unknown(self):
        for action, words in (("servfail", "SERVFAIL"), ("refused", "(SERVFAIL|REFUSED)")):
            with self.subTest(action):
                domain = self.domain(f"w-{action}")
                domain.fail(action)
                self.without(domain, f"STS-2: the MTA-STS record is not known: {words}")
                self.assertEqual(domain.server.count, 0)

    def test_record_silent(self):
        domain = self.domain("w-mute")
        domain.fail("silent")
        self.without(domain, MUTE, options=SOON)

    def test_record_bogus(self):
        answer = self.resolve_all("spoiled.signed.test").answers["spoiled.signed.test"]
        self.assertEqual((answer.status, answer.sts, answer.plan[0]["tls"]), (0, None, "may"))
        self.assertLessEqual(answer.ttl, MOST_TTL_S)
        self.assertWhy(answer, "STS-2: the MTA-STS record is not known: bogus")

    def test_record_invalid(self):
        """STS-1: certain, so the route lives as long as ever."""
        for label, records in RECORDS.items():
            with self.subTest(label):
                domain = self.domain(f"w-{label}")
                domain.publish(*records)
                self.without(domain, "STS-1: the MTA-STS record does not count: ", ttl=3600)
                self.assertEqual(domain.server.count, 0)

    def test_no_record(self):
        domain = self.domain("w-none")
        domain.withdraw()
        answer = self.without(domain, ttl=3600)
        self.assertNotIn("STS-2", answer.rules)
        self.assertEqual(domain.server.count, 0)

    def test_late(self):
        """The fetch goes on: who asks later in the same run has it."""
        domain, other = self.domain("w-late", fault="held"), self.domain("w-other", fault="held")
        process = self.begin("resolve", "--json", "--sts-timeout", "1", domain.name, other.name)
        self.assertIsNone(self.early(process).sts)
        domain.server.released.set()
        other.server.released.set()
        self.assertEqual(self.end(process).status, 0)


def declare(world):
    world.publish("spoiled IN MX 10 mx-spoiled", "mx-spoiled IN A 127.0.46.251",
                  f'_mta-sts.spoiled IN TXT "{RECORD.format(1)}"')
    world.spoil.append(("_mta-sts.spoiled.signed.test", "TXT"))
