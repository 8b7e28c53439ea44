/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/clock.h"

#include <string.h>

#include "stats.h"
#include "unit.h"

const char unit_name[] = "base/clock";

static void
clocks_run_forward(void)
{
	int64_t boot = clock_system.boot_ns(&clock_system);
	int64_t wall = clock_system.wall_ns(&clock_system);

	CHECK(boot > 0 && clock_system.boot_ns(&clock_system) >= boot, "boot");
	CHECK(wall / NS_PER_S > 1700000000, "wall is after 2023");
}

/* SRV-3: a seed must give the same plan everywhere, for ever. Never change these numbers: plans that
 * were drawn and logged with a seed could not be replayed any more. */
static void
the_numbers_of_a_seed_are_pinned(void)
{
	static const struct {
		uint64_t seed, numbers[4];
	} pinned[] = {
		{UINT64_C(0),
		 {UINT64_C(0xbc38c1978f703fc4), UINT64_C(0xa76910f12ba2f9c6),
		  UINT64_C(0x542de706558f6754), UINT64_C(0x39aacd1298e11c1d)}},
		{UINT64_C(1),
		 {UINT64_C(0xbaced8b3f20318c2), UINT64_C(0xd92ea23598f3f2d4),
		  UINT64_C(0xc2872a83aed8d045), UINT64_C(0xf994278aa3957885)}},
		{UINT64_C(42),
		 {UINT64_C(0xd4335aacad368582), UINT64_C(0xf6a798adf3b35fe6),
		  UINT64_C(0x16d0708fd255d879), UINT64_C(0x319e192110227a12)}},
		{UINT64_C(9007199254740991),
		 {UINT64_C(0xe7cf596e68567cc8), UINT64_C(0xaae4fdf0041edc53),
		  UINT64_C(0x326eb7aaca747556), UINT64_C(0x8530b11745f63da2)}},
	};

	for (size_t i = 0; i < N_OF(pinned); i++) {
		struct rng rng = rng_from_seed(pinned[i].seed);

		for (size_t j = 0; j < 4; j++) {
			uint64_t number = rng_next(&rng);

			CHECK(number == pinned[i].numbers[j], "seed %llu, number %zu: 0x%016llx",
			      (unsigned long long)pinned[i].seed, j, (unsigned long long)number);
		}
	}
}

/* LIM-1: every process keeps the same hosts of a domain with too many. */
static void
hashes_are_pinned(void)
{
	static const struct {
		uint64_t seed;
		const char *bytes;
		uint64_t hash;
	} pinned[] = {
		{0, "", UINT64_C(0x0000000000000000)},
		{0, "a", UINT64_C(0x43ecf6f2143a2d56)},
		{1, "a", UINT64_C(0x4f5da978776a9db1)},
		{0, "12345678", UINT64_C(0x98e1dce2f3e688f8)},
		{0, "123456789", UINT64_C(0xa81788dab03ee6b1)},
		{5, "example.org", UINT64_C(0x6e10fed19075c7fb)},
	};

	for (size_t i = 0; i < N_OF(pinned); i++) {
		uint64_t hash =
			hash_bytes(pinned[i].seed, pinned[i].bytes, strlen(pinned[i].bytes));

		CHECK(hash == pinned[i].hash, "%zu: 0x%016llx", i, (unsigned long long)hash);
	}
}

static void
hashes_depend_on_every_byte_and_the_length(void)
{
	uint8_t zeroes[40] = {0};

	for (size_t n = 0; n < sizeof(zeroes); n++) {
		for (size_t m = 0; m < n; m++)
			CHECK(hash_bytes(1, zeroes, n) != hash_bytes(1, zeroes, m), "%zu %zu", n,
			      m);
		CHECK(hash_bytes(1, zeroes, n) != hash_bytes(2, zeroes, n), "seed, %zu", n);
		for (size_t i = 0; i < n; i++) {
			uint8_t changed[40] = {0};

			changed[i] = 0x80;
			CHECK(hash_bytes(1, zeroes, n) != hash_bytes(1, changed, n), "%zu %zu", n,
			      i);
		}
	}
}

