#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Thousands of connections to a socketmap.

  test_socketmap.py build/tests/daemon/socketmap/daemon_socketmap_serve [CASE ...]

Answers are counted, not timed: what would hang is ended by the limit of the test run. The server's
clock moves when it is told to (serve.c).
"""

import resource
import selectors
import socket
import subprocess
import sys
import time
import unittest

PATIENCE = 60  # after which a hang becomes a failure that says where


class Server:
    program = None

    def __init__(self):
        self.process = subprocess.Popen([self.program], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def state(self):
        return {name: int(value) for name, value in
                (pair.split("=") for pair in self.tell("state").split())}

    def wait_for(self, **expected):
        """What is sent has to arrive first; each question is a turn of the server's loop."""
        end = time.monotonic() + PATIENCE
        while True:
            state = self.state()
            if all(state[name] == value for name, value in expected.items()):
                return state
            if time.monotonic() > end:
                raise AssertionError(f"{expected} never came: {state}")

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def stop(self):
        self.process.stdin.close()
        status = self.process.wait()
        self.process.stdout.close()
        return status


def netstring(text):
    return b"%d:%s," % (len(text), text)


def receive(client, n):
    octets = b""
    while len(octets) < n:
        more = client.recv(n - len(octets))
        if not more:
            break
        octets += more
    return octets


class Case(unittest.TestCase):
    def setUp(self):
        self.server = Server()

    def tearDown(self):
        # Under AddressSanitizer a leak or a use after free is a status, too.
        self.assertEqual(self.server.stop(), 0)

    def ask(self, client, domain=b"now.example"):
        client.sendall(netstring(b"route user@" + domain))
        expected = netstring(b"OK " + domain)
        self.assertEqual(receive(client, len(expected)), expected)


class Crowd(Case):
    IDLE, SLOW, BUSY, ROUNDS = 2000, 200, 20, 100

    def test_idle_and_slow_ones_leave_answers_unharmed(self):
        idle = [self.server.connect() for _ in range(self.IDLE)]
        slow = [self.server.connect() for _ in range(self.SLOW)]
        busy = [self.server.connect() for _ in range(self.BUSY)]
        request = netstring(b"route " + b"a" * 5000 + b"@now.example")
        for turn in range(self.ROUNDS):
            for client in slow:
                client.sendall(request[turn:turn + 1])
            for client in busy:
                self.ask(client)
            self.server.tell("pass 99")
        state = self.server.wait_for(connections=self.IDLE + self.SLOW + self.BUSY)
        self.assertEqual(state["asked"], self.BUSY * self.ROUNDS)
        self.assertEqual(state["refused"], 0)
        # Their first octet is 10 s old; that others came since does not help.
        self.server.tell("pass 200")
        self.server.wait_for(connections=self.IDLE + self.BUSY, refused=self.SLOW)
        for client in slow:
            self.assertEqual(self.end_of(client), b"")
        for client in busy + idle[::100]:
            self.ask(client)
        self.server.tell("pass 60000")
        self.server.wait_for(connections=0, refused=self.SLOW)
        for client in idle:
            self.assertEqual(client.recv(1), b"")
        for client in idle + slow + busy:
            client.close()

    @staticmethod
    def end_of(client):
        try:
            return client.recv(1)
        except ConnectionResetError:
            return b""

    def test_more_than_the_limit(self):
        clients = [self.server.connect() for _ in range(4100)]
        self.server.wait_for(connections=4000, refused=100)
        for client in clients[:100]:
            self.assertEqual(client.recv(1), b"")  # idle for longest
        for client in clients[100::50]:
            self.ask(client)
        for client in clients:
            client.close()
        self.server.wait_for(connections=0)


