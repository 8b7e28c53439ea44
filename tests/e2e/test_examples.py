#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The programs of docs/examples, run: real DNS, real SMTP.

  tests/e2e/test_examples.py BLOCKING POLL_LOOP EVENT_LOOP SMTP NO_INET6 [TEST ...]

A test of smtp has one server, or two; some need ports 25 and 465: see bed/network.py.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from bed import Bed, network
from bed.certs import Certs
from bed.smtp import SmtpServer
from bed.smtp_faults import FAULTS
from bed.zone import Zone

HOSTS = {  # name: (address, port), all with TLSA in the signed zone
    "a": ("127.0.0.61", 2621), "b": ("127.0.0.62", 2622),
    "m": ("127.0.0.63", 25), "i": ("127.0.0.64", 465),
}
HOLE = ("127.0.0.65", 2665)  # connections to it are never made, nor refused
PROGRAMS = ("blocking", "poll_loop", "event_loop", "smtp", "no_inet6")
SIGNED, UNSIGNED = "x.test", "u.test"
# Every way of leaving out a dot, a CR or a line end; and what must arrive.
MESSAGE = b"Subject: dots\n\n.\n..\n.a\r\nb\r.\r\n\r.\nlong " + b"x" * 70000 + b"\nlast"
ARRIVES = (b"Subject: dots\r\n\r\n.\r\n..\r\n.a\r\nb.\r\n.\r\nlong " + b"x" * 70000 +
           b"\r\nlast\r\n")
PATIENCE_S = 120


def records(certs, zone):
    """Domains "one": a; "two": a, then b; "mx": m; "implicit": i; "both": a, then m by MX; "alone":
    the hole; "hole", "six": the hole, an IPv6 address, then b."""
    for name, (address, port) in HOSTS.items():
        yield f"{name} IN A {address}"
        yield f"_{port}._tcp.{name} IN TLSA {certs.leaf(f'{name}.{zone}').tlsa(3, 1, 1)}"
    yield "_smtp._tcp.one IN SRV 10 0 2621 a"
    yield "_smtp._tcp.two IN SRV 10 0 2621 a"
    yield "_smtp._tcp.two IN SRV 20 0 2622 b"
    yield "_smtp._tcp.implicit IN SRV 10 0 465 i"
    yield "mx IN MX 10 m"
    yield "_smtp._tcp.both IN SRV 10 0 2621 a"
    yield "both IN MX 10 m"
    yield f"_smtp._tcp.alone IN SRV 10 0 {HOLE[1]} nobody"
    yield f"_smtp._tcp.hole IN SRV 10 0 {HOLE[1]} nobody"
    yield "_smtp._tcp.hole IN SRV 20 0 2622 b"
    yield f"nobody IN A {HOLE[0]}"
    yield "_smtp._tcp.six IN SRV 10 0 2621 six-a"
    yield "_smtp._tcp.six IN SRV 20 0 2622 b"
    yield "six-a IN AAAA 2001:db8::61"


class Shared:
    programs = {}
    folder = certs = bed = None

    @classmethod
    def start(cls, programs):
        cls.programs = dict(zip(PROGRAMS, map(os.path.abspath, programs)))
        cls.folder = tempfile.mkdtemp(prefix="nextmx-examples-")
        cls.certs = Certs(cls.folder)
        cls.bed = Bed([Zone(""), Zone("test", "ns IN A 127.0.0.1\n"),
                       Zone(SIGNED, list(records(cls.certs, SIGNED))),
                       Zone(UNSIGNED, list(records(cls.certs, UNSIGNED)), signed=False)])
        cls.bed.start()

    @classmethod
    def stop(cls):
        if cls.bed:
            cls.bed.stop()
        shutil.rmtree(cls.folder, ignore_errors=True)

    @classmethod
    def settings(cls):
        """["option=value"]: the way to the bed."""
        pairs = zip(*[iter(cls.bed.options())] * 2)
        found = [f"{flag[2:]}={value}" for flag, value in pairs if flag != "--allow-networks"]
        return found + ["allow-networks=127.0.0.0/8,2001:db8::/32", "own-ports=", "srv=any",
                        "ports-secure=465,1024-65535", "ports-insecure=25,465,1024-65535"]

    @classmethod
    def run(cls, program, *arguments, data=b"", env=None):
        """(exit status, output); nothing may be complained of in between."""
        return subprocess.run([cls.programs[program], *arguments], input=data, env=env,
                              capture_output=True, timeout=PATIENCE_S, check=False)

    @classmethod
    def without_inet6(cls):
        asan = f"{os.environ.get('ASAN_OPTIONS', '')}:verify_asan_link_order=0"
        return {**os.environ, "LD_PRELOAD": cls.programs["no_inet6"], "ASAN_OPTIONS": asan}


