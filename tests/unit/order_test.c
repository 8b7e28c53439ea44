/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RULES SRV-3, SRV-4, MX-2: the distribution of whole orders is computed by going through every
 * shuffle and every number that RFC 2782 may draw, and a million draws are held against it.
 */
#include "policy/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exact.h"
#include "stats.h"
#include "unit.h"

const char unit_name[] = "policy/order";

enum { DRAWS = 1000000 };
static const double least_p = 0.001;

/* ---- The tests of the test ------------------------------------------------------------------ */

static void
chi_square_tail_has_the_known_values(void)
{
	static const struct {
		double x, df, tail;
	} table[] = {
		/* the usual printed tables */
		{3.841459, 1, 0.05},	{6.634897, 1, 0.01},	 {10.827566, 1, 0.001},
		{5.991465, 2, 0.05},	{18.307038, 10, 0.05},	 {29.588298, 10, 0.001},
		{67.504807, 50, 0.05},	{124.342113, 100, 0.05}, {149.449253, 100, 0.001},
		{77.929465, 100, 0.95},
	};

	for (size_t i = 0; i < N_OF(table); i++)
		CHECK(fabs(stats_chi_square_tail(table[i].x, table[i].df) - table[i].tail) < 2e-6,
		      "%g with %g: %g", table[i].x, table[i].df,
		      stats_chi_square_tail(table[i].x, table[i].df));
	/* closed forms: df 1 is erfc, df 2 an exponential, df 4 that times 1 + x/2 */
	for (double x = 0.01; x < 60; x *= 1.1) {
		CHECK(fabs(stats_chi_square_tail(x, 1) - erfc(sqrt(x / 2))) < 1e-12, "%g", x);
		CHECK(fabs(stats_chi_square_tail(x, 2) - exp(-x / 2)) < 1e-12, "%g", x);
		CHECK(fabs(stats_chi_square_tail(x, 4) - exp(-x / 2) * (1 + x / 2)) < 1e-12, "%g",
		      x);
	}
	CHECK(stats_chi_square_tail(0, 5) == 1, "0");
}

static void
chi_square_sees_a_difference(void)
{
	const double half[2] = {0.5, 0.5}, never[2] = {1, 0};

	CHECK(stats_chi_square((size_t[]){5000, 5000}, half, 2) > 0.99, "even");
	CHECK(stats_chi_square((size_t[]){5100, 4900}, half, 2) > 0.01, "by chance");
	CHECK(stats_chi_square((size_t[]){5200, 4800}, half, 2) < 0.001, "not by chance");
	CHECK(stats_chi_square((size_t[]){9999, 1}, never, 2) == 0, "impossible");
}

/* SRV-4: what can be said without a computer. */
static void
srv_4_exact_first_places_are_the_analytic_ones(void)
{
	struct exact exact;

	exact_compute(&exact, (uint32_t[]){0, 1}, 2);
	CHECK(fabs(exact_first_share(&exact, 0) - 0.5) < 1e-12, "(0,1)");
	exact_compute(&exact, (uint32_t[]){10, 20, 70}, 3);
	for (size_t i = 0; i < 3; i++)
		CHECK(fabs(exact_first_share(&exact, i) - (exact.weights[i] + 1 / 3.0) / 101) <
			      1e-12,
		      "(10,20,70): %zu", i);
	CHECK(fabs(exact_first_share(&exact, 0) - 0.1023) < 5e-5, "10.23 %%");
	CHECK(fabs(exact_first_share(&exact, 1) - 0.2013) < 5e-5, "20.13 %%");
	CHECK(fabs(exact_first_share(&exact, 2) - 0.6964) < 5e-5, "69.64 %%");
	for (uint32_t w = 1; w <= 65535; w = w * 3 + 1) {
		exact_compute(&exact, (uint32_t[]){0, w}, 2);
		CHECK(fabs(exact_first_share(&exact, 0) - 1.0 / (w + 1.0)) < 1e-12, "(0,%u)", w);
		exact_compute(&exact, (uint32_t[]){w, w}, 2);
		CHECK(fabs(exact_first_share(&exact, 0) - 0.5) < 1e-12, "(%u,%u)", w, w);
	}
}

static double
closed_share(const uint32_t *weights, size_t n, size_t host)
{
	struct order_share share = order_first_share(weights, n, host);

	return (double)share.part / (double)share.whole;
}

/* SRV-4: the shares that routes show are those of the enumeration, for every tier of up to four hosts
 * and these weights, or of five and the first three. */
