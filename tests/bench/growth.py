# SPDX-License-Identifier: BSD-2-Clause
"""How cost grows: a table and a plot for each of what makes it grow, into docs/performance.md.

Not part of a run of all benchmarks. Counts are exact; what is measured in seconds stands beside something
of the same run.
"""

import collections
import os
import random

import driven
import measure
from bed import Bed
from bed.zone import Zone
from plot import Plot, draw, markdown, replace_block
from registry import REPORTS, report
from world import Broken

HERE = os.path.dirname(os.path.abspath(__file__))
DOCS = os.path.normpath(os.path.join(HERE, "..", "..", "docs"))

# columns, rows of text, the Plot of it, and what the figures are.
Sweep = collections.namedtuple("Sweep", "columns rows plot note")


def published(name):
    """Registers a function that returns a Sweep: it is printed, and written into the page."""
    def register(function):
        def run(world):
            yield _publish(name, function(world))
        run.__doc__ = function.__doc__
        return report(name)(run)
    return register


def _publish(name, sweep):
    page = os.path.join(DOCS, "performance.md")
    picture = os.path.join(DOCS, "performance", name.removeprefix("growth-") + ".svg")
    text = "\n\n".join([markdown(sweep.columns, sweep.rows), sweep.note,
                        f"![{sweep.plot.title}]({os.path.relpath(picture, DOCS)})"])
    os.makedirs(os.path.dirname(picture), exist_ok=True)
    draw(picture, sweep.plot)
    replace_block(page, name, text)
    print(f"\n{name}: written to {page} and {picture}\n\n{text}\n", flush=True)
    return {"name": name, "columns": sweep.columns, "rows": sweep.rows, "note": sweep.note}


def percent(part, whole):
    return f"{100 * part / whole:.0f} %" if whole else "-"


def mib(kib):
    return f"{kib / 1024:.0f}"


# ---- Hosts of a domain ---------------------------------------------------------------------------

HOSTS = (1, 2, 4, 8, 16, 32)
# The two zones: hosts with addresses only; and signed ones with TLSA records.
PLAIN, DANE = "u.test", "s.test"


