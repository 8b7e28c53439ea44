/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/plan.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "routes.h"
#include "stats.h"
#include "unit.h"

const char unit_name[] = "resolver/plan";

static unsigned
family_at(const struct nmx_plan *plan, size_t i)
{
	return nmx_endpoint_sockaddr(nmx_plan_endpoint(plan, i), NULL)->sa_family == AF_INET ? 4
											     : 6;
}

/* ---- ADR-2, SRV-12 -------------------------------------------------------------------------- */

static const char several[] =
	"srv secure 10/1 a.example:25 233.252.0.1 233.252.0.2 233.252.0.3 ff0e::1 "
	"ff0e::2; 10/0 b.example:25 233.252.0.4 ff0e::3 ff0e::4; "
	"20/5 c.example:25 233.252.0.5; 20/5 d.example:2525 ff0e::5 "
	"| mx insecure 5/0 e.example:25 233.252.0.6 ff0e::6";

/* ADR-2: the families take turns inside a host, beginning with the preferred. */
static void
adr_2_families_take_turns_inside_a_host(void)
{
	static const enum family_prefer prefers[] = {PREFER_6, PREFER_4, PREFER_ANY};

	for (size_t p = 0; p < N_OF(prefers); p++) {
		struct bench *bench = bench_new("");
		struct nmx_route *route = routes_new(bench, several, prefers[p], "");
		unsigned begins[7] = {0};

		for (uint64_t seed = 0; seed < 1000; seed++) {
			struct nmx_plan *plan = routes_draw(route, seed);

			for (size_t i = 0; i < nmx_plan_count(plan);) {
				const struct nmx_host *host = routes_host_at(plan, i);
				unsigned first = family_at(plan, i), n4 = 0, n6 = 0;
				size_t n = nmx_host_address_count(host);
				bool both;

				for (size_t j = 0; j < n; j++) {
					CHECK(routes_host_at(plan, i + j) == host,
					      "hosts stay together");
					n4 += family_at(plan, i + j) == 4;
					n6 += family_at(plan, i + j) == 6;
				}
				both = n4 && n6;
				if (both && prefers[p] != PREFER_ANY)
					CHECK(first == (prefers[p] == PREFER_6 ? 6 : 4), "prefer");
				/* while both are left, no family comes twice in a row */
				for (size_t j = 1; both && j < 2 * (n4 < n6 ? n4 : n6); j++)
					CHECK(family_at(plan, i + j) != family_at(plan, i + j - 1),
					      "seed %u, place %zu", (unsigned)seed, j);
				begins[first] += both;
				i += n;
			}
			nmx_plan_free(plan);
		}
		if (prefers[p] == PREFER_ANY) { /* 3 hosts with both, 1000 seeds */
			size_t counts[2] = {begins[4], begins[6]};
			double half[2] = {0.5, 0.5};

			CHECK(stats_chi_square(counts, half, 2) > 0.001, "%zu %zu", counts[0],
			      counts[1]);
		}
		nmx_route_unref(route);
		bench_free(bench);
	}
}

/* ADR-2: inside a family the order is drawn, too, each as likely. */
static void
adr_2_addresses_of_a_family_are_shuffled(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(
		bench,
		"mx secure 10/0 a.example:25 233.252.0.1 233.252.0.2 233.252.0.3 233.252.0.4",
		PREFER_6, "");
	double quarter[4] = {0.25, 0.25, 0.25, 0.25};
	size_t first[4] = {0}, last[4] = {0};

	for (uint64_t seed = 0; seed < 40000; seed++) {
		struct nmx_plan *plan = routes_draw(route, seed);

		first[nmx_endpoint_address(nmx_plan_endpoint(plan, 0))[10] - '1']++;
		last[nmx_endpoint_address(nmx_plan_endpoint(plan, 3))[10] - '1']++;
		nmx_plan_free(plan);
	}
	CHECK(stats_chi_square(first, quarter, 4) > 0.001, "first");
	CHECK(stats_chi_square(last, quarter, 4) > 0.001, "last");
	nmx_route_unref(route);
	bench_free(bench);
}

