# SPDX-License-Identifier: BSD-2-Clause
"""The look-ups that a route cannot do without, from the zones and docs/rules.md.

A look-up is needed if, by what the rounds before it have said, the route may depend on its answer: the
smallest set that gets along with the fewest rounds. Written from the rules, not from the C code, to
count both: how many look-ups, and how many rounds.
"""

import collections

MOST_HOSTS = 32  # LIM-1
MOST_PORTS = 3  # PORT-1

# kind: data, nodata, nxdomain or failed; chain: the name asked, and where its aliases lead.
Answer = collections.namedtuple("Answer", "kind records security chain")
# What one source names: {(name, port)}, and the security of that; alias: the domain, if MX went on there.
Stage = collections.namedtuple("Stage", "source hosts security alias")


def labels(name):
    return name.split(".") if name else []


def canonical(name):
    """The order of RFC 4034 section 6.1."""
    return tuple(reversed(labels(name)))


class Data:
    """Zones of a bed, asked without any server. None of them may hold wildcards."""

    def __init__(self, zones):
        self._zones = {}
        self._nsec = {}
        for zone in zones:
            self._zones[zone.name] = zone
        self._records = {name: {} for name in self._zones}
        self._names = {name: {name} for name in self._zones}
        for zone in self._zones.values():
            self._read(zone)
        for name in self._zones:
            if name:
                self._add(self.zone_of(name.partition(".")[2]), name, "NS", ())

    def _read(self, zone):
        lines = zone.records.splitlines() if isinstance(zone.records, str) else zone.records
        self._add(zone.name, zone.name, "SOA", ())
        for line in lines:
            words = line.split()
            if not words or words[0].startswith(";"):
                continue
            owner, kind, data = words[0], words[2], words[3:]
            if "*" in owner:
                raise ValueError(f"a wildcard in {zone.fqdn}")
            if kind in ("MX", "SRV", "CNAME"):
                data[-1] = self._full(data[-1], zone.name)
            self._add(zone.name, self._full(owner, zone.name), kind, tuple(data))

    @staticmethod
    def _full(name, origin):
        if name == "@":
            return origin
        return name[:-1] if name.endswith(".") else ".".join(filter(None, (name, origin)))

    def _add(self, zone, name, kind, data):
        self._records[zone].setdefault(name, {}).setdefault(kind, []).append(data)
        while name not in self._names[zone]:
            self._names[zone].add(name)
            name = name.partition(".")[2]

    def zone_of(self, name):
        while name not in self._zones:
            name = name.partition(".")[2]
        return name

    def security(self, zone):
        found = "secure"
        while True:
            if not self._zones[zone].signed:
                found = "insecure"
            elif self._zones[zone].ds == "wrong":
                return "bogus"
            if not zone:
                return found
            zone = self.zone_of(zone.partition(".")[2])

    def answer(self, name, kind):
        chain, security = [name], "secure"
        while True:
            zone = self.zone_of(name)
            here = self.security(zone)
            if here == "bogus":
                return Answer("failed", [], "indeterminate", chain)
            if here == "insecure":
                security = here
            records = self._records[zone].get(name, {})
            if kind in records or "CNAME" not in records:
                absent = "nodata" if name in self._names[zone] else "nxdomain"
                return Answer("data" if kind in records else absent, records.get(kind, []),
                              security, chain)
            name = records["CNAME"][0][0]
            chain.append(name)

    # What a validator knows of names that it never asked for (RFC 8198).

    def _gap(self, zone, name):
        """The owner of the NSEC record that covers the name, or stands at it."""
        if zone not in self._nsec:
            self._nsec[zone] = sorted(self._records[zone], key=canonical)
        before = [owner for owner in self._nsec[zone] if canonical(owner) <= canonical(name)]
        return zone, before[-1]

    def denials(self, name, kind):
        """The NSEC records of the answer, by zone and owner."""
        answer = self.answer(name, kind)
        end = answer.chain[-1]
        zone = self.zone_of(end)
        if answer.kind not in ("nodata", "nxdomain") or answer.security != "secure":
            return set()
        found = {self._gap(zone, end)}
        if answer.kind == "nxdomain":
            encloser = end
            while encloser not in self._names[zone]:
                encloser = encloser.partition(".")[2]
            found.add(self._gap(zone, f"*.{encloser}"))
        return found


# ---- The rules ---------------------------------------------------------------------------------


def port_is_allowed(port, security):
    """PORT-1; of the ports that it denies only those that generated domains have."""
    return port == 25 or (security == "secure" and 1024 <= port <= 65535)


