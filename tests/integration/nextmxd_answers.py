# SPDX-License-Identifier: BSD-2-Clause
"""What each map and path answers, by a daemon of two workers."""

import json
import re
import subprocess
import time
import unittest

from bed.socketmap import netstring

world = None

# map, key, status, pattern of the data
TABLE = [
    ("route", "user@mx.s.test", "OK", r"nx-sec:\[a\.s\.test\]:25, \[b\.s\.test\]:25"),
    ("route", "USER+Ext@MX.S.test.", "OK", r"nx-sec:\[a\.s\.test\]:25, \[b\.s\.test\]:25"),
    ("route", '"a@b c"@mx.s.test', "OK", r"nx-sec:\[a\.s\.test\]:25, .*"),
    ("route", "mx.s.test", "OK", r"nx-sec:\[a\.s\.test\]:25, .*"),
    ("route", "user@mx.u.test", "OK", r"nx-may:\[a\.u\.test\]:25"),
    ("route", "user@pinned.s.test", "OK", r"nx-sec:\[dane\.s\.test\]:2525, \[odd\.s\.test\]:25"),
    ("route", "user@null.s.test", "OK", r"error:5\.1\.10 .*null MX.*"),
    ("route", "user@nothere.s.test", "OK", r"error:5\.1\.2 .*"),
    ("route", "user@nohost.s.test", "OK", r"error:5\.4\.4 .*"),
    ("route", "user@mx.bogus.test", "OK", r"retry:4\.7\.0 .*"),
    ("route", "user@x.servfail.test", "OK", r"retry:4\.4\.3 .*"),
    ("route", "user@loops.s.test", "OK", r"nx-sec:\[a\.s\.test\]:25"),
    ("route", "user@alone.s.test", "OK", r"retry:4\.4\.4 .*"),
    ("route", "user@dials.s.test", "OK", r"nx-sec:\[inside\.s\.test\]:25"),
    ("route", "user@odd-names.s.test", "OK", r"nx-sec:\[under_score\.s\.test\]:25"),
    ("route", "user@bücher.s.test", "OK", r"nx-sec:\[a\.s\.test\]:25"),
    ("route", "user@xn--bcher-kva.s.test", "OK", r"nx-sec:\[a\.s\.test\]:25"),
    ("route", "*", "NOTFOUND", ""),
    ("route", "", "NOTFOUND", ""),
    ("route", "user@[198.51.100.1]", "NOTFOUND", ""),
    ("route", "user@[IPv6:2001:db8::1]", "NOTFOUND", ""),
    ("route", "user", "NOTFOUND", ""),
    ("route", "user@localhost", "NOTFOUND", ""),
    ("route", "user@own.test", "NOTFOUND", ""),
    ("route", "user@sub.relay.test", "NOTFOUND", ""),
    ("exim", "mx.s.test", "OK", r"<;a\.s\.test:25;b\.s\.test:25"),
    ("exim", "user@pinned.s.test", "OK", r"<;dane\.s\.test:2525;odd\.s\.test:25"),
    ("exim", "null.s.test", "PERM", r"5\.1\.10 .*"),
    ("exim", "mx.bogus.test", "TEMP", r"4\.7\.0 .*"),
    ("exim", "own.test", "NOTFOUND", ""),
    ("exim-class", "mx.u.test", "OK", r"class=nx-may hosts=<;a\.u\.test:25"),
    ("exim-class", "pinned.s.test", "OK",
     r"class=nx-sec hosts=<;dane\.s\.test:2525;odd\.s\.test:25"),
    ("exim-class", "null.s.test", "OK", r'class=fail status=5\.1\.10 text="[^"]*"'),
    ("exim-class", "mx.bogus.test", "OK", r'class=defer status=4\.7\.0 text="[^"]*"'),
    ("tls-sec", "[dane.s.test]:2525", "OK", "dane-only"),
    ("tls-sec", "[dane.s.test]", "OK", "dane-only"),
    ("tls-sec", "[dane.s.test]:26", "OK", "may"),
    ("tls-sec", "[odd.s.test]:25", "OK", "encrypt"),
    ("tls-sec", "[a.s.test]:25", "OK", "may"),
    ("tls-sec", "[a.u.test]:25", "OK", "may"),
    ("tls-sec", "[a.bogus.test]:25", "TEMP", ".+"),
    ("tls-sec", "[x.servfail.test]:25", "TEMP", ".+"),
    ("tls-sec", "[198.51.100.1]:25", "NOTFOUND", ""),
    ("tls-sec", "a.s.test", "NOTFOUND", ""),
    ("tls-sts", "[dane.s.test]:25", "OK", "dane-only"),
    ("tls-sts", "[a.s.test]:25", "OK", r"secure match=a\.s\.test servername=hostname"),
    ("tls-sts", "[odd.s.test]:25", "OK", r"secure match=odd\.s\.test servername=hostname"),
    ("tls-sts", "[x.servfail.test]:25", "TEMP", ".+"),
    ("nothing", "mx.s.test", "PERM", ".+"),
]


