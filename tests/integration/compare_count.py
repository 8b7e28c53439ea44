#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Counts what docs/compare.schema.json describes, from lines as docs/route.schema.json has them: written
from these two alone, to hold `nextmx compare` against. compare_count.py [FILE...] prints the JSON, with all
names of all lists."""

import json
import math
import re
import sys
from collections import Counter
from fractions import Fraction

WORDS = {
    "publish": "both srv-only mx-only neither no-domain unknown not-asked",
    "srv": "published null absent failed bogus not-asked",
    "mx": "published null absent no-domain failed bogus not-asked",
    "agreement": "same srv-fewer srv-more overlap disjoint",
    "ports": "only-25 some-25 never-25",
    "tiers": "one several",
    "weights": "alone all-zero equal unequal",
    "srv-security": "secure insecure",
    "mx-security": "secure insecure",
    "host-security": "all some none",
    "dane": "all some none",
    "dane-mx": "all some none",
    "sts": "enforce testing none absent",
    "tls": "dane sts encrypt may",
    "tls-mx": "dane sts encrypt may",
    "source": "srv mx implicit literal none",
    "outcome": "deliverable defer reject",
    "outcome-mx": "deliverable defer reject",
    "change": "same gained lost other",
    "requirement": "stronger same weaker",
}
STRENGTH = ["may", "encrypt", "sts", "dane"]
MOST_LINE = 64 * 2 ** 20
MOST_KEPT = 128  # of hosts and records in a line: the library keeps 64


class Unreadable(Exception):
    pass


def must(condition, what):
    if not condition:
        raise Unreadable(what)


# ---- Reading ------------------------------------------------------------------------------------


def _object(pairs):
    must(len({key for key, _ in pairs}) == len(pairs), "a member twice")
    return dict(pairs)


def _integer(digits):
    must(len(digits) < 30 and -2 ** 63 <= int(digits) < 2 ** 63, "a number too large")
    return int(digits)


def _real(digits):
    must(math.isfinite(float(digits)), "a number too large")
    return float(digits)


def _constant(name):
    raise Unreadable(name)


def check_strings(value):
    """Escapes can make what is no text."""
    if isinstance(value, dict):
        check_strings(list(value) + list(value.values()))
    elif isinstance(value, list):
        for one in value:
            check_strings(one)
    elif isinstance(value, str):
        must("\0" not in value.encode("utf-8").decode(), "a NUL")


def parse(octets):
    must(len(octets) <= MOST_LINE, "too long")
    try:
        line = json.loads(octets.decode("utf-8"), object_pairs_hook=_object, parse_int=_integer,
                          parse_float=_real, parse_constant=_constant)
        check_strings(line)
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    must(isinstance(line, dict), "no object")
    return line


def whole(value, least=0):
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= 65535


def word(value, pattern):
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None and len(value) < 256


def check_host(host):
    must(isinstance(host, dict), "host")
    must(host.get("stage") in ("srv", "mx", "implicit", "literal"), "stage")
    must(whole(host.get("priority")) and whole(host.get("port"), 1), "priority, port")
    share = host.get("share")
    must(isinstance(share, (int, float)) and not isinstance(share, bool) and 0 <= share <= 1, "share")
    must(word(host.get("host"), r"[A-Za-z0-9._:\[\]-]+"), "host")
    must(host.get("security") in ("insecure", "bogus", "secure", "indeterminate"), "security")
    must(host.get("tls") in STRENGTH, "tls")


def check_route(route):
    must(isinstance(route, dict), "route")
    must(route.get("outcome") in ("deliverable", "defer", "reject"), "outcome")
    hosts = route.get("hosts")
    must(isinstance(hosts, list) and len(hosts) <= MOST_KEPT, "hosts")
    for host in hosts:
        check_host(host)
    must(hosts or route["outcome"] != "deliverable", "deliverable, to nobody")


def check_answer(answer, names):
    if answer is None:
        return
    must(isinstance(answer, dict) and word(answer.get("rcode"), "[A-Za-z0-9]+"), "rcode")
    must(answer.get("security") in ("insecure", "bogus", "secure", "indeterminate"), "security")
    records = answer.get("records")
    must(isinstance(records, list) and len(records) <= MOST_KEPT, "records")
    for record in records:
        must(isinstance(record, dict), "record")
        name = record.get(names[0])
        must(isinstance(name, str) and name, "name")
        must(all(whole(record.get(member)) for member in names[1:]), "numbers")


def check(line):
    for member in ("domain", "outcome", "status", "source", "sts", "hosts", "dropped", "records",
                   "without_srv"):
        must(member in line, member)
    must(isinstance(line["domain"], str), "domain")
    must(word(line["status"], r"[A-Za-z0-9.]+"), "status")
    must(line["source"] in WORDS["source"].split(), "source")
    must(line["sts"] is None or isinstance(line["sts"], dict) and
         line["sts"].get("mode") in ("enforce", "testing", "none"), "sts")
    must(isinstance(line["dropped"], list) and all(
        isinstance(drop, dict) and word(drop.get("code"), "[A-Za-z0-9-]+")
        for drop in line["dropped"]), "dropped")
    records = line["records"]
    must(isinstance(records, dict) and "srv" in records and "mx" in records, "records")
    check_answer(records["srv"], ("target", "priority", "weight", "port"))
    check_answer(records["mx"], ("exchange", "preference"))
    check_route(line)
    if line["without_srv"] is not None:
        check_route(line["without_srv"])


# ---- Labels -------------------------------------------------------------------------------------


def state(answer, names, missing):
    if answer is None:
        return "not-asked"
    if answer["security"] == "bogus":
        return "bogus"
    if answer["rcode"] not in ("NOERROR", "NXDOMAIN") or answer["security"] == "indeterminate":
        return "failed"
    if any(name != "." for name in names):
        return "published"
    if names:
        return "null"
    return missing if answer["rcode"] == "NXDOMAIN" else "absent"


def publish(srv, mx):
    if "not-asked" in (srv, mx):
        return "not-asked"
    if (srv, mx) == ("published", "published"):
        return "both"
    if srv == "published" and mx in ("null", "absent", "no-domain"):
        return "srv-only"
    if mx == "published" and srv in ("null", "absent"):
        return "mx-only"
    if srv in ("null", "absent") and mx in ("null", "absent"):
        return "neither"
    return "no-domain" if mx == "no-domain" else "unknown"


def agreement(targets, exchanges):
    if targets == exchanges:
        return "same"
    if targets < exchanges:
        return "srv-fewer"
    if targets > exchanges:
        return "srv-more"
    return "overlap" if targets & exchanges else "disjoint"


def part(values):
    return "all" if all(values) else "some" if any(values) else "none"


def least_tls(hosts):
    return min((host["tls"] for host in hosts), key=STRENGTH.index)


def best_tier(route):
    hosts = route["hosts"]
    tier = [(host["stage"], host["priority"]) for host in hosts]
    n = next((i for i, place in enumerate(tier) if place != tier[0]), len(hosts))
    return hosts[:n]


def weights_label(records):
    best = min(record["priority"] for record in records)
    weights = [record["weight"] for record in records if record["priority"] == best]
    if len(weights) == 1:
        return "alone"
    if not any(weights):
        return "all-zero"
    return "equal" if len(set(weights)) == 1 else "unequal"


def label_srv(labels, answer, records):
    ports = [record["port"] == 25 for record in records]
    labels["ports"] = {"all": "only-25", "some": "some-25", "none": "never-25"}[part(ports)]
    labels["tiers"] = "one" if len({record["priority"] for record in records}) == 1 else "several"
    labels["weights"] = weights_label(records)
    labels["srv-security"] = "secure" if answer["security"] == "secure" else "insecure"


def label_route(labels, route, ending):
    labels["outcome" + ending] = route["outcome"]
    if route["outcome"] == "deliverable":
        labels["dane" + ending] = part([host["tls"] == "dane" for host in route["hosts"]])
        labels["tls" + ending] = least_tls(route["hosts"])


def change(outcome, by_mx):
    if outcome == by_mx:
        return "same"
    return {"deliverable": "gained"}.get(outcome, "lost" if by_mx == "deliverable" else "other")


def requirement(route, by_mx):
    ours, theirs = (STRENGTH.index(least_tls(best_tier(way))) for way in (route, by_mx))
    return "stronger" if ours > theirs else "weaker" if ours < theirs else "same"


def hosts_of(records, name):
    return [record for record in records if record[name] != "."]


class Domain:
    """What one line says."""

    def __init__(self, line):
        srv, mx = line["records"]["srv"], line["records"]["mx"]
        targets = [record["target"] for record in srv["records"]] if srv else []
        exchanges = [record["exchange"] for record in mx["records"]] if mx else []
        labels = self.labels = dict.fromkeys(WORDS)
        labels["srv"] = state(srv, targets, "absent")
        labels["mx"] = state(mx, exchanges, "no-domain")
        labels["publish"] = publish(labels["srv"], labels["mx"])
        self.records = hosts_of(srv["records"], "target") if labels["srv"] == "published" else []
        if self.records:
            label_srv(labels, srv, self.records)
        if labels["mx"] == "published":
            labels["mx-security"] = "secure" if mx["security"] == "secure" else "insecure"
        if labels["publish"] == "both":
            labels["agreement"] = agreement(set(targets) - {"."}, set(exchanges) - {"."})
        labels["sts"] = line["sts"]["mode"] if line["sts"] else "absent"
        labels["source"] = line["source"]
        self.by_mx = line if line["without_srv"] is None else line["without_srv"]
        label_route(labels, line, "")
        label_route(labels, self.by_mx, "-mx")
        if line["outcome"] == "deliverable":
            labels["host-security"] = part([h["security"] == "secure" for h in line["hosts"]])
        if line["without_srv"] is not None:
            labels["change"] = change(line["outcome"], self.by_mx["outcome"])
        self.compared = line["without_srv"] is not None and line["source"] == "srv" and \
            line["outcome"] == self.by_mx["outcome"] == "deliverable"
        if self.compared:
            labels["requirement"] = requirement(line, self.by_mx)
        self.line = line
        self.failures = [failure for failure in (self.failure("SRV", srv, labels["srv"]),
                                                 self.failure("MX", mx, labels["mx"])) if failure]
        self.load = self.count_load()

    @staticmethod
    def failure(kind, answer, label):
        if label == "bogus":
            return f"{kind} bogus"
        if label != "failed":
            return None
        rcode = answer["rcode"]
        return f"{kind} {'indeterminate' if rcode in ('NOERROR', 'NXDOMAIN') else rcode}"

    def count_load(self):
        """{(host, port): [routed, mx]}, in the order of coming."""
        load = {}
        for side, way in enumerate((self.line, self.by_mx)):
            if way["outcome"] != "deliverable":
                continue
            for host in best_tier(way):
                pair = load.setdefault((host["host"], host["port"]), [0, 0])
                pair[side] += math.floor(Fraction(str(host["share"])) * 1000000 + Fraction(1, 2))
        return load

    @property
    def moved(self):
        if not self.compared:
            return None
        return sum(max(0, routed - mx) for routed, mx in self.load.values())

    def as_json(self):
        found = {"schema": "nextmx.compare-domain/1", "domain": self.line["domain"]}
        if isinstance(self.line.get("input"), str):
            found["input"] = self.line["input"]
        return {**found, "status": self.line["status"], "groups": self.labels, "moved": self.moved,
                "hosts": [{"host": host, "port": port, "routed": routed, "mx": mx}
                          for (host, port), (routed, mx) in self.load.items()]}


# ---- Sums ---------------------------------------------------------------------------------------


class Tally:
    """A list of names: how many domains have each, and how often."""

    def __init__(self):
        self.domains, self.n = Counter(), Counter()

    def add(self, names):
        self.n.update(names)
        self.domains.update(set(names))

    def as_json(self):
        order = sorted(self.n, key=lambda name: (-self.domains[name], -self.n[name], name))
        return {"names": len(order), "shown": [
            {"name": name, "domains": self.domains[name], "n": self.n[name]} for name in order]}


class Totals:
    LISTS = ("ports", "weights", "statuses", "drops", "failures")

    def __init__(self):
        self.lines = self.unreadable = self.input_errors = self.compared = self.moved = 0
        self.counts = {group: Counter() for group in WORDS}
        self.lists = {name: Tally() for name in self.LISTS}
        self.load = {}
        self.domains = []

    def add(self, octets):
        self.lines += 1
        try:
            line = parse(octets)
            must(line.get("schema", "nextmx.route/1") == "nextmx.route/1", "schema")
            if "error" in line:
                must(isinstance(line["error"], str), "error")
                self.input_errors += 1
                return
            check(line)
        except Unreadable:
            self.unreadable += 1
            return
        self.add_domain(Domain(line))

    def add_domain(self, domain):
        self.domains.append(domain.as_json())
        for group, label in domain.labels.items():
            if label is not None:
                self.counts[group][label] += 1
        self.lists["ports"].add([str(record["port"]) for record in domain.records])
        self.lists["weights"].add([str(record["weight"]) for record in domain.records])
        self.lists["failures"].add(domain.failures)
        self.lists["drops"].add([drop["code"] for drop in domain.line["dropped"]])
        if domain.line["outcome"] != "deliverable":
            self.lists["statuses"].add([domain.line["status"]])
        if domain.compared:
            self.compared += 1
            self.moved += domain.moved
            for (host, port), (routed, mx) in domain.load.items():
                entry = self.load.setdefault(f"{host}:{port}", [0, 0, 0])
                entry[0] += 1
                entry[1] += routed
                entry[2] += mx

    def load_json(self):
        order = sorted(self.load.items(), key=lambda item: (
            -abs(item[1][1] - item[1][2]), -(item[1][1] + item[1][2]), item[0]))
        moved = self.moved / (self.compared * 1000000) if self.compared else 0
        return {"domains": self.compared, "moved": float(f"{moved:.6f}"), "moved_sum": self.moved,
                "hosts": {"names": len(order), "shown": [
                    {"name": name, "domains": domains, "routed": routed, "mx": mx}
                    for name, (domains, routed, mx) in order]}}

    def as_json(self):
        groups = {group: {"of": sum(self.counts[group].values()),
                          **{label: self.counts[group][label] for label in labels.split()}}
                  for group, labels in WORDS.items()}
        return {"schema": "nextmx.compare/1", "lines": self.lines, "unreadable": self.unreadable,
                "domains": len(self.domains), "input_errors": self.input_errors, "groups": groups,
                **{name: tally.as_json() for name, tally in self.lists.items()},
                "load": self.load_json()}


def count_lines(lines):
    totals = Totals()
    for line in lines:
        totals.add(line)
    return totals


def count(paths):
    totals = Totals()
    for path in paths:
        with open(path, "rb") as file:
            for line in file:
                totals.add(line.rstrip(b"\n"))
    return totals


def main():
    print(json.dumps(count(sys.argv[1:] or ["/dev/stdin"]).as_json()))


if __name__ == "__main__":
    main()
