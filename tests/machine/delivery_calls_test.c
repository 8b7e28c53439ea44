/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls from inside callbacks, the blocking call, and what becomes of texts and reports. */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "delivery.h"
#include "suites.h"

/* ---- From inside callbacks -------------------------------------------------------------------- */

static void
act_refused(struct mail *mail)
{
	struct nmx_route *route;
	struct nmx_report *report;

	CU_ASSERT_EQUAL(nmx_context_dispatch(mail->ctx), NMX_E_STATE);
	CU_ASSERT_EQUAL(nmx_resolve(mail->ctx, "mail.test", &route), NMX_E_STATE);
	CU_ASSERT_EQUAL(nmx_deliver(mail->ctx, "mail.test", mail_deliver, mail, &report),
			NMX_E_STATE);
	mail->result++;
}

static void
blocking_calls_in_callbacks_are_refused(void)
{
	struct mail mail = {.act = act_refused, .act_at_report = act_refused};
	struct nmx_report *report;

	mail_run(&mail, "mail.test");
	CU_ASSERT_EQUAL(mail.result, 2);
	mail.attempts = mail.reports = 0;
	CU_ASSERT_EQUAL(nmx_deliver(mail.ctx, "mail.test", mail_deliver, &mail, &report), 0);
	CU_ASSERT_EQUAL(mail.result, 3);
	nmx_report_unref(report);
	mail_done_all(&mail);
}

static void
act_start_other(struct mail *mail)
{
	if (mail->other->own)
		return;
	mail->other->ctx = mail->ctx;
	mail_start(mail->other, "mail.test");
	CU_ASSERT_EQUAL(nmx_delivery_set_attempts(mail->other->own, 3), 0);
}

static void
deliveries_start_in_callbacks(void)
{
	for (int moment = 0; moment < 2; moment++) {
		struct mail other = {.how = 0}, mail = {.other = &other};

		*(moment ? &mail.act_at_report : &mail.act) = act_start_other;
		mail_run(&mail, "mail.test");
		CU_ASSERT_EQUAL(mail.reports, 1);
		CU_ASSERT_EQUAL(other.reports, 1);
		mail_done(&other);
		mail_done_all(&mail);
		script_reset();
	}
}

static void
act_free_context_and_start(struct mail *mail)
{
	nmx_context_free(mail->ctx);
	nmx_context_free(mail->ctx);
	mail->result =
		nmx_delivery_start(mail->ctx, "mail.test", mail_deliver, mail_report, mail, NULL);
}

static void
nothing_starts_in_a_context_that_goes(void)
{
	struct mail mail = {.act = act_free_context_and_start};

	mail_start(&mail, "mail.test");
	for (int i = 0; i < 5 && !mail.attempts; i++)
		nmx_context_dispatch(mail.ctx);
	CU_ASSERT_EQUAL(mail.result, NMX_E_STATE);
	CU_ASSERT_EQUAL(mail.reports, 0);
	mail_done(&mail);
}

/* ---- The blocking call ------------------------------------------------------------------------ */

static void
blocking_leaves_others(void)
{
	struct mail other = {.how = 0}, mail = {.results = {NMX_TRY_NEXT, NMX_DELIVERED}};
	struct nmx_report *report = NULL;

	mail_start(&other, "mail.test");
	CU_ASSERT_EQUAL(nmx_deliver(other.ctx, "mail.test", mail_deliver, &mail, &report), 0);
	CU_ASSERT_EQUAL(other.attempts + other.reports, 0);
	CU_ASSERT_EQUAL(nmx_report_outcome(report), NMX_DELIVERABLE);
	CU_ASSERT_EQUAL(nmx_report_attempt_count(report), 2);
	CU_ASSERT_EQUAL(mail.reports, 0);
	nmx_report_unref(report);
	dispatch_all(other.ctx);
	CU_ASSERT_EQUAL(other.reports, 1);
	mail_done_all(&other);
}

/* A clock that a blocking call cannot wait for in vain: each look at it is a millisecond. */
static int64_t ticks;

static int64_t
tick(const struct clock *clock)
{
	(void)clock;
	return ++ticks * NS_PER_MS;
}

static const struct clock ticking = {tick, tick};

