#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Many domains through the library, against real DNS servers on loopback.

  tests/integration/test_many.py build/tests/integration/many [TEST ...]

Counts rounds, queries, descriptors and memory; nothing depends on the clock.
"""

import os
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))

from bed import Bed, features, generate, many
from bed.relay import relay

MANY = None
# 20,000 is the figure of record; a sanitizer's build may do with fewer.
DOMAINS = int(os.environ.get("NEXTMX_TEST_DOMAINS", "20000"))
SANITIZED = bool(os.environ.get("NEXTMX_TEST_SANITIZED"))


def route(options, domains, in_flight, threads=1, settings=()):
    """([line], {counter: number}) of many; its lines sorted."""
    lines, counters = many.route(many.command(MANY, options, in_flight, threads, settings),
                                 domains)
    return sorted(lines), counters


class Rounds(unittest.TestCase):
    """DANE-2: a warm domain costs two rounds of queries, and three with DANE, whatever the number
    of hosts."""

    def rounds_of(self, warmer, domain, stub=None, settings=()):
        """stub is a zone that libunbound has to know: else it takes an unsigned child for its signed
        parent, which answers without signatures, and asks everything twice."""
        with Bed(features.tree(), features.RULES) as bed:
            gate = bed.gate()
            if stub:
                settings = [*settings, f"stub={stub}=127.0.0.1@{gate.port}"]
            lines, rounds, records = many.rounds(
                many.command(MANY, bed.options(gate.port), 1, settings=settings), gate,
                [f"{warmer}\n", f"{domain}\n"], n_warm=1)
        return lines[0].split(), rounds, records

    def test_srv_with_five_unsigned_hosts(self):
        """SRV and MX first, then every address at once: two rounds."""
        answer, rounds, records = self.rounds_of("one.u.test", "five.u.test", "u.test",
                                                 ["ports-insecure=25,2525,2526"])
        self.assertEqual(answer[1:], ["deliverable", "2.0.0", "srv", "insecure"])
        self.assertEqual(rounds, 2, records)
        self.assertNotIn("TLSA", {record.type for record in records})

    def test_five_hosts_with_dane(self):
        """MX, then every address, then every TLSA at once: three rounds."""
        answer, rounds, records = self.rounds_of("dane.s.test", "dane-five.s.test")
        self.assertEqual(answer[1:], ["deliverable", "2.0.0", "mx", "secure"])
        self.assertEqual(rounds, 3, records)
        asked = [(record.round, record.name) for record in records if record.type == "TLSA"]
        self.assertEqual(sorted(set(asked)),
                         [(3, f"_25._tcp.dane-five{n}.s.test") for n in range(1, 6)])

    def test_srv_with_five_signed_hosts(self):
        """That there is no TLSA has to be asked, too: three rounds, at other ports as well."""
        answer, rounds, records = self.rounds_of("one.s.test", "five.s.test")
        self.assertEqual(answer[1:], ["deliverable", "2.0.0", "srv", "secure"])
        self.assertEqual(rounds, 3, records)

    def test_implicit(self):
        """The domain's own addresses: two rounds."""
        answer, rounds, records = self.rounds_of("one.s.test", "implicit.s.test")
        self.assertEqual(answer[1:], ["deliverable", "2.0.0", "implicit", "secure"])
        self.assertEqual(rounds, 2, records)


class Sane(unittest.TestCase):
    """libunbound's defaults call good domains bogus under load; our settings must not."""

    def test_verdicts_do_not_depend_on_load(self):
        """500 in flight, with few sockets and with many, give the same verdicts as one at a time, and
        as listed."""
        domains = {d.name: d for d in generate.domains(DOMAINS)}
        delay = os.path.join(os.path.dirname(MANY), "..", "bench", "delay")
        with Bed(generate.tree(DOMAINS)) as bed, relay(delay, bed.port, 0) as port:
            options = bed.options(port)
            held, _ = route(options, domains, 500)
            # Sockets for all at once need room for all their questions as well: else 4.3.2 (OUT-2).
            crowded, _ = route(options, domains, 500,
                               settings=["outgoing-range=4096", "max-questions=10000"])
            alone, _ = route(options, domains, 1)
        self.assertEqual(len(alone), DOMAINS)
        self.assertEqual(held, alone)
        self.assertEqual(crowded, alone)
        wrong = []
        for line in alone:
            name, outcome, _, source, _ = line.split()
            if (outcome, source) != (domains[name].outcome, domains[name].source):
                wrong.append(line)
        self.assertEqual(wrong[:10], [])


class Silent(unittest.TestCase):
    """5,000 requests to a silent server: what they may cost, and what others notice."""

    REQUESTS = 5000
    GOOD = ["one.s.test", "ties.s.test", "implicit.s.test", "five.s.test"]

    def test_limits(self):
        """OUT-2: max-questions bounds what is in flight; nothing is bounced; good domains that
        are asked at the same time get their answer."""
        domains = [f"d{n}.silent.test" for n in range(self.REQUESTS)] + self.GOOD
        with Bed(features.tree(), features.RULES) as bed:
            lines, counters = route(bed.options(), domains, len(domains))
        self.assertEqual(len(lines), len(domains))
        self.assertEqual([line for line in lines if " reject " in line], [])
        for line in lines:
            name, outcome, status, _, _ = line.split()
            if name in self.GOOD:
                self.assertEqual(outcome, "deliverable", line)
            else:
                self.assertEqual(outcome, "defer", line)
                self.assertIn(status, ("4.4.3", "4.3.2"), line)
        # outgoing-range, TCP sockets, and the program's own.
        self.assertLess(counters["descriptors"], 1536 + 200 + 100)
        if not SANITIZED:
            # 2,000 questions of 60 KiB, the DNS caches and the program.
            self.assertLess(counters["rss-kib"], 256 * 1024)


class Threads(unittest.TestCase):
    """Contexts share nothing: four of them in four threads."""

    def test_four_contexts(self):
        """The same verdicts as one context; ThreadSanitizer watches in its own build."""
        number = min(DOMAINS, 2000)
        domains = [d.name for d in generate.domains(number)]
        with Bed(generate.tree(number)) as bed:
            one, _ = route(bed.options(), domains, 50)
            four, _ = route(bed.options(), domains, 50, threads=4)
        self.assertEqual(four, one)


def main():
    global MANY
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(__doc__.strip())
    MANY = os.path.abspath(sys.argv[1])
    names = sys.argv[2:] or ["Rounds", "Sane", "Silent", "Threads"]
    suite = unittest.defaultTestLoader.loadTestsFromNames(names, sys.modules["__main__"])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    bad = len(result.failures) + len(result.errors)
    print(f"test_many: {result.testsRun} tests run, {bad} failed, {len(result.skipped)} skipped")
    sys.exit(1 if bad or result.skipped or not result.testsRun else 0)


if __name__ == "__main__":
    main()
