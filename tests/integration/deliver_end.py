# SPDX-License-Identifier: BSD-2-Clause
"""How the command ends, or is ended: time limits, signals, descriptors, zombies."""

import os
import resource
import signal
import subprocess

from deliver_case import DEFER, OK, ONE, SIX, TWO, DeliverCase

SHORT = ("--attempt-ms", "500")
# Longer than any test has patience.
LONG = "sleep 1000"
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class EndCase(DeliverCase):
    def setUp(self):
        super().setUp()
        self.n_traces = 0
        self.fresh()
        # Whoever outlives a failed test; each is in the group of its command.
        self.addCleanup(self.end_groups)

    def fresh(self):
        """A trace whose end is that of this command alone."""
        self.n_traces += 1
        self.fifo = self.trace(f"trace{self.n_traces}")

    def end_groups(self):
        for name in os.listdir(self.out):
            if name.startswith("group."):
                try:
                    os.killpg(int(name.partition(".")[2]), signal.SIGKILL)
                except ProcessLookupError:
                    pass

    def note(self, command, before=":"):
        """What it does before it is up, and then."""
        return f': > "$OUT/group.$$"; {before}; exec 3> {self.fifo.path}; echo up >&3; {command}'


class TimeLimit(EndCase):
    def ended(self, command, before=":"):
        """Run over the limit: the next is tried, and nobody is left."""
        self.fresh()
        run = self.deliver(self.note(command, before), *SHORT, ONE)
        self.assertEqual(self.fifo.all()[0], "up")
        self.assertEqual(run.results, ["try-next"])
        self.assertEqual(run.attempts[0]["cause"], "connect")
        self.assertIn("too long", run.text)
        return run

    def test_group(self):
        """DESIGN 5: with the command everything it started, however deep, whatever it has open."""
        for command in (f"exec {LONG}", f"{LONG}; exit 0", f"{LONG} & {LONG} & wait",
                        f"sh -c '{LONG}; exit 0'; exit 0", f"{LONG} | {LONG}",
                        f"(exec > /dev/null 2>&1 < /dev/null; {LONG}; :) & {LONG}"):
            with self.subTest(command):
                self.ended(command)

    def test_deaf(self):
        """Who does not listen to SIGTERM is killed, as command or below one that does listen."""
        deaf = 'trap "" TERM'
        for command in (f"{deaf}; while :; do {LONG}; done",
                        f"({deaf}; while :; do {LONG}; done) & {LONG}",
                        f"({deaf}; exec > /dev/null 2>&1; while :; do {LONG}; done) & {LONG}",
                        f"{deaf}; kill -STOP $$; {LONG}"):
            with self.subTest(command):
                self.ended(command)

    def test_may_clean_up(self):
        """SIGTERM comes first. Whatever the status then is, it took too long: a program that ends
        in good order has not delivered."""
        for status in (0, 68, 1):
            with self.subTest(status):
                run = self.ended("while :; do sleep 0.01; done",
                                 before=f"trap 'echo clean; exit {status}' TERM")
                self.assertEqual(run.said()[-1], "clean")

    def test_chatter(self):
        """Output without an end does not keep it alive."""
        run = self.ended("while :; do echo still here; done")
        self.assertIn("still here", run.said())

    def test_escaped(self):
        """Who has left the group is the operator's, and holds nobody."""
        run = self.ended("(setsid sh -c 'echo $$ >&3; exec 3>&-; exec sleep 1000') & "
                         f"{LONG}")
        words = self.fifo.all()
        os.kill(int(words[1]), signal.SIGKILL)
        self.assertEqual(run.results, ["try-next"])

    def test_every_attempt(self):
        """Each has the limit for itself."""
        run = self.deliver(f"exec {LONG}", *SHORT, TWO)
        self.assertEqual(run.results, ["try-next"] * 2)
        for attempt in run.attempts:
            self.assertGreaterEqual(attempt["ms"], 500)

    def test_shortest(self):
        """However short: ended before it began, perhaps, but ended."""
        for _ in range(10):
            run = self.deliver(self.note(LONG), "--attempt-ms", "1", ONE)
            self.assertEqual(run.results, ["try-next"])

    def test_deadline(self):
        """The delivery's deadline limits each attempt to its share, and then no other begins."""
        for ms in ("150", "600"):
            run = self.deliver(f"exec {LONG}", "--delivery-deadline-ms", ms, SIX)
            self.assertEqual(run.status, DEFER)
            self.assertLessEqual(len(run.attempts), 6)
            self.assertLessEqual(set(run.results), {"try-next"}, run.attempts)

    def test_servers_that_hang_leave_others_their_time(self):
        """SRV-16: MX comes after SRV, however long the SRV hosts take."""
        run = self.deliver(f"[ $NEXTMX_STAGE = mx ] || exec {LONG}",
                           "--delivery-deadline-ms", "6000", "srv25.s.test")
        self.assertEqual(run.status, OK, run.attempts)
        self.assertEqual(run.results[-1], "delivered")
        self.assertIn("srv", [attempt["stage"] for attempt in run.attempts])

    def test_after_the_deadline(self):
        """No other begins, however many there are."""
        run = self.deliver(f"trap '' TERM; while :; do {LONG}; done", "--delivery-deadline-ms",
                           "1000", SIX)
        self.assertEqual(run.results, ["try-next"], run.attempts)
        self.assertEqual((run.status, run.only["status"]), (DEFER, "4.4.7"))

    def test_share_of_few(self):
        """Who may not be tried any more needs no time."""
        run = self.deliver(f"exec {LONG}", "--delivery-deadline-ms", "2000",
                           "--delivery-attempts", "2", SIX)
        self.assertEqual(run.results, ["try-next"] * 2)
        self.assertGreater(run.attempts[0]["ms"], 2000 / 4)

    def test_in_time(self):
        """A limit that is not reached changes nothing."""
        self.assertEqual(self.deliver("exit 0", "--attempt-ms", "86400000", ONE).status, OK)


