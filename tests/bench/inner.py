# SPDX-License-Identifier: BSD-2-Clause
"""What is done in memory: routes from the cache, and plans.

Both need a context that answers from a file; micro.c has the measuring, in one process each.
"""

import os
import random
import string

from measure import median, ratio, spread
from registry import benchmark, row

DOMAINS = 20000
ROUTE_ROUNDS = 21
PLAN_ROUNDS = 15
PLANS = 20000

_HEAD = """. 3600 IN SOA ns.test. postmaster.test. 1 7200 3600 1209600 300
. 3600 IN NS ns.test.
ns.test. 3600 IN A 198.51.100.1
"""


def _names(n):
    """n names as long as those of mail domains are: most of 8 to 20 octets."""
    rng = random.Random(1)
    names = set()
    while len(names) < n:
        label = "".join(rng.choices(string.ascii_lowercase, k=rng.randint(5, 16)))
        names.add(f"{label}.{rng.choice(('test', 'example', 'co.example', 'xn--p1ai'))}")
    return sorted(names)


def _write_domains(folder, n):
    """(zone file, file of names): domains of two MX hosts each."""
    zone, names = os.path.join(folder, "hot.zone"), os.path.join(folder, "hot.names")
    with open(zone, "w", encoding="ascii") as out, open(names, "w", encoding="ascii") as listed:
        out.write(_HEAD)
        for i, name in enumerate(_names(n)):
            listed.write(name + "\n")
            for host in (1, 2):
                out.write(f"{name}. 3600 IN MX {host}0 mx{host}.{name}.\n"
                          f"mx{host}.{name}. 3600 IN A 198.51.100.{i % 250 + host}\n")
    return zone, names


# name: (type, tiers of weights, addresses of a host). The first two are the cases of the table, one
# tier each: nothing makes drawing dearer. The others tell what else costs.
_MIXED = (0, 10, 20, 70)
PATTERNS = {
    "4": ("SRV", (_MIXED,), 1),
    "32": ("SRV", (_MIXED * 8,), 1),
    "32 equal": ("SRV", ((10,) * 32,), 1),
    "32 zero": ("SRV", ((0,) * 32,), 1),
    "32 mx": ("MX", ((0,) * 32,), 1),
    "4 tiers": ("SRV", (_MIXED * 2,) * 4, 1),
    "32 of 8": ("SRV", (_MIXED * 8,), 8),
}


def _write_patterns(folder):
    path = os.path.join(folder, "order.zone")
    with open(path, "w", encoding="ascii") as out:
        out.write(_HEAD)
        for label, (kind, tiers, addresses) in PATTERNS.items():
            name = f"d{label.replace(' ', '-')}.test."
            hosts = [(tier, weight) for tier, weights in enumerate(tiers) for weight in weights]
            for i, (tier, weight) in enumerate(hosts):
                out.write(f"_smtp._tcp.{name} 3600 IN SRV {tier} {weight} 25 h{i}.{name}\n"
                          if kind == "SRV" else f"{name} 3600 IN MX {tier} h{i}.{name}\n")
                for n in range(addresses):
                    out.write(f"h{i}.{name} 3600 IN " +
                              (f"A 198.51.100.{i * 4 + n // 2 + 1}\n" if n % 2 == 0 else
                               f"AAAA 2620:fe::{i + 1}:{n}\n"))
    return path


def _rounds(figures, name):
    """The figures "NAME.0", "NAME.1", ... of micro."""
    return [figures[f"{name}.{i}"] for i in range(sum(key.startswith(name + ".") for key in figures))]


def _compared(figures, prefix=""):
    return _rounds(figures, prefix + "ours"), _rounds(figures, prefix + "reference")


@benchmark("hot-route")
def hot_route(world):
    """Routes from the cache through dispatch, beside a bare hash table."""
    zone, names = _write_domains(world.folder, DOMAINS)
    figures = world.figures(world.program("micro"), "hot-route", zone, names, str(ROUTE_ROUNDS))
    tables = {name: _compared(figures, name + ".") for name in ("own", "glibc")}
    best = max(tables, key=lambda name: median(tables[name][1]))
    ours, reference = tables[best]
    single, _ = _compared(figures, "single.")
    yield row("hot-route", ours=median(ours), reference=median(reference),
              ratio=ratio(ours, reference), unit="routes/s",
              note=f"{DOMAINS:,} domains, batches of 64, cache-size 256 MiB; reference: "
                   f"{'hash_bytes and struct table' if best == 'own' else 'hsearch_r'}; "
                   f"{spread(ours, reference)}; one by one {median(single):,.0f}")


@benchmark("order")
def order(world):
    """Plans drawn from a route, beside RFC 2782's literal loop."""
    zone = _write_patterns(world.folder)
    ratios, seen = {}, {}
    for label in PATTERNS:
        figures = world.figures(world.program("micro"), "order", zone,
                                f"d{label.replace(' ', '-')}.test", str(PLAN_ROUNDS), str(PLANS))
        seen[label] = _compared(figures)
        ratios[label] = ratio(*seen[label])
    others = ", ".join(f"{label} {ratios[label]:.2f}" for label in PATTERNS if label not in ("4", "32"))
    for label, note in (("4", ""), ("32", f"; ratios of other routes: {others}")):
        ours, reference = seen[label]
        yield row("order", label, ours=median(ours), reference=median(reference),
                  ratio=ratios[label], unit="plans/s", note=spread(ours, reference) + note)
