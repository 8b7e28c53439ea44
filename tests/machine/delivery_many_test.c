/* SPDX-License-Identifier: BSD-2-Clause */
/* Deadlines, and many deliveries: bounds, turns, and a descriptor that says when there is more. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "delivery.h"
#include "suites.h"

/* ---- Deadlines -------------------------------------------------------------------------------- */

static void
deadline_while_routing(void)
{
	struct mail mail = {.how = 0};

	mail.ctx = start_context(NULL);
	mail_zone(SCRIPT_NEVER);
	mail_start(&mail, "mail.test");
	CU_ASSERT_EQUAL(nmx_delivery_set_deadline(mail.own, 1000), 0);
	dispatch_all(mail.ctx);
	script_advance_ms(999);
	dispatch_all(mail.ctx);
	CU_ASSERT_EQUAL(mail.reports, 0);
	script_advance_ms(1);
	dispatch_all(mail.ctx);
	CU_ASSERT_EQUAL_FATAL(mail.reports, 1);
	CU_ASSERT_EQUAL(mail.attempts, 0);
	CU_ASSERT_PTR_NULL(nmx_report_route(mail.report));
	CU_ASSERT_PTR_NULL(nmx_report_plan(mail.report));
	CU_ASSERT_STRING_EQUAL(nmx_report_status(mail.report), "4.4.7");
	CU_ASSERT_STRING_EQUAL(nmx_report_domain(mail.report), "mail.test");
	CU_ASSERT_EQUAL(stat_of(mail.ctx, NMX_STAT_LOOKUPS_NOW), 0);
	CU_ASSERT_EQUAL(stat_of(mail.ctx, NMX_STAT_DEADLINES), 1);
	mail_done_all(&mail);
}

/* The domain of a report is the route's spelling, lower case and printable, whether there is a route or not:
 * JSON is UTF-8. */
static void
deadline_before_a_hostile_domain_is_known(void)
{
	static const char *const domains[][2] = {{"Mail.TEST.", "mail.test"},
						 {"a\xff\n\x01.test", "a\\255\\010\\001.test"}};

	for (int i = 0; i < 2; i++) {
		struct mail mail = {.how = 0};

		mail.ctx = start_context(NULL);
		mail_zone(SCRIPT_NEVER);
		mail_start(&mail, domains[i][0]);
		nmx_delivery_set_deadline(mail.own, 1);
		script_advance_ms(1);
		dispatch_all(mail.ctx);
		CU_ASSERT_PTR_NOT_NULL_FATAL(mail.report);
		CU_ASSERT_STRING_EQUAL(nmx_report_domain(mail.report), domains[i][1]);
		mail_done_all(&mail);
		script_reset();
	}
}

/* The options' whole range: their milliseconds are many nanoseconds. */
static void
deadline_by_option(void)
{
	static const struct {
		const char *option;
		unsigned ms;
	} cases[] = {{"1", 1},		 {"4294", 4294},       {"4295", 4295},
		     {"600000", 600000}, {"3600000", 3600000}, {"86400000", 86400000}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mail mail = {.results = {NMX_PENDING}};

		mail_zone(SCRIPT_INSIDE);
		mail.ctx = start_context(
			(const char *const[]){"delivery-deadline-ms", cases[i].option, NULL});
		mail_run(&mail, "mail.test");
		CU_ASSERT_EQUAL(nmx_attempt_ms_left(mail.attempt), cases[i].ms);
		nmx_delivery_cancel(mail.own);
		nmx_attempt_finish(mail.attempt, NMX_DELIVERED);
		mail_done_all(&mail);
		script_reset();
	}
}

static void
deadline_while_pending(void)
{
	struct mail mail = {.results = {NMX_TRY_NEXT, NMX_PENDING}, .causes = {NMX_CAUSE_CONNECT}};

	mail_start(&mail, "mail.test");
	nmx_delivery_set_deadline(mail.own, 86400000);
	dispatch_all(mail.ctx);
	CU_ASSERT_EQUAL(nmx_attempt_ms_left(mail.attempt), 86400000);
	script_advance_ms(86399999);
	CU_ASSERT_EQUAL(nmx_attempt_ms_left(mail.attempt), 1);
	dispatch_all(mail.ctx);
	CU_ASSERT_EQUAL(mail.reports, 0);
	script_advance_ms(1);
	CU_ASSERT_EQUAL(nmx_attempt_ms_left(mail.attempt), 0);
	dispatch_all(mail.ctx);
	CU_ASSERT_EQUAL_FATAL(mail.reports, 1);
	CU_ASSERT_STRING_EQUAL(nmx_report_status(mail.report), "4.4.7");
	CU_ASSERT_EQUAL(nmx_report_result(mail.report, 1), NMX_STOP_TEMP);
	CU_ASSERT_EQUAL(nmx_report_ms(mail.report, 1), 86400000);
	CU_ASSERT_PTR_NOT_NULL(strstr(nmx_report_reason(mail.report), "then the deadline passed"));
	CU_ASSERT_EQUAL(nmx_attempt_finish(mail.attempt, NMX_DELIVERED), NMX_E_STATE);
	mail_done_all(&mail);
}

