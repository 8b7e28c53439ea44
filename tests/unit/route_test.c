/* SPDX-License-Identifier: BSD-2-Clause */
/* A route is one block that holds copies of everything; its getters. */
#include "resolver/route.h"

#include <stdlib.h>
#include <string.h>

#include "routes.h"
#include "unit.h"

const char unit_name[] = "resolver/route";

static struct nmx_route *
make(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route;

	notes_why(&bench->notes, WHY_SRV_ABSENT);
	notes_why(&bench->notes, WHY_MX_FOUND, bench_name(bench, "example.org"), 2u, "secure");
	notes_drop(&bench->notes,
		   &(struct drop){.stage = NMX_SOURCE_MX,
				  .code = NMX_DROP_LOOPBACK_ADDRESS,
				  .port = 25,
				  .host = bench_name(bench, "b.example"),
				  .address = &(struct address){4, {127, 0, 0, 1}}},
		   WHY_DROP_SPECIAL, "loopback (RFC 1122)");
	notes_drop(&bench->notes,
		   &(struct drop){.stage = NMX_SOURCE_SRV, .code = NMX_DROP_PORT_ZERO},
		   WHY_DROP_PORT_ZERO);
	route = routes_new(bench,
			   "srv secure 10/60 a.example:2525 233.252.0.1 ff0e::1 | mx insecure 5/0 "
			   "c.example:25 233.252.0.3",
			   PREFER_6, "");
	bench_free(bench); /* nothing may point into it */
	return route;
}

static void
everything_is_copied(void)
{
	struct nmx_route *route = make();
	const struct nmx_host *host;
	socklen_t length;

	CHECK(nmx_route_outcome(route) == NMX_DELIVERABLE && nmx_route_ttl(route) == 300, "head");
	CHECK_TEXT(nmx_route_status(route), "2.0.0", "status");
	CHECK_TEXT(nmx_route_reason(route), "", "reason");
	CHECK_TEXT(nmx_route_domain(route), "example.org", "domain");
	CHECK_TEXT(nmx_route_ascii(route), "example.org", "ascii");
	CHECK(nmx_route_source(route) == NMX_SOURCE_SRV && nmx_route_security(route) == NMX_SECURE,
	      "source");
	CHECK(nmx_route_host_count(route) == 2, "%zu", nmx_route_host_count(route));
	host = nmx_route_host(route, 0);
	CHECK_TEXT(nmx_host_name(host), "a.example", "name");
	CHECK(nmx_host_stage(host) == NMX_SOURCE_SRV && nmx_host_priority(host) == 10 &&
		      nmx_host_weight(host) == 60 && nmx_host_port(host) == 2525 &&
		      nmx_host_address_count(host) == 2,
	      "host");
	CHECK(nmx_host_address(host, 1, &length)->sa_family == AF_INET6 &&
		      length == sizeof(struct sockaddr_in6),
	      "address");
	CHECK(nmx_host_address(host, 0, NULL)->sa_family == AF_INET, "the length is optional");
	CHECK(nmx_host_address(host, 2, &length) == NULL, "beyond");
	CHECK(nmx_route_host(route, 2) == NULL && nmx_route_dropped(route, 2) == NULL, "beyond");
	nmx_route_unref(route);
}

static void
drops(void)
{
	struct nmx_route *route = make();
	const struct nmx_drop *drop = nmx_route_dropped(route, 0);
	char text[64];

	CHECK(nmx_route_dropped_count(route) == 2, "%zu", nmx_route_dropped_count(route));
	CHECK(nmx_drop_stage(drop) == NMX_SOURCE_MX && nmx_drop_port(drop) == 25 &&
		      nmx_drop_code(drop) == NMX_DROP_LOOPBACK_ADDRESS,
	      "drop");
	CHECK_TEXT(nmx_drop_host(drop), "b.example", "host");
	CHECK_TEXT(nmx_drop_address(drop), "127.0.0.1", "address");
	CHECK_TEXT(nmx_drop_rule(drop), "ADR-1", "rule");
	CHECK(nmx_drop_text(drop, text, sizeof(text)) == 19, "length");
	CHECK_TEXT(text, "loopback (RFC 1122)", "text");
	drop = nmx_route_dropped(route, 1);
	CHECK_TEXT(nmx_drop_host(drop), "example.org", "a drop without a name is of the domain");
	CHECK_TEXT(nmx_drop_address(drop), "", "the whole host");
	nmx_route_unref(route);
}

