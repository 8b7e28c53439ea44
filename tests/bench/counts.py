# SPDX-License-Identifier: BSD-2-Clause
"""Rounds, look-ups, verdicts: counts, which no noise can change."""

import collections
import json
import os
import subprocess

from bed import Bed, generate, many
from bed.ask import TYPES
from bed.zone import Zone
from minimum import Data, LookUps, least_rounds
from registry import benchmark, row
from servers import relay
from world import Broken, Domains

# ---- Rounds ------------------------------------------------------------------------------------

FIVE = range(1, 6)
Case = collections.namedtuple("Case", "domain source")
CASES = {
    "mx": Case("mx.u.test", "mx"),
    "mx-signed": Case("mx.s.test", "mx"),
    "srv-dane": Case("srv.s.test", "srv"),
    "implicit": Case("implicit.s.test", "implicit"),
}
# Longer than a busy machine keeps an asker from asking on; shorter than libunbound's patience.
QUIET_MS = 100
COLD = ("mx", "srv-dane", "implicit")


def hosts(label):
    """Both families each, so that no denial of one says anything of TLSA."""
    return "".join(f"{label}{n} IN A 198.51.100.{n}\n{label}{n} IN AAAA 2001:db8::{n}\n"
                   for n in FIVE)


def shapes():
    """The same in both zones; their TLSA records count in the signed one."""
    lines = "one IN MX 10 host1\nimplicit IN A 198.51.100.10\nimplicit IN AAAA 2001:db8::10\n"
    lines += hosts("host") + hosts("dane")
    for n in FIVE:
        port = 25 if n % 2 else 2525
        lines += f"mx IN MX {n} host{n}\n_smtp._tcp.srv IN SRV 10 {n} {port} dane{n}\n" \
                 f"_{port}._tcp.dane{n} IN TLSA 3 1 1 {n}{'f' * 63}\n"
    return lines


def tree():
    return [Zone(""), Zone("test", "ns IN A 127.0.0.1\n"), Zone("s.test", shapes()),
            Zone("u.test", shapes(), signed=False)]


def world_program(world, folder, name):
    program = os.path.join(world.build, "tests", folder, name)
    if not os.access(program, os.X_OK):
        raise Broken(f"{program} is missing")
    return program


def gated(bed):
    """A Gate, and the way to it."""
    gate = bed.gate(quiet_ms=QUIET_MS)
    options = bed.options(gate.port)
    for zone in ("s.test", "u.test"):
        options += ["--stub", f"{zone}=127.0.0.1@{gate.port}"]
    return gate, options


def our_rounds(world, bed, case, domains):
    """(rounds, queries) of the last domain's route; the others make it warm."""
    gate, options = gated(bed)
    arguments = many.command(world_program(world, "integration", "many"), options, 1)
    lines, found, records = many.rounds(arguments, gate, [f"{name}\n" for name in domains],
                                        n_warm=len(domains) - 1)
    if lines[0].split()[1:4:2] != ["deliverable", CASES[case].source]:
        raise Broken(f"{domains[-1]}: {lines[0] or 'no answer'}")
    return found, len(records)


def their_rounds(world, bed, steps):
    """The same of together, which asks each step's look-ups when the step before is answered."""
    gate, options = gated(bed)
    texts = [" ".join(f"{name}. {TYPES[kind]}" for name, kind in step) + "\n" for step in steps]
    lines, found, records = many.rounds([world.program("together"), *many.words(options)], gate,
                                        texts)
    if lines != [f"{len(step)} {len(step)}" for step in steps]:
        raise Broken(f"together answered {lines}")
    return found, len(records)


@benchmark("rounds")
def rounds(world):
    """Rounds of queries of a warm domain, beside what its zone makes depend on what."""
    data = Data(tree())
    for case, (domain, _) in CASES.items():
        warmer = "one." + domain.partition(".")[2]
        with Bed(tree()) as bed:
            ours, queries_sent = our_rounds(world, bed, case, [warmer, domain])
        yield row("rounds", case, ours=ours, reference=least_rounds(data, domain, [warmer]),
                  unit="rounds", note=f"{queries_sent} queries; the limit is computed from the zone")


@benchmark("rounds-cold")
def rounds_cold(world):
    """The same with nothing known but the delegations, beside asking everything at once."""
    data = Data(tree())
    for case in COLD:
        domain = CASES[case].domain
        look_ups = LookUps(data, domain).rounds
        steps = [[asked for asked in look_ups if look_ups[asked] == step]
                 for step in sorted(set(look_ups.values()))]
        with Bed(tree()) as bed:
            ours, queries_sent = our_rounds(world, bed, case, [domain])
            for suffix, asked, what in (("", [list(look_ups)], "told every name beforehand"),
                                        ("-found", steps, "told names when answers tell them")):
                theirs, others = their_rounds(world, bed, asked)
                yield row("rounds-cold", case + suffix, ours=ours, reference=theirs,
                          unit="rounds", note=f"{queries_sent} queries; {others} if {what}")


# ---- Look-ups ----------------------------------------------------------------------------------

N_QUERIES = 2000


class LeftOut:
    """Which hosts of a domain LIM-1 leaves out: the rules leave that to a draw, so our route says it."""

    def __init__(self, world, domains):
        self._command = [world.nextmx, "resolve", "--json", *domains.options()]
        self._known = {}

    def __call__(self, domain):
        if domain not in self._known:
            done = subprocess.run([*self._command, domain], text=True, stdout=subprocess.PIPE,
                                  check=False)
            self._known[domain] = {
                (drop["stage"], drop["host"], drop["port"])
                for drop in json.loads(done.stdout)["dropped"]
                if drop["code"] == "limit" and not drop["address"]}
        return self._known[domain]


