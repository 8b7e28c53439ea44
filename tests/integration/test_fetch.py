#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Drives resolver/fetch.h against policy hosts on loopback.

  tests/integration/test_fetch.py FETCH_JOBS FETCH_MEMORY [CASE ...]

Both are programs in build/tests/integration. CASE narrows the run: Faults, Faults.test_outcomes. Fails when a test fails or is skipped, and when
none ran. Port 443 is needed: who may not bind it, or finds it taken, gets a network of its own by
unshare(1).
"""

import collections
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))

from bed import network
from bed.certs import Certs
from bed.https import HttpsServer, policy
from bed.https_faults import ESCAPES, FAULTS, MOST

FETCH_JOBS = FETCH_MEMORY = None
SANITIZED = bool(os.environ.get("NEXTMX_TEST_SANITIZED"))
PORT = 443
PATH = "/.well-known/mta-sts.txt"
PATIENCE_S = 10
SHORT_MS = 1500  # for what must run into it
LONG_MS = 30000  # for what must not
ADDRESS = "127.0.44.{}"
NOBODY = "127.0.45.1"  # where nobody listens
TRAP = "127.0.44.254"  # where nobody may go

Outcome = collections.namedtuple("Outcome", "fault text body")

# What comes of each fault; the others that have a policy are "ok".
EXPECTED = {
    "connect": "reset_at_accept close_at_accept reset_at_handshake"
               " close_at_handshake close_at_reply reset_at_reply key_updates truncated truncated_tls cut cut_chunks"
               " bad_chunks reset_in_body",
    "tls": "plain_http tls11_only wrong_name"
           " unknown_ca self_signed cn_only expired not_yet_valid partial_wildcard high_wildcard"
           " address_name",
    "status": "redirect status_204 status_206 status_301_silent status_404 status_500 switching"
              " http09 http2",
    "type": "escapes wrong_type longer_type no_type two_types gzip transfer_gzip",
    "size": "endless_continue header_flood header_line status_line too_large too_large_chunked"
            " too_large_unframed huge_length flood",
    "timeout": "unanswered silent_at_accept silent_at_handshake silent_at_reply slow_continue"
               " silent_in_body drip drip_header",
}
# In their text; what is behind host and address.
SAYS = {
    "redirect": "status 302 instead of 200; redirects are not followed",
    "status_404": "status 404 instead of 200",
    "no_type": "the answer has no Content-Type",
    "two_types": "the answer has more than one Content-Type",
    "wrong_type": "the answer's Content-Type is text/html",
    "gzip": "the answer's Content-Encoding is gzip",
    "cn_only": "the certificate does not name this host (a common name does not count)",
    "expired": "the certificate, or one it depends on, has expired",
    "truncated": "the answer was cut short",
    "too_large": "the policy is over 64 KiB",
    "header_flood": "the answer's header is over 64 KiB",
    "silent_at_accept": f"TLS was not set up within {SHORT_MS} ms",
    "unanswered": f"no connection within {SHORT_MS} ms",
    "silent_at_reply": f"no answer within {SHORT_MS} ms",
    "key_updates": "the server sends TLS records without end",
    "drip": f"the answer did not end within {SHORT_MS} ms",
}


def expected(fault):
    for outcome, names in EXPECTED.items():
        if fault in names.split():
            return outcome
    return "ok"


class FetchCase(unittest.TestCase):
    longMessage = True
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="nextmx-fetch-")
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.certs = Certs(cls.directory)

    def setUp(self):
        self.next = 0
        self.trap = self.serve("none", "trap", address=TRAP)

    def tearDown(self):
        """Whatever was asked, nobody else heard of it."""
        self.assertEqual(self.trap.count, 0)

    def serve(self, fault="none", name=None, **options):
        """A server with an address of its own, for mta-sts.NAME.test."""
        self.next += 1
        name = f"mta-sts.{(name or fault).replace('_', '-')}.test"
        options.setdefault("address", ADDRESS.format(self.next))
        options.setdefault("location", f"https://{TRAP}{PATH}")
        server = HttpsServer(self.certs, name, fault, port=PORT, **options).start()
        self.addCleanup(server.stop)
        return server

    def start(self, *options, ca=None, env=None):
        return subprocess.Popen([FETCH_JOBS, self.certs.ca_file if ca is None else ca, *options],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True,
                                env={**os.environ, **(env or {})})

    def finish(self, process, jobs):
        """Outcomes by name, and counters. Several outcomes of one name are the same."""
        said, complaints = process.communicate("".join(jobs), timeout=200)
        self.assertEqual((process.returncode, complaints), (0, ""))
        outcomes, counters = {}, {}
        for line in said.splitlines():
            name, *rest = line.split("\t")
            if name.startswith("#"):
                counters[name[1:]] = rest[0]
            elif rest:
                outcome = Outcome(rest[0], rest[1], bytes.fromhex(rest[2]))
                self.assertEqual(outcomes.setdefault(name, outcome), outcome)
        self.assertEqual(counters["before"], counters["after"], "descriptors")
        self.assertEqual(counters["sigpipes"], "0")
        return outcomes, counters

    def fetch(self, *jobs, **options):
        """(outcomes, counters) of jobs (name, host, addresses, ms)."""
        lines = [" ".join([name, host, addresses, str(ms)]) + "\n"
                 for name, host, addresses, ms in jobs]
        arguments = options.pop("arguments", ())
        return self.finish(self.start(*arguments, **options), lines)

    def fetch_one(self, server, addresses=None, ms=LONG_MS, **options):
        outcomes, _ = self.fetch(("one", server.name, addresses or server.address, ms), **options)
        return outcomes["one"]

    def assert_got(self, outcome, server):
        self.assertEqual(outcome, Outcome("ok", "", server.policy))


class Faults(FetchCase):
    """STS-4: everything a policy host may do wrong."""

    def test_all_have_outcomes(self):
        known = {name for names in EXPECTED.values() for name in names.split()}
        for name, fault in FAULTS.items():
            self.assertEqual(name not in known, fault.good, name)
        self.assertEqual(known - set(FAULTS), set())

    def body(self, server):
        fault = server.fault
        if fault.startswith("largest"):
            return server.policy + b"x: " + b"y" * (MOST - len(server.policy) - 5) + b"\r\n"
        return b"" if fault == "empty" or not server.kind.good else server.policy

    def test_outcomes(self):
        """All of them in one process, sixteen at once."""
        servers = {fault: self.serve(fault) for fault in FAULTS if fault != "held"}
        jobs = [(fault, server.name, server.address,
                 SHORT_MS if expected(fault) == "timeout" else LONG_MS)
                for fault, server in servers.items()]
        outcomes, counters = self.fetch(*jobs)
        self.assertEqual({name: outcome.fault for name, outcome in outcomes.items()},
                         {fault: expected(fault) for fault in outcomes},
                         "\n".join(f"{name}: {o.text}" for name, o in outcomes.items()))
        self.assertEqual(len(outcomes), len(servers))
        for fault, outcome in outcomes.items():
            with self.subTest(fault=fault):
                self.judge(servers[fault], outcome)
        if not SANITIZED:
            self.assertLess(int(counters["rss-kib"]), 64 * 1024)

    def judge(self, server, outcome):
        fault = server.fault
        self.assertEqual(outcome.body, self.body(server))
        if outcome.fault == "ok":
            self.assertEqual(outcome.text, "")
        else:
            self.assertRegex(outcome.text, "^[ -~]+$")
            begin = f"{server.name} ({server.address}): "
            self.assertTrue(outcome.text.startswith(begin), outcome.text)
            self.assertIn(SAYS.get(fault, ""), outcome.text[len(begin):])
        self.assertEqual(server.count, 0 if fault == "unanswered" else 1)
        if outcome.fault == "tls":
            self.assertEqual(server.requests, [])

    def test_escapes(self):
        server = self.serve("escapes")
        outcome = self.fetch_one(server)
        shown = "".join(c if " " <= c <= "~" else f"\\{ord(c):03d}" for c in ESCAPES)
        self.assertTrue(outcome.text.endswith("Content-Type is text/html" + shown), outcome.text)

    def test_request(self):
        """What is asked, and in whose name."""
        server = self.serve()
        self.assert_got(self.fetch_one(server), server)
        self.assertTrue(server.wait_idle())
        record = server.records[0]
        self.assertEqual((record.sni, record.tls, record.close_notify),
                         (server.name, "TLSv1.3", True))
        method, path, headers = record.requests[0]
        self.assertEqual((method, path), ("GET", PATH))
        self.assertEqual(headers.pop("host"), server.name)
        self.assertRegex(headers.pop("user-agent"), r"^nextmx/\d")
        self.assertEqual(headers, {"accept": "*/*"})


class Addresses(FetchCase):
    """One after another, in the order given, and no other."""

    def test_order(self):
        """STS-4: refused, silent, reset and without TLS are passed over."""
        servers = [self.serve(fault, "order") for fault in
                   ("silent_at_handshake", "reset_at_handshake", "plain_http", "close_at_reply",
                    "none", "none")]
        addresses = ",".join([NOBODY, *(server.address for server in servers)])
        self.assert_got(self.fetch_one(servers[0], addresses, 6000), servers[-2])
        self.assertEqual([server.count for server in servers], [1, 1, 1, 1, 1, 0])

    def test_both_families(self):
        """The first wins, though the other would answer sooner."""
        first, second = self.serve("none", "both"), self.serve("none", "both", address="::1")
        for one, other in ((first, second), (second, first)):
            addresses = f"{one.address},{other.address}"
            self.assert_got(self.fetch_one(one, addresses), one)
        self.assertEqual((first.count, second.count), (1, 1))
        first.stop()
        self.assert_got(self.fetch_one(first, f"{first.address},::1"), second)

    def test_certificate_is_final(self):
        """Who has shown a wrong certificate or replied is not passed over."""
        good = self.serve("none", "final")
        for fault in ("expired", "status_404", "wrong_type", "truncated_tls", "too_large"):
            bad = self.serve(fault, "final")
            outcome = self.fetch_one(bad, f"{bad.address},{good.address}")
            self.assertEqual(outcome.fault, expected(fault), outcome.text)
        self.assertEqual(good.count, 0)

    def test_none_answers(self):
        first, last = self.serve("unanswered", "none"), self.serve("silent_at_accept", "none")
        outcome = self.fetch_one(first, f"{NOBODY},{first.address},{last.address}", 1000)
        self.assertEqual(outcome.fault, "timeout")
        self.assertEqual(outcome.text, f"{first.name} ({last.address}): TLS was not set up within"
                                       " 1000 ms; 2 other addresses failed before")
        outcome = self.fetch_one(first, NOBODY)
        self.assertEqual(outcome, Outcome("connect", f"{first.name} ({NOBODY}): no connection:"
                                                     " Connection refused", b""))

    def test_same_host_twice(self):
        """Two fetches of one host at the same time each have their own address."""
        one, two = (self.serve("none", "twice", policy=policy(max_age=age)) for age in (1, 2))
        outcomes, _ = self.fetch(("one", one.name, one.address, LONG_MS),
                                 ("two", two.name, two.address, LONG_MS))
        self.assert_got(outcomes["one"], one)
        self.assert_got(outcomes["two"], two)


class Environment(FetchCase):
    """The library does not read it."""

    def test_proxies_and_authorities(self):
        server = self.serve("none", "environment")
        trap = f"http://{TRAP}:{PORT}"
        names = ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
        keys = os.path.join(self.directory, "keys")
        env = {name: trap for name in names}
        env.update(NO_PROXY="", SSLKEYLOGFILE=keys, SSL_CERT_FILE="/nowhere",
                   SSL_CERT_DIR="/nowhere", CURL_CA_BUNDLE="/nowhere", HOME=self.directory)
        with open(os.path.join(self.directory, ".netrc"), "w", encoding="ascii") as file:
            file.write(f"machine {server.name} login x password y\n")
        self.assert_got(self.fetch_one(server, env=env), server)
        self.assertNotIn("authorization", server.requests[0].headers)
        if os.path.exists(keys):
            self.assertEqual(os.path.getsize(keys), 0)

    def test_system(self):
        """The system's authorities do not know ours, though the environment names them."""
        server = self.serve("none", "system")
        outcome = self.fetch_one(server, ca="", env={"SSL_CERT_FILE": self.certs.ca_file,
                                                     "CURL_CA_BUNDLE": self.certs.ca_file})
        self.assertEqual(outcome.fault, "tls")
        self.assertIn("no trusted authority has signed the certificate", outcome.text)

    def test_unusable_authorities(self):
        empty = os.path.join(self.directory, "empty")
        with open(empty, "w", encoding="ascii"):
            pass
        for path, why in (("/nowhere", "No such file or directory"), (empty, ""),
                          (self.directory, "")):
            done = subprocess.run([FETCH_JOBS, path], stdin=subprocess.DEVNULL, check=False,
                                  capture_output=True, text=True, timeout=PATIENCE_S)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, f"^fetch_jobs: fetcher: the authorities in {path}"
                                          f" cannot be used: .*{why}\n$")


