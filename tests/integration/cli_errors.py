# SPDX-License-Identifier: BSD-2-Clause
"""What the command says when it is told nonsense: one clear line on stderr,
nothing on stdout, 64 or 78."""

import os
import re
import subprocess
import tempfile

from case import PATIENCE_S, CliCase, Shared, environment

USAGE, INTERNAL, CONFIG = 64, 70, 78


class Errors(CliCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)

    def file(self, name, text):
        path = os.path.join(self.directory.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def assertRefused(self, done, statuses, *words):
        self.assertIn(done.returncode, statuses, done.stderr)
        self.assertEqual(done.stdout, "")
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        for word in words:
            self.assertIn(word, lines[0])

    def test_unknown_option(self):
        """DESIGN 5: usage; the nearest option is named."""
        self.assertRefused(self.run_bare("resolve", "--trust-anchr", "x", "one.s.test"),
                           [USAGE], "trust-anchr", "--trust-anchor")
        self.assertRefused(self.run_bare("resolve", "--deadlin-ms=5", "one.s.test"),
                           [USAGE], "--deadline-ms")

    def test_bad_values(self):
        """DESIGN 5: usage; the option and the value are named."""
        for option, value in (("--dnssec", "maybe"), ("--seed", "-1"), ("--seed", "abc"),
                              ("--seed", "9007199254740992"), ("--count", "0"),
                              ("--ports-insecure", "70000"), ("--ports-secure", "30-20"),
                              ("--allow-networks", "198.51.100.0/33"), ("--deadline-ms", "soon"),
                              ("--family", "5"), ("--srv-null", "")):
            with self.subTest(option=option, value=value):
                self.assertRefused(self.run_resolve(option, value, "one.s.test"),
                                   [USAGE, CONFIG], option.lstrip("-"))

    def test_missing_arguments(self):
        """DESIGN 5: usage."""
        for arguments in ((), ("resolve",), ("resolve", "--json"), ("reslove", "x.test"),
                          ("resolve", "one.s.test", "--seed")):
            with self.subTest(arguments=arguments):
                done = self.run_bare(*arguments)
                self.assertEqual((done.returncode, done.stdout), (USAGE, ""), done.stderr)
                self.assertTrue(done.stderr)

    def test_impossible_stubs(self):
        """DESIGN 5: a stub is ZONE=ADDR[@PORT]."""
        for stub in ("s.test", "s.test=", "s.test=300.1.1.1", "s.test=127.0.0.1@99999",
                     "s.test=127.0.0.1@", "a..b=127.0.0.1", "s.test=ns.s.test"):
            with self.subTest(stub=stub):
                self.assertRefused(self.run_resolve("--stub", stub, "one.s.test"),
                                   [USAGE, CONFIG], "stub")

    def test_bad_anchor(self):
        """DESIGN 3: start reports it; the file is named."""
        missing = os.path.join(self.directory.name, "missing")
        garbage = self.file("garbage", "this is no key\n")
        empty = self.file("empty", "")
        for path in (missing, garbage, empty, self.directory.name):
            with self.subTest(path=path):
                done = self.run_bare("resolve", "--stub", f".=127.0.0.1@{self.bed.port}",
                                     "--trust-anchor", path, "one.s.test")
                self.assertRefused(done, [CONFIG], path)

    def test_wrong_anchor(self):
        """DESIGN 5: an anchor that matches no root DNSKEY is said in one line."""
        path = self.file("anchor", ". IN DS 20326 8 2 " + "E0" * 32 + "\n")
        done = self.run_bare("resolve", "--stub", f".=127.0.0.1@{self.bed.port}",
                             "--stub", f"test=127.0.0.1@{self.bed.port}",
                             "--trust-anchor", path, "one.s.test")
        self.assertIn(done.returncode, (75, CONFIG))
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn("anchor", done.stderr)

    def test_broken_zone_file(self):
        """DESIGN 3: start reports it, with file and line."""
        good = "$ORIGIN z.example.\n@ 300 IN SOA ns h 1 2 3 4 5\n@ 300 IN NS ns\n"
        path = self.file("broken.zone", good + "@ 300 IN MX ten mail\n")
        done = self.run_resolve("--zone", f"z.example={path}", "z.example")
        self.assertRefused(done, [CONFIG], path, "4")
        missing = os.path.join(self.directory.name, "missing.zone")
        done = self.run_resolve("--zone", f"z.example={missing}", "z.example")
        self.assertRefused(done, [CONFIG], missing)
        done = self.run_resolve("--zone", "z.example", "z.example")
        self.assertRefused(done, [USAGE, CONFIG], "zone")

    ZONE = ("@ 300 IN SOA ns h 1 2 3 4 5\n@ 300 IN NS ns\n@ 300 IN MX 10 mx\n"
            "mx 300 IN A 198.51.100.1\n")

    def test_zone_below_a_special_one(self):
        """DESIGN 5: a zone that is named is never answered by libunbound's built-in zones, not by
        one that stands above it either."""
        for zone in ("my.test", "corp.home.arpa", "x.onion", "x.invalid", "x.localhost",
                     "7.10.in-addr.arpa"):
            with self.subTest(zone=zone):
                path = self.file("zone", f"$ORIGIN {zone}.\n{self.ZONE}")
                done = self.run_bare("resolve", "--zone", f"{zone}={path}", "--dnssec", "off",
                                     "--allow-networks", "198.51.100.0/24", zone)
                self.assertEqual(done.returncode, 0, done.stdout)

    def test_beside_a_zone_below_a_special_one(self):
        """DESIGN 5: and its siblings stay libunbound's own, whatever their names are like."""
        path = self.file("zone", f"$ORIGIN my.test.\n{self.ZONE}")
        for name in ("test", "a.test", "abc.test", "other.test", "b.c.zz.test"):
            with self.subTest(name=name):
                done = self.run_bare("resolve", "--zone", f"my.test={path}", "--dnssec", "off",
                                     "--single-label", "yes", name)
                self.assertEqual(done.returncode, 68, done.stdout)

    def test_zone_with_upstream(self):
        """DESIGN 5: a file that would not be read is refused, instead of asking the upstream."""
        path = self.file("zone", f"$ORIGIN right.example.\n{self.ZONE}")
        self.assertRefused(self.run_bare("resolve", "--zone", f"right.example={path}",
                                         "--upstream", "127.0.0.1@9", "right.example"),
                           [CONFIG], "right.example", "upstream")

    def test_zone_file_of_another_zone(self):
        """DESIGN 5: a file that does not hold the zone says so, instead of failing every question."""
        path = self.file("zone", f"$ORIGIN wrong.example.\n{self.ZONE}")
        self.assertRefused(self.run_bare("resolve", "--zone", f"right.example={path}",
                                         "right.example"), [CONFIG], "right.example", path)

    def test_unsigned_root(self):
        """DESIGN 5: a what-if of everything, root included, is insecure, not bogus."""
        path = self.file("zone", "$ORIGIN .\n@ 300 IN SOA ns h 1 2 3 4 5\n@ 300 IN NS ns\n"
                         "a.example 300 IN MX 10 mx.a.example\n"
                         "mx.a.example 300 IN A 198.51.100.1\n")
        done = self.run_bare("resolve", "--zone", f".={path}", "--trust-anchor",
                             Shared.bed.anchor, "--allow-networks", "198.51.100.0/24",
                             "a.example")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("insecure", done.stdout)

    def test_anchor_of_unknown_algorithm(self):
        """DESIGN 5: an anchor that cannot validate anything is none; never a silent downgrade."""
        anchor = self.file("anchor", f". IN DS 1 200 2 {'ab' * 32}\n")
        self.assertRefused(self.run_bare("resolve", "--trust-anchor", anchor, "one.s.test"),
                           [CONFIG], "trust-anchor", "algorithm")

    def test_fifo(self):
        """DESIGN 5: what is no file is refused, and nobody waits for it."""
        path = os.path.join(self.directory.name, "fifo")
        os.mkfifo(path)
        self.assertRefused(self.run_bare("resolve", "--trust-anchor", path, "x.test"), [CONFIG],
                           path)
        self.assertRefused(self.run_bare("resolve", "--zone", f"x.test={path}", "x.test"),
                           [CONFIG], path)

    def test_bool_option_with_a_word(self):
        """DESIGN 5: --single-label no is a value, not a domain."""
        done = self.run_bare("resolve", "--dnssec", "off", "--single-label", "no", "localhost")
        self.assertEqual(done.returncode, 68, done.stdout)
        self.assertIn("single label", done.stdout)

    def test_wrong_anchor_is_said(self):
        """DESIGN 5: an anchor that matches no root DNSKEY is said in one line."""
        anchor = self.file("anchor", f". IN DS 20326 13 2 {'e0' * 32}\n")
        options = self.bed_options_without_anchor()
        done = self.run_bare("resolve", *options, "--trust-anchor", anchor, "one.s.test",
                             "ties.s.test")
        self.assertEqual(done.returncode, 75, done.stdout)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn("trust anchor", done.stderr)

    def bed_options_without_anchor(self):
        options = Shared.bed.options()
        at = options.index("--trust-anchor")
        return options[:at] + options[at + 2:]


class Closed(CliCase):
    """Standard output that is closed, or full: what was to be said is nowhere, and that is told."""

    def commands(self):
        """Every verb, where it has something to say."""
        yield "--help",
        for verb, arguments in re.findall(r"^  nextmx (\S+)( *DOMAIN)?",
                                          self.run_bare("--help").stdout, re.M):
            yield verb, "--help"
            more = ("--exec", "exit 0") if verb == "deliver" else ()
            for flags in ((), ("--json",)) if arguments else ():
                yield verb, *flags, *more, *self.bed.options(), "null.s.test"
            # sts has verbs of its own, scan nothing to say of no domain, and compare says that, too.
            if not arguments and verb not in ("sts", "scan", "compare"):
                yield verb,

    def test_every_verb(self):
        for command in self.commands():
            for where in (">&-", "> /dev/full", "<&- >&-"):
                with self.subTest(command=command[:2], where=where):
                    done = subprocess.run(
                        ["sh", "-c", f'exec "$0" "$@" {where}', Shared.nextmx, *command],
                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                        text=True, timeout=PATIENCE_S, check=False, env=environment())
                    self.assertEqual(done.returncode, INTERNAL, done.stderr)
                    self.assertRegex(done.stderr, r"\Anextmx: cannot write the output: .*\n\Z")