def domains_with(hosts):
    """As many as have the same number of hosts together, so that all are as long in the measuring."""
    return [f"m{hosts}n{i}" for i in range(max(50, 800 // hosts))]


def _records(dane):
    for hosts in HOSTS:
        for label in domains_with(hosts):
            for k in range(hosts):
                yield f"{label} IN MX 10 h{k}.{label}"
                yield f"h{k}.{label} IN A 198.51.100.{k + 1}"
                yield f"h{k}.{label} IN AAAA 2001:db8::{k + 1:x}"
                if dane:
                    yield f"_25._tcp.h{k}.{label} IN TLSA 3 1 1 {'%064x' % (k + 1)}"


def _deliverable(world, bed, names, hosts, **how):
    """Figures of a run; Broken unless every domain was looked up whole. So few are in flight that their
    questions neither reach max-questions nor overflow knotd's sockets."""
    figures = driven.run(world, bed, names, in_flight=max(1, 64 // hosts), **how)
    if figures["overloads"] or figures["deliverable"] != len(names):
        raise Broken(f"{figures['deliverable']:.0f} of {len(names)} domains like {names[0]} are "
                     f"deliverable, {figures['overloads']:.0f} questions were not asked")
    return figures


def _cost_of_hosts(world, bed, gate, zone, hosts):
    names = [f"{label}.{zone}" for label in domains_with(hosts)]
    runs = [_deliverable(world, bed, names, hosts, passes=6, options=["cache-size=0"])
            for _ in range(3)]
    kept = _deliverable(world, bed, names, hosts)
    rounds, _ = driven.rounds(world, bed, gate, [f"m1n0.{zone}", f"m{hosts}n1.{zone}"])
    def microseconds(what):
        return measure.median([what(figures) for figures in runs]) / len(names) * 1e6
    return {"look-ups": kept["questions"] / len(names), "rounds": rounds,
            "cold": microseconds(lambda figures: figures["pass1-cpu-seconds"]),
            "hot": microseconds(lambda figures: figures.hot("cpu-seconds")),
            "bytes": kept["cached-bytes"] / kept["cached-routes"]}


@published("growth-hosts")
def hosts_sweep(world):
    """Cost of a domain by the number of its MX hosts, without and with DANE."""
    zones = [Zone(""), Zone("test", "ns IN A 127.0.0.1\n"),
             Zone(PLAIN, _records(False), signed=False), Zone(DANE, _records(True))]
    bed = world.keep(Bed(zones))
    gate = bed.gate()  # for the rounds alone
    rows, cold = [], {PLAIN: [], DANE: []}
    for hosts in HOSTS:
        costs = {zone: _cost_of_hosts(world, bed, gate, zone, hosts) for zone in (PLAIN, DANE)}
        for zone, cost in costs.items():
            cold[zone].append((hosts, cost["cold"]))
        rows.append([str(hosts)] + [f"{costs[PLAIN][what]:,.0f} / {costs[DANE][what]:,.0f}"
                                    for what in ("look-ups", "rounds", "cold", "hot", "bytes")])
    plot = Plot("CPU time of a cold domain by its hosts", "hosts of the domain",
                "CPU, microseconds a domain", "",
                {"unsigned": cold[PLAIN], "signed, with TLSA": cold[DANE]})
    return Sweep(["hosts", "look-ups", "rounds, warm", "CPU us, cold", "CPU us, hot",
                  "octets of a cached route"], rows, plot,
                 "Unsigned domains with hosts of two addresses / signed ones that have TLSA records, too. "
                 "Hot is with every answer in the DNS cache and no route cache.")


# ---- Domains in flight ---------------------------------------------------------------------------

IN_FLIGHT = (1, 5, 20, 50, 100, 200, 500, 1000, 2000)
MS = 20


def _enough(in_flight, ms, seconds=3.0):
    """Domains that keep a run of that many in flight busy for some seconds: four rounds each."""
    rate = min(1500, in_flight / (4 * ms / 1000) if ms else 1500)
    return int(min(6000, max(seconds * rate, 60, 2 * in_flight)))


@published("growth-in-flight")
def in_flight_sweep(world):
    """Domains a second and memory by the number of domains in flight, near and at 20 ms."""
    domains, far = world.domains(), driven.Distance(world).port
    series = {"near": [], "20 ms": [], "20 ms, set like a scan": []}
    rows, false = [], 0
    for n in IN_FLIGHT:
        figures = {}
        for name, ms, options in (("near", 0, ()), ("20 ms", MS, ()),
                                  ("20 ms, set like a scan", MS, driven.SCAN)):
            names = domains.names[:_enough(n, ms)]
            figures[name] = driven.run(world, domains.bed, names, in_flight=n, options=options,
                                       port=far(domains.bed, ms))
            false += driven.wrong(figures[name], domains, len(names))
            series[name].append((n, figures[name].rate))
        rows.append([f"{n:,}", *(f"{figures[name].rate:,.0f}" for name in series),
                     *(mib(figures[name]["peak-kib"]) for name in series)])
    best = max(rate for _, rate in series["near"])
    for row, *rates in zip(rows, *series.values()):
        for column, (_, rate) in enumerate(rates, 1):
            row[column] += f" ({percent(rate, best)})"
    plot = Plot("Domains a second by domains in flight", "domains in flight", "domains a second", "x",
                series)
    return Sweep(["in flight", "near: domains/s", "20 ms: domains/s", "20 ms, scan: domains/s",
                  "near: MiB", "20 ms: MiB", "20 ms, scan: MiB"], rows, plot,
                 "Cold, one context; in brackets the part of the best near figure. MiB are the most that "
                 "the process used. `scan` is `outgoing-range` 4096, `dns-cache large`, `max-questions` "
                 f"100000. Outcomes that were not as the zones say: {false:g}.")


# ---- Caches --------------------------------------------------------------------------------------

DOMAINS = (1000, 2000, 5000, 10000, 20000)


@published("growth-dns-cache")
def dns_cache_sweep(world):
    """A second look at every domain, by the number of domains and the DNS cache."""
    domains = world.domains()
    again, rows = {"small": [], "large": []}, []
    best = None
    for n in DOMAINS:
        row = [f"{n:,}"]
        for size in again:
            figures = driven.run(world, domains.bed, domains.names[:n], passes=4 if n <= 2000 else 2,
                                 options=["cache-size=0", f"dns-cache={size}"])
            cold, hot = figures.upstream[:2]
            best = best or figures.hot()
            again[size].append((n, 100 - 100 * hot / cold))
            row += [f"{100 - 100 * hot / cold:.0f} %", percent(figures.hot(), best),
                    f"{figures.hot() / figures.rate:.1f}", mib(figures["peak-kib"])]
        rows.append(row)
    plot = Plot("Questions that the DNS cache saves in a second pass", "different domains",
                "questions saved, %", "x", {f"dns-cache {size}": points
                                            for size, points in again.items()})
    columns = ["domains"] + [f"{size}: {what}" for size in again
                             for what in ("saved", "domains/s", "hot / cold", "MiB")]
    return Sweep(columns, rows, plot,
                 "Two passes over all domains in the same order, which is the worst order for a cache that "
                 "drops what was used least recently; no route cache. Saved is the part of the upstream "
                 "questions of the first pass that the second did not repeat; domains/s of the second pass "
                 "is relative to its first line.")


ROUTE_DOMAINS, DRAWS = 8000, 40000
LIMITS_MIB = (0.5, 1, 2, 4, 8, 16)


def _popular(names, n, rng):
    """n draws by Zipf's law: domain k is asked for 1/k as often as the first."""
    return rng.choices(names, weights=[1 / k for k in range(1, len(names) + 1)], k=n)


@published("growth-route-cache")
def route_cache_sweep(world):
    """Answers from the route cache by its limit, for domains of unequal popularity."""
    domains = world.domains()
    names = domains.names[:ROUTE_DOMAINS]
    draws = _popular(names, DRAWS, random.Random(1))
    different = len(set(draws))
    points, rows, best = {"by popularity": [], "in turn": []}, [], None
    for limit in reversed(LIMITS_MIB):
        options = [f"cache-size={int(limit * 1048576)}", "dns-cache=large"]
        drawn = driven.run(world, domains.bed, draws, passes=2, options=options)
        # Passes of one order: the first can have no hits but repeats.
        turn = driven.run(world, domains.bed, names[:ROUTE_DOMAINS // 4], passes=2, options=options)
        best = best or drawn.hot()
        hits = drawn["cache-hits"] + drawn["joined"]
        points["by popularity"].append((limit, 100 * hits / drawn["requests"]))
        points["in turn"].append((limit, 100 * turn["cache-hits"] / (turn["requests"] / 2)))
        rows.append([f"{limit:g}", f"{drawn['cached-routes']:,.0f}", percent(hits, drawn["requests"]),
                     percent(drawn.hot(), best), percent(turn["cache-hits"], turn["requests"] / 2)])
    rows.reverse()
    plot = Plot("Requests answered from the route cache", "cache-size, MiB", "hits, %", "x", points)
    return Sweep(["cache-size, MiB", "routes that fit", "hits by popularity", "domains/s",
                  "hits in turn"], rows, plot,
                 f"By popularity: {2 * DRAWS:,} requests for {different:,} different domains, drawn so that "
                 "domain number k is asked for a k-th as often as the first; domains/s of the second half, "
                 f"relative to the last line. In turn: a second pass over {ROUTE_DOMAINS // 4:,} domains.")


# ---- Threads -------------------------------------------------------------------------------------

CONTEXTS = (1, 2, 4)


@published("growth-threads")
def threads_sweep(world):
    """Domains a second by the number of contexts, a thread each."""
    names, bed = world.domains().names[:4000], world.domains().bed
    def runs(contexts):
        return lambda: driven.run(world, bed, names, contexts=contexts, passes=4,
                                  options=["cache-size=0"])
    figures = measure.in_turn({n: runs(n) for n in CONTEXTS}, 3)
    cold = {n: [one.rate for one in figures[n]] for n in CONTEXTS}
    hot = {n: [one.hot() for one in figures[n]] for n in CONTEXTS}
    ratios = {n: (measure.ratio(cold[n], cold[1]), measure.ratio(hot[n], hot[1])) for n in CONTEXTS}
    rows = [[str(n), f"{measure.median(cold[n]):,.0f}", f"{ratios[n][0]:.2f}",
             f"{measure.median(hot[n]):,.0f}", f"{ratios[n][1]:.2f}",
             mib(measure.median([one["peak-kib"] for one in figures[n]]))] for n in CONTEXTS]
    plot = Plot("Domains a second by contexts", "contexts", "relative to one context", "",
                {"cold": [(n, ratios[n][0]) for n in CONTEXTS],
                 "hot": [(n, ratios[n][1]) for n in CONTEXTS],
                 "limit: as many as contexts": [(n, n) for n in CONTEXTS]})
    return Sweep(["contexts", "cold: domains/s", "to one", "hot: domains/s", "to one", "MiB"], rows,
                 plot, f"On {os.cpu_count()} processors, of which the name servers take their part "
                 f"in the cold pass; {driven.IN_FLIGHT} domains in flight in each; hot without the "
                 "route cache.")


# ---- Latency -------------------------------------------------------------------------------------

LATENCIES = (0, 5, 20, 50, 100)
FLIGHTS = (20, 100, 500)


def _round_trips(world, domains, far):
    """What a domain waits for, on the average of the first 300, one after the other."""
    names = domains.names[:300]
    near, away = (driven.run(world, domains.bed, names, in_flight=1, options=driven.SCAN,
                             port=far(domains.bed, ms))["pass1-seconds"] for ms in (0, 5))
    return (away - near) / len(names) / 0.005


@published("growth-latency")
def latency_sweep(world):
    """Domains a second by the servers' distance, against what the distance allows."""
    domains, far = world.domains(), driven.Distance(world).port
    trips = _round_trips(world, domains, far)
    series = {f"{n} in flight": [] for n in FLIGHTS}
    for ms in LATENCIES:
        for n, points in zip(FLIGHTS, series.values()):
            names = domains.names[:_enough(n, ms, 3 if ms < 50 else 6)]
            points.append((ms, driven.run(world, domains.bed, names, in_flight=n, options=driven.SCAN,
                                          port=far(domains.bed, ms)).rate))
    top = max(rate for points in series.values() for _, rate in points)
    limits = {f"limit of {n}": [(ms, min(top, n / (trips * ms / 1000)) if ms else top)
                                for ms in LATENCIES] for n in FLIGHTS}
    rows = [[f"{ms}", *(text for reached, limit in zip(series.values(), limits.values())
                        for text in (f"{reached[i][1]:,.0f}", percent(reached[i][1], limit[i][1])))]
            for i, ms in enumerate(LATENCIES)]
    plot = Plot("Domains a second by latency", "round trip to every server, ms", "domains a second", "",
                {**series, **limits})
    columns = ["ms"] + [f"{n} in flight: {what}" for n in FLIGHTS
                        for what in ("domains/s", "of the limit")]
    return Sweep(columns, rows, plot,
                 "Cold, one context, set like a scan. The limit is in flight / (round trips x latency), "
                 f"with {trips:.2f} round trips a domain, which one domain at a time waits for, and never "
                 "more than the best line of the table, where the processor is the limit.")


@report("growth")
def growth(world):
    """How cost grows with hosts, domains in flight, caches, threads, latency."""
    for name in [name for name in REPORTS if name.startswith("growth-")]:
        yield from REPORTS[name](world)
