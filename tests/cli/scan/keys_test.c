/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/keys.h"

#include "base/clock.h"
#include "unit.h"

const char unit_name[] = "cli/scan/keys";

enum { MOST = 100, KINDS = 40, STEPS = 20000 };

/* Against a count for each key; those of few bits meet in the same slots. */
static void
check_against_counts(uint64_t factor, uint64_t seed)
{
	struct keys *keys = keys_new(MOST);
	struct rng rng = rng_from_seed(seed);
	unsigned counts[KINDS] = {0};
	size_t n = 0;

	CU_ASSERT_TRUE_FATAL(keys != NULL);
	for (unsigned step = 0; step < STEPS; step++) {
		uint32_t kind = rng_below(&rng, KINDS);

		if (rng_below(&rng, 2)) {
			bool is_put = keys_put(keys, kind * factor, step);

			CU_ASSERT_EQUAL(is_put, n < MOST);
			counts[kind] += is_put;
			n += is_put;
		} else {
			bool is_taken = keys_take(keys, kind * factor);

			CU_ASSERT_EQUAL(is_taken, counts[kind] > 0);
			counts[kind] -= is_taken;
			n -= is_taken;
		}
		CU_ASSERT_EQUAL(keys_count(keys), n);
	}
	for (uint32_t kind = 0; kind < KINDS; kind++)
		while (counts[kind]-- > 0)
			CU_ASSERT_TRUE(keys_take(keys, kind * factor));
	CU_ASSERT_EQUAL(keys_count(keys), 0);
	keys_free(keys);
}

static void
what_is_put_can_be_taken(void)
{
	static const uint64_t factors[] = {1, UINT64_C(1) << 20, UINT64_C(1) << 58,
					   UINT64_C(0x9e3779b97f4a7c15), 256};

	for (size_t i = 0; i < N_OF(factors); i++)
		for (uint64_t seed = 0; seed < 5; seed++)
			check_against_counts(factors[i], seed);
}

static void
the_first_is_known(void)
{
	struct keys *keys = keys_new(3);

	CU_ASSERT_EQUAL(keys_first(keys), 0);
	keys_put(keys, 7, 500);
	keys_put(keys, 8, 0);
	keys_put(keys, 9, 400);
	CU_ASSERT_FALSE(keys_put(keys, 10, 1));
	CU_ASSERT_EQUAL(keys_first(keys), 0);
	keys_take(keys, 8);
	CU_ASSERT_EQUAL(keys_first(keys), 400);
	keys_free(keys);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(what_is_put_can_be_taken),
	UNIT_TEST(the_first_is_known),
	CU_TEST_INFO_NULL,
};
