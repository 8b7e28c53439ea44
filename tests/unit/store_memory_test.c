/* SPDX-License-Identifier: BSD-2-Clause */
/* SQLite without memory, at each allocation in turn: nothing is lost, nothing is counted twice. */
#include "resolver/store.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "store_bed.h"
#include "unit.h"

const char unit_name[] = "resolver/store, SQLite's memory";

enum { TODAY = BED_NOW / DAY };

static long countdown = -1; /* to the allocation that fails; negative: none does */
static bool goes_on;	    /* all after it fail, too */
static sqlite3_mem_methods plain;

static bool
fails(void)
{
	if (countdown < 0)
		return false;
	if (countdown > 0) {
		countdown--;
		return false;
	}
	if (!goes_on)
		countdown = -1;
	return true;
}

static void *
failing_malloc(int size)
{
	return fails() ? NULL : plain.xMalloc(size);
}

static void *
failing_realloc(void *old, int size)
{
	return fails() ? NULL : plain.xRealloc(old, size);
}

static void
set_up(void)
{
	sqlite3_mem_methods methods;

	if (plain.xMalloc)
		return;
	CHECK(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &plain) == SQLITE_OK,
	      "before the first call");
	methods = plain;
	methods.xMalloc = failing_malloc;
	methods.xRealloc = failing_realloc;
	CHECK(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK, "before the first call");
	CHECK(sqlite3_initialize() == SQLITE_OK, "begun");
}

static void
live(struct bed *bed)
{
	CHECK(bed_put(bed, "a.test", "one") && bed_put(bed, "b.test", "two"), "ours has memory");
	store_tally(bed->store, TODAY, "a.test", NMX_TLSRPT_STS, NMX_TLSRPT_SUCCESS, "");
	bed_advance_ms(bed, 10100);
	store_tally(bed->store, TODAY, "a.test", NMX_TLSRPT_STS, NMX_TLSRPT_SUCCESS, "");
	bed_put(bed, "b.test", "three");
	bed_advance_ms(bed, 100);
	CHECK_TEXT(bed_text(bed, "b.test"), "three", "answered");
}

/* Returns whether an allocation failed. */
static bool
fail_at(long at)
{
	struct bed bed;
	bool reached;
	int result;

	bed_init(&bed, true);
	countdown = at;
	result = bed_open(&bed);
	CHECK(result == 0 || result == NMX_E_NOMEM, "%ld: %d %s", at, result, bed.error);
	if (result == 0)
		live(&bed);
	reached = goes_on ? countdown == 0 : countdown < 0;
	countdown = -1;
	if (result == 0) {
		bed_advance_ms(&bed, 31000);
		CHECK(bed_settle(&bed), "%ld: %s", at, bed.log);
		bed_close(&bed);
		CHECK(bed_open(&bed) == 0, "%ld", at);
		CHECK_TEXT(bed_text(&bed, "a.test"), "one", "%ld", at);
		CHECK_TEXT(bed_text(&bed, "b.test"), "three", "%ld", at);
		CHECK_TEXT(bed_tallies(&bed, TODAY), "a.test 2 0  2\n", "%ld", at);
	}
	CHECK(bed_files(&bed, "aside") == 0, "%ld: %s", at, bed.log);
	bed_done(&bed, true);
	return reached;
}

static void
an_allocation_of_sqlite_that_fails_loses_nothing(void)
{
	set_up();
	for (int i = 0; i < 2; i++) {
		long at = 0;

		goes_on = i == 1;
		while (fail_at(at) && at < 100000)
			at += at < 200 ? 1 : 7;
		CHECK(at > 200, "%ld", at);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(an_allocation_of_sqlite_that_fails_loses_nothing),
	CU_TEST_INFO_NULL,
};
