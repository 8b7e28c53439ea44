/* SPDX-License-Identifier: BSD-2-Clause */
/* Deliveries that go as they should: the walk, its ends and what the report says of them. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "delivery.h"
#include "suites.h"

/* ---- The walk ------------------------------------------------------------------------------- */

static const char *const orders[] = {
	"", "m1 ", "m1 m2 ", "m1 m2 m3 ", "m1 m2 m3 m4 ", "m1 m2 m3 m4 m5 ", "m1 m2 m3 m4 m5 m6 "};

/* SRV-16: at each position, each result that stops; those before go on. At once, or pending. */
static void
stopped_at(int position, enum nmx_result result, bool pending)
{
	struct mail mail = {.how = 0};

	mail_always(&mail, NMX_TRY_NEXT);
	mail.results[position] = pending ? NMX_PENDING : result;
	mail_run(&mail, "mail.test");
	if (pending) {
		CU_ASSERT_EQUAL(mail.reports, 0);
		CU_ASSERT_EQUAL(nmx_attempt_finish(mail.attempt, result), 0);
		CU_ASSERT_EQUAL(mail.reports, 0); /* it calls nobody */
		dispatch_all(mail.ctx);
	}
	CU_ASSERT_EQUAL(mail.reports, 1);
	CU_ASSERT_EQUAL(mail.error, 0);
	CU_ASSERT_STRING_EQUAL(mail.order, orders[position + 1]);
	CU_ASSERT_EQUAL_FATAL(nmx_report_attempt_count(mail.report), (size_t)position + 1);
	for (int i = 0; i < position; i++)
		CU_ASSERT_EQUAL(nmx_report_result(mail.report, (size_t)i), NMX_TRY_NEXT);
	CU_ASSERT_EQUAL(nmx_report_result(mail.report, (size_t)position), result);
	CU_ASSERT_EQUAL(nmx_report_outcome(mail.report), result == NMX_DELIVERED   ? NMX_DELIVERABLE
							 : result == NMX_STOP_PERM ? NMX_REJECT
										   : NMX_DEFER);
	CU_ASSERT_STRING_EQUAL(nmx_report_domain(mail.report), "mail.test");
	mail_done_all(&mail);
	script_reset();
}

static void
srv_16_stops_at_every_position(void)
{
	static const enum nmx_result stops[] = {NMX_DELIVERED, NMX_STOP_TEMP, NMX_STOP_PERM};

	for (int position = 0; position < MAIL_HOSTS; position++)
		for (int i = 0; i < 3; i++)
			for (int pending = 0; pending < 2; pending++)
				stopped_at(position, stops[i], pending);
}

static void
out_3_all_endpoints_fail(void)
{
	static const struct {
		enum nmx_cause causes[2]; /* of the third host, of the others */
		unsigned codes[2];
		enum nmx_outcome outcome;
		const char *status, *reason;
	} cases[] = {
		{{NMX_CAUSE_NONE, NMX_CAUSE_NONE}, {0, 0}, NMX_DEFER, "4.0.0", "m1.mail.test["},
		{{NMX_CAUSE_GREETING, NMX_CAUSE_GREETING},
		 {554, 554},
		 NMX_REJECT,
		 "5.3.2",
		 "m1.mail.test["},
		{{NMX_CAUSE_CONNECT, NMX_CAUSE_GREETING}, {0, 554}, NMX_DEFER, "4.3.2", "m1.mail"},
		{{NMX_CAUSE_4XX, NMX_CAUSE_GREETING}, {451, 554}, NMX_DEFER, "4.0.0", "m3.mail"},
		{{NMX_CAUSE_TLS, NMX_CAUSE_CONNECT}, {0, 0}, NMX_DEFER, "4.7.5", "m3.mail.test["},
	};

	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		struct mail mail = {.how = 0};

		mail_always(&mail, NMX_TRY_NEXT);
		for (int i = 0; i < MAIL_HOSTS; i++) {
			mail.causes[i] = cases[c].causes[i != 2];
			mail.codes[i] = cases[c].codes[i != 2];
		}
		mail_run(&mail, "mail.test");
		CU_ASSERT_EQUAL(mail.reports, 1);
		CU_ASSERT_STRING_EQUAL(mail.order, orders[MAIL_HOSTS]);
		CU_ASSERT_EQUAL(nmx_report_outcome(mail.report), cases[c].outcome);
		CU_ASSERT_STRING_EQUAL(nmx_report_status(mail.report), cases[c].status);
		CU_ASSERT_EQUAL(strncmp(nmx_report_reason(mail.report), cases[c].reason,
					strlen(cases[c].reason)),
				0);
		mail_done_all(&mail);
		script_reset();
	}
}

