# SPDX-License-Identifier: BSD-2-Clause
"""nextmx sts report: reports of a day (RFC 8460 section 4.4), of what check and deliver counted, in
whatever process."""

import collections
import datetime
import re

from sts_bed import NAMED, POLICY, UNNAMED
from sts_case import DEFER, OK, USAGE
from sts_check import HELO, HOST, SIGNED, TEXT, CheckCase

from bed.https import policy

UTC = datetime.timezone.utc
REPORT = {"organization-name": str, "date-range": dict, "contact-info": str, "report-id": str,
          "policies": list}
POLICY_MEMBERS = {"policy": dict, "summary": dict, "failure-details": list}
SUMMARY = {"total-successful-session-count": int, "total-failure-session-count": int}
# Those that must be there, and those that may.
DETAIL = {"result-type": str, "failed-session-count": int}
DETAIL_MORE = {"sending-mta-ip": str, "receiving-mx-hostname": str, "receiving-mx-helo": str,
               "receiving-ip": str, "additional-information": str, "failure-reason-code": str}
TYPES = {"tlsa", "sts", "no-policy-found"}
RESULTS = {"starttls-not-supported", "certificate-host-mismatch", "certificate-expired",
           "certificate-not-trusted", "validation-failure", "tlsa-invalid", "dnssec-invalid",
           "dane-required", "sts-policy-fetch-error", "sts-policy-invalid", "sts-webpki-invalid"}
DATE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

Counts = collections.namedtuple("Counts", "good bad details")


def today():
    return datetime.datetime.now(UTC).date()


class ReportCase(CheckCase):
    def setUp(self):
        """A run that goes over midnight would count in two days."""
        super().setUp()
        self.day = today()

    def report(self, *options, day=None):
        """{domain: report}"""
        run = self.run_verb("sts report", "--day", str(day or self.day), *options)
        self.assertEqual((run.status, run.stderr), (OK, ""))
        found = {}
        for report in run.lines:
            self.assertReport(report, day or self.day)
            domains = {p["policy"]["policy-domain"] for p in report["policies"]}
            self.assertEqual(len(domains), 1, "a report is of one domain")
            self.assertNotIn(*domains, found)
            found[domains.pop()] = report
        if day is None and today() != self.day:
            self.fail("midnight: once more, please")
        return found

    def assertReport(self, report, day):
        """RFC 8460, 4.4, figure 1 and what is below it."""
        self.assertEqual(set(report), set(REPORT))
        for name, kind in REPORT.items():
            self.assertIsInstance(report[name], kind, name)
        begin, end = (report["date-range"][f"{which}-datetime"] for which in ("start", "end"))
        self.assertEqual((begin, end), (f"{day}T00:00:00Z", f"{day}T23:59:59Z"))
        self.assertRegex(begin, DATE)
        self.assertTrue(report["organization-name"])
        self.assertTrue(report["report-id"])
        self.assertTrue(report["policies"])
        kinds = [entry["policy"]["policy-type"] for entry in report["policies"]]
        self.assertEqual(len(set(kinds)), len(kinds), kinds)
        for entry in report["policies"]:
            self.assertPolicy(entry)

    def assertPolicy(self, entry):
        self.assertEqual(set(entry), set(POLICY_MEMBERS))
        for name, kind in POLICY_MEMBERS.items():
            self.assertIsInstance(entry[name], kind, name)
        told = entry["policy"]
        self.assertIn(told["policy-type"], TYPES)
        self.assertRegex(told["policy-domain"], r"^[a-z0-9.-]+$")
        for name in ("policy-string", "mx-host"):
            self.assertTrue(all(isinstance(text, str) for text in told.get(name, [])), told)
        self.assertLessEqual(set(told), {"policy-type", "policy-string", "policy-domain", "mx-host"})
        self.assertEqual(set(entry["summary"]), set(SUMMARY))
        failed = 0
        for detail in entry["failure-details"]:
            self.assertLessEqual(set(DETAIL), set(detail))
            for name, value in detail.items():
                self.assertIsInstance(value, {**DETAIL, **DETAIL_MORE}[name], name)
            self.assertIn(detail["result-type"], RESULTS)
            self.assertGreater(detail["failed-session-count"], 0)
            failed += detail["failed-session-count"]
        self.assertEqual(entry["summary"]["total-failure-session-count"], failed)

    def counts(self, report):
        """{policy type: Counts}; details {(result, host): count}"""
        found = {}
        for entry in report["policies"]:
            details = {(d["result-type"], d.get("receiving-mx-hostname", "")):
                       d["failed-session-count"] for d in entry["failure-details"]}
            summary = entry["summary"]
            found[entry["policy"]["policy-type"]] = Counts(
                summary["total-successful-session-count"],
                summary["total-failure-session-count"], details)
        return found

    def counts_of(self, domain, **options):
        return self.counts(self.report(**options)[domain])

    def deliver(self, command, *domains, **options):
        return self.run_verb("deliver", "--json", "--sts-timeout", "60", "--exec", command,
                             *domains, **options)