static void
blocking_pending_ends_at_the_deadline(void)
{
	struct mail mail = {.results = {NMX_PENDING}};
	struct nmx_report *report = NULL;

	mail_zone(SCRIPT_INSIDE);
	mail.ctx = start_context_on(&ticking,
				    (const char *const[]){"delivery-deadline-ms", "500", NULL});
	CU_ASSERT_EQUAL(nmx_deliver(mail.ctx, "mail.test", mail_deliver, &mail, &report), 0);
	CU_ASSERT_EQUAL_FATAL(nmx_report_attempt_count(report), 1);
	CU_ASSERT_STRING_EQUAL(nmx_report_status(report), "4.4.7");
	CU_ASSERT_EQUAL(nmx_attempt_finish(mail.attempt, NMX_DELIVERED), NMX_E_STATE);
	nmx_report_unref(report);
	nmx_context_free(mail.ctx);
}

static void
act_finish(struct mail *mail)
{
	CU_ASSERT_EQUAL(nmx_attempt_finish(mail->attempt, NMX_TRY_NEXT), 0);
}

static void
blocking_finished_by_deliver_itself(void)
{
	struct mail mail = {.results = {NMX_PENDING}, .act = act_finish};
	struct nmx_report *report = NULL;

	mail_always(&mail, NMX_PENDING);
	mail_zone(SCRIPT_INSIDE);
	mail.ctx = start_context(NULL);
	CU_ASSERT_EQUAL(nmx_deliver(mail.ctx, "mail.test", mail_deliver, &mail, &report), 0);
	CU_ASSERT_EQUAL(nmx_report_attempt_count(report), MAIL_HOSTS);
	nmx_report_unref(report);
	nmx_context_free(mail.ctx);
}

static void
act_free_context(struct mail *mail)
{
	nmx_context_free(mail->ctx);
}

/* The context goes with the call: what is known by then is reported; an attempt that is pending is still to be
 * finished. */
static bool
run_context_goes(const void *user)
{
	struct mail mail = {.act = act_free_context, .results = {*(const enum nmx_result *)user}};
	struct nmx_report *report = (struct nmx_report *)&mail;
	int result;

	mail_zone(SCRIPT_INSIDE);
	mail.ctx = start_context(NULL);
	result = nmx_deliver(mail.ctx, "mail.test", mail_deliver, &mail, &report);
	if (mail.results[0] == NMX_PENDING &&
	    nmx_attempt_finish(mail.attempt, NMX_DELIVERED) != NMX_E_STATE)
		return false;
	if (mail.results[0] == NMX_TRY_NEXT || mail.results[0] == NMX_PENDING)
		return result == NMX_E_STATE && report == (struct nmx_report *)&mail;
	if (result)
		return false;
	result = nmx_report_outcome(report) == (mail.results[0] == NMX_DELIVERED   ? NMX_DELIVERABLE
						: mail.results[0] == NMX_STOP_PERM ? NMX_REJECT
										   : NMX_DEFER);
	nmx_report_unref(report);
	return result;
}

static void
context_goes_in_a_blocking_delivery(void)
{
	for (enum nmx_result result = NMX_TRY_NEXT; result <= NMX_PENDING; result++)
		CU_ASSERT(survives(run_context_goes, &result));
}

/* What the server has taken is never an error: the caller would send it again. */
static void
context_goes_after_the_message_is_delivered(void)
{
	CU_ASSERT(survives(run_context_goes, &(enum nmx_result){NMX_DELIVERED}));
}

/* ---- Arguments -------------------------------------------------------------------------------- */

static void
arguments(void)
{
	struct nmx_context *ctx;
	struct mail mail = {.how = 0};
	struct nmx_report *report = (struct nmx_report *)&mail;
	struct nmx_delivery *d = (struct nmx_delivery *)&mail;

	nmx_context_new(&ctx);
	CU_ASSERT_EQUAL(nmx_delivery_start(NULL, "x", mail_deliver, mail_report, NULL, &d),
			NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_delivery_start(ctx, NULL, mail_deliver, mail_report, NULL, &d),
			NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_delivery_start(ctx, "x", NULL, mail_report, NULL, &d), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_delivery_start(ctx, "x", mail_deliver, NULL, NULL, &d), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_delivery_start(ctx, "x", mail_deliver, mail_report, NULL, &d),
			NMX_E_STATE); /* not started */
	CU_ASSERT_EQUAL(nmx_deliver(ctx, "x", mail_deliver, NULL, &report), NMX_E_STATE);
	CU_ASSERT_EQUAL(nmx_deliver(NULL, "x", mail_deliver, NULL, &report), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_deliver(ctx, NULL, mail_deliver, NULL, &report), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_deliver(ctx, "x", NULL, NULL, &report), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_deliver(ctx, "x", mail_deliver, NULL, NULL), NMX_E_INVALID);
	CU_ASSERT_PTR_EQUAL(report, &mail);
	CU_ASSERT_PTR_EQUAL(d, &mail);
	nmx_context_free(ctx);
}

