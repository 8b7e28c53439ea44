# SPDX-License-Identifier: BSD-2-Clause
"""The validating resolver that an MTA asks by itself: unbound on 127.0.0.1:53, over a Bed.

Needs mta.enter(), and mta.use_resolver() for whoever is to ask it.
"""

import os
import socket

from . import mta, wire
from .process import spawn, stop

PROGRAM = os.path.join(mta.PROGRAMS, "unbound")
CONFIG = """server:
    username: ""
    chroot: ""
    pidfile: ""
    directory: "{directory}"
    use-syslog: no
    interface: 127.0.0.1@53
    do-daemonize: no
    do-not-query-localhost: no
    trust-anchor-file: "{anchor}"
    module-config: "validator iterator"
    outbound-msg-retry: 3
    cache-max-negative-ttl: 1
    discard-timeout: 8000
    local-zone: "test." nodefault
    verbosity: 1
remote-control:
    control-enable: no
"""


class Resolver:
    def __init__(self, bed, directory):
        self._bed = bed
        self._directory = directory
        self._process = None

    @property
    def log(self):
        return os.path.join(self._directory, "unbound.log")

    def start(self):
        config = os.path.join(self._directory, "unbound.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(directory=self._directory, anchor=self._bed.anchor))
            for zone, address in self._bed.stubs():
                file.write(f'stub-zone:\n    name: "{zone}"\n    stub-addr: {address}\n'
                           "    stub-prime: no\n")
        with open(self.log, "ab") as log:
            self._process = spawn([PROGRAM, "-d", "-c", config], stdout=log, stderr=log)
        mta.wait_for(self._answers, 20, self._messages)
        return self

    def _answers(self):
        if self._process.poll() is not None:
            raise RuntimeError(f"unbound does not start:\n{self._messages()}")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(1)
            try:
                sock.connect(("127.0.0.1", 53))
                query = bytearray(wire.encode_query("test", "SOA"))
                query[2] |= wire.RD >> 8
                sock.send(query)
                return wire.answer_count(sock.recv(4096))
            except OSError:
                return False

    def _messages(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()[-4000:]

    def stop(self):
        if self._process:
            stop(self._process)
            self._process = None

    __enter__ = start

    def __exit__(self, *_):
        self.stop()
