# SPDX-License-Identifier: BSD-2-Clause
"""The public headers and their manual pages, as the header suite compares them."""

import os
import re
import shlex

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
OVERVIEW = "libnextmx.3"  # lists the functions of the others
PAGES = {
    "nextmx.h": ["nmx_context.3", "nmx_request.3", "nmx_route.3", "nmx_plan.3",
                 "nmx_delivery.3", "nmx_sts.3", "nmx_json.3"],
    "nextmx-openssl.h": ["libnextmx-openssl.3"],
}
PROGRAM = "nmx_smtp.3"  # one long example
EVERY_PAGE = [OVERVIEW] + [page for pages in PAGES.values() for page in pages] + [PROGRAM]

# A block of code; a comment in front of it names the file of docs/examples that it shows.
BLOCK = re.compile(r'^(\.\\" (docs/examples/\w+\.c)\n)?(\.Bd -literal[^\n]*\n)(.*?)(^\.Ed\n)',
                   re.S | re.M)


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def section(page, name):
    """A section of a page, as it is written."""
    parts = read(f"docs/{page}").split(f"\n.Sh {name}\n")
    assert len(parts) == 2, f"{page} has not one section {name}"
    return parts[1].split("\n.Sh ")[0] + "\n"


# ---- Declarations ---------------------------------------------------------------------------


def one_spelling(declaration):
    return re.sub(r"\s*\*\s*", "*", " ".join(declaration.split()))


def code_of(header):
    """A header without comments and directives."""
    code = re.sub(r"/\*.*?\*/", "", read(f"include/{header}"), flags=re.S)
    return re.sub(r"^\s*#.*$", "", code, flags=re.M)


def declared(header):
    """{name: declaration} of the functions and of the types of callbacks."""
    code = code_of(header)
    functions = re.findall(r"NMX_EXPORT\s+([^;(]*?\b(\w+)\s*\([^;]*\));", code)
    callbacks = re.findall(r"(typedef\b[^;(]*\(\*(\w+)\)\([^;]*\));", code)
    assert functions, f"no declaration found in {header}"
    every = [(name, one_spelling(text)) for text, name in functions + callbacks]
    assert len(every) == len(dict(every)), f"{header} declares something twice"
    return dict(every)


def functions_of(header):
    return [name for name, text in declared(header).items() if not text.startswith("typedef")]


def constants_of(header):
    """Enumerators, and macros that are numbers."""
    macros = re.findall(r"^#define (NMX_\w+) +\(?[U0-9]", read(f"include/{header}"), re.M)
    return macros + re.findall(r"\b(NMX_\w+) = -?[0-9]", code_of(header))


def listed(page):
    """[(name, declaration)] of a page's SYNOPSIS."""
    found, kind, name, arguments = [], "", "", []
    for line in section(page, "SYNOPSIS").splitlines():
        macro, *words = shlex.split(line) if line.startswith(".F") else [""]
        if macro == ".Ft":
            kind = " ".join(words)
        elif macro in (".Fn", ".Fo"):
            name, *arguments = words
        elif macro == ".Fa":
            arguments += words
        if macro in (".Fn", ".Fc"):
            text = one_spelling(f"{kind} {name}({', '.join(arguments)})")
            found.append((name.strip("(*)"), text))
    return found


# ---- Examples -------------------------------------------------------------------------------

ESCAPES = (("\\&", ""), ("\\-", "-"), ("\\(dq", '"'), ("\\e", "\\"))


def printed(text):
    """A block's lines as mandoc prints them."""
    for escape, plain in ESCAPES:
        text = text.replace(escape, plain)
    return text


def written(code):
    """Code as the lines of a block."""
    code = code.replace("\\", "\\e")
    return re.sub(r"^([.'])", r"\\&\1", code, flags=re.M)


def shown(path):
    """What a page shows of a file: all but the licence."""
    return re.sub(r"\A/\* SPDX[^\n]*\n", "", read(path))


def examples(page):
    """[(the file that it shows, or None; code)] of a page's blocks."""
    return [(found[2], printed(found[4])) for found in BLOCK.finditer(section(page, "EXAMPLES"))]


def update():
    """Writes the examples' files into the pages that show them; the pages that changed."""
    def fresh(found):
        mark, path, begin, code, end = found.groups()
        return f"{mark}{begin}{written(shown(path))}{end}" if path else found[0]

    changed = []
    for page in EVERY_PAGE:
        old = read(f"docs/{page}")
        new = BLOCK.sub(fresh, old)
        if new != old:
            with open(os.path.join(TOP, "docs", page), "w", encoding="utf-8") as file:
                file.write(new)
            changed.append(page)
    return changed
