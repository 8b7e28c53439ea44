# SPDX-License-Identifier: BSD-2-Clause
"""What all tests of nextmx scan share: one bed of generated domains, and how to run and read it."""

import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from bed import Bed, generate
from bed.zone import Zone
from case import environment

PATIENCE_S = 120
# The figure of record; a sanitizer's build may do with fewer.
BOGUS = f".z{generate.ZONES - 1}.test"
# So many that a server on a busy machine answers in time: libunbound gives up after half a second.
GENTLE = ("--in-flight", "20")
DOMAINS = int(os.environ.get("NEXTMX_TEST_SCAN_DOMAINS", "2000"))


class OwnServer(Zone):
    """A zone with a name server of its own name."""

    def write(self, path, delegations=()):
        super().write(path, delegations)
        with open(path, encoding="ascii") as file:
            text = file.read()
        with open(path, "w", encoding="ascii") as file:
            file.write(text.replace("@ IN NS ns.test.", f"@ IN NS ns.{self.fqdn}"))


def many_mx(number):
    return "".join(f"d{n} IN MX 10 mx.d{n}\nmx.d{n} IN A 198.51.100.{n % 250 + 1}\n"
                   for n in range(number))


def tree():
    return generate.tree(DOMAINS) + [
        OwnServer("one.test", many_mx(200), signed=False),
        OwnServer("two.test", many_mx(200), signed=False),
        Zone("idn.test", "xn--bcher-kva IN MX 10 mx\nmx IN A 198.51.100.7\n"),
        Zone("silent.test", server="silent", held=False),
    ]


class Shared:
    """Set once by the program, used by every case."""

    nextmx = None
    bed = None
    names = []

    @classmethod
    def start(cls, nextmx):
        cls.nextmx = os.path.abspath(nextmx)
        cls.bed = Bed(tree()).start()
        cls.names = [domain.name for domain in generate.domains(DOMAINS)]


def entry_of(line):
    """The entry as the list had it."""
    return line.get("input", line["domain"])


def plain(value):
    """Without what depends on the clock."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items() if name not in ("ttl", "ms")}
    return [plain(part) for part in value] if isinstance(value, list) else value


def without_words(line):
    """Of a bogus zone libunbound tells the first fault that it finds, and that depends on the order of
    answers."""
    if line["domain"].endswith(BOGUS):
        for route in (line, line.get("without_srv") or {}):
            for name in ("reason", "why", "dropped"):
                route.pop(name, None)
    return line


def multiset(text):
    """{a line without what depends on the clock: how often}"""
    return collections.Counter(json.dumps(without_words(plain(json.loads(line))), sort_keys=True)
                               for line in text.splitlines())


class ScanCase(unittest.TestCase):
    longMessage = True

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="nextmx-scan-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        """The path of a new file with these entries, or this text."""
        if not isinstance(text, (str, bytes)):
            text = "".join(f"{entry}\n" for entry in text)
        with open(self.path(name), "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def command(self, *arguments, port=None):
        options = Shared.bed.options(port)
        gentle = () if "--in-flight" in arguments else GENTLE
        return [Shared.nextmx, "scan", *options, *gentle, *arguments]

    def check_sanitizers(self, stderr):
        for mark in ("Sanitizer", "runtime error:"):
            self.assertNotIn(mark, stderr)

    def scan(self, *arguments, status=0, text=None, port=None, **more):
        """Runs it to its end. The list on standard input is text, or none."""
        more.setdefault("stdin", subprocess.DEVNULL if text is None else None)
        if text is not None:
            more.pop("stdin")
            more["input"] = text if isinstance(text, bytes) else text.encode()
        more.setdefault("stdout", subprocess.PIPE)
        done = subprocess.run(self.command(*arguments, port=port), stderr=subprocess.PIPE,
                              timeout=PATIENCE_S, check=False, env=environment(), **more)
        done.stdout = (done.stdout or b"").decode()
        done.stderr = done.stderr.decode()
        self.check_sanitizers(done.stderr)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def lines(self, *arguments, **more):
        return [json.loads(line) for line in self.scan(*arguments, **more).stdout.splitlines()]

    def start(self, *arguments, port=None, **more):
        """A scan that runs; it is killed at the test's end if it still does."""
        more = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
                **more}
        process = subprocess.Popen(self.command(*arguments, port=port), env=environment(), **more)

        def end():
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    stream.close()
        self.addCleanup(end)
        return process

    def check_same(self, text, expected):
        """The same lines, whatever their order; shows the first ones that are not."""
        entries = [collections.Counter(entry_of(json.loads(line)) for line in lines.splitlines())
                   for lines in (text, expected)]
        self.assertEqual(entries[0] - entries[1], collections.Counter(), "twice")
        self.assertEqual(entries[1] - entries[0], collections.Counter(), "lost")
        more = multiset(text) - multiset(expected)
        names = [json.loads(line)["domain"] for line in list(more)[:3]]
        other = [line for line in expected.splitlines() if json.loads(line)["domain"] in names]
        self.assertEqual(len(more), 0, "\n".join([*list(more)[:3], "EXPECTED", *other]))

    def until(self, condition, what):
        """Waits for something that must come; how long is no matter."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            self.assertLess(time.monotonic(), end, f"in vain: {what}")
            time.sleep(0.002)
