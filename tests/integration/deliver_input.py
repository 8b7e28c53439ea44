# SPDX-License-Identifier: BSD-2-Clause
"""The message: what every attempt reads, where it is kept meanwhile, and what if it cannot be."""

import hashlib
import os
import resource
import signal
import subprocess
import tempfile
import threading

from deliver_case import DEFER, OK, ONE, ONE6, OTHER, SIX, TWO, DeliverCase

from bed import network

MESSAGE = b"Subject: all octets\r\n\r\n" + bytes(range(256)) * 3 + b"\nno line end"
BIG = 50 * 1000 * 1000
KEEP = 'cat > "$OUT/$NEXTMX_ATTEMPT"; exit 75'
# What root may do with files whatever their mode.
NO_OVERRIDE = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


def big_message():
    """A file that compresses badly, and its digest."""
    file = tempfile.TemporaryFile()
    block = b"".join(hashlib.sha256(bytes([n])).digest() for n in range(125)) * 25
    digest = hashlib.sha256()
    for n in range(BIG // len(block)):
        piece = n.to_bytes(8, "big") + block[8:]
        file.write(piece)
        digest.update(piece)
    file.seek(0)
    return file, digest.hexdigest()


class Message(DeliverCase):
    def test_each_attempt(self):
        """From its beginning, whole, octet for octet; also for the next domain."""
        run = self.deliver(KEEP, SIX, stdin=MESSAGE)
        self.assertEqual(len(run.attempts), 6)
        for number in range(1, 7):
            self.assertEqual(self.kept(str(number)), MESSAGE)
        self.deliver('cat > "$OUT/$NEXTMX_FAMILY"', ONE, ONE6, stdin=MESSAGE)
        self.assertEqual((self.kept("4"), self.kept("6")), (MESSAGE, MESSAGE))

    def test_read_in_part(self):
        """What an earlier attempt read, or still reads in the background, takes nothing away."""
        trace = self.trace()
        command = (f'exec 3> {trace.path} 4<&0; case $NEXTMX_ATTEMPT in 1) head -c 5 >&2;; '
                   '2) (cat; cat; echo over >&3) > "$OUT/background" <&4 & ;; '
                   '*) cat > "$OUT/$NEXTMX_ATTEMPT";; esac; exit 75')
        self.deliver(command, SIX, stdin=MESSAGE)
        trace.all()
        for name in ("3", "4", "5", "6", "background"):
            self.assertEqual(self.kept(name), MESSAGE, name)

    def test_not_read(self):
        for size in (1, 65536, 1000 * 1000):
            run = self.deliver('[ "$NEXTMX_ATTEMPT" = 2 ] || exit 75', SIX, stdin=b"x" * size)
            self.assertEqual(run.results, ["try-next", "delivered"])

    def test_not_writable(self):
        """A command cannot change what the next one reads."""
        run = self.deliver(f"if (echo spoilt >&0); then exit 1; fi; {KEEP}", TWO, stdin=MESSAGE)
        self.assertEqual(run.results, ["try-next"] * 2)
        self.assertEqual((self.kept("1"), self.kept("2")), (MESSAGE, MESSAGE))

    def test_empty(self):
        """Nothing is a message, too: the command may have it from elsewhere."""
        for options in ({"stdin": b""}, {"stdin": subprocess.DEVNULL},
                        {"stdin": None, "preexec_fn": lambda: os.close(0)},
                        {"stdin": None, "preexec_fn": lambda: (os.close(0), os.close(2))}):
            with self.subTest(options):
                run = self.run_deliver('wc -c > "$OUT/size"', ONE, **options)
                self.assertEqual((run.status, run.stderr), (OK, ""))
                self.assertEqual(self.kept("size").strip(), b"0")

    def test_big(self):
        """50 MB: from a file, and through a pipe; read by the second who tries, or by nobody."""
        file, digest = big_message()
        with file:
            command = '[ "$NEXTMX_ATTEMPT" = 2 ] || exit 75; sha256sum'
            run = self.deliver(command, SIX, stdin=file)
            self.assertEqual(run.results, ["try-next", "delivered"])
            self.assertEqual(run.attempts[1]["text"].split()[0], digest)
            file.seek(0)
            run = self.deliver(command, SIX, stdin=file.read())
            self.assertEqual(run.attempts[1]["text"].split()[0], digest)
            file.seek(0)
            self.assertEqual(self.deliver("exit 0", ONE, stdin=file).status, OK)

    def test_pipe_that_does_not_block(self):
        """As some programs leave it: that there is nothing yet is not the end, nor an error."""
        reader, writer = os.pipe()
        os.set_blocking(reader, False)

        def write():
            with open(writer, "wb") as pipe:
                for piece in (MESSAGE[:9], MESSAGE[9:]):
                    pipe.write(piece)
                    pipe.flush()
        trace = self.trace()
        begun = self.begin(f'exec 3> {trace.path}; cat > "$OUT/message"; echo over >&3', ONE,
                           stdin=reader)
        os.close(reader)
        # It has read all there was and found nothing more, as often as not.
        threading.Thread(target=write).start()
        self.assertEqual(self.end(begun).status, OK)
        self.assertEqual(trace.all(), ["over"])
        self.assertEqual(self.kept("message"), MESSAGE)

    def test_read_once(self):
        """All of it before the first attempt begins: who writes it may go."""
        trace = self.trace()
        process = self.begin(f"exec 3> {trace.path}; echo begun >&3; cat >&3", ONE,
                             stdin=subprocess.PIPE)
        process.stdin.write(b"one\n")
        process.stdin.flush()
        process.stdin.write(b"two\n")
        process.stdin.close()
        process.stdin = None
        self.assertEqual(trace.all(), ["begun", "one", "two"])
        self.assertEqual(self.end(process).status, OK)


class NoRoom(DeliverCase):
    """A message that cannot be kept is not lost: nothing is run, the caller is told to keep it,
    and whose folder it was."""

    TOUCH = 'touch "$OUT/ran"'

    def refused(self, *words, domains=(ONE, OTHER), **options):
        options.setdefault("stdin", MESSAGE)
        for flags in ((), ("--json",)):
            self.assertRefused(self.run_deliver(self.TOUCH, *flags, *domains, **options), DEFER,
                               *words)

    def test_no_folder(self):
        missing = os.path.join(self.spool, "missing")
        self.refused(missing, "No such file", env={"TMPDIR": missing})
        self.refused("/dev/null", "Not a directory", env={"TMPDIR": "/dev/null"})
        self.refused("/proc", env={"TMPDIR": "/proc"})

    def test_folder_not_ours(self):
        os.chmod(self.spool, 0o500)
        prefix = NO_OVERRIDE if os.geteuid() == 0 else ()
        self.refused(self.spool, "Permission denied", prefix=prefix)

    def test_full(self):
        """A small file system of its own."""
        user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        share = ["unshare", *user, "--mount", *network.propagation()]
        script = 'mount -t tmpfs -o size=64k none "$TMPDIR" && exec "$@"'
        prefix = (*share, "sh", "-c", script, "sh")
        self.refused(self.spool, "No space left", prefix=prefix, stdin=b"x" * 200000)
        run = self.deliver("wc -c", ONE, prefix=prefix, stdin=b"x" * 20000)
        self.assertEqual(run.text.strip(), "20000")

    def test_limit(self):
        """The limit of a file's size is an error like any other, not the end by a signal."""
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
        self.refused(self.spool, "File too large", preexec_fn=limit, stdin=b"x" * 200000)
        run = self.deliver("wc -c", ONE, preexec_fn=limit, stdin=b"x" * 65536)
        self.assertEqual(run.text.strip(), "65536")

    def test_unreadable(self):
        """Half a message is none."""
        folder = os.open("/", os.O_RDONLY)
        try:
            self.refused("standard input", "Is a directory", stdin=folder)
        finally:
            os.close(folder)

    def test_without_tmpdir(self):
        """/tmp, also if it is set to nothing."""
        for value in ({"TMPDIR": ""}, {}):
            env = {**self.environment(), **value}
            if not value:
                del env["TMPDIR"]
            done = subprocess.run(self.command("--exec", 'readlink /proc/$$/fd/0; cat', ONE),
                                  input=b"\nmessage", capture_output=True, env=env, check=False)
            self.assertEqual(done.returncode, OK, done.stderr)
            self.assertRegex(done.stderr.decode(), r"\| /tmp/.* \(deleted\)\n.*\n.*\| message\n$")

    def test_mask(self):
        """Whatever the umask is, the command can read the message, and nobody else."""
        prefix = NO_OVERRIDE if os.geteuid() == 0 else ()
        for mask in (0o777, 0o077, 0):
            with self.subTest(oct(mask)):
                command = 'stat -L -c %a /proc/$$/fd/0 >&2; cat >&2; exit 1'
                run = self.deliver(command, ONE, prefix=prefix, stdin=b"message",
                                   preexec_fn=lambda mask=mask: os.umask(mask))
                self.assertEqual((run.results, run.said()), (["stop-temp"], ["600", "message"]))


class Nameless(DeliverCase):
    def test_meanwhile(self):
        """No name of it is in the folder while the command runs, so none can be left."""
        trace = self.trace()
        process = self.begin(f'exec 3> {trace.path}; ls -A "$TMPDIR" >&3; '
                             'readlink /proc/$$/fd/0 >&3; exec sleep 1000', ONE)
        (where,) = trace.words(1)
        self.assertTrue(where.startswith(self.spool) and where.endswith(" (deleted)"), where)
        process.send_signal(signal.SIGKILL)
        self.assertEqual(self.end(process).status, -signal.SIGKILL)

    def test_killed_while_reading(self):
        """The caller is not done, and so is nobody."""
        process = self.begin('touch "$OUT/ran"', ONE, stdin=subprocess.PIPE)
        process.stdin.write(MESSAGE)
        process.stdin.flush()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), -signal.SIGTERM)
        self.assertEqual((os.listdir(self.spool), os.listdir(self.out)), ([], []))
