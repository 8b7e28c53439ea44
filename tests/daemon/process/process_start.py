# SPDX-License-Identifier: BSD-2-Clause
"""The start: the check of the configuration, privileges, limits, and who is told."""

import os
import pwd
import resource
import subprocess

import process_case
from process_case import IS_ROOT, USER, Case


class Start(Case):
    def test_workers_serve_when_all_are_ready(self):
        daemon = self.start("workers 3", ready=True)
        self.assertEqual(daemon.ready.read(), "r")
        self.assertEqual(len({daemon.pid_of(i) for i in range(3)}), 3)
        self.assertEqual(len(daemon.children()), 3)
        daemon.ready.close()

    def fails(self, *lines, status=78, **options):
        daemon = self.make(*lines, ready=True, **options)
        text = daemon.ready.read()
        self.assertEqual(daemon.wait_end(), status, daemon.text())
        daemon.ready.close()
        self.assertFalse(os.path.exists(daemon.socket), "the socket is gone")
        self.assertEqual(daemon.events("ready"), [])
        self.assertEqual([e["reason"] for e in daemon.events("start-failed")], [text])
        return text

    def test_bad_configuration(self):
        text = self.fails("check bad")
        uid = pwd.getpwnam(USER).pw_uid if IS_ROOT else os.getuid()
        self.assertEqual(text, f"{self.path('conf')}:7: a bad option, as uid {uid}")

    def test_check_crashes(self):
        self.assertIn("ended by signal 6", self.fails("check crash"))

    def test_check_hangs(self):
        self.assertIn("takes too long", self.fails(
            "check hang", environment={"BED_CHECK": "50", "BED_TICK": "3600000"}))

    def test_worker_refuses(self):
        self.assertIn("a worker does not start", self.fails("start config", "workers 3"))

    def test_worker_is_never_ready(self):
        self.assertIn("not ready in time", self.fails("start never", status=1,
                                                      environment={"BED_START": "100"}))

    def test_first_crash_is_no_end(self):
        daemon = self.start("start once")
        self.assertEqual(len(daemon.events("worker-died")), 1)
        self.assertEqual(daemon.ask("total"), "0 0 1")

    def test_a_check_that_serves_nobody_is_gone(self):
        daemon = self.start()
        self.assertEqual(len(daemon.children()), 1)

    def test_a_worker_has_its_own_descriptors_alone(self):
        """Three of the start, the listener, the ways to two others, and the connection that asks."""
        daemon = self.start("workers 3", ready=True)
        for _ in range(2):
            for i in range(3):
                with daemon.worker(i) as connection:
                    self.assertEqual(connection.ask("fds"), str(3 + 1 + 2 + 1))
            daemon.reload()
        daemon.ready.close()

    def test_all_workers_have_the_secret(self):
        daemon = self.start("workers 2")
        secrets = []
        for i in range(2):
            with daemon.worker(i) as connection:
                secrets.append(connection.ask("secret"))
        self.assertEqual(secrets[0], secrets[1])
        self.assertNotEqual(secrets[0], "0" * 32)

    def test_links(self):
        daemon = self.start("workers 3")
        with daemon.worker(0) as a, daemon.worker(1) as b, daemon.worker(2) as c:
            self.assertEqual(a.ask("send 2 hello"), "5")
            process_case.until(lambda: c.ask("received") == "hello", "what was sent")
            self.assertEqual(b.ask("received"), "")
            self.assertEqual(a.ask("large 1"), str(160 * 1024))

    def test_a_link_outlives_its_worker(self):
        daemon = self.start("workers 2")
        with daemon.worker(0) as a, daemon.worker(1) as b:
            b.ask("die 9")
            a.ask("send 1 late")
        with daemon.worker(1) as b:
            process_case.until(lambda: b.ask("received") == "late", "what was sent")


