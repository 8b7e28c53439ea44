# SPDX-License-Identifier: BSD-2-Clause
"""The command itself: its arguments, exit codes, output and descriptors."""

import itertools
import os
import resource
import subprocess
import tempfile

import check_faults
from case import PATIENCE_S, environment
from check_case import HELO, CheckCase, command

USAGE, CONFIG, INTERNAL = 64, 78, 70
MOST_AT_ONCE, N_HOSTS = 8, 20
# The least the command starts with, and below the number of connections in one run.
DESCRIPTORS = 384
TIMES = 2
FEW = ("--outgoing-range", "16")

_servers = {}


def declare(world):
    tlsa = [world.cert.tlsa(3, 1, 1)]
    _servers["good"] = world.server()
    world.domain("good", world.host("h-good", _servers["good"], tlsa))
    _servers["bad"] = world.server("greeting_554")
    world.domain("bad", world.host("h-bad", _servers["bad"], tlsa))
    # Half good is not good.
    world.domain("half", ("h-good", _servers["good"].port), ("h-bad", _servers["bad"].port))
    world.publish("null IN MX 0 .")
    _servers["slow"] = world.server("silent_at_greeting")
    for name in ("many", "more"):
        world.domain(name, *(world.host(f"{name}{n}", _servers["slow"]) for n in range(N_HOSTS)))
    _servers["last"] = world.server("silent_at_greeting")
    world.domain("last", world.host("h-last", _servers["last"]))


def name(label):
    return f"{label}.check.test"


class AtOnce(CheckCase):
    def test_eight(self):
        """As many as that, and no more, over several domains either."""
        server = _servers["slow"]
        run = self.check("--timeout-ms", "300", name("many"), name("more"))
        self.assertEqual(run.status, 75)
        self.assertEqual([len(data["endpoints"]) for data in run.domains.values()],
                         [N_HOSTS, N_HOSTS])
        self.assertEqual({e["result"] for e in run.endpoints.values()}, {"timeout"})
        self.assertTrue(server.wait_idle(2 * N_HOSTS))
        # The server notices late that a client has gone, but without a limit it would see all.
        self.assertEqual(server.count, 2 * N_HOSTS)
        self.assertGreaterEqual(server.most, MOST_AT_ONCE)
        self.assertLess(server.most, N_HOSTS)


class Exit(CheckCase):
    STATUS = {name("good"): 0, name("bad"): 75, name("half"): 75, "gone.down.test": 75,
              name("null"): 68, name("no-such"): 68, "b..d": 68}
    GRAVER = (75, 68, 0)

    def test_alone(self):
        for domain, status in self.STATUS.items():
            with self.subTest(domain):
                run = self.check(domain)
                self.assertEqual((run.status, run.only["ok"]), (status, status == 0), run.stdout)

    def test_several(self):
        """The gravest, in whatever order; and all of them are shown, in the order given."""
        runs = list(itertools.permutations(self.STATUS, 2))
        for domains, run in zip(runs, self.check_many(runs)):
            with self.subTest(domains):
                statuses = [self.STATUS[domain] for domain in domains]
                self.assertEqual(run.status, next(s for s in self.GRAVER if s in statuses))
                self.assertEqual(list(run.domains), list(domains))
        self.assertEqual(self.check(*self.STATUS).status, 75)
        self.assertEqual(self.check(name("good"), name("good")).status, 0)

    def test_half(self):
        run = self.check(name("half"))
        self.assertEqual([(e["host"], e["ok"]) for e in run.only["endpoints"]],
                         [(name("h-good"), True), (name("h-bad"), False)])
        self.assertEqual(run.only["outcome"], "deliverable")


class Arguments(CheckCase):
    def refused(self, status, *arguments):
        before = _servers["good"].count
        for options in ((), ("--json",)):
            run = self.run_check(*options, *arguments)
            self.assertEqual((run.status, run.stdout), (status, ""), run.stderr)
            self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
        self.assertEqual(_servers["good"].count, before)

    def test_bad_helo(self):
        """Nothing that could end the command it stands in; nobody is met."""
        for helo in ("x\r\nMAIL FROM", "x\r\n", "x\nQUIT", "x\r", "x\tb", "a b", "", " ", "x\x7f",
                     "\x1b[31mx", "b\u00fccher.example", "<x>", "x;y", "a" * 256):
            for arguments in (("--helo", helo), (f"--helo={helo}",)):
                with self.subTest(arguments):
                    self.refused(USAGE, *arguments, name("good"))

    def test_helo(self):
        """Sent as it is; else the first of our names; else something that may be sent."""
        for options, said in ((("--helo", "client.example"), "client.example"),
                              (("--helo", "[192.0.2.1]"), "[192.0.2.1]"),
                              (("--helo", "[IPv6:2001:db8::1]"), "[IPv6:2001:db8::1]"),
                              (("--helo", "a" * 255), "a" * 255),
                              (("--own-names", "us.example,them.example"), "us.example"),
                              (("--own-names", "us.example", "--helo", "x.example"), "x.example")):
            with self.subTest(options):
                server = _servers["good"]
                before = server.count
                self.assertEqual(self.check(*options, name("good")).status, 0)
                self.assertNothingSpilled(self.record(server, before), said)
        before = server.count
        self.assertEqual(self.check(name("good")).status, 0)
        self.assertRegex(self.record(server, before).commands[0], r"^EHLO [A-Za-z0-9._\[\]:-]+$")

    def test_bad_values(self):
        for arguments in (("--timeout-ms", "0"), ("--timeout-ms", "600001"),
                          ("--timeout-ms", "soon"), ("--timeout-ms", "-1"), ("--seed", "x"),
                          ("--count", "2"), ("--hello", "x")):
            with self.subTest(arguments):
                self.refused(USAGE, *arguments, name("good"))
        self.refused(USAGE)

    def test_authorities(self):
        """A file that cannot be used is said before anybody is met."""
        for path in ("/nonexistent", "/dev/null", os.path.abspath(__file__)):
            with self.subTest(path):
                self.refused(CONFIG, "--ca-file", path, name("good"))
        run = self.check("--ca-file", self.world.certs.ca_file, name("good"))
        self.assertEqual(run.status, 0)


