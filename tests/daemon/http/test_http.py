#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Drives http.c (server.c, with made up answers) through real sockets.

  tests/daemon/http/test_http.py SERVER [CASE ...]
"""

import concurrent.futures
import os
import re
import select
import signal
import socket
import struct
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from http_case import PATIENCE_S, Client, HttpCase, Server

MOST, READING_S = 256, 10


class Routes(HttpCase):
    def asked(self, target):
        reply = self.get(target)
        self.assertEqual(reply.code, 200, reply.body)
        self.assertTrue(reply.body.endswith("}\n"), reply.body)
        self.assertEqual(reply.body.count("\n"), 1)
        return reply.json

    def test_what_is_asked(self):
        asked = self.asked("/v1/route/Example.ORG.")
        self.assertEqual(bytes.fromhex(asked["hex"]), b"example.org")
        self.assertEqual((asked["kind"], asked["wait_ms"]), (5, 1500))
        self.assertEqual((asked["seed"], asked["flags"]), ("none 0", 0))

    def test_parameters(self):
        for query, seed, flags in (("seed=9007199254740991", 9007199254740991, 0),
                                   ("seed=0&why=1&queries=1", 0, 0), ("why=0", "none 0", 1),
                                   ("queries=0", "none 0", 2), ("why=0&queries=0", "none 0", 3)):
            asked = self.asked(f"/v1/route/a.example?{query}")
            self.assertEqual((asked["seed"], asked["flags"]), (seed, flags), query)

    def test_spellings(self):
        for target, subject in (("b%C3%BCcher.example", "bücher.example"),
                                ("bücher.example", "bücher.example"),
                                ("[192.0.2.1]", "[192.0.2.1]"),
                                ("%5BIPv6:2001:db8::1%5D", "[ipv6:2001:db8::1]"),
                                ("a+b.example", "a+b.example"), ("a" * 255, "a" * 255)):
            asked = self.asked(f"/v1/route/{target}")
            self.assertEqual(bytes.fromhex(asked["hex"]).decode(), subject)

    def test_bad(self):
        for target, word in (("", "domain"), (".", "domain"), ("a%00", "control"),
                             ("a%0a", "control"), ("a%", "hexadecimal"), ("a" * 256, "255"),
                             ("a?seed=x", "seed"), ("a?seed=9007199254740992", "seed"),
                             ("a?why=2", "why"), ("a?queries=", "queries"), ("a?x=1", "unknown"),
                             ("a?seed=1&seed=1", "twice")):
            self.assertError(self.get(f"/v1/route/{target}"), 400, word)

    def test_headers(self):
        reply = self.get("/v1/route/a.example")
        self.assertEqual(reply.headers["content-type"], "application/json")
        self.assertEqual(reply.headers["cache-control"], "no-store")
        self.assertLessEqual(set(reply.headers), {"content-type", "content-length",
                                                  "cache-control", "date"})

    def test_trouble(self):
        for name, code, retry, word in (("later", 503, "5", "goes on"),
                                        ("quarantined", 503, None, "aside"),
                                        ("overload", 503, "5", "too many"),
                                        ("null", 503, "5", "too many"), ("error", 500, None, "no")):
            reply = self.get(f"/v1/route/{name}.example")
            self.assertError(reply, code, word)
            self.assertEqual(reply.headers.get("retry-after"), retry, name)
            self.assertEqual(reply.headers["cache-control"], "no-store")
        self.assertEqual(reply.json["error"], 'no "memory" \\ ?[2J')

    def test_other_paths(self):
        for target in ("/", "/v1", "/v1/route", "/v1/route/a/b", "/index.html", "*",
                       "http://localhost/healthz"):
            self.assertError(self.get(target), 404, "/v1/route/DOMAIN")

    def test_healthz(self):
        reply = self.get("/healthz")
        self.assertEqual((reply.code, reply.body), (200, "ok\n"))
        self.assertTrue(reply.headers["content-type"].startswith("text/plain"))

    def test_metrics(self):
        before = self.get("/metrics")
        self.assertEqual(before.headers["content-type"], "text/plain; version=0.0.4")
        self.get("/v1/route/a?x=1")
        self.get("/v1/route/null")
        after = self.get("/metrics")

        def value(reply, series):
            found = re.search(rf"^{re.escape(series)} (\d+)$", reply.body, re.M)
            return int(found[1])
        for outcome in ("error", "overload"):
            series = f'nextmx_requests_total{{protocol="http",outcome="{outcome}"}}'
            self.assertEqual(value(after, series), value(before, series) + 1)
        self.assertEqual(value(after, 'nextmx_connections_total{protocol="http"}'),
                         value(before, 'nextmx_connections_total{protocol="http"}') + 3)
        self.assertGreaterEqual(value(after, 'nextmx_connections{protocol="http"}'), 1)

    def test_big(self):
        reply = self.get("/v1/route/big.example")
        self.assertEqual(reply.body, "x" * 150 * 1024 + "\n")


class RoutesByTcp(Routes):
    where = "tcp:0"

    def test_host(self):
        """DNS rebinding: a browser says the name that it was led by."""
        for host in ("evil.example", "localhost.evil.example", f"evil.example:{self.server.port}",
                     "127.0.0.1.evil.example", ""):
            self.assertError(self.get("/healthz", host=host), 403, "Host")
        for host in ("localhost", f"127.0.0.1:{self.server.port}", "[::1]:1", "192.0.2.1"):
            self.assertEqual(self.get("/healthz", host=host).code, 200, host)
        self.assertError(self.get("/healthz", "Host: evil.example"), 400, "Host")

    def test_no_cors(self):
        reply = self.get("/v1/route/a.example", "Origin: https://evil.example")
        self.assertFalse([name for name in reply.headers if "access-control" in name])
        reply = self.get("/v1/route/a.example", "Origin: https://evil.example", method="OPTIONS")
        self.assertEqual(reply.code, 405)
        self.assertFalse([name for name in reply.headers if "access-control" in name])

    def test_reset(self):
        """A client that resets while it waits is noticed."""
        before = self.state()["cancelled"]
        client = Client(self.server)
        client.ask("/v1/route/never.example")
        self.until(lambda: self.state()["waiting"] == 1)
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.sock.close()
        self.until(lambda: self.state()["cancelled"] == before + 1)


class Requests(HttpCase):
    def test_head(self):
        for target in ("/v1/route/a.example", "/healthz", "/metrics", "/x"):
            with Client(self.server) as client:
                client.ask(target, method="HEAD")
                head = client.read(is_head=True)
                client.ask(target)
                get = client.read()
                self.assertEqual(head.code, get.code)
                if target != "/v1/route/a.example" and target != "/metrics":
                    self.assertEqual(head.headers["content-length"], get.headers["content-length"])

    def test_methods(self):
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"):
            reply = self.get("/v1/route/a.example", "Content-Length: 0", method=method)
            self.assertError(reply, 405)
            self.assertEqual(reply.headers["allow"], "GET, HEAD")

    def test_content(self):
        for method in ("GET", "POST"):
            with Client(self.server) as client:
                client.ask("/healthz", "Content-Length: 5", method=method, content=b"hello")
                self.assertEqual(client.read().code, 413)
                self.assertTrue(client.is_at_end())
            with Client(self.server) as client:
                client.ask("/healthz", "Transfer-Encoding: chunked", method=method,
                           content=b"5\r\nhello\r\n0\r\n\r\n")
                self.assertIn(client.read().code, (413, 405))
                self.assertTrue(client.is_at_end())

    def test_content_that_is_empty_or_doubtful(self):
        for headers in (["Transfer-Encoding: chunked"], ["Content-Length: 0", "Content-Length: 5"]):
            with Client(self.server) as client:
                client.ask("/healthz", *headers, content=b"0\r\n\r\n")
                self.assertError(client.read(), 413, "no content")
                self.assertTrue(client.is_at_end())
        self.assertEqual(self.get("/healthz", "Content-Length: 0").code, 200)

    def test_malformed(self):
        """An error, or just the end; never a 200, and the server goes on."""
        for data in (b"\r\n\r\n", b"GET\r\n\r\n", b"GET /healthz\r\n\r\n", b"\0\0\0\0\r\n\r\n",
                     b"GET /healthz HTTP/9.9\r\n\r\n", b"GET  /healthz HTTP/1.1\r\n\r\n",
                     b"FOO /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
                     b"GET /healthz HTTP/1.1\r\nno colon\r\n\r\n", b"\x16\x03\x01\x02\0\1\0\1\xfc\r\n",
                     b"GET /healthz HTTP/1.1 x\r\n\r\n", bytes(range(256)) * 8):
            with Client(self.server) as client, self.subTest(data=data[:30]):
                client.send(data)
                client.sock.shutdown(socket.SHUT_WR)
                while client.more():
                    pass
                if client.data:
                    self.assertRegex(client.data, rb"\AHTTP/1\.[01] (400|404|413|501) ")
        self.assertEqual(self.get("/healthz").code, 200)

    def test_huge_header(self):
        """Over 8 KiB: 413 or the end, and nothing is answered."""
        for data in (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 9000 + b"\r\n\r\n",
                     b"GET /healthz HTTP/1.1\r\n" + b"X: y\r\n" * 3000 + b"\r\n",
                     b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n", b"x" * 100000):
            with Client(self.server) as client:
                try:
                    client.send(data)
                    while client.more():
                        pass
                except (BrokenPipeError, ConnectionResetError):
                    pass
                if client.data:
                    self.assertRegex(client.data, rb"\AHTTP/1\.[01] (400|413) ")
        fits = "X: " + "x" * 8000
        self.assertEqual(self.get("/healthz", fits).code, 200)

    def test_pipelining(self):
        names = ["a.example", "slow.example", "later.example", "b.example"] * 5
        with Client(self.server) as client:
            for name in names:
                client.ask(f"/v1/route/{name}")
            for name in names:
                reply = client.read()
                if name == "later.example":
                    self.assertEqual(reply.code, 503)
                else:
                    self.assertEqual(bytes.fromhex(reply.json["hex"]).decode(), name)

    def test_octet_by_octet(self):
        with Client(self.server) as client:
            for octet in b"GET /v1/route/a.example HTTP/1.1\r\nHost: x\r\n\r\n" * 2:
                client.send(bytes([octet]))
            self.assertEqual((client.read().code, client.read().code), (200, 200))

    def test_half_close(self):
        """Who sends no more still gets the answer; then the connection ends."""
        for name in ("a", "slow"):
            with Client(self.server) as client:
                client.ask(f"/v1/route/{name}.example")
                client.sock.shutdown(socket.SHUT_WR)
                self.assertEqual(client.read().code, 200)
                self.assertTrue(client.is_at_end())

    def test_keep_alive(self):
        with Client(self.server) as client:
            for _ in range(3):
                client.ask("/healthz")
                self.assertEqual(client.read().code, 200)
            client.ask("/healthz", "Connection: close")
            self.assertEqual(client.read().headers["connection"], "close")
            self.assertTrue(client.is_at_end())
        with Client(self.server) as client:
            client.ask("/healthz", version="1.0", host=None)
            self.assertEqual(client.read().code, 200)
            self.assertTrue(client.is_at_end())

    def test_gone(self):
        """A client that closes while it waits: the question is cancelled."""
        before = self.state()["cancelled"]
        clients = [Client(self.server) for _ in range(20)]
        for client in clients:
            client.ask("/v1/route/never.example")
        self.until(lambda: self.state()["waiting"] == 20)
        for client in clients:
            client.sock.close()
        self.until(lambda: self.state()["cancelled"] >= before + 20)
        self.assertEqual(self.state()["waiting"], 0)

    def test_gone_with_octets_unread(self):
        """The same when it has sent the next request already."""
        before = self.state()["cancelled"]
        client = Client(self.server)
        client.ask("/v1/route/never.example")
        self.until(lambda: self.state()["waiting"] == 1)
        client.ask("/v1/route/a.example")
        client.sock.close()
        self.until(lambda: self.state()["cancelled"] == before + 1)

    def test_peer_with_a_name(self):
        """evhttp wants to know who it is; names are of any length (the end compares stderr)."""
        for name in ("n", "n" * 60, "\0abstract"):
            sock = socket.socket(socket.AF_UNIX)
            at = name if name[0] == "\0" else os.path.join(self.directory.name, name)
            sock.bind(at)
            sock.settimeout(PATIENCE_S)
            sock.connect(self.server.where[5:])
            sock.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            self.assertIn(b" 200 OK", sock.recv(1000))
            sock.close()


class Many(HttpCase):
    def test_at_once(self):
        """More than there may be: all are answered, those beyond when there is room."""
        clients = [Client(self.server) for _ in range(300)]
        self.until(lambda: self.open_now(clients[0]) == MOST)
        self.assertEqual(self.open_now(clients[0]), MOST)
        for client in clients:
            client.ask("/v1/route/slow.example", "Connection: close")
        for client in clients:
            self.assertEqual(client.read().code, 200)
            self.assertTrue(client.is_at_end())
            client.sock.close()
        with Client(self.server) as client:
            self.until(lambda: self.open_now(client) == 1)

    @staticmethod
    def open_now(client):
        client.ask("/metrics")
        return int(re.search(r'^nextmx_connections\{protocol="http"\} (\d+)$',
                             client.read().body, re.M)[1])

    def test_who_comes_and_goes(self):
        """Connections without a request leave nothing behind."""
        for _ in range(2000):
            Client(self.server).sock.close()
        with Client(self.server) as client:
            self.until(lambda: self.open_now(client) == 1)
        self.assertLess(len(os.listdir(f"/proc/{self.server.process.pid}/fd")), 40)


class Limits(HttpCase):
    connections, idle_s = 64, 2

    def drip(self, data, every):
        """An octet each so many seconds; when the server ended it."""
        client = Client(self.server)
        start = time.monotonic()
        for octet in data:
            try:
                client.send(bytes([octet]))
                if select.select([client.sock], [], [], every)[0] and not client.more():
                    break
            except (BrokenPipeError, ConnectionResetError):
                break
        client.sock.close()
        return time.monotonic() - start, client.data

    def test_slow_loris(self):
        """An octet a second: the request is not whole after 10 s, however busy the line is. First
        requests, and those after one that was answered; others are served meanwhile."""
        slow = b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 100
        patient = Client(self.server)  # waits longer than that for its answer, and may
        patient.ask("/v1/route/patient.example")
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            ends = [pool.submit(self.drip, slow, 1) for _ in range(40)]
            ends += [pool.submit(self.after_one, slow) for _ in range(5)]
            while not all(end.done() for end in ends):
                self.assertEqual(self.get("/healthz").code, 200)
                select.select([], [], [], 0.1)
        self.assertEqual(patient.read().code, 200)
        patient.sock.close()
        for end in ends:
            seconds, data = end.result()
            self.assertGreaterEqual(seconds, READING_S - 0.5)
            self.assertLess(seconds, len(slow) / 2)
            self.assertEqual(data, b"")
        refused = re.search(r'^nextmx_connections_refused_total\{protocol="http"\} (\d+)$',
                            self.get("/metrics").body, re.M)
        self.assertEqual(int(refused[1]), 45)

    def after_one(self, slow):
        client = Client(self.server)
        client.ask("/healthz")
        client.read()
        start = time.monotonic()
        try:
            for octet in slow:
                client.send(bytes([octet]))
                if select.select([client.sock], [], [], 1)[0] and not client.more():
                    break
        except (BrokenPipeError, ConnectionResetError):
            pass
        client.sock.close()
        return time.monotonic() - start, client.data

    def test_idle(self):
        """No octet, or none since the last answer: ended after idle_s."""
        with Client(self.server) as silent, Client(self.server) as client:
            client.ask("/healthz")
            self.assertEqual(client.read().code, 200)
            self.assertTrue(client.is_at_end())
            self.assertTrue(silent.is_at_end())

    def test_waiting_is_not_idle(self):
        """The answer's own deadline counts, not those of connections: twice, one after the other."""
        with Client(self.server) as client:
            for _ in range(2):
                client.ask("/v1/route/never.example")
                self.assertEqual(client.read().code, 503)


