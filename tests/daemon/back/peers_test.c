/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions that belong to another worker. */
#include <string.h>
#include <sys/socket.h>

#include "bed.h"
#include "unit.h"

const char unit_name[] = "daemon/peers";

/* A domain that belongs to the worker: the other one passes it on. */
static const char *
find_domain(struct bed *bed, unsigned owner)
{
	static const char *const names[] = {"a.test", "b.test", "c.test", "d.test",
					    "e.test", "f.test", "g.test", "h.test"};
	struct told_here told = {0};

	for (size_t i = 0; i < N_OF(names); i++) {
		uint64_t before = metric_get(&bed->env[1 - owner].metrics->passed_on);
		struct asked *asked = bed_ask(bed, 1 - owner, names[i], 2500, &told);

		questions_cancel(asked);
		bed_settle(bed);
		if (metric_get(&bed->env[1 - owner].metrics->passed_on) != before)
			return names[i];
	}
	CU_FAIL_FATAL("the hash gives all to one");
	return NULL;
}

/* In a bed of its own, for what was asked is cached. */
static const char *
domain_of(unsigned owner)
{
	struct bed bed;
	const char *domain;

	bed_begin(&bed, 2);
	script_default(0, SCRIPT_INSIDE);
	domain = find_domain(&bed, owner);
	bed_end(&bed);
	return domain;
}

static void
passed_on_and_back(void)
{
	struct bed bed;
	struct told_here told = {0};

	for (unsigned owner = 0; owner < 2; owner++) {
		const char *domain = domain_of(owner);

		bed_begin(&bed, 2);
		bed_domain(domain, SCRIPT_LATER);
		told = (struct told_here){0};
		bed_ask(&bed, 0, domain, 2500, &told);
		bed_settle(&bed);
		bed_ask(&bed, 1, domain, 2500, &told);
		bed_settle(&bed);
		CU_ASSERT_EQUAL(script_asked(domain, packet_type("MX")), 1);
		CU_ASSERT_EQUAL(stat_of(bed.ctx[1 - owner], NMX_STAT_QUESTIONS), 0);
		script_release_all();
		bed_settle(&bed);
		CU_ASSERT_EQUAL(told.n, 2);
		CU_ASSERT_EQUAL(told.told, TOLD_ANSWER);
		CU_ASSERT_STRING_EQUAL(told.data, bed_answer);
		bed_end(&bed);
	}
}

/* The worker that has the domain is dead or hangs: its time passes, and then it is "later". */
static void
the_other_is_silent(void)
{
	struct bed bed;
	struct told_here told = {0};
	const char *domain = domain_of(1);

	bed_begin(&bed, 2);
	questions_free(bed.env[1].questions);
	bed.env[1].questions = NULL;
	bed_ask(&bed, 0, domain, 1, &told);
	bed_wait(&bed, &told, 1);
	CU_ASSERT_EQUAL(told.told, TOLD_LATER);
	bed_end(&bed);
}

/* One that is known to be dead is not asked at all, nor one whose heart has stopped. */
static void
the_other_is_dead(void)
{
	struct bed bed;
	struct told_here told = {0};
	const char *domain = domain_of(1);

	bed_begin(&bed, 2);
	bed_domain(domain, SCRIPT_INSIDE);
	shared_gone(bed.shared, 1);
	bed_ask(&bed, 0, domain, 2500, &told);
	bed_settle(&bed);
	CU_ASSERT_EQUAL(told.told, TOLD_ANSWER);
	CU_ASSERT_EQUAL(stat_of(bed.ctx[1], NMX_STAT_QUESTIONS), 0);
	CU_ASSERT_EQUAL(metric_get(&bed.env[0].metrics->passed_on), 0);
	bed_end(&bed);
}

