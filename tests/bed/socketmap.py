# SPDX-License-Identifier: BSD-2-Clause
"""A client of the socketmap protocol, as Postfix is one."""

import socket


def netstring(text):
    octets = text if isinstance(text, bytes) else text.encode()
    return b"%d:%s," % (len(octets), octets)


class Client:
    """at: a port of 127.0.0.1, or the path of a unix socket. A broken connection is an OSError."""

    def __init__(self, at, patience=30):
        if isinstance(at, int):
            self.socket = socket.create_connection(("127.0.0.1", at), patience)
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(patience)
            self.socket.connect(at)
        self._rest = b""

    def send(self, octets):
        self.socket.sendall(octets)

    def receive(self):
        """The inside of the next netstring."""
        while b":" not in self._rest:
            self._more()
        size, _, _ = self._rest.partition(b":")
        whole = len(size) + 1 + int(size) + 1
        while len(self._rest) < whole:
            self._more()
        inside, self._rest = self._rest[len(size) + 1:whole - 1], self._rest[whole:]
        return inside

    def _more(self):
        octets = self.socket.recv(65536)
        if not octets:
            raise ConnectionError("the server has closed the connection")
        self._rest += octets

    def ask(self, map_name, key):
        """("OK", "nx-may:[mx.test]:25"), ("NOTFOUND", "") ..."""
        self.send(netstring(f"{map_name} {key}"))
        status, _, data = self.receive().decode("ascii").partition(" ")
        return status, data

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
