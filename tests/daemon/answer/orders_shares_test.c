/* SPDX-License-Identifier: BSD-2-Clause */
/* First places in proportion to RFC 2782 (RULES SRV-3, SRV-4, MX-2), and the rest as it falls. */
#include "daemon/orders.h"

#include <math.h>
#include <string.h>

#include "orders_bench.h"
#include "stats.h"
#include "unit.h"

const char unit_name[] = "daemon/orders, shares";

static const struct tier tiers[] = {
	{"srv", 3, {10, 20, 70}},
	{"srv", 3, {70, 10, 20}},
	{"srv", 2, {0, 1}},
	{"srv", 2, {0, 0}},
	{"srv", 2, {1, 65535}},
	{"srv", 2, {0, 65535}},
	{"srv", 5, {0, 0, 1, 2, 5}},
	{"srv", 4, {1000000, 1, 1, 1}},
	{"mx", 3, {0}},
	{"mx", 32, {0}},
	{"srv", 1, {7}},
};

/*
 * The exact share of first place, by going through all lists and numbers that may be drawn: any of
 * the records of weight 0, else any, stands first in the list, and the number 0 is its, too.
 */
static double
exact_share(const struct tier *tier, size_t host)
{
	double numbers = 0, lists = 0, sum = 0;
	bool any_zero = false;

	for (size_t i = 0; i < tier->n; i++) {
		sum += tier->weights[i];
		any_zero = any_zero || tier->weights[i] == 0;
	}
	for (size_t front = 0; front < tier->n; front++) {
		if (any_zero && tier->weights[front] != 0)
			continue;
		lists++;
		numbers += tier->weights[host] + (front == host);
	}
	return numbers / lists / (sum + 1);
}

/* ---- Proportions ---------------------------------------------------------------------------- */

/* SRV-4: each host has its share of the 64, rounded up or down. */
static void
srv_4_first_places_are_in_proportion(void)
{
	for (size_t t = 0; t < N_OF(tiers); t++) {
		struct bench *bench = bench_new("");
		struct nmx_route *route = route_of(bench, &tiers[t]);
		size_t counts[MOST_HOSTS];

		for (unsigned domain = 0; domain < 4; domain++) {
			set_domain(route, domain);
			count_first(route, today, counts);
			for (size_t i = 0; i < tiers[t].n; i++) {
				double share = exact_share(&tiers[t], i) * ORDERS_A_DAY;

				CHECK(fabs((double)counts[i] - share) < 1,
				      "tier %zu, host %zu: %zu of %g", t, i, counts[i], share);
			}
		}
		nmx_route_unref(route);
		bench_free(bench);
	}
}

/* SRV-4: what these are, written down. */
static void
srv_4_known_proportions(void)
{
	static const struct {
		size_t tier, counts[3];
	} table[] = {
		{0, {6, 13, 45}}, /* of 6.55, 12.88, 44.57: the largest remainders win */
		{2, {32, 32}},	  {3, {32, 32}}, {4, {0, 64}}, {5, {0, 64}},
	};

	for (size_t i = 0; i < N_OF(table); i++) {
		struct bench *bench = bench_new("");
		struct nmx_route *route = route_of(bench, &tiers[table[i].tier]);
		size_t counts[MOST_HOSTS];

		count_first(route, today, counts);
		for (size_t host = 0; host < tiers[table[i].tier].n; host++)
			CHECK(counts[host] == table[i].counts[host], "tier %zu, host %zu: %zu",
			      table[i].tier, host, counts[host]);
		nmx_route_unref(route);
		bench_free(bench);
	}
}

/* SRV-4: over a whole day each host's share of slots is the exact one, within 1/64. */
static void
srv_4_a_day_of_slots(void)
{
	for (size_t t = 0; t < N_OF(tiers); t++) {
		struct bench *bench = bench_new("");
		struct nmx_route *route = route_of(bench, &tiers[t]);
		size_t counts[MOST_HOSTS] = {0};
		int step =
			tiers[t].n > 8 ? 7 : 1; /* a week's worth of the costly one is left out */

		for (int slot = 0; slot < SLOTS; slot += step)
			counts[first_at(route, today + slot * SLOT)]++;
		for (size_t i = 0; i < tiers[t].n; i++) {
			double share = (double)counts[i] * step / SLOTS;

			CHECK(fabs(share - exact_share(&tiers[t], i)) < 1.0 / ORDERS_A_DAY,
			      "tier %zu, host %zu: %g, not %g", t, i, share,
			      exact_share(&tiers[t], i));
		}
		nmx_route_unref(route);
		bench_free(bench);
	}
}

/* MX-2: who gets the place that cannot be divided is another one for each domain and day. */
static void
mx_2_nobody_is_favoured(void)
{
	const struct tier *tier = &tiers[8];
	struct bench *bench = bench_new("");
	struct nmx_route *route = route_of(bench, tier);
	size_t favours[3] = {0}, counts[MOST_HOSTS];

	for (unsigned domain = 0; domain < 300; domain++) {
		set_domain(route, domain);
		count_first(route, today, counts);
		for (size_t i = 0; i < 3; i++)
			favours[i] += counts[i] == 22;
	}
	CHECK(favours[0] + favours[1] + favours[2] == 300, "22 of 64");
	for (size_t i = 0; i < 3; i++)
		CHECK(favours[i] > 60 && favours[i] < 140, "%zu: %zu", i, favours[i]);
	nmx_route_unref(route);
	bench_free(bench);
}

