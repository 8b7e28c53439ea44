/* SPDX-License-Identifier: BSD-2-Clause */
/* MTA-STS over time: what holds a route up and for how long, what is fetched when, and what is held. */
#include <string.h>

#include "sts.h"
#include "suites.h"

/* STS-2: a first policy is waited for, and then binds the first message. */
static void
a_first_policy_is_waited_for(void)
{
	struct nmx_context *ctx;
	struct got got = {0};

	sts_begin(&ctx);
	script_fetch_put("mta-sts.d.test", FETCH_OK, ENFORCE, SCRIPT_LATER);
	sts_ask(ctx, &got);
	CU_ASSERT_EQUAL(got.calls, 0);
	CU_ASSERT_EQUAL(script_fetching(), 1);
	script_advance_ms(4999);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 0);
	script_fetch_release();
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 1);
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_STS);
	CU_ASSERT_EQUAL(nmx_route_sts_mode(got.route), NMX_STS_ENFORCE);
	CU_ASSERT_STRING_EQUAL(nmx_route_sts_id(got.route), "1");
	CU_ASSERT_EQUAL(nmx_route_sts_was_fetched(got.route), 1);
	CU_ASSERT_EQUAL(nmx_route_sts_mx_count(got.route), 1);
	CU_ASSERT_STRING_EQUAL(nmx_route_sts_mx(got.route, 0), "m.d.test");
	CU_ASSERT_PTR_NULL(nmx_route_sts_mx(got.route, 1));
	got_done(&got);
	nmx_context_free(ctx);
}

/* STS-2: after sts-timeout the route goes on without; the fetch does not stop, and the next look-up
 * has it. */
static void
a_late_policy_is_there_the_next_time(void)
{
	struct nmx_context *ctx;
	struct got got = {0};

	sts_begin(&ctx);
	script_fetch_put("mta-sts.d.test", FETCH_OK, ENFORCE, SCRIPT_LATER);
	sts_ask(ctx, &got);
	script_advance_ms(5001);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 1);
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_MAY);
	CU_ASSERT(nmx_route_ttl(got.route) <= 60);
	CU_ASSERT_EQUAL(script_fetching(), 1);
	script_fetch_release();
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(script_fetching(), 0);
	script_advance_ms(61000);
	sts_ask(ctx, &got);
	CU_ASSERT_EQUAL(got.calls, 2);
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_STS);
	CU_ASSERT_EQUAL(nmx_route_sts_was_fetched(got.route), 0);
	CU_ASSERT_EQUAL(script_fetched(NULL), 1);
	got_done(&got);
	nmx_context_free(ctx);
}

/* STS-2: what is held stays in force while a new id's policy does not come, and is the policy of a
 * request whose own deadline is shorter. */
static void
a_held_policy_outlasts_a_slow_new_one(void)
{
	struct nmx_context *ctx;
	struct nmx_request *req;
	struct got got = {0}, hasty = {0};

	sts_begin(&ctx);
	sts_hold(ctx, "d.test", "0", ENFORCE, 60);
	script_fetch_put("mta-sts.d.test", FETCH_OK, TESTING, SCRIPT_LATER);
	CU_ASSERT_EQUAL(nmx_request_start(ctx, "d.test", note_route, &hasty, &req), 0);
	CU_ASSERT_EQUAL(nmx_request_set_deadline(req, 1000), 0);
	sts_ask(ctx, &got);
	script_advance_ms(1001);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(hasty.calls, 1);
	CU_ASSERT_EQUAL(sts_tls(&hasty), NMX_TLS_STS);
	CU_ASSERT(nmx_route_ttl(hasty.route) <= 60);
	CU_ASSERT_EQUAL(got.calls, 0);
	script_advance_ms(4000);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 1);
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_STS);
	CU_ASSERT_STRING_EQUAL(nmx_route_sts_id(got.route), "0");
	CU_ASSERT(nmx_route_ttl(got.route) <= 60);
	nmx_request_free(req);
	got_done(&hasty);
	got_done(&got);
	nmx_context_free(ctx);
}