static void
attempt_limit(void)
{
	for (unsigned most = 1; most <= MAIL_HOSTS + 1; most++) {
		unsigned expected = most < MAIL_HOSTS ? most : MAIL_HOSTS;
		struct mail mail = {.how = 0};

		mail_always(&mail, NMX_TRY_NEXT);
		mail_start(&mail, "mail.test");
		CU_ASSERT_EQUAL(nmx_delivery_set_attempts(mail.own, most), 0);
		dispatch_all(mail.ctx);
		CU_ASSERT_STRING_EQUAL(mail.order, orders[expected]);
		CU_ASSERT_EQUAL(strstr(nmx_report_reason(mail.report), "more were not") != NULL,
				most < MAIL_HOSTS);
		mail_done_all(&mail);
		script_reset();
	}
}

static void
attempt_limit_by_option(void)
{
	struct mail mail = {.how = 0};

	mail_zone(SCRIPT_INSIDE);
	mail.ctx = start_context((const char *const[]){"delivery-attempts", "2", NULL});
	mail_always(&mail, NMX_TRY_NEXT);
	mail_run(&mail, "mail.test");
	CU_ASSERT_STRING_EQUAL(mail.order, "m1 m2 ");
	mail_done_all(&mail);
}

/* ---- Domains -------------------------------------------------------------------------------- */

