/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of a scan (docs/scan.schema.json), and the fields that are wanted of them. */
#include "cli/scan/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_reader.h"
#include "lines.h"
#include "hush.h"
#include "routes.h"
#include "unit.h"

const char unit_name[] = "cli/scan/line";

static struct fields *
fields(const char *list)
{
	struct fields *f;

	if (!fields_read(list, &f))
		abort();
	return f;
}

static void
check_json(const char *line, const char *what)
{
	char *copy = strdup(line);

	if (!copy)
		abort();
	copy[strlen(copy) - 1] = '\0';
	json_check(copy, what);
	free(copy);
}

/* ---- Of a fault ----------------------------------------------------------------------------- */

static void
a_fault(void)
{
	struct input_item item = {.number = 1,
				  .file = "l\xc3\xaf\"st\n.csv",
				  .line = 18446744073709551615u,
				  .domain = "M\xfcller \"x\"",
				  .fault = "a zero octet"};
	char *line = lines_of(&item, NULL);

	check_json(line, "a fault");
	CHECK_TEXT(
		line,
		"{\"schema\":\"nextmx.route/1\",\"domain\":\"M\\\\252ller "
		"\\\"x\\\"\",\"ascii\":\"\","
		"\"outcome\":\"reject\",\"status\":\"5.1.2\",\"reason\":"
		"\"l\\\\195\\\\175\\\"st\\\\010"
		".csv line 18446744073709551615: a zero octet\",\"source\":\"none\","
		"\"security\":\"indeterminate\",\"ttl\":0,\"seed\":null,\"sts\":null,\"plan\":[],"
		"\"dropped\":[],\"hosts\":[],\"records\":{\"srv\":null,\"mx\":null},\"why\":[],"
		"\"queries\":[],"
		"\"without_srv\":null,\"input\":\"M\\ufffdller \\\"x\\\"\","
		"\"error\":\"a zero octet\"}\n",
		"whole");
	free(line);
}

static void
a_fault_with_fields(void)
{
	static const struct {
		const char *fields, *domain, *line;
	} cases[] = {
		{"domain", "a", "{\"domain\":\"a\",\"error\":\"bad\"}\n"},
		{"status,outcome", "a",
		 "{\"domain\":\"a\",\"outcome\":\"reject\",\"status\":\"5.1.2\",\"error\":\"bad\"}"
		 "\n"},
		{"error,seed,seed", "\t",
		 "{\"domain\":\"\\\\009\",\"seed\":null,\"input\":\"\\u0009\",\"error\":\"bad\"}"
		 "\n"},
		{"plan,records", "",
		 "{\"domain\":\"\",\"plan\":[],\"records\":{\"srv\":null,\"mx\":null},\"error\":"
		 "\"bad\"}\n"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct input_item item = lines_item(cases[i].domain, "bad");
		struct fields *f = fields(cases[i].fields);
		char *line = lines_of(&item, f);

		CHECK_TEXT(line, cases[i].line, "%s", cases[i].fields);
		free(line);
		fields_free(f);
	}
}

/* ---- Of a route ----------------------------------------------------------------------------- */

/* "input" only where "domain" does not say it all. */
static void
input_is_told_where_it_is_needed(void)
{
	static const struct {
		const char *text, *fields;
	} cases[] = {
		{"example.org", "\"domain\":\"example.org\""},
		{"Example.org", "\"domain\":\"example.org\",\"input\":\"Example.org\""},
		{"example.org.", "\"domain\":\"example.org\",\"input\":\"example.org.\""},
		{"b\xc3\xbc.example", "\"domain\":\"b\xc3\xbc.example\""},
		{"B\xc3\x9c.example",
		 "\"domain\":\"b\xc3\xbc.example\",\"input\":\"B\\u00dc.example\""},
		{"a b", "\"domain\":\"a b\""},
		{"a\\\"b", "\"domain\":\"a\\u005c\\u0022b\""},
		{"a\xff", "\"domain\":\"a\\u005c255\",\"input\":\"a\\ufffd\""},
		{"a\\255", "\"domain\":\"a\\u005c255\""},
		{"", "\"domain\":\"\""},
	};
	struct fields *f = fields("domain");

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct input_item item = lines_item(cases[i].text, NULL);
		char expected[256], *line = lines_of(&item, f);

		snprintf(expected, sizeof(expected), "{%s}\n", cases[i].fields);
		CHECK_TEXT(line, expected, "%s", cases[i].text);
		check_json(line, cases[i].text);
		free(line);
	}
	fields_free(f);
}

struct pair {
	struct bench *bench;
	struct nmx_route *route, *mx;
	struct nmx_plan *plan;
};

static struct pair
pair_new(void)
{
	struct pair p = {.bench = bench_new("")};

	notes_why(&p.bench->notes, WHY_SRV_ABSENT);
	p.route = routes_new(p.bench, "srv secure 10/60 a.example:2525 233.252.0.1", PREFER_6, "");
	p.mx = routes_new(p.bench, "mx insecure 10/0 b.example:25 233.252.0.2", PREFER_6, "");
	p.plan = routes_draw(p.route, 7);
	return p;
}

static void
pair_free(struct pair *p)
{
	nmx_plan_free(p->plan);
	nmx_route_unref(p->route);
	nmx_route_unref(p->mx);
	bench_free(p->bench);
}

