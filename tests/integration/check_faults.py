# SPDX-License-Identifier: BSD-2-Clause
"""Every fault an SMTP server can have, under every demand a route can make."""

import concurrent.futures
import re

from check_case import AT_ONCE, HELO, CheckCase

from bed.smtp_faults import FAULTS
from bed.smtp_session import STEPS

DEMANDS = ("dane", "encrypt", "may")
TIMEOUT_MS = 2000
# For a machine that has other things to do, a sanitizer, and the servers in Python.
SLACK_MS = 2000
PER_DOMAIN = 17

# What comes of it, whatever is demanded.
FAILS = {
    "starttls_injected": {"injection"},
    "starttls_injected_later": {"handshake"},
    "garbage_hello": {"handshake"},
    "tls11_only": {"handshake"},
    "implicit_tls": {"timeout"},
    "greeting_554": {"greeting"},
    "greeting_421": {"greeting"},
    "greeting_garbage": {"protocol"},
    "greeting_huge_line": {"protocol"},
    "greeting_huge_lines": {"protocol"},
    "ehlo_refused": {"ehlo"},
    "ehlo_huge_line": {"protocol"},
    "ehlo_huge_lines": {"protocol"},
    "close_at_handshake": {"handshake"},
    "reset_at_handshake": {"handshake"},
    "reset_at_greeting": {"closed", "connect"},  # it may be faster than connect()
    **{f"{verb}_at_{step}": {result} for verb, result in (("silent", "timeout"),
                                                          ("drip", "timeout"))
       for step in ("greeting", "ehlo", "starttls", "handshake")},
    **{f"{verb}_at_{step}": {"closed"} for verb, step in (
        ("close", "greeting"), ("close", "ehlo"), ("reset", "ehlo"), ("close", "starttls"),
        ("reset", "starttls"))},
}
# No TLS, which is enough where none is demanded.
CLEAR = {"no_starttls", "starttls_refused", "starttls_501"}
# Nothing of it is met before the verdict, or it is no fault.
GOOD = {"none", "mail_needs_tls", "tls12_only", "tls13_only", "greeting_multiline", "escapes",
        "truncated_tls", "no_close_notify",
        *(f"{verb}_at_{step}" for verb in ("silent", "close", "reset", "drip")
          for step in STEPS if step not in ("greeting", "ehlo", "starttls", "handshake"))}
# The goodbye does not reach who has gone, or nobody waits for it.
RUDE = {"close_at_quit", "reset_at_quit"}

_servers = {}
_domains = []


def label_of(demand, fault):
    return f"{demand}-{fault.replace('_', '-')}"


