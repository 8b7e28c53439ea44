# SPDX-License-Identifier: BSD-2-Clause
"""SIGHUP: the old serve until the new do, and go on if those cannot."""

import os
import signal
import socket
import stat
import threading

from bed.process import free_port
from process_case import Case, until


class Good(Case):
    def test_the_new_serve_and_the_old_are_gone(self):
        daemon = self.start("name first", "workers 2")
        old = daemon.children()
        self.assertEqual(daemon.reload(["name second", "workers 2"]), {"workers": "2"})
        self.assertTrue(daemon.ask("ping").endswith(" second"))
        until(lambda: len(daemon.children()) == 2, "the old are gone")
        self.assertEqual(set(old) & set(daemon.children()), set())

    def test_a_connection_of_the_old_is_finished(self):
        daemon = self.start("name first")
        with daemon.connect() as old:
            old.ask("ping")
            daemon.reload(["name second"])
            self.assertTrue(daemon.ask("ping").endswith(" second"))
            self.assertTrue(old.ask("ping").endswith(" first"))
        until(lambda: len(daemon.children()) == 1, "the old is gone")
        self.assertEqual(daemon.wait("worker-ended")["by"], "status 0")

    def test_an_old_one_that_does_not_end_is_killed(self):
        daemon = self.start("name first", environment={"BED_STOP": "200"})
        for n in (1, 2):  # nor is what two of them were busy with to blame
            with daemon.connect() as old:
                old.ask("enter lasting.example")
                daemon.reload(["name second"])
                self.assertEqual(daemon.wait("worker-died", n)["by"], "signal 9 (KILL)")
        self.assertEqual(daemon.events("quarantine"), [])
        until(lambda: len(daemon.children()) == 1, "the old is gone")

    def test_an_old_one_that_crashes_accuses(self):
        daemon = self.start("name first")
        with daemon.connect() as old:
            old.ask("enter poison.example")
            daemon.reload(["name second"])
            old.ask("die 11")
        daemon.wait("quarantine", subject="poison.example")
        self.assertEqual(daemon.ask("enter poison.example"), "aside")
        until(lambda: len(daemon.children()) == 1, "none started in its place")

    def test_no_connection_is_refused_meanwhile(self):
        daemon = self.start("name n0")
        over, answers = threading.Event(), []

        def load():
            while not over.is_set():
                with daemon.connect() as connection:  # must never be refused
                    answers.append(connection.ask("ping"))

        thread = threading.Thread(target=load)
        thread.start()
        for i in range(1, 6):
            daemon.reload([f"name n{i}"])
        over.set()
        thread.join()
        self.assertEqual({a.split()[0] if a else a for a in answers}, {"pong"})

    def test_counters_never_go_down(self):
        daemon = self.start("workers 2")
        n = 0
        for workers in (2, 1, 3, 2, 4, 1):
            daemon.reload([f"workers {workers}"])
            for i in range(workers):
                with daemon.worker(i) as connection:
                    connection.ask("count")
                n += 1
            self.assertEqual(daemon.ask("total").split()[::2], [str(n), "0"])

    def test_the_old_and_the_new_count_at_once(self):
        daemon = self.start("name first")
        with daemon.connect() as old:
            old.ask("count")
            daemon.reload(["name second"])
            for _ in range(3):
                old.ask("count")
                daemon.ask("count")
            self.assertEqual(daemon.ask("total"), "7 7 0")
            self.assertEqual(old.ask("total"), "7 7 0")
        until(lambda: daemon.ask("total") == "7 3 0", "the old one's connections are gone")

    def test_a_second_one_waits_for_the_old_to_end(self):
        daemon = self.start("name first")
        with daemon.connect() as old:
            old.ask("ping")
            daemon.reload(["name second"])
            daemon.write(["name third"])
            daemon.signal(signal.SIGHUP)
            # Its own signal is read after that one.
            daemon.signal(signal.SIGUSR1)
            daemon.wait("stats-quarantine")
            self.assertEqual(len(daemon.events("reload")), 1)
            self.assertTrue(old.ask("ping").endswith(" first"))
        daemon.wait("reloaded", 2)
        self.assertTrue(daemon.ask("ping").endswith(" third"))

    def test_secret_stays(self):
        daemon = self.start()
        secret = daemon.ask("secret")
        daemon.reload()
        self.assertEqual(daemon.ask("secret"), secret)


