/* SPDX-License-Identifier: BSD-2-Clause */
/* The schema nextmx.route/1 (docs/route.schema.json) and RFC 8259. */
#include <nextmx.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_reader.h"
#include "routes.h"
#include "unit.h"

const char unit_name[] = "resolver/json";

static char *
json(const struct nmx_route *route, const struct nmx_plan *plan, unsigned flags)
{
	char *text = NULL;

	if (nmx_json(route, plan, flags, &text) != 0 || !text)
		abort();
	return text;
}

/* ---- The reader ------------------------------------------------------------------------------ */

static void
the_reader_sees_faults(void)
{
	static const char *const bad[] = {"{",	     "{\"a\":}", "[1,]",      "\"\1\"",
					  "\"\\x\"", "01",	 "{\"a\" 1}", "\"\\u12g4\"",
					  "1.",	     "nul",	 "\"a"};
	static const char *const good[] = {"{}", "[]", "{\"a\":[1,2.5,null,\"\\u00ff\"]}", "0",
					   "\"\\\"\""};

	for (size_t i = 0; i < N_OF(bad); i++) {
		const char *at = bad[i];

		CHECK(!(json_value(&at) && *at == '\0'), "%s", bad[i]);
	}
	for (size_t i = 0; i < N_OF(good); i++) {
		const char *at = good[i];

		CHECK(json_value(&at) && *at == '\0', "%s", good[i]);
	}
}

/* ---- Contents ------------------------------------------------------------------------------- */

static void
a_whole_route(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route;
	struct nmx_plan *plan;
	char *text;

	notes_why(&bench->notes, WHY_SRV_ABSENT);
	notes_drop(&bench->notes,
		   &(struct drop){.stage = NMX_SOURCE_MX,
				  .code = NMX_DROP_LOOPBACK_ADDRESS,
				  .port = 25,
				  .host = bench_name(bench, "b.example"),
				  .address = &(struct address){4, {127, 0, 0, 1}}},
		   WHY_DROP_SPECIAL, "loopback (RFC 1122)");
	route = routes_new(bench,
			   "srv secure 10/60 a.example:2525 233.252.0.1 | mx insecure 5/0 "
			   "c.example:25 ff0e::1",
			   PREFER_6, "");
	CHECK(nmx_plan_new(route, 7, &plan) == 0, "plan");
	text = json(route, plan, 0);
	CHECK_TEXT(
		text,
		"{\"schema\":\"nextmx.route/"
		"1\",\"domain\":\"example.org\",\"ascii\":\"example.org\","
		"\"outcome\":\"deliverable\",\"status\":\"2.0.0\",\"reason\":\"\",\"source\":"
		"\"srv\","
		"\"security\":\"secure\",\"ttl\":300,\"seed\":7,\"sts\":null,\"plan\":["
		"{\"stage\":\"srv\",\"priority\":10,\"weight\":60,\"host\":\"a.example\",\"port\":"
		"2525,"
		"\"address\":\"233.252.0.1\",\"security\":\"secure\",\"tls\":\"may\",\"sni\":\"a."
		"example\","
		"\"reference_ids\":[],\"tlsa\":[]},"
		"{\"stage\":\"mx\",\"priority\":5,\"weight\":0,\"host\":\"c.example\",\"port\":25,"
		"\"address\":\"ff0e::1\",\"security\":\"insecure\",\"tls\":\"may\","
		"\"sni\":\"c.example\",\"reference_ids\":[],\"tlsa\":[]}],"
		"\"dropped\":[{\"stage\":\"mx\",\"host\":\"b.example\",\"port\":25,"
		"\"address\":\"127.0.0.1\",\"code\":\"loopback-address\",\"rule\":\"ADR-1\","
		"\"text\":\"loopback (RFC 1122)\"}],"
		"\"why\":[{\"phase\":\"select\",\"rule\":\"SRV-13\","
		"\"text\":\"no SRV record: using MX\"}],\"queries\":[]}",
		"route");
	json_check(text, "route");
	nmx_text_free(text);
	text = json(route, NULL, 0);
	CHECK(strstr(text, "\"seed\":null,\"sts\":null,\"plan\":[],\"dropped\":[{"), "%s", text);
	json_check(text, "no plan");
	nmx_text_free(text);
	text = json(route, plan, NMX_JSON_NO_WHY);
	CHECK(!strstr(text, "\"why\"") && strstr(text, "\"queries\""), "%s", text);
	json_check(text, "no why");
	nmx_text_free(text);
	text = json(route, plan, NMX_JSON_NO_QUERIES | NMX_JSON_NO_WHY);
	CHECK(!strstr(text, "\"why\"") && !strstr(text, "\"queries\""), "%s", text);
	json_check(text, "no why, no queries");
	nmx_text_free(text);
	nmx_plan_free(plan);
	nmx_route_unref(route);
	bench_free(bench);
}

