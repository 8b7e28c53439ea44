#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""`nextmx compare` against a count of its own (compare_count.py), over lines made up from seeds."""

import gzip
import json
import os
import pty
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import unittest

import compare_count
import compare_lines
from case import PATIENCE_S, Shared, environment

SEED, COUNT = 7, 20000
ALL = "100000"  # of --top: everything


class Case(unittest.TestCase):
    longMessage = True
    maxDiff = 4000

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="nextmx-compare-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, lines, end=b"\n"):
        with open(self.path(name), "wb") as file:
            file.write(b"\n".join(lines) + end)
        return self.path(name)

    def run_compare(self, *arguments, octets=None, **settings):
        done = subprocess.run([Shared.nextmx, "compare", *arguments], input=octets or b"",
                              capture_output=True, timeout=10 * PATIENCE_S, check=False,
                              env=environment(), **settings)
        self.assertNotIn(b"Sanitizer", done.stderr)
        self.assertNotIn(b"runtime error:", done.stderr)
        return done

    def compare(self, *arguments, code=0, octets=None):
        done = self.run_compare(*arguments, octets=octets)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout.count(b"\n"), 1)
        return json.loads(done.stdout)

    def folder_has(self, *names):
        self.assertEqual(sorted(os.listdir(self.folder)), sorted(names))