/* STS-2: a server that is silent about the record holds nothing up beyond sts-timeout. */
static void
a_silent_record_is_not_waited_for(void)
{
	struct nmx_context *ctx;
	struct got got = {0};

	script_reset();
	script_fetch_reset();
	sts_publish("1", SCRIPT_NEVER);
	ctx = start_context(sts_on);
	sts_hold(ctx, "d.test", "1", ENFORCE, 60);
	sts_ask(ctx, &got);
	CU_ASSERT_EQUAL(got.calls, 0);
	script_advance_ms(5001);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(got.calls, 1);
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_STS);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_LOOKUPS_NOW), 0);
	got_done(&got);
	nmx_context_free(ctx);
}

/* STS-4: one flight a domain, whoever asks and whenever. */
static void
one_flight_for_all(void)
{
	struct nmx_context *ctx;
	struct got gots[50] = {{0}};

	sts_begin(&ctx);
	script_fetch_put("mta-sts.d.test", FETCH_OK, ENFORCE, SCRIPT_LATER);
	for (int i = 0; i < 25; i++)
		sts_ask(ctx, &gots[i]);
	script_advance_ms(5001);
	dispatch_all(ctx);
	script_advance_ms(
		20000); /* nearly the flight's whole time; the route is no longer cached */
	script_advance_ms(500);
	for (int i = 0; i < 25; i++)
		CU_ASSERT_EQUAL(gots[i].calls, 1);
	cache_clear(&ctx->cache);
	for (int i = 25; i < 50; i++)
		sts_ask(ctx, &gots[i]);
	CU_ASSERT_EQUAL(script_fetched(NULL), 1);
	script_fetch_release();
	dispatch_all(ctx);
	for (int i = 25; i < 50; i++) {
		CU_ASSERT_EQUAL(gots[i].calls, 1);
		CU_ASSERT_EQUAL(sts_tls(&gots[i]), NMX_TLS_STS);
	}
	for (int i = 0; i < 50; i++)
		got_done(&gots[i]);
	nmx_context_free(ctx);
}

/* STS-5: an id that failed is left alone for five minutes, a new one is tried at once. */
static void
a_failed_id_is_left_alone(void)
{
	struct nmx_context *ctx;
	struct got got = {0};

	sts_begin(&ctx);
	script_fetch_put("mta-sts.d.test", FETCH_STATUS, "it answered 404", SCRIPT_INSIDE);
	sts_ask(ctx, &got);
	CU_ASSERT_EQUAL(script_fetched(NULL), 1);
	for (int minute = 1; minute <= 4; minute++) {
		script_advance_ms(61000);
		sts_ask(ctx, &got);
		CU_ASSERT_EQUAL(got.calls, 1 + minute);
		CU_ASSERT_EQUAL(script_fetched(NULL), 1);
	}
	script_advance_ms(61000); /* 305 s */
	sts_ask(ctx, &got);
	CU_ASSERT_EQUAL(script_fetched(NULL), 2);
	script_advance_ms(61000);
	sts_publish("2", SCRIPT_INSIDE);
	sts_ask(ctx, &got);
	CU_ASSERT_EQUAL(script_fetched(NULL), 3);
	got_done(&got);
	nmx_context_free(ctx);
}

/* STS-5: a policy in use is fetched again about daily, in the background; that it cannot be changes
 * nothing. */
static void
a_policy_in_use_is_refreshed(void)
{
	struct nmx_context *ctx;
	struct got got = {0};

	sts_begin(&ctx);
	sts_hold(ctx, "d.test", "1", ENFORCE, 86399);
	script_fetch_put("mta-sts.d.test", FETCH_TIMEOUT, "nothing came", SCRIPT_LATER);
	sts_ask(ctx, &got);
	CU_ASSERT_EQUAL(script_fetched(NULL), 0);
	script_advance_ms(301000);
	sts_ask(ctx, &got);
	CU_ASSERT_EQUAL(got.calls, 2);
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_STS);
	CU_ASSERT_EQUAL(script_fetched(NULL), 1);
	script_fetch_release();
	dispatch_all(ctx);
	script_advance_ms(301000);
	script_fetch_put("mta-sts.d.test", FETCH_OK, ENFORCE, SCRIPT_INSIDE);
	sts_ask(ctx, &got);
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_STS);
	CU_ASSERT(nmx_route_sts_age(got.route) > 86400);
	CU_ASSERT_EQUAL(script_fetched(NULL), 2);
	script_advance_ms(301000);
	sts_ask(ctx, &got);
	CU_ASSERT(nmx_route_sts_age(got.route) < 400);
	CU_ASSERT_EQUAL(script_fetched(NULL), 2);
	got_done(&got);
	nmx_context_free(ctx);
}

