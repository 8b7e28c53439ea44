# SPDX-License-Identifier: BSD-2-Clause
"""What all tests of MTA-STS share: how to run and read the command, and what is in its file."""

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import time
import unittest

import jsonschema
from case import EXIT, PATIENCE_S, Answer, environment
from sts_bed import NAMED, UNNAMED, Domain, World

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "docs" / "route.schema.json"
SANITIZED = bool(os.environ.get("NEXTMX_TEST_SANITIZED"))
OK, USAGE, DATA, REJECT, INTERNAL, DEFER, CONFIG = 0, 64, 65, 68, 70, 75, 78
LOOPBACK = ("--allow-networks", "127.0.0.0/8", "--own-ports", "")
FILE = "nextmx.db"
MOST_TTL_S = 60  # of a route without the policy that there may be
WORD = (1 << 64) - 1


def mixed(number):
    number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9 & WORD
    number = (number ^ number >> 27) * 0x94d049bb133111eb & WORD
    return number ^ number >> 31


def hashed(seed, data):
    """As base/clock.h does it."""
    number = mixed(seed ^ len(data))
    for at in range(0, len(data), 8):
        word = int.from_bytes(data[at:at + 8], "little")
        number = mixed((number ^ word) + 0x9e3779b97f4a7c15 & WORD)
    return number


def sum_of(row):
    """As resolver/store_file.c does it: over all of a row but its number."""
    words = (row["fetched"], row["expires"], row["since"], row["mode"], row["max_age"], row["id"])
    number = hashed(0, " ".join(str(word) for word in words).encode())
    number = hashed(hashed(number, row["domain"].encode()), row["text"])
    return number - (1 << 64) if number >> 63 else number


class Run:
    """What became of a run of the command; with --json, its lines by domain."""

    def __init__(self, status, stdout, stderr):
        self.status = self.returncode = status
        self.stdout = stdout
        self.stderr = stderr

    @property
    def lines(self):
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def answers(self):
        return {line["domain"]: Answer(self, line) for line in self.lines}