/* SRV-2, SRV-12: whatever is preferred, priorities stay in order, and SRV before MX. */
static void
srv_12_families_never_override_priorities(void)
{
	static const enum family_prefer prefers[] = {PREFER_6, PREFER_4, PREFER_ANY};

	for (size_t p = 0; p < N_OF(prefers); p++) {
		struct bench *bench = bench_new("");
		struct nmx_route *route = routes_new(bench, several, prefers[p], "");

		for (uint64_t seed = 0; seed < 300; seed++) {
			struct nmx_plan *plan = routes_draw(route, seed);

			CHECK(nmx_plan_count(plan) == 12, "%zu", nmx_plan_count(plan));
			for (size_t i = 1; i < nmx_plan_count(plan); i++) {
				const struct nmx_host *a = routes_host_at(plan, i - 1);
				const struct nmx_host *b = routes_host_at(plan, i);

				CHECK(nmx_host_stage(a) < nmx_host_stage(b) ||
					      (nmx_host_stage(a) == nmx_host_stage(b) &&
					       nmx_host_priority(a) <= nmx_host_priority(b)),
				      "seed %u, place %zu", (unsigned)seed, i);
			}
			nmx_plan_free(plan);
		}
		nmx_route_unref(route);
		bench_free(bench);
	}
}

/* ---- SRV-3, SRV-4, MX-2 --------------------------------------------------------------------- */

/* SRV-4: first places through the whole way of a plan, of seeds that follow each other. */
static void
srv_4_first_places_of_plans(void)
{
	static const struct {
		const char *hosts;
		double shares[3];
		size_t n;
	} cases[] = {
		{"srv secure 10/10 a.example:25 233.252.0.1; 10/20 b.example:25 233.252.0.2; 10/70 "
		 "c.example:25 233.252.0.3",
		 {(10 + 1 / 3.0) / 101, (20 + 1 / 3.0) / 101, (70 + 1 / 3.0) / 101},
		 3},
		{"srv secure 10/0 a.example:25 233.252.0.1; 10/1 b.example:25 233.252.0.2",
		 {0.5, 0.5},
		 2},
		{"srv secure 10/0 a.example:25 233.252.0.1; 10/9 b.example:25 233.252.0.2",
		 {0.1, 0.9},
		 2},
		{"mx secure 10/0 a.example:25 233.252.0.1; 10/0 b.example:25 233.252.0.2; 10/0 "
		 "c.example:25 233.252.0.3",
		 {1 / 3.0, 1 / 3.0, 1 / 3.0},
		 3},
	};

	for (size_t c = 0; c < N_OF(cases); c++) {
		struct bench *bench = bench_new("");
		struct nmx_route *route = routes_new(bench, cases[c].hosts, PREFER_6, "");
		size_t counts[3] = {0};
		double p;

		for (uint64_t seed = 0; seed < 200000; seed++) {
			struct nmx_plan *plan = routes_draw(route, seed);

			counts[nmx_host_name(routes_host_at(plan, 0))[0] - 'a']++;
			nmx_plan_free(plan);
		}
		p = stats_chi_square(counts, cases[c].shares, cases[c].n);
		CHECK(p > 0.001, "%s: p = %g", cases[c].hosts, p);
		nmx_route_unref(route);
		bench_free(bench);
	}
}

