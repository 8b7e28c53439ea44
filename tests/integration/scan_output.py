# SPDX-License-Identifier: BSD-2-Clause
"""Outputs that are full, closed, slow or a terminal."""

import json
import os
import pty
import re
import resource
import select
import shlex
import subprocess
import time

from case import environment
from scan_case import DOMAINS, PATIENCE_S, ScanCase, Shared


class Faults(ScanCase):
    def test_limit(self):
        """A file as standard output that may not grow (ulimit -f): the cause, and how to go on."""
        path, out = self.write("list", Shared.names[:100]), self.path("out")

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100000, resource.RLIM_INFINITY))
        with open(out, "wb") as file:
            done = self.scan("--seed", "1", path, stdout=file, status=70, preexec_fn=limit)
        self.assertIn("standard output", done.stderr)
        self.assertIn("File too large", done.stderr)
        self.assertIn(f"--resume {out}", done.stderr)
        self.assertEqual(os.path.getsize(out), 100000)
        self.scan("--seed", "1", "--resume", out, path)
        self.check_same(self.read("out"), self.scan("--seed", "1", path).stdout)

    def test_closed_pipe(self):
        """The reader goes after a line."""
        process = self.start(self.write("list", Shared.names), stdin=subprocess.DEVNULL)
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.wait(PATIENCE_S), 70)
        said = process.stderr.read().decode()
        self.assertIn("standard output", said)
        self.check_sanitizers(said)

    def test_disk_full(self):
        """The file keeps whole lines, and the command that is said goes on when there is room."""
        os.mkdir(self.path("disk"))
        out = self.path("disk") + "/out"
        scan = shlex.join(self.command("--seed", "2", "--output", out,
                                       self.write("list", Shared.names[:500])))
        script = f"""
            mount -t tmpfs -o size=512k tmpfs {self.path('disk')} || exit 99
            {scan} 2> {self.path('said')}
            echo $? > {self.path('status')}
            cp {out} {self.path('kept')}
            mount -o remount,size=64m {self.path('disk')}
            PATH={os.path.dirname(Shared.nextmx)}:$PATH
            sed -n 's/^  nextmx/nextmx/p' {self.path('said')} > {self.path('again')}
            . {self.path('again')}
            echo $? >> {self.path('status')}
            cp {out} {self.path('all')}"""
        subprocess.run(["unshare", "-rm", "sh", "-c", script], check=True, env=environment(),
                       timeout=PATIENCE_S, stderr=subprocess.PIPE)
        said = self.read("said")
        self.assertEqual(self.read("status").split(), ["70", "0"], said)
        self.assertIn(out, said)
        kept = self.read("kept")
        self.assertTrue(kept.endswith("\n"))
        self.assertGreater(len(kept.splitlines()), 50)
        self.assertLess(len(kept.splitlines()), 500)
        self.assertTrue(self.read("all").startswith(kept))
        self.check_same(self.read("all"), self.scan("--seed", "2", self.path("list")).stdout)

    def test_standard_output_is_closed(self):
        command = shlex.join(self.command(self.write("list", Shared.names[:3])))
        done = subprocess.run(["sh", "-c", f"{command} >&-"], stderr=subprocess.PIPE, check=False,
                              env=environment(), timeout=PATIENCE_S)
        self.assertEqual(done.returncode, 70, done.stderr)


class Slow(ScanCase):
    def test_a_line_comes_at_once(self):
        """While the list is still open: the reader sees each as it is done."""
        process = self.start()
        for name in Shared.names[:3]:
            process.stdin.write(f"{name}\n".encode())
            process.stdin.flush()
            self.assertEqual(json.loads(process.stdout.readline())["domain"], name)
        process.stdin.close()
        self.assertEqual(process.wait(PATIENCE_S), 0)

    def test_a_reader_who_pauses(self):
        """For longer than the deadline of what is in flight: nothing is deferred for it. And what is
        read from the list is bounded: it does not go on without end."""
        gate = Shared.bed.gate(delay_ms=0)
        path = self.write("list", [name for name in Shared.names for _ in range(3)])
        process = self.start("--deadline-ms", "6000", "--in-flight", "10", path, port=gate.port,
                             stdin=subprocess.DEVNULL)
        seen, since = -1, time.monotonic()
        while time.monotonic() < since + 8:
            now = len(gate.records)
            if now != seen:
                seen, since = now, time.monotonic()
            time.sleep(0.1)
        out, said = process.communicate(timeout=PATIENCE_S)
        self.assertEqual(process.returncode, 0, said)
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(len(lines), 3 * DOMAINS)
        late = [line for line in lines
                if any(query["rcode"] == "TIMEOUT" for query in line["queries"])]
        self.assertEqual(late, [])
        begun = {record.name for record in gate.records[:seen] if record.type == "MX"}
        self.assertGreater(len(out), 6 << 20, "too little to fill anything")
        self.assertLess(len(begun), 0.9 * DOMAINS)


class Terminal(ScanCase):
    def start_on_terminal(self, *arguments, **more):
        """(process, what shows its standard error)"""
        leader, follower = pty.openpty()
        self.addCleanup(os.close, leader)
        process = self.start(*arguments, stderr=follower, **more)
        os.close(follower)
        return process, leader

    def read_until(self, leader, pattern, text=""):
        end = time.monotonic() + PATIENCE_S
        while not re.search(pattern, text):
            self.assertLess(time.monotonic(), end, text)
            if select.select([leader], [], [], 1)[0]:
                try:
                    text += os.read(leader, 65536).decode()
                except OSError:  # it was closed
                    self.assertRegex(text, pattern)
        return text

    def test_progress(self):
        """One line, written anew while it runs; the totals when it is over."""
        process, leader = self.start_on_terminal("--threads", "2")
        for name in Shared.names[:4] + ["no name"]:
            process.stdin.write(f"{name}\n".encode())
        process.stdin.flush()
        text = self.read_until(leader, r"\r\x1b\[K5 done")
        self.assertNotIn("\n", text)
        self.assertIn("% deliverable", text)
        process.stdin.close()
        out = process.stdout.read()
        text = self.read_until(leader, r"5 done in .*\n", text)
        self.assertEqual(text.count("\n"), 1)
        self.assertEqual(len(out.splitlines()), 5)
        self.assertEqual(process.wait(PATIENCE_S), 0)

    def test_time_left(self):
        """Of a file it is known how much there is still."""
        process, leader = self.start_on_terminal(
            "--qps", "300", self.write("list", Shared.names[:500]), stdin=subprocess.DEVNULL)
        self.read_until(leader, r"[1-9]\d* done, .* left")
        process.kill()

    def test_a_complaint_clears_it(self):
        """While it is drawn, and at the end."""
        process, leader = self.start_on_terminal("--csv-column", "name", "-",
                                                 self.write("b", "other\n"))
        process.stdin.write(f"name\n{Shared.names[0]}\n".encode())
        process.stdin.flush()
        self.read_until(leader, r"1 done")
        process.stdin.close()
        text = self.read_until(leader, r"to go on|can go on")
        for line in text.split("\n"):
            if "nextmx: scan:" in line:
                self.assertIn("\r\x1b[Knextmx: scan: ", line)
        self.assertIn("no column", text)
        self.assertIn("stopped, 1 entries are done", text)
        self.assertEqual(process.wait(PATIENCE_S), 65)

    def test_without_one(self):
        """Nothing is said."""
        self.assertEqual(self.scan(self.write("list", Shared.names[:3])).stderr, "")