static int
set_all(struct nmx_delivery *d)
{
	int seed = nmx_delivery_set_seed(d, NMX_SEED_MAX);
	int attempts = nmx_delivery_set_attempts(d, 20);
	int deadline = nmx_delivery_set_deadline(d, 86400000);

	CU_ASSERT_EQUAL(seed, attempts);
	CU_ASSERT_EQUAL(seed, deadline);
	CU_ASSERT_EQUAL(nmx_delivery_set_seed(d, NMX_SEED_MAX + 1), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_delivery_set_attempts(d, 0), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_delivery_set_attempts(d, 21), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_delivery_set_deadline(d, 0), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_delivery_set_deadline(d, 86400001), NMX_E_INVALID);
	return seed;
}

static void
act_set_all(struct mail *mail)
{
	CU_ASSERT_EQUAL(set_all(mail->own), NMX_E_STATE);
}

static void
setters_in_every_state(void)
{
	struct mail mail = {.results = {NMX_PENDING, NMX_PENDING}, .act = act_set_all};

	mail.act_at_report = act_set_all;
	mail_start(&mail, "mail.test");
	CU_ASSERT_EQUAL(set_all(mail.own), 0); /* routing */
	CU_ASSERT_EQUAL(set_all(mail.own), 0);
	dispatch_all(mail.ctx);
	CU_ASSERT_EQUAL(set_all(mail.own), NMX_E_STATE); /* pending */
	nmx_attempt_finish(mail.attempt, NMX_TRY_NEXT);
	CU_ASSERT_EQUAL(set_all(mail.own), NMX_E_STATE); /* between attempts */
	dispatch_all(mail.ctx);
	nmx_attempt_finish(mail.attempt, NMX_DELIVERED);
	CU_ASSERT_EQUAL(set_all(mail.own), NMX_E_STATE); /* before the report */
	dispatch_all(mail.ctx);
	CU_ASSERT_EQUAL(mail.reports, 1);
	CU_ASSERT_EQUAL(set_all(mail.own), NMX_E_STATE); /* over */
	CU_ASSERT_EQUAL(nmx_delivery_set_seed(NULL, 1), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_delivery_set_attempts(NULL, 1), NMX_E_INVALID);
	CU_ASSERT_EQUAL(nmx_delivery_set_deadline(NULL, 1), NMX_E_INVALID);
	mail_done_all(&mail);
}

/* ---- set_result ------------------------------------------------------------------------------- */

