# SPDX-License-Identifier: BSD-2-Clause
"""Servers that fail, each in one way, whatever they are asked."""

from . import wire
from .server import Server


class Silent(Server):
    """Takes every question and never answers."""


class Rcode(Server):
    """Answers every question with the same error."""

    def __init__(self, rcode):
        super().__init__()
        self._rcode = rcode

    def handle(self, query):
        query.answer(wire.empty_reply(query.message, self._rcode))


class Closer(Server):
    """Truncates over UDP and closes every TCP connection: at once, or after
    reading a question. The first kind meets the asker while it still writes,
    which is where a SIGPIPE comes from."""

    def __init__(self, after_reading=False):
        super().__init__()
        self.connections = 0
        self._after_reading = after_reading

    async def accepted(self, writer):
        self.connections += 1
        return self._after_reading

    def handle(self, query):
        if query.transport == "udp":
            query.answer(wire.empty_reply(query.message, flags=wire.TC))
        else:
            query.close()


class Garbage(Server):
    """Answers that cannot be parsed, or not be believed, a kind at a time."""

    def handle(self, query):
        query.answer(garbage(query.message, self.count % 4))


def garbage(query, kind):
    reply = wire.empty_reply(query, flags=wire.AA)
    promised = reply[:6] + b"\0\2" + reply[8:]
    if kind == 0:  # two answers promised, none there
        return promised
    if kind == 1:  # a name that points at itself
        at = len(promised)
        return promised + bytes([0xc0 | at >> 8, at & 255]) * 40
    if kind == 2:  # the data ends before its length does
        return promised + b"\xc0\x0c\0\x0f\0\1\0\0\1\x2c\xff\xff\0\x0a"
    return b"\xff" * 40  # not even the header of an answer
