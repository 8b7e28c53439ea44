#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""nextmxd and mta-sts-daemon, asked the same about the same hosts.

  tests/bench/policies.py BUILD

Runs on a machine of its own (bed/mta.py), for mta-sts-daemon asks the resolver of /etc/resolv.conf,
fetches policies from port 443, and trusts whom the machine trusts. It is fed with the same zones and
policies as nextmxd, over DNS and HTTPS, before anything is measured. Prints "name number" lines.

The key is what Postfix sends for a host, "[p7.sts.test]:25"; mta-sts-daemon takes the name in it for
the domain. So each name is both: a domain with a policy, and its own exchange.
"""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, ".."))

import daemons
import measure
from bed import Bed, mta
from bed.bed import NETWORKS
from bed.certs import Certs
from bed.https import HttpsServer, policy
from bed.mta_resolver import Resolver
from bed.nextmxd import Nextmxd
from bed.process import free_port
from bed.socketmap import Client
from bed.zone import Zone
from world import Broken, World

N = 100
WHO = ("ours", "reference", "floor")
ROUNDS = 5
CONNECTIONS = 50
HTTPS = "127.0.46.1"
# What is asked of the slower one takes a second as well.
REQUESTS = {"ours": {1: 15000, 50: 100000}, "reference": {1: 10000, 50: 30000},
            "floor": {1: 15000, 50: 100000}}
# It would ask again after a minute, which a measurement ought not to meet; that is in its favour.
CONFIG = "host: 127.0.0.1\nport: {port}\ncache:\n  type: internal\ncache_grace: 86400\n"
NAMES = [f"p{n}.sts.test" for n in range(N)]
HOSTS = [f"[{name}]:25" for name in NAMES]


def zones():
    for n in range(N):
        yield f"p{n} IN A 198.51.100.{n + 1}"
        yield f"p{n} IN MX 10 p{n}"
        yield f'_mta-sts.p{n} IN TXT "v=STSv1; id=1;"'
        yield f"mta-sts.p{n} IN A {HTTPS}"


def settings(bed, certs):
    found = bed.options()
    found[found.index("--allow-networks") + 1] = f"{NETWORKS},{HTTPS}/32"
    return [*found, "--sts-ca-file", certs.ca_file]


def check(port, name, part):
    """A sample of answers, read as Postfix does."""
    with Client(port) as client:
        for host in HOSTS[::7]:
            status, data = client.ask(name, host)
            if status != "OK" or not data.startswith("secure match=") or part not in data:
                raise Broken(f"{name} {host}: {status} {data}")


def check_policies(port):
    """nextmxd knows the policies: its routes are of the class that they put them in."""
    daemons.warm(port, "route", NAMES)
    with Client(port) as client:
        for name in NAMES:
            status, data = client.ask("route", name)
            if not data.startswith("nx-sts-sec:"):
                raise Broken(f"route {name}: {status} {data}")


def start_reference(world, port):
    config = os.path.join(world.folder, "mta-sts-daemon.yml")
    with open(config, "w", encoding="ascii") as file:
        file.write(CONFIG.format(port=port))
    return world.keep(daemons.server(world.folder, port, daemons.unpacked("mta-sts-daemon"), "-c",
                                     config))


def start(world, bed, certs):
    """{who: (port, process id)}, all knowing what they are asked."""
    ours = world.keep(Nextmxd(world.nextmxd, settings(bed, certs), workers=1))
    ports = {"ours": ours.port, "reference": free_port(), "floor": free_port()}
    reference = start_reference(world, ports["reference"])
    floor = world.keep(daemons.server(world.folder, ports["floor"], world.program("asker"),
                                      "--serve", str(ports["floor"])))
    for who in ("ours", "reference"):
        daemons.warm(ports[who], "tls-sts", HOSTS)
        check(ports[who], "tls-sts", ".sts.test")
    check_policies(ours.port)
    pids = {"ours": ours.workers[0], "reference": reference.pid, "floor": floor.pid}
    return {who: (ports[who], pids[who]) for who in WHO}


def cpu_us(pid):
    """Of all its threads so far."""
    used = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
            used += int(file.read().split()[0])
    return used / 1000


def compare(world, servers, keys, connections, rounds):
    """{who: [rate of each round]}, {who: CPU time of an answer}"""
    used = {who: 0 for who in WHO}

    def of(who):
        port, pid = servers[who]
        requests = REQUESTS[who][connections]

        def measure_it():
            before = cpu_us(pid)
            rate = daemons.rate(world, port, keys, connections, requests, name="tls-sts")
            used[who] += (cpu_us(pid) - before) / requests / rounds
            return rate
        return measure_it
    return measure.in_turn({who: of(who) for who in WHO}, rounds), used


def run(world):
    certs = Certs(world.folder)
    mta.trust(certs.ca_file)
    mta.use_resolver()
    cert = certs.leaf("mta-sts.sts.test", names=[f"mta-sts.{name}" for name in NAMES])
    bed = world.keep(Bed([Zone(""), Zone("test", "ns IN A 127.0.0.1\n"),
                          Zone("sts.test", zones())]))
    for folder in (bed.directory, world.folder):
        os.chmod(folder, 0o755)  # nextmxd runs as nobody
    world.keep(Resolver(bed, world.folder))
    world.keep(HttpsServer(certs, "mta-sts.sts.test", address=HTTPS, port=443, cert=cert,
                           policy=policy(mx=["*.sts.test"])))
    servers = start(world, bed, certs)
    keys = daemons.write_keys(os.path.join(world.folder, "hosts"), HOSTS)
    rates, used = compare(world, servers, keys, CONNECTIONS, ROUNDS)
    alone, _ = compare(world, servers, keys, 1, 1)
    ratios = [a / b for a, b in zip(rates["ours"], rates["reference"])]
    return {"connections": CONNECTIONS, "keys": N, "ratio": measure.median(ratios),
            "least": min(ratios), "most": max(ratios),
            "ratio-1": measure.ratio(alone["ours"], alone["reference"]),
            "floor-ratio": measure.ratio(rates["floor"], rates["reference"]),
            **{who: measure.median(rates[who]) for who in WHO},
            **{f"cpu-{who}": used[who] for who in WHO}}


def main():
    mta.enter()
    try:
        with World(sys.argv[1]) as world:
            for name, number in run(world).items():
                print(name, number)
    except Broken as error:
        sys.exit(f"policies.py: {error}")


if __name__ == "__main__":
    main()
