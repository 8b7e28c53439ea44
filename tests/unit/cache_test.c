/* SPDX-License-Identifier: BSD-2-Clause */
/* TTL-1: a route lives to its TTL, and the cache is bounded in bytes. */
#include "resolver/cache.h"

#include <string.h>

#include "base/clock.h"
#include "bench.h"
#include "unit.h"

const char unit_name[] = "resolver/cache";

static struct nmx_route *
make(struct bench *bench, const char *domain, enum route_kind kind, uint32_t ttl)
{
	struct route_parts parts = {
		.kind = kind,
		.domain = domain,
		.ascii = domain,
		.verdict = {.outcome = NMX_DEFER, .code = "4.4.3", .reason = ""},
		.ttl = ttl,
		.notes = &bench->notes};
	struct nmx_route *route = route_new(&parts);

	CHECK(route != NULL, "memory");
	return route;
}

static uint64_t
hash(const char *domain)
{
	return hash_bytes(1, domain, strlen(domain));
}

static void
put(struct cache *cache, struct bench *bench, const char *domain, uint32_t ttl, int64_t now)
{
	struct nmx_route *route = make(bench, domain, ROUTE_WHOLE, ttl);

	cache_put(cache, route, hash(domain), now);
	nmx_route_unref(route);
}

static struct nmx_route *
find(struct cache *cache, const char *domain, int64_t now)
{
	return cache_find(cache, domain, ROUTE_WHOLE, hash(domain), now);
}

static void
ttl_1_routes_live_to_their_ttl(void)
{
	static const uint32_t ttls[] = {1, 60, 86400, 604800, UINT32_MAX};
	struct bench *bench = bench_new("");
	const int64_t start = 77 * NS_PER_S;

	for (size_t i = 0; i < N_OF(ttls); i++) {
		struct cache cache;
		int64_t end = start + ttls[i] * NS_PER_S;

		CHECK(cache_init(&cache, 1 << 20), "memory");
		put(&cache, bench, "a.example", ttls[i], start);
		CHECK(find(&cache, "a.example", start) != NULL, "%u", ttls[i]);
		CHECK(find(&cache, "a.example", end - 1) != NULL, "%u", ttls[i]);
		CHECK(find(&cache, "a.example", end) == NULL, "%u: nothing is served stale",
		      ttls[i]);
		CHECK(cache.n == 0 && cache.bytes == 0, "%u: and it is gone", ttls[i]);
		cache_done(&cache);
	}
	bench_free(bench);
}

static void
ttl_1_ttl_0_is_not_cached(void)
{
	struct bench *bench = bench_new("");
	struct cache cache;

	CHECK(cache_init(&cache, 1 << 20), "memory");
	put(&cache, bench, "a.example", 0, 0);
	CHECK(find(&cache, "a.example", 0) == NULL, "TTL 0");
	put(&cache, bench, "a.example", 60, 0);
	put(&cache, bench, "a.example", 0, 1);
	CHECK(find(&cache, "a.example", 2) == NULL, "and the older route is not true any more");
	cache_done(&cache);
	bench_free(bench);
}

static void
a_newer_route_takes_the_place(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route;
	struct cache cache;

	CHECK(cache_init(&cache, 1 << 20), "memory");
	put(&cache, bench, "a.example", 60, 0);
	put(&cache, bench, "a.example", 30, NS_PER_S);
	route = find(&cache, "a.example", 2 * NS_PER_S);
	CHECK(route && nmx_route_ttl(route) == 30, "the newer");
	CHECK(cache.n == 1, "%zu", cache.n);
	CHECK(find(&cache, "b.example", 2 * NS_PER_S) == NULL, "another domain");
	CHECK(cache_find(&cache, "b.example", ROUTE_WHOLE, hash("a.example"), 2 * NS_PER_S) == NULL,
	      "another domain with the same hash");
	cache_done(&cache);
	bench_free(bench);
}