class OfCheck(ReportCase):
    def test_results(self):
        """What check finds is what the report says."""
        results = {"good": None, "second": None, "name": "certificate-host-mismatch",
                   "common": "certificate-host-mismatch", "stranger": "certificate-not-trusted",
                   "expired": "certificate-expired", "refuses": "starttls-not-supported",
                   "clear": "starttls-not-supported"}
        names = [HOST.format(f"c-{label}") for label in results]
        self.check(*names)
        reports = self.report()
        self.assertEqual(list(reports), sorted(names))
        for label, result in results.items():
            with self.subTest(label):
                expected = Counts(0, 1, {(result, HOST.format(f"h-{label}")): 1}) if result else \
                    Counts(1, 0, {})
                self.assertEqual(self.counts(reports[HOST.format(f"c-{label}")]),
                                 {"sts": expected})

    def test_policy(self):
        """The policy as it was applied."""
        name = HOST.format("c-good")
        self.check(name)
        (entry,) = self.report()[name]["policies"]
        self.assertEqual(entry["policy"], {
            "policy-type": "sts", "policy-domain": name,
            "policy-string": TEXT.decode().splitlines(), "mx-host": ["*.sts.test", "*.signed.test"]})

    def test_dane(self):
        names = [SIGNED.format(f"c-{label}") for label in ("dane", "wrong")]
        self.check(*names)
        reports = self.report()
        self.assertEqual(self.counts(reports[names[0]]), {"tlsa": Counts(1, 0, {})})
        (counts,) = self.counts(reports[names[1]]).values()
        self.assertEqual((counts.good, counts.bad), (0, 1))
        self.assertLessEqual({result for result, _ in counts.details},
                             {"validation-failure", "tlsa-invalid"})

    def test_processes(self):
        """Three of them, some at once."""
        name, other = HOST.format("c-good"), HOST.format("c-name")
        arguments = ("--json", "--helo", HELO, "--ca-file", self.world.certs.ca_file)
        runs = [self.begin("check", *arguments, name, other, name) for _ in range(2)]
        for process in runs:
            self.assertEqual(self.end(process).status, DEFER)
        self.check(other)
        self.assertEqual(self.counts_of(name), {"sts": Counts(4, 0, {})})
        self.assertEqual(self.counts_of(other), {"sts": Counts(0, 3, {
            ("certificate-host-mismatch", HOST.format("h-name")): 3})})

    def test_head(self):
        self.check(HOST.format("c-good"))
        (report,) = self.report("--organization", 'The "Post" \u00fc', "--contact",
                                "tls@post.example").values()
        self.assertEqual((report["organization-name"], report["contact-info"]),
                         ('The "Post" \u00fc', "tls@post.example"))
        ids = {report["report-id"] for report in self.report().values()}
        self.assertEqual(len(ids), 1)