class Drain(HttpCase):
    def test_running_requests_finish(self):
        server = Server(f"unix:{self.directory.name}/drain")
        busy, idle, fresh, begun = (Client(server) for _ in range(4))
        idle.ask("/healthz")
        self.assertEqual(idle.read().code, 200)
        begun.send(b"GET /healthz HTTP/1.1\r\n")
        busy.ask("/v1/route/never.example")

        def waiting():
            with Client(server) as client:
                client.ask("/v1/route/state")
                return client.read().json["waiting"]
        self.until(lambda: waiting() == 1)
        server.process.send_signal(signal.SIGUSR1)
        self.assertTrue(idle.is_at_end())
        self.assertTrue(fresh.is_at_end())
        begun.send(b"Host: x\r\n\r\n")
        reply = begun.read()
        self.assertEqual((reply.code, reply.headers["connection"]), (503, "close"))
        self.assertTrue(begun.is_at_end())
        reply = busy.read()
        self.assertEqual((reply.code, reply.headers["connection"]), (503, "close"))
        self.assertIn("goes on", reply.body)
        self.assertTrue(busy.is_at_end())
        for client in (busy, idle, fresh, begun):
            client.sock.close()
        status, out, errors = server.end(signal.SIGTERM)
        self.assertEqual((status, out, errors), (0, "waiting 0, now 0", ""))

    def test_end_with_questions_open(self):
        """Freed while clients wait: nothing is left behind (the sanitizers look)."""
        server = Server(f"unix:{self.directory.name}/end")
        clients = [Client(server) for _ in range(9)]
        for i, client in enumerate(clients):
            if i % 3 == 0:
                client.ask("/v1/route/never.example")
            elif i % 3 == 1:
                client.send(b"GET /")
        with Client(server) as client:
            def waiting():
                client.ask("/v1/route/state")
                return client.read().json["waiting"]
            self.until(lambda: waiting() == 3)
            self.assertEqual(server.end(), (0, "waiting 0, now 0", ""))
        for client in clients:
            self.assertTrue(client.is_at_end())
            client.sock.close()


def main():
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(__doc__.strip())
    Server.program = os.path.abspath(sys.argv[1])
    names = sys.argv[2:]
    loader = unittest.defaultTestLoader
    module = sys.modules["__main__"]
    suite = loader.loadTestsFromNames(names, module) if names else loader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
    bad = len(result.failures) + len(result.errors) + len(result.skipped)
    sys.exit(1 if bad or not result.testsRun else 0)


if __name__ == "__main__":
    main()
