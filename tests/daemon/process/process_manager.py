# SPDX-License-Identifier: BSD-2-Clause
"""The service manager: sockets that it has bound, and what it is told."""

import os
import socket

from process_case import PATIENCE, Case, until


class Activation(Case):
    def listening(self, name):
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(self.path(name))
        sock.listen()
        os.chmod(self.path(name), 0o666)
        self.addCleanup(sock.close)
        return sock

    def activate(self, sockets, names, *lines, n=None, pid="$$", ready=True):
        """Descriptors 3 and on, as sd_listen_fds(3) has it."""
        fds = [s.fileno() for s in sockets]
        high = [os.dup2(fd, 200 + i) for i, fd in enumerate(fds)]
        moves = " ".join(f"{3 + i}<&{fd}" for i, fd in enumerate(high))
        names = f"LISTEN_FDNAMES={names}" if names is not None else ""
        script = (f"export LISTEN_PID={pid} LISTEN_FDS={len(fds) if n is None else n} {names}; "
                  f'exec "$0" "$@" {moves}')
        # bash: dash knows no descriptors above 9
        daemon = (self.start if ready else self.make)(
            *lines, command=["bash", "-c", script], close_fds=False,
            preexec_fn=lambda: [os.set_inheritable(fd, True) for fd in high])
        for fd in high:
            os.close(fd)
        return daemon

    def test_sockets_by_name(self):
        socks = [self.listening("a"), self.listening("b")]
        daemon = self.activate(socks, "http:socketmap", f"socketmap unix:{self.path('unused')}",
                               f"http unix:{self.path('unused-too')}")
        for name in ("a", "b"):
            self.assertTrue(daemon.ask("ping", self.path(name)).startswith("pong"))
        self.assertFalse(os.path.exists(self.path("unused")), "the manager's are instead")
        for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
            self.assertEqual(daemon.ask(f"env {name}", self.path("a")), "-")

    def test_a_kind_that_it_has_none_for_is_bound(self):
        daemon = self.activate([self.listening("a")], "http", f"socketmap unix:{self.path('map')}")
        self.assertTrue(daemon.ask("ping", self.path("a")).startswith("pong"))
        self.assertTrue(daemon.ask("ping").startswith("pong"))

    def test_they_outlive_reloads_and_stay_at_the_end(self):
        daemon = self.activate([self.listening("a")], "socketmap", "name first")
        daemon.reload(["name second"])
        daemon.reload(["name third"])
        self.assertTrue(daemon.ask("ping", self.path("a")).endswith(" third"))
        daemon.process.terminate()
        self.assertEqual(daemon.wait_end(), 0)
        self.assertTrue(os.path.exists(self.path("a")))

    def refused(self, *arguments, **options):
        daemon = self.activate(*arguments, ready=False, **options)
        self.assertNotEqual(daemon.wait_end(), 0)
        return daemon.events("start-failed")[0]["reason"]

    def test_faults(self):
        plain = socket.socket(socket.AF_UNIX)
        self.addCleanup(plain.close)
        self.assertIn("another name", self.refused([self.listening("a")], "smtp"))
        self.assertIn("another name", self.refused([self.listening("b")], None))
        self.assertIn("not a listening", self.refused([plain], "http"))
        self.assertIn("no number", self.refused([self.listening("c")], "http", n="many"))
        self.assertIn("no number", self.refused([self.listening("d")], "http", n="65"))

    def test_those_of_another_process(self):
        daemon = self.activate([self.listening("a")], "http", pid="1")
        self.assertTrue(daemon.ask("ping").startswith("pong"))
        self.assertEqual(daemon.ask("env LISTEN_FDS"), "-")


class Notify(Case):
    def manager(self, address):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        sock.bind(address)
        sock.settimeout(PATIENCE)
        self.addCleanup(sock.close)
        return sock

    def next(self, sock):
        """The next message but those of the watchdog."""
        while True:
            text = sock.recv(4096).decode()
            if text != "WATCHDOG=1\n":
                return dict(line.split("=", 1) for line in text.splitlines())

    def order(self, sock, name):
        daemon = self.make("workers 2", environment={"NOTIFY_SOCKET": name})
        self.assertEqual(self.next(sock), {"READY": "1", "STATUS": "2 workers"})
        self.assertEqual(daemon.ask("env NOTIFY_SOCKET"), "-")
        before = daemon.children()
        daemon.reload(["workers 1"])
        reloading = self.next(sock)
        self.assertEqual(reloading["RELOADING"], "1")
        self.assertGreater(int(reloading["MONOTONIC_USEC"]), 0)
        self.assertEqual(self.next(sock), {"READY": "1", "STATUS": "1 worker"})
        until(lambda: len(daemon.children()) == 1, "the old are gone")
        self.assertEqual(len(before), 2)
        daemon.reload(["check bad"], "reload-failed")
        self.assertEqual(self.next(sock)["RELOADING"], "1")
        self.assertEqual(self.next(sock)["READY"], "1")
        self.assertIn("bad", self.next(sock)["STATUS"])
        daemon.process.terminate()
        self.assertEqual(self.next(sock)["STOPPING"], "1")
        self.assertEqual(daemon.wait_end(), 0)

    def test_path(self):
        self.order(self.manager(self.path("notify")), self.path("notify"))

    def test_abstract(self):
        name = f"nmx-{os.getpid()}"
        self.order(self.manager("\0" + name), "@" + name)

    def test_a_start_that_fails_is_never_ready(self):
        sock = self.manager(self.path("notify"))
        daemon = self.make("check bad", environment={"NOTIFY_SOCKET": self.path("notify")})
        daemon.wait_end()
        self.assertIn("a bad option", self.next(sock)["STATUS"])
        sock.setblocking(False)
        with self.assertRaises(BlockingIOError):
            sock.recv(4096)

    def test_watchdog(self):
        sock = self.manager(self.path("notify"))
        daemon = self.start(environment={"NOTIFY_SOCKET": self.path("notify"), "BED_TICK": "3600000",
                                         "WATCHDOG_USEC": "200000"})
        self.assertTrue(self.next(sock)["READY"])
        for _ in range(5):  # although the next tick is an hour away
            self.assertEqual(sock.recv(4096), b"WATCHDOG=1\n")
        self.assertEqual(daemon.ask("env WATCHDOG_USEC"), "-")

    def test_watchdog_of_somebody_else(self):
        sock = self.manager(self.path("notify"))
        daemon = self.start(environment={"NOTIFY_SOCKET": self.path("notify"),
                                         "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"})
        self.assertTrue(self.next(sock)["READY"])
        daemon.process.terminate()
        self.assertIn(b"STOPPING=1", sock.recv(4096))

    def test_no_watchdog_without_a_worker(self):
        """All that could answer hang: the manager must hear of it by silence."""
        sock = self.manager(self.path("notify"))
        daemon = self.start(environment={"NOTIFY_SOCKET": self.path("notify"),
                                         "WATCHDOG_USEC": "20000", "BED_WATCHDOG": "300",
                                         "BED_ABORT": "3600000"})
        with daemon.connect() as connection:
            connection.socket.sendall(b"hang hard\n")
            daemon.wait("worker-hangs")
            sock.setblocking(False)
            try:
                while True:
                    sock.recv(4096)
            except BlockingIOError:
                pass
            n = len(daemon.events("stats-worker"))
            for i in range(30):  # so often has the loop turned since, 30 ms and more each
                daemon.process.send_signal(10)
                daemon.wait("stats-worker", n + 1 + i)
            with self.assertRaises(BlockingIOError):
                sock.recv(4096)
