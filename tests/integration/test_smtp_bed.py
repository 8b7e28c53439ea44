#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Proves with raw sockets and Python's ssl that the SMTP servers and certificates of the bed are
what the other tests rely on. The faults are in smtp_fault_cases."""

import hashlib
import os
import socket
import ssl
import subprocess
import sys
import threading
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from smtp_case import BLOCK, NAME, PATIENCE_S, BedCase, Client
from smtp_fault_cases import Faults, Steps

from bed.smtp import SmtpServer
from bed.smtp_session import in_turn

__all__ = ["Faults", "Steps"]


class Good(BedCase):
    def test_starttls_and_delivery(self):
        server, client = self.over_tls()
        self.assertNotIn(b"STARTTLS", client.ask("EHLO me.test"))
        for line, code in (("MAIL FROM:<a@me.test> SIZE=9", b"250"), ("RCPT TO:<b@s.test>", b"250"),
                           ("RCPT TO:<c@s.test>", b"250"), ("DATA", b"354"),
                           ("Subject: x\r\n\r\n..dot\r\n.", b"250")):
            self.assertEqual(client.ask(line)[:3], code, line)
        self.assertEqual(client.goodbye(), b"221 2.0.0 bye\r\n")
        client.socket.close()
        record = self.record(server)
        self.assertEqual(record.commands, ["EHLO me.test", "STARTTLS"])
        self.assertEqual(record.clear, b"EHLO me.test\r\nSTARTTLS\r\n")
        self.assertEqual(record.tls_commands[0], "EHLO me.test")
        self.assertEqual(record.tls_commands[-1], "QUIT")
        self.assertTrue(record.secret.startswith(b"EHLO me.test\r\nMAIL FROM"))
        self.assertTrue(record.hello.startswith(b"\x16\x03"))
        self.assertEqual((record.sni, record.tls, record.tls_error), (NAME, "TLSv1.3", None))
        self.assertTrue(record.close_notify)
        self.assertTrue(record.closed_properly)
        self.assertEqual(server.messages, [("a@me.test", ("b@s.test", "c@s.test"),
                                            b"Subject: x\r\n\r\n.dot\r\n", "TLSv1.3")])

    def test_delivery_in_the_clear(self):
        server, client = self.greeted(cert=None)
        self.assertNotIn(b"STARTTLS", client.ask("EHLO me.test"))
        self.assertEqual(client.ask("STARTTLS")[:3], b"503")
        client.socket.sendall(b"MAIL FROM:<>\r\nRCPT TO:<b@s.test>\r\nDATA\r\n")  # PIPELINING
        self.assertEqual([client.reply()[:3] for _ in range(3)], [b"250", b"250", b"354"])
        self.assertEqual(client.ask("x\r\n.")[:3], b"250")
        self.assertEqual(client.ask("RCPT TO:<b@s.test>")[:3], b"503")
        client.goodbye()
        client.socket.close()
        self.assertTrue(self.record(server).closed_properly)
        self.assertEqual(server.messages, [("", ("b@s.test",), b"x\r\n", None)])

    def test_answers_by_choice(self):
        later = "450 4.2.1 greylisted"
        for step, line in (("mail", "MAIL FROM:<a@me.test>"), ("rcpt", "RCPT TO:<b@s.test>"),
                           ("data", "DATA"), ("message", "x\r\n.")):
            with self.subTest(step=step):
                server, client = self.greeted(steps={step: in_turn(later, "550 5.7.1 no")})
                client.ask("EHLO me.test")
                self.up_to(client, step)
                self.assertEqual(client.ask(line), later.encode() + b"\r\n")
                if step == "message":
                    self.up_to(client, step)
                self.assertEqual(client.ask(line), b"550 5.7.1 no\r\n")
                if step == "message":
                    self.up_to(client, step)
                self.assertEqual(client.ask(line)[:1], b"3" if step == "data" else b"2")
                self.assertEqual(len(server.messages), step == "message")

    def up_to(self, client, step):
        for before, line in (("mail", "MAIL FROM:<a@me.test>"), ("rcpt", "RCPT TO:<b@s.test>"),
                             ("data", "DATA")):
            if before == step:
                return
            client.ask(line)

    def test_addresses(self):
        for address in ("127.0.0.7", "::1"):
            with self.subTest(address=address):
                server = self.serve(address=address)
                self.assertTrue(self.meet(server).reply().startswith(b"220"))
        port = self.serve().port
        self.assertEqual(self.serve(address="127.0.0.8", port=port).port, port)
        for address in ("0.0.0.0", "::", "192.0.2.1"):
            with self.assertRaises(ValueError):
                SmtpServer(self.cert, address=address)

    def test_certificate_by_name(self):
        other = self.certs.leaf("mx2.s.test")
        for name, expected in ((NAME, self.cert), ("mx2.s.test", other), ("MX2.s.test", other),
                               (None, self.cert)):
            with self.subTest(name=name):
                server, client = self.started(by_name={"mx2.s.test": other})
                client.start_tls(self.certs, name, verify=False)
                self.assertEqual(client.socket.getpeercert(True), expected.der)
                self.assertEqual(server.records[0].sni, name)

    def test_counts(self):
        server = self.serve()
        clients = [self.meet(server) for _ in range(200)]
        for client in clients:
            self.assertTrue(client.reply().startswith(b"220"))
        self.assertEqual((server.open, server.count), (200, 200))
        for client in clients:
            client.socket.close()
        self.assertTrue(server.wait_idle(200))
        self.assertEqual((server.open, server.count, server.most), (0, 200, 200))

    def test_stop_leaves_nothing(self):
        before = threading.active_count()
        opened = len(os.listdir("/proc/self/fd"))
        for fault in ("none", "silent_at_greeting", "drip_at_greeting", "greeting_huge_lines"):
            with self.subTest(fault=fault), SmtpServer(self.cert, fault) as server:
                with Client(server) as client:
                    self.assertTrue(server.wait_for(lambda server=server: server.open == 1))
                    server.stop()
                    self.assertEqual(server.records[0].end, "server")
                    with self.assertRaises(OSError):
                        Client(server)
                    client.socket.close()
        self.assertEqual(threading.active_count(), before)
        self.assertEqual(len(os.listdir("/proc/self/fd")), opened)


class Ends(BedCase):
    """How a client left is told apart."""

    def test_in_the_clear(self):
        for quits, resets, end, proper in ((True, False, "eof", True), (False, False, "eof", False),
                                           (False, True, "reset", False)):
            with self.subTest(quits=quits, resets=resets):
                server, client = self.greeted()
                if quits:
                    client.goodbye()
                if resets:
                    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                             b"\1\0\0\0\0\0\0\0")
                client.socket.close()
                record = self.record(server)
                self.assertEqual((record.end, record.closed_properly), (end, proper))

    def test_tls_without_close_notify(self):
        server, client = self.over_tls()
        client.ask("EHLO me.test")
        client.socket.close()
        record = self.record(server)
        self.assertEqual((record.close_notify, record.closed_properly), (False, False))

    def test_close_notify_without_quit(self):
        server, client = self.over_tls()
        client.ask("EHLO me.test")
        client.socket.unwrap().close()
        record = self.record(server)
        self.assertEqual((record.end, record.close_notify, record.closed_properly),
                         ("eof", True, False))

    def test_certificate_refused(self):
        server, client = self.started(cert=self.certs.leaf(NAME, issuer="other"))
        with self.assertRaises(ssl.SSLCertVerificationError):
            client.start_tls(self.certs)
        client.socket.close()
        self.assertEqual(self.record(server).tls_error, "TLSV1_ALERT_UNKNOWN_CA")

    def test_clear_text_for_a_hello(self):
        server, client = self.started()
        client.socket.sendall(b"EHLO me.test\r\n")
        client.rest()
        client.socket.close()
        record = self.record(server)
        self.assertEqual((record.hello, record.tls), (b"EHLO me.test\r\n", None))
        self.assertIsNotNone(record.tls_error)

    def test_commands_behind_starttls(self):
        server, client = self.greeted()
        client.socket.sendall(b"STARTTLS\r\nMAIL FROM:<x@evil.test>\r\n")
        self.assertEqual(client.reply()[:3], b"220")
        client.start_tls(self.certs)
        client.ask("EHLO me.test")
        record = server.records[0]
        self.assertEqual(record.early, b"MAIL FROM:<x@evil.test>\r\n")
        self.assertEqual(record.all_commands, ["STARTTLS", "EHLO me.test"])


class Certificates(BedCase):
    def verify(self, cert, name=NAME):
        """What Python's ssl finds wrong with it, over a real handshake; "" if nothing."""
        _, client = self.started(cert=cert)
        try:
            client.start_tls(self.certs, name)
        except ssl.SSLCertVerificationError as error:
            return error.verify_message
        return ""

    def test_verdicts(self):
        leaf = self.certs.leaf
        for expected, cert in (
                ("", leaf(NAME)),
                ("", leaf(NAME, issuer="intermediate")),
                ("", leaf(NAME, issuer="intermediate").sending("short")),
                ("unable to get local issuer certificate",
                 leaf(NAME, issuer="intermediate").sending("leaf")),
                ("", leaf("other.test", names=["*.s.test"])),
                ("certificate has expired", leaf(NAME, days=-1)),
                ("", leaf(NAME, days=1)),
                ("certificate is not yet valid", leaf(NAME, not_before=1)),
                ("self-signed certificate", leaf(NAME, issuer="self")),
                ("self-signed certificate in certificate chain", leaf(NAME, issuer="other")),
                ("Hostname mismatch", leaf("other.test")),
                ("Hostname mismatch", leaf("other.test", names=[])),
                ("", leaf(NAME, names=[]))):  # OpenSSL then looks at the common name
            with self.subTest(cert=cert.stem, expected=expected):
                found = self.verify(cert)
                self.assertEqual(found.startswith(expected) if expected else found == "", True,
                                 found)

    def openssl(self, command):
        return subprocess.run(["sh", "-c", command], capture_output=True, check=True,
                              stdin=subprocess.DEVNULL).stdout

    def test_tlsa_is_what_openssl_says(self):
        cert = self.certs.leaf(NAME, issuer="intermediate")
        der = self.openssl(f"openssl x509 -in {cert.pem_file} -outform DER")
        spki = self.openssl(f"openssl pkey -in {cert.key_file} -pubout -outform DER")
        self.assertEqual(cert.tlsa(3, 0, 0), f"3 0 0 {der.hex()}")
        self.assertEqual(cert.tlsa(3, 1, 0), f"3 1 0 {spki.hex()}")
        self.assertEqual(cert.tlsa(3, 1, 1), f"3 1 1 {hashlib.sha256(spki).hexdigest()}")
        self.assertEqual(cert.tlsa(3, 0, 2), f"3 0 2 {hashlib.sha512(der).hexdigest()}")
        above = self.certs.authority("intermediate")
        self.assertEqual(cert.tlsa(2, 0, 1, of="issuer"), above.tlsa(2, 0, 1))
        self.assertEqual(cert.tlsa(2, 1, 1, of="root"), self.certs.authority("ca").tlsa(2, 1, 1))
        self.assertNotEqual(cert.tlsa(3, 1, 1, wrong=True), cert.tlsa(3, 1, 1))

    def test_dane_by_openssl(self):
        """s_client, which has DANE of its own, agrees with our records."""
        cert = self.certs.leaf(NAME, issuer="intermediate")
        server = self.serve(cert=cert)
        for record, good in ((cert.tlsa(3, 1, 1), True), (cert.tlsa(3, 0, 2), True),
                             (cert.tlsa(2, 0, 1, of="issuer"), True),
                             (cert.tlsa(2, 1, 1, of="root"), True),
                             (cert.tlsa(3, 1, 1, wrong=True), False),
                             (self.cert.tlsa(3, 1, 1), False)):
            with self.subTest(record=record):
                done = subprocess.run(
                    ["openssl", "s_client", "-starttls", "smtp", "-brief", "-connect",
                     f"127.0.0.1:{server.port}", "-dane_tlsa_domain", NAME, "-dane_tlsa_rrdata",
                     record, "-verify_return_error"], stdin=subprocess.DEVNULL,
                    capture_output=True, text=True, timeout=PATIENCE_S, check=False)
                self.assertEqual(done.returncode == 0, good, done.stderr)
                self.assertEqual("Verification: OK" in done.stderr, good, done.stderr)

    def test_making(self):
        leaf = self.certs.leaf
        self.assertIs(leaf(NAME), self.cert)
        renewed = leaf(NAME, days=30, key_of=self.cert)
        self.assertEqual(renewed.tlsa(3, 1, 1), self.cert.tlsa(3, 1, 1))
        self.assertNotEqual(renewed.tlsa(3, 0, 1), self.cert.tlsa(3, 0, 1))
        nameless = leaf("x", cn="", names=[])
        self.assertEqual(self.openssl(f"openssl x509 -in {nameless.pem_file} -noout -subject"),
                         b"subject=\n")
        begin = self.openssl(f"openssl x509 -in {leaf(NAME, 7.5).pem_file} -noout -checkend 604800")
        self.assertEqual(begin, b"Certificate will not expire\n")
        self.certs.authority("old", issuer="ca", days=-1)
        self.assertEqual(self.verify(leaf(NAME, issuer="old")), "certificate has expired")
        with self.assertRaises(ValueError):
            leaf(NAME, issuer="nobody")


class Script(unittest.TestCase):
    def test_serve_smtp(self):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../bed/serve_smtp")
        with subprocess.Popen([script, "starttls_refused"], stdout=subprocess.PIPE, text=True,
                              stdin=subprocess.DEVNULL) as process:
            try:
                said = dict(process.stdout.readline().strip().split(": ", 1) for _ in range(5))
                with socket.create_connection((said["address"], int(said["port"]))) as client:
                    client.recv(BLOCK)
                    client.sendall(b"STARTTLS\r\n")
                    self.assertEqual(client.recv(BLOCK)[:3], b"454")
                self.assertRegex(process.stdout.readline(), r"^client \d+: no TLS.*STARTTLS")
                self.assertTrue(os.path.exists(said["ca"]))
            finally:
                process.terminate()
            process.wait(PATIENCE_S)
        self.assertFalse(os.path.exists(said["ca"]))


if __name__ == "__main__":
    unittest.main()
