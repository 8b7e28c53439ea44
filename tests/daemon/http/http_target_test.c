/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/http_target.h"

#include <stdio.h>
#include <string.h>

#include "../../unit/unit.h"

const char unit_name[] = "daemon/http_target";

static void
paths(void)
{
	static const struct {
		const char *target;
		enum http_target expected;
	} cases[] = {
		{"/healthz", TARGET_HEALTHZ},
		{"/healthz?", TARGET_HEALTHZ},
		{"/healthz?x=1", TARGET_HEALTHZ},
		{"/metrics", TARGET_METRICS},
		{"/", TARGET_UNKNOWN},
		{"", TARGET_UNKNOWN},
		{"?", TARGET_UNKNOWN},
		{"*", TARGET_UNKNOWN},
		{"/healthz/", TARGET_UNKNOWN},
		{"/Healthz", TARGET_UNKNOWN},
		{"/metricsx", TARGET_UNKNOWN},
		{"//metrics", TARGET_UNKNOWN},
		{"http://localhost/healthz", TARGET_UNKNOWN},
		{"/v1/route", TARGET_UNKNOWN},
		{"/v2/route/a.example", TARGET_UNKNOWN},
		{"/v1/route/a.example/", TARGET_UNKNOWN},
		{"/v1/route/a/b", TARGET_UNKNOWN},
		{"/v1/route/../../healthz", TARGET_UNKNOWN},
		{"/v1/route/", TARGET_BAD},
		{"/v1/route/?seed=1", TARGET_BAD},
		{"/v1/route/a", TARGET_ROUTE},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct question question;
		const char *error = NULL;
		enum http_target got = http_target_read(cases[i].target, &question, &error);

		CHECK(got == cases[i].expected, "%s: %d", cases[i].target, (int)got);
		CHECK((error != NULL) == (got == TARGET_BAD), "%s", cases[i].target);
	}
}

static void
subjects(void)
{
	static const struct {
		const char *domain, *subject; /* NULL: bad */
	} cases[] = {
		{"example.org", "example.org"},
		{"EXAMPLE.Org.", "example.org"},
		{"example.org..", NULL}, /* the library takes one off, too */
		{".", NULL},
		{"%2e", NULL},
		{"b%C3%BCcher.example", "b\xc3\xbc"
					"cher.example"},
		{"b\xc3\xbc"
		 "cher.example",
		 "b\xc3\xbc"
		 "cher.example"},
		{"%C3%9C.example", "\xc3\x9c.example"}, /* IDNA is the library's */
		{"[192.0.2.1]", "[192.0.2.1]"},
		{"%5BIPv6%3A2001:db8::1%5d", "[ipv6:2001:db8::1]"},
		{"a+b%20c", "a+b c"},
		{"a%2fb", "a/b"},
		{"a%3fb%25", "a?b%"},
		{"a%", NULL},
		{"a%4", NULL},
		{"a%4g", NULL},
		{"a%g4", NULL},
		{"a%%41", NULL},
		{"a%00b", NULL},
		{"a%0d%0ab", NULL},
		{"a%1f", NULL},
		{"a%7F", NULL},
		{"a\x01", NULL},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct question question;
		const char *error = NULL;
		char target[300];
		enum http_target got;

		snprintf(target, sizeof(target), "/v1/route/%s", cases[i].domain);
		got = http_target_read(target, &question, &error);
		if (!cases[i].subject)
			CHECK(got == TARGET_BAD && error, "%s: %d", cases[i].domain, (int)got);
		else if (CHECK(got == TARGET_ROUTE, "%s: %s", cases[i].domain, error ? error : ""))
			CHECK_TEXT(question.subject, cases[i].subject, "%s", cases[i].domain);
	}
}

/* n octets, and a final dot or none. */
static enum http_target
read_long(size_t n, const char *end, struct question *ret)
{
	char target[2000] = "/v1/route/";
	const char *error;

	memset(target + strlen(target), 'a', n);
	strcat(target, end);
	return http_target_read(target, ret, &error);
}

static void
the_longest_domain(void)
{
	struct question question;

	CHECK(read_long(255, "", &question) == TARGET_ROUTE, "255");
	CHECK(strlen(question.subject) == 255, "255");
	CHECK(read_long(255, ".", &question) == TARGET_ROUTE, "255 and the dot");
	CHECK(strlen(question.subject) == 255, "255 and the dot");
	CHECK(read_long(256, "", &question) == TARGET_BAD, "256");
	CHECK(read_long(256, ".", &question) == TARGET_BAD, "256 and the dot");
	CHECK(read_long(1900, "", &question) == TARGET_BAD, "1900");
}

