#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds the public headers against their promises.

  tests/header/test_header.py LIBNEXTMX LIBNEXTMX-OPENSSL [CASE ...]
  tests/header/test_header.py --update

Each compiles alone as C99, C11 and C++; what it declares is what its library
exports; one page of the manual declares and explains each function; and the
examples of README.md and of every page compile, link and run. CC and CXX name
other compilers, LDFLAGS what a sanitized library needs.

Pages show the programs of docs/examples as they are. --update writes them into
the pages anew; it needs nothing built.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

import pages
from pages import EVERY_PAGE, OVERVIEW, PAGES, TOP, read, section

INCLUDE = os.path.join(TOP, "include")
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
# What programs need besides, by a header that they include.
NEEDED = {"<event2/": ["-levent"]}
CC = shlex.split(os.environ.get("CC", "cc"))
CXX = shlex.split(os.environ.get("CXX", "c++"))
LDFLAGS = shlex.split(os.environ.get("LDFLAGS", ""))
LIBRARIES = {}  # by header, set by main


def run(command, **more):
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=60, check=False, **more)


def exported(header):
    """Names that a program can link to; the compiler's own begin with two underscores."""
    done = run(["nm", "-D", "--defined-only", LIBRARIES[header]])
    assert done.returncode == 0, done.stderr
    names = {line.split()[-1].split("@")[0] for line in done.stdout.splitlines()}
    return {name for name in names if not name.startswith("__")}


def is_whole(code):
    return re.search(r"\bmain\(", code)


def readme_examples():
    """The C programs among README.md's code blocks."""
    return [code for code in re.findall(r"^```c\n(.*?)^```", read("README.md"), re.S | re.M)
            if is_whole(code)]


class Alone(unittest.TestCase):
    """Nothing is included before it, and no feature macro is set."""

    def compile(self, compiler, standard, suffix):
        for header in PAGES:
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
        for header in PAGES:
            self.assertEqual(sorted(pages.functions_of(header)), sorted(exported(header)), header)

    def test_declared_once(self):
        every = [name for header in PAGES for name in pages.declared(header)]
        self.assertEqual(len(every), len(set(every)))


class Manual(unittest.TestCase):
    maxDiff = None

    def test_declarations(self):
        """Every function and type of callback stands in one SYNOPSIS, as in the header."""
        for header, of_header in PAGES.items():
            there = [item for page in of_header for item in pages.listed(page)]
            self.assertEqual(sorted(there), sorted(pages.declared(header).items()), of_header)

    def test_explained(self):
        """What a page lists it explains."""
        for page in [page for of_header in PAGES.values() for page in of_header]:
            explained = set(re.findall(r"\bFn (\w+)", section(page, "DESCRIPTION")))
            names = {name for name, _ in pages.listed(page)}
            self.assertEqual(sorted(names - explained), [], page)

    def test_constants(self):
        """Every value of an enum is explained on some page."""
        for header, of_header in PAGES.items():
            text = "".join(section(page, "DESCRIPTION") + section(page, "RETURN VALUES")
                           for page in of_header + [OVERVIEW])
            text += section(OVERVIEW, "ERRORS")
            missing = set(pages.constants_of(header)) - set(re.findall(r"NMX_\w+", text))
            self.assertEqual(sorted(missing), [], header)

    def test_overview(self):
        """libnextmx(3) names every page with its functions."""
        parts = re.split(r"^\.It Xr (\w+) 3.*$", section(OVERVIEW, "SYNOPSIS"), flags=re.M)
        there = {f"{page}.3": re.findall(r"\bnmx_\w+", names)
                 for page, names in zip(parts[1::2], parts[2::2])}
        self.assertEqual(there, {page: [name for name, text in pages.listed(page)
                                        if not text.startswith("typedef")]
                                 for page in PAGES["nextmx.h"]})

    def test_every_page(self):
        """Its rules of ownership and threads, a way to it, and ways on."""
        here = sorted(name for name in os.listdir(os.path.join(TOP, "docs")) if name.endswith(".3"))
        self.assertEqual(here, sorted(EVERY_PAGE))
        for page in EVERY_PAGE:
            self.assertIn("\n.Ss Ownership and threads\n", read(f"docs/{page}"), page)
            self.assertIn(f"'docs/{page}'", read("meson.build"))
            also = re.findall(r"^\.Xr (\S+) 3", section(page, "SEE ALSO"), re.M)
            every = re.findall(r"^\.(?:It )?Xr (\S+) 3", read(f"docs/{page}"), re.M)
            own = {name[:-2] for name in EVERY_PAGE}
            self.assertEqual([name for name in every if re.match("nmx_|libnextmx", name)
                              and name not in own], [], page)
            self.assertEqual(sorted(own.intersection(every) - set(also)), [],
                             f"{page}: not in SEE ALSO")
            if page == OVERVIEW:
                self.assertEqual(sorted(own - {page[:-2]} - set(also)), [])
            else:
                self.assertIn(OVERVIEW[:-2], also, page)


