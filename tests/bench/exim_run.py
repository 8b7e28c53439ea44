# SPDX-License-Identifier: BSD-2-Clause
"""Exim's address tests in one process or several, and who was on a processor how long.

A batch is `exim -bt` that reads its addresses from a file and writes to one: no program of ours has
a part in it. Needs mta.enter(), and no child but servers.
"""

import os
import re
import resource
import time

from bed.exim import PROGRAM, Exim

ROUTER = """srv:
	driver = dnslookup
	domains = ! +local_domains
	transport = remote_smtp
	check_srv = smtp
	dnssec_request_domains = *
	no_more
"""
RESULT = re.compile(r"^(?:> )*u@(\S+)(?: (is undeliverable|cannot be resolved at this time).*)?$", re.M)
OUTCOMES = {"": "deliverable", "is undeliverable": "reject",
            "cannot be resolved at this time": "defer"}
TICKS = os.sysconf("SC_CLK_TCK")


class Batch:
    """names are dealt out to so many processes, which are started together."""

    def __init__(self, folder, names, processes):
        with Exim(folder, routers=ROUTER):
            pass  # only what it needs to start is wanted
        self._parts = [names[n::processes] for n in range(processes)]
        self._files = [os.path.join(folder, f"batch{n}") for n in range(processes)]

    def run(self):
        """Addresses a second: those that all processes would have done together, had nobody been done
        before the others; without the time in which they start and end."""
        idle = sum(self._run([[] for _ in self._parts]))
        busy = sum(self._run(self._parts))
        return len(self._parts) * sum(map(len, self._parts)) / (busy - idle)

    def _run(self, parts):
        """The seconds of each."""
        for path, part in zip(self._files, parts):
            with open(path, "w", encoding="ascii") as file:
                file.writelines(f"u@{name}\n" for name in part)
        started, ended = {}, {}
        for path in self._files:
            began = time.monotonic()
            started[begin(path)] = began
        while len(ended) < len(started):
            pid, status = os.wait()
            if pid not in started:
                raise RuntimeError(f"a server ended meanwhile, with {status}")
            if os.WIFSIGNALED(status):
                raise RuntimeError(f"exim -bt was killed by signal {os.WTERMSIG(status)}")
            ended[pid] = time.monotonic()
        return [ended[pid] - began for pid, began in started.items()]

    def outcomes(self):
        """{domain: outcome in our words} of the last run."""
        found = {}
        for path in self._files:
            with open(path + ".out", encoding="utf-8") as file:
                found.update((name, OUTCOMES[text]) for name, text in RESULT.findall(file.read()))
        return found


def begin(path):
    """The process; it has two files already, so that standard error goes where its output goes."""
    out = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    return os.posix_spawn(PROGRAM, [PROGRAM, "-bt"], os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 0, path, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, path + ".out", out, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2)])


class Spent:
    """How long the programs of these namespaces were on a processor since this was made; asker is the
    name for those that began and ended meanwhile."""

    def __init__(self, asker):
        self._asker = asker
        self._before = self._until_now()

    def seconds(self):
        """{program: seconds}"""
        return {name: seconds - self._before.get(name, 0)
                for name, seconds in self._until_now().items()}

    def _until_now(self):
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = {self._asker: ended.ru_utime + ended.ru_stime}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            if int(pid) != os.getpid():
                name, seconds = spent_by(pid)
                found[name] = found.get(name, 0) + seconds
        return found


def spent_by(pid):
    """(program, seconds)"""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        name, rest = file.read().split("(", 1)[1].rsplit(")", 1)
    # Fields 14 and 15 of proc(5); the first of rest is field 3.
    user, system = rest.split()[11:13]
    return name, (int(user) + int(system)) / TICKS
