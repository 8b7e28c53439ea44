/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What else may be asked of a domain: its route by MX alone, and its name servers. Neither has anything
 * to do with the ordinary route, whatever is asked first. TTL-1, DDL-1, SRV-17.
 */
#include <string.h>

#include "machine.h"
#include "suites.h"

typedef int (*start_fn)(struct nmx_context *ctx, const char *domain, nmx_route_fn fn, void *user,
			struct nmx_request **ret_req);

enum { N_KINDS = 3 };
static const start_fn starts[N_KINDS] = {nmx_request_start, nmx_request_start_mx,
					 nmx_request_start_servers};
static const char *const keep_records[] = {"records", "yes", NULL};

/* example.test and its name servers, NS of mail.example.test is asked one zone up. */
static void
script_servers(enum script_when when)
{
	static struct packet packet;

	script_reset();
	script_example(when);
	script_rrset("example.test", "NS", "ns2.example.test|ns1.example.test", 2, when);
	packet_begin(&packet, RCODE_NXDOMAIN, "mail.example.test", RR_NS);
	packet_soa(&packet, "example.test", 60, 60);
	script_put("mail.example.test", RR_NS, 0, &packet, 2, NULL, when);
}

static void
finish(struct nmx_context *ctx)
{
	dispatch_all(ctx);
	while (script_waiting()) {
		script_release_all();
		dispatch_all(ctx);
	}
}

static void
check_route(const struct got *got, int kind)
{
	CU_ASSERT_EQUAL_FATAL(got->calls, 1);
	CU_ASSERT_EQUAL_FATAL(got->error, 0);
	CU_ASSERT_STRING_EQUAL(nmx_route_domain(got->route), "example.test");
	CU_ASSERT_EQUAL(nmx_route_source(got->route), kind == 0	  ? NMX_SOURCE_SRV
						      : kind == 1 ? NMX_SOURCE_MX
								  : NMX_SOURCE_NONE);
	CU_ASSERT_EQUAL(nmx_route_outcome(got->route), kind == 2 ? NMX_DEFER : NMX_DELIVERABLE);
	CU_ASSERT_EQUAL(nmx_route_host_count(got->route), kind == 0 ? 3 : kind == 1 ? 1 : 0);
	CU_ASSERT_EQUAL(nmx_route_record_count(got->route, NMX_RECORDS_SRV), kind == 0 ? 2 : 0);
	CU_ASSERT_EQUAL(nmx_route_record_count(got->route, NMX_RECORDS_MX), kind == 2 ? 0 : 1);
	CU_ASSERT_EQUAL(nmx_route_record_count(got->route, NMX_RECORDS_NS), kind == 2 ? 2 : 0);
}

/* All kinds wait at once, two requests for each; then each comes out of the cache. */
static void
at_once(void)
{
	struct nmx_context *ctx;
	struct got got[2 * N_KINDS] = {{0}};
	struct got again[N_KINDS] = {{0}};

	script_servers(SCRIPT_LATER);
	ctx = start_context(keep_records);
	for (int i = 0; i < 2 * N_KINDS; i++)
		CU_ASSERT_EQUAL(
			starts[i % N_KINDS](ctx, "Example.Test.", note_route, &got[i], NULL), 0);
	finish(ctx);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_LOOKUPS), N_KINDS);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_JOINED), N_KINDS);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_CACHED_ROUTES), N_KINDS);
	for (int i = 0; i < N_KINDS; i++) {
		starts[i](ctx, "example.test", note_route, &again[i], NULL);
		dispatch_all(ctx);
		check_route(&got[i], i);
		check_route(&again[i], i);
		CU_ASSERT_PTR_EQUAL(got[i].route, got[i + N_KINDS].route);
		CU_ASSERT_PTR_EQUAL(got[i].route, again[i].route);
	}
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_CACHE_HITS), N_KINDS);
	CU_ASSERT_EQUAL(script_asked("_smtp._tcp.example.test", RR_SRV), 1);
	for (int i = 0; i < 2 * N_KINDS; i++)
		got_done(&got[i]);
	for (int i = 0; i < N_KINDS; i++)
		got_done(&again[i]);
	nmx_context_free(ctx);
}

