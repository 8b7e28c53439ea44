/* SPDX-License-Identifier: BSD-2-Clause */
/* Which order is answered when: 64 a day, the same for a slot, the same in every process. */
#include "daemon/orders.h"

#include <stdlib.h>

#include "orders_bench.h"
#include "unit.h"

const char unit_name[] = "daemon/orders";

static const struct tier weighted = {"srv", 3, {10, 20, 70}};
static const struct tier two = {"srv", 2, {0, 0}};
static const struct tier three = {"mx", 3, {0}};
static const struct tier one = {"srv", 1, {7}};

/* ---- Slots and days ------------------------------------------------------------------------- */

static int
compare_seeds(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static size_t
n_different(uint64_t *seeds, size_t n)
{
	size_t different = n > 0;

	qsort(seeds, n, sizeof(*seeds), compare_seeds);
	for (size_t i = 1; i < n; i++)
		different += seeds[i] != seeds[i - 1];
	return different;
}

static void
sixty_four_a_day_and_others_the_next(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = route_of(bench, &weighted);
	static uint64_t seeds[2 * SLOTS];

	for (int slot = 0; slot < SLOTS; slot++)
		seeds[slot] = seed_at(route, today + slot * SLOT, SLOT);
	CHECK(n_different(seeds, SLOTS) == ORDERS_A_DAY, "%zu in a day", n_different(seeds, SLOTS));
	for (int slot = 0; slot < SLOTS; slot++)
		seeds[slot] = seed_at(route, today + slot * SLOT, SLOT);
	for (int slot = 0; slot < SLOTS; slot++)
		seeds[SLOTS + slot] = seed_at(route, today + DAY + slot * SLOT, SLOT);
	CHECK(n_different(seeds, N_OF(seeds)) == 2 * ORDERS_A_DAY, "in two days");
	nmx_route_unref(route);
	bench_free(bench);
}

/* Slots of 7 s: neither the day nor 64 slots are a multiple of them. */
static void
an_order_stays_for_its_slot(void)
{
	static const unsigned lengths[] = {1, 7, 10, 3600, 100000};
	struct bench *bench = bench_new("");
	struct nmx_route *route = route_of(bench, &weighted);

	for (size_t i = 0; i < N_OF(lengths); i++) {
		unsigned length = lengths[i], changes = 0;
		int64_t first = today - today % length;
		uint64_t before = seed_at(route, first, length);

		for (unsigned slot = 1; slot <= 100; slot++) {
			int64_t start = first + (int64_t)slot * length;
			uint64_t seed = seed_at(route, start, length);

			changes += seed != before;
			before = seed;
			CHECK(seed_at(route, start + length - 1, length) == seed, "slot of %u",
			      length);
			CHECK(seed_at(route, start + length / 2, length) == seed, "slot of %u",
			      length);
		}
		CHECK(changes > 90, "slot of %u: %u changes", length, changes);
	}
	nmx_route_unref(route);
	bench_free(bench);
}

/* Two domains, secrets or hosts' places in a block would draw all mail to one host at one time. */
static void
domains_and_secrets_have_orders_of_their_own(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = route_of(bench, &two);
	unsigned same = 0, runs = 0;
	size_t before = 2;

	for (int slot = 0; slot < 1024; slot++) {
		struct nmx_plan *plan;
		size_t first;

		set_domain(route, 1);
		first = first_at(route, today + slot * SLOT);
		runs += first != before;
		before = first;
		set_domain(route, 2);
		same += first_at(route, today + slot * SLOT) == first;
		set_domain(route, 1);
		CHECK(orders_plan((const uint8_t *)"another", 7, route, today + slot * SLOT, SLOT,
				  &plan) == 0,
		      "secret");
		CHECK(nmx_plan_seed(plan) != seed_at(route, today + slot * SLOT, SLOT), "secret");
		nmx_plan_free(plan);
	}
	CHECK(same > 400 && same < 624, "%u of 1024", same);
	CHECK(runs > 400 && runs < 624, "%u runs", runs);
	nmx_route_unref(route);
	bench_free(bench);
}

/* Any process that has the secret answers the same: these were drawn once and written down. */
static void
seeds_are_pinned(void)
{
	static const struct {
		const struct tier *tier;
		int64_t now;
		uint64_t seed;
	} pinned[] = {
		{&weighted, 1728000000, 6497562498532972}, {&weighted, 1728000010, 2078258195169},
		{&weighted, 1728086400, 4995686602544461}, {&three, 1728000000, 8673105110514386},
		{&one, 1728000000, 6497562498532972},	   {&one, 0, 2817158228613142},
	};

	for (size_t i = 0; i < N_OF(pinned); i++) {
		struct bench *bench = bench_new("");
		struct nmx_route *route = route_of(bench, pinned[i].tier);
		uint64_t seed = seed_at(route, pinned[i].now, SLOT);

		CHECK(seed == pinned[i].seed, "%zu: %llu", i, (unsigned long long)seed);
		nmx_route_unref(route);
		bench_free(bench);
	}
}

/* ---- Edges ---------------------------------------------------------------------------------- */

static void
times_that_are_none(void)
{
	static const int64_t times[] = {INT64_MIN, -1, 0, 1, INT64_MAX};
	static const unsigned lengths[] = {0, 1, 10, UINT32_MAX};
	struct bench *bench = bench_new("");
	struct nmx_route *route = route_of(bench, &weighted);

	for (size_t t = 0; t < N_OF(times); t++)
		for (size_t i = 0; i < N_OF(lengths); i++)
			CHECK(seed_at(route, times[t], lengths[i]) <= NMX_SEED_MAX, "%zu %zu", t,
			      i);
	CHECK(seed_at(route, -1, 10) == seed_at(route, 0, 10), "before 1970");
	CHECK(seed_at(route, today, 0) == seed_at(route, today, 1), "no slot");
	nmx_route_unref(route);
	bench_free(bench);
}

static void
routes_without_a_choice(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *nobody = routes_new(bench, "", PREFER_6, "");
	struct nmx_route *self = routes_new(
		bench, "mx insecure 1/0 a.example:25 233.252.0.1; 1/0 b.example:25 233.252.0.2",
		PREFER_6, "233.252.0.1");
	struct nmx_plan *plan;

	for (int slot = 0; slot < ORDERS_A_DAY; slot++) {
		plan = plan_at(nobody, today + slot * SLOT, SLOT);
		CHECK(nmx_plan_count(plan) == 0, "nobody");
		nmx_plan_free(plan);
		plan = plan_at(self, today + slot * SLOT, SLOT);
		CHECK(nmx_plan_outcome(plan) == NMX_REJECT && nmx_plan_count(plan) == 0, "self");
		nmx_plan_free(plan);
	}
	nmx_route_unref(nobody);
	nmx_route_unref(self);
	bench_free(bench);
}

/* The name is the domain in A-labels, or what was asked if there are none. */
static void
each_name_has_orders_of_its_own(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = route_of(bench, &one);
	uint64_t seed = seed_at(route, today, SLOT);

	route->domain = "another.example";
	CHECK(seed_at(route, today, SLOT) == seed, "A-labels count");
	route->ascii = "";
	CHECK(seed_at(route, today, SLOT) != seed, "none");
	seed = seed_at(route, today, SLOT);
	route->domain = "[192.0.2.1]";
	CHECK(seed_at(route, today, SLOT) != seed, "a literal");
	nmx_route_unref(route);
	bench_free(bench);
}

/* LIM-1: the best host has more addresses than a plan has endpoints; and a stage that follows. */
static void
plans_that_leave_hosts_out(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(
		bench,
		"srv secure 10/1 a.example:25 233.252.0.1 233.252.0.2 233.252.0.3 233.252.0.4 "
		"233.252.0.5 233.252.0.6 233.252.0.7 233.252.0.8; "
		"10/1 b.example:25 233.252.1.1 233.252.1.2 233.252.1.3 233.252.1.4 233.252.1.5 "
		"233.252.1.6 233.252.1.7 233.252.1.8; 10/0 c.example:25 233.252.2.1 233.252.2.2 "
		"233.252.2.3 233.252.2.4 233.252.2.5 233.252.2.6 | mx insecure 5/0 d.example:25 "
		"233.252.3.1",
		PREFER_6, "");
	size_t counts[MOST_HOSTS];

	count_first(route, today, counts);
	CHECK(counts[0] + counts[1] + counts[2] == 64, "a, b, c");
	CHECK(counts[2] >= 21 && counts[2] <= 22, "%zu", counts[2]);
	nmx_route_unref(route);
	bench_free(bench);
}

static void
what_no_caller_should_pass(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = route_of(bench, &weighted);
	struct nmx_plan *plan = NULL;

	CHECK(orders_plan(NULL, 16, route, today, 10, &plan) == NMX_E_INVALID, "secret");
	CHECK(orders_plan(secret, 16, NULL, today, 10, &plan) == NMX_E_INVALID, "route");
	CHECK(orders_plan(secret, 16, route, today, 10, NULL) == NMX_E_INVALID, "plan");
	CHECK(plan == NULL, "untouched");
	nmx_route_unref(route);
	bench_free(bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(sixty_four_a_day_and_others_the_next),
	UNIT_TEST(an_order_stays_for_its_slot),
	UNIT_TEST(domains_and_secrets_have_orders_of_their_own),
	UNIT_TEST(seeds_are_pinned),
	UNIT_TEST(times_that_are_none),
	UNIT_TEST(routes_without_a_choice),
	UNIT_TEST(each_name_has_orders_of_its_own),
	UNIT_TEST(plans_that_leave_hosts_out),
	UNIT_TEST(what_no_caller_should_pass),
	CU_TEST_INFO_NULL,
};
