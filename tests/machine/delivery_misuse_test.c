/* SPDX-License-Identifier: BSD-2-Clause */
/* Callers that finish, cancel and free at every moment. Each sequence runs in a process of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "delivery.h"
#include "suites.h"

/* ---- Every sequence in the deliver callback --------------------------------------------------- */

enum deed { NOTHING, CANCEL, FREE, FREE_CONTEXT, N_DEEDS };
enum finish { NEVER, ONCE, TWICE, WITH_PENDING, N_FINISHES };

static const char *const deeds[] = {"nothing", "cancel", "free", "free context"};
static const char *const finishes[] = {"never", "once", "twice", "with PENDING"};

/* Finish, do something, finish, return; then, if the attempt is still held, finish, with the context freed
 * before or not. */
struct sequence {
	enum finish before, after;
	enum deed deed;
	enum nmx_result returns;
	bool context_goes_first;
};

struct hostile {
	struct mail mail; /* first */
	const struct sequence *sequence;
	bool given_back, is_over, good;
	int finish_calls;
};

static void
finish_once(struct hostile *h, enum nmx_result result)
{
	int expected = result == NMX_PENDING		   ? NMX_E_INVALID
		       : h->finish_calls > 0 || h->is_over ? NMX_E_STATE
							   : 0;

	h->good = nmx_attempt_finish(h->mail.attempt, result) == expected && h->good;
	h->finish_calls += result != NMX_PENDING;
	h->given_back = h->given_back || result != NMX_PENDING;
}

static void
finish(struct hostile *h, enum finish how)
{
	if (how == WITH_PENDING)
		finish_once(h, NMX_PENDING);
	for (int i = 0; i < (how == ONCE) + 2 * (how == TWICE); i++)
		finish_once(h, NMX_DELIVERED);
}

/* A context that is freed in a callback goes when dispatch returns. */
static void
do_deed(struct hostile *h)
{
	struct mail *mail = &h->mail;

	if (h->sequence->deed == CANCEL)
		nmx_delivery_cancel(mail->own);
	if (h->sequence->deed == FREE) {
		nmx_delivery_free(mail->own);
		mail->own = NULL;
	}
	if (h->sequence->deed == FREE_CONTEXT)
		nmx_context_free(mail->ctx);
	h->is_over = h->sequence->deed == CANCEL || h->sequence->deed == FREE;
}

static void
act_sequence(struct mail *mail)
{
	struct hostile *h = (struct hostile *)mail;

	finish(h, h->sequence->before);
	do_deed(h);
	finish(h, h->sequence->after);
}

/* What the report must say: the result that finish gave; if it was not called, the callback's. */
static bool
report_is_right(const struct hostile *h)
{
	const struct sequence *s = h->sequence;
	bool finished = h->finish_calls > 0;
	enum nmx_result expected = finished ? NMX_DELIVERED : s->returns;

	if (s->deed != NOTHING)
		return h->mail.reports == 0;
	if (expected > NMX_PENDING || (int)expected < 0)
		expected = NMX_STOP_TEMP;
	return h->mail.reports == 1 && nmx_report_attempt_count(h->mail.report) == 1 &&
	       nmx_report_result(h->mail.report, 0) == expected;
}

static bool
run_sequence(const void *user)
{
	struct hostile h = {.sequence = user, .good = true};
	struct mail *mail = &h.mail;
	bool gone = h.sequence->deed == FREE_CONTEXT;

	mail_zone(SCRIPT_INSIDE);
	mail->ctx = start_context((const char *const[]){"delivery-attempts", "1", NULL});
	mail_always(mail, h.sequence->returns);
	mail->act = act_sequence;
	mail_start(mail, "mail.test");
	for (int i = 0; i < 3 && !(gone && mail->attempts); i++)
		nmx_context_dispatch(mail->ctx);
	if (h.sequence->context_goes_first && !gone) {
		h.is_over = gone = true;
		nmx_context_free(mail->ctx);
	}
	if (!h.given_back && h.sequence->returns == NMX_PENDING) {
		h.is_over = h.is_over || gone;
		finish_once(&h, NMX_DELIVERED);
		if (!gone)
			finish_once(&h, NMX_DELIVERED);
	}
	if (!gone)
		dispatch_all(mail->ctx);
	if (!h.sequence->context_goes_first || h.sequence->deed)
		h.good = report_is_right(&h) && h.good;
	mail_done(mail);
	if (!gone)
		nmx_context_free(mail->ctx);
	return h.good && mail->attempts == 1;
}