static void
domains_without_an_endpoint(void)
{
	static const struct {
		const char *domain;
		enum nmx_outcome outcome;
		const char *status, *said;
	} cases[] = {
		{"none.test", NMX_REJECT, "5.1.2", "none.test"},
		{"null.test", NMX_REJECT, "5.1.10", "null.test"},
		{"fail.test", NMX_DEFER, "4.4.3", "fail.test"},
		{"not a domain", NMX_REJECT, "5.1.2", "not a domain"},
		{"", NMX_REJECT, "5.1.2", ""},
		{"..", NMX_REJECT, "5.1.2", ".."},
		{"[192.0.2.300]", NMX_REJECT, "5.1.3", "[192.0.2.300]"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static struct packet packet;
		struct mail mail = {.how = 0};

		packet_begin(&packet, RCODE_SERVFAIL, "fail.test", RR_MX);
		script_put("fail.test", RR_MX, RCODE_SERVFAIL, &packet, 0, NULL, SCRIPT_INSIDE);
		script_rrset("null.test", "MX", "0 .", 0, SCRIPT_INSIDE);
		mail_run(&mail, cases[i].domain);
		CU_ASSERT_EQUAL(mail.attempts, 0);
		CU_ASSERT_EQUAL(mail.reports, 1);
		CU_ASSERT_PTR_NOT_NULL_FATAL(mail.report);
		CU_ASSERT_EQUAL(nmx_report_outcome(mail.report), cases[i].outcome);
		CU_ASSERT_STRING_EQUAL(nmx_report_status(mail.report), cases[i].status);
		CU_ASSERT_STRING_EQUAL(nmx_report_domain(mail.report), cases[i].said);
		CU_ASSERT_STRING_EQUAL(nmx_report_reason(mail.report),
				       nmx_route_reason(nmx_report_route(mail.report)));
		CU_ASSERT_EQUAL(nmx_report_attempt_count(mail.report), 0);
		mail_done_all(&mail);
		script_reset();
	}
}

static void
literal(void)
{
	struct mail mail = {.causes = {NMX_CAUSE_CONNECT}};

	mail_always(&mail, NMX_TRY_NEXT);
	mail_run(&mail, "[192.0.2.77]");
	CU_ASSERT_EQUAL(mail.attempts, 1);
	CU_ASSERT_STRING_EQUAL(nmx_report_domain(mail.report), "[192.0.2.77]");
	CU_ASSERT_STRING_EQUAL(nmx_endpoint_address(nmx_report_endpoint(mail.report, 0)),
			       "192.0.2.77");
	CU_ASSERT_PTR_NOT_NULL(strstr(nmx_report_reason(mail.report), "[192.0.2.77]:25: said"));
	mail_done_all(&mail);
}

/* ---- Seeds ---------------------------------------------------------------------------------- */

static void
order_with_seed(struct nmx_context *ctx, uint64_t seed, char order[static MOST_ORDER])
{
	struct mail mail = {.ctx = ctx};

	mail_always(&mail, NMX_TRY_NEXT);
	mail_start(&mail, "tier.test");
	CU_ASSERT_EQUAL(nmx_delivery_set_seed(mail.own, seed), 0);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(nmx_plan_seed(nmx_report_plan(mail.report)), seed);
	strcpy(order, mail.order);
	mail_done(&mail);
}

static void
a_seed_replays(void)
{
	struct nmx_context *ctx = start_context((const char *const[]){"backoff", "no", NULL});
	char first[MOST_ORDER], order[MOST_ORDER];
	unsigned same = 0;

	mail_zone(SCRIPT_INSIDE);
	order_with_seed(ctx, 0, first);
	for (uint64_t seed = 0; seed < 50; seed++) {
		char again[MOST_ORDER];

		order_with_seed(ctx, seed, order);
		order_with_seed(ctx, seed, again);
		CU_ASSERT_STRING_EQUAL(order, again);
		CU_ASSERT_EQUAL(strlen(order), strlen(first));
		same += strcmp(order, first) == 0;
	}
	CU_ASSERT(same < 10);
	order_with_seed(ctx, NMX_SEED_MAX, order);
	nmx_context_free(ctx);
}

/* Without a seed each delivery draws its own. */
static void
seeds_are_random(void)
{
	uint64_t seeds[20];
	struct nmx_context *ctx = start_context(NULL);

	mail_zone(SCRIPT_INSIDE);
	for (int i = 0; i < 20; i++) {
		struct mail mail = {.ctx = ctx};

		mail_run(&mail, "tier.test");
		seeds[i] = nmx_plan_seed(nmx_report_plan(mail.report));
		CU_ASSERT(seeds[i] <= NMX_SEED_MAX);
		for (int j = 0; j < i; j++)
			CU_ASSERT_NOT_EQUAL(seeds[i], seeds[j]);
		mail_done(&mail);
	}
	nmx_context_free(ctx);
}

/* ---- Back-off ------------------------------------------------------------------------------- */

/* Fails once at the first host of the tier's draw, then draws it again with the same seed. */
static void
again_after(const char *backoff, enum nmx_cause cause, bool expected)
{
	struct mail first = {.causes = {cause}}, second = {.how = 0};

	mail_zone(SCRIPT_INSIDE);
	first.ctx = second.ctx = start_context((const char *const[]){"backoff", backoff, NULL});
	first.results[0] = NMX_TRY_NEXT;
	mail_start(&first, "tier.test");
	nmx_delivery_set_seed(first.own, 5);
	dispatch_all(first.ctx);
	CU_ASSERT_EQUAL(stat_of(first.ctx, NMX_STAT_BACKOFF_NOW), expected);
	mail_always(&second, NMX_TRY_NEXT);
	mail_start(&second, "tier.test");
	nmx_delivery_set_seed(second.own, 5);
	dispatch_all(second.ctx);
	CU_ASSERT_EQUAL(stat_of(first.ctx, NMX_STAT_PUT_BACK), expected);
	CU_ASSERT_EQUAL(nmx_plan_why_count(nmx_report_plan(second.report)), expected);
	CU_ASSERT_EQUAL(strncmp(first.order, second.order, 3) == 0, !expected);
	if (expected)
		CU_ASSERT_EQUAL(strncmp(first.order, second.order + 15, 3), 0);
	CU_ASSERT_EQUAL(strlen(second.order), strlen(orders[MAIL_HOSTS]));
	mail_done(&first);
	mail_done_all(&second);
	script_reset();
}

static void
bak_1_on_and_off(void)
{
	for (int cause = NMX_CAUSE_CONNECT; cause <= NMX_CAUSE_5XX; cause++) {
		again_after("yes", (enum nmx_cause)cause, cause <= NMX_CAUSE_GREETING);
		again_after("no", (enum nmx_cause)cause, false);
	}
}

/* BAK-1 speaks of connect and greeting failures. A caller that only says what to do, as most will who
 * look at the reply to RCPT, has not said that the endpoint is bad. */
static void
bak_1_no_cause_is_no_failure(void)
{
	struct mail mail = {.results = {NMX_STOP_PERM}};

	mail_run(&mail, "mail.test");
	CU_ASSERT_EQUAL(stat_of(mail.ctx, NMX_STAT_BACKOFF_NOW), 0);
	mail_done_all(&mail);
}

/* Until 60 s have passed, twice that after the second failure; a delivery forgets. */
static void
bak_1_in_time(void)
{
	struct mail mail = {.causes = {NMX_CAUSE_CONNECT}};
	static const struct {
		int advance_s;
		uint64_t put_back; /* since the beginning */
	} steps[] = {{0, 0}, {59, 1}, {119, 2}, {239, 3}, {480, 3}};

	mail_always(&mail, NMX_TRY_NEXT);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		mail.attempts = mail.reports = 0;
		if (i)
			script_advance_ms(steps[i].advance_s * 1000);
		mail_start(&mail, "[192.0.2.7]");
		dispatch_all(mail.ctx);
		CU_ASSERT_EQUAL(stat_of(mail.ctx, NMX_STAT_PUT_BACK), steps[i].put_back);
		mail_done(&mail);
	}
	mail.causes[0] = NMX_CAUSE_NONE;
	mail.results[0] = NMX_DELIVERED;
	mail.attempts = mail.reports = 0;
	mail_run(&mail, "[192.0.2.7]");
	CU_ASSERT_EQUAL(stat_of(mail.ctx, NMX_STAT_BACKOFF_NOW), 0);
	mail_done_all(&mail);
}