/* One after the other, in every order. */
static void
in_turn(void)
{
	static const int orders[][N_KINDS] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
					      {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

	for (size_t o = 0; o < sizeof(orders) / sizeof(orders[0]); o++) {
		struct nmx_context *ctx;

		script_servers(SCRIPT_INSIDE);
		ctx = start_context(keep_records);
		for (int i = 0; i < 2 * N_KINDS; i++) {
			int kind = orders[o][i % N_KINDS];
			struct got got = {0};

			starts[kind](ctx, "example.test", note_route, &got, NULL);
			dispatch_all(ctx);
			check_route(&got, kind);
			got_done(&got);
		}
		CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_LOOKUPS), N_KINDS);
		CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_CACHE_HITS), N_KINDS);
		nmx_context_free(ctx);
	}
}

/* TTL-1: every question of the servers counts, and a route lives no longer. */
static void
ttl_1_servers_are_cached_for_their_ttl(void)
{
	struct nmx_context *ctx;
	struct got got = {0};

	script_servers(SCRIPT_INSIDE);
	ctx = start_context(NULL);
	for (int i = 0; i < 3; i++) {
		nmx_request_start_servers(ctx, "mail.example.test", note_route, &got, NULL);
		dispatch_all(ctx);
		CU_ASSERT_EQUAL(nmx_route_ttl(got.route), 60); /* of the denial */
		CU_ASSERT_EQUAL(nmx_route_record_count(got.route, NMX_RECORDS_NS), 2);
		CU_ASSERT_STRING_EQUAL(
			nmx_record_name(nmx_route_record(got.route, NMX_RECORDS_NS, 0)),
			"ns1.example.test");
		CU_ASSERT_EQUAL(script_asked("example.test", RR_NS), i < 2 ? 1 : 2);
		script_advance_ms(i == 0 ? 59999 : 1);
	}
	got_done(&got);
	nmx_context_free(ctx);
}

/* An answer whose SOA lies ever higher is followed for LIMIT_ZONES names, and no further. */
static void
zones_that_never_end(void)
{
	static const char domain[] = "a.b.c.d.e.f.test";
	struct nmx_context *ctx;
	struct got got = {0};

	script_reset();
	for (const char *at = domain; strchr(at, '.'); at = strchr(at, '.') + 1) {
		static struct packet packet;

		packet_begin(&packet, 0, at, RR_NS);
		packet_soa(&packet, strchr(at, '.') + 1, 60, 60);
		script_put(at, RR_NS, 0, &packet, 0, NULL, SCRIPT_INSIDE);
	}
	ctx = start_context(NULL);
	nmx_request_start_servers(ctx, domain, note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	CU_ASSERT_EQUAL(script_asked(NULL, 0), LIMIT_ZONES);
	CU_ASSERT_EQUAL(nmx_route_record_count(got.route, NMX_RECORDS_NS), 0);
	CU_ASSERT_STRING_EQUAL(nmx_route_records_rcode(got.route, NMX_RECORDS_NS), "NOERROR");
	got_done(&got);
	nmx_context_free(ctx);
}

/* DDL-1: each request has its own deadline; what comes later is for the cache. */
static void
ddl_1_deadlines(void)
{
	for (int kind = 1; kind < N_KINDS; kind++) {
		struct nmx_context *ctx;
		struct got early = {0}, late = {0}, other = {0};
		struct nmx_request *req;

		script_servers(SCRIPT_LATER);
		ctx = start_context(keep_records);
		starts[kind](ctx, "example.test", note_route, &late, NULL);
		starts[kind](ctx, "example.test", note_route, &early, &req);
		starts[0](ctx, "example.test", note_route, &other, NULL);
		CU_ASSERT_EQUAL(nmx_request_set_deadline(req, 100), 0);
		dispatch_all(ctx);
		script_advance_ms(100);
		dispatch_all(ctx);
		CU_ASSERT_EQUAL_FATAL(early.calls, 1);
		CU_ASSERT_EQUAL(late.calls + other.calls, 0);
		CU_ASSERT_EQUAL(nmx_route_outcome(early.route), NMX_DEFER);
		CU_ASSERT_STRING_EQUAL(
			nmx_route_records_rcode(early.route,
						kind == 1 ? NMX_RECORDS_MX : NMX_RECORDS_NS),
			"TIMEOUT");
		CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_CACHED_ROUTES), 0);
		nmx_request_free(req);
		finish(ctx);
		check_route(&late, kind);
		check_route(&other, 0);
		got_done(&early);
		got_done(&late);
		got_done(&other);
		nmx_context_free(ctx);
	}
}