static void
srv_4_shares_are_those_of_whole_orders(void)
{
	static const uint32_t weights[] = {0, 1, 2, 9, 65535, 4096u * 65535};

	for (size_t n = 1; n <= EXACT_MOST; n++) {
		size_t n_tiers = 1, n_weights = n < EXACT_MOST ? N_OF(weights) : 3;

		for (size_t i = 0; i < n; i++)
			n_tiers *= n_weights;
		for (size_t t = 0; t < n_tiers; t++) {
			uint32_t tier[EXACT_MOST];
			struct exact exact;
			size_t rest = t;

			for (size_t i = 0; i < n; i++, rest /= n_weights)
				tier[i] = weights[rest % n_weights];
			exact_compute(&exact, tier, n);
			for (size_t i = 0; i < n; i++)
				CHECK(fabs(exact_first_share(&exact, i) -
					   closed_share(tier, n, i)) < 1e-12,
				      "%zu of tier %zu of %zu", i, t, n);
		}
	}
	CHECK(fabs(closed_share((uint32_t[]){10, 20, 70}, 3, 0) - 0.1023) < 5e-5, "10.23 %%");
	CHECK(fabs(closed_share((uint32_t[]){10, 20, 70}, 3, 1) - 0.2013) < 5e-5, "20.13 %%");
	CHECK(fabs(closed_share((uint32_t[]){10, 20, 70}, 3, 2) - 0.6964) < 5e-5, "69.64 %%");
}

/* SRV-4: exact parts of one whole, however many hosts and however heavy. */
static void
srv_4_shares_never_overflow(void)
{
	static uint32_t weights[4096];
	struct order_share share;

	for (size_t i = 0; i < N_OF(weights); i++)
		weights[i] = UINT32_MAX;
	share = order_first_share(weights, N_OF(weights), 7);
	CHECK(share.whole == share.part * N_OF(weights), "equal parts");
	weights[7] = 0;
	share = order_first_share(weights, N_OF(weights), 7);
	CHECK(share.part == 1 && share.whole == 4095u * (uint64_t)UINT32_MAX + 1, "the lightest");
	share = order_first_share(weights, N_OF(weights), 8);
	CHECK(share.part == UINT32_MAX, "another");
}

static void
exact_distributions_add_up_to_one(void)
{
	static const uint32_t tiers[][EXACT_MOST] = {
		{0, 0, 1, 2, 3}, {5, 5, 5, 5, 5}, {0, 0, 0, 0, 9}};

	for (size_t t = 0; t < N_OF(tiers); t++) {
		struct exact exact;
		double sum = 0;

		exact_compute(&exact, tiers[t], EXACT_MOST);
		for (size_t i = 0; i < EXACT_ORDERS; i++)
			sum += exact.probabilities[i];
		CHECK(fabs(sum - 1) < 1e-12, "%zu: %.15f", t, sum);
	}
}

/* ---- The draws ------------------------------------------------------------------------------ */

struct tier {
	size_t n;
	uint32_t weights[EXACT_MOST];
};

static const struct tier tiers[] = {
	{1, {0}},
	{1, {65535}},
	{2, {0, 0}},
	{2, {0, 1}},
	{2, {1, 0}},
	{2, {0, 10}},
	{2, {0, 1000}},
	{2, {1, 1}},
	{2, {1, 3}},
	{2, {65535, 65535}},
	{2, {1, 65535}},
	{3, {0, 0, 0}},
	{3, {10, 20, 70}},
	{3, {70, 10, 20}},
	{3, {0, 0, 5}},
	{3, {0, 1, 1}},
	{3, {5, 5, 5}},
	{3, {65535, 65535, 65535}},
	{4, {0, 0, 1, 2}},
	{4, {0, 0, 10, 30}},
	{4, {1, 2, 3, 4}},
	{4, {7, 7, 7, 7}},
	{4, {0, 0, 0, 0}},
	{5, {0, 0, 0, 0, 0}},
	{5, {10, 10, 10, 10, 10}},
	{5, {1, 2, 3, 4, 5}},
	{5, {0, 0, 1, 1, 2}},
	{5, {0, 3, 3, 9, 27}},
	{5, {65535, 65535, 65535, 65535, 65535}},
};

static void
hold_against(const struct tier *tier, const size_t *counts, const char *how)
{
	struct exact exact;
	double p;

	exact_compute(&exact, tier->weights, tier->n);
	p = stats_chi_square(counts, exact.probabilities, exact_factorial(tier->n));
	CHECK(p > least_p, "(%u,%u,%u,%u,%u), %s: p = %g", tier->weights[0], tier->weights[1],
	      tier->weights[2], tier->weights[3], tier->weights[4], how, p);
}

