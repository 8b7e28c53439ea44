# SPDX-License-Identifier: BSD-2-Clause
"""Domains a second, beside libunbound's bare event interface.

cold, hot-dns, cores and scan are one series of runs, everybody in turn; who is asked for alone runs
only those it needs. Everybody's answers are counted: a run that found anything else than the zones
say is no measurement. "!" before a domain makes drive look it up without counting it.
"""

import collections
import itertools
import json
import os
import time
from statistics import harmonic_mean

from bed import generate
from measure import in_turn, median, ratio, spread
from registry import benchmark, row
from servers import relay, silent_servers
from world import Broken

IN_FLIGHT = 20    # of a context, near servers: enough for a core; more overruns knotd's sockets
DISTANT = 500     # 20 ms away
ROUNDS = 3
PASSES = 1 + 5    # one cold, the others hot: one of them takes but half a second
N_DISTANT = 8000
N_HOSTILE = 20000
SILENT_PERCENT = 2
OUTCOMES = ("deliverable", "reject", "defer")
# The route cache off, so that a second pass goes to libunbound; and a DNS cache in which 20,000 domains
# find room: in the small one nothing of the pass before is left when it comes round again. Everybody's.
NEAR_SETTINGS = ("cache-size=0", "dns-cache=large")
# 500 domains ask up to 4,200 questions at a time; the defaults are for 2,000 in 1,536 sockets.
MANY_QUESTIONS = ("max-questions=8000", "outgoing-range=4096")
# Who runs in which benchmark of near servers.
NEEDS = {"cold": ("drive 1", "bare"), "hot-dns": ("drive 1", "bare"),
         "cores": ("drive 1", "drive 2"), "scan": ("drive 2", "scan")}


def settings(words):
    return [word for value in words for word in ("--set", value)]


class Subject:
    """n of the generated domains, what is to be found of them, and their look-ups for bare."""

    def __init__(self, world, n, port=None):
        self.world = world
        domains = world.domains()
        self.names = domains.names[:n]
        self.set = settings(domains.settings(port))
        self.domains = domains
        expected = itertools.islice(generate.domains(domains.n, domains.seed), n)
        self.expected = collections.Counter(domain.outcome for domain in expected)
        self.list = self.write("\n".join(self.names) + "\n")
        self.questions = None

    def write(self, text):
        path = os.path.join(self.world.folder, f"list-{time.monotonic_ns()}")
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def check(self, who, counts):
        for outcome in OUTCOMES:
            if counts.get(outcome, 0) != self.expected[outcome]:
                raise Broken(f"{who} found {counts.get(outcome, 0):.0f} domains {outcome}, "
                             f"not {self.expected[outcome]}")

    def drive(self, *options, names=None, passes=1, contexts=1, in_flight=IN_FLIGHT):
        with open(names or self.list, encoding="ascii") as domains:
            found = self.world.figures(
                self.world.program("drive"), "--contexts", str(contexts), "--passes", str(passes),
                "--in-flight", str(in_flight), *self.set, *options, stdin=domains)
        for n in range(1, passes + 1):
            self.check("drive", {outcome: found[f"pass{n}-{outcome}"] for outcome in OUTCOMES})
        return found

    def learn(self, **options):
        """Has drive write down which look-ups each domain needs."""
        path = os.path.join(self.world.folder, f"questions-{time.monotonic_ns()}")
        found = self.drive("--questions", path, contexts=2, **options)
        self.questions = (path, found["queries"], found["queries-bogus"])

    def bare(self, *options, passes=1, in_flight=IN_FLIGHT):
        path, n, n_bogus = self.questions
        found = self.world.figures(
            self.world.program("bare"), "--questions", path, "--passes", str(passes),
            "--in-flight", str(in_flight), *self.set, *options)
        for p in range(1, passes + 1):
            good, bogus, failed, skipped = (found[f"pass{p}-{kind}"] for kind in
                                            ("good", "bogus", "failed", "skipped"))
            if (good, bogus + skipped, failed) != (n - n_bogus, n_bogus, 0):
                raise Broken(f"bare found {good:.0f} look-ups good, {bogus + skipped:.0f} bogus, "
                             f"{failed:.0f} failed, and drive {n - n_bogus:.0f} and {n_bogus:.0f}")
        return found

    def scan(self):
        """{"pass1-domains-per-second"}: from the start of the process to its end, lines written."""
        output = os.path.join(self.world.folder, f"scan-{time.monotonic_ns()}")
        began = time.monotonic()
        self.world.run(self.world.nextmx, "scan", "--threads", "2", "--in-flight",
                       str(2 * IN_FLIGHT), "--output", output, *self.domains.options(), self.list)
        seconds = time.monotonic() - began
        with open(output, encoding="utf-8") as lines:
            self.check("scan", collections.Counter(json.loads(line)["outcome"] for line in lines))
        size = os.path.getsize(output)
        os.unlink(output)
        return {"pass1-domains-per-second": len(self.names) / seconds, "bytes": size}


# ---- Near servers -------------------------------------------------------------------------------

def near(world):
    """{who: [figures of each round]} of everybody whom the benchmarks asked for need."""
    if not hasattr(world, "near"):
        needed = {who for name in world.asked for who in NEEDS.get(name, ())}
        subject = Subject(world, world.domains().n)
        common = settings(NEAR_SETTINGS)
        runs = {"bare": lambda: subject.bare(*common, passes=PASSES),
                "drive 1": lambda: subject.drive(*common, passes=PASSES),
                "drive 2": lambda: subject.drive(*common, passes=PASSES, contexts=2),
                "scan": subject.scan}
        if "bare" in needed:
            subject.learn()
        world.near = in_turn({who: run for who, run in runs.items() if who in needed}, ROUNDS)
    return world.near