/* Routes of one domain for different ends do not take each other's place. */
static void
each_kind_has_its_own(void)
{
	struct bench *bench = bench_new("");
	struct cache cache;

	CHECK(cache_init(&cache, 1 << 20), "memory");
	for (int kind = ROUTE_WHOLE; kind <= ROUTE_SERVERS; kind++) {
		struct nmx_route *route =
			make(bench, "a.example", (enum route_kind)kind, 60 + (uint32_t)kind);

		CHECK(!cache_find(&cache, "a.example", (enum route_kind)kind, hash("a.example"), 0),
		      "%d", kind);
		cache_put(&cache, route, hash("a.example"), 0);
		nmx_route_unref(route);
	}
	for (int kind = ROUTE_WHOLE; kind <= ROUTE_SERVERS; kind++) {
		struct nmx_route *route = cache_find(&cache, "a.example", (enum route_kind)kind,
						     hash("a.example"), 1);

		CHECK(route && nmx_route_ttl(route) == 60 + (uint32_t)kind, "%d", kind);
	}
	CHECK(cache.n == 3, "%zu", cache.n);
	cache_done(&cache);
	bench_free(bench);
}

/* The cache's bytes never exceed their limit; the oldest that was not used goes first, and if all were, the
 * oldest. */
static void
bytes_are_bounded_and_the_oldest_unused_goes(void)
{
	struct bench *bench = bench_new("");
	struct cache cache;
	size_t each;

	CHECK(cache_init(&cache, 1 << 20), "memory");
	put(&cache, bench, "n00.example", 60, 0);
	each = cache.bytes;
	cache_done(&cache);

	CHECK(cache_init(&cache, 3 * each), "memory");
	put(&cache, bench, "n00.example", 60, 0);
	put(&cache, bench, "n01.example", 60, 0);
	put(&cache, bench, "n02.example", 60, 0);
	CHECK(cache.n == 3, "%zu", cache.n);
	CHECK(find(&cache, "n00.example", 1) != NULL, "used");
	put(&cache, bench, "n03.example", 60, 0);
	CHECK(cache.n == 3 && cache.bytes <= 3 * each, "%zu", cache.n);
	CHECK(find(&cache, "n01.example", 1) == NULL, "the oldest unused");
	CHECK(find(&cache, "n00.example", 1) && find(&cache, "n02.example", 1) &&
		      find(&cache, "n03.example", 1),
	      "the others");
	for (int i = 0; i < 100; i++) {
		char name[] = "n00.example";

		name[1] = (char)('0' + i / 10);
		name[2] = (char)('0' + i % 10);
		put(&cache, bench, name, 60, 0);
		CHECK(cache.n <= 3 && cache.bytes <= 3 * each, "%zu, %zu", cache.n, cache.bytes);
		CHECK(find(&cache, name, 1) != NULL, "%s", name);
	}
	cache_done(&cache);
	bench_free(bench);
}

static void
no_room_at_all(void)
{
	struct bench *bench = bench_new("");

	for (size_t bytes = 0; bytes <= 100; bytes += 50) {
		struct cache cache;

		CHECK(cache_init(&cache, bytes), "memory");
		put(&cache, bench, "a.example", 60, 0);
		CHECK(find(&cache, "a.example", 0) == NULL && cache.n == 0, "%zu", bytes);
		cache_done(&cache);
	}
	bench_free(bench);
}

/* A route in the cache lives as long as somebody holds it. */
static void
references(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route;
	struct cache cache;

	CHECK(cache_init(&cache, 1 << 20), "memory");
	put(&cache, bench, "a.example", 60, 0);
	route = nmx_route_ref(find(&cache, "a.example", 0));
	cache_clear(&cache);
	CHECK(cache.n == 0 && cache.bytes == 0 && !cache.all.first, "cleared");
	CHECK_TEXT(nmx_route_domain(route), "a.example", "still there");
	nmx_route_unref(route);
	cache_done(&cache);
	bench_free(bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(ttl_1_routes_live_to_their_ttl),
	UNIT_TEST(ttl_1_ttl_0_is_not_cached),
	UNIT_TEST(a_newer_route_takes_the_place),
	UNIT_TEST(each_kind_has_its_own),
	UNIT_TEST(bytes_are_bounded_and_the_oldest_unused_goes),
	UNIT_TEST(no_room_at_all),
	UNIT_TEST(references),
	CU_TEST_INFO_NULL,
};
