/* SPDX-License-Identifier: BSD-2-Clause */
/* What a plan leaves out: LIM-1, and SELF-1 judged again. */
#include "resolver/plan.h"

#include <stdlib.h>
#include <string.h>

#include "routes.h"
#include "unit.h"

const char unit_name[] = "resolver/plan, limits";

/* ---- LIM-1 ---------------------------------------------------------------------------------- */

/* n hosts with so many IPv4 addresses each. */
static void
add_hosts(struct text *text, const char *stage, unsigned n, unsigned n_addresses)
{
	text_printf(text, "%s secure", stage);
	for (unsigned i = 0; i < n; i++) {
		text_printf(text, "%s %u/1 %s%02u.example:25", i ? ";" : "", i % 2, stage, i);
		for (unsigned j = 0; j < n_addresses; j++)
			text_printf(text, " 198.%u.%u.%u", stage[0] == 's' ? 41 : 42, i, j + 1);
	}
}

/* LIM-1: 20 endpoints, at least 4 of them for a following stage; what it does not need is not kept. */
static void
lim_1_twenty_endpoints(void)
{
	static const struct {
		unsigned hosts, addresses, mx_hosts, mx_addresses;
		unsigned kept, mx_kept;
	} cases[] = {
		{20, 1, 0, 0, 20, 0}, {21, 1, 0, 0, 20, 0}, {32, 8, 0, 0, 20, 0},
		{16, 1, 4, 1, 16, 4}, {17, 1, 4, 1, 16, 4}, {17, 1, 3, 1, 17, 3},
		{18, 1, 3, 1, 17, 3}, {32, 1, 1, 1, 19, 1}, {32, 8, 32, 8, 16, 4},
		{5, 1, 32, 1, 5, 15}, {1, 1, 32, 8, 1, 19}, {3, 8, 1, 8, 16, 4},
		{1, 8, 2, 6, 8, 12},
	};

	for (size_t c = 0; c < N_OF(cases); c++) {
		unsigned all = cases[c].hosts * cases[c].addresses +
			       cases[c].mx_hosts * cases[c].mx_addresses;
		struct bench *bench = bench_new("");
		struct text text = text_growing();
		struct nmx_route *route;

		add_hosts(&text, "srv", cases[c].hosts, cases[c].addresses);
		if (cases[c].mx_hosts) {
			text_add(&text, "|");
			add_hosts(&text, "mx", cases[c].mx_hosts, cases[c].mx_addresses);
		}
		route = routes_new(bench, text.data, PREFER_4, "");
		for (uint64_t seed = 0; seed < 20; seed++) {
			struct nmx_plan *plan = routes_draw(route, seed);
			unsigned kept = 0, mx_kept = 0;

			for (size_t i = 0; i < nmx_plan_count(plan); i++) {
				bool srv =
					nmx_host_stage(routes_host_at(plan, i)) == NMX_SOURCE_SRV;

				kept += srv;
				mx_kept += !srv;
				CHECK(srv == (i < cases[c].kept), "SRV first");
			}
			CHECK(kept == cases[c].kept && mx_kept == cases[c].mx_kept,
			      "case %zu: %u + %u", c, kept, mx_kept);
			CHECK(nmx_plan_count(plan) + nmx_plan_dropped_count(plan) == all,
			      "case %zu: each that is left out is an entry", c);
			nmx_plan_free(plan);
		}
		nmx_route_unref(route);
		free(text.data);
		bench_free(bench);
	}
}

/* LIM-1: the entry names the address, for others of the host may be in the plan. */
static void
lim_1_entries_name_their_addresses(void)
{
	struct bench *bench = bench_new("");
	struct text text = text_growing();
	struct nmx_route *route;
	struct nmx_plan *plan;
	char line[200];

	add_hosts(&text, "srv", 5, 8);
	route = routes_new(bench, text.data, PREFER_4, "");
	plan = routes_draw(route, 1);
	CHECK(nmx_plan_dropped_count(plan) == 20, "%zu", nmx_plan_dropped_count(plan));
	for (size_t i = 0; i < nmx_plan_dropped_count(plan); i++) {
		const struct nmx_drop *drop = nmx_plan_dropped(plan, i);

		CHECK(nmx_drop_code(drop) == NMX_DROP_LIMIT, "%zu", i);
		CHECK_TEXT(nmx_drop_rule(drop), "LIM-1", "%zu", i);
		CHECK(strncmp(nmx_drop_address(drop), "198.41.", 7) == 0, "%zu: \"%s\"", i,
		      nmx_drop_address(drop));
		CHECK(nmx_drop_text(drop, line, sizeof(line)) > 0, "%zu", i);
		for (size_t j = 0; j < i; j++)
			CHECK(strcmp(nmx_drop_address(nmx_plan_dropped(plan, j)),
				     nmx_drop_address(drop)) != 0,
			      "%zu and %zu", i, j);
		for (size_t j = 0; j < nmx_plan_count(plan); j++)
			CHECK(strcmp(nmx_endpoint_address(nmx_plan_endpoint(plan, j)),
				     nmx_drop_address(drop)) != 0,
			      "%zu is kept and dropped", i);
	}
	CHECK(nmx_plan_dropped(plan, 20) == NULL && nmx_plan_endpoint(plan, 20) == NULL, "beyond");
	nmx_plan_free(plan);
	nmx_route_unref(route);
	free(text.data);
	bench_free(bench);
}