/* As snprintf: whatever the buffer, the whole length is returned and a zero ends what fits. */
static void
lines_of_the_explanation(void)
{
	static const char whole[] = "MX records of example.org: 2, secure";
	struct nmx_route *route = make();
	char text[64];

	CHECK(nmx_route_why_count(route) == 2, "%zu", nmx_route_why_count(route));
	CHECK_TEXT(nmx_route_why_rule(route, 0), "SRV-13", "rule");
	CHECK_TEXT(nmx_route_why_phase(route, 1), "discover", "phase");
	for (size_t size = 0; size < sizeof(text); size++) {
		memset(text, '#', sizeof(text));
		CHECK(nmx_route_why(route, 1, text, size) == (int)strlen(whole), "%zu", size);
		if (size)
			CHECK(strncmp(text, whole, size - 1) == 0 &&
				      text[size <= strlen(whole) ? size - 1 : strlen(whole)] == 0,
			      "%zu", size);
		CHECK(text[size] == '#', "%zu: beyond", size);
	}
	CHECK(nmx_route_why(route, 2, text, sizeof(text)) < 0, "beyond");
	CHECK(!nmx_route_why_rule(route, 2) && !nmx_route_why_phase(route, SIZE_MAX), "beyond");
	CHECK(nmx_route_query_count(route) == 0 && !nmx_route_query_name(route, 0) &&
		      !nmx_route_query_type(route, 0) && !nmx_route_query_rcode(route, 0) &&
		      nmx_route_query_security(route, 0) == NMX_INDETERMINATE &&
		      nmx_route_query_ttl(route, 0) == 0 && nmx_route_query_ms(route, 0) == 0,
	      "no queries");
	nmx_route_unref(route);
}

static void
check_tlsa(const struct nmx_host *host)
{
	const struct nmx_tlsa *tlsa = nmx_host_tlsa(host, 0);
	const uint8_t *data;
	size_t length = 9;

	CHECK(nmx_host_tlsa_count(host) == 2 && !nmx_host_tlsa(host, 2) &&
		      !nmx_host_tlsa(host, SIZE_MAX),
	      "beyond");
	CHECK(nmx_tlsa_usage(tlsa) == 3 && nmx_tlsa_selector(tlsa) == 1 &&
		      nmx_tlsa_mtype(tlsa) == 1,
	      "3 1 1");
	CHECK(nmx_tlsa_usable(tlsa) == 1 && nmx_tlsa_state(tlsa) == NMX_TLSA_USED, "used");
	data = nmx_tlsa_data(tlsa, &length);
	CHECK(length == 3 && memcmp(data, "\0\x9a\xff", 3) == 0, "data");
	tlsa = nmx_host_tlsa(host, 1);
	CHECK(nmx_tlsa_usage(tlsa) == 0 && nmx_tlsa_selector(tlsa) == 255 &&
		      nmx_tlsa_mtype(tlsa) == 2,
	      "0 255 2");
	CHECK(nmx_tlsa_usable(tlsa) == 0 && nmx_tlsa_state(tlsa) == NMX_TLSA_BAD_USAGE, "unusable");
	nmx_tlsa_data(tlsa, &length);
	CHECK(length == 0, "no data");
}

/* DANE-4: what a connection must have, of a host with usable TLSA, with unusable, and with none. */
static void
dane_4_the_requirement_of_a_host(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(
		bench,
		"mx secure 10/0 a.example:25 dane 233.252.0.1; 20/0 b.example:25 encrypt "
		"233.252.0.2; 30/0 c.example:25 233.252.0.3",
		PREFER_6, "");
	const struct nmx_host *host;

	bench_free(bench); /* nothing may point into it */
	host = nmx_route_host(route, 0);
	CHECK(nmx_host_tls(host) == NMX_TLS_DANE, "dane");
	CHECK_TEXT(nmx_host_sni(host), "base.example", "SNI");
	CHECK(nmx_host_reference_count(host) == 2 && !nmx_host_reference(host, 2), "names");
	CHECK_TEXT(nmx_host_reference(host, 0), "base.example", "the base domain first");
	CHECK_TEXT(nmx_host_reference(host, 1), "example.org", "the recipient domain");
	check_tlsa(host);
	host = nmx_route_host(route, 1);
	CHECK(nmx_host_tls(host) == NMX_TLS_ENCRYPT, "encrypt");
	CHECK_TEXT(nmx_host_sni(host), "base.example", "SNI");
	CHECK(nmx_host_reference_count(host) == 0 && !nmx_host_reference(host, 0), "no names");
	check_tlsa(host);
	host = nmx_route_host(route, 2);
	CHECK(nmx_host_tls(host) == NMX_TLS_MAY && nmx_host_tlsa_count(host) == 0, "may");
	CHECK_TEXT(nmx_host_sni(host), "c.example", "the host's name");
	CHECK(nmx_host_reference_count(host) == 0 && !nmx_host_tlsa(host, 0), "nothing");
	nmx_route_unref(route);
}

