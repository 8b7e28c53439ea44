/* SPDX-License-Identifier: BSD-2-Clause */
/* RULES BAK-1 in a plan: what failed lately comes after the others of its tier, and nowhere else. */
#include "resolver/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "routes.h"
#include "unit.h"

const char unit_name[] = "resolver/plan, back-off";

/* Two stages of the same priorities; the tiers as the digits of the third octet. */
static const char hosts[] =
	"srv secure 10/60 a.example:25 233.252.1.1 ff0e::11; 10/40 b.example:2525 233.252.1.2 "
	"233.252.1.3; 20/0 c.example:25 233.252.2.1; 20/0 d.example:25 233.252.2.2 "
	"| mx secure 20/0 e.example:25 233.252.3.1; 20/0 f.example:25 233.252.3.2; 30/0 "
	"g.example:25 233.252.4.1";
enum { N_ENDPOINTS = 9 };
static const struct endpoint {
	const char *address;
	uint16_t port;
	unsigned tier;
} endpoints[N_ENDPOINTS] = {
	{"233.252.1.1", 25, 1},	  {"ff0e::11", 25, 1},	  {"233.252.1.2", 2525, 1},
	{"233.252.1.3", 2525, 1}, {"233.252.2.1", 25, 2}, {"233.252.2.2", 25, 2},
	{"233.252.3.1", 25, 3},	  {"233.252.3.2", 25, 3}, {"233.252.4.1", 25, 4},
};
#define NOW (1000 * NS_PER_S)

static size_t
index_of(const struct nmx_plan *plan, size_t i)
{
	const char *address = nmx_endpoint_address(nmx_plan_endpoint(plan, i));

	for (size_t j = 0; j < N_ENDPOINTS; j++)
		if (strcmp(endpoints[j].address, address) == 0)
			return j;
	return abort(), 0;
}

static struct backoff
with_bad(unsigned mask)
{
	struct backoff backoff;

	if (!backoff_init(&backoff, 1))
		abort();
	for (size_t i = 0; i < N_ENDPOINTS; i++) {
		struct address address = bench_address(endpoints[i].address);

		if (mask & 1u << i)
			backoff_failed(&backoff, &address, endpoints[i].port, NOW, NOW);
	}
	return backoff;
}

static struct nmx_plan *
draw(struct nmx_route *route, uint64_t seed, struct backoff *backoff, int64_t now)
{
	struct nmx_plan *plan;

	if (plan_new_putting_back(route, seed, backoff, now, &plan))
		abort();
	return plan;
}

/* The same draw without back-off, sorted by tier and then by badness, as stable sorts do. */
static void
check_order(struct nmx_route *route, unsigned mask, uint64_t seed)
{
	struct backoff backoff = with_bad(mask);
	struct nmx_plan *plain = routes_draw(route, seed);
	struct nmx_plan *plan = draw(route, seed, &backoff, NOW);
	size_t at = 0, n_bad = 0;
	bool good = nmx_plan_count(plan) == N_ENDPOINTS && nmx_plan_count(plain) == N_ENDPOINTS;

	for (unsigned tier = 1; good && tier <= 4; tier++) {
		for (unsigned bad = 0; bad < 2; bad++) {
			for (size_t i = 0; i < N_ENDPOINTS; i++) {
				size_t e = index_of(plain, i);

				if (endpoints[e].tier != tier || (mask >> e & 1) != bad)
					continue;
				good = good && index_of(plan, at++) == e;
				n_bad += bad;
			}
		}
	}
	if (!good || plan->n_put_back != n_bad || nmx_plan_why_count(plan) != n_bad ||
	    nmx_plan_dropped_count(plan) != 0)
		CHECK(false, "bad %x, seed %u: %zu put back, %zu lines", mask, (unsigned)seed,
		      plan->n_put_back, nmx_plan_why_count(plan));
	nmx_plan_free(plan);
	nmx_plan_free(plain);
	backoff_done(&backoff);
}

/* Every set of bad endpoints, each with some draws. */
static void
bak_1_never_across_tiers_or_stages_and_all_are_kept(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(bench, hosts, PREFER_6, "");

	for (unsigned mask = 0; mask < 1u << N_ENDPOINTS; mask++)
		for (uint64_t seed = 0; seed < 6; seed++)
			check_order(route, mask, seed);
	CHECK(true, "%u", 1u << N_ENDPOINTS);
	nmx_route_unref(route);
	bench_free(bench);
}

