/* SPDX-License-Identifier: BSD-2-Clause */
/* How long a worker waits for its next start, by how long it has lived. */
#include "daemon/master_state.h"

#include "tests/unit/unit.h"

const char unit_name[] = "daemon/master_backoff";

enum { LIVES = 14 };

/* Seconds that each process lived, and milliseconds that the next one waits. */
static const struct {
	const char *name;
	int n;
	int lived_s[LIVES], wait_ms[LIVES];
} cases[] = {
	{"dies at once, always",
	 12,
	 {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9},
	 {0, 100, 200, 400, 800, 1600, 2000, 2000, 2000, 2000, 2000, 2000}},
	{"the first death after long", 4, {3600, 1, 1, 1}, {0, 100, 200, 400}},
	{"a minute of life is a new beginning", 5, {0, 0, 0, 60, 0}, {0, 100, 200, 0, 100}},
	{"less is not", 6, {0, 0, 0, 59, 0, 0}, {0, 100, 200, 0, 400, 800}},
	{"ten seconds are no storm", 6, {10, 10, 10, 10, 9, 9}, {0, 0, 0, 0, 100, 200}},
};

static void
whole_table(void)
{
	for (unsigned i = 0; i < N_OF(cases); i++) {
		unsigned n_fast = 0;

		for (int j = 0; j < cases[i].n; j++) {
			int64_t wait = master_backoff(&n_fast, cases[i].lived_s[j] * NS_PER_S);

			CHECK(wait == cases[i].wait_ms[j] * NS_PER_MS, "%s, death %d: %lld ms",
			      cases[i].name, j, (long long)(wait / NS_PER_MS));
		}
	}
}

static void
it_never_overflows(void)
{
	unsigned n_fast = 0;

	for (int i = 0; i < 1000; i++)
		CHECK(master_backoff(&n_fast, 0) <= 30 * NS_PER_S, "death %d", i);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(whole_table),
	UNIT_TEST(it_never_overflows),
	CU_TEST_INFO_NULL,
};
