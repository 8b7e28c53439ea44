#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Lines as `nextmx scan` writes them, made up from a seed: every state in every mixture, odd but allowed
shapes, and lines that nobody can read. As a program: compare_lines.py COUNT [SEED] > FILE."""

import json
import random
import sys

HOSTS = [f"mx{i}.{name}.test" for name in ("big", "small", "odd") for i in range(1, 5)]
PORTS = (25, 25, 25, 2525, 10025, 465)
SECURITIES = ("secure", "insecure")
TLS = ("may", "encrypt", "sts", "dane")
FAILURES = ("SERVFAIL", "REFUSED", "FORMERR", "TIMEOUT", "OVERLOAD", "OTHER")
DROPS = ("port-zero", "port-refused", "null-target", "no-address", "private-address", "tlsa-failed")
WEIGHTS = (0, 0, 1, 5, 10, 10, 60, 65535)


def shares(weights):
    """Of first attempts, RULES SRV-4: zero weights first, r in [0, sum] inclusive."""
    total, zeros = sum(weights), weights.count(0)
    if total == 0 or zeros == 0 and len(set(weights)) == 1:
        return [1 / len(weights)] * len(weights)
    found = []
    for weight in weights:
        if weight == 0:
            found.append(1 / (total + 1) / zeros)
        else:
            found.append((weight + (0 if zeros else 1 / (len(weights)))) / (total + 1))
    return found


def number(share, rng):
    """A share as it may stand in JSON."""
    if share in (0, 1) and rng.random() < 0.5:
        return int(share)
    return round(share, 6)


class Maker:
    def __init__(self, rng):
        self.rng = rng

    # ---- What is published

    def answer(self, state, records):
        rng = self.rng
        rcode, security = "NOERROR", rng.choice(SECURITIES)
        if state == "not-asked":
            return None
        if state == "bogus":
            rcode, security, records = rng.choice(("NOERROR", "SERVFAIL", "NXDOMAIN")), "bogus", []
        elif state == "failed":
            rcode, security, records = rng.choice(FAILURES), "indeterminate", []
            if rng.random() < 0.1:
                rcode = rng.choice(("NOERROR", "NXDOMAIN"))
        elif state == "no-name":
            rcode, records = "NXDOMAIN", []
        elif state == "absent":
            records = []
        records = [dict(pairs) for pairs in dict.fromkeys(tuple(r.items()) for r in records)]
        return {"rcode": rcode, "security": security, "ttl": rng.choice((0, 60, 3600)),
                "published": len(records), "records": records[:64]}

    def srv(self):
        rng = self.rng
        state = rng.choice(("published",) * 6 + ("null", "absent", "no-name", "failed", "bogus",
                                                 "not-asked"))
        records = [{"priority": rng.choice((0, 10, 10, 10, 20)), "weight": rng.choice(WEIGHTS),
                    "port": rng.choice(PORTS), "target": rng.choice(HOSTS)}
                   for _ in range(rng.choice((1, 1, 2, 2, 3, 5)))]
        if rng.random() < 0.01:  # as many as are kept
            records = [{**records[0], "target": HOSTS[i % len(HOSTS)], "port": 1000 + i}
                       for i in range(64)]
        if state == "null":
            records = [{"priority": i, "weight": 0, "port": 0, "target": "."}
                       for i in range(rng.choice((1, 1, 2)))]
        elif rng.random() < 0.1:
            records.insert(rng.randrange(len(records) + 1),
                           {"priority": 0, "weight": 0, "port": 0, "target": "."})
        elif rng.random() < 0.05:
            records[0]["target"] = "bad\\032name." + records[0]["target"]
        return self.answer(state, records), records if state == "published" else []

    def mx(self, like):
        rng = self.rng
        state = rng.choice(("published",) * 6 + ("null", "absent", "no-name", "failed", "bogus",
                                                 "not-asked"))
        names = [rng.choice(HOSTS) for _ in range(rng.choice((1, 1, 2, 3)))]
        if like and rng.random() < 0.6:  # the hosts of SRV, or nearly
            names = list(dict.fromkeys(record["target"] for record in like))
            if rng.random() < 0.3:
                names.append(rng.choice(HOSTS))
            if rng.random() < 0.3:
                names.pop(0)
            names = names or ["mx.elsewhere.test"]
        records = [{"preference": rng.choice((0, 10, 10, 20)), "exchange": name} for name in names]
        if state == "null":
            records = [{"preference": i, "exchange": "."} for i in range(rng.choice((1, 1, 2)))]
        elif rng.random() < 0.05:
            records.append({"preference": 5, "exchange": "."})
        return self.answer(state, records), records if state == "published" else []

    # ---- Hosts

    def addresses(self):
        return [self.rng.choice(("192.0.2.%d", "2001:db8::%d")) % self.rng.randrange(200)
                for _ in range(self.rng.randrange(1, 4))]

    def host(self, stage, priority, weight, share, name, port):
        rng = self.rng
        tls = rng.choice(TLS)
        return {"stage": stage, "priority": priority, "weight": weight, "share": number(share, rng),
                "host": name, "port": port, "addresses": self.addresses(),
                "security": "secure" if tls == "dane" else rng.choice(SECURITIES), "tls": tls}

    def stage(self, stage, entries):
        """From (priority, weight, name, port), as far as they are hosts."""
        tiers = {}
        for priority, weight, name, port in dict.fromkeys(entries):
            if name != "." and port and "\\" not in name:
                tiers.setdefault(priority, {}).setdefault((name, port), weight)
        found = []
        for priority, hosts in sorted(tiers.items()):
            weights = list(hosts.values())
            for (name, port), weight, share in zip(hosts, weights, shares(weights)):
                found.append(self.host(stage, priority, weight, share, name, port))
        return found

    def route(self, srv, mx):
        hosts = self.stage("srv", [(r["priority"], r["weight"], r["target"], r["port"]) for r in srv])
        by_mx = [(r["preference"], 0, r["exchange"], 25) for r in mx]
        hosts += self.stage("mx", by_mx)
        if not hosts and self.rng.random() < 0.3:
            hosts = self.stage("implicit", [(0, 0, "x%d.test" % self.rng.randrange(9), 25)])
        elif self.rng.random() < 0.03:
            hosts = self.stage("literal", [(0, 0, "[IPv6:2001:db8::1]", 25)])
        return hosts

    def ends(self, hosts):
        """Outcome, status, reason and source."""
        rng = self.rng
        if hosts and rng.random() < 0.95:
            return "deliverable", "2.0.0", "", hosts[0]["stage"]
        outcome = rng.choice(("defer", "reject"))
        status = rng.choice({"defer": ("4.4.3", "4.7.0", "4.7.5"),
                             "reject": ("5.1.2", "5.1.10", "5.4.4")}[outcome])
        return outcome, status, "made up (OUT-1)", "none"

    def dropped(self):
        rng = self.rng
        return [{"stage": "mx", "host": rng.choice(HOSTS), "port": 25,
                 "address": rng.choice((None, "127.0.0.1")), "code": rng.choice(DROPS),
                 "rule": "ADR-1", "text": "made up"} for _ in range(rng.choice((0, 0, 0, 1, 2, 5)))]

    # ---- The line

    def without_srv(self, mx):
        hosts = self.route([], mx)
        outcome, status, reason, source = self.ends(hosts)
        return {"schema": "nextmx.route/1", "domain": "x.test", "outcome": outcome, "status": status,
                "reason": reason, "source": source, "security": self.rng.choice(SECURITIES),
                "hosts": hosts}

    def extras(self, domain, hosts):
        """What is not counted, but read."""
        rng = self.rng
        tlsa = {"usage": 3, "selector": 1, "mtype": 1, "data": "%064x" % rng.getrandbits(256),
                "usable": True, "state": "used"}
        plan = [{"stage": h["stage"], "priority": h["priority"], "weight": h["weight"],
                 "host": h["host"], "port": h["port"], "address": a,
                 "security": h["security"], "tls": h["tls"], "sni": h["host"],
                 "reference_ids": [h["host"], domain], "tlsa": [tlsa] if h["tls"] == "dane" else []}
                for h in hosts for a in h["addresses"]][:20]
        names = [f"_smtp._tcp.{domain}", domain, f"_mta-sts.{domain}"] + \
            [h["host"] for h in hosts for _ in range(3)]
        return {"plan": plan,
                "why": [{"phase": "select", "rule": "SRV-13", "text": f"no {name} (made up)"}
                        for name in names],
                "queries": [{"name": name, "type": "A", "rcode": "NOERROR", "security": "secure",
                             "ttl": 3600, "ms": round(rng.random(), 3)} for name in names]}

    def sts(self):
        mode = self.rng.choice((None, None, None, "enforce", "testing", "none"))
        return mode and {"mode": mode, "id": "20260101", "source": "cache", "max_age": 86400,
                         "age": 5, "mx": ["*.test"]}

    def line(self, number):
        rng = self.rng
        domain = rng.choice(("d%d.test", "b\u00fccher%d.test", "xn--%d.test")) % number
        srv, srv_hosts = self.srv()
        mx, mx_hosts = self.mx(srv_hosts)
        hosts = self.route(srv_hosts, mx_hosts)
        outcome, status, reason, source = self.ends(hosts)
        line = {"schema": "nextmx.route/1", "domain": domain, "ascii": domain, "outcome": outcome,
                "status": status, "reason": reason, "source": source,
                "security": rng.choice(SECURITIES), "ttl": 300, "seed": 1, "sts": self.sts(),
                "dropped": self.dropped(), "hosts": hosts, "records": {"srv": srv, "mx": mx},
                "without_srv": self.without_srv(mx_hosts) if srv_hosts or rng.random() < 0.1 else None}
        line.update(self.extras(domain, hosts))
        if rng.random() < 0.1:
            line["input"] = domain.upper() + "\ufffd\t\"\\"
        if rng.random() < 0.1:
            line = dict(rng.sample(list(line.items()), len(line)))
        return line


def text(line):
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode()


def input_error(rng, number):
    line = {"schema": "nextmx.route/1", "domain": "", "input": "no domain %d \u2028" % number,
            "error": "longer than a name", "outcome": "reject", "status": "5.1.2", "source": "none"}
    return text(dict(rng.sample(list(line.items()), len(line))))


# A change that makes a line unreadable: of the parsed line, or of its octets.
def _set(*path_and_value):
    *path, value = path_and_value

    def change(line):
        for key in path[:-1]:
            line = line[key]
        line[path[-1]] = value
    return change


def _drop(name):
    return lambda line: line.pop(name)


RECORD = {"priority": 1, "weight": 1, "port": 25, "target": "a.test"}
HOST = {"stage": "mx", "priority": 1, "weight": 0, "share": 1, "host": "a.test", "port": 25,
        "addresses": [], "security": "secure", "tls": "may"}
ANSWER = {"rcode": "NOERROR", "security": "secure", "ttl": 1, "published": 1, "records": []}
WRONG = [_drop(name) for name in ("domain", "outcome", "status", "source", "sts", "hosts", "dropped",
                                  "records", "without_srv")]
WRONG += [_set("schema", value) for value in ("nextmx.check/1", 1, None)]
WRONG += [_set("error", value) for value in (None, 1, {})]
WRONG += [_set(name, value) for name in ("domain", "outcome", "status", "source")
          for value in (None, 1, [], {"a": 1})]
WRONG += [_set("outcome", "bounce"), _set("status", "2 0 0"), _set("status", ""),
          _set("source", "host"), _set("source", "SRV")]
WRONG += [_set("sts", value) for value in (1, "enforce", {}, {"mode": "absent"}, {"mode": None}, [])]
WRONG += [_set("hosts", value) for value in (None, {}, "x", [None], [[]], [HOST] * 200)]
WRONG += [_set("hosts", [{**HOST, key: value}]) for key, value in (
    ("stage", "none"), ("stage", "host"), ("stage", 1), ("priority", -1), ("priority", 65536),
    ("priority", 1.0), ("share", -0.1), ("share", 1.000001), ("share", "1"), ("share", None),
    ("share", True), ("host", ""), ("host", None), ("host", "<b>"), ("host", "a b"), ("host", "a\"b"),
    ("host", "a" * 300), ("host", "b\u00fccher"), ("host", "a\nb"), ("port", 0), ("port", 65536),
    ("port", "25"), ("port", 2 ** 62), ("security", "good"), ("security", None), ("tls", "none"),
    ("tls", 1))]
WRONG += [_set("hosts", [{k: v for k, v in HOST.items() if k != name}])
          for name in ("stage", "priority", "share", "host", "port", "security", "tls")]
WRONG += [_set("dropped", value) for value in (None, {}, [None], [{}], [{"code": 1}], [{"code": ""}],
                                               [{"code": "a b"}])]
WRONG += [_set("records", value) for value in (None, [], {}, {"srv": None}, {"mx": None})]
WRONG += [_set("records", {"srv": {**ANSWER, key: value}, "mx": None}) for key, value in (
    ("rcode", None), ("rcode", ""), ("rcode", "A B"), ("security", "good"), ("security", None),
    ("records", None), ("records", {}), ("records", [None]), ("records", [RECORD] * 200),
    ("records", [{**RECORD, "port": 65536}]), ("records", [{**RECORD, "weight": -1}]),
    ("records", [{**RECORD, "priority": None}]), ("records", [{**RECORD, "target": None}]),
    ("records", [{**RECORD, "target": ""}]))]
WRONG += [_set("records", {"srv": None, "mx": {**ANSWER, "records": [record]}}) for record in (
    {"preference": 1}, {"exchange": "a.test"}, {"preference": 65536, "exchange": "a.test"},
    {"preference": 1, "exchange": 5})]
WRONG += [_set("without_srv", value) for value in (
    1, [], {}, {"outcome": "defer"}, {"outcome": "defer", "hosts": None},
    {"outcome": "deliverable", "hosts": []}, {"outcome": None, "hosts": []},
    {"outcome": "defer", "hosts": [{}]})]


def _no_hosts(line):
    line.update(outcome="deliverable", hosts=[])


WRONG.append(_no_hosts)
BROKEN = [
    lambda octets: b"", lambda octets: b" \t\r", lambda octets: octets[:len(octets) // 2],
    lambda octets: octets + b"}", lambda octets: octets + octets, lambda octets: b"[" + octets + b"]",
    lambda octets: b"null", lambda octets: b"5", lambda octets: b'"x"', lambda octets: b"[]",
    lambda octets: b"{}", lambda octets: b"\xef\xbb\xbf" + octets, lambda octets: b"\xff" + octets,
    lambda octets: octets.replace(b".test", b".\xc3\x28", 1), lambda octets: octets[:-1] + b"\0}",
    lambda octets: octets[:-1] + b',"x":"\0"}', lambda octets: octets[:-1] + b',"x":"\\u0000"}',
    lambda octets: octets[:-1] + b',"x":"\\ud800"}', lambda octets: octets[:-1] + b',"x":"\t"}',
    lambda octets: octets[:-1] + b',"x":' + b"[" * 5000 + b"]" * 5000 + b"}",
    lambda octets: b"[" * 100000, lambda octets: b'{"a":' * 100000,
    lambda octets: octets[:-1] + b',"x":' + b"9" * 400 + b"}",
    lambda octets: octets[:-1] + b',"x":1e999}', lambda octets: octets[:-1] + b',"x":NaN}',
    lambda octets: octets[:-1] + b',"sts":null}', lambda octets: octets[:-1] + b',"x":1,"x":1}',
    lambda octets: octets[:-1] + b',"x":{"y":1,"y":1}}', lambda octets: octets[:-1] + b",}",
    lambda octets: b"# a comment",
]


def lines(seed, count):
    """Octets, without newlines. One in twenty is unreadable, or an entry that was no domain."""
    rng = random.Random(seed)
    maker = Maker(rng)
    wrong = 0
    for number in range(count):
        kind = rng.randrange(40)
        if kind == 0:
            yield input_error(rng, number)
            continue
        line = maker.line(number)
        if kind > 1:
            octets = text(line)
            yield octets + b"\r" if kind == 2 else octets
            continue
        change = (WRONG + BROKEN)[wrong % (len(WRONG) + len(BROKEN))]
        wrong += 1
        if change in WRONG:
            change(line)
            yield text(line)
        else:
            yield change(text(line))


def main():
    count = int(sys.argv[1])
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    maker = Maker(rng)
    for number in range(count):
        sys.stdout.buffer.write(text(maker.line(number)) + b"\n")


if __name__ == "__main__":
    main()
