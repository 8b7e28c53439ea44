# SPDX-License-Identifier: BSD-2-Clause
"""SMTP servers on loopback, each as good or as bad as wanted.

    with SmtpServer(certs.leaf("mx1.s.test"), "starttls_refused") as server:
        ...                                 # server.address, server.port
        server.wait_idle()
        server.records[0].commands          # ["EHLO me.test", "STARTTLS", "QUIT"]

See smtp_faults for what may be wrong, smtp_session for the steps to change by hand, smtp_channel's
Record for what is known about each client. One thread for each server and each connection: for
hundreds of clients at once, not for tens of thousands.
"""

import ipaddress
import socket
import ssl
import threading
import warnings

from .smtp_channel import Channel, Record
from .smtp_faults import FAULTS
from .smtp_session import STEPS, Session

VERSIONS = {"1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2,
            "1.3": ssl.TLSVersion.TLSv1_3}
EXTENSIONS = ("PIPELINING", "SIZE 10485760", "8BITMIME", "ENHANCEDSTATUSCODES")


class SmtpServer:
    """cert     a certs.Cert, or None: a server that knows no TLS
    fault       a name of smtp_faults.FAULTS
    steps       what is said instead, by step: {"rcpt": "550 5.1.1 nobody"}; goes before the fault
    by_name     {"mx2.s.test": cert}: the certificate for who asks for that name (SNI)
    tls         "1.2": that version and no other
    implicit    TLS from the first octet
    extensions  what EHLO offers besides STARTTLS
    drip_s      seconds between two octets of a dripping server

    records     one Record for each connection there ever was
    messages    what was delivered: (sender, recipients, data, tls)
    most        the most connections that were open at once
    """

    def __init__(self, cert=None, fault="none", *, address="127.0.0.1", port=0,
                 name="mx.bed.test", steps=None, by_name=None, tls=None, implicit=False,
                 extensions=EXTENSIONS, drip_s=0.2):
        if not ipaddress.ip_address(address).is_loopback:
            raise ValueError(f"{address} is not loopback")
        kind = FAULTS[fault]
        self.cert = cert
        self.fault = fault
        self.address = address
        self.port = port
        self.name = name
        self.steps = {**kind.steps, **(steps or {})}
        self.implicit = implicit or kind.implicit
        self.extensions = extensions
        self.drip_s = drip_s
        self.records = []
        self.messages = []
        self.most = 0
        unknown = set(self.steps) - set(STEPS)
        if unknown:
            raise ValueError(f"no such step: {', '.join(unknown)}")
        version = tls or kind.tls
        if (self.implicit or version) and not cert:
            raise ValueError("TLS needs a certificate")
        self.context = tls_context(cert, version, by_name or {}) if cert else None
        self._listener = self._acceptor = None
        self._open = {}  # Channel -> its thread
        self._changed = threading.Condition()
        self._stopping = False

    def start(self):
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind((self.address, self.port))
            self._listener.listen(512)
        except OSError:
            self._listener.close()
            raise
        self.port = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()
        return self

    def stop(self):
        """Ends everything; twice is once."""
        if not self._acceptor:
            return
        self._stopping = True
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._acceptor.join()
        self._acceptor = None
        self._listener.close()
        with self._changed:
            left = dict(self._open)
        for channel in left:
            channel.stop()
        for thread in left.values():
            thread.join()

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    @property
    def count(self):
        """Connections there ever were."""
        return len(self.records)

    @property
    def open(self):
        """Connections there are now."""
        return len(self._open)

    def wait_for(self, condition, patience=5):
        """Until condition() holds, asked whenever a connection comes or ends; False if it was not
        to be."""
        with self._changed:
            return self._changed.wait_for(condition, patience)

    def wait_idle(self, count=1, patience=5):
        """Until at least count connections came and all are over."""
        return self.wait_for(lambda: self.count >= count and not self._open, patience)

    def _accept(self):
        while not self._stopping:
            try:
                sock, peer = self._listener.accept()
            except OSError:
                continue  # a client gone already, or stop()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            channel = Channel(sock, Record(peer))
            thread = threading.Thread(target=self._serve, args=(channel,), daemon=True)
            with self._changed:
                self.records.append(channel.record)
                self._open[channel] = thread
                self.most = max(self.most, len(self._open))
                self._changed.notify_all()
            thread.start()

    def _serve(self, channel):
        try:
            Session(self, channel).run()
        finally:
            channel.dispose()
            with self._changed:
                del self._open[channel]
                self._changed.notify_all()


def tls_context(cert, version, by_name):
    """One context for cert, which hands over to another's when a client names it."""
    context = plain_context(cert, version)
    others = {name.lower(): plain_context(other, version) for name, other in by_name.items()}

    def choose(tls, name, _context):
        tls.record.sni = name
        if name and name.lower() in others:
            tls.context = others[name.lower()]
    context.sni_callback = choose
    return context


def plain_context(cert, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if version:
        if version == "1.1":
            context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():  # that TLS 1.1 is old is the point
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = VERSIONS[version]
    context.load_cert_chain(cert.chain_file, cert.key_file)
    return context