#define JSON_TLSA                                                                \
	"\"tlsa\":[{\"usage\":3,\"selector\":1,\"mtype\":1,\"data\":\"009aff\"," \
	"\"usable\":true,\"state\":\"used\"},{\"usage\":0,\"selector\":255,"     \
	"\"mtype\":2,\"data\":\"\",\"usable\":false,\"state\":\"bad-usage\"}]}"

/* DANE-4, DANE-5: the requirement, the names, and every record with what it is good for. */
static void
dane_endpoints(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(
		bench,
		"mx secure 10/0 a.example:25 dane 233.252.0.1; 20/0 b.example:25 encrypt "
		"233.252.0.2",
		PREFER_6, "");
	struct nmx_plan *plan = routes_draw(route, 1);
	char *text = json(route, plan, 0);

	json_check(text, "TLSA");
	CHECK(strstr(text, "\"tls\":\"dane\",\"sni\":\"base.example\",\"reference_ids\":"
			   "[\"base.example\",\"example.org\"]," JSON_TLSA),
	      "dane: %s", text);
	CHECK(strstr(text, "\"tls\":\"encrypt\",\"sni\":\"base.example\","
			   "\"reference_ids\":[]," JSON_TLSA),
	      "encrypt: %s", text);
	nmx_text_free(text);
	nmx_plan_free(plan);
	nmx_route_unref(route);
	bench_free(bench);
}

/* SELF-1: a plan that came out empty says so at the top, and the route does not. */
static void
self_1_an_empty_plan(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(bench, "mx secure 10/0 a.example:25 233.252.0.1",
					     PREFER_6, "233.252.0.1");
	struct nmx_plan *plan;
	char *text;

	CHECK(nmx_plan_new(route, 1, &plan) == 0, "plan");
	text = json(route, plan, 0);
	CHECK(strstr(text, "\"outcome\":\"reject\",\"status\":\"5.4.6\"") &&
		      strstr(text, "\"source\":\"none\"") && strstr(text, "\"code\":\"self\""),
	      "%s", text);
	json_check(text, "empty plan");
	nmx_text_free(text);
	text = json(route, NULL, 0);
	CHECK(strstr(text, "\"outcome\":\"deliverable\""), "%s", text);
	nmx_text_free(text);
	nmx_plan_free(plan);
	nmx_route_unref(route);
	bench_free(bench);
}

static void
queries(void)
{
	struct bench *bench = bench_new("");
	struct route_query list[] = {
		{"_smtp._tcp.example.org", RR_SRV, NMX_SECURE, "NOERROR", 300, 1234567},
		{"a\\034b.example", RR_A, NMX_INDETERMINATE, "TIMEOUT", 60, 5},
	};
	struct route_parts parts = {
		.domain = "example.org",
		.ascii = "example.org",
		.verdict = {.outcome = NMX_DEFER, .code = "4.4.3", .reason = "because"},
		.security = NMX_INDETERMINATE,
		.notes = &bench->notes,
		.queries = list,
		.n_queries = 2};
	struct nmx_route *route = route_new(&parts);
	char *text = json(route, NULL, 0);

	CHECK(strstr(text, "\"queries\":[{\"name\":\"_smtp._tcp.example.org\",\"type\":\"SRV\","
			   "\"rcode\":\"NOERROR\",\"security\":\"secure\",\"ttl\":300,"
			   "\"ms\":1234.567},{\"name\":\"a\\u005c034b.example\",\"type\":\"A\","
			   "\"rcode\":\"TIMEOUT\",\"security\":\"indeterminate\",\"ttl\":60,"
			   "\"ms\":0.005}]"),
	      "%s", text);
	json_check(text, "queries");
	nmx_text_free(text);
	nmx_route_unref(route);
	bench_free(bench);
}

