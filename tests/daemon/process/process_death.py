# SPDX-License-Identifier: BSD-2-Clause
"""Workers that die: restarts, quarantine, the watchdog; and a master that is killed."""

import os
import signal
import threading

from process_case import Case, is_alive, until

ENDLESS = {"BED_TICK": "3600000"}


class Restart(Case):
    def test_at_once(self):
        """Nothing but the death itself starts the next one: the tick is an hour away."""
        daemon = self.start(environment=ENDLESS)
        pid = daemon.pid_of()
        os.kill(pid, signal.SIGKILL)
        self.assertNotEqual(daemon.pid_of(), pid)
        died = daemon.wait("worker-died")
        self.assertEqual((died["pid"], died["by"], died["restart-ms"]),
                         (str(pid), "signal 9 (KILL)", "0"))

    def test_later_too_without_a_tick(self):
        daemon = self.start(environment=ENDLESS)
        for wait in ("0", "100", "200"):
            n = len(daemon.events("worker-died"))
            daemon.ask("die 9")
            self.assertEqual(daemon.wait("worker-died", n + 1)["restart-ms"], wait)
        daemon.pid_of()

    def test_deaths_that_are_one_signal(self):
        """SIGCHLD does not count."""
        daemon = self.start("workers 3", environment=ENDLESS)
        pids = daemon.children()
        os.kill(daemon.pid, signal.SIGSTOP)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        until(lambda: not any(map(is_alive, pids)), "all are dead")
        os.kill(daemon.pid, signal.SIGCONT)
        daemon.wait("worker-died", 3)
        self.assertEqual(len({daemon.pid_of(i) for i in range(3)}), 3)

    def test_under_load_and_the_others_go_on(self):
        daemon = self.start("workers 2")
        victim = daemon.pid_of(0)
        over, answers = threading.Event(), []

        def load():
            while not over.is_set():
                answers.append(daemon.ask("ping"))

        threads = [threading.Thread(target=load) for _ in range(4)]
        with daemon.worker(1) as other:
            before = other.ask("ping")
            for thread in threads:
                thread.start()
            until(lambda: len(answers) > 100, "load")
            os.kill(victim, signal.SIGKILL)
            daemon.wait("worker-died")
            until(lambda: any(a.startswith("pong 0") and a.split()[2] != str(victim)
                              for a in list(answers)), "answers of the next worker 0")
            over.set()
            for thread in threads:
                thread.join()
            self.assertEqual(other.ask("ping"), before)
        # What was open may get nothing, but nobody gets anything else.
        self.assertEqual([a for a in answers if a and not a.startswith("pong ")], [])
        self.assertEqual(len(daemon.events("worker-died")), 1)

    def test_storm(self):
        daemon = self.make("start crash")
        waits = [int(daemon.wait("worker-died", n)["restart-ms"]) for n in range(1, 6)]
        self.assertEqual(waits, [0, 100, 200, 400, 800])

    def test_exits_and_terms_start_again_too(self):
        daemon = self.start()
        for n, (ask, by) in enumerate((("exit 0", "status 0"), ("exit 3", "status 3"),
                                       ("exit 78", "status 78"), ("die 15", "signal 15 (TERM)"))):
            daemon.ask(ask)
            self.assertEqual(daemon.wait("worker-died", n + 1)["by"], by)
        daemon.pid_of()

    def test_counters_survive_and_gauges_do_not(self):
        daemon = self.start()
        for _ in range(3):
            daemon.ask("count")
        self.assertEqual(daemon.ask("total"), "3 3 0")
        daemon.ask("die 9")
        self.assertEqual(daemon.ask("total"), "3 0 1")

    def test_a_stray_write_costs_its_worker_alone(self):
        daemon = self.start()
        self.assertEqual(daemon.ask("stray innocent.example"), "")
        daemon.wait("worker-died")
        self.assertEqual(daemon.ask("enter innocent.example"), "place 0")


