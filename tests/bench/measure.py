# SPDX-License-Identifier: BSD-2-Clause
"""Side by side on a noisy machine: who is compared takes turns, and the median counts.

    rates = in_turn({"ours": run_ours, "bare": run_bare}, 3)
    ratio(rates["ours"], rates["bare"])

Each round runs everybody once, every other round backwards, so that a machine that becomes slower
or faster meanwhile favours nobody.
"""

import statistics


def in_turn(runs, rounds):
    """{name: [figure of each round]} of functions without arguments."""
    figures = {name: [] for name in runs}
    for n in range(rounds):
        for name in list(runs) if n % 2 == 0 else reversed(runs):
            figures[name].append(runs[name]())
    return figures


def median(figures):
    return statistics.median(figures)


def ratio(ours, reference):
    """The median of the rounds' ratios: what disturbs a whole round cancels out."""
    return statistics.median(a / b for a, b in zip(ours, reference))


def spread(ours, reference):
    """For a note: the least and the greatest ratio."""
    ratios = [a / b for a, b in zip(ours, reference)]
    return f"{min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} rounds"
