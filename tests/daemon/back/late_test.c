/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes that came after "later": for one burst, within 15 minutes, and not too many. */
#include "daemon/late.h"

#include <stdio.h>

#include "routes.h"
#include "unit.h"

const char unit_name[] = "daemon/late";

#define SECOND INT64_C(1000000)

static void
once_is_one_burst(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route;
	struct late *late = late_new(10 * SECOND);

	route = routes_new(bench, "mx insecure 5/0 c.example:25 233.252.0.3", PREFER_ANY, "");
	CHECK(late_use(late, "a.example", 0) == NULL, "nothing was put");
	late_put(late, "a.example", route, 0);
	CHECK(late_use(late, "b.example", 0) == NULL, "another domain");
	CHECK(late_use(late, "a.example", 500 * SECOND) == route, "first use");
	CHECK(late_use(late, "a.example", 509 * SECOND) == route, "the same burst");
	CHECK(late_use(late, "a.example", 510 * SECOND) == NULL, "the burst is over");
	CHECK(late_use(late, "a.example", 0) == NULL, "gone");
	nmx_route_unref(route);
	late_free(late);
	bench_free(bench);
}

static void
fifteen_minutes(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route, *newer;
	struct late *late = late_new(10 * SECOND);

	route = routes_new(bench, "mx insecure 5/0 c.example:25 233.252.0.3", PREFER_ANY, "");
	newer = routes_new(bench, "mx insecure 5/0 d.example:25 233.252.0.4", PREFER_ANY, "");
	late_put(late, "a.example", route, 0);
	late_put(late, "b.example", route, 0);
	CHECK(late_use(late, "a.example", LATE_LIFE_US) == NULL, "15 minutes");
	CHECK(late_use(late, "b.example", LATE_LIFE_US - 1) == route, "a moment before");
	CHECK(late_use(late, "b.example", LATE_LIFE_US) == NULL, "a burst does not make it longer");
	late_put(late, "a.example", route, 0);
	late_put(late, "a.example", newer, SECOND);
	CHECK(late_use(late, "a.example", SECOND) == newer, "the newer one");
	nmx_route_unref(route);
	nmx_route_unref(newer);
	late_free(late);
	bench_free(bench);
}

static void
is_bounded(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route;
	struct late *late = late_new(10 * SECOND);
	char key[32];
	int n = 0;

	route = routes_new(bench, "mx insecure 5/0 c.example:25 233.252.0.3", PREFER_ANY, "");
	for (int i = 0; i < LATE_MOST + 100; i++) {
		snprintf(key, sizeof(key), "d%d.example", i);
		late_put(late, key, route, i);
	}
	for (int i = 0; i < LATE_MOST + 100; i++) {
		snprintf(key, sizeof(key), "d%d.example", i);
		n += late_use(late, key, LATE_MOST + 100) != NULL;
		CHECK((late_use(late, key, LATE_MOST + 100) != NULL) == (i >= 100), "%d", i);
	}
	CHECK(n == LATE_MOST, "%d are kept", n);
	late_put(late, "last.example", route, LATE_LIFE_US * 2);
	CHECK(late_use(late, "d2000.example", 1) == NULL, "the old ones went with the next");
	nmx_route_unref(route);
	late_free(late);
	bench_free(bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(once_is_one_burst),
	UNIT_TEST(fifteen_minutes),
	UNIT_TEST(is_bounded),
	CU_TEST_INFO_NULL,
};
