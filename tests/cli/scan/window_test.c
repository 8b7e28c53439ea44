/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/window.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "unit.h"

const char unit_name[] = "cli/scan/window";

enum { ENTRIES = 3 * WINDOW };

/* Against the definition: the oldest that is not finished, by looking at all. */
static void
check_run(uint64_t size, uint64_t n, uint64_t seed)
{
	struct window w = {.size = size};
	bool *is_finished = calloc(n, sizeof(bool));
	uint64_t *begun = calloc(n, sizeof(*begun)), next = 0, n_begun = 0, oldest = 0;
	struct rng rng = rng_from_seed(seed);

	CU_ASSERT_TRUE_FATAL(is_finished && begun);
	while (oldest < n) {
		uint64_t i;

		for (; next < n && window_has_room(&w, next); next++)
			begun[n_begun++] = next;
		CU_ASSERT_EQUAL(next, oldest + size < n ? oldest + size : n);
		i = rng_below(&rng, (uint32_t)n_begun);
		window_finish(&w, begun[i]);
		is_finished[begun[i]] = true;
		begun[i] = begun[--n_begun];
		while (oldest < n && is_finished[oldest])
			oldest++;
		if (!CHECK(w.first == oldest, "size %llu seed %llu: %llu, not %llu",
			   (unsigned long long)size, (unsigned long long)seed,
			   (unsigned long long)w.first, (unsigned long long)oldest))
			break;
	}
	free(is_finished);
	free(begun);
}

static void
entries_finish_in_any_order(void)
{
	for (uint64_t size = 1; size <= 130; size += 7)
		for (uint64_t seed = 0; seed < 10; seed++)
			check_run(size, 1000, seed);
	check_run(WINDOW, ENTRIES, 1);
}

/* One that takes long holds up what is WINDOW after it, and nothing before. */
static void
the_oldest_holds_up(void)
{
	struct window w = {.size = WINDOW};

	for (uint64_t i = 1; i < WINDOW; i++) {
		CU_ASSERT_TRUE(window_has_room(&w, i));
		window_finish(&w, i);
	}
	CU_ASSERT_EQUAL(w.first, 0);
	CU_ASSERT_FALSE(window_has_room(&w, WINDOW));
	window_finish(&w, 0);
	CU_ASSERT_EQUAL(w.first, WINDOW);
	CU_ASSERT_TRUE(window_has_room(&w, 2 * (uint64_t)WINDOW - 1));
	CU_ASSERT_FALSE(window_has_room(&w, 2 * (uint64_t)WINDOW));
	for (size_t i = 0; i < N_OF(w.bits); i++)
		CU_ASSERT_EQUAL(w.bits[i], 0);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(entries_finish_in_any_order),
	UNIT_TEST(the_oldest_holds_up),
	CU_TEST_INFO_NULL,
};