class Examples(unittest.TestCase):
    """A literal needs no network: the programs are run with one, unless they connect to it."""

    maxDiff = None

    def check(self, code):
        with tempfile.TemporaryDirectory() as folder:
            source, program = (os.path.join(folder, name) for name in ("example.c", "example"))
            with open(source, "w", encoding="utf-8") as file:
                file.write(code if is_whole(code) else code + "\nint main(void) { return 0; }\n")
            libraries = LIBRARIES.values()
            needed = [flag for header, flags in NEEDED.items() if header in code
                      for flag in flags]
            paths = [f"-Wl,-rpath,{os.path.dirname(library)}" for library in libraries]
            done = run([*CC, "-std=gnu99", *STRICT, "-I", INCLUDE, "-o", program, source,
                        *reversed(libraries), "-lssl", "-lcrypto", *needed, *paths, *LDFLAGS])
            self.assertEqual(done.returncode, 0, done.stderr)
            if not is_whole(code) or re.search(r"\bconnect\(", code):
                return
            done = run([program, "[9.9.9.9]"])
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("9.9.9.9", done.stdout)

    def test_readme(self):
        examples = readme_examples()
        self.assertTrue(examples, "README.md has no C program")
        for code in examples:
            self.check(code)

    def test_manual(self):
        """Every block of code on a page is whole, and compiles."""
        for page in EVERY_PAGE:
            text = section(page, "EXAMPLES")
            examples = pages.examples(page)
            self.assertTrue(examples, f"{page} has no block in EXAMPLES")
            self.assertEqual(len(examples), len(re.findall(r"^\.(?:Bd|Dl|D1)\b", text, re.M)),
                             f"{page}: a block that is no \".Bd -literal\"")
            for path, code in examples:
                with self.subTest(page=page, path=path):
                    self.check(code)

    def test_programs(self):
        """The pages show every program of docs/examples, as it is."""
        there = set()
        for page in EVERY_PAGE:
            for path, code in pages.examples(page):
                if path:
                    self.assertEqual(code, pages.shown(path),
                                     f"{page} shows another {path}: {sys.argv[0]} --update")
                    there.add(os.path.basename(path))
        files = os.listdir(os.path.join(TOP, "docs", "examples"))
        self.assertEqual(sorted(there), sorted(name for name in files if name.endswith(".c")))


def main():
    if sys.argv[1:] == ["--update"]:
        print("\n".join(f"docs/{page}" for page in pages.update()) or "nothing to change")
        return
    if len(sys.argv) < 3:
        sys.exit(__doc__.strip())
    LIBRARIES.update(zip(PAGES, map(os.path.abspath, sys.argv[1:3])))
    names = sys.argv[3:] or ["Alone", "Symbols", "Manual", "Examples"]
    suite = unittest.defaultTestLoader.loadTestsFromNames(names, sys.modules[__name__])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)


if __name__ == "__main__":
    main()
