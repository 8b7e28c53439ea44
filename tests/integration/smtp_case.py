# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of the SMTP servers of the bed share: a raw client, and how to meet it."""

import os
import shutil
import socket
import ssl
import sys
import tempfile
import unittest
import warnings

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from bed.certs import Certs
from bed.smtp import SmtpServer

NAME = "mx1.s.test"
PATIENCE_S = 5
BLOCK = 65536


class Client:
    """A client as raw as it gets; what it reads it gives back as octets."""

    def __init__(self, server):
        self.socket = socket.create_connection((server.address, server.port), PATIENCE_S)
        self._buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def line(self):
        while b"\n" not in self._buffer:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line + b"\n"

    def reply(self):
        lines = [self.line()]
        while lines[-1][3:4] == b"-":
            lines.append(self.line())
        return b"".join(lines)

    def ask(self, line):
        self.socket.sendall(line.encode() + b"\r\n")
        return self.reply()

    def start_tls(self, certs, name=NAME, **options):
        assert not self._buffer, self._buffer
        self.socket = client_context(certs, **options).wrap_socket(self.socket,
                                                                   server_hostname=name,
                                                                   suppress_ragged_eofs=False)

    def rest(self):
        """All that comes until the server's FIN."""
        found = self._buffer
        while data := self.socket.recv(BLOCK):
            found += data
        return found

    def quiet(self):
        """Whether nothing is there to read and the connection stands."""
        self.socket.setblocking(False)
        try:
            self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        finally:
            self.socket.settimeout(PATIENCE_S)
        return False

    def raw(self):
        """The same connection below TLS; to be closed."""
        raw = socket.socket(fileno=os.dup(self.socket.fileno()))
        raw.settimeout(PATIENCE_S)
        return raw

    def goodbye(self):
        """As a good client, with TLS or without."""
        reply = self.ask("QUIT")
        if isinstance(self.socket, ssl.SSLSocket):
            self.socket = self.socket.unwrap()
        return reply


def client_context(certs, verify=True, tls=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certs.ca_file)
    # By default Python takes a FIN for a close_notify.
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls:
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = tls
    return context


class BedCase(unittest.TestCase):
    longMessage = True

    @classmethod
    def setUpClass(cls):
        directory = tempfile.mkdtemp(prefix="nextmx-smtp-")
        cls.addClassCleanup(shutil.rmtree, directory)
        cls.certs = Certs(directory)
        cls.cert = cls.certs.leaf(NAME)

    def serve(self, fault="none", **options):
        server = SmtpServer(options.pop("cert", self.cert), fault, **options).start()
        self.addCleanup(server.stop)
        return server

    def meet(self, server):
        """A client that is connected, and no more."""
        client = Client(server)
        self.addCleanup(client.__exit__)
        return client

    def greeted(self, fault="none", **options):
        server = self.serve(fault, **options)
        client = self.meet(server)
        self.assertTrue(client.reply().startswith(b"220"))
        return server, client

    def started(self, fault="none", **options):
        """A client that has got the 220 to STARTTLS."""
        server, client = self.greeted(fault, **options)
        self.assertIn(b"STARTTLS\r\n", client.ask("EHLO me.test"))
        self.assertEqual(client.ask("STARTTLS"), b"220 2.0.0 go ahead\r\n")
        return server, client

    def over_tls(self, fault="none", **options):
        server, client = self.started(fault, **options)
        client.start_tls(self.certs)
        return server, client

    def record(self, server):
        """The record of the only client, which is done."""
        self.assertTrue(server.wait_idle(patience=PATIENCE_S), "a client did not end")
        self.assertEqual(server.count, 1)
        return server.records[0]
