#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a case must look like: its JSON follows docs/route.schema.json, its first line says what one
learns, its second which rules it is about, and together the cases leave no rule out."""

import json
import pathlib
import re
import sys

import jsonschema

HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = HERE.parent.parent / "docs" / "route.schema.json"
# Rules that a route alone can show; the others need a delivery or a running clock.
RULES = {
    "SEL-1", "SEL-2", "NMX-1", "NMX-2", "SELF-1", "LIM-1", "LIT-1", "IDN-1", "PORT-1", "DNSSEC-1",
    "OUT-1", "OUT-2", "OUT-4", "TTL-1", "DDL-1",
    *(f"SRV-{n}" for n in range(1, 19) if n != 5),
    *(f"MX-{n}" for n in range(1, 7)),
    *(f"ADR-{n}" for n in range(1, 4)),
    *(f"DANE-{n}" for n in range(1, 9)),
    *(f"STS-{n}" for n in range(1, 9)),
}  # fmt: skip


def check(zone, validator, seen):
    """The faults of one case."""
    lines = zone.read_text(encoding="utf-8").split("\n")
    if not re.fullmatch(r"; \S.*[.]", lines[0]):
        yield "the first line is no sentence in a comment"
    rules = re.fullmatch(r"; Rules: ([A-Z]+-\d+(?:, [A-Z]+-\d+)*)", lines[1])
    if rules:
        seen.update(rules.group(1).split(", "))
    else:
        yield "the second line names no rules"
    path = zone.with_suffix(".json")
    if not path.exists():
        yield f"{path.name} is missing"
        return
    for error in validator.iter_errors(json.loads(path.read_text(encoding="utf-8"))):
        yield f"{error.json_path}: {error.message}"


def main():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    validator = kind(schema)
    zones = sorted(HERE.glob("*.zone"))
    seen, failed = set(), 0
    for zone in zones:
        faults = list(check(zone, validator, seen))
        failed += bool(faults)
        for fault in faults:
            print(f"{zone.name}: {fault}")
    for orphan in sorted(set(HERE.glob("*.json")) - {zone.with_suffix(".json") for zone in zones}):
        print(f"{orphan.name}: no case of that name")
        failed += 1
    if RULES - seen:
        print("no case for: " + ", ".join(sorted(RULES - seen)))
        failed += 1
    print(f"{len(zones) - min(failed, len(zones))} passed, {failed} failed")
    return failed > 0 or not zones


if __name__ == "__main__":
    sys.exit(main())