/* ---- SELF-1, judged again ------------------------------------------------------------------- */

static const char *
dropped_text(struct bench *bench, const struct nmx_plan *plan)
{
	struct text text = text_growing();
	const char *copy;

	text_add(&text, "");
	for (size_t i = 0; i < nmx_plan_dropped_count(plan); i++) {
		const struct nmx_drop *drop = nmx_plan_dropped(plan, i);

		text_printf(&text, "%s%s %s:%u", i ? "; " : "",
			    nmx_drop_code_name(nmx_drop_code(drop)), nmx_drop_host(drop),
			    nmx_drop_port(drop));
	}
	copy = arena_copy(&bench->arena, text.data, text.length + 1);
	free(text.data);
	return copy;
}

/* SELF-1: this machine has got an address since the route was made. Its tier and what follows goes. */
static void
self_1_is_judged_again(void)
{
	static const char hosts[] =
		"srv secure 10/0 a.example:25 233.252.0.1; 20/0 b.example:25 233.252.0.2; 20/0 "
		"c.example:25 233.252.0.3; 20/0 d.example:2525 233.252.0.4; 30/0 e.example:25 "
		"233.252.0.5 "
		"| mx secure 10/0 f.example:25 233.252.0.6; 20/0 g.example:25 233.252.0.7";
	static const struct {
		const char *own;
		size_t left;
		const char *dropped;
	} cases[] = {
		{"", 7, ""},
		{"198.41.0.1", 7, ""},
		{"233.252.0.4", 7, ""}, /* not on our port */
		{"233.252.0.3", 1,
		 "beyond-self b.example:25; self c.example:25; beyond-self d.example:2525; "
		 "beyond-self e.example:25; beyond-self f.example:25; beyond-self g.example:25"},
		{"233.252.0.7", 6, "self g.example:25"},
		{"233.252.0.6", 5, "self f.example:25; beyond-self g.example:25"},
		{"233.252.0.5 233.252.0.2", 1,
		 "self b.example:25; beyond-self c.example:25; beyond-self d.example:2525; self "
		 "e.example:25; beyond-self f.example:25; beyond-self g.example:25"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bench *bench = bench_new("");
		struct nmx_route *route = routes_new(bench, hosts, PREFER_6, cases[i].own);
		struct nmx_plan *plan = routes_draw(route, 1);

		CHECK(nmx_plan_count(plan) == cases[i].left, "own %s: %zu", cases[i].own,
		      nmx_plan_count(plan));
		CHECK_TEXT(dropped_text(bench, plan), cases[i].dropped, "own %s", cases[i].own);
		CHECK(nmx_plan_outcome(plan) == NMX_DELIVERABLE, "own %s", cases[i].own);
		for (size_t j = 0; j < nmx_plan_dropped_count(plan); j++)
			CHECK_TEXT(nmx_drop_rule(nmx_plan_dropped(plan, j)), "SELF-1", "%zu", j);
		nmx_plan_free(plan);
		nmx_route_unref(route);
		bench_free(bench);
	}
}

/* SELF-1, OUT-1: nothing left: 5.4.6, unless something temporary or local was left out before. */
static void
self_1_nothing_left(void)
{
	for (int code = 0; code <= NMX_DROP_LIMIT; code++) {
		struct bench *bench = bench_new("");
		bool soft = status_cause_of((enum nmx_drop_code)code) >= CAUSE_LOCAL;
		struct nmx_route *route;
		struct nmx_plan *plan;

		notes_drop(&bench->notes,
			   &(struct drop){.stage = NMX_SOURCE_MX,
					  .code = (enum nmx_drop_code)code,
					  .port = 25,
					  .host = bench_name(bench, "x.example")},
			   WHY_DROP_PORT_ZERO);
		route = routes_new(bench, "mx secure 10/0 a.example:25 233.252.0.1", PREFER_6,
				   "233.252.0.1");
		plan = routes_draw(route, 1);
		CHECK(nmx_plan_count(plan) == 0, "%d", code);
		CHECK(nmx_plan_outcome(plan) == (soft ? NMX_DEFER : NMX_REJECT), "%s",
		      nmx_drop_code_name((enum nmx_drop_code)code));
		CHECK((nmx_plan_status(plan)[0] == '4') == soft, "%s", nmx_plan_status(plan));
		if (!soft)
			CHECK_TEXT(nmx_plan_status(plan), "5.4.6", "SELF-1");
		CHECK(strstr(nmx_plan_reason(plan), "SELF-1"), "%s", nmx_plan_reason(plan));
		CHECK(nmx_route_outcome(route) == NMX_DELIVERABLE, "the route stays as it is");
		nmx_plan_free(plan);
		nmx_route_unref(route);
		bench_free(bench);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(lim_1_twenty_endpoints),
	UNIT_TEST(lim_1_entries_name_their_addresses),
	UNIT_TEST(self_1_is_judged_again),
	UNIT_TEST(self_1_nothing_left),
	CU_TEST_INFO_NULL,
};
