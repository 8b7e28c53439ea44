# SPDX-License-Identifier: BSD-2-Clause
"""The project's files, with paths relative to its top."""

import os

NOT_OURS = {".git", "__pycache__", "build-mta"}
C_SUFFIXES = (".c", ".h", ".cc")
SCRIPTS = ("scripts", ".ci")


def files():
    """Every file but build folders', sorted."""
    found = []
    for folder, folders, names in os.walk("."):
        folders[:] = [name for name in folders if name not in NOT_OURS and not
                      os.path.exists(os.path.join(folder, name, "meson-private"))]
        found += [os.path.relpath(os.path.join(folder, name), ".") for name in names]
    return sorted(found)


def c_files():
    return [path for path in files() if path.endswith(C_SUFFIXES)]


def is_script(path):
    """A program in a script language: the first line says so."""
    if os.path.splitext(path)[1] not in ("", ".py", ".sh"):
        return False
    with open(path, "rb") as file:
        return path.endswith(".py") or file.read(2) == b"#!"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()
