# SPDX-License-Identifier: BSD-2-Clause
"""Hosts as DNS describes them: names that are asked for and found, addresses in disguise, several of
them, and those where nobody answers."""

import socket
import threading

from check_case import HELO, CheckCase

TA = (2, 0, 1)
AT_ONCE, N_HOSTS = 8, 20
# Nobody waits for longer than this for a connection that must not come.
PROOF_S = 1
# How a stranger may point at this machine: label, type, data.
DISGUISES = (("zero", "A", "0.0.0.0"), ("loopback", "A", "127.0.0.1"), ("far", "A", "127.255.1.1"),
             ("mapped", "AAAA", "::ffff:127.0.0.1"), ("compatible", "AAAA", "::127.0.0.1"),
             ("nat64", "AAAA", "64:ff9b::7f00:1"), ("unspecified", "AAAA", "::"),
             ("alias", "CNAME", "at-zero"), ("alias-out", "CNAME", "at-zero.checku.test."))

_servers = {}
_sockets = []
_released = threading.Event()
# Whether eight came, and a ninth while they were kept waiting.
_crowd = []


def declare(world):
    declare_names(world)
    declare_addresses(world)
    server = _servers["kept"] = world.server(steps={"greeting": keep_waiting})
    world.domain("n-kept", *(world.host(f"kept{n}", server) for n in range(N_HOSTS)))


def keep_waiting(session):
    """The first client finds out for all how many come before anybody is greeted."""
    server = session.server
    if session.record is server.records[0]:
        _crowd.append((server.wait_for(lambda: server.count >= AT_ONCE),
                       server.wait_for(lambda: server.count > AT_ONCE, PROOF_S)))
        _released.set()
    _released.wait()


def declare_names(world):
    wrong, right = world.cert, world.certs.leaf("by-name.check.test")
    server = _servers["by-name"] = world.server(cert=wrong, by_name={"by-name.check.test": right})
    world.domain("n-sni", world.host("by-name", server, [right.tlsa(3, 1, 1)]))
    # At the beginning of an alias, and at its end.
    for where, base in (("begin", "al-begin"), ("end", "al-end-host")):
        cert = world.certs.leaf(f"{base}.check.test")
        server = _servers[where] = world.server(cert=wrong, by_name={f"{base}.check.test": cert})
        world.publish(f"al-{where} IN CNAME al-{where}-host", f"al-{where}-host IN A 127.0.0.1",
                      f"_{server.port}._tcp.{base} IN TLSA {cert.tlsa(*TA, of='root')}")
        world.domain(f"n-{where}", (f"al-{where}", server.port))
    cert = world.certs.leaf("n-names.check.test", names=[
        *(f"mx{n}.somewhere-else.test" for n in range(99)), "many-names.check.test"])
    server = _servers["many-names"] = world.server(cert=cert)
    world.domain("n-many", world.host("many-names", server, [cert.tlsa(*TA, of="root")]))


def declare_addresses(world):
    server = _servers["disguised"] = world.server()
    for label, kind, data in DISGUISES:
        world.publish(f"at-{label} IN {kind} {data}")
        world.domain(f"n-{label}", (f"at-{label}", server.port))
    world.publish("at-zero IN A 0.0.0.0", zone="checku.test")
    # One name and port, and two machines, one of them forgotten.
    first = _servers["first"] = world.server(address="127.0.66.1")
    _servers["second"] = world.server(address="127.0.66.2", port=first.port,
                                      cert=world.certs.leaf("old.check.test"))
    world.publish("two IN A 127.0.66.2")
    world.domain("n-two", world.host("two", first, [world.cert.tlsa(3, 1, 1)]))
    # A queue that is full drops who comes.
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    fillers = [socket.socket() for _ in range(8)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
    _sockets.extend([listener, *fillers])
    world.publish("full IN A 127.0.0.1")
    world.domain("n-full", ("full", listener.getsockname()[1]))


class Names(CheckCase):
    def found(self, domain, *options):
        run = self.check("--helo", HELO, *options, f"{domain}.check.test")
        (endpoint,) = run.only["endpoints"]
        return endpoint

    def test_server_name(self):
        """DANE-4: a server with many certificates is asked for the right one."""
        endpoint = self.found("n-sni")
        self.assertEqual((endpoint["result"], endpoint["ok"]), ("dane", True), endpoint["text"])
        self.assertEqual(self.record(_servers["by-name"]).sni, "by-name.check.test")

    def test_alias(self):
        """DANE-2, DANE-4: the name to ask for and to find is where the TLSA records stand."""
        for where, base in (("begin", "al-begin"), ("end", "al-end-host")):
            with self.subTest(tlsa_at=where):
                endpoint = self.found(f"n-{where}")
                self.assertEqual((endpoint["result"], endpoint["matched_name"]),
                                 ("dane", f"{base}.check.test"), endpoint["text"])
                self.assertEqual(self.record(_servers[where]).sni, f"{base}.check.test")

    def test_many_names(self):
        """The last of a hundred matches; as many are shown as have room, and that there are more."""
        endpoint = self.found("n-many")
        self.assertEqual((endpoint["result"], endpoint["matched_name"]),
                         ("dane", "many-names.check.test"))
        self.assertRegex(endpoint["certificate"]["names"], r"^mx0\.somewhere-else\.test .* \.\.\.$")


class Addresses(CheckCase):
    def test_disguises(self):
        """ADR-1: this machine, by whatever address, is not contacted unless that is said."""
        domains = [f"n-{label}.check.test" for label, _, _ in DISGUISES]
        run = self.check(*domains, "[0.0.0.0]", "[IPv6:::]", "[IPv6:::1]", networks=())
        self.assertEqual(len(run.domains), len(domains) + 3)
        for domain, data in run.domains.items():
            with self.subTest(domain):
                self.assertEqual((data["endpoints"], data["ok"]), ([], False))
        self.assertIn(run.status, (68, 75))
        self.assertEqual(_servers["disguised"].count, 0)

    def test_self(self):
        """SELF-1: this machine on its own port, and by its own name."""
        server = _servers["first"]
        before = server.count
        for options in (("--own-addresses", "127.0.66.1", "--own-ports", str(server.port)),
                        ("--own-names", "two.check.test")):
            with self.subTest(options):
                run = self.check(*options, "n-two.check.test")
                self.assertEqual((run.status, run.only["endpoints"]), (68, []))
        self.assertEqual(server.count, before)

    def test_several(self):
        """Each address of a host is an endpoint of its own: a machine that was forgotten is found."""
        run = self.check("n-two.check.test")
        self.assertEqual({e["address"]: e["result"] for e in run.only["endpoints"]},
                         {"127.0.66.1": "dane", "127.0.66.2": "no-match"})
        self.assertEqual(run.status, 75)

    def test_no_answer(self):
        """The deadline holds while connecting, too."""
        run = self.check("--timeout-ms", "400", "n-full.check.test")
        (endpoint,) = run.only["endpoints"]
        self.assertEqual((run.status, endpoint["result"], endpoint["text"]),
                         (75, "timeout", "the deadline passed before the connection"))
        self.assertGreaterEqual(endpoint["ms"], 399)


class AtOnce(CheckCase):
    def test_eight(self):
        """Exactly: eight come, and no ninth while they wait; then all the others."""
        run = self.check("n-kept.check.test")
        self.assertEqual((run.status, len(run.only["endpoints"])), (0, N_HOSTS))
        self.assertEqual(_crowd, [(True, False)])
        self.assertEqual(_servers["kept"].count, N_HOSTS)