/* SRV-4: every usable host in stage and tier order, with its share to the nearest millionth. */
static void
srv_4_hosts_with_shares(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(
		bench,
		"srv secure 10/10 a.example:25 233.252.0.1 ff0e::1; 10/20 b.example:2525 "
		"233.252.0.2; 10/70 c.example:25 dane 233.252.0.3 | mx insecure 5/0 d.example:25 "
		"233.252.0.4; 5/0 e.example:25 233.252.0.5; 5/0 f.example:25 233.252.0.6",
		PREFER_6, "");
	const char *at;
	char *text;

	route->hosts[1].addresses[0].security = NMX_INSECURE;
	text = json(route, NULL, NMX_JSON_HOSTS | NMX_JSON_NO_WHY | NMX_JSON_NO_QUERIES);
	json_check(text, "hosts");
	at = strstr(text, "\"dropped\"");
	CHECK_TEXT(at ? at : "",
		   "\"dropped\":[],\"hosts\":["
		   "{\"stage\":\"srv\",\"priority\":10,\"weight\":10,\"share\":0.102310,"
		   "\"host\":\"a.example\",\"port\":25,\"addresses\":[\"233.252.0.1\",\"ff0e::1\"],"
		   "\"security\":\"secure\",\"tls\":\"may\"},"
		   "{\"stage\":\"srv\",\"priority\":10,\"weight\":20,\"share\":0.201320,"
		   "\"host\":\"b.example\",\"port\":2525,\"addresses\":[\"233.252.0.2\"],"
		   "\"security\":\"insecure\",\"tls\":\"may\"},"
		   "{\"stage\":\"srv\",\"priority\":10,\"weight\":70,\"share\":0.696370,"
		   "\"host\":\"c.example\",\"port\":25,\"addresses\":[\"233.252.0.3\"],"
		   "\"security\":\"secure\",\"tls\":\"dane\"},"
		   "{\"stage\":\"mx\",\"priority\":5,\"weight\":0,\"share\":0.333333,"
		   "\"host\":\"d.example\",\"port\":25,\"addresses\":[\"233.252.0.4\"],"
		   "\"security\":\"insecure\",\"tls\":\"may\"},"
		   "{\"stage\":\"mx\",\"priority\":5,\"weight\":0,\"share\":0.333333,"
		   "\"host\":\"e.example\",\"port\":25,\"addresses\":[\"233.252.0.5\"],"
		   "\"security\":\"insecure\",\"tls\":\"may\"},"
		   "{\"stage\":\"mx\",\"priority\":5,\"weight\":0,\"share\":0.333333,"
		   "\"host\":\"f.example\",\"port\":25,\"addresses\":[\"233.252.0.6\"],"
		   "\"security\":\"insecure\",\"tls\":\"may\"}]}",
		   "hosts");
	nmx_text_free(text);
	nmx_route_unref(route);
	bench_free(bench);
}

