# SPDX-License-Identifier: BSD-2-Clause
"""The folder of what must survive, in every bad state: mail is resolved for all that, what can be
kept is kept, and somebody is told."""

import json
import os
import shutil
import signal
import subprocess

from case import PATIENCE_S
from sts_bed import RECORD, a, mx, txt
from sts_case import CONFIG, FILE, OK, USAGE, StsCase

N_KILLED, KILLED_AFTER = 200, 40
TOLD = "full|No space|could not be written|cannot be written"
ASIDE = FILE + ".aside-"


class Folder(StsCase):
    def test_does_not_exist(self):
        """Said before anything is asked: an operator's mistake."""
        domain = self.domain("x-folder")
        path = os.path.join(self.folder, "none")
        run = self.run_verb("resolve", domain.name, state=path)
        self.assertEqual((run.status, run.stdout), (CONFIG, ""))
        self.assertEqual(run.stderr, f"nextmx: {path}: No such file or directory\n")
        self.assertEqual(domain.server.count, 0)

    def test_is_a_file(self):
        path = os.path.join(self.folder, "file")
        with open(path, "wb"):
            pass
        for verb in ("resolve", "check", "sts list", "sts refresh", "deliver --exec true"):
            run = self.run_verb(verb, "x.sts.test", state=path)
            self.assertEqual((run.status, run.stdout), (CONFIG, ""), verb)
            self.assertEqual(run.stderr, f"nextmx: {path}: Not a directory\n")

    def test_file_is_a_folder(self):
        os.mkdir(os.path.join(self.state, FILE))
        run = self.run_verb("resolve", "x.sts.test")
        self.assertEqual((run.status, run.stdout), (CONFIG, ""))
        self.assertIn(FILE, run.stderr, "which file is meant?")

    def test_file_is_a_link(self):
        """Nobody is led elsewhere."""
        elsewhere = os.path.join(self.folder, "elsewhere")
        with open(elsewhere, "wb") as file:
            file.write(b"precious")
        os.symlink(elsewhere, os.path.join(self.state, FILE))
        run = self.run_verb("resolve", "x.sts.test")
        self.assertEqual((run.status, run.stdout), (CONFIG, ""))
        with open(elsewhere, "rb") as file:
            self.assertEqual(file.read(), b"precious")

    def test_strange_name(self):
        """Used as it is, and as SQLite's it means nothing; escaped where it is told."""
        domain = self.domain("x-name")
        state = os.path.join(self.folder, "a b \u00e9?&mode=ro#%20'")
        run = self.run_verb("resolve", domain.name, state=state)
        self.assertEqual(run.status, CONFIG)
        self.assertTrue(run.stderr.isascii(), run.stderr)
        os.mkdir(state)
        self.assertEnforced(self.resolve(domain, state=state), source="fetch")
        self.assertEnforced(self.resolve(domain, state=state))
        self.assertIn(FILE, os.listdir(state))
        run = self.run_verb("resolve", domain.name, state=state + "\x1b[31m")
        self.assertEqual(run.status, USAGE)

    def test_only_ours(self):
        """Whoever may not read mail need not know where it goes."""
        domain = self.domain("x-mode")
        old = os.umask(0)
        self.addCleanup(os.umask, old)
        self.resolve(domain)
        for name in os.listdir(self.state):
            self.assertEqual(os.stat(os.path.join(self.state, name)).st_mode & 0o777, 0o600, name)


