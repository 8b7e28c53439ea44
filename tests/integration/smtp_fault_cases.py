# SPDX-License-Identifier: BSD-2-Clause
"""Every fault an SMTP server of the bed may have is what its name promises."""

import ssl
import time

from smtp_case import BLOCK, NAME, BedCase

from bed.smtp_faults import ESCAPES, FAULTS, GARBAGE, HUGE, INJECTED
from bed.smtp_session import STEPS


class Faults(BedCase):
    """One test for each fault that has a name of its own."""

    def test_all_are_tested(self):
        systematic = {f"{verb}_at_{step}" for step in STEPS
                      for verb in ("silent", "close", "reset", "drip")}
        for fault in set(FAULTS) - systematic - {"none"}:
            self.assertTrue(hasattr(self, f"test_{fault}"), fault)

    def test_no_starttls(self):
        _, client = self.greeted("no_starttls")
        reply = client.ask("EHLO me.test")
        self.assertTrue(reply.startswith(b"250-mx.bed.test\r\n"))
        self.assertNotIn(b"STARTTLS", reply)
        self.assertEqual(client.ask("STARTTLS")[:3], b"502")
        self.assertEqual(client.ask("MAIL FROM:<>")[:3], b"250")

    def refused_starttls(self, fault, code):
        server, client = self.greeted(fault)
        self.assertIn(b"STARTTLS", client.ask("EHLO me.test"))
        self.assertEqual(client.ask("STARTTLS")[:3], code)
        client.goodbye()
        client.socket.close()
        self.assertTrue(self.record(server).closed_properly)

    def test_starttls_refused(self):
        self.refused_starttls("starttls_refused", b"454")

    def test_starttls_501(self):
        self.refused_starttls("starttls_501", b"501")

    def test_starttls_injected(self):
        server, client = self.greeted("starttls_injected")
        client.ask("EHLO me.test")
        client.socket.sendall(b"STARTTLS\r\n")
        expected = b"220 2.0.0 go ahead\r\n" + INJECTED
        self.assertEqual(client.socket.recv(BLOCK), expected)
        client.start_tls(self.certs)  # who throws it away gets TLS
        client.ask("EHLO me.test")
        self.assertEqual(server.records[0].tls, "TLSv1.3")

    def test_starttls_injected_later(self):
        _, client = self.started("starttls_injected_later")
        self.assertTrue(client.quiet())
        client.socket.sendall(b"\x16")
        self.assertEqual(client.socket.recv(BLOCK), INJECTED)
        _, client = self.started("starttls_injected_later")
        with self.assertRaises(ssl.SSLError):
            client.start_tls(self.certs)

    def test_garbage_hello(self):
        _, client = self.started("garbage_hello")
        client.socket.sendall(b"\x16")
        self.assertEqual(client.socket.recv(BLOCK), GARBAGE)
        _, client = self.started("garbage_hello")
        with self.assertRaises(ssl.SSLError):
            client.start_tls(self.certs)

    def test_mail_needs_tls(self):
        _, client = self.greeted("mail_needs_tls")
        client.ask("EHLO me.test")
        self.assertEqual(client.ask("MAIL FROM:<>")[:3], b"530")
        _, client = self.over_tls("mail_needs_tls")
        self.assertEqual(client.ask("MAIL FROM:<>")[:3], b"250")

    def only_version(self, fault, version, said):
        server, client = self.started(fault)
        client.start_tls(self.certs, tls=version)
        self.assertEqual(client.socket.version(), said)
        self.assertEqual(client.ask("EHLO me.test")[:3], b"250")
        self.assertEqual(server.records[0].tls, said)

    def test_tls11_only(self):
        self.only_version("tls11_only", ssl.TLSVersion.TLSv1_1, "TLSv1.1")
        server, client = self.started("tls11_only")
        with self.assertRaises(ssl.SSLError):
            client.start_tls(self.certs)
        client.socket.close()
        record = self.record(server)
        self.assertIsNone(record.tls)
        self.assertIsNotNone(record.tls_error)  # whose reason it is depends on the client

    def test_tls12_only(self):
        self.only_version("tls12_only", ssl.TLSVersion.TLSv1_2, "TLSv1.2")

    def test_tls13_only(self):
        self.only_version("tls13_only", ssl.TLSVersion.TLSv1_3, "TLSv1.3")

    def test_implicit_tls(self):
        server = self.serve("implicit_tls")
        client = self.meet(server)
        self.assertTrue(client.quiet())
        client.start_tls(self.certs)
        self.assertEqual(client.reply()[:3], b"220")
        self.assertNotIn(b"STARTTLS", client.ask("EHLO me.test"))
        client.goodbye()
        client.socket.close()
        record = self.record(server)
        self.assertEqual((record.clear, record.sni), (b"", NAME))
        self.assertTrue(record.closed_properly)

    def test_greeting_554(self):
        client = self.meet(self.serve("greeting_554"))
        self.assertEqual(client.reply()[:3], b"554")
        self.assertEqual(client.ask("EHLO me.test")[:3], b"503")
        self.assertEqual(client.ask("QUIT")[:3], b"221")

    def test_greeting_421(self):
        client = self.meet(self.serve("greeting_421"))
        self.assertEqual(client.rest()[:3], b"421")

    def test_greeting_multiline(self):
        client = self.meet(self.serve("greeting_multiline"))
        self.assertEqual(client.reply().count(b"\n"), 3)
        self.assertEqual(client.ask("EHLO me.test")[:3], b"250")

    def test_greeting_garbage(self):
        client = self.meet(self.serve("greeting_garbage"))
        self.assertEqual(client.socket.recv(BLOCK), GARBAGE)

    def flood(self, fault, ends, greeting):
        """All of it comes; a client that stops reading gets rid of the server."""
        server = self.serve(fault)
        client = self.meet(server)
        if not greeting:
            client.reply()
            client.socket.sendall(b"EHLO me.test\r\n")
        size, last = 0, b""
        while size < HUGE * 0.98:
            last = client.socket.recv(BLOCK)
            size += len(last)
        while ends and not last.endswith(ends):
            last += client.socket.recv(BLOCK)
        self.assertEqual(last.count(b"\n") > 0, bool(ends))
        early = self.meet(server)
        early.socket.recv(100)
        if not greeting:
            early.socket.sendall(b"EHLO me.test\r\n")
            early.socket.recv(100)
        early.socket.close()
        self.assertTrue(server.wait_for(lambda: server.records[1].ended.is_set()))
        self.assertLess(server.records[1].sent, HUGE)
        self.assertIn(server.records[1].end, ("reset", "eof"))

    def test_greeting_huge_line(self):
        self.flood("greeting_huge_line", b"", True)

    def test_greeting_huge_lines(self):
        self.flood("greeting_huge_lines", b"\n220 done\r\n", True)

    def test_ehlo_huge_line(self):
        self.flood("ehlo_huge_line", b"", False)

    def test_ehlo_huge_lines(self):
        self.flood("ehlo_huge_lines", b"\n250 STARTTLS\r\n", False)

    def test_ehlo_refused(self):
        _, client = self.greeted("ehlo_refused")
        self.assertEqual(client.ask("EHLO me.test")[:3], b"502")
        self.assertEqual(client.ask("HELO me.test")[:3], b"250")

    def test_escapes(self):
        client = self.meet(self.serve("escapes"))
        self.assertIn(ESCAPES.encode(), client.reply())
        reply = client.ask("EHLO me.test")
        self.assertEqual(reply.count(ESCAPES.encode()), 2)
        self.assertTrue(reply.endswith(b"250 STARTTLS\r\n"))

    def test_truncated_tls(self):
        _, client = self.over_tls("truncated_tls")
        with self.assertRaisesRegex(ssl.SSLError, "(?i)eof"):
            client.ask("EHLO me.test")

    def test_no_close_notify(self):
        _, client = self.over_tls("no_close_notify")
        self.assertEqual(client.ask("QUIT")[:3], b"221")
        with self.assertRaisesRegex(ssl.SSLError, "(?i)eof"):
            client.socket.recv(1)
        _, client = self.over_tls()
        self.assertEqual(client.ask("QUIT")[:3], b"221")
        self.assertEqual(client.socket.recv(1), b"")


