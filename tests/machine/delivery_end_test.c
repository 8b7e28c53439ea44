/* SPDX-License-Identifier: BSD-2-Clause */
/* What a delivery comes to: when it stays temporary, what time it has, what is remembered and said. */
#include <stdlib.h>
#include <string.h>

#include "delivery.h"
#include "suites.h"

static const char *const loud[] = {"own-ports", "", "deadline-ms", "1000", NULL};

/* OUT-3: every host that was tried refuses for good; what the failed question would have named might have
 * taken the message. */
static enum nmx_outcome
outcome_after(const char *name, uint16_t type, enum script_when when)
{
	struct mail mail = {.how = 0};
	enum nmx_outcome outcome;

	script_reset();
	script_rrset("_smtp._tcp.half.test", "SRV", "10 0 25 s.half.test", 0, SCRIPT_INSIDE);
	script_rrset("half.test", "MX", "10 m.half.test", 0, SCRIPT_INSIDE);
	script_rrset("half.test", "A", "192.0.2.9", 0, SCRIPT_INSIDE);
	script_rrset("s.half.test", "A", "192.0.2.1", 0, SCRIPT_INSIDE);
	script_rrset("s.half.test", "AAAA", "", 0, SCRIPT_INSIDE);
	script_rrset("m.half.test", "A", "192.0.2.2", 0, SCRIPT_INSIDE);
	script_rrset("m.half.test", "AAAA", "", 0, SCRIPT_INSIDE);
	if (name)
		script_put(name, type, 2, NULL, 0, NULL, when);
	mail.ctx = start_context(loud);
	for (int i = 0; i < MAIL_HOSTS; i++) {
		mail.results[i] = NMX_TRY_NEXT;
		mail.causes[i] = NMX_CAUSE_GREETING;
		mail.codes[i] = 554;
	}
	mail_run(&mail, "half.test");
	if (when == SCRIPT_NEVER) {
		script_advance_ms(1001);
		dispatch_all(mail.ctx);
	}
	CU_ASSERT_EQUAL_FATAL(mail.reports, 1);
	CU_ASSERT(mail.attempts >= 1);
	outcome = nmx_report_outcome(mail.report);
	mail_done_all(&mail);
	return outcome;
}

static void
a_question_that_failed_keeps_it_temporary(void)
{
	CU_ASSERT_EQUAL(outcome_after(NULL, 0, SCRIPT_INSIDE), NMX_REJECT);
	CU_ASSERT_EQUAL(outcome_after("half.test", RR_MX, SCRIPT_INSIDE), NMX_DEFER);
	CU_ASSERT_EQUAL(outcome_after("_smtp._tcp.half.test", RR_SRV, SCRIPT_INSIDE), NMX_DEFER);
	CU_ASSERT_EQUAL(outcome_after("m.half.test", RR_AAAA, SCRIPT_INSIDE), NMX_DEFER);
	CU_ASSERT_EQUAL(outcome_after("_smtp._tcp.half.test", RR_SRV, SCRIPT_NEVER), NMX_DEFER);
}

/* ---- Time ------------------------------------------------------------------------------------- */

static void
act_take_long(struct mail *mail)
{
	(void)mail;
	script_advance_ms(300);
}

static void
no_attempt_begins_after_the_deadline(void)
{
	struct mail slow = {.act = act_take_long}, late = {.how = 0};

	mail_start(&slow, "mail.test");
	late.ctx = slow.ctx;
	mail_start(&late, "mail.test");
	CU_ASSERT_EQUAL(nmx_delivery_set_deadline(late.own, 100), 0);
	dispatch_all(slow.ctx);
	CU_ASSERT_EQUAL(slow.attempts, 1);
	CU_ASSERT_EQUAL(late.attempts, 0);
	CU_ASSERT_EQUAL(late.reports, 1);
	CU_ASSERT_STRING_EQUAL(nmx_report_status(late.report), "4.4.7");
	mail_done(&late);
	mail_done_all(&slow);
}

