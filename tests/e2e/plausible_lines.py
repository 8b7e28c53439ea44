# SPDX-License-Identifier: BSD-2-Clause
"""Lines as "nextmx scan" writes them, made up: domains that share providers, some with SRV, some in
trouble. The same seed gives the same lines. Only what "nextmx compare" reads is there."""

import json
import random

# Name, part of the domains, signed, {host: weight} of SRV, port, hosts of MX.
PROVIDERS = [
    ("bigmail.example", 30, True, {"in1": 60, "in2": 30, "in3": 10}, 25, ["in1", "in2", "in3"]),
    ("postbox.example", 22, True, {"fast": 80, "slow": 20}, 2525, ["slow"]),
    ("relay-works.example", 16, False, {"a": 1, "b": 1}, 25, ["a", "b", "c"]),
    ("mailhaus.example", 12, True, {"mx": 0}, 25, ["mx"]),
    ("alpine-isp.example", 9, False, {"edge-a": 70, "edge-b": 30}, 10025, ["edge-a", "edge-b"]),
    ("campus.example", 7, True, {"new": 100}, 25, ["old1", "old2"]),
    ("shop-host.example", 4, False, {"m1": 0, "m2": 0}, 25, ["m1", "m2"]),
]
KINDS = {"mx": 52, "both": 25, "srv": 5, "implicit": 5, "null": 3, "nxdomain": 3, "mx-fails": 2,
         "srv-fails": 2, "bogus": 1, "no-address": 2}


def host(stage, name, port, share, signed, sts):
    tls = "dane" if signed else "sts" if sts else "may"
    return {"stage": stage, "priority": 10, "weight": 0, "host": name, "port": port, "tls": tls,
            "security": "secure" if signed else "insecure", "share": share}


def answer(records, signed, rcode="NOERROR"):
    return {"rcode": rcode, "security": "secure" if signed else "insecure", "records": records,
            "published": len(records)}


def route(outcome="deliverable", status="2.0.0", hosts=()):
    return {"outcome": outcome, "status": status, "hosts": list(hosts)}


def of_provider(rng, kind):
    """What a domain of some provider publishes, and the two ways to it."""
    name, _, signed, weights, port, exchanges = rng.choices(
        PROVIDERS, [provider[1] for provider in PROVIDERS])[0]
    sts = rng.random() < 0.3
    total = sum(weights.values())
    shares = {h: w / total if total else 1 / len(weights) for h, w in weights.items()}
    by_srv = [host("srv", f"{h}.{name}", port, share, signed, sts) for h, share in shares.items()]
    by_mx = [host("mx", f"{h}.{name}", 25, 1 / len(exchanges), signed, sts) for h in exchanges]
    srv = [{"priority": 10, "weight": w, "port": port, "target": f"{h}.{name}"}
           for h, w in weights.items()]
    if rng.random() < 0.2:
        srv.append({"priority": 20, "weight": 0, "port": 25, "target": f"spare.{name}"})
        by_srv.append({**host("srv", f"spare.{name}", 25, 1, False, sts), "priority": 20})
    mx = [{"preference": 10, "exchange": f"{h}.{name}"} for h in exchanges]
    line = {"sts": {"mode": "enforce"} if sts else None,
            "records": {"srv": answer(srv if kind != "mx" else [], signed),
                        "mx": answer(mx if kind != "srv" else [], signed)}}
    if kind == "mx":
        return {**line, **route(hosts=by_mx), "source": "mx", "without_srv": None}
    other = route(hosts=by_mx) if kind == "both" else route("reject", "5.4.4")
    return {**line, **route(hosts=by_srv), "source": "srv", "without_srv": other}


def in_trouble(rng, kind, domain):
    srv, mx = answer([], False), answer([], False)
    line = {"sts": None, "source": "none", "without_srv": None}
    own = host("implicit", domain, 25, 1, False, False)
    if kind == "implicit":
        line |= {**route(hosts=[own]), "source": "implicit"}
    elif kind == "null":
        mx = answer([{"preference": 0, "exchange": "."}], rng.random() < 0.5)
        line |= route("reject", "5.1.10")
    elif kind == "nxdomain":
        srv = mx = answer([], False, "NXDOMAIN")
        line |= route("reject", "5.1.2")
    elif kind == "mx-fails":
        mx = answer([], False, rng.choice(["SERVFAIL", "SERVFAIL", "TIMEOUT", "REFUSED"]))
        line |= route("defer", "4.4.3")
    elif kind == "srv-fails":
        srv = answer([], False, "SERVFAIL")
        mx = answer([{"preference": 5, "exchange": domain}], False)
        there = route(hosts=[{**own, "stage": "mx"}])
        line |= {**there, "source": "mx", "without_srv": there}
    elif kind == "bogus":
        mx = {**answer([], False, "SERVFAIL"), "security": "bogus"}
        line |= route("defer", "4.7.0")
    else:
        mx = answer([{"preference": 5, "exchange": f"gone.{domain}"}], False)
        line |= route("reject", "5.4.4")
    return {**line, "records": {"srv": srv, "mx": mx}}


def lines(n, seed=1):
    rng = random.Random(seed)
    for i in range(n):
        domain = f"d{i}.example"
        kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
        is_fine = kind in ("mx", "both", "srv")
        made = of_provider(rng, kind) if is_fine else in_trouble(rng, kind, domain)
        drops = ["no-address"] if kind == "no-address" else []
        drops += ["duplicate"] * (rng.random() < 0.02) + ["private-address"] * (rng.random() < 0.01)
        made["dropped"] = [{"code": code} for code in drops]
        yield json.dumps({"schema": "nextmx.route/1", "domain": domain, **made})