class Answers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = world.daemon(pass_domains="own.test, .relay.test", slot_seconds=1).start()

    @classmethod
    def tearDownClass(cls):
        assert cls.daemon.stop() == 0

    def test_whole_table(self):
        with self.daemon.client() as client:
            for map_name, key, status, pattern in TABLE:
                with self.subTest(map=map_name, key=key):
                    got, data = client.ask(map_name, key)
                    self.assertEqual(got, status, data)
                    self.assertRegex(data, f"^(?:{pattern})$")

    def test_pipelined_in_order(self):
        asked = [(m, k) for m, k, _, _ in TABLE if k.isascii()]
        with self.daemon.client() as client:
            client.send(b"".join(netstring(f"{m} {k}") for m, k in asked))
            client.socket.shutdown(1)
            for (_, key, status, pattern) in [row for row in TABLE if row[1].isascii()]:
                got, _, data = client.receive().decode().partition(" ")
                self.assertEqual(got, status, key)
                self.assertRegex(data, f"^(?:{pattern})$")
            self.assertRaises(ConnectionError, client.receive)

    def test_orders_change_with_the_slot(self):
        """Two orders of the same hosts, as soon as slots of a second have given them. That their first
        places follow the weights is daemon-orders_shares' to show, and the MTAs' tests."""
        texts = set()
        with self.daemon.client() as client:
            while len(texts) < 2:
                status, data = client.ask("route", f"u{len(texts)}@srv.s.test")
                self.assertEqual(status, "OK")
                texts.add(data)
                self.assertEqual(sorted(re.findall(r"\[([abc])\.s\.test\]:(\d+)", data)[:3]),
                                 [("a", "2525"), ("b", "2525"), ("c", "25")])
                time.sleep(0.05)

    def test_json_is_the_library_s(self):
        status, body = self.daemon.route("srv.s.test", "?seed=7")
        self.assertEqual(status, 200)
        route = json.loads(body)
        self.assertEqual((route["schema"], route["seed"], route["source"]),
                         ("nextmx.route/1", 7, "srv"))
        direct = json.loads(subprocess.run(
            [world.nextmx, "resolve", *world.settings(), "--seed", "7", "--json", "srv.s.test"],
            stdout=subprocess.PIPE, check=True).stdout)
        self.assertEqual(route["plan"], direct["plan"])
        for name, outcome in (("null.s.test", "reject"), ("mx.bogus.test", "defer")):
            status, body = self.daemon.route(name)
            self.assertEqual((status, json.loads(body)["outcome"]), (200, outcome))

    def test_via(self):
        for domain, code in (("srv.s.test", 0), ("null.s.test", 68), ("mx.bogus.test", 75)):
            done = subprocess.run([world.nextmx, "resolve", "--via", self.daemon.http, "--seed", "3",
                                   domain], stdout=subprocess.PIPE, check=False, text=True)
            direct = subprocess.run([world.nextmx, "resolve", *world.settings(), "--seed", "3",
                                     domain], stdout=subprocess.PIPE, check=False, text=True)
            self.assertEqual(done.returncode, code)
            # A route that is held has the TTL it was made with; the fresh one counts on.
            strip = lambda text: re.sub(r"TTL \d+", "TTL", text)
            self.assertEqual(strip(done.stdout), strip(direct.stdout))

    def test_metrics_add_up(self):
        before = self.daemon.metric("nextmx_requests_total")
        with self.daemon.client() as client:
            for _ in range(50):
                client.ask("route", "u@mx.s.test")
        self.assertEqual(self.daemon.metric("nextmx_requests_total"), before + 50)


class AnswerSrv(unittest.TestCase):
    def test_only_what_srv_says(self):
        with world.daemon(answer="srv") as daemon:
            for key, status in (("u@srv.s.test", "OK"), ("u@pinned.s.test", "OK"),
                                ("u@mx.s.test", "NOTFOUND"), ("u@null.s.test", "NOTFOUND"),
                                ("u@nothere.s.test", "NOTFOUND"), ("u@mx.bogus.test", "NOTFOUND"),
                                ("u@x.silent.test", "NOTFOUND"), ("u@mx.u.test", "NOTFOUND")):
                self.assertEqual(daemon.ask("route", key)[0], status, key)


class Plain(unittest.TestCase):
    def test_one_plain_transport(self):
        classes = {f"class_{name}": "smtp" for name in ("may", "sec", "sts", "sts_sec")}
        with world.daemon(**classes) as daemon:
            self.assertEqual(daemon.ask("route", "u@pinned.s.test"),
                             ("OK", "smtp:[dane.s.test]:2525, [odd.s.test]:25"))
            self.assertEqual(daemon.ask("route", "u@mx.u.test"), ("OK", "smtp:[a.u.test]:25"))
