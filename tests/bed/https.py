# SPDX-License-Identifier: BSD-2-Clause
"""Policy hosts of MTA-STS on loopback, each as good or as bad as wanted.

    certs = Certs(directory)
    with HttpsServer(certs, "mta-sts.s.test", "cn_only", address="127.0.44.1", port=443) as server:
        ...
        server.wait_idle()
        server.requests                 # [Request("GET", "/.well-known/mta-sts.txt", {...}), ...]
        server.records[0].sni           # "mta-sts.s.test"
        server.policy = policy("testing", ["*.s.test"])     # for who asks from now on

See https_faults for what may be wrong, listener for starting, stopping and waiting, smtp_channel's
Record for what else is known about each client. A client is trusted to load certs.ca_file.
"""

import threading

from . import smtp_channel
from .https_faults import FAULTS
from .https_session import Session
from .listener import Listener
from .smtp import tls_context


def policy(mode="enforce", mx=("mx.s.test",), max_age=604800):
    """A policy's text (RFC 8461, 3.2)."""
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {name}" for name in mx),
             f"max_age: {max_age}"]
    return "".join(line + "\r\n" for line in lines).encode()


class Record(smtp_channel.Record):
    """requests   what this client asked, in order"""

    def __init__(self, peer):
        super().__init__(peer)
        self.requests = []


class HttpsServer(Listener):
    """certs    a certs.Certs, for the certificate that the fault wants
    name        the policy host
    fault       a name of https_faults.FAULTS
    policy      what a good reply carries, octets; may be changed while it runs
    cert        a certs.Cert instead of the fault's
    location    where the fault "redirect" leads
    drip_s      seconds between two octets of a dripping server
    flood       octets after which a flood ends; None never

    released    an Event: servers whose fault is "held" reply when it is set
    """

    def __init__(self, certs, name, fault="none", *, address="127.0.0.1", port=0, policy=policy(),
                 cert=None, location="https://127.0.0.1/elsewhere", drip_s=0.05, flood=None):
        super().__init__(address, port)
        kind = FAULTS[fault]
        self.name = name
        self.fault = fault
        self.kind = kind
        self.policy = policy
        self.location = location
        self.drip_s = drip_s
        self.flood = flood
        self.cert = cert or kind.cert(certs, name)
        self.context = tls_context(self.cert, kind.tls, {})
        self.released = threading.Event()
        self._callers = []

    @property
    def requests(self):
        """All there ever were."""
        return [request for record in list(self.records) for request in record.requests]

    def new_record(self, peer):
        return Record(peer)

    def listen(self, *backlog):
        """A server with the fault "unanswered" has its queue filled by us."""
        super().listen(*([0] if self.kind.unanswered else backlog))
        if self.kind.unanswered:
            self._callers = fill(self._listener)

    def serve(self, channel):
        Session(self, channel).run()

    def asked(self, record, request):
        with self._changed:
            record.requests.append(request)
            self._changed.notify_all()

    def start(self):
        if not self.kind.unanswered:
            return super().start()
        self.listen()
        return self

    def stop(self):
        self.released.set()
        for sock in self._callers:
            sock.close()
        if self.kind.unanswered:
            self._listener.close()
        super().stop()


def fill(listener):
    """Connections until no more are answered: Linux then drops who comes next."""
    callers = []
    for _ in range(8):
        sock = smtp_channel.socket.socket(listener.family)
        sock.settimeout(0.1)
        callers.append(sock)
        try:
            sock.connect(listener.getsockname())
        except TimeoutError:
            break
    return callers