/* STS-5: also between messages, as long as it was used in the last 30 days. */
static void
a_policy_is_kept_fresh_between_messages(void)
{
	struct nmx_context *ctx;
	struct got got = {0};
	unsigned fetched;

	sts_begin(&ctx);
	script_fetch_put("mta-sts.d.test", FETCH_OK, ENFORCE, SCRIPT_INSIDE);
	sts_ask(ctx, &got);
	for (int day = 0; day < 20; day++) {
		for (int hour = 0; hour < 24; hour++) {
			script_advance_ms(3600 * 1000);
			dispatch_all(ctx);
		}
		if (day % 3 == 0) /* that it fails at times does no harm */
			script_fetch_put("mta-sts.d.test", FETCH_CONNECT, "refused", SCRIPT_INSIDE);
		else
			script_fetch_put("mta-sts.d.test", FETCH_OK, ENFORCE, SCRIPT_INSIDE);
	}
	script_rrset("_mta-sts.d.test", "TXT", "", 0, SCRIPT_INSIDE); /* somebody hides it */
	sts_ask(ctx, &got);
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_STS);
	fetched = script_fetched(NULL);
	CU_ASSERT(fetched > 10 && fetched < 250);
	script_fetch_put("mta-sts.d.test", FETCH_OK, ENFORCE, SCRIPT_INSIDE);
	for (int day = 0; day < 45; day++) {
		for (int hour = 0; hour < 24; hour++) {
			script_advance_ms(3600 * 1000);
			dispatch_all(ctx);
		}
		if (day == 31)
			fetched = script_fetched(NULL);
	}
	CU_ASSERT_EQUAL(script_fetched(NULL), fetched); /* nobody uses it: it may expire */
	sts_ask(ctx, &got);
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_MAY);
	got_done(&got);
	nmx_context_free(ctx);
}

/* CLK-1: a policy's life is of wall time. */
static void
expiry_is_of_wall_time(void)
{
	struct nmx_context *ctx;
	struct got got = {0};

	sts_begin(&ctx);
	script_rrset("_mta-sts.d.test", "TXT", "", 0, SCRIPT_INSIDE);
	sts_hold(ctx, "d.test", "1", ENFORCE, 0);
	sts_ask(ctx, &got);
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_STS);
	script_jump_wall_s(604799);
	dispatch_all(ctx); /* the jump is seen, and the cache emptied */
	sts_ask(ctx, &got);
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_STS);
	CU_ASSERT(nmx_route_ttl(got.route) <= 1);
	script_advance_ms(1001);
	sts_ask(ctx, &got);
	CU_ASSERT_EQUAL(sts_tls(&got), NMX_TLS_MAY);
	got_done(&got);
	nmx_context_free(ctx);
}

CU_TestInfo sts_tests[] = {
	{"a first policy is waited for", a_first_policy_is_waited_for},
	{"a late policy is there the next time", a_late_policy_is_there_the_next_time},
	{"a held policy outlasts a slow new one", a_held_policy_outlasts_a_slow_new_one},
	{"a silent record is not waited for", a_silent_record_is_not_waited_for},
	{"one flight for all", one_flight_for_all},
	{"a failed id is left alone", a_failed_id_is_left_alone},
	{"a policy in use is refreshed", a_policy_in_use_is_refreshed},
	{"a policy is kept fresh between messages", a_policy_is_kept_fresh_between_messages},
	{"expiry is of wall time", expiry_is_of_wall_time},
	CU_TEST_INFO_NULL,
};
