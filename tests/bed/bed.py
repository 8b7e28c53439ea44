# SPDX-License-Identifier: BSD-2-Clause
"""A whole bed: zones, knotd, the failing servers, and the way to them all.

    with Bed(features.tree(), features.RULES) as bed:
        subprocess.run([nextmx, "resolve", *bed.options(), "ties.s.test"])

Nobody gets referrals: knotd holds parents and children alike and answers at
once for the deepest zone it has, and libunbound would follow a referral to
port 53 only. So each zone that is served elsewhere is a stub of its own.
"""

import atexit
import shutil
import tempfile

from . import wire
from .fakes import Closer, Garbage, Rcode, Silent
from .knot import Knot
from .proxy import Gate, Meddler
from .server import Hub
from .tree import Tree

NETWORKS = "192.0.2.0/24,198.51.100.0/24,203.0.113.0/24,2001:db8::/32"


class Bed:
    """servers  by name: silent, servfail, refused, closer, late_closer,
                garbage, meddler; a zone's server= names one of them
    patience seconds knotd may take to load and sign
    policy   see tree.Tree
    """

    def __init__(self, zones, rules=None, patience=60, policy=""):
        self.directory = tempfile.mkdtemp(prefix="nextmx-bed-")
        atexit.register(self.stop)
        self.tree = Tree(zones, self.directory, policy)
        self.knot = Knot(self.tree, patience)
        self.hub = None
        self.servers = {}
        self._rules = rules or {}

    def start(self):
        try:
            self.tree.write()
            self.knot.start()
            self._start_servers()
        except BaseException:
            self.stop()
            raise
        return self

    def _start_servers(self):
        self.hub = Hub()
        fresh = {
            "silent": Silent(),
            "servfail": Rcode(wire.SERVFAIL),
            "refused": Rcode(wire.REFUSED),
            "closer": Closer(),
            "late_closer": Closer(after_reading=True),
            "garbage": Garbage(),
            "meddler": Meddler(self.knot.port, self._rules),
        }
        for name, server in fresh.items():
            self.servers[name] = self.hub.add(server)

    def gate(self, **options):
        """A new Gate in front of knotd; pass its port to stubs or options."""
        return self.hub.add(Gate(self.knot.port, **options))

    def stop(self):
        atexit.unregister(self.stop)
        if self.hub:
            self.hub.stop()
            self.hub = None
        self.knot.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    @property
    def port(self):
        return self.knot.port

    @property
    def anchor(self):
        return self.tree.anchor

    def stubs(self, port=None):
        """[(zone, "address@port")]: every zone that is served elsewhere or has
        children, because DS is asked of the parent, and only if libunbound
        knows which zone that is. port puts a Gate in knotd's place."""
        knot = f"127.0.0.1@{port or self.port}"
        parents = {self.tree.parent(zone) for zone in self.tree.zones.values() if zone.name}
        found = []
        for zone in self.tree.zones.values():
            if zone.server:
                found.append((zone.fqdn, self.servers[zone.server].at))
            elif zone in parents or "." not in zone.name:
                found.append((zone.fqdn, knot))
        return found

    def options(self, port=None):
        """The same as options of the command, with the anchor and networks."""
        options = []
        for zone, address in self.stubs(port):
            options += ["--stub", f"{zone.rstrip('.') or '.'}={address}"]
        return options + ["--trust-anchor", self.anchor, "--allow-networks", NETWORKS]