class Case(unittest.TestCase):
    longMessage = True

    def setUp(self):
        self.servers = {}

    def server(self, name, fault="none", zone=SIGNED, **options):
        """Host name's; it takes the place of the one before, if there is one."""
        address, port = HOSTS[name]
        if name in self.servers:
            self.servers[name].stop()
        if "cert" not in options:
            options["cert"] = Shared.certs.leaf(f"{name}.{zone}")
        if name == "i":
            options["implicit"] = options["cert"] is not None
        server = SmtpServer(options.pop("cert"), fault, address=address, port=port, **options)
        self.servers[name] = server.start()
        self.addCleanup(server.stop)
        return server

    def stranger(self):
        return Shared.certs.leaf("other.test")

    def hole(self):
        """As long as the test lasts."""
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind(HOLE)
        listener.listen(0)
        for _ in range(4):  # the kernel has no room for one more
            waiting = socket.socket()
            self.addCleanup(waiting.close)
            waiting.setblocking(False)
            waiting.connect_ex(HOLE)

    def record(self, server):
        """Of the only client, which is done."""
        self.assertTrue(server.wait_idle(patience=PATIENCE_S), "the client did not end")
        self.assertEqual(server.count, 1)
        return server.records[0]


class Loops(Case):
    """blocking, poll_loop and event_loop."""

    def output(self, program, *arguments, env=None):
        done = Shared.run(program, *arguments, env=env)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout.decode().splitlines()

    def test_blocking(self):
        options = [word for setting in Shared.settings() for word in setting.split("=", 1)]
        lines = self.output("blocking", f"two.{SIGNED}", *options)
        self.assertEqual(lines[:2], ["1. 127.0.0.61 port 2621, TLS dane",
                                     "2. 127.0.0.62 port 2622, TLS dane"])
        self.assertEqual(lines[2:], [f"4.4.1: a.{SIGNED}[127.0.0.61]:2621: not tried (2 attempts)"])

    def test_blocking_refuses_options(self):
        done = Shared.run("blocking", "one.x.test", "ports-secure", "0")
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn(b"ports-secure", done.stderr)

    def test_poll_loop(self):
        """One that listens, one whose second endpoint does, one that is down, one that is not."""
        self.server("b")
        self.server("m")
        lines = self.output("poll_loop", *Shared.settings(), f"two.{SIGNED}", f"mx.{UNSIGNED}",
                            f"one.{SIGNED}", f"none.{SIGNED}")
        found = dict(line.split(": ", 1) for line in lines)
        self.assertEqual(len(lines), 4)
        self.assertEqual(found[f"two.{SIGNED}"], f"b.{SIGNED}[127.0.0.62]:2622: connected")
        self.assertEqual(found[f"mx.{UNSIGNED}"], f"m.{UNSIGNED}[127.0.0.63]:25: connected")
        self.assertIn("Connection refused", found[f"one.{SIGNED}"])
        self.assertNotIn("[", found[f"none.{SIGNED}"])

    def test_poll_loop_with_more_than_it_holds(self):
        """It has room for 63 connections; the domains beyond wait for the next run."""
        self.server("m")
        lines = self.output("poll_loop", *Shared.settings(), *[f"mx.{UNSIGNED}"] * 200)
        self.assertEqual(len(lines), 200)
        self.assertEqual({line.partition("]")[0] for line in lines},
                         {f"mx.{UNSIGNED}: m.{UNSIGNED}[127.0.0.63"})

    def test_poll_loop_that_is_not_answered(self):
        """Connecting has a limit of its own: the next endpoint has time, and what is the only one
        is finished, too."""
        self.hole()
        self.server("b")
        self.server("m")
        lines = self.output("poll_loop", *Shared.settings(), "delivery-deadline-ms=4000",
                            f"hole.{SIGNED}", f"alone.{SIGNED}", f"mx.{UNSIGNED}")
        found = dict(line.split(": ", 1) for line in lines)
        self.assertEqual(found[f"hole.{SIGNED}"], f"b.{SIGNED}[127.0.0.62]:2622: connected")
        self.assertEqual(found[f"mx.{UNSIGNED}"], f"m.{UNSIGNED}[127.0.0.63]:25: connected")
        self.assertIn("Connection timed out", found[f"alone.{SIGNED}"])
        self.assertEqual(len(lines), 3)

    def test_poll_loop_without_inet6(self):
        """An endpoint that this machine cannot reach is one that failed: the next."""
        self.server("b")
        for env in (None, Shared.without_inet6()):
            lines = self.output("poll_loop", *Shared.settings(), "delivery-deadline-ms=8000",
                                f"six.{SIGNED}", env=env)
            self.assertEqual(lines, [f"six.{SIGNED}: b.{SIGNED}[127.0.0.62]:2622: connected"])

    def test_event_loop(self):
        lines = self.output("event_loop", *Shared.settings(), f"two.{SIGNED}", f"mx.{UNSIGNED}",
                            f"none.{SIGNED}", f"implicit.{SIGNED}")
        found = dict(line.split(": ", 1) for line in lines)
        self.assertEqual(len(lines), 4)
        self.assertEqual(found[f"two.{SIGNED}"], "127.0.0.61 port 2621")
        self.assertEqual(found[f"mx.{UNSIGNED}"], "127.0.0.63 port 25")
        self.assertEqual(found[f"implicit.{SIGNED}"], "127.0.0.64 port 465")
        self.assertNotIn(" port ", found[f"none.{SIGNED}"])

    def test_event_loop_with_many(self):
        """More than one dispatch completes."""
        lines = self.output("event_loop", *Shared.settings(), *[f"two.{SIGNED}"] * 500)
        self.assertEqual(lines, [f"two.{SIGNED}: 127.0.0.61 port 2621"] * 500)