/* Exactly what nmx_json() writes, and the added members behind it. */
static void
a_route_with_the_one_without_srv(void)
{
	struct pair p = pair_new();
	struct input_item item = lines_item("EXAMPLE.org", NULL);
	char *route, *mx, *line, *expected;
	size_t length = 0;
	const char *hosts;

	CU_ASSERT_EQUAL_FATAL(nmx_json(p.route, p.plan, NMX_JSON_HOSTS | NMX_JSON_RECORDS, &route),
			      0);
	CU_ASSERT_EQUAL_FATAL(
		nmx_json(p.mx, NULL, NMX_JSON_HOSTS | NMX_JSON_NO_WHY | NMX_JSON_NO_QUERIES, &mx),
		0);
	hosts = strstr(mx, "\"hosts\":");
	route[strlen(route) - 1] = '\0';
	CU_ASSERT_FATAL(
		asprintf(&expected,
			 "%s,\"without_srv\":{\"outcome\":\"%s\",\"status\":\"%s\",\"reason\":\"%"
			 "s\","
			 "\"source\":\"%s\",\"security\":\"%s\",%s,\"input\":\"EXAMPLE.org\"}\n",
			 route, nmx_outcome_name(nmx_route_outcome(p.mx)), nmx_route_status(p.mx),
			 nmx_route_reason(p.mx), nmx_source_name(nmx_route_source(p.mx)),
			 nmx_security_name(nmx_route_security(p.mx)), hosts) > 0);
	line = line_of_route(&item, p.route, p.plan, p.mx, NULL, &length);
	CHECK_TEXT(line, expected, "both");
	CHECK(line && length == strlen(line), "%zu", length);
	check_json(line, "both");
	free(line);
	free(expected);
	CU_ASSERT_FATAL(asprintf(&expected, "%s,\"without_srv\":null}\n", route) > 0);
	item.domain = "example.org";
	line = line_of_route(&item, p.route, p.plan, NULL, NULL, &length);
	CHECK_TEXT(line, expected, "one");
	free(line);
	free(expected);
	nmx_text_free(route);
	nmx_text_free(mx);
	pair_free(&p);
}

static void
a_route_with_fields(void)
{
	static const struct {
		const char *fields, *line;
	} cases[] = {
		{"seed,source,domain",
		 "{\"domain\":\"example.org\",\"source\":\"srv\",\"seed\":7}\n"},
		{"schema", "{\"schema\":\"nextmx.route/1\",\"domain\":\"example.org\"}\n"},
		{"input,error,ascii", "{\"domain\":\"example.org\",\"ascii\":\"example.org\"}\n"},
		{"queries", "{\"domain\":\"example.org\",\"queries\":[]}\n"},
	};
	static const char *const others[] = {"why", "without_srv", "plan"};
	struct pair p = pair_new();
	struct input_item item = lines_item("example.org", NULL);
	size_t length;

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct fields *f = fields(cases[i].fields);
		char *line = line_of_route(&item, p.route, p.plan, p.mx, f, &length);

		CHECK_TEXT(line, cases[i].line, "%s", cases[i].fields);
		free(line);
		fields_free(f);
	}
	for (size_t i = 0; i < N_OF(others); i++) {
		struct fields *f = fields(others[i]);
		char *line = line_of_route(&item, p.route, p.plan, p.mx, f, &length), begin[64];

		snprintf(begin, sizeof(begin), "{\"domain\":\"example.org\",\"%s\":", others[i]);
		CHECK(strncmp(line, begin, strlen(begin)) == 0 && length > 100, "%s", line);
		check_json(line, others[i]);
		free(line);
		fields_free(f);
	}
	pair_free(&p);
}

/* A plan of another route: the library refuses it, and there is no line. */
static void
what_is_no_line_is_none(void)
{
	struct pair p = pair_new();
	struct input_item item = lines_item("example.org", NULL);
	size_t length = 42;

	CHECK(!line_of_route(&item, p.mx, p.plan, NULL, NULL, &length) && length == 42, "none");
	pair_free(&p);
}

/* ---- Fields --------------------------------------------------------------------------------- */

static void
fields_by_name(void)
{
	struct fields *f = fields("why,plan,why,outcome");

	CHECK(fields_has(f, "why") && fields_has(f, "plan") && fields_has(f, "outcome"), "named");
	CHECK(fields_has(f, "domain") && fields_has(f, "input") && fields_has(f, "error"),
	      "always there");
	CHECK(!fields_has(f, "queries") && !fields_has(f, "pla") && !fields_has(f, ""), "others");
	CHECK(fields_has(NULL, "queries"), "all");
	fields_free(f);
	fields_free(NULL);
}

static void
fields_that_are_none(void)
{
	static const struct {
		const char *list, *said;
	} cases[] = {
		{"pln", "nextmx: scan: no field \"pln\"; the nearest is plan\n"},
		{"why,Outcome", "nextmx: scan: no field \"Outcome\"; the nearest is outcome\n"},
		{"without-srv,why", "no field \"without-srv\"; the nearest is without_srv\n"},
		{"", "an empty field"},
		{"why,", "an empty field"},
		{",why", "an empty field"},
		{"why,,plan", "an empty field"},
		{"why, plan", "no field \" plan\"; the nearest is plan\n"},
		{"\033[2J", "no field \"?[2J\""},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct fields *f = NULL;
		char *said;

		hush();
		CHECK(!fields_read(cases[i].list, &f) && !f, "%s", cases[i].list);
		said = hush_said();
		CHECK(strstr(said, cases[i].said), "%s: %s", cases[i].list, said);
		free(said);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(a_fault),
	UNIT_TEST(a_fault_with_fields),
	UNIT_TEST(input_is_told_where_it_is_needed),
	UNIT_TEST(a_route_with_the_one_without_srv),
	UNIT_TEST(a_route_with_fields),
	UNIT_TEST(what_is_no_line_is_none),
	UNIT_TEST(fields_by_name),
	UNIT_TEST(fields_that_are_none),
	CU_TEST_INFO_NULL,
};