class Disk(StsCase):
    """Mounts of our own: see test_sts.main()."""

    def mount(self, options):
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", self.state], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.state], check=True)

    def remount(self, how):
        subprocess.run(["mount", "-o", f"remount,bind,{how}", self.state], check=True)

    def fill(self):
        """To the last octet."""
        path = os.path.join(self.state, "filler")
        with open(path, "ab", buffering=0) as file:
            for size in (4096, 1):
                try:
                    while file.write(b"x" * size):
                        pass
                except OSError:
                    pass
        return path

    def test_read_only(self):
        """What is held there cannot even be read: refused at once, and said; nothing is resolved
        as if there were no policy."""
        self.mount("size=4m")
        domain = self.held("x-ro")
        self.remount("ro")
        run = self.run_verb("resolve", "--json", domain.name)
        self.assertEqual((run.status, run.stdout), (CONFIG, ""))
        self.assertEqual(run.stderr, f"nextmx: {self.state}: Read-only file system\n")
        self.remount("rw")
        self.assertEnforced(self.resolve(domain))

    def full(self, domain):
        """What is held serves; what is new serves this run; and its loss is told."""
        new = self.domain(f"{domain.name.partition('.')[0]}-new")
        domain.withdraw()
        path = self.fill()
        run = self.resolve_all(domain.name, new.name)
        self.assertEqual(run.status, OK)
        self.assertEnforced(run.answers[domain.name])
        self.assertEnforced(run.answers[new.name], source="fetch")
        self.assertIn(self.state, run.stderr)
        self.assertRegex(run.stderr, TOLD)
        os.unlink(path)
        self.assertEnforced(self.resolve(domain))
        self.assertEnforced(self.resolve(new), source="fetch")
        self.assertEnforced(self.resolve(new))

    def test_full(self):
        self.mount("size=4m")
        domain = self.held("x-full")
        self.resolve(domain)  # SQLite's own two files are there, as they always are
        self.assertIn(FILE + "-shm", os.listdir(self.state))
        self.full(domain)

    def test_full_and_alone(self):
        """Without them: from a backup, or after somebody else had it open."""
        self.mount("size=4m")
        domain = self.held("x-alone")
        self.assertEqual(os.listdir(self.state), [FILE])
        self.full(domain)

    def test_full_from_the_start(self):
        """There is not even a file."""
        self.mount("size=1m")
        domain = self.domain("x-start")
        path = self.fill()
        run = self.resolve_all(domain.name)
        self.assertEqual(run.status, OK, run.stderr)
        self.assertEnforced(run.answers[domain.name], source="fetch")
        self.assertRegex(run.stderr, TOLD)
        os.unlink(path)
        self.resolve(domain)
        self.assertEnforced(self.resolve(domain))

    def test_full_on_the_way(self):
        """With room for some: those are whole, the rest is fetched another time."""
        self.mount("size=4m")
        path = self.fill()
        os.truncate(path, os.path.getsize(path) - 256 * 1024)
        text = b"version: STSv1\r\nmode: enforce\r\nmx: mx.sts.test\r\nmax_age: 604800\r\n"
        domains = [self.domain(f"x-way{n}", text=text + b"x: " + b"y" * 40000 + b"\r\n")
                   for n in range(12)]
        names = [domain.name for domain in domains]
        run = self.resolve_all(*names)
        self.assertEqual((run.status, len(run.lines)), (OK, len(names)), run.stderr)
        for answer in run.answers.values():
            self.assertEnforced(answer, source="fetch")
        self.assertRegex(run.stderr, TOLD)
        os.unlink(path)
        run = self.resolve_all(*names)
        self.assertEqual({answer.sts["mode"] for answer in run.answers.values()}, {"enforce"})
        self.assertEqual(set(self.rows()), set(names))
        self.assertFalse([name for name in os.listdir(self.state) if name.startswith(ASIDE)])


