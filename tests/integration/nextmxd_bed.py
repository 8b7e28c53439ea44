# SPDX-License-Identifier: BSD-2-Clause
"""The zones that the tests of nextmxd share, and daemons that resolve in them."""

import os

from bed.bed import NETWORKS, Bed
from bed.nextmxd import Nextmxd
from bed.zone import Zone

MANY = 400  # domains dN.many.test
DIGEST = "ab" * 32

SIGNED = f"""
$TTL 300
a IN A 198.51.100.1
b IN A 198.51.100.2
c IN A 198.51.100.3
dane IN A 198.51.100.4
_2525._tcp.dane IN TLSA 3 1 1 {DIGEST}
_25._tcp.dane IN TLSA 3 1 1 {DIGEST}
odd IN A 198.51.100.5
_25._tcp.odd IN TLSA 0 0 1 {DIGEST}
mixed IN A 198.51.100.6
mixed IN A 127.0.0.9
inside IN A 198.51.100.7
inside IN A 10.1.2.3
_smtp._tcp.srv IN SRV 10 10 2525 a
_smtp._tcp.srv IN SRV 10 20 2525 b
_smtp._tcp.srv IN SRV 10 70 25 c
srv IN MX 10 a
_smtp._tcp.pinned IN SRV 10 0 2525 dane
pinned IN MX 10 odd
mx IN MX 10 a
mx IN MX 20 b
null IN MX 0 .
nohost IN MX 10 nothing
loops IN MX 10 mixed
loops IN MX 20 a
alone IN MX 10 mixed
_smtp._tcp.dials IN SRV 10 0 2525 inside
dials IN MX 10 inside
_smtp._tcp.odd-names IN SRV 10 0 25 under_score
under_score IN A 198.51.100.8
xn--bcher-kva IN MX 10 a
poison IN MX 10 a
"""

PLAIN = """
$TTL 300
a IN A 203.0.113.1
mx IN MX 10 a
"""

SLOW = """
$TTL 1
@ IN MX 10 mx
mx IN A 198.51.100.9
"""


class World:
    def __init__(self, nextmxd, nextmx):
        self.nextmxd, self.nextmx = nextmxd, nextmx
        many = "a IN A 198.51.100.20\n" + "".join(
            f"d{i} IN MX 10 a\n_smtp._tcp.d{i} IN SRV 10 {i % 7} 25 a\n" for i in range(MANY))
        self.bed = Bed([
            Zone(""), Zone("test", "ns IN A 127.0.0.1\n"), Zone("s.test", SIGNED),
            Zone("u.test", PLAIN, signed=False), Zone("bogus.test", PLAIN, ds="wrong"),
            Zone("many.test", many), Zone("slow.test", SLOW, signed=False, server="slow"),
            Zone("silent.test", server="silent", held=False),
            Zone("servfail.test", server="servfail", held=False)])
        self.slow = None

    def start(self):
        self.bed.start()
        os.chmod(self.bed.directory, 0o755)  # daemons run as nobody
        self.slow = self.bed.gate(delay_ms=1500)
        self.bed.servers["slow"] = self.slow
        return self

    def stop(self):
        self.bed.stop()

    def settings(self, *more):
        return [*self.bed.options(), "--sts", "off", *more]

    def daemon(self, *more, env=None, **daemon):
        """Not started yet; as a context it is."""
        return Nextmxd(self.nextmxd, self.settings(*more), env=env, **daemon)


__all__ = ["MANY", "NETWORKS", "World"]