/* The caller has finished in time, but dispatch comes after the deadline: the result counts. */
static void
deadline_after_the_last_result(void)
{
	struct mail mail = {.results = {NMX_PENDING}};

	mail_run(&mail, "mail.test");
	CU_ASSERT_EQUAL(nmx_attempt_finish(mail.attempt, NMX_DELIVERED), 0);
	script_advance_ms(600000);
	dispatch_all(mail.ctx);
	CU_ASSERT_EQUAL(mail.reports, 1);
	CU_ASSERT_EQUAL(nmx_report_outcome(mail.report), NMX_DELIVERABLE);
	mail_done_all(&mail);
}

static void
deadline_between_attempts(void)
{
	struct mail mail = {.results = {NMX_PENDING}, .causes = {NMX_CAUSE_GREETING}};

	mail_run(&mail, "mail.test");
	CU_ASSERT_EQUAL(nmx_attempt_finish(mail.attempt, NMX_TRY_NEXT), 0);
	script_advance_ms(600000);
	dispatch_all(mail.ctx);
	CU_ASSERT_EQUAL(mail.attempts, 1);
	CU_ASSERT_EQUAL(mail.reports, 1);
	CU_ASSERT_EQUAL(nmx_report_attempt_count(mail.report), 1);
	CU_ASSERT_STRING_EQUAL(nmx_report_status(mail.report), "4.4.7");
	mail_done_all(&mail);
}

static void
act_take_long(struct mail *mail)
{
	script_advance_ms(mail->how ? mail->how : 200000);
}

/* "Milliseconds after which no attempt begins", also when deliver itself takes the time, as one that
 * blocks does: at 0, 200 and 400 s, not at 600 s. */
static void
no_attempt_begins_after_the_deadline(void)
{
	struct mail mail = {.act = act_take_long};

	mail_always(&mail, NMX_TRY_NEXT);
	mail_start(&mail, "mail.test");
	CU_ASSERT_EQUAL(nmx_delivery_set_deadline(mail.own, 600000), 0);
	dispatch_all(mail.ctx);
	CU_ASSERT_EQUAL(mail.attempts, 3);
	CU_ASSERT_STRING_EQUAL(nmx_report_status(mail.report), "4.4.7");
	mail_done_all(&mail);
}

static void
no_attempt_begins_after_the_deadline_blocking(void)
{
	struct mail mail = {.act = act_take_long, .how = 500};
	struct nmx_report *report = NULL;

	mail_always(&mail, NMX_TRY_NEXT);
	mail_zone(SCRIPT_INSIDE);
	mail.ctx = start_context((const char *const[]){"delivery-deadline-ms", "1500", NULL});
	CU_ASSERT_EQUAL(nmx_deliver(mail.ctx, "mail.test", mail_deliver, &mail, &report), 0);
	CU_ASSERT_EQUAL(mail.attempts, 3);
	CU_ASSERT_STRING_EQUAL(nmx_report_status(report), "4.4.7");
	nmx_report_unref(report);
	nmx_context_free(mail.ctx);
}

/* What a server said in an attempt that is given up is not shown with words that it did not say. */
static void
deadline_keeps_what_was_said(void)
{
	struct mail mail = {.results = {NMX_PENDING}, .causes = {NMX_CAUSE_4XX}, .codes = {451}};

	mail_run(&mail, "mail.test");
	script_advance_ms(600000);
	dispatch_all(mail.ctx);
	CU_ASSERT_PTR_NULL(strstr(nmx_report_reason(mail.report), "451 no result"));
	CU_ASSERT_EQUAL(nmx_attempt_finish(mail.attempt, NMX_DELIVERED), NMX_E_STATE);
	mail_done_all(&mail);
}

/* ---- The descriptor --------------------------------------------------------------------------- */

static bool
is_readable(struct nmx_context *ctx, int ms)
{
	struct pollfd fd = {nmx_context_fd(ctx), POLLIN, 0};

	return poll(&fd, 1, ms) == 1;
}

