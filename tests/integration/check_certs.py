# SPDX-License-Identifier: BSD-2-Clause
"""Certificates and TLSA records: what matches, what is warned of, and what is said after a failure:
nothing."""

from check_case import HELO, CheckCase

ESCAPES = "ev\x1b[31mil\x07\u202e"
HOST = "{}.check.test"
EE, TA = (3, 1, 1), (2, 1, 1)

EXPIRED = "^the certificate expired on [0-9-]{10}"
ALONE = "^every TLSA record is about the present certificate"
UNVERIFIED = "; its dates are not verified here$"

_cases = {}


class Case:
    """result  what is found, or a set of what may be
    matched    (usage, selector, mtype, depth) of the record
    warnings   a pattern for each, in order
    name       that of the certificate that matched; with usage 3 none is looked for
    demand     what the route demands
    """

    def __init__(self, cert, records, result="dane", *, matched=None, warnings=(), name=None,
                 demand="dane"):
        self.cert = cert
        self.records = records
        self.results = result if isinstance(result, set) else {result}
        self.matched = matched
        self.warnings = warnings
        self.name = name
        self.demand = demand
        self.server = None
        self.domain = None

    @property
    def is_ok(self):
        return bool(self.results & {"clear", "encrypted", "dane"})


def usage_3(certs):
    """Names, dates and who signed are nothing to it (DANE-4)."""
    ours = certs.leaf("ee.check.test")
    following = certs.leaf("following.check.test").tlsa(*EE)
    for label, cert, warnings in (
            ("ee-name", certs.leaf("wrong.example"), []),
            ("ee-expired", certs.leaf("ee-expired.check.test", days=-3), [EXPIRED + UNVERIFIED]),
            ("ee-not-yet", certs.leaf("ee-not-yet.check.test", not_before=2), []),
            ("ee-self", certs.leaf("ee-self.check.test", issuer="self"), []),
            ("ee-stranger", certs.leaf("ee-stranger.check.test", issuer="other"), []),
            ("ee-nameless", certs.leaf("x", cn="", names=[]), []),
            ("ee-escapes", certs.leaf("y", cn=ESCAPES, names=[]), [])):
        yield label, Case(cert, [cert.tlsa(*EE), following], matched=(*EE, 0), warnings=warnings)
    for kind in ((3, 0, 0), (3, 0, 1), (3, 0, 2), (3, 1, 0), (3, 1, 2)):
        # The other key's is of a weaker digest, and ignored (DANE-8).
        yield "ee-%d-%d-%d" % kind, Case(ours, [ours.tlsa(*kind), following], matched=(*kind, 0),
                                         warnings=[ALONE] if kind == (3, 1, 2) else [])
    yield "ee-wrong", Case(ours, [ours.tlsa(*EE, wrong=True)], "no-match")
    yield "ee-other-key", Case(ours, [following], "no-match")
    yield "ee-issuer", Case(ours, [ours.tlsa(*EE, of="issuer")], "no-match")


def usage_2(certs):
    """A certificate above the server's, which the server sends; names and dates count."""
    def leaf(label, name=None, **options):
        return certs.leaf(name or HOST.format(label), **options)

    certs.authority("old", issuer="ca", days=-1)
    good = leaf("ta")
    yield "ta", Case(good, [good.tlsa(*TA, of="issuer")], matched=(*TA, 1), name="ta.check.test")
    yield "ta-cert", Case(cert := leaf("ta-cert"), [cert.tlsa(2, 0, 2, of="issuer")],
                          matched=(2, 0, 2, 1), name="ta-cert.check.test")
    yield "ta-wildcard", Case(cert := leaf("", "*.check.test"), [cert.tlsa(*TA, of="issuer")],
                              matched=(*TA, 1), name="*.check.test")
    # DANE-4: the recipient's domain is as good.
    yield "ta-domain", Case(cert := leaf("", "d-ta-domain.check.test"),
                            [cert.tlsa(*TA, of="issuer")], matched=(*TA, 1),
                            name="d-ta-domain.check.test")
    below = leaf("ta-below", issuer="intermediate")
    yield "ta-below", Case(below.sending("short"), [below.tlsa(*TA, of="issuer")],
                           matched=(*TA, 1), name="ta-below.check.test")
    root = leaf("ta-root", issuer="intermediate")
    yield "ta-root", Case(root, [root.tlsa(2, 0, 1, of="root")], matched=(2, 0, 1, 2),
                          name="ta-root.check.test")
    # RFC 7672 section 3.1.2: the digest of a root that is not sent says nothing.
    absent = leaf("ta-absent", issuer="intermediate")
    yield "ta-absent", Case(absent.sending("short"), [absent.tlsa(2, 0, 1, of="root")],
                            {"no-match", "untrusted"})
    for label, cert, result in (
            ("ta-name", leaf("", "wrong.example"), "name"),
            ("ta-parent", leaf("", "check.test"), "name"),
            ("ta-nameless", leaf("", "z", cn="", names=[]), "name"),
            ("ta-escapes", leaf("", "z", cn=ESCAPES, names=[]), "name"),
            ("ta-expired", leaf("ta-expired", days=-3), "expired"),
            ("ta-not-yet", leaf("ta-not-yet", not_before=2), "expired"),
            ("ta-old", leaf("ta-old", issuer="old"), "expired")):
        warnings = [EXPIRED + "$"] if label == "ta-expired" else []
        yield label, Case(cert, [cert.tlsa(*TA, of="root")], result, warnings=warnings)
    yield "ta-wrong", Case(good, [good.tlsa(*TA, of="issuer", wrong=True)], "no-match")
    stranger = leaf("ta-stranger", issuer="other")
    yield "ta-stranger", Case(stranger, [good.tlsa(*TA, of="issuer")], "no-match")


