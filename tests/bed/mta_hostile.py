# SPDX-License-Identifier: BSD-2-Clause
"""Domains whose SRV and MX data no friend would publish, from a seed; and what may be said of them.

Names of targets are all that the wire can hold: control octets, blanks, brackets, what a shell, an
MTA or a format string would make something of, empty-looking, too long, numbers, IP addresses. Each
exists, with an address, so that only what is printed keeps it out. Ports are all numbers.
"""

import random
import re

from .zone import Zone

SINK = "198.51.100.240"
SIGNED, UNSIGNED = "h.test", "hu.test"
PORTS = (0, 1, 9, 22, 25, 80, 465, 587, 1024, 2525, 8461, 32767, 32768, 65534, 65535)
LABELS = (
    b"-lead", b"trail-", b"-", b"--", b"a--b", b"_x", b"x_", b"_", b"123", b"0", b"0x7f", b"1e9",
    b"*", b"xn--", b"xn--a", b"xn--zzzzzzzz99999", b"localhost", b"a b", b" ", b"a\tb", b"a\nb",
    b"a\r\nb", b"a\x00b", b"\x00", b"\x7f", b"\xff\xfe", b"\xc3\xa9", b"\xe2\x80\xae", b"a,b",
    b"a, [b", b"a]:25", b"[a]", b"[::1]", b"::1", b"a:25", b"a;b", b"<;a", b"<a>", b"a@b", b"a!b",
    b"%s%n%n", b"$x", b"${run{/bin/true}}", b"`id`", b"$(id)", b"a|b", b"a&b", b"a'b", b'a"b',
    b"a\\b", b"\\", b"a.b", b".", b"...", b"#", b"a/b", b"..", b"a=b", b"a{b", b"}", b"x" * 63,
    b"-" * 63, b"9" * 63, b"smtp", b"retry", b"error", b"OK", b"NOTFOUND ", b"198", b"smtp:", b"byname",
)
# Targets outside: names that read as addresses.
OUTSIDE = ("198.51.100.7.", "127.0.0.1.", "0.0.0.0.", "1.", "4294967295.", "0x7f.1.", "2525.", ".",
           "localhost.", "test.", "a.invalid.", "255.255.255.255.")


def escaped(label):
    """A label as a zone file has it, every octet that is not plain by its number."""
    return "".join(chr(octet) if chr(octet).isalnum() and octet < 128 else f"\\{octet:03d}"
                   for octet in label)


def label_of(rng):
    kind = rng.random()
    if kind < 0.6:
        return rng.choice(LABELS)
    if kind < 0.8:
        return bytes(rng.randrange(256) for _ in range(rng.choice((1, 2, 5, 20, 63))))
    plain = b"abcdefghijklmnopqrstuvwxyz0123456789-_"
    return bytes(rng.choice(plain) for _ in range(rng.choice((1, 2, 10, 62, 63))))


def target_of(rng, owner, zone):
    """A name below the owner, written in full; up to the longest there is."""
    labels, size = [], len(owner) + len(zone) + 3
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        label = label_of(rng)
        if size + len(label) + 1 > 255:
            break
        size += len(label) + 1
        labels.append(escaped(label))
    return ".".join([*labels, owner, zone]) + "."


def records(rng, owner, zone):
    """The lines of one domain; SRV and MX in any number, and a wildcard now and then."""
    lines, targets = [], set()
    for kind in rng.choice((("SRV",), ("MX",), ("SRV", "MX"), ("SRV", "SRV", "SRV"), ("MX", "MX"),
                            ("SRV", "MX", "MX"))):
        target = rng.choice(OUTSIDE) if rng.random() < 0.1 else target_of(rng, owner, zone)
        if target.endswith(f".{zone}."):
            targets.add(target)
        if kind == "SRV":
            name = rng.choice((f"_smtp._tcp.{owner}",) * 9 + (f"*.{owner}",))
            lines.append(f"{name}.{zone}. IN SRV {rng.randrange(65536)} {rng.randrange(65536)} "
                         f"{rng.choice((*PORTS, rng.randrange(65536)))} {target}")
        else:
            lines.append(f"{owner}.{zone}. IN MX {rng.randrange(65536)} {target}")
    return lines + [f"{target} IN A {SINK}" for target in sorted(targets)]


class Hostile:
    """names   of the domains; zones: what World needs beside its own"""

    def __init__(self, n=10000, seed=1):
        self.names = []
        lines = {SIGNED: [], UNSIGNED: []}
        for i in range(n):
            rng = random.Random(seed << 32 | i)
            zone = (SIGNED, UNSIGNED)[i % 2]
            lines[zone] += records(rng, f"d{i}", zone)
            self.names.append(f"d{i}.{zone}")
        self.zones = [Zone(SIGNED, lines[SIGNED]), Zone(UNSIGNED, lines[UNSIGNED], signed=False)]


# What an answer may be, to the octet; written from the MTAs' manuals, not from the daemon's encoder.
LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
HOST = rf"(?!\d+(?:\.\d+)*[\]:])(?:{LABEL}\.)*{LABEL}"
PORT = r"(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])"
REASON = r"[ !#-~]{1,200}"
CLASS = r"nx-(?:may|sec|sts|sts-sec)"
ROUTE = re.compile(rf"NOTFOUND |TEMP {REASON}|OK (?:{CLASS}:\[{HOST}\]:{PORT}(?:, \[{HOST}\]:{PORT})*"
                   rf"|retry:4\.\d{{1,3}}\.\d{{1,3}} {REASON}|error:5\.\d{{1,3}}\.\d{{1,3}} {REASON})")
EXIM = re.compile(rf"NOTFOUND |TEMP {REASON}|OK class=(?:{CLASS} hosts=<;{HOST}:{PORT}"
                  rf"(?:;{HOST}:{PORT})*"
                  rf'|defer status=4\.\d{{1,3}}\.\d{{1,3}} text="{REASON}"'
                  rf'|fail status=5\.\d{{1,3}}\.\d{{1,3}} text="{REASON}")')


def is_fit(kind, answer):
    """Whether an MTA survives the answer."""
    pattern = ROUTE if kind == "route" else EXIM
    hosts = re.findall(r"\[([^\]]*)\]", answer) if kind == "route" else \
        re.findall(r"[;]([^;:]*):", answer)
    return bool(pattern.fullmatch(answer)) and all(len(host) <= 253 for host in hosts)


def is_later(answer):
    """Whether it says nothing of the domain yet."""
    return bool(re.search(r"takes longer than|too many look-ups", answer))


def shape(answer):
    """Answers of the same shape are parsed the same way."""
    for pattern, word in ((r"[a-z]+", "a"), (r"[A-Z]+", "A"), (r"\d+", "9"), (r"(\[[^,]*, )\1+", r"\1")):
        answer = re.sub(pattern, word, answer)
    return answer[:120]
