/* SPDX-License-Identifier: BSD-2-Clause */
/* Fetching MTA-STS policies: many at once, and what ends meanwhile. */
#include <stdio.h>
#include <string.h>

#include "sts.h"
#include "suites.h"

/* STS-4: 16 at once; the others wait their turn, and nobody is lost. */
static void
sixteen_at_once(void)
{
	enum { DOMAINS = 50 };
	struct nmx_context *ctx;
	struct got gots[DOMAINS] = {{0}};
	char name[64], text[64];

	script_reset();
	script_fetch_reset();
	for (int i = 0; i < DOMAINS; i++) {
		snprintf(name, sizeof(name), "d%d.test", i);
		script_rrset(name, "A", "192.0.2.1", 0, SCRIPT_INSIDE);
		script_rrset(name, "MX", "", 0, SCRIPT_INSIDE);
		snprintf(name, sizeof(name), "_mta-sts.d%d.test", i);
		script_rrset(name, "TXT", "v=STSv1; id=1", 0, SCRIPT_INSIDE);
		snprintf(name, sizeof(name), "mta-sts.d%d.test", i);
		script_rrset(name, "A", "192.0.2.9", 0, SCRIPT_INSIDE);
		snprintf(text, sizeof(text), "version: STSv1\nmode: enforce\nmx: d%d.test\n", i);
		strcat(text, "max_age: 9\n");
		script_fetch_put(name, FETCH_OK, text, SCRIPT_LATER);
	}
	ctx = start_context(sts_on);
	for (int i = 0; i < DOMAINS; i++) {
		snprintf(name, sizeof(name), "d%d.test", i);
		nmx_request_start(ctx, name, note_route, &gots[i], NULL);
	}
	for (int left = DOMAINS; left > 0; left -= LIMIT_FETCHES) {
		dispatch_all(ctx);
		CU_ASSERT_EQUAL(script_fetching(),
				(unsigned)(left < LIMIT_FETCHES ? left : LIMIT_FETCHES));
		script_fetch_release();
	}
	dispatch_all(ctx);
	for (int i = 0; i < DOMAINS; i++) {
		CU_ASSERT_EQUAL(gots[i].calls, 1);
		CU_ASSERT_EQUAL(sts_tls(&gots[i]), NMX_TLS_STS);
		got_done(&gots[i]);
	}
	CU_ASSERT_EQUAL(script_fetched(NULL), DOMAINS);
	nmx_context_free(ctx);
}

/* STS-4: a hundred hosts that are silent hold up a good one for no longer than sts-timeout. */
static void
silent_hosts_take_turns(void)
{
	enum { SILENT = 100 };
	struct nmx_context *ctx;
	struct got gots[SILENT] = {{0}}, good = {0};
	char name[64];

	sts_begin(&ctx);
	script_fetch_put("mta-sts.d.test", FETCH_OK, ENFORCE, SCRIPT_INSIDE);
	for (int i = 0; i < SILENT; i++) {
		snprintf(name, sizeof(name), "s%d.test", i);
		script_rrset(name, "MX", "10 m.d.test", 0, SCRIPT_INSIDE);
		snprintf(name, sizeof(name), "_mta-sts.s%d.test", i);
		script_rrset(name, "TXT", "v=STSv1; id=1", 0, SCRIPT_INSIDE);
		snprintf(name, sizeof(name), "mta-sts.s%d.test", i);
		script_rrset(name, "A", "192.0.2.9", 0, SCRIPT_INSIDE);
		script_fetch_put(name, FETCH_TIMEOUT, "nothing came", SCRIPT_NEVER);
		snprintf(name, sizeof(name), "s%d.test", i);
		nmx_request_start(ctx, name, note_route, &gots[i], NULL);
	}
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(script_fetching(), LIMIT_FETCHES);
	sts_ask(ctx, &good);
	for (int tenth = 0; tenth < 49 && !good.calls; tenth++) {
		script_advance_ms(100);
		dispatch_all(ctx);
		CU_ASSERT(script_fetching() <= LIMIT_FETCHES);
	}
	CU_ASSERT_EQUAL(good.calls, 1);
	CU_ASSERT_EQUAL(sts_tls(&good), NMX_TLS_STS);
	for (int tenth = 0; tenth < 1300; tenth++) {
		script_advance_ms(100);
		dispatch_all(ctx);
	}
	CU_ASSERT_EQUAL(script_fetching(), 0); /* each has had its time, and no more */
	for (int i = 0; i < SILENT; i++) {
		CU_ASSERT_EQUAL(gots[i].calls, 1);
		got_done(&gots[i]);
	}
	got_done(&good);
	nmx_context_free(ctx);
}

