/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/park.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "unit.h"

const char unit_name[] = "cli/scan/park";

static struct job *
new_job(uint64_t number)
{
	struct input_item item = {.domain = "a.test", .file = ""};

	return job_new(number, &item);
}

/* Those with the same servers keep their order; lanes come as they are due. */
static void
lanes_are_sorted_and_keep_their_order(void)
{
	static const char *const a[] = {"ns1.a.test", "ns2.a.test"}, *const b[] = {"ns.b.test"};
	struct park *park = park_new();
	const struct lane *lane;
	struct job *job;

	CU_ASSERT_PTR_NULL(park_first(park));
	park_add(park, new_job(1), a, 2, 50);
	park_add(park, new_job(2), b, 1, 40);
	park_add(park, new_job(3), a, 2, 10); /* behind the first, whose time counts */
	park_add(park, new_job(4), a, 1, 45); /* other servers */
	park_add(park, new_job(5), NULL, 0, 60);
	lane = park_first(park);
	CU_ASSERT_EQUAL(lane->due, 40);
	CU_ASSERT_EQUAL(lane->n_servers, 1);
	CU_ASSERT_STRING_EQUAL(lane->servers[0], "ns.b.test");
	job = park_take(park);
	CU_ASSERT_EQUAL(job->number, 2);
	CU_ASSERT_PTR_EQUAL(job->lane, lane);
	park_leave(park, job);
	CU_ASSERT_PTR_NULL(job->lane);
	job_free(job);
	lane = park_first(park);
	CU_ASSERT_EQUAL(lane->due, 45);
	park_delay(park, 55);
	lane = park_first(park);
	CU_ASSERT_EQUAL(lane->due, 50);
	job = park_take(park);
	CU_ASSERT_EQUAL(job->number, 1);
	park_delay(park, 100);
	CU_ASSERT_EQUAL(park_first(park)->due, 55);
	/* The rest is freed with it, job 1 holds the lane still. */
	job_free(job);
	park_free(park);
}

enum { LANES = 300, STEPS = 50000 };

/* What comes out is always the least of what is in. */
static void
the_first_is_the_least(void)
{
	struct park *park = park_new();
	struct rng rng = rng_from_seed(3);
	int64_t due[LANES];
	size_t n_waiting[LANES] = {0}, n = 0;

	for (unsigned step = 0; step < STEPS; step++) {
		uint32_t i = rng_below(&rng, LANES);
		char name[32];
		const char *const names[] = {name};
		int64_t least = INT64_MAX;

		snprintf(name, sizeof(name), "ns%u.test", i);
		if (rng_below(&rng, 2)) {
			int64_t when = rng_below(&rng, 1000000);

			CU_ASSERT_TRUE(park_add(park, new_job(i), names, 1, when));
			due[i] = n_waiting[i]++ ? due[i] : when;
			n++;
		}
		for (size_t k = 0; k < LANES; k++)
			if (n_waiting[k] && due[k] < least)
				least = due[k];
		if (n == 0) {
			CU_ASSERT_PTR_NULL(park_first(park));
			continue;
		}
		CU_ASSERT_EQUAL(park_first(park)->due, least);
		if (rng_below(&rng, 2)) {
			struct job *job = park_take(park);
			size_t which = (size_t)job->number;

			CU_ASSERT_EQUAL(due[which], least);
			n--;
			if (--n_waiting[which]) {
				due[which] += 1000;
				park_delay(park, due[which]);
			}
			park_leave(park, job);
			job_free(job);
		}
	}
	park_free(park);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(lanes_are_sorted_and_keep_their_order),
	UNIT_TEST(the_first_is_the_least),
	CU_TEST_INFO_NULL,
};
