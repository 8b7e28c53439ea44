# SPDX-License-Identifier: BSD-2-Clause
"""Workers that die, domains that kill them, servers that are silent or slow, files that are wrong."""

import os
import re
import signal
import statistics
import threading
import time
import unittest

from bed.socketmap import netstring

world = None

GOOD = re.compile(r"nx-sec:\[a\.many\.test\]:25")


class Asker(threading.Thread):
    """Asks for domains of many.test one after the other, as Postfix does: anew when the connection
    breaks."""

    def __init__(self, daemon, number):
        super().__init__(daemon=True)
        self.target, self.number = daemon, number
        self.answers, self.temporary, self.wrong = 0, 0, []
        self.ending = threading.Event()

    def run(self):
        client, i = None, self.number
        while not self.ending.is_set():
            i += 8
            try:
                client = client or self.target.client()
                status, data = client.ask("route", f"u@d{i % 400}.many.test")
            except OSError:
                self.temporary += 1
                client = None
                continue
            if status == "OK" and GOOD.fullmatch(data):
                self.answers += 1
            elif status == "TEMP" or data.startswith("retry:4."):
                self.temporary += 1
            else:
                self.wrong.append((status, data))
        if client:
            client.close()


def wait_until(condition, patience=60):
    until = time.monotonic() + patience
    while not condition():
        if time.monotonic() > until:
            raise AssertionError("it never came true")
        time.sleep(0.005)


class Crashes(unittest.TestCase):
    def test_kill_under_load(self):
        """Every open request gets a temporary failure or is asked again, and no answer is wrong."""
        with world.daemon() as daemon:
            askers = [Asker(daemon, i) for i in range(8)]
            for asker in askers:
                asker.start()
            total = lambda: sum(asker.answers for asker in askers)
            wait_until(lambda: total() > 200)
            longest = 0
            for i in range(6):
                before = set(daemon.workers)
                os.kill(sorted(before)[i % 2], signal.SIGKILL)
                began, count = time.monotonic(), total()
                wait_until(lambda: len(set(daemon.workers) - before) == 1)
                wait_until(lambda: total() > count + 400)
                longest = max(longest, time.monotonic() - began)
            for asker in askers:
                asker.ending.set()
            for asker in askers:
                asker.join()
            self.assertEqual([asker.wrong for asker in askers if asker.wrong], [])
            temporary = sum(asker.temporary for asker in askers)
            print(f"kill -9 six times: {total()} answers, {temporary} temporary failures, "
                  f"400 answers after at most {longest * 1000:.0f} ms")
            self.assertEqual(daemon.metric("nextmx_worker_restarts_total"), 6)

    def test_poison_is_put_aside(self):
        """Each crash costs its own requests; the others are answered, and it is not tried again."""
        with world.daemon(env={"NEXTMXD_TEST_CRASH": "poison.s.test"}) as daemon:
            for i in range(3):
                try:
                    status, data = daemon.ask("route", f"u{i}@poison.s.test")
                    self.assertTrue(status == "TEMP" or data.startswith("retry:4."),
                                    (status, data))
                except OSError:
                    pass  # the worker that was asked has it, and is gone
                self.assertEqual(daemon.ask("route", f"u{i}@mx.s.test")[0], "OK")
            daemon.wait_log("quarantine")
            self.assertEqual(daemon.ask("route", "u@poison.s.test")[0], "TEMP")
            self.assertEqual(daemon.ask("tls-sec", "[a.s.test]:25"), ("OK", "may"))
            self.assertEqual(daemon.metric("nextmx_quarantined"), 1)
            self.assertEqual(daemon.metric("nextmx_worker_restarts_total"), 1)
            self.assertEqual(daemon.route("poison.s.test")[0], 503)

    def test_master_dies(self):
        daemon = world.daemon().start()
        workers = daemon.workers
        daemon.process.kill()
        daemon.process.wait()
        for pid in workers:
            wait_until(lambda pid=pid: not os.path.exists(f"/proc/{pid}") or
                       open(f"/proc/{pid}/stat", encoding="ascii").read().split()[2] == "Z")
        daemon.stop()