static unsigned shares[MAIL_HOSTS + 1];

static void
act_note_share(struct mail *mail)
{
	shares[mail->attempts] = nmx_attempt_ms_share(mail->attempt);
	CU_ASSERT(shares[mail->attempts] <= nmx_attempt_ms_left(mail->attempt));
	script_advance_ms(shares[mail->attempts]);
}

/* Whoever takes his share leaves the last endpoint as much as the first. */
static void
every_endpoint_has_its_share_of_the_time(void)
{
	struct mail mail = {.act = act_note_share};

	mail_always(&mail, NMX_TRY_NEXT);
	mail_start(&mail, "mail.test");
	CU_ASSERT_EQUAL(nmx_delivery_set_deadline(mail.own, 6000), 0);
	dispatch_all(mail.ctx);
	CU_ASSERT_EQUAL(mail.attempts, MAIL_HOSTS);
	for (int i = 1; i <= MAIL_HOSTS; i++)
		CU_ASSERT_EQUAL(shares[i], 1000);
	mail_done(&mail);
	mail.attempts = mail.reports = 0;
	mail_start(&mail, "mail.test");
	CU_ASSERT_EQUAL(nmx_delivery_set_deadline(mail.own, 6000), 0);
	CU_ASSERT_EQUAL(nmx_delivery_set_attempts(mail.own, 2), 0);
	dispatch_all(mail.ctx);
	CU_ASSERT_EQUAL(mail.attempts, 2);
	CU_ASSERT_EQUAL(shares[1], 3000);
	mail_done_all(&mail);
}

/* ---- Memory ----------------------------------------------------------------------------------- */

/* BAK-1: a server that is away for a moment is put back once, however many see it. */
static void
failures_at_the_same_time_are_one(void)
{
	enum { AT_ONCE = 7 };
	struct mail mails[AT_ONCE] = {{.how = 0}};
	struct address address = {.family = 4, .bytes = {192, 0, 2, 1}};
	struct nmx_context *ctx;

	for (int i = 0; i < AT_ONCE; i++) {
		mails[i].results[0] = NMX_PENDING;
		mails[i].ctx = i ? mails[0].ctx : NULL;
		mail_start(&mails[i], "mail.test");
	}
	ctx = mails[0].ctx;
	dispatch_all(ctx);
	for (int i = 0; i < AT_ONCE; i++) {
		script_advance_ms(10);
		nmx_attempt_set_result(mails[i].attempt, NMX_CAUSE_CONNECT, 0, NULL, "refused");
		CU_ASSERT_EQUAL(nmx_attempt_finish(mails[i].attempt, NMX_STOP_TEMP), 0);
	}
	CU_ASSERT_EQUAL(backoff_left(&ctx->backoff, &address, 25, context_now(ctx)), 60);
	dispatch_all(ctx);
	script_advance_ms(61000);
	for (int i = 0; i < 2; i++) {
		struct mail again = {.ctx = ctx};

		again.results[0] = NMX_STOP_TEMP;
		again.causes[0] = NMX_CAUSE_CONNECT;
		mail_run(&again, "mail.test");
		mail_done(&again);
	}
	CU_ASSERT(backoff_left(&ctx->backoff, &address, 25, context_now(ctx)) > 60);
	for (int i = 1; i < AT_ONCE; i++)
		mail_done(&mails[i]);
	mail_done_all(&mails[0]);
}

