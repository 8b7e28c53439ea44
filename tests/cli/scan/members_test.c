/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

const char unit_name[] = "cli/scan/members";

/* "name=value;name=value" of a line that is good, "name=value;BAD" of one that is not, in memory of exactly
 * its size. */
static const char *
told(const char *line, size_t length)
{
	static char text[8192];
	char *exact = malloc(length ? length : 1);
	enum members_result result;
	struct member m;
	size_t at = 0, n = 0;

	if (!exact)
		abort();
	memcpy(exact, line, length);
	while ((result = members_next(exact, length, &at, &m)) == MEMBERS_NEXT)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%.*s=%.*s;", (int)m.name_length,
				      m.name, (int)m.value_length, m.value);
	snprintf(text + n, sizeof(text) - n, "%s", result == MEMBERS_BAD ? "BAD" : "");
	/* An end is an end, however often it is asked for. */
	CHECK(members_next(exact, length, &at, &m) == result, "%.*s", (int)length, line);
	free(exact);
	return text;
}

static void
members_of_good_lines(void)
{
	static const struct {
		const char *line, *members;
	} cases[] = {
		{"{}", ""},
		{" \t\r\n{ } \n", ""},
		{"{\"a\":1}", "a=1;"},
		{"{\"a\":1}\n", "a=1;"},
		{" { \"a\" : 1 , \"b\" : \"x\" } ", "a=1;b=\"x\";"},
		{"{\"a\":\"}\",\"b\":\"\\\"}\",\"c\":\"\\\\\"}", "a=\"}\";b=\"\\\"}\";c=\"\\\\\";"},
		{"{\"a\":{\"b\":{},\"c\":[]},\"b\":[{\"a\":[1,2]},[],\"]\"]}",
		 "a={\"b\":{},\"c\":[]};b=[{\"a\":[1,2]},[],\"]\"];"},
		{"{\"a\":[ 1 , [ ] , { } , { \"x\" : 2 } ] }",
		 "a=[ 1 , [ ] , { } , { \"x\" : 2 } ];"},
		{"{\"a\":null,\"b\":true,\"c\":false}", "a=null;b=true;c=false;"},
		{"{\"a\":-0,\"b\":0.50,\"c\":-12.5e+3,\"d\":1E-2,\"e\":9e9}",
		 "a=-0;b=0.50;c=-12.5e+3;d=1E-2;e=9e9;"},
		{"{\"\":0}", "=0;"},
		{"{\"a\\u0062\":\"\\ud83d\\ude00\\b\\f\\n\\r\\t\\/\"}",
		 "a\\u0062=\"\\ud83d\\ude00\\b\\f\\n\\r\\t\\/\";"},
		{"{\"a\":1,\"a\":2}", "a=1;a=2;"},
		{"{\"\xc3\xbc\":\"\xff\x7f\"}", "\xc3\xbc=\"\xff\x7f\";"},
	};

	for (size_t i = 0; i < N_OF(cases); i++)
		CHECK_TEXT(told(cases[i].line, strlen(cases[i].line)), cases[i].members, "%s",
			   cases[i].line);
}

/* clang-format off */
static const char *const bad_lines[] = {
	"", " ", "[]", "1", "\"a\"", "null", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,",
	"{,}", "{\"a\":1,}", "{\"a\":1 \"b\":2}", "{\"a\" 1}", "{a:1}", "{'a':1}", "{\"a\":}",
	"{\"a\":1}x", "{\"a\":1}{}", "{}}", "{\"a\":1]", "{\"a\":[1}", "{\"a\":[1,]}",
	"{\"a\":[,1]}", "{\"a\":[1 2]}", "{\"a\":{\"b\"}}", "{\"a\":{\"b\":1,}}", "{\"a\":{1}}",
	"{\"a\":[\"b\":1]}", "{\"a\":01}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":-}",
	"{\"a\":+1}", "{\"a\":1e}", "{\"a\":1e+}", "{\"a\":0x1}", "{\"a\":NaN}", "{\"a\":nul}",
	"{\"a\":nulls}", "{\"a\":True}", "{\"a\":\"}", "{\"a\":\"\\\"}", "{\"a\":\"\\x\"}",
	"{\"a\":\"\\u12g4\"}", "{\"a\":\"\\u123\"}", "{\"a\":\"\t\"}", "{\"a\":\"\n\"}",
	"{\"a\n\":1}", "{\"a\":\"\x1f\"}", "{\"a\":[{]}]}", "\xef\xbb\xbf{}", "{\"a\":1};",
	"{\"a\":--1}", "{\"a\":1-}",
};
/* clang-format on */

