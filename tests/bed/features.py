# SPDX-License-Identifier: BSD-2-Clause
"""The tree of the integration tests: one domain for each thing that matters.

s.test       signed, everything good: shapes of SRV, MX, aliases, wildcards
u.test       the same world without signatures
broken.test  signed, single RRsets with a wrong signature
rules.test   signed, single questions fail on the way (RULES)
big.test     answers too large for UDP
bogus.test   wrong digest in the DS;  expired.test  signatures of 2020
silent.test, servfail.test, refused.test, closer.test, late-closer.test,
garbage.test  served by the fake of that name
"""

from .zone import Zone

# No address from 192.0.2.0/24: machines for testing have such ones themselves,
# and the command leaves out what is this machine (SELF-1).
# mx1..mx4 have addresses and nothing else; domains below share them.
_HOSTS = """
mx1 IN A 198.51.100.1
mx2 IN A 198.51.100.2
mx2 IN AAAA 2001:db8::2
mx3 IN A 198.51.100.3
mx4 IN A 198.51.100.4
mx4 IN AAAA 2001:db8::4
nohost IN TXT "no address here"
loop IN A 127.0.0.9
private IN A 10.1.2.3
"""

_PLAIN = """
; MX
one IN MX 10 mx1
ties IN MX 10 mx1
ties IN MX 10 mx2
ties IN MX 10 mx3
ties IN MX 20 mx4
dual IN MX 10 mx2
xn--bcher-kva IN MX 10 mx1
implicit IN A 198.51.100.10
implicit IN AAAA 2001:db8::10
null IN MX 0 .
null IN A 198.51.100.11
null-any IN MX 77 .
null-too IN MX 0 .
null-too IN MX 10 mx1
empty IN TXT "no mail here, no address"
mx-nohost IN MX 10 nohost
mx-nohost IN A 198.51.100.12
mx-nothere IN MX 10 not-there
mx-literal IN MX 5 198.51.100.13.
mx-literal IN MX 10 mx1
mx-loopback IN MX 10 loop
mx-private IN MX 10 private
mx-mixed IN MX 10 loop
mx-mixed IN MX 20 mx1

; SRV and MX
_smtp._tcp.srv IN SRV 10 10 25 mx1
_smtp._tcp.srv IN SRV 10 20 2525 mx2
_smtp._tcp.srv IN SRV 10 70 25 mx3
_smtp._tcp.srv IN SRV 20 0 2525 mx4
srv IN MX 10 mx4
_smtp._tcp.five IN SRV 10 10 25 five1
_smtp._tcp.five IN SRV 10 20 2525 five2
_smtp._tcp.five IN SRV 10 30 25 five3
_smtp._tcp.five IN SRV 20 40 25 five4
_smtp._tcp.five IN SRV 20 50 2526 five5
five1 IN A 198.51.100.61
five2 IN A 198.51.100.62
five3 IN AAAA 2001:db8::63
five4 IN A 198.51.100.64
five4 IN AAAA 2001:db8::64
five5 IN A 198.51.100.65
five IN MX 10 five1
_smtp._tcp.srv25 IN SRV 10 0 25 mx1
_smtp._tcp.srv25 IN SRV 10 60 25 mx2
srv25 IN MX 10 mx1
srv25 IN MX 20 mx3
_smtp._tcp.srv-only IN SRV 10 10 25 mx1
_smtp._tcp.srv-null-mx IN SRV 10 10 25 mx1
srv-null-mx IN MX 0 .
_smtp._tcp.srv-zero IN SRV 10 10 0 mx1
srv-zero IN MX 10 mx2
_smtp._tcp.srv-dots IN SRV 10 10 25 .
_smtp._tcp.srv-dots IN SRV 10 10 25 mx1
_smtp._tcp.srv-literal IN SRV 10 10 25 198.51.100.14.
_smtp._tcp.srv-literal IN SRV 20 10 25 mx1
_smtp._tcp.srv-ports IN SRV 10 10 25 mx1
_smtp._tcp.srv-ports IN SRV 10 10 2525 mx1
_smtp._tcp.srv-ports IN SRV 20 10 25 mx1
_smtp._tcp.srv-manyports IN SRV 10 10 2525 mx1
_smtp._tcp.srv-manyports IN SRV 10 10 2526 mx1
_smtp._tcp.srv-manyports IN SRV 10 10 2527 mx1
_smtp._tcp.srv-manyports IN SRV 10 10 2528 mx1
_mail._tcp.one IN SRV 10 10 25 mx2
_smtp._tcp.srv-badports IN SRV 10 10 22 mx1
_smtp._tcp.srv-badports IN SRV 10 10 465 mx1
_smtp._tcp.srv-badports IN SRV 10 10 587 mx1
_smtp._tcp.srv-badports IN SRV 10 10 6667 mx1
srv-badports IN MX 10 mx2
_smtp._tcp.srv-badports-only IN SRV 10 10 22 mx1
srv-badports-only IN MX 0 .
_smtp._tcp.srv-nohost IN SRV 10 10 25 nohost
srv-nohost IN MX 10 mx1
_smtp._tcp.srv-same IN SRV 10 10 25 mx1
srv-same IN MX 10 mx1
_smtp._tcp.srv-dead-same IN SRV 10 10 25 nohost
srv-dead-same IN MX 10 nohost

; the "." of SRV
_smtp._tcp.dot IN SRV 0 0 0 .
dot IN MX 10 mx1
_smtp._tcp.dot-implicit IN SRV 0 0 0 .
dot-implicit IN A 198.51.100.15
*._tcp.wild IN SRV 0 0 0 .
wild IN MX 10 mx1
*._tcp.wild-implicit IN SRV 0 0 0 .
wild-implicit IN A 198.51.100.16

_smtp._tcp.srv-twice IN SRV 10 10 25 mx1
_smtp._tcp.srv-twice IN SRV 10 30 25 mx1
_smtp._tcp.srv-twice IN SRV 10 60 25 mx2
_smtp._tcp.srv-badname IN SRV 10 10 25 ho\\032st
_smtp._tcp.srv-badname IN SRV 10 10 25 under_score
under_score IN A 198.51.100.17

; addresses
many IN MX 10 many-host
odd6 IN MX 10 odd6-host
odd6-host IN AAAA ::ffff:10.1.2.3
odd6-host IN AAAA 64:ff9b::a01:203
odd6-host IN AAAA 2002:c633:6401::1
odd6-host IN AAAA 2001:0:c633:6401::1
odd6-host IN AAAA fc00::1
odd6-host IN AAAA fe80::1
odd6-host IN AAAA ff02::1
odd6-host IN AAAA ::198.18.0.1
mapped IN MX 10 mapped-host
mapped-host IN AAAA ::ffff:198.51.100.18

; aliases
alias IN CNAME ties
alias-gone IN CNAME not-there
alias-null IN CNAME null
alias-implicit IN CNAME implicit
alias-srv IN CNAME one
_smtp._tcp.alias-srv IN SRV 10 10 25 mx3
_smtp._tcp.srv-by-alias IN CNAME _smtp._tcp.srv25
srv-by-alias IN MX 10 mx4
mx-alias IN MX 10 host-alias
host-alias IN CNAME mx1
_smtp._tcp.srv-alias IN SRV 10 10 25 host-alias
alias-loop IN CNAME alias-loop2
alias-loop2 IN CNAME alias-loop
"""


