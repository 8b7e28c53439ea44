#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Rounds of questions in a DNS with real referrals: servers of the root, of a top-level domain, and of two
operators, at port 53 of addresses of their own. For settings.py; the bed has one server for all, so that
nobody refers anybody and most of what prefetch-key and qname-minimisation change does not happen there.

  unshare --user --map-root-user --net delegated.py DRIVE BENEATH

Reads choices as JSON, {label: {"options": [...], "config": [...]}}, and prints as JSON for each label, kind
of domain and state of the caches the rounds, the questions, and the names that root and top-level
domain got to see.
"""

import functools
import json
import os
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from bed import network, server
from bed.knot import answers
from bed.process import bind_pair, spawn
from bed.proxy import Gate, Proxy
from bed.tree import Tree
from bed.zone import Zone

ROOT, TOP, OPERATOR, PROVIDER = (f"127.0.1.{n}" for n in range(1, 5))
BEHIND = 5300  # where knotd answers for a gate at port 53
HOSTS = 5
# The median counts: a machine that stumbles can make two rounds of one.
TRIES = 3
NETWORKS = "198.51.100.0/24"


def _hosts(tlsa=False):
    for k in range(1, HOSTS + 1):
        yield f"h{k} IN A 198.51.100.{k}"
        if tlsa:
            yield f"_25._tcp.h{k} IN TLSA 3 1 1 {'%064x' % k}"


def _zone(label, *lines):
    return Zone(f"{label}.example", "\n".join(lines) + "\n")


MX = [f"@ IN MX 10 h{k}" for k in range(1, HOSTS + 1)]
SRV = [f"_smtp._tcp IN SRV 10 10 25 h{k}" for k in range(1, HOSTS + 1)]
KINDS = {"mx": "MX, own hosts", "shared": "MX, provider's hosts", "srv": "SRV with DANE",
         "implicit": "no MX"}
# Before a warm domain "before" was asked for: root, top level and operator are known, not the zone.
ZONES = {
    ROOT: [Zone("")], TOP: [Zone("example")],
    OPERATOR: [_zone("before", *MX, *_hosts()), _zone("mx", *MX, *_hosts()),
               _zone("shared", *(f"@ IN MX 10 h{k}.provider.example."
                                 for k in range(1, HOSTS + 1))),
               _zone("srv", *SRV, *_hosts(True)), _zone("implicit", "@ IN A 198.51.100.9")],
    PROVIDER: [_zone("provider", *_hosts(True))],
}


class Part(Tree):
    """The zones of one server, out of the folder of them all."""

    def __init__(self, tree, address, zones):
        super().__init__(zones, tree.directory)
        self.address = address
        self.config = os.path.join(tree.directory, f"{address}.conf")

    def write_config(self, port):
        super().write_config(port)
        with open(self.config, encoding="ascii") as file:
            text = file.read()
        rundir = os.path.join(self.directory, self.address)
        os.makedirs(rundir, exist_ok=True)
        text = text.replace(f'rundir: "{self.directory}"', f'rundir: "{rundir}"')
        text = text.replace(f"listen: 127.0.0.1@{port}", f"listen: {self.address}@{port}")
        with open(self.config, "w", encoding="ascii") as file:
            file.write(text)


def name_servers(tree, zone):
    """The zone's name server is its own, at its server's address; so it is in the referral to it."""
    address_of = {z.name: address for address, zones in ZONES.items() for z in zones}
    path = tree.file_of(zone)
    host = "ns." + zone.fqdn.lstrip(".")
    with open(path, encoding="ascii") as file:
        text = file.read()
    text = text.replace("@ IN NS ns.test.\n",
                        f"@ IN NS {host}\n{host} IN A {address_of[zone.name]}\n")
    for child in tree.zones.values():
        text = text.replace(f"ns.{child.fqdn} IN A 127.0.0.2\n",
                            f"ns.{child.fqdn} IN A {address_of[child.name]}\n")
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


class Rounds(Gate):
    """Counts for all doors together."""

    def __init__(self):
        super().__init__(0, quiet_ms=25)

    def open(self, loop):
        self._loop = loop

    def close(self):
        pass

    def forward(self, query):
        query.record.door = query.door.address
        query.door.forward(query)


class Door(Proxy):
    """Port 53 of an address."""

    def __init__(self, address, rounds):
        super().__init__(BEHIND, address)
        self._rounds = rounds

    def open(self, loop):
        kept, server.bind_pair = server.bind_pair, functools.partial(bind_pair, port=53)
        try:
            super().open(loop)
        finally:
            server.bind_pair = kept

    def handle(self, query):
        query.door = self
        self._rounds.handle(query)

    def replied(self, query, reply):
        self._rounds.replied(query, reply)


class World:
    def __init__(self, folder, drive, beneath):
        self.folder, self.drive, self.beneath = folder, drive, beneath
        self.tree = Tree([zone for zones in ZONES.values() for zone in zones], folder)
        self.tree.write()
        for zone in self.tree.zones.values():
            name_servers(self.tree, zone)
        self.knots = [self._serve(address, zones) for address, zones in ZONES.items()]
        hub = server.Hub()
        self.rounds = hub.add(Rounds())
        for address in ZONES:
            hub.add(Door(address, self.rounds))
        self.hints = os.path.join(folder, "hints")
        with open(self.hints, "w", encoding="ascii") as file:
            file.write(f". 3600000 IN NS ns.\nns. 3600000 IN A {ROOT}\n")

    def _serve(self, address, zones):
        part = Part(self.tree, address, zones)
        part.write_config(BEHIND)
        process = spawn(["knotd", "-c", part.config], stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL)
        _wait(address, zones)
        return process

    def ask(self, names, options=(), config=()):
        """(rounds, questions, what the root saw, what the top-level domain saw) of the last name."""
        self.rounds.reset()
        command = [self.drive, "--in-flight", "1", "--set", f"trust-anchor={self.tree.anchor}",
                   "--set", f"allow-networks={NETWORKS}"]
        for option in options:
            command += ["--set", option]
        added = ["do-not-query-localhost: no", f'root-hints: "{self.hints}"', *config]
        done = subprocess.run(command, input="".join(f"{name}\n" for name in names), text=True,
                              stdout=subprocess.PIPE, check=True,
                              env={**os.environ, "LD_PRELOAD": self.beneath,
                                   "BENEATH_CONFIG": "\n".join(added)})
        if f"\ndeliverable {len(names)}\n" not in done.stdout:
            sys.exit(f"{names[-1]} is not deliverable")
        records = self.rounds.records
        first = 0 if len(names) == 1 else next(
            i for i, record in enumerate(records)
            if record.name.lower().rstrip(".").endswith(names[-1]))
        records = records[first:]
        seen = [sorted({record.name.lower() for record in records if record.door == door})
                for door in (ROOT, TOP)]
        return (max(record.round for record in records) - records[0].round + 1, len(records), *seen)


def _wait(address, zones):
    """Until every zone is loaded."""
    end = time.monotonic() + 30
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((address, BEHIND))
        for zone in zones:
            while not answers(sock, zone.fqdn):
                if time.monotonic() > end:
                    sys.exit(f"knotd does not answer for {zone.fqdn}")


def main():
    network.need([(address, 53) for address in ZONES])
    choices = json.load(sys.stdin)
    found = {}
    with tempfile.TemporaryDirectory(prefix="nextmx-bench-") as folder:
        world = World(folder, *sys.argv[1:3])
        for label, choice in choices.items():
            for kind, title in KINDS.items():
                for state, names in (("cold", []), ("warm", ["before.example"])):
                    asked = sorted(world.ask([*names, f"{kind}.example"], choice["options"],
                                             choice["config"]) for _ in range(TRIES))
                    found.setdefault(label, {})[f"{title}, {state}"] = asked[TRIES // 2]
        for knot in world.knots:
            knot.kill()
            knot.wait()
    json.dump(found, sys.stdout, indent=1)
    sys.stdout.flush()
    os._exit(0)  # the hub's thread is a daemon


if __name__ == "__main__":
    main()