class Flat(Case):
    """An hour's worth of connections leaves nothing behind."""

    SESSIONS, AT_ONCE = 20000, 50

    def session(self, i):
        """The kinds of session there are; what is to be read before its end."""
        client = self.server.connect()
        kind = i % 8
        if kind == 0:
            self.ask(client)
        elif kind == 1:  # pipelined, half-closed
            client.sendall(netstring(b"exim now.example") * 10 + netstring(b"route *"))
            client.shutdown(socket.SHUT_WR)
            expected = netstring(b"OK now.example") * 10 + netstring(b"NOTFOUND ")
            self.assertEqual(receive(client, 10000), expected)
        elif kind == 2:  # gone with a question open
            client.sendall(netstring(b"route a@slow.example"))
        elif kind == 3:  # gone in the middle of a request
            client.sendall(b"5000:route " + b"a" * 2000)
        elif kind == 4:
            client.sendall(netstring(b"route a@now.example") + b"01:x,")
            self.assertEqual(receive(client, 10000), netstring(b"OK now.example"))
        elif kind == 5:
            client.sendall(b"70000:route " + b"a" * 20000)
            self.assertEqual(receive(client, 10000), netstring(b"PERM too long"))
        elif kind == 6:  # does not read what it asked for
            client.sendall(netstring(b"route a@large-90000.example") * 3)
        # kind 7 says nothing
        client.close()

    def rounds(self, n):
        for i in range(n):
            self.session(i)
            if i % self.AT_ONCE == self.AT_ONCE - 1:
                self.settle()
        self.settle()

    def settle(self):
        while self.server.tell("reply slow.example") == "yes":
            pass
        while self.server.state()["connections"]:
            self.server.tell("reply slow.example")
        self.assertEqual(self.server.state()["open"], 0)

    def test_descriptors_and_memory(self):
        self.rounds(1000)
        before = self.server.state()
        self.rounds(self.SESSIONS)
        after = self.server.state()
        self.assertEqual(after["lowest_fd"], before["lowest_fd"])
        # One block lost in every hundredth session would be more.
        self.assertLess(after["octets"] - before["octets"], 16 * self.SESSIONS // 100)
        self.assertGreater(after["asked"] - before["asked"], self.SESSIONS)
        self.assertEqual(after["refused"] - before["refused"], self.SESSIONS // 4)


class Pipelines(Case):
    """Many at once, each with all it can have in flight, octets cut anywhere."""

    CLIENTS, REQUESTS = 50, 2000

    def test_every_answer_in_its_place(self):
        selector = selectors.DefaultSelector()
        for number in range(self.CLIENTS):
            client = self.server.connect()
            client.setblocking(False)
            names = [b"now-%d-%d.example" % (number, i) for i in range(self.REQUESTS)]
            data = {"send": b"".join(netstring(b"route a@" + name) for name in names),
                    "expect": b"".join(netstring(b"OK " + name) for name in names),
                    "got": bytearray(), "step": 1 + 37 * number}
            selector.register(client, selectors.EVENT_READ | selectors.EVENT_WRITE, data)
        while selector.get_map():
            for key, events in selector.select(PATIENCE):
                self.step(selector, key.fileobj, key.data, events)
        state = self.server.wait_for(connections=0)
        self.assertEqual(state["asked"], self.CLIENTS * self.REQUESTS)

    def step(self, selector, client, data, events):
        if events & selectors.EVENT_WRITE:
            n = client.send(data["send"][:data["step"]])
            data["send"] = data["send"][n:]
            if not data["send"]:
                client.shutdown(socket.SHUT_WR)
                selector.modify(client, selectors.EVENT_READ, data)
        if events & selectors.EVENT_READ:
            octets = client.recv(65536)
            data["got"] += octets
            if not octets:
                self.assertEqual(bytes(data["got"]), data["expect"])
                selector.unregister(client)
                client.close()


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    Server.program = sys.argv.pop(1)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:] or ["Crowd", "Flat",
                                                                           "Pipelines"],
                                                          sys.modules["__main__"])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    bad = not result.wasSuccessful() or result.skipped or not result.testsRun
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
