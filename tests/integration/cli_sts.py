# SPDX-License-Identifier: BSD-2-Clause
"""nextmx sts txt, policy, match: what MTA-STS publishes, read before it is published."""

import json
import os
import subprocess

from case import PATIENCE_S, CliCase, Shared, environment

OK, NO_MATCH, USAGE, DATA, INTERNAL = 0, 1, 64, 65, 70

GOOD = "version: STSv1\nmode: enforce\nmx: mail.example.com\nmx: *.example.net\nmax_age: 604800\n"
PLAIN = "version: STSv1\nmode: enforce\nmax_age: 604800\nmx: mail.example.com\nmx: *.example.net\n"


class StsCase(CliCase):
    def sts(self, *arguments, text=b"", **more):
        """Without a bed: these verbs ask nothing."""
        text = text.encode() if isinstance(text, str) else text
        done = subprocess.run([Shared.nextmx, "sts", *arguments], input=text, check=False,
                              stdout=more.get("stdout", subprocess.PIPE), stderr=subprocess.PIPE,
                              timeout=PATIENCE_S, env=environment())
        done.stderr = done.stderr.decode("ascii")  # nothing else, whatever was read
        done.stdout = done.stdout.decode() if done.stdout is not None else None
        self.assertNotIn("Sanitizer", done.stderr)
        self.assertNotIn("runtime error:", done.stderr)
        for line in done.stderr.splitlines():
            self.assertTrue(line.startswith("nextmx: "), done.stderr)
        return done

    def assertSays(self, done, status, stdout, *stderr):
        self.assertEqual((done.returncode, done.stdout), (status, stdout), done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), len(stderr), done.stderr)
        for line, words in zip(lines, stderr):
            self.assertIn(words, line)


class Txt(StsCase):
    def test_id(self):
        """STS-1: the id, and nothing else."""
        self.assertSays(self.sts("txt", "v=STSv1; id=20261123T000000;"), OK, "20261123T000000\n")
        self.assertSays(self.sts("txt", "v=spf1 -all", "v=STSv1;id=1", ""), OK, "1\n")

    def test_others_may_refuse_it(self):
        """STS-1: what is ignored here is a warning."""
        self.assertSays(self.sts("txt", "v=STSv1; id=1; comment"), OK, "1\n", "warning: a field")

    def test_not_valid(self):
        """STS-1: 65, and why."""
        for words, *records in (("no record begins", "v=STSv1"), ("no record", "v=spf1"),
                                ("several", "v=STSv1; id=1", "v=STSv1; id=1"),
                                ("no id", "v=STSv1;"), ("letters and digits", "v=STSv1; id=1-2")):
            with self.subTest(records=records):
                self.assertSays(self.sts("txt", *records), DATA, "", words)

    def test_usage(self):
        self.assertSays(self.sts("txt"), USAGE, "", "which records")
        self.assertSays(self.sts("txt", "--json", "x"), USAGE, "", "--json")


