# SPDX-License-Identifier: BSD-2-Clause
"""What nextmx scan writes: a line for each entry of the list, whatever the entry is."""

import collections
import json
import subprocess

from bed import generate
from case import environment
from scan_case import DOMAINS, ScanCase, Shared, entry_of, plain, without_words

MORE = ("without_srv", "hosts", "records", "input", "error")


class Entries(ScanCase):
    def check(self, lines, entries):
        self.assertEqual(collections.Counter(entry_of(line) for line in lines),
                         collections.Counter(entries))

    def test_every_domain_has_its_line(self):
        """And the outcome of each is the one it was generated for."""
        expected = {d.name: (d.outcome, d.source) for d in generate.domains(DOMAINS)}
        lines = self.lines(self.write("list", Shared.names))
        self.check(lines, Shared.names)
        wrong = [line for line in lines
                 if (line["outcome"], line["source"]) != expected[line["domain"]]]
        self.assertEqual(wrong, [])

    def test_entries_of_every_kind(self):
        """Duplicates, U-labels, literals, what is no name: a line each, exit 0."""
        good = Shared.names[0]
        entries = [good, good, "bücher.idn.test", "BÜCHER.idn.TEST", "xn--bcher-kva.idn.test",
                   "[192.0.2.1]", "no name", "a..b", "-", "x" * 300, good.upper(), good + ".",
                   "\"quoted\"", "single", "nothere.test", good]
        lines = self.lines(text="".join(f"{entry}\n" for entry in entries))
        self.check(lines, entries)
        by_entry = {entry_of(line): line for line in lines}
        self.assertEqual(by_entry["bücher.idn.test"]["outcome"], "deliverable")
        self.assertEqual(by_entry["BÜCHER.idn.TEST"]["ascii"], "xn--bcher-kva.idn.test")
        self.assertEqual(by_entry["no name"]["status"], "5.1.2")

    def test_octets_that_are_no_text(self):
        """They are entries as well: the line says what could be read."""
        text = b"\xff\xfe.test\n" + b"a\0b.test\n" + b"y" * 70000 + b"\n" + b"\x1b[2J.test\n"
        done = self.scan(text=text)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([line["outcome"] for line in lines], ["reject"] * 4)
        self.assertTrue(all(byte >= " " or byte == "\n" for byte in done.stdout))

    def test_ends_of_lines(self):
        """CR LF, blank lines, a mark of UTF-8, no final newline."""
        names = Shared.names[:3]
        text = b"\xef\xbb\xbf" + "\r\n".join(names[:2]).encode() + b"\r\n\r\n  \n\n" + \
            names[2].encode()
        self.check(self.lines(text=text), names)

    def test_csv(self):
        names = Shared.names[:50]
        rows = "".join(f'{n},"{name}","a ""b"", c"\r\n' for n, name in enumerate(names))
        self.check(self.lines("--csv-column", "2", text=rows), names)
        self.check(self.lines("--csv-column", "domain", text="n,domain,note\r\n" + rows), names)

    def test_files_and_standard_input(self):
        a, b = self.write("a", Shared.names[:5]), self.write("b", Shared.names[5:7])
        self.check(self.lines(a, "-", b, text=Shared.names[8] + "\n"),
                   Shared.names[:7] + Shared.names[8:9])

    def test_an_empty_list(self):
        self.assertEqual(self.scan(text="").stdout, "")


class Same(ScanCase):
    def test_threads_and_runs(self):
        """A seed makes every run the same, whatever the order and the threads."""
        path = self.write("list", Shared.names + Shared.names[:100])
        one = self.scan("--seed", "7", path).stdout
        self.assertEqual(len(one.splitlines()), DOMAINS + 100)
        for threads in ("1", "4"):
            again = self.scan("--seed", "7", "--threads", threads, path).stdout
            self.check_same(again, one)

    def test_same_as_resolve(self):
        """The line of a domain is what `resolve --json` says, and some members more."""
        names = Shared.names[:200]
        resolved = subprocess.run(
            [Shared.nextmx, "resolve", "--json", "--seed", "3", *Shared.bed.options(), *names],
            stdout=subprocess.PIPE, check=False, env=environment())
        expected = [without_words(plain(json.loads(line))) for line in resolved.stdout.splitlines()]
        found = {line["domain"]: without_words(plain(line))
                 for line in self.lines("--seed", "3", self.write("list", names))}
        self.assertEqual(len(expected), len(names))
        for line in expected:
            got = {name: value for name, value in found[line["domain"]].items()
                   if name not in MORE}
            self.assertEqual(got, line)

    def test_random_seeds(self):
        """Without --seed each line has one of its own, by which it can be drawn again."""
        lines = self.lines(self.write("list", Shared.names[:50]))
        self.assertGreater(len({line["seed"] for line in lines}), 45)