def agility(certs):
    """DANE-8: the strongest digest of each usage and selector alone."""
    cert = certs.leaf("agility.check.test")
    for label, records, matched in (
            ("strong", [((3, 1, 1), False), ((3, 1, 2), True)], None),
            ("weak", [((3, 1, 1), True), ((3, 1, 2), False)], (3, 1, 2, 0)),
            ("selector", [((3, 0, 1), False), ((3, 1, 2), True)], (3, 0, 1, 0)),
            ("whole", [((3, 1, 0), False), ((3, 1, 2), True)], (3, 1, 0, 0))):
        data = [cert.tlsa(*kind, wrong=wrong) for kind, wrong in records]
        # Of the weaker digest no successor can come.
        yield f"agility-{label}", Case(cert, data, "dane" if matched else "no-match",
                                       matched=matched,
                                       warnings=[ALONE] if label == "weak" else [])
    named = certs.leaf("agility-usage.check.test")
    yield "agility-usage", Case(named, [named.tlsa(3, 1, 2, wrong=True),
                                        named.tlsa(*TA, of="issuer")],
                                matched=(*TA, 1), name="agility-usage.check.test")
    yield "agility-unusable", Case(cert, [cert.tlsa(*EE), cert.tlsa(3, 1, 2)[:-2]],
                                   matched=(*EE, 0), warnings=[ALONE])


def warned(certs):
    following = certs.leaf("following.check.test").tlsa(*EE)
    for days in (-1.5, 0.5, 1.5, 13.5, 14.5, 15.5):
        left = int(days)
        text = EXPIRED if days < 0 else f"^the certificate expires in {left} days?"
        text = [text + UNVERIFIED] if days < 14 else []
        label = f"{days}".replace(".", "-").replace("-1", "m1", 1) if days < 0 else f"{left}"
        ee = certs.leaf("d.check.test", days=days)
        yield f"days-{label}", Case(ee, [ee.tlsa(*EE), following], matched=(*EE, 0),
                                    warnings=text)
        yield f"may-{label}", Case(ee, [], "encrypted", warnings=text, demand="may")
        yield f"unusable-{label}", Case(ee, [ee.tlsa(1, 1, 1)], "encrypted", warnings=text,
                                        demand="encrypt")
        if days > 0:
            ta = certs.leaf(HOST.format(f"ta-{label}"), days=days)
            yield f"ta-{label}", Case(ta, [ta.tlsa(*TA, of="issuer")], matched=(*TA, 1),
                                      name=HOST.format(f"ta-{label}"),
                                      warnings=[text[0].replace(UNVERIFIED, "$")] if text else [])
    cert = certs.leaf("next.check.test")
    yield "next-none", Case(cert, [cert.tlsa(*EE)], matched=(*EE, 0), warnings=[ALONE])
    # Two records about one certificate, and both match: which one is told does not matter.
    yield "next-same", Case(cert, [cert.tlsa(*EE), cert.tlsa(3, 0, 1)], warnings=[ALONE])
    yield "next-there", Case(cert, [cert.tlsa(*EE), following], matched=(*EE, 0))
    # Of an authority that did not sign this one: still a record that a new one may match.
    yield "next-authority", Case(cert, [cert.tlsa(*EE), cert.tlsa(*TA, of="issuer")])
    both = certs.leaf("both.check.test", days=4.5)
    yield "next-and-date", Case(both, [both.tlsa(*EE)], matched=(*EE, 0),
                                warnings=["^the certificate expires in 4 days", ALONE])


def declare(world):
    for source in (usage_3, usage_2, agility, warned):
        for label, case in source(world.certs):
            case.server = world.server(cert=case.cert)
            case.domain = world.domain(f"d-{label}", world.host(label, case.server, case.records))
            assert label not in _cases, label
            _cases[label] = case


