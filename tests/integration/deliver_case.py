# SPDX-License-Identifier: BSD-2-Clause
"""What all tests of `nextmx deliver` share: how to run and read it, and how to see what its command
does without waiting by the clock."""

import functools
import json
import os
import pathlib
import select
import subprocess
import tempfile
import unittest

import jsonschema
from case import PATIENCE_S, Shared, environment

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "docs" / "route.schema.json"
# One endpoint each, and no DNS.
ONE, OTHER, ONE6 = "[198.51.100.7]", "[198.51.100.8]", "[IPv6:2001:db8::7]"
# Two endpoints, and six.
TWO, SIX = "dual.s.test", "ties.s.test"

OK, USAGE, REJECT, INTERNAL, DEFER, CONFIG = 0, 64, 68, 70, 75, 78
EXIT = {"delivered": OK, "reject": REJECT, "defer": DEFER}

REPORT = {"schema": str, "domain": str, "outcome": str, "status": str, "reason": str,
          "attempts": list, "route": dict}
ATTEMPT = {"number": int, "stage": str, "host": str, "port": int, "address": str, "tls": str,
           "result": str, "cause": str, "code": (int, type(None)), "enhanced": str, "text": str,
           "ms": int}
RESULTS = {"delivered", "try-next", "stop-temp", "stop-perm"}
CAUSES = {"none", "connect", "greeting", "tls", "4xx", "early-5xx", "5xx"}


