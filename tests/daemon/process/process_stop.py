# SPDX-License-Identifier: BSD-2-Clause
"""SIGTERM and SIGINT: connections finish, files go. SIGUSR1: numbers."""

import os
import signal

from process_case import Case, until


class Stop(Case):
    def test_it_drains_and_removes_its_sockets(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            daemon = self.start(f"socketmap unix:{self.path('map')}",
                                f"http unix:{self.path('http')}", "workers 2")
            with daemon.connect() as connection:
                connection.ask("ping")
                daemon.signal(number)
                until(lambda: not os.path.exists(self.path("map")), "the file is gone")
                self.assertFalse(os.path.exists(self.path("http")))
                self.assertTrue(connection.ask("ping").startswith("pong"))
                self.assertIsNone(daemon.process.poll())
            self.assertEqual(daemon.wait_end(), 0)
            self.assertEqual({e["by"] for e in daemon.events("worker-ended")}, {"status 0"})
            daemon.close()

    def test_who_does_not_end_is_killed(self):
        daemon = self.start(environment={"BED_STOP": "200"})
        with daemon.connect() as connection:
            connection.ask("ping")
            daemon.signal(signal.SIGTERM)
            self.assertEqual(daemon.wait_end(), 0)
            self.assertEqual(connection.ask("ping"), "")
        self.assertEqual(daemon.events("worker-died")[0]["by"], "signal 9 (KILL)")

    def test_a_file_that_is_not_ours_stays(self):
        daemon = self.start()
        os.rename(daemon.socket, self.path("moved"))
        with open(daemon.socket, "w", encoding="ascii"):
            pass
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait_end(), 0)
        self.assertTrue(os.path.exists(daemon.socket))

    def test_while_it_checks(self):
        daemon = self.make("check hang")
        until(lambda: os.path.exists(daemon.socket), "the socket")
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait_end(), 0)
        self.assertFalse(os.path.exists(daemon.socket))

    def test_while_it_starts(self):
        daemon = self.make("start never")
        until(lambda: os.path.exists(daemon.socket), "the socket")
        daemon.ask("ping")
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait_end(), 0)

    def test_while_it_reloads(self):
        daemon = self.start("name first")
        daemon.write(["name second", "start never", f"http unix:{self.path('http')}"])
        daemon.signal(signal.SIGHUP)
        until(lambda: len(daemon.children()) == 2 and os.path.exists(self.path("http")),
              "the new worker")
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait_end(), 0)
        self.assertEqual(sorted(os.listdir(self.folder)), ["conf"])

    def test_while_workers_wait_for_their_start(self):
        daemon = self.make("start crash")
        daemon.wait("worker-died", 6)  # the next start is in 1.6 s
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait_end(), 0)


class Statistics(Case):
    def test_sigusr1(self):
        daemon = self.start("workers 2")
        with daemon.worker(1) as connection:
            connection.ask("enter busy.example")
            connection.ask("count")
            pid = connection.ask("ping").split()[2]
            daemon.signal(signal.SIGUSR1)
            line = daemon.wait("stats-worker", worker="1")
        self.assertEqual((line["pid"], line["state"], line["restarts"], line["in-flight"]),
                         (pid, "serves", "0", "1"))
        self.assertEqual(daemon.wait("stats-told"),
                         {"protocol": "route", "told": "answer", "count": "1"})

    def test_signals_do_not_reach_workers(self):
        """Ctrl-C goes to all of a terminal's group."""
        daemon = self.start()
        pid = daemon.pid_of()
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
            os.kill(pid, number)
        self.assertEqual(daemon.pid_of(), pid)
