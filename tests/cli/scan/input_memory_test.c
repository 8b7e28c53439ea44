/* SPDX-License-Identifier: BSD-2-Clause */
/* Every allocation of a list fails in turn: it is told, and nothing is left behind. */
#include "cli/scan/input.h"

#include <stdlib.h>
#include <string.h>

#include "failing.h"
#include "hush.h"
#include "list.h"
#include "unit.h"

const char unit_name[] = "cli/scan/input without memory";

static void
each_in_turn(void)
{
	char *files[2];
	struct input_settings settings = {
		.files = files, .n_files = 2, .csv_column = "d", .shard = 1, .n_shards = 1};
	int failed = 0;

	list_begin();
	list_write("a", "d\nx\n", 4);
	list_write("b", "d\ny\n", 4);
	files[0] = list_path("a"), files[1] = list_path("b");
	for (int n = 0;; n++) {
		struct input *input = NULL;
		struct input_item item;
		char *said;
		bool good;

		hush();
		left = n;
		good = input_open(&settings, &input);
		if (good && left >= 0) {
			/* Reading takes no memory. */
			left = 0;
			CHECK(input_next(input, &item) == INPUT_ITEM, "x");
			CHECK(input_next(input, &item) == INPUT_ITEM, "y");
			CHECK(input_next(input, &item) == INPUT_END, "end");
			CHECK(left == 0, "none was asked for");
		}
		left = -1;
		said = hush_said();
		if (good) {
			CHECK_TEXT(said, "", "nothing failed");
			free(said);
			input_close(input);
			break;
		}
		CHECK_TEXT(said, "nextmx: scan: out of memory\n", "allocation %d", n);
		CHECK(!input, "allocation %d", n);
		free(said);
		failed++;
	}
	CHECK(failed == 4, "%d allocations", failed);
	list_end();
}

CU_TestInfo unit_tests[] = {UNIT_TEST(each_in_turn), CU_TEST_INFO_NULL};