class WithoutSrv(ScanCase):
    def test_where_it_is_asked(self):
        """The other route is there if the domain answered the SRV question with records, and is the
        one of --srv off."""
        names = Shared.names[:300]
        path = self.write("list", names)
        lines = {line["domain"]: line for line in self.lines("--seed", "1", path)}
        off = {line["domain"]: line
               for line in self.lines("--seed", "1", "--srv", "off", path)}
        asked = [name for name in names if lines[name]["without_srv"]]
        self.assertGreater(len(asked), 20)
        for name in names:
            answer = lines[name]["records"]["srv"]
            is_absent = answer["rcode"] in ("NOERROR", "NXDOMAIN") and \
                not answer["published"] and answer["security"] != "bogus"
            other = lines[name]["without_srv"]
            self.assertEqual(other is None, is_absent, answer)
            if other:
                for member in ("outcome", "status", "reason", "source", "security", "hosts"):
                    self.assertEqual(plain(other[member]), plain(off[name][member]), name)
            self.assertIsNone(off[name]["without_srv"])


class Parts(ScanCase):
    def test_shards(self):
        """1/3 to 3/3 are the list, each domain in one, with threads that have work each."""
        path = self.write("list", Shared.names[:600])
        found = []
        for part in ("1/3", "2/3", "3/3"):
            lines = self.lines("--shard", part, "--threads", "3", path)
            self.assertGreater(len(lines), 100)
            found += [line["domain"] for line in lines]
        self.assertEqual(sorted(found), sorted(Shared.names[:600]))

    def test_fields(self):
        lines = self.lines("--fields", "outcome,source", self.write("list", Shared.names[:20]))
        for line in lines:
            self.assertEqual(set(line) - {"input", "error"}, {"domain", "outcome", "source"})
        self.assertEqual(len(lines), 20)


class Usage(ScanCase):
    def test_what_is_refused(self):
        """64, one line that says why, and nothing is asked."""
        path = self.write("list", Shared.names[:1])
        for arguments in (["--threads", "0"], ["--threads", "257"], ["--in-flight", "0"],
                          ["--in-flight", "100001"], ["--qps", "-1"], ["--qps", "x"],
                          ["--shard", "0/2"], ["--shard", "3/2"], ["--shard", "2"],
                          ["--shard", "/2"], ["--seed", "9007199254740992"],
                          ["--fields", "outcom"], ["--nothing"],
                          ["--output", "a", "--resume", "b"], [self.path("not-there")],
                          ["--resume", self.path("not-there")]):
            done = self.scan(*arguments, path, status=64)
            self.assertEqual(done.stdout, "", arguments)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_configuration(self):
        done = self.scan("--zone", "a.test=/not/there", self.write("list", Shared.names[:1]),
                         status=78)
        self.assertIn("/not/there", done.stderr)

    def test_help(self):
        done = self.scan("--help")
        for word in ("--resume", "--server-qps", "--max-questions"):
            self.assertIn(word, done.stdout)

    def test_options_reach_every_thread(self):
        """Lists and single values: with one that only the first had, the rest would differ."""
        path = self.write("list", Shared.names[:200])
        lines = self.lines("--threads", "4", "--deny-networks", "198.51.100.0/24,203.0.113.0/24",
                           "--family", "4", "--sts", "off", path)
        self.assertEqual([line for line in lines if line["plan"]], [])
        self.assertGreater(len([line for line in lines if line["dropped"]]), 50)