class Bad(Case):
    def keeps(self, daemon, lines, reason):
        pids = daemon.children()
        self.assertIn(reason, daemon.reload(lines, "reload-failed")["reason"])
        self.assertTrue(daemon.ask("ping").endswith(" first"))
        until(lambda: daemon.children() == pids, "only the old workers")

    def test_the_old_stay(self):
        daemon = self.start("name first", "workers 2")
        self.keeps(daemon, ["name second", "nonsense 1"], "no option 'nonsense'")
        self.keeps(daemon, ["name second", "check bad"], ":7: a bad option")
        self.keeps(daemon, ["name second", "check crash"], "signal 6")
        self.keeps(daemon, ["name second", "start config"], "does not start")
        self.keeps(daemon, ["name second", "user no-such-user"], "no user")
        self.keeps(daemon, ["name second", f"socketmap unix:{self.path('none')}/x"], "folder")
        daemon.reload(["name third"])
        self.assertTrue(daemon.ask("ping").endswith(" third"))

    def test_never_ready(self):
        daemon = self.start("name first", environment={"BED_START": "300"})
        self.keeps(daemon, ["name second", "start never"], "not ready")

    def test_a_check_that_hangs(self):
        daemon = self.start("name first", environment={"BED_CHECK": "100"})
        self.keeps(daemon, ["name second", "check hang"], "too long")

    def test_no_file(self):
        daemon = self.start("name first")
        os.unlink(daemon.path)
        self.keeps(daemon, None, "cannot be read")

    def test_while_it_is_checked_workers_start_again(self):
        daemon = self.start("name first")
        daemon.write(["name second", "check hang"])
        daemon.signal(signal.SIGHUP)
        daemon.wait("reload")
        daemon.ask("die 9")
        self.assertTrue(daemon.ask("ping").endswith(" first"))

    def test_listeners_of_one_that_fails_are_gone(self):
        daemon = self.start("name first")
        self.keeps(daemon, ["name second", f"socketmap unix:{daemon.socket}",
                            f"http unix:{self.path('http')}", "start config"], "does not start")
        self.assertFalse(os.path.exists(self.path("http")))


class Listeners(Case):
    def test_kept_new_and_gone(self):
        a, b, c = self.path("a"), self.path("b"), self.path("c")
        port = free_port()
        daemon = self.start(f"socketmap unix:{a}", f"http unix:{b}")
        inode = os.stat(a).st_ino
        daemon.reload([f"socketmap unix:{a}", f"http unix:{c}",
                       f"socketmap inet:127.0.0.1:{port}", "name second"])
        self.assertEqual(os.stat(a).st_ino, inode)
        self.assertFalse(os.path.exists(b))
        for address in (a, c, ("127.0.0.1", port)):
            self.assertTrue(daemon.ask("ping", address).endswith(" second"))
        daemon.reload([f"socketmap unix:{a}"])
        until(lambda: len(daemon.children()) == 1, "the old are gone")
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))

    def test_mode(self):
        daemon = self.start(f"socketmap unix:{self.path('map')}:600")
        daemon.reload([f"socketmap unix:{self.path('map')}:666"])
        until(lambda: stat.S_IMODE(os.stat(daemon.socket).st_mode) == 0o666, "the new mode")

    def test_a_file_that_somebody_removed_comes_back(self):
        daemon = self.start()
        os.unlink(daemon.socket)
        daemon.reload()
        self.assertTrue(daemon.ask("ping").startswith("pong"))

    def test_no_descriptor_is_left(self):
        """50 reloads, good and bad, of other listeners and numbers of workers."""
        daemon = self.start("workers 2")

        def settled():
            until(lambda: len(daemon.children()) == 2, "two workers")
            with daemon.worker(0) as first, daemon.worker(1) as second:
                return [daemon.descriptors(), first.ask("fds"), second.ask("fds")]

        before = settled()
        for i in range(25):
            daemon.reload([f"socketmap unix:{daemon.socket}", f"http unix:{self.path('x')}",
                           f"workers {1 + i % 4}"])
            bad = ("check bad", "start config", f"http unix:{self.path('none')}/x", "nonsense 1",
                   f"socketmap unix:{self.path('y')}")[i % 5]
            daemon.reload([f"socketmap unix:{daemon.socket}", bad, "check crash"],
                          "reload-failed")
        daemon.reload(["workers 2"])
        self.assertEqual(settled(), before)


class Log(Case):
    def test_level(self):
        daemon = self.start("log-level error", "connections 5000000")
        self.assertEqual(daemon.events("few-descriptors"), [])
        daemon.reload(["log-level warning", "connections 5000000"])
        until(lambda: daemon.events("few-descriptors"), "a warning")
