# SPDX-License-Identifier: BSD-2-Clause
"""nextmxd, beside other daemons. policies.py is the inside of "policy daemon".

A round asks as many questions as take about a second; everybody is asked over loopback, and runs for
the whole time. Answers are counted by kind, and one that is not positive ends the benchmark.
"""

import contextlib
import os
import random
import socket
import subprocess
import sys
import time

import measure
from registry import benchmark, row
from world import HERE, Broken

from bed import generate
from bed.nextmxd import Nextmxd
from bed.process import free_port, spawn, stop
from bed.socketmap import Client

PROGRAMS = os.path.join(HERE, "..", "..", "build-mta")
KEYS = 1000
DOMAINS = 2000  # of which KEYS are good
ROUNDS = 5
REQUESTS = {1: 15000, 50: 100000}  # connections: of a round
PATIENCE_S = 30


# ---- Asking --------------------------------------------------------------------------------------

def ask(world, port, keys, connections, requests, name="route"):
    """The asker's figures; with no name it asks redis. All answers must be good."""
    how = ["--map", name] if name else ["--redis"]
    found = world.figures(world.program("asker"), "--connect", f"127.0.0.1:{port}", "--connections",
                          str(connections), "--keys", keys, "--requests", str(requests), *how)
    if found["ok"] != requests:
        raise Broken(f"only {found['ok']:.0f} of {requests} answers were positive")
    return found


def rate(*arguments, **options):
    return ask(*arguments, **options)["answers-per-second"]


def write_keys(path, keys):
    """In an order that no memory has."""
    keys = list(keys)
    random.Random(1).shuffle(keys)
    with open(path, "w", encoding="ascii") as file:
        file.writelines(key + "\n" for key in keys)
    return path


def warm(port, name, keys):
    """Asks everything until it is known; what it takes at first is "later" or a policy's fetch."""
    until = time.monotonic() + PATIENCE_S
    waiting = list(keys)
    with Client(port) as client:
        while waiting:
            waiting = [key for key in waiting if not is_good(*client.ask(name, key))]
            if time.monotonic() > until:
                raise Broken(f"no good answer for {len(waiting)} keys, as {waiting[0]}: "
                             f"{client.ask(name, waiting[0])}")


def is_good(status, data):
    return status == "OK" and not data.startswith(("retry:", "error:"))


# ---- Servers -------------------------------------------------------------------------------------

def wait_for_port(process, port, log):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    with open(log, encoding="utf-8", errors="replace") as file:
        raise Broken(f"{process.args[3]} does not serve: {file.read()[-2000:]}")


def unpacked(program):
    path = os.path.join(PROGRAMS, program)
    if not os.path.exists(path):
        raise Broken(f"build-mta/{program} is not there: scripts/setup bench unpacks it")
    return path


@contextlib.contextmanager
def server(folder, port, path, *arguments):
    """A program that serves until the context ends."""
    log = os.path.join(folder, os.path.basename(path) + ".log")
    with open(log, "ab") as file:
        process = spawn([path, *arguments], stdout=file, stderr=file, cwd=folder)
    try:
        wait_for_port(process, port, log)
        yield process
    finally:
        stop(process)


class Redis:
    """A redis-server that keeps nothing on disk. As a context, it runs."""

    def __init__(self, world):
        self.world = world
        self.port = free_port()
        self.keys = write_keys(os.path.join(world.folder, "redis-keys"),
                               (f"key:{n:012}" for n in range(KEYS)))
        self._server = server(world.folder, self.port, unpacked("redis-server"), "--bind",
                              "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly",
                              "no")

    def __enter__(self):
        self._server.__enter__()
        return self

    def __exit__(self, *error):
        self._server.__exit__(*error)

    def benchmark(self, connections, requests, *arguments):
        """Requests a second as redis-benchmark says."""
        text = self.world.run(unpacked("redis-benchmark"), "-h", "127.0.0.1", "-p",
                              str(self.port), "-c", str(connections), "-n", str(requests),
                              "-r", str(KEYS), "--csv", *arguments)
        return float(text.splitlines()[1].split(",")[1].strip('"'))

    def fill(self, octets):
        """The keys that redis-benchmark draws from; whether all are there the first round shows."""
        self.benchmark(50, 30 * KEYS, "-t", "set", "-d", str(octets))

    def get(self, connections, requests):
        return self.benchmark(connections, requests, "-t", "get")