static char long_text[10241];
static const struct saying {
	enum nmx_cause cause;
	unsigned code;
	const char *enhanced, *text;
	enum nmx_result result;
	enum nmx_cause got_cause;
	unsigned got_code;
	const char *got_enhanced, *got_text;
} sayings[] = {
	{NMX_CAUSE_NONE, 250, "2.0.0", "OK", NMX_DELIVERED, NMX_CAUSE_NONE, 250, "2.0.0", "OK"},
	{NMX_CAUSE_4XX, 451, NULL, NULL, NMX_TRY_NEXT, NMX_CAUSE_4XX, 451, "", ""},
	{NMX_CAUSE_5XX, 550, "", "", NMX_STOP_PERM, NMX_CAUSE_5XX, 550, "", ""},
	{NMX_CAUSE_5XX, 599, "5.999.999", "\x01\r\n\x7f\xc3\xbc\"", NMX_STOP_PERM, NMX_CAUSE_5XX,
	 599, "5.999.999", "\\001  \\127\\195\\188\""},
	{NMX_CAUSE_EARLY_5XX, 600, "5.1", "a", NMX_STOP_PERM, NMX_CAUSE_EARLY_5XX, 0, "", "a"},
	{NMX_CAUSE_TLS, 199, "5.1.1000", "a", NMX_TRY_NEXT, NMX_CAUSE_TLS, 0, "", "a"},
	{NMX_CAUSE_TLS, 0, "3.1.1", "a", NMX_TRY_NEXT, NMX_CAUSE_TLS, 0, "", "a"},
	{NMX_CAUSE_GREETING, UINT32_MAX, "55.1.1", "a", NMX_TRY_NEXT, NMX_CAUSE_GREETING, 0, "",
	 "a"},
	{NMX_CAUSE_CONNECT, 554, "5..1", "a", NMX_TRY_NEXT, NMX_CAUSE_CONNECT, 554, "", "a"},
	{NMX_CAUSE_CONNECT, 0, "5.1.1 ", "a", NMX_TRY_NEXT, NMX_CAUSE_CONNECT, 0, "", "a"},
	{NMX_CAUSE_CONNECT, 0, "5.1.1.1", "a", NMX_TRY_NEXT, NMX_CAUSE_CONNECT, 0, "", "a"},
	{NMX_CAUSE_CONNECT, 0, " 5.1.1", "a", NMX_TRY_NEXT, NMX_CAUSE_CONNECT, 0, "", "a"},
	{NMX_CAUSE_CONNECT, 0, "5.1.", "a", NMX_TRY_NEXT, NMX_CAUSE_CONNECT, 0, "", "a"},
	{NMX_CAUSE_CONNECT, 0, "5.-1.1", "a", NMX_TRY_NEXT, NMX_CAUSE_CONNECT, 0, "", "a"},
	{NMX_CAUSE_CONNECT, 0, long_text, long_text, NMX_TRY_NEXT, NMX_CAUSE_CONNECT, 0, "", NULL},
	{(enum nmx_cause)7, 250, "2.0.0", "a", NMX_STOP_TEMP, NMX_CAUSE_NONE, 250, "2.0.0", "a"},
	{(enum nmx_cause) - 1, 0, NULL, "a", NMX_STOP_TEMP, NMX_CAUSE_NONE, 0, "", "a"},
};

static void
act_say(struct mail *mail)
{
	const struct saying *s = &sayings[mail->how];

	nmx_attempt_set_result(mail->attempt, NMX_CAUSE_5XX, 571, "5.7.1", "first it said this");
	mail->results[0] =
		nmx_attempt_set_result(mail->attempt, s->cause, s->code, s->enhanced, s->text);
}

static void
hostile_replies(void)
{
	memset(long_text, '5', sizeof(long_text) - 1);
	for (size_t i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++) {
		struct mail mail = {.act = act_say, .how = (int)i};
		const struct saying *s = &sayings[i];
		const char *text;
		char *json;

		mail_start(&mail, "mail.test");
		nmx_delivery_set_attempts(mail.own, 1);
		dispatch_all(mail.ctx);
		CU_ASSERT_PTR_NOT_NULL_FATAL(mail.report);
		CU_ASSERT_EQUAL(mail.results[0], s->result);
		CU_ASSERT_EQUAL(nmx_report_result(mail.report, 0), s->result);
		CU_ASSERT_EQUAL(nmx_report_cause(mail.report, 0), s->got_cause);
		CU_ASSERT_EQUAL(nmx_report_code(mail.report, 0), s->got_code);
		CU_ASSERT_STRING_EQUAL(nmx_report_enhanced(mail.report, 0), s->got_enhanced);
		text = nmx_report_text(mail.report, 0);
		if (s->got_text)
			CU_ASSERT_STRING_EQUAL(text, s->got_text);
		CU_ASSERT(strlen(text) < LIMIT_REPLY_TEXT);
		CU_ASSERT_PTR_NOT_NULL(strstr(nmx_report_reason(mail.report), text));
		for (const char *c = nmx_report_reason(mail.report); *c; c++)
			CU_ASSERT(*c >= 0x20 && *c < 0x7f);
		CU_ASSERT_EQUAL(nmx_report_json(mail.report, 0, &json), 0);
		nmx_text_free(json);
		mail_done_all(&mail);
		script_reset();
	}
}

