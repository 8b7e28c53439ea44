/* SPDX-License-Identifier: BSD-2-Clause */
/* HST-1: a host and port that the caller names, without any record that names them. */
#include <string.h>

#include "machine.h"
#include "suites.h"

#define TLSA "3 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* What the TLSA question says of mx.test, whose addresses are signed or not. */
struct host_case {
	const char *title;
	int address, naming; /* 0 insecure, 1 bogus, 2 secure; naming: of the TLSA answer */
	const char *tlsa;    /* "" is NODATA, NULL: SERVFAIL */
	enum nmx_outcome outcome;
	const char *status;
	enum nmx_tls tls;
	unsigned n_tlsa_asked;
};

static const struct host_case host_cases[] = {
	{"usable", 2, 2, TLSA, NMX_DELIVERABLE, "2.0.0", NMX_TLS_DANE, 1},
	{"unusable", 2, 2, "0 1 1 00", NMX_DELIVERABLE, "2.0.0", NMX_TLS_ENCRYPT, 1},
	{"none", 2, 2, "", NMX_DELIVERABLE, "2.0.0", NMX_TLS_MAY, 1},
	{"unsigned", 2, 0, TLSA, NMX_DELIVERABLE, "2.0.0", NMX_TLS_MAY, 1},
	{"bogus", 2, 1, TLSA, NMX_DEFER, "4.7.5", NMX_TLS_MAY, 1},
	{"failed", 2, 0, NULL, NMX_DEFER, "4.7.5", NMX_TLS_MAY, 1},
	{"address unsigned", 0, 2, TLSA, NMX_DELIVERABLE, "2.0.0", NMX_TLS_MAY, 0},
	{"address bogus", 1, 2, TLSA, NMX_DEFER, "4.7.0", NMX_TLS_MAY, 0},
};

static void
script_host(const struct host_case *c)
{
	static struct packet packet;

	script_reset();
	script_rrset("mx.test", "A", "192.0.2.1", c->address, SCRIPT_LATER);
	script_rrset("mx.test", "AAAA", "", c->address, SCRIPT_LATER);
	if (c->tlsa) {
		script_rrset("_2525._tcp.mx.test", "TLSA", c->tlsa, c->naming, SCRIPT_LATER);
		return;
	}
	packet_begin(&packet, 0, "_2525._tcp.mx.test", packet_type("TLSA"));
	script_put("_2525._tcp.mx.test", packet_type("TLSA"), 2, &packet, 0, NULL, SCRIPT_LATER);
}

static struct got
ask_host(struct nmx_context *ctx, const char *host, unsigned port)
{
	struct got got = {0};

	CU_ASSERT_EQUAL_FATAL(nmx_request_start_host(ctx, host, port, note_route, &got, NULL), 0);
	dispatch_all(ctx);
	while (!got.calls && script_waiting()) {
		script_release_all();
		dispatch_all(ctx);
	}
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	CU_ASSERT_EQUAL_FATAL(got.error, 0);
	return got;
}

static void
check_host(const struct host_case *c, struct nmx_route *route)
{
	const struct nmx_host *host = nmx_route_host(route, 0);

	CU_ASSERT_EQUAL(nmx_route_outcome(route), c->outcome);
	CU_ASSERT_STRING_EQUAL(nmx_route_status(route), c->status);
	CU_ASSERT_STRING_EQUAL(nmx_route_domain(route), "mx.test:2525");
	CU_ASSERT_EQUAL(nmx_route_security(route), NMX_SECURE);
	CU_ASSERT_EQUAL(script_asked("_2525._tcp.mx.test", packet_type("TLSA")), c->n_tlsa_asked);
	CU_ASSERT_EQUAL(script_asked(NULL, 0), 2 + c->n_tlsa_asked);
	if (c->outcome != NMX_DELIVERABLE) {
		CU_ASSERT_EQUAL(nmx_route_source(route), NMX_SOURCE_NONE);
		return;
	}
	CU_ASSERT_EQUAL(nmx_route_source(route), NMX_SOURCE_HOST);
	CU_ASSERT_EQUAL_FATAL(nmx_route_host_count(route), 1);
	CU_ASSERT_EQUAL(nmx_host_stage(host), NMX_SOURCE_HOST);
	CU_ASSERT_STRING_EQUAL(nmx_host_name(host), "mx.test");
	CU_ASSERT_EQUAL(nmx_host_port(host), 2525);
	CU_ASSERT_EQUAL(nmx_host_tls(host), c->tls);
}

