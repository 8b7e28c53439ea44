# SPDX-License-Identifier: BSD-2-Clause
"""The page of "nextmx compare" against the JSON of the same totals: what each number on it must look
like, worked out from the JSON alone. Also whether the text of the page is HTML at all."""

import html.parser

MILLION = 1000000
MILLIONTHS = (".routed", ".mx", "load.moved_sum")
# Not on the page: it is made of two that are, and these are as large as "domains" beside them.
LEFT_OUT = ("load.moved",)
ONCE_A_DOMAIN = ("statuses", "failures")
VOID = {"meta", "link", "wbr", "br"}


def flatten(value, path=""):
    """{"groups.publish.both": 5}: numbers and names, of lists by position."""
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    else:
        return {path: value}
    found = {}
    for key, item in pairs:
        found.update(flatten(item, f"{path}.{key}" if path else str(key)))
    return found


def is_millionths(key):
    return key.startswith("load.") and key.endswith(MILLIONTHS)


class Numbers:
    def __init__(self, summary):
        self.values = flatten(summary)
        self.values.pop("schema")
        for key in LEFT_OUT:
            del self.values[key]
        for key in [key for key in self.values if key.endswith(".n") and
                    key.startswith(ONCE_A_DOMAIN)]:
            assert self.values.pop(key) == self.values[key[:-1] + "domains"]
        self.names = {key: value for key, value in self.values.items() if isinstance(value, str)}
        for key in self.names:
            del self.values[key]

    def in_domains(self, key):
        """In millionths, whatever the number is in."""
        return self.values[key] * (1 if is_millionths(key) else MILLION)

    def text(self, key):
        n = self.values[key]
        if not is_millionths(key) or n == 0:
            return str(n)
        tenths = (n + 50000) // 100000
        return f"{tenths // 10}.{tenths % 10}" if tenths else "<0.1"

    def share(self, key, of):
        part, whole = self.in_domains(key), self.in_domains(of)
        if whole == 0:
            return "\u2013"
        tenths = (part * 1000 + whole // 2) // whole
        if part == 0:
            text = "0"
        elif tenths == 0:
            text = "<0.1"
        elif tenths >= 1000 and part < whole:
            text = ">99.9"
        else:
            text = f"{tenths // 10}.{tenths % 10}"
        return text + "\u202f%"

    def width(self, key, full, most):
        """Of a bar, in percent; most is the width of a full one."""
        part, whole = self.in_domains(key), self.in_domains(full)
        return most * part / whole if whole else 0


class Balance(html.parser.HTMLParser):
    """Whether every element ends where it should; and nothing that acts, or leads elsewhere."""

    def __init__(self, text):
        super().__init__()
        self.open, self.faults, self.declarations = [], [], []
        self.feed(text)
        self.close()
        self.faults += [f"not ended: {tag}" for tag in self.open]

    def handle_decl(self, decl):
        self.declarations.append(decl)

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        if len(set(names)) != len(names):
            self.faults.append(f"attribute twice: {tag} {names}")
        if tag in ("script", "iframe", "object", "embed", "img", "form", "base"):
            self.faults.append(f"element {tag}")
        for name, value in attrs:
            is_ours = name != "href" or value.startswith("#") or (tag, value) == ("link", "data:,")
            if name.startswith("on") or name in ("src", "style", "action") or not is_ours:
                self.faults.append(f"attribute {name}=\"{value}\" of {tag}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"at line {self.getpos()[0]}: </{tag}> ends nothing")
