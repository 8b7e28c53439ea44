# SPDX-License-Identifier: BSD-2-Clause
"""Whether both sides really routed: what they say of each domain, beside what generate.py expects.

Exim knows no way from SRV records that lead nowhere to MX, and takes them at their word.
"""

import collections
import functools

from bed import generate
from world import Broken

# Good records beside SRV that lead nowhere.
EXIM_SAYS = {"srv-nohost": "reject", "srv-dot": "reject", "srv-dot-mx": "reject",
             "srv-bogus": "defer", "srv-bogus-host": "defer"}
# A packet may be lost on a busy machine; more is another measurement.
TOLERANCE = 0.005


@functools.lru_cache
def expected(n):
    return {domain.name: domain for domain in generate.domains(n)}


def of_exim(domain):
    return EXIM_SAYS.get(domain.kind, domain.outcome) if domain.outcome != "defer" else "defer"


def check_exim(names, outcomes):
    domains = expected(len(names))
    wrong = [name for name in names if outcomes.get(name) != of_exim(domains[name])]
    if len(wrong) > TOLERANCE * len(names):
        raise Broken(f"Exim is wrong about {len(wrong)} of {len(names)} domains; {wrong[0]}: "
                     f"{outcomes.get(wrong[0])}, which is {domains[wrong[0]]}")


def check_ours(names, figures, prefix):
    domains = expected(len(names))
    wanted = collections.Counter(domains[name].outcome for name in names)
    wrong = sum(abs(figures[prefix + outcome] - wanted[outcome])
                for outcome in ("deliverable", "defer", "reject")) / 2
    if wrong > TOLERANCE * len(names):
        raise Broken(f"nextmx is wrong about {wrong:.0f} of {len(names)} domains, {prefix}: "
                     f"{ {outcome: figures[prefix + outcome] for outcome in wanted} }, expected "
                     f"{dict(wanted)}")