static const struct {
	uint64_t seed;
	const char *prefer_6, *any;
} pinned[] = {
	{UINT64_C(0),
	 "b.example:25 233.252.0.3; c.example:25 ff0e::2; c.example:25 233.252.0.4; "
	 "c.example:25 ff0e::3; a.example:25 ff0e::1; a.example:25 233.252.0.2; "
	 "a.example:25 233.252.0.1; d.example:25 233.252.0.5; e.example:25 233.252.0.6; "
	 "f.example:25 233.252.0.7",
	 "b.example:25 233.252.0.3; c.example:25 ff0e::3; c.example:25 233.252.0.4; "
	 "c.example:25 ff0e::2; a.example:25 ff0e::1; a.example:25 233.252.0.1; "
	 "a.example:25 233.252.0.2; d.example:25 233.252.0.5; f.example:25 233.252.0.7; "
	 "e.example:25 233.252.0.6"},
	{UINT64_C(1),
	 "c.example:25 ff0e::3; c.example:25 233.252.0.4; c.example:25 ff0e::2; "
	 "b.example:25 233.252.0.3; a.example:25 ff0e::1; a.example:25 233.252.0.2; "
	 "a.example:25 233.252.0.1; d.example:25 233.252.0.5; f.example:25 233.252.0.7; "
	 "e.example:25 233.252.0.6",
	 "c.example:25 233.252.0.4; c.example:25 ff0e::3; c.example:25 ff0e::2; "
	 "b.example:25 233.252.0.3; a.example:25 233.252.0.2; a.example:25 ff0e::1; "
	 "a.example:25 233.252.0.1; d.example:25 233.252.0.5; e.example:25 233.252.0.6; "
	 "f.example:25 233.252.0.7"},
	{UINT64_C(2),
	 "b.example:25 233.252.0.3; c.example:25 ff0e::2; c.example:25 233.252.0.4; "
	 "c.example:25 ff0e::3; a.example:25 ff0e::1; a.example:25 233.252.0.2; "
	 "a.example:25 233.252.0.1; d.example:25 233.252.0.5; e.example:25 233.252.0.6; "
	 "f.example:25 233.252.0.7",
	 "b.example:25 233.252.0.3; c.example:25 ff0e::3; c.example:25 233.252.0.4; "
	 "c.example:25 ff0e::2; a.example:25 233.252.0.2; a.example:25 ff0e::1; "
	 "a.example:25 233.252.0.1; d.example:25 233.252.0.5; f.example:25 233.252.0.7; "
	 "e.example:25 233.252.0.6"},
	{UINT64_C(42),
	 "b.example:25 233.252.0.3; c.example:25 ff0e::2; c.example:25 233.252.0.4; "
	 "c.example:25 ff0e::3; a.example:25 ff0e::1; a.example:25 233.252.0.2; "
	 "a.example:25 233.252.0.1; d.example:25 233.252.0.5; f.example:25 233.252.0.7; "
	 "e.example:25 233.252.0.6",
	 "b.example:25 233.252.0.3; c.example:25 233.252.0.4; c.example:25 ff0e::3; "
	 "c.example:25 ff0e::2; a.example:25 233.252.0.1; a.example:25 ff0e::1; "
	 "a.example:25 233.252.0.2; d.example:25 233.252.0.5; e.example:25 233.252.0.6; "
	 "f.example:25 233.252.0.7"},
	{UINT64_C(9007199254740991),
	 "b.example:25 233.252.0.3; c.example:25 ff0e::3; c.example:25 233.252.0.4; "
	 "c.example:25 ff0e::2; a.example:25 ff0e::1; a.example:25 233.252.0.2; "
	 "a.example:25 233.252.0.1; d.example:25 233.252.0.5; f.example:25 233.252.0.7; "
	 "e.example:25 233.252.0.6",
	 "b.example:25 233.252.0.3; c.example:25 233.252.0.4; c.example:25 ff0e::3; "
	 "c.example:25 ff0e::2; a.example:25 ff0e::1; a.example:25 233.252.0.2; "
	 "a.example:25 233.252.0.1; d.example:25 233.252.0.5; f.example:25 233.252.0.7; "
	 "e.example:25 233.252.0.6"},
};

/* SRV-3: a seed gives the same plan in every process, for ever. Computed apart from the code; never
 * change them. */
