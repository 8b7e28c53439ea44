# SPDX-License-Identifier: BSD-2-Clause
"""An Exim of the test's own: the program of build-mta with other configuration and spool.

    with Exim(folder, macros, routers, transports) as exim:
        exim.send("ann@a.s.test")
        exim.wait_fates(["ann@a.s.test"])

The three texts are a guide's blocks, put where such lines stand. Mail to here.test is local and
thrown away; bounces go there. There is no daemon: send() and retry() return when all is tried. Needs
mta.enter().
"""

import os
import pwd
import re
import shutil
import subprocess

from . import mta

PROGRAM = os.path.join(mta.PROGRAMS, "exim4")
DOMAIN = "here.test"
SENDER = f"me@{DOMAIN}"
CONFIG = """{macros}
exim_path = {program}
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
primary_hostname = mta.here.test
domainlist local_domains = here.test
local_interfaces = 127.0.0.1
never_users =
keep_environment =
log_selector = +tls_cipher +tls_certificate_verified +tls_sni +outgoing_port +dnssec
message_size_limit = 1M
queue_run_max = 1
timezone =
begin routers
{routers}
dnslookup:
	driver = dnslookup
	domains = ! +local_domains
	transport = remote_smtp
	dnssec_request_domains = *
	no_more
here:
	driver = accept
	transport = discard
begin transports
{transports}
remote_smtp:
	driver = smtp
discard:
	driver = appendfile
	file = /dev/null
	user = {user}
begin retry
* * F,4d,1m
"""
MARKS = {"=>": "sent", "->": "sent", "==": "deferred", "**": "bounced"}
FATE = r"^\S+ \S+ \S+ (=>|->|==|\*\*) %s(?: <\S*>)?(?: (.*))?$"


class Exim(mta.Mta):
    def __init__(self, folder, macros="", routers="", transports=""):
        super().__init__(os.path.join(folder, "log", "mainlog"))
        self.folder = folder
        self._text = CONFIG.format(folder=folder, macros=macros, routers=routers,
                                   transports=transports, user=mta.EXIM_USER,
                                   program=PROGRAM)

    def start(self):
        user = pwd.getpwnam(mta.EXIM_USER)
        for name in ("spool", "log"):
            path = os.path.join(self.folder, name)
            os.makedirs(path, mode=0o755)
            os.chown(path, user.pw_uid, user.pw_gid)
        # With -C it would run without its privileges when it calls itself.
        mta.write_etc("exim4/exim4.conf", self._text)
        self.run("-bV")
        return self

    def stop(self):
        self.log.close()

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    def run(self, *arguments, text="", check=True):
        done = subprocess.run([PROGRAM, *arguments], input=text, check=False,
                              capture_output=True, text=True)
        if check and done.returncode:
            raise RuntimeError(f"exim {' '.join(arguments)}: {done.stderr or done.stdout}")
        return done.stdout

    def send(self, *recipients, sender=SENDER, text="hello"):
        letter = f"From: <{sender}>\nTo: undisclosed-recipients:;\nSubject: a test\n\n{text}\n"
        self.run("-odf", "-oi", "-f", sender, *recipients, text=letter)

    def retry(self):
        self.run("-qff")

    def queue(self):
        """{recipient: why it waits} of what is in the queue."""
        found = {}
        for line in self.run("-bp").splitlines():
            match = re.match(r"^\s{10,}(\S+@\S+)$", line)
            if match:
                tried = self.fates(match[1])
                found[match[1]] = tried[-1].text if tried else ""
        return found

    def forget(self):
        shutil.rmtree(os.path.join(self.folder, "spool", "db"), ignore_errors=True)

    def expand(self, text):
        """What an expansion gives in this configuration."""
        return self.run("-be", text).rstrip("\n")

    def fates(self, recipient):
        found = (re.search(FATE % re.escape(recipient), line) for line in self.log.lines)
        return [fate(match[1], match[2] or "") for match in found if match]

    def disasters(self):
        paniclog = os.path.join(self.folder, "log", "paniclog")
        found = super().disasters()
        if os.path.exists(paniclog):
            with open(paniclog, encoding="utf-8", errors="replace") as file:
                found += file.read().splitlines()
        return found


def fate(mark, text):
    code = re.search(r"\b[45]\.\d{1,3}\.\d{1,3}\b", text)
    return mta.Fate(MARKS[mark], code[0] if code else "", text)
