# SPDX-License-Identifier: BSD-2-Clause
"""libunbound's settings, each beside another in the same run; docs/decisions.md 3 has what was chosen.

Not part of a run of all benchmarks. What nextmx has an option for is set by it; the rest is added to the
configuration that libunbound gets (beneath.c). Figures of seconds are relative to the first of the
group, the median of rounds in which everybody had a turn; counts are exact. "wrong" is how many domains had
another outcome than the zones say, in all rounds. Two things beside it can be the cause: "not asked" is
how many questions found no room in max-questions until the deadline, "lost" how many packets found no room in a socket of
this machine (of anybody's: a network namespace of one's own leaves out the others).
"""

import collections
import json
import os
import sys

import driven
import measure
from bed import generate, network
from registry import report

# The others of a group are compared with its first. config is added for libunbound.
Choice = collections.namedtuple("Choice", "label options config", defaults=((), ()))

MS = 20
ROUNDS = 3
NEAR, AWAY, MANY, WARM, BURST = 2000, 1500, 2000, 5000, 4000
CHOSEN = Choice("as chosen")


def table(title, columns, rows):
    widths = [max(10, len(column)) for column in columns]
    print(f"\n{title}\n{'':<34}" + "".join(f" {column:>{width}}"
                                           for column, width in zip(columns, widths)))
    for label, *cells in rows:
        print(f"{label:<34}" + "".join(f" {cell:>{width}}" for cell, width in zip(cells, widths)))
    print(flush=True)


class Bench:
    """The generated domains, and ways to go over them with each of some choices in turn."""

    def __init__(self, world):
        self.world, self.domains = world, world.domains()
        self.far = driven.Distance(world).port
        self.expected = list(generate.domains(self.domains.n, self.domains.seed))

    def run(self, choice, expected, ms=0, options=(), **how):
        """Figures; "wrong" is how many outcomes are not as the zones say."""
        figures = driven.run(self.world, self.domains.bed, [domain.name for domain in expected],
                             port=self.far(self.domains.bed, ms), options=[*choice.options, *options],
                             config=choice.config, **how)
        figures["wrong"] = driven.wrong_of(figures, expected)
        return figures

    def in_turn(self, choices, n=None, expected=None, rounds=None, **how):
        """{label: [Figures of each round]}, of the first n domains or those given."""
        if expected is None:
            expected = self.expected[:n]
        return measure.in_turn({choice.label: lambda choice=choice: self.run(choice, expected, **how)
                                for choice in choices}, rounds or ROUNDS)


def compared(runs, what=lambda figures: figures.rate):
    """{label: text}: the rate of the first, and what part of it the others reach."""
    rates = {label: [what(figures) for figures in found] for label, found in runs.items()}
    (first, chosen), *others = rates.items()
    return {first: f"{measure.median(chosen):,.0f}/s",
            **{label: f"x {measure.ratio(rate, chosen):.2f}" for label, rate in others}}


def most(runs, what):
    """{label: the greatest of all rounds}"""
    return {label: max(figures[what] for figures in found) for label, found in runs.items()}


def total(what, *sets):
    """{label: the sum of all rounds}"""
    return {label: sum(figures[what] for runs in sets for figures in runs[label])
            for label in sets[0]}


def published(group, columns):
    """Prints columns, {name: {label: figure or text}}, and yields them for the JSON."""
    labels = list(next(iter(columns.values())))
    def text(cell):
        return cell if isinstance(cell, str) else f"{cell:,.2f}".rstrip("0").rstrip(".")
    table(group, columns, [[label, *(text(column[label]) for column in columns.values())]
                           for label in labels])
    for label in labels:
        yield {"name": "settings", "group": group, "setting": label,
               **{name: column[label] for name, column in columns.items()}}


def speeds(bench, group, choices, away=AWAY, many=MANY):
    """Near with 20; 20 ms away with 100 and 500 domains in flight; what goes upstream; memory."""
    near = bench.in_turn(choices, NEAR)
    far = bench.in_turn(choices, away, ms=MS, in_flight=100)
    crowd = bench.in_turn(choices, many, ms=MS, in_flight=500)
    upstream = {label: found[0]["upstream-udp"] / NEAR for label, found in near.items()}
    return published(group, {
        "near": compared(near), f"{MS} ms": compared(far), "500 there": compared(crowd),
        "asked/dom.": upstream, "wrong": total("wrong", near, far, crowd),
        "not asked": total("overloads", near, far, crowd),
        "lost": total("lost", near, far, crowd),
        "MiB": {label: kib / 1024 for label, kib in most(crowd, "peak-kib").items()}})


# ---- Groups --------------------------------------------------------------------------------------

def ranges(numbers):
    return [Choice(f"{n}", [f"outgoing-range={n}"]) for n in numbers]


def outgoing_range(bench):
    yield from speeds(bench, "outgoing-range, small", ranges((512, 16, 64, 128)), 300, 300)
    yield from speeds(bench, "outgoing-range, large",
                      ranges((512, 1024, 2048, 4096)) + [Choice("4096, and questions without limit", [
                          "outgoing-range=4096", "max-questions=100000"])])