/* A worker that is about to end answers what others have asked, and asks nobody itself. */
static void
draining(void)
{
	struct bed bed;
	struct told_here told = {0}, other = {0};
	const char *own = domain_of(1), *others = domain_of(0);

	bed_begin(&bed, 2);
	bed_domain(own, SCRIPT_LATER);
	bed_domain(others, SCRIPT_INSIDE);
	bed_ask(&bed, 0, own, 2500, &told);
	bed_settle(&bed);
	CU_ASSERT_EQUAL(questions_foreign(bed.env[1].questions), 1);
	questions_drain(bed.env[1].questions);
	bed_ask(&bed, 1, others, 2500, &other);
	bed_settle(&bed);
	CU_ASSERT_EQUAL(other.told, TOLD_ANSWER);
	CU_ASSERT_EQUAL(metric_get(&bed.env[1].metrics->passed_on), 0);
	script_release_all();
	bed_settle(&bed);
	CU_ASSERT_EQUAL(told.told, TOLD_ANSWER);
	CU_ASSERT_EQUAL(questions_foreign(bed.env[1].questions), 0);
	bed_end(&bed);
}

/* Replies that find no room on the way back wait for it. */
static void
the_way_back_is_full(void)
{
	struct bed bed;
	struct told_here told = {0};
	const char *domain = domain_of(1);
	char junk[256] = "junk";
	int n = 0;

	bed_begin(&bed, 2);
	bed_domain(domain, SCRIPT_LATER);
	bed_ask(&bed, 0, domain, 2500, &told);
	bed_settle(&bed);
	while (send(bed.links[2], junk, sizeof(junk), MSG_DONTWAIT) > 0)
		n++;
	script_release_all();
	dispatch_all(bed.ctx[1]);
	bed_settle(&bed);
	CU_ASSERT(n > 0);
	CU_ASSERT_EQUAL(told.n, 1);
	CU_ASSERT_EQUAL(told.told, TOLD_ANSWER);
	bed_end(&bed);
}

/* The way is full: it is answered here, without the other's cache. */
static void
the_way_is_full(void)
{
	struct bed bed;
	struct told_here told = {0};
	const char *domain = domain_of(1);
	char junk[256] = "junk";

	bed_begin(&bed, 2);
	bed_domain(domain, SCRIPT_INSIDE);
	while (send(bed.links[1], junk, sizeof(junk), MSG_DONTWAIT) > 0)
		;
	bed_ask(&bed, 0, domain, 2500, &told);
	CU_ASSERT(dispatch_all(bed.ctx[0]) > 0);
	event_base_loop(bed.env[0].base, EVLOOP_NONBLOCK);
	bed_settle(&bed);
	CU_ASSERT_EQUAL(told.told, TOLD_ANSWER);
	CU_ASSERT_EQUAL(stat_of(bed.ctx[1], NMX_STAT_QUESTIONS), 0);
	bed_end(&bed);
}

/* What another worker says is believed no further than it fits. */
static void
junk_from_a_peer(void)
{
	struct bed bed;
	struct told_here told = {0};
	unsigned char junk[600];
	uint64_t random = 1;

	bed_begin(&bed, 2);
	script_default(0, SCRIPT_INSIDE);
	for (int i = 0; i < 20000; i++) {
		size_t n = 1 + (size_t)i % (sizeof(junk) - 1);

		for (size_t j = 0; j < n; j++) {
			random = random * UINT64_C(6364136223846793005) + 1442695040888963407U;
			junk[j] = j % 4 && i % 2 ? 0 : (unsigned char)(random >> 60);
		}
		send(bed.links[1], junk, n, MSG_DONTWAIT);
		if (i % 50 == 0)
			bed_settle(&bed);
	}
	bed_settle(&bed);
	bed_ask(&bed, 1, "a.test", 2500, &told);
	bed_settle(&bed);
	CU_ASSERT_EQUAL(told.n, 1);
	bed_end(&bed);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(passed_on_and_back),
	UNIT_TEST(the_other_is_dead),
	UNIT_TEST(draining),
	UNIT_TEST(the_way_back_is_full),
	UNIT_TEST(the_other_is_silent),
	UNIT_TEST(the_way_is_full),
	UNIT_TEST(junk_from_a_peer),
	CU_TEST_INFO_NULL,
};
