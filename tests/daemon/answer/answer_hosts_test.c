/* SPDX-License-Identifier: BSD-2-Clause */
/* Which hosts are named: ADR-1 and SELF-1 against an MTA that looks names up again. */
#include "daemon/answer_hosts.h"

#include <stdio.h>
#include <string.h>

#include "answer_bench.h"
#include "resolver/plan.h"
#include "unit.h"

const char unit_name[] = "daemon/answer_hosts";

static const char nobody[] =
	"OK retry:4.4.4 no host of the domain may be named: each has an address "
	"that this server must not connect to, or no proper name "
	"(ADR-1, SELF-1) (defer)";

/* The reply of the map to a route of these hosts, with these drops. */
static void
check_answer(enum question_kind kind, const char *hosts, const char *drops, const char *expected)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route;

	answer_bench_drop(bench, drops);
	route = routes_new(bench, hosts, PREFER_6, "");
	CHECK_TEXT(answer_bench_ask(kind, false, route), expected, "%s | %s", hosts, drops);
	nmx_route_unref(route);
	bench_free(bench);
}

/* ---- Dropped addresses ---------------------------------------------------------------------- */

enum { AT_25 = 1, AT_ANOTHER = 2 };

/* Every code there is, with an address and without: at which ports the host is still named. */
static const struct {
	const char *code, *address;
	unsigned named;
} drop_table[] = {
	{"loopback-address", "127.0.0.1", 0},
	{"loopback-address", "::1", 0},
	{"self", "233.252.0.9", 0},
	{"self", "-", 0},
	{"denied-address", "198.41.0.4", 0},
	{"dnssec-required", "198.41.0.4", 0},
	{"private-address", "10.0.0.1", AT_25},
	{"reserved-address", "192.0.2.1", AT_25},
	{"reserved-address", "0.0.0.1", AT_25},
	{"reserved-address", "0.0.0.0", 0},
	{"reserved-address", "::", 0},
	{"reserved-address", "::ffff:0.0.0.0", 0},
	{"limit", "-", AT_25},
	{"limit", "198.41.0.4", AT_25 | AT_ANOTHER},
	{"port-zero", "-", AT_25 | AT_ANOTHER},
	{"port-refused", "-", AT_25 | AT_ANOTHER},
	{"null-target", "-", AT_25 | AT_ANOTHER},
	{"bad-name", "-", AT_25 | AT_ANOTHER},
	{"ip-literal-target", "-", AT_25 | AT_ANOTHER},
	{"duplicate", "-", AT_25 | AT_ANOTHER},
	{"beyond-self", "-", AT_25 | AT_ANOTHER},
	{"no-address", "-", AT_25 | AT_ANOTHER},
	{"address-failed", "-", AT_25 | AT_ANOTHER},
	{"address-bogus", "-", AT_25 | AT_ANOTHER},
	{"cname-chain", "-", AT_25 | AT_ANOTHER},
	{"tlsa-failed", "-", AT_25 | AT_ANOTHER},
	{"dane-required", "-", AT_25 | AT_ANOTHER},
	{"sts-mismatch", "-", AT_25 | AT_ANOTHER},
};

/* The drop is one of a.example:25 or of a.example:2525; it says nothing of the other. */
static void
adr_1_names_with_other_addresses_are_left_out(void)
{
	static const char hosts[] = "srv secure 10/0 a.example:25 233.252.0.1; "
				    "20/0 a.example:2525 233.252.0.1; "
				    "30/0 b.example:25 233.252.0.2";

	for (size_t i = 0; i < N_OF(drop_table); i++) {
		for (unsigned port = AT_25; port <= AT_ANOTHER; port++) {
			bool is_named = drop_table[i].named & port;
			char drop[128], expected[256];

			snprintf(drop, sizeof(drop), "%s a.example:%u %s", drop_table[i].code,
				 port == AT_25 ? 25u : 2525u, drop_table[i].address);
			snprintf(expected, sizeof(expected),
				 "OK nx-sec:%s%s[b.example]:25 (answer)",
				 is_named || port != AT_25 ? "[a.example]:25, " : "",
				 is_named || port != AT_ANOTHER ? "[a.example]:2525, " : "");
			check_answer(QUESTION_ROUTE, hosts, drop, expected);
		}
	}
}

