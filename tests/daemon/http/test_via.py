#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""nextmx resolve --via against servers that answer whatever a test wants.

  tests/daemon/http/test_via.py NEXTMX [CASE ...]
"""

import glob
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
PATIENCE_S = 60
OK, USAGE, REJECT, DEFER = 0, 64, 68, 75
DEMO = ["--zone", f".={TOP}/demo/root.zone", "--trust-anchor", f"{TOP}/demo/root.anchor",
        "--allow-networks", "198.51.100.0/24,2001:db8::/32"]
DOMAINS = ("srv.example", "mx.example", "implicit.example", "null.example", "closed.example",
           "wildcard.example", "slips.example", "dane.example", "bogus.example")

ROUTE = {
    "schema": "nextmx.route/1", "domain": "a.example", "ascii": "a.example",
    "outcome": "deliverable", "status": "2.0.0", "reason": "", "source": "srv",
    "security": "secure", "ttl": 300, "seed": 7,
    "sts": {"mode": "enforce", "id": "1", "source": "cache", "max_age": 86400, "age": 310,
            "mx": ["*.example", "mx.example"]},
    "plan": [{"stage": "srv", "priority": 10, "weight": 60, "host": "mx.example", "port": 2525,
              "address": address, "security": "secure", "tls": "dane", "sni": "mx.example",
              "reference_ids": ["mx.example"],
              "tlsa": [{"usage": 3, "selector": 1, "mtype": 1, "data": "ab" * 32, "usable": True,
                        "state": "used"}]} for address in ("192.0.2.1", "2001:db8::1")],
    "dropped": [{"stage": "mx", "host": "b.example", "port": 25, "address": "127.0.0.1",
                 "code": "loopback-address", "rule": "ADR-1", "text": "loopback"},
                {"stage": "mx", "host": "c.example", "port": 25, "address": None,
                 "code": "no-address", "rule": "ADR-2", "text": "none"}],
    "why": [{"phase": "select", "rule": "SRV-13", "text": "using SRV"}],
    "queries": [{"name": "a.example", "type": "MX", "rcode": "NOERROR", "security": "secure",
                 "ttl": 300, "ms": 0.4}]}
TEXT = """\
a.example: deliverable 2.0.0 by srv, secure, TTL 300, seed 7
  MTA-STS: enforce, id 1, held, fetched 310 s ago, max_age 86400: *.example mx.example
   1. srv 10 weight 60  mx.example:2525  192.0.2.1  secure  tls dane
      TLSA 3 1 1 abababababababab...  used
   2. srv 10 weight 60  mx.example:2525  2001:db8::1  secure  tls dane
  left out: mx b.example:25 127.0.0.1: loopback-address: loopback (ADR-1)
  left out: mx c.example:25: no-address: none (ADR-2)
"""
WHY = """\
  asked: a.example MX: NOERROR, secure, TTL 300, 0.4 ms
  why: select, SRV-13: using SRV
