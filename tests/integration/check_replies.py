# SPDX-License-Identifier: BSD-2-Clause
"""Replies that are odd, and what comes at the wrong moment: what they are taken for."""

from check_case import HELO, CheckCase

_servers = {}


def octet_by_octet(lines, last):
    def act(session):
        for octet in lines:
            session.channel.send(octet.to_bytes(1, "big"))
        return last
    return act


def two_segments(first, second):
    def act(session):
        session.channel.send(first)
        return second
    return act


GO = b"220 2.0.0 go ahead\r\n"
# label: (steps of the server, demand, results)
CASES = {
    "bare-lf": ({"greeting": b"220 mx\n", "ehlo": b"250-mx\n250 STARTTLS\n", "starttls": b"220 go\n"},
                "dane", {"dane"}),
    "codes-alone": ({"greeting": b"220\r\n", "starttls": b"220\r\n"}, "dane", {"dane"}),
    "lower-case": ({"ehlo": b"250-mx\r\n250 starttls\r\n"}, "dane", {"dane"}),
    "with-argument": ({"ehlo": b"250-mx\r\n250-STARTTLS x\r\n250 HELP\r\n"}, "dane", {"dane"}),
    "many-lines": ({"ehlo": b"250-mx\r\n" + b"250-X\r\n" * 100 + b"250 STARTTLS\r\n",
                    "starttls": b"220-ready\r\n220 go\r\n"}, "dane", {"dane"}),
    "long-line": ({"greeting": b"220 " + b"x" * 2000 + b"\r\n"}, "dane", {"dane"}),
    "slow": ({"greeting": octet_by_octet(b"220-one\r\n", b"220 two\r\n"),
              "ehlo": octet_by_octet(b"250-mx\r\n", b"250 STARTTLS\r\n")}, "dane", {"dane"}),
    "first-line": ({"ehlo": b"250-STARTTLS\r\n250 HELP\r\n"}, "dane", {"no-tls"}),
    "first-line-may": ({"ehlo": b"250 STARTTLS\r\n"}, "may", {"clear"}),
    "other-keyword": ({"ehlo": b"250-mx\r\n250-STARTTLSX\r\n250 XSTARTTLS\r\n"}, "dane", {"no-tls"}),
    "one-line": ({"ehlo": b"250\r\n"}, "may", {"clear"}),
    "codes-differ": ({"ehlo": b"250-mx\r\n251 STARTTLS\r\n"}, "dane", {"protocol"}),
    "too-many-lines": ({"ehlo": b"250-mx\r\n" * 200 + b"250 STARTTLS\r\n"}, "may", {"protocol"}),
    "too-long-line": ({"greeting": b"220 " + b"x" * 2050 + b"\r\n"}, "may", {"protocol"}),
    "four-digits": ({"greeting": b"2200 mx\r\n"}, "may", {"protocol"}),
    "http": ({"greeting": b"HTTP/1.1 400 Bad Request\r\n\r\n"}, "may", {"protocol"}),
    "ssh": ({"greeting": b"SSH-2.0-OpenSSH_9.2p1\r\n"}, "may", {"protocol"}),
    "empty-line": ({"greeting": b"\r\n220 mx\r\n"}, "may", {"protocol"}),
    "greeting-250": ({"greeting": "250 mx"}, "may", {"greeting"}),
    "ehlo-421": ({"ehlo": "421 4.3.2 later"}, "may", {"ehlo"}),
    "starttls-250": ({"starttls": "250 ok"}, "dane", {"no-tls"}),
    "starttls-554-encrypt": ({"starttls": "554 5.7.3 no"}, "encrypt", {"no-tls"}),
    # The end of the service is no refusal of TLS: nothing can be delivered here.
    "starttls-421": ({"starttls": "421 4.7.0 closing"}, "may",
                     {"closed", "protocol", "no-tls", "handshake"}),
    # Somebody answers before he is asked.
    "all-at-once": ({"greeting": b"220 mx\r\n250-mx\r\n250 STARTTLS\r\n" + GO}, "dane",
                    {"injection", "handshake"}),
    "behind-ehlo": ({"ehlo": b"250-mx\r\n250 STARTTLS\r\n" + GO}, "dane",
                    {"injection", "handshake"}),
    "in-two-segments": ({"starttls": two_segments(GO, b"250 AUTH PLAIN\r\n")}, "dane",
                        {"injection", "handshake"}),
    "one-octet-behind": ({"starttls": GO + b"\n"}, "may", {"injection"}),
    "a-record-behind": ({"starttls": GO + b"\x16\x03\x03\x00\x01\x00"}, "may", {"injection"}),
}
# Answers that come before the question.
EARLY = ("all-at-once", "behind-ehlo")
TIMEOUT_MS = 5000


def declare(world):
    tlsa = {"dane": [world.cert.tlsa(3, 1, 1)], "encrypt": [world.cert.tlsa(1, 1, 1)], "may": []}
    hosts = []
    for label, (steps, demand, _) in CASES.items():
        _servers[label] = world.server(steps=steps)
        hosts.append(world.host(f"reply-{label}", _servers[label], tlsa[demand]))
    world.domain("replies1", *hosts[:15])
    world.domain("replies2", *hosts[15:])
    for label, options in (("quit", {}), ("quit465", {"address": "127.0.25.254", "port": 465,
                                                      "implicit": True})):
        server = _servers[label] = world.server("silent_at_quit", **options)
        world.domain(f"r-{label}", world.host(f"reply-{label}", server, tlsa["dane"]))


class Replies(CheckCase):
    @classmethod
    def setUpClass(cls):
        run = cls("test_results").check("--helo", HELO, "--timeout-ms", str(TIMEOUT_MS),
                                        "replies1.check.test", "replies2.check.test")
        cls.found = run.endpoints

    def test_results(self):
        self.assertEqual(len(self.found), len(CASES))
        for label, (_, _, results) in CASES.items():
            with self.subTest(reply=label):
                endpoint = self.found[f"reply-{label}.check.test"]
                self.assertIn(endpoint["result"], results, endpoint["text"])

    def test_in_the_clear(self):
        """Nothing but the three commands, and no ClientHello after an injection."""
        for label in CASES:
            with self.subTest(reply=label):
                record = self.record(_servers[label])
                if label in EARLY:  # the server has answered STARTTLS before it reads it
                    self.assertIn(record.early[:2], (b"", b"\x16\x03"))
                    continue
                self.assertNothingSpilled(record)
                if self.found[f"reply-{label}.check.test"]["result"] == "injection":
                    self.assertEqual(record.hello, b"")

    def test_silent_goodbye(self):
        """Who does not answer QUIT is not waited for until the deadline, with TLS from the first
        octet either."""
        for label, ports in (("quit", "1024-65535"), ("quit465", "465")):
            with self.subTest(host=label):
                run = self.check("--helo", HELO, "--timeout-ms", str(TIMEOUT_MS), "--ports-secure",
                                 ports, f"r-{label}.check.test")
                (endpoint,) = run.only["endpoints"]
                self.assertEqual((endpoint["result"], run.status), ("dane", 0))
                self.assertGoodbye(self.record(_servers[label]))
                self.assertLess(endpoint["ms"], TIMEOUT_MS - 500)