def no_doubles(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a member is there twice: {pairs}")
    return found


def no_constant(word):
    raise ValueError(f"{word} is not JSON")


def strictly(text):
    return json.loads(text, object_pairs_hook=no_doubles, parse_constant=no_constant)


@functools.lru_cache(None)
def route_validator():
    return jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


class Delivered:
    """What a run of the command came to; with --json, its reports by domain."""

    def __init__(self, status, stdout, stderr):
        self.status = status
        self.stdout = stdout.decode()
        self.stderr = stderr.decode()
        self.reports = {}

    def parse(self):
        for line in self.stdout.splitlines():
            data = strictly(line)
            self.reports[data["domain"]] = data

    @property
    def only(self):
        (data,) = self.reports.values()
        return data

    @property
    def attempts(self):
        return self.only["attempts"]

    @property
    def results(self):
        return [attempt["result"] for attempt in self.attempts]

    @property
    def text(self):
        (attempt,) = self.attempts
        return attempt["text"]

    def said(self, number=1):
        """What the command wrote in this attempt, without what stands in front."""
        lines = (line.partition("| ") for line in self.stderr.splitlines())
        return [rest for first, _, rest in lines if first.startswith(f"{number} ")]


class Trace:
    """A fifo that commands write to. Its end is seen when the last process that has it open is
    gone: the command, and whatever it started."""

    def __init__(self, path):
        self.path = path
        os.mkfifo(path)
        self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._bytes = b""
        self._ended = False

    def close(self):
        os.close(self._fd)

    def _read(self):
        if not select.select([self._fd], [], [], PATIENCE_S)[0]:
            raise AssertionError(f"nothing happened; so far: {self._bytes}")
        got = os.read(self._fd, 65536)
        self._bytes += got
        self._ended = not got

    def words(self, n):
        """The first n lines, once they are there."""
        own = os.open(self.path, os.O_WRONLY)  # whoever wrote them may be gone
        try:
            while self._bytes.count(b"\n") < n:
                self._read()
        finally:
            os.close(own)
        return self._bytes.decode().split("\n")[:n]

    def all(self):
        """Every line, once nobody is left."""
        while not self._ended:
            self._read()
        return self._bytes.decode().splitlines()


class DeliverCase(unittest.TestCase):
    longMessage = True

    def setUp(self):
        """OUT is for what the command keeps, SPOOL where nextmx keeps the message."""
        keeper = tempfile.TemporaryDirectory(prefix="nextmx-deliver-")
        self.addCleanup(keeper.cleanup)
        self.out = os.path.join(keeper.name, "out")
        self.spool = os.path.join(keeper.name, "spool")
        os.mkdir(self.out)
        os.mkdir(self.spool)

    def trace(self, name="trace"):
        trace = Trace(os.path.join(self.out, name))
        self.addCleanup(trace.close)
        return trace

    def environment(self, **more):
        return {**environment(), "TMPDIR": self.spool, "OUT": self.out, **more}

    def command(self, *arguments):
        return [Shared.nextmx, "deliver", *Shared.bed.options(), *arguments]

    def run_deliver(self, command, *arguments, stdin=b"", env=None, prefix=(), **options):
        """The command as text; stdin is octets, or anything that subprocess takes."""
        given = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        exec_ = () if command is None else ("--exec", command)
        done = subprocess.run([*prefix, *self.command(*exec_, *arguments)], **given, **options,
                              timeout=PATIENCE_S, check=False, env=self.environment(**(env or {})))
        return self.harmless(Delivered(done.returncode, done.stdout or b"", done.stderr or b""))

    def harmless(self, run):
        """Sanitizers are silent, and nothing is left of the spool."""
        self.assertNotIn("ERROR: ", run.stderr)
        self.assertNotIn("runtime error:", run.stderr)
        self.assertEqual(os.listdir(self.spool), [])
        return run

    def deliver(self, command, *arguments, **options):
        """With --json, and every report as documented."""
        run = self.run_deliver(command, "--json", *arguments, **options)
        run.parse()
        for report in run.reports.values():
            self.assertDocumented(report)
        if len(run.reports) == 1:
            self.assertEqual(run.status, EXIT[run.only["outcome"]], run.stderr)
        return run

    def begin(self, command, *arguments, env=None, **options):
        """Popen, for those who want to meddle."""
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.PIPE)
        process = subprocess.Popen(self.command("--exec", command, *arguments),
                                   stdout=subprocess.PIPE, env=self.environment(**(env or {})),
                                   **options)
        self.addCleanup(process.stdout.close)
        if process.stderr:
            self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def end(self, process):
        stdout, stderr = process.communicate(timeout=PATIENCE_S)
        return self.harmless(Delivered(process.returncode, stdout, stderr))

    def kept(self, name):
        with open(os.path.join(self.out, name), "rb") as file:
            return file.read()

    def assertMembers(self, data, members):
        self.assertEqual(set(data), set(members))
        for name, kind in members.items():
            self.assertIsInstance(data[name], kind, name)

    def assertDocumented(self, report):
        """As the manual describes nextmx.report/1."""
        self.assertMembers(report, REPORT)
        self.assertEqual(report["schema"], "nextmx.report/1")
        self.assertIn(report["outcome"], EXIT)
        classes = {"delivered": "2", "defer": "4", "reject": "5"}
        self.assertRegex(report["status"], rf"^{classes[report['outcome']]}\.\d+\.\d+$")
        route_validator().validate(report["route"])
        plan = report["route"]["plan"]
        self.assertLessEqual(len(report["attempts"]), len(plan))
        for number, attempt in enumerate(report["attempts"], 1):
            self.assertMembers(attempt, ATTEMPT)
            self.assertEqual(attempt["number"], number)
            self.assertIn(attempt["result"], RESULTS)
            self.assertIn(attempt["cause"], CAUSES)
            for name in ("stage", "host", "port", "address", "tls"):
                self.assertEqual(attempt[name], plan[number - 1][name])
            # Only the last one may have ended it.
            if number < len(report["attempts"]):
                self.assertEqual(attempt["result"], "try-next")

    def assertRefused(self, run, status, *words):
        """One line that says what, nothing on standard output, and the command was not run."""
        self.assertEqual((run.status, run.stdout), (status, ""), run.stderr)
        self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
        self.assertTrue(run.stderr.startswith("nextmx: "), run.stderr)
        for word in words:
            self.assertIn(word, run.stderr)
        self.assertEqual(os.listdir(self.out), [])
