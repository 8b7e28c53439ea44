# SPDX-License-Identifier: BSD-2-Clause
"""What the exit status of the command means, and what nextmx's own is then."""

import itertools
import signal

from deliver_case import CONFIG, DEFER, OK, ONE, OTHER, REJECT, SIX, TWO, USAGE, DeliverCase

# (result, outcome of a domain with one endpoint, enhanced status, cause)
DELIVERED = ("delivered", "delivered", "2.0.0", "none")
UNREACHED = ("try-next", "defer", "4.4.1", "connect")
LATER = ("try-next", "defer", "4.0.0", "4xx")
PERMANENT = ("stop-perm", "reject", "5.0.0", "5xx")
TEMPORARY = ("stop-temp", "defer", "4.0.0", "none")
OUTCOME = {"delivered": OK, "reject": REJECT, "defer": DEFER}
BORDERS = (0, 1, 2, 63, *range(64, 80), 126, 127, 128, 137, 143, 254, 255)


def meaning(status):
    """DESIGN 5, written down once more."""
    if status == 0:
        return DELIVERED
    if status == 69:
        return UNREACHED
    if status == 75:
        return LATER
    return PERMANENT if status in (64, 65, 66, 67, 68, 70, 71, 72, 73, 74, 76, 77, 78) \
        else TEMPORARY


class Table(DeliverCase):
    # The last octet of the address is the status.
    BY_ADDRESS = 'exit "${NEXTMX_ADDRESS##*.}"'

    def test_all(self):
        """DESIGN 5: every status there is, each for a domain of its own, in one run."""
        domains = [f"[198.51.100.{status}]" for status in range(256)]
        run = self.deliver(self.BY_ADDRESS, *domains)
        self.assertEqual(list(run.reports), domains)
        for status, report in enumerate(run.reports.values()):
            (attempt,) = report["attempts"]
            found = attempt["result"], report["outcome"], report["status"], attempt["cause"]
            self.assertEqual(found, meaning(status), status)
            self.assertEqual(attempt["text"], f"exit status {status}" if status else "")
        self.assertEqual(run.status, DEFER)

    def test_own_status(self):
        """sysexits: 0 delivered, 75 defer, 68 reject."""
        for status in BORDERS:
            with self.subTest(status):
                run = self.deliver(self.BY_ADDRESS, f"[198.51.100.{status}]")
                self.assertEqual(run.status, OUTCOME[meaning(status)[1]])

    def test_several_domains(self):
        """75 outranks 68 outranks 0, in whatever order; all are tried and shown in the order
        given."""
        statuses = {0: OK, 68: REJECT, 77: REJECT, 75: DEFER, 1: DEFER}
        for pair in itertools.permutations(statuses, 2):
            with self.subTest(pair):
                domains = [f"[198.51.100.{status}]" for status in pair]
                run = self.deliver(self.BY_ADDRESS, *domains)
                found = {statuses[status] for status in pair}
                self.assertEqual(run.status, next(s for s in (DEFER, REJECT, OK) if s in found))
                self.assertEqual(list(run.reports), domains)


class Next(DeliverCase):
    """Which ends of the first attempt lead to the second."""

    def second(self, first, *options):
        run = self.deliver(f'[ "$NEXTMX_ATTEMPT" = 1 ] || exit 0; {first}', *options, TWO)
        self.assertIn(len(run.attempts), (1, 2))
        return run

    def test_statuses(self):
        """DESIGN 5, SRV-16: 75 and 69 go on, all others stop."""
        for status in BORDERS:
            with self.subTest(status):
                run = self.second(f"exit {status}")
                result = meaning(status)[0]
                self.assertEqual(run.results, [result, "delivered"] if result == "try-next"
                                 else [result])

    def test_signals(self):
        """DESIGN 5: whatever signal it dies of; the report names it."""
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT,
                       signal.SIGPIPE, signal.SIGABRT):
            with self.subTest(number):
                run = self.second(f"ulimit -c 0; kill -{int(number)} $$")
                self.assertEqual(run.results, ["try-next", "delivered"])
                self.assertEqual(run.attempts[0]["cause"], "connect")
                self.assertIn(f"signal {int(number)}", run.attempts[0]["text"])

    def test_time_limit(self):
        """DESIGN 5: the attempt's time limit."""
        run = self.second("exec sleep 1000", "--attempt-ms", "100")
        self.assertEqual(run.results, ["try-next", "delivered"])
        self.assertIn("too long", run.attempts[0]["text"])

    def test_all_fail(self):
        """OUT-3: nobody took it: every endpoint was tried, in the plan's order, and it waits."""
        run = self.deliver("exit 69", SIX)
        self.assertEqual(run.results, ["try-next"] * 6)
        self.assertEqual((run.status, run.only["status"]), (DEFER, "4.4.1"))
        self.assertEqual([a["address"] for a in run.attempts],
                         [e["address"] for e in run.only["route"]["plan"]])

    def test_fewer(self):
        """The resolving option that limits attempts does."""
        run = self.deliver("exit 69", "--delivery-attempts", "2", SIX)
        self.assertEqual(run.results, ["try-next"] * 2)
        self.assertEqual(run.status, DEFER)