/* By the real clock: a deadline that is set between two dispatches wakes poll(). */
static void
a_new_deadline_wakes_the_descriptor(void)
{
	struct mail mail = {.how = 0};

	mail.ctx = start_context_on(&clock_system, NULL);
	mail_zone(SCRIPT_NEVER);
	mail_start(&mail, "mail.test");
	for (int i = 0; i < 10; i++)
		nmx_context_dispatch(mail.ctx);
	CU_ASSERT(!is_readable(mail.ctx, 0));
	CU_ASSERT_EQUAL(nmx_delivery_set_deadline(mail.own, 20), 0);
	CU_ASSERT(is_readable(mail.ctx, 2000));
	mail_done_all(&mail);
}

/* The same for a request, whose deadline is set in the same way. */
static void
a_new_request_deadline_wakes_the_descriptor(void)
{
	struct nmx_context *ctx = start_context_on(&clock_system, NULL);
	struct nmx_request *req;
	struct got got = {0};

	mail_zone(SCRIPT_NEVER);
	nmx_request_start(ctx, "mail.test", note_route, &got, &req);
	for (int i = 0; i < 10; i++)
		nmx_context_dispatch(ctx);
	CU_ASSERT(!is_readable(ctx, 0));
	CU_ASSERT_EQUAL(nmx_request_set_deadline(req, 20), 0);
	CU_ASSERT(is_readable(ctx, 2000));
	nmx_request_free(req);
	nmx_context_free(ctx);
}

static void
finish_wakes_the_descriptor(void)
{
	struct mail mail = {.results = {NMX_PENDING}};

	mail.ctx = start_context_on(&clock_system, NULL);
	mail_zone(SCRIPT_INSIDE);
	mail_start(&mail, "mail.test");
	CU_ASSERT(is_readable(mail.ctx, 0));
	for (int i = 0; i < 10; i++)
		nmx_context_dispatch(mail.ctx);
	CU_ASSERT(!is_readable(mail.ctx, 0));
	CU_ASSERT_EQUAL(nmx_attempt_finish(mail.attempt, NMX_DELIVERED), 0);
	CU_ASSERT(is_readable(mail.ctx, 0));
	mail_done_all(&mail);
}

/* ---- Many ------------------------------------------------------------------------------------- */

/* A crowd's user: what came of all. */
struct crowd {
	unsigned attempts, reports, delivered;
	enum nmx_result result;
	char turns[128];
};

static enum nmx_result
crowd_deliver(struct nmx_attempt *attempt, void *user)
{
	struct crowd *crowd = user;

	crowd->attempts++;
	return nmx_attempt_number(attempt) < 3 ? NMX_TRY_NEXT : crowd->result;
}

static void
crowd_report(int error, struct nmx_report *report, void *user)
{
	struct crowd *crowd = user;

	CU_ASSERT_EQUAL(error, 0);
	crowd->reports++;
	crowd->delivered += nmx_report_outcome(report) == NMX_DELIVERABLE;
}

static void
crowd_route(int error, struct nmx_route *route, void *user)
{
	struct crowd *crowd = user;

	(void)error, (void)route;
	strcat(crowd->turns, "r");
}

static struct nmx_context *
start_crowd(struct crowd *crowd, unsigned n)
{
	struct nmx_context *ctx = start_context(NULL);

	mail_zone(SCRIPT_INSIDE);
	for (unsigned i = 0; i < n; i++)
		if (nmx_delivery_start(ctx, "mail.test", crowd_deliver, crowd_report, crowd, NULL))
			abort();
	return ctx;
}

static void
ten_thousand_at_once(void)
{
	struct crowd crowd = {.result = NMX_DELIVERED};
	struct nmx_context *ctx = start_crowd(&crowd, 10000);

	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_DELIVERIES_NOW), 10000);
	dispatch_all(ctx);
	CU_ASSERT_EQUAL(crowd.attempts, 30000);
	CU_ASSERT_EQUAL(crowd.reports, 10000);
	CU_ASSERT_EQUAL(crowd.delivered, 10000);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_DELIVERIES_NOW), 0);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_ATTEMPTS), 30000);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_LOOKUPS), 1);
	nmx_context_free(ctx);
}

/* Freed half-way; the deliveries have no handle. */
static void
a_crowd_that_is_left_behind(void)
{
	struct crowd crowd = {.result = NMX_DELIVERED};
	struct nmx_context *ctx = start_crowd(&crowd, 2000);

	for (int i = 0; i < 50; i++)
		nmx_context_dispatch(ctx);
	CU_ASSERT(crowd.attempts > 0 && crowd.reports < 2000);
	nmx_context_free(ctx);
}

