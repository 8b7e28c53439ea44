/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole domains that are published or answered in a way that once led us astray, or would. */
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "suites.h"

/* DDL-1 in the machine: MX is known, SRV is silent; the MX host, asked ahead, can be used. */
static void
silent_srv_does_not_hold_mx(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};

	script_example(SCRIPT_INSIDE);
	script_rrset("_smtp._tcp.example.test", "SRV", "", 2, SCRIPT_NEVER);
	nmx_request_start(ctx, "example.test", note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 0);
	script_advance_ms(20000);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_DELIVERABLE);
	CU_ASSERT_EQUAL(nmx_route_source(got.route), NMX_SOURCE_MX);
	CU_ASSERT(nmx_route_ttl(got.route) <= 60);
	got_done(&got);
	nmx_context_free(ctx);
}

/* The same for a domain without MX: its own addresses are asked ahead. */
static void
silent_srv_does_not_hold_implicit_mx(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};

	script_rrset("_smtp._tcp.alone.test", "SRV", "", 2, SCRIPT_NEVER);
	script_rrset("alone.test", "MX", "", 2, SCRIPT_INSIDE);
	script_rrset("alone.test", "A", "192.0.2.7", 2, SCRIPT_INSIDE);
	nmx_request_start(ctx, "alone.test", note_route, &got, NULL);
	dispatch_all(ctx);
	script_advance_ms(20000);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_DELIVERABLE);
	CU_ASSERT_EQUAL(nmx_route_source(got.route), NMX_SOURCE_IMPLICIT);
	got_done(&got);
	nmx_context_free(ctx);
}

/* MX-1, MX-5: an alias may end at any octets; such a name is neither asked nor printed as a host. */
static void
alias_to_no_host_name(void)
{
	static struct packet packet;
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};

	packet_begin(&packet, RCODE_NOERROR, "alias.test", RR_MX);
	packet_text(&packet, ANSWER_SECTION, "alias.test", 300, "CNAME", "we\\032ir\\034d.test");
	packet_soa(&packet, "example", 300, 300);
	script_put("alias.test", RR_MX, 0, &packet, 2, NULL, SCRIPT_INSIDE);
	nmx_request_start(ctx, "alias.test", note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT_STRING_EQUAL(nmx_route_status(got.route), "5.4.4");
	CU_ASSERT_EQUAL(nmx_route_host_count(got.route), 0);
	CU_ASSERT_EQUAL(nmx_route_dropped_count(got.route), 1);
	CU_ASSERT_EQUAL(nmx_drop_code(nmx_route_dropped(got.route, 0)), NMX_DROP_BAD_NAME);
	CU_ASSERT_EQUAL(script_asked(NULL, 0), 2);
	got_done(&got);
	nmx_context_free(ctx);
}

/* SRV-18 when MX has no security to show: what the domain's own answer says instead. */
static void
unsigned_srv_when_mx_fails(void)
{
	static const struct {
		const char *domain;
		int apex_rcode, apex_security;
		enum nmx_outcome outcome;
	} cases[] = {
		{"signed.test", 0, 2, NMX_DEFER},      /* a downgrade, were SRV used */
		{"plain.test", 0, 0, NMX_DELIVERABLE}, /* SEL-1 (c) */
		{"unknown.test", 2, 0, NMX_DEFER},     /* nobody knows */
	};
	struct nmx_context *ctx = start_context(NULL);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static struct packet packet;
		struct got got = {0};
		char name[64], record[64];

		snprintf(name, sizeof(name), "_smtp._tcp.%s", cases[i].domain);
		script_rrset(name, "SRV", "10 1 25 a.other.test", 0, SCRIPT_INSIDE);
		script_rrset("a.other.test", "A", "192.0.2.9", 0, SCRIPT_INSIDE);
		script_put(cases[i].domain, RR_MX, 2, NULL, 0, NULL, SCRIPT_INSIDE);
		packet_begin(&packet, RCODE_NOERROR, cases[i].domain, RR_A);
		packet_soa(&packet, "example", 300, 300);
		script_put(cases[i].domain, RR_A, cases[i].apex_rcode, &packet,
			   cases[i].apex_security, NULL, SCRIPT_INSIDE);
		nmx_request_start(ctx, cases[i].domain, note_route, &got, NULL);
		dispatch_all(ctx);
		CU_ASSERT_EQUAL(nmx_route_outcome(got.route), cases[i].outcome);
		snprintf(record, sizeof(record), "%s", nmx_route_status(got.route));
		CU_ASSERT_STRING_EQUAL(record, cases[i].outcome == NMX_DEFER ? "4.4.3" : "2.0.0");
		got_done(&got);
	}
	nmx_context_free(ctx);
}