class Steps(BedCase):
    """silent, close, reset and drip, at every step."""

    LINES = {"ehlo": "EHLO me.test", "helo": "HELO me.test", "starttls": "STARTTLS",
             "handshake": "STARTTLS", "ehlo_tls": "EHLO me.test", "mail": "MAIL FROM:<>",
             "rcpt": "RCPT TO:<b@s.test>", "data": "DATA", "message": ".", "quit": "QUIT"}

    def reach(self, verb, step):
        """A client whose next answer is the faulty one."""
        if step == "greeting":
            server = self.serve(f"{verb}_at_{step}", drip_s=0.01)
            return server, self.meet(server)
        go_on = self.over_tls if step == "ehlo_tls" else self.greeted
        server, client = go_on(f"{verb}_at_{step}", drip_s=0.01)
        steps = ("mail", "rcpt", "data", "message")
        for before in steps[:steps.index(step)] if step in steps else ():
            client.ask(self.LINES[before])
        client.socket.sendall(self.LINES[step].encode() + b"\r\n")
        if step == "handshake":
            self.assertEqual(client.reply()[:3], b"220")
            self.assertTrue(client.quiet())
            client.socket.sendall(b"\x16")
        return server, client

    def test_silent(self):
        for step in STEPS:
            with self.subTest(step=step):
                server, client = self.reach("silent", step)
                client.socket.settimeout(0.05)
                with self.assertRaises(TimeoutError):
                    client.socket.recv(1)
                client.socket.close()
                self.assertTrue(server.wait_idle())

    def test_close(self):
        for step in STEPS:
            with self.subTest(step=step):
                server, client = self.reach("close", step)
                if step == "ehlo_tls":  # with no close_notify
                    with self.assertRaisesRegex(ssl.SSLError, "(?i)eof"):
                        client.socket.recv(1)
                else:
                    self.assertEqual(client.socket.recv(1), b"")
                self.assertEqual(self.record(server).end, "server")

    def test_reset(self):
        for step in STEPS:
            with self.subTest(step=step):
                try:
                    server, client = self.reach("reset", step)
                except ConnectionResetError:
                    self.assertEqual(step, "greeting")  # it was faster than connect()
                    continue
                # Python's ssl would call the reset an EOF.
                with client.raw() as raw, self.assertRaises(ConnectionResetError):
                    while raw.recv(BLOCK):
                        pass
                self.assertEqual(self.record(server).end, "server")

    def test_drip(self):
        for step in STEPS:
            with self.subTest(step=step):
                server, client = self.reach("drip", step)
                octets = [client.socket.recv(1) for _ in range(6)]
                begins = b"\x16\x03" if step == "handshake" else b"2"
                begins = b"354" if step == "data" else begins
                self.assertTrue(b"".join(octets).startswith(begins), octets)
                client.socket.close()
                self.assertTrue(server.wait_idle())

    def test_drip_is_slow(self):
        client = self.meet(self.serve("drip_at_greeting"))
        begun = time.monotonic()
        self.assertEqual([client.socket.recv(9) for _ in range(4)], [b"2", b"2", b"0", b"-"])
        self.assertGreater(time.monotonic() - begun, 0.55)