/* A request of one kind that is cancelled takes its lookup along, and no other; a peek shows it as it is. */
static void
cancelling(void)
{
	for (int kind = 0; kind < N_KINDS; kind++) {
		struct nmx_context *ctx;
		struct nmx_request *requests[N_KINDS];
		struct got got[N_KINDS] = {{0}};
		struct nmx_route *peeked;

		script_servers(SCRIPT_LATER);
		ctx = start_context(keep_records);
		for (int i = 0; i < N_KINDS; i++)
			starts[i](ctx, "example.test", note_route, &got[i], &requests[i]);
		dispatch_all(ctx);
		CU_ASSERT_EQUAL(nmx_request_peek(requests[kind], &peeked), 0);
		CU_ASSERT_EQUAL(nmx_route_outcome(peeked), NMX_DEFER);
		nmx_route_unref(peeked);
		nmx_request_free(requests[kind]);
		finish(ctx);
		CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_CACHED_ROUTES), N_KINDS - 1);
		for (int i = 0; i < N_KINDS; i++) {
			if (i == kind) {
				CU_ASSERT_EQUAL(got[i].calls, 0);
				continue;
			}
			check_route(&got[i], i);
			nmx_request_free(requests[i]);
			got_done(&got[i]);
		}
		nmx_context_free(ctx);
	}
}

/* CLK-1: a look-up for servers begins anew when the resolver is rebuilt. */
static void
clk_1_servers_are_asked_anew(void)
{
	static struct packet packet;
	struct nmx_context *ctx;
	struct got got = {0};

	script_servers(SCRIPT_LATER);
	ctx = start_context(NULL);
	nmx_request_start_servers(ctx, "mail.example.test", note_route, &got, NULL);
	dispatch_all(ctx);
	CU_ASSERT(script_release_name("mail.example.test", RR_NS));
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(script_asked("example.test", RR_NS), 1);
	packet_begin(&packet, 0, "mail.example.test", RR_NS);
	packet_soa(&packet, "example.test", 200, 200);
	script_put("mail.example.test", RR_NS, 0, &packet, 2, NULL, SCRIPT_LATER);
	script_jump_wall_s(-121);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(script_asked("mail.example.test", RR_NS), 2);
	finish(ctx);
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	CU_ASSERT_EQUAL(nmx_route_record_count(got.route, NMX_RECORDS_NS), 2);
	CU_ASSERT_EQUAL(nmx_route_query_count(got.route), 2);
	CU_ASSERT_EQUAL(nmx_route_ttl(got.route),
			200); /* nothing is left of what was known before */
	got_done(&got);
	nmx_context_free(ctx);
}