"""


def compact(route):
    return json.dumps(route, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def http(body, status="200 OK", length=None):
    length = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n".encode() + body


def changed(**more):
    return {**ROUTE, **more}


class Server:
    """Answers each connection by a function of its request and connection; what it returns is sent."""

    def __init__(self, sock, answer):
        self.sock, self.answer = sock, answer
        self.requests = []
        self.failure = None
        sock.listen(64)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            data = b""
            while b"\r\n\r\n" not in data:
                more = connection.recv(4096)
                if not more:
                    return
                data += more
            self.requests.append(data.decode())
            try:
                reply = self.answer(data.decode(), connection)
                if reply is not None:
                    connection.sendall(reply)
            except OSError:
                pass  # it had enough

    def targets(self):
        return [request.split(" ")[1] for request in self.requests]

    def close(self):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


class ViaCase(unittest.TestCase):
    nextmx = None
    maxDiff = None

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "http")

    def serve(self, answer, family=socket.AF_UNIX):
        if not callable(answer):
            reply = answer

            def answer(*_):
                return reply
        sock = socket.socket(family)
        sock.bind(self.path if family == socket.AF_UNIX else ("localhost", 0))
        server = Server(sock, answer)
        self.addCleanup(server.close)
        return server

    def run_nextmx(self, *arguments):
        kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        done = subprocess.run([self.nextmx, "resolve", *arguments], capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=PATIENCE_S, check=False,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **kept})
        self.assertNotIn(b"Sanitizer", done.stderr)
        self.assertNotIn(b"runtime error", done.stderr)
        done.out, done.err = done.stdout.decode(), done.stderr.decode()
        return done

    def via(self, *arguments):
        return self.run_nextmx("--via", self.path, *arguments)

    def assertFault(self, done, status, *words):
        """One line on standard error, printable; nothing on standard output."""
        self.assertEqual((done.returncode, done.out), (status, ""), done.err)
        self.assertRegex(done.err, r"\Anextmx: [ -~]+\n\Z")
        for word in words:
            self.assertIn(word, done.err)


class Answers(ViaCase):
    def test_text(self):
        server = self.serve(http(compact(ROUTE)))
        done = self.via("a.example")
        self.assertEqual((done.returncode, done.out, done.err), (OK, TEXT, ""))
        done = self.via("--why", "a.example")
        self.assertEqual((done.returncode, done.out, done.err), (OK, TEXT + WHY, ""))
        self.assertEqual(server.targets(), ["/v1/route/a.example?why=0&queries=0",
                                            "/v1/route/a.example"])

    def test_json_is_the_daemons(self):
        line = compact(changed(extra={"n": [1.50, True]}, domain="bücher.example"))
        server = self.serve(http(line))
        done = self.via("--json", "--seed", "7", "bücher.example")
        self.assertEqual((done.returncode, done.stdout, done.err), (OK, line, ""))
        self.assertEqual(server.targets(), ["/v1/route/b%C3%BCcher.example?seed=7"])

    def test_same_as_local(self):
        """Every domain of the demo, with reasons: what is found here, and what a nextmxd sends."""
        local = self.run_nextmx("--json", "--seed", "5", *DEMO, *DOMAINS)
        lines = dict(zip(DOMAINS, local.stdout.splitlines(keepends=True)))
        self.serve(lambda request, _: http(lines[re.match("GET /v1/route/([^ ?]+)", request)[1]]))

        def text(*arguments):
            done = self.run_nextmx("--why", "--seed", "5", *arguments, *DOMAINS)
            self.assertEqual(done.err, "")
            return done.returncode, re.sub(r"[0-9.]+ ms", "0 ms", done.out)
        self.assertEqual(text("--via", self.path), text(*DEMO))

    def test_every_golden_route(self):
        routes = []
        for path in sorted(glob.glob(f"{TOP}/tests/golden/*.json")):
            with open(path, encoding="utf-8") as file:
                routes.append(json.load(file))
        self.assertGreater(len(routes), 100)
        self.serve(lambda request, _:
                   http(compact(routes[int(re.match(r"GET /v1/route/(\d+)", request)[1])])))
        done = self.via("--why", *map(str, range(len(routes))))
        self.assertEqual((done.returncode, done.err), (DEFER, ""))
        heads = [line for line in done.out.splitlines() if not line.startswith(" ")]
        for route, head in zip(routes, heads, strict=True):
            self.assertTrue(head.startswith(f"{route['ascii'] or route['domain']}: "
                                            f"{route['outcome']} {route['status']}"), head)
        self.assertEqual(done.out.count("  why: "), sum(len(r["why"]) for r in routes))
        self.assertEqual(done.out.count("  left out: "), sum(len(r["dropped"]) for r in routes))

    def test_exit_codes(self):
        def answer(request, _):
            outcome = re.match("GET /v1/route/([a-z]+)", request)[1]
            return http(compact(changed(outcome=outcome, status="4.0.0", reason="because",
                                        plan=[])))
        self.serve(answer)
        for outcome, status in (("deliverable", OK), ("defer", DEFER), ("reject", REJECT)):
            done = self.via(outcome)
            self.assertEqual((done.returncode, done.err), (status, ""))
        done = self.via("deliverable", "reject", "defer", "reject")
        self.assertEqual((done.returncode, done.err), (DEFER, ""))
        self.assertEqual(done.out.count("a.example: "), 4)

    def test_quoting(self):
        """Nothing of a domain is the request's syntax."""
        server = self.serve(http(compact(ROUTE)))
        self.via("--json", "a/../b?c#d%41 e\r\nX: y")
        self.assertEqual(server.targets(), ["/v1/route/a%2F..%2Fb%3Fc%23d%2541%20e%0D%0AX%3A%20y"])
        self.assertNotIn("\r\nX:", server.requests[0])

    def test_tcp(self):
        server = self.serve(http(compact(ROUTE)), socket.AF_INET)
        port = server.sock.getsockname()[1]
        done = self.run_nextmx("a.example", f"--via=127.0.0.1:{port}")
        self.assertEqual((done.returncode, done.out), (OK, TEXT), done.err)
        self.assertIn("\r\nHost: localhost\r\n", server.requests[0])
        self.assertIn("\r\nConnection: close\r\n", server.requests[0])

    def test_tcp_6(self):
        try:
            sock = socket.socket(socket.AF_INET6)
            sock.bind(("::1", 0))
        except OSError as error:
            self.fail(f"no IPv6 on loopback: {error}")
        server = Server(sock, lambda *_: http(compact(ROUTE)))
        self.addCleanup(server.close)
        done = self.run_nextmx("a.example", "--via", f"[::1]:{sock.getsockname()[1]}")
        self.assertEqual((done.returncode, done.out), (OK, TEXT), done.err)

    def test_other_status(self):
        for status, code in ((503, DEFER), (400, USAGE), (404, DEFER), (500, DEFER), (301, DEFER)):
            with self.subTest(status=status):
                self.serve(http(b'{"error":"what \\u001b[2J it is"}\n', f"{status} X"))
                self.assertFault(self.via("a.example"), code, str(status), "what ?[2J it is")
                os.unlink(self.path)

    def test_no_json_with_an_error(self):
        self.serve(http(b"<html>", "413 X"))
        self.assertFault(self.via("a.example"), DEFER, "413")

    def test_framings(self):
        """By length, by chunks, to the end; in one piece and octet by octet; what follows is not read."""
        line = compact(ROUTE)
        chunks = b"".join(b"%x;x=y\r\n%s\r\n" % (len(line[i:i + 100]), line[i:i + 100])
                          for i in range(0, len(line), 100))
        replies = (http(line), b"HTTP/1.0 200\r\n\r\n" + line,
                   b"HTTP/1.1 200 OK\r\ntransfer-encoding:\tChunked \r\n\r\n" + chunks +
                   b"0\r\nX: y\r\n\r\n")
        for reply in replies:
            for size in (1, 1000000):
                def answer(_, connection, reply=reply, size=size):
                    for i in range(0, len(reply), size):
                        connection.sendall(reply[i:i + size])
                server = self.serve(answer)
                done = self.via("a.example")
                self.assertEqual((done.returncode, done.out), (OK, TEXT), (reply[:60], done.err))
                self.assertEqual(len(server.requests), 1)
                os.unlink(self.path)

    def test_server_that_does_not_close(self):
        """The length is enough."""
        end = threading.Event()
        self.addCleanup(end.set)

        def answer(_, connection):
            connection.sendall(http(compact(ROUTE)))
            end.wait(PATIENCE_S)
        self.serve(answer)
        self.assertEqual(self.via("a.example").out, TEXT)