static void
nobody_is_left(void)
{
	check_answer(QUESTION_ROUTE, "srv secure 10/0 a.example:25 233.252.0.1",
		     "loopback-address a.example:25 127.0.0.1", nobody);
	check_answer(QUESTION_ROUTE,
		     "srv secure 10/0 a.example:2525 233.252.0.1 | "
		     "mx insecure 10/0 b.example:25 233.252.0.2",
		     "private-address a.example:2525 10.0.0.1; denied-address b.example:25 1.1.1.1",
		     nobody);
	check_answer(QUESTION_ROUTE, "srv secure 10/0 -a.example:25 233.252.0.1",
		     "duplicate x.example:25 -", nobody);
	check_answer(QUESTION_EXIM, "srv secure 10/0 a.example:25 233.252.0.1",
		     "loopback-address a.example:25 127.0.0.1",
		     "TEMP 4.4.4 no host of the domain may be named: each has an address that this "
		     "server must not connect to, or no proper name (ADR-1, SELF-1) (defer)");
	check_answer(QUESTION_EXIM_CLASS, "srv secure 10/0 a.example:25 233.252.0.1",
		     "loopback-address a.example:25 127.0.0.1",
		     "OK class=defer status=4.4.4 text=\"no host of the domain may be named: each "
		     "has an address that this server must not connect to, or no proper name "
		     "(ADR-1, SELF-1)\" (defer)");
}

/* LIM-1: a list that is full may hide a loopback address: then only port 25 is believed. */
static void
lim_1_a_list_that_is_cut_is_not_believed(void)
{
	static const char hosts[] = "srv secure 10/0 a.example:25 233.252.0.1; "
				    "20/0 a.example:2525 233.252.0.1";

	for (unsigned n = 250; n <= 600; n += 50) {
		struct bench *bench = bench_new("");
		struct nmx_route *route;

		for (unsigned i = 0; i < n; i++)
			answer_bench_drop(bench, "private-address x.example:25 10.0.0.1");
		route = routes_new(bench, hosts, PREFER_6, "");
		CHECK_TEXT(answer_bench_ask(QUESTION_ROUTE, false, route),
			   n <= 256 ? "OK nx-sec:[a.example]:25, [a.example]:2525 (answer)"
				    : "OK nx-sec:[a.example]:25 (answer)",
			   "%u drops", n);
		nmx_route_unref(route);
		bench_free(bench);
	}
}

