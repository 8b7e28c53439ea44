# SPDX-License-Identifier: BSD-2-Clause
"""What all tests of the command share: one bed, and how to run and read it."""

import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from bed import Bed, features

EXIT = {"deliverable": 0, "reject": 68, "defer": 75}
PATIENCE_S = 60


def environment():
    """Nothing of the tester's own, but the sanitizers' options."""
    kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **kept}


class Shared:
    """Set once by the program, used by every case."""

    nextmx = None
    bed = None

    @classmethod
    def start(cls, nextmx):
        cls.nextmx = os.path.abspath(nextmx)
        cls.bed = Bed(features.tree(), features.RULES).start()


class Answer:
    """One line of JSON, with short forms of what tests look at."""

    def __init__(self, done, data):
        self.status = done.returncode
        self.stderr = done.stderr
        self.json = data

    def __getattr__(self, name):
        try:
            return self.json[name.rstrip("_")]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def hosts(self):
        """Plan order: "mx1.s.test:25", each host once however many addresses."""
        found = []
        for entry in self.json["plan"]:
            host = entry["stage"], f"{entry['host']}:{entry['port']}"
            if not found or found[-1] != host:
                found.append(host)
        return [host for _, host in found]

    def hosts_of(self, stage):
        found = [f"{e['host']}:{e['port']}" for e in self.json["plan"] if e["stage"] == stage]
        return list(dict.fromkeys(found))

    @property
    def stages(self):
        return list(dict.fromkeys(entry["stage"] for entry in self.json["plan"]))

    @property
    def addresses(self):
        return [entry["address"] for entry in self.json["plan"]]

    @property
    def _published(self):
        # A domain without MX brings itself as implicit MX, and most of ours
        # have no address.
        return [d for d in self.json["dropped"] if d["stage"] != "implicit"]

    @property
    def drops(self):
        """{"host:port": code}"""
        return {f"{d['host']}:{d['port']}": d["code"] for d in self._published}

    @property
    def drop_codes(self):
        return sorted(d["code"] for d in self._published)

    @property
    def rules(self):
        return {line["rule"] for line in self.json["why"]} | \
            {d["rule"] for d in self.json["dropped"]}

    @property
    def asked(self):
        return {(q["name"], q["type"]) for q in self.json["queries"]}


class CliCase(unittest.TestCase):
    longMessage = True

    @property
    def bed(self):
        return Shared.bed

    def run_bare(self, *arguments):
        """The command as it is, without the bed's options."""
        return subprocess.run([Shared.nextmx, *arguments], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=PATIENCE_S, check=False,
                              env=environment())

    def run_resolve(self, *arguments, port=None):
        return self.run_bare("resolve", *self.bed.options(port), *arguments)

    def resolve(self, domain, *options, port=None):
        """One domain as JSON; the exit status must fit the outcome, always."""
        done = self.run_resolve("--json", *options, domain, port=port)
        command = f"nextmx resolve {' '.join(options)} {domain}"
        self.assertNotIn("ERROR: AddressSanitizer", done.stderr, command)
        self.assertNotIn("runtime error:", done.stderr, command)
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), 1, f"{command}: exit {done.returncode}, {done.stderr}")
        answer = Answer(done, json.loads(lines[0]))
        self.assertEqual(answer.status, EXIT[answer.outcome], command)
        return answer

    def assertDelivers(self, answer, source, hosts=None):
        self.assertEqual((answer.outcome, answer.source), ("deliverable", source), answer.json)
        self.assertEqual(answer.json["status"], "2.0.0")
        if hosts is not None:
            self.assertEqual(answer.hosts, hosts, answer.dropped)

    def assertEnds(self, answer, outcome, status):
        self.assertEqual((answer.outcome, answer.json["status"]), (outcome, status), answer.json)
        self.assertEqual(answer.plan, [])
        self.assertNotEqual(answer.reason, "", answer.json)
