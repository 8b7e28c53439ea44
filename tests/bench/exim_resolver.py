# SPDX-License-Identifier: BSD-2-Clause
"""The unbound that Exim asks, with the settings that nextmx gives its own (resolver/dns_config.c, a
"large" cache), so that neither lacks sockets or memory. Needs mta.enter()."""

import os

from bed import mta, mta_resolver
from bed.process import spawn

CONFIG = """server:
	username: ""
	chroot: ""
	pidfile: ""
	directory: "{directory}"
	use-syslog: no
	do-daemonize: no
	interface: 127.0.0.1@53
	module-config: "validator iterator"
	trust-anchor-file: "{anchor}"
	do-not-query-localhost: no
	local-zone: "test." nodefault
	num-threads: 1
	outgoing-range: 4096
	num-queries-per-thread: 4096
	outgoing-num-tcp: 205
	incoming-num-tcp: 205
	msg-cache-size: 64m
	rrset-cache-size: 128m
	key-cache-size: 32m
	neg-cache-size: 8m
	msg-cache-slabs: 1
	rrset-cache-slabs: 1
	key-cache-slabs: 1
	infra-cache-slabs: 1
	prefetch-key: yes
	outbound-msg-retry: 3
	infra-cache-max-rtt: 5000
	infra-cache-min-rtt: 200
	val-clean-additional: no
	qname-minimisation: no
	verbosity: 0
remote-control:
	control-enable: no
"""
STUB = 'stub-zone:\n\tname: "{}"\n\tstub-addr: {}\n'


class Resolver(mta_resolver.Resolver):
    """domains: of a bench's World; port: of what stands before knotd, else knotd itself."""

    def __init__(self, domains, directory, port=None):
        super().__init__(domains.bed, directory)
        words = domains.options(port)
        self._text = CONFIG.format(directory=directory, anchor=domains.bed.anchor)
        for option, value in zip(words[::2], words[1::2]):
            if option == "--stub":
                self._text += STUB.format(*value.split("="))

    def start(self):
        config = os.path.join(self._directory, "unbound.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(self._text)
        with open(self.log, "ab") as log:
            self._process = spawn([mta_resolver.PROGRAM, "-d", "-c", config], stdout=log,
                                  stderr=log)
        mta.wait_for(self._answers, 20, self._messages)
        return self

    __enter__ = start