/* The same by length: the reasons of few drops fill what is kept of them. */
static void
lim_1_reasons_that_are_cut_are_noticed(void)
{
	struct bench *bench = bench_new("");
	struct drop drop = {NMX_SOURCE_SRV,
			    NMX_DROP_ADDRESS_BOGUS,
			    25,
			    bench_name(bench, "x.example"),
			    NULL,
			    0};
	struct nmx_route *route;
	char reason[251];

	memset(reason, 'a', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	for (unsigned i = 0; i < 100; i++)
		notes_drop(&bench->notes, &drop, WHY_DROP_ADDRESS_BOGUS, "bogus", "bogus", reason);
	answer_bench_drop(bench, "private-address a.example:2525 10.0.0.1");
	route = routes_new(bench,
			   "srv secure 10/0 a.example:25 233.252.0.1; "
			   "20/0 a.example:2525 233.252.0.1",
			   PREFER_6, "");
	CHECK(nmx_route_dropped_count(route) < 100, "%zu", nmx_route_dropped_count(route));
	CHECK_TEXT(answer_bench_ask(QUESTION_ROUTE, false, route),
		   "OK nx-sec:[a.example]:25 (answer)", "cut");
	nmx_route_unref(route);
	bench_free(bench);
}

/* ---- Names, ports, stages ------------------------------------------------------------------- */

static const struct {
	const char *hosts, *route, *exim;
} list_table[] = {
	/* the order of the plan, stages behind each other, addresses of a host once */
	{"srv insecure 10/0 a.example:25 233.252.0.1 233.252.0.2 ff0e::1; 20/0 b.example:25 "
	 "ff0e::2 "
	 "| mx insecure 5/0 c.example:25 233.252.0.3; 10/0 d.example:25 233.252.0.4",
	 "OK nx-may:[a.example]:25, [b.example]:25, [c.example]:25, [d.example]:25 (answer)",
	 "OK <;a.example:25;b.example:25;c.example:25;d.example:25 (answer)"},
	/* (name, port) is the identity */
	{"srv secure 10/0 a.example:25 233.252.0.1; 20/0 a.example:2525 233.252.0.1 "
	 "| mx insecure 5/0 a.example:25 233.252.0.1; 6/0 b.example:25 233.252.0.2",
	 "OK nx-sec:[a.example]:25, [a.example]:2525, [b.example]:25 (answer)",
	 "OK <;a.example:25;a.example:2525;b.example:25 (answer)"},
	{"mx insecure 5/0 _a._b.c_d.example:25 233.252.0.1",
	 "OK nx-may:[_a._b.c_d.example]:25 (answer)", "OK <;_a._b.c_d.example:25 (answer)"},
	/* names that the library would not have let pass */
	{"srv secure 1/0 -a.example:25 233.252.0.1; 2/0 a-.example:25 233.252.0.1; "
	 "3/0 a*.example:25 233.252.0.1; 4/0 a\\032b.example:25 233.252.0.1; "
	 "5/0 127.1:25 233.252.0.1; 6/0 a\\010.example:25 233.252.0.1; "
	 "7/0 a.0x1:25 233.252.0.1; 8/0 good.example:25 233.252.0.1; 9/0 .:25 233.252.0.1",
	 "OK nx-sec:[good.example]:25 (answer)", "OK <;good.example:25 (answer)"},
	{"srv secure 1/0 a.example:0 233.252.0.1; 2/0 a.example:65535 233.252.0.1",
	 "OK nx-sec:[a.example]:65535 (answer)", "OK <;a.example:65535 (answer)"},
	/* a server that waits for TLS would be waited for */
	{"srv secure 1/0 a.example:465 233.252.0.1; 2/0 a.example:587 233.252.0.1",
	 "OK nx-sec:[a.example]:587 (answer)", "OK <;a.example:587 (answer)"},
};

static void
lists(void)
{
	for (size_t i = 0; i < N_OF(list_table); i++) {
		check_answer(QUESTION_ROUTE, list_table[i].hosts, "duplicate x.example:25 -",
			     list_table[i].route);
		check_answer(QUESTION_EXIM, list_table[i].hosts, "duplicate x.example:25 -",
			     list_table[i].exim);
	}
}

/* One more host, whose name has 253 octets. */
static void
add_long_name(char *text, unsigned i)
{
	char label[64];

	memset(label, 'a' + (int)(i % 26), 63);
	label[63] = '\0';
	sprintf(text + strlen(text), "%s%u/0 %.61s%02u.%s.%s.%.61s:65535 233.252.0.%u",
		i ? "; " : "srv secure ", i, label, i, label, label, label, i + 1);
}

/* LIM-1: of 32 hosts with the longest names 20 are in a plan, and all of these fit. */
static void
lim_1_the_longest_answer_fits(void)
{
	static char hosts[16 * 1024];
	static const enum question_kind kinds[] = {QUESTION_ROUTE, QUESTION_EXIM,
						   QUESTION_EXIM_CLASS};
	struct bench *bench = bench_new("");
	struct nmx_route *route;

	for (unsigned i = 0; i < 32; i++)
		add_long_name(hosts, i);
	route = routes_new(bench, hosts, PREFER_6, "");
	CHECK(strlen(nmx_host_name(nmx_route_host(route, 0))) == 253, "%zu",
	      strlen(nmx_host_name(nmx_route_host(route, 0))));
	for (size_t k = 0; k < N_OF(kinds); k++) {
		const char *text = answer_bench_ask(kinds[k], false, route);
		size_t n = 0;

		for (const char *at = text; (at = strstr(at, ":65535")); at++)
			n++;
		CHECK(n == 20, "%zu", n);
		CHECK(strstr(text, " (answer)") != NULL, "told");
	}
	nmx_route_unref(route);
	bench_free(bench);
}

/* What today's library does not do, but its interface allows: more endpoints than we name, and a drop
 * of a host that the plan has, too. */
static void
plans_of_another_library(void)
{
	struct bench *bench = bench_new("");
	char hosts[2048] = "mx secure ";
	struct nmx_endpoint endpoints[32] = {0};
	struct nmx_drop drops[2] = {
		{NMX_SOURCE_MX, NMX_DROP_SELF, 25, "h00.example", "233.252.0.1", NULL},
		{NMX_SOURCE_MX, NMX_DROP_SELF, 26, "h01.example", "233.252.0.2", NULL},
	};
	struct nmx_plan plan = {.endpoints = endpoints, .left_out = {.drops = drops, .made = true}};
	const struct nmx_host *named[ANSWER_HOSTS];
	struct nmx_route *route;

	for (unsigned i = 0; i < 32; i++)
		sprintf(hosts + strlen(hosts), "%s%u/0 h%02u.example:25 233.252.0.%u",
			i ? "; " : "", i, i, i + 1);
	route = routes_new(bench, hosts, PREFER_6, "");
	for (plan.n = 0; plan.n < 32; plan.n++)
		endpoints[plan.n] = (struct nmx_endpoint){.host = nmx_route_host(route, plan.n)};
	CHECK(answer_hosts(route, &plan, named) == ANSWER_HOSTS, "at most 20");
	CHECK_TEXT(nmx_host_name(named[0]), "h00.example", "in order");
	plan.n_drops = 2;
	CHECK(answer_hosts(route, &plan, named) == ANSWER_HOSTS, "at most 20");
	CHECK_TEXT(nmx_host_name(named[0]), "h01.example", "without this machine");
	nmx_route_unref(route);
	bench_free(bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(adr_1_names_with_other_addresses_are_left_out),
	UNIT_TEST(nobody_is_left),
	UNIT_TEST(lim_1_a_list_that_is_cut_is_not_believed),
	UNIT_TEST(lim_1_reasons_that_are_cut_are_noticed),
	UNIT_TEST(lists),
	UNIT_TEST(lim_1_the_longest_answer_fits),
	UNIT_TEST(plans_of_another_library),
	CU_TEST_INFO_NULL,
};