/* The table of RULES DANE for a signed naming: SRV, MX and MTA-STS are never asked. */
static void
whole_table(void)
{
	for (size_t i = 0; i < sizeof(host_cases) / sizeof(host_cases[0]); i++) {
		struct nmx_context *ctx;
		struct got got;

		script_host(&host_cases[i]);
		ctx = start_context(NULL);
		got = ask_host(ctx, "MX.test.", 2525);
		check_host(&host_cases[i], got.route);
		got_done(&got);
		nmx_context_free(ctx);
	}
}

/* A host is cached as itself, another port is another, and a domain of that name has nothing of it. */
static void
is_cached_by_host_and_port(void)
{
	struct nmx_context *ctx;
	struct got first, again, domain;

	script_host(&host_cases[0]);
	ctx = start_context(NULL);
	first = ask_host(ctx, "mx.test", 2525);
	again = ask_host(ctx, "mx.test", 2525);
	CU_ASSERT_PTR_EQUAL(first.route, again.route);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_CACHE_HITS), 1);
	got_done(&again);
	again = ask_host(ctx, "mx.test", 25);
	CU_ASSERT_PTR_NOT_EQUAL(first.route, again.route);
	CU_ASSERT_EQUAL(nmx_host_tls(nmx_route_host(again.route, 0)), NMX_TLS_MAY);
	domain = (struct got){0};
	nmx_request_start(ctx, "mx.test", note_route, &domain, NULL);
	for (int i = 0; i < 4; i++) {
		dispatch_all(ctx);
		script_release_all();
	}
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(script_asked("mx.test", packet_type("MX")), 1);
	got_done(&first);
	got_done(&again);
	got_done(&domain);
	nmx_context_free(ctx);
}

/* A bad domain may be spelt like a host's key, before and after: each keeps its own answer. */
static void
is_no_bad_domain(void)
{
	struct nmx_context *ctx;
	struct got host, bad = {0}, joined = {0};

	script_host(&host_cases[0]);
	ctx = start_context(NULL);
	nmx_request_start(ctx, "mx.test:2525", note_route, &bad, NULL);
	host = ask_host(ctx, "mx.test", 2525);
	CU_ASSERT_EQUAL(nmx_route_outcome(host.route), NMX_DELIVERABLE);
	CU_ASSERT_EQUAL_FATAL(bad.calls, 1);
	CU_ASSERT_STRING_EQUAL(nmx_route_status(bad.route), "5.1.2");
	nmx_request_start(ctx, "mx.test:2525", note_route, &joined, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL_FATAL(joined.calls, 1);
	CU_ASSERT_STRING_EQUAL(nmx_route_status(joined.route), "5.1.2");
	got_done(&host);
	got_done(&bad);
	got_done(&joined);
	nmx_context_free(ctx);
}

static void
refuses_what_is_no_host(void)
{
	static const char *const names[] = {"",	   "[192.0.2.1]", "192.0.2.1", "a b.test",
					    "[x]", "a..test",	  ".",	       "x_y@test"};
	struct nmx_context *ctx = start_context(NULL);
	struct got got;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		got = ask_host(ctx, names[i], 25);
		CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_REJECT);
		CU_ASSERT_STRING_EQUAL(nmx_route_status(got.route), "5.1.2");
		got_done(&got);
	}
	CU_ASSERT_EQUAL(script_asked(NULL, 0), 0);
	CU_ASSERT_EQUAL(nmx_request_start_host(ctx, "mx.test", 0, note_route, NULL, NULL),
			NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_request_start_host(ctx, "mx.test", 65536, note_route, NULL, NULL),
			NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_request_start_host(ctx, NULL, 25, note_route, NULL, NULL),
			NMX_E_INVALID);
	nmx_context_free(ctx);
}

/* DDL-1: silence is temporary, whether it began or found no room. */
static void
at_the_deadline(void)
{
	static const char *const one[] = {"deadline-ms", "100", NULL};
	struct nmx_context *ctx;
	struct got got = {0};

	script_reset();
	script_rrset("mx.test", "A", "192.0.2.1", 2, SCRIPT_NEVER);
	script_rrset("mx.test", "AAAA", "", 2, SCRIPT_NEVER);
	ctx = start_context(one);
	nmx_request_start_host(ctx, "mx.test", 25, note_route, &got, NULL);
	dispatch_all(ctx);
	script_advance_ms(101);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	CU_ASSERT_EQUAL(nmx_route_outcome(got.route), NMX_DEFER);
	CU_ASSERT_STRING_EQUAL(nmx_route_status(got.route), "4.4.4");
	got_done(&got);
	nmx_context_free(ctx);
}

CU_TestInfo host_tests[] = {
	{"the whole table", whole_table},
	{"cached by host and port", is_cached_by_host_and_port},
	{"no bad domain", is_no_bad_domain},
	{"what is no host", refuses_what_is_no_host},
	{"at the deadline", at_the_deadline},
	CU_TEST_INFO_NULL,
};
