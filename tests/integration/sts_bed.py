# SPDX-License-Identifier: BSD-2-Clause
"""What all tests of MTA-STS run against: knotd, in front of it a server whose records change while
it runs, and policy hosts.

    sts.test     not signed, and as World.names says it; what that does not say, knotd does
    signed.test  signed; what modules publish() in declare(), which is called before knotd starts
"""

import os
import shutil
import socket
import struct
import tempfile

from bed import Bed, wire
from bed.certs import Certs
from bed.https import HttpsServer, policy
from bed.proxy import Meddler
from bed.smtp import SmtpServer
from bed.zone import Zone

ADDRESS = "127.0.46.{}"
NOBODY = ADDRESS.format(254)  # where nobody listens
HTTPS, SMTP = 443, 25
TTL_S = 3600
RECORD = "v=STSv1; id={};"
NAMED, UNNAMED = "mx.sts.test", "other.sts.test"
POLICY = policy(mx=[NAMED])


def txt(*strings):
    """A TXT record of several strings."""
    data = [string.encode() for string in strings]
    return "TXT", b"".join(bytes([len(string)]) + string for string in data)


def a(address):
    return "A", socket.inet_aton(address)


def mx(preference, name):
    return "MX", struct.pack("!H", preference) + wire.encode_name(name)


def srv(priority, port, name):
    return "SRV", struct.pack("!3H", priority, 0, port) + wire.encode_name(name)


class Changing(Meddler):
    """rules: as the Meddler's, or {(name, type): [record, ...]}."""

    def handle(self, query):
        records = self.rules.get((query.name, query.type))
        if not isinstance(records, list):
            super().handle(query)
            return
        reply = bytearray(wire.empty_reply(query.message, flags=wire.AA))
        reply[6:8] = struct.pack("!H", len(records))
        for kind, data in records:
            reply += struct.pack("!3HIH", 0xc00c, wire.CODES[kind], 1, TTL_S, len(data)) + data
        query.answer(bytes(reply))

    def say(self, name, *records):
        """From now on there is this and nothing else of that type; without records, nothing."""
        for kind in {kind for kind, _ in records}:
            self.rules[name, kind] = [record for record in records if record[0] == kind]

    def forget(self, name, kind):
        self.rules.pop((name, kind), None)


class World:
    """Everything that runs; one for the program, World.now."""

    now = None

    def __init__(self, nextmx):
        self.nextmx = os.path.abspath(nextmx)
        self.directory = tempfile.mkdtemp(prefix="nextmx-sts-")
        self.certs = Certs(self.directory)
        self.signed = []
        self.spoil = []
        self.bed = self.names = None
        self.servers = []
        self._free = list(range(1, 240))
        World.now = self

    def publish(self, *lines):
        self.signed += lines

    def start(self):
        # A name that is below none of what is there, is there: nobody takes it for denied.
        rest = "* IN HINFO some thing\nmx IN A 127.0.46.251\nother IN A 127.0.46.252\n"
        self.bed = Bed([Zone(""), Zone("test", "ns IN A 127.0.0.1\n"),
                        Zone("sts.test", rest, signed=False, server="changing"),
                        Zone("signed.test", self.signed, spoil=self.spoil)]).start()
        self.names = self.bed.hub.add(Changing(self.bed.knot.port, {}))
        self.bed.servers["changing"] = self.names

    def stop(self):
        if self.bed:
            self.bed.stop()
        for server in self.servers:
            server.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def address(self):
        return ADDRESS.format(self._free.pop(0))

    def give_back(self, address):
        self._free.append(int(address.rpartition(".")[2]))

    def mail_server(self, cert, fault="none", *, port=SMTP, **options):
        """For as long as the program runs."""
        server = SmtpServer(cert, fault, address=self.address(), port=port, **options).start()
        self.servers.append(server)
        return server

    def policy_server(self, domains, text=POLICY):
        """One policy host of several domains, for as long as the program runs."""
        names = [f"mta-sts.{domain}" for domain in domains]
        cert = self.certs.leaf(names[0], names=names)
        server = HttpsServer(self.certs, names[0], address=self.address(), port=HTTPS, policy=text,
                             cert=cert).start()
        self.servers.append(server)
        return server


class Domain:
    """A domain of sts.test with a policy host of its own."""

    def __init__(self, world, label, hosts=(UNNAMED, NAMED), *, text=POLICY, ident="1",
                 fault="none", **options):
        self.world = world
        self.name = f"{label}.sts.test"
        self.address = world.address()
        self.server = None
        world.names.say(self.name, *(mx(n, host) for n, host in enumerate(hosts, 1)))
        world.names.say(f"mta-sts.{self.name}", a(self.address))
        self.record(ident)
        self.serve(fault, text, **options)

    @property
    def owner(self):
        return f"_mta-sts.{self.name}"

    def record(self, ident):
        self.publish([RECORD.format(ident)])

    def publish(self, *records):
        """Each is a list of strings."""
        self.world.names.say(self.owner, *(txt(*strings) for strings in records))

    def fail(self, action):
        """The question for the record fails, in a way of the Meddler's."""
        self.world.names.rules[self.owner, "TXT"] = action

    def withdraw(self):
        self.world.names.forget(self.owner, "TXT")

    def serve(self, fault="none", text=None, **options):
        """In place of what has served so far."""
        text = self.server.policy if text is None else text
        self.silence()
        self.server = HttpsServer(self.world.certs, f"mta-sts.{self.name}", fault,
                                  address=self.address, port=HTTPS, policy=text,
                                  location=f"https://{NOBODY}/", **options).start()

    def silence(self):
        """Connections are refused."""
        if self.server:
            self.server.stop()

    def close(self):
        """Twice is once."""
        self.silence()
        if self.address:
            self.world.give_back(self.address)
        self.address = None