class Privilege(Case):
    """Who starts the tests is root, or becomes it in a user namespace where that is enough."""

    def status(self, daemon, name):
        return daemon.ask(f"status {name}").split()

    def test_no_privileges_are_left(self):
        daemon = self.start()
        for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            self.assertEqual(int(self.status(daemon, name)[0], 16), 0, name)
        self.assertEqual(self.status(daemon, "NoNewPrivs"), ["1"])
        self.assertEqual(daemon.ask("limit core"), "0 0")
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        self.assertEqual(daemon.ask("limit files"), f"{hard} {hard}")
        self.assertEqual(daemon.ask("regain"), "no")

    def test_root_becomes_the_user(self):
        self.assertTrue(IS_ROOT, "this test needs root: a user namespace has no second user "
                                 "without newuidmap")
        daemon = self.start()
        user = pwd.getpwnam(USER)
        self.assertEqual(self.status(daemon, "Uid"), [str(user.pw_uid)] * 4)
        self.assertEqual(self.status(daemon, "Gid"), [str(user.pw_gid)] * 4)
        groups = os.getgrouplist(USER, user.pw_gid)
        self.assertEqual(sorted(map(int, self.status(daemon, "Groups"))), sorted(groups))

    def test_few_descriptors(self):
        daemon = self.start("connections 2000", preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (256, 1024)))
        self.assertEqual(daemon.ask("limit files"), "1024 1024")
        self.assertEqual([e["needed"] for e in daemon.events("few-descriptors")],
                         [str(2000 + 4096 + 128)])

    def test_memory(self):
        daemon = self.start("memory-mb 300")
        self.assertIn(daemon.ask("limit data"),
                      # the second: sanitizers cannot have one
                      ("{0} {0}".format(300 * 1024 * 1024), "-1 -1"))

    def refused(self, *lines, **options):
        daemon = self.make(*lines, **options)
        self.assertNotEqual(daemon.wait_end(), 0)
        return daemon.events("start-failed")[0]["reason"]

    def test_unknown_user(self):
        self.assertIn("there is no user", self.refused("user no-such-user"))

    def test_root_as_user(self):
        self.assertIn("is root or in root's group" if IS_ROOT else "only root can become",
                      self.refused("user root"))

    def test_default_user(self):
        """nextmx where it has been made, else nobody."""
        self.assertTrue(IS_ROOT, "this test needs root")
        names = [entry.pw_name for entry in pwd.getpwall()]
        name = "nextmx" if "nextmx" in names else "nobody"
        daemon = self.start("user -")
        self.assertEqual(self.status(daemon, "Uid")[0], str(pwd.getpwnam(name).pw_uid))

    def test_namespace_root_without_the_user(self):
        """Where root cannot become the user it does not go on as root."""
        probe = subprocess.run(["unshare", "-Ur", "true"], check=False, capture_output=True)
        self.assertEqual(probe.returncode, 0, f"no user namespace here: {probe.stderr}")
        daemon = self.make(f"user {USER}", command=["unshare", "-Ur", "--"])
        self.assertNotEqual(daemon.wait_end(), 0)
        self.assertIn("start-failed", daemon.text())

    def test_granted_capabilities_go(self):
        """As AmbientCapabilities of a unit gives them to the master."""
        self.assertTrue(IS_ROOT, "this test needs root")
        os.chmod(self.folder, 0o777)
        daemon = self.start(command=[
            "setpriv", "--reuid", USER, "--regid", "nogroup", "--clear-groups", "--inh-caps",
            "+net_bind_service", "--ambient-caps", "+net_bind_service"])
        with open(f"/proc/{daemon.pid}/status", encoding="ascii") as file:
            self.assertIn("CapEff:\t0000000000000400", file.read())
        for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            self.assertEqual(int(self.status(daemon, name)[0], 16), 0, name)

    def test_other_than_root(self):
        self.assertTrue(IS_ROOT, "this test needs root")
        os.chmod(self.folder, 0o777)
        command = ["setpriv", "--reuid", USER, "--regid", "nogroup", "--clear-groups"]
        daemon = self.start(command=command)
        self.assertEqual(self.status(daemon, "Uid")[0], str(pwd.getpwnam(USER).pw_uid))
        daemon.close()
        self.assertIn("only root can become", self.refused("user daemon", command=command))