def _chains(lengths=(7, 8, 9, 10, 11)):
    """chainN: an alias of N steps to a domain with MX; and hostN, a host
    behind as many, with mx-chainN and srv-chainN that name it."""
    lines = []
    for n in lengths:
        lines += [f"chain{n} IN CNAME s1.chain{n}", f"host{n} IN CNAME s1.host{n}"]
        for step in range(1, n):
            end = step == n - 1
            lines.append(f"s{step}.chain{n} IN CNAME {'one' if end else f's{step + 1}.chain{n}'}")
            lines.append(f"s{step}.host{n} IN CNAME {'mx1' if end else f's{step + 1}.host{n}'}")
        lines += [f"mx-chain{n} IN MX 10 host{n}",
                  f"_smtp._tcp.srv-chain{n} IN SRV 10 10 25 host{n}"]
    return "\n".join(lines) + "\n"


# Domains of s.test whose SRV question alone ends at a fake.
SRV_FAKES = ("silent", "servfail", "refused", "closer", "garbage")


def _srv_by_fakes():
    return "\n".join(f"srv-{fake} IN MX 10 mx1" for fake in SRV_FAKES) + "\n" + \
        "\n".join(f"mx-{fake} IN MX 10 mx.{fake}.test." for fake in SRV_FAKES) + "\n"