class Signals(EndCase):
    """nextmx is told to end while the command runs."""

    def begin_up(self, command, *arguments, before=":", **options):
        process = self.begin(self.note(command, before), *arguments, **options)
        self.fifo.words(1)
        return process

    def test_ends_all(self):
        """The command and what it started are ended, too, and nextmx ends by that signal. There is
        no report: the caller knows nothing of the mail's fate, and tries again."""
        for number in ENDING:
            for command in (f"exec {LONG}", f"{LONG}; exit 0", f"{LONG} & {LONG} & wait"):
                with self.subTest((number, command)):
                    self.fresh()
                    process = self.begin_up(command, SIX)
                    process.send_signal(number)
                    run = self.end(process)
                    self.assertEqual((run.status, run.stdout), (-number, ""))
                    self.assertEqual(self.fifo.all(), ["up"])

    def test_deaf(self):
        """Killed, two seconds later."""
        process = self.begin_up(f"(while :; do {LONG}; done) & while :; do {LONG}; done", ONE,
                                before='trap "" TERM')
        process.terminate()
        self.assertEqual(self.end(process).status, -signal.SIGTERM)
        self.assertEqual(self.fifo.all(), ["up"])

    def test_delivered_meanwhile(self):
        """The command may finish in good order; nextmx ends all the same."""
        process = self.begin_up("while :; do sleep 0.01; done", ONE,
                                before='trap "echo finished >&3; exit 0" TERM')
        process.terminate()
        self.assertEqual(self.end(process).status, -signal.SIGTERM)
        self.assertEqual(self.fifo.all(), ["up", "finished"])

    def test_ignored(self):
        """nohup: what nextmx is to ignore it ignores."""
        go = os.path.join(self.out, "go")
        os.mkfifo(go)

        def ignore():
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        process = self.begin_up(f"read word < {go}; exit 0", ONE, preexec_fn=ignore)
        process.send_signal(signal.SIGHUP)
        with open(go, "w", encoding="ascii") as file:
            file.write("go\n")
        self.assertEqual(self.end(process).status, OK)

    def test_killed(self):
        """Nothing can be done then, but that the command is told to end."""
        process = self.begin_up("while :; do sleep 0.01; done", ONE,
                                before='trap "echo told >&3; exit 1" TERM')
        process.kill()
        self.assertEqual(self.fifo.all(), ["up", "told"])
        self.assertEqual(self.end(process).status, -signal.SIGKILL)


