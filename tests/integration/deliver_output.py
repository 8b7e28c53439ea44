# SPDX-License-Identifier: BSD-2-Clause
"""What becomes of the command's output, and of nextmx's own when nobody takes it."""

import os
import re
import signal
import socket
import subprocess

from case import PATIENCE_S
from deliver_case import INTERNAL, OK, ONE, OTHER, TWO, DeliverCase

FRONT = f"1 {ONE}:25| "
# The room of a line on its way, its end left out.
PIECE = 399


class Lines(DeliverCase):
    def said_by(self, command):
        run = self.deliver(command, ONE)
        return run.stderr, run.text

    def test_both_streams(self):
        """On standard error, the endpoint in front of each line; the last is in the report."""
        said, text = self.said_by("echo one; echo two >&2; echo three")
        self.assertEqual(said, f"{FRONT}one\n{FRONT}two\n{FRONT}three\n")
        self.assertEqual(text, "three")

    def test_each_attempt(self):
        """The attempt's number, the host and the port are in front."""
        run = self.deliver('echo "to $NEXTMX_ADDRESS"; exit 75', TWO)
        self.assertEqual(run.stderr.splitlines(), [
            f"{a['number']} {a['host']}:{a['port']}| to {a['address']}" for a in run.attempts])

    def test_line_ends(self):
        """No line end at the end, carriage returns, empty lines: the last with something counts."""
        for command, lines, text in (("printf end", ["end"], "end"),
                                     ("printf 'a\\r\\nb\\r\\n'", ["a", "b"], "b"),
                                     ("printf 'a\\n\\n\\n'", ["a", "", ""], "a"),
                                     ("printf '\\n'", [""], ""), ("printf ''", [], ""),
                                     ("echo a; printf b", ["a", "b"], "b")):
            with self.subTest(command):
                said, found = self.said_by(command)
                self.assertEqual(said, "".join(f"{FRONT}{line}\n" for line in lines))
                self.assertEqual(found, text)

    def test_in_place_of_a_status(self):
        """Who says nothing is described by the exit status."""
        self.assertEqual(self.deliver("echo why; exit 3", ONE).text, "why")
        self.assertEqual(self.deliver("exit 3", ONE).text, "exit status 3")

    def test_harmless(self):
        """A server's words cannot steer a terminal, nor pretend to be a line of ours."""
        octets = "".join(f"\\{n:03o}" for n in range(256) if n not in (10, 13))
        run = self.deliver(f"printf '{octets}'; exit 75", ONE)
        printable = "".join(map(chr, range(0x20, 0x7f)))
        shown = "?" * 30 + printable + "?" * 129
        self.assertEqual(run.stderr, f"{FRONT}{shown}\n")
        self.assertEqual(run.text, shown)
        run = self.run_deliver("printf '\\033[31mred\\a\\302\\233m\\177'; exit 75", ONE)
        self.assertRegex(run.stdout + run.stderr, r"\A[\n\x20-\x7e]*\Z")

    def test_long(self):
        """In pieces, nothing lost, each with the endpoint in front; the report has the beginning of
        the line."""
        for length in (PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 1, 10000):
            for end in ("", "\\n"):
                with self.subTest((length, end)):
                    command = f"echo before; head -c {length} /dev/zero | tr '\\0' x | " \
                        f"sed 's/^x/b/'; printf '{end}'"
                    said, text = self.said_by(command)
                    pieces = [line.removeprefix(FRONT) for line in said.splitlines()[1:]]
                    line = "b" + "x" * (length - 1)
                    self.assertEqual("".join(pieces), line)
                    self.assertEqual(len([p for p in pieces if p]), -(-length // PIECE))
                    self.assertEqual(text, line[:PIECE])

    def test_megabytes(self):
        """10 MB, in one line and in many; nothing is lost."""
        run = self.deliver("head -c 10000000 /dev/zero | tr '\\0' x; exit 75", ONE)
        self.assertEqual("".join(run.said()), "x" * 10000000)
        self.assertEqual(run.text, "x" * PIECE)
        run = self.deliver("seq -f %0100.0f 100000; exit 0", ONE)
        self.assertEqual(run.said(), [f"{n:0100}" for n in range(1, 100001)])
        self.assertEqual(run.results, ["delivered"])

    def test_after_the_end(self):
        """What was said is shown, however soon after it the command ended."""
        for _ in range(20):
            run = self.deliver("head -c 60000 /dev/zero | tr '\\0' x; kill -9 $$", ONE)
            self.assertEqual(len("".join(run.said())), 60000)


class Background(DeliverCase):
    """What the command leaves running holds neither nextmx nor its report."""

    def test_silent(self):
        """It goes on: it is the operator's."""
        trace = self.trace()
        run = self.deliver(f"exec 3> {trace.path}; sleep 1000 & echo $! >&3; echo over", ONE)
        (number,) = trace.words(1)
        os.kill(int(number), 0)
        os.kill(int(number), signal.SIGKILL)
        self.assertEqual(trace.all(), [number])
        self.assertEqual((run.results, run.text), (["delivered"], "over"))

    def test_talking(self):
        """One that writes for ever, and faster than its lines are shown; it ends by the closed
        pipe."""
        trace = self.trace()
        # Its own lines go between the other's, which so is in full flow.
        run = self.deliver(f"exec 3> {trace.path}; (echo going >&3; exec yes) & "
                           "seq 20000; seq 20000; exit 0", ONE)
        self.assertEqual(run.results, ["delivered"])
        self.assertIn("y", run.said())
        self.assertEqual(trace.all(), ["going"])

    def test_no_output(self):
        """Who closes both streams is waited for all the same."""
        run = self.deliver('exec > "$OUT/own" 2>&1; sleep 0.1; echo done; exit 68', ONE)
        self.assertEqual((run.results, run.stderr), (["stop-perm"], ""))
        self.assertEqual(self.kept("own"), b"done\n")


class Unread(DeliverCase):
    """Whoever has our standard error, and does not read it, holds neither time limit nor signal."""

    SHORT = ("--attempt-ms", "500", "--delivery-attempts", "1")

    def ends(self):
        """(ours, nextmx's) of whatever a standard error may be."""
        for kind, pair in (("pipe", os.pipe()), ("terminal", os.openpty()),
                           ("socket", [end.detach() for end in socket.socketpair()])):
            with self.subTest(kind):
                try:
                    yield pair
                finally:
                    for number in pair:
                        os.close(number)

    def test_time_limit(self):
        for _, theirs in self.ends():
            run = self.deliver("exec yes", *self.SHORT, ONE, stderr=theirs)
            self.assertEqual((run.results, run.attempts[0]["cause"]), (["try-next"], "connect"))
            self.assertIn("too long", run.text)

    def test_signal(self):
        for _, theirs in self.ends():
            trace = self.trace(f"trace{theirs}")
            process = self.begin(f"exec 3> {trace.path}; seq 100000; echo up >&3; exec yes", ONE,
                                 stderr=theirs)
            trace.words(1)  # what was said is far more than anybody holds
            process.terminate()
            self.assertEqual(process.wait(PATIENCE_S), -signal.SIGTERM)
            self.assertEqual(trace.all(), ["up"])
            process.communicate()

    def test_told(self):
        """What is missing is told where it is missing, as soon as somebody reads again, though it
        be in another attempt."""
        go = os.path.join(self.out, "go")
        os.mkfifo(go)
        process = self.begin(f'[ "$NEXTMX_HOST" = "{ONE}" ] && exec seq 100000; read word < {go};'
                             "echo later; echo more", ONE, OTHER)
        self.assertIn(b"delivered", process.stdout.readline())  # nobody has read so far
        os.set_blocking(process.stderr.fileno(), False)
        early = process.stderr.read()
        os.set_blocking(process.stderr.fileno(), True)
        with open(go, "w", encoding="ascii") as file:
            file.write("go\n")
        run = self.end(process)
        self.assertEqual(run.status, OK)
        lines = early.decode().splitlines()
        self.assertEqual(lines, [f"{FRONT}{n}" for n in range(1, len(lines) + 1)])
        told, *rest = run.stderr.splitlines()
        self.assertRegex(told, rf"^nextmx: {100000 - len(lines)} lines ")
        self.assertEqual(rest, [f"1 {OTHER}:25| later", f"1 {OTHER}:25| more"])


class Ours(DeliverCase):
    """As for the other verbs: 70 if the report cannot be written, one line, and every domain is
    tried first."""

    COMMAND = 'echo "$NEXTMX_HOST" >> "$OUT/all"; echo said'

    def into(self, *flags, **options):
        run = self.run_deliver(self.COMMAND, *flags, ONE, OTHER, **options)
        self.assertEqual(self.kept("all").decode().split(), [ONE, OTHER])
        os.unlink(os.path.join(self.out, "all"))
        own = [line for line in run.stderr.splitlines() if line.startswith("nextmx: ")]
        return run, own

    def test_full(self):
        for flags in ((), ("--json",)):
            with self.subTest(flags), open("/dev/full", "wb") as full:
                run, own = self.into(*flags, stdout=full)
                self.assertEqual((run.status, len(own)), (INTERNAL, 1), run.stderr)
                self.assertIn("No space left", own[0])

    def gone(self):
        reader, writer = os.pipe()
        os.close(reader)
        self.addCleanup(os.close, writer)
        return writer

    def test_reader_gone(self):
        for flags in ((), ("--json",)):
            with self.subTest(flags):
                run, own = self.into(*flags, stdout=self.gone())
                self.assertEqual((run.status, len(own)), (INTERNAL, 1), run.stderr)

    def test_errors_reader_gone(self):
        """Nobody has to listen to what the command says: the mail and the report go on."""
        for options in ({"stderr": self.gone()}, {"stderr": None,
                                                 "preexec_fn": lambda: os.close(2)}):
            with self.subTest(options):
                run, _ = self.into("--json", **options)
                self.assertEqual(run.status, OK)
                run.parse()
                self.assertEqual(list(run.reports), [ONE, OTHER])

    def test_errors_full(self):
        with open("/dev/full", "wb") as full:
            self.assertEqual(self.into(stderr=full)[0].status, OK)

    def test_closed(self):
        for closed in ((1,), (0, 1), (0, 1, 2)):
            with self.subTest(closed):
                run, own = self.into(stdin=None, stdout=subprocess.DEVNULL, preexec_fn=lambda
                                     which=closed: [os.close(number) for number in which])
                self.assertEqual((run.status, len(own)), (INTERNAL, 2 not in closed), run.stderr)

    def test_prompt(self):
        """A report is out before the next domain is begun."""
        trace = self.trace()
        process = self.begin(f'exec 3> {trace.path}; echo up >&3; [ "$NEXTMX_HOST" = "{ONE}" ] || '
                             'exec sleep 1000', ONE, OTHER)
        trace.words(2)
        process.terminate()
        run = self.end(process)
        self.assertEqual(run.status, -signal.SIGTERM)
        self.assertTrue(re.match(rf"{re.escape(ONE)}: delivered", run.stdout), run.stdout)
        self.assertNotIn(OTHER, run.stdout)
