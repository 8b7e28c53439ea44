#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Contexts in the loops of host programs, against real DNS servers on loopback.

  tests/integration/test_loop.py build/tests/integration/loop [TEST ...]

Which kinds of loop a context's descriptor works in, and what it costs when there is nothing to do.
Wake-ups are counted, and upper bounds of CPU time are far above what is needed: nothing depends on
how fast the machine is.
"""

import collections
import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))

from bed import Bed, features, generate
from bed.process import free_port

LOOP = None
DOMAINS = 300
# A stalled program ends itself after a minute.
PATIENCE_S = 300


def run(bed, domains, how="poll", contexts=1, rounds=1, idle_ms=0, settings=()):
    """(Counter of lines, {counter: number}) of the program."""
    flags = bed.options()
    options = [f"{flag[2:]}={value}" for flag, value in zip(flags[::2], flags[1::2])]
    done = subprocess.run([LOOP, how, str(contexts), str(rounds), str(idle_ms), *options, *settings],
                          input="".join(f"{domain}\n" for domain in domains), text=True,
                          capture_output=True, timeout=PATIENCE_S, check=False)
    if done.returncode:
        raise AssertionError(f"loop {how} exited with {done.returncode}: {done.stderr[-3000:]}")
    numbers = dict(line.rsplit(" ", 1) for line in done.stderr.splitlines())
    return (collections.Counter(done.stdout.splitlines()),
            {name: int(number) for name, number in numbers.items()})


class Kinds(unittest.TestCase):
    """The same requests and deliveries through every kind of loop: each is answered once, and right.
    The second round comes from the cache, so that far more than 64 completions are there at once."""

    ROUNDS = 2

    @classmethod
    def setUpClass(cls):
        cls.domains = {d.name: d for d in generate.domains(DOMAINS)}
        cls.bed = Bed(generate.tree(DOMAINS)).start()
        cls.addClassCleanup(cls.bed.stop)

    def outcome_of_delivery(self, number, domain):
        """Delivery 2, 5, 8 ... finds nobody; see loop.c."""
        return "defer" if domain.outcome == "deliverable" and number % 3 == 2 else domain.outcome

    def drive(self, how, contexts=1):
        # A wake-up that is lost is not made up for by the deadline, which comes after the stall.
        lines, numbers = run(self.bed, self.domains, how, contexts, self.ROUNDS,
                             settings=["deadline-ms=300000"])
        expected = collections.Counter()
        for number, domain in enumerate(self.domains.values()):
            expected[f"route {domain.name} {domain.outcome}"] += contexts * self.ROUNDS
            expected[f"delivery {domain.name} {self.outcome_of_delivery(number, domain)}"] += \
                contexts * self.ROUNDS
        self.assertEqual(lines, expected)
        self.assertEqual(numbers["lookups"], contexts * DOMAINS)

    def test_poll(self):
        self.drive("poll")

    def test_epoll(self):
        self.drive("epoll")

    def test_epoll_edge_triggered(self):
        """Works if dispatch is called until poll(2) says that the descriptor is not readable."""
        self.drive("edge")

    def test_select(self):
        self.drive("select")

    def test_libevent(self):
        self.drive("libevent")

    def test_three_contexts(self):
        for how in ("poll", "edge", "libevent"):
            with self.subTest(how=how):
                self.drive(how, contexts=3)


class Idle(unittest.TestCase):
    """A context with nothing to do uses no CPU. What may wake it: an old timer that nobody took back,
    once; a server that ends an idle TCP connection, once for each; and libunbound, which goes on
    asking a silent server for a question whose requests were answered long ago."""

    GOOD = ["one.s.test", "ties.s.test", "implicit.s.test", "five.s.test", "one.u.test",
            "dane.s.test", "mx.big.test", "srv.big.test", "bogus.test"]
    FAILING = ["a.servfail.test", "a.refused.test", "a.garbage.test", "a.closer.test",
               "a.late-closer.test", "a.closed.test"]
    SILENT = ["a.silent.test", "b.silent.test", "srv-silent.s.test"]
    IDLE_MS = 3000

    @classmethod
    def setUpClass(cls):
        cls.bed = Bed(features.tree(), features.RULES).start()
        cls.addClassCleanup(cls.bed.stop)

    def worked(self, domains, how, contexts, idle_ms):
        """The numbers, once there is a cache, and there are endpoints that failed: a loaded machine may
        need longer for both than the requests may take."""
        closed = f"stub=closed.test=127.0.0.1@{free_port()}"
        for ms in (2000, 20000, 100000):
            lines, numbers = run(self.bed, domains, how, contexts, 1, idle_ms,
                                 [closed, f"deadline-ms={ms}"])
            self.assertEqual(sum(lines.values()), 2 * contexts * len(domains))
            if numbers["backoff-now"] >= contexts and numbers["cached-routes"] >= contexts:
                return numbers
        self.fail(numbers)

    def idle(self, domains, how, contexts, wakeups, idle_ms=IDLE_MS):
        """wakeups: the most for each context. A storm would be tens of thousands."""
        numbers = self.worked(domains, how, contexts, idle_ms)
        most = contexts * wakeups
        self.assertLessEqual(numbers["wakeups"], most, numbers)
        self.assertLessEqual(numbers["switches"], 2 * most + 50, numbers)
        self.assertLess(numbers["cpu-us"], idle_ms * 100, "a tenth of the time")
        return numbers

    def test_after_good_answers(self):
        """The cache is full, TCP connections stand, endpoints are remembered as bad."""
        for how, contexts in (("poll", 1), ("epoll", 1), ("edge", 1), ("select", 1),
                              ("libevent", 1), ("poll", 20)):
            with self.subTest(how=how, contexts=contexts):
                self.idle(self.GOOD, how, contexts, 20)

    def test_after_failures(self):
        for contexts in (1, 20):
            with self.subTest(contexts=contexts):
                self.idle(self.GOOD + self.FAILING, "poll", contexts, 100)

    def test_after_silence(self):
        """Requests ran into their deadline: their questions, six a context, are asked again after
        0.4 s, 0.8 s and so on."""
        for contexts in (1, 20):
            with self.subTest(contexts=contexts):
                numbers = self.idle(self.GOOD + self.SILENT, "poll", contexts, 100)
                self.assertGreater(numbers["deadlines"], 0)

    def test_no_timer_of_our_own(self):
        """Longer than the 10 s after which interfaces are read again (SELF-1), and knotd ends idle
        connections."""
        self.idle(self.GOOD, "poll", 1, 20, idle_ms=13000)


class Once(unittest.TestCase):
    """EPOLLET with one dispatch for each edge, and again after 64 completions, as nextmx.h says: work
    that is left behind makes a new edge."""

    def test_epoll_edge_triggered_by_the_count(self):
        with Bed(generate.tree(DOMAINS)) as bed:
            domains = [d.name for d in generate.domains(DOMAINS)]
            lines, _ = run(bed, domains, "once", rounds=2, settings=["deadline-ms=300000"])
        self.assertEqual(sum(lines.values()), 4 * DOMAINS)


def main():
    global LOOP
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(__doc__.strip())
    LOOP = os.path.abspath(sys.argv[1])
    names = sys.argv[2:] or ["Kinds", "Idle", "Once"]
    suite = unittest.defaultTestLoader.loadTestsFromNames(names, sys.modules["__main__"])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    bad = len(result.failures) + len(result.errors)
    print(f"test_loop: {result.testsRun} tests run, {bad} failed, {len(result.skipped)} skipped")
    sys.exit(1 if bad or result.skipped or not result.testsRun else 0)


if __name__ == "__main__":
    main()
