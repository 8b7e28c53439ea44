# SPDX-License-Identifier: BSD-2-Clause
"""Many domains in one run, and hosts that are hostile in the same: nobody takes from the others."""

import os
import resource
import threading

from sts_bed import NAMED, POLICY, RECORD, UNNAMED, a, mx, txt
from sts_case import OK, SANITIZED, Run, StsCase

from bed.https_faults import Fault

N, AT_ONCE = 400, 16
# Nobody waits for longer than this for a request that must not come.
PROOF_S = 1
# The least the command starts with, and below the number of domains.
DESCRIPTORS, FEW = 384, ("--outgoing-range", "16")
MOST_KIB = 400 * 1024

# What ends by itself, and what takes as long as it may.
QUICK = ("reset_at_accept", "close_at_accept", "plain_http", "tls11_only", "wrong_name",
         "unknown_ca", "self_signed", "cn_only", "expired", "not_yet_valid", "partial_wildcard",
         "reset_at_reply", "redirect", "status_204", "status_206", "status_404", "status_500",
         "switching", "http09", "http2", "escapes", "header_flood", "header_line", "status_line",
         "endless_continue", "wrong_type", "no_type", "two_types", "gzip", "transfer_gzip",
         "truncated", "truncated_tls", "cut", "bad_chunks", "reset_in_body", "empty", "too_large",
         "too_large_chunked", "flood", "key_updates")
SLOW = ("unanswered", "silent_at_accept", "silent_at_handshake", "silent_at_reply",
        "silent_in_body", "status_301_silent", "huge_length", "drip", "drip_header",
        "slow_continue")


class Crowd:
    """Replies of a policy host that counts who waits for one. The first waits until there are as
    many as there may be, and then whether one more comes."""

    def __init__(self):
        self.most = self.now = self.asked = 0
        self.was_full = self.was_over = False
        self._changed = threading.Condition()

    def reply(self, session):
        with self._changed:
            self.asked += 1
            self.now += 1
            self.most = max(self.most, self.now)
            self._changed.notify_all()
            if self.asked == 1:
                self.was_full = self._changed.wait_for(lambda: self.asked >= AT_ONCE, 30)
                self.was_over = self._changed.wait_for(lambda: self.asked > AT_ONCE, PROOF_S)
                self.asked += 1000  # the others go, too
                self._changed.notify_all()
            else:
                self._changed.wait_for(lambda: self.asked > 1000, 60)
            self.now -= 1
        return session.usual()


class Many(StsCase):
    def names(self, label, n):
        """Domains that one policy host serves, and the host."""
        names = [f"{label}{number}.sts.test" for number in range(n)]
        server = self.world.policy_server(names)
        self.addCleanup(server.stop)
        for name in names:
            self.world.names.say(name, mx(1, UNNAMED), mx(2, NAMED))
            self.world.names.say(f"_mta-sts.{name}", txt(RECORD.format(1)))
            self.world.names.say(f"mta-sts.{name}", a(server.address))
        return names, server

    def test_many(self):
        """STS-4, STS-5: each is fetched once, never more than 16 at once; then none."""
        names, server = self.names("many", N)
        crowd = Crowd()
        server.kind = Fault("as many as there may be", good=True, reply=crowd.reply)
        for source in ("fetch", "cache"):
            answers = self.limited(*FEW, *names)
            self.assertEqual(list(answers), names)
            for answer in answers.values():
                self.assertEnforced(answer, source=source)
            self.assertEqual(server.count, N)
        self.assertEqual(sorted(record.sni for record in server.records),
                         sorted(f"mta-sts.{name}" for name in names))
        self.assertEqual({len(record.requests) for record in server.records}, {1})
        self.assertEqual((crowd.was_full, crowd.was_over, crowd.most), (True, False, AT_ONCE))
        self.assertEqual(set(self.rows()), set(names))
        self.assertEqual({row["text"] for row in self.rows().values()}, {POLICY})

    def limited(self, *arguments):
        """With few descriptors, and not much memory in the end."""
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        with open(os.path.join(self.folder, "out"), "w+", encoding="utf-8") as out:
            process = self.begin_into(out, "resolve", "--json", "--sts-timeout", "60", *arguments,
                                      preexec_fn=limit)
            stderr = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual((process.returncode, stderr), (OK, ""))
            out.seek(0)
            answers = self.harmless(Run(process.returncode, out.read(), stderr)).answers
        if not SANITIZED:
            self.assertLess(usage.ru_maxrss, MOST_KIB)
        return answers

    def test_same_domain(self):
        """However often it is asked for in one run."""
        domain = self.domain("m-same")
        run = self.resolve_all(*[domain.name] * 100)
        self.assertEqual((run.status, len(run.lines)), (OK, 100))
        self.assertEqual({line["sts"]["id"] for line in run.lines}, {"1"})
        self.assertEqual(domain.server.count, 1)


class Hostile(StsCase):
    """Policy hosts that do harm, and some that do not, asked about in one run."""

    def mixed(self, faults, *options):
        """A good domain before, between and behind those; each without regard to the others."""
        bad = [self.domain(f"h-{number}-{fault.replace('_', '-')}", fault=fault)
               for number, fault in enumerate(faults)]
        good = [self.domain(f"g-{number}") for number in range(len(bad) // 4 + 1)]
        order = [domain.name for domain in bad]
        for number, domain in enumerate(good):
            order.insert(number * 5, domain.name)
        order.append(self.domain("g-last").name)
        good_names = [name for name in order if name.startswith("g-")]
        run = self.run_verb("resolve", "--json", *options, *order)
        self.assertEqual((run.status, run.stderr), (OK, ""))
        self.assertLessEqual(set(order), set(run.answers))
        return run.answers, good_names, [domain.name for domain in bad]

    def check(self, answers, good, bad):
        for name in bad:
            self.assertFree(answers[name])
        without = [name for name in good if not answers[name].sts]
        self.assertEqual(without, [], f"of {len(good)}")
        for name in good:
            self.assertEnforced(answers[name], source="fetch")
        self.assertEqual(set(self.rows()), set(good))

    def test_quick(self):
        self.check(*self.mixed(QUICK, "--sts-timeout", "10"))

    def test_slow(self):
        """Fewer than may be fetched at once."""
        self.check(*self.mixed(SLOW, "--sts-timeout", "2"))

    def test_slow_and_many(self):
        """More than may be fetched at once: who makes us wait must not cost others their
        protection."""
        self.check(*self.mixed(["silent_at_reply"] * (AT_ONCE + 4), "--sts-timeout", "2"))

    def test_held_meanwhile(self):
        """What is held needs no fetch: whoever is silent cannot touch it."""
        held = [self.held(f"k-{number}") for number in range(3)]
        for domain in held:
            domain.record("2")
            domain.serve("silent_at_reply")
        answers, good, bad = self.mixed(["silent_at_accept"] * (AT_ONCE + 4), "--sts-timeout", "1",
                                        *(domain.name for domain in held))
        for domain in held:
            self.assertEnforced(answers[domain.name])
        self.assertEqual((bool(good), bool(bad)), (True, True))
