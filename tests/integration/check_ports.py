# SPDX-License-Identifier: BSD-2-Clause
"""Ports 25 and 465, and endpoints that are not of the route: nobody connects to them."""

import socket

from check_case import HELO, CheckCase

from bed.smtp_faults import without_goodbye

ADDRESS = "127.0.25.{}"
WITH_465 = ("--ports-secure", "25,465")
# Refused whatever the lists say, or because they do not say it.
REFUSED = (22, 465, 587, 6667)
TIMEOUT = ("--timeout-ms", "400")

_servers = {}
_taken = []

# TLS from the first octet: name -> (fault, steps, result). Over it the server greets, and is told QUIT.
IMPLICIT = {
    "good": ("none", {}, "dane"),
    "multiline": ("greeting_multiline", {}, "dane"),
    "escapes": ("escapes", {}, "dane"),
    "refuses": ("greeting_554", {}, "greeting"),
    "garbage": ("greeting_garbage", {}, "protocol"),
    "huge": ("greeting_huge_line", {}, "protocol"),
    "many": ("greeting_huge_lines", {}, "protocol"),
    "silent": ("silent_at_greeting", {}, "timeout"),
    "drip": ("drip_at_greeting", {}, "timeout"),
    "close": ("close_at_greeting", {}, "closed"),
    "reset": ("reset_at_greeting", {}, "closed"),
    "hello-silent": ("silent_at_handshake", {}, "timeout"),
    "hello-close": ("close_at_handshake", {}, "handshake"),
    "hello-garbage": ("garbage_hello", {}, "handshake"),
    "quit": ("none", {"quit": without_goodbye}, "dane"),
}


def declare(world):
    numbers = iter(range(1, 250))

    def server(name, port, **options):
        _servers[name] = world.server(address=ADDRESS.format(next(numbers)), port=port, **options)
        return _servers[name]

    tlsa = world.cert.tlsa(3, 1, 1)
    world.publish("mx25 IN MX 10 h25")
    world.host("h25", server("mx25", 25), [tlsa])
    world.host("implicit25", server("implicit25", 25), [tlsa])
    server("literal", 25)
    unsigned = server("unsigned", 25)
    world.publish("mx25 IN MX 10 h25", zone="checku.test")
    world.host("h25", unsigned, [tlsa], zone="checku.test")

    for name, (fault, steps, _) in IMPLICIT.items():
        world.domain(f"d465-{name}", world.host(
            f"h465-{name}", server(f"465-{name}", 465, implicit=True, fault=fault, steps=steps,
                                   drip_s=0.05), [tlsa]))
    wrong = server("465-wrong", 465, implicit=True)
    world.domain("d465-wrong", world.host("h465-wrong", wrong, [world.cert.tlsa(3, 1, 1, wrong=True)]))
    world.domain("d465-plain", world.host("h465-plain", server("465-plain", 465), [tlsa]))

    for port in REFUSED:
        world.domain(f"refused{port}", world.host(f"r{port}", server(f"refused{port}", port)))
    world.domain("refused-stranger", world.host("stranger", server("stranger", 0),
                                                zone="checku.test"), zone="checku.test")
    world.domain("addresses", world.host("open", server("open", 0)),
                 world.host("shut", server("shut", 0)))
    mapped = server("mapped", 0)
    world.publish(f"h-mapped IN AAAA ::ffff:{mapped.address}")
    world.domain("mapped", ("h-mapped", mapped.port))
    _servers["six"] = world.server(address="::1")
    world.domain("six", world.host("h-six", _servers["six"], [tlsa]))
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))  # and nobody listens
    _taken.append(closed)
    world.publish("nobody IN A 127.0.0.1")
    world.domain("closed", ("nobody", closed.getsockname()[1]))


class Port25(CheckCase):
    def found(self, domain, server, demand, result, sni):
        before = server.count
        run = self.check("--helo", HELO, domain)
        self.assertEqual((run.status, run.only["ok"], run.stderr), (0, True, ""), run.stdout)
        (endpoint,) = run.only["endpoints"]
        self.assertEqual((endpoint["port"], endpoint["address"]), (25, server.address))
        self.assertEqual((endpoint["tls"], endpoint["result"]), (demand, result))
        record = self.record(server, before)
        self.assertNothingSpilled(record)
        self.assertGoodbye(record)
        self.assertEqual(record.sni, sni)
        return endpoint

    def test_mx(self):
        endpoint = self.found("mx25.check.test", _servers["mx25"], "dane", "dane", "h25.check.test")
        self.assertEqual(endpoint["stage"], "mx")

    def test_implicit(self):
        endpoint = self.found("implicit25.check.test", _servers["implicit25"], "dane", "dane",
                              "implicit25.check.test")
        self.assertEqual(endpoint["stage"], "implicit")

    def test_unsigned(self):
        """TLSA records of an unsigned zone are no one's."""
        self.found("mx25.checku.test", _servers["unsigned"], "may", "encrypted", "h25.checku.test")

    def test_literal(self):
        """An address is no server name (RFC 6066 section 3)."""
        server = _servers["literal"]
        endpoint = self.found(f"[{server.address}]", server, "may", "encrypted", None)
        self.assertEqual(endpoint["stage"], "literal")

    def test_family_6(self):
        run = self.check("six.check.test")
        self.assertEqual((run.status, run.only["endpoints"][0]["address"]), (0, "::1"), run.stdout)
        self.assertGoodbye(self.record(_servers["six"]))


