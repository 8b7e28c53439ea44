# SPDX-License-Identifier: BSD-2-Clause
"""One zone: what it holds, how it is signed, who serves it."""

import re

from .process import run


class Zone:
    """records  text in master file format, or an iterable of its lines
    signed   False: no signatures, and no DS in the parent
    ds       "good", "wrong" (validators call the zone bogus) or "none"
    times    (inception, expiration) as YYYYMMDDhhmmss: signed once for that
             span and served as it is
    spoil    (owner, type) pairs whose signature is made wrong
    server   name of the fake or meddling server that is asked instead of
             knotd; see bed.Bed
    held     False: knotd does not have the zone at all
    """

    def __init__(self, name, records="", *, signed=True, ds="good", times=None, spoil=(),
                 server=None, held=True):
        self.name = name.strip(".")
        self.records = records
        self.signed = signed and held
        self.ds = ds if self.signed else "none"
        self.times = times
        self.spoil = list(spoil)
        self.server = server
        self.held = held

    @property
    def fqdn(self):
        return self.name + "."

    @property
    def is_presigned(self):
        """Signed by us beforehand, because knotd would do it right."""
        return self.signed and bool(self.times or self.spoil)

    def is_below(self, other):
        return not other.name or self.name.endswith("." + other.name)

    def write(self, path, delegations=()):
        """The zone file; delegations are lines the children need in it."""
        apex = f"$ORIGIN {self.fqdn}\n$TTL 3600\n" \
               f"@ IN SOA ns.test. hostmaster.test. 1 7200 3600 1209600 300\n" \
               "@ IN NS ns.test.\n"
        with open(path, "w", encoding="ascii") as file:
            file.write(apex)
            if isinstance(self.records, str):
                file.write(self.records)
            else:
                file.writelines(line + "\n" for line in self.records)
            file.write("\n")
            file.writelines(line + "\n" for line in delegations)


def presign(zone, path, directory):
    """Signs the file at path in place with a key made for it; returns its DS."""
    key = run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone.fqdn, cwd=directory).strip()
    times = zone.times or ("20230101000000", "20900101000000")
    run("ldns-signzone", "-i", times[0], "-e", times[1], "-o", zone.fqdn, "-f", path, path, key,
        cwd=directory)
    if zone.spoil:
        with open(path, encoding="ascii") as file:
            lines = file.read().splitlines()
        for owner, rrtype in zone.spoil:
            spoil_signature(lines, owner, rrtype)
        with open(path, "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
    with open(f"{directory}/{key}.ds", encoding="ascii") as file:
        return file.read().split("DS", 1)[1].strip()


def spoil_signature(lines, owner, rrtype):
    """Exchanges the first character of the base64 of one RRSIG."""
    wanted = re.compile(rf"({re.escape(owner)}\.?\s.*\sRRSIG\s+{rrtype}\s.*\s)(\S)(\S+)$")
    for n, line in enumerate(lines):
        found = wanted.match(line)
        if found:
            other = "A" if found[2] != "A" else "B"
            lines[n] = found[1] + other + found[3]
            return
    raise ValueError(f"no RRSIG of {owner} {rrtype}")


def wrong_ds(ds):
    """The same DS with another digest."""
    tag, algorithm, kind, digest = ds.split(None, 3)
    other = "0" if digest[0] != "0" else "1"
    return f"{tag} {algorithm} {kind} {other}{digest[1:]}"