/* DANE-8: what is ignored for a stronger digest is usable all the same. */
static void
dane_8_usable_by_state(void)
{
	for (int state = NMX_TLSA_USED; state <= NMX_TLSA_BAD_DATA; state++) {
		struct nmx_tlsa tlsa = {.state = (enum nmx_tlsa_state)state};

		CHECK(nmx_tlsa_usable(&tlsa) ==
			      (state == NMX_TLSA_USED || state == NMX_TLSA_WEAKER),
		      "%s", nmx_tlsa_state_name(tlsa.state));
	}
}

/* Hosts that are out are not in the route; a literal's host is the literal. */
static void
hosts_that_are_out_and_literals(void)
{
	struct bench *bench = bench_new("");
	struct host_address address = {{4, {192, 0, 2, 1}}, NMX_INSECURE};
	struct host hosts[] = {{.port = 25, .out = true, .name = bench_name(bench, "a.example")},
			       {.port = 25, .addresses = &address, .n_addresses = 1}};
	struct stage stage = {.source = NMX_SOURCE_LITERAL, .hosts = hosts, .n_hosts = 2};
	struct route_parts parts = {
		.domain = "[233.252.0.1]",
		.ascii = "[233.252.0.1]",
		.verdict = {.outcome = NMX_DELIVERABLE, .code = "2.0.0", .reason = ""},
		.stages = &stage,
		.n_stages = 1,
		.notes = &bench->notes};
	struct nmx_route *route = route_new(&parts);

	CHECK(nmx_route_host_count(route) == 1, "%zu", nmx_route_host_count(route));
	CHECK_TEXT(nmx_host_name(nmx_route_host(route, 0)), "[233.252.0.1]", "LIT-1");
	CHECK_TEXT(nmx_host_sni(nmx_route_host(route, 0)), "", "no name for TLS");
	nmx_route_unref(route);
	bench_free(bench);
}

/* SRV-4, MX-2: of the hosts of one tier, and of those alone. */
static void
srv_4_shares_of_a_tier(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(
		bench,
		"srv secure 10/10 a.example:25 233.252.0.1; 10/20 b.example:25 233.252.0.2; "
		"10/70 c.example:25 233.252.0.3; 20/0 d.example:25 233.252.0.4; "
		"20/9 e.example:25 233.252.0.5; 20/0 f.example:25 233.252.0.6 | "
		"mx insecure 20/0 g.example:25 233.252.0.7; 20/0 h.example:25 233.252.0.8; "
		"20/0 i.example:25 233.252.0.9; 30/0 j.example:25 233.252.0.10",
		PREFER_6, "");
	static const double expected[] = {31 / 303.0, 61 / 303.0, 211 / 303.0, 0.05,	0.9,
					  0.05,	      1 / 3.0,	  1 / 3.0,     1 / 3.0, 1};

	CHECK(nmx_route_host_count(route) == N_OF(expected), "hosts");
	for (size_t i = 0; i < N_OF(expected); i++) {
		double difference = nmx_host_share(nmx_route_host(route, i)) - expected[i];

		CHECK(difference < 1e-15 && difference > -1e-15, "%zu: %g", i, difference);
	}
	nmx_route_unref(route);
	bench_free(bench);
}

/* SRV-4: plans are drawn from the same weights as shares are reckoned from. */
static void
srv_4_plans_have_the_shares(void)
{
	enum { DRAWS = 20000 };
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(
		bench,
		"srv secure 10/0 a.example:25 233.252.0.1; 10/1 b.example:25 233.252.0.2; "
		"10/2 c.example:25 233.252.0.3 | mx secure 10/0 d.example:25 233.252.0.4",
		PREFER_6, "");
	size_t firsts[3] = {0};

	for (uint64_t seed = 0; seed < DRAWS; seed++) {
		struct nmx_plan *plan = routes_draw(route, seed);

		for (size_t i = 0; i < 3; i++)
			firsts[i] += routes_host_at(plan, 0) == nmx_route_host(route, i);
		nmx_plan_free(plan);
	}
	for (size_t i = 0; i < 3; i++) {
		double share = nmx_host_share(nmx_route_host(route, i));
		double off = (double)firsts[i] / DRAWS - share;

		CHECK(off * off < 25 * share * (1 - share) / DRAWS, "%zu: %g", i, off);
	}
	nmx_route_unref(route);
	bench_free(bench);
}

