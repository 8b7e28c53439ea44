# SPDX-License-Identifier: BSD-2-Clause
"""drive over lists of domains, near or far, with any configuration of libunbound: what growth.py and
settings.py share.

    port = Distance(world).port(bed, 20)
    figures = run(world, bed, names, in_flight=100, port=port, config=["prefetch-key: no"])

beneath.c is preloaded, which adds the configuration and counts what goes upstream.
"""

import array
import collections
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))

from bed import generate
from servers import relay
from world import Broken

OUTCOMES = ("deliverable", "defer", "reject")
# What a scan sets, for those who have many domains in flight (cli/scan/contexts.c).
SCAN = ("outgoing-range=4096", "dns-cache=large", "max-questions=100000")


class Distance:
    """Servers that are milliseconds away: a relay for each bed and delay, started when first wanted."""

    def __init__(self, world):
        self._world = world
        self._ports = {}

    def port(self, bed, ms, which=0):
        """Of which server, if there is to be more than one so far away."""
        if not ms:
            return bed.port
        if (bed.port, ms, which) not in self._ports:
            self._ports[bed.port, ms, which] = self._world.keep(relay(self._world, bed.port, ms))
        return self._ports[bed.port, ms, which]


class Figures(dict):
    """What drive and beneath.c printed; and upstream: the questions that went upstream in each pass."""

    upstream = ()

    @property
    def rate(self):
        return self["pass1-domains-per-second"]

    def hot(self, name="domains-per-second"):
        """The median of all passes but the first."""
        later = sorted(number for key, number in self.items()
                       if key.endswith("-" + name) and not key.startswith("pass1-"))
        return later[len(later) // 2]


def upstream_by_pass(path, passes):
    """Cuts the ticks by the seconds of each pass."""
    ticks = array.array("I")
    with open(path, "rb") as file:
        ticks.frombytes(file.read())
    ends, end = [], 0.0
    for seconds in passes:
        end += 100 * seconds
        ends.append(round(end))
    starts = [0] + ends[:-1]
    ends[-1] = max(ends[-1], len(ticks))  # what came when all was answered
    return [sum(ticks[start:end]) for start, end in zip(starts, ends)]


def lost_packets():
    """What sockets of this machine had no room for so far (/proc/net/snmp), whoever's they are."""
    with open("/proc/net/snmp", encoding="ascii") as file:
        names, numbers = (line.split() for line in file if line.startswith("Udp:"))
    return int(dict(zip(names, numbers))["RcvbufErrors"])


# Of a context: enough for a core with servers near by, and not so many that knotd's sockets overflow.
IN_FLIGHT = 20


def run(world, bed, names, *, in_flight=IN_FLIGHT, contexts=1, passes=1, port=None, options=(), config=()):
    """Figures of drive over the names. Broken if a domain has no answer in some pass."""
    settings = [*generate.options(bed, port)]
    pairs = [f"{name.removeprefix('--')}={value}"
             for name, value in zip(settings[::2], settings[1::2])]
    command = [world.program("drive"), "--in-flight", str(in_flight), "--contexts", str(contexts),
               "--passes", str(passes)]
    for pair in [*pairs, *options]:
        command += ["--set", pair]
    ticks = os.path.join(world.folder, "ticks")
    environment = {**os.environ, "LD_PRELOAD": world.program("beneath.so"), "BENEATH_TICKS": ticks}
    if config:
        environment["BENEATH_CONFIG"] = "\n".join(config)
    lost = lost_packets()
    figures = Figures(world.figures(*command, env=environment,
                                    input="".join(f"{name}\n" for name in names)))
    figures["lost"] = lost_packets() - lost
    for n in range(1, passes + 1):
        if sum(figures[f"pass{n}-{outcome}"] for outcome in OUTCOMES) != len(names):
            raise Broken(f"drive answered not all of {len(names)} domains in pass {n}")
    figures.upstream = upstream_by_pass(ticks, [figures[f"pass{n}-seconds"]
                                                for n in range(1, passes + 1)])
    return figures


def wrong(figures, domains, n):
    """How many of the first n domains more or fewer than the zones say came to each outcome: 0 is right.
    The half of all differences: a domain that is deferred instead of deliverable is one."""
    return wrong_of(figures, list(generate.domains(n, domains.seed)))


def wrong_of(figures, expected):
    counts = collections.Counter(domain.outcome for domain in expected)
    return sum(abs(figures[outcome] - counts[outcome]) for outcome in OUTCOMES) / 2


def rounds(world, bed, gate, names, options=(), config=()):
    """Rounds of upstream questions, and their number, for the last of the names after the others."""
    gate.reset()
    run(world, bed, names, in_flight=1, port=gate.port, options=options, config=config)
    records = gate.records
    label = names[-1].lower().rstrip(".")
    first = next((i for i, record in enumerate(records)
                  if record.name.lower().rstrip(".").endswith(label)), None)
    if first is None:
        raise Broken(f"nothing was asked about {label}")
    if len(names) == 1:
        first = 0  # the way there counts, too
    return (max(record.round for record in records[first:]) - records[first].round + 1,
            len(records) - first)