class Policy(StsCase):
    def test_plain(self):
        """STS-3: as it can be published, and read again."""
        self.assertSays(self.sts("policy", text=GOOD), OK, PLAIN)
        self.assertSays(self.sts("policy", text=PLAIN.replace("\n", "\r\n")), OK, PLAIN)

    def test_json(self):
        """STS-3: one object."""
        done = self.sts("policy", "--json", text=GOOD)
        self.assertEqual(done.returncode, OK)
        self.assertEqual(len(done.stdout.splitlines()), 1)
        self.assertEqual(json.loads(done.stdout), {
            "version": "STSv1", "mode": "enforce", "max_age": 604800,
            "mx": ["mail.example.com", "*.example.net"]})
        done = self.sts("policy", "--json", text="version: STSv1\nmode: none\nmax_age: 86400\n")
        self.assertEqual(json.loads(done.stdout)["mx"], [])

    def test_not_valid(self):
        """STS-3: 65, the line, and why."""
        for words, text in (("<stdin>: version is missing", ""),
                            ("<stdin>: version is missing", "<html>\n"),
                            ("<stdin>:2: the mode", GOOD.replace("enforce", "Enforce")),
                            ("<stdin>:5: max_age", GOOD.replace("604800", "7d")),
                            ("<stdin>:5: max_age is over", GOOD.replace("604800", "31557601")),
                            ("<stdin>:6: a control", GOOD + "\0\n"),
                            ("<stdin>:6: not UTF-8", GOOD.encode() + b"x: \xff\n"),
                            ("<stdin>: over 64 KiB", GOOD + "\n" * 65536),
                            ("<stdin>: over 64 KiB", b"\0" * 1000000),
                            ("<stdin>:3: no mx names", GOOD.replace("mail.", "*").replace(
                                "*.example.net", "*"))):
            with self.subTest(words=words):
                self.assertSays(self.sts("policy", text=text), DATA, "", words)
                self.assertSays(self.sts("policy", "--json", text=text), DATA, "", words)

    def test_warnings(self):
        """STS-3, IDN-1: for who is about to publish it; the status stays."""
        for words, text, stdout in (
                ("<stdin>:5: warning: max_age is shorter than a day",
                 GOOD.replace("604800", "3600"), PLAIN.replace("604800", "3600")),
                ('<stdin>:6: warning: mx "a*.example" names no host', GOOD + "mx: a*.example\n",
                 PLAIN),
                ('<stdin>:6: warning: mx "*.b\\195\\188cher.example" is not in A-labels',
                 GOOD + "mx: *.b\u00fccher.example\n", PLAIN + "mx: *.xn--bcher-kva.example\n"),
                ("<stdin>:6: warning: mode is ignored", GOOD + "mode: none\n", PLAIN),
                ('<stdin>:6: warning: "Mode" is ignored', GOOD + "Mode: none\n", PLAIN),
                ("<stdin>:6: warning: an empty line", GOOD + "\n", PLAIN),
                ("<stdin>:1: warning: a byte order mark", "\ufeff" + GOOD, PLAIN)):
            with self.subTest(words=words):
                self.assertSays(self.sts("policy", text=text), OK, stdout, words)

    def test_usage(self):
        self.assertSays(self.sts("policy", "file"), USAGE, "", "standard input")
        self.assertSays(self.sts("policy", "--jsn"), USAGE, "", "--json")

    def test_input_that_cannot_be_read(self):
        folder = os.open("/", os.O_RDONLY)
        self.addCleanup(os.close, folder)
        done = subprocess.run([Shared.nextmx, "sts", "policy"], stdin=folder, check=False,
                              capture_output=True, text=True, timeout=PATIENCE_S,
                              env=environment())
        self.assertSays(done, INTERNAL, "", "standard input")

    def test_no_input(self):
        done = subprocess.run(["sh", "-c", f"exec '{Shared.nextmx}' sts policy <&-"], check=False,
                              capture_output=True, text=True, timeout=PATIENCE_S,
                              env=environment())
        self.assertSays(done, DATA, "", "version is missing")

    def test_output_that_cannot_be_written(self):
        for arguments in (["policy"], ["policy", "--json"], ["txt", "v=STSv1; id=1"], ["--help"]):
            with self.subTest(arguments), open("/dev/full", "wb") as full:
                done = self.sts(*arguments, text=GOOD, stdout=full)
                self.assertSays(done, INTERNAL, None, "output")


class Match(StsCase):
    def test_match(self):
        """STS-6, IDN-1: 0 or 1, and nothing said."""
        for host, pattern, status in (
                ("mail.example.com", "*.example.com", OK),
                ("MAIL.Example.com.", "mail.example.com", OK),
                ("mail.example.com", "example.com", NO_MATCH),
                ("example.com", "*.example.com", NO_MATCH),
                ("foo.bar.example.com", "*.example.com", NO_MATCH),
                ("mx.b\u00fccher.example", "*.xn--bcher-kva.example", OK)):
            with self.subTest(host=host, pattern=pattern):
                self.assertSays(self.sts("match", host, pattern), status, "")

    def test_no_names(self):
        """STS-6: 65, which of the two, and why."""
        for words, host, pattern in (("the host: ", "a..b", "*.b"), ("the host: ", "*.b", "*.b"),
                                     ("the host: empty", "", "a"),
                                     ("the host: an address", "[192.0.2.1]", "a"),
                                     ("the pattern: \"*\"", "a.b", "*"),
                                     ("the pattern: \"*\"", "a.b", "a.*"),
                                     ("the pattern: an address", "a.b", "192.0.2.1"),
                                     ("the pattern: ", "a.b", "\x1b\n")):
            with self.subTest(host=host, pattern=pattern):
                self.assertSays(self.sts("match", host, pattern), DATA, "", words)

    def test_usage(self):
        for arguments in ((), ("a",), ("a", "b", "c")):
            self.assertSays(self.sts("match", *arguments), USAGE, "", "which host and pattern")


class Verbs(StsCase):
    def test_help(self):
        for arguments in (["--help"], ["-h"]):
            done = self.sts(*arguments)
            self.assertEqual(done.returncode, OK)
            for verb in ("txt", "policy", "match"):
                self.assertIn(f"nextmx sts {verb}", done.stdout)
        for verb in ("txt", "policy", "match"):
            done = self.sts(verb, "--help")
            self.assertEqual(done.returncode, OK)
            self.assertIn(f"usage: nextmx sts {verb}", done.stdout)

    def test_usage(self):
        self.assertSays(self.sts(), USAGE, "", "which verb")
        self.assertSays(self.sts("matsch"), USAGE, "", "match")

