# SPDX-License-Identifier: BSD-2-Clause
"""How files look: blanks, licence line, format."""

import re
import shutil
import subprocess

import tree

SPDX = "SPDX-License-Identifier: BSD-2-Clause"
TEXT_SUFFIXES = (".c", ".h", ".cc", ".py", ".sh", ".md", ".build", ".txt", ".json", ".1", ".3", ".5",
                 ".8", ".source", ".zone")
MADE = ("demo/root.zone",)  # by a program, as it likes
# Its lines are the point, whatever their length.
NOT_FORMATTED = ("base/why_lines.h",)


def check(_nextmx):
    for path in tree.files():
        program = path.endswith(tree.C_SUFFIXES) or tree.is_script(path)
        if path in MADE or not (program or path.endswith(TEXT_SUFFIXES)):
            continue
        text = tree.read(path)
        for number, line in enumerate(text.splitlines(), 1):
            if line != line.rstrip():
                yield f"{path}:{number}: blanks at the end"
        if text and not text.endswith("\n"):
            yield f"{path}:1: no newline at the end"
        if program and SPDX not in "\n".join(text.splitlines()[:2]):
            yield f"{path}:1: no SPDX line"


def clang_format():
    """The program of version 14, whose opinion counts; another version has others."""
    for name in ("clang-format-14", "clang-format"):
        program = shutil.which(name)
        if not program:
            continue
        version = subprocess.run([program, "--version"], capture_output=True, text=True,
                                 check=False).stdout
        if re.search(r"version 14\.", version):
            return program
    return None


def check_format(_nextmx):
    program = clang_format()
    if not program:
        print("lint format: clang-format 14 is not installed, so nothing was checked")
        return
    paths = [path for path in tree.c_files() if path not in NOT_FORMATTED]
    done = subprocess.run([program, "--dry-run", "--style=file", *paths], capture_output=True,
                          text=True, check=False)
    seen = set()
    for line in done.stderr.splitlines():
        match = re.match(r"(\S+?):(\d+):\d+: (?:warning|error): ", line)
        if match and match[1] not in seen:
            seen.add(match[1])
            yield f"{match[1]}:{match[2]}: not as clang-format wants it (the first place)"
    if done.returncode and not seen:
        yield f".clang-format:1: {done.stderr.strip()}"