/* SRV-4: halves of millionths go up, and a certainty is 1.000000, never more. */
static void
srv_4_shares_are_rounded_to_nearest(void)
{
	static const struct {
		uint32_t zero, other; /* two hosts; the first has weight 0, or the same */
		const char *first, *second;
	} cases[] = {
		{0, 0, "0.500000", "0.500000"},
		{0, 1, "0.500000", "0.500000"},
		{0, 2, "0.333333", "0.666667"},
		{0, 999999, "0.000001", "0.999999"},
		{0, 1999999, "0.000001", "1.000000"},
		{0, 2000000, "0.000000", "1.000000"},
		{0, UINT32_MAX, "0.000000", "1.000000"},
		{UINT32_MAX, UINT32_MAX, "0.500000", "0.500000"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bench *bench = bench_new("");
		char hosts[200], expected[200], *text;
		struct nmx_route *route;

		snprintf(
			hosts, sizeof(hosts),
			"srv secure 10/%u a.example:25 233.252.0.1; 10/%u b.example:25 233.252.0.2",
			cases[i].zero, cases[i].other);
		route = routes_new(bench, hosts, PREFER_6, "");
		text = json(route, NULL, NMX_JSON_HOSTS);
		snprintf(expected, sizeof(expected), "\"share\":%s,\"host\":\"a", cases[i].first);
		CHECK(strstr(text, expected), "%zu: %s", i, text);
		snprintf(expected, sizeof(expected), "\"share\":%s,\"host\":\"b", cases[i].second);
		CHECK(strstr(text, expected), "%zu: %s", i, text);
		nmx_text_free(text);
		nmx_route_unref(route);
		bench_free(bench);
	}
}

static char *
json_of_records(struct bench *bench, enum route_kind kind, const char *const *texts)
{
	static const uint16_t types[ROUTE_RECORDS] = {RR_SRV, RR_MX, RR_NS};
	struct records records[ROUTE_RECORDS] = {{0}};
	struct route_parts parts = {
		.kind = kind,
		.domain = "example.org",
		.ascii = "example.org",
		.verdict = {.outcome = NMX_DEFER, .code = "4.4.3", .reason = "because"},
		.records = texts ? records : NULL,
		.notes = &bench->notes};
	struct nmx_route *route;
	char *text;

	for (int i = 0; texts && i < ROUTE_RECORDS; i++) {
		struct answer answer;

		if (!texts[i])
			continue;
		answer = bench_answer(bench, types[i], texts[i]);
		CHECK(records_keep(&answer, types[i], &bench->arena, &records[i]), "memory");
	}
	route = route_new(&parts);
	text = json(route, NULL, NMX_JSON_RECORDS | NMX_JSON_NO_WHY | NMX_JSON_NO_QUERIES);
	json_check(text, "records");
	nmx_route_unref(route);
	return text;
}

static void
records(void)
{
	static const struct {
		enum route_kind kind;
		const char *texts[ROUTE_RECORDS];
		const char *json;
	} cases[] = {
		{ROUTE_WHOLE,
		 {"secure 20 60 2525 b.example; 10 0 0 .", "ttl=60 10 a\\034.example", NULL},
		 "{\"srv\":{\"rcode\":\"NOERROR\",\"security\":\"secure\","
		 "\"published\":2,\"records\":[{\"priority\":10,\"weight\":0,\"port\":0,"
		 "\"target\":\".\"},{\"priority\":20,\"weight\":60,\"port\":2525,"
		 "\"target\":\"b.example\"}]},\"mx\":{\"rcode\":\"NOERROR\","
		 "\"security\":\"insecure\",\"published\":1,\"records\":"
		 "[{\"preference\":10,\"exchange\":\"a\\u005c034.example\"}]}}}"},
		{ROUTE_MX,
		 {NULL, "secure NXDOMAIN", NULL},
		 "{\"srv\":null,\"mx\":{\"rcode\":\"NXDOMAIN\",\"security\":\"secure\","
		 "\"published\":0,\"records\":[]}}}"},
		{ROUTE_SERVERS,
		 {NULL, NULL, "secure ns2.example; ns1.example"},
		 "{\"srv\":null,\"mx\":null,\"ns\":{\"rcode\":\"NOERROR\",\"security\":\"secure\","
		 "\"published\":2,\"records\":[{\"server\":\"ns1.example\"},"
		 "{\"server\":\"ns2.example\"}]}}}"},
		{ROUTE_SERVERS, {NULL, NULL, NULL}, "{\"srv\":null,\"mx\":null,\"ns\":null}}"},
	};
	struct bench *bench = bench_new("");
	char *text;

	for (size_t i = 0; i < N_OF(cases); i++) {
		const char *at;

		text = json_of_records(bench, cases[i].kind, cases[i].texts);
		at = strstr(text, "\"dropped\":[],\"records\":");
		CHECK_TEXT(at ? at + 23 : "", cases[i].json, "%zu", i);
		nmx_text_free(text);
	}
	text = json_of_records(bench, ROUTE_WHOLE, NULL);
	CHECK(strstr(text, "\"dropped\":[],\"records\":{\"srv\":null,\"mx\":null}}"), "%s", text);
	nmx_text_free(text);
	bench_free(bench);
}

/* ---- Escaping ------------------------------------------------------------------------------- */

/* RFC 8259 section 7: quotes, backslashes and control characters; UTF-8 stays as it is. */
static void
strings_are_escaped(void)
{
	static const char domain[] = "\"\\/\b\f\n\r\t\001\037\177 b\303\274cher \360\237\230\200";
	struct bench *bench = bench_new("");
	struct route_parts parts = {
		.domain = domain,
		.ascii = "",
		.verdict = {.outcome = NMX_REJECT, .code = "5.1.2", .reason = "\"quoted\""},
		.notes = &bench->notes};
	struct nmx_route *route = route_new(&parts);
	char *text = json(route, NULL, 0);

	CHECK(strstr(text, "\"domain\":\"\\u0022\\u005c/\\u0008\\u000c\\u000a\\u000d\\u0009\\u0001"
			   "\\u001f\\u007f b\303\274cher \360\237\230\200\",\"ascii\":\"\""),
	      "%s", text);
	CHECK(strstr(text, "\"reason\":\"\\u0022quoted\\u0022\""), "%s", text);
	json_check(text, "escaped");
	nmx_text_free(text);
	nmx_route_unref(route);
	bench_free(bench);
}

/* Names of every octet in drops and explanations, 255 octets long. */
static void
hostile_names(void)
{
	for (unsigned octet = 1; octet < 256; octet++) {
		struct bench *bench = bench_new("");
		uint8_t name[LIMIT_NAME];
		struct nmx_route *route;
		char *text;

		memset(name, (int)octet, sizeof(name));
		name[0] = name[64] = name[128] = 63;
		name[192] = 61;
		name[254] = 0;
		notes_why(&bench->notes, WHY_HOST_ALIAS, name, name);
		notes_drop(&bench->notes, &(struct drop){.host = name}, WHY_DROP_BAD_TARGET);
		route = routes_new(bench, "", PREFER_6, "");
		text = json(route, NULL, 0);
		json_check(text, "hostile");
		for (const char *c = text; *c; c++)
			CHECK(*c >= 0x20 && *c < 0x7f, "octet %u", octet);
		nmx_text_free(text);
		nmx_route_unref(route);
		bench_free(bench);
	}
}

static void
misuse(void)
{
	struct bench *bench = bench_new("");
	struct nmx_route *route = routes_new(bench, "", PREFER_6, "");
	struct nmx_route *other = routes_new(bench, "", PREFER_6, "");
	struct nmx_plan *plan;
	char *untouched = (char *)bench;

	CHECK(nmx_plan_new(other, 1, &plan) == 0, "plan");
	CHECK(nmx_json(route, plan, 0, &untouched) == NMX_E_INVALID, "another route's plan");
	CHECK(nmx_json(NULL, NULL, 0, &untouched) == NMX_E_INVALID, "no route");
	CHECK(nmx_json(route, NULL, 0, NULL) == NMX_E_INVALID, "no room");
	CHECK(nmx_json(route, NULL, 16, &untouched) == NMX_E_INVALID, "no such flag");
	CHECK(untouched == (char *)bench, "untouched");
	nmx_text_free(NULL);
	nmx_plan_free(plan);
	nmx_route_unref(route);
	nmx_route_unref(other);
	bench_free(bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(the_reader_sees_faults),
	UNIT_TEST(a_whole_route),
	UNIT_TEST(dane_endpoints),
	UNIT_TEST(srv_4_hosts_with_shares),
	UNIT_TEST(srv_4_shares_are_rounded_to_nearest),
	UNIT_TEST(records),
	UNIT_TEST(self_1_an_empty_plan),
	UNIT_TEST(queries),
	UNIT_TEST(strings_are_escaped),
	UNIT_TEST(hostile_names),
	UNIT_TEST(misuse),
	CU_TEST_INFO_NULL,
};