/* SEL-2 and DDL-1: a host that SRV cannot use yet is still MX's; srv off would deliver. */
static void
repeats_of_undecided_hosts(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};

	script_default(2, SCRIPT_INSIDE);
	script_rrset("_smtp._tcp.twin.test", "SRV", "10 1 25 slow.twin.test|20 1 25 good.twin.test",
		     2, SCRIPT_INSIDE);
	script_rrset("twin.test", "MX", "10 good.twin.test", 2, SCRIPT_INSIDE);
	script_rrset("slow.twin.test", "A", "192.0.2.1", 2, SCRIPT_NEVER);
	script_rrset("good.twin.test", "A", "192.0.2.2", 2, SCRIPT_INSIDE);
	nmx_request_start(ctx, "twin.test", note_route, &got, NULL);
	dispatch_all(ctx);
	script_advance_ms(20000);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_DELIVERABLE);
	CU_ASSERT_EQUAL(nmx_route_source(got.route), NMX_SOURCE_MX);
	got_done(&got);
	nmx_context_free(ctx);
}

/* SELF-1: our IPv4 address in an IPv6 address is still ours. */
static void
own_address_in_disguise(void)
{
	static const char *const disguises[] = {"::ffff:192.0.2.77", "64:ff9b::c000:24d",
						"2001:db8:64::c000:24d"};
	struct nmx_context *ctx = start_context(
		(const char *const[]){"own-ports", "25", "own-addresses", "192.0.2.77",
				      "nat64-prefixes", "2001:db8:64::/96", NULL});

	for (size_t i = 0; i < sizeof(disguises) / sizeof(disguises[0]); i++) {
		struct got got = {0};
		char domain[32], host[48], record[64];

		snprintf(domain, sizeof(domain), "d%zu.test", i);
		snprintf(host, sizeof(host), "h.%s", domain);
		snprintf(record, sizeof(record), "10 %s", host);
		script_rrset(domain, "MX", record, 2, SCRIPT_INSIDE);
		script_rrset(host, "AAAA", disguises[i], 2, SCRIPT_INSIDE);
		nmx_request_start(ctx, domain, note_route, &got, NULL);
		dispatch_all(ctx);
		CU_ASSERT_STRING_EQUAL(nmx_route_status(got.route), "5.4.6");
		got_done(&got);
	}
	nmx_context_free(ctx);
}

/* A reason goes into bounces: what libunbound says of other domains' questions does not. */
static void
other_domains_stay_out_of_reasons(void)
{
	static struct packet packet;
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};

	packet_begin(&packet, 0, "bogus.test", RR_MX);
	script_put(
		"bogus.test", RR_MX, 0, &packet, 1,
		"validation failure <bogus.test. MX IN>: key for validation . is marked as invalid "
		"because of a previous validation failure <secret.test. MX IN>: no keys",
		SCRIPT_INSIDE);
	nmx_request_start(ctx, "bogus.test", note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT_STRING_EQUAL(nmx_route_status(got.route), "4.7.0");
	CU_ASSERT_STRING_EQUAL(nmx_route_reason(got.route),
			       "the MX answer is bogus (MX-3): validation failure "
			       "<bogus.test. MX IN>: no keys");
	CU_ASSERT_PTR_NULL(strstr(nmx_route_reason(got.route), "secret"));
	got_done(&got);
	nmx_context_free(ctx);
}

/* SRV-6: a wildcard alias that leads to ".", however well signed, speaks for nobody. */
static void
wildcard_alias_to_null_srv(void)
{
	static struct packet packet;
	struct nmx_context *ctx = start_context(NULL);
	struct got got = {0};

	packet_begin(&packet, RCODE_NOERROR, "_smtp._tcp.wild.test", RR_SRV);
	packet_text(&packet, ANSWER_SECTION, "_smtp._tcp.wild.test", 300, "CNAME", "none.test");
	packet_wildcard(&packet, "_smtp._tcp.wild.test", RR_CNAME);
	packet_text(&packet, ANSWER_SECTION, "none.test", 300, "SRV", "0 0 0 .");
	script_put("_smtp._tcp.wild.test", RR_SRV, 0, &packet, 2, NULL, SCRIPT_INSIDE);
	script_rrset("wild.test", "MX", "", 2, SCRIPT_INSIDE);
	script_rrset("wild.test", "A", "192.0.2.7", 2, SCRIPT_INSIDE);
	nmx_request_start(ctx, "wild.test", note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_DELIVERABLE);
	CU_ASSERT_EQUAL(nmx_route_source(got.route), NMX_SOURCE_IMPLICIT);
	got_done(&got);
	nmx_context_free(ctx);
}

CU_TestInfo domains_tests[] = {
	{"silent SRV does not hold MX", silent_srv_does_not_hold_mx},
	{"silent SRV does not hold implicit MX", silent_srv_does_not_hold_implicit_mx},
	{"alias to no host name", alias_to_no_host_name},
	{"wildcard alias to null SRV", wildcard_alias_to_null_srv},
	{"unsigned SRV when MX fails", unsigned_srv_when_mx_fails},
	{"repeats of undecided hosts", repeats_of_undecided_hosts},
	{"own address in disguise", own_address_in_disguise},
	{"other domains stay out of reasons", other_domains_stay_out_of_reasons},
	CU_TEST_INFO_NULL,
};
