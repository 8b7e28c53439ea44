#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The page of "nextmx compare" in a real browser, Chromium without a window.

  tests/e2e/test_compare_page.py NEXTMX PAGE_TOTALS [CASE ...]
  tests/e2e/test_compare_page.py --screenshot FILE NEXTMX PAGE_TOTALS

PAGE_TOTALS is tests/e2e/page_totals.c. With --screenshot there is no test, but the picture of the
README, docs/compare.png.
"""

import contextlib
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "integration")]

import compare_lines
import picture
import plausible_lines
from browser import Browser
from page_numbers import Balance, Numbers

WIDE, NARROW, A4 = 1280, 360, 700
BAR_WIDTHS = {"bar0": (80, 56), "bar1": (56,)}
# What names are not made of, and must not become anything else than text.
HOSTILE = [
    b"<script>document.title='taken'</script>",
    b"</title></desc></svg></style><script src=//evil.test/x.js></script>",
    b"\" onmouseover=\"alert(1)\" x='", b"' onload='alert(1)",
    b"<img src=x onerror=alert(1)>", b"&lt;b&gt;&amp;&#60;", b"<!--", b"]]><![CDATA[", b"-->",
    b"\xff\xfe\xc3(", b"\xed\xa0\x80\xf4\x90\x80\x80\xc0\xaf", b"a\nb\tc\x01\x1b[31m\x7f",
    "\u202eabc.test\u2066".encode(), b"javascript:alert(1)", b"%s%n%d", b"a" * 253,
    b".".join([b"b" * 63] * 3) + b":65535", "b\u00fccher.\u4f8b\u3048.test".encode(), b" x ", b"@lines@",
]


class Server(http.server.ThreadingHTTPServer):
    """Serves pages by path, and remembers every request."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages, self.requests = {}, []
        self.base = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        page = self.server.pages.get(self.path)
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page or b"")))
        self.end_headers()
        self.wfile.write(page or b"")

    def log_message(self, *_):
        pass


class Shared:
    nextmx = page_totals = browser = server = audit = None

    @classmethod
    @contextlib.contextmanager
    def started(cls, nextmx, page_totals):
        cls.nextmx, cls.page_totals = os.path.abspath(nextmx), os.path.abspath(page_totals)
        with open(os.path.join(HERE, "page_audit.js"), encoding="utf-8") as file:
            cls.audit = file.read()
        with Browser() as cls.browser, Server() as cls.server:
            try:
                yield
            finally:
                cls.server.shutdown()

    @classmethod
    def compare(cls, lines, *options):
        """The page, and the summary, of lines of octets."""
        with tempfile.TemporaryDirectory(prefix="nextmx-page-") as folder:
            path = os.path.join(folder, "page.html")
            done = subprocess.run([cls.nextmx, "compare", "--json", "--html", path, *options],
                                  input=b"".join(line + b"\n" for line in lines),
                                  capture_output=True, check=False, timeout=300)
            if done.returncode not in (0, 65):
                raise RuntimeError(f"compare: {done.returncode}, {done.stderr.decode()}")
            with open(path, "rb") as file:
                return file.read(), json.loads(done.stdout)

    @classmethod
    def of_totals(cls, count, *names):
        done = subprocess.run([cls.page_totals, str(count), *names], capture_output=True, timeout=60,
                              check=False)
        if done.returncode or done.stderr:
            raise RuntimeError(f"page_totals: {done.returncode}, {done.stderr.decode()}")
        return done.stdout

    @classmethod
    def plausible(cls):
        return cls.compare([line.encode() for line in plausible_lines.lines(20000)])


