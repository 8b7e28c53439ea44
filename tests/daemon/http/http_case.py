# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of http.c share: a server with made up answers, and a client that sees every octet."""

import json
import re
import select
import signal
import socket
import subprocess
import tempfile
import time
import unittest

PATIENCE_S = 60


class Server:
    program = None

    def __init__(self, where, connections=0, idle_s=0):
        self.where = where
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", Server.program, where, str(connections),
             str(idle_s)], stdout=subprocess.PIPE, stderr=self.errors, stdin=subprocess.DEVNULL,
            text=True)
        self.port = int(self.process.stdout.readline())

    def connect(self, kind=socket.SOCK_STREAM):
        if self.where.startswith("unix:"):
            sock = socket.socket(socket.AF_UNIX, kind)
            sock.connect(self.where[5:])  # waits while the backlog is full
            sock.settimeout(PATIENCE_S)
            return sock
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)

    def end(self, number=signal.SIGTERM):
        """What it prints at its end, and wrote to standard error meanwhile."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self):
        out, _ = self.process.communicate(timeout=PATIENCE_S)
        self.errors.seek(0)
        return self.process.returncode, out.strip(), self.errors.read()


class Reply:
    def __init__(self, code, headers, body):
        self.code, self.headers, self.body = code, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """One connection; replies are read as RFC 9112 has it, from what has come."""

    def __init__(self, server):
        self.sock = server.connect()
        self.data = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)

    def ask(self, target, *headers, method="GET", version="1.1", host="localhost",
            content=b""):
        lines = [f"{method} {target} HTTP/{version}"]
        lines += [f"Host: {host}"] if host is not None else []
        head = "\r\n".join([*lines, *headers, "", ""]).encode("utf-8", "surrogateescape")
        self.send(head + content)  # at once: the server may close before it has read all

    def more(self):
        data = self.sock.recv(65536)
        self.data += data
        return bool(data)

    def read(self, is_head=False):
        while b"\r\n\r\n" not in self.data:
            if not self.more():
                raise EOFError(self.data)
        head, _, rest = self.data.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(": ")
            assert name.lower() not in headers, lines
            headers[name.lower()] = value
        length = 0 if is_head else int(headers["content-length"])
        self.data = rest
        while len(self.data) < length:
            if not self.more():
                raise EOFError(self.data)
        body, self.data = self.data[:length], self.data[length:]
        assert re.fullmatch(r"HTTP/1\.[01] \d{3} [A-Za-z ]+", status), status
        return Reply(int(status.split()[1]), headers, body.decode())

    def is_at_end(self):
        """Waits for the end of the connection; False if something comes instead."""
        try:
            return not self.data and self.sock.recv(1) == b""
        except ConnectionResetError:
            return True


class HttpCase(unittest.TestCase):
    where, connections, idle_s = None, 0, 0

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        where = cls.where or f"unix:{cls.directory.name}/http"
        cls.server = Server(where, cls.connections, cls.idle_s)

    @classmethod
    def tearDownClass(cls):
        status, out, errors = cls.server.end()
        cls.directory.cleanup()
        # no leak, no message of libevent, no question without an end
        assert (status, out, errors) == (0, "waiting 0, now 0", ""), (status, out, errors)

    def get(self, target, *headers, **more):
        with Client(self.server) as client:
            client.ask(target, *headers, **more)
            return client.read(more.get("method") == "HEAD")

    def assertError(self, reply, code, *words):
        self.assertEqual(reply.code, code, reply.body)
        self.assertEqual(reply.headers["content-type"], "application/json")
        self.assertEqual(list(reply.json), ["error"])
        for word in words:
            self.assertIn(word, reply.json["error"])

    def state(self):
        return self.get("/v1/route/state").json

    def until(self, condition):
        """Polls; the patience is for a broken program only."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            self.assertLess(time.monotonic(), end)
            select.select([], [], [], 0.02)
