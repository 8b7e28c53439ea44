/* SPDX-License-Identifier: BSD-2-Clause */
/* MTA-STS when things change meanwhile: policies, the clock, and what we can afford. */
#include <stdio.h>
#include <string.h>

#include "sts.h"
#include "suites.h"

/* ---- What changes while a lookup runs --------------------------------------------------------- */

/* A policy that lands after sts-timeout binds all the same, if the lookup waits for something else. */
static void
what_is_held_when_the_route_is_made_counts(void)
{
	struct nmx_context *ctx;
	struct got got = {0};

	sts_begin(&ctx);
	script_rrset("m.d.test", "A", "192.0.2.1", 0, SCRIPT_LATER);
	script_fetch_put("mta-sts.d.test", FETCH_OK, ENFORCE, SCRIPT_LATER);
	sts_ask(ctx, &got);
	script_advance_ms(5001);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 0);
	script_fetch_release();
	dispatch_all(ctx);
	script_advance_ms(1000);
	script_release_all();
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 1);
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_STS);
	got_done(&got);
	nmx_context_free(ctx);
}

/* Who looks before sts-timeout sees that a policy may still come; afterwards there is none to wait for. */
static void
awaited_until_its_timeout(void)
{
	struct nmx_context *ctx;
	struct nmx_route *route = NULL;
	struct nmx_request *req;
	struct got got = {0};

	sts_begin(&ctx);
	script_fetch_put("mta-sts.d.test", FETCH_OK, ENFORCE, SCRIPT_LATER);
	CU_ASSERT_EQUAL_FATAL(nmx_request_start(ctx, "d.test", note_route, &got, &req), 0);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL_FATAL(nmx_request_peek(req, &route), 0);
	CU_ASSERT_EQUAL(nmx_route_outcome(route), NMX_DELIVERABLE);
	CU_ASSERT_EQUAL(nmx_route_sts_mode(route), NMX_STS_ABSENT);
	CU_ASSERT_EQUAL(nmx_route_sts_is_awaited(route), 1);
	nmx_route_unref(route);
	script_advance_ms(5001);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL_FATAL(got.calls, 1);
	CU_ASSERT_EQUAL(nmx_route_sts_is_awaited(got.route), 0);
	nmx_request_free(req);
	got_done(&got);
	nmx_context_free(ctx);
}

/* TTL-1: the route lives no longer than the policy, whenever that was fetched. */
static void
no_route_outlives_its_policy(void)
{
	struct nmx_context *ctx;
	struct got got = {0};

	sts_begin(&ctx);
	script_rrset("m.d.test", "A", "192.0.2.1", 0, SCRIPT_LATER);
	script_fetch_put("mta-sts.d.test", FETCH_OK,
			 "version: STSv1\nmode: enforce\nmx: m.d.test\nmax_age: 8\n",
			 SCRIPT_INSIDE);
	sts_ask(ctx, &got);
	script_advance_ms(7000);
	script_release_all();
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 1);
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_STS);
	CU_ASSERT_EQUAL(nmx_route_ttl(got.route), 1);
	got_done(&got);
	nmx_context_free(ctx);
}

static void
what_is_forgotten_meanwhile_does_not_count(void)
{
	struct nmx_context *ctx;
	struct got got = {0};

	sts_begin(&ctx);
	sts_hold(ctx, "d.test", "1", ENFORCE, 60);
	script_rrset("m.d.test", "A", "192.0.2.1", 0, SCRIPT_LATER);
	sts_ask(ctx, &got);
	CU_ASSERT_EQUAL(nmx_sts_forget(ctx, "d.test"), 0);
	script_release_all();
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 1);
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_MAY);
	got_done(&got);
	nmx_context_free(ctx);
}

/* ---- Our own trouble -------------------------------------------------------------------------- */

/* Too many questions, or no descriptors: the id is as good as before. */
static void
our_own_trouble_is_not_remembered(void)
{
	struct nmx_context *ctx;
	struct got got = {0};

	script_reset();
	script_fetch_reset();
	sts_publish("1", SCRIPT_LATER);
	ctx = start_context(sts_on);
	script_fetch_put("mta-sts.d.test", FETCH_SYSTEM, "too many open files", SCRIPT_INSIDE);
	sts_ask(ctx, &got);
	script_fail_asking(NMX_E_LIMIT);
	script_release_all();
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 1);
	CU_ASSERT_EQUAL(script_fetched(NULL), 0);
	script_fail_asking(0);
	for (int i = 1; i <= 2; i++) {
		script_advance_ms(61000);
		sts_ask(ctx, &got);
		script_release_all();
		dispatch_all(ctx);
		CU_ASSERT_EQUAL(got.calls, 1 + i);
		CU_ASSERT_EQUAL(script_fetched(NULL), (unsigned)i);
		script_fetch_put("mta-sts.d.test", FETCH_OK, ENFORCE, SCRIPT_INSIDE);
	}
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_STS);
	got_done(&got);
	nmx_context_free(ctx);
}

