# SPDX-License-Identifier: BSD-2-Clause
"""What is shown of a delivery, to people and to programs."""

import json
import re
import subprocess

from case import environment
from deliver_case import DEFER, OK, ONE, OTHER, REJECT, SIX, TWO, DeliverCase, Shared

# The third who is asked takes it.
THIRD = 'case $NEXTMX_ATTEMPT in 1) echo busy; exit 75;; 2) exit 69;; *) echo "250 ok";; esac'


class Text(DeliverCase):
    def test_lines(self):
        """What became of it, then every attempt, in order."""
        run = self.run_deliver(THIRD, "--seed", "3", SIX)
        plan = self.deliver(THIRD, "--seed", "3", SIX).only["route"]["plan"]
        head, *lines = run.stdout.splitlines()
        last = plan[2]
        self.assertEqual(head, f"{SIX}: delivered 2.0.0: {last['host']}[{last['address']}]:25: "
                               "250 ok")
        self.assertEqual(len(lines), 3)
        for number, (line, entry, result, text) in enumerate(
                zip(lines, plan, ("try-next", "try-next", "delivered"),
                    ("busy", "exit status 69", "250 ok")), 1):
            self.assertEqual(re.sub(r"  \d+ ms  ", "  - ms  ", line), f"   {number}. "
                             f"{entry['host']}:25  {entry['address']}  tls may  {result}  - ms  "
                             f"{text}")
        self.assertEqual(run.status, OK)

    def test_ends(self):
        for command, domain, head, status in (
                ("exit 68", ONE, f"{ONE}: reject 5.0.0: ", REJECT),
                ("exit 1", ONE, f"{ONE}: defer 4.0.0: ", DEFER),
                ("exit 69", ONE, f"{ONE}: defer 4.4.1: ", DEFER),
                ("exit 0", "null.s.test", "null.s.test: reject 5.1.10: ", REJECT)):
            with self.subTest(head):
                run = self.run_deliver(command, domain)
                self.assertEqual(run.status, status)
                self.assertTrue(run.stdout.startswith(head), run.stdout)
                self.assertEqual(run.stderr, "")

    def test_no_blanks_at_the_end(self):
        """Of whoever says nothing, too."""
        for command in ("exit 0", "exit 75", "echo x"):
            for line in self.run_deliver(command, TWO).stdout.splitlines():
                self.assertEqual(line, line.rstrip())

    def test_several(self):
        run = self.run_deliver("exit 0", ONE, "null.s.test", OTHER)
        heads = [line.split(":")[0] for line in run.stdout.splitlines() if line[0] != " "]
        self.assertEqual(heads, [ONE, "null.s.test", OTHER])


class Json(DeliverCase):
    def test_attempts(self):
        """Each as it was, and the route with the plan that was followed."""
        run = self.deliver(THIRD, SIX)
        self.assertEqual([(a["result"], a["cause"], a["text"]) for a in run.attempts],
                         [("try-next", "4xx", "busy"), ("try-next", "connect", "exit status 69"),
                          ("delivered", "none", "250 ok")])
        self.assertEqual((run.only["outcome"], run.only["status"]), ("delivered", "2.0.0"))
        self.assertEqual({a["code"] for a in run.attempts}, {None})

    def test_lines(self):
        """One object a line for each domain, whatever came of it, in the order given."""
        domains = [ONE, "null.s.test", "b..d", "one.bogus.test", SIX, ONE]
        run = self.run_deliver("exit 75", "--json", *domains)
        self.assertTrue(run.stdout.endswith("}\n"))
        found = [json.loads(line)["domain"] for line in run.stdout.splitlines()]
        self.assertEqual(found, domains)
        self.assertEqual(run.status, DEFER)

    def test_quotes(self):
        """What the command says stands in a string, whatever it is."""
        text = '","result":"delivered"} \\u0000 \\'
        run = self.deliver("cat; exit 68", ONE, stdin=text.encode())
        self.assertEqual(run.results, ["stop-perm"])
        self.assertEqual(run.text, text)

    def test_time(self):
        """How long an attempt took, at least."""
        (attempt,) = self.deliver("sleep 0.25", ONE).attempts
        self.assertGreaterEqual(attempt["ms"], 250)

    def test_before_a_route(self):
        """DDL-1: the deadline passes before there is a route."""
        run = self.run_deliver("exit 0", "--json", "--delivery-deadline-ms", "50",
                               "mx.silent.test")
        self.assertEqual(run.status, DEFER)
        report = json.loads(run.stdout)
        self.assertEqual((report["attempts"], report["route"], report["status"][0]),
                         ([], None, "4"))


class Seeds(DeliverCase):
    def order(self, *options):
        run = self.deliver("exit 69", *options, SIX)
        return [a["address"] for a in run.attempts], run.only["route"]["seed"]

    def test_replay(self):
        """SRV-3: the same order again, the same as resolve shows, and the seed is in the report."""
        orders = set()
        for seed in ("0", "1", "2", "3", "4", "9007199254740991"):
            order, drawn = self.order("--seed", seed)
            self.assertEqual(drawn, int(seed))
            self.assertEqual(self.order("--seed", seed)[0], order)
            done = subprocess.run([Shared.nextmx, "resolve", "--json", *Shared.bed.options(),
                                   "--seed", seed, SIX], capture_output=True, check=True,
                                  env=environment())
            self.assertEqual([e["address"] for e in json.loads(done.stdout)["plan"]], order)
            orders.add(tuple(order))
        self.assertGreater(len(orders), 1)

    def test_drawn(self):
        """Without one, the seed that was drawn can be replayed."""
        order, seed = self.order()
        self.assertEqual(self.order("--seed", str(seed)), (order, seed))
