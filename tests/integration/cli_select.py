# SPDX-License-Identifier: BSD-2-Clause
"""Which stages and hosts: SEL, MX, NMX and the shapes of SRV."""

from case import CliCase


class Mx(CliCase):
    def test_one(self):
        """SRV-13: no SRV record, so MX."""
        answer = self.resolve("one.s.test")
        self.assertDelivers(answer, "mx", ["mx1.s.test:25"])
        self.assertEqual(answer.addresses, ["198.51.100.1"])
        self.assertEqual(answer.security, "secure")
        entry = answer.plan[0]
        self.assertEqual((entry["stage"], entry["priority"], entry["weight"]), ("mx", 10, 0))
        self.assertIn("SRV-13", answer.rules)

    def test_ties(self):
        """MX-2: preference ascending, equal ones in any order."""
        answer = self.resolve("ties.s.test")
        self.assertDelivers(answer, "mx")
        self.assertEqual(set(answer.hosts[:3]), {f"mx{n}.s.test:25" for n in (1, 2, 3)})
        self.assertEqual(answer.hosts[3:], ["mx4.s.test:25"])

    def test_nothing_there(self):
        """MX-3: NXDOMAIN is no such domain."""
        self.assertEnds(self.resolve("not-there.s.test"), "reject", "5.1.2")

    def test_implicit(self):
        """MX-3: NODATA is the implicit MX, with both A and AAAA, port 25."""
        answer = self.resolve("implicit.s.test")
        self.assertDelivers(answer, "implicit", ["implicit.s.test:25"])
        self.assertEqual(set(answer.addresses), {"198.51.100.10", "2001:db8::10"})
        self.assertEqual(answer.stages, ["implicit"])

    def test_implicit_without_address(self):
        """OUT-2: no usable host."""
        self.assertEnds(self.resolve("empty.s.test"), "reject", "5.4.4")

    def test_no_address_of_its_own_instead(self):
        """MX-4: MX present but none usable is never the domain's own address."""
        for domain in ("mx-nohost.s.test", "mx-nothere.s.test"):
            with self.subTest(domain=domain):
                answer = self.resolve(domain)
                self.assertEnds(answer, "reject", "5.4.4")
                self.assertEqual(answer.drop_codes, ["no-address"])
                self.assertNotIn((domain, "A"), answer.asked)

    def test_literal_exchange(self):
        """MX-5: an IP address in text is dropped, the others stay."""
        answer = self.resolve("mx-literal.s.test")
        self.assertDelivers(answer, "mx", ["mx1.s.test:25"])
        self.assertEqual(answer.drops, {"198.51.100.13:25": "ip-literal-target"})

    def test_null(self):
        """NMX-1: exactly one MX ".", any preference: no address look-up."""
        for domain in ("null.s.test", "null-any.s.test", "null.u.test"):
            with self.subTest(domain=domain):
                answer = self.resolve(domain)
                self.assertEnds(answer, "reject", "5.1.10")
                self.assertFalse({q for q in answer.asked if q[1] in ("A", "AAAA")})

    def test_null_among_others(self):
        """NMX-2: "." among others is dropped."""
        answer = self.resolve("null-too.s.test")
        self.assertDelivers(answer, "mx", ["mx1.s.test:25"])
        self.assertEqual(answer.drop_codes, ["null-target"])


