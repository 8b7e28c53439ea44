# SPDX-License-Identifier: BSD-2-Clause
"""SMTP servers on loopback, each as good or as bad as wanted.

    with SmtpServer(certs.leaf("mx1.s.test"), "starttls_refused") as server:
        ...                                 # server.address, server.port
        server.wait_idle()
        server.records[0].commands          # ["EHLO me.test", "STARTTLS", "QUIT"]

See smtp_faults for what may be wrong, smtp_session for the steps to change by hand, smtp_channel's
Record for what is known about each client, listener for starting, stopping and waiting.
"""

import ssl
import warnings

from .listener import Listener
from .smtp_faults import FAULTS
from .smtp_session import STEPS, Session

VERSIONS = {"1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2,
            "1.3": ssl.TLSVersion.TLSv1_3}
EXTENSIONS = ("PIPELINING", "SIZE 10485760", "8BITMIME", "ENHANCEDSTATUSCODES")


class SmtpServer(Listener):
    """cert     a certs.Cert, or None: a server that knows no TLS
    fault       a name of smtp_faults.FAULTS
    steps       what is said instead, by step: {"rcpt": "550 5.1.1 nobody"}; goes before the fault
    by_name     {"mx2.s.test": cert}: the certificate for who asks for that name (SNI)
    tls         "1.2": that version and no other
    implicit    TLS from the first octet
    extensions  what EHLO offers besides STARTTLS
    drip_s      seconds between two octets of a dripping server

    messages    what was delivered: (sender, recipients, data, tls)
    """

    def __init__(self, cert=None, fault="none", *, address="127.0.0.1", port=0,
                 name="mx.bed.test", steps=None, by_name=None, tls=None, implicit=False,
                 extensions=EXTENSIONS, drip_s=0.2):
        super().__init__(address, port)
        kind = FAULTS[fault]
        self.cert = cert
        self.fault = fault
        self.name = name
        self.steps = {**kind.steps, **(steps or {})}
        self.implicit = implicit or kind.implicit
        self.extensions = extensions
        self.drip_s = drip_s
        self.messages = []
        unknown = set(self.steps) - set(STEPS)
        if unknown:
            raise ValueError(f"no such step: {', '.join(unknown)}")
        version = tls or kind.tls
        if (self.implicit or version) and not cert:
            raise ValueError("TLS needs a certificate")
        self.context = tls_context(cert, version, by_name or {}) if cert else None

    def serve(self, channel):
        Session(self, channel).run()


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