static unsigned
try_sequence(const struct sequence *s)
{
	char text[200];

	if (survives(run_sequence, s))
		return 0;
	snprintf(text, sizeof(text), "finish %s, %s, finish %s, return %s%s", finishes[s->before],
		 deeds[s->deed], finishes[s->after], nmx_result_name(s->returns),
		 s->context_goes_first ? ", context goes" : "");
	CU_assertImplementation(CU_FALSE, __LINE__, text, __FILE__, "", CU_FALSE);
	return 1;
}

static void
every_sequence_in_deliver(void)
{
	static const enum nmx_result returns[] = {NMX_DELIVERED, NMX_TRY_NEXT, NMX_STOP_TEMP,
						  NMX_STOP_PERM, NMX_PENDING,  (enum nmx_result)77};
	unsigned n = 0, bad = 0;

	for (unsigned i = 0; i < N_FINISHES * N_DEEDS * N_FINISHES * 6 * 2; i++) {
		struct sequence s = {.before = i % N_FINISHES,
				     .deed = i / N_FINISHES % N_DEEDS,
				     .after = i / N_FINISHES / N_DEEDS % N_FINISHES,
				     .returns = returns[i / N_FINISHES / N_DEEDS / N_FINISHES % 6],
				     .context_goes_first =
					     i / N_FINISHES / N_DEEDS / N_FINISHES / 6};

		bad += try_sequence(&s);
		n++;
	}
	CU_ASSERT(n == 768 && bad == 0);
}

/* ---- Every deed in the report callback -------------------------------------------------------- */

static void
act_deed(struct mail *mail)
{
	struct nmx_context *ctx = mail->ctx;

	if (mail->how & 1)
		nmx_delivery_cancel(mail->own);
	if (mail->how & 2) {
		nmx_delivery_free(mail->own);
		mail->own = NULL;
	}
	if (mail->how & 4) {
		nmx_context_free(ctx);
		mail->ctx = NULL;
	}
	if (mail->how & 8)
		CU_ASSERT_EQUAL(nmx_attempt_finish(mail->attempt, NMX_DELIVERED), NMX_E_STATE);
}

/* 8: the attempt that its own callback has ended, before the next dispatch. */
static bool
run_deed_at_report(const void *user)
{
	struct mail mail = {.act_at_report = act_deed, .how = *(const int *)user};
	struct nmx_context *ctx;
	bool good;

	mail_start(&mail, "mail.test");
	ctx = mail.ctx;
	for (int i = 0; i < 3 && !mail.reports; i++)
		nmx_context_dispatch(ctx);
	good = mail.reports == 1 && nmx_report_outcome(mail.report) == NMX_DELIVERABLE;
	mail_done_all(&mail);
	return good;
}

static void
every_deed_in_report(void)
{
	for (int how = 0; how < 16; how++)
		CU_ASSERT(survives(run_deed_at_report, &how));
}

/* ---- Pending attempts whose delivery ends ---------------------------------------------------- */

enum ending { BY_CANCEL, BY_FREE, BY_DEADLINE, BY_CONTEXT, N_ENDINGS };

/* What the header lends to the caller until finish, whatever has become of the delivery. */
static bool
getters_work(struct nmx_attempt *attempt)
{
	const struct nmx_endpoint *e = nmx_attempt_endpoint(attempt);
	socklen_t length = 0;

	return strcmp(nmx_attempt_domain(attempt), "mail.test") == 0 &&
	       nmx_attempt_number(attempt) == 1 && nmx_attempt_ms_left(attempt) == 0 &&
	       strcmp(nmx_endpoint_address(e), "192.0.2.1") == 0 &&
	       nmx_endpoint_sockaddr(e, &length) && length > 0 &&
	       strcmp(nmx_host_name(nmx_endpoint_host(e)), "m1.mail.test") == 0 &&
	       nmx_attempt_set_result(attempt, NMX_CAUSE_4XX, 451, "4.0.0", "late") == NMX_TRY_NEXT;
}

