#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The commands of docs/research.md, as they stand there: what many processes find together is what one
scan finds. GNU parallel is the real one; Slurm and Spark have stand-ins that treat a command as they do.

  tests/e2e/test_research.py build/cli/nextmx

Needs no network.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)

import route_lines

GUIDE = os.path.join(TOP, "docs", "research.md")
PATIENCE_S = 600
NEXTMX = None

# Spark cuts a text file into partitions, feeds each to a process of its own, splits the command as
# shlex does, and with checkCode fails when one ends with anything but 0.
SPARK = '''
import os, shlex, subprocess

class Lines:
    def __init__(self, partitions):
        self.partitions = partitions

    def pipe(self, command, env=None, checkCode=False):
        found = []
        for lines in self.partitions:
            done = subprocess.run(shlex.split(command), stdout=subprocess.PIPE, text=True,
                                  input="".join(line + "\\n" for line in lines), check=False)
            if checkCode and done.returncode:
                raise Exception(f"Pipe function `{command}' exited with error code "
                                f"{done.returncode}")
            found.append(done.stdout.split("\\n")[:-1])
        return Lines(found)

    def saveAsTextFile(self, path):
        os.mkdir(path)
        for n, lines in enumerate(self.partitions):
            with open(f"{path}/part-{n:05}", "w", encoding="utf-8") as file:
                file.writelines(line + "\\n" for line in lines)

class Context:
    def textFile(self, path, minPartitions):
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\\n")[:-1]
        return Lines([lines[n::minPartitions] for n in range(minPartitions)])

class SparkSession:
    class builder:
        getOrCreate = staticmethod(lambda: SparkSession())
    sparkContext = Context()
'''


def blocks():
    """{name: (language, text)} of the guide, each behind a line <!-- NAME -->."""
    with open(GUIDE, encoding="utf-8") as file:
        found = re.findall(r"^<!-- (\S+) -->\n+```(\w+)\n(.*?)^```$", file.read(), re.M | re.S)
    return {name: (language, text) for name, language, text in found}


def fenced():
    with open(GUIDE, encoding="utf-8") as file:
        return len(re.findall(r"^```\w", file.read(), re.M))


