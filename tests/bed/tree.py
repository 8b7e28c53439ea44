# SPDX-License-Identifier: BSD-2-Clause
"""Zones together: files, keys, the DS records between them, knot.conf."""

import os
import re

from .process import run
from .zone import presign, wrong_ds

_SERVER = """\
server:
    rundir: "{directory}"
    listen: 127.0.0.1@{port}
    udp-workers: 4  # each with its own buffer in the kernel, for bursts
    tcp-workers: 1
    background-workers: 2
    answer-rotation: on

log:
  - target: "{directory}/knotd.log"
    any: info

database:
    storage: "{directory}/keys"

policy:
  - id: ours
    algorithm: ecdsap256sha256
    single-type-signing: on
    manual: on
{policy}
template:
  - id: default
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none

zone:
"""


class Tree:
    """Writes the zones below directory; every zone but the root needs its
    parent among them. policy is more lines of knotd's for how they are signed."""

    def __init__(self, zones, directory, policy=""):
        self.zones = {zone.name: zone for zone in zones}
        self.directory = directory
        self._policy = policy
        self.config = os.path.join(directory, "knot.conf")
        self.anchor = os.path.join(directory, "anchor")

    @property
    def held(self):
        return [zone for zone in self.zones.values() if zone.held]

    def parent(self, zone):
        labels = zone.name.split(".")
        for n in range(1, len(labels) + 1):
            found = self.zones.get(".".join(labels[n:]))
            if found:
                return found
        raise ValueError(f"{zone.fqdn} has no parent")

    def file_of(self, zone):
        return os.path.join(self.directory, "zones", (zone.name or "root") + ".zone")

    def write_config(self, port):
        with open(self.config, "w", encoding="ascii") as file:
            file.write(_SERVER.format(directory=self.directory, port=port,
                                      policy=self._policy))
            for zone in self.held:
                file.write(f'  - domain: "{zone.fqdn}"\n    file: "{self.file_of(zone)}"\n')
                if zone.signed and not zone.is_presigned:
                    file.write("    dnssec-signing: on\n    dnssec-policy: ours\n")

    def write(self):
        """All files but the configuration's port, children before parents."""
        os.makedirs(os.path.join(self.directory, "zones"))
        os.makedirs(os.path.join(self.directory, "keys"))
        self.write_config(53)  # keymgr reads it too; knot.Knot chooses the port
        needed = {name: [] for name in self.zones}
        for zone in sorted(self.zones.values(), key=depth, reverse=True):
            ds = self._write_zone(zone, needed[zone.name]) if zone.held else None
            if zone.name:
                needed[self.parent(zone).name] += delegation(zone, ds)
            else:
                self._write_anchor(ds)

    def _write_zone(self, zone, delegations):
        path = self.file_of(zone)
        zone.write(path, delegations)
        if not zone.signed:
            return None
        if zone.is_presigned:
            return presign(zone, path, self.directory)
        self._keymgr(zone, "generate", "ksk=yes", "zsk=yes")
        output = self._keymgr(zone, "ds")
        return re.search(r" DS (\d+ 13 2 \w+)", output)[1]

    def _keymgr(self, zone, *command):
        return run("keymgr", "-c", self.config, zone.fqdn, *command)

    def _write_anchor(self, ds):
        with open(self.anchor, "w", encoding="ascii") as file:
            file.write(f". IN DS {ds}\n")


def depth(zone):
    return zone.name.count(".") + 1 if zone.name else 0


def delegation(zone, ds):
    """Lines for the parent. Nobody follows the glue: see bed.Bed.stubs."""
    lines = [f"{zone.fqdn} IN NS ns.{zone.fqdn}", f"ns.{zone.fqdn} IN A 127.0.0.2"]
    if zone.ds != "none":
        lines.append(f"{zone.fqdn} IN DS {ds if zone.ds == 'good' else wrong_ds(ds)}")
    return lines
