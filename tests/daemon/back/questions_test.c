/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions of one worker: look-ups that are shared, deadlines, "later", limits. */
#include <string.h>

#include "bed.h"
#include "daemon/moment.h"
#include "unit.h"

const char unit_name[] = "daemon/questions";

static void
many_questions_one_look_up(void)
{
	struct bed bed;
	struct told_here told[3] = {{0}};

	bed_begin(&bed, 1);
	bed_domain("a.test", SCRIPT_LATER);
	for (int i = 0; i < 3; i++)
		bed_ask(&bed, 0, "a.test", 2500, &told[i]);
	bed_settle(&bed);
	CU_ASSERT_EQUAL(script_asked("a.test", packet_type("MX")), 1);
	script_release_all();
	bed_settle(&bed);
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(told[i].n, 1);
		CU_ASSERT_EQUAL(told[i].status, REPLY_OK);
		CU_ASSERT_STRING_EQUAL(told[i].data, bed_answer);
	}
	bed_ask(&bed, 0, "a.test", 2500, &told[0]); /* TTL 0: it is looked up again */
	bed_settle(&bed);
	CU_ASSERT_EQUAL(script_asked("a.test", packet_type("MX")), 2);
	bed_end(&bed);
}

/* "Later" at the deadline; the look-up goes on, and what it finds is used though its TTL is 0. */
static void
later_and_then_once(void)
{
	struct bed bed;
	struct told_here told = {0};
	char subject[SHARED_NAME];

	bed_begin(&bed, 1);
	bed_domain("a.test", SCRIPT_LATER);
	bed_ask(&bed, 0, "a.test", 20, &told);
	bed_wait(&bed, &told, 1);
	CU_ASSERT_EQUAL(told.told, TOLD_LATER);
	CU_ASSERT_NSTRING_EQUAL(told.data, "retry:4.4.3 ", 12);
	shared_in_flight(bed.shared, 0, 0, subject);
	CU_ASSERT_STRING_EQUAL(subject, "a.test");
	script_release_all();
	bed_settle(&bed);
	shared_in_flight(bed.shared, 0, 0, subject);
	CU_ASSERT_STRING_EQUAL(subject, "");
	CU_ASSERT_EQUAL(metric_get(&bed.env[0].metrics->late_kept), 1);
	for (int i = 2; i < 4; i++) {
		bed_ask(&bed, 0, "a.test", 20, &told);
		bed_wait(&bed, &told, i);
		CU_ASSERT_EQUAL(told.told, TOLD_ANSWER);
		CU_ASSERT_STRING_EQUAL(told.data, bed_answer);
	}
	CU_ASSERT_EQUAL(script_asked("a.test", packet_type("MX")),
			2); /* it is looked up anew all the same */
	CU_ASSERT_EQUAL(metric_get(&bed.env[0].metrics->late_used), 2);
	bed_end(&bed);
}

/* A route that would bounce mail is not kept beyond its TTL. */
static void
late_rejections_are_not_kept(void)
{
	struct bed bed;
	struct told_here told = {0};

	bed_begin(&bed, 1);
	script_default(0, SCRIPT_LATER); /* NXDOMAIN */
	bed_ask(&bed, 0, "a.test", 20, &told);
	bed_wait(&bed, &told, 1);
	CU_ASSERT_EQUAL(told.told, TOLD_LATER);
	script_release_all();
	bed_settle(&bed);
	CU_ASSERT_EQUAL(metric_get(&bed.env[0].metrics->late_kept), 0);
	bed_end(&bed);
}

/* DDL-1: silence about SRV does not hold up what MX can deliver. */
static void
what_is_known_at_the_deadline(void)
{
	struct bed bed;
	struct told_here told = {0};

	bed_begin(&bed, 1);
	bed_domain("a.test", SCRIPT_INSIDE);
	script_rrset("_smtp._tcp.a.test", "SRV", "1 1 25 mx.test", 0, SCRIPT_NEVER);
	bed_ask(&bed, 0, "a.test", 20, &told);
	bed_settle(&bed);
	CU_ASSERT_EQUAL(told.n, 0);
	bed_wait(&bed, &told, 1);
	CU_ASSERT_EQUAL(told.told, TOLD_ANSWER);
	CU_ASSERT_STRING_EQUAL(told.data, bed_answer);
	bed_end(&bed);
}

/* STS-2: a policy may come within sts-timeout, and who asked for less time is told "later", not a
 * route without it; the finished one is used when there is nothing better. */