class NotRun(DeliverCase):
    TOUCH = 'touch "$OUT/ran"'

    def test_outcomes(self):
        """A domain without a route: the command is not run, and the status is the route's."""
        for domain, status in (("null.s.test", REJECT), ("not-there.s.test", REJECT),
                               ("b..d", REJECT), ("one.bogus.test", DEFER)):
            with self.subTest(domain):
                run = self.deliver(self.TOUCH, domain)
                self.assertEqual((run.status, run.attempts), (status, []))
                self.assertTrue(run.only["reason"])
                self.assertRaises(FileNotFoundError, self.kept, "ran")

    def test_usage(self):
        """64; the option is named."""
        for arguments, word in (((), "domain"), (("--seed", "x", ONE), "--seed"),
                                (("--seed", "9007199254740992", ONE), "--seed"),
                                (("--attempt-ms", "0", ONE), "--attempt-ms"),
                                (("--attempt-ms", "86400001", ONE), "--attempt-ms"),
                                (("--attempt-ms", "soon", ONE), "--attempt-ms"),
                                (("--attempt-ms", "-1", ONE), "--attempt-ms"),
                                (("--count", "2", ONE), "--count"), (("--exce", "x"), "--exec"),
                                ((ONE, "--exec"), "--exec")):
            with self.subTest(arguments):
                self.assertRefused(self.run_deliver(self.TOUCH, *arguments), USAGE, word)

    def test_which_command(self):
        """64: none, an empty one, and one of nothing but blanks, which the shell takes for a
        success: mail must not be lost by a variable that is not set."""
        for command in (None, "", " ", "   ", "\t", "\n", " \t\r\n "):
            with self.subTest(command):
                self.assertRefused(self.run_deliver(command, ONE), USAGE, "--exec")

    def test_configuration(self):
        """78."""
        run = self.run_deliver(self.TOUCH, "--trust-anchor", "/nonexistent", ONE)
        self.assertRefused(run, CONFIG, "/nonexistent")


class Command(DeliverCase):
    """What sh makes of the words of --exec."""

    def test_not_found(self):
        """A typing error costs time, not mail."""
        for command, status in (("nextmx-no-such-command", 127), ("/nonexistent/command", 127),
                                ("/dev/null", 126), ("if", 2), ("'", 2)):
            with self.subTest(command):
                run = self.deliver(command, TWO)
                self.assertEqual((run.results, run.status), (["stop-temp"], DEFER))
                self.assertTrue(run.attempts[0]["text"], f"status {status}")

    def test_words(self):
        """Quotes, blanks, variables, several lines: as sh takes them."""
        for command, words in (("""printf '%s|' "a  b" 'c"d' e\\'f > "$OUT/words" """,
                                b"a  b|c\"d|e'f|"),
                               ('  printf "%s" "$NEXTMX_HOST" > "$OUT/words"  ', ONE.encode()),
                               ('f() {\n\tprintf "%s\\n" "$1"\n}\n{ f one; f "two  three"; }'
                                ' > "$OUT/words"\n', b"one\ntwo  three\n"),
                               ('printf "%s" "b\u00fccher" > "$OUT/words" # said',
                                "b\u00fccher".encode()),
                               ('false; printf %s "$?$#$0" > "$OUT/words"', b"10sh")):
            with self.subTest(command):
                self.assertEqual(self.deliver(command, ONE).results, ["delivered"])
                self.assertEqual(self.kept("words"), words)

    def test_last_counts(self):
        run = self.deliver("exit 68", "--exec", "exit 0", ONE)
        self.assertEqual(run.results, ["delivered"])

    def test_each_domain(self):
        """The same command for each domain, one after the other."""
        run = self.deliver('printf "%s %s\\n" "$NEXTMX_DOMAIN" "$NEXTMX_ATTEMPT" >> "$OUT/all"',
                           ONE, OTHER, ONE)
        self.assertEqual(self.kept("all").decode().splitlines(),
                         [f"{ONE} 1", f"{OTHER} 1", f"{ONE} 1"])
        self.assertEqual(len(run.stdout.splitlines()), 3)