class Quarantine(Case):
    def crash(self, daemon, *subjects, number=11):
        n = len(daemon.events("worker-died"))
        with daemon.connect() as connection:
            for subject in subjects:
                connection.ask(subject if " " in subject else f"enter {subject}")
            connection.ask(f"die {number}")
        return daemon.wait("worker-died", n + 1)

    def test_poison(self):
        daemon = self.start("workers 2")
        died = self.crash(daemon, "poison.example", "host.example:25")
        self.assertEqual((died["in-flight"], died["subjects"]),
                         ("2", "poison.example host.example:25"))
        line = daemon.wait("quarantine", subject="poison.example")
        self.assertEqual(line["seconds"], "600")
        for i in range(2):
            with daemon.worker(i) as connection:
                self.assertEqual(connection.ask("enter poison.example"), "aside")
                self.assertEqual(connection.ask("enter host.example:25"), "aside")
                self.assertEqual(connection.ask("enter good.example"), "place 0")

    def test_each_signal(self):
        daemon = self.start()
        for i, (number, is_aside) in enumerate(((11, True), (6, True), (7, True), (4, True),
                                                (8, True), (31, True), (9, False), (15, False))):
            self.crash(daemon, f"s{i}.example", number=number)
            self.assertEqual(daemon.ask(f"enter s{i}.example") == "aside", is_aside, number)

    def test_among_many_the_second_time_counts(self):
        daemon = self.start()
        self.crash(daemon, "fill 20 first", "poison.example")
        self.assertEqual(daemon.events("quarantine"), [])
        self.crash(daemon, "fill 20 second", "poison.example")
        self.assertEqual([q["subject"] for q in daemon.events("quarantine")], ["poison.example"])
        self.assertEqual(daemon.ask("enter poison.example"), "aside")
        self.assertEqual(daemon.ask("enter first3"), "place 0")

    def test_what_is_no_text_forges_nothing(self):
        daemon = self.start()
        died = self.crash(daemon, "raw x", "good.example")
        self.assertEqual((died["in-flight"], died["subjects"]), ("2", "good.example"))
        self.assertEqual([q["subject"] for q in daemon.events("quarantine")], ["good.example"])
        self.assertNotIn("forged", daemon.text())

    def test_it_outlives_a_reload_and_crashes_of_others(self):
        daemon = self.start("name first")
        self.crash(daemon, "poison.example")
        daemon.reload(["name second", "workers 2"])
        for i in range(2):
            with daemon.worker(i) as connection:
                self.assertEqual(connection.ask("enter poison.example"), "aside")


class Watchdog(Case):
    PATIENT = {"BED_WATCHDOG": "300", "BED_ABORT": "100"}

    def hang(self, daemon, how):
        pid = daemon.pid_of()
        with daemon.connect() as connection:
            connection.ask("enter slow.example")
            how(connection, pid)
            daemon.wait("worker-hangs", pid=str(pid))
            died = daemon.wait("worker-died", pid=str(pid))
        self.assertEqual(died["hung"], "yes")
        self.assertEqual(daemon.ask("enter slow.example"), "aside")
        return died["by"]

    def test_abort(self):
        daemon = self.start(environment=self.PATIENT)
        self.assertEqual(self.hang(daemon, lambda c, _: c.socket.sendall(b"hang\n")),
                         "signal 6 (ABRT)")

    def test_kill(self):
        daemon = self.start(environment=self.PATIENT)
        self.assertEqual(self.hang(daemon, lambda c, _: c.socket.sendall(b"hang hard\n")),
                         "signal 9 (KILL)")

    def test_stopped(self):
        daemon = self.start(environment=self.PATIENT)
        self.assertEqual(self.hang(daemon, lambda _, pid: os.kill(pid, signal.SIGSTOP)),
                         "signal 9 (KILL)")

    def test_a_master_that_slept_accuses_nobody(self):
        """As after a machine's sleep: the last beat is old, but nobody looked meanwhile."""
        daemon = self.start(environment={"BED_WATCHDOG": "2000"})
        pid = daemon.pid_of()

        def looks():
            n = len(daemon.events("stats-worker"))
            daemon.signal(signal.SIGUSR1)
            daemon.wait("stats-worker", n + 1)

        os.kill(pid, signal.SIGSTOP)
        looks()
        looks()  # it knows the last beat now
        os.kill(daemon.pid, signal.SIGSTOP)
        threading.Event().wait(2.5)
        os.kill(daemon.pid, signal.SIGCONT)
        looks()
        looks()
        os.kill(pid, signal.SIGCONT)
        self.assertEqual(daemon.pid_of(), pid)
        self.assertEqual(daemon.events("worker-hangs"), [])


class Master(Case):
    def test_killed_it_takes_all_along(self):
        daemon = self.start("workers 3")
        pids = daemon.children()
        self.assertEqual(len(pids), 3)
        daemon.process.kill()
        daemon.process.wait()
        until(lambda: not any(map(is_alive, pids)), "no worker lives")

    def test_a_worker_of_a_restart_dies_with_it(self):
        daemon = self.start()
        daemon.ask("die 9")
        pid = daemon.pid_of()
        daemon.process.kill()
        daemon.process.wait()
        until(lambda: not is_alive(pid), "the worker is dead")