static void
bak_1_why_lines_name_address_port_and_time(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(bench, hosts, PREFER_6, "");
	struct backoff backoff = with_bad(1u << 1 | 1u << 2);
	struct nmx_plan *plan = draw(route, 1, &backoff, NOW + 10 * NS_PER_S);
	char line[200], tight[8], *json;
	unsigned seen = 0;
	int length;

	CHECK(nmx_plan_why_count(plan) == 2, "%zu", nmx_plan_why_count(plan));
	for (size_t i = 0; i < 2; i++) {
		CHECK_TEXT(nmx_plan_why_rule(plan, i), "BAK-1", "%zu", i);
		length = nmx_plan_why(plan, i, line, sizeof(line));
		CHECK(length == (int)strlen(line), "%d", length);
		CHECK(nmx_plan_why(plan, i, tight, sizeof(tight)) == length, "the whole length");
		CHECK(strlen(tight) == 7 && strncmp(tight, line, 7) == 0, "\"%s\"", tight);
		seen |= 1u * (strcmp(line, "ff0e::11 port 25 failed lately: behind the others of "
					   "its tier for 50 s") == 0);
		seen |= 2u * (strcmp(line, "233.252.1.2 port 2525 failed lately: behind the others "
					   "of its tier for 50 s") == 0);
	}
	CHECK(seen == 3, "%u: %s", seen, line);
	CHECK(nmx_plan_why_rule(plan, 2) == NULL, "beyond");
	CHECK(nmx_plan_why(plan, 2, line, sizeof(line)) == NMX_E_INVALID, "beyond");
	CHECK(nmx_json(route, plan, 0, &json) == 0, "JSON");
	CHECK(strstr(json, "{\"phase\":\"plan\",\"rule\":\"BAK-1\",\"text\":\"ff0e::11 port 25 "),
	      "%s", json);
	nmx_text_free(json);
	CHECK(nmx_json(route, plan, NMX_JSON_NO_WHY, &json) == 0, "JSON");
	CHECK(strstr(json, "BAK-1") == NULL, "%s", json);
	nmx_text_free(json);
	nmx_plan_free(plan);
	backoff_done(&backoff);
	nmx_route_unref(route);
	bench_free(bench);
}

/* When the time is over, the plan is the one that the seed alone draws. */
static void
bak_1_over_in_time(void)
{
	static const int64_t later[] = {59, 60, 61, 7200};
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(bench, hosts, PREFER_6, "");

	for (size_t i = 0; i < N_OF(later); i++) {
		struct backoff backoff = with_bad(0x1ff);
		struct nmx_plan *plan = draw(route, 3, &backoff, NOW + later[i] * NS_PER_S);

		CHECK(plan->n_put_back == (later[i] < 60 ? N_ENDPOINTS : 0), "%zu", i);
		nmx_plan_free(plan);
		backoff_done(&backoff);
	}
	nmx_route_unref(route);
	bench_free(bench);
}

static void
bak_1_a_plan_of_nobody_knows_nothing(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(bench, hosts, PREFER_6, "");
	struct nmx_plan *plan = routes_draw(route, 1);
	char line[10];

	CHECK(nmx_plan_why_count(plan) == 0, "no lines");
	CHECK(nmx_plan_why_rule(plan, 0) == NULL, "no rule");
	CHECK(nmx_plan_why(plan, 0, line, sizeof(line)) == NMX_E_INVALID, "no text");
	CHECK(nmx_plan_why(plan, SIZE_MAX, line, sizeof(line)) == NMX_E_INVALID, "no text");
	nmx_plan_free(plan);
	nmx_route_unref(route);
	bench_free(bench);
}

/* Twenty of one tier, the most that a plan has, all of them bad. */
static void
bak_1_twenty_bad_endpoints(void)
{
	struct bench *bench = bench_new("");
	struct text text = text_growing();
	struct backoff backoff;
	struct nmx_route *route;
	struct nmx_plan *plan, *plain;

	text_add(&text, "mx secure");
	for (unsigned i = 1; i <= 32; i++)
		text_printf(&text, "%s 10/0 h%u.example:25 233.252.9.%u", i > 1 ? ";" : "", i, i);
	route = routes_new(bench, text.data, PREFER_6, "");
	if (!backoff_init(&backoff, 9))
		abort();
	for (unsigned i = 1; i <= 32; i++)
		backoff_failed(&backoff, &(struct address){4, {233, 252, 9, (uint8_t)i}}, 25, NOW,
			       NOW);
	plan = draw(route, 5, &backoff, NOW);
	plain = routes_draw(route, 5);
	CHECK(nmx_plan_count(plan) == 20 && plan->n_put_back == 20, "%zu", plan->n_put_back);
	for (size_t i = 0; i < 20; i++)
		CHECK_TEXT(nmx_endpoint_address(nmx_plan_endpoint(plan, i)),
			   nmx_endpoint_address(nmx_plan_endpoint(plain, i)), "%zu", i);
	nmx_plan_free(plain);
	nmx_plan_free(plan);
	backoff_done(&backoff);
	nmx_route_unref(route);
	free(text.data);
	bench_free(bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(bak_1_never_across_tiers_or_stages_and_all_are_kept),
	UNIT_TEST(bak_1_why_lines_name_address_port_and_time),
	UNIT_TEST(bak_1_over_in_time),
	UNIT_TEST(bak_1_a_plan_of_nobody_knows_nothing),
	UNIT_TEST(bak_1_twenty_bad_endpoints),
	CU_TEST_INFO_NULL,
};
