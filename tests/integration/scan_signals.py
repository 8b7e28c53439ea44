# SPDX-License-Identifier: BSD-2-Clause
"""Scans that are asked to end."""

import os
import re
import shlex
import signal
import subprocess

from case import environment
from scan_case import PATIENCE_S, ScanCase, Shared

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Asked(ScanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Under nohup it is ignored, and a scan leaves it so.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

    def finish(self, process):
        out, said = process.communicate(timeout=PATIENCE_S)
        self.check_sanitizers(said.decode())
        return (out or b"").decode(), said.decode()

    def test_while_it_waits_for_the_list(self):
        """It reads standard input, and nothing comes."""
        for number in NUMBERS:
            process = self.start()
            for name in Shared.names[:3]:
                process.stdin.write(f"{name}\n".encode())
            process.stdin.flush()
            for _ in range(3):
                process.stdout.readline()
            process.send_signal(number)
            self.assertEqual(process.wait(PATIENCE_S), 75)
            said = self.finish(process)[1]
            self.assertIn("interrupted, 3 entries are done", said)
            self.assertIn("nextmx scan --resume LINES", said)
            self.assertIn("same list on standard input", said)

    def test_what_is_in_flight_is_finished(self):
        """It is written, nothing more begins, and the command that is said does the rest."""
        gate = Shared.bed.gate(delay_ms=300)
        out, path = self.path("the lines"), self.write("list", Shared.names[:100])
        process = self.start("--seed", "1", "--in-flight", "10", "--output", out, path,
                             port=gate.port, stdin=subprocess.DEVNULL)
        self.until(lambda: any(record.name in Shared.names for record in gate.records), "asking")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE_S), 75)
        said = self.finish(process)[1]
        done = len(self.read("the lines").splitlines())
        self.assertGreaterEqual(done, 1)
        self.assertLess(done, 60)
        self.assertIn(f"{done} entries are done", said)
        again = re.search(r"^  nextmx (.*)$", said, re.MULTILINE).group(1)
        words = shlex.split(again)
        self.assertEqual(words[:3], ["scan", "--resume", out])
        subprocess.run(["bash", "-c", f"{shlex.quote(Shared.nextmx)} {again}"], check=True,
                       timeout=PATIENCE_S, env=environment(), stderr=subprocess.DEVNULL)
        self.check_same(self.read("the lines"), self.scan("--seed", "1", path).stdout)

    def test_standard_output_in_a_file(self):
        """Its name is found out."""
        out = self.path("out")
        with open(out, "wb") as file:
            process = self.start(stdout=file)
        process.stdin.write(f"{Shared.names[0]}\n".encode())
        process.stdin.flush()
        self.until(lambda: os.path.getsize(out), "a line")
        process.terminate()
        self.assertEqual(process.wait(PATIENCE_S), 75)
        self.assertIn(f"nextmx scan --resume {out}", self.finish(process)[1])

    def test_twice(self):
        """The second ends it at once, by the signal: what is in flight would take a minute."""
        process = self.start("--deadline-ms", "3600000", "--in-flight", "3")
        process.stdin.write(b"a.silent.test\n")
        process.stdin.flush()
        silent = Shared.bed.servers["silent"]
        before = silent.count
        self.until(lambda: silent.count > before, "a question")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        self.assertIn(process.wait(PATIENCE_S), (-signal.SIGINT, -signal.SIGTERM))

    def test_with_a_full_pipe(self):
        """Nobody reads any more: twice is enough then, too."""
        process = self.start(self.write("list", Shared.names * 3), stdin=subprocess.DEVNULL)
        process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        self.assertIn(process.wait(PATIENCE_S), (-signal.SIGINT, -signal.SIGTERM))

    def test_ignored(self):
        """As the jobs that a shell has in the background."""
        def ignore():
            for number in NUMBERS:
                signal.signal(number, signal.SIG_IGN)
        process = self.start(preexec_fn=ignore)
        process.stdin.write(f"{Shared.names[0]}\n".encode())
        process.stdin.flush()
        process.stdout.readline()
        for number in NUMBERS:
            process.send_signal(number)
        process.stdin.write(f"{Shared.names[1]}\n".encode())
        process.stdin.flush()
        process.stdout.readline()
        self.assertEqual(self.finish(process), ("", ""))
        self.assertEqual(process.returncode, 0)
