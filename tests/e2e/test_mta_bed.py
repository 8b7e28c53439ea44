#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Proves the bed of Postfix and Exim, and the two guides, with a stand-in for nextmxd.

  tests/e2e/test_mta_bed.py [CASE ...]

The cases are those that test_postfix.py and test_exim.py run with nextmxd; what is tested here is
that with the right answers the MTAs do the right thing, as the guides configure them. Needs root or
mapped users; see bed/mta.py.
"""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, ".."))

import mta_run
from bed import mta
from bed.mta_stand_in import Hosts, Raw, StandIn
from bed.mta_world import HOSTS, fqdn
from bed.process import run
from bed.socketmap import netstring
from mta_cases import Cases, Mail, Slow


class StandInCase(mta_run.Case):
    @classmethod
    def answerer(cls):
        return StandIn(*cls.world.table())


class Failing:
    """nx-sec fails closed, whatever is known or unknown about a host."""

    def through(self, host, demand):
        """A domain of nx-sec with this host, of which the answerer says this."""
        port = HOSTS[host].port
        self.daemon.domains["closed.test"] = Hosts("nx-sec", (fqdn(host), port))
        old = self.daemon.hosts.pop((fqdn(host), port))
        self.addCleanup(self.daemon.hosts.update, {(fqdn(host), port): old})
        if demand:
            self.daemon.hosts[fqdn(host), port] = demand
        return "closed.test"

    def test_no_answer_for_a_host(self):
        self.waits(self.through("closed1", None))
        self.heard("closed1", False)

    def test_dane_without_records(self):
        self.waits(self.through("closed2", "dane"))
        self.heard("closed2", False)

    def test_encrypt_without_starttls(self):
        self.waits(self.through("plain", "encrypt"), "(?i)tls")
        self.heard("plain", False)

    def test_may_without_starttls(self):
        self.delivered(self.through("openly", "may"), "openly")


class PostfixFailing(StandInCase, Failing, Mail, mta_run.Counting):
    kind = "postfix"

    def test_verifying(self):
        """What the guide says that postmap -q prints."""
        table = "socketmap:inet:127.0.0.1:8461:"
        for name, key, answer in (
                ("route", "x@danegood.s.test", (0, "nx-sec:[dane.s.test]:2525")),
                ("route", "danegood.s.test", (0, "nx-sec:[dane.s.test]:2525")),
                ("route", "x@null.s.test", (0, "error:5.1.10 null MX")),
                ("route", "x@pass.s.test", (1, "")),
                ("tls-sec", "[dane.s.test]:2525", (0, "dane-only"))):
            self.assertEqual(self.mta.ask(table + name, key), answer)


class PostfixUndo(StandInCase, Mail, mta_run.Counting):
    kind = "postfix"

    def test_undo(self):
        waiting = self.waits("bogusmail")
        config = ["-c", self.mta.config]
        run("postconf", *config, "-X", "transport_maps")
        run("postconf", *config, "-MX", *(f"{name}/unix" for name in
                                          ("nx-may", "nx-sec", "nx-sts", "nx-sts-sec")))
        run("postfix", *config, "reload")
        self.delivered("pass", "ordinary")
        self.assertNotIn("nx-", run("postconf", *config, "-M"))
        # Not by SRV any more: the domain has nothing else.
        self.bounces("danegood", "5.4.4")
        self.assertIn(waiting, self.mta.queue())


class EximFailing(StandInCase, Failing, Mail, mta_run.Counting):
    kind = "exim"

    def test_verifying(self):
        """What the guide says that -be and -bt print."""
        asked = "${readsocket{inet:127.0.0.1:8461}{26:exim-class danegood.s.test,}}"
        wanted = "OK class=nx-sec hosts=<;dane.s.test:2525"
        self.assertEqual(self.mta.expand(asked),
                         f"{len(wanted)}:{wanted},")
        said = self.mta.run("-bt", "x@danegood.s.test")
        self.assertIn("router = nx_route, transport = nx_sec", said)
        self.assertRegex(said, r"host dane\.s\.test\s.*port=2525")


class Postfix(StandInCase, Cases, Slow, mta_run.Counting):
    kind = "postfix"


class Exim(StandInCase, Cases, Slow, mta_run.Counting):
    kind = "exim"


class PostfixWrong(StandInCase, mta_run.Counting):
    """What the bed must notice, or no test with nextmxd proves anything."""

    kind = "postfix"

    def test_disasters_are_seen(self):
        for host in ("ta.u.test]:70000", "-ta.u.test]:25", "ta..u.test]:25"):
            with self.subTest(host):
                start = len(self.mta.disasters())
                self.daemon.domains["wrong.test"] = Raw(netstring(f"OK nx-may:[{host}"))
                self.mta.send("m@wrong.test")
                mta.wait_for(lambda start=start: len(self.mta.disasters()) > start, 90,
                             lambda: "\n".join(self.mta.log.lines))

    @classmethod
    def tearDownClass(cls):
        """They are wanted here."""


class EximWrong(StandInCase, mta_run.Counting):
    """The guide's routers use nothing but what nextmxd writes."""

    kind = "exim"
    hosts = ("ta.u.test:25 nx_may", '"<;ta.u.test:25 byname"', "<;$x:25", "<;${run{/bin/true}}:25",
             "<;", "<;*:25", "<;[::1]:25", "<;/etc/passwd", "<;a,b:25", "ta.u.test:25")

    def test_odd_hosts_wait(self):
        self.answers(*(f"OK class=nx-may hosts={host}" for host in self.hosts))

    def test_odd_classes_wait(self):
        self.answers(*(f"OK class={name} hosts=<;ta.u.test:25"
                       for name in ("", "nx-odd", "nx-", "nx_may", "remote_smtp", "x hosts=<;a:1")))

    def test_text_is_not_expanded(self):
        self.daemon.domains["text.test"] = Raw(netstring('OK class=fail status=5.1.10 text="${x} $y"'))
        self.mta.send("m@text.test")
        fate = self.mta.wait_fates(["m@text.test"])["m@text.test"]
        self.assertEqual((fate.status, fate.code), ("bounced", "5.1.10"))
        self.assertIn("${x} $y", fate.text)

    def answers(self, *texts):
        for n, text in enumerate(texts):
            with self.subTest(text):
                domain = f"odd{n}.test"
                recipient = f"{abs(hash(text))}@{domain}"
                self.daemon.domains[domain] = Raw(netstring(text))
                self.mta.send(recipient)
                fate = self.mta.wait_fates([recipient])[recipient]
                self.assertEqual(fate.status, "deferred", fate)
                self.assertIn("nextmxd gave no answer", fate.text)
                self.assertEqual(self.world.received(recipient), [])

    def test_paniclog_is_read(self):
        path = os.path.join(self.mta.folder, "log", "paniclog")
        with open(path, "w", encoding="ascii") as file:
            file.write("a line\n")
        self.assertEqual(self.mta.disasters(), ["a line"])
        os.unlink(path)