static void
completions_are_bounded(void)
{
	struct crowd crowd = {.result = NMX_DELIVERED};
	struct nmx_context *ctx = start_crowd(&crowd, 100);
	unsigned last = 0;
	int n;

	while ((n = nmx_context_dispatch(ctx)) == LIMIT_COMPLETIONS) {
		CU_ASSERT(crowd.attempts + crowd.reports - last <= 64);
		last = crowd.attempts + crowd.reports;
		CU_ASSERT(is_readable(ctx, 0));
	}
	CU_ASSERT(n >= 0 && n < LIMIT_COMPLETIONS);
	CU_ASSERT_EQUAL(crowd.reports, 100);
	nmx_context_free(ctx);
}

static enum nmx_result
turn_deliver(struct nmx_attempt *attempt, void *user)
{
	strcat(((struct crowd *)user)->turns, "d");
	return nmx_attempt_number(attempt) == 6 ? NMX_DELIVERED : NMX_TRY_NEXT;
}

/* Six attempts and a report are ready one after the other, and thirty cached answers wait. */
static void
neither_starves_the_other(void)
{
	struct crowd crowd = {.result = NMX_DELIVERED};
	struct nmx_context *ctx = start_context(NULL);
	struct nmx_route *route;

	mail_zone(SCRIPT_INSIDE);
	CU_ASSERT_EQUAL_FATAL(nmx_resolve(ctx, "mail.test", &route), 0);
	nmx_route_unref(route);
	nmx_delivery_start(ctx, "mail.test", turn_deliver, crowd_report, &crowd, NULL);
	for (int i = 0; i < 30; i++)
		nmx_request_start(ctx, "mail.test", crowd_route, &crowd, NULL);
	nmx_context_dispatch(ctx);
	CU_ASSERT_EQUAL(strncmp(crowd.turns, "drdrdrdrdrdr", 12) == 0 ||
				strncmp(crowd.turns, "rdrdrdrdrdrd", 12) == 0,
			1);
	CU_ASSERT_EQUAL(strlen(crowd.turns), 36);
	nmx_context_free(ctx);
}

/* 100,000. */
static void
limit(void)
{
	struct crowd crowd = {.result = NMX_DELIVERED};
	struct nmx_context *ctx = start_crowd(&crowd, LIMIT_DELIVERIES);
	struct nmx_report *report = NULL;
	struct mail mail = {.how = 0};

	CU_ASSERT_EQUAL(nmx_delivery_start(ctx, "mail.test", crowd_deliver, crowd_report, &crowd,
					   &mail.own),
			NMX_E_LIMIT);
	CU_ASSERT_PTR_NULL(mail.own);
	CU_ASSERT_EQUAL(stat_of(ctx, NMX_STAT_DELIVERIES_NOW), LIMIT_DELIVERIES);
	CU_ASSERT_EQUAL(nmx_deliver(ctx, "mail.test", mail_deliver, &mail, &report), NMX_E_LIMIT);
	for (int i = 0; i < 9999 && crowd.reports == 0; i++)
		nmx_context_dispatch(ctx);
	CU_ASSERT_EQUAL(nmx_deliver(ctx, "mail.test", mail_deliver, &mail, &report), 0);
	CU_ASSERT_EQUAL(mail.attempts, 1);
	nmx_report_unref(report);
	nmx_context_free(ctx);
}

CU_TestInfo delivery_many_tests[] = {
	{"deadline while routing", deadline_while_routing},
	{"deadline before a hostile domain is known", deadline_before_a_hostile_domain_is_known},
	{"deadline by option", deadline_by_option},
	{"deadline while pending", deadline_while_pending},
	{"deadline after the last result", deadline_after_the_last_result},
	{"deadline between attempts", deadline_between_attempts},
	{"no attempt begins after the deadline", no_attempt_begins_after_the_deadline},
	{"the same, blocking", no_attempt_begins_after_the_deadline_blocking},
	{"deadline keeps what was said", deadline_keeps_what_was_said},
	{"a new deadline wakes the descriptor", a_new_deadline_wakes_the_descriptor},
	{"a new request's deadline, too", a_new_request_deadline_wakes_the_descriptor},
	{"finish wakes the descriptor", finish_wakes_the_descriptor},
	{"ten thousand at once", ten_thousand_at_once},
	{"a crowd that is left behind", a_crowd_that_is_left_behind},
	{"completions are bounded", completions_are_bounded},
	{"neither starves the other", neither_starves_the_other},
	{"limit", limit},
	CU_TEST_INFO_NULL,
};
