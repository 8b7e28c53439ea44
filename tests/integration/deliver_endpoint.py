# SPDX-License-Identifier: BSD-2-Clause
"""What the command is told of an endpoint."""

import os

from deliver_case import ONE, ONE6, SIX, DeliverCase

NAMES = ("DOMAIN", "HOST", "PORT", "ADDRESS", "FAMILY", "STAGE", "TLS", "SNI", "TLSA", "ATTEMPT")
KEEP = 'env > "$OUT/$NEXTMX_ATTEMPT"; exit 75'
STALE = {f"NEXTMX_{name}": "stale" for name in NAMES}


class EndpointCase(DeliverCase):
    def variables(self, domain, *options, env=None):
        """The NEXTMX_ variables of each attempt, and the report."""
        run = self.deliver(KEEP, *options, domain, env=env)
        found = []
        for number in range(1, len(run.attempts) + 1):
            lines = self.kept(str(number)).decode().splitlines()
            found.append(dict(line[len("NEXTMX_"):].split("=", 1) for line in lines
                              if line.startswith("NEXTMX_")))
            os.unlink(os.path.join(self.out, str(number)))
        return found, run.only

    def expected(self, report, number):
        entry = report["route"]["plan"][number - 1]
        tlsa = [f"{t['usage']} {t['selector']} {t['mtype']} {t['data']}" for t in entry["tlsa"]
                if t["state"] == "used"]
        return {"DOMAIN": report["domain"], "HOST": entry["host"], "PORT": str(entry["port"]),
                "ADDRESS": entry["address"], "FAMILY": "6" if ":" in entry["address"] else "4",
                "STAGE": entry["stage"], "TLS": entry["tls"], "SNI": entry["sni"],
                "TLSA": ";".join(tlsa), "ATTEMPT": str(number)}


class Variables(EndpointCase):
    # Shapes of every stage and TLS requirement.
    DOMAINS = ("srv.s.test", "five.s.test", "srv-manyports.s.test", SIX, "one.u.test",
               "implicit.s.test", "dual.s.test", "dane.s.test", "dane-port.s.test",
               "dane-digests.s.test", "dane-unusable.s.test", "dane-implicit.s.test",
               "dane-domain-alias.s.test", "dane-alias-end.s.test", "dane-big.s.test",
               "dane-five.s.test", ONE, ONE6)

    def test_as_planned(self):
        """DESIGN 5: all ten, of every attempt, are what the report says of the route."""
        for domain in self.DOMAINS:
            with self.subTest(domain):
                found, report = self.variables(domain)
                self.assertEqual(len(found), len(report["route"]["plan"]))
                for number, variables in enumerate(found, 1):
                    self.assertEqual(set(variables), set(NAMES))
                    self.assertEqual(variables, self.expected(report, number))

    def one(self, domain, *options):
        (variables,), _ = self.variables(domain, *options)
        return [variables[name] for name in NAMES]

    def test_mx(self):
        self.assertEqual(self.one("one.s.test"),
                         ["one.s.test", "mx1.s.test", "25", "198.51.100.1", "4", "mx", "may",
                          "mx1.s.test", "", "1"])

    def test_srv(self):
        """DESIGN 5: the port is the record's."""
        found, _ = self.variables("five.s.test")
        self.assertEqual({(v["HOST"], v["PORT"], v["STAGE"]) for v in found if v["STAGE"] == "srv"},
                         {(f"five{n}.s.test", port, "srv") for n, port in
                          ((1, "25"), (2, "2525"), (3, "25"), (4, "25"), (5, "2526"))})
        self.assertEqual([v["ATTEMPT"] for v in found],
                         [str(number) for number in range(1, len(found) + 1)])

    def test_implicit(self):
        found, _ = self.variables("implicit.s.test")
        self.assertEqual({(v["HOST"], v["STAGE"], v["ADDRESS"], v["FAMILY"]) for v in found},
                         {("implicit.s.test", "implicit", "198.51.100.10", "4"),
                          ("implicit.s.test", "implicit", "2001:db8::10", "6")})

    def test_literals(self):
        """An address without brackets, to be given to a program; no name to ask for."""
        self.assertEqual(self.one(ONE), [ONE, ONE, "25", "198.51.100.7", "4", "literal", "may",
                                         "", "", "1"])
        self.assertEqual(self.one(ONE6), [ONE6, ONE6, "25", "2001:db8::7", "6", "literal",
                                          "may", "", "", "1"])

    def test_dane(self):
        """DANE-4, DANE-3: demanded, with the records of that port, and the name to ask for."""
        self.assertEqual(self.one("dane.s.test")[6:9],
                         ["dane", "mx-dane.s.test", "3 1 1 " + "11" * 32])
        found, _ = self.variables("dane-port.s.test")
        self.assertEqual([(v["PORT"], v["TLS"], v["TLSA"]) for v in found],
                         [("2525", "dane", "3 1 1 " + "22" * 32),
                          ("25", "dane", "3 1 1 " + "11" * 32), ("2526", "may", "")])

    def test_dane_records(self):
        """DANE-8, DANE-5: the records in use, and no others; without any, none."""
        records = self.one("dane-digests.s.test")[8].split(";")
        self.assertEqual(sorted(records), ["2 1 1 " + "14" * 32, "3 0 1 " + "13" * 32,
                                           "3 1 2 " + "12" * 64])
        self.assertEqual(self.one("dane-unusable.s.test")[6:9],
                         ["encrypt", "mx-dane-unusable.s.test", ""])
        self.assertEqual(self.one("dane.s.test", "--dane", "off")[6:9],
                         ["may", "mx-dane.s.test", ""])

    def test_families(self):
        for family, address in (("4", "198.51.100.2"), ("6", "2001:db8::2")):
            (variables,), _ = self.variables("dual.s.test", "--family", family)
            self.assertEqual((variables["FAMILY"], variables["ADDRESS"]), (family, address))

    def test_other_script(self):
        """IDN-1: the domain in its one spelling, the host in A-labels."""
        (variables,), report = self.variables("B\u00dcCHER.s.test")
        self.assertEqual(variables["DOMAIN"], report["domain"])
        self.assertTrue(variables["HOST"].isascii())


class Environment(EndpointCase):
    def test_stale(self):
        """What nextmx itself was given under these names is not passed on: neither in place of a
        value that is empty, nor beside them."""
        stale = {**STALE, "NEXTMX_": "x", "NEXTMX_PASSWORD": "x", "NEXTMX_TLSA_2": "3 1 1 00"}
        for domain in ("dane.s.test", ONE):
            with self.subTest(domain):
                (variables,), report = self.variables(domain, env=stale)
                self.assertEqual(variables, self.expected(report, 1))

    def test_rest(self):
        """Everything else is passed on as it is."""
        others = {"NEXTMX": "1", "XNEXTMX_HOST": "2", "nextmx_host": "3", "EMPTY": "",
                  "LINES2": "a b=c"}
        self.deliver('env > "$OUT/env"', ONE, env=others)
        lines = self.kept("env").decode().splitlines()
        for name, value in {**others, "PATH": os.environ["PATH"], "TMPDIR": self.spool}.items():
            self.assertIn(f"{name}={value}", lines)

    def test_folder(self):
        """The command runs where nextmx does."""
        self.deliver('pwd -P > "$OUT/where"', ONE, cwd=self.out)
        self.assertEqual(self.kept("where").decode().strip(), os.path.realpath(self.out))
