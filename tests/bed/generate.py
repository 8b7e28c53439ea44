# SPDX-License-Identifier: BSD-2-Clause
"""Any number of domains with the expected outcome of each, from a seed.

Domain number i is dNNNNNN.zXX.test, XX being i modulo 38: many names in few
zones are cheap for knotd and for the validator's key cache. Zones z00..z18 are
signed, z19..z36 are not, z37 is bogus. Shared mail providers live in p0.test
(signed) and p1.test (not). The same seed and number give the same zones.

Domains are made one at a time, so a million needs disk and knotd's memory,
but little of ours.
"""

import collections
import os
import random

from .zone import Zone

ZONES = 38
SIGNED = 19
PROVIDERS = 64

Domain = collections.namedtuple("Domain", "name kind security outcome source")

# Of a thousand domains. What "broken" means is drawn again from _BROKEN.
SHARES = (("srv", 180), ("srv-shared", 60), ("mx", 240), ("mx-shared", 320),
          ("implicit", 80), ("null", 40), ("broken", 80))
_BROKEN = ("nothere", "mx-nohost", "srv-refused", "srv-dot", "srv-nohost", "empty")

_KINDS = [kind for kind, share in SHARES for _ in range(share)]
# Not 192.0.2: machines for testing have such addresses themselves, and what is
# our own is no place to deliver to.
_BLOCKS = ("198.51.100", "203.0.113")


def security_of(zone):
    return "secure" if zone < SIGNED else "insecure" if zone < ZONES - 1 else "bogus"


class _Writer:
    """The records of one domain and the hosts below it."""

    def __init__(self, rng, label):
        self.rng = rng
        self.label = label
        self.lines = []

    def add(self, text, owner=""):
        name = f"{owner}.{self.label}" if owner else self.label
        self.lines.append(f"{name} IN {text}")

    def address(self, owner=""):
        self.add(f"A {self.rng.choice(_BLOCKS)}.{self.rng.randrange(1, 255)}", owner)
        if self.rng.random() < 0.4:
            self.add(f"AAAA 2001:db8::{self.rng.randrange(1, 0xffff):x}", owner)

    def host(self, owner):
        self.address(owner)
        return f"{owner}.{self.label}"

    def provider(self):
        n = self.rng.randrange(PROVIDERS)
        return [f"mx{k}.c{n:02}.p{n % 2}.test." for k in range(1, 3)]

    def srv(self, priority, port, target):
        weight = self.rng.choice((0, 1, 10, 20, 70, 100, 1000))
        self.add(f"SRV {priority} {weight} {port} {target}", "_smtp._tcp")


def _srv(out, secure):
    # Other ports than 25 are used from signed records only.
    ports = (25, 25, 2525, 10025) if secure else (25,)
    for n in range(1, out.rng.randrange(2, 5)):
        out.srv(10 * out.rng.randrange(1, 3), out.rng.choice(ports), out.host(f"s{n}"))
    if out.rng.random() < 0.7:
        out.add(f"MX 10 {out.host('m1')}")
    return "deliverable", "srv"


def _srv_shared(out, _):
    for target in out.provider():
        out.srv(10, 25, target)
    return "deliverable", "srv"


def _mx(out, _):
    for n in range(1, out.rng.randrange(2, 5)):
        out.add(f"MX {10 * out.rng.randrange(1, 3)} {out.host(f'm{n}')}")
    return "deliverable", "mx"


def _mx_shared(out, _):
    for n, exchange in enumerate(out.provider()):
        out.add(f"MX {10 + 10 * n} {exchange}")
    return "deliverable", "mx"


def _implicit(out, _):
    out.address()
    return "deliverable", "implicit"


def _null(out, _):
    out.add("MX 0 .")
    out.address()
    return "reject", "none"


def _broken(out, secure, kind):
    if kind == "nothere":
        return "reject", "none"
    if kind == "empty":
        out.add('TXT "nothing here"')
        return "reject", "none"
    if kind == "mx-nohost":
        out.add("MX 10 gone." + out.label)
        return "reject", "none"
    if kind == "srv-refused":  # an abused port, then a good MX
        out.srv(10, 22, out.host("s1"))
        out.add(f"MX 10 {out.host('m1')}")
        return "deliverable", "mx"
    if kind == "srv-nohost":
        out.srv(10, 25, "gone." + out.label)
        out.add(f"MX 10 {out.host('m1')}")
        return "deliverable", "mx"
    out.srv(0, 0, ".")  # "srv-dot", with an address and no MX
    out.address()
    return ("reject", "none") if secure else ("deliverable", "implicit")


_MAKERS = {"srv": _srv, "srv-shared": _srv_shared, "mx": _mx, "mx-shared": _mx_shared,
           "implicit": _implicit, "null": _null}


def one(seed, i):
    """(Domain, lines) of domain number i; the lines belong into zone i % 38."""
    rng = random.Random(seed << 32 | i)
    zone = i % ZONES
    security = security_of(zone)
    out = _Writer(rng, f"d{i:06}")
    kind = rng.choice(_KINDS)
    if kind == "broken":
        kind = rng.choice(_BROKEN)
        outcome, source = _broken(out, security == "secure", kind)
    else:
        outcome, source = _MAKERS[kind](out, security == "secure")
    if security == "bogus":
        outcome, source = "defer", "none"
    return Domain(f"d{i:06}.z{zone:02}.test", kind, security, outcome, source), out.lines


def domains(n, seed=1):
    for i in range(n):
        yield one(seed, i)[0]


def _lines_of_zone(n, seed, zone):
    for i in range(zone, n, ZONES):
        yield from one(seed, i)[1]


def _lines_of_provider(which):
    for n in range(which, PROVIDERS, 2):
        for k in (1, 2):
            yield f"mx{k}.c{n:02} IN A 203.0.113.{(2 * n + k) % 250 + 1}"
            yield f"mx{k}.c{n:02} IN AAAA 2001:db8:{n:x}::{k}"


def tree(n, seed=1):
    """Zones for a Bed; their records are made while they are written."""
    zones = [Zone(""), Zone("test", "ns IN A 127.0.0.1\n"),
             Zone("p0.test", _lines_of_provider(0)),
             Zone("p1.test", _lines_of_provider(1), signed=False)]
    for zone in range(ZONES):
        security = security_of(zone)
        zones.append(Zone(f"z{zone:02}.test", _lines_of_zone(n, seed, zone),
                          signed=security != "insecure",
                          ds="wrong" if security == "bogus" else "good"))
    return zones


def write_list(path, n, seed=1):
    """The domains with their expectations, tab-separated, a header first."""
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write("\t".join(Domain._fields) + "\n")
        for domain in domains(n, seed):
            file.write("\t".join(domain) + "\n")
    os.replace(path + ".new", path)