/*
 * One of 1000 and 31 of 1: the largest remainders give a place each to two of the small ones, which are
 * first in one of 1001 plans. They are looked for, but not for ever: so some are there and some not.
 */
static void
attempts_have_an_end(void)
{
	struct tier tier = {"srv", 32, {1000}};
	struct bench *bench = bench_new("");
	struct nmx_route *route;
	unsigned found = 0, missed = 0;

	for (size_t i = 1; i < tier.n; i++)
		tier.weights[i] = 1;
	route = route_of(bench, &tier);
	for (unsigned domain = 0; domain < 10; domain++) {
		size_t counts[MOST_HOSTS];

		set_domain(route, domain);
		count_first(route, today, counts);
		CHECK(counts[0] >= 62, "%zu", counts[0]);
		found += 64 - (unsigned)counts[0];
		missed += (unsigned)counts[0] - 62;
	}
	CHECK(found && missed, "%u found, %u not", found, missed);
	nmx_route_unref(route);
	bench_free(bench);
}

/* ---- The rest of an order ------------------------------------------------------------------- */

enum { CHOSEN = 4, N_ORDERS = 24 };

/* The number of an order of four, each place among those that are left: 0..23. */
static size_t
number_of(const size_t *order)
{
	size_t number = 0;

	for (size_t i = 0; i < CHOSEN; i++) {
		size_t smaller = 0;

		for (size_t j = i + 1; j < CHOSEN; j++)
			smaller += order[j] < order[i];
		number = number * (CHOSEN - i) + smaller;
	}
	return number;
}

/* The probability of each whole order: that of its first place, times that of the rest. */
static void
add_orders(const struct tier *all, size_t *order, size_t n, double probability, double *ret)
{
	struct tier left = {.n = 0};
	size_t hosts[CHOSEN];

	if (n >= CHOSEN) {
		ret[number_of(order)] += probability;
		return;
	}
	for (size_t i = 0; i < CHOSEN; i++) {
		bool used = false;

		for (size_t j = 0; j < n; j++)
			used = used || order[j] == i;
		if (used)
			continue;
		hosts[left.n] = i;
		left.weights[left.n++] = all->weights[i];
	}
	for (size_t i = 0; i < left.n; i++) {
		order[n] = hosts[i];
		add_orders(all, order, n + 1, probability * exact_share(&left, i), ret);
	}
}

/* The whole orders of one day of many domains, held against those that begin with the same host. */
static void
check_rest(const struct tier *tier)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = route_of(bench, tier);
	double probabilities[N_ORDERS] = {0};
	size_t counts[N_ORDERS] = {0}, order[CHOSEN];

	add_orders(tier, order, 0, 1, probabilities);
	for (unsigned domain = 0; domain < 300; domain++) {
		set_domain(route, domain);
		for (int slot = 0; slot < ORDERS_A_DAY; slot++) {
			struct nmx_plan *plan = plan_at(route, today + slot * SLOT, SLOT);

			for (size_t i = 0; i < CHOSEN; i++)
				order[i] = index_of(route, routes_host_at(plan, i));
			counts[number_of(order)]++;
			nmx_plan_free(plan);
		}
	}
	for (size_t first = 0; first < CHOSEN; first++) {
		const size_t each = N_ORDERS / CHOSEN;
		double share = exact_share(tier, first), conditional[N_ORDERS], p;

		for (size_t i = 0; i < each; i++)
			conditional[i] = probabilities[first * each + i] / share;
		p = stats_chi_square(&counts[first * each], conditional, each);
		CHECK(p > 0.001, "%u:%u:%u:%u, first %zu: p = %g", tier->weights[0],
		      tier->weights[1], tier->weights[2], tier->weights[3], first, p);
	}
	nmx_route_unref(route);
	bench_free(bench);
}

/* SRV-3: choosing who is first does not change who follows. */
static void
srv_3_what_follows_the_first_place_is_drawn(void)
{
	static const struct tier chosen[] = {
		{"srv", CHOSEN, {1, 2, 3, 4}},
		{"srv", CHOSEN, {10, 20, 70, 20}},
		{"srv", CHOSEN, {0, 0, 1, 3}},
		{"mx", CHOSEN, {0}},
	};

	for (size_t i = 0; i < N_OF(chosen); i++)
		check_rest(&chosen[i]);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(srv_4_first_places_are_in_proportion),
	UNIT_TEST(srv_4_known_proportions),
	UNIT_TEST(srv_4_a_day_of_slots),
	UNIT_TEST(mx_2_nobody_is_favoured),
	UNIT_TEST(attempts_have_an_end),
	UNIT_TEST(srv_3_what_follows_the_first_place_is_drawn),
	CU_TEST_INFO_NULL,
};