static void
below_small_bounds_every_number_is_as_likely(void)
{
	static const unsigned bounds[] = {2, 3, 5, 7, 10, 64, 101, 1000};
	enum { DRAWS = 1000000, MOST = 1000 };

	for (size_t b = 0; b < N_OF(bounds); b++) {
		struct rng rng = rng_from_seed(b);
		size_t counts[MOST] = {0};
		double probabilities[MOST], p;

		for (unsigned i = 0; i < bounds[b]; i++)
			probabilities[i] = 1.0 / bounds[b];
		for (int i = 0; i < DRAWS; i++) {
			uint64_t number = rng_below(&rng, bounds[b]);

			if (!CHECK(number < bounds[b], "%u", bounds[b]))
				return;
			counts[number]++;
		}
		p = stats_chi_square(counts, probabilities, bounds[b]);
		CHECK(p > 0.001, "below %u: p = %g", bounds[b], p);
	}
}

/* A remainder without rejection would give the lower third two thirds of the draws here. */
static void
below_a_huge_bound_nothing_is_preferred(void)
{
	const uint64_t third = UINT64_C(1) << 62;
	const double probabilities[3] = {1 / 3.0, 1 / 3.0, 1 / 3.0};
	struct rng rng = rng_from_seed(1);
	size_t counts[3] = {0};
	double p;

	for (int i = 0; i < 300000; i++)
		counts[rng_below(&rng, 3 * third) / third]++;
	p = stats_chi_square(counts, probabilities, 3);
	CHECK(p > 0.001, "p = %g", p);
}

static void
bounds_0_and_1_give_0(void)
{
	struct rng rng = rng_from_seed(7);

	for (int i = 0; i < 100; i++)
		CHECK(rng_below(&rng, 0) == 0 && rng_below(&rng, 1) == 0, "%d", i);
}

/* --count draws with seeds that follow each other: their first numbers must not. */
static void
following_seeds_are_independent(void)
{
	enum { CELLS = 100, SEEDS = 1000000 };
	size_t counts[CELLS] = {0};
	double probabilities[CELLS], p;
	unsigned previous = 0;

	for (unsigned i = 0; i < CELLS; i++)
		probabilities[i] = 1.0 / CELLS;
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct rng rng = rng_from_seed(seed);
		unsigned now = (unsigned)rng_below(&rng, 10);

		counts[10 * previous + now]++;
		previous = now;
	}
	p = stats_chi_square(counts, probabilities, CELLS);
	CHECK(p > 0.001, "p = %g", p);
}

static void
random_bytes_are_random(void)
{
	uint8_t a[32] = {0}, b[32] = {0};

	CHECK(random_bytes(a, sizeof(a)) && random_bytes(b, sizeof(b)), "there are some");
	CHECK(memcmp(a, b, sizeof(a)) != 0, "and others");
}

static void
a_number_that_is_skipped_was_drawn(void)
{
	for (uint64_t seed = 0; seed < 10000; seed++) {
		struct rng a = rng_from_seed(seed), b = a;
		uint64_t bound = rng_next(&a) >> seed % 64;

		rng_next(&b);
		rng_below(&a, bound);
		rng_skip(&b, bound);
		CHECK(a.state == b.state, "%llu", (unsigned long long)bound);
	}
}

/* It is the wall clock's, in steps of some milliseconds. */
static void
the_coarse_clock_is_near_the_wall_clock(void)
{
	int64_t late = clock_system.wall_ns(&clock_system) - clock_coarse_ns();

	CHECK(late > -NS_PER_S && late < NS_PER_S, "%lld ns", (long long)late);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(clocks_run_forward),
	UNIT_TEST(the_numbers_of_a_seed_are_pinned),
	UNIT_TEST(hashes_are_pinned),
	UNIT_TEST(hashes_depend_on_every_byte_and_the_length),
	UNIT_TEST(below_small_bounds_every_number_is_as_likely),
	UNIT_TEST(below_a_huge_bound_nothing_is_preferred),
	UNIT_TEST(bounds_0_and_1_give_0),
	UNIT_TEST(a_number_that_is_skipped_was_drawn),
	UNIT_TEST(the_coarse_clock_is_near_the_wall_clock),
	UNIT_TEST(following_seeds_are_independent),
	UNIT_TEST(random_bytes_are_random),
	CU_TEST_INFO_NULL,
};
