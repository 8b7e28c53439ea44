# SPDX-License-Identifier: BSD-2-Clause
"""Ports, addresses, families, ourselves, literals and names."""

from case import CliCase


class Ports(CliCase):
    def test_insecure(self):
        """PORT-1: an insecure RRset may name port 25 only, by default."""
        answer = self.resolve("srv.u.test")
        self.assertDelivers(answer, "srv")
        self.assertEqual(set(answer.hosts_of("srv")), {"mx1.u.test:25", "mx3.u.test:25"})
        self.assertEqual(answer.drops, {"mx2.u.test:2525": "port-refused",
                                        "mx4.u.test:2525": "port-refused"})
        answer = self.resolve("srv.u.test", "--ports-insecure", "25,2525")
        self.assertEqual(answer.dropped, [])
        self.assertEqual(len(answer.hosts), 5)

    def test_secure(self):
        """PORT-1: 465, 587, ports below 1024 and abused ports are refused even when signed."""
        answer = self.resolve("srv-badports.s.test")
        self.assertDelivers(answer, "mx", ["mx2.s.test:25"])
        self.assertEqual(answer.drops, {f"mx1.s.test:{port}": "port-refused"
                                        for port in (22, 465, 587, 6667)})

    def test_deny_list_is_permanent(self):
        """PORT-1: an option allows 465, but no option allows 22 or 6667."""
        answer = self.resolve("srv-badports.s.test", "--ports-secure", "1-65535")
        self.assertEqual(set(answer.hosts_of("srv")), {"mx1.s.test:465", "mx1.s.test:587"})
        self.assertEqual(answer.drop_codes, ["port-refused"] * 2)

    def test_three_ports_a_host(self):
        """PORT-1: at most three."""
        answer = self.resolve("srv-manyports.s.test")
        self.assertDelivers(answer, "srv")
        self.assertEqual(len(answer.hosts), 3)
        self.assertEqual(len(answer.drop_codes), 1)

    def test_by_the_naming_rrset(self):
        """PORT-1: a signed SRV RRset decides, wherever its target lives."""
        self.assertDelivers(self.resolve("srv-unsigned.s.test"), "srv", ["mx1.u.test:2525"])


class Addresses(CliCase):
    def test_loopback(self):
        """ADR-1, OUT-4: a loopback address is dropped, for good."""
        answer = self.resolve("mx-loopback.s.test")
        self.assertEnds(answer, "reject", "5.4.4")
        self.assertEqual(answer.drop_codes, ["loopback-address"])
        self.assertEqual(answer.dropped[0]["address"], "127.0.0.9")
        self.assertDelivers(self.resolve("mx-mixed.s.test"), "mx", ["mx1.s.test:25"])

    def test_private(self):
        """ADR-1, OUT-4: a private address is our choice: defer, unless allowed."""
        answer = self.resolve("mx-private.s.test")
        self.assertEqual(answer.outcome, "defer")
        self.assertEqual(answer.drop_codes, ["private-address"])
        self.assertDelivers(self.resolve("mx-private.s.test", "--allow-networks", "10.0.0.0/8"),
                            "mx", ["private.s.test:25"])

    def test_documentation_blocks_are_reserved(self):
        """ADR-1: the bed's own addresses, when nobody allows them."""
        options = self.bed.options()
        at = options.index("--allow-networks")
        done = self.run_bare("resolve", "--json", *options[:at], *options[at + 2:], "one.s.test")
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertIn("reserved-address", done.stdout)

    def test_embedded_and_scoped(self):
        """ADR-1: judged by the IPv4 address inside; special and tunnel prefixes refused."""
        answer = self.resolve("odd6.s.test")
        self.assertEqual(answer.outcome, "defer")
        self.assertEqual(len(answer.dropped), 8, answer.dropped)
        codes = {d["address"]: d["code"] for d in answer.dropped}
        for address in ("::ffff:10.1.2.3", "64:ff9b::a01:203", "fc00::1"):
            self.assertEqual(codes.get(address), "private-address", codes)
        self.assertDelivers(self.resolve("mapped.s.test"), "mx", ["mapped-host.s.test:25"])

    def test_many(self):
        """LIM-1: 8 addresses a host; what is left out is said."""
        answer = self.resolve("many.s.test")
        self.assertEqual(len(answer.addresses), 8)
        self.assertIn("limit", answer.drop_codes)

    def test_denied(self):
        """ADR-1: the more specific of allowed and denied wins."""
        answer = self.resolve("ties.s.test", "--deny-networks", "198.51.100.2/32,198.51.100.4/32")
        self.assertEqual(answer.drop_codes, ["denied-address"] * 2)
        self.assertNotIn("198.51.100.2", answer.addresses)
        self.assertIn("2001:db8::2", answer.addresses)
        answer = self.resolve("one.s.test", "--deny-networks", "198.51.0.0/16")
        self.assertDelivers(answer, "mx")