def declare(world):
    tlsa = {"dane": [world.cert.tlsa(3, 1, 1)], "encrypt": [world.cert.tlsa(1, 1, 1)], "may": []}
    for demand in DEMANDS:
        hosts = []
        for fault in FAULTS:
            server = world.server(fault)
            label = label_of(demand, fault)
            _servers[label] = server
            hosts.append(world.host(label, server, tlsa[demand]))
        # Slow ones apart from each other, so that all domains take as long.
        n = -(-len(hosts) // PER_DOMAIN)
        _domains.extend(world.domain(f"faults{at}-{demand}", *hosts[at::n]) for at in range(n))


def domains():
    return list(_domains)


def servers():
    return list(_servers.values())


def expected(fault, demand):
    if fault in CLEAR:
        return {"clear"} if demand == "may" else {"no-tls"}
    return FAILS.get(fault) or {"dane" if demand == "dane" else "encrypted"}


class Faults(CheckCase):
    """All of them once; the tests look at what came of it."""

    @classmethod
    def setUpClass(cls):
        case = cls("test_table")
        before = {label: server.count for label, server in _servers.items()}
        cls.runs = case.check_many([("--helo", HELO, "--timeout-ms", str(TIMEOUT_MS), domain)
                                    for domain in _domains])
        cls.found = {}
        for run in cls.runs:
            cls.found.update(run.endpoints)
        cls.idle = {label: server.wait_idle() for label, server in _servers.items()}
        # Others may come before and later, for another test.
        cls.seen = {label: server.records[before[label]:] for label, server in _servers.items()}

    def each(self):
        """(fault, demand, endpoint, the records of its server)"""
        for fault in FAULTS:
            for demand in DEMANDS:
                label = label_of(demand, fault)
                yield fault, demand, self.found[f"{label}.check.test"], self.seen[label]

    def test_table(self):
        """Every fault stands in the table, once."""
        self.assertEqual(set(FAULTS), set(FAILS) | CLEAR | GOOD)
        self.assertEqual(len(FAULTS), len(FAILS) + len(CLEAR) + len(GOOD))
        self.assertEqual(len(self.found), len(FAULTS) * len(DEMANDS))

    def test_results(self):
        """What is found, and whether mail may be sent."""
        for fault, demand, endpoint, _ in self.each():
            with self.subTest(fault=fault, demand=demand):
                self.assertEqual(endpoint["tls"], demand)
                self.assertIn(endpoint["result"], expected(fault, demand), endpoint["text"])

    def test_exit_codes(self):
        """A domain with one bad endpoint is to be looked at."""
        for run in self.runs:
            self.assertEqual((run.status, run.only["outcome"], run.only["ok"], run.stderr),
                             (75, "deliverable", False, ""))

    def test_deadlines(self):
        """Who is slow is given up at the deadline, and not before; the goodbye is not waited for
        longer."""
        for fault, demand, endpoint, _ in self.each():
            with self.subTest(fault=fault, demand=demand):
                self.assertLess(endpoint["ms"], TIMEOUT_MS + SLACK_MS)
                if "timeout" in expected(fault, demand):
                    self.assertGreaterEqual(endpoint["ms"], TIMEOUT_MS - 1)
                    self.assertRegex(endpoint["text"], "^the deadline passed before the ")

    def test_one_connection(self):
        """Each server is met once, and left."""
        for fault, demand, _, records in self.each():
            with self.subTest(fault=fault, demand=demand):
                self.assertTrue(self.idle[label_of(demand, fault)], "a client did not end")
                self.assertEqual(len(records), 1)

    def test_in_the_clear(self):
        """Nothing but EHLO, STARTTLS and QUIT, whatever comes back."""
        for fault, demand, endpoint, (record,) in self.each():
            with self.subTest(fault=fault, demand=demand):
                if fault == "implicit_tls":
                    self.assertEqual((record.clear, record.hello), (b"", b""))
                    continue
                self.assertNothingSpilled(record)
                if endpoint["result"] in ("injection", "greeting", "ehlo", "no-tls", "clear"):
                    self.assertEqual(record.hello, b"")
                if "greeting" in endpoint["result"]:
                    self.assertNotIn(b"EHLO", record.clear)

    def test_after_the_verdict(self):
        """QUIT and a proper end, in the clear or over TLS."""
        for fault, demand, endpoint, (record,) in self.each():
            with self.subTest(fault=fault, demand=demand):
                if not endpoint["ok"]:
                    self.assertEqual(bytes(record.secret), b"")
                elif fault in RUDE:
                    self.assertEqual(bytes(record.secret), b"QUIT\r\n")
                elif endpoint["result"] == "clear":
                    self.assertTrue(record.said_quit and record.closed_properly, record.commands)
                else:
                    self.assertGoodbye(record)

    def test_server_name(self):
        """SNI is the host, for every demand."""
        for fault, demand, endpoint, (record,) in self.each():
            with self.subTest(fault=fault, demand=demand):
                if fault in GOOD:
                    self.assertEqual(record.sni, f"{label_of(demand, fault)}.check.test")
                    self.assertEqual(record.tls, endpoint["version"])

    def test_version(self):
        for demand in DEMANDS:
            for fault, version in (("tls12_only", "TLSv1.2"), ("tls13_only", "TLSv1.3")):
                endpoint = self.found[f"{label_of(demand, fault)}.check.test"]
                self.assertEqual(endpoint["version"], version)
                self.assertTrue(endpoint["cipher"])

    def test_match(self):
        """DANE-4: dane names the record, the others none."""
        for fault, demand, endpoint, _ in self.each():
            with self.subTest(fault=fault, demand=demand):
                match = {"usage": 3, "selector": 1, "mtype": 1, "depth": 0}
                self.assertEqual(endpoint["matched_tlsa"],
                                 match if endpoint["result"] == "dane" else None)
                self.assertEqual(endpoint["certificate"] is not None, fault in GOOD)

    def test_texts(self):
        """Each says what happened, in printable ASCII; what the server said is quoted."""
        for fault, demand, endpoint, _ in self.each():
            with self.subTest(fault=fault, demand=demand):
                self.assertTrue(endpoint["text"].isascii() and endpoint["text"].isprintable())
                self.assertLess(len(endpoint["text"]), 640)
        for fault, said in (("greeting_554", '"554 5.3.2 no SMTP service here"'),
                            ("greeting_421", '"421 4.3.2 not now, try later"'),
                            ("ehlo_refused", '"502 5.5.1 not implemented"'),
                            ("starttls_refused", '"454 4.7.0 TLS not available"'),
                            ("starttls_501", '"501 5.5.4 no parameters allowed"')):
            for demand in DEMANDS:
                self.assertIn(said, self.found[f"{label_of(demand, fault)}.check.test"]["text"])

    def test_flood(self):
        """Limits: who sends 10 MB is left after a part of it."""
        for fault, demand, _, (record,) in self.each():
            with self.subTest(fault=fault, demand=demand):
                if "huge" in fault:
                    self.assertLess(record.sent, 9 << 20)


class Shown(CheckCase):
    """What a terminal gets."""

    def test_text(self):
        """Every fault for people: one line each, and control characters of servers never arrive;
        run_check() looks for them."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            runs = list(pool.map(lambda domain: self.run_check("--timeout-ms", "1000", domain),
                                 _domains))
        lines = {}
        for run in runs:
            self.assertEqual((run.status, run.stderr), (75, ""))
            self.assertTrue(run.stdout.isascii())
            for line in run.stdout.splitlines():
                if found := re.match(r"  (ok  |FAIL) (\S+)\.check\.test:\d+  127\.0\.0\.1  tls "
                                     r"(dane|encrypt|may)  \S", line):
                    self.assertNotIn(found[2], lines)
                    lines[found[2]] = found[1].strip(), found[3], line
        self.assertEqual(set(lines), set(_servers))
        for fault in FAULTS:
            for demand in DEMANDS:
                with self.subTest(fault=fault, demand=demand):
                    good = expected(fault, demand) <= {"clear", "encrypted", "dane"}
                    self.assertEqual(lines[label_of(demand, fault)][:2],
                                     ("ok" if good else "FAIL", demand))

    def test_not_lost(self):
        """What a server said is quoted with its escapes made visible."""
        run = self.run_check("--timeout-ms", "1000", *(domain for domain in _domains))
        self.assertEqual(run.status, 75)
        self.assertIn('no SMTP reply: "\\x00', run.stdout)
