# SPDX-License-Identifier: BSD-2-Clause
"""Any number of domains with the expected outcome of each, from a seed.

Domain number i is dNNNNNN.zXX.test, XX being i modulo 38: many names in few
zones are cheap for knotd and for the validator's key cache. Zones z00..z18 are
signed, z19..z36 are not, z37 is bogus. Shared mail providers live in p0.test
(signed) and p1.test (not), whose SRV records domains may be aliases of;
p2.test is bogus. The same seed and number give the same zones.

What SRV and MX say is related in every way that research asks for: the same
hosts, fewer, more, some in common, none; weights of every pattern, ports, DANE,
lists longer than anybody reads. _MAKERS has what each kind of domain is.

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

# security and srv_security are of the answers to MX and SRV; outcome and source what comes of the
# domain, and without_srv its outcome if nobody asked for SRV.
Domain = collections.namedtuple(
    "Domain", "name kind security outcome source without_srv srv_security")

# Of a thousand domains. What "broken" means is drawn again from _BROKEN.
SHARES = (("srv", 120), ("srv-shared", 40), ("same", 25), ("fewer", 25), ("more", 25),
          ("overlap", 25), ("disjoint", 25), ("weights", 30), ("ports", 20), ("dane", 25),
          ("wide", 5), ("mx", 200), ("mx-shared", 260), ("implicit", 70), ("null", 35),
          ("broken", 70))
_BROKEN = ("nothere", "mx-nohost", "srv-refused", "srv-dot", "srv-dot-mx", "srv-nohost", "empty",
           "mx-alias", "mx-bogus-host", "srv-bogus-host", "srv-unsigned", "srv-bogus")

_KINDS = [kind for kind, share in SHARES for _ in range(share)]
_WEIGHTS = ((0, 0, 0), (0, 10), (50, 50), (1, 1, 1), (10, 20, 70), (0, 0, 100), (5,), (0,),
            (65535, 1), (100, 200, 300, 400))
# More than is used of a stage (32) and kept of a list (64), and than fits into a packet.
_WIDE = 70
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

    def srv(self, priority, port, target, weight=None):
        if weight is None:
            weight = self.rng.choice((0, 1, 10, 20, 70, 100, 1000))
        self.add(f"SRV {priority} {weight} {port} {target}", "_smtp._tcp")

    def tlsa(self, owner, port, usage):
        self.add(f"TLSA {usage} 1 1 {self.rng.randbytes(32).hex()}", f"_{port}._tcp.{owner}")


# Each returns (outcome, source, outcome without SRV).
BY_SRV = ("deliverable", "srv", "deliverable")
BY_SRV_ALONE = ("deliverable", "srv", "reject")
BY_MX = ("deliverable", "mx", "deliverable")
BY_ADDRESS = ("deliverable", "implicit", "deliverable")
REFUSED = ("reject", "none", "reject")
WAITS = ("defer", "none", "defer")


def _srv(out, secure):
    # Other ports than 25 are used from signed records only.
    ports = (25, 25, 2525, 10025) if secure else (25,)
    for n in range(1, out.rng.randrange(2, 5)):
        out.srv(10 * out.rng.randrange(1, 3), out.rng.choice(ports), out.host(f"s{n}"))
    if out.rng.random() < 0.7:
        out.add(f"MX 10 {out.host('m1')}")
        return BY_SRV
    return BY_SRV_ALONE


def _srv_shared(out, _):
    for target in out.provider():
        out.srv(10, 25, target)
    return BY_SRV_ALONE


def _related(out, by_srv, by_mx):
    """Hosts by their letters, of one preference each."""
    hosts = {letter: out.host(letter) for letter in sorted(set(by_srv + by_mx))}
    for letter in by_srv:
        out.srv(10, 25, hosts[letter])
    for letter in by_mx:
        out.add(f"MX 10 {hosts[letter]}")
    return BY_SRV


def _weights(out, _):
    weights = out.rng.choice(_WEIGHTS)
    for n, weight in enumerate(weights, 1):
        host = out.host(f"w{n}")
        out.srv(10, 25, host, weight)
        out.add(f"MX 10 {host}")
    out.srv(20, 25, out.host("spare"), 0)
    return BY_SRV


def _ports(out, secure):
    """A host on several ports; unsigned, all but 25 are left out."""
    host = out.host("s1")
    for port in out.rng.choice(((25, 2525), (2525, 10025) if secure else (25, 2525), (25, 465))):
        out.srv(10, port, host, 10)
    out.add(f"MX 10 {host}")
    return BY_SRV


def _dane(out, secure):
    """Some hosts have records that can be used, some such as cannot, some none."""
    by_srv = out.rng.random() < 0.5
    for n, usage in enumerate(out.rng.choice(((3, 3), (3, 2), (3, None), (1, 3), (1,))), 1):
        host, port = out.host(f"t{n}"), 2525 if by_srv and secure else 25
        if by_srv:
            out.srv(10, port, host, 10)
        out.add(f"MX 10 {host}")
        for at in sorted({port, 25}) if usage else ():
            out.tlsa(f"t{n}", at, usage)
    return BY_SRV if by_srv else BY_MX


def _wide(out, _):
    hosts = [f"mx{k}.c{n:02}.p{n % 2}.test." for n in range(PROVIDERS) for k in (1, 2)]
    for n, host in enumerate(out.rng.sample(hosts, _WIDE)):
        out.add(f"MX {10 + n % 3} {host}")
    if out.rng.random() < 0.5:
        return BY_MX
    for n, host in enumerate(out.rng.sample(hosts, _WIDE)):
        out.srv(10 + n % 2, 25, host, n)
    return BY_SRV


def _mx(out, _):
    for n in range(1, out.rng.randrange(2, 5)):
        out.add(f"MX {10 * out.rng.randrange(1, 3)} {out.host(f'm{n}')}")
    return BY_MX


def _mx_shared(out, _):
    for n, exchange in enumerate(out.provider()):
        out.add(f"MX {10 + 10 * n} {exchange}")
    return BY_MX


def _implicit(out, _):
    out.address()
    return BY_ADDRESS


def _null(out, _):
    out.add("MX 0 .")
    out.address()
    return REFUSED


def _nothing(out, _):
    return REFUSED


def _empty(out, _):
    out.add('TXT "nothing here"')
    return REFUSED


def _mx_nohost(out, _):
    out.add("MX 10 gone." + out.label)
    return REFUSED


def _mx_alias(out, _):
    out.add(f"CNAME {out.host('m1')}", "alias")
    out.add("MX 10 alias." + out.label)
    return BY_MX


def _mx_bogus_host(out, _):
    out.add("MX 10 mx1.c00.p2.test.")
    return WAITS


def _bad_srv(port, target, kind="SRV"):
    """SRV records that lead nowhere, and a good MX."""
    def make(out, _):
        if kind == "CNAME":
            out.add(f"CNAME {target}", "_smtp._tcp")
        elif target:
            out.srv(0 if target == "." else 10, port, target)
        else:
            out.srv(10, port, out.host("s1"))
        out.add(f"MX 10 {out.host('m1')}")
        return BY_MX
    return make


def _srv_nohost(out, secure):
    return _bad_srv(25, "gone." + out.label)(out, secure)


def _srv_dot(out, secure):
    out.srv(0, 0, ".")  # with an address and no MX
    out.address()
    return ("reject", "none", "deliverable") if secure else BY_ADDRESS


def _srv_unsigned(out, secure):
    """An alias into an unsigned zone: beside a signed MX nobody goes by it."""
    by_mx = _bad_srv(25, "_smtp._tcp.c01.p1.test.", "CNAME")(out, secure)
    return by_mx if secure else BY_SRV


_MAKERS = {
    "srv": _srv, "srv-shared": _srv_shared, "weights": _weights, "ports": _ports, "dane": _dane,
    "same": lambda out, _: _related(out, "ab", "ab"),
    "fewer": lambda out, _: _related(out, "a", "ab"),
    "more": lambda out, _: _related(out, "abc", "ab"),
    "overlap": lambda out, _: _related(out, "ab", "bc"),
    "disjoint": lambda out, _: _related(out, "ab", "cd"),
    "wide": _wide, "mx": _mx, "mx-shared": _mx_shared, "implicit": _implicit, "null": _null,
    "nothere": _nothing, "empty": _empty, "mx-nohost": _mx_nohost, "mx-alias": _mx_alias,
    "mx-bogus-host": _mx_bogus_host, "srv-nohost": _srv_nohost,
    "srv-refused": _bad_srv(22, None),  # an abused port
    "srv-dot": _srv_dot, "srv-dot-mx": _bad_srv(0, "."),
    "srv-bogus-host": _bad_srv(25, "mx1.c00.p2.test."), "srv-unsigned": _srv_unsigned,
    "srv-bogus": _bad_srv(25, "_smtp._tcp.c00.p2.test.", "CNAME"),
}
# What the answer to SRV is where it is not what the zone is; a bogus zone is stronger.
_SRV_SECURITY = {"srv-unsigned": "insecure", "srv-bogus": "bogus"}


def one(seed, i):
    """(Domain, lines) of domain number i; the lines belong into zone i % 38."""
    rng = random.Random(seed << 32 | i)
    zone = i % ZONES
    security = security_of(zone)
    out = _Writer(rng, f"d{i:06}")
    kind = rng.choice(_KINDS)
    if kind == "broken":
        kind = rng.choice(_BROKEN)
    ends = _MAKERS[kind](out, security == "secure")
    srv_security = _SRV_SECURITY.get(kind, security)
    if security == "bogus":
        ends, srv_security = WAITS, "bogus"
    return Domain(f"d{i:06}.z{zone:02}.test", kind, security, *ends, srv_security), out.lines


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
            yield f"_smtp._tcp.c{n:02} IN SRV 10 {k} 25 mx{k}.c{n:02}"


def tree(n, seed=1):
    """Zones for a Bed; their records are made while they are written."""
    zones = [Zone(""), Zone("test", "ns IN A 127.0.0.1\n"),
             Zone("p0.test", _lines_of_provider(0)),
             Zone("p1.test", _lines_of_provider(1), signed=False),
             Zone("p2.test", _lines_of_provider(0), ds="wrong")]
    for zone in range(ZONES):
        security = security_of(zone)
        zones.append(Zone(f"z{zone:02}.test", _lines_of_zone(n, seed, zone),
                          signed=security != "insecure",
                          ds="wrong" if security == "bogus" else "good"))
    return zones


def options(bed, port=None):
    """bed.options(), with the unsigned zones as stubs. libunbound does not see where such a zone begins,
    for nobody refers it there; so it takes its answers for the signed parent's, calls the server lame
    for want of signatures, and asks everything twice."""
    found = bed.options(port)
    for zone in bed.tree.zones.values():
        if zone.name and not zone.signed:
            found += ["--stub", f"{zone.name}=127.0.0.1@{port or bed.port}"]
    return found


def write_list(path, n, seed=1):
    """The domains with their expectations, tab-separated, a header first."""
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write("\t".join(Domain._fields) + "\n")
        for domain in domains(n, seed):
            file.write("\t".join(domain) + "\n")
    os.replace(path + ".new", path)