class Inherited(EndCase):
    def test_ignored_children(self):
        """A caller that ignores SIGCHLD hands that down; exit statuses count all the same."""
        def ignore():
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        for status, results in ((0, ["delivered"]), (68, ["stop-perm"]), (1, ["stop-temp"]),
                                (75, ["try-next"] * 2)):
            with self.subTest(status):
                run = self.deliver(f"exit {status}", TWO, preexec_fn=ignore)
                self.assertEqual(run.results, results)

    def test_signals(self):
        """The command has no signal blocked, and what nextmx itself ignores is as usual."""
        def block():
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGPIPE,
                                                      signal.SIGCHLD, signal.SIGUSR1})
        run = self.deliver('grep -E "^Sig(Blk|Ign)" /proc/self/status', ONE, preexec_fn=block)
        self.assertEqual([line.partition(":")[2].strip("?") for line in run.said()], ["0" * 16] * 2)

    def test_descriptors(self):
        """The command has its three, and none of nextmx's."""
        run = self.deliver("ls /proc/$$/fd; echo; exit 75", SIX)
        for number in range(1, 7):
            self.assertEqual(sorted(set(run.said(number)) - {""}), ["0", "1", "2"])

    def test_standard_input(self):
        """For reading alone."""
        run = self.deliver("grep flags /proc/$$/fdinfo/0", ONE)
        self.assertEqual(int(run.text.split("?")[-1], 8) & os.O_ACCMODE, os.O_RDONLY)

    def test_group(self):
        """A group of its own, in the session of the caller."""
        run = self.deliver('ps -o pgid=,sid= -p $$; echo "$$"', ONE)
        (group, session), (pid,) = (line.split() for line in run.said())
        self.assertEqual((group, int(session)), (pid, os.getsid(0)))


class Leftovers(EndCase):
    def test_none_is_left(self):
        """No zombie, and no descriptor more, however many commands were run before."""
        domains = [f"[198.51.100.{n}]" for n in range(1, 41)]
        run = self.deliver('ls /proc/$PPID/fd | wc -l; ps -o pid= --ppid $PPID | wc -l; exit 75',
                           *domains)
        lines = run.said()
        self.assertEqual(len(lines), 2 * len(domains))
        self.assertEqual(len(set(lines[::2])), 1, "descriptors")
        self.assertEqual({line.strip("? ") for line in lines[1::2]}, {"1"}, "children")


class NotBegun(EndCase):
    STACK = 512 * 1024

    def big_environment(self, arguments):
        """As much as this program can just be begun with; then a shell that gets more cannot."""
        def limit():
            resource.setrlimit(resource.RLIMIT_STACK, (self.STACK, self.STACK))
        for size in range(self.STACK // 4, 0, -256):
            env = {f"FILLER{n}": "x" * (size // 4) for n in range(4)}
            try:
                return subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True,
                                      env=self.environment(**env), preexec_fn=limit, check=False)
            except OSError:
                continue
        raise AssertionError("nothing fits")

    def test_too_long(self):
        """What is no fault of the command's, nor of the mail, stops it for now: never for good."""
        done = self.big_environment([*self.command("--exec", "exit 0"), "--json",
                                     "dane-big.s.test"])
        self.assertEqual(done.returncode, DEFER, done.stderr)
        self.assertIn(b"Argument list too long", done.stdout)
        self.assertIn(b'"result":"stop-temp"', done.stdout)
