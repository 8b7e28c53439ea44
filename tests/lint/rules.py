# SPDX-License-Identifier: BSD-2-Clause
"""docs/rules.md against tests and code: every rule has a test that names it, and every rule that
is named anywhere exists."""

import re

import tree

LIST = "docs/rules.md"
FAMILIES = ("SEL", "SRV", "MX", "NMX", "SELF", "LIM", "LIT", "IDN", "ADR", "PORT", "DANE", "DNSSEC",
            "STS", "OUT", "TTL", "CLK", "DDL",
            "BAK", "HST")
RULE = re.compile(r"(?<![A-Za-z0-9_-])(?:" + "|".join(FAMILIES) + r")-[0-9]+\b")

# Rules of what is not built yet. A rule goes from here when the code that decides by it comes.
NOT_YET = set()
DECIDING = ("policy/", "resolver/", "tls/", "daemon/")


def named(paths):
    """{rule: (path, line) of its first mention}"""
    found = {}
    for path in paths:
        try:
            text = tree.read(path)
        except UnicodeDecodeError:
            continue  # a corpus of a fuzz target
        for number, line in enumerate(text.splitlines(), 1):
            for rule in RULE.findall(line):
                found.setdefault(rule, (path, number))
    return found


def check(_nextmx):
    rules = re.findall(r"^- \*\*([A-Z]+-[0-9]+)\*\*", tree.read(LIST), re.M)
    known = set(rules)
    tests = [path for path in tree.files()
             if path.startswith("tests/") and not path.startswith("tests/lint/")]
    tested = named(tests)

    for rule in rules:
        if rules.count(rule) > 1:
            yield f"{LIST}:1: {rule} is there twice"
        if rule not in tested and rule not in NOT_YET:
            yield f"{LIST}:1: no test names {rule}"
    decided = named(path for path in tree.files()
                    if path.startswith(DECIDING) or path == "base/why_lines.h")
    for rule in sorted(NOT_YET & set(decided)):
        path, number = decided[rule]
        yield f"{path}:{number}: {rule} is built, so tests/lint/rules.py may not excuse it"
    for rule, (path, number) in sorted(named(tree.files()).items()):
        if rule not in known:
            yield f"{path}:{number}: there is no rule {rule} in {LIST}"