/* A day's worth of policies that are due does not keep a first one waiting. */
static void
refreshing_comes_last(void)
{
	enum { DUE = 300 };
	struct nmx_context *ctx;
	struct got good = {0};
	char name[64];

	sts_begin(&ctx);
	for (int i = 0; i < DUE; i++) {
		snprintf(name, sizeof(name), "mta-sts.u%d.test", i);
		script_rrset(name, "A", "192.0.2.9", 0, SCRIPT_INSIDE);
		script_fetch_put(name, FETCH_OK, ENFORCE, SCRIPT_NEVER);
		snprintf(name, sizeof(name), "u%d.test", i);
		sts_hold(ctx, name, "1", ENFORCE, 86400);
		sts_use(ctx->sts, name);
	}
	script_fetch_put("mta-sts.d.test", FETCH_OK, ENFORCE, SCRIPT_INSIDE);
	script_advance_ms(3600 * 1000 + 1);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(script_fetching(), LIMIT_FETCHES);
	sts_ask(ctx, &good);
	for (int tenth = 0; tenth < 49 && !good.calls; tenth++) {
		script_advance_ms(100);
		dispatch_all(ctx);
	}
	CU_ASSERT_EQUAL(good.calls, 1);
	CU_ASSERT_EQUAL(sts_tls(&good), NMX_TLS_STS);
	got_done(&good);
	nmx_context_free(ctx);
}

/* ---- The clock jumps -------------------------------------------------------------------------- */

/* Time goes on with each look at it; after a second the wall clock jumps by an hour. */
static int64_t looked;

static int64_t
jumping_boot_ns(const struct clock *clock)
{
	(void)clock;
	looked += 10 * NS_PER_MS;
	return 1000 * NS_PER_S + looked;
}

static int64_t
jumping_wall_ns(const struct clock *clock)
{
	(void)clock;
	return 1800001000 * NS_PER_S + looked + (looked > NS_PER_S ? 3600 * NS_PER_S : 0);
}

static void
a_refresh_survives_a_rebuilt_resolver(void)
{
	static const struct clock jumping = {jumping_boot_ns, jumping_wall_ns};
	struct nmx_context *ctx;
	char text[128];

	for (int fails = 0; fails < 2; fails++) {
		script_reset();
		script_fetch_reset();
		sts_publish("1", SCRIPT_NEVER);
		looked = 0;
		ctx = start_context_on(&jumping, sts_on);
		script_fail_rebuilding(fails ? NMX_E_CONFIG : 0);
		CU_ASSERT_EQUAL(nmx_sts_refresh(ctx, "d.test", text, sizeof(text)), NMX_E_VALUE);
		CU_ASSERT_EQUAL(script_rebuilds(), fails ? 0 : 1);
		CU_ASSERT_EQUAL(script_asked("_mta-sts.d.test", RR_TXT), 2);
		nmx_context_free(ctx);
	}
}

static void
a_flight_survives_a_rebuild_that_fails(void)
{
	struct nmx_context *ctx;
	struct got got = {0};

	sts_begin(&ctx);
	script_rrset("mta-sts.d.test", "A", "192.0.2.9", 0, SCRIPT_LATER);
	script_fetch_put("mta-sts.d.test", FETCH_OK, ENFORCE, SCRIPT_INSIDE);
	sts_ask(ctx, &got);
	script_fail_rebuilding(NMX_E_CONFIG);
	script_jump_wall_s(3600);
	dispatch_all(ctx);
	script_release_all();
	dispatch_all(ctx);
	script_release_all();
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 1);
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_STS);
	got_done(&got);
	nmx_context_free(ctx);
}

CU_TestInfo sts_late_tests[] = {
	{"awaited until its timeout", awaited_until_its_timeout},
	{"what is held when the route is made counts", what_is_held_when_the_route_is_made_counts},
	{"no route outlives its policy", no_route_outlives_its_policy},
	{"what is forgotten meanwhile does not count", what_is_forgotten_meanwhile_does_not_count},
	{"our own trouble is not remembered", our_own_trouble_is_not_remembered},
	{"refreshing comes last", refreshing_comes_last},
	{"a refresh survives a rebuilt resolver", a_refresh_survives_a_rebuilt_resolver},
	{"a flight survives a rebuild that fails", a_flight_survives_a_rebuild_that_fails},
	CU_TEST_INFO_NULL,
};
