#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Scans of many domains, against a real DNS server on loopback.

  tests/e2e/test_scan_many.py build/cli/nextmx [TEST ...]

20,000 generated domains give the same lines each time, also when the scan is killed ten times, and
compare counts them right; a million lines take no more memory than a hundred thousand. A sanitizer's
build does with fewer (NEXTMX_TEST_SANITIZED).
"""

import collections
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, ".."))
sys.path.insert(0, os.path.join(HERE, "..", "integration"))

import compare_count
import route_lines
from bed import Bed, generate

NEXTMX = None
SANITIZED = bool(os.environ.get("NEXTMX_TEST_SANITIZED"))
DOMAINS = 2000 if SANITIZED else 20000
LINES = 100000 if SANITIZED else 1000000
# Enough to keep two cores busy. More would ask knotd at once, on a busy machine, what the kernel does not
# keep for a program that is not running just then (some 270 questions); and libunbound, which knows the
# server as a fast one, takes 350 ms of silence for its end: SERVFAIL.
IN_FLIGHT = 20
KILLS = 10
PATIENCE_S = 600
# What freed memory a sanitizer keeps back would look like growth.
QUARANTINE = "quarantine_size_mb=4:thread_local_quarantine_size_kb=64"


def environment(more=""):
    options = ":".join(word for word in (os.environ.get("ASAN_OPTIONS"), more) if word)
    return {**os.environ, "LC_ALL": "C.UTF-8", "ASAN_OPTIONS": options}


def differing(one, other):
    """The members of two lines that are not alike, of without_srv as well."""
    for name in sorted(set(one) | set(other)):
        if one.get(name) != other.get(name):
            if name == "without_srv" and one.get(name) and other.get(name):
                yield from (f"without_srv.{deep}" for deep in differing(one[name], other[name]))
            else:
                yield name


class Shared:
    """One bed, one folder and one whole scan for all tests."""

    bed = folder = first = None

    @classmethod
    def start(cls):
        cls.folder = tempfile.mkdtemp(prefix="nextmx-scan-")
        cls.bed = Bed(generate.tree(DOMAINS)).start()
        cls.domains = {d.name: d for d in generate.domains(DOMAINS)}
        cls.write("list", cls.domains)
        cls.scan("first.jsonl", "list")
        cls.first = route_lines.multiset(route_lines.read(cls.path("first.jsonl")))

    @classmethod
    def stop(cls):
        if cls.bed:
            cls.bed.stop()
        if cls.folder:
            shutil.rmtree(cls.folder)

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    @classmethod
    def write(cls, name, entries):
        with open(cls.path(name), "w", encoding="ascii") as file:
            file.writelines(entry + "\n" for entry in entries)

    @classmethod
    def command(cls, *arguments):
        return [NEXTMX, "scan", *generate.options(cls.bed), "--sts", "off", "--threads", "2",
                "--in-flight", str(IN_FLIGHT), "--seed", "1", *arguments]

    @classmethod
    def run(cls, command):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S, check=False,
                              env=environment())
        if done.returncode:
            raise AssertionError(f"{command[1]} exited with {done.returncode}: "
                                 f"{done.stderr[-3000:]}")
        return done.stdout

    @classmethod
    def scan(cls, output, entries):
        cls.run(cls.command("--output", cls.path(output), cls.path(entries)))


class Case(unittest.TestCase):
    def assertSameAsFirst(self, found):
        if found == Shared.first:
            return
        missing, more = ([json.loads(line) for line in rest.elements()]
                         for rest in (Shared.first - found, found - Shared.first))
        other = {line["domain"]: line for line in more}
        kinds = collections.Counter()
        for line in missing:
            domain = line["domain"]
            members = ",".join(differing(line, other[domain])) if domain in other else "lost"
            kinds[Shared.domains[domain].kind, Shared.domains[domain].security, members] += 1
        self.fail(f"{len(missing)} lines less, {len(more)} more: {kinds.most_common(10)}\n"
                  f"{route_lines.differences(Shared.first, found, 1)}")


class Same(Case):
    def test_as_expected(self):
        """One line for each domain, with the outcome, the source, and the outcome without SRV that
        the generator expects."""
        left, wrong = dict(Shared.domains), []
        for line in route_lines.read(Shared.path("first.jsonl")):
            domain = left.pop(line["domain"])
            without = line["without_srv"] or line
            got = line["outcome"], line["source"], without["outcome"]
            if got != (domain.outcome, domain.source, domain.without_srv):
                wrong.append((domain, got, line["reason"]))
        self.assertEqual((wrong[:5], list(left)[:5]), ([], []))

    def test_twice(self):
        """The same multiset, the list being in another order."""
        entries = list(Shared.domains)
        random.Random(2).shuffle(entries)
        Shared.write("shuffled", entries)
        Shared.scan("second.jsonl", "shuffled")
        self.assertSameAsFirst(
            route_lines.multiset(route_lines.read(Shared.path("second.jsonl"))))


class Killed(Case):
    """SIGKILL leaves no time for anything: what is in the file then is all there is."""

    def run_until(self, command, path, octets):
        """Kills it when the file has so many octets; how it ended."""
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, env=environment())
        with process:
            while process.poll() is None and os.path.getsize(path) < octets:
                time.sleep(0.002)
            process.kill()
            said = process.stderr.read()
        return process.returncode, said

    def cut(self, path, octets):
        """As if the last write had not reached the disk whole."""
        os.truncate(path, max(0, os.path.getsize(path) - octets))

    def test_nothing_is_lost_and_nothing_is_twice(self):
        rng = random.Random(7)
        path = Shared.path("killed.jsonl")
        with open(path, "wb"):
            pass
        whole = os.path.getsize(Shared.path("first.jsonl"))
        command = Shared.command("--resume", path, Shared.path("list"))
        for n, octets in enumerate(sorted(rng.randrange(1, whole * 9 // 10)
                                          for _ in range(KILLS))):
            grown = max(octets, os.path.getsize(path) + 1)
            code, said = self.run_until(command, path, grown)
            self.assertEqual(code, -9, f"kill {n} at {octets} of {whole}: {said[-2000:]}")
            if n % 2:
                self.cut(path, rng.randrange(1, 3000))
        before = os.path.getsize(path)
        Shared.run(command)
        self.assertGreater(os.path.getsize(path), before)
        self.assertSameAsFirst(route_lines.multiset(route_lines.read(path)))


class Memory(unittest.TestCase):
    """The list may be as long as it likes."""

    DISTINCT = 500
    READINGS = 8

    def resident(self, pid):
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))

    def readings_at(self):
        """Numbers of lines: around one tenth, and up to the end."""
        step = LINES // 200
        tenth = [LINES // 10 + step * (n - self.READINGS // 2) for n in range(self.READINGS)]
        return tenth, [LINES - step * (n + 1) for n in reversed(range(self.READINGS))]

    def watch(self, process):
        """{number of lines written by then: KiB}; and how many there were."""
        due = collections.deque(sum(self.readings_at(), []))
        found, lines = {}, 0
        while True:
            data = os.read(process.stdout.fileno(), 1 << 16)
            if not data:
                return found, lines
            lines += data.count(b"\n")
            while due and lines >= due[0]:
                found[due.popleft()] = self.resident(process.pid)

    def test_flat(self):
        names = [name for name, _ in zip(Shared.domains, range(self.DISTINCT))]
        Shared.write("many", (names[n % self.DISTINCT] for n in range(LINES)))
        command = Shared.command("--fields", "domain,outcome", Shared.path("many"))
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   env=environment(QUARANTINE), bufsize=0)
        with process:
            found, lines = self.watch(process)
        self.assertEqual((process.returncode, lines), (0, LINES))
        tenth, end = (sum(found[at] for at in numbers) / self.READINGS
                      for numbers in self.readings_at())
        print(f"\n  {tenth:.0f} KiB after {LINES // 10} lines, {end:.0f} KiB after {LINES}")
        self.assertLessEqual(end, tenth * 1.1)


class Compare(unittest.TestCase):
    """What compare says about the scan."""

    @classmethod
    def setUpClass(cls):
        # As many entries of lists as there are.
        cls.summary = json.loads(Shared.run([NEXTMX, "compare", "--json", "--top", "100000",
                                             Shared.path("first.jsonl")]))

    def counts(self, group):
        return {name: n for name, n in self.summary["groups"][group].items() if n and name != "of"}

    def test_as_expected(self):
        """The generator knows outcomes and sources without having seen a line."""
        domains = Shared.domains.values()
        self.assertEqual(self.counts("outcome"),
                         collections.Counter(d.outcome for d in domains))
        self.assertEqual(self.counts("outcome-mx"),
                         collections.Counter(d.without_srv for d in domains))
        self.assertEqual(self.counts("source"), collections.Counter(d.source for d in domains))

    def test_as_an_independent_count(self):
        """Every number, from a program that shares nothing with compare but the schema."""
        self.assertEqual(self.summary,
                         compare_count.count([Shared.path("first.jsonl")]).as_json())


def main():
    global NEXTMX
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(__doc__.strip())
    NEXTMX = os.path.abspath(sys.argv[1])
    names = sys.argv[2:] or ["Same", "Killed", "Memory", "Compare"]
    suite = unittest.defaultTestLoader.loadTestsFromNames(names, sys.modules["__main__"])
    try:
        Shared.start()
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    finally:
        Shared.stop()
    bad = len(result.failures) + len(result.errors)
    print(f"test_scan_many: {result.testsRun} tests run, {bad} failed, "
          f"{len(result.skipped)} skipped")
    sys.exit(1 if bad or result.skipped or not result.testsRun else 0)


if __name__ == "__main__":
    main()