class PageCase(unittest.TestCase):
    longMessage = True
    maxDiff = 4000

    def open(self, page):
        """Opens it from a server, and nothing else must be asked for, nor be said."""
        browser, server = Shared.browser, Shared.server
        server.pages["/page.html"] = page
        browser.open("about:blank")
        browser.log("browser"), browser.log("performance")
        server.requests.clear()
        browser.look(WIDE)
        browser.open(server.base + "/page.html")

    def loaded(self):
        """What the browser asked for, what the server was asked for, what was said."""
        asked = [event["request"]["url"]
                 for event in Shared.browser.events("Network.requestWillBeSent")]
        said = [entry["message"] for entry in Shared.browser.log("browser")]
        return asked, list(Shared.server.requests), said

    def audit(self, what):
        return Shared.browser.run(f"{Shared.audit}\nreturn audit.{what}();")

    def assertAlone(self):
        self.assertEqual(self.loaded(), ([Shared.server.base + "/page.html"], ["/page.html"], []))

    def assertLooksGood(self):
        """However it is looked at; leaves it wide and light."""
        for scheme in ("dark", "light"):
            for width in (NARROW, WIDE):
                with self.subTest(scheme=scheme, width=width):
                    Shared.browser.look(width, scheme)
                    self.assertEqual(self.audit("all"), {})
        for scheme in ("dark", "light"):
            with self.subTest(print=scheme):
                Shared.browser.look(A4, scheme, media="print")
                self.assertEqual(self.audit("all"), {})
                self.assertEqual(self.audit("paper"), [255, 255, 255])
        Shared.browser.look(WIDE)


class Numbered(PageCase):
    """Every number of the JSON is on the page, and every one on the page is the JSON's."""

    def check(self, page, summary):
        self.open(page)
        values, numbers = self.audit("values"), Numbers(summary)
        self.check_numbers(values, numbers)
        self.check_shares(values, numbers)
        self.check_bars(values, numbers)
        self.check_lists(values, numbers, summary)
        self.assertAlone()

    def check_numbers(self, values, numbers):
        self.assertEqual({key for key, *_ in values["numbers"]}, set(numbers.values))
        for key, value, unit, text in values["numbers"]:
            self.assertEqual((value, text), (str(numbers.values[key]), numbers.text(key)), key)
            self.assertEqual(unit == "millionths", "." in text or key.startswith("load.") and
                             key.endswith((".routed", ".mx", "_sum")), key)
        self.assertEqual(dict(values["names"]), numbers.names)

    def check_shares(self, values, numbers):
        self.assertGreater(len(values["shares"]), 60)
        for key, of, text in values["shares"]:
            self.assertEqual(text, numbers.share(key, of), f"{key} of {of}")
        # A share of a group is of that group.
        for key, of, _ in values["shares"]:
            if key.startswith("groups.") and of.startswith("groups."):
                self.assertEqual(of, key.rsplit(".", 1)[0] + ".of")

    def check_bars(self, values, numbers):
        bars = {key for key, *_ in values["bars"]}
        for key, full, width, kind, _ in values["bars"]:
            fits = [abs(float(width[:-1]) - numbers.width(key, full, most)) <= 0.011
                    for most in BAR_WIDTHS[kind]]
            self.assertTrue(any(fits), f"{key} of {full}: {width}")
        # Each label has one where there is anything to draw.
        for key in numbers.values:
            group = key.rsplit(".", 1)[0]
            if key.startswith("groups.") and not key.endswith(".of") and \
                    numbers.values[f"{group}.of"] > 0:
                self.assertIn(key, bars)
        for desc, texts in values["charts"]:
            for text in texts:
                self.assertIn(text, desc)

    def check_lists(self, values, numbers, summary):
        for key, text in values["shown"]:
            place = summary
            for part in key.split("."):
                place = place[part]
            self.assertEqual(int(text), len(place["shown"]), key)
            self.assertLess(len(place["shown"]), place["names"])
        for (label,) in values["labels"]:
            if ":" in label and "\u2026" not in label and "." in label.split(":")[0]:
                self.assertIn(label, list(numbers.names.values()) + [label] * (" " in label))

    def test_plausible(self):
        page, summary = Shared.plausible()
        self.assertEqual(summary["unreadable"], 0)
        self.assertGreater(summary["load"]["moved_sum"], 0)
        self.check(page, summary)
        self.assertLooksGood()

    def test_any_mixture(self):
        """Every state in every mixture, unreadable lines and entries that are no domains."""
        lines = [line for line in compare_lines.lines(5, 4000) if b"\n" not in line]
        for top in ("1", "7", "1000"):
            with self.subTest(top=top):
                page, summary = Shared.compare(lines, "--top", top)
                self.assertGreater(summary["unreadable"], 0)
                self.assertGreater(summary["input_errors"], 0)
                self.check(page, summary)
        self.assertLooksGood()

    def test_few(self):
        """One domain, and none."""
        for n in (1, 0):
            with self.subTest(n=n):
                page, summary = Shared.compare([line.encode() for line in plausible_lines.lines(n)])
                self.check(page, summary)
                self.assertLooksGood()

    def test_no_other_numbers(self):
        """Digits that are no number of the totals are the same on every page: words of ours."""
        found = []
        for lines in (compare_lines.lines(7, 3000), compare_lines.lines(8, 200), ()):
            page, _ = Shared.compare([line for line in lines if b"\n" not in line])
            self.open(page)
            found.append(sorted(set(self.audit("otherDigits"))))
        self.assertEqual(found[0], found[1])
        self.assertEqual(set(found[2]) - set(found[0]), set())

    def test_the_same_again(self):
        lines = list(plausible_lines.lines(500))
        first = Shared.compare([line.encode() for line in lines])
        self.assertEqual(Shared.compare([line.encode() for line in reversed(lines)]), first)