/* OUT-2: one that finds no room says so, and is asked again next time. */
static void
out_2_overload(void)
{
	static const char *const few[] = {"max-questions", "4",	  "deadline-ms", "1000",
					  "records",	   "yes", NULL};

	for (int kind = 1; kind < N_KINDS; kind++) {
		enum nmx_records kept = kind == 1 ? NMX_RECORDS_MX : NMX_RECORDS_NS;
		struct nmx_context *ctx;
		struct got busy[2] = {{0}}, got = {0};

		script_reset();
		script_default(2, SCRIPT_NEVER);
		ctx = start_context(few);
		nmx_request_start(ctx, "a.test", note_route, &busy[0], NULL);
		nmx_request_start(ctx, "b.test", note_route, &busy[1], NULL);
		starts[kind](ctx, "example.test", note_route, &got, NULL);
		dispatch_all(ctx);
		script_advance_ms(1000);
		dispatch_all(ctx);
		CU_ASSERT_EQUAL_FATAL(got.calls, 1);
		CU_ASSERT_STRING_EQUAL(nmx_route_status(got.route), "4.3.2");
		CU_ASSERT_STRING_EQUAL(nmx_route_records_rcode(got.route, kept), "OVERLOAD");
		CU_ASSERT_EQUAL(nmx_route_records_security(got.route, kept), NMX_INDETERMINATE);
		CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_CACHED_ROUTES), 2);
		got_done(&got);
		got_done(&busy[0]);
		got_done(&busy[1]);
		nmx_context_free(ctx);
	}
}

/* LIT-1: a literal is the same with MX alone, from the cache too; it has no servers. IDN-1: nor has what is
 * no name, which may be spelt like a domain of another kind. */
static void
literals_and_bad_names(void)
{
	struct nmx_context *ctx;
	struct got whole = {0}, mx = {0}, servers = {0}, bad = {0};

	script_reset();
	ctx = start_context(keep_records);
	nmx_request_start(ctx, "[192.0.2.1]", note_route, &whole, NULL);
	nmx_request_start_servers(ctx, "[192.0.2.1]", note_route, &servers, NULL);
	nmx_request_start_mx(ctx, "[192.0.2.1]", note_route, &mx, NULL);
	nmx_request_start_servers(ctx, "a b", note_route, &bad, NULL);
	dispatch_all(ctx);
	CU_ASSERT_PTR_EQUAL(whole.route, mx.route);
	CU_ASSERT_EQUAL(nmx_route_outcome(whole.route), NMX_DELIVERABLE);
	CU_ASSERT_STRING_EQUAL(nmx_route_status(servers.route), "5.1.2");
	CU_ASSERT_STRING_EQUAL(nmx_route_status(bad.route), "5.1.2");
	for (int i = NMX_RECORDS_SRV; i <= NMX_RECORDS_NS; i++) {
		enum nmx_records records = (enum nmx_records)i;

		CU_ASSERT_STRING_EQUAL(nmx_route_records_rcode(whole.route, records), "");
		CU_ASSERT_STRING_EQUAL(nmx_route_records_rcode(servers.route, records), "");
		CU_ASSERT_STRING_EQUAL(nmx_route_records_rcode(bad.route, records), "");
	}
	CU_ASSERT_EQUAL(script_asked(NULL, 0), 0);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_CACHED_ROUTES), 1);
	got_done(&mx);
	nmx_request_start_mx(ctx, "[192.0.2.1]", note_route, &mx, NULL);
	dispatch_all(ctx);
	CU_ASSERT_PTR_EQUAL(whole.route, mx.route);
	for (int kind = 1; kind < N_KINDS; kind++) {
		CU_ASSERT_EQUAL(starts[kind](NULL, "a.test", note_route, NULL, NULL),
				NMX_E_INVALID);
		CU_ASSERT_EQUAL(starts[kind](ctx, NULL, note_route, NULL, NULL), NMX_E_INVALID);
		CU_ASSERT_EQUAL(starts[kind](ctx, "a.test", NULL, NULL, NULL), NMX_E_INVALID);
	}
	got_done(&whole);
	got_done(&mx);
	got_done(&servers);
	got_done(&bad);
	nmx_context_free(ctx);
}

CU_TestInfo kinds_tests[] = {
	{"at once", at_once},
	{"in turn", in_turn},
	{"the TTL of servers", ttl_1_servers_are_cached_for_their_ttl},
	{"zones that never end", zones_that_never_end},
	{"deadlines", ddl_1_deadlines},
	{"cancelling", cancelling},
	{"asked anew", clk_1_servers_are_asked_anew},
	{"overload", out_2_overload},
	{"literals and bad names", literals_and_bad_names},
	CU_TEST_INFO_NULL,
};