class Aliases(CliCase):
    def test_domain(self):
        """MX-1: MX continues at the target; SRV is asked at the domain itself (SRV-1)."""
        answer = self.resolve("alias.s.test")
        self.assertDelivers(answer, "mx")
        self.assertEqual(len(answer.hosts), 4)
        self.assertIn("MX-1", answer.rules)
        self.assertIn(("_smtp._tcp.alias.s.test", "SRV"), answer.asked)
        self.assertNotIn(("_smtp._tcp.ties.s.test", "SRV"), answer.asked)

    def test_exchange(self):
        """MX-6: a CNAME exchange is followed and flagged."""
        answer = self.resolve("mx-alias.s.test")
        self.assertDelivers(answer, "mx", ["host-alias.s.test:25"])
        self.assertEqual(answer.addresses, ["198.51.100.1"])
        self.assertIn("MX-6", answer.rules)

    def test_target(self):
        """SRV-9: an alias is followed and flagged."""
        answer = self.resolve("srv-alias.s.test")
        self.assertDelivers(answer, "srv", ["host-alias.s.test:25"])
        self.assertIn("SRV-9", answer.rules)

    def test_chains_of_domains(self):
        """MX-1: 8 steps are followed, more are rejected."""
        for n in (7, 8):
            with self.subTest(steps=n):
                self.assertDelivers(self.resolve(f"chain{n}.s.test"), "mx", ["mx1.s.test:25"])
        for n in (9, 10, 11):
            with self.subTest(steps=n):
                self.assertEnds(self.resolve(f"chain{n}.s.test"), "reject", "5.4.4")

    def test_chains_of_hosts(self):
        """SRV-9, MX-6: more than 8 steps: cname-chain, which is permanent."""
        for n in (7, 8):
            with self.subTest(steps=n):
                self.assertDelivers(self.resolve(f"mx-chain{n}.s.test"), "mx",
                                    [f"host{n}.s.test:25"])
                self.assertDelivers(self.resolve(f"srv-chain{n}.s.test"), "srv",
                                    [f"host{n}.s.test:25"])
        for n in (9, 10, 11):
            with self.subTest(steps=n):
                for domain in (f"mx-chain{n}.s.test", f"srv-chain{n}.s.test"):
                    answer = self.resolve(domain)
                    self.assertEnds(answer, "reject", "5.4.4")
                    self.assertEqual(answer.drops.get(f"host{n}.s.test:25"), "cname-chain")

    def test_target_of_a_domain_alias(self):
        """MX-1: what the target lacks, denies or refuses counts for the domain."""
        self.assertEnds(self.resolve("alias-gone.s.test"), "reject", "5.1.2")
        self.assertEnds(self.resolve("alias-null.s.test"), "reject", "5.1.10")
        answer = self.resolve("alias-implicit.s.test")
        self.assertDelivers(answer, "implicit", ["implicit.s.test:25"])

    def test_srv_below_an_alias(self):
        """SRV-1: SRV is the recipient domain's own, MX its target's."""
        answer = self.resolve("alias-srv.s.test")
        self.assertDelivers(answer, "srv", ["mx3.s.test:25", "mx1.s.test:25"])

    def test_alias_at_the_srv_owner(self):
        """SRV-1: the SRV RRset may be an alias, as DNS has it."""
        answer = self.resolve("srv-by-alias.s.test")
        self.assertDelivers(answer, "srv")
        self.assertEqual(answer.hosts_of("mx"), ["mx4.s.test:25"])

    def test_loop(self):
        """MX-1: a loop arrives as SERVFAIL: defer."""
        self.assertEnds(self.resolve("alias-loop.s.test"), "defer", "4.4.3")


