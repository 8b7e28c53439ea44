/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/routes.h"
#include "tests/unit/unit.h"

const char unit_name[] = "daemon/metrics";

static void
latency_falls_into_its_bucket(void)
{
	static const struct {
		uint64_t us;
		unsigned bucket;
	} cases[] = {
		{0, 0},	       {100, 0},      {101, 1},	      {250, 1},	      {251, 2},
		{2500000, 13}, {2500001, 14}, {10000000, 15}, {10000001, 16}, {UINT64_MAX, 16},
	};

	for (unsigned i = 0; i < N_OF(cases); i++) {
		struct metrics *m = calloc(1, sizeof(*m));

		metrics_told(m, PROTOCOL_EXIM, TOLD_LATER, cases[i].us);
		CHECK(metric_get(&m->latency[PROTOCOL_EXIM][cases[i].bucket]) == 1, "case %u", i);
		CHECK(metric_get(&m->latency_us[PROTOCOL_EXIM]) == cases[i].us, "case %u", i);
		CHECK(metric_get(&m->told[PROTOCOL_EXIM][TOLD_LATER]) == 1, "case %u", i);
		free(m);
	}
}

static void
what_is_none_counts_nowhere(void)
{
	static struct metrics m, zero;

	metrics_told(&m, PROTOCOL_COUNT, TOLD_ANSWER, 1);
	metrics_told(&m, PROTOCOL_ROUTE, TOLD_COUNT, 1);
	CHECK(memcmp(&m, &zero, sizeof(m)) == 0, "nothing");
}

static void
names(void)
{
	CHECK_TEXT(protocol_name(PROTOCOL_ROUTE), "route", "first");
	CHECK_TEXT(protocol_name(PROTOCOL_TLS_STS), "tls-sts", "fourth");
	CHECK_TEXT(protocol_name(PROTOCOL_HTTP), "http", "last");
	CHECK_TEXT(protocol_name(PROTOCOL_COUNT), "unknown", "none");
	CHECK_TEXT(told_name(TOLD_ANSWER), "answer", "first");
	CHECK_TEXT(told_name(TOLD_QUARANTINED), "quarantined", "sixth");
	CHECK_TEXT(told_name(TOLD_ERROR), "error", "last");
	CHECK_TEXT(told_name(TOLD_COUNT), "unknown", "none");
}

static void
gauges(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < NMX_STAT_COUNT; i++)
		n += metrics_is_gauge(i);
	CHECK(n == 7, "%u: five end in now, two are sizes", n);
	CHECK(metrics_is_gauge(NMX_STAT_BACKOFF_NOW), "one");
	CHECK(!metrics_is_gauge(NMX_STAT_PUT_BACK), "none");
	CHECK(!metrics_is_gauge(NMX_STAT_COUNT), "none");
}

static void
a_route_is_counted_by_what_it_is(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(
		bench,
		"srv secure 10/60 a.example:25 233.252.0.1 dane; 10/40 b.example:2525 233.252.0.2 "
		"encrypt; 20/0 c.example:25 233.252.0.3",
		PREFER_ANY, "");
	struct metrics *m = calloc(1, sizeof(*m));

	metrics_route(m, route);
	metrics_route(m, route);
	CHECK(metric_get(&m->routes_by_source[NMX_SOURCE_SRV]) == 2, "source");
	CHECK(metric_get(&m->routes_by_security[NMX_SECURE]) == 2, "security");
	CHECK(metric_get(&m->hosts_by_tls[NMX_TLS_DANE]) == 2, "dane");
	CHECK(metric_get(&m->hosts_by_tls[NMX_TLS_ENCRYPT]) == 2, "encrypt");
	CHECK(metric_get(&m->hosts_by_tls[NMX_TLS_MAY]) == 2, "may");
	CHECK(metric_get(&m->hosts_by_tls[NMX_TLS_STS]) == 0, "sts");
	free(m);
	nmx_route_unref(route);
	bench_free(bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(latency_falls_into_its_bucket),
	UNIT_TEST(what_is_none_counts_nowhere),
	UNIT_TEST(a_route_is_counted_by_what_it_is),
	UNIT_TEST(names),
	UNIT_TEST(gauges),
	CU_TEST_INFO_NULL,
};
