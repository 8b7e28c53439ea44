# SPDX-License-Identifier: BSD-2-Clause
"""The schemas of docs: their words are those of nextmx.h, real answers fit, wrong ones do not.
Answers of `check` are compared where there are servers: tests/integration/check_case.py."""

import copy
import json
import os
import re
import subprocess

import jsonschema

import tree

SCHEMA, HEADER = "docs/route.schema.json", "include/nextmx.h"
REPORT, CHECK = "docs/report.schema.json", "docs/check.schema.json"
DOMAINS = ("srv.example", "mx.example", "dane.example", "implicit.example", "null.example",
           "closed.example", "wildcard.example", "slips.example", "bogus.example", "no.example",
           "SRV.Example.", "b\u00fccher.example", "[198.51.100.1]", "[IPv6:2001:db8::1]",
           "[127.0.0.1]", "[nonsense]", "a b", "a..b", "", "x\ny.example", 'q"\\.example')
OPTIONS = ("--zone", ".=demo/root.zone", "--trust-anchor", "demo/root.anchor", "--allow-networks",
           "198.51.100.0/24,2001:db8::/32", "--seed", "1", "--json")

# What must not fit: where in the answer to slips.example, and what is put there; None takes away.
WRONG = (
    (("schema",), "nextmx.route/2"), (("outcome",), "maybe"), (("outcome",), "defer"),
    (("status",), "5.1.2"), (("status",), None), (("source",), "none"), (("security",), "fine"),
    (("ttl",), -1), (("ttl",), 1.5), (("seed",), 2**53), (("seed",), -1), (("seed",), None),
    (("sts",), None), (("sts",), {}), (("domain",), "slips.example."), (("domain",), "a b"),
    (("ascii",), "Slips.example"), (("plan",), []), (("plan", 0, "port"), 0),
    (("plan", 0, "port"), 65536), (("plan", 0, "host"), "good.slips.example."),
    (("plan", 0, "host"), "good.slips example"), (("plan", 0, "host"), "good.slips.example\n"),
    (("plan", 0, "host"), "a\\032b"), (("plan", 0, "host"), "."), (("plan", 0, "tls"), "maybe"),
    (("plan", 0, "address"), "[198.51.100.62]"), (("plan", 0, "address"), None),
    (("plan", 0, "stage"), "none"), (("plan", 0, "weight"), -1), (("plan", 0, "tlsa"), None),
    (("plan", 1, "port"), 2525), (("dropped", 0, "port"), 65536), (("dropped", 0, "port"), -1),
    (("dropped", 0, "code"), "other"), (("dropped", 0, "address"), ""),
    (("dropped", 0, "address"), None), (("dropped", 0, "host"), "slips."),
    (("dropped", 0, "rule"), "SRV"), (("why", 0, "phase"), "later"), (("why", 0, "text"), "a\tb"),
    (("queries", 0, "rcode"), "FINE"), (("queries", 0, "type"), 33), (("queries", 0, "ms"), "1"),
    (("shares",), [{"host": "good.slips.example", "port": 2525, "first": 2}]),
)


# The same for answers with hosts and records, which are cases of tests/golden.
WRONG_CASES = {
    "records-and-shares-of-weights": (
        (("hosts",), []), (("hosts", 0, "share"), 1.1), (("hosts", 0, "share"), "0.5"),
        (("hosts", 0, "share"), None), (("hosts", 0, "stage"), "none"),
        (("hosts", 0, "addresses"), []), (("hosts", 0, "addresses", 0), "a.example.org"),
        (("hosts", 0, "security"), "bogus"), (("hosts", 0, "tls"), "maybe"),
        (("hosts", 0, "host"), "."), (("hosts", 0, "port"), 0), (("hosts", 6, "weight"), 1),
        (("hosts", 6, "port"), 2525), (("records",), []),
        (("records", "srv"), None), (("records", "srv"), []), (("records", "mx"), None),
        (("records", "srv", "rcode"), "FINE"), (("records", "srv", "rcode"), "SERVFAIL"),
        (("records", "srv", "rcode"), "NXDOMAIN"), (("records", "srv", "security"), "bogus"),
        (("records", "srv", "published"), 0),
        (("records", "srv", "records"), []), (("records", "srv", "records", 0, "weight"), 65536),
        (("records", "srv", "records", 0, "port"), -1),
        (("records", "srv", "records", 0, "target"), "a.example.org."),
        (("records", "srv", "records", 0, "target"), None),
        (("records", "mx", "records", 0, "exchange"), "a b"),
        (("records", "mx", "records", 0, "exchange"), None),
        (("records", "mx", "records", 0, "preference"), None)),
    "records-that-failed": (
        (("records", "srv", "published"), 1), (("records", "mx", "security"), "insecure"),
        (("records", "mx", "records"), [{"preference": 10, "exchange": "mx.example.org"}])),
    "servers-of-the-domain": (
        (("records", "ns", "records", 0, "server"), ""),
        (("records", "ns", "records", 0, "server"), None), (("records", "ns"), {}),
        (("records", "ns", "records"), [{"server": "ns1.example.org"}] * 2)),
}