class Certificates(CheckCase):
    """One run over all; the tests look at what came of it."""

    @classmethod
    def setUpClass(cls):
        before = {label: case.server.count for label, case in _cases.items()}
        cls.run_of_all = cls("test_result").check("--helo", HELO,
                                                  *(case.domain for case in _cases.values()))
        cls.idle = {label: case.server.wait_idle() for label, case in _cases.items()}
        cls.seen = {label: case.server.records[before[label]:] for label, case in _cases.items()}

    def each(self):
        for label, case in _cases.items():
            yield label, case, self.run_of_all.endpoints[HOST.format(label)]

    def test_result(self):
        for label, case, endpoint in self.each():
            with self.subTest(label):
                self.assertEqual(endpoint["tls"], case.demand)
                self.assertIn(endpoint["result"], case.results, endpoint["text"])
                self.assertEqual(endpoint["ok"], case.is_ok)
        self.assertEqual(self.run_of_all.status, 75)
        self.assertEqual(self.run_of_all.stderr, "")

    def test_exit_code(self):
        """Each alone: 0 with whatever warnings, 75 with a failure."""
        runs = self.check_many([(case.domain,) for case in _cases.values()])
        for (label, case, _), run in zip(self.each(), runs):
            with self.subTest(label):
                self.assertEqual((run.status, run.only["ok"]), (0 if case.is_ok else 75, case.is_ok))

    def test_match(self):
        for label, case, endpoint in self.each():
            with self.subTest(label):
                found = endpoint["matched_tlsa"]
                if case.matched or not case.is_ok or case.demand != "dane":
                    self.assertEqual(found and tuple(found.values()), case.matched)
                else:
                    self.assertTrue(found)
                self.assertEqual(endpoint["matched_name"], case.name or "")

    def test_warnings(self):
        for label, case, endpoint in self.each():
            with self.subTest(label):
                self.assertEqual(len(endpoint["warnings"]), len(case.warnings), endpoint["warnings"])
                for text, pattern in zip(endpoint["warnings"], case.warnings):
                    self.assertRegex(text, pattern)

    def test_certificate(self):
        """It is described whether or not it was verified."""
        for label, case, endpoint in self.each():
            with self.subTest(label):
                self.assertTrue(endpoint["certificate"])
                self.assertRegex(endpoint["certificate"]["not_after"], r"^\d{4}-\d\d-\d\d$")
        endpoints = self.run_of_all.endpoints
        described = endpoints["ta-name.check.test"]["certificate"]
        self.assertEqual((described["names"], described["issuer"]), ("wrong.example", "Bed CA"))
        self.assertIn(described["days_left"], (89, 90))
        self.assertEqual(endpoints["ee-nameless.check.test"]["certificate"]["names"], "")
        self.assertLess(endpoints["ee-expired.check.test"]["certificate"]["days_left"], 0)

    def test_nothing_after_a_failure(self):
        """Who is not verified gets no octet of SMTP; who is gets QUIT."""
        for label, case, _ in self.each():
            with self.subTest(label):
                self.assertTrue(self.idle[label])
                (record,) = self.seen[label]
                self.assertNothingSpilled(record)
                self.assertEqual(bytes(record.clear), f"EHLO {HELO}\r\nSTARTTLS\r\n".encode())
                self.assertGoodbye(record, quits=case.is_ok)
                self.assertEqual(record.sni, HOST.format(label))

    def test_names_are_escaped(self):
        """A certificate's control characters are told, but not to the terminal."""
        ee, ta = (self.run_of_all.endpoints[HOST.format(f"{usage}-escapes")]
                  for usage in ("ee", "ta"))
        for text in (ee["certificate"]["names"], ta["certificate"]["names"], ta["text"]):
            self.assertIn("ev\\x1b[31mil\\x07", text)
            self.assertTrue(text.isascii() and text.isprintable())

    def test_text(self):
        """The same for people."""
        run = self.run_check(*(case.domain for case in _cases.values()))
        self.assertEqual((run.status, run.stderr), (75, ""))
        self.assertTrue(run.stdout.isascii())
        lines = run.stdout.splitlines()
        for label, case, endpoint in self.each():
            with self.subTest(label):
                (at,) = (n for n, line in enumerate(lines)
                         if f" {HOST.format(label)}:{case.server.port}  127.0.0.1  tls " in line)
                self.assertRegex(lines[at], "^  ok   " if case.is_ok else "^  FAIL ")
                self.assertTrue(lines[at].endswith(endpoint["text"]), lines[at])
                self.assertIn("TLSv1.3", lines[at])
                self.assertRegex(lines[at + 1], r"^       certificate: names \S.*; issuer .*; until ")
                said = [line for line in lines[at + 2:at + 2 + len(case.warnings)]]
                self.assertEqual(said, [f"       warning: {text}" for text in endpoint["warnings"]])
