/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking at a request before its answer. */
#include "machine.h"
#include "suites.h"

/* What is known by now, as often as somebody wants to know; the request waits on. */
static void
peek(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct nmx_route *route = NULL, *again = NULL;
	struct nmx_request *req;
	struct got got = {0};

	script_rrset("a.test", "MX", "10 mx.test", 0, SCRIPT_LATER);
	script_rrset("mx.test", "A", "192.0.2.1", 0, SCRIPT_LATER);
	script_rrset("_smtp._tcp.a.test", "SRV", "1 1 25 mx.test", 0, SCRIPT_NEVER);
	CU_ASSERT_EQUAL_FATAL(nmx_request_start(ctx, "a.test", note_route, &got, &req), 0);
	CU_ASSERT_EQUAL(nmx_request_peek(req, NULL), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_request_peek(NULL, &route), NMX_E_INVALID);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL_FATAL(nmx_request_peek(req, &route), 0);
	CU_ASSERT_EQUAL(nmx_route_outcome(route), NMX_DEFER);
	nmx_route_unref(route);
	script_release_name("a.test", packet_type("MX"));
	dispatch_all(ctx);
	script_release_name("mx.test", packet_type("A"));
	dispatch_all(ctx);
	CU_ASSERT_EQUAL_FATAL(nmx_request_peek(req, &route), 0);
	CU_ASSERT_EQUAL(nmx_route_outcome(route), NMX_DELIVERABLE);
	CU_ASSERT_EQUAL(nmx_route_source(route), NMX_SOURCE_MX);
	CU_ASSERT_EQUAL(got.calls, 0);
	nmx_route_unref(route);
	script_advance_ms(20000); /* the context's deadline */
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 1);
	CU_ASSERT_EQUAL(nmx_request_peek(req, &route), NMX_E_STATE);
	nmx_request_free(req);
	got_done(&got);
	script_rrset("b.test", "MX", "10 mx.test", 0, SCRIPT_INSIDE);
	for (int i = 0; i < 2;
	     i++) { /* the second time it lies in the cache, and waits for dispatch */
		CU_ASSERT_EQUAL_FATAL(nmx_request_start(ctx, "b.test", note_route, &got, &req), 0);
		CU_ASSERT_EQUAL_FATAL(nmx_request_peek(req, &again), 0);
		CU_ASSERT_EQUAL(nmx_route_outcome(again), i ? NMX_DELIVERABLE : NMX_DEFER);
		nmx_route_unref(again);
		dispatch_all(ctx);
		script_release_all();
		dispatch_all(ctx);
		nmx_request_free(req);
	}
	CU_ASSERT_EQUAL(got.calls, 2);
	got_done(&got);
	nmx_context_free(ctx);
}

static struct nmx_route *
find_cached(struct nmx_context *ctx, const char *domain, int wanted)
{
	struct nmx_route *route = NULL;

	CU_ASSERT_EQUAL(nmx_request_cached(ctx, domain, &route), wanted);
	CU_ASSERT_EQUAL(route != NULL, wanted == 1);
	return route;
}

/* The answer of a request from the cache, and none else: nothing is asked. */
static void
cached(void)
{
	struct nmx_context *ctx = start_context(NULL);
	struct nmx_route *route = NULL;
	struct got got = {0};

	script_rrset("a.test", "MX", "10 mx.test", 0, SCRIPT_INSIDE);
	script_rrset("mx.test", "A", "192.0.2.1", 0, SCRIPT_INSIDE);
	CU_ASSERT_EQUAL(nmx_request_cached(NULL, "a.test", &route), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_request_cached(ctx, NULL, &route), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_request_cached(ctx, "a.test", NULL), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_request_cached_host(ctx, "mx.test", 0, &route), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_request_cached_host(ctx, "mx.test", 65536, &route), NMX_E_INVALID);
	find_cached(ctx, "a.test", 0);
	find_cached(ctx, "no domain", 0);
	CU_ASSERT_EQUAL(script_asked("a.test", packet_type("MX")), 0);
	CU_ASSERT_EQUAL_FATAL(nmx_request_start(ctx, "a.test", note_route, &got, NULL), 0);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	route = find_cached(ctx, "A.Test.", 1);
	CU_ASSERT_EQUAL(route, got.route);
	nmx_route_unref(route);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_REQUESTS), 2);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_CACHE_HITS), 1);
	CU_ASSERT_EQUAL(nmx_request_cached_host(ctx, "a.test", 25, &route), 0);
	got_done(&got);
	CU_ASSERT_EQUAL_FATAL(nmx_request_start_host(ctx, "mx.test", 25, note_route, &got, NULL),
			      0);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(nmx_request_cached_host(ctx, "mx.test", 25, &route), 1);
	CU_ASSERT_EQUAL(route, got.route);
	nmx_route_unref(route);
	got_done(&got);
	script_advance_ms(INT64_C(1000) * 86400 * 30);
	find_cached(ctx, "a.test", 0);
	nmx_context_free(ctx);
}

CU_TestInfo peek_tests[] = {
	{"peek", peek},
	{"cached", cached},
	CU_TEST_INFO_NULL,
};