/* Who only calls nmx_deliver() keeps no attempts of long ago. */
static void
blocking_deliveries_give_attempts_back(void)
{
	struct mail mail = {.how = 0};
	struct nmx_report *report;

	mail_zone(SCRIPT_INSIDE);
	mail.ctx = start_context(NULL);
	for (int i = 0; i < 5; i++) {
		mail.attempts = 0;
		CU_ASSERT_EQUAL(nmx_deliver(mail.ctx, "mail.test", mail_deliver, &mail, &report),
				0);
		nmx_report_unref(report);
	}
	mail.results[0] = NMX_PENDING;
	for (int i = 0; i < 5; i++) {
		mail.attempts = mail.reports = 0;
		mail_run(&mail, "mail.test");
		nmx_delivery_cancel(mail.own);
		CU_ASSERT_EQUAL(nmx_attempt_finish(mail.attempt, NMX_DELIVERED), NMX_E_STATE);
		mail_done(&mail);
	}
	CU_ASSERT_PTR_NOT_NULL(mail.ctx->finished.first);
	mail.results[0] = NMX_DELIVERED;
	mail.attempts = 0;
	CU_ASSERT_EQUAL(nmx_deliver(mail.ctx, "mail.test", mail_deliver, &mail, &report), 0);
	nmx_report_unref(report);
	CU_ASSERT_PTR_NULL(mail.ctx->finished.first);
	mail_done_all(&mail);
}

/* ---- What is said ----------------------------------------------------------------------------- */

static void
act_finish_delivered(struct mail *mail)
{
	CU_ASSERT_EQUAL(nmx_attempt_finish(mail->attempt, NMX_DELIVERED), 0);
}

static void
what_finish_was_given_counts(void)
{
	for (int result = NMX_DELIVERED; result <= NMX_PENDING + 1; result++) {
		struct mail mail = {.act = act_finish_delivered};

		mail.results[0] = (enum nmx_result)result;
		mail_run(&mail, "mail.test");
		CU_ASSERT_EQUAL(mail.attempts, 1);
		CU_ASSERT_EQUAL(nmx_report_outcome(mail.report), NMX_DELIVERABLE);
		mail_done_all(&mail);
		script_reset();
	}
}

static const char *said, *kept;
static char longest[4096];

static void
act_say(struct mail *mail)
{
	nmx_attempt_set_result(mail->attempt, NMX_CAUSE_5XX, 550, NULL, said);
}

static void
replies_become_one_printable_line(void)
{
	static const char *const pairs[][2] = {
		{"no such user\r\n", "no such user"},
		{"one\r\ntwo\r\n\r\n", "one  two"},
		{"Empf\xc3\xa4nger", "Empf\\195\\164nger"},
		{"\r\n", ""},
		{"a\tb\x1b[2J", "a\\009b\\027[2J"},
		{"a\\", "a\\"},
		{"\\1", "\\1"},
		{"\\12x\\\\", "\\12x\\\\"},
		{longest, NULL},
	};

	memset(longest, '\xff', sizeof(longest) - 1);
	longest[0] = 'x'; /* 511 octets end inside an escape, else */
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct mail mail = {.act = act_say};

		said = pairs[i][0];
		mail.results[0] = NMX_STOP_PERM;
		mail_run(&mail, "mail.test");
		kept = nmx_report_text(mail.report, 0);
		if (pairs[i][1])
			CU_ASSERT_STRING_EQUAL(kept, pairs[i][1]);
		if (!pairs[i][1])
			CU_ASSERT(strlen(kept) == 509 && strcmp(kept + 505, "\\255") == 0);
		mail_done_all(&mail);
		script_reset();
	}
}

CU_TestInfo delivery_end_tests[] = {
	{"a question that failed keeps it temporary", a_question_that_failed_keeps_it_temporary},
	{"no attempt begins after the deadline", no_attempt_begins_after_the_deadline},
	{"every endpoint has its share of the time", every_endpoint_has_its_share_of_the_time},
	{"failures at the same time are one", failures_at_the_same_time_are_one},
	{"blocking deliveries give attempts back", blocking_deliveries_give_attempts_back},
	{"what finish was given counts", what_finish_was_given_counts},
	{"replies become one printable line", replies_become_one_printable_line},
	CU_TEST_INFO_NULL,
};