class Dead(StandInCase):
    """Without an answer mail waits, and goes on when there is one again."""

    def test_dead_daemon(self):
        recipient = f"{self.kind}@{self.world.names['goodmail']}"
        self.daemon.stop()
        self.mta.send(recipient)
        mta.wait_for(lambda: recipient in self.mta.queue(), 30, "the queue is empty")
        self.daemon.start()
        self.mta.retry()
        mta.wait_for(lambda: [fate for fate in self.mta.fates(recipient)
                              if fate.status == "sent"], 120,
                     lambda: "\n".join(self.mta.log.lines))
        self.assertNotIn("bounced", [fate.status for fate in self.mta.fates(recipient)])
        self.assertEqual(self.world.received(recipient), ["good"])

    def test_silly_answers(self):
        """None of them bounces."""
        for n, octets in enumerate((b"", b"0:,", b"3:abc,", b"OK smtp:[x]:25", netstring("TEMP no"),
                                    netstring("PERM no"), netstring("TIMEOUT no"))):
            domain = f"silly{n}.test"
            self.daemon.domains[domain] = Raw(octets)
            self.mta.send(f"m@{domain}")
        mta.wait_for(lambda: len(self.mta.queue()) >= 7, 60, lambda: self.mta.queue())
        self.assertEqual(self.mta.log.matching(r"status=bounced| \*\* "), [])


class PostfixDead(Dead, mta_run.Counting):
    kind = "postfix"


class EximDead(Dead, mta_run.Counting):
    kind = "exim"


if __name__ == "__main__":
    mta_run.main(sys.argv[1:], sys.modules[__name__])