class Hostile(ViaCase):
    BAD = {
        "empty": (b"", "too early"),
        "no HTTP": (b"220 mail ESMTP\r\n\r\n", "HTTP"),
        "HTTP/2": (b"HTTP/2 200 OK\r\n\r\n", "HTTP"),
        "interim": (b"HTTP/1.1 100 Continue\r\n\r\n" + http(compact(ROUTE)), "status"),
        "no end of the header": (b"HTTP/1.1 200 OK\r\nX: y\r\n", "too early"),
        "bare line feeds": (http(compact(ROUTE)).replace(b"\r\n", b"\n"), "too early"),
        "huge header": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100000, "16 KiB"),
        "no colon": (b"HTTP/1.1 200 OK\r\nX y\r\n\r\n", "malformed"),
        "folded": (b"HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n", "malformed"),
        "truncated": (http(compact(ROUTE), length=5000), "too early"),
        "1 GiB": (http(b"{}", length=2 ** 30), "1 MiB"),
        "beyond 64 bits": (http(b"{}", length=2 ** 70), "1 MiB"),
        "negative": (http(b"{}", length=-1), "number"),
        "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
                        "two"),
        "both": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
                 "both"),
        "gzip": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "encoding"),
        "bad chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "chunk"),
        "huge chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
                       "chunk"),
        "chunk that lies": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n",
                            "chunk"),
        "no last chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
                          "too early"),
        "no JSON": (http(b"hello\n"), "JSON"),
        "two objects": (http(compact(ROUTE) * 2), "JSON"),
        "no UTF-8": (http(b'{"schema":"\xff"}'), "JSON"),
        "a zero": (http(compact(changed(domain="a\0b"))), "JSON"),
        "duplicates": (http(b'{"schema":"nextmx.route/1",' + compact(ROUTE)[1:]), "JSON"),
        "depth": (http(b"[" * 100000), "JSON"),
        "a list": (http(b"[1]"), "schema"),
        "no schema": (http(b"{}"), "schema"),
        "another schema": (http(compact(changed(schema="nextmx.check/1"))), "schema"),
        "schema 2": (http(compact(changed(schema="nextmx.route/2"))), "schema"),
        "no outcome": (http(compact(changed(outcome="perhaps"))), "outcome"),
        "lines": (http(json.dumps(ROUTE, indent=1).encode()), "line"),
        "DEL": (http(compact(changed(reason="a\x7fb"))), "control"),
        "C1": (http(compact(changed(reason="a\u009b2Jb"))), "control"),
    }

    def test_bad_replies(self):
        for name, (reply, word) in self.BAD.items():
            for flags in ((), ("--json",)):
                with self.subTest(name=name, flags=flags):
                    self.serve(reply)
                    self.assertFault(self.via(*flags, "a.example"), DEFER, "no valid reply", word)
                    os.unlink(self.path)

    def test_wrong_members(self):
        """Text: every member that is shown must be there, and of its type."""
        def without(key, value=None):
            route = json.loads(json.dumps(ROUTE))
            *path, last = key.split(".")
            place = route
            for step in path:
                place = place[int(step) if step.isdigit() else step]
            if value is None:
                del place[last]
            else:
                place[last] = value
            return route

        keys = ("ascii", "status", "reason", "source", "security", "ttl", "seed", "plan", "dropped",
                "why", "queries", "sts.mode", "sts.id", "sts.age", "sts.max_age", "sts.mx",
                "plan.0.stage", "plan.0.host", "plan.1.port", "plan.0.address", "plan.0.tls",
                "plan.0.weight", "plan.0.priority", "plan.0.security", "plan.0.tlsa",
                "plan.0.tlsa.0.usage", "plan.0.tlsa.0.data", "plan.0.tlsa.0.state",
                "dropped.0.host", "dropped.0.code", "dropped.0.text", "dropped.0.rule",
                "why.0.text", "why.0.rule", "queries.0.name", "queries.0.ttl")
        routes = [(key, without(key)) for key in keys]
        routes += [(key, without(key, value)) for key in keys for value in (True, {}, -1)]
        routes.append(("sts", without("sts", "x")))
        self.serve(lambda request, _:
                   http(compact(routes[int(re.match(r"GET /v1/route/(\d+)", request)[1])][1])))
        done = self.via("--why", *map(str, range(len(routes))))
        self.assertEqual((done.returncode, done.out), (DEFER, ""))
        for (key, _), line in zip(routes, done.err.splitlines(), strict=True):
            member = "mode" if key == "sts" else key.split(".")[-1]
            self.assertIn(f'member "{member}"', line, key)

    def test_control_characters(self):
        """Escaped in JSON they are valid; text shows question marks, JSON leaves them escaped."""
        evil = "\x1b]0;x\x07\r\n\u202e\u00e4"
        route = changed(ascii=evil, status=evil, source=evil)
        line = json.dumps(route, separators=(",", ":")).encode() + b"\n"
        self.serve(http(line))
        text = self.via("a.example")
        self.assertEqual((text.returncode, text.err), (OK, ""))
        self.assertRegex(text.out, r"\A[ -~\n]*\Z")
        self.assertTrue(text.out.startswith("?]0;x?????????"[:6]), text.out)
        self.assertEqual(text.out.count("\n"), TEXT.count("\n"))
        done = self.via("--json", "a.example")
        self.assertEqual(done.stdout, line)
        self.assertNotIn(b"\x1b", done.stdout)

    def test_a_mebibyte(self):
        """A body of 1 MiB is taken, one octet more is not; to the end, and by chunks."""
        line = compact(ROUTE).rstrip(b"\n")
        whole = line + b" " * (2 ** 20 - len(line))
        for body, good in ((whole, True), (whole + b" ", False)):
            half = len(body) // 2
            for reply in (http(body), b"HTTP/1.1 200 OK\r\n\r\n" + body,
                          b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                          b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (half, body[:half],
                                                              len(body) - half, body[half:])):
                self.serve(reply)
                done = self.via("a.example")
                if good:
                    self.assertEqual((done.returncode, done.out), (OK, TEXT), done.err)
                else:
                    self.assertFault(done, DEFER, "1 MiB")
                os.unlink(self.path)

    def test_never_ending(self):
        """Octets that never end: a limit, not a wait."""
        for head, octets in ((b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536),
                             (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                              b"1\r\nx\r\n" * 10000),
                             (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 10000), (b"", b"x" * 65536)):
            def answer(_, connection, head=head, octets=octets):
                connection.sendall(head)
                while True:
                    connection.sendall(octets)
            self.serve(answer)
            self.assertFault(self.via("a.example"), DEFER, "no valid reply")
            os.unlink(self.path)

    def test_silence(self):
        """30 seconds, then it is over: for a server that says nothing, and one that drips."""
        end = threading.Event()
        self.addCleanup(end.set)

        def drip(request, connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while "drip" in request and not end.wait(0.1):
                connection.sendall(b"X: y\r\n")
            end.wait(PATIENCE_S)
        self.serve(drip)
        start = time.monotonic()
        jobs = [subprocess.Popen([self.nextmx, "resolve", "--via", self.path, name],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                for name in ("drip", "silence")]
        for job in jobs:
            out, errors = job.communicate(timeout=PATIENCE_S)
            self.assertEqual((job.returncode, out), (DEFER, ""))
            self.assertIn("30 seconds", errors)
        self.assertGreaterEqual(time.monotonic() - start, 29.9)


class Errors(ViaCase):
    def test_unreachable(self):
        """Said once, however many domains."""
        self.assertFault(self.via("a.example", "b.example"), DEFER, "cannot reach nextmxd at",
                         self.path)
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            where = f"127.0.0.1:{sock.getsockname()[1]}"
            done = self.run_nextmx("--via", where, "a.example")
            self.assertFault(done, DEFER, f"cannot reach nextmxd at {where}: ", "refused")

    def test_goes_on_after_trouble(self):
        self.serve(lambda request, _: http(compact(ROUTE)) if "good" in request else b"x")
        done = self.via("bad", "good", "bad", "good")
        self.assertEqual((done.returncode, done.out), (DEFER, TEXT * 2))
        self.assertEqual(done.err.count("no valid reply"), 2)

    def test_sockets(self):
        for where in ("", "nextmxd", "localhost:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0",
                      "127.0.0.1:65536", "127.0.0.1:http", "::1:80", "[::1]", "[::1]80", "[]:80",
                      "[127.0.0.1]:80", "127.1:80", "/" + "x" * 200):
            with self.subTest(where=where):
                self.assertFault(self.run_nextmx("--via", where, "a.example"), USAGE, "--via",
                                 "ADDRESS:PORT")

    def test_options(self):
        for arguments, words in ((["--count", "3", "a.example"], ["--count", "not with --via"]),
                                 (["--dnssec", "off", "a.example"], ["--dnssec", "not with --via"]),
                                 (["a.example", "--zone=x=y"], ["--zone", "not with --via"]),
                                 (["--seed", "x", "a.example"], ["--seed"]),
                                 (["--sed", "1", "a.example"], ["--sed", "--seed"]),
                                 ([], ["which domain"])):
            with self.subTest(arguments=arguments):
                self.assertFault(self.via(*arguments), USAGE, *words)
        self.assertFault(self.run_nextmx("a.example", "--via"), USAGE, "value is missing")

    def test_help(self):
        for flag in ("--help", "-h"):
            done = self.via(flag)
            self.assertEqual((done.returncode, done.err), (OK, ""))
            self.assertIn("--via", done.out)


def main():
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(__doc__.strip())
    ViaCase.nextmx = os.path.abspath(sys.argv[1])
    names = sys.argv[2:]
    loader = unittest.defaultTestLoader
    module = sys.modules["__main__"]
    suite = loader.loadTestsFromNames(names, module) if names else loader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
    bad = len(result.failures) + len(result.errors) + len(result.skipped)
    sys.exit(1 if bad or not result.testsRun else 0)


if __name__ == "__main__":
    main()