enum { WHY = NMX_JSON_NO_WHY, QUERIES = NMX_JSON_NO_QUERIES };
static const struct {
	const char *query;
	bool good, has_seed;
	uint64_t seed;
	unsigned flags;
} queries[] = {
	{"", true, false, 0, 0},
	{"?", true, false, 0, 0},
	{"?seed=0", true, true, 0, 0},
	{"?seed=9007199254740991", true, true, NMX_SEED_MAX, 0},
	{"?seed=0000000000000001", true, true, 1, 0},
	{"?seed=9007199254740992", false, false, 0, 0},
	{"?seed=99999999999999999999", false, false, 0, 0},
	{"?seed=00000000000000001", false, false, 0, 0},
	{"?seed=", false, false, 0, 0},
	{"?seed", false, false, 0, 0},
	{"?seed=-1", false, false, 0, 0},
	{"?seed=+1", false, false, 0, 0},
	{"?seed=1x", false, false, 0, 0},
	{"?seed=%31", false, false, 0, 0},
	{"?why=0", true, false, 0, WHY},
	{"?why=1", true, false, 0, 0},
	{"?why=2", false, false, 0, 0},
	{"?why=", false, false, 0, 0},
	{"?why=01", false, false, 0, 0},
	{"?queries=0", true, false, 0, QUERIES},
	{"?queries=1", true, false, 0, 0},
	{"?queries=no", false, false, 0, 0},
	{"?queries=0&why=0&seed=7", true, true, 7, WHY | QUERIES},
	{"?seed=1&", true, true, 1, 0},
	{"?&seed=1", false, false, 0, 0},
	{"?seed=1&seed=1", false, false, 0, 0},
	{"?why=1&why=1", false, false, 0, 0},
	{"?seeds=1", false, false, 0, 0},
	{"?see=1", false, false, 0, 0},
	{"?Seed=1", false, false, 0, 0},
	{"?x", false, false, 0, 0},
	{"?=", false, false, 0, 0},
	{"?seed=1;why=0", false, false, 0, 0},
	{"?seed=1#x", false, false, 0, 0},
};

static void
parameters(void)
{
	for (size_t i = 0; i < N_OF(queries); i++) {
		struct question q = {.seed = 99};
		const char *error = NULL;
		char target[200];
		enum http_target got;

		snprintf(target, sizeof(target), "/v1/route/a.example%s", queries[i].query);
		got = http_target_read(target, &q, &error);
		CHECK(got == (queries[i].good ? TARGET_ROUTE : TARGET_BAD), "%s", queries[i].query);
		CHECK(queries[i].good || q.seed == 99, "%s: touched", queries[i].query);
		if (!queries[i].good || got != TARGET_ROUTE)
			continue;
		CHECK(q.kind == QUESTION_JSON && q.port == 0 && q.wait_ms == 0, "%s",
		      queries[i].query);
		CHECK(q.has_seed == queries[i].has_seed && q.seed == queries[i].seed &&
			      q.json_flags == queries[i].flags,
		      "%s", queries[i].query);
	}
}

static void
hosts(void)
{
	static const char *const good[] = {"127.0.0.1",	   "127.0.0.1:8462", "localhost",
					   "LocalHost:80", "[::1]",	     "[::1]:8462",
					   "192.0.2.1",	   "[2001:db8::1]:1"};
	static const char *const bad[] = {"",
					  ":80",
					  "evil.example",
					  "evil.example:8462",
					  "127.0.0.1.evil.example",
					  "localhost.evil.example",
					  "localhost.",
					  "127.0.0.1:",
					  "127.0.0.1:x",
					  "127.0.0.1:123456",
					  "127.0.0.1 evil",
					  "127.1",
					  "2130706433",
					  "::1",
					  "[::1",
					  "[::1]x",
					  "[::1]:",
					  "[127.0.0.1]",
					  "[localhost]",
					  "[fe80::1%eth0]",
					  "user@127.0.0.1"};

	for (size_t i = 0; i < N_OF(good); i++)
		CHECK(http_host_is_local(good[i]), "%s", good[i]);
	for (size_t i = 0; i < N_OF(bad); i++)
		CHECK(!http_host_is_local(bad[i]), "%s", bad[i]);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(paths),      UNIT_TEST(subjects), UNIT_TEST(the_longest_domain),
	UNIT_TEST(parameters), UNIT_TEST(hosts),    CU_TEST_INFO_NULL,
};
