# SPDX-License-Identifier: BSD-2-Clause
"""Which folder may include what. A layer knows those below it and no other."""

import fnmatch
import os
import re

import tree

LAYERS = {
    "include": [],
    "base": ["include"],
    "policy": ["base", "include"],
    "resolver": ["policy", "base", "include"],
    "tls": ["include"],
    "cli": ["include", "tls"],  # the proof that the public header is enough
    "daemon": ["include", "tls"],
}
PUBLIC = {"nextmx.h": "include", "nextmx-openssl.h": "tls"}

# A library's header, and the only files that may see it. Tests may include anything.
LIBRARIES = {
    "unbound*.h": ["resolver/loop*.c", "resolver/dns*.c"],
    "curl/*": ["resolver/fetch*.c"],
    "sqlite3.h": ["resolver/store*.c"],
    "openssl/ssl.h": ["tls/*", "include/nextmx-openssl.h", "resolver/fetch*.c"],
    "event2/*": ["daemon/*"],
    "jansson.h": ["cli/*", "daemon/*"],
    "CUnit/*": [],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[>"]')


def matches(path, patterns):
    return any(fnmatch.fnmatch(path, pattern) for pattern in patterns)


def fault_of(path, layer, bracket, header):
    """What is wrong with the inclusion, or None."""
    if bracket == "<":
        other = PUBLIC.get(header, layer)
        for pattern, allowed in LIBRARIES.items():
            if fnmatch.fnmatch(header, pattern) and not matches(path, allowed):
                return f"<{header}> belongs to {' and '.join(allowed) or 'tests'}"
    else:
        other = header.split("/")[0]
        if "/" not in header or not os.path.exists(header):
            return f'"{header}" is no path from the top folder'
    if other != layer and other not in LAYERS[layer]:
        return f"{layer} may not include {other}: only {', '.join(LAYERS[layer]) or 'nothing'}"
    return None


def check(_nextmx):
    for path in tree.c_files():
        layer = path.split("/")[0]
        if layer not in LAYERS:
            continue
        for number, line in enumerate(tree.read(path).splitlines(), 1):
            match = INCLUDE.match(line)
            fault = match and fault_of(path, layer, *match.groups())
            if fault:
                yield f"{path}:{number}: {fault}"