class OfDeliver(ReportCase):
    def test_delivered(self):
        """0 is success; what a policy puts out is a failure; two processes."""
        domain = self.domain("d-good")
        for count in (1, 2):
            run = self.deliver("exit 0", domain.name)
            self.assertEqual(run.status, OK, run.stderr)
            (counts,) = self.counts_of(domain.name).values()
            self.assertEqual((counts.good, counts.bad), (count, count))
            self.assertEqual(counts.details, {("validation-failure", UNNAMED): count})

    def test_with_check(self):
        """Counts of both verbs are one sum."""
        name = HOST.format("c-good")
        self.check(name)
        self.assertEqual(self.deliver("exit 0", name).status, OK)
        self.assertEqual(self.counts_of(name), {"sts": Counts(2, 0, {})})

    def test_fetch_fails(self):
        """The kinds of RFC 8460, 4.3.2.2; nothing was demanded, so no session is counted."""
        results = {"status_404": "sts-policy-fetch-error", "unknown_ca": "sts-webpki-invalid",
                   "cn_only": "sts-webpki-invalid", "expired": "sts-webpki-invalid",
                   "too_large": "sts-policy-invalid"}
        domains = {fault: self.domain(f"d-{fault.replace('_', '-')}", fault=fault)
                   for fault in results}
        bad = self.domain("d-text", text=b"version: STSv2\r\n")
        names = [domain.name for domain in domains.values()] + [bad.name]
        self.assertEqual(self.deliver("exit 0", *names).status, OK)
        reports = self.report()
        for fault, domain in domains.items():
            with self.subTest(fault):
                self.assertEqual(self.counts(reports[domain.name])["sts"],
                                 Counts(0, 1, {(results[fault], ""): 1}))
        self.assertEqual(self.counts(reports[bad.name])["sts"].details,
                         {("sts-policy-invalid", ""): 1})

    def test_not_reached(self):
        """75 and 69: who knows how far it came."""
        domain = self.domain("d-later", hosts=[NAMED])
        for command in ("exit 75", "exit 69", "exit 1", "kill -9 $$"):
            self.assertEqual(self.deliver(command, domain.name).status, DEFER)
        self.assertEqual(self.report(), {})

    def test_no_policy(self):
        """Nothing demanded and nothing known: no report."""
        domain = self.domain("d-none")
        domain.withdraw()
        self.assertEqual(self.deliver("exit 0", domain.name).status, OK)
        self.assertEqual(self.report(), {})

    def test_resolve_counts_nothing(self):
        domain = self.domain("d-resolve")
        self.resolve(domain)
        self.assertEqual(self.report(), {})


class Days(ReportCase):
    def test_days(self):
        """UTC, whatever the clock on the wall says; of other days there is nothing."""
        domain = self.domain("t-days", hosts=[NAMED], text=POLICY)
        for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
            self.run_in_zone(zone, "deliver", "--exec", "exit 0", domain.name)
        self.assertEqual(self.counts_of(domain.name), {"sts": Counts(2, 0, {})})
        for days in (-1, 1):
            self.assertEqual(self.report(day=self.day + datetime.timedelta(days=days)), {})
        db = self.database()
        (row,) = db.execute("SELECT * FROM tally").fetchall()
        self.assertEqual(row["day"], (self.day - datetime.date(1970, 1, 1)).days)

    def run_in_zone(self, zone, verb, *arguments):
        run = self.run_verb(verb, *arguments, prefix=("env", f"TZ={zone}"))
        self.assertEqual((run.status, run.stderr), (OK, ""))

    def test_other_days(self):
        """Each its own; what is too old goes."""
        domain = self.domain("t-old", hosts=[NAMED])
        self.assertEqual(self.deliver("exit 0", domain.name).status, OK)
        db = self.database()
        today_n = (self.day - datetime.date(1970, 1, 1)).days
        for ago in (1, 29, 31, 400):
            db.execute("INSERT INTO tally SELECT day - ?, domain, policy, result, host, ? FROM"
                       " tally WHERE day = ?", (ago, 10 + ago, today_n))
        self.assertEqual(self.deliver("exit 0", domain.name).status, OK)
        self.assertEqual(self.counts_of(domain.name)["sts"].good, 2)
        for ago in (1, 29):
            day = self.day - datetime.timedelta(days=ago)
            self.assertEqual(self.counts_of(domain.name, day=day)["sts"].good, 10 + ago)
        days = {row["day"] for row in db.execute("SELECT day FROM tally")}
        self.assertEqual(days, {today_n, today_n - 1, today_n - 29})

    def test_policy_is_gone(self):
        """The counts are there although the policy is not any more."""
        domain = self.domain("t-gone", hosts=[NAMED], text=policy(mx=[NAMED]))
        self.assertEqual(self.deliver("exit 0", domain.name).status, OK)
        self.assertEqual(self.run_verb("sts forget", domain.name).status, OK)
        self.assertEqual(self.counts_of(domain.name), {"sts": Counts(1, 0, {})})

    def test_usage(self):
        for arguments in ((), ("--day",), ("--day", "yesterday"), ("--day", "2026-02-29"),
                          ("--day", "2026-11-31"), ("--day", "2026-1-1"), ("--day", "1969-12-31"),
                          ("--day", "20261123"), ("--day", ""), ("--day", "2026-00-10")):
            with self.subTest(arguments):
                run = self.run_verb("sts report", *arguments)
                self.assertEqual((run.status, run.stdout), (USAGE, ""), run.stderr)
        for day in ("2024-02-29", "1970-01-01", "9999-12-31"):
            self.assertEqual(self.report(day=day), {})
