#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""How fast nextmx is, beside something else that is measured in the same run.

  scripts/bench [NAME...]            all, or those named
  scripts/bench --list               what there is
  scripts/bench --json FILE [NAME..] writes the table as JSON as well
  scripts/bench growth               how cost grows, into docs/performance.md; only when named
  scripts/bench settings             libunbound's settings beside the chosen ones; only when named

Prints a line a case: ours, the reference, their ratio, the target, and whether it is met. The exit
status says whether everything could be run, not whether every target is met; with --check it says
that, too. NAME with a blank may be written with a hyphen. docs/performance.md explains each.
"""

import argparse
import json
import os
import resource
import signal
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from registry import BENCHMARKS, REPORTS
from world import Broken, World

# In the order of the table; each registers its benchmarks.
import counts
import throughput
import inner
import cost
import daemons
import exim
import growth
import settings

ORDER = ("rounds", "rounds-cold", "queries", "sane", "cold", "hot-dns", "hot-route", "cores",
         "latency", "order", "memory", "allocs", "instructions", "socketmap", "exim", "hostile",
         "policy daemon", "scan")
LINE = "{:<22} {:>14} {:>14} {:>8}  {:<28} {:<4} {}"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--build", default=os.path.join(HERE, "..", "..", "build-bench"))
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    args.names = [name.replace("policy-daemon", "policy daemon") for name in args.names]
    for name in args.names:
        if name not in BENCHMARKS and name not in REPORTS:
            parser.error(f"no benchmark {name}; --list says which there are")
    return args


def figure(number):
    if number is None:
        return "-"
    return f"{number:,.0f}" if abs(number) >= 1000 or number == int(number) else f"{number:.2f}"


def line(row):
    return LINE.format(f"{row.name} {row.case}".rstrip(), figure(row.ours), figure(row.reference),
                       "-" if row.ratio is None else f"{row.ratio:.3g}", row.target,
                       "yes" if row.met else "NO", f"{row.unit}; {row.note}".rstrip("; "))


def printed(rows):
    for row in rows:
        print(line(row), flush=True)
        yield row._asdict()


def run_all(world, names):
    """([row as a dict], [(name, why not)])"""
    rows, broken = [], []
    for name in names:
        began = time.monotonic()
        try:
            for row in printed(BENCHMARKS[name](world)) if name in BENCHMARKS \
                    else REPORTS[name](world):
                rows.append(row)
        except Broken as error:
            broken.append((name, str(error)))
            print(f"{name}: NOT RUN: {error}", flush=True)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return rows, broken


def main():
    args = arguments()
    if args.list:
        for name in ORDER:
            print(f"{name:<18} {BENCHMARKS[name].__doc__.splitlines()[0]}")
        print("\nBy name only:")
        for name, function in REPORTS.items():
            print(f"{name:<18} {function.__doc__.splitlines()[0]}")
        return 0
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    # meson has malloc fill what it gives, which is work that is counted.
    os.environ.pop("MALLOC_PERTURB_", None)
    # The library takes no more sockets than half of what the limit leaves.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    names = args.names or ORDER
    if any(name in BENCHMARKS for name in names):
        print(LINE.format("benchmark", "ours", "reference", "ratio", "target", "met", ""))
    with World(os.path.abspath(args.build), names) as world:
        rows, broken = run_all(world, names)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump(rows, out, indent=1)
            out.write("\n")
    judged = [row["met"] for row in rows if "met" in row]
    missed = judged.count(False)
    print(f"\n{len(judged) - missed} met, {missed} missed, {len(broken)} not run")
    return 1 if broken or (args.check and missed) else 0


if __name__ == "__main__":
    sys.exit(main())
