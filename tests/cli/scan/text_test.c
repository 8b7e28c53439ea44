/* SPDX-License-Identifier: BSD-2-Clause */
/* cli/scan/utf8 and cli/scan/buffer. */
#include "cli/scan/buffer.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/scan/utf8.h"
#include "unit.h"

const char unit_name[] = "cli/scan/utf8, cli/scan/buffer";

/* RFC 3629 section 4, the borders of every line of its grammar. */
static void
utf8_characters(void)
{
	static const struct {
		const char *octets;
		uint32_t code; /* 0: none */
		size_t length;
	} cases[] = {
		{"a", 'a', 1},
		{"\x7f", 0x7f, 1},
		{"\x80", 0, 1},
		{"\xbf", 0, 1},
		{"\xc0\x80", 0, 1},
		{"\xc1\xbf", 0, 1},
		{"\xc2\x80", 0x80, 2},
		{"\xdf\xbf", 0x7ff, 2},
		{"\xdf", 0, 1},
		{"\xdf\xc0", 0, 1},
		{"\xe0\x9f\xbf", 0, 1},
		{"\xe0\xa0\x80", 0x800, 3},
		{"\xed\x9f\xbf", 0xd7ff, 3},
		{"\xed\xa0\x80", 0, 1},
		{"\xed\xbf\xbf", 0, 1},
		{"\xee\x80\x80", 0xe000, 3},
		{"\xef\xbf\xbd", 0xfffd, 3},
		{"\xef\xbf\xbf", 0xffff, 3},
		{"\xef\xbf", 0, 1},
		{"\xf0\x8f\xbf\xbf", 0, 1},
		{"\xf0\x90\x80\x80", 0x10000, 4},
		{"\xf4\x8f\xbf\xbf", 0x10ffff, 4},
		{"\xf4\x90\x80\x80", 0, 1},
		{"\xf4\x8f\xbf", 0, 1},
		{"\xf5\x80\x80\x80", 0, 1},
		{"\xff", 0, 1},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		size_t n = strlen(cases[i].octets), length = 0;
		char octets[UTF8_MOST];
		uint32_t code = 0;
		bool good = utf8_read(cases[i].octets, n, &code, &length);

		CHECK(good == (cases[i].code != 0), "case %zu", i);
		CHECK(code == (good ? cases[i].code : 0xfffd), "case %zu: %x", i, code);
		CHECK(length == cases[i].length, "case %zu: %zu", i, length);
		if (good)
			CHECK(utf8_write(code, octets) == n &&
				      memcmp(octets, cases[i].octets, n) == 0,
			      "case %zu", i);
	}
}

static void
utf8_cuts(void)
{
	static const struct {
		const char *text;
		size_t most, length;
	} cases[] = {
		{"abc", 4, 3},
		{"abc", 3, 3},
		{"abc", 2, 2},
		{"abc", 0, 0},
		{"a\xc3\xbc", 2, 1},
		{"a\xc3\xbc", 3, 3},
		{"a\xc3\xbcz", 3, 3},
		{"\xc3\xbc", 1, 0},
		{"a\xe2\x82\xac", 3, 1},
		{"a\xe2\x82\xac", 2, 1},
		{"\xf0\x9f\x98\x80z", 3, 0},
		{"\xf0\x9f\x98\x80z", 1, 0},
		{"\xf0\x9f\x98\x80z", 4, 4},
		/* No characters at all: there is nothing to spare. */
		{"a\xff\xff\xff", 2, 2},
		{"\x80\x80\x80\x80\x80\x80", 4, 4},
		{"a\xe2\x82z", 2, 2},
		{"\xc3\xc3\xc3", 2, 2},
		{"\xc3\xbc\xbc\xbc", 2, 2},
	};

	for (size_t i = 0; i < N_OF(cases); i++)
		CHECK(utf8_cut(cases[i].text, strlen(cases[i].text), cases[i].most) ==
			      cases[i].length,
		      "case %zu", i);
}

static void
quoted(void)
{
	static const struct {
		const char *text, *json;
	} cases[] = {
		{"", "\"\""},
		{"a.example", "\"a.example\""},
		{"a\"\\/", "\"a\\\"\\\\/\""},
		{"\x01\t\n\x1f\x7f", "\"\\u0001\\u0009\\u000a\\u001f\\u007f\""},
		{"B\xc3\x9c", "\"B\\u00dc\""},
		{"\xc2\x9b", "\"\\u009b\""},
		{"\xf0\x9f\x98\x80", "\"\\ud83d\\ude00\""},
		{"\xf4\x8f\xbf\xbf", "\"\\udbff\\udfff\""},
		{"\xff"
		 "a\xc3",
		 "\"\\ufffda\\ufffd\""},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct buffer b = {.text = NULL};
		size_t length = 0;
		char *text;

		buffer_quote(&b, cases[i].text, strlen(cases[i].text));
		text = buffer_give(&b, &length);
		CHECK_TEXT(text, cases[i].json, "case %zu", i);
		CHECK(length == strlen(cases[i].json), "case %zu", i);
		free(text);
	}
}

/* As the library's text_escaped() does. */
static void
printable(void)
{
	char every[255], expected[1024];
	struct text text = text_into(expected, sizeof(expected));
	struct buffer b = {.text = NULL};
	size_t length = 0;
	char *got;

	for (unsigned c = 1; c < 256; c++)
		every[c - 1] = (char)c;
	text_escaped(&text, every, sizeof(every));
	buffer_printable(&b, every, sizeof(every));
	got = buffer_give(&b, &length);
	CHECK_TEXT(got, expected, "every octet");
	free(got);
}

static void
a_text_grows(void)
{
	struct buffer b = {.text = NULL};
	size_t length = 0;
	bool same = true;
	char *text;

	for (unsigned i = 0; i < 100000; i++)
		buffer_octets(&b, &"0123456789"[i % 10], 1);
	buffer_octets(&b, NULL, 0);
	text = buffer_give(&b, &length);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CHECK(length == 100000 && strlen(text) == length, "%zu", length);
	for (unsigned i = 0; i < 100000; i++)
		same &= text[i] == (char)('0' + i % 10);
	CHECK(same, "contents");
	CHECK(!b.text && !b.length, "it is empty");
	free(text);
	CHECK(!buffer_give(&b, &length) && length == 100000, "nothing was added");
	buffer_done(&b);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(utf8_characters), UNIT_TEST(utf8_cuts),    UNIT_TEST(quoted),
	UNIT_TEST(printable),	    UNIT_TEST(a_text_grows), CU_TEST_INFO_NULL,
};