/* SRV-3, SRV-4: a million draws of each tier. */
static void
srv_3_whole_orders_follow_rfc_2782(void)
{
	for (size_t t = 0; t < N_OF(tiers); t++) {
		struct rng rng = rng_from_seed(1000 + t);
		size_t counts[EXACT_ORDERS] = {0};

		for (int i = 0; i < DRAWS; i++) {
			uint16_t order[EXACT_MOST];

			order_draw(tiers[t].weights, tiers[t].n, tiers[t].n, &rng, order);
			counts[exact_number_of(order, tiers[t].n)]++;
		}
		hold_against(&tiers[t], counts, "one generator");
	}
}

/* SRV-3: one draw of each seed, as plans are drawn for messages that follow each other. */
static void
srv_3_orders_of_following_seeds_follow_rfc_2782(void)
{
	static const size_t chosen[] = {3, 12, 20, 26};

	for (size_t c = 0; c < N_OF(chosen); c++) {
		const struct tier *tier = &tiers[chosen[c]];
		size_t counts[EXACT_ORDERS] = {0};

		for (uint64_t seed = 0; seed < DRAWS; seed++) {
			struct rng rng = rng_from_seed(seed);
			uint16_t order[EXACT_MOST];

			order_draw(tier->weights, tier->n, tier->n, &rng, order);
			counts[exact_number_of(order, tier->n)]++;
		}
		hold_against(tier, counts, "following seeds");
	}
}

/* MX-2: hosts of equal preference have no weight: every order is as likely. */
static void
mx_2_equal_preferences_are_shuffled_uniformly(void)
{
	static const uint32_t weights[EXACT_MOST] = {0};

	for (size_t n = 2; n <= EXACT_MOST; n++) {
		struct rng rng = rng_from_seed(n);
		size_t counts[EXACT_ORDERS] = {0};
		double probabilities[EXACT_ORDERS], p;

		for (int i = 0; i < DRAWS; i++) {
			uint16_t order[EXACT_MOST];

			order_draw(weights, n, n, &rng, order);
			counts[exact_number_of(order, n)]++;
		}
		for (size_t i = 0; i < exact_factorial(n); i++)
			probabilities[i] = 1.0 / (double)exact_factorial(n);
		p = stats_chi_square(counts, probabilities, exact_factorial(n));
		CHECK(p > least_p, "%zu hosts: p = %g", n, p);
	}
}

static void
shuffles_are_uniform(void)
{
	struct rng rng = rng_from_seed(99);
	size_t counts[EXACT_ORDERS] = {0};
	double probabilities[EXACT_ORDERS], p;

	for (int i = 0; i < DRAWS; i++) {
		uint16_t order[EXACT_MOST] = {0, 1, 2, 3, 4};

		order_shuffle(order, EXACT_MOST, &rng);
		counts[exact_number_of(order, EXACT_MOST)]++;
	}
	for (size_t i = 0; i < EXACT_ORDERS; i++)
		probabilities[i] = 1.0 / EXACT_ORDERS;
	p = stats_chi_square(counts, probabilities, EXACT_ORDERS);
	CHECK(p > least_p, "p = %g", p);
}

/* ---- Other properties ----------------------------------------------------------------------- */

static bool
is_permutation(const uint16_t *order, size_t n)
{
	bool seen[4096] = {false};

	for (size_t i = 0; i < n; i++) {
		if (order[i] >= n || seen[order[i]])
			return false;
		seen[order[i]] = true;
	}
	return true;
}

/* LIM-1 asks for the first places only: they are the same as those of a whole draw. */
static void
the_first_places_do_not_depend_on_how_many_are_wanted(void)
{
	static const uint32_t weights[] = {0, 5, 10, 0, 65535, 1, 1, 20};
	const size_t n = N_OF(weights);

	for (uint64_t seed = 0; seed < 500; seed++) {
		struct rng rng = rng_from_seed(seed);
		uint16_t whole[8], some[8];

		order_draw(weights, n, n, &rng, whole);
		for (size_t wanted = 0; wanted <= n + 1; wanted++) {
			size_t compared = wanted < n ? wanted : n;

			rng = rng_from_seed(seed);
			order_draw(weights, n, wanted, &rng, some);
			CHECK(is_permutation(some, n), "%zu", wanted);
			CHECK(memcmp(some, whole, compared * sizeof(*some)) == 0, "%zu", wanted);
		}
	}
}

