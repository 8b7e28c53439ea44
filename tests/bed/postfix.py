# SPDX-License-Identifier: BSD-2-Clause
"""A Postfix of the test's own: the installed programs with other configuration, queue and data.

    with Postfix(folder, main, master) as postfix:
        postfix.send("ann@a.s.test")
        postfix.wait_fates(["ann@a.s.test"])

main and master are texts behind what stands here: a guide's blocks. Mail to here.test is local and
thrown away; bounces go there. Needs mta.enter().
"""

import json
import os
import re
import shutil
import subprocess

from . import mta
from .process import run, spawn, stop

DOMAIN = "here.test"
SENDER = f"me@{DOMAIN}"
MAIN = """compatibility_level = 3.6
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
meta_directory = /etc/postfix
shlib_directory = /usr/lib/postfix
mail_owner = postfix
setgid_group = postdrop
myhostname = mta.here.test
mydomain = here.test
mydestination = here.test
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
local_transport = discard:silently
local_recipient_maps =
alias_maps =
alias_database =
relayhost =
smtp_tls_loglevel = 1
minimal_backoff_time = 1000s
maximal_backoff_time = 1000s
smtp_connect_timeout = 5s
smtp_helo_timeout = 10s
biff = no
"""
# As Debian's, but not chrooted, and without what takes mail from the network.
MASTER = """pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
FATE = r"postfix/\S+\[\d+\]: \w+: to=<%s>, .*?dsn=([\d.]+), status=(\w+) \((.*)\)$"


class Postfix(mta.Mta):
    """debug peers etc. are the configuration's business: nothing here depends on it."""

    def __init__(self, folder, main="", master=""):
        super().__init__(os.path.join(folder, "mail.log"))
        self.folder = folder
        self.config = os.path.join(folder, "etc")
        self._main = MAIN.format(folder=folder) + main
        self._master = MASTER + master
        self._process = None

    def start(self):
        for name in ("etc", "queue", "data"):
            os.makedirs(os.path.join(self.folder, name), mode=0o755)
        shutil.chown(os.path.join(self.folder, "data"), "postfix")
        for name, text in (("main.cf", self._main), ("master.cf", self._master)):
            with open(os.path.join(self.config, name), "w", encoding="utf-8") as file:
                file.write(text)
        with open(os.path.join(self.folder, "start.log"), "ab") as log:
            self._process = spawn(["postfix", "-c", self.config, "start-fg"], stdout=log,
                                  stderr=log)
        mta.wait_for(lambda: self.log.matching("daemon started"), 30, self._messages)
        return self

    def _messages(self):
        with open(os.path.join(self.folder, "start.log"), encoding="utf-8") as file:
            return file.read() + "\n".join(self.log.lines)

    def stop(self):
        if self._process:
            stop(self._process, 20)
            self._process = None
        self.log.close()

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    def send(self, *recipients, sender=SENDER, text="hello"):
        """One message, as a local program hands it over."""
        letter = f"From: <{sender}>\nTo: undisclosed-recipients:;\nSubject: a test\n\n{text}\n"
        subprocess.run(["sendmail", "-C", self.config, "-i", "-f", sender, *recipients],
                       input=letter.encode(), check=True, capture_output=True)

    def retry(self):
        """Everything that waits is tried at once."""
        run("postqueue", "-c", self.config, "-f")

    def queue(self):
        """{recipient: why it waits} of what is in the queue."""
        found = {}
        for line in run("postqueue", "-c", self.config, "-j").splitlines():
            for recipient in json.loads(line)["recipients"]:
                found[recipient["address"]] = recipient.get("delay_reason", "")
        return found

    def ask(self, table, key):
        """What a table says, as postmap(1) -q shows it: (exit status, text)."""
        done = subprocess.run(["postmap", "-c", self.config, "-q", key, table], check=False,
                              capture_output=True, text=True)
        return done.returncode, done.stdout.rstrip("\n") or done.stderr

    def fates(self, recipient):
        found = (re.search(FATE % re.escape(recipient), line) for line in self.log.lines)
        return [mta.Fate(match[2], match[1], match[3]) for match in found if match]
