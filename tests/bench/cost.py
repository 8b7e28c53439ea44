# SPDX-License-Identifier: BSD-2-Clause
"""What a route costs: octets, allocations, instructions. Counts, so one run is enough of each.

The domains are few, for a count does not become better by repeating it. footprint.c says how octets and
allocations are booked; instructions are callgrind's, for one pass that finds every DNS answer in
libunbound's cache:

  libunbound   what its own functions cost, with what libc and others do on its behalf; not our callbacks
               that it calls
  ours         the same of libnextmx, callbacks and all
  harness      the program that drives them, and its poll(); left out
"""

import collections
import os
import re
import shutil
import subprocess

from registry import benchmark, row
from world import Broken
from bed import Bed, generate
from bed.zone import Zone

DOMAINS = 500
# Of callgrind, which takes fifty times as long.
DOMAINS_SLOW = 200
# DNS answers are cached, routes are not.
HOT = ("cache-size=0",)

LOOKUPS = 200
HOSTS = 5


def _measure(world, mode, names, settings):
    return world.figures(world.program("footprint"), *mode, *settings,
                         input="".join(name + "\n" for name in names))


# ---- memory -------------------------------------------------------------------------------------

def _moments():
    """Zones, and {moment: (its domains' zone, questions of a lookup)}: all servers of q.test and of the
    TLSA records of m.test are silent, so that lookups stay where they are.

      discover   SRV, MX and TXT are awaited
      addresses  A and AAAA of five hosts
      tlsa       all addresses are there, TLSA of five hosts is not
    """
    domains = [f"d{n:03}" for n in range(LOOKUPS)]
    lines = [f"{d} IN MX {10 + k} h{k}.q.test." for d in domains for k in range(HOSTS)]
    signed = [f"{d} IN MX {10 + k} h{k}" for d in domains for k in range(HOSTS)]
    for k in range(HOSTS):
        signed += [f"h{k} IN A 192.0.2.{k + 1}", f"h{k} IN AAAA 2001:db8::{k + 1}"]
    zones = [Zone(""), Zone("test", "ns IN A 127.0.0.1\n"),
             Zone("q.test", server="silent", held=False),
             Zone("a.test", lines), Zone("m.test", signed)]
    zones += [Zone(f"_tcp.h{k}.m.test", server="silent", held=False) for k in range(HOSTS)]
    return zones, {"discover": ("q.test", 3), "addresses": ("a.test", 2 * HOSTS),
                   "tlsa": ("m.test", HOSTS)}


def _settings(bed):
    words = generate.options(bed)
    # A lookup begins only while there is room for its questions.
    return [f"{name.removeprefix('--')}={value}" for name, value in
            zip(words[::2], words[1::2])] + ["max-questions=20000", "outgoing-range=4096"]


def _lookups(world):
    """{moment: octets of a lookup}"""
    zones, moments = _moments()
    found = {}
    with Bed(zones) as bed:
        for moment, (zone, questions) in moments.items():
            names = [f"d{n:03}.{zone}" for n in range(LOOKUPS)]
            got = _measure(world, ("lookups", str(questions * LOOKUPS)), names, _settings(bed))
            if (got["lookups"], got["questions"]) != (LOOKUPS, questions * LOOKUPS):
                raise Broken(f"{moment}: not all lookups stayed in flight: {got}")
            found[moment] = got["bytes"] / LOOKUPS
    return found


@benchmark("memory")
def memory(world):
    """Octets of the heap per lookup in flight, outside libunbound; and per cached route of two hosts."""
    moments = _lookups(world)
    yield row("memory", "lookup", ours=max(moments.values()), unit="octets",
              note=", ".join(f"{moment} {octets:,.0f}" for moment, octets in moments.items()))
    domains = world.domains(DOMAINS)
    got = _measure(world, ("routes",), domains.names, domains.settings())
    if got["routes"] < DOMAINS / 10:
        raise Broken(f"too few routes with two hosts: {got}")
    yield row("memory", "route", ours=got["bytes"] / got["routes"], unit="octets",
              note=f"with its place in the cache; by the library's own count "
                   f"{got['stat-bytes'] / got['routes']:,.0f}; {got['routes']:.0f} routes")


# ---- allocs -------------------------------------------------------------------------------------

def _check_pass(got, n):
    """As many take mail as were made to, and a route needs several answers."""
    good = sum(domain.outcome == "deliverable" for domain in generate.domains(n))
    if (got["routes"], got["deliverable"]) != (n, good) or got["questions"] < 5 * n:
        raise Broken(f"{good} of {n} domains take mail, but: {got}")


