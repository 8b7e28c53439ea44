# SPDX-License-Identifier: BSD-2-Clause
"""What becomes of mail, whichever MTA it is given to and whoever tells the MTA where it goes.

Each assertion is of three things at once: what the MTA logged, what is in its queue, and what the
mail servers received. Cases is a mixin: a module's own class sets mta, world, and what only it knows.
"""

import itertools
import time

from bed import mta
from bed.mta_world import N_TIERS, N_WEIGHTS, SERVFAIL, WEIGHTS, fqdn

# 99.9 % of chi-square with two degrees of freedom.
CHI_SQUARE_2 = 13.816
SECONDS = 30  # in which good mail arrives; one answer that smtp(8) dies of stops all mail for 60
LATER = "takes longer than it may"  # as in daemon/answer.c


class Mail:
    """Sends, and asserts what became of it."""

    mta = world = None
    numbers = itertools.count()

    def setUp(self):
        self.mta.forget()

    def send(self, label):
        """One message to a domain of the world; returns its recipient, which is no other's."""
        recipient = f"m{next(self.numbers)}@{self.world.names.get(label, label)}"
        self.mta.send(recipient)
        return recipient

    def fates(self, recipients, tries=5):
        """The last fate of each. On a busy machine many unknown domains use up what a connection may
        wait; some are told "later" then, and are known at the next try."""
        fates = self.mta.wait_fates(recipients, patience=120)
        for n in range(2, tries + 1):
            late = [name for name, fate in fates.items()
                    if fate.status == "deferred" and LATER in fate.text]
            if not late:
                break
            self.mta.retry()
            fates.update(self.mta.wait_fates(late, n=n, patience=120))
        return fates

    def delivered(self, label, *servers, n=1):
        """All n messages went to these servers, each message to one, and nothing is left."""
        recipients = [self.send(label) for _ in range(n)]
        fates = self.fates(recipients)
        queue = self.mta.queue()
        for recipient in recipients:
            self.assertEqual(fates[recipient].status, "sent", fates[recipient])
            received = self.world.received(recipient)
            self.assertEqual(len(received), 1, received)
            self.assertIn(received[0], servers)
            self.assertNotIn(recipient, queue)
        return recipients[0]

    def waits(self, label, pattern=".", code="4."):
        """It is in the queue, nobody has received it, and no bounce was made."""
        recipient = self.send(label)
        fate = self.mta.wait_fates([recipient])[recipient]
        self.assertEqual(fate.status, "deferred", fate)
        self.assertRegex(fate.text, pattern)
        if fate.code:
            self.assertTrue(fate.code.startswith(code), fate)
        self.assertIn(recipient, self.mta.queue())
        self.assertEqual(self.world.received(recipient), [])
        return recipient

    def bounces(self, label, code):
        recipient = self.send(label)
        fate = self.mta.wait_fates([recipient])[recipient]
        self.assertEqual(fate.status, "bounced", fate)
        self.assertIn(code, (fate.code, *fate.text.split()))
        self.assertNotIn(recipient, self.mta.queue())
        self.assertEqual(self.world.received(recipient), [])

    def heard(self, name, wanted):
        """Whether any client gave the server a sender."""
        said = any(line.upper().startswith("MAIL") for record in self.world.server[name].records
                   for line in record.all_commands)
        self.assertEqual(said, wanted)

    def tls_of(self, recipient):
        return [message.tls for server in self.world.server.values()
                for message in server.messages if recipient in message.recipients]