# More than LIMIT_TLSA, and far more than a UDP answer holds.
N_TLSA_BIG = 40
TLSA_BIG = "\n".join(f"_25._tcp.mx-dane-big IN TLSA 3 1 2 {n:02x}{'0' * 126}"
                     for n in range(N_TLSA_BIG))
# Five hosts with both families, each with TLSA at its port.
TLSA_FIVE = "\n".join(f"""dane-five IN MX {n} dane-five{n}
dane-five{n} IN A 198.51.100.7{n}
dane-five{n} IN AAAA 2001:db8::7{n}
_25._tcp.dane-five{n} IN TLSA 3 1 1 {n}{'f' * 63}""" for n in range(1, 6))

_SIGNED_ONLY = f"""
; its SRV question ends in SERVFAIL
srv-and-nohost IN MX 10 nohost

; hosts elsewhere
mx-unsigned IN MX 10 mx1.u.test.
mx-one-silent IN MX 10 mx.silent.test.
mx-one-silent IN MX 20 mx1
mx-expired IN MX 10 mx.expired.test.
_smtp._tcp.srv-unsigned IN SRV 10 10 2525 mx1.u.test.

; DANE: a domain for each thing, its host mx-NAME
dane IN MX 10 mx-dane
mx-dane IN A 198.51.100.20
_25._tcp.mx-dane IN TLSA 3 1 1 {'1' * 64}
_smtp._tcp.dane-port IN SRV 10 10 2525 mx-dane
_smtp._tcp.dane-port IN SRV 20 10 25 mx-dane
_smtp._tcp.dane-port IN SRV 30 10 2526 mx-dane
_2525._tcp.mx-dane IN TLSA 3 1 1 {'2' * 64}
dane-unusable IN MX 10 mx-dane-unusable
mx-dane-unusable IN A 198.51.100.21
_25._tcp.mx-dane-unusable IN TLSA 1 1 1 {'3' * 64}
_25._tcp.mx-dane-unusable IN TLSA 0 0 1 {'3' * 64}
_25._tcp.mx-dane-unusable IN TLSA 3 2 1 {'3' * 64}
_25._tcp.mx-dane-unusable IN TLSA 3 1 3 {'3' * 64}
_25._tcp.mx-dane-unusable IN TLSA 2 0 0 30820101
dane-short IN MX 10 mx-dane-short
mx-dane-short IN A 198.51.100.22
_25._tcp.mx-dane-short IN TLSA 3 1 1 4444
dane-implicit IN A 198.51.100.24
_25._tcp.dane-implicit IN TLSA 3 1 1 {'6' * 64}
dane-domain-alias IN CNAME dane-implicit
dane-nodata IN MX 10 mx-dane-nodata
mx-dane-nodata IN A 198.51.100.25
_25._tcp.mx-dane-nodata IN TXT "no TLSA"
dane-two IN MX 10 mx1
dane-two IN MX 20 mx-dane
dane-digests IN MX 10 mx-dane-digests
mx-dane-digests IN A 198.51.100.26
_25._tcp.mx-dane-digests IN TLSA 3 1 1 {'11' * 32}
_25._tcp.mx-dane-digests IN TLSA 3 1 2 {'12' * 64}
_25._tcp.mx-dane-digests IN TLSA 3 0 1 {'13' * 32}
_25._tcp.mx-dane-digests IN TLSA 2 1 1 {'14' * 32}
_25._tcp.mx-dane-digests IN TLSA 2 1 2 {'15' * 63}
_25._tcp.mx-dane-digests IN TLSA 1 1 2 {'16' * 64}
dane-big IN MX 10 mx-dane-big
mx-dane-big IN A 198.51.100.27
{TLSA_BIG}
{TLSA_FIVE}
; hosts that are aliases, signed or not, with TLSA at the end or at the beginning
dane-alias-end IN MX 10 al-end
al-end IN CNAME mx-dane
dane-alias-begin IN MX 10 al-begin
al-begin IN CNAME mx1
_25._tcp.al-begin IN TLSA 3 1 1 {'7' * 64}
dane-alias-both IN MX 10 al-both
al-both IN CNAME mx-dane
_25._tcp.al-both IN TLSA 3 1 1 {'7' * 64}
dane-alias-out IN MX 10 al-out
al-out IN CNAME mx1.u.test.
_25._tcp.al-out IN TLSA 3 1 1 {'8' * 64}
dane-alias-through IN MX 10 al-through
al-through IN CNAME al-back.u.test.
_25._tcp.al-through IN TLSA 3 1 1 {'9' * 64}
dane-alias-unsigned IN MX 10 al-back.u.test.
dane-alias-owner IN MX 10 mx-dane-owner
mx-dane-owner IN A 198.51.100.28
_25._tcp.mx-dane-owner IN CNAME tlsa-elsewhere
tlsa-elsewhere IN TLSA 3 1 1 {'a' * 64}
"""

