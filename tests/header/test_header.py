#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds the public headers against their promises.

  tests/header/test_header.py LIBNEXTMX LIBNEXTMX-OPENSSL [CASE ...]

Each compiles alone as C99, C11 and C++; what it declares is what its library
exports; its manual describes all of it; and the examples of README.md and of
the manuals compile, link and run. CC and CXX name other compilers,
LDFLAGS what a sanitized library needs.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
INCLUDE = os.path.join(TOP, "include")
PARTS = {"nextmx.h": "libnextmx.3", "nextmx-openssl.h": "libnextmx-openssl.3"}
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
CC = shlex.split(os.environ.get("CC", "cc"))
CXX = shlex.split(os.environ.get("CXX", "c++"))
LDFLAGS = shlex.split(os.environ.get("LDFLAGS", ""))
LIBRARIES = {}  # by header, set by main


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def run(command, **more):
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=60, check=False, **more)


def declared(header):
    """Names of the functions that a header declares."""
    code = re.sub(r"/\*.*?\*/", "", read(f"include/{header}"), flags=re.S)
    code = re.sub(r"^\s*#.*$", "", code, flags=re.M)
    found = re.findall(r"NMX_EXPORT\s+[^;(]*?\b(\w+)\s*\(", code)
    assert found, f"no declaration found in {header}"
    return found


def exported(header):
    """Names that a program can link to; the compiler's own begin with two underscores."""
    done = run(["nm", "-D", "--defined-only", LIBRARIES[header]])
    assert done.returncode == 0, done.stderr
    names = {line.split()[-1].split("@")[0] for line in done.stdout.splitlines()}
    return {name for name in names if not name.startswith("__")}


def readme_examples():
    """The C programs among README.md's code blocks."""
    return [code for code in re.findall(r"^```c\n(.*?)^```", read("README.md"), re.S | re.M)
            if "main(" in code]


def manual_examples(page):
    """The programs and functions of the EXAMPLES section, as troff would print them."""
    section = read(f"docs/{page}").split("\n.Sh EXAMPLES\n")[1].split("\n.Sh ")[0]
    found = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", section, re.S | re.M)
    for escape, text in (("\\&", ""), ("\\-", "-"), ("\\(dq", '"'), ("\\e", "\\")):
        found = [code.replace(escape, text) for code in found]
    return [code for code in found if "#include <nextmx" in code]


class Alone(unittest.TestCase):
    """Nothing is included before it, and no feature macro is set."""

    def compile(self, compiler, standard, suffix):
        for header in PARTS:
            with self.subTest(header=header), tempfile.TemporaryDirectory() as folder:
                source = os.path.join(folder, "alone" + suffix)
                with open(source, "w", encoding="utf-8") as file:
                    file.write(f"#include <{header}>\n#include <{header}>\n"
                               "int main(void) { return nmx_version() == 0; }\n")
                done = run([*compiler, f"-std={standard}", *STRICT, "-I", INCLUDE,
                            "-c", "-o", os.path.join(folder, "alone.o"), source])
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_c99(self):
        self.compile(CC, "c99", ".c")

    def test_c11(self):
        self.compile(CC, "c11", ".c")

    def test_cxx11(self):
        self.compile(CXX, "c++11", ".cc")

    def test_cxx20(self):
        self.compile(CXX, "c++20", ".cc")


class Symbols(unittest.TestCase):
    maxDiff = None

    def test_declared_is_exported(self):
        for header in PARTS:
            self.assertEqual(sorted(declared(header)), sorted(exported(header)), header)

    def test_declared_once(self):
        every = [name for header in PARTS for name in declared(header)]
        self.assertEqual(len(every), len(set(every)))

    def test_declared_is_in_the_manual(self):
        for header, page in PARTS.items():
            there = set(declared(header))
            described = set(re.findall(r"^\.F[no] \"?\w*?\"?(nmx_\w+)", read(f"docs/{page}"), re.M))
            self.assertEqual(sorted(there - described), [], f"not in {page}")
            other = {name for each in PARTS for name in declared(each)}
            self.assertEqual(sorted(described - other), [], f"only in {page}")


class Examples(unittest.TestCase):
    """A literal needs no network: the programs are run with one."""

    def check(self, code):
        with tempfile.TemporaryDirectory() as folder:
            source, program = (os.path.join(folder, name) for name in ("example.c", "example"))
            runs = "main(" in code
            with open(source, "w", encoding="utf-8") as file:
                file.write(code if runs else code + "\nint main(void) { return 0; }\n")
            libraries = LIBRARIES.values()
            paths = [f"-Wl,-rpath,{os.path.dirname(library)}" for library in libraries]
            done = run([*CC, "-std=c99", *STRICT, "-I", INCLUDE, "-o", program, source,
                        *reversed(libraries), "-lssl", *paths, *LDFLAGS])
            self.assertEqual(done.returncode, 0, done.stderr)
            done = run([program, "[9.9.9.9]"])
            self.assertEqual(done.returncode, 0, done.stderr)
            if runs:
                self.assertIn("9.9.9.9", done.stdout)

    def test_readme(self):
        examples = readme_examples()
        self.assertTrue(examples, "README.md has no C program")
        for code in examples:
            self.check(code)

    def test_manual(self):
        for page in PARTS.values():
            examples = manual_examples(page)
            self.assertTrue(examples, f"{page} has no C program in EXAMPLES")
            for code in examples:
                self.check(code)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__.strip())
    LIBRARIES.update(zip(PARTS, map(os.path.abspath, sys.argv[1:3])))
    names = sys.argv[3:] or ["Alone", "Symbols", "Examples"]
    suite = unittest.defaultTestLoader.loadTestsFromNames(names, sys.modules[__name__])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)


if __name__ == "__main__":
    main()