/* A route with records, and one without of the same bench. */
static struct nmx_route *
make_records(struct bench *bench, const char *const *texts)
{
	static const uint16_t types[ROUTE_RECORDS] = {RR_SRV, RR_MX, RR_NS};
	struct records records[ROUTE_RECORDS] = {{0}};
	struct route_parts parts = {
		.domain = "example.org",
		.ascii = "example.org",
		.verdict = {.outcome = NMX_DEFER, .code = "4.4.3", .reason = ""},
		.records = texts ? records : NULL,
		.notes = &bench->notes};

	for (int i = 0; texts && i < ROUTE_RECORDS; i++) {
		struct answer answer;

		if (!texts[i])
			continue;
		answer = bench_answer(bench, types[i], texts[i]);
		CHECK(records_keep(&answer, types[i], &bench->arena, &records[i]), "memory");
	}
	return route_new(&parts);
}

static void
check_no_records(const struct nmx_route *route, int of)
{
	enum nmx_records records = (enum nmx_records)of;

	CHECK_TEXT(nmx_route_records_rcode(route, records), "", "%d", of);
	CHECK(nmx_route_records_security(route, records) == NMX_INDETERMINATE &&
		      nmx_route_records_published(route, records) == 0 &&
		      nmx_route_record_count(route, records) == 0 &&
		      !nmx_route_record(route, records, 0),
	      "%d", of);
}

static void
records_are_copied(void)
{
	static const char *const texts[] = {"secure 10 60 2525 a.example; 10 60 25 .", "BOGUS",
					    NULL};
	struct bench *bench = bench_new("");
	struct nmx_route *route = make_records(bench, texts);
	const struct nmx_record *record;

	bench_free(bench); /* nothing may point into it */
	CHECK_TEXT(nmx_route_records_rcode(route, NMX_RECORDS_SRV), "NOERROR", "rcode");
	CHECK(nmx_route_records_security(route, NMX_RECORDS_SRV) == NMX_SECURE, "security");
	CHECK(nmx_route_records_published(route, NMX_RECORDS_SRV) == 2 &&
		      nmx_route_record_count(route, NMX_RECORDS_SRV) == 2,
	      "counts");
	CHECK_TEXT(nmx_record_name(nmx_route_record(route, NMX_RECORDS_SRV, 0)), ".", "the root");
	record = nmx_route_record(route, NMX_RECORDS_SRV, 1);
	CHECK_TEXT(nmx_record_name(record), "a.example", "name");
	CHECK(nmx_record_priority(record) == 10 && nmx_record_weight(record) == 60 &&
		      nmx_record_port(record) == 2525,
	      "numbers");
	CHECK(!nmx_route_record(route, NMX_RECORDS_SRV, 2) &&
		      !nmx_route_record(route, NMX_RECORDS_SRV, SIZE_MAX),
	      "beyond");
	CHECK(nmx_route_records_security(route, NMX_RECORDS_MX) == NMX_BOGUS &&
		      nmx_route_record_count(route, NMX_RECORDS_MX) == 0,
	      "bogus");
	check_no_records(route, NMX_RECORDS_NS);
	check_no_records(route, -1);
	check_no_records(route, ROUTE_RECORDS);
	nmx_route_unref(route);
}

/* Without records a route is no larger for the possibility. */
static void
without_records_a_route_is_not_larger(void)
{
	static const char *const texts[] = {"NODATA", "NODATA", NULL};
	struct bench *bench = bench_new("");
	struct nmx_route *without = make_records(bench, NULL);
	struct nmx_route *with = make_records(bench, texts);

	for (int i = 0; i < ROUTE_RECORDS; i++)
		check_no_records(without, i);
	CHECK(with->size == without->size + sizeof(struct route_records[ROUTE_RECORDS]), "%zu, %zu",
	      with->size, without->size);
	nmx_route_unref(with);
	nmx_route_unref(without);
	bench_free(bench);
}

static void
references(void)
{
	struct nmx_route *route = make();

	CHECK(nmx_route_ref(route) == route, "ref");
	nmx_route_unref(route);
	CHECK_TEXT(nmx_route_domain(route), "example.org", "still there");
	nmx_route_unref(route);
	CHECK(nmx_route_ref(NULL) == NULL, "NULL");
	nmx_route_unref(NULL);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(everything_is_copied),
	UNIT_TEST(drops),
	UNIT_TEST(lines_of_the_explanation),
	UNIT_TEST(dane_4_the_requirement_of_a_host),
	UNIT_TEST(dane_8_usable_by_state),
	UNIT_TEST(hosts_that_are_out_and_literals),
	UNIT_TEST(srv_4_shares_of_a_tier),
	UNIT_TEST(srv_4_plans_have_the_shares),
	UNIT_TEST(records_are_copied),
	UNIT_TEST(without_records_a_route_is_not_larger),
	UNIT_TEST(references),
	CU_TEST_INFO_NULL,
};
