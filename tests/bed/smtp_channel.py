# SPDX-License-Identifier: BSD-2-Clause
"""One connection of an SMTP server of the bed: octets in and out, TLS, and the record of it.

TLS runs over memory, so that the socket stays ours: what comes in the clear is kept apart to the
octet, and any octets can be sent in any place.
"""

import socket
import ssl
import struct
import threading
import time

CHUNK = 65536


class Ended(Exception):
    """Nothing more comes from this connection."""


class Record:
    """What one client did. May be read at any time; complete once `ended` is set.

    clear         all octets in the clear, up to STARTTLS inclusive
    early         octets that came behind STARTTLS before it was answered; they are thrown away
    hello         octets after the 220 to STARTTLS: the client's side of the handshake, if it is one
    secret        all octets that came over TLS, deciphered
    commands      the lines in the clear, with no line end; tls_commands those over TLS
    sni           the name the client asked for, or None
    tls           "TLSv1.3", or None when no handshake was completed
    tls_error     why it was not, or the alert the client sent later: OpenSSL's reason
    sent          how many octets the kernel took from us
    close_notify  whether the client ended TLS as it should
    end           None while it lasts; "eof" the client closed; "reset" it closed with octets of
                  ours unread, or in the middle of them; "server" we closed
    """

    def __init__(self, peer):
        self.peer = peer
        self.clear = bytearray()
        self.early = b""
        self.hello = bytearray()
        self.secret = bytearray()
        self.commands = []
        self.tls_commands = []
        self.sni = self.tls = self.tls_error = None
        self.sent = 0
        self.close_notify = False
        self.end = None
        self.ended = threading.Event()

    @property
    def all_commands(self):
        return self.commands + self.tls_commands

    @property
    def said_quit(self):
        return any(line.upper() == "QUIT" for line in self.all_commands[-1:])

    @property
    def closed_properly(self):
        """QUIT came last, and TLS was ended before the connection. After close_notify a reset is
        no fault: our own close_notify may be unread."""
        return self.said_quit and (self.close_notify if self.tls else self.end == "eof")


class Channel:
    """Used by one thread; stop() by any."""

    def __init__(self, sock, record):
        self.record = record
        self._socket = sock
        self._lock = threading.Lock()
        self._tls = self._incoming = self._outgoing = None
        self._buffer = bytearray()  # came, and nobody took it yet
        self._sink = record.clear
        self._notified = False

    @property
    def is_tls(self):
        return self._tls is not None

    def fileno(self):
        """For who takes the socket over until it is closed."""
        return self._socket.fileno()

    # Receiving

    def line(self):
        """The next line with its end."""
        while b"\n" not in self._buffer:
            self._buffer += self._receive()
        size = self._buffer.index(b"\n") + 1
        line = bytes(self._buffer[:size])
        del self._buffer[:size]
        return line

    def drain(self):
        """Answers nothing until the client ends it."""
        while True:
            self._receive()

    def wait(self, seconds):
        """Lets time pass, but ends when the client does."""
        until = time.monotonic() + seconds
        try:
            while (left := until - time.monotonic()) > 0:
                self._socket.settimeout(left)
                self._receive()
        except TimeoutError:
            pass
        finally:
            self._socket.settimeout(None)

    def _receive(self):
        return self._decipher() if self._tls else self._raw()

    def _raw(self):
        try:
            data = self._socket.recv(CHUNK)
        except TimeoutError:
            raise
        except OSError:
            self._end("reset")
        if not data:
            self._end("eof")
        if self._sink is not None:
            self._sink += data
        return data

    def _decipher(self):
        while True:
            try:
                data = self._tls.read(CHUNK)
            except ssl.SSLWantReadError:
                self._incoming.write(self._raw())
                continue
            except ssl.SSLZeroReturnError:
                data = b""
            except ssl.SSLError as error:
                self.record.tls_error = error.reason
                self._end_tls()
            if not data:
                self.record.close_notify = True
                self._end_tls()
            self.record.secret += data
            return data

    def _end_tls(self):
        """Nothing more can come over TLS; how the connection ends is still of interest."""
        self._notify()
        self._tls = self._sink = None
        self.truncate()

    def _end(self, how):
        self.record.end = self.record.end or how
        raise Ended

    # Sending

    def send(self, data):
        """A short one goes in one segment."""
        for at in range(0, len(data), CHUNK):
            chunk = data[at:at + CHUNK]
            if self._tls:
                try:
                    self._tls.write(chunk)
                except ssl.SSLError as error:
                    self.record.tls_error = error.reason
                    self._end_tls()
                chunk = self._outgoing.read()
            self.send_raw(chunk)

    def send_raw(self, data):
        """As it is, also where TLS is spoken."""
        view = memoryview(data)
        try:
            while view:
                size = self._socket.send(view)
                self.record.sent += size
                view = view[size:]
        except BrokenPipeError:
            self._end("eof")  # what Linux says when FIN came before the reset
        except OSError:
            self._end("reset")

    # TLS

    def expect_hello(self):
        """From now on the client has to speak TLS."""
        self.record.early = bytes(self._buffer)
        if self.record.early:
            del self.record.clear[-len(self.record.early):]
        self._buffer.clear()
        self._sink = self.record.hello

    def await_hello(self):
        """Returns when the client has begun."""
        while not self._buffer:
            self._buffer += self._raw()

    def start_tls(self, context):
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        tls.record = self.record
        self._incoming.write(self._buffer)
        self._buffer.clear()
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.send_raw(self._outgoing.read())
                self._incoming.write(self._raw())
            except ssl.SSLError as error:
                self.record.tls_error = error.reason
                self.send_raw(self._outgoing.read())
                self.finish()
        self.send_raw(self._outgoing.read())
        self._sink = None
        self._tls = tls
        self.record.tls = tls.version()

    # Ending; each raises Ended.

    def finish(self):
        """As a good server: close_notify, FIN, and then the client's turn."""
        self._notify()
        self.truncate()

    def _notify(self):
        if not self._tls or self._notified:
            return
        self._notified = True
        try:
            self._tls.unwrap()
        except ssl.SSLError:
            pass  # the client's own is still to come
        try:
            self._socket.send(self._outgoing.read())
        except OSError:
            pass  # the reading that follows tells what happened

    def truncate(self):
        """FIN with no close_notify before it; then the client's turn."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # as above
        self.drain()

    def close(self):
        """At once: who writes now gets a reset."""
        self._shut(linger=False)
        self._end("server")

    def reset(self):
        self._shut(linger=True)
        self._end("server")

    def _shut(self, linger):
        with self._lock:
            if linger:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                        struct.pack("ii", 1, 0))
            self._socket.close()

    def stop(self):
        """From another thread: whatever it waits for ends now."""
        with self._lock:
            self.record.end = self.record.end or "server"
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it is over already

    def dispose(self):
        """The last thing done with it."""
        self._shut(linger=False)
        self.record.end = self.record.end or "server"
        self.record.ended.set()