class Counting(Case):
    """The same as the independent count, in every number."""

    @classmethod
    def setUpClass(cls):
        cls.lines = list(compare_lines.lines(SEED, COUNT))
        cls.totals = compare_count.Totals()
        for line in cls.lines:
            cls.totals.add(line)
        cls.expected = cls.totals.as_json()

    def test_the_lines_say_enough(self):
        """Every label that can be is there, so that a wrong count of it would be seen."""
        for group, counts in self.expected["groups"].items():
            for label, count in counts.items():
                self.assertGreater(count, 20, f"{group}: {label}")
        self.assertGreater(self.expected["unreadable"], 300)
        self.assertGreater(self.expected["input_errors"], 300)
        self.assertGreater(self.expected["load"]["moved_sum"], 1000000)

    def test_totals_and_domains(self):
        path = self.write("lines", self.lines)
        domains = self.path("domains")
        found = self.compare("--top", ALL, "--domains", domains, path, code=65)
        for name, value in self.expected.items():
            self.assertEqual(found[name], value, name)
        self.assertEqual(found, self.expected)
        with open(domains, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        self.assertEqual(len(lines), len(self.totals.domains))
        for line, expected in zip(lines, self.totals.domains):
            self.assertEqual(line, expected)

    def test_each_wrong_line_by_itself(self):
        """None of them is taken, and none spoils those beside it."""
        good = compare_lines.text(compare_lines.Maker(random.Random(1)).line(1))
        for number, change in enumerate(compare_lines.WRONG + compare_lines.BROKEN):
            if change in compare_lines.WRONG:
                line = json.loads(good)
                change(line)
                wrong = compare_lines.text(line)
            else:
                wrong = change(good)
            self.assertEqual(compare_count.count_lines([good, wrong, good]).unreadable, 1, number)
            found = self.compare("-", code=65, octets=b"\n".join([good, wrong, good]))
            self.assertEqual((found["unreadable"], found["domains"]), (1, 2), wrong[:300])

    def test_parts_in_any_order(self):
        """Files add up, whatever their order and number, and wherever the lines are."""
        lines = self.lines[:5000]
        expected = compare_count.count_lines(lines).as_json()
        for seed, n_files in ((1, 1), (2, 2), (3, 7)):
            random.Random(seed).shuffle(lines)
            files = [self.write(f"part{i}", lines[i::n_files]) for i in range(n_files)]
            self.assertEqual(self.compare("--top", ALL, *files, code=65), expected, n_files)

    def test_standard_input(self):
        octets = b"\n".join(self.lines[:200])
        expected = compare_count.count_lines(self.lines[:200]).as_json()
        self.assertEqual(self.compare("--top", ALL, code=65, octets=octets), expected)
        self.assertEqual(self.compare("--top", ALL, "-", code=65, octets=octets), expected)
        path = self.write("first", self.lines[200:300])
        both = compare_count.count_lines(self.lines[:300]).as_json()
        self.assertEqual(self.compare("--top", ALL, path, "-", code=65, octets=octets), both)

    def test_top(self):
        path = self.write("lines", self.lines[:1000])
        whole = self.compare("--top", ALL, path, code=65)
        found = self.compare("--top", "2", path, code=65)
        for name in ("ports", "weights", "statuses", "drops", "failures"):
            self.assertEqual(found[name]["names"], whole[name]["names"])
            self.assertEqual(found[name]["shown"], whole[name]["shown"][:2])
        self.assertEqual(found["load"]["hosts"]["shown"], whole["load"]["hosts"]["shown"][:2])
        self.assertEqual(found["groups"], whole["groups"])
        self.assertEqual(len(self.compare(path, code=65)["load"]["hosts"]["shown"]), 20)


class Lines(Case):
    """Ends, sizes, and what is told."""

    good = compare_lines.text(compare_lines.Maker(random.Random(3)).line(5))

    def test_nothing(self):
        done = self.run_compare()
        self.assertEqual((done.returncode, done.stderr), (0, b"nextmx: compare: no lines\n"))
        self.assertEqual(json.loads(done.stdout)["lines"], 0)

    def test_the_last_line(self):
        self.assertEqual(self.compare(octets=self.good)["domains"], 1)
        self.assertEqual(self.compare(octets=self.good + b"\r\n")["domains"], 1)
        found = self.compare(octets=self.good + b"\n" + self.good[:-5], code=65)
        self.assertEqual((found["domains"], found["unreadable"]), (1, 1))

    def test_told_with_file_line_and_member(self):
        line = json.loads(self.good)
        del line["records"]
        path = self.write("thin", [self.good, compare_lines.text(line), b"{"])
        done = self.run_compare(path)
        told = done.stderr.decode().splitlines()
        self.assertEqual(len(told), 2, told)
        self.assertEqual(told[0], f'nextmx: {path}:2: member "records" is missing, which scan writes '
                                  "without --fields")
        self.assertTrue(told[1].startswith(f"nextmx: {path}:3: no JSON: "), told)

    def test_the_first_ten_are_told(self):
        done = self.run_compare(octets=b"x\n" * 10)
        self.assertEqual(len(done.stderr.splitlines()), 10)
        done = self.run_compare(octets=b"x\n" * 13)
        told = done.stderr.splitlines()
        self.assertEqual(len(told), 11)
        self.assertEqual(told[-1], b"nextmx: compare: 3 more lines are unreadable")
        self.assertEqual(done.returncode, 65)

    def test_nothing_of_a_line_reaches_the_terminal(self):
        line = json.loads(self.good)
        line["hosts"] = [{**compare_lines.HOST, "host": "\x1b[2J"}]
        octets = b"\n".join([compare_lines.text(line), b"\x1b[2J\x9b", b'{"a\x1b":', b"\xff\xfe"])
        done = self.run_compare(octets=octets)
        self.assertEqual(done.returncode, 65)
        for octet in done.stderr + done.stdout:
            self.assertTrue(octet == 10 or 32 <= octet < 127, done.stderr)

    def test_long_lines(self):
        """A line over 64 MiB is refused, and its neighbours are not."""
        path = self.path("long")
        with open(path, "wb") as file:
            file.write(self.good + b"\n" + self.good[:-1] + b',"x":"')
            for _ in range(65):
                file.write(b"x" * 2 ** 20)
            file.write(b'"}\n' + self.good[:-1] + b',"x":"' + b"x" * 2 ** 23 + b'"}\n')
        found = self.compare(path, code=65)
        self.assertEqual((found["lines"], found["unreadable"]), (3, 1))

    def most_memory(self, begin, lines, times):
        """In KiB, when it has read the beginnings, and the lines so many times but for the last few."""
        settings = environment()  # a sanitizer keeps what was freed, for a while
        settings["ASAN_OPTIONS"] = settings.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=0"
        process = subprocess.Popen([Shared.nextmx, "compare"], stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=settings)
        for part in begin:
            process.stdin.write(part)
        for _ in range(times):
            process.stdin.write(lines)
        process.stdin.flush()
        with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
            status = dict(line.split(":", 1) for line in file)
        process.communicate()
        self.assertIn(process.returncode, (0, 65))
        return int(status["VmHWM"].split()[0])

    def test_memory_of_a_hostile_line(self):
        """What three octets each make in memory, a hundred, is refused before it is made."""
        size = 3 * 2 ** 22
        hostile = [b"[", b"[]," * (size // 3), b"[]]\n"]
        good = (self.good + b"\n") * (2 ** 20 // len(self.good))
        usual = self.most_memory([], good, 1)
        self.assertLess(self.most_memory(hostile, good, 1), usual + 5 * size // 1024)

    def test_memory_of_a_long_line(self):
        """It is held as far as a line may go."""
        good = (self.good + b"\n") * (2 ** 20 // len(self.good))
        usual = self.most_memory([], good, 1)
        long = [b"x" * 2 ** 20] * 320 + [b"\n"]
        self.assertLess(self.most_memory(long, good, 1), usual + 200 * 1024)

    def test_memory_is_flat(self):
        """Ten times the lines need no more memory."""
        lines = b"\n".join(compare_lines.lines(1, 2000)) + b"\n"
        once, often = (self.most_memory([], lines, times) for times in (1, 10))
        self.assertLess(often, once * 1.1)


class Files(Case):
    """What is read, and what is written."""

    good = Lines.good

    def test_names_are_told_first(self):
        path = self.write("good", [self.good])
        for wrong, text in ((self.path("none"), b"No such file"), (self.folder, b"Is a directory")):
            done = self.run_compare("--html", self.path("page"), path, wrong)
            self.assertEqual((done.returncode, done.stdout), (64, b""), done.stderr)
            self.assertIn(text, done.stderr)
            self.assertIn(wrong.encode(), done.stderr)
        self.folder_has("good")

    def test_gzip(self):
        path = self.path("lines.gz")
        with gzip.open(path, "wb") as file:
            file.write(self.good)
        with open(path, "rb") as file:
            octets = file.read()
        for done in (self.run_compare(path), self.run_compare(octets=octets)):
            self.assertEqual((done.returncode, done.stdout), (65, b""), done.stderr)
            self.assertIn(b"gzip", done.stderr)

    def test_usage(self):
        for arguments in (["--top", "0"], ["--top", "x"], ["--html", "-"], ["--html", ""],
                          ["--domains", "-"], ["--html", "x", "--domains", "x"], ["--nothing"],
                          ["--html"]):
            done = self.run_compare(*arguments, octets=self.good, cwd=self.folder)
            self.assertEqual((done.returncode, done.stdout), (64, b""), arguments)
            self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)
        self.folder_has()

    def test_both_are_written(self):
        page, domains = self.path("page.html"), self.path("domains")
        self.compare("--html", page, "--domains", domains, octets=self.good)
        self.folder_has("page.html", "domains")
        with open(page, "rb") as file:
            self.assertIn(b"<html", file.read().lower())
        self.assertEqual(os.stat(page).st_mode & 0o777, 0o644)

    def test_unreadable_lines_do_not_stop_them(self):
        domains = self.path("domains")
        self.compare("--domains", domains, octets=self.good + b"\nx\n" + self.good, code=65)
        with open(domains, "rb") as file:
            self.assertEqual(len(file.readlines()), 2)

    def test_the_old_one_stays(self):
        """A file that cannot be finished, a folder that cannot be written to, input that fails."""
        domains = self.write("domains", [b"old"])
        for flag in ("--html", "--domains"):
            done = self.run_compare(flag, self.path("none/file"), octets=self.good)
            self.assertEqual((done.returncode, done.stdout), (70, b""), done.stderr)
            self.assertIn(b"none/file: cannot be written: No such file", done.stderr)
            done = self.run_compare(flag, self.folder, octets=self.good)
            self.assertEqual(done.returncode, 70, done.stderr)
            os.mkfifo(self.path("fifo"))
            done = self.run_compare(flag, self.path("fifo"), octets=self.good)
            self.assertEqual(done.returncode, 70, done.stderr)
            self.assertTrue(stat.S_ISFIFO(os.stat(self.path("fifo")).st_mode))
            os.unlink(self.path("fifo"))
        done = self.run_compare("--domains", domains, octets=self.good,
                                preexec_fn=lambda: (
                                    signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                                    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))))
        self.assertEqual(done.returncode, 70, done.stderr)
        self.assertIn(b"cannot be written: File too large", done.stderr)
        with open(domains, "rb") as file:
            self.assertEqual(file.read(), b"old\n")
        self.folder_has("domains")

    def send(self, number, handling):
        """A signal while it reads; its code."""
        def prepare():  # a shell in the background has SIGINT ignored
            signal.signal(number, handling)
        process = subprocess.Popen([Shared.nextmx, "compare", "--domains", self.path("domains"),
                                    "--html", self.path("page")], stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, env=environment(), preexec_fn=prepare)
        # More than fits into a pipe: what stands before it has been read.
        process.stdin.write((self.good + b"\n") * (2 ** 20 // len(self.good)))
        process.stdin.flush()
        self.assertEqual(len(os.listdir(self.folder)), 3)
        process.send_signal(number)
        process.communicate()
        return process.returncode

    def test_interrupted(self):
        """Nothing is left beside, and the old file is as it was."""
        domains = self.write("domains", [b"old"])
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self.assertEqual(self.send(number, signal.SIG_DFL), -number)
            self.folder_has("domains")
        with open(domains, "rb") as file:
            self.assertEqual(file.read(), b"old\n")
        self.assertEqual(self.send(signal.SIGHUP, signal.SIG_IGN), 0)  # nohup
        self.folder_has("domains", "page")

    def test_what_is_read_is_not_replaced(self):
        """By whatever name."""
        path = os.path.join(self.folder, "routes.jsonl")
        link = os.path.join(self.folder, "link.jsonl")
        page = os.path.join(self.folder, "page.html")
        with open(path, "wb") as file:
            file.write(self.good)
        os.symlink("routes.jsonl", link)
        for flag in ("--html", "--domains"):
            for out in (path, link, os.path.join(self.folder, ".", "routes.jsonl")):
                done = self.run_compare(flag, out, path)
                self.assertEqual(done.returncode, 64, (flag, out))
                self.assertIn(flag.encode(), done.stderr)
                with open(path, "rb") as file:
                    done = subprocess.run([Shared.nextmx, "compare", flag, out], stdin=file,
                                          capture_output=True, check=False, env=environment())
                self.assertEqual(done.returncode, 64, (flag, out))
        done = self.run_compare("--html", page, "--domains",
                                os.path.join(self.folder, ".", "page.html"), path)
        self.assertEqual(done.returncode, 64)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), self.good)

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([Shared.nextmx, "compare"], input=self.good, stdout=full,
                                  stderr=subprocess.PIPE, timeout=PATIENCE_S, check=False,
                                  env=environment())
        self.assertEqual(done.returncode, 70, done.stderr)
        self.assertIn(b"cannot write the output", done.stderr)


class Text(Case):
    """On a terminal."""

    def on_terminal(self, *arguments):
        ours, theirs = pty.openpty()
        process = subprocess.Popen([Shared.nextmx, "compare", *arguments], stdout=theirs,
                                   stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   env=environment())
        os.close(theirs)
        out = b""
        try:
            while chunk := os.read(ours, 65536):
                out += chunk
        except OSError:  # EIO: the other end is gone
            pass
        os.close(ours)
        process.communicate()
        return process.returncode, out.decode("ascii").replace("\r\n", "\n")

    def test_text(self):
        """Each number of the JSON that is not 0 stands in the text, with its percentage."""
        lines = list(compare_lines.lines(2, 3000))
        path = self.write("lines", lines)
        expected = compare_count.count_lines(lines).as_json()
        code, text = self.on_terminal(path, "--top", "3")
        self.assertEqual(code, 65)
        self.assertTrue(text.startswith(f"{expected['domains']} domains in 3000 lines"), text[:200])
        self.assertIn(f"{expected['unreadable']} lines were unreadable", text)
        found = [line.split() for line in text.splitlines() if line.endswith("%")]
        wanted = []
        for counts in expected["groups"].values():
            of = counts.pop("of")
            wanted.append(sorted((str(n), f"{100 * n / of:.2f}") for n in counts.values() if n))
        got = [(words[-3], words[-2]) for words in found if words[-3].isdigit()]
        for pairs in wanted:
            part, got = got[:len(pairs)], got[len(pairs):]
            self.assertEqual(sorted(part), pairs)
        self.assertEqual(got, [])
        self.assertIn(f"{100 * expected['load']['moved_sum'] / expected['load']['domains'] / 1e6:.2f} %",
                      text)
        for name in ("ports", "weights", "drops"):
            shown = expected[name]["shown"]
            rows = [rf"  {entry['name']} +{entry['domains']} +{entry['n']}\n" for entry in shown[:3]]
            self.assertRegex(text, "\n" + "".join(rows) + f"  and {len(shown) - 3} more\n")

    def test_json_on_a_terminal(self):
        path = self.write("lines", [Lines.good])
        code, text = self.on_terminal(path, "--json")
        self.assertEqual(code, 0)
        self.assertEqual(json.loads(text)["domains"], 1)


class Schemas(Case):
    """What is written has the members that the schemas require, and no label that they do not know."""

    def setUp(self):
        super().setUp()
        docs = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")
        self.schemas = {}
        for name in ("compare", "compare-domain"):
            with open(os.path.join(docs, name + ".schema.json"), encoding="utf-8") as file:
                self.schemas[name] = json.load(file)

    def check(self, value, schema, root):
        """The part of JSON Schema that they use."""
        if "$ref" in schema:
            self.check(value, root["definitions"][schema["$ref"].split("/")[-1]], root)
            return
        if "const" in schema:
            self.assertEqual(value, schema["const"])
        if "enum" in schema:
            self.assertIn(value, schema["enum"])
        kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
                 "null": type(None)}
        if "type" in schema:
            self.assertIsInstance(value, kinds[schema["type"]])
        if "pattern" in schema:
            self.assertRegex(value, schema["pattern"].replace("$(?!\\n)", r"\Z"))
        self.assertGreaterEqual(value if "minimum" in schema else 0, schema.get("minimum", 0))
        for name in schema.get("required", []):
            self.assertIn(name, value)
        if isinstance(value, dict):
            self.assertEqual(set(value) - set(schema.get("properties", {})), set())
            for name, member in value.items():
                self.check(member, schema["properties"][name], root)
        if isinstance(value, list):
            for member in value:
                self.check(member, schema["items"], root)
        if "anyOf" in schema and value is not None:
            self.check(value, schema["anyOf"][1], root)

    def test_schemas(self):
        path = self.write("lines", compare_lines.lines(5, 2000))
        domains = self.path("domains")
        found = self.compare("--domains", domains, path, code=65)
        self.check(found, self.schemas["compare"], self.schemas["compare"])
        with open(domains, encoding="utf-8") as file:
            for line in file:
                self.check(json.loads(line), self.schemas["compare-domain"],
                           self.schemas["compare-domain"])


def main():
    Shared.nextmx = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
