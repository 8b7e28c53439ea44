# SPDX-License-Identifier: BSD-2-Clause
"""The manual pages: no fault that mandoc can find, and nothing that the command contradicts."""

import glob
import os
import re
import shlex
import subprocess

import tree

PAGE = "docs/nextmx.1"
DAEMON, CONFIG = "docs/nextmxd.8", "docs/nextmxd.conf.5"
KEYS, MAIN = "daemon/config_keys.c", "daemon/main.c"


def run(command, **more):
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=60, check=False, **more)


def mandoc_faults():
    for page in sorted(glob.glob("docs/*.[1-9]")):
        done = run(["mandoc", "-Tlint", page])
        for line in (done.stdout + done.stderr).splitlines():
            fault = re.match(r"mandoc: (\S+?:\d+):\d+: (.*)", line)
            # What is installed here says nothing about the page.
            if fault and "referenced manual not found" not in line:
                yield f"{fault[1]}: {fault[2]}"


def groff_faults():
    """What man(1) would show, where mandoc is more patient."""
    for page in sorted(glob.glob("docs/*.[1-9]")):
        try:
            done = run(["groff", "-mandoc", "-ww", "-Tutf8", page])
        except FileNotFoundError:
            yield f"{page}:1: cannot be rendered: groff is missing"
            return
        for line in done.stderr.splitlines():
            fault = re.match(r"\w+:\s*(\S+?:\d+): (.*)", line)
            if "cannot adjust line" in line:  # of a newer groff, about blanks
                continue
            yield f"{fault[1]}: {fault[2]}" if fault else f"{page}:1: {line}"
        if done.returncode:
            yield f"{page}:1: groff ends with {done.returncode}"


# Macros that groff calls wherever they stand; mandoc passes over them in a reference's title.
CALLED = re.compile(r"^\.%[A-Z] .*(?<!\S)(No|Ns|Ar|Fl|Cm|Li|Sy|Em|Nm|Op|Pa|Ad|An|At|Bx|Ux|Xr|Tn)(?!\S)")


def title_faults():
    for page in sorted(glob.glob("docs/*.[1-9]")):
        for number, line in enumerate(tree.read(page).splitlines(), 1):
            called = CALLED.match(line)
            if called:
                yield f"{page}:{number}: groff takes {called[1]} for a macro: write \\&{called[1]}"


def registry(nextmx):
    """{name: (type, is a list, default)} in the order of the registry."""
    lines = run([nextmx, "options"]).stdout.splitlines()
    options = {}
    for first, second in zip(lines[::2], lines[1::2]):
        name, _, default = first.partition(" = ")
        kind = second.strip().split(": ")[0]
        options[name.strip()] = (kind.replace("list of ", ""), kind.startswith("list of "),
                                 default.rstrip("\n") if default.strip() else "")
    return options


def documented():
    """The same from the page: ".It Fl Fl NAME Cm a | b Pq default Cm a"."""
    section = tree.read(PAGE).split("\n.Sh RESOLVING OPTIONS\n")[1].split("\n.Sh ")[0]
    options = {}
    for name, words, note in re.findall(r"^\.It Fl Fl (\S+) (.*) Pq (.*)$", section, re.M):
        kind = "".join(word for word in words.split() if word not in ("Cm", "Ar"))
        default = " ".join(word for word in note.split("default ")[1].split()
                           if word not in ("Cm", "Pa", "empty"))
        options[name] = ("bool" if kind == "yes|no" else kind, note.startswith("list"), default)
    return options


def option_faults(nextmx):
    there, here = registry(nextmx), documented()
    if not there:
        yield f"{PAGE}:1: {nextmx} options prints nothing"
    for name in there:
        if name not in here:
            yield f"{PAGE}:1: option {name} is missing"
        elif there[name] != here[name]:
            yield f"{PAGE}:1: option {name}: the page says {here[name]}, the registry {there[name]}"
    for name in here:
        if name not in there:
            yield f"{PAGE}:1: option {name} is not in the registry"
    if not set(there) ^ set(here) and list(there) != list(here):
        yield f"{PAGE}:1: the options stand in another order than in the registry"


