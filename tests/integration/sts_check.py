# SPDX-License-Identifier: BSD-2-Clause
"""nextmx check under a policy: PKIX for the names of the hosts that the policy names, DANE where
there is DANE."""

import json
import pathlib

import jsonschema
from sts_bed import POLICY, RECORD, a, mx, srv, txt
from sts_case import DEFER, OK, StsCase

from bed.https import policy

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "docs" / "check.schema.json"
HELO = "client.nextmx.test"
HOST, SIGNED = "{}.sts.test", "{}.signed.test"
PORT = 2525
ANY_PORT = ("--srv", "any", "--ports-insecure", f"25,{PORT}")
TEXT = policy(mx=["*.sts.test", "*.signed.test"])

_servers = {}
_policies = {}

# One host each, the policy names it: label -> (options of the certificate or None, fault, result).
# No mail goes where the result is not pkix.
HOSTS = {
    "good": ({}, "none", "pkix"),
    "second": ({"names": ["x.elsewhere.test", HOST.format("h-second")]}, "none", "pkix"),
    "wildcard": ({"names": ["*.sts.test"]}, "none", "pkix"),
    "below": ({"issuer": "intermediate"}, "none", "pkix"),
    "name": ({"names": ["other.elsewhere.test"]}, "none", "name"),
    "domain": ({"names": [HOST.format("c-domain")]}, "none", "name"),
    "common": ({"cn": HOST.format("h-common"), "names": []}, "none", "name"),
    "partial": ({"names": ["h-p*.sts.test"]}, "none", "name"),
    "high": ({"names": ["*.test"]}, "none", "name"),
    "stranger": ({"issuer": "other"}, "none", "untrusted"),
    "self": ({"issuer": "self"}, "none", "untrusted"),
    "expired": ({"days": -1}, "none", "expired"),
    "early": ({"not_before": 1}, "none", "expired"),
    "clear": (None, "none", "no-tls"),
    "refuses": ({}, "starttls_refused", "no-tls"),
}


def declare(world):
    """Policy hosts are in knotd as well: they may serve several domains."""
    for label, (options, fault, _) in HOSTS.items():
        cert = None if options is None else world.certs.leaf(HOST.format(f"h-{label}"), **options)
        _servers[label] = world.mail_server(cert, fault)
    certs = {label: world.certs.leaf(SIGNED.format(f"h-{label}"), issuer=issuer) for label, issuer in
             (("dane", "self"), ("odd", "self"), ("wrong", "ca"), ("unusable", "ca"),
              ("bad", "other"), ("srv", "ca"), ("port", "ca"), ("away", "ca"))}
    for label, tlsa in (("dane", certs["dane"].tlsa(3, 1, 1)),
                        ("odd", certs["odd"].tlsa(3, 1, 1)),
                        ("wrong", certs["wrong"].tlsa(3, 1, 1, wrong=True)),
                        ("unusable", certs["unusable"].tlsa(1, 1, 1)),
                        ("bad", certs["bad"].tlsa(1, 1, 1))):
        _servers[label] = world.mail_server(certs[label])
        world.publish(f"c-{label} IN MX 10 h-{label}", f"_25._tcp.h-{label} IN TLSA {tlsa}",
                      f"h-{label} IN A {_servers[label].address}")
    for label, port in (("srv", PORT), ("away", PORT), ("port", 25)):
        _servers[label] = world.mail_server(certs[label], port=port)
        world.publish(f"h-{label} IN A {_servers[label].address}",
                      f"_smtp._tcp.c-{label} IN SRV 1 0 {port} h-{label}")
    signed = [label for label in certs if label not in ("odd", "away")]
    _policies["signed"] = world.policy_server([SIGNED.format(f"c-{label}") for label in signed],
                                              TEXT)
    # Names none of the hosts that are there.
    _policies["odd"] = world.policy_server(
        [SIGNED.format(f"c-{label}") for label in ("odd", "away")], POLICY)
    for label in certs:
        server = _policies["odd" if label in ("odd", "away") else "signed"]
        world.publish(f'_mta-sts.c-{label} IN TXT "{RECORD.format(1)}"',
                      f"mta-sts.c-{label} IN A {server.address}")
    _policies["hosts"] = world.policy_server([HOST.format(f"c-{label}") for label in HOSTS], TEXT)


class CheckCase(StsCase):
    def setUp(self):
        super().setUp()
        say = self.world.names.say
        for label in HOSTS:
            say(HOST.format(f"c-{label}"), mx(10, HOST.format(f"h-{label}")))
            say(HOST.format(f"h-{label}"), a(_servers[label].address))
            say(HOST.format(f"_mta-sts.c-{label}"), txt(RECORD.format(1)))
            say(HOST.format(f"mta-sts.c-{label}"), a(_policies["hosts"].address))

    def check(self, *arguments, **options):
        """{domain: object}, documented, and the exit status."""
        run = self.run_verb("check", "--json", "--helo", HELO, "--ca-file",
                            self.world.certs.ca_file, "--sts-timeout", "60", *arguments, **options)
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        for line in run.lines:
            jsonschema.validate(line, schema)
        return {line["domain"]: line for line in run.lines}, run.status

    def check_one(self, domain, *options):
        """Its only endpoint."""
        found, status = self.check(*options, domain)
        (endpoint,) = found[domain]["endpoints"]
        self.assertEqual(found[domain]["ok"], endpoint["ok"])
        self.assertEqual(status, OK if endpoint["ok"] else DEFER)
        return endpoint