class Families(CliCase):
    def test_order_inside_a_host(self):
        """ADR-2: families alternate inside a host, beginning with the preferred."""
        for prefer, expected in (("4", ["198.51.100.2", "2001:db8::2"]),
                                 ("6", ["2001:db8::2", "198.51.100.2"])):
            with self.subTest(prefer=prefer):
                answer = self.resolve("dual.s.test", "--prefer", prefer)
                self.assertEqual(answer.addresses, expected)

    def test_never_across_hosts(self):
        """SRV-12: the family order never overrides priority."""
        for prefer in ("4", "6"):
            answer = self.resolve("srv.s.test", "--prefer", prefer, "--seed", "5")
            priorities = [e["priority"] for e in answer.plan if e["stage"] == "srv"]
            self.assertEqual(priorities, sorted(priorities))
        plans = [self.resolve("srv.s.test", "--prefer", p, "--seed", "5").hosts for p in "46"]
        self.assertEqual(*plans)

    def test_one_family_only(self):
        """ADR-2: a disabled family makes a host temporary, never a bounce."""
        self.assertEqual(self.resolve("dual.s.test", "--family", "4").addresses, ["198.51.100.2"])
        self.assertEqual(self.resolve("dual.s.test", "--family", "6").addresses, ["2001:db8::2"])
        self.assertEqual(self.resolve("one.s.test", "--family", "6").outcome, "defer")


class Self(CliCase):
    def test_worse_hosts_go_too(self):
        """SELF-1: we are one of the best: every host of equal or worse priority goes."""
        answer = self.resolve("ties.s.test", "--own-names", "mx2.s.test")
        self.assertEnds(answer, "reject", "5.4.6")
        self.assertEqual(set(answer.drop_codes), {"beyond-self", "self"})
        self.assertEqual(answer.drops["mx2.s.test:25"], "self")

    def test_better_hosts_stay(self):
        """SELF-1: we are the backup."""
        for option in (("--own-names", "mx4.s.test"), ("--own-addresses", "198.51.100.4")):
            with self.subTest(option=option):
                answer = self.resolve("ties.s.test", *option)
                self.assertDelivers(answer, "mx")
                self.assertEqual({h[:3] for h in answer.hosts}, {"mx1", "mx2", "mx3"})

    def test_in_the_srv_stage(self):
        """SELF-1: a hit in the SRV stage also removes the MX stage."""
        answer = self.resolve("srv.s.test", "--own-addresses", "198.51.100.4",
                              "--own-ports", "25,2525")
        self.assertDelivers(answer, "srv")
        self.assertEqual(answer.stages, ["srv"])
        self.assertEqual(len(answer.hosts), 3)

    def test_another_port_is_somebody_else(self):
        """SELF-1: the address is ours on the ports of own-ports only."""
        answer = self.resolve("srv.s.test", "--own-addresses", "198.51.100.4")
        self.assertIn("mx4.s.test:2525", answer.hosts_of("srv"))
        self.assertEqual(answer.hosts_of("mx"), [])


class Names(CliCase):
    def test_literals(self):
        """LIT-1: that address, port 25, no DNS, never secure."""
        for domain, address in (("[198.51.100.1]", "198.51.100.1"),
                                ("[IPv6:2001:db8::1]", "2001:db8::1")):
            with self.subTest(domain=domain):
                answer = self.resolve(domain)
                self.assertDelivers(answer, "literal")
                self.assertEqual(answer.addresses, [address])
                self.assertEqual(answer.plan[0]["port"], 25)
                self.assertNotEqual(answer.security, "secure")
                self.assertEqual(answer.queries, [])
        for domain in ("[198.51.100.256]", "[2001:db8::1]", "[x]", "[]"):
            with self.subTest(domain=domain):
                self.assertEnds(self.resolve(domain), "reject", "5.1.3")

    def test_u_labels(self):
        """IDN-1: U-labels become A-labels before any query."""
        answer = self.resolve("Bücher.s.test")
        self.assertDelivers(answer, "mx", ["mx1.s.test:25"])
        self.assertEqual(answer.ascii, "xn--bcher-kva.s.test")

    def test_case_and_final_dot(self):
        """IDN-1: one final dot is removed; JSON names are lower case."""
        answer = self.resolve("ONE.S.Test.")
        self.assertDelivers(answer, "mx", ["mx1.s.test:25"])
        self.assertEqual(answer.ascii, "one.s.test")

    def test_bad_names(self):
        """IDN-1: limits, empty labels and invalid U-labels."""
        for domain in ("a..s.test", "one.s.test..", ".s.test", "x" * 64 + ".s.test",
                       "xn--\u00fc.s.test", "a b.s.test"):
            with self.subTest(domain=domain):
                self.assertEnds(self.resolve(domain), "reject", "5.1.2")

    def test_single_label(self):
        """IDN-1: refused unless single-label."""
        self.assertEnds(self.resolve("example"), "reject", "5.1.2")
        self.assertDelivers(self.resolve("example", "--single-label"), "mx", ["mx.example:25"])