class Srv(CliCase):
    def test_tiers_and_fallback(self):
        """SRV-2, SEL-1(c): tiers are not mixed, MX comes after SRV."""
        answer = self.resolve("srv.s.test")
        self.assertDelivers(answer, "srv")
        self.assertEqual(set(answer.hosts[:3]),
                         {"mx1.s.test:25", "mx2.s.test:2525", "mx3.s.test:25"})
        self.assertEqual(answer.hosts[3:], ["mx4.s.test:2525", "mx4.s.test:25"])
        self.assertEqual(answer.stages, ["srv", "mx"])

    def test_srv_only(self):
        """SEL-1(c): SRV without MX, signed or not."""
        for world in ("s", "u"):
            with self.subTest(world=world):
                self.assertDelivers(self.resolve(f"srv-only.{world}.test"), "srv",
                                    [f"mx1.{world}.test:25"])

    def test_same_host_in_both(self):
        """SEL-2: an MX host of the SRV stage, same port, is not repeated."""
        answer = self.resolve("srv25.s.test")
        self.assertDelivers(answer, "srv")
        self.assertEqual(answer.hosts_of("mx"), ["mx3.s.test:25"])
        self.assertEqual(answer.drops, {"mx1.s.test:25": "duplicate"})
        self.assertDelivers(self.resolve("srv-same.s.test"), "srv", ["mx1.s.test:25"])

    def test_same_dead_host_in_both(self):
        """SEL-2: an emptied MX stage is exhausted, not absent."""
        answer = self.resolve("srv-dead-same.s.test")
        self.assertEnds(answer, "reject", "5.4.4")

    def test_with_null_mx(self):
        """SEL-1(b): only a secure and usable SRV overrides a null MX."""
        self.assertDelivers(self.resolve("srv-null-mx.s.test"), "srv", ["mx1.s.test:25"])
        self.assertEnds(self.resolve("srv-null-mx.u.test"), "reject", "5.1.10")
        self.assertEnds(self.resolve("srv-badports-only.s.test"), "reject", "5.1.10")

    def test_port_zero(self):
        """SRV-8, SRV-15: dropped; the MX stage goes on."""
        answer = self.resolve("srv-zero.s.test")
        self.assertDelivers(answer, "mx", ["mx2.s.test:25"])
        self.assertEqual(answer.drops, {"mx1.s.test:0": "port-zero"})

    def test_dot_among_others(self):
        """SRV-7: dropped, the others stay."""
        answer = self.resolve("srv-dots.s.test")
        self.assertDelivers(answer, "srv", ["mx1.s.test:25"])
        self.assertEqual(answer.drop_codes, ["null-target"])

    def test_literal_target(self):
        """SRV-9: an IP address in text."""
        answer = self.resolve("srv-literal.s.test")
        self.assertDelivers(answer, "srv", ["mx1.s.test:25"])
        self.assertEqual(answer.drops, {"198.51.100.14:25": "ip-literal-target"})

    def test_host_and_port_are_the_identity(self):
        """SRV-11: two ports are two hosts; a repeat in a worse tier is dropped."""
        answer = self.resolve("srv-ports.s.test")
        self.assertDelivers(answer, "srv")
        self.assertEqual(sorted(answer.hosts), ["mx1.s.test:25", "mx1.s.test:2525"])
        self.assertEqual(answer.drop_codes, ["duplicate"])

    def test_repeats_inside_a_tier(self):
        """SRV-11: the same host twice is one host with both weights."""
        answer = self.resolve("srv-twice.s.test", "--count", "10000", "--seed", "1")
        self.assertEqual(sorted(answer.hosts_of("srv")), ["mx1.s.test:25", "mx2.s.test:25"])
        shares = {s["host"]: s["first"] for s in answer.shares}
        # 40 of 100, by RFC 2782's inclusive draw.
        self.assertAlmostEqual(shares["mx1.s.test"] / sum(shares.values()), 0.405, delta=0.02)

    def test_bad_name(self):
        """SRV-9: a blank in a name is refused, an underscore is not."""
        answer = self.resolve("srv-badname.s.test")
        self.assertDelivers(answer, "srv", ["under_score.s.test:25"])
        self.assertEqual(answer.drop_codes, ["bad-name"])

    def test_no_address(self):
        """SRV-15: all SRV hosts dropped; the MX stage goes on."""
        answer = self.resolve("srv-nohost.s.test")
        self.assertDelivers(answer, "mx", ["mx1.s.test:25"])
        self.assertEqual(answer.drops, {"nohost.s.test:25": "no-address"})

    def test_label(self):
        """SRV-1: the domain itself, the label asked for and no other."""
        answer = self.resolve("one.s.test", "--srv-label", "_mail")
        self.assertDelivers(answer, "srv", ["mx2.s.test:25", "mx1.s.test:25"])
        self.assertEqual({q for q in answer.asked if q[1] == "SRV"},
                         {("_mail._tcp.one.s.test", "SRV")})

    def test_options(self):
        """SRV-17: off never asks, secure wants signatures."""
        answer = self.resolve("srv.s.test", "--srv", "off")
        self.assertDelivers(answer, "mx", ["mx4.s.test:25"])
        self.assertFalse({q for q in answer.asked if q[1] == "SRV"})
        self.assertDelivers(self.resolve("srv-only.s.test", "--srv", "secure"), "srv")
        answer = self.resolve("srv25.u.test", "--srv", "secure")
        self.assertDelivers(answer, "mx", ["mx1.u.test:25", "mx3.u.test:25"])

    def test_when_mx_may_follow(self):
        """SRV-16: srv-fallback."""
        for value in ("absent", "unusable"):
            with self.subTest(value=value):
                answer = self.resolve("srv.s.test", "--srv-fallback", value)
                self.assertDelivers(answer, "srv")
                self.assertEqual(answer.stages, ["srv"])
                self.assertDelivers(self.resolve("one.s.test", "--srv-fallback", value), "mx")
        self.assertDelivers(self.resolve("srv-nohost.s.test", "--srv-fallback", "unusable"), "mx")
        self.assertEnds(self.resolve("srv-nohost.s.test", "--srv-fallback", "absent"),
                        "reject", "5.4.4")


class SrvNull(CliCase):
    def test_good_mx(self):
        """SRV-6: a lone "." counts as no SRV while there is an MX."""
        for domain in ("dot.s.test", "wild.s.test", "dot.u.test", "wild.u.test"):
            with self.subTest(domain=domain):
                answer = self.resolve(domain)
                self.assertDelivers(answer, "mx")
                self.assertIn("SRV-6", answer.rules)

    def test_by_wildcard_and_no_mx(self):
        """SRV-6: expanded from a wildcard it says nothing about mail."""
        for world in ("s", "u"):
            self.assertDelivers(self.resolve(f"wild-implicit.{world}.test"), "implicit")

    def test_on_purpose_and_no_mx(self):
        """SRV-6: secure, no wildcard, MX is NODATA: reject."""
        answer = self.resolve("dot-implicit.s.test")
        self.assertEnds(answer, "reject", "5.1.10")
        self.assertDelivers(self.resolve("dot-implicit.u.test"), "implicit")
        self.assertDelivers(self.resolve("dot-implicit.s.test", "--srv-null", "ignore"),
                            "implicit")
