/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/table.h"

#include <stdlib.h>

#include "unit.h"

const char unit_name[] = "resolver/table";

enum { N = 5000 };

struct thing {
	struct table_entry entry; /* first */
	unsigned key;
	bool in;
};

static struct thing things[N];

static struct thing *
find(const struct table *table, unsigned key, uint64_t hash)
{
	for (struct table_entry *e = table_first(table, hash); e; e = table_next(e))
		if (((struct thing *)e)->key == key)
			return (struct thing *)e;
	return NULL;
}

/* Adds, looks for and removes things under a hash of theirs; every one is found as long as it is in. */
static void
exercise(uint64_t (*hash)(unsigned key))
{
	struct table table;

	if (!CHECK(table_init(&table), "memory"))
		return;
	for (unsigned i = 0; i < N; i++) {
		things[i] = (struct thing){.key = i, .in = true};
		table_add(&table, &things[i].entry, hash(i));
	}
	CHECK(table.n == N, "%zu", table.n);
	for (unsigned i = 0; i < N; i++)
		CHECK(find(&table, i, hash(i)) == &things[i], "%u", i);
	CHECK(find(&table, N, hash(N)) == NULL, "never added");
	for (unsigned i = 0; i < N; i += 3) {
		table_remove(&table, &things[i].entry);
		things[i].in = false;
	}
	table_remove(&table, &things[0].entry); /* not in it any more: nothing happens */
	CHECK(table.n == N - (N + 2) / 3, "%zu", table.n);
	for (unsigned i = 0; i < N; i++)
		CHECK((find(&table, i, hash(i)) != NULL) == things[i].in, "%u", i);
	for (unsigned i = 0; i < N; i++)
		table_remove(&table, &things[i].entry);
	CHECK(table.n == 0, "%zu", table.n);
	table_done(&table);
}

static uint64_t
spread(unsigned key)
{
	return key * UINT64_C(0x9e3779b97f4a7c15);
}

/* The worst: few hashes for many things, and hashes that differ only where buckets do not look. */
static uint64_t
few(unsigned key)
{
	return key % 50;
}

static uint64_t
high(unsigned key)
{
	return (uint64_t)key << 40;
}

static void
everything_is_found_until_it_is_removed(void)
{
	exercise(spread);
}

static void
equal_hashes(void)
{
	exercise(few);
}

static void
equal_buckets(void)
{
	exercise(high);
}

static void
an_empty_table(void)
{
	struct table table;

	if (!CHECK(table_init(&table), "memory"))
		return;
	CHECK(table_first(&table, 0) == NULL && table_first(&table, UINT64_MAX) == NULL, "empty");
	table_done(&table);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(everything_is_found_until_it_is_removed),
	UNIT_TEST(equal_hashes),
	UNIT_TEST(equal_buckets),
	UNIT_TEST(an_empty_table),
	CU_TEST_INFO_NULL,
};
