#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""nextmxd from its command line to its master, for which a stand-in does what STAND_IN says.

  tests/daemon/config/test_main.py build/tests/daemon/config/nextmxd-stand-in [TEST ...]
"""

import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
EXAMPLE = os.path.join(TOP, "docs", "nextmxd.conf.example")
DEMO = f"zone = .={TOP}/demo/root.zone\ntrust-anchor = {TOP}/demo/root.anchor\n"
GOOD = f"[daemon]\npass-domains = none\n[resolver]\n{DEMO}"
PATIENCE_S = 60


class Case(unittest.TestCase):
    program = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def file(self, text, name="nextmxd.conf"):
        with open(self.path(name), "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return self.path(name)

    def run_it(self, *arguments, stand_in="", cwd=None, **more):
        kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        return subprocess.run([self.program, *arguments], capture_output=True, text=True, cwd=cwd,
                              stdin=subprocess.DEVNULL, timeout=PATIENCE_S, check=False,
                              env={"PATH": os.environ["PATH"], "STAND_IN": stand_in, **kept, **more})

    def check(self, done, status, out="", errors=""):
        self.assertEqual((done.returncode, done.stdout, self.without_warnings(done.stderr)),
                         (status, out, errors))

    @staticmethod
    def without_warnings(text):
        """libunbound's age is told, and is not the point."""
        return "".join(line for line in text.splitlines(True) if "libunbound" not in line)


USAGE = "usage: nextmxd [-ft] [-c FILE]\n"


class Arguments(Case):
    def test_what_is_none(self):
        for arguments, error in [(["-x"], "no option -x"), (["-fx"], "no option -x"),
                                 (["--conf"], "--conf: no such option, or not with a value"),
                                 (["--help=1"], "--help=1: no such option, or not with a value"),
                                 (["-c"], "-c: a file is missing"),
                                 (["-t", "a\x1b"], 'it takes no argument, not "a?"'),
                                 (["-f", "x", "-t"], 'it takes no argument, not "x"')]:
            self.check(self.run_it(*arguments), 64, "", f"nextmxd: {error}\n{USAGE}")

    def test_help(self):
        done = self.run_it("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(done.stdout.startswith(USAGE))

    def test_version(self):
        done = self.run_it("--version")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"^nextmxd \d+\.\d+\.\d+\nlibunbound ")

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            for flag in ("--help", "--version", "--keys"):
                done = subprocess.run([self.program, flag], stdout=full, stderr=subprocess.PIPE,
                                      text=True, check=False, timeout=PATIENCE_S)
                self.assertEqual(done.returncode, 70, flag)
                self.assertIn("cannot write the output", done.stderr)

    def test_the_default_file(self):
        if os.path.exists("/etc/nextmx/nextmxd.conf"):
            self.assertEqual(self.run_it("-t").returncode in (0, 78), True)
        else:
            self.check(self.run_it("-t"), 78, "", "nextmxd: /etc/nextmx/nextmxd.conf: cannot be "
                       "read: No such file or directory\n")


