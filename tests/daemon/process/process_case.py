# SPDX-License-Identifier: BSD-2-Clause
"""The master as a process of its own, and how to talk to its workers."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PATIENCE = 60  # of a test that is going to fail
IS_ROOT = os.geteuid() == 0
USER = "nobody"
PROGRAM = None  # set by test_process.py


def until(condition, what):
    """What the condition gives once it is true. It is asked again and again; nothing here sleeps for
    as long as something is thought to take."""
    end = time.monotonic() + PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"still not: {what() if callable(what) else what}")
        time.sleep(0.005)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Connection:
    """Lines to a worker and back; "" when it has ended."""

    def __init__(self, address):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        if family == socket.AF_INET and ":" in address[0]:
            family = socket.AF_INET6
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        try:
            self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise
        self.file = self.socket.makefile("r", encoding="utf-8")

    def ask(self, line):
        try:
            self.socket.sendall(f"{line}\n".encode())
            return self.file.readline().rstrip("\n")
        except ConnectionError:
            return ""

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Daemon:
    """bed, its configuration, and what it has logged."""

    def __init__(self, folder, lines, command=None, environment=None, ready=False, **options):
        self.folder = folder
        self.path = os.path.join(folder, "conf")
        self.socket = os.path.join(folder, "map")
        self.log = []
        self.write(lines)
        ready_read, ready_write = os.pipe() if ready else (None, None)
        arguments = [PROGRAM, self.path] + ([str(ready_write)] if ready else [])
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *(command or []), *arguments],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "BED_TICK": "20", **(environment or {})},
            pass_fds=[ready_write] if ready else (), **options)
        if ready:
            os.close(ready_write)
            self.ready = os.fdopen(ready_read)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    @property
    def pid(self):
        return self.process.pid

    def read(self):
        for line in self.process.stderr:
            self.log.append(line.rstrip("\n"))

    def write(self, lines):
        user = [f"user {USER}"] if IS_ROOT and not any(x.startswith("user") for x in lines) else []
        lines = [x for x in lines if x != "user -"]
        if not any(line.startswith(("socketmap", "http")) for line in lines):
            lines = [f"socketmap unix:{self.socket}", *lines]
        with open(self.path, "w", encoding="ascii") as file:
            file.write("".join(f"{line}\n" for line in lines + user))

    def text(self):
        return "\n".join(self.log)

    def events(self, event, **values):
        """The lines of the event that have the values."""
        found = []
        for line in list(self.log):
            pairs = dict(re.findall(r'([a-z-]+)="([^"]*)"', line))
            words = line.split(" ")
            if len(words) > 1 and words[1] == f"event={event}" and all(
                    pairs.get(k.replace("_", "-")) == v for k, v in values.items()):
                found.append(pairs)
        return found

    def wait(self, event, n=1, **values):
        """The n-th such line."""
        def there():
            found = self.events(event, **values)
            if len(found) < n and self.process.poll() is not None:
                self.reader.join()
                found = self.events(event, **values)
                if len(found) < n:
                    raise AssertionError(f"ended without {event} {values}:\n{self.text()}")
            return found[n - 1] if len(found) >= n else None
        return until(there, lambda: f"{event} {values} #{n} in\n{self.text()}")

    def signal(self, number):
        self.process.send_signal(number)

    def reload(self, lines=None, event="reloaded"):
        n = len(self.events(event))
        if lines is not None:
            self.write(lines)
        self.signal(signal.SIGHUP)
        return self.wait(event, n + 1)

    def wait_end(self):
        status = self.process.wait(PATIENCE)
        self.reader.join()
        return status

    def connect(self, address=None):
        return Connection(address or self.socket)

    def ask(self, line, address=None):
        with self.connect(address) as connection:
            return connection.ask(line)

    def worker(self, index=0):
        """A connection to that worker."""
        def found():
            connection = self.connect()
            if connection.ask("ping").startswith(f"pong {index} "):
                return connection
            connection.close()
            return None
        return until(found, f"a connection to worker {index}")

    def pid_of(self, index=0):
        with self.worker(index) as connection:
            return int(connection.ask("ping").split()[2])

    def children(self):
        with open(f"/proc/{self.pid}/task/{self.pid}/children", encoding="ascii") as file:
            return [int(pid) for pid in file.read().split()]

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.reader.join()
        self.process.stderr.close()


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="nmx-process-")
        os.chmod(self.folder, 0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def make(self, *lines, **options):
        """A daemon that need not start."""
        daemon = Daemon(self.folder, list(lines), **options)
        self.addCleanup(daemon.close)
        return daemon

    def start(self, *lines, **options):
        daemon = self.make(*lines, **options)
        daemon.wait("ready")
        return daemon

    def path(self, name):
        return os.path.join(self.folder, name)
