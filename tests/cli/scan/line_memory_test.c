/* SPDX-License-Identifier: BSD-2-Clause */
/* Every allocation of a line fails in turn: there is no line, and nothing is left behind. */
#include <stdlib.h>
#include <string.h>

#include "failing.h"
#include "lines.h"
#include "hush.h"
#include "unit.h"

const char unit_name[] = "cli/scan/line without memory";

static char domain[3000];

/* Lines that grow. What is made is always the same, or nothing. */
static void
check_line(const struct nmx_route *route, const char *fault, const struct fields *fields)
{
	struct input_item item = lines_item(domain, fault);
	char *whole = NULL;
	int failed = 0;

	for (int n = -1;; n++) {
		size_t length = 42;
		char *line;
		bool has_failed;

		left = n;
		line = fault ? line_of_fault(&item, fields, &length)
			     : line_of_route(&item, route, NULL, route, fields, &length);
		has_failed = n >= 0 && left < 0;
		left = -1;
		CHECK(!line == has_failed, "allocation %d", n);
		if (!whole) {
			whole = line;
			continue;
		}
		if (line) {
			CHECK_TEXT(line, whole, "the last");
			free(line);
			break;
		}
		CHECK(length == 42, "allocation %d", n);
		failed++;
	}
	CHECK(failed >= 3, "%d allocations", failed);
	free(whole);
}

static void
each_in_turn(void)
{
	struct nmx_route *route;
	struct fields *fields = NULL;

	memset(domain, '\xff', sizeof(domain) - 1);
	route = lines_route(domain);
	CU_ASSERT_FATAL(fields_read("reason,plan,without_srv", &fields));
	check_line(route, NULL, NULL);
	check_line(route, NULL, fields);
	check_line(NULL, "a fault", NULL);
	check_line(NULL, "a fault", fields);
	fields_free(fields);
	nmx_route_unref(route);
}

static void
a_list_of_fields(void)
{
	struct fields *fields = NULL;
	char *said;

	hush();
	left = 0;
	CHECK(!fields_read("why", &fields) && !fields, "no memory");
	left = -1;
	said = hush_said();
	CHECK_TEXT(said, "nextmx: scan: out of memory\n", "told");
	free(said);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(each_in_turn),
	UNIT_TEST(a_list_of_fields),
	CU_TEST_INFO_NULL,
};
