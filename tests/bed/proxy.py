# SPDX-License-Identifier: BSD-2-Clause
"""Servers in front of knotd: they pass on its answers, changed or held back."""

import asyncio
import socket
import struct
import time

from . import wire
from .fakes import garbage
from .server import Server


class Proxy(Server):
    """Passes questions on, over the transport they came by."""

    def __init__(self, port, address="127.0.0.1"):
        super().__init__(address)
        self._upstream = (address, port)
        self._socket = None
        self._pending = {}
        self._next_id = 0

    def open(self, loop):
        super().open(loop)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(self._upstream)
        self._socket.setblocking(False)
        for sock in (self._socket, self._udp):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        loop.add_reader(self._socket, self._read_upstream)

    def close(self):
        self._loop.remove_reader(self._socket)
        self._socket.close()
        super().close()

    def handle(self, query):
        self.forward(query)

    def replied(self, query, reply):
        """To be overridden: the upstream's reply, or None when it has none."""
        if reply:
            query.answer(reply)

    def forward(self, query):
        if query.transport == "tcp":
            self._loop.create_task(self._forward_tcp(query))
            return
        # Askers choose ids without knowing of each other.
        self._next_id = (self._next_id + 1) & 0xffff
        self._pending[self._next_id] = query
        try:
            self._socket.send(struct.pack("!H", self._next_id) + query.message[2:])
        except OSError:
            del self._pending[self._next_id]
            self.replied(query, None)

    def _read_upstream(self):
        while True:
            try:
                reply = self._socket.recv(65535)
            except OSError:
                return
            query = self._pending.pop(struct.unpack_from("!H", reply)[0], None)
            if query:
                self.replied(query, query.message[:2] + reply[2:])

    async def _forward_tcp(self, query):
        reply = None
        try:
            reader, writer = await asyncio.open_connection(*self._upstream)
            writer.write(struct.pack("!H", len(query.message)) + query.message)
            size = struct.unpack("!H", await reader.readexactly(2))[0]
            reply = await reader.readexactly(size)
            writer.close()
        except (OSError, asyncio.IncompleteReadError):
            pass
        self.replied(query, reply)


class Meddler(Proxy):
    """Fails single questions. rules: {(name, type): action}, with the actions
    servfail, refused, silent, garbage and truncate (over TCP too: for good)."""

    def __init__(self, port, rules):
        super().__init__(port)
        self.rules = rules

    def handle(self, query):
        action = self.rules.get((query.name, query.type))
        if action is None:
            self.forward(query)
        elif action == "servfail":
            query.answer(wire.empty_reply(query.message, wire.SERVFAIL))
        elif action == "refused":
            query.answer(wire.empty_reply(query.message, wire.REFUSED))
        elif action == "garbage":
            query.answer(garbage(query.message, 2))
        elif action == "truncate":
            query.answer(wire.empty_reply(query.message, flags=wire.TC))


class Record:
    """One query a Gate has seen; instants are of time.monotonic()."""

    def __init__(self, asked, round_):
        self.name, self.type, self.transport = asked
        self.round = round_
        self.arrived = time.monotonic()
        self.replied = None

    def __repr__(self):
        return f"<{self.round}: {self.name} {self.type} {self.transport}>"


class Gate(Proxy):
    """Holds replies back and counts rounds: how many times in a row somebody
    had to wait for a reply before asking on. The round of a query is one more
    than the highest round answered before it arrived.

    delay_ms   every reply leaves that long after its query came; or, by default,
    quiet_ms   the gate: replies are held until no query has come for that
               long, then all leave at once. So the count does not depend on
               how fast the asker is, as long as it asks what it can within
               quiet_ms of its last question.
    """

    def __init__(self, port, delay_ms=None, quiet_ms=50):
        super().__init__(port)
        self.delay_ms = delay_ms
        self._quiet = quiet_ms / 1000
        self._timer = None
        self._forget()

    def _forget(self):
        self._records = []
        self._answered = 0
        # What is still held from before a reset counts for nothing after it.
        self._held = []
        self._missing = set()

    def reset(self):
        """Forgets what was recorded; replies held back are let go."""
        def run():
            if self._timer:
                self._timer.cancel()
            self._release_all()
            self._forget()
            self.log.clear()
        self.hub.call(run)

    @property
    def records(self):
        return self.hub.call(lambda: list(self._records))

    @property
    def rounds(self):
        return max((record.round for record in self.records), default=0)

    def handle(self, query):
        query.record = Record(query.asked, self._answered + 1)
        self._records.append(query.record)
        if self.delay_ms is None:
            self._missing.add(query)
            self._rearm()
        self.forward(query)

    def replied(self, query, reply):
        if self.delay_ms is not None:
            rest = query.record.arrived + self.delay_ms / 1000 - time.monotonic()
            self._loop.call_later(max(0, rest), self._release, query, reply)
            return
        if query not in self._missing:
            self._release(query, reply)  # older than the last reset
            return
        self._missing.discard(query)
        self._held.append((query, reply))

    def _rearm(self):
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_later(self._quiet, self._fall_quiet)

    def _fall_quiet(self):
        if self._missing:
            self._rearm()
        else:
            self._release_all()

    def _release_all(self):
        held, self._held = self._held, []
        for query, reply in sorted(held, key=lambda item: item[0].record.arrived):
            self._release(query, reply)

    def _release(self, query, reply):
        query.record.replied = time.monotonic()
        if not self._is_forgotten(query.record):
            self._answered = max(self._answered, query.record.round)
        if reply:
            query.answer(reply)

    def _is_forgotten(self, record):
        return not self._records or record.arrived < self._records[0].arrived