/* ---- Counters ------------------------------------------------------------------------------- */

static void
counters(void)
{
	struct mail mail = {.results = {NMX_TRY_NEXT, NMX_PENDING, NMX_DELIVERED}};
	struct mail routing = {.how = 0};

	mail_run(&mail, "mail.test");
	CU_ASSERT_EQUAL(stat_of(mail.ctx, NMX_STAT_DELIVERIES), 1);
	CU_ASSERT_EQUAL(stat_of(mail.ctx, NMX_STAT_DELIVERIES_NOW), 1);
	CU_ASSERT_EQUAL(stat_of(mail.ctx, NMX_STAT_ATTEMPTS), 2);
	routing.ctx = mail.ctx;
	mail_start(&routing, "mail.test");
	CU_ASSERT_EQUAL(stat_of(mail.ctx, NMX_STAT_DELIVERIES), 2);
	CU_ASSERT_EQUAL(stat_of(mail.ctx, NMX_STAT_DELIVERIES_NOW), 2);
	nmx_delivery_cancel(routing.own);
	CU_ASSERT_EQUAL(stat_of(mail.ctx, NMX_STAT_DELIVERIES_NOW), 1);
	CU_ASSERT_EQUAL(nmx_attempt_finish(mail.attempt, NMX_TRY_NEXT), 0);
	CU_ASSERT_EQUAL(stat_of(mail.ctx, NMX_STAT_DELIVERIES_NOW), 1);
	dispatch_all(mail.ctx);
	CU_ASSERT_EQUAL(stat_of(mail.ctx, NMX_STAT_DELIVERIES_NOW), 0);
	CU_ASSERT_EQUAL(stat_of(mail.ctx, NMX_STAT_ATTEMPTS), 3);
	CU_ASSERT_EQUAL(stat_of(mail.ctx, NMX_STAT_DEADLINES), 0);
	mail_done(&routing);
	mail_done_all(&mail);
}

/* "Returns how many callbacks ran": the caller's, one attempt and one report. */
static void
dispatch_counts_the_callers_callbacks(void)
{
	struct mail mail = {.how = 0};

	mail_start(&mail, "mail.test");
	CU_ASSERT_EQUAL(dispatch_all(mail.ctx), 2);
	mail_done_all(&mail);
}

CU_TestInfo delivery_tests[] = {
	{"SRV-16: stops at every position", srv_16_stops_at_every_position},
	{"OUT-3: all endpoints fail", out_3_all_endpoints_fail},
	{"attempt limit", attempt_limit},
	{"attempt limit by option", attempt_limit_by_option},
	{"domains without an endpoint", domains_without_an_endpoint},
	{"literal", literal},
	{"a seed replays", a_seed_replays},
	{"seeds are random", seeds_are_random},
	{"BAK-1: on and off", bak_1_on_and_off},
	{"BAK-1: no cause is no failure", bak_1_no_cause_is_no_failure},
	{"BAK-1: in time", bak_1_in_time},
	{"counters", counters},
	{"dispatch counts the caller's callbacks", dispatch_counts_the_callers_callbacks},
	CU_TEST_INFO_NULL,
};