@benchmark("allocs")
def allocs(world):
    """Allocations per hot route resolved through DNS, outside libunbound."""
    domains = world.domains(DOMAINS)
    got = _measure(world, ("allocs",), domains.names, [*domains.settings(), *HOT])
    _check_pass(got, DOMAINS)
    if got["others"]:
        raise Broken(f"allocations that are nobody's: {got}")
    n = got["routes"]
    yield row("allocs", ours=got["ours"] / n, unit="calls",
              note=f"{got['ours-indirect'] / n:.2f} of them by libc and others for us; libunbound's "
                   f"{got['libunbound'] / n:.1f}; {got['questions'] / n:.1f} questions a route")


# ---- instructions -------------------------------------------------------------------------------

# Of footprint.c, that everybody calls on the way to libc's.
_ALLOCATOR = {"malloc", "calloc", "realloc", "free", "posix_memalign", "aligned_alloc"}
_COST = re.compile(r"[+*0-9-]\S* (\d+)")


class _Names:
    """callgrind writes a name once, as "(12) name", and then "(12)"."""

    def __init__(self):
        self._known = {}

    def read(self, text):
        number, _, name = text.partition(" ")
        if name:
            self._known[number] = name
        return self._known[number]


def _owner(ob, fn):
    base = os.path.basename(ob)
    if base.startswith("libnextmx.so"):
        return "ours"
    if base.startswith("libunbound.so"):
        return "libunbound"
    # With callers told apart, a function's name would go on behind "'".
    return "harness" if base == "footprint" and fn not in _ALLOCATOR else "others"


def _read_profile(path):
    """({owner: own cost}, {(owner, owner): cost of calls, with what they call}, {function: own cost}) of
    a callgrind.out with one event, as valgrind's manual describes it."""
    objects, functions = _Names(), _Names()
    own, calls, by_function = (collections.Counter() for _ in range(3))
    ob = fn = cob = cfn = None
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in map(str.rstrip, file):
            key, _, value = line.partition("=")
            cost = _COST.fullmatch(line)
            if cost and cfn:
                calls[_owner(ob, fn), _owner(cob or ob, cfn)] += int(cost[1])
                cob = cfn = None
            elif cost:
                own[_owner(ob, fn)] += int(cost[1])
                by_function[os.path.basename(ob), fn] += int(cost[1])
            elif key == "ob":
                ob = objects.read(value)
            elif key == "fn":
                fn = functions.read(value)
            elif key == "cob":
                cob = objects.read(value)
            elif key == "cfn":
                cfn = functions.read(value)
    return own, calls, by_function


def _share(owner, own, calls):
    """Its own cost, and that of what others did for it: its calls to them, less what came back from
    inside these (a comparison that a sort calls)."""
    return own[owner] + calls[owner, "others"] - calls["others", owner]


def profile(world, path):
    """Writes callgrind.out; returns the figures of the pass."""
    if not shutil.which("valgrind"):
        raise Broken("valgrind is not installed")
    domains = world.domains(DOMAINS_SLOW)
    got = world.figures("valgrind", "--tool=callgrind", "--collect-atstart=no",
                        "--toggle-collect=measured_pass", f"--callgrind-out-file={path}",
                        world.program("footprint"), "hot", *domains.settings(), *HOT,
                        input="".join(name + "\n" for name in domains.names),
                        env=dict(os.environ, LD_BIND_NOW="1"))
    _check_pass(got, DOMAINS_SLOW)
    return got


@benchmark("instructions")
def instructions(world):
    """Instructions per hot route resolved through DNS, outside libunbound, to libunbound's own."""
    path = os.path.join(world.folder, "callgrind.out")
    n = profile(world, path)["routes"]
    own, calls, _ = _read_profile(path)
    ours, theirs = (_share(owner, own, calls) for owner in ("ours", "libunbound"))
    rest = 1 - (ours + theirs) / (sum(own.values()) or 1)
    if theirs == 0 or not 0 <= rest < 0.1:
        raise Broken(f"the profile makes no sense: {own}, {calls}")
    yield row("instructions", ours=ours / n, reference=theirs / n, unit="instructions",
              note=f"{own['ours'] / n:,.0f} in libnextmx itself, the rest in libc and others for it; "
                   f"{100 * rest:.1f} % by the harness, left out")