def srv_stage(srv):
    """SRV-7, SRV-8, SRV-11, PORT-1."""
    hosts, ports = set(), collections.Counter()
    for _, _, port, target in srv.records:
        known = (target, int(port)) in hosts
        if target and port_is_allowed(int(port), srv.security) and not known and \
                ports[target] < MOST_PORTS:
            ports[target] += 1
            hosts.add((target, int(port)))
    return Stage("srv", hosts, srv.security, None)


def mx_stage(mx):
    hosts = {(exchange, 25) for _, exchange in mx.records if exchange}
    return Stage("mx", hosts, mx.security, None)


def is_null(answer):
    return len(answer.records) == 1 and not answer.records[0][-1]


def stages(srv, mx, domain):
    """SEL-1."""
    found = []
    if srv.security != "secure" and (mx.security == "secure" or mx.kind == "failed"):
        srv = srv._replace(kind="nodata", records=[])  # SRV-18; an MX that failed here is bogus
    no_service = is_null(srv) and srv.security == "secure" and mx.kind == "nodata"  # SRV-6
    if srv.kind == "data" and not is_null(srv):
        found.append(srv_stage(srv))
    if mx.kind == "data" and is_null(mx):
        return found if srv.security == "secure" else []
    if mx.kind == "data":
        found.append(mx_stage(mx))
    elif mx.kind == "nodata" and not no_service:
        found.append(Stage("implicit", {(mx.chain[-1], 25)}, mx.security, domain))
    return found


def bases(stage, name, addresses):
    """DANE-2: [base], and whether CNAME is to be asked."""
    signed = [a for a in addresses if a.kind == "data" and a.security == "secure"]
    if signed:
        first = stage.alias or name
        end = signed[0].chain[-1]
        return [end] if end == first else [end, first], False
    aliased = any(a.kind == "data" and len(a.chain) > 1 for a in addresses)
    return ([name], True) if aliased else ([], False)


class LookUps:
    """Those of a domain: rounds is {(name, type): round}. left_out(domain) says what LIM-1 leaves out, as
    {(source, name, port)}, for that is left to whoever draws; failed is the memory of what failed for
    the domains before."""

    def __init__(self, data, domain, left_out=None, failed=None):
        self._data = data
        self._failed = set() if failed is None else failed
        self.rounds = {}
        srv = self._ask(f"_smtp._tcp.{domain}", "SRV", 1)  # SRV-1
        mx = self._ask(domain, "MX", 1)
        self._ask(f"_mta-sts.{domain}", "TXT", 1)  # STS-1
        for stage in stages(srv, mx, domain):
            if len(stage.hosts) > MOST_HOSTS:
                stage = stage._replace(hosts={host for host in stage.hosts
                                              if (stage.source, *host) not in left_out(domain)})
                if len(stage.hosts) != MOST_HOSTS:
                    raise ValueError(f"{domain}: {len(stage.hosts)} hosts")
            for name, port in stage.hosts:
                self._ask_host(stage, name, port)

    def _ask(self, name, kind, round_):
        answer = self._data.answer(name, kind)
        if (name, kind) not in self._failed:
            self.rounds.setdefault((name, kind), round_)
        return answer

    def _ask_host(self, stage, name, port):
        addresses = [self._ask(name, kind, 2) for kind in ("A", "AAAA")]
        if stage.security != "secure":
            return
        found, is_alias_unknown = bases(stage, name, addresses)
        if is_alias_unknown:
            self._ask(name, "CNAME", 3)
        for base in found:
            self._ask(f"_{port}._tcp.{base}", "TLSA", 3)  # DANE-3

    def remember(self):
        """What fails is not asked again within a minute; to be called when the route is done."""
        self._failed.update(asked for asked in self.rounds
                            if self._data.answer(*asked).kind == "failed")


def least_rounds(data, domain, warm=()):
    """How many times in a row somebody must wait for answers, if those of the domains in warm, and all
    keys, are there: a look-up whose answer is proven by NSEC records that are there needs none."""
    known, least = set(), 0
    for other in warm:
        for asked in LookUps(data, other).rounds:
            known |= data.denials(*asked)
    rounds = LookUps(data, domain).rounds
    for round_ in sorted(set(rounds.values())):
        wanted = [asked for asked in rounds if rounds[asked] == round_]
        missing = [asked for asked in wanted
                   if not data.denials(*asked) or not data.denials(*asked) <= known]
        least += bool(missing)
        for asked in missing:
            known |= data.denials(*asked)
    return least