def enum_words(header, enum, prefix):
    """NMX_DROP_PORT_ZERO is "port-zero"."""
    body = re.search(rf"enum {enum} {{(.*?)}};", header, re.S)[1]
    return {word.lower().replace("_", "-")
            for word in re.findall(rf"\bNMX_{prefix}([A-Z0-9_]+) = ", body)}


def word_faults(schema):
    header, definitions = tree.read(HEADER), schema["definitions"]
    properties, endpoint = schema["properties"], definitions["endpoint"]["properties"]
    sources = enum_words(header, "nmx_source", "SOURCE_")
    for what, here, there in (
            ("drop codes", definitions["drop"]["properties"]["code"]["enum"],
             enum_words(header, "nmx_drop_code", "DROP_")),
            ("outcomes", properties["outcome"]["enum"], enum_words(header, "nmx_outcome", "")),
            ("security", definitions["security"]["enum"], enum_words(header, "nmx_security", "")),
            ("sources", properties["source"]["enum"], sources),
            ("stages", definitions["stage"]["enum"], sources - {"none"}),
            ("tls", endpoint["tls"]["enum"], enum_words(header, "nmx_tls", "TLS_")),
            ("tls of hosts", definitions["route_host"]["properties"]["tls"]["enum"],
             enum_words(header, "nmx_tls", "TLS_")),
            ("records", definitions["records"]["properties"],
             enum_words(header, "nmx_records", "RECORDS_"))):
        if set(here) != there:
            yield f"{SCHEMA}:1: {what}: not the words of nextmx.h: {sorted(set(here) ^ there)}"
    phases = set(re.findall(r'^WHY\(\w+, "(\w+)"', tree.read("base/why_lines.h"), re.M))
    if set(definitions["reason_line"]["properties"]["phase"]["enum"]) != phases:
        yield f"{SCHEMA}:1: phases: not those of base/why_lines.h: {sorted(phases)}"


def report_word_faults(report, check_schema):
    header, attempt = tree.read(HEADER), report["definitions"]["attempt"]["properties"]
    sources = enum_words(header, "nmx_source", "SOURCE_") - {"none"}
    # The words that begin with NMX_ alone are listed in the header's order.
    results = {"delivered", "try-next", "stop-temp", "stop-perm"}
    endpoint = check_schema["definitions"]["endpoint"]["properties"]
    for path, what, here, there in (
            (REPORT, "causes", attempt["cause"]["enum"],
             enum_words(header, "nmx_cause", "CAUSE_")),
            (REPORT, "results", attempt["result"]["enum"],
             enum_words(header, "nmx_result", "") & results),
            (REPORT, "stages", attempt["stage"]["enum"], sources),
            (REPORT, "tls", attempt["tls"]["enum"], enum_words(header, "nmx_tls", "TLS_")),
            (CHECK, "stages", endpoint["stage"]["enum"], sources),
            (CHECK, "tls", endpoint["tls"]["enum"], enum_words(header, "nmx_tls", "TLS_"))):
        if set(here) != there:
            yield f"{path}:1: {what}: not the words of nextmx.h: {sorted(set(here) ^ there)}"


# What must not fit: where in the report of dane.example, and what is put there; None takes away.
WRONG_REPORTS = (
    (("schema",), "nextmx.report/2"), (("outcome",), "deliverable"), (("outcome",), "delivered"),
    (("status",), "5.0.0"), (("status",), "4"), (("reason",), ""), (("reason",), None),
    (("attempts", 0, "number"), 0), (("attempts", 0, "code"), 99), (("attempts", 0, "port"), 0),
    (("attempts", 0, "cause"), "other"), (("attempts", 0, "result"), "pending"),
    (("attempts", 0, "text"), "a\tb"), (("attempts", 0, "enhanced"), "4.1"),
    (("attempts",), None), (("route",), {}), (("route",), None),
)


def report_faults(route_schema, report_schema, nextmx):
    """`deliver` connects to nobody: its command decides."""
    validator = jsonschema.Draft7Validator(report_schema)
    routes = jsonschema.Draft7Validator(route_schema)
    outcomes = set()
    for status in (0, 75, 67):
        for domain in ("dane.example", "null.example", "[198.51.100.1]"):
            done = subprocess.run([nextmx, "deliver", *OPTIONS, "--exec", f"exit {status}", "--",
                                   domain], stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, check=False, timeout=60)
            report = json.loads(done.stdout)
            outcomes.add(report["outcome"])
            for error in (*validator.iter_errors(report), *routes.iter_errors(report["route"])):
                yield (f"{REPORT}:1: {domain}: {list(error.absolute_path)}: "
                       f"{error.message[:200]}")
            for place, value in WRONG_REPORTS if (status, domain) == (75, "dane.example") else ():
                if validator.is_valid(changed(report, place, value)):
                    yield f"{REPORT}:1: accepts {value!r} at {place}"
    if outcomes != {"delivered", "defer", "reject"}:
        yield f"{REPORT}:1: not every outcome was seen: {sorted(outcomes)}"


