# SPDX-License-Identifier: BSD-2-Clause
"""10,000 hostile domains: every answer fits, and none of them makes an MTA stumble.

A mixin for a case with nextmxd; the world needs Hostile.zones. All domains are asked for straight
at the socketmap; then one message for each shape of answer goes through the MTA, mail to a good domain
in between.
"""

import random
import time
from concurrent.futures import ThreadPoolExecutor

from bed.mta_hostile import is_fit, is_later, shape
from bed.mta_stand_in import ADDRESS
from bed.socketmap import Client, netstring

CONNECTIONS = 8
IN_FLIGHT = 8
ROUNDS = 40
SHAPES = {True: 200, False: 50}  # messages, with hosts and without
SECONDS = 30  # in which good mail arrives; one answer that smtp(8) dies of stops all mail for 60


class Hostile:
    hostile = None
    map_name = None  # "route" or "exim-class"

    def ask(self, names):
        """{name: answer}, from one connection that has a few questions in flight."""
        found = {}
        with Client(ADDRESS[1]) as client:
            for at in range(0, len(names), IN_FLIGHT):
                some = names[at:at + IN_FLIGHT]
                for name in some:
                    key = f"x@{name}" if self.map_name == "route" else name
                    client.send(netstring(f"{self.map_name} {key}"))
                for name in some:
                    found[name] = client.receive().decode("latin-1")
        return found

    def answers(self):
        """The last answer of each domain; who was told to come back later comes back."""
        found, left = {}, list(self.hostile.names)
        for _ in range(ROUNDS):
            parts = [part for part in (left[n::CONNECTIONS] for n in range(CONNECTIONS)) if part]
            with ThreadPoolExecutor(CONNECTIONS) as pool:
                for some in pool.map(self.ask, parts):
                    for name, answer in some.items():
                        self.assertTrue(is_fit(self.map_name, answer), f"{name}: {answer!r}")
                        found[name] = answer
            left = [name for name in left if is_later(found[name])]
            if not left:
                break
        self.assertLess(len(left), len(self.hostile.names) / 100, left[:5])
        return found

    def test_hostile(self):
        found = self.answers()
        self.assertEqual(len(found), len(self.hostile.names))
        shapes = {True: {}, False: {}}
        for name in random.Random(1).sample(self.hostile.names, len(found)):
            shapes["nx-" in found[name]].setdefault(shape(found[name]), name)
        # Or hardly anything was hostile.
        self.assertGreater(min(len(some) for some in shapes.values()), 20)
        sample = [name for kind, some in shapes.items() for name in list(some.values())[:SHAPES[kind]]]
        print(f"{len(found)} domains, answers of {len(shapes[True])} shapes with hosts and "
              f"{len(shapes[False])} without, {len(sample)} messages", flush=True)
        self.through_the_mta(sample)

    def through_the_mta(self, names):
        recipients = []
        for n, name in enumerate(names):
            recipients.append(f"hostile{n}@{name}")
            self.mta.send(recipients[-1])
            if n % 25 == 0:
                start = time.monotonic()
                self.delivered("goodmail", "good")
                self.assertLess(time.monotonic() - start, SECONDS)
        fates = self.mta.wait_fates(recipients, patience=180)
        self.assertEqual(len(fates), len(recipients))
        self.assertEqual(self.mta.disasters(), [])
        self.delivered("goodmail", "good")
