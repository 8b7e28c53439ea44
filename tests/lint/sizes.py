# SPDX-License-Identifier: BSD-2-Clause
"""Functions of at most 60 lines, files of at most 500. Where more is right, a comment
"size: reason" says why: above the function, or in the file's first 30 lines."""

import ast
import re

import tree

MOST_FUNCTION, MOST_FILE, TOP_LINES = 60, 500, 30
REASON = re.compile(r"\bsize: \S")


def comment_above(lines, at):
    """The comment that ends right above line at, whatever stands between the two of a
    definition's heading."""
    while at > 0 and lines[at - 1].strip():
        at -= 1
        if "/*" in lines[at]:
            break
    return "\n".join(lines[at:at + 20])


def c_functions(lines):
    """(first line, lines, comment) of each: it begins with "{" and ends with "}" in the first
    column, as the formatter leaves them."""
    start = None
    for at, line in enumerate(lines):
        if line == "{":
            start = at
        elif line == "}" and start is not None:
            yield start, at - start + 1, comment_above(lines, start)
            start = None


def python_functions(text):
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            yield (node.lineno - 1, node.end_lineno - node.lineno + 1,
                   "\n".join(lines[max(0, node.lineno - 6):node.lineno + 6]))


def functions(path, text):
    if path.endswith(tree.C_SUFFIXES):
        return c_functions(text.splitlines())
    return python_functions(text) if path.endswith(".py") else []


def check(_nextmx):
    for path in tree.files():
        if not path.endswith(tree.C_SUFFIXES) and not tree.is_script(path):
            continue
        text = tree.read(path)
        lines = text.splitlines()
        if len(lines) > MOST_FILE and not REASON.search("\n".join(lines[:TOP_LINES])):
            yield f"{path}:1: {len(lines)} lines, over {MOST_FILE}"
        for start, n, comment in functions(path, text):
            if n > MOST_FUNCTION and not REASON.search(comment):
                yield f"{path}:{start + 1}: a function of {n} lines, over {MOST_FUNCTION}"