class Guide(unittest.TestCase):
    """Each test has a folder like the checkout's, with a list of domains in it."""

    ENTRIES = 400

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="nextmx-research-")
        self.addCleanup(shutil.rmtree, self.folder)
        os.symlink(os.path.join(TOP, "demo"), self.path("demo"))
        with open(self.path("demo/domains.txt"), encoding="utf-8") as file:
            demo = [line for line in file.read().splitlines() if line]
        # The same domains many times over, and as many that are not there.
        self.entries = [demo[n // 2 % len(demo)] if n % 2 else f"nx{n}.example"
                        for n in range(self.ENTRIES)]
        with open(self.path("domains.txt"), "w", encoding="utf-8") as file:
            file.writelines(entry + "\n" for entry in self.entries)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_in(self, command, **variables):
        search = f"{os.path.dirname(NEXTMX)}:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": search, "HOME": self.folder, "LC_ALL": "C.UTF-8"}
        return subprocess.run(command, cwd=self.folder, env={**environment, **variables},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False)

    def run_block(self, name, status=0):
        language, text = blocks()[name]
        if language == "python":
            done = self.run_in([sys.executable, "-c", text], PYTHONPATH=self.folder)
        else:
            text = blocks()["options"][1] + text
            done = self.run_in(["bash", "-e", "-o", "pipefail", "-c", text])
        self.assertEqual(done.returncode, status, f"{name}: {done.stderr[-3000:]}")
        self.assertNotIn("ERROR: AddressSanitizer", done.stderr)
        return done

    def lines(self, *names):
        return route_lines.multiset(line for name in names
                                   for line in route_lines.read(self.path(name)))

    def alone(self):
        """What one scan finds."""
        if os.path.exists(self.path("alone.jsonl")):
            os.unlink(self.path("alone.jsonl"))
        options = shlex.split(blocks()["options"][1].split("=", 1)[1])[0].split()
        done = self.run_in([NEXTMX, "scan", *options, "--output", "alone.jsonl", "domains.txt"])
        self.assertEqual(done.returncode, 0, done.stderr)
        found = self.lines("alone.jsonl")
        self.assertEqual(sum(found.values()), self.ENTRIES)
        return found

    def assertSame(self, found):
        alone = self.alone()
        self.assertEqual(found, alone, route_lines.differences(alone, found))

    def test_every_block_is_run(self):
        with open(__file__, encoding="utf-8") as file:
            run = set(re.findall(r'run_block\("([^"]+)"', file.read())) | {"options", "slurm"}
        self.assertEqual(set(blocks()), run)
        self.assertEqual(len(blocks()), fenced())

    def test_first_steps(self):
        self.run_block("first")
        routes = route_lines.read(self.path("routes.jsonl"))
        self.assertGreater(os.path.getsize(self.path("report.html")), 1000)
        counted = self.run_block("count").stdout.splitlines()
        self.assertEqual(sum(int(line.split()[-1]) for line in counted), len(routes))
        self.run_block("again")
        with open(self.path("again.txt"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "bogus.example\n")
        self.assertEqual(len(route_lines.read(self.path("again.jsonl"))), 1)
        settled = route_lines.read(self.path("settled.jsonl"))
        self.assertEqual(sorted(line["domain"] for line in settled),
                         sorted(line["domain"] for line in routes))
        self.run_block("keep")
        with open(self.path("version.txt"), encoding="utf-8") as file:
            self.assertRegex(file.read(), r"(?s)^nextmx \d.*routes\.jsonl\n$")

    def test_threads(self):
        self.run_block("threads")
        self.assertSame(self.lines("routes.jsonl"))

    def test_shards(self):
        self.run_block("shards")
        self.assertSame(self.lines("routes.jsonl"))
        self.assertGreater(min(len(route_lines.read(self.path(f"part{k}.jsonl")))
                               for k in (1, 2, 3, 4)), 0)

    def test_parallel(self):
        """And again after a crash that took some lines and half a line away."""
        self.run_block("parallel")
        self.assertSame(self.lines("routes.jsonl"))
        part = self.path("part3.jsonl")
        os.truncate(part, os.path.getsize(part) // 2)
        os.unlink(self.path("part5.jsonl"))
        self.run_block("parallel")
        self.assertSame(self.lines("routes.jsonl"))

    def test_parallel_pipe(self):
        self.run_block("parallel-pipe")
        self.assertSame(self.lines("routes.jsonl"))

    def array(self, script, indices):
        """As Slurm runs an array: the script by its first line, with the index in the environment."""
        for index in indices:
            done = self.run_in([script], SLURM_ARRAY_TASK_ID=str(index), SLURM_JOB_ID="1",
                               SLURM_ARRAY_TASK_COUNT=str(len(indices)))
            self.assertEqual(done.returncode, 0, f"{index}: {done.stderr[-2000:]}")

    def test_slurm(self):
        """The whole array, then two parts that broke are submitted again."""
        text = blocks()["slurm"][1]
        script = self.path("scan.sh")
        with open(script, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(script, 0o755)
        first, last = map(int, re.search(r"^#SBATCH --array=(\d+)-(\d+)", text, re.M).groups())
        self.array(script, range(first, last + 1))
        parts = [f"part{k}.jsonl" for k in range(first, last + 1)]
        self.assertSame(self.lines(*parts))
        os.truncate(self.path(parts[2]), os.path.getsize(self.path(parts[2])) - 10)
        os.unlink(self.path(parts[4]))
        self.array(script, (first + 2, first + 4))
        self.assertSame(self.lines(*parts))

    def stand_in_for_spark(self):
        os.mkdir(self.path("pyspark"))
        for name, text in (("__init__.py", ""), ("sql.py", SPARK)):
            with open(self.path(f"pyspark/{name}"), "w", encoding="utf-8") as file:
                file.write(text)

    def test_spark(self):
        self.stand_in_for_spark()
        self.run_block("spark")
        self.assertSame(self.lines(*(f"routes/{name}"
                                     for name in os.listdir(self.path("routes")))))

    def test_spark_notices_a_scan_that_fails(self):
        """A stand-in that takes every status would prove nothing."""
        self.stand_in_for_spark()
        os.unlink(self.path("demo"))
        self.run_block("spark", status=1)


def main():
    global NEXTMX
    if len(sys.argv) != 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(__doc__.strip())
    NEXTMX = os.path.abspath(sys.argv[1])
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    bad = len(result.failures) + len(result.errors)
    print(f"test_research: {result.testsRun} tests run, {bad} failed, {len(result.skipped)} skipped")
    sys.exit(1 if bad or result.skipped or not result.testsRun else 0)


if __name__ == "__main__":
    main()