static void
not_without_the_policy(void)
{
	struct bed bed;
	struct told_here told = {0};

	bed_begin_with(&bed, 1, (const char *const[]){"sts", "on", NULL});
	bed_domain("a.test", SCRIPT_INSIDE);
	script_rrset("_mta-sts.a.test", "TXT", "\"v=STSv1; id=1;\"", 0, SCRIPT_LATER);
	bed_ask(&bed, 0, "a.test", 20, &told);
	bed_wait(&bed, &told, 1);
	CU_ASSERT_EQUAL(told.told, TOLD_LATER);
	script_advance_ms(5000); /* sts-timeout */
	bed_settle(&bed);
	CU_ASSERT_EQUAL(metric_get(&bed.env[0].metrics->late_kept), 1);
	bed_ask(&bed, 0, "a.test", 20, &told);
	bed_wait(&bed, &told, 2);
	CU_ASSERT_EQUAL(told.told, TOLD_ANSWER);
	bed_end(&bed);
}

/* A domain may be spelt like a host, and is another thing. */
static void
no_domain_is_a_host(void)
{
	struct bed bed;
	struct told_here domain = {0}, host = {0};
	struct question question = {
		.kind = QUESTION_TLS_SEC, .subject = "mx.test", .port = 25, .wait_ms = 2500};

	bed_begin(&bed, 1);
	script_rrset("mx.test", "A", "192.0.2.1", 0, SCRIPT_LATER);
	script_rrset("mx.test", "AAAA", "", 0, SCRIPT_LATER);
	bed_ask(&bed, 0, "mx.test:25", 2500, &domain);
	questions_ask(bed.env[0].questions, &question, bed_note, &host);
	bed_settle(&bed);
	script_release_all();
	bed_settle(&bed);
	CU_ASSERT_EQUAL(domain.told, TOLD_REJECT);
	CU_ASSERT_STRING_EQUAL(host.data, "may");
	bed_end(&bed);
}

/* Each has its own time; who came later waits on. */
static void
each_its_deadline(void)
{
	struct bed bed;
	struct told_here hasty = {0}, patient = {0};

	bed_begin(&bed, 1);
	bed_domain("a.test", SCRIPT_LATER);
	bed_ask(&bed, 0, "a.test", 60000, &patient);
	bed_ask(&bed, 0, "a.test", 10, &hasty);
	bed_wait(&bed, &hasty, 1);
	CU_ASSERT_EQUAL(hasty.told, TOLD_LATER);
	CU_ASSERT_EQUAL(patient.n, 0);
	script_release_all();
	bed_settle(&bed);
	CU_ASSERT_EQUAL(patient.told, TOLD_ANSWER);
	CU_ASSERT_EQUAL(script_asked("a.test", packet_type("MX")), 1);
	bed_end(&bed);
}

static void
quarantined_and_full(void)
{
	struct bed bed;
	struct told_here told = {0};
	int places[SHARED_IN_FLIGHT];

	bed_begin(&bed, 1);
	bed_domain("a.test", SCRIPT_INSIDE);
	shared_quarantine(bed.shared, "a.test", moment_us() * 1000 + INT64_C(60000000000));
	bed_ask(&bed, 0, "a.test", 2500, &told);
	bed_settle(&bed);
	CU_ASSERT_EQUAL(told.told, TOLD_QUARANTINED);
	CU_ASSERT_EQUAL(told.status, REPLY_TEMP);
	CU_ASSERT_EQUAL(script_asked(NULL, 0), 0);
	shared_quarantine(bed.shared, "a.test", 0);
	for (int i = 0; i < SHARED_IN_FLIGHT; i++)
		places[i] = shared_enter(bed.shared, 0, "x.test");
	bed_ask(&bed, 0, "a.test", 2500, &told);
	bed_settle(&bed);
	CU_ASSERT_EQUAL(told.told, TOLD_OVERLOAD);
	script_rrset("known.test", "MX", "10 mx.test", 0, SCRIPT_INSIDE);
	shared_leave(bed.shared, 0, places[7]);
	bed_ask(&bed, 0, "known.test", 2500, &told);
	bed_settle(&bed);
	CU_ASSERT_EQUAL(told.told, TOLD_ANSWER);
	places[7] = shared_enter(bed.shared, 0, "x.test");
	bed_ask(&bed, 0, "known.test", 2500, &told); /* what is cached needs no place */
	bed_settle(&bed);
	CU_ASSERT_EQUAL(told.told, TOLD_ANSWER);
	shared_leave(bed.shared, 0, places[7]);
	bed_ask(&bed, 0, "a.test", 2500, &told);
	bed_settle(&bed);
	CU_ASSERT_EQUAL(told.told, TOLD_ANSWER);
	bed_end(&bed);
}

