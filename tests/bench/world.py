# SPDX-License-Identifier: BSD-2-Clause
"""What benchmarks share: programs, a folder, and servers that are started when first wanted."""

import contextlib
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))

from bed import Bed, generate


class Broken(Exception):
    """A benchmark could not be run; its text says why."""


class Domains:
    """n generated domains behind knotd: names, a file of them, options to find them."""

    def __init__(self, bed, n, seed):
        self.bed, self.n, self.seed = bed, n, seed
        self.names = [domain.name for domain in generate.domains(n, seed)]
        self.list = os.path.join(bed.directory, "domains.txt")
        with open(self.list, "w", encoding="ascii") as file:
            file.writelines(name + "\n" for name in self.names)

    def options(self, port=None):
        """As words of the command: --stub, --trust-anchor, --allow-networks."""
        return generate.options(self.bed, port)

    def settings(self, port=None):
        """The same as OPTION=VALUE."""
        words = self.options(port)
        return [f"{name.removeprefix('--')}={value}"
                for name, value in zip(words[::2], words[1::2])]


class World:
    """build is the build folder, asked the benchmarks that are to be run. Used as a context; everything
    that was started ends with it."""

    def __init__(self, build, asked=()):
        self.build = build
        self.asked = asked
        self.nextmx = os.path.join(build, "cli", "nextmx")
        self.nextmxd = os.path.join(build, "daemon", "nextmxd")
        self._stack = contextlib.ExitStack()
        self._domains = {}

    def __enter__(self):
        self.folder = self._stack.enter_context(
            tempfile.TemporaryDirectory(prefix="nextmx-bench-"))
        return self

    def __exit__(self, *_):
        self._stack.close()
        self._domains.clear()

    def keep(self, thing):
        """Enters a context that ends with the world."""
        return self._stack.enter_context(thing)

    def program(self, name):
        """A program of this folder's."""
        return os.path.join(self.build, "tests", "bench", name)

    def domains(self, n=20000, seed=1):
        """The same Domains for the same numbers."""
        if (n, seed) not in self._domains:
            bed = self.keep(Bed(generate.tree(n, seed), patience=60 + n / 1000))
            self._domains[n, seed] = Domains(bed, n, seed)
        return self._domains[n, seed]

    def run(self, *command, **options):
        """Its standard output; Broken with its messages if it fails."""
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False, **options)
        if done.returncode:
            raise Broken(f"{os.path.basename(command[0])} ended with {done.returncode}: "
                         f"{done.stderr.strip()[-2000:]}")
        return done.stdout

    def figures(self, *command, **options):
        """{name: number} of a program that prints a "name number" a line."""
        return {name: float(number) for name, number in
                (line.rsplit(" ", 1) for line in self.run(*command, **options).splitlines())}
