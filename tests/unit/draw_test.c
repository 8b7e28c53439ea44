/* SPDX-License-Identifier: BSD-2-Clause */
/* What is not used need not be drawn, and changes nothing of what is. */
#include "resolver/draw.h"

#include <stdlib.h>
#include <string.h>

#include "routes.h"
#include "unit.h"

const char unit_name[] = "resolver/draw";

enum { ROUTES = 400, SEEDS = 5 };

static void
add_stage(struct text *text, const char *stage, unsigned network, struct rng *rng)
{
	unsigned n = 1 + (unsigned)rng_below(rng, LIMIT_HOSTS), priority = 0;
	unsigned most_addresses = 1 + (unsigned)rng_below(rng, 4);
	unsigned new_tier = 1 + (unsigned)rng_below(rng, 20);

	text_printf(text, "%s%s secure", text->length ? " | " : "", stage);
	for (unsigned i = 0; i < n; i++) {
		unsigned n4 = 1 + (unsigned)rng_below(rng, most_addresses);
		unsigned n6 = (unsigned)rng_below(rng, most_addresses);

		priority += rng_below(rng, new_tier) == 0;
		text_printf(text, "%s %u/%u %s%02u.example:25", i ? ";" : "", priority,
			    (unsigned)rng_below(rng, 3) * 10, stage, i);
		for (unsigned j = 0; j < n4; j++)
			text_printf(text, " 233.%u.%u.%u", network, i, j + 1);
		for (unsigned j = 0; j < n6; j++)
			text_printf(text, " ff0e::%u:%u:%u", network, i, j + 1);
	}
}

static void
compare(const struct nmx_route *route, uint64_t seed)
{
	static struct draw some, all;
	size_t first, following, first_of_all, following_of_all;

	draw_init(&some, route, seed);
	draw_init(&all, route, seed);
	draw_hosts(&some, route->n_hosts, false);
	draw_hosts(&all, route->n_hosts, true);
	draw_limits(&some, &first, &following);
	draw_limits(&all, &first_of_all, &following_of_all);
	CHECK(some.n == all.n && some.first_stage == all.first_stage && first == first_of_all &&
		      following == following_of_all,
	      "%zu of %zu", some.n, all.n);
	CHECK(memcmp(some.picks, all.picks, first * sizeof(struct pick)) == 0, "the first stage");
	CHECK(memcmp(some.picks + some.first_stage, all.picks + all.first_stage,
		     following * sizeof(struct pick)) == 0,
	      "the one that follows");
}

static void
lim_1_what_is_used_is_the_same(void)
{
	static const enum family_prefer prefers[] = {PREFER_6, PREFER_4, PREFER_ANY};
	struct rng rng = rng_from_seed(2782);

	for (unsigned i = 0; i < ROUTES; i++) {
		struct bench *bench = bench_new("");
		struct text text = text_growing();
		struct nmx_route *route;

		add_stage(&text, "srv", 252, &rng);
		if (i % 2)
			add_stage(&text, "mx", 251, &rng);
		route = routes_new(bench, text.data, prefers[i % 3], "");
		for (uint64_t seed = 0; seed < SEEDS; seed++)
			compare(route, seed);
		nmx_route_unref(route);
		free(text.data);
		bench_free(bench);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(lim_1_what_is_used_is_the_same),
	CU_TEST_INFO_NULL,
};
