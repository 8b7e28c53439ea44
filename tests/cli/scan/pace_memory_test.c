/* SPDX-License-Identifier: BSD-2-Clause */
/* All memory of the pace is asked for at its beginning. */
#include "cli/scan/pace.h"

#include <stdio.h>
#include <stdlib.h>

#include "failing.h"
#include "unit.h"

const char unit_name[] = "cli/scan/pace without memory";

static void
each_in_turn(void)
{
	struct pace *pace;

	for (int n = 0; n < 2; n++) {
		left = n;
		CHECK(!pace_new(1000, 1000, 0), "allocation %d", n);
		left = -1;
	}
	left = 2;
	pace = pace_new(1000, 1000, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pace);
	left = 0;
	for (unsigned i = 0; i < 100000; i++) {
		char text[32], *name = text;

		snprintf(text, sizeof(text), "%u", i);
		pace_servers_charge(pace, (const char *const *)&name, 1, 5, 0);
	}
	CHECK(left == 0, "none later");
	left = -1;
	pace_free(pace);
}

CU_TestInfo unit_tests[] = {UNIT_TEST(each_in_turn), CU_TEST_INFO_NULL};