class Check(CheckCase):
    # ---- PKIX ----

    def test_hosts(self):
        """STS-6: TLS, a chain to an authority we know, the host's name; else not an octet."""
        before = {label: _servers[label].count for label in HOSTS}
        found, status = self.check(*(HOST.format(f"c-{label}") for label in HOSTS))
        self.assertEqual(status, DEFER)
        for label, (_, _, result) in HOSTS.items():
            with self.subTest(label):
                (endpoint,) = found[HOST.format(f"c-{label}")]["endpoints"]
                self.assertEqual((endpoint["tls"], endpoint["result"], endpoint["ok"]),
                                 ("sts", result, result == "pkix"), endpoint["text"])
                server = _servers[label]
                self.assertTrue(server.wait_idle(before[label] + 1))
                record = server.records[before[label]]
                self.assertNotIn(b"MAIL", bytes(record.clear))
                self.assertEqual(bytes(record.secret), b"QUIT\r\n" if result == "pkix" else b"")
                if HOSTS[label][0] is not None and HOSTS[label][1] == "none":
                    self.assertEqual(record.sni, HOST.format(f"h-{label}"))

    def test_status(self):
        """Each alone: 0 or 75; and again from the folder."""
        for label, (_, _, result) in HOSTS.items():
            with self.subTest(label):
                for _ in range(2):
                    endpoint = self.check_one(HOST.format(f"c-{label}"))
                    self.assertEqual(endpoint["result"], result)

    def test_without_our_authority(self):
        """The authority of policy hosts is not that of mail servers."""
        run = self.run_verb("check", "--json", HOST.format("c-good"))
        (endpoint,) = run.lines[0]["endpoints"]
        self.assertEqual((run.status, endpoint["result"]), (DEFER, "untrusted"))

    def test_text(self):
        run = self.run_verb("check", "--helo", HELO, "--ca-file", self.world.certs.ca_file,
                            HOST.format("c-good"), HOST.format("c-name"))
        self.assertEqual((run.status, run.stderr), (DEFER, ""))
        self.assertRegex(run.stdout, r"  ok   h-good\.sts\.test:25  127\.0\.46\.\d+  tls sts")
        self.assertRegex(run.stdout, r"  FAIL h-name\.sts\.test:25  127\.0\.46\.\d+  tls sts")
        self.assertEqual(run.stdout.count("  MTA-STS: enforce, id 1, fetched"), 2)

    def test_not_named(self):
        """STS-6: the other host is not met at all."""
        domain = self.domain("c-mixed", hosts=[HOST.format("h-good"), HOST.format("h-stranger")],
                             text=policy(mx=[HOST.format("h-good")]))
        before = _servers["stranger"].count
        endpoint = self.check_one(domain.name)
        self.assertEqual((endpoint["host"], endpoint["result"]), (HOST.format("h-good"), "pkix"))
        self.assertEqual(_servers["stranger"].count, before)

    def test_testing(self):
        """STS-6: both are met, and nothing is demanded of them."""
        domain = self.domain("c-testing", hosts=[HOST.format("h-good"), HOST.format("h-stranger")],
                             text=policy("testing", [HOST.format("h-good")]))
        found, status = self.check(domain.name)
        self.assertEqual(status, OK)
        self.assertEqual([(e["tls"], e["result"]) for e in found[domain.name]["endpoints"]],
                         [("may", "encrypted")] * 2)

    # ---- DANE ----

    def test_dane(self):
        """STS-7: usable TLSA records decide alone, whatever PKIX would say; and whoever is named."""
        for label, result in (("dane", "dane"), ("odd", "dane"), ("wrong", "no-match")):
            with self.subTest(label):
                endpoint = self.check_one(SIGNED.format(f"c-{label}"))
                self.assertEqual((endpoint["tls"], endpoint["result"]), ("dane", result))

    def test_unusable(self):
        """STS-7: unusable ones leave it to the policy."""
        for label, result in (("unusable", "pkix"), ("bad", "untrusted")):
            with self.subTest(label):
                endpoint = self.check_one(SIGNED.format(f"c-{label}"))
                self.assertEqual((endpoint["tls"], endpoint["result"]), ("sts", result))

    # ---- SRV ----

    def test_srv(self):
        """STS-8: a signed target that is named, on its port, under its own name."""
        for label, port in (("srv", PORT), ("port", 25)):
            with self.subTest(label):
                endpoint = self.check_one(SIGNED.format(f"c-{label}"))
                self.assertEqual((endpoint["stage"], endpoint["host"], endpoint["port"]),
                                 ("srv", SIGNED.format(f"h-{label}"), port))
                self.assertEqual((endpoint["tls"], endpoint["result"]), ("sts", "pkix"))

    def test_srv_not_named(self):
        before = _servers["away"].count
        found, status = self.check(SIGNED.format("c-away"))
        data = found[SIGNED.format("c-away")]
        self.assertEqual((status, data["outcome"], data["endpoints"]), (DEFER, "defer", []))
        drops = {(d["stage"], d["code"]) for d in data["route"]["dropped"]}
        self.assertIn(("srv", "sts-mismatch"), drops)
        self.assertEqual(_servers["away"].count, before)

    def test_srv_unsigned(self):
        """STS-8: port 25 only, although the options would allow the other."""
        domain = self.domain("c-unsigned", hosts=[], text=TEXT)
        for port, wanted in ((25, "srv"), (PORT, None)):
            with self.subTest(port):
                self.world.names.say(f"_smtp._tcp.{domain.name}",
                                     srv(1, port, HOST.format("h-good")))
                found, status = self.check(*ANY_PORT, domain.name)
                data = found[domain.name]
                self.assertEqual([(e["stage"], e["result"]) for e in data["endpoints"]],
                                 [("srv", "pkix")] if wanted else [])
                self.assertEqual(status, OK if wanted else DEFER)
        self.assertIn("port-refused", [d["code"] for d in data["route"]["dropped"]])
