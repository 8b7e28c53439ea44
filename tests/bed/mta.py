# SPDX-License-Identifier: BSD-2-Clause
"""What tests of Postfix and Exim share: a machine of their own, and the words for a mail's fate.

    mta.enter()         first thing of the program: begins it again, in namespaces of its own
    mta.use_resolver()  what programs find in /etc/resolv.conf from now on

Inside, the networks of Bed are ours (bind 198.51.100.7:25, and whoever connects there comes to us),
though no interface has their addresses, so nobody takes them for the machine's own. Ports are free
and fixed. /etc is a copy that only we see.
"""

import collections
import os
import pwd
import re
import shutil
import subprocess
import sys
import threading
import time

from . import network

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
PROGRAMS = os.path.join(TOP, "build-mta")
STAGE = "NEXTMX_TEST_MTA"
NETWORK = "198.51.100.0/24"
EXIM_USER = "Debian-exim"

# One attempt at one recipient. status: sent, deferred or bounced; code: 5.1.10, or "" when the
# MTA logged none; text: the rest of its line.
Fate = collections.namedtuple("Fate", "status code text")


def obstacle():
    """Why there is no way in, or None."""
    if os.geteuid() and not shutil.which("newuidmap"):
        return "it needs root, or newuidmap(1) of package uidmap: an MTA changes users"
    done = subprocess.run([*unshare(), "true"], capture_output=True, text=True, check=False)
    if done.returncode:
        return f"namespaces of our own are denied ({done.stderr.strip()})"
    return None if shutil.which("ip") else "it needs ip(8) of package iproute2"


def unshare():
    user = ["--user", "--map-root-user", "--map-auto"] if os.geteuid() else []
    return ["unshare", *user, "--net", "--mount", *network.propagation(), "--pid", "--fork",
            "--kill-child", "--mount-proc"]


def enter():
    """Returns inside only; says what is missing and ends when there is no way in."""
    if os.environ.get(STAGE):
        prepare()
        return
    reason = obstacle()
    if reason:
        sys.exit(f"{sys.argv[0]}: {reason}")
    os.environ[STAGE] = os.environ[network.INSIDE] = "1"
    sys.stdout.flush()
    os.execvp("unshare", [*unshare(), sys.executable, *sys.argv])


def prepare():
    """Once inside."""
    network.need([])  # loopback goes up
    subprocess.run(["ip", "route", "add", "local", NETWORK, "dev", "lo"], check=True)
    os.umask(0o022)
    own_etc()
    add_user(EXIM_USER)


def own_etc():
    """A folder in memory in place of /etc: links to all that is there. What is written to it replaces
    a link, and nobody else sees it."""
    folder = os.path.join(PROGRAMS, "machine")
    os.makedirs(folder, exist_ok=True)
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", folder)
    real, ours = os.path.join(folder, "real"), os.path.join(folder, "ours")
    for path in (real, ours):
        os.mkdir(path)
    mount("--rbind", "/etc", real)
    for name in os.listdir(real):
        os.symlink(os.path.join(real, name), os.path.join(ours, name))
    mount("--bind", ours, "/etc")


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def write_etc(name, text):
    """/etc/NAME has this content from now on, for us."""
    path = own_folder("/etc", name.split("/")[:-1])
    path = os.path.join(path, name.split("/")[-1])
    if os.path.islink(path):
        os.unlink(path)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def own_folder(path, names):
    """The folder below path; those on the way that are links become folders full of links."""
    for name in names:
        path = os.path.join(path, name)
        if os.path.islink(path):
            there = os.path.realpath(path)
            os.unlink(path)
            os.mkdir(path)
            for entry in os.listdir(there):
                os.symlink(os.path.join(there, entry), os.path.join(path, entry))
        elif not os.path.isdir(path):
            os.mkdir(path)
    return path


def trust(authority):
    """The one authority that the machine trusts."""
    with open(authority, encoding="ascii") as file:
        write_etc("ssl/certs/ca-certificates.crt", file.read())


def use_resolver():
    write_etc("resolv.conf", "nameserver 127.0.0.1\noptions edns0 trust-ad\n")


def add_user(name):
    """Exim is unpacked, not installed, and insists on the user it was built for."""
    try:
        pwd.getpwnam(name)
        return
    except KeyError:
        pass
    number = next(n for n in range(899, 100, -1) if is_free(n))
    for file, line in (("passwd", f"{name}:x:{number}:{number}::/nonexistent:/bin/false\n"),
                       ("group", f"{name}:x:{number}:\n")):
        with open(os.path.join("/etc", file), encoding="utf-8") as there:
            text = there.read().rstrip("\n") + "\n" + line
        write_etc(file, text)


def is_free(number):
    try:
        pwd.getpwuid(number)
        return False
    except KeyError:
        return True


def blocks(guide):
    """{name: text} of the guide's blocks, each behind a line <!-- NAME -->."""
    with open(os.path.join(TOP, "docs", guide), encoding="utf-8") as file:
        found = re.findall(r"^<!-- (\S+) -->\n+```\w*\n(.*?)^```$", file.read(), re.M | re.S)
    texts = dict(found)
    if len(texts) != len(found) or not found:
        raise ValueError(f"{guide}: no blocks, or two of the same name")
    return texts


def run_shell(text):
    """A guide's commands."""
    subprocess.run(["sh", "-eu", "-c", text], check=True, capture_output=True)


class Log:
    """A log file as it grows."""

    def __init__(self, path):
        self.path = path
        self._lines = []
        self._rest = ""
        self._file = None
        self._lock = threading.Lock()

    @property
    def lines(self):
        with self._lock:
            if not self._file and os.path.exists(self.path):
                self._file = open(self.path, encoding="utf-8", errors="replace")
            if self._file:
                *whole, self._rest = (self._rest + self._file.read()).split("\n")
                self._lines += whole
            return list(self._lines)

    def matching(self, pattern, start=0):
        return [line for line in self.lines[start:] if re.search(pattern, line)]

    def close(self):
        if self._file:
            self._file.close()


def wait_for(condition, patience, what):
    """What condition() says when it is true at last."""
    end = time.monotonic() + patience
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience} s in vain: {what() if callable(what) else what}")
        time.sleep(0.02)


class Mta:
    """What both have; recipients are used once, so that a recipient names its message."""

    def __init__(self, log):
        self.log = Log(log)

    def fates(self, recipient):
        """All attempts so far, the oldest first."""
        raise NotImplementedError

    def wait_fates(self, recipients, n=1, patience=60):
        """{recipient: last fate} when each had n attempts."""
        def tell():
            left = [r for r in recipients if len(self.fates(r)) < n]
            return f"{left[:5]} of {len(left)} in {self.log.path}:\n" + \
                "\n".join(self.log.lines[-60:])
        wait_for(lambda: all(len(self.fates(r)) >= n for r in recipients), patience, tell)
        return {r: self.fates(r)[-1] for r in recipients}

    def forget(self):
        """Whatever it remembers of hosts that failed."""

    def disasters(self):
        """Lines no answer may cause."""
        return self.log.matching(r"(?i)\b(fatal|panic|paniclog|throttl|assert|segfault)\b|killed by"
                                 r"|terminated by signal|bad command startup")