class Page(PageCase):
    def test_html(self):
        """Elements end, nothing acts, nothing leads elsewhere, the policy forbids what is not there."""
        for page in (Shared.plausible()[0], Shared.of_totals(5, *HOSTILE), Shared.of_totals(0)):
            text = page.decode()
            balance = Balance(text)
            self.assertEqual((balance.faults, balance.declarations), ([], ["DOCTYPE html"]))
            self.assertIn("default-src 'none'", text)
            self.assertNotRegex(text, r"https?:|url\(|@import")

    def test_from_a_file(self):
        """As most will open it."""
        with tempfile.TemporaryDirectory(prefix="nextmx-page-") as folder:
            path = os.path.join(folder, "page.html")
            with open(path, "wb") as file:
                file.write(Shared.plausible()[0])
            Shared.browser.open("about:blank")
            self.loaded(), Shared.server.requests.clear()
            Shared.browser.open("file://" + path)
            self.assertEqual(self.loaded(), (["file://" + path], [], []))

    def test_light_and_dark(self):
        self.open(Shared.plausible()[0])
        papers = {}
        for scheme in ("light", "dark"):
            Shared.browser.look(WIDE, scheme)
            papers[scheme] = self.audit("paper")
        self.assertGreater(min(papers["light"]), 200)
        self.assertLess(max(papers["dark"]), 60)
        Shared.browser.look(WIDE)

    def test_what_a_screen_reader_hears(self):
        """Chromium's own tree: images with name and description, tables with headers."""
        self.open(Shared.plausible()[0])
        Shared.browser.cdp("Accessibility.enable")
        nodes = [node for node in Shared.browser.cdp("Accessibility.getFullAXTree")["nodes"]
                 if not node.get("ignored")]
        Shared.browser.cdp("Accessibility.disable")
        roles = {}
        for node in nodes:
            roles.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value"))
        charts = Shared.browser.run("return document.querySelectorAll('svg').length")
        images = roles.get("image", roles.get("img", []))
        self.assertEqual(len(images), charts)
        self.assertTrue(all(re.search(r"\d %", name.replace("\u202f", " ")) for name in images))
        self.assertEqual(len(roles["table"]), Shared.browser.run(
            "return document.querySelectorAll('table').length"))
        self.assertTrue(all(roles["table"]))
        self.assertGreater(len(roles["rowheader"]), 80)
        self.assertGreater(len(roles["columnheader"]), len(roles["table"]))

    def test_print(self):
        self.open(Shared.plausible()[0])
        made = Shared.browser.send("POST", "/print", {"page": {"width": 21, "height": 29.7}})
        self.assertGreater(len(made), 50000)

    def test_large_numbers(self):
        """Shares are right, and the page is as wide as ever."""
        for count in (999999999, 10 ** 12):
            with self.subTest(count=count):
                self.open(Shared.of_totals(count, b"a.test:25", b"b.test:25"))
                shares = {(key, of): text for key, of, text in self.audit("values")["shares"]}
                self.assertEqual(shares["load.moved_sum", "load.domains"], ">99.9\u202f%")
                self.assertEqual(shares["load.hosts.shown.1.mx", "load.domains"], "<0.1\u202f%")
                self.assertEqual(shares["load.hosts.shown.0.routed", "load.domains"],
                                 "100.0\u202f%")
                self.assertEqual(shares["groups.srv-security.secure", "groups.srv-security.of"],
                                 "50.0\u202f%")
                self.assertAlone()
                if count < 10 ** 10:
                    self.assertLooksGood()


