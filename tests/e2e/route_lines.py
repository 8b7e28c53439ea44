# SPDX-License-Identifier: BSD-2-Clause
"""Lines of scans as multisets, without what may differ between two scans of the same zones.

That is the time that is left of answers (ttl of the route and of its questions) and the time that
questions took. Whatever is in a cache is answered with what is left of its TTL and in no
time, and what is in the cache when a domain's turn comes depends on the order in which answers arrive.
So do libunbound's words for why an answer is bogus: the first answer that fails because of a zone's key
has another sentence than those that come after it. Nothing else depends on it, with --seed.
"""

import collections
import json
import re

# To the end, for the library cuts a long text.
WHY_BOGUS = re.compile(r"validation failure .*")


def steady(route):
    """The route without what may differ; changes it."""
    route.pop("ttl", None)  # without_srv has none
    for query in route.get("queries", ()):
        del query["ttl"], query["ms"]
    route["reason"] = WHY_BOGUS.sub("", route["reason"])
    for member in ("dropped", "why"):
        for line in route.get(member, ()):
            line["text"] = WHY_BOGUS.sub("", line["text"])
    return route


def read(path):
    """Every line of a scan, which must be whole."""
    with open(path, "rb") as file:
        data = file.read()
    assert not data or data.endswith(b"\n"), f"{path}: the last line is not whole"
    return [json.loads(line) for line in data.splitlines()]


def multiset(lines):
    """{line: times}"""
    found = collections.Counter()
    for line in lines:
        steady(line)
        if line.get("without_srv"):
            steady(line["without_srv"])
        found[json.dumps(line, sort_keys=True)] += 1
    return found


def differences(one, other, most=3):
    """A few words about the first lines that are not in both."""
    said = []
    for sign, rest in (("-", one - other), ("+", other - one)):
        said += [f"{sign} {line}" for line in sorted(rest)[:most]]
    return "\n".join(said)