class Output(CheckCase):
    def run_into(self, arguments, **options):
        done = subprocess.run(command("--helo", HELO, *arguments), stdin=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, timeout=PATIENCE_S, check=False,
                              env=environment(), **options)
        return done.returncode, done.stderr.decode()

    def meets_well(self, arguments, **options):
        """Whatever becomes of the output, none of it becomes the server's."""
        server = _servers["good"]
        before = server.count
        found = self.run_into([*arguments, name("good")], **options)
        record = self.record(server, before)
        self.assertNothingSpilled(record)
        self.assertGoodbye(record)
        return found

    def test_full(self):
        for arguments in ([], ["--json"]):
            with self.subTest(arguments), open("/dev/full", "wb") as full:
                status, said = self.meets_well(arguments, stdout=full)
                self.assertEqual(status, INTERNAL)
                self.assertEqual(len(said.splitlines()), 1, said)
                self.assertIn("output", said)

    def test_reader_gone(self):
        for arguments in ([], ["--json"]):
            with self.subTest(arguments):
                reader, writer = os.pipe()
                os.close(reader)
                try:
                    status, said = self.meets_well(arguments, stdout=writer)
                finally:
                    os.close(writer)
                self.assertEqual(status, INTERNAL)
                self.assertEqual(len(said.splitlines()), 1, said)

    def test_closed(self):
        """Sockets must not take the places of the standard descriptors. What cannot be said is an
        error."""
        for closed in ((1,), (0, 1), (0, 1, 2)):
            with self.subTest(closed):
                def close(which=closed):
                    for descriptor in which:
                        os.close(descriptor)
                for arguments in ([], ["--json"]):
                    status, said = self.meets_well(arguments, preexec_fn=close,
                                                   stdout=subprocess.DEVNULL)
                    self.assertEqual(status, 70)
                    self.assertRegex(said, r"\A\Z" if 2 in closed else
                                     r"\Anextmx: cannot write the output: .*\n\Z")


class Descriptors(CheckCase):
    def held_at_last(self, *domains):
        """How many are open while the last server keeps the command waiting; its exit code."""
        server = _servers["last"]
        before = server.count

        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        # To a file, for nobody reads a pipe meanwhile.
        with tempfile.TemporaryFile() as out, \
             subprocess.Popen(command("--json", "--timeout-ms", "250", *FEW, *domains,
                                      name("last")), stdin=subprocess.DEVNULL,
                              stdout=out, stderr=subprocess.PIPE,
                              env=environment(), preexec_fn=limit) as process:
            self.assertTrue(server.wait_for(lambda: server.count > before, PATIENCE_S),
                            "the last server was not met")
            held = [os.readlink(f"/proc/{process.pid}/fd/{number}")
                    for number in os.listdir(f"/proc/{process.pid}/fd")]
            stderr = process.communicate(timeout=PATIENCE_S)[1]
            out.seek(0)
            lines = len(out.readlines())
        self.assertEqual((process.returncode, stderr), (75, b""))
        return held, lines

    def test_none_is_left(self):
        """After all faults of all servers as many are open as after none, and a limit below their
        number was enough."""
        # One domain first: the resolver opens some once.
        few, _ = self.held_at_last(name("good"))
        domains = check_faults.domains() * TIMES
        before = sum(server.count for server in check_faults.servers())
        many, lines = self.held_at_last(name("good"), *domains)
        met = sum(server.count for server in check_faults.servers()) - before
        self.assertEqual(lines, len(domains) + 2)
        self.assertEqual(met, TIMES * len(check_faults.servers()))
        self.assertGreater(met, DESCRIPTORS)
        self.assertEqual(len(many), len(few), (few, many))
