# SPDX-License-Identifier: BSD-2-Clause
"""nextmxd over a World, where the guides say that it listens."""

from .mta_stand_in import ADDRESS
from .nextmxd import Nextmxd


def daemon(program, world):
    settings = [*world.bed.options(), "--sts-ca-file", world.certs.ca_file]
    return Nextmxd(program, settings, socketmap=f"inet:{ADDRESS[0]}:{ADDRESS[1]}", slot_seconds=1,
                   pass_domains=["here.test", world.names["pass"]])
