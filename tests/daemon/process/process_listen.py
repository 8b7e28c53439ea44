# SPDX-License-Identifier: BSD-2-Clause
"""Sockets: who may connect, what is replaced and what is not, what an error names."""

import os
import pwd
import socket
import stat

from bed.process import free_port
from process_case import IS_ROOT, USER, Case, Connection, until


class Unix(Case):
    def test_mode_and_owner(self):
        for mode in (0o600, 0o660, 0o666):
            daemon = self.start(f"socketmap unix:{self.path('map')}:{mode:o}")
            status = os.stat(daemon.socket)
            self.assertEqual(stat.S_IMODE(status.st_mode), mode)
            owner = pwd.getpwnam(USER) if IS_ROOT else pwd.getpwuid(os.getuid())
            self.assertEqual((status.st_uid, status.st_gid), (owner.pw_uid, owner.pw_gid))
            daemon.close()
            os.unlink(daemon.socket)

    def test_the_mode_is_there_from_the_first(self):
        """Long before it serves: the check goes on for ever."""
        daemon = self.make("check hang", f"socketmap unix:{self.path('map')}:600")
        until(lambda: os.path.exists(daemon.socket), "the socket")
        self.assertEqual(stat.S_IMODE(os.stat(daemon.socket).st_mode), 0o600)

    def test_a_stale_socket_is_replaced(self):
        with socket.socket(socket.AF_UNIX) as old:
            old.bind(self.path("map"))
            old.listen()
        daemon = self.start("name new")
        self.assertTrue(daemon.ask("ping").endswith("new"))

    def refused(self, *lines):
        daemon = self.make(*lines)
        self.assertNotEqual(daemon.wait_end(), 0)
        return daemon.events("start-failed")[0]["reason"]

    def test_a_socket_in_use_is_not(self):
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(self.path("map"))
            other.listen()
            reason = self.refused("workers 1", f"socketmap unix:{self.path('map')}")
            self.assertEqual(reason, f"{self.path('conf')}:2: socketmap unix:{self.path('map')}: "
                                     f"another process answers on {self.path('map')}")
            Connection(self.path("map")).close()

    def test_nor_one_whose_queue_is_full(self):
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(self.path("map"))
            other.listen(0)
            waiting = []
            while True:
                waiting.append(socket.socket(socket.AF_UNIX))
                waiting[-1].setblocking(False)
                try:
                    waiting[-1].connect(self.path("map"))
                except BlockingIOError:
                    break
            self.assertIn("another process answers", self.refused())
            for one in waiting:
                one.close()
            self.assertTrue(os.path.exists(self.path("map")))

    def test_nor_a_datagram_socket(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.bind(self.path("map"))
            self.assertIn("another process answers", self.refused())

    def test_nor_a_file_or_link(self):
        with open(self.path("precious"), "w", encoding="ascii") as file:
            file.write("data")
        os.symlink(self.path("precious"), self.path("map"))
        self.assertIn("is no socket", self.refused())
        self.assertIn("is no socket", self.refused(f"socketmap unix:{self.path('precious')}"))
        with open(self.path("precious"), encoding="ascii") as file:
            self.assertEqual(file.read(), "data")

    def test_no_folder(self):
        self.assertIn(f"the folder {self.path('none')} does not exist",
                      self.refused(f"http unix:{self.path('none')}/http"))

    def test_a_second_one_fails_and_the_first_goes(self):
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(self.path("other"))
            other.listen()
            self.refused(f"socketmap unix:{self.path('map')}", f"http unix:{self.path('other')}")
            self.assertFalse(os.path.exists(self.path("map")))
            self.assertTrue(os.path.exists(self.path("other")))


class Inet(Case):
    def test_both_families_on_one_port(self):
        port = free_port()
        daemon = self.start(f"socketmap inet:0.0.0.0:{port}", f"http inet:[::]:{port}")
        self.assertTrue(daemon.ask("ping", ("127.0.0.1", port)).startswith("pong 0"))
        self.assertTrue(daemon.ask("ping", ("::1", port)).startswith("pong 0"))

    def test_a_port_in_use(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            name = f"inet:127.0.0.1:{other.getsockname()[1]}"
            daemon = self.make(f"socketmap {name}")
            daemon.wait_end()
            self.assertEqual(daemon.events("start-failed")[0]["reason"],
                             f"{daemon.path}:1: socketmap {name}: Address already in use")

    def test_a_port_that_was_just_left(self):
        port = free_port()
        daemon = self.start(f"socketmap inet:127.0.0.1:{port}")
        with daemon.connect(("127.0.0.1", port)) as connection:
            connection.ask("ping")
            daemon.close()  # our side of the connection stands: TIME_WAIT on theirs
        again = self.start(f"socketmap inet:127.0.0.1:{port}")
        self.assertTrue(again.ask("ping", ("127.0.0.1", port)).startswith("pong"))

    def test_the_same_twice(self):
        port = free_port()
        daemon = self.make(*[f"socketmap inet:127.0.0.1:{port}"] * 2)
        daemon.wait_end()
        self.assertIn(":2: ", daemon.events("start-failed")[0]["reason"])