/* Whoever leaves leaves the flight alone; a context takes its flights along, at every stage. */
static void
leaving_and_freeing_at_every_stage(void)
{
	struct nmx_context *ctx;
	struct nmx_request *req;
	struct got got = {0};

	for (int stage = 0; stage < 6; stage++) {
		sts_begin(&ctx);
		if (stage >= 1)
			script_rrset("mta-sts.d.test", "A", "192.0.2.9", 0, SCRIPT_LATER);
		script_fetch_put("mta-sts.d.test", FETCH_OK, ENFORCE, SCRIPT_LATER);
		CU_ASSERT_EQUAL(nmx_request_start(ctx, "d.test", note_route, &got, &req), 0);
		dispatch_all(ctx);
		if (stage >= 2)
			nmx_request_cancel(req);
		if (stage >= 3) {
			script_release_all();
			dispatch_all(ctx);
			CU_ASSERT_EQUAL(script_fetching(), 1);
		}
		if (stage >= 4) {
			script_fetch_release();
			dispatch_all(ctx);
			CU_ASSERT_EQUAL(store_find(sts_store(ctx->sts), "d.test")->mode,
					NMX_STS_ENFORCE);
		}
		nmx_request_free(req);
		nmx_context_free(ctx);
		CU_ASSERT_EQUAL(script_fetching(), 0);
		CU_ASSERT_EQUAL(got.calls, 0);
	}
}

/* CLK-1: when the resolver is rebuilt, the flight asks for its addresses again. */
static void
a_flight_survives_a_rebuilt_resolver(void)
{
	struct nmx_context *ctx;
	struct got got = {0};

	sts_begin(&ctx);
	script_rrset("mta-sts.d.test", "A", "192.0.2.9", 0, SCRIPT_LATER);
	script_fetch_put("mta-sts.d.test", FETCH_OK, ENFORCE, SCRIPT_INSIDE);
	sts_ask(ctx, &got);
	script_jump_wall_s(3600);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(script_rebuilds(), 1);
	CU_ASSERT_EQUAL(script_asked("mta-sts.d.test", RR_A), 2);
	script_release_all();
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 1);
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_STS);
	got_done(&got);
	nmx_context_free(ctx);
}

/* A policy host that DNS says nothing about takes half of the flight's time, and no more. */
static void
a_policy_host_that_dns_is_silent_about(void)
{
	struct nmx_context *ctx;
	struct got got = {0};

	sts_begin(&ctx);
	script_rrset("mta-sts.d.test", "A", "192.0.2.9", 0, SCRIPT_NEVER);
	sts_ask(ctx, &got);
	script_advance_ms(5001);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 1);
	script_advance_ms(10000);
	cache_clear(&ctx->cache);
	sts_ask(ctx, &got);
	CU_ASSERT_EQUAL(got.calls, 2); /* the flight has failed by now: nobody waits for it */
	CU_ASSERT_EQUAL(script_fetched(NULL), 0);
	got_done(&got);
	nmx_context_free(ctx);
}

CU_TestInfo sts_flight_tests[] = {
	{"sixteen at once", sixteen_at_once},
	{"silent hosts take turns", silent_hosts_take_turns},
	{"leaving and freeing at every stage", leaving_and_freeing_at_every_stage},
	{"a flight survives a rebuilt resolver", a_flight_survives_a_rebuilt_resolver},
	{"a policy host that DNS is silent about", a_policy_host_that_dns_is_silent_about},
	CU_TEST_INFO_NULL,
};
