# SPDX-License-Identifier: BSD-2-Clause
"""Our own small servers: one thread, one event loop, any number of servers.

A server gets each question as a Query and answers it now, later or never.
Everything of a server but its constructor and its log runs in the thread of
its Hub.
"""

import asyncio
import collections
import struct
import threading

from . import wire
from .process import bind_pair

Asked = collections.namedtuple("Asked", "name type transport")


class Query:
    """One question; answer() and close() may come later, from the loop."""

    def __init__(self, message, transport, send, close):
        self.message = message
        self.name, self.type = wire.question(message)
        self.transport = transport
        self.answer = send
        self.close = close

    @property
    def asked(self):
        return Asked(self.name, self.type, self.transport)


class Server:
    def __init__(self, address="127.0.0.1"):
        self.address = address
        self.port = None
        self.log = []
        self._udp = self._tcp = self._loop = None

    @property
    def at(self):
        """As stubs want it."""
        return f"{self.address}@{self.port}"

    @property
    def count(self):
        return len(self.log)

    def open(self, loop):
        self._loop = loop
        self._udp, self._tcp = bind_pair(self.address)
        self.port = self._udp.getsockname()[1]
        self._udp.setblocking(False)
        self._tcp.setblocking(False)
        loop.add_reader(self._udp, self._read_udp)
        self._acceptor = loop.create_task(
            asyncio.start_server(self._serve_tcp, sock=self._tcp))

    def close(self):
        self._loop.remove_reader(self._udp)
        self._udp.close()
        self._acceptor.cancel()
        self._tcp.close()

    def handle(self, query):
        """To be overridden."""

    async def accepted(self, writer):
        """To be overridden; False ends the connection at once."""
        return True

    def _read_udp(self):
        # All that is there: who counts rounds must not find half of them.
        while True:
            try:
                message, peer = self._udp.recvfrom(65535)
            except OSError:
                return
            self._dispatch(message, "udp", lambda reply, peer=peer: self._send_udp(reply, peer),
                           lambda: None)

    def _send_udp(self, reply, peer):
        try:
            self._udp.sendto(reply, peer)
        except OSError:
            pass  # the asker is gone

    async def _serve_tcp(self, reader, writer):
        def send(reply):
            if not writer.is_closing():
                writer.write(struct.pack("!H", len(reply)) + reply)
        try:
            if await self.accepted(writer):
                while not writer.is_closing():
                    size = struct.unpack("!H", await reader.readexactly(2))[0]
                    self._dispatch(await reader.readexactly(size), "tcp", send, writer.close)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _dispatch(self, message, transport, send, close):
        try:
            query = Query(message, transport, send, close)
        except wire.Malformed:
            return
        self.log.append(query.asked)
        self.handle(query)


class Hub:
    """The thread all servers of a bed live in."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._servers = []
        self._thread.start()

    def call(self, function, *arguments):
        """Runs function in the loop's thread and returns what it returns."""
        async def run():
            return function(*arguments)
        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def add(self, server):
        server.hub = self
        self.call(server.open, self._loop)
        self._servers.append(server)
        return server

    def stop(self):
        for server in self._servers:
            self.call(server.close)
        self._servers = []
        asyncio.run_coroutine_threadsafe(self._end_tasks(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end_tasks(self):
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