# In an unsigned zone TLSA counts for nothing, whether or not the alias ends in a signed one.
_UNSIGNED_ONLY = f"""
dane IN MX 10 mx-dane
mx-dane IN A 198.51.100.20
_25._tcp.mx-dane IN TLSA 3 1 1 {'b' * 64}
dane-signed IN MX 10 mx-dane.s.test.
al-back IN CNAME mx-dane.s.test.
_25._tcp.al-back IN TLSA 3 1 1 {'b' * 64}
"""

_MANY = "".join(f"many-host IN A 198.51.100.{n}\n" for n in range(200, 212))

# An unsigned SRV RRset in a child of a signed domain (SRV-18).
_UNSIGNED_SRV = "_smtp IN SRV 10 10 25 mx4.s.test.\n"
STRANGERS = ("stranger.s.test", "stranger-implicit.s.test", "stranger.broken.test")

_BROKEN = _HOSTS + f"""
srv IN MX 10 mx1
_smtp._tcp.srv IN SRV 10 10 25 mx2
mx IN MX 10 mx1
mx IN A 198.51.100.30
_smtp._tcp.srv-mx IN SRV 10 10 25 mx2
srv-mx IN MX 10 mx1
host IN MX 10 mx3
hosts IN MX 10 mx3
hosts IN MX 20 mx1
tlsa IN MX 10 mx-tlsa
mx-tlsa IN A 198.51.100.31
_25._tcp.mx-tlsa IN TLSA 3 1 1 {'5' * 64}
tlsas IN MX 10 mx-tlsa
tlsas IN MX 20 mx1
stranger IN MX 10 mx1
"""
_SPOILED = [("_smtp._tcp.srv.broken.test", "SRV"), ("mx.broken.test", "MX"),
            ("srv-mx.broken.test", "MX"), ("stranger.broken.test", "MX"), ("mx3.broken.test", "A"),
            ("_25._tcp.mx-tlsa.broken.test", "TLSA")]

