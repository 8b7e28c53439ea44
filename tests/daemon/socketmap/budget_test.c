/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/budget.h"

#include <stdlib.h>

#include "unit.h"

const char unit_name[] = "daemon/budget";

enum { WHOLE = 2500, LEAST = BUDGET_LEAST_MS };

/* A connection that asks one question at a time, as qmgr does, for domains that need this long; each
 * row follows the one before. An answer comes when the domain is ready, or the wait is over. */
static void
one_question_at_a_time(void)
{
	static const struct {
		int64_t pause_ms, needs_ms;
		unsigned wait_ms;
	} rows[] = {
		/* four slow domains */
		{0, 60000, 2500},
		{0, 60000, 50},
		{0, 60000, 50},
		{0, 60000, 50},
		/* 10 s quiet: whole again */
		{10000, 1000, 2500},
		{0, 1000, 1500},
		{0, 1000, 500},
		{0, 60000, 50},
		/* as the first of them leave the window, what they waited comes back */
		{7450, 20, 50}, /* 10,000 ms after the first began */
		{480, 20, 430}, /* 500 ms of 2,550 are out, and the 20 of the last are in */
		{10000, 60000, 2500},
		{9999, 60000, 2499}, /* the last of them is in */
		{60000, 0, 2500},
		/* quick answers are no waits */
		{0, 4, 2500},
		{0, 4, 2500},
		{0, 5, 2500},
		{0, 4, 2495},
		{0, 4, 2495},
	};
	struct budget budget = {0};
	int64_t now = 123456789;

	for (size_t i = 0; i < N_OF(rows); i++) {
		unsigned wait;
		int64_t end;

		now += rows[i].pause_ms;
		wait = budget_left(&budget, now, 0, WHOLE);
		CHECK(wait == rows[i].wait_ms, "row %zu: %u", i, wait);
		end = now + (rows[i].needs_ms < wait ? rows[i].needs_ms : wait);
		budget_spend(&budget, now, end);
		now = end;
	}
}

static void
waits_of_now_count(void)
{
	struct budget budget = {0};

	CHECK(budget_left(&budget, 5000, 0, WHOLE) == WHOLE, "the first");
	CHECK(budget_left(&budget, 5000, 0, WHOLE) == WHOLE, "with it");
	CHECK(budget_left(&budget, 6000, 1000, WHOLE) == WHOLE - 1000, "a second later");
	CHECK(budget_left(&budget, 7480, 2480, WHOLE) == LEAST, "at the end");
	/* Two that waited from 5000 to 7000 together. */
	budget_spend(&budget, 5000, 7000);
	budget_spend(&budget, 7000, 7000);
	CHECK(budget_left(&budget, 7000, 0, WHOLE) == WHOLE - 2000, "once for both");
}

static void
whole_is_the_most(void)
{
	struct budget budget = {0};

	CHECK(budget_left(&budget, 0, 0, 1) == 1, "a deadline below the least");
	CHECK(budget_left(&budget, 0, 0, 60000) == 60000, "one above the window");
	budget_spend(&budget, 0, 60000);
	CHECK(budget_left(&budget, 60000, 0, 60000) == 50000, "all of the window");
	CHECK(budget_left(&budget, 60000, 0, 1) == 1, "nothing left of it");
	CHECK(budget_left(&budget, 70000, 0, 60000) == 60000, "whole again");
}

/* Against sums of every wait, millisecond by millisecond: never stricter, and more lenient by less than
 * a step. */
static void
random_waits(void)
{
	enum { LENGTH = 200000 };
	static uint8_t waited[LENGTH];
	struct budget budget = {0};
	int64_t now = 1;

	srand(6);
	while (now < LENGTH - 20000) {
		int64_t until = now + BUDGET_QUICK_MS + rand() % (rand() % 8 ? 60 : 3000);
		int64_t spent = 0, left;

		for (int64_t ms = now; ms < until; ms++)
			waited[ms] = 1;
		budget_spend(&budget, now, until);
		now = until + (rand() % 4 ? 0 : rand() % 3000);
		for (int64_t ms = now < 10000 ? 0 : now - 10000; ms < now; ms++)
			spent += waited[ms];
		left = 20000 - spent;
		CHECK(budget_left(&budget, now, 0, 20000) >= left &&
			      budget_left(&budget, now, 0, 20000) < left + BUDGET_STEP_MS,
		      "at %d: %u, not %d", (int)now, budget_left(&budget, now, 0, 20000),
		      (int)left);
	}
}

CU_TestInfo unit_tests[] = {UNIT_TEST(one_question_at_a_time), UNIT_TEST(waits_of_now_count),
			    UNIT_TEST(whole_is_the_most), UNIT_TEST(random_waits),
			    CU_TEST_INFO_NULL};