/* SRV-4: weights to 65535 on 32 hosts, and sums of repeats (4096 records of 65535) on each of them. */
static void
srv_4_sums_never_overflow(void)
{
	static const uint32_t equal[] = {65535, 65535u * 4096, UINT32_MAX};
	enum { N = 32, TRIES = 64000 };

	for (size_t e = 0; e < N_OF(equal); e++) {
		struct rng rng = rng_from_seed(e);
		size_t counts[N] = {0};
		double probabilities[N], p;
		uint32_t weights[N];

		for (size_t i = 0; i < N; i++) {
			weights[i] = equal[e];
			probabilities[i] = 1.0 / N;
		}
		for (int i = 0; i < TRIES; i++) {
			uint16_t order[N];

			order_draw(weights, N, N, &rng, order);
			if (!CHECK(is_permutation(order, N), "%u", equal[e]))
				return;
			counts[order[0]]++;
		}
		p = stats_chi_square(counts, probabilities, N);
		CHECK(p > least_p, "32 x %u: p = %g", equal[e], p);
	}
}

/* One host of nearly all the weight, among many: it must nearly always be first. */
static void
srv_4_a_huge_weight_wins(void)
{
	struct rng rng = rng_from_seed(3);
	uint32_t weights[32];
	size_t first = 0;

	for (size_t i = 0; i < 32; i++)
		weights[i] = i == 17 ? UINT32_MAX : 1;
	for (int i = 0; i < 10000; i++) {
		uint16_t order[32];

		order_draw(weights, 32, 32, &rng, order);
		first += order[0] == 17;
	}
	CHECK(first == 10000, "%zu", first);
}

static void
empty_and_large_tiers(void)
{
	static uint32_t weights[4096];
	static uint16_t order[4096];
	struct rng rng = rng_from_seed(1);

	order_draw(weights, 0, 0, &rng, order);
	order_draw(weights, 1, 1, &rng, order);
	CHECK(order[0] == 0, "one");
	for (size_t i = 0; i < 4096; i++)
		weights[i] = (uint32_t)(i % 3 ? i * 16 : 0);
	order_draw(weights, 4096, 32, &rng, order);
	CHECK(is_permutation(order, 4096), "4096");
}

/* SRV-3: a seed gives one order for ever; these were drawn once and written down. */
static void
srv_3_orders_of_seeds_are_pinned(void)
{
	static const uint32_t weights[5] = {0, 10, 20, 30, 0};
	static const char *const pinned[] = {"32140", "32140", "12304", "23104", "21304", "31204",
					     "32104", "31240", "32104", "32140", "31204", "32140",
					     "01324", "23104", "13240", "31240"};

	for (size_t seed = 0; seed < N_OF(pinned); seed++) {
		struct rng rng = rng_from_seed(seed);
		uint16_t order[5];
		char text[6] = "";

		order_draw(weights, 5, 5, &rng, order);
		for (size_t i = 0; i < 5; i++)
			text[i] = (char)('0' + order[i]);
		CHECK_TEXT(text, pinned[seed], "seed %zu", seed);
	}
}

/* The numbers, and what is made of them, are those of a division. */
static void
srv_3_shuffles_divide_exactly(void)
{
	for (uint64_t seed = 0; seed < 20000; seed++) {
		struct rng a = rng_from_seed(seed), b = a;
		uint16_t order[80], same[80];
		size_t n = 1 + seed % 80;

		for (size_t i = 0; i < n; i++)
			order[i] = same[i] = (uint16_t)i;
		order_shuffle(order, n, &a);
		for (size_t i = n; i > 1; i--) {
			size_t j = rng_below(&b, i);
			uint16_t swap = same[i - 1];

			same[i - 1] = same[j];
			same[j] = swap;
		}
		CHECK(memcmp(order, same, n * sizeof(order[0])) == 0 && a.state == b.state, "%zu",
		      n);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(chi_square_tail_has_the_known_values),
	UNIT_TEST(chi_square_sees_a_difference),
	UNIT_TEST(srv_4_exact_first_places_are_the_analytic_ones),
	UNIT_TEST(srv_4_shares_are_those_of_whole_orders),
	UNIT_TEST(srv_4_shares_never_overflow),
	UNIT_TEST(exact_distributions_add_up_to_one),
	UNIT_TEST(srv_3_whole_orders_follow_rfc_2782),
	UNIT_TEST(srv_3_orders_of_following_seeds_follow_rfc_2782),
	UNIT_TEST(mx_2_equal_preferences_are_shuffled_uniformly),
	UNIT_TEST(shuffles_are_uniform),
	UNIT_TEST(the_first_places_do_not_depend_on_how_many_are_wanted),
	UNIT_TEST(srv_3_shuffles_divide_exactly),
	UNIT_TEST(srv_4_sums_never_overflow),
	UNIT_TEST(srv_4_a_huge_weight_wins),
	UNIT_TEST(empty_and_large_tiers),
	UNIT_TEST(srv_3_orders_of_seeds_are_pinned),
	CU_TEST_INFO_NULL,
};