class Many(FetchCase):
    """Limits, and what is left behind."""

    def test_one_after_another(self):
        """Hundreds, with others that fail between them: sockets' numbers are used again at once."""
        good, bad = self.serve("none", "many"), self.serve("reset_at_handshake")
        jobs = [("bad", bad.name, bad.address, LONG_MS) if n % 5 == 4 else
                ("good", good.name, good.address, LONG_MS) for n in range(500)]
        for at_once in ("1", "7"):
            outcomes, _ = self.fetch(*jobs, arguments=("--at-once", at_once))
            self.assert_got(outcomes["good"], good)
            self.assertEqual(outcomes["bad"].fault, "connect")
        self.assertEqual((good.count, bad.count), (800, 200))

    def test_limit(self):
        server = self.serve("none", "limit")
        jobs = [("one", server.name, server.address, LONG_MS)] * 40
        _, counters = self.fetch(*jobs, arguments=("--at-once", "17"))
        self.assertGreater(int(counters["refused"]), 0)
        self.assertEqual(server.count, 40)
        self.assertLessEqual(server.most, 16 + 1)  # the server may notice an end late

    def test_cancel(self):
        """At random moments, of fetches in every state."""
        faults = ("none", "flood", "drip", "silent_at_accept", "silent_at_reply", "unanswered",
                  "reset_at_reply", "largest_chunked", "key_updates", "held")
        servers = [self.serve(fault) for fault in faults]
        jobs = [(server.fault, server.name, server.address, SHORT_MS)
                for _ in range(30) for server in servers]
        for seed in ("1", "2", "3"):
            _, counters = self.fetch(*jobs, arguments=("--cancel", seed))
            self.assertGreater(int(counters["cancelled"]), 100)

    def test_fork(self):
        """A child that closes everything is not heard of: the parent's fetches go on."""
        servers = [self.serve("held", f"held-{n}") for n in range(4)]
        with self.start("--fork") as process:
            jobs = [f"{n} {server.name} {server.address} {LONG_MS}\n"
                    for n, server in enumerate(servers)]
            process.stdin.write("".join(jobs))
            process.stdin.flush()
            process.stdin.close()
            process.stdin = None
            self.assertEqual(process.stdout.readline(), "forked\n")
            self.assertEqual([server.open for server in servers], [1] * 4)
            for server in servers:
                server.released.set()
            outcomes, _ = self.finish(process, [])
        for n, server in enumerate(servers):
            self.assert_got(outcomes[str(n)], server)
            self.assertTrue(server.wait_idle())
            self.assertTrue(server.records[0].close_notify)


