#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The table of RULES STS-6..8 over the cases sts-table-POLICY-NAMING: for each kind of host its TLS
requirement, or the code for which it is left out."""

import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
TLSA = ("usable", "unusable", "none", "unknown")
# Where TLSA is asked, in the order of TLSA above: without a policy (or one that is not enforced),
# and enforced, for hosts that the policy names and for others.
SIGNED = {
    "open": ("dane", "encrypt", "may", "tlsa-failed"),
    "named": ("dane", "sts", "sts", "tlsa-failed"),
    "other": ("dane", "sts-mismatch", "sts-mismatch", "tlsa-failed"),
}
# Unsigned SRV records: no TLSA is asked, whatever there is. The last two are ports: 25 is as above,
# 2525 only without enforcement.
UNSIGNED = {
    "open": ("may",) * 4,
    "named": ("sts",) * 4,
    "other": ("sts-mismatch",) * 4,
}


def expected(policy, naming):
    table = UNSIGNED if naming == "srv-insecure" else SIGNED
    for name in ("named", "other"):
        row = table[name if policy == "enforce" else "open"]
        for tlsa, what in zip(TLSA, row, strict=True):
            yield f"{tlsa}.{name}.example", what
        if naming == "srv-insecure":
            yield f"port.{name}.example", "port-refused" if policy == "enforce" else "may"


def found(path):
    route = json.loads(path.read_text(encoding="utf-8"))
    what = {drop["host"]: drop["code"] for drop in route["dropped"]
            if drop["stage"] != "implicit"}
    for endpoint in route["plan"]:
        what[endpoint["host"]] = endpoint["tls"]
        if endpoint["tls"] == "sts" and (endpoint["reference_ids"] != [endpoint["host"]]
                                         or endpoint["sni"] != endpoint["host"]):
            what[endpoint["host"]] = "sts under another name"
    return what


def main():
    failed = n = 0
    for policy in ("absent", "none", "testing", "enforce"):
        for naming in ("srv-secure", "srv-insecure", "mx"):
            path = HERE / f"sts-table-{policy}-{naming}.json"
            what = found(path)
            for host, want in expected(policy, naming):
                n += 1
                if what.pop(host, None) != want:
                    print(f"{path.name}: {host}: not {want}")
                    failed += 1
            if what:
                print(f"{path.name}: more hosts: {sorted(what)}")
                failed += 1
    print(f"{n} cells, {failed} faults")
    raise SystemExit(failed > 0 or n != 4 * (8 + 10 + 8))


main()