static void
srv_3_plans_are_pinned(void)
{
	static const char hosts[] =
		"srv secure 10/10 a.example:25 233.252.0.1 233.252.0.2 ff0e::1; 10/20 b.example:25 "
		"233.252.0.3; 10/70 c.example:25 233.252.0.4 ff0e::2 ff0e::3; 10/0 d.example:25 "
		"233.252.0.5; 20/0 e.example:25 233.252.0.6; 20/0 f.example:25 233.252.0.7";
	struct bench *bench = bench_new("");
	struct nmx_route *six = routes_new(bench, hosts, PREFER_6, "");
	struct nmx_route *any = routes_new(bench, hosts, PREFER_ANY, "");

	for (size_t i = 0; i < N_OF(pinned); i++) {
		CHECK_TEXT(routes_plan_text(bench, six, pinned[i].seed), pinned[i].prefer_6,
			   "seed %llu", (unsigned long long)pinned[i].seed);
		CHECK_TEXT(routes_plan_text(bench, any, pinned[i].seed), pinned[i].any,
			   "seed %llu, any", (unsigned long long)pinned[i].seed);
	}
	nmx_route_unref(six);
	nmx_route_unref(any);
	bench_free(bench);
}

static void
the_same_seed_gives_the_same_plan(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(bench, several, PREFER_ANY, "");
	struct nmx_route *again = routes_new(bench, several, PREFER_ANY, "");
	unsigned different = 0;

	for (uint64_t seed = 0; seed < 100; seed++) {
		const char *text = routes_plan_text(bench, route, seed);

		CHECK_TEXT(routes_plan_text(bench, again, seed), text, "seed %u", (unsigned)seed);
		different += strcmp(text, routes_plan_text(bench, route, seed + 1)) != 0;
	}
	CHECK(different > 90, "%u of 100 following seeds differ", different);
	nmx_route_unref(route);
	nmx_route_unref(again);
	bench_free(bench);
}

static void
seeds_go_to_2_53_minus_1(void)
{
	static const uint64_t good[] = {0, 1, UINT64_C(1) << 32, NMX_SEED_MAX};
	static const uint64_t bad[] = {NMX_SEED_MAX + 1, UINT64_C(1) << 63, UINT64_MAX};
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(bench, several, PREFER_6, "");
	struct nmx_plan *untouched = (struct nmx_plan *)bench, *plan;
	uint64_t seed = 0;

	CHECK(NMX_SEED_MAX == (UINT64_C(1) << 53) - 1, "2^53 - 1");
	for (size_t i = 0; i < N_OF(good); i++) {
		plan = routes_draw(route, good[i]);
		CHECK(nmx_plan_seed(plan) == good[i], "%zu", i);
		nmx_plan_free(plan);
	}
	for (size_t i = 0; i < N_OF(bad); i++)
		CHECK(nmx_plan_new(route, bad[i], &untouched) == NMX_E_INVALID &&
			      untouched == (struct nmx_plan *)bench,
		      "%zu", i);
	CHECK(nmx_plan_new(NULL, 1, &untouched) == NMX_E_INVALID, "no route");
	CHECK(nmx_plan_new(route, 1, NULL) == NMX_E_INVALID, "no room");
	nmx_plan_free(NULL);
	for (int i = 0; i < 1000; i++)
		CHECK(nmx_random_seed(&seed) == 0 && seed <= NMX_SEED_MAX, "random");
	CHECK(nmx_random_seed(NULL) == NMX_E_INVALID, "no room");
	nmx_route_unref(route);
	bench_free(bench);
}

/* ---- Getters -------------------------------------------------------------------------------- */