/* ---- Reports that stay ------------------------------------------------------------------------ */

static void *
read_report(void *user)
{
	struct nmx_report *report = user;
	char *json = NULL;

	nmx_report_json(report, 0, &json);
	for (size_t i = 0; i < nmx_report_attempt_count(report); i++)
		if (!nmx_host_name(nmx_endpoint_host(nmx_report_endpoint(report, i))))
			abort();
	nmx_report_unref(report);
	return json;
}

static void
report_outlives_everything_in_another_thread(void)
{
	struct mail mail = {.causes = {NMX_CAUSE_4XX}, .codes = {451}};
	struct nmx_report *report;
	pthread_t thread;
	void *json;

	mail_always(&mail, NMX_TRY_NEXT);
	mail_run(&mail, "mail.test");
	report = nmx_report_ref(mail.report);
	mail_done_all(&mail);
	script_reset();
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, read_report, report), 0);
	pthread_join(thread, &json);
	CU_ASSERT_PTR_NOT_NULL_FATAL(json);
	CU_ASSERT_PTR_NOT_NULL(strstr(json, "\"host\":\"m6.mail.test\""));
	nmx_text_free(json);
}

/* ---- Fork ------------------------------------------------------------------------------------- */

static bool
child_is_refused(struct mail *routing, struct mail *pending)
{
	struct nmx_context *ctx = routing->ctx;
	struct nmx_report *report;
	bool refused = nmx_delivery_start(ctx, "x.test", mail_deliver, mail_report, NULL, NULL) ==
			       NMX_E_FORKED &&
		       nmx_deliver(ctx, "x.test", mail_deliver, NULL, &report) == NMX_E_FORKED &&
		       nmx_delivery_set_seed(routing->own, 1) == NMX_E_FORKED &&
		       nmx_delivery_set_attempts(routing->own, 1) == NMX_E_FORKED &&
		       nmx_delivery_set_deadline(routing->own, 1) == NMX_E_FORKED &&
		       nmx_attempt_finish(pending->attempt, NMX_DELIVERED) == NMX_E_FORKED;

	nmx_delivery_cancel(routing->own);
	nmx_delivery_free(pending->own);
	nmx_context_free(ctx);
	nmx_delivery_free(routing->own);
	return refused && nmx_attempt_finish(pending->attempt, NMX_DELIVERED) == NMX_E_STATE;
}

static void
forked_child(void)
{
	struct mail pending = {.results = {NMX_PENDING}}, routing = {.how = 0};
	int status = -1;
	pid_t child;

	mail_run(&pending, "mail.test");
	routing.ctx = pending.ctx;
	script_rrset("late.test", "MX", "10 m1.mail.test", 0, SCRIPT_LATER);
	mail_start(&routing, "late.test");
	dispatch_all(routing.ctx);
	child = fork();
	if (child == 0)
		_exit(child_is_refused(&routing, &pending) ? 42 : 1);
	waitpid(child, &status, 0);
	CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	CU_ASSERT_EQUAL(nmx_attempt_finish(pending.attempt, NMX_DELIVERED), 0);
	script_release_all();
	dispatch_all(routing.ctx); /* the parent's are untouched */
	CU_ASSERT_EQUAL(pending.reports + routing.reports, 2);
	mail_done(&routing);
	mail_done_all(&pending);
}

CU_TestInfo delivery_calls_tests[] = {
	{"blocking calls in callbacks are refused", blocking_calls_in_callbacks_are_refused},
	{"deliveries start in callbacks", deliveries_start_in_callbacks},
	{"nothing starts in a context that goes", nothing_starts_in_a_context_that_goes},
	{"blocking leaves others", blocking_leaves_others},
	{"blocking, pending, ends at the deadline", blocking_pending_ends_at_the_deadline},
	{"blocking, finished by deliver itself", blocking_finished_by_deliver_itself},
	{"context goes in a blocking delivery", context_goes_in_a_blocking_delivery},
	{"context goes after the message is delivered",
	 context_goes_after_the_message_is_delivered},
	{"arguments", arguments},
	{"setters in every state", setters_in_every_state},
	{"hostile replies", hostile_replies},
	{"report outlives everything", report_outlives_everything_in_another_thread},
	{"forked child", forked_child},
	CU_TEST_INFO_NULL,
};