class Smtp(Case):
    def send(self, domain, *options, sender="s@client.example", data=MESSAGE, env=None):
        done = Shared.run("smtp", sender, f"rcpt@{domain}", *Shared.settings(), *options,
                          data=data, env=env)
        self.assertEqual(done.stderr, b"")
        return done.returncode, done.stdout.decode()

    def assertDelivered(self, result, server, tls=True):
        """One message, octet by octet, after a proper conversation."""
        self.assertEqual(result[0], 0, result)
        self.assertEqual(len(server.messages), 1)
        sender, recipients, data, version = server.messages[0]
        self.assertEqual((sender, len(recipients)), ("s@client.example", 1))
        self.assertEqual(data, ARRIVES)
        self.assertEqual(version is not None, tls)
        record = self.record(server)
        self.assertTrue(record.closed_properly, record.all_commands)

    def assertNothingSaid(self, record):
        """Of the message, in the clear or not."""
        for line in record.all_commands:
            self.assertIn(line.upper().split(" ")[0], ("EHLO", "HELO", "STARTTLS", "QUIT"))

    # Delivered

    def test_dane(self):
        """STARTTLS, EHLO again, and every octet arrives."""
        server = self.server("a")
        result = self.send(f"one.{SIGNED}")
        self.assertDelivered(result, server)
        self.assertEqual(result[1], f"2.0.0 a.{SIGNED}[127.0.0.61]:2621: 250 2.0.0 taken\n")
        record = server.records[0]
        self.assertEqual([line.split(" ")[0] for line in record.all_commands],
                         ["EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT", "DATA", "QUIT"])
        self.assertEqual((record.sni, record.early), (f"a.{SIGNED}", b""))

    def test_without_tls(self):
        """Nobody demands it, and it is not offered; nor does the server know EHLO."""
        for fault in ("none", "ehlo_refused"):
            with self.subTest(fault=fault):
                server = self.server("m", fault, zone=UNSIGNED, cert=None)
                self.assertDelivered(self.send(f"mx.{UNSIGNED}"), server, tls=False)

    def test_tls_if_offered(self):
        """Whoever it is; and in the clear if it is refused."""
        for fault, tls in (("none", True), ("starttls_refused", False)):
            with self.subTest(fault=fault):
                server = self.server("m", fault, cert=self.stranger())
                self.assertDelivered(self.send(f"mx.{UNSIGNED}"), server, tls)

    def test_port_465(self):
        """TLS from the first octet, with DANE and without."""
        for zone in (SIGNED, UNSIGNED):
            with self.subTest(zone=zone):
                server = self.server("i", zone=zone)
                self.assertDelivered(self.send(f"implicit.{zone}"), server)
                self.assertEqual(server.records[0].commands, [])

    def test_null_sender_and_empty_message(self):
        server = self.server("a")
        self.assertEqual(self.send(f"one.{SIGNED}", sender="", data=b"")[0], 0)
        self.assertEqual((server.messages[0].sender, server.messages[0].data), ("", b""))

    def test_next_endpoint(self):
        """What does not concern the message; at port 25 a 5xx before MAIL does (SRV-16)."""
        cases = [{"fault": "greeting_421"}, {"fault": "greeting_554"},
                 {"steps": {"ehlo": "554 5.7.1 not you"}}, {"steps": {"mail": "451 4.3.0 later"}},
                 {"steps": {"rcpt": "450 4.2.1 later"}}, {"steps": {"data": "250 what?"}},
                 {"fault": "close_at_message"}, {"cert": self.stranger()}, {"cert": None}]
        for case in cases:
            with self.subTest(**{key: str(value) for key, value in case.items()}):
                first, second = self.server("a", **case), self.server("b")
                self.assertDelivered(self.send(f"two.{SIGNED}"), second)
                self.assertEqual(first.messages, [])

    def test_next_endpoint_in_time(self):
        """Neither who does not answer nor who does not speak uses up the time of the others."""
        self.hole()
        second = self.server("b")
        self.assertDelivered(self.send(f"hole.{SIGNED}", "delivery-deadline-ms=8000"), second)
        for fault in ("silent_at_greeting", "drip_at_ehlo", "silent_at_handshake"):
            with self.subTest(fault=fault):
                self.server("a", fault)
                second = self.server("m")
                result = self.send(f"both.{SIGNED}", "delivery-deadline-ms=8000")
                self.assertDelivered(result, second)

    def test_next_endpoint_without_inet6(self):
        for env in (None, Shared.without_inet6()):
            second = self.server("b")
            result = self.send(f"six.{SIGNED}", "delivery-deadline-ms=8000", env=env)
            self.assertDelivered(result, second)

    # Refused

    def refused(self, steps, host="a"):
        server = self.server(host, steps=steps)
        domain = f"{'one' if host == 'a' else 'mx'}.{SIGNED}"
        status, text = self.send(domain)
        self.assertEqual(server.messages, [])
        self.assertTrue(server.wait_idle(patience=PATIENCE_S))
        self.assertTrue(server.records[0].closed_properly)
        return status, text.partition(": ")[2].strip(), text.split(" ")[0]

    def test_550_at_rcpt(self):
        """Once, with the server's enhanced code; and the bounce is final."""
        self.assertEqual(self.refused({"rcpt": "550 5.1.1 nobody"}),
                         (68, "550 5.1.1 nobody", "5.1.1"))

    def test_550_in_other_shapes(self):
        cases = {b"550-5.7.1 first\r\n550-5.7.1 second\r\n550 5.7.1 third\r\n":
                     (68, "550 5.7.1 third", "5.7.1"),
                 b"550 no code\r\n": (68, "550 no code", "5.0.0"),
                 b"550 5.1.1\r\n": (68, "550 5.1.1 refused", "5.1.1"),
                 b"550\r\n": (68, "550 refused", "5.0.0"),
                 b"550 127.0.0.1 is blocked\r\n": (68, "550 127.0.0.1 is blocked", "5.0.0"),
                 b"550 5.6.7.8 is blocked\n": (68, "550 5.6.7.8 is blocked", "5.0.0"),
                 b"550 2.1.1 contradicts\r\n": (68, "550 2.1.1 contradicts", "5.0.0"),
                 b"550 5.1.1 escapes\x1b\r\r\n": (68, "550 5.1.1 escapes\\027", "5.1.1")}
        for reply, expected in cases.items():
            with self.subTest(reply=reply):
                self.assertEqual(self.refused({"rcpt": reply}), expected)

    def test_refused_at_every_step(self):
        for step in ("mail", "rcpt", "data", "message"):
            with self.subTest(step=step):
                self.assertEqual(self.refused({step: "552 5.3.4 too big"}),
                                 (68, "552 5.3.4 too big", "5.3.4"))

    def test_early_5xx_at_port_25(self):
        for step in ("ehlo", "ehlo_tls"):
            with self.subTest(step=step):
                self.assertEqual(self.refused({step: "554 5.7.1 not you"}, "m"),
                                 (68, "554 5.7.1 not you", "5.7.1"))

    def test_no_reply_is_no_delivery(self):
        """What cannot be understood is temporary."""
        for reply in (b"25\r\n", b"2500 ok\r\n", b"250ok\r\n", b"750 ok\r\n", b"250 o\0k\r\n",
                      b"250-a\r\n251 b\r\n", b"250-x\r\n" * 200, b"250 " + b"x" * 5000 + b"\r\n",
                      b"\r\n", b"+250 ok\r\n", b" 250 ok\r\n"):
            with self.subTest(reply=reply[:20]):
                server = self.server("a", steps={"rcpt": reply})
                status, text = self.send(f"one.{SIGNED}")
                self.assertEqual((status, text[:6]), (75, "4.0.0 "), text)
                self.assertEqual(server.messages, [])

    def test_reply_before_the_message(self):
        """A 250 that came before the message was sent takes nothing."""
        def hang_up(session):
            session.channel.send(b"354 go ahead\r\n250 2.0.0 taken\r\n")
            session.channel.reset()
        server = self.server("a", steps={"data": hang_up})
        status, text = self.send(f"one.{SIGNED}", data=b"Subject: large\n\n" + b"x\n" * (1 << 24))
        self.assertEqual((status, server.messages), (75, []), text)

    # TLS that is not as it must be

    def test_wrong_key(self):
        """Not an octet is sent over TLS, or in the clear behind STARTTLS."""
        for domain, host in (("one", "a"), ("implicit", "i")):
            with self.subTest(domain=domain):
                server = self.server(host, cert=self.stranger())
                status, text = self.send(f"{domain}.{SIGNED}")
                self.assertEqual((status, text[:6]), (75, "4.7.5 "), text)
                self.assertIn("TLSA", text)
                record = self.record(server)
                self.assertEqual(record.commands[1:], ["STARTTLS"] if host == "a" else [])
                self.assertEqual((record.tls_commands, record.secret), ([], b""))
                self.assertNotIn(b"MAIL", record.clear + record.hello)

    def test_stripped(self):
        """Under DANE nothing goes in the clear; QUIT does."""
        for fault in ("no_starttls", "starttls_refused", "starttls_501", "ehlo_refused"):
            with self.subTest(fault=fault):
                server = self.server("a", fault)
                status, text = self.send(f"one.{SIGNED}")
                self.assertEqual((status, text[:6]), (75, "4.7.5 "), text)
                record = self.record(server)
                self.assertNothingSaid(record)
                self.assertEqual(record.all_commands[-1], "QUIT")
                self.assertIsNone(record.tls)

    def test_no_tls_at_port_465(self):
        server = self.server("i", cert=None)
        self.assertEqual(self.send(f"implicit.{UNSIGNED}", "delivery-deadline-ms=20000")[0], 75)
        record = self.record(server)  # which took the client's side of the handshake for commands
        self.assertEqual((record.clear[:1], server.messages), (b"\x16", []))
        self.assertNotIn(b"MAIL", record.clear)

    def test_injected(self):
        """What was said before the handshake is not taken for said after it, DANE or not."""
        early = {"ehlo": b"250-mx\r\n250 STARTTLS\r\n220 go ahead\r\n"}
        for zone in (SIGNED, UNSIGNED):
            for fault, steps in (("starttls_injected", {}), ("starttls_injected_later", {}),
                                 ("none", early)):
                with self.subTest(zone=zone, fault=fault):
                    server = self.server("m", fault, zone=zone, steps=steps)
                    status, text = self.send(f"mx.{zone}")
                    self.assertEqual((status, text[:6]), (75, "4.7.5 "), text)
                    record = self.record(server)
                    self.assertNothingSaid(record)
                    self.assertEqual((server.messages, record.tls_commands), ([], []))

    # Whatever the server does

    def test_faults(self):
        """Delivered or not: the exit status is what the server says, and all is encrypted. Those who
        keep the client waiting have a test of their own."""
        for fault in FAULTS:
            if fault.startswith(("silent_", "drip_")) or fault.endswith("_huge_lines"):
                continue
            with self.subTest(fault=fault):
                server = self.server("a", fault)
                status, text = self.send(f"one.{SIGNED}", "delivery-deadline-ms=20000")
                self.assertTrue(server.wait_idle(patience=PATIENCE_S))
                self.assertEqual(status == 0, len(server.messages) == 1, text)
                self.assertTrue(text.isprintable() or text[:-1].isprintable(), text)
                for message in server.messages:
                    self.assertTrue(message.tls)
                for record in server.records:
                    self.assertNotIn(b"MAIL", record.clear)

    def test_deadline(self):
        """Nobody holds it beyond the delivery's deadline."""
        for fault in ("silent_at_greeting", "silent_at_handshake", "silent_at_message",
                      "drip_at_ehlo", "drip_at_handshake", "drip_at_mail"):
            # A loaded machine may need the time for the route alone.
            for ms in (2000, 20000, 60000):
                server = self.server("a", fault)
                status, text = self.send(f"one.{SIGNED}", f"delivery-deadline-ms={ms}")
                server.stop()
                self.assertEqual((fault, status, server.messages), (fault, 75, []), text)
                if server.count:
                    break
            self.assertEqual(server.count, 1, fault)

    # What it is asked to do

    def test_hostile_arguments(self):
        """A line end in an address would be a command of its own; a zero byte may not be sent."""
        server = self.server("a")
        rcpt = f"rcpt@one.{SIGNED}"
        for sender, to, data, status in (("a@b\r\nRCPT TO:<e@f", rcpt, b"", 64),
                                         ("a@b> X=<", rcpt, b"", 64),
                                         ("a@b", "c> <@" + rcpt, b"", 64), ("a@b", "none", b"", 64), ("a@b", rcpt, b"x\0y", 65)):
            done = Shared.run("smtp", sender, to, *Shared.settings(), data=data)
            self.assertEqual((done.returncode, done.stdout), (status, b""), sender)
        done = Shared.run("smtp", "a@b", rcpt, "no-such-option=1")
        self.assertEqual((done.returncode, done.stdout), (78, b""))
        self.assertEqual(server.count, 0)


def main():
    if len(sys.argv) < 6:
        sys.exit(__doc__.strip())
    network.need([*HOSTS.values(), HOLE])
    try:
        Shared.start(sys.argv[1:6])
        suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[6:] or ["Loops", "Smtp"],
                                                              sys.modules[__name__])
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    finally:
        Shared.stop()
    sys.exit(0 if result.wasSuccessful() and result.testsRun and not result.skipped else 1)


if __name__ == "__main__":
    main()