class Corrupt(StsCase):
    """It is said on standard error, kept under another name, and begun anew."""

    def path(self, name=FILE):
        return os.path.join(self.state, name)

    def spoil(self, data):
        """In place of the whole file."""
        for suffix in ("-wal", "-shm"):
            if os.path.exists(self.path(FILE + suffix)):
                os.unlink(self.path(FILE + suffix))
        with open(self.path(), "wb") as file:
            file.write(data)

    def aside(self):
        """What was set aside, octet for octet."""
        found = []
        for name in sorted(os.listdir(self.state)):
            if name.startswith(ASIDE) and not name.endswith(("-wal", "-shm")):
                with open(self.path(name), "rb") as file:
                    found.append(file.read())
        return found

    def whole(self, domain):
        """The file, with everything in it."""
        db = self.database()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        with open(self.path(), "rb") as file:
            data = file.read()
        self.assertIn(domain.name.encode(), data)
        return data

    def is_begun_anew(self, domain, data):
        """The run answers, says it, and the next one has what this one fetched."""
        self.spoil(data)
        answer = self.resolve(domain, stderr=None)
        self.assertEqual(answer.sts["mode"], "enforce")
        self.assertIn(data, self.aside())
        self.assertIn(domain.name, self.rows())
        again = self.resolve(domain)
        self.assertEnforced(again)
        return answer

    def is_said(self, answer):
        self.assertIn(f"{self.state}/{FILE}", answer.stderr)
        self.assertIn("corrupt", answer.stderr)
        self.assertIn(ASIDE, answer.stderr, "where is it now?")

    def test_random(self):
        domain = self.domain("y-random")
        answer = self.is_begun_anew(domain, os.urandom(20000))
        self.assertEqual(answer.sts["source"], "fetch")

    def test_text(self):
        domain = self.domain("y-text")
        self.is_begun_anew(domain, b"dear diary\n" * 30)

    def test_truncated(self):
        domain = self.held("y-truncated")
        data = self.whole(domain)
        for size in (len(data) // 2, 4096, 512, 100, 50):
            with self.subTest(size):
                self.is_begun_anew(domain, data[:size])

    def test_zeroes(self):
        domain = self.held("y-zeroes")
        data = self.whole(domain)
        self.is_begun_anew(domain, b"\0" * len(data))

    def test_is_said(self):
        """On standard error: what, and where the old one is now."""
        for label, data in (("random", os.urandom(9000)), ("text", b"no database\n" * 99)):
            with self.subTest(label):
                domain = self.domain(f"y-said-{label}")
                self.is_said(self.is_begun_anew(domain, data))

    def test_is_said_by_list(self):
        """An empty list would be a lie."""
        self.spoil(b"no database\n" * 99)
        self.assertIn("corrupt", self.run_verb("sts list").stderr)

    def test_page(self):
        """One page of several: what can be read of the rest is held."""
        domains = [self.held(f"y-page{n}") for n in range(4)]
        data = bytearray(self.whole(domains[0]))
        at = len(data) - 4096
        data[at:at + 2048] = os.urandom(2048)
        self.spoil(bytes(data))
        run = self.resolve_all(*(domain.name for domain in domains))
        self.assertEqual(run.status, OK)
        for answer in run.answers.values():
            self.assertEqual(answer.sts["mode"], "enforce")
        self.assertEqual(len(self.rows()), 4)

    def test_empty(self):
        """An empty file is a new one."""
        domain = self.domain("y-empty")
        self.spoil(b"")
        self.assertEnforced(self.resolve(domain), source="fetch")
        self.assertEnforced(self.resolve(domain))
        self.assertEqual(self.aside(), [])

    def test_again_and_again(self):
        """In one second, too: each is kept."""
        domain = self.domain("y-again")
        for n in range(3):
            self.is_begun_anew(domain, b"number %d\n" % n * 100)
        self.assertEqual(len(self.aside()), 3)

    def test_foreign(self):
        """Another program's database is left alone, and that is said: nothing is kept."""
        domain = self.domain("y-foreign")
        self.resolve(domain)
        db = self.database()
        db.execute("PRAGMA application_id = 99")
        db.close()
        data = self.whole(domain)
        answer = self.resolve(domain, stderr=None)
        self.assertEqual((answer.sts["mode"], answer.sts["source"]), ("enforce", "fetch"))
        self.assertEqual(self.aside(), [])
        with open(self.path(), "rb") as file:
            self.assertEqual(file.read(), data)
        self.assertIn(f"{self.state}/{FILE}", answer.stderr)
        self.assertIn("another program's", answer.stderr)


class Killed(StsCase):
    def names(self):
        """Domains that one policy host serves."""
        names = [f"z{n}.sts.test" for n in range(N_KILLED)]
        server = self.world.policy_server(names)
        self.addCleanup(server.stop)
        for name in names:
            self.world.names.say(name, mx(1, "other.sts.test"), mx(2, "mx.sts.test"))
            self.world.names.say(f"_mta-sts.{name}", txt(RECORD.format(1)))
            self.world.names.say(f"mta-sts.{name}", a(server.address))
        return names, server

    def test_kill(self):
        """STS-5: what was printed as held is held by the next process, although this one had no
        time to say goodbye."""
        names, server = self.names()
        process = self.begin("resolve", "--json", "--sts-timeout", "60", *names)
        lines = [process.stdout.readline() for _ in range(KILLED_AFTER)]
        process.kill()
        # Those that it had printed and nobody had read, without half a line.
        lines += [line for line in process.stdout if line.endswith("}\n")]
        process.wait(PATIENCE_S)
        answers = [json.loads(line) for line in lines]
        self.assertEqual({answer["sts"]["mode"] for answer in answers}, {"enforce"})
        printed = [answer["domain"] for answer in answers]
        self.assertEqual(process.returncode, -signal.SIGKILL)
        self.assertLess(len(printed), N_KILLED)
        server.stop()
        found = self.resolve_all(*printed)
        self.assertEqual(found.stderr, "")
        missing = [name for name, answer in found.answers.items() if not answer.sts]
        self.assertEqual(missing, [], f"of {len(printed)}")
        self.assertEqual({answer.sts["source"] for answer in found.answers.values()}, {"cache"})

    def test_kill_again_and_again(self):
        """At any moment: the file is never corrupt, and nothing that was there goes."""
        names, _ = self.names()
        held = set()
        for turn in range(8):
            process = self.begin("resolve", "--json", "--sts-timeout", "60", *names)
            for _ in range(1 + 9 * turn):
                process.stdout.readline()
            process.kill()
            process.communicate(timeout=PATIENCE_S)
            found = set(self.rows())
            self.assertLessEqual(held, found)
            held = found
        run = self.resolve_all(*names)
        self.assertEqual((run.status, run.stderr), (OK, ""))
        self.assertEqual({line["sts"]["mode"] for line in run.lines}, {"enforce"})
        self.assertFalse([name for name in os.listdir(self.state) if name.startswith(ASIDE)])

    def test_copied(self):
        """The three files as they are while somebody writes are a whole folder."""
        names, _ = self.names()
        process = self.begin("resolve", "--json", "--sts-timeout", "60", *names)
        for _ in range(KILLED_AFTER):
            process.stdout.readline()
        process.send_signal(signal.SIGSTOP)
        copy = os.path.join(self.folder, "copy")
        shutil.copytree(self.state, copy)
        process.send_signal(signal.SIGCONT)
        self.assertEqual(self.end(process).status, OK)
        run = self.run_verb("sts list", state=copy)
        self.assertEqual((run.status, run.stderr), (OK, ""))
        self.assertEqual(len(self.run_verb("sts list").stdout.splitlines()), N_KILLED)