class Files(Case):
    """What stands in the place of the file: an error in each case, and nobody waits."""

    def refused(self, path, error):
        for mode in (["-t"], ["-f"], []):
            self.check(self.run_it(*mode, "-c", path), 78, "", f"nextmxd: {path}: {error}\n")

    def test_missing(self):
        self.refused(self.path("none"), "cannot be read: No such file or directory")

    def test_folder(self):
        self.refused(self.folder, "cannot be read: it is a folder, not a file")

    def test_pipe(self):
        os.mkfifo(self.path("pipe"))
        self.refused(self.path("pipe"), "cannot be read: it is a pipe, not a file")

    def test_device(self):
        self.refused("/dev/zero", "cannot be read: it is a device, not a file")

    def test_unreadable(self):
        path = self.file(GOOD)
        os.chmod(path, 0)
        # Even root cannot then.
        before = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
        done = subprocess.run([*(before if os.geteuid() == 0 else []), self.program, "-t", "-c", path],
                              capture_output=True, text=True, check=False, timeout=PATIENCE_S)
        self.check(done, 78, "", f"nextmxd: {path}: cannot be read: Permission denied\n")

    def test_size(self):
        most = GOOD + "#" * 100 + "\n"
        most += ("#" * 99 + "\n") * ((2 ** 20 - len(most)) // 100)
        most += "\n" * (2 ** 20 - len(most))
        path = self.file(most)
        self.check(self.run_it("-t", "-c", path), 0, f"{path}: ok\n")
        self.refused(self.file(most + "\n"), "is larger than 1 MiB")

    def test_lines(self):
        path = self.file("[daemon]\r\npass-domains = none\r\nwokers = 4\r\n")
        self.check(self.run_it("-t", "-c", path), 78, "",
                   f"nextmxd: {path}:3: no key \"wokers\" in [daemon]; the nearest is workers\n")


class Check(Case):
    def test_good(self):
        path = self.file(GOOD)
        self.check(self.run_it("-t", "-c", path), 0, f"{path}: ok\n")

    def test_what_a_context_says_of_a_line(self):
        path = self.file(GOOD + "family = 5\n")
        self.check(self.run_it("-t", "-c", path), 78, "",
                   f"nextmxd: {path}:6: option family: \"5\": expected both|4|6\n")

    def test_what_only_a_start_finds(self):
        path = self.file("[daemon]\npass-domains = none\n[resolver]\n"
                         f"trust-anchor = {self.folder}/none\n")
        done = self.run_it("-t", "-c", path)
        self.assertEqual((done.returncode, done.stdout), (78, ""))
        self.assertRegex(self.without_warnings(done.stderr),
                         f"^nextmxd: {re.escape(path)}: .*{re.escape(self.folder)}/none.*\n$")

    def test_it_is_tried_by_a_child_without_privileges(self):
        path, note = self.file(GOOD), self.path("dropped")
        self.check(self.run_it("-t", "-c", path, STAND_IN_DROPPED=note), 0, f"{path}: ok\n")
        self.assertTrue(os.path.exists(note))

    def test_privileges_that_cannot_be_dropped(self):
        path = self.file(GOOD.replace("none", "none\nuser = nobody-there", 1))
        self.check(self.run_it("-t", "-c", path, stand_in="no-privileges"), 78, "",
                   f"nextmxd: {path}: there is no user \"nobody-there\"\n")

    def test_file_names_begin_where_it_would_serve(self):
        self.file(GOOD.replace(f"{TOP}/demo/root.anchor", "root.anchor"))
        os.symlink(f"{TOP}/demo/root.anchor", self.path("root.anchor"))
        self.assertEqual(self.run_it("-tf", "-c", "nextmxd.conf", cwd=self.folder).returncode, 0)
        self.assertEqual(self.run_it("-t", "-c", "nextmxd.conf", cwd=self.folder).returncode, 78)


class Serve(Case):
    def test_foreground(self):
        path = self.file(GOOD)
        done = self.run_it("-f", "-c", path)
        self.assertEqual((done.returncode, done.stdout), (7, ""))
        self.assertRegex(done.stderr, r"^level=info event=start process=master version=\S+\n$")

    def test_background(self):
        """The command ends when the master is ready: then there is a session without terminal, in /, and the
        file has its whole name, since a reload reads it from there."""
        self.file(GOOD)
        note = self.path("note")
        done = self.run_it("-c", "nextmxd.conf", stand_in="serve", cwd=self.folder,
                           STAND_IN_NOTE=note)
        with open(note, encoding="utf-8") as file:
            process, session, folder, path, terminal = file.read().split()
        try:
            self.check(done, 0)
            self.assertNotEqual(int(session), os.getsid(0))
            self.assertNotEqual(process, session)
            self.assertEqual((folder, path, terminal),
                             ("/", os.path.realpath(self.path("nextmxd.conf")), "0"))
            self.assertEqual([os.readlink(f"/proc/{process}/fd/{fd}") for fd in range(3)],
                             ["/dev/null"] * 3)
        finally:
            end = os.pidfd_open(int(process))
            os.kill(int(process), signal.SIGTERM)
            self.assertTrue(select.select([end], [], [], PATIENCE_S)[0], "it goes on")
            os.close(end)

    def test_a_master_that_cannot(self):
        path = self.file(GOOD)
        self.check(self.run_it("-c", path, stand_in="fail"), 78, "",
                   "nextmxd: 127.0.0.1:8461: cannot listen: ? Address already in use\n")

    def test_a_master_that_ends_early(self):
        path = self.file(GOOD)
        self.check(self.run_it("-c", path), 70, "",
                   "nextmxd: it ended before it was ready; its log may say why\n")

    def test_a_bad_file_is_told_before_anything_is_begun(self):
        path = self.file("[daemon]\nworkers = 0\n")
        self.check(self.run_it("-c", path, stand_in="serve"), 78, "",
                   f"nextmxd: {path}:2: key workers: \"0\": expected cores|1-64\n")

    def test_closed_descriptors(self):
        path = self.file(GOOD)
        done = subprocess.run(["sh", "-c", f'"{self.program}" -f -c "{path}" 0<&- 1>&- 2>&-'],
                              check=False, timeout=PATIENCE_S)
        self.assertEqual(done.returncode, 7)


class Example(Case):
    """docs/nextmxd.conf.example is a configuration, and knows every key."""

    @staticmethod
    def text():
        with open(EXAMPLE, encoding="utf-8") as file:
            return file.read()

    def options(self):
        """[(section, key, value)] of what is commented out."""
        section, found = None, []
        for line in self.text().splitlines():
            if line.startswith("["):
                section = line[1:-1]
            match = re.match(r"#([a-z0-9-]+) = (.*)$", line)
            if match:
                found.append((section, *match.groups()))
        return found

    def test_it_is_good_when_all_is_uncommented(self):
        text, n = re.subn(r"^#([a-z0-9-]+ = )", r"\1", self.text(), flags=re.M)
        self.assertEqual(n, len(self.options()))
        os.mkdir(self.path("state"))
        text = text.replace("/var/lib/nextmx", self.path("state"))
        path = self.file(text)
        self.check(self.run_it("-t", "-c", path), 0, f"{path}: ok\n")

    def test_as_it_is_only_pass_domains_is_missing(self):
        path = self.file(self.text())
        done = self.run_it("-t", "-c", path)
        self.assertEqual(done.returncode, 78)
        self.assertIn(f"nextmxd: {path}: [daemon] has no pass-domains", done.stderr)

    def test_it_has_every_key_with_its_default(self):
        lines = self.run_it("--keys").stdout.splitlines()
        keys = dict(line.split(" =") for line in lines[::2])
        shown = {key: value for section, key, value in self.options() if section == "daemon"}
        self.assertEqual(sorted(keys), sorted(shown))
        for key, default in keys.items():
            if default.strip():
                self.assertEqual(shown[key], default.strip(), key)

    def test_every_key_is_explained(self):
        for match in re.finditer(r"^(.*)\n#([a-z0-9-]+) = ", self.text(), re.M):
            self.assertTrue(match[1].startswith("#") and match[1] != "#", match[2])


def main():
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(__doc__.strip())
    Case.program = os.path.abspath(sys.argv[1])
    loader = unittest.defaultTestLoader
    module = sys.modules[__name__]
    suite = (loader.loadTestsFromNames(sys.argv[2:], module) if sys.argv[2:]
             else loader.loadTestsFromModule(module))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
    bad = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"test_main: {result.testsRun} tests run, {bad} failed, {len(result.skipped)} skipped")
    sys.exit(1 if bad or result.skipped or not result.testsRun else 0)


if __name__ == "__main__":
    main()