static void
endpoints(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(
		bench, "srv secure 10/5 a.example:2525 ff0e::1; 20/6 b.example:25 233.252.0.1",
		PREFER_6, "");
	struct nmx_plan *plan = routes_draw(route, 1);
	const struct nmx_endpoint *e = nmx_plan_endpoint(plan, 0);
	const struct sockaddr *address;
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;
	socklen_t length = 0;

	CHECK_TEXT(nmx_endpoint_address(e), "ff0e::1", "address");
	CHECK_TEXT(nmx_endpoint_address(e), "ff0e::1", "address, again");
	address = nmx_endpoint_sockaddr(e, &length);
	CHECK(length == sizeof(v6), "%u", length);
	memcpy(&v6, address, sizeof(v6));
	CHECK(v6.sin6_family == AF_INET6 && ntohs(v6.sin6_port) == 2525, "IPv6");
	CHECK(nmx_endpoint_security(e) == NMX_SECURE && nmx_endpoint_tls(e) == NMX_TLS_MAY, "rest");
	CHECK_TEXT(nmx_endpoint_sni(e), "a.example", "SNI");
	CHECK(nmx_host_weight(nmx_endpoint_host(e)) == 5 &&
		      nmx_host_priority(nmx_endpoint_host(e)) == 10,
	      "host");
	address = nmx_endpoint_sockaddr(nmx_plan_endpoint(plan, 1), &length);
	CHECK(length == sizeof(v4), "%u", length);
	memcpy(&v4, address, sizeof(v4));
	CHECK(v4.sin_family == AF_INET && ntohs(v4.sin_port) == 25, "IPv4");
	nmx_route_unref(route); /* the plan holds it */
	CHECK_TEXT(nmx_endpoint_sni(nmx_plan_endpoint(plan, 1)), "b.example", "still there");
	nmx_plan_free(plan);
	bench_free(bench);
}

/* As of the host; implicit TLS is port 465 and nothing else (RFC 8314). */
static void
dane_4_the_requirement_of_an_endpoint(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(
		bench,
		"srv secure 10/0 a.example:25 dane 233.252.0.1; 20/0 b.example:465 encrypt "
		"233.252.0.2; 30/0 c.example:466 233.252.0.3",
		PREFER_6, "");
	struct nmx_plan *plan = routes_draw(route, 1);
	static const enum nmx_tls tls[] = {NMX_TLS_DANE, NMX_TLS_ENCRYPT, NMX_TLS_MAY};
	static const char *const sni[] = {"base.example", "base.example", "c.example"};

	CHECK(nmx_plan_count(plan) == 3, "%zu", nmx_plan_count(plan));
	for (size_t i = 0; i < nmx_plan_count(plan); i++) {
		const struct nmx_endpoint *e = nmx_plan_endpoint(plan, i);

		CHECK(nmx_endpoint_tls(e) == tls[i], "%zu", i);
		CHECK(nmx_endpoint_tls(e) == nmx_host_tls(nmx_endpoint_host(e)), "%zu", i);
		CHECK_TEXT(nmx_endpoint_sni(e), sni[i], "%zu", i);
		CHECK(nmx_endpoint_implicit_tls(e) == (i == 1), "%zu", i);
	}
	nmx_plan_free(plan);
	nmx_route_unref(route);
	bench_free(bench);
}

static void
a_route_without_hosts(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(bench, "", PREFER_6, "");
	struct nmx_plan *plan = routes_draw(route, 1);

	CHECK(nmx_plan_count(plan) == 0 && nmx_plan_dropped_count(plan) == 0, "empty");
	nmx_plan_free(plan);
	nmx_route_unref(route);
	bench_free(bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(adr_2_families_take_turns_inside_a_host),
	UNIT_TEST(adr_2_addresses_of_a_family_are_shuffled),
	UNIT_TEST(srv_12_families_never_override_priorities),
	UNIT_TEST(srv_4_first_places_of_plans),
	UNIT_TEST(srv_3_plans_are_pinned),
	UNIT_TEST(the_same_seed_gives_the_same_plan),
	UNIT_TEST(seeds_go_to_2_53_minus_1),
	UNIT_TEST(endpoints),
	UNIT_TEST(dane_4_the_requirement_of_an_endpoint),
	UNIT_TEST(a_route_without_hosts),
	CU_TEST_INFO_NULL,
};
