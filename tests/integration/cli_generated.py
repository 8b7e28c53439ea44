# SPDX-License-Identifier: BSD-2-Clause
"""Many generated domains in one run of the command."""

import json

from bed import Bed, generate
from case import CliCase


class Generated(CliCase):
    NUMBER = 1900

    def test_outcomes(self):
        """SEL-1, MX-3, MX-4, SRV-6, PORT-1: outcome and source of every kind of domain."""
        expected = {d.name: d for d in generate.domains(self.NUMBER)}
        with Bed(generate.tree(self.NUMBER)) as bed:
            done = self.run_bare("resolve", "--json", *bed.options(), *expected)
        self.assertEqual(done.returncode, 75, done.stderr[-1000:])
        wrong = []
        for line in done.stdout.splitlines():
            answer = json.loads(line)
            domain = expected.pop(answer["domain"])
            if (answer["outcome"], answer["source"]) != (domain.outcome, domain.source):
                wrong.append((domain, answer["outcome"], answer["source"], answer["reason"]))
        self.assertEqual(wrong, [])
        self.assertEqual(expected, {})