/* In every state, and out of another's reply. */
static void
cancelled(void)
{
	struct bed bed;
	struct told_here told = {0}, other = {0}, never = {0};
	struct asked *victim;

	bed_begin(&bed, 1);
	bed_domain("a.test", SCRIPT_LATER);
	questions_cancel(bed_ask(&bed, 0, "a.test", 2500, &never)); /* waiting */
	bed_settle(&bed);
	bed_ask(&bed, 0, "a.test", 2500, &told);
	victim = bed_ask(&bed, 0, "a.test", 2500, &never);
	told.cancel = &victim; /* settled */
	bed_ask(&bed, 0, "a.test", 2500, &other);
	bed_settle(&bed);
	script_release_all();
	bed_settle(&bed);
	CU_ASSERT_EQUAL(told.n, 1);
	CU_ASSERT_EQUAL(other.n, 1);
	CU_ASSERT_EQUAL(never.n, 0);
	CU_ASSERT_PTR_NULL(victim);
	bed_ask(&bed, 0, "a.test", 2500, &never); /* with everything, at the end */
	bed_ask(&bed, 0, "b.test", 2500, &never);
	bed_end(&bed);
	CU_ASSERT_EQUAL(never.n, 0);
}

static bool
answer_now(struct bed *bed, unsigned worker, const char *subject, struct told_here *told)
{
	struct question question = {.kind = QUESTION_ROUTE, .wait_ms = 2500};

	strcpy(question.subject, subject);
	return questions_answer(bed->env[worker].questions, &question, bed_note, told);
}

/* A TTL, so that the route is kept. */
static void
in_the_cache(struct bed *bed, const char *name)
{
	struct told_here told = {0};

	script_rrset(name, "MX", "10 mx.test", 0, SCRIPT_INSIDE);
	script_rrset("mx.test", "A", "192.0.2.1", 0, SCRIPT_INSIDE);
	script_rrset("mx.test", "AAAA", "", 0, SCRIPT_INSIDE);
	bed_ask(bed, 0, name, 2500, &told);
	bed_settle(bed);
	CU_ASSERT_EQUAL_FATAL(told.n, 1);
}

static void
answered_at_once(void)
{
	struct bed bed;
	struct told_here told = {0};
	char subject[SHARED_NAME];

	bed_begin(&bed, 1);
	CU_ASSERT_FALSE(answer_now(&bed, 0, "a.test", &told));
	CU_ASSERT_EQUAL(script_asked("a.test", packet_type("MX")), 0);
	in_the_cache(&bed, "a.test");
	for (int i = 1; i < 3; i++) {
		CU_ASSERT_TRUE(answer_now(&bed, 0, "a.test", &told));
		CU_ASSERT_EQUAL(told.n, i);
		CU_ASSERT_STRING_EQUAL(told.data, bed_answer);
	}
	CU_ASSERT_EQUAL(metric_get(&bed.env[0].metrics->routes_by_source[NMX_SOURCE_MX]), 3);
	shared_in_flight(bed.shared, 0, 0, subject);
	CU_ASSERT_STRING_EQUAL(subject, "");
	shared_quarantine(bed.shared, "a.test", INT64_MAX);
	CU_ASSERT_FALSE(answer_now(&bed, 0, "a.test", &told));
	bed_end(&bed);
}

/* In its place: what reads a route may be what kills the worker. */
static void
note_place(const struct reply *reply, void *user)
{
	struct bed *bed = user;
	char subject[SHARED_NAME];

	(void)reply;
	shared_in_flight(bed->shared, 0, 0, subject);
	CU_ASSERT_STRING_EQUAL(subject, "a.test");
}

static void
answered_in_its_place(void)
{
	struct question question = {.kind = QUESTION_EXIM, .subject = "a.test", .wait_ms = 2500};
	struct bed bed;

	bed_begin(&bed, 1);
	in_the_cache(&bed, "a.test");
	CU_ASSERT_TRUE(questions_answer(bed.env[0].questions, &question, note_place, &bed));
	bed_end(&bed);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(many_questions_one_look_up),
	UNIT_TEST(later_and_then_once),
	UNIT_TEST(late_rejections_are_not_kept),
	UNIT_TEST(what_is_known_at_the_deadline),
	UNIT_TEST(not_without_the_policy),
	UNIT_TEST(no_domain_is_a_host),
	UNIT_TEST(each_its_deadline),
	UNIT_TEST(quarantined_and_full),
	UNIT_TEST(cancelled),
	UNIT_TEST(answered_at_once),
	UNIT_TEST(answered_in_its_place),
	CU_TEST_INFO_NULL,
};