static bool
run_ending(const void *user)
{
	enum ending ending = *(const enum ending *)user;
	struct mail mail = {.results = {NMX_PENDING}};
	bool good, gone = ending == BY_CONTEXT;

	mail_run(&mail, "mail.test");
	if (ending == BY_CANCEL)
		nmx_delivery_cancel(mail.own);
	if (ending == BY_FREE)
		nmx_delivery_free(mail.own), mail.own = NULL;
	if (ending == BY_DEADLINE)
		script_advance_ms(600000);
	if (gone)
		nmx_context_free(mail.ctx), mail.ctx = NULL;
	else
		dispatch_all(mail.ctx);
	good = mail.reports == (ending == BY_DEADLINE) && getters_work(mail.attempt);
	good = nmx_attempt_finish(mail.attempt, NMX_PENDING) == NMX_E_INVALID && good;
	good = nmx_attempt_finish(mail.attempt, NMX_DELIVERED) == NMX_E_STATE && good;
	if (!gone)
		good = nmx_attempt_finish(mail.attempt, NMX_DELIVERED) == NMX_E_STATE && good;
	if (!gone)
		dispatch_all(mail.ctx);
	good = good && mail.attempts == 1 && mail.reports == (ending == BY_DEADLINE);
	mail_done_all(&mail);
	return good;
}

static void
a_pending_attempt_outlives_its_delivery(void)
{
	for (enum ending ending = 0; ending < N_ENDINGS; ending++)
		CU_ASSERT(survives(run_ending, &ending));
}

/* "A second call before the next dispatch or blocking call returns STATE." */
static bool
run_second_finish(const void *user)
{
	struct mail mail = {.results = {NMX_PENDING}}, other = {.how = 0};
	struct nmx_report *report;
	bool good;

	(void)user;
	mail_run(&mail, "mail.test");
	good = nmx_attempt_finish(mail.attempt, NMX_DELIVERED) == 0;
	good = nmx_attempt_finish(mail.attempt, NMX_DELIVERED) == NMX_E_STATE && good;
	good = nmx_deliver(mail.ctx, "mail.test", mail_deliver, &other, &report) == 0 && good;
	nmx_report_unref(report);
	mail_done_all(&mail);
	return good;
}

static void
second_finish_and_a_blocking_delivery(void)
{
	CU_ASSERT(survives(run_second_finish, NULL));
}

static bool
run_second_finish_later(const void *user)
{
	struct mail mail = {.results = {NMX_PENDING}};
	bool good;

	(void)user;
	mail_run(&mail, "mail.test");
	good = nmx_attempt_finish(mail.attempt, (enum nmx_result) - 3) == 0;
	good = nmx_attempt_finish(mail.attempt, NMX_DELIVERED) == NMX_E_STATE && good;
	good = nmx_attempt_finish(mail.attempt, NMX_PENDING) == NMX_E_INVALID && good;
	dispatch_all(mail.ctx);
	good = good && mail.reports == 1 && nmx_report_result(mail.report, 0) == NMX_STOP_TEMP;
	mail_done_all(&mail);
	return good;
}

static void
second_finish_before_dispatch(void)
{
	CU_ASSERT(survives(run_second_finish_later, NULL));
	CU_ASSERT_EQUAL(nmx_attempt_finish(NULL, NMX_DELIVERED), NMX_E_INVALID);
}

/* ---- Others ---------------------------------------------------------------------------------- */

static void
act_on_other(struct mail *mail)
{
	struct mail *other = mail->other;

	if (mail->how == 0)
		nmx_delivery_cancel(other->own);
	if (mail->how == 1)
		nmx_delivery_free(other->own), other->own = NULL;
	if (mail->how == 2 && other->attempt)
		mail->result = nmx_attempt_finish(other->attempt, NMX_DELIVERED);
	mail->how = 3;
}

/* The other is before its attempt, pending, or about to report when the first's callback runs. */
static bool
run_on_other(const void *user)
{
	int number = *(const int *)user, how = number / 3, moment = number % 3;
	struct mail first = {.act = act_on_other, .how = how};
	struct mail other = {.results = {moment == 1 ? NMX_PENDING : NMX_DELIVERED}};
	bool good;

	mail_zone(SCRIPT_INSIDE);
	first.ctx = other.ctx = start_context(NULL);
	first.other = &other;
	if (moment)
		mail_start(&other, "mail.test");
	if (moment == 1)
		dispatch_all(first.ctx);
	mail_start(&first, "mail.test");
	if (moment == 0)
		mail_start(&other, "mail.test");
	dispatch_all(first.ctx);
	good = first.reports == 1 && other.reports == (how == 2);
	if (moment == 1 && how < 2)
		good = nmx_attempt_finish(other.attempt, NMX_DELIVERED) == NMX_E_STATE && good;
	mail_done(&other);
	mail_done_all(&first);
	return good;
}