class StsCase(unittest.TestCase):
    longMessage = True
    maxDiff = None

    @property
    def world(self):
        return World.now

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="nextmx-state-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.state = os.path.join(self.folder, "state")
        os.mkdir(self.state)

    def domain(self, label, **options):
        domain = Domain(self.world, label, **options)
        self.addCleanup(domain.close)
        return domain

    def held(self, label, **options):
        """A domain whose policy, of id 1, is held, and has been for some while."""
        domain = self.domain(label, **options)
        self.assertEqual(self.resolve(domain).sts["source"], "fetch")
        self.change(domain, fetched=-1000, expires=600000)
        return domain

    # ---- Running ----

    def command(self, verb, *arguments, state=None):
        state = self.state if state is None else state
        folder = ("--state-dir", state) if state else ()
        return [self.world.nextmx, *verb.split(), *self.world.bed.options(), *LOOPBACK,
                "--sts-ca-file", self.world.certs.ca_file, *folder, *arguments]

    def run_verb(self, verb, *arguments, state=None, prefix=(), **options):
        done = subprocess.run([*prefix, *self.command(verb, *arguments, state=state)], text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, check=False,
                              timeout=PATIENCE_S, env=environment(), **options)
        return self.harmless(Run(done.returncode, done.stdout, done.stderr))

    def run_into(self, file, verb, *arguments):
        return subprocess.run(self.command(verb, *arguments), stdout=file, stdin=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, check=False, timeout=PATIENCE_S,
                              env=environment())

    def begin(self, verb, *arguments, **options):
        """Popen, for those who want to meddle."""
        process = self.begin_into(subprocess.PIPE, verb, *arguments, **options)
        self.addCleanup(process.stdout.close)
        return process

    def begin_into(self, file, verb, *arguments, **options):
        process = subprocess.Popen(self.command(verb, *arguments), text=True, env=environment(),
                                   stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.PIPE,
                                   **options)
        for end in (process.stderr.close, process.wait, process.kill):
            self.addCleanup(end)
        return process

    def early(self, process):
        """The first line of one that goes on."""
        return Answer(Run(None, "", ""), json.loads(process.stdout.readline()))

    def end(self, process):
        stdout, stderr = process.communicate(timeout=PATIENCE_S)
        return self.harmless(Run(process.returncode, stdout, stderr))

    def harmless(self, run):
        self.assertNotIn("ERROR: ", run.stderr)  # as sanitizers say it
        self.assertNotIn("runtime error:", run.stderr)
        self.assertNotIn("SUMMARY: ", run.stderr)
        self.assertGreaterEqual(run.status, 0, "ended by a signal")
        for text in (run.stdout, run.stderr):
            self.assertTrue(text.replace("\n", "").isprintable(), text)
        return run

    def resolve_all(self, *arguments, **options):
        """Run with --json; every line as documented."""
        run = self.run_verb("resolve", "--json", "--sts-timeout", "60", *arguments, **options)
        for line in run.lines:
            jsonschema.validate(line, json.loads(SCHEMA.read_text(encoding="utf-8")))
        return run

    def resolve(self, domain, *options, stderr="", **more):
        """One domain; the exit status fits the outcome."""
        run = self.resolve_all(*options, domain.name, **more)
        self.assertEqual(len(run.lines), 1, run.stderr)
        (answer,) = run.answers.values()
        self.assertEqual(run.status, EXIT[answer.outcome])
        if stderr is not None:
            self.assertEqual(run.stderr, stderr)
        return answer

    # ---- What must be so ----

    def assertEnforced(self, answer, ident="1", source="cache"):
        """By a policy that names one of the two hosts."""
        self.assertIsNotNone(answer.sts, answer.json)
        self.assertEqual((answer.sts["mode"], answer.sts["id"], answer.sts["source"]),
                         ("enforce", ident, source), answer.why)
        self.assertEqual([(e["host"], e["tls"]) for e in answer.plan], [(NAMED, "sts")])
        self.assertEqual(answer.drops, {f"{UNNAMED}:25": "sts-mismatch"})

    def assertFree(self, answer):
        """Without a policy, both hosts, and nothing demanded."""
        self.assertEqual((answer.status, answer.outcome), (0, "deliverable"), answer.json)
        self.assertIsNone(answer.sts)
        self.assertEqual([(e["host"], e["tls"]) for e in answer.plan],
                         [(UNNAMED, "may"), (NAMED, "may")])

    def assertWhy(self, answer, *patterns):
        text = "\n".join(f"{line['rule']}: {line['text']}" for line in answer.why)
        for pattern in patterns:
            self.assertRegex(text, pattern)

    # ---- The file ----

    def database(self, state=None):
        """Closed by the test's end; what it writes, it writes at once."""
        path = os.path.join(state or self.state, FILE)
        db = sqlite3.connect(f"file:{path}?mode=rw", uri=True, isolation_level=None,
                             timeout=PATIENCE_S)
        db.row_factory = sqlite3.Row
        self.addCleanup(db.close)
        return db

    def rows(self, state=None):
        """{domain: row} of all policies, whoever wrote them; their sums are right."""
        db = self.database(state)
        found = {row["domain"]: dict(row) for row in db.execute("SELECT * FROM policy")}
        db.close()
        for row in found.values():
            self.assertEqual(row["sum"], sum_of(row), "the file's sum is made in another way now")
        return found

    def change(self, domain, fetched, expires, **values):
        """The domain's policy was fetched and expires so many seconds from now; and whatever else."""
        row = self.rows()[domain.name]
        now = int(time.time())
        row.update(values, fetched=now + fetched, since=now + fetched, expires=now + expires)
        row["sum"] = sum_of(row)
        db = self.database()
        db.execute("UPDATE policy SET id = :id, fetched = :fetched, since = :since,"
                   " expires = :expires, mode = :mode, max_age = :max_age, text = :text,"
                   " sum = :sum WHERE domain = :domain", row)
        db.close()
        return row