def our_look_ups(world, domains, passes):
    """[[look-ups] of each domain, one after the other] of each pass; routes are not kept."""
    arguments = many.command(world_program(world, "integration", "many"), domains.options(), 1,
                             settings=["cache-size=0"])
    lines, counters = many.route([*arguments, "--questions", "1"], domains.names * passes)
    if [line.split()[0] for line in lines] != domains.names * passes:
        raise Broken("not every domain was answered")
    found = [int(line.split()[-1]) for line in lines]
    if counters["questions"] != sum(found):
        raise Broken("not every question was counted")
    return [found[n * domains.n:(n + 1) * domains.n] for n in range(passes)]


def least_look_ups(world, domains, passes):
    """The same, computed."""
    data = Data(generate.tree(domains.n, domains.seed))
    left_out, failed, found = LeftOut(world, domains), set(), []
    for _ in range(passes):
        found.append([])
        for name in domains.names:
            look_ups = LookUps(data, name, left_out, failed)
            found[-1].append(len(look_ups.rounds))
            look_ups.remember()
    return found


def differing(domains, ours, least):
    """For a note: the kinds of domain that cost more, the worst first."""
    differ = collections.Counter()
    for domain, a, b in zip(generate.domains(domains.n, domains.seed), ours, least):
        if a < b:
            raise Broken(f"{domain.name}: {a} look-ups, and {b} are the least: one that is needed is "
                         "missing, or what is computed is wrong")
        differ[f"{domain.kind} ({domain.security})"] += a - b
    return "".join(f"; {kind} {more:+}" for kind, more in differ.most_common(5) if more)


@benchmark("queries")
def queries(world):
    """Look-ups handed to libunbound, one route after the other, beside the least that it takes."""
    domains = world.domains(N_QUERIES)
    both = zip(("cold", "hot"), our_look_ups(world, domains, 2), least_look_ups(world, domains, 2))
    for case, ours, least in both:
        note = f"{domains.n:,} domains" + differing(domains, ours, least)
        yield row("queries", case, ours=sum(ours), reference=sum(least), unit="look-ups", note=note)


# ---- Verdicts ----------------------------------------------------------------------------------

N_SANE = 10000
# Denials that are too large for UDP: libunbound's default of two TCP sockets makes good domains bogus.
NSEC3 = """\
    nsec3: on
    nsec3-iterations: 0
    nsec3-salt-length: 200
"""
# Sockets enough for libunbound to trip over too few TCP slots. With more, some good domains were deferred
# while other benchmarks kept the machine busy (8192: 115 of 10,000 in one run of three; 4096: 7 in one of
# eight), never as bogus; why was not looked into. The deadline is long so that it does not judge the machine.
LOADS = {1: [], 100: [],
         2000: ["outgoing-range=2048", "max-questions=40000", "deadline-ms=120000"]}


def packets_lost():
    """Of UDP, for want of room in the kernel, by anybody on this machine."""
    with open("/proc/net/snmp", encoding="ascii") as file:
        names, numbers = (line.split() for line in file if line.startswith("Udp:"))
    return int(dict(zip(names, numbers))["RcvbufErrors"])


def verdicts(world, domains, port, in_flight):
    """({domain: its outcome, status, source and security}, what else is to be said)"""
    arguments = many.command(world_program(world, "integration", "many"), domains.options(port),
                             in_flight, settings=LOADS[in_flight])
    lost = packets_lost()
    lines, counters = many.route(arguments, domains.names)
    return dict(line.split(" ", 1) for line in lines), \
        f"{counters['descriptors']} descriptors, {packets_lost() - lost} packets lost"


def wrong(domains, found):
    """How many are not what the generator made."""
    count = 0
    for domain in generate.domains(domains.n, domains.seed):
        outcome, _, source, _ = found[domain.name].split()
        count += (outcome, source) != (domain.outcome, domain.source)
    return count


def differences(alone, loaded):
    """For a note: what became more often under load."""
    more = collections.Counter(loaded.values()) - collections.Counter(alone.values())
    return "; ".join(f"{verdict} +{n}" for verdict, n in more.most_common(5))


@benchmark("sane")
def sane(world):
    """Domains whose verdict under load is the one that they have one at a time."""
    # The relay hands knotd no more at a time than its sockets hold: what is lost there is not our doing.
    with Bed(generate.tree(N_SANE), patience=120, policy=NSEC3) as bed, \
            relay(world, bed.port, 0) as port:
        domains = Domains(bed, N_SANE, 1)
        alone = None
        for in_flight in LOADS:
            found, circumstances = verdicts(world, domains, port, in_flight)
            if set(found) != set(domains.names):
                raise Broken(f"{len(found)} of {domains.n} domains were answered")
            alone = alone or found
            if wrong(domains, alone):
                raise Broken(f"{wrong(domains, alone)} domains are not what they were made to be")
            same = sum(found[name] == alone[name] for name in alone)
            note = differences(alone, found) or f"{len(set(alone.values()))} verdicts, each as often"
            yield row("sane", str(in_flight), ours=same, reference=domains.n, unit="domains",
                      note=f"{note}; {circumstances}")