class Hostile(PageCase):
    def expected(self, octets):
        """Octets that are no text, controls and what turns text around: U+FFFD each."""
        text, at = "", 0
        while at < len(octets):
            for n in (1, 2, 3, 4):
                try:
                    character = octets[at:at + n].decode()
                    break
                except UnicodeDecodeError:
                    character, n = "\ufffd", 1
            odd = ord(character) < 32 or 127 <= ord(character) < 160
            turns = character in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e" \
                "\u2066\u2067\u2068\u2069"
            text += "\ufffd" if odd or turns else character
            at += n
        return text

    def test_names(self):
        """They are text, wherever they stand, and the page is what it is with others."""
        count = "return document.querySelectorAll('*:not(wbr):not(small)').length"
        self.open(Shared.of_totals(1000, *[b"name%d" % i for i in range(len(HOSTILE))]))
        n_elements = Shared.browser.run(count)
        self.open(Shared.of_totals(1000, *HOSTILE))
        self.assertEqual(Shared.browser.run(count), n_elements)
        names = dict(self.audit("values")["names"])
        for part in ("ports", "weights", "statuses", "drops", "failures", "load.hosts"):
            found = [names[f"{part}.shown.{i}.name"] for i in range(len(HOSTILE))]
            self.assertEqual(found, [self.expected(name) for name in HOSTILE], part)
        self.assertEqual(Shared.browser.run("return document.scripts.length"), 0)
        self.assertNotIn("taken", Shared.browser.run("return document.title"))
        self.assertAlone()
        self.assertLooksGood()


class Faults(PageCase):
    """The tests above can fail: a page that is spoiled is found out."""

    SPOILED = {
        "faint": "<p style='color:#aaa'>grey</p>",
        "overflow": "<div style='width:3000px'>wide</div>",
        "unnamed": "<svg role='img' width='9' height='9'></svg>",
        "headless": "<table><caption>c</caption><thead><tr><td></td><td>x</td></tr></thead>"
                    "<tbody><tr><th scope='row'>a</th><td>1</td></tr></tbody></table>",
        "structure": "<p id='numbers'>twice</p>",
        "crowded": "<svg width='90' height='20'><text y='12' x='0'>one</text>"
                   "<text y='12' x='5'>two</text></svg>",
        "faintBars": "<svg width='9' height='9'><rect data-bar='a' width='9' height='9' "
                     "style='stroke:#eee'/></svg>",
        "tight": "<table><tr><td style='display:block;width:20px;overflow:hidden'>"
                 "0000000000</td></tr></table>",
    }

    def spoil(self, markup, policy=True):
        page = Shared.plausible()[0].decode()
        if not policy:
            page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
        self.open(page.replace("</main>", markup + "</main>").encode())

    def test_looks(self):
        for what, markup in self.SPOILED.items():
            with self.subTest(what=what):
                self.spoil(markup)
                self.assertIn(what, self.audit("all"))

    def test_requests(self):
        """The policy keeps them in and tells; without it they are seen."""
        markup = "<img src='/x.png'><script>console.info('here')</script>"
        self.spoil(markup)
        asked, served, said = self.loaded()
        self.assertEqual(served, ["/page.html"])
        self.assertTrue(any("Content Security Policy" in message for message in said), said)
        self.spoil(markup, policy=False)
        asked, served, said = self.loaded()
        self.assertIn(Shared.server.base + "/x.png", asked)
        self.assertIn("/x.png", served)
        self.assertTrue(any("here" in message for message in said), said)


def take_screenshot(path):
    page, _ = Shared.plausible()
    Shared.server.pages["/page.html"] = page
    Shared.browser.look(WIDE)
    Shared.browser.open(Shared.server.base + "/page.html")
    height = Shared.browser.run("return document.querySelector('figure').getBoundingClientRect().bottom")
    Shared.browser.screenshot(path, (0, 0, WIDE, round(height) + 16))
    picture.shrink(path)


def main():
    arguments, path = sys.argv[1:], None
    if arguments[:1] == ["--screenshot"]:
        path, arguments = arguments[1], arguments[2:]
    if len(arguments) < 2:
        sys.exit(__doc__.strip())
    with Shared.started(*arguments[:2]):
        if path:
            take_screenshot(path)
            return
        names = arguments[2:] or ["Numbered", "Page", "Hostile", "Faults"]
        suite = unittest.defaultTestLoader.loadTestsFromNames(names, sys.modules[__name__])
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    sys.exit(0 if result.wasSuccessful() and result.testsRun and not result.skipped else 1)


if __name__ == "__main__":
    main()