# ---- socketmap -----------------------------------------------------------------------------------

def good_addresses(n):
    good = [domain.name for domain in generate.domains(DOMAINS) if domain.outcome == "deliverable"]
    if len(good) < n:
        raise Broken(f"only {len(good)} generated domains are deliverable")
    return [f"someone@{name}" for name in good[:n]]


@contextlib.contextmanager
def daemon(world, keys, workers):
    """A nextmxd that has the routes of all keys."""
    domains = world.domains(DOMAINS)
    os.chmod(domains.bed.directory, 0o755)  # it runs as nobody
    with Nextmxd(world.nextmxd, domains.options(), workers=workers) as ours:
        warm(ours.port, "route", keys)
        yield ours


def compare(world, ours, redis, keys, connections):
    """{name: [rate of each round]}. Redis is what it is with the faster of two clients, of which
    ours, if it is that, must not be nextmxd's alone."""
    requests = REQUESTS[connections]
    rates = measure.in_turn({
        "ours": lambda: rate(world, ours.port, keys, connections, requests),
        "redis-benchmark": lambda: redis.get(connections, requests),
        "asker": lambda: rate(world, redis.port, redis.keys, connections, requests, name=""),
    }, ROUNDS)
    rates["redis"] = max(rates["redis-benchmark"], rates["asker"], key=measure.median)
    return rates


def note(rates, octets, by_all):
    middle = {name: measure.median(found) for name, found in rates.items()}
    return (f"workers 1, {octets:.0f} octets each; {measure.spread(rates['ours'], rates['redis'])}; "
            f"redis by redis-benchmark {middle['redis-benchmark']:,.0f}, to which we are "
            f"{measure.ratio(rates['ours'], rates['redis-benchmark']):.2f}, by our client "
            f"{middle['asker']:,.0f}; we with workers cores: {by_all:,.0f}")


def rows_of(world, keys, path, redis):
    with daemon(world, keys, 1) as ours:
        octets = ask(world, ours.port, path, 1, KEYS)["octets"]
        redis.fill(round(octets))
        found = {n: compare(world, ours, redis, path, n) for n in REQUESTS}
    with daemon(world, keys, "cores") as ours:
        by_all = {n: rate(world, ours.port, path, n, REQUESTS[n]) for n in REQUESTS}
    for n, rates in found.items():
        yield row("socketmap", str(n), ours=measure.median(rates["ours"]),
                  reference=measure.median(rates["redis"]),
                  ratio=measure.ratio(rates["ours"], rates["redis"]), unit="answers/s",
                  note=note(rates, octets, by_all[n]))


@benchmark("socketmap")
def socketmap(world):
    """Hot route answers of nextmxd, beside GET of redis-server."""
    keys = good_addresses(KEYS)
    path = write_keys(os.path.join(world.folder, "addresses"), keys)
    with Redis(world) as redis:
        yield from rows_of(world, keys, path, redis)


# ---- policy daemon -------------------------------------------------------------------------------

@benchmark("policy daemon")
def policy_daemon(world):
    """Hot tls-sts answers of nextmxd, beside postfix-mta-sts-resolver with its own cache."""
    unpacked("mta-sts-daemon")
    found = world.figures(sys.executable, os.path.join(HERE, "policies.py"), world.build,
                          stdin=subprocess.DEVNULL)
    yield row("policy daemon", ours=found["ours"], reference=found["reference"],
              ratio=found["ratio"], unit="answers/s",
              note=f"{found['connections']:.0f} connections, workers 1, {found['keys']:.0f} hosts "
                   f"with a policy; {found['least']:.1f} to {found['most']:.1f}; with one "
                   f"connection {found['ratio-1']:.1f}; a server that says the same to whatever "
                   f"comes: {found['floor']:,.0f}, {found['floor-ratio']:.1f} times the reference; "
                   f"CPU us an answer: {found['cpu-ours']:.1f} to {found['cpu-reference']:.1f}, "
                   f"that server {found['cpu-floor']:.1f}")