_RULED = _HOSTS + f"""
v4fails IN MX 10 h-v4fails
h-v4fails IN A 198.51.100.40
h-v4fails IN AAAA 2001:db8::40
v4fails-no6 IN MX 10 h-v4fails-no6
h-v4fails-no6 IN A 198.51.100.41
mx-servfail IN MX 10 mx1
mx-servfail IN A 198.51.100.42
mx-refused IN MX 10 mx1
mx-refused IN A 198.51.100.42
mx-silent IN MX 10 mx1
mx-silent IN A 198.51.100.42
mx-truncate IN MX 10 mx1
mx-truncate IN A 198.51.100.42
_smtp._tcp.mx-servfail-srv IN SRV 10 10 25 mx2
mx-servfail-srv IN MX 10 mx1
srv-truncate IN MX 10 mx1
_smtp._tcp.srv-truncate IN SRV 10 10 25 mx2
tlsa-servfail IN MX 10 h-tlsa
h-tlsa IN A 198.51.100.43
_25._tcp.h-tlsa IN TLSA 3 1 1 {'c' * 64}
tlsa-servfail2 IN MX 10 h-tlsa
tlsa-servfail2 IN MX 20 mx1
tlsa-silent IN MX 10 h-tlsa-silent
h-tlsa-silent IN A 198.51.100.44
_25._tcp.h-tlsa-silent IN TLSA 3 1 1 {'c' * 64}
tlsa-silent2 IN MX 10 h-tlsa-silent
tlsa-silent2 IN MX 20 mx1
tlsa-truncate IN MX 10 h-tlsa-truncate
h-tlsa-truncate IN A 198.51.100.45
_25._tcp.h-tlsa-truncate IN TLSA 3 1 1 {'c' * 64}
"""

RULES = {
    ("h-v4fails.rules.test", "A"): "servfail",
    ("h-v4fails-no6.rules.test", "A"): "servfail",
    ("mx-servfail.rules.test", "MX"): "servfail",
    ("mx-refused.rules.test", "MX"): "refused",
    ("mx-silent.rules.test", "MX"): "silent",
    ("mx-truncate.rules.test", "MX"): "truncate",
    ("mx-servfail-srv.rules.test", "MX"): "servfail",
    ("_smtp._tcp.srv-truncate.rules.test", "SRV"): "truncate",
    ("_25._tcp.h-tlsa.rules.test", "TLSA"): "servfail",
    ("_25._tcp.h-tlsa-silent.rules.test", "TLSA"): "silent",
    ("_25._tcp.h-tlsa-truncate.rules.test", "TLSA"): "truncate",
}


def _big():
    """Thirty hosts with names of the full length: four times a UDP answer."""
    lines = []
    for n in range(30):
        host = f"host{n:02}-" + "x" * 56
        lines += [f"{host} IN A 198.51.100.{100 + n}", f"mx IN MX {10 + n} {host}",
                  f"_smtp._tcp.srv IN SRV {10 + n} 0 25 {host}"]
    return "\n".join(lines) + "\n"


def tree():
    """The zones; RULES go with them."""
    good = _HOSTS + _PLAIN
    zones = [
        Zone(""),
        Zone("test", "ns IN A 127.0.0.1\n"),
        Zone("example", "@ IN MX 10 mx\nmx IN A 198.51.100.60\nforwarded IN MX 10 mx\n"),
        Zone("s.test", good + _chains() + _srv_by_fakes() + _SIGNED_ONLY +
             _MANY + "stranger IN MX 10 mx1\nstranger-implicit IN A 198.51.100.23\n"),
        Zone("u.test", good + _UNSIGNED_ONLY, signed=False),
        Zone("bogus.test", good, ds="wrong"),
        Zone("expired.test", good + "mx IN A 198.51.100.50\n",
             times=("20200101000000", "20200201000000")),
        Zone("broken.test", _BROKEN, spoil=_SPOILED),
        Zone("rules.test", _RULED, server="meddler"),
        Zone("big.test", _big()),
    ]
    for domain in STRANGERS:
        zones.append(Zone(f"_tcp.{domain}", _UNSIGNED_SRV, signed=False))
    zones.append(Zone("_tcp.srv-and-nohost.s.test", server="servfail", held=False))
    for fake in ("silent", "servfail", "refused", "closer", "late-closer", "garbage"):
        zones.append(Zone(f"{fake}.test", server=fake.replace("-", "_"), held=False))
    for fake in SRV_FAKES:
        zones.append(Zone(f"_tcp.srv-{fake}.s.test", server=fake, held=False))
    return zones