class Memory(FetchCase):
    """It runs out at each allocation in turn."""

    def test_each(self):
        server = self.serve("none", "memory")
        done = subprocess.run([FETCH_MEMORY, self.certs.ca_file, server.name, server.address, "7"],
                              input=server.policy, capture_output=True, timeout=200, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        everybodys, allocations, good, faulty, not_begun = map(int, done.stdout.split())
        self.assertGreater(allocations, 1000 if everybodys else 3)
        self.assertGreater(min(good, faulty, not_begun) if everybodys else not_begun, 0)


class Script(FetchCase):
    def test_serve_https(self):
        script = os.path.join(HERE, "../bed/serve_https")
        with subprocess.Popen([script, "cn_only", "--address", ADDRESS.format(99), "--port",
                               str(PORT), "--name", "mta-sts.script.test"], text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
            said = dict(process.stdout.readline().strip().split(": ", 1) for _ in range(3))
            try:
                outcomes, _ = self.fetch(("one", "mta-sts.script.test", said["address"], LONG_MS),
                                         ca=said["ca"])
                self.assertEqual(outcomes["one"].fault, "tls")
                self.assertRegex(process.stdout.readline(), r"^client \d+: ")
            finally:
                process.terminate()
            process.wait(PATIENCE_S)
        self.assertFalse(os.path.exists(said["ca"]))


def main():
    global FETCH_JOBS, FETCH_MEMORY
    if len(sys.argv) < 3 or not all(os.access(path, os.X_OK) for path in sys.argv[1:3]):
        sys.exit(__doc__.strip())
    network.need([(ADDRESS.format(1), PORT)])
    FETCH_JOBS, FETCH_MEMORY = map(os.path.abspath, sys.argv[1:3])
    names = sys.argv[3:] or ["Faults", "Addresses", "Environment", "Many", "Memory", "Script"]
    suite = unittest.defaultTestLoader.loadTestsFromNames(names, sys.modules["__main__"])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    bad = len(result.failures) + len(result.errors)
    print(f"test_fetch: {result.testsRun} tests run, {bad} failed, {len(result.skipped)} skipped")
    sys.exit(1 if bad or result.skipped or not result.testsRun else 0)


if __name__ == "__main__":
    main()