class Port465(CheckCase):
    """TLS from the first octet: not one in the clear."""

    def test_faults(self):
        runs = self.check_many([(*WITH_465, *(TIMEOUT if result == "timeout" else ()),
                                 f"d465-{name}.check.test")
                                for name, (_, _, result) in IMPLICIT.items()])
        for (name, (_, _, result)), run in zip(IMPLICIT.items(), runs):
            with self.subTest(name):
                (endpoint,) = run.only["endpoints"]
                self.assertEqual((endpoint["port"], endpoint["tls"]), (465, "dane"))
                self.assertEqual(endpoint["result"], result, endpoint["text"])
                self.assertEqual(run.status, 0 if result == "dane" else 75)
                record = self.record(_servers[f"465-{name}"])
                self.assertEqual((bytes(record.clear), record.early), (b"", b""))
                self.assertEqual(record.hello[:2], b"\x16\x03")
                self.assertEqual(bytes(record.secret), b"QUIT\r\n" if result == "dane" else b"")

    def test_wrong_key(self):
        run = self.check(*WITH_465, "d465-wrong.check.test")
        self.assertEqual((run.status, run.only["endpoints"][0]["result"]), (75, "no-match"))
        record = self.record(_servers["465-wrong"])
        self.assertEqual(bytes(record.clear), b"")
        self.assertGoodbye(record, quits=False)

    def test_without_tls(self):
        """Who greets in the clear is not answered in the clear."""
        run = self.check(*WITH_465, "d465-plain.check.test")
        self.assertEqual((run.status, run.only["endpoints"][0]["result"]), (75, "handshake"))
        record = self.record(_servers["465-plain"])
        self.assertEqual(bytes(record.clear[:2]), b"\x16\x03")  # it is all one to that server
        self.assertNotIn(b"EHLO", record.clear)
        self.assertNotIn(b"QUIT", record.clear)


class Refused(CheckCase):
    def assertNobodyCame(self, *names):
        for name in names:
            self.assertEqual(_servers[name].count, 0, name)

    def test_ports(self):
        """PORT-1: not with a signature either."""
        for port in REFUSED:
            with self.subTest(port):
                run = self.check(f"refused{port}.check.test")
                self.assertEqual((run.status, run.only["outcome"]), (75, "defer"))
                self.assertEqual((run.only["ok"], run.only["endpoints"]), (False, []))
                self.assertNobodyCame(f"refused{port}")

    def test_ports_of_strangers(self):
        """PORT-1: unsigned SRV records name no port but 25."""
        run = self.check("refused-stranger.checku.test")
        self.assertEqual((run.status, run.only["endpoints"]), (75, []))
        self.assertNobodyCame("stranger")

    def test_addresses(self):
        """ADR-1: denied, and the other host is met."""
        shut, before = _servers["shut"], _servers["open"].count
        run = self.check("--deny-networks", f"{shut.address}/32", "addresses.check.test")
        self.assertEqual(run.status, 0, run.stdout)
        self.assertEqual([e["host"] for e in run.only["endpoints"]], ["open.check.test"])
        self.assertEqual([d["code"] for d in run.only["route"]["dropped"] if d["address"]],
                         ["denied-address"])
        self.assertGoodbye(self.record(_servers["open"], before))
        self.assertNobodyCame("shut")

    def test_loopback(self):
        """ADR-1: loopback is not allowed unless it is said, by whatever name."""
        shut, mapped = _servers["shut"], _servers["mapped"]
        before = _servers["open"].count
        for domain in ("addresses.check.test", f"[{shut.address}]", f"[IPv6:::ffff:{shut.address}]",
                       "mapped.check.test", "six.check.test"):
            with self.subTest(domain):
                run = self.check(domain, networks=())
                self.assertIn(run.status, (68, 75))
                self.assertEqual(run.only["endpoints"], [])
                self.assertNobodyCame("shut", "mapped")
        self.assertEqual(_servers["open"].count, before)
        self.assertNotEqual(mapped.port, 0)

    def test_closed(self):
        run = self.check("closed.check.test")
        (endpoint,) = run.only["endpoints"]
        self.assertEqual((run.status, endpoint["result"], endpoint["text"]),
                         (75, "connect", "cannot connect: Connection refused"))
