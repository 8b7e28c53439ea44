/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers that are said again: within their slot, for 10 seconds, and not too many. */
#include "daemon/repeats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "routes.h"
#include "unit.h"

const char unit_name[] = "daemon/repeats";

#define SECOND INT64_C(1000000)

static const struct reply one = {REPLY_OK, TOLD_ANSWER, "nx-may:[c.example]:25", 21};
static const struct reply none = {REPLY_NOTFOUND, TOLD_NOTFOUND, "", 0};

static struct nmx_route *
route_of(struct bench *bench)
{
	return routes_new(bench, "mx insecure 5/0 c.example:25 233.252.0.3", PREFER_ANY, "");
}

static bool
is_same(const struct reply *reply, const struct reply *as)
{
	return reply && reply->status == as->status && reply->told == as->told &&
	       reply->length == as->length && memcmp(reply->data, as->data, as->length) == 0;
}

static void
of_one_slot(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = route_of(bench), *other = route_of(bench);
	struct repeats *repeats = repeats_new();

	CHECK(!repeats_find(repeats, route, QUESTION_ROUTE, 7, 0), "nothing was put");
	repeats_put(repeats, route, QUESTION_ROUTE, 7, 0, &one);
	repeats_put(repeats, route, QUESTION_EXIM, 7, 0, &none);
	CHECK(is_same(repeats_find(repeats, route, QUESTION_ROUTE, 7, 1), &one), "again");
	CHECK(is_same(repeats_find(repeats, route, QUESTION_EXIM, 7, 1), &none), "another kind");
	CHECK(!repeats_find(repeats, route, QUESTION_EXIM_CLASS, 7, 1), "a third kind");
	CHECK(!repeats_find(repeats, other, QUESTION_ROUTE, 7, 1), "another route");
	CHECK(!repeats_find(repeats, route, QUESTION_ROUTE, 8, 1), "the next slot");
	CHECK(!repeats_find(repeats, route, QUESTION_ROUTE, 6, 1), "the one before");
	repeats_put(repeats, other, QUESTION_ROUTE, 8, 1, &one);
	CHECK(!repeats_find(repeats, route, QUESTION_ROUTE, 7, 1), "gone with its slot");
	nmx_route_unref(route);
	nmx_route_unref(other);
	repeats_free(repeats);
	repeats_free(NULL);
	bench_free(bench);
}

/* Slots may be as long as an hour. */
static void
ten_seconds(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = route_of(bench);
	struct repeats *repeats = repeats_new();

	repeats_put(repeats, route, QUESTION_ROUTE, 7, 5 * SECOND, &one);
	CHECK(repeats_find(repeats, route, QUESTION_ROUTE, 7, 15 * SECOND - 1), "a moment before");
	CHECK(!repeats_find(repeats, route, QUESTION_ROUTE, 7, 15 * SECOND), "over");
	repeats_put(repeats, route, QUESTION_ROUTE, 7, 15 * SECOND, &none);
	CHECK(is_same(repeats_find(repeats, route, QUESTION_ROUTE, 7, 20 * SECOND), &none), "anew");
	nmx_route_unref(route);
	repeats_free(repeats);
	bench_free(bench);
}

/* Routes live until the end here, so that no address is two routes'. */
static void
is_bounded(void)
{
	static struct nmx_route *routes[2 * REPEATS_MOST];
	static char data[REPEATS_OCTETS_MOST + 1];
	struct bench *bench = bench_new("");
	struct repeats *repeats = repeats_new();
	struct reply reply = {REPLY_OK, TOLD_ANSWER, data, REPEATS_OCTETS_MOST};
	size_t n = 0;

	memset(data, 'x', sizeof(data));
	for (size_t i = 0; i < 2 * REPEATS_MOST; i++) {
		routes[i] = route_of(bench);
		repeats_put(repeats, routes[i], QUESTION_ROUTE, 7, 0, i % 2 ? &reply : &one);
		CHECK(repeats_find(repeats, routes[i], QUESTION_ROUTE, 7, 0), "the last, %zu", i);
	}
	for (size_t i = 0; i < 2 * REPEATS_MOST; i++) {
		n += repeats_find(repeats, routes[i], QUESTION_ROUTE, 7, 0) != NULL;
		nmx_route_unref(routes[i]);
	}
	CHECK(n <= REPEATS_MOST && n > REPEATS_MOST / 2, "%zu are kept", n);
	reply.length++;
	routes[0] = route_of(bench);
	repeats_put(repeats, routes[0], QUESTION_ROUTE, 7, 0, &reply);
	CHECK(!repeats_find(repeats, routes[0], QUESTION_ROUTE, 7, 0), "too long");
	nmx_route_unref(routes[0]);
	repeats_free(repeats);
	bench_free(bench);
}

/* A reference may be all that a route still lives by, so large ones are not held. */
static void
not_of_large_routes(void)
{
	struct bench *bench = bench_new("");
	struct repeats *repeats = repeats_new();
	struct nmx_route *route;
	char hosts[16384];
	size_t n = 0;

	for (int i = 0; i < 32; i++) {
		n += (size_t)snprintf(hosts + n, sizeof(hosts) - n, "%s5/0 %060d.example:25",
				      i ? "; " : "mx insecure ", i);
		for (int k = 1; k <= 16; k++)
			n += (size_t)snprintf(hosts + n, sizeof(hosts) - n, " 233.252.0.%d", k);
	}
	route = routes_new(bench, hosts, PREFER_ANY, "");
	CHECK(nmx_route_host_count(route) == 32, "%zu", nmx_route_host_count(route));
	CHECK(nmx_route_size(route) > REPEATS_ROUTE_MOST, "%zu", nmx_route_size(route));
	repeats_put(repeats, route, QUESTION_ROUTE, 7, 0, &one);
	CHECK(!repeats_find(repeats, route, QUESTION_ROUTE, 7, 0), "held");
	nmx_route_unref(route);
	repeats_free(repeats);
	bench_free(bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(not_of_large_routes), UNIT_TEST(of_one_slot), UNIT_TEST(ten_seconds),
	UNIT_TEST(is_bounded),		CU_TEST_INFO_NULL,
};