static void
what_is_no_object_is_refused(void)
{
	for (size_t i = 0; i < N_OF(bad_lines); i++) {
		struct member m = {.name = "untouched"};
		const char *text = told(bad_lines[i], strlen(bad_lines[i]));
		size_t n = strlen(text);

		CHECK(n >= 3 && strcmp(text + n - 3, "BAD") == 0, "%s: %s", bad_lines[i], text);
		CHECK(!members_find(bad_lines[i], strlen(bad_lines[i]), "a", &m), "%s",
		      bad_lines[i]);
		CHECK_TEXT(m.name, "untouched", "%s", bad_lines[i]);
	}
	CHECK_TEXT(told("{\"a\":\"\0\"}", 9), "BAD", "a zero octet in a string");
	CHECK_TEXT(told("{\"a\":1\0}", 8), "BAD", "a zero octet between");
	CHECK_TEXT(told("{\"a\":\"\\\0\"}", 10), "BAD", "a zero octet behind a backslash");
	CHECK_TEXT(told("{\"a\":\"\\u12\0004\"}", 15), "BAD", "a zero octet in an escape");
}

/* A line that is cut anywhere is none: the last one of a file after a crash. */
static void
a_part_of_a_line_is_refused(void)
{
	static const char line[] =
		"{\"domain\":\"a.example\",\"plan\":[{\"port\":25,\"x\":-1.5e3}],"
		"\"sts\":null,\"q\":\"\\u0022\\\\\",\"t\":true}";
	struct member m;

	for (size_t n = 0; n < sizeof(line) - 1; n++)
		CHECK(!members_find(line, n, "domain", &m), "%zu octets", n);
	CHECK(members_find(line, sizeof(line) - 1, "domain", &m), "all");
}

static void
found_by_name(void)
{
	static const char line[] = "{\"ab\":1,\"a\":{\"b\":2,\"c\":3},\"b\":4,\"b\":5}";
	static const struct {
		const char *name, *value;
	} cases[] = {{"a", "{\"b\":2,\"c\":3}"},
		     {"b", "4"},
		     {"ab", "1"},
		     {"c", ""},
		     {"", ""},
		     {"abc", ""},
		     {"A", ""}};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct member m = {.value = "", .value_length = 0};
		char value[64];
		bool found = members_find(line, sizeof(line) - 1, cases[i].name, &m);

		snprintf(value, sizeof(value), "%.*s", (int)m.value_length, m.value);
		CHECK(found == (*cases[i].value != '\0'), "%s", cases[i].name);
		CHECK_TEXT(value, cases[i].value, "%s", cases[i].name);
	}
}

/* Arrays, objects, and both in turn; the outermost object is not counted. */
static void
depth_is_bounded(void)
{
	static const char *const shapes[][2] = {{"[", "]"}, {"{\"a\":", "}"}, {"[{\"a\":", "}]"}};
	static const unsigned levels[] = {1, 1, 2};

	for (size_t i = 0; i < N_OF(shapes); i++) {
		for (unsigned depth = 62; depth <= 66; depth += levels[i]) {
			char line[2048] = "{\"x\":";

			for (unsigned n = 0; n < depth; n += levels[i])
				strcat(line, shapes[i][0]);
			strcat(line, "1");
			for (unsigned n = 0; n < depth; n += levels[i])
				strcat(line, shapes[i][1]);
			strcat(line, "}");
			CHECK((strcmp(told(line, strlen(line)), "BAD") != 0) == (depth <= 64),
			      "%s, %u deep", shapes[i][0], depth);
		}
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(members_of_good_lines),
	UNIT_TEST(what_is_no_object_is_refused),
	UNIT_TEST(a_part_of_a_line_is_refused),
	UNIT_TEST(found_by_name),
	UNIT_TEST(depth_is_bounded),
	CU_TEST_INFO_NULL,
};