class Cases(Mail):
    # SRV

    def test_weights(self):
        """First places in proportion to the weights, at port 2525."""
        start = {name: len(self.world.server[name].messages) for name in WEIGHTS}
        recipients = [self.send(f"weight{n}") for n in range(N_WEIGHTS)]
        fates = self.fates(recipients)
        self.assertEqual({fate.status for fate in fates.values()}, {"sent"})
        counts = {name: len(self.world.server[name].messages) - start[name] for name in WEIGHTS}
        self.assertEqual(sum(counts.values()), N_WEIGHTS)
        total = sum(WEIGHTS.values())
        chi = sum((counts[name] - N_WEIGHTS * weight / total) ** 2 / (N_WEIGHTS * weight / total)
                  for name, weight in WEIGHTS.items())
        self.assertLess(chi, CHI_SQUARE_2, counts)
        self.assertFalse(set(recipients) & set(self.mta.queue()))

    def test_next_when_refused(self):
        self.delivered("refused", "spare", n=3)

    def test_next_when_busy(self):
        self.delivered("busydomain", "spare", n=3)
        self.assertGreater(self.world.server["busy"].count, 0)
        self.heard("busy", False)

    # MX

    def test_first_tier(self):
        """Both of the first tier, never the second."""
        recipients = [self.send(f"tier1-{n}") for n in range(N_TIERS)]
        fates = self.fates(recipients)
        self.assertEqual({fate.status for fate in fates.values()}, {"sent"})
        took = [self.world.received(recipient) for recipient in recipients]
        # Of fair draws, all 40 alike come once in 500,000,000,000.
        self.assertEqual({tuple(names) for names in took}, {("ta",), ("tb",)})

    def test_second_tier(self):
        self.delivered("tier2", "tc", n=3)

    # DANE

    def test_dane(self):
        recipient = self.delivered("danegood", "dane")
        self.assertTrue(self.tls_of(recipient)[0])

    def test_dane_wrong(self):
        self.waits("danewrong", "(?i)verif")
        self.assertGreater(self.world.server["wrong"].count, 0)
        self.heard("wrong", False)

    def test_dane_next(self):
        recipient = self.delivered("danenext", "dane")
        self.assertTrue(self.tls_of(recipient)[0])
        self.heard("wrong", False)

    def test_dane_without_starttls(self):
        self.waits("daneclear", "(?i)tls")
        self.heard("plain", False)

    # MTA-STS

    def test_enforce(self):
        recipient = self.delivered("enforce", "match")
        self.assertTrue(self.tls_of(recipient)[0])
        self.assertEqual(self.world.server["other"].count, 0)

    def test_enforce_name_is_asked_for(self):
        self.delivered("enforce", "match")
        asked = {record.sni for record in self.world.server["match"].records}
        self.assertEqual(asked, {fqdn("match")})

    def test_enforce_stranger(self):
        self.waits("enforcestranger", "(?i)verif|trust|certificate")
        self.heard("stranger", False)

    def test_enforce_other_name(self):
        self.waits("enforcename", "(?i)verif|certificate")
        self.heard("misnamed", False)

    def test_enforce_without_starttls(self):
        self.waits("enforceclear", "(?i)tls")
        self.heard("clear", False)

    def test_enforce_next(self):
        self.delivered("enforcenext", "match")
        self.heard("stranger", False)

    def test_enforce_signed(self):
        recipient = self.delivered("both", "ssec")
        self.assertTrue(self.tls_of(recipient)[0])
        self.assertEqual(self.world.server["sother"].count, 0)

    def test_enforce_signed_dane(self):
        recipient = self.delivered("bothdane", "ssecdane")
        self.assertTrue(self.tls_of(recipient)[0])

    def test_enforce_signed_other_name(self):
        self.waits("bothname", "(?i)verif|certificate")
        self.heard("smisnamed", False)

    # What cannot be delivered to, and what is none of our business

    def test_null_mx(self):
        self.bounces("null", "5.1.10")

    def test_bogus(self):
        self.waits("bogusmail")
        self.assertEqual(self.world.server["bogus"].count, 0)

    def test_servfail(self):
        self.waits(SERVFAIL)

    def test_failures_stay_when_tried_again(self):
        recipients = [self.send("bogusmail"), self.send(SERVFAIL)]
        self.mta.wait_fates(recipients)
        self.mta.retry()
        fates = self.mta.wait_fates(recipients, n=2)
        self.assertEqual({fate.status for fate in fates.values()}, {"deferred"})
        self.assertLessEqual(set(recipients), set(self.mta.queue()))

    def test_ordinary(self):
        """NOTFOUND: the MTA's own way, by the MX record, at port 25."""
        self.delivered("pass", "ordinary")

    def test_good(self):
        start = time.monotonic()
        self.delivered("goodmail", "good")
        self.assertLess(time.monotonic() - start, SECONDS)


class Slow(Mail):
    """A domain whose route takes longer than an answer may, with records that are old when it is
    there. ripens: whether anybody looks it up, which a stand-in does not."""

    ripens = False

    def test_second_try(self):
        recipient = self.waits("slowmail")
        self.ripen()
        # Postfix keeps the last address it asked about for 30 seconds: let it be another.
        self.delivered("goodmail", "good")
        self.mta.retry()
        fate = self.mta.wait_fates([recipient], n=2)[recipient]
        self.assertEqual(fate.status, "sent", fate)
        self.assertEqual(self.world.received(recipient), ["slow"])
        self.assertNotIn(recipient, self.mta.queue())

    def ripen(self):
        """Until the look-up that goes on is over."""
        slow = self.world.slow
        if self.ripens:
            mta.wait_for(lambda: slow.pending == 0 and self.asked(slow), 30, lambda: slow.log)

    @staticmethod
    def asked(slow):
        """The last round of questions."""
        return {("A", "tcp"), ("AAAA", "tcp")} <= {(asked.type, asked.transport)
                                                 for asked in slow.log
                                                 if asked.name == fqdn("slow")}
