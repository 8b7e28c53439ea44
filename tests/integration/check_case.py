# SPDX-License-Identifier: BSD-2-Clause
"""What all tests of `nextmx check` share: SMTP servers, the zones that name them, and how to run
and read the command.

A module of tests has declare(world), which is called before the DNS servers start: it starts its
SMTP servers, whose ports then are known, and publishes them.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import tempfile
import unittest

import jsonschema
from case import PATIENCE_S, environment

from bed import Bed
from bed.certs import Certs
from bed.smtp import SmtpServer
from bed.zone import Zone

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
SCHEMA, CHECK_SCHEMA = DOCS / "route.schema.json", DOCS / "check.schema.json"
LOOPBACK = ("--allow-networks", "127.0.0.0/8,::1/128")
HELO = "client.nextmx.test"
# Signed and unsigned.
ZONES = ("check.test", "checku.test")
# What is no mail server of this machine, although its address is: all tests' servers.
OWN = ("--own-ports", "")
AT_ONCE = 6

RESULTS = {"clear", "encrypted", "pkix", "dane", "connect", "timeout", "closed", "greeting", "ehlo",
           "protocol", "injection", "internal", "no-tls", "handshake", "no-match", "name", "expired",
           "untrusted", "unverified"}
MEMBERS = {"schema": str, "domain": str, "outcome": str, "ok": bool, "endpoints": list,
           "route": dict}
ENDPOINT = {"stage": str, "host": str, "port": int, "address": str, "tls": str, "ok": bool,
            "result": str, "text": str, "version": str, "cipher": str, "matched_name": str,
            "matched_tlsa": (dict, type(None)), "certificate": (dict, type(None)),
            "warnings": list, "ms": int}
CERTIFICATE = {"names": str, "issuer": str, "not_after": str, "days_left": int}
TLSA = {"usage": int, "selector": int, "mtype": int, "depth": int}
# Of the bytes below 0x20 only the line end; nothing of C1, DEL, or that changes direction.
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


class World:
    """Everything that runs; one for the program, World.now."""

    now = None

    def __init__(self, nextmx):
        self.nextmx = os.path.abspath(nextmx)
        self.directory = tempfile.mkdtemp(prefix="nextmx-check-")
        self.certs = Certs(self.directory)
        # Usage 3 ignores names, so most hosts can do with one.
        self.cert = self.certs.leaf("any.check.test")
        self.servers = []
        self.records = {zone: [] for zone in ZONES}
        self.bed = None
        World.now = self

    def start(self):
        self.bed = Bed([Zone(""), Zone("test", "ns IN A 127.0.0.1\n"),
                        Zone("check.test", self.records["check.test"]),
                        Zone("checku.test", self.records["checku.test"], signed=False),
                        Zone("down.test", server="servfail", held=False)]).start()

    def stop(self):
        if self.bed:
            self.bed.stop()
        for server in self.servers:
            server.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def publish(self, *lines, zone="check.test"):
        self.records[zone] += lines

    def server(self, fault="none", **options):
        """A server that nothing names yet."""
        server = SmtpServer(options.pop("cert", self.cert), fault, **options).start()
        self.servers.append(server)
        return server

    def host(self, label, server, tlsa=(), zone="check.test"):
        """Publishes a server under a name, with TLSA records for its port. Returns label and port,
        as domain() wants them."""
        family = "AAAA" if ":" in server.address else "A"
        self.publish(f"{label} IN {family} {server.address}",
                     *(f"_{server.port}._tcp.{label} IN TLSA {data}" for data in tlsa), zone=zone)
        return label, server.port

    def domain(self, name, *hosts, zone="check.test"):
        """A domain with these hosts, in that order."""
        self.publish(*(f"_smtp._tcp.{name} IN SRV {n} 0 {port} {label}"
                       for n, (label, port) in enumerate(hosts, 1)), zone=zone)
        return f"{name}.{zone}"


class Checked:
    """What a run of the command came to; with --json, domains by name and endpoints by host."""

    def __init__(self, done):
        self.status = done.returncode
        self.stdout = done.stdout.decode()
        self.stderr = done.stderr.decode()
        self.domains = {}

    def parse(self):
        for line in self.stdout.splitlines():
            data = json.loads(line)
            self.domains[data["domain"]] = data

    @property
    def only(self):
        (data,) = self.domains.values()
        return data

    @property
    def endpoints(self):
        return {e["host"]: e for data in self.domains.values() for e in data["endpoints"]}


def command(*arguments, networks=LOOPBACK):
    return [World.now.nextmx, "check", *World.now.bed.options(), *networks, *OWN, *arguments]


class CheckCase(unittest.TestCase):
    longMessage = True

    @property
    def world(self):
        return World.now

    def run_check(self, *arguments, networks=LOOPBACK, descriptors=None, **options):
        """The command; whatever it was told, it must not show what servers should not get shown."""
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
        done = subprocess.run(command(*arguments, networks=networks), capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=PATIENCE_S, check=False,
                              env=environment(), preexec_fn=limit if descriptors else None,
                              **options)
        checked = Checked(done)
        self.assertHarmless(checked)
        return checked

    def assertHarmless(self, checked):
        for text in (checked.stdout, checked.stderr):
            self.assertNotRegex(text, FORBIDDEN)
        self.assertNotIn("ERROR: ", checked.stderr)  # as sanitizers say it
        self.assertNotIn("runtime error:", checked.stderr)
        self.assertGreaterEqual(checked.status, 0, "ended by a signal")

    def check(self, *arguments, **options):
        """With --json, and every line as documented."""
        checked = self.run_check("--json", *arguments, **options)
        checked.parse()
        for data in checked.domains.values():
            self.assertDocumented(data)
        return checked

    def check_many(self, runs):
        """check() for each list of arguments, some at a time."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda arguments: self.check(*arguments), runs))

    def assertMembers(self, data, members):
        self.assertEqual(set(data), set(members))
        for name, kind in members.items():
            self.assertIsInstance(data[name], kind, name)

    def assertDocumented(self, data):
        """As the manual describes nextmx.check/1."""
        self.assertMembers(data, MEMBERS)
        self.assertEqual(data["schema"], "nextmx.check/1")
        jsonschema.validate(data, json.loads(CHECK_SCHEMA.read_text(encoding="utf-8")))
        route = data["route"]
        jsonschema.validate(route, json.loads(SCHEMA.read_text(encoding="utf-8")))
        self.assertNotIn("why", route)
        self.assertNotIn("queries", route)
        same = ("stage", "host", "port", "address", "tls")
        self.assertEqual([[e[name] for name in same] for e in data["endpoints"]],
                         [[e[name] for name in same] for e in route["plan"]])
        self.assertEqual(data["outcome"], route["outcome"])
        self.assertEqual(data["ok"], bool(data["endpoints"]) and
                         all(e["ok"] for e in data["endpoints"]))
        for endpoint in data["endpoints"]:
            self.assertMembers(endpoint, ENDPOINT)
            self.assertIn(endpoint["result"], RESULTS)
            self.assertEqual(endpoint["ok"],
                             endpoint["result"] in ("clear", "encrypted", "pkix", "dane"))
            self.assertTrue(endpoint["text"])
            if endpoint["certificate"]:
                self.assertMembers(endpoint["certificate"], CERTIFICATE)
            if endpoint["matched_tlsa"]:
                self.assertMembers(endpoint["matched_tlsa"], TLSA)
            self.assertEqual(bool(endpoint["version"]), bool(endpoint["cipher"]))

    def record(self, server, number=0, count=None):
        """What the server saw of one client, who is done; by default the only one."""
        count = number + 1 if count is None else count
        self.assertTrue(server.wait_idle(count), "a client did not end")
        self.assertEqual(server.count, count)
        return server.records[number]

    def assertNothingSpilled(self, record, helo=HELO):
        """In the clear nothing but the three commands, one of each."""
        self.assertIn(bytes(record.clear), whole_conversations(helo), record.commands)
        self.assertEqual(record.early, b"")
        if record.hello:
            self.assertEqual(record.hello[:2], b"\x16\x03")

    def assertGoodbye(self, record, quits=True):
        """Over TLS: QUIT if it was verified, and then, or else at once, the end of TLS."""
        self.assertEqual(bytes(record.secret), b"QUIT\r\n" if quits else b"")
        # Who leaves without reading resets the connection, and the server may not see the goodbye.
        if quits:
            self.assertTrue(record.close_notify, "TLS was not ended")


def whole_conversations(helo):
    ehlo = f"EHLO {helo}\r\n".encode()
    return (b"", ehlo, ehlo + b"QUIT\r\n", ehlo + b"STARTTLS\r\n", ehlo + b"STARTTLS\r\nQUIT\r\n")