static void
ends_others_in_deliver(void)
{
	for (int number = 0; number < 9; number++)
		CU_ASSERT(survives(run_on_other, &number));
}

static void
cancel_in_every_state(void)
{
	struct mail mail = {.results = {NMX_PENDING}};

	mail_start(&mail, "mail.test"); /* routing */
	nmx_delivery_cancel(mail.own);
	nmx_delivery_cancel(mail.own);
	CU_ASSERT_EQUAL(dispatch_all(mail.ctx), 0);
	mail_done(&mail);
	mail_run(&mail, "mail.test");
	nmx_delivery_cancel(mail.own); /* pending */
	nmx_delivery_cancel(mail.own);
	CU_ASSERT_EQUAL(nmx_attempt_finish(mail.attempt, NMX_DELIVERED), NMX_E_STATE);
	mail_done(&mail);
	mail.attempts = 0;
	mail_run(&mail, "mail.test");
	CU_ASSERT_EQUAL(nmx_attempt_finish(mail.attempt, NMX_TRY_NEXT), 0);
	nmx_delivery_cancel(mail.own); /* before its second attempt */
	CU_ASSERT_EQUAL(dispatch_all(mail.ctx), 0);
	mail_done(&mail);
	mail.attempts = 0;
	mail_run(&mail, "mail.test");
	CU_ASSERT_EQUAL(nmx_attempt_finish(mail.attempt, NMX_DELIVERED), 0);
	nmx_delivery_free(mail.own); /* before its report */
	mail.own = NULL;
	CU_ASSERT_EQUAL(dispatch_all(mail.ctx), 0);
	CU_ASSERT_EQUAL(mail.reports, 0);
	CU_ASSERT_EQUAL(stat_of(mail.ctx, NMX_STAT_DELIVERIES_NOW), 0);
	nmx_delivery_cancel(NULL);
	nmx_delivery_free(NULL);
	mail_done_all(&mail);
}

/* The context goes with deliveries in every state; handles and attempts stay the caller's. */
static bool
run_context_goes(const void *user)
{
	struct mail routing = {.how = 0}, pending = {.results = {NMX_PENDING}};
	struct mail ready = pending, ended = pending, over = {.how = 0};

	(void)user;
	mail_run(&over, "mail.test");
	pending.ctx = ready.ctx = ended.ctx = routing.ctx = over.ctx;
	mail_run(&pending, "mail.test");
	mail_run(&ready, "mail.test");
	mail_run(&ended, "mail.test");
	nmx_attempt_finish(ready.attempt, NMX_TRY_NEXT);
	nmx_attempt_finish(ended.attempt, NMX_DELIVERED);
	script_default(0, SCRIPT_NEVER);
	mail_start(&routing, "never.test");
	nmx_delivery_start(over.ctx, "never.test", mail_deliver, mail_report, &routing, NULL);
	nmx_context_free(over.ctx);
	CU_ASSERT_EQUAL(nmx_delivery_set_attempts(routing.own, 1), NMX_E_STATE);
	mail_done(&routing);
	mail_done(&pending);
	mail_done(&ready);
	mail_done(&ended);
	mail_done(&over);
	CU_ASSERT_EQUAL(pending.reports + ready.reports + ended.reports + routing.reports, 0);
	return nmx_attempt_finish(pending.attempt, NMX_DELIVERED) == NMX_E_STATE;
}

static void
context_freed_in_every_state(void)
{
	CU_ASSERT(survives(run_context_goes, NULL));
}

CU_TestInfo delivery_misuse_tests[] = {
	{"every sequence in deliver", every_sequence_in_deliver},
	{"every deed in report", every_deed_in_report},
	{"a pending attempt outlives its delivery", a_pending_attempt_outlives_its_delivery},
	{"second finish before dispatch", second_finish_before_dispatch},
	{"second finish and a blocking delivery", second_finish_and_a_blocking_delivery},
	{"ends others in deliver", ends_others_in_deliver},
	{"cancel in every state", cancel_in_every_state},
	{"context freed in every state", context_freed_in_every_state},
	CU_TEST_INFO_NULL,
};
