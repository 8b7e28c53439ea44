#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""RULES STS-5: what is written survives kill -9 of its writer at any moment, with others writing.

  tests/integration/test_store.py build/tests/integration/store_writer
"""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

WRITER = None
WRITERS, KILLS, SECONDS = 4, 200, 40


class Writer:
    """One process after another, each under a name of its own."""

    def __init__(self, folder, log):
        self.folder, self.log = folder, log
        self.policies, self.counts = {}, {}
        self.runs = 0

    def start(self, number):
        self.runs += 1
        self.name = f"w{number}-{self.runs}.test"
        self.process = subprocess.Popen([WRITER, self.folder, self.name], stdout=subprocess.PIPE,
                                        stderr=self.log)

    def kill(self):
        """Takes down what it had said to be written."""
        self.process.kill()
        output = self.process.stdout.read().decode()
        self.process.stdout.close()
        self.process.wait()
        self.counts[self.name] = 0
        for line in output.splitlines(keepends=True):
            if not line.endswith("\n"):
                continue
            _, domain, fetched, counted = line.split()
            self.policies[domain] = max(self.policies.get(domain, 0), int(fetched))
            self.counts[self.name] = int(counted)


class Killed(unittest.TestCase):
    def setUp(self):
        place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = tempfile.mkdtemp(prefix="nextmx-store-", dir=place)
        self.log = tempfile.TemporaryFile()

    def tearDown(self):
        shutil.rmtree(self.folder)
        self.log.close()

    def run_writers(self):
        chance = random.Random(8461)
        writers = [Writer(self.folder, self.log) for _ in range(WRITERS)]
        for number, writer in enumerate(writers):
            writer.start(number)
        end = time.monotonic() + SECONDS
        kills = 0
        while kills < KILLS and time.monotonic() < end:
            time.sleep(chance.uniform(0, 0.08))
            number = chance.randrange(WRITERS)
            writers[number].kill()
            writers[number].start(number)
            kills += 1
        for writer in writers:
            writer.kill()
        return writers, kills

    def check_file(self, writers):
        file = sqlite3.connect(os.path.join(self.folder, "nextmx.db"))
        self.assertEqual(file.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        held = dict(file.execute("SELECT domain, fetched FROM policy"))
        counted = dict(file.execute("SELECT domain, sum(n) FROM tally GROUP BY domain"))
        file.close()
        for writer in writers:
            for domain, fetched in writer.policies.items():
                self.assertGreaterEqual(held.get(domain, 0), fetched, domain)
            for name, n in writer.counts.items():
                # The next one may have been written, and not said.
                self.assertIn(counted.get(name, 0) - n, (0, 1), name)
        return held

    def test_what_is_written_is_there(self):
        writers, kills = self.run_writers()
        said = sum(len(writer.policies) for writer in writers)
        print(f"{kills} kills, {said} policies said to be written", file=sys.stderr)
        # On a machine so slow that time ran out first there are fewer; but there are some.
        self.assertGreater(kills, 20)
        self.assertGreater(said, 20)
        held = self.check_file(writers)
        listed = subprocess.run([WRITER, self.folder], stdout=subprocess.PIPE, check=True).stdout
        self.assertEqual(dict(line.split() for line in listed.decode().splitlines()),
                         {domain: str(fetched) for domain, fetched in held.items()})
        self.assertEqual([name for name in os.listdir(self.folder) if "aside" in name], [])
        self.log.seek(0)
        self.assertEqual(self.log.read().decode(), "")


if __name__ == "__main__":
    WRITER = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