# What is one setting in each, and both: libunbound's own defaults.
WAYS = (CHOSEN, Choice("prefetch-key no", (), ["prefetch-key: no"]),
        Choice("qname-minimisation yes", ["qname-minimisation=yes"]),
        Choice("both, libunbound's defaults", ["qname-minimisation=yes"], ["prefetch-key: no"]))


def delegated(bench):
    """Rounds and questions where servers refer to each other, and what the upper ones get to see."""
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "delegated.py")
    found = json.loads(bench.world.run(
        "unshare", "--user", "--map-root-user", "--net", sys.executable, program,
        bench.world.program("drive"), bench.world.program("beneath.so"),
        input=json.dumps({choice.label: choice._asdict() for choice in WAYS}),
        env={**os.environ, network.INSIDE: "1"}))
    kinds = list(found[CHOSEN.label])
    for state in ("cold", "warm"):
        yield from published(f"rounds of questions with real referrals, {state}", {
            kind.removesuffix(", " + state): {
                label: "{} of {}".format(*by_kind[kind][:2]) for label, by_kind in found.items()}
            for kind in kinds if kind.endswith(state)})
    for label, by_kind in found.items():
        _, _, root, top = by_kind[kinds[0]]
        print(f"{label}: {kinds[0]}\n  the root sees      {' '.join(name or '.' for name in root)}\n"
              f"  the top level sees {' '.join(top)}", flush=True)
        yield {"name": "settings", "group": "what upper servers see", "setting": label,
               "root": root, "top": top}


def ways(bench):
    yield from speeds(bench, "prefetch-key, qname-minimisation", WAYS)
    yield from delegated(bench)


def tcp(bench):
    """Truncated answers compete for slots: domains whose lists fit into no packet, and a scan. Questions
    to one server share a connection, so each signed zone has a server of its own here. Such a domain has
    some 140 questions: more than a few in flight reach max-questions, which is another matter."""
    wide = [domain for domain in bench.expected if domain.kind == "wide"]
    servers = [f"stub=z{n:02}.test=127.0.0.1@{bench.far(bench.domains.bed, MS, n + 1)}"
               for n in range(generate.SIGNED)]
    choices = [Choice("as chosen, 200")] + [Choice(f"{n}", (), [f"outgoing-num-tcp: {n}"])
                                            for n in (2, 10, 50)]
    long = bench.in_turn(choices, expected=wide, ms=MS, in_flight=8, options=servers)
    scan = bench.in_turn(choices, BURST, ms=MS, in_flight=200, options=[*driven.SCAN, *servers])
    yield from published("outgoing-num-tcp", {
        f"{what}{name}": column for what, runs in (("", long), ("scan: ", scan)) for name, column in (
            ("speed", compared(runs)), ("wrong", total("wrong", runs)),
            ("not asked", total("overloads", runs)), ("lost", total("lost", runs)),
            ("by TCP", most(runs, "upstream-tcp")))})


def _sizes(msg, rrset, key, neg):
    return [f"msg-cache-size: {msg}", f"rrset-cache-size: {rrset}", f"key-cache-size: {key}",
            f"neg-cache-size: {neg}"]


def caches(bench):
    choices = [Choice("small: 8m 16m 4m 1m"), Choice("large: 64m 128m 32m 8m", ["dns-cache=large"]),
               Choice("libunbound's: 1m 1m 100k 100k", (), _sizes("1m", "1m", "100k", "100k")),
               Choice("4m 8m 4m 1m", (), _sizes("4m", "8m", "4m", "1m")),
               Choice("16m 32m 8m 2m", (), _sizes("16m", "32m", "8m", "2m"))]
    runs = bench.in_turn(choices, WARM, rounds=2, passes=2, options=["cache-size=0"])
    one = {label: found[0] for label, found in runs.items()}
    yield from published(f"caches (msg, rrset, key, neg), {WARM:,} domains twice", {
        "cold": compared(runs), "asked/dom.": {label: figures.upstream[0] / WARM
                                               for label, figures in one.items()},
        "hot": compared(runs, lambda figures: figures.hot()),
        "again": {label: f"{100 * figures.upstream[1] / figures.upstream[0]:.0f} %"
                  for label, figures in one.items()},
        "MiB": {label: kib / 1024 for label, kib in most(runs, "peak-kib").items()}})


def slabs(bench):
    choices = [Choice(f"{n}", (), [f"{cache}-cache-slabs: {n}"
                                   for cache in ("msg", "rrset", "key", "infra")]) for n in (1, 2, 4)]
    columns = {}
    for contexts in (1, 2):
        runs = bench.in_turn(choices, NEAR, passes=6, contexts=contexts, options=["cache-size=0"])
        columns[f"cold, {contexts}"] = compared(runs)
        columns[f"hot, {contexts}"] = compared(runs, lambda figures: figures.hot())
        columns[f"MiB, {contexts}"] = {label: kib / 1024
                                       for label, kib in most(runs, "peak-kib").items()}
    return published("slabs, by contexts", columns)


@report("settings")
def settings(world):
    """libunbound's settings beside the chosen ones: speed, questions, wrong outcomes, memory."""
    bench = Bench(world)
    for group in (outgoing_range, ways, tcp, caches, slabs):
        yield from group(bench)