def rates(figures, hot=False):
    """Domains a second of each round: of the first pass, or of the hot ones together."""
    found = []
    for figure in figures:
        each = [figure[f"pass{n}-domains-per-second"] for n in passes_of(figure, hot)]
        found.append(harmonic_mean(each))
    return found


def passes_of(figure, hot):
    return [n for n in range(1, PASSES + 1)
            if (n > 1) == hot and f"pass{n}-domains-per-second" in figure]


def compared(name, case, ours, reference, note):
    return row(name, case, ours=median(ours), reference=median(reference),
               ratio=ratio(ours, reference), unit="domains/s",
               note=f"{note}; {spread(ours, reference)}")


def cpu(figures, hot=False):
    """Microseconds of the threads a domain."""
    return median([1e6 * figure[f"pass{n}-cpu-seconds"] / figure[f"pass{n}-seconds"] /
                   figure[f"pass{n}-domains-per-second"]
                   for figure in figures for n in passes_of(figure, hot)])


@benchmark("cold")
def cold(world):
    """Domains a second with empty caches, one context, and the same look-ups of libunbound alone."""
    found = near(world)
    ours, bare = found["drive 1"], found["bare"]
    yield compared("cold", "", rates(ours), rates(bare),
                   f"{IN_FLIGHT} in flight, {', '.join(NEAR_SETTINGS)}; processor {cpu(ours):.0f} and "
                   f"{cpu(bare):.0f} us a domain")


@benchmark("hot-dns")
def hot_dns(world):
    """The same domains again, every answer in libunbound's cache, the route cache off."""
    found = near(world)
    ours, bare = found["drive 1"], found["bare"]
    yield compared("hot-dns", "", rates(ours, True), rates(bare, True),
                   f"{', '.join(NEAR_SETTINGS)}; processor {cpu(ours, True):.1f} and {cpu(bare, True):.1f} us a domain")


@benchmark("cores")
def cores(world):
    """Domains a second of two contexts, domains spread by hash, and of one.

    Hot means that libunbound has every answer, and the route is made anew: what a queue run costs an
    operator once the TTLs of routes are over. What the route cache answers is hot-route's.
    """
    found = near(world)
    one, two = found["drive 1"], found["drive 2"]
    for case in ("cold", "hot"):
        hot = case == "hot"
        yield compared("cores", case, rates(two, hot), rates(one, hot),
                       f"{'through DNS, ' if hot else ''}{', '.join(NEAR_SETTINGS)}; processor "
                       f"{cpu(two, hot):.4g} and {cpu(one, hot):.4g} us a domain")


@benchmark("scan")
def scan(world):
    """nextmx scan of two threads from start to end, and two contexts that write nothing."""
    found = near(world)
    ours = found["scan"]
    yield compared("scan", "", rates(ours), rates(found["drive 2"]),
                   f"{2 * IN_FLIGHT} in flight, {ours[0]['bytes'] / 1e6:.0f} MB of JSON")


# ---- Distant and silent servers -----------------------------------------------------------------

@benchmark("latency")
def latency(world):
    """Domains a second with cold caches and every server 20 ms away, 500 in flight."""
    with relay(world, world.domains().bed.port, 20) as port:
        subject = Subject(world, N_DISTANT, port)
        many = settings(MANY_QUESTIONS)
        subject.learn(in_flight=DISTANT // 2)
        found = in_turn({"bare": lambda: subject.bare(*many, in_flight=DISTANT),
                         "drive": lambda: subject.drive(*many, in_flight=DISTANT)}, ROUNDS)
    ours, bare = found["drive"], found["bare"]
    yield compared("latency", "", rates(ours), rates(bare),
                   f"{DISTANT} in flight, {', '.join(MANY_QUESTIONS)}; processor {cpu(ours):.0f} "
                   f"and {cpu(bare):.0f} us a domain")


def with_silent(names, zones):
    """The names, and among them, evenly, so many in the zones that they are 2 % of all."""
    every = 100 // SILENT_PERCENT - 1
    for n, name in enumerate(names):
        yield name
        if n % every == every - 1:
            yield f"!d{n}.{zones[n // every % len(zones)]}"


@benchmark("hostile")
def hostile(world):
    """Good domains a second while 2 % of all domains are on silent servers, and without those."""
    n = min(N_HOSTILE, world.domains().n) * (100 - SILENT_PERCENT) // 100
    subject = Subject(world, n)
    with silent_servers() as zones:
        stubs = settings(f"stub={zone}={at}" for zone, at in zones.items())
        mixed = list(with_silent(subject.names, list(zones)))
        path = subject.write("\n".join(mixed) + "\n")
        found = in_turn({"with": lambda: subject.drive(*stubs, names=path),
                         "without": lambda: subject.drive(*stubs)}, 2)
    ours, others = found["with"], found["without"]
    if any(figure["lookups"] != len(mixed) for figure in ours):
        raise Broken("not every silent domain was looked up")
    yield compared("hostile", "", rates(ours), rates(others),
                   f"{IN_FLIGHT} good ones in flight, {len(mixed) - n} silent on {len(zones)} "
                   f"servers; processor {cpu(ours):.0f} and {cpu(others):.0f} us a good domain")
