# SPDX-License-Identifier: BSD-2-Clause
"""The manual pages: no fault that mandoc can find, and nothing that the command contradicts."""

import glob
import os
import re
import shlex
import subprocess
import tempfile

import tree

PAGE = "docs/nextmx.1"
VERB_PAGE = "docs/nextmx-{}.1"  # of the verbs that have one of their own
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


def verbs(nextmx):
    return re.findall(r"^  nextmx (\S+)", run([nextmx, "--help"]).stdout, re.M)


def flags_of(nextmx, verb):
    """{flag: whether it takes a value} in the order of the verb's help."""
    usage = run([nextmx, verb, "--help"]).stdout.split("\nResolving options")[0]
    return {name: bool(value) for name, value in re.findall(r"^  --(\S+) +(N?)  ", usage, re.M)}


def verb_faults(nextmx):
    page = tree.read(PAGE)
    for verb in verbs(nextmx):
        if not re.search(rf"^\.(Nm|Ss) .*\b{verb}\b", page, re.M):
            yield f"{PAGE}:1: verb {verb} is missing"
        if os.path.exists(VERB_PAGE.format(verb)):
            yield from verb_page_faults(nextmx, verb, page)
            continue
        for flag in flags_of(nextmx, verb):
            if not re.search(rf"^\.(It|Op) Fl Fl {flag}\b", page, re.M):
                yield f"{PAGE}:1: flag --{flag} of {verb} is missing"


def verb_page_faults(nextmx, verb, main_page):
    """The verb's own page has its flags in the order of its help, with a value or without, and no
    others; the synopsis has each, too."""
    path = VERB_PAGE.format(verb)
    page = tree.read(path)
    there = flags_of(nextmx, verb)
    here = dict(re.findall(r"^\.It Fl Fl (\S+)( Ar| Cm|)", page, re.M))
    here = {name: bool(value) for name, value in here.items()}
    if not there:
        yield f"{path}:1: nextmx {verb} --help shows no flag"
    if list(here.items()) != list(there.items()):
        yield f"{path}:1: the page has the flags {here}, the help {there}"
    for flag in there:
        if not re.search(rf"^\.Op .*Fl Fl {flag}\b", page, re.M):
            yield f"{path}:1: flag --{flag} is not in the synopsis"
    if f"\n.Xr nextmx-{verb} 1" not in main_page:
        yield f"{PAGE}:1: does not refer to nextmx-{verb}(1)"


def commands_of(path):
    """The commands of EXAMPLES, lines that a backslash ends joined."""
    section = tree.read(path).split("\n.Sh EXAMPLES\n")[1].split("\n.Sh ")[0]
    section = section.replace("\\e\n", "").replace("\\(dq", '"').replace("\\&", "")
    return re.findall(r"^(?:\.Dl )?\$ (.*)$", section, re.M)


def example_faults(nextmx, path):
    """Runs them one after the other in one shell, as a reader would, and in a folder that looks like
    the top one: what they write goes with it."""
    commands = commands_of(path)
    if not commands:
        yield f"{path}:1: no command in EXAMPLES"
    script = "set -o pipefail\n" + "".join(
        f"{{ {command}\n}} || echo EXAMPLE {n} $? >&2\n" for n, command in enumerate(commands))
    search = f"{os.path.dirname(nextmx)}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory(prefix="nextmx-lint-") as folder:
        for name in os.listdir("."):
            os.symlink(os.path.abspath(name), os.path.join(folder, name))
        done = run(["bash", "-c", script], cwd=folder, env={**os.environ, "PATH": search})
    for said, n, status in re.findall(r"((?:.*\n)*?)EXAMPLE (\d+) (\d+)\n", done.stderr):
        yield f"{path}:1: {shlex.quote(commands[int(n)])}: status {status}: {said.strip()}"
    if done.returncode:
        yield f"{path}:1: the examples end with {done.returncode}: {done.stderr.strip()}"


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
    yield from example_faults(nextmx, PAGE)
    for verb in verbs(nextmx):
        if os.path.exists(VERB_PAGE.format(verb)):
            yield from example_faults(nextmx, VERB_PAGE.format(verb))