def verb_faults(nextmx):
    page = tree.read(PAGE)
    for verb in re.findall(r"^  nextmx (\S+)", run([nextmx, "--help"]).stdout, re.M):
        if not re.search(rf"^\.(Nm|Ss) .*\b{verb}\b", page, re.M):
            yield f"{PAGE}:1: verb {verb} is missing"
        usage = run([nextmx, verb, "--help"]).stdout.split("\nResolving options")[0]
        for flag in re.findall(r"^  --(\S+)", usage, re.M):
            if not re.search(rf"^\.(It|Op) Fl Fl {flag}\b", page, re.M):
                yield f"{PAGE}:1: flag --{flag} of {verb} is missing"


def example_faults(nextmx):
    """The commands of EXAMPLES, lines that a backslash ends joined, run from the top folder."""
    section = tree.read(PAGE).split("\n.Sh EXAMPLES\n")[1].split("\n.Sh ")[0]
    path = f"{os.path.dirname(nextmx)}:{os.environ['PATH']}"
    section = section.replace("\\e\n", "").replace("\\(dq", '"').replace("\\&", "")
    commands = re.findall(r"^(?:\.Dl )?\$ (.*)$", section, re.M)
    if not commands:
        yield f"{PAGE}:1: no command in EXAMPLES"
    for command in commands:
        done = run(["bash", "-c", f"set -o pipefail; {command}"], env={**os.environ, "PATH": path})
        if done.returncode:
            yield f"{PAGE}:1: {shlex.quote(command)}: status {done.returncode}: {done.stderr.strip()}"


def keys_there():
    """{key: (type, is a list, default)} of the daemon's table, in its order. The program may not be
    built, so the table's source is read."""
    table = tree.read(KEYS).split("static const struct key keys[] = {\n")[1].split("\n};\n")[0]
    lists = ("SOCKETMAPS", "HTTPS", "PASS", "LOG_WHY")
    rows = re.findall(r'^\t\{"([^"]*)",\s+(\w+),\s+"([^"]*)",\s+"([^"]*)",', table, re.M)
    return {name: (kind, place in lists, default) for name, place, kind, default in rows}


def keys_here():
    """The same from the page: ".It Cm NAME Cm a | Ar b Pq default Cm a"."""
    section = tree.read(CONFIG).split("\n.Ss The section daemon\n")[1].split("\n.Ss ")[0]
    keys = {}
    for name, words, note in re.findall(r"^\.It Cm (\S+) (.*) Pq (.*)$", section, re.M):
        kind = "".join(word for word in words.split() if word not in ("Cm", "Ar"))
        default = note.split("default Cm ")[1] if "required" not in note else ""
        keys[name] = (kind, note.startswith("list"), default)
    return keys


def key_faults():
    there, here = keys_there(), keys_here()
    if not there:
        yield f"{KEYS}:1: no key is found in the table"
    for name in there:
        if name not in here:
            yield f"{CONFIG}:1: key {name} is missing"
        elif there[name] != here[name]:
            yield f"{CONFIG}:1: key {name}: the page says {here[name]}, {KEYS} {there[name]}"
    for name in here:
        if name not in there:
            yield f"{CONFIG}:1: key {name} is not in {KEYS}"
    if not set(there) ^ set(here) and list(there) != list(here):
        yield f"{CONFIG}:1: the keys stand in another order than in {KEYS}"


def flag_faults():
    """What nextmxd --help shows, and what the page has."""
    shown = re.findall(r'^\t +"  -(-?\w+) .*\\n"$', tree.read(MAIN), re.M)
    page = tree.read(DAEMON)
    if not shown:
        yield f"{MAIN}:1: no flag is found in the help"
    for flag in shown:
        macro = f"Fl {flag}" if flag[0] != "-" else f"Fl Fl {flag[1:]}"
        if not re.search(rf"^\.It {macro}\b", page, re.M):
            yield f"{DAEMON}:1: flag -{flag} is missing"


def check(nextmx):
    yield from mandoc_faults()
    yield from groff_faults()
    yield from title_faults()
    yield from key_faults()
    yield from flag_faults()
    if not os.access(nextmx, os.X_OK):
        yield f"{PAGE}:1: cannot be compared: {nextmx} is no program"
        return
    yield from option_faults(nextmx)
    yield from verb_faults(nextmx)
    yield from example_faults(nextmx)