def changed(answer, place, value):
    answer = copy.deepcopy(answer)
    at = answer
    for step in place[:-1]:
        at = at[step]
    if value is None:
        del at[place[-1]]
    else:
        at[place[-1]] = value
    return answer


def answer_faults(schema, nextmx):
    validator = jsonschema.Draft7Validator(schema)
    slips = None
    for flags in ((), ("--count", "50")):
        done = subprocess.run([nextmx, "resolve", *OPTIONS, *flags, "--", *DOMAINS],
                              capture_output=True, text=True, check=False, timeout=60)
        lines = done.stdout.splitlines()
        if len(lines) != len(DOMAINS):
            yield f"{SCHEMA}:1: {len(lines)} answers for {len(DOMAINS)} domains: {done.stderr}"
        for line in lines:
            answer = json.loads(line)
            slips = answer if answer["domain"] == "slips.example" else slips
            for error in validator.iter_errors(answer):
                yield (f"{SCHEMA}:1: {answer['domain']}: {list(error.absolute_path)}: "
                       f"{error.message[:200]}")
    for place, value in WRONG if slips else ():
        if validator.is_valid(changed(slips, place, value)):
            yield f"{SCHEMA}:1: accepts {value!r} at {place}"


def case_faults(schema):
    validator = jsonschema.Draft7Validator(schema)
    for name, wrong in WRONG_CASES.items():
        case = json.loads(tree.read(f"tests/golden/{name}.json"))
        if not validator.is_valid(case):
            yield f"{SCHEMA}:1: refuses tests/golden/{name}.json"
        for place, value in wrong:
            if validator.is_valid(changed(case, place, value)):
                yield f"{SCHEMA}:1: accepts {value!r} at {place} of {name}"


def check(nextmx):
    schema = json.loads(tree.read(SCHEMA))
    jsonschema.Draft7Validator.check_schema(schema)
    report, check_schema = json.loads(tree.read(REPORT)), json.loads(tree.read(CHECK))
    for other in (report, check_schema):
        jsonschema.Draft7Validator.check_schema(other)
    yield from word_faults(schema)
    yield from report_word_faults(report, check_schema)
    yield from case_faults(schema)
    if os.access(nextmx, os.X_OK):
        yield from answer_faults(schema, nextmx)
        yield from report_faults(schema, report, nextmx)
    else:
        yield f"{SCHEMA}:1: cannot be compared with answers: {nextmx} is no program"
    yield from scan_faults(schema, nextmx)


SCAN = "docs/scan.schema.json"
LIST = (b"srv.example\nSRV.Example.\nb\xc3\xbccher.example\nm\xfcller\na b\nx\0y\n" + b"z" * 70000 +
        b"\nno.example\nbogus.example\n[198.51.100.1]\nmx.example\n")
# What must not fit in the lines of srv.example, and of the entry with a zero octet.
WRONG_LINES = {
    "srv.example": (
        (("domain",), None), (("domain",), "a\n"), (("schema",), "nextmx.scan/1"), (("input",), 1),
        (("without_srv",), {}), (("without_srv",), []), (("error",), "but deliverable")),
    "x": (
        (("error",), ""), (("error",), "a\tb"), (("outcome",), "defer"), (("status",), "5.1.1"),
        (("reason",), "a zero octet"), (("without_srv",), {}), (("source",), "mx"), (("ttl",), 1),
        (("ascii",), "x")),
}


def scan_faults(route_schema, nextmx):
    """Whole lines fit both schemas, those of few fields the one of scan."""
    scan = json.loads(tree.read(SCAN))
    jsonschema.Draft7Validator.check_schema(scan)
    lines, routes = jsonschema.Draft7Validator(scan), jsonschema.Draft7Validator(route_schema)
    for flags, validators in ((), (lines, routes)), (("--fields", "status"), (lines,)):
        done = subprocess.run([nextmx, "scan", *OPTIONS[:-1], *flags], input=LIST,
                              capture_output=True, check=False, timeout=60)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        if len(answers) != LIST.count(b"\n") or sum("error" in each for each in answers) != 2:
            yield f"{SCAN}:1: {len(answers)} lines: {done.stderr[-500:]}"
        for answer in answers:
            for error in (error for each in validators for error in each.iter_errors(answer)):
                yield (f"{SCAN}:1: {answer['domain'][:70]}: {list(error.absolute_path)}: "
                       f"{error.message[:200]}")
            for place, value in () if flags else WRONG_LINES.get(answer["domain"], ()):
                if lines.is_valid(changed(answer, place, value)):
                    yield f"{SCAN}:1: accepts {value!r} at {place}"