class Slow(unittest.TestCase):
    def test_silent_servers_do_not_hold_up_others(self):
        """Two daemons, asked in turn, so that whatever else this machine does slows both: one of
        them has silent domains before it. Its median answer to others stays what the other's is."""
        with world.daemon() as quiet, world.daemon() as daemon, \
                quiet.client() as alone, daemon.client() as beside:
            ending = threading.Event()
            asked = []

            def ask_silent():
                with daemon.client() as other:
                    while not ending.is_set():
                        asked.append(other.ask("route", f"u@x{len(asked)}.silent.test"))

            def take(client, i):
                began = time.monotonic()
                self.assertEqual(client.ask("route", f"u@d{i}.many.test")[0], "OK")
                return time.monotonic() - began

            for i in range(130):  # keys of the zones are fetched
                take(alone, i)
                take(beside, i)
            thread = threading.Thread(target=ask_silent)
            thread.start()
            wait_until(lambda: len(asked) >= 2)
            times = {alone: [], beside: []}
            for i in range(130, 390):
                for client in (alone, beside) if i % 2 else (beside, alone):
                    times[client].append(take(client, i))
            ending.set()
            thread.join()
            for status, data in asked:
                self.assertEqual((status, data[:12]), ("OK", "retry:4.4.3 "))
            ratio = statistics.median(times[beside]) / statistics.median(times[alone])
            print(f"median answer beside {len(asked)} questions about silent domains: "
                  f"{ratio:.2f} of that without")
            self.assertLess(ratio, 1.5)

    def test_one_connection_waits_no_more_than_its_budget(self):
        """Silent domains in a row, as qmgr asks: the first takes the deadline, the others 50 ms."""
        with world.daemon(deadline_ms=1000) as daemon, daemon.client() as client:
            times = []
            for i in range(6):
                began = time.monotonic()
                self.assertEqual(client.ask("route", f"u@y{i}.silent.test")[1][:12],
                                 "retry:4.4.3 ")
                times.append(time.monotonic() - began)
            self.assertGreater(times[0], 0.9)
            # 1 s in all, and 50 ms for each of five; the machine may be busy.
            self.assertLess(sum(times), 2.5)

    def test_slow_domain_is_answered_at_the_second_try(self):
        """It needs some four seconds, and its TTL is one."""
        with world.daemon() as daemon:
            self.assertEqual(daemon.ask("route", "u@slow.test")[1][:12], "retry:4.4.3 ")
            wait_until(lambda: daemon.metric("nextmx_late_routes_total") == 1)
            time.sleep(1.5)  # its TTL is over
            for _ in range(4):  # whichever worker is asked, and once is one burst
                self.assertEqual(daemon.ask("route", "u@slow.test"),
                                 ("OK", "nx-may:[mx.slow.test]:25"))


class Reload(unittest.TestCase):
    def test_under_load(self):
        with world.daemon() as daemon:
            askers = [Asker(daemon, i) for i in range(4)]
            for asker in askers:
                asker.start()
            total = lambda: sum(asker.answers for asker in askers)
            for _ in range(5):
                count, before = total(), set(daemon.workers)
                daemon.reload()
                daemon.wait_notified("READY=1")
                wait_until(lambda: not before & set(daemon.workers))
                wait_until(lambda: total() > count + 100)
            for asker in askers:
                asker.ending.set()
            for asker in askers:
                asker.join()
            self.assertEqual([asker.wrong for asker in askers if asker.wrong], [])
            self.assertEqual(len(daemon.workers), 2)

    def test_bad_file_changes_nothing(self):
        with world.daemon() as daemon:
            before = daemon.workers
            for name, value in (("deadline-msec", "9"), ("trust-anchor", "/nothing"),
                                ("workers", "0")):
                daemon.write_config()
                section = "[resolver]" if name == "trust-anchor" else "[daemon]"
                with open(daemon.config, "a", encoding="ascii") as file:
                    file.write(f"{section}\n{name} = {value}\n")
                count = daemon.log.count("level=error")
                daemon.reload()
                wait_until(lambda: daemon.log.count("level=error") > count)
                self.assertEqual(daemon.workers, before)
                self.assertEqual(daemon.ask("route", "u@mx.s.test")[0], "OK")

    def test_new_answers(self):
        with world.daemon() as daemon:
            self.assertEqual(daemon.ask("route", "u@mx.s.test")[0], "OK")
            daemon.daemon["pass_domains"] = "mx.s.test"
            daemon.write_config()
            daemon.reload()
            daemon.wait_notified("READY=1")
            wait_until(lambda: daemon.ask("route", "u@mx.s.test")[0] == "NOTFOUND")

    def test_term_drains(self):
        """What was asked before SIGTERM is answered."""
        with world.daemon() as daemon, daemon.client() as client:
            client.send(netstring("route u@z.silent.test"))
            wait_until(lambda: daemon.metric("nextmx_lookups_in_flight") >= 1)
            daemon.process.terminate()
            self.assertEqual(client.receive()[:15], b"OK retry:4.4.3 ")
            self.assertEqual(daemon.process.wait(30), 0)
            self.assertFalse(os.path.exists(daemon.http))
