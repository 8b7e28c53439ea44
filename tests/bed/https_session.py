# SPDX-License-Identifier: BSD-2-Clause
"""One client of a policy host, and where another than the usual may be done.

    accept      the connection is there
    handshake   the client's first octet is there
    reply       the request is there

What stands for a step in the fault is called with the session; at "reply" it returns the octets of
the reply, or None for the usual one. It may end the connection.
"""

import collections
import ssl

from .smtp_channel import Ended

Request = collections.namedtuple("Request", "method path headers")  # names in lower case


class Session:
    def __init__(self, server, channel):
        self.server = server
        self.channel = channel
        self.record = channel.record

    def run(self):
        try:
            self._step("accept")
            self.channel.expect_hello()
            self.channel.await_hello()
            self._step("handshake")
            self.channel.start_tls(self.server.context)
            self.server.asked(self.record, self._request())
            reply = self._step("reply")
            self.channel.send(self.usual() if reply is None else reply)
            self.channel.finish()
        except (Ended, ssl.SSLError):
            pass

    def usual(self):
        return reply(self.server.policy)

    def _step(self, step):
        action = self.server.kind.steps.get(step)
        return action(self) if action else None

    def _request(self):
        method, _, rest = self._line().partition(" ")
        headers = {}
        while line := self._line():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return Request(method, rest.rpartition(" ")[0], headers)

    def _line(self):
        return self.channel.line().rstrip(b"\r\n").decode("latin-1")


def head(status="200 OK", *fields, content_type="text/plain", version="HTTP/1.1"):
    """A reply's header, with its empty line; fields are (name, value)."""
    fields = [*([("Content-Type", content_type)] if content_type else []), *fields]
    lines = [f"{version} {status}", *(f"{name}: {value}" for name, value in fields), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def reply(body, status="200 OK", *fields, **options):
    """All of it, with a length."""
    return head(status, ("Content-Length", len(body)), *fields, **options) + body


def chunked(body, *trailers, size=100):
    """The body in chunks."""
    chunks = [body[at:at + size] for at in range(0, len(body), size)]
    text = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return text + b"0\r\n" + b"".join(line + b"\r\n" for line in trailers) + b"\r\n"
