# SPDX-License-Identifier: BSD-2-Clause
"""Scans that are killed, and gone on with."""

import fcntl
import json
import os
import random
import subprocess

from scan_case import DOMAINS, ScanCase, Shared, entry_of

KILLS = int(os.environ.get("NEXTMX_TEST_SCAN_KILLS", "12"))


class Killed(ScanCase):
    def kill_at(self, octets, *arguments):
        """kill -9 when the file has so many octets. True: it came to its end before."""
        process = self.start(*arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        out = self.path("out")
        self.until(lambda: process.poll() is not None or
                   (os.path.exists(out) and os.path.getsize(out) >= octets), "octets")
        process.kill()
        self.check_sanitizers(process.communicate()[1].decode())
        return process.returncode == 0

    def check_killed(self, kills, *options):
        """Kills at random sizes, and each time some octets of the end are lost, too."""
        rng = random.Random(5)
        entries = Shared.names + Shared.names[:300] + ["no name", "a..b"] * 20
        path = self.write("list", entries)
        options = ["--seed", "9", *options]
        whole = self.scan(*options, path).stdout
        out = self.path("out")
        self.write("out", "")
        sizes = sorted(rng.randrange(len(whole)) for _ in range(kills))
        n_killed = 0
        for size in sizes:
            n_killed += not self.kill_at(size, *options, "--resume", out, path)
            lost = rng.choice((0, 0, 1, 100, 7000))
            os.truncate(out, max(0, os.path.getsize(out) - lost))
        self.assertGreater(n_killed, kills / 3)
        self.scan(*options, "--resume", out, path)
        self.check_same(self.read("out"), whole)

    def test_killed_many_times(self):
        """Nothing is lost, nothing is there twice."""
        self.check_killed(KILLS)

    def test_killed_with_threads(self):
        self.check_killed(KILLS // 2, "--threads", "4", "--in-flight", "12")

    def test_power(self):
        """A crash at any octet of the end: the same lines as without it."""
        path = self.write("list", Shared.names[:40])
        whole = self.scan("--seed", "1", path).stdout
        rng = random.Random(1)
        for at in [0, 1, len(whole) - 1, len(whole)] + [rng.randrange(len(whole))
                                                        for _ in range(10)]:
            kept = whole[:at].rpartition("\n")[0]
            self.write("out", whole[:at])
            done = self.scan("--seed", "1", "--resume", self.path("out"), path)
            self.check_same(self.read("out"), whole)
            self.assertTrue(self.read("out").startswith(kept))
            if at:
                self.assertIn(f"{len(kept.splitlines())} lines are kept", done.stderr)
            self.assertEqual("is cut off" in done.stderr, at > 0 and whole[at - 1] != "\n")


class Kept(ScanCase):
    def asked(self, gate):
        return {record.name for record in gate.records}

    def test_what_is_there_is_not_asked(self):
        """Only what has no line."""
        path = self.write("list", Shared.names[:20])
        lines = self.scan(path).stdout.splitlines(keepends=True)
        missing = entry_of(json.loads(lines.pop(7)))
        self.write("out", "".join(lines))
        gate = Shared.bed.gate()
        self.scan("--resume", self.path("out"), path, port=gate.port)
        self.assertIn(missing, self.asked(gate))
        self.assertEqual(self.asked(gate) & set(Shared.names[:20]), {missing})

    def test_a_complete_file(self):
        path = self.write("list", Shared.names[:20])
        self.write("out", self.scan(path).stdout)
        before = self.read("out")
        done = self.scan("--resume", self.path("out"), "--output", self.path("out"), path)
        self.assertEqual(self.read("out"), before)
        self.assertIn("20 lines are kept", done.stderr)

    def test_from_a_pipe(self):
        """The list may come from a pipe: the same as from a file."""
        path = self.write("list", Shared.names[:20])
        self.write("out", self.scan(path).stdout[:-5])
        with open(path, "rb") as file:
            self.scan("--resume", self.path("out"), text=file.read())
        self.assertEqual(len(self.read("out").splitlines()), 20)

    def test_shards_and_columns(self):
        rows = "".join(f"{n},{name}\n" for n, name in enumerate(Shared.names[:60]))
        options = ["--csv-column", "2", "--shard", "2/2", "--fields", "outcome"]
        whole = self.scan(*options, text=rows).stdout
        self.write("out", whole[:len(whole) // 2])
        self.scan(*options, "--resume", self.path("out"), text=rows)
        self.check_same(self.read("out"), whole)

    def test_an_empty_file(self):
        self.write("out", "")
        self.scan("--resume", self.path("out"), self.write("list", Shared.names[:5]))
        self.assertEqual(len(self.read("out").splitlines()), 5)


class Refused(ScanCase):
    def refuse(self, text, entries, *options, status=65):
        """It says why, asks nothing and changes nothing."""
        self.write("out", text)
        gate = Shared.bed.gate()
        done = self.scan("--resume", self.path("out"), *options, self.write("list", entries),
                         status=status, port=gate.port)
        self.assertEqual(self.read("out"), text)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        asked = {record.name for record in gate.records}
        self.assertEqual([name for name in asked if name.startswith("d0")], [])
        return done.stderr

    def test_another_list(self):
        names = Shared.names[:30]
        text = self.scan(self.write("list", names)).stdout
        for other in (names[:29], [], Shared.names[30:60], names[:10] + names[11:]):
            said = self.refuse(text, other)
            self.assertIn(f"{len(set(names) - set(other))} lines", said)
            self.assertTrue(any(name in said for name in set(names) - set(other)), said)
        self.assertIn("lines", self.refuse(text + "{\"dom", names[:29]))
        self.assertIn("lines", self.refuse(text, names, "--shard", "1/2"))

    def test_lines_that_are_none_of_a_scans(self):
        names = Shared.names[:3]
        text = self.scan(self.write("list", names)).stdout
        for bad, number in (("hello\n" + text, 1), (text + "{}\n" + text, 4),
                            (text + "\n", 4), (text[:-1] + "\0\n", 3)):
            self.assertIn(f"line {number} ", self.refuse(bad, names))

    def test_output_that_is_not_empty(self):
        """Nothing is lost, and how to go on is said."""
        self.write("out", "precious\n")
        done = self.scan("--output", self.path("out"), self.write("list", Shared.names[:1]),
                         status=64)
        self.assertIn("--resume", done.stderr)
        self.assertEqual(self.read("out"), "precious\n")

    def test_two_scans_on_one_file(self):
        """The second is told, whether it begins or goes on; standard output counts as well."""
        path, out = self.write("list", Shared.names[:3]), self.path("out")
        first = self.start("--output", out)
        self.until(lambda: os.path.exists(out), "the file")
        self.until(lambda: not self.can_lock(out), "the lock")
        for option in ("--output", "--resume"):
            self.assertIn("another scan", self.scan(option, out, path, status=64).stderr)
        with open(out, "ab") as file:
            self.assertIn("another scan", self.scan(path, stdout=file, status=64).stderr)
        first.communicate(b"".join(f"{name}\n".encode() for name in Shared.names[:3]))
        self.assertEqual(first.returncode, 0)
        self.assertEqual(len(self.read("out").splitlines()), 3)

    def can_lock(self, path):
        with open(path, "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True


assert DOMAINS >= 400
