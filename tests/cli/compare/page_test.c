/* SPDX-License-Identifier: BSD-2-Clause */
/* Text and numbers of the page, and memory that runs out. What it looks like: tests/e2e/test_compare_page.py */
#include <stdlib.h>
#include <string.h>

#include "cli/compare/html.h"
#include "cli/compare/totals.h"
#include "unit.h"

const char unit_name[] = "cli/compare/page";

/* The linker sends our objects' calls here (--wrap). */
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

static unsigned allocations, fail_at; /* 0: none fails */

void *
__wrap_calloc(size_t n, size_t size)
{
	return ++allocations == fail_at ? NULL : __real_calloc(n, size);
}

/* ---- What is written, as a string ------------------------------------------------------------- */

static char *written;
static size_t n_written;

static FILE *
begin(void)
{
	free(written);
	written = NULL;
	return open_memstream(&written, &n_written);
}

static const char *
end(FILE *out)
{
	fclose(out);
	return written;
}

/* ---- Text ------------------------------------------------------------------------------------- */

#define NONE "\xef\xbf\xbd"

static void
text_is_escaped(void)
{
	static const struct {
		const char *text, *escaped;
	} cases[] = {
		{"", ""},
		{"a.test:25", "a.test:25"},
		{"&<>\"'", "&amp;&lt;&gt;&quot;&#39;"},
		{"a\tb\n\x7f", "a" NONE "b" NONE NONE},
		{"\xc2\x80\xc2\x9f\xc2\xa0", NONE NONE "\xc2\xa0"},
		/* cut short, too long, alone, beyond Unicode, surrogates, no octet of UTF-8 */
		{"\xc3", NONE},
		{"\xe4\xbe", NONE NONE},
		{"\xf0\x9f\x93", NONE NONE NONE},
		{"\xc3(", NONE "("},
		{"\xe4\xbe<", NONE NONE "&lt;"},
		{"\xc0\xaf\xc1\xbf", NONE NONE NONE NONE},
		{"\xe0\x9f\xbf", NONE NONE NONE},
		{"\xf0\x8f\xbf\xbf", NONE NONE NONE NONE},
		{"\x80\x80\xbf", NONE NONE NONE},
		{"\xf4\x90\x80\x80", NONE NONE NONE NONE},
		{"\xed\xa0\x80\xed\xbf\xbf", NONE NONE NONE NONE NONE NONE},
		{"\xf8\x88\x80\x80\x80\xfe\xff", NONE NONE NONE NONE NONE NONE NONE},
		/* the first and the last of each length */
		{"\xc2\xa1\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf",
		 "\xc2\xa1\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf"},
		{"\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbd",
		 "\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbd"},
		/* noncharacters, and what turns text around */
		{"\xef\xbf\xbe\xef\xbf\xbf\xf0\x9f\xbf\xbf\xef\xb7\x90\xef\xb7\xaf",
		 NONE NONE NONE NONE NONE},
		{"\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\xaa\xe2\x80\xae",
		 NONE NONE NONE NONE NONE},
		{"\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\x90", NONE NONE "\xe2\x80\x90"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		FILE *out = begin();

		html_text(out, cases[i].text);
		CHECK_TEXT(end(out), cases[i].escaped, "case %zu", i);
	}
}

static void
text_is_shortened(void)
{
	static const struct {
		const char *text;
		size_t most;
		const char *shortened;
	} cases[] = {
		{"abcdef", 6, "abcdef"},
		{"abcdefg", 6,
		 "abc\xe2\x80\xa6"
		 "fg"},
		{"abcdefg", 5,
		 "ab\xe2\x80\xa6"
		 "fg"},
		{"<<<<<<<", 3, "&lt;\xe2\x80\xa6&lt;"},
		{"\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", 3, "\xc3\xbc\xe2\x80\xa6\xc3\xbc"},
		{"\xff\xff\xff\xff", 4, NONE NONE NONE NONE},
	};
	FILE *out;

	for (size_t i = 0; i < N_OF(cases); i++) {
		out = begin();
		html_text_short(out, cases[i].text, cases[i].most);
		CHECK_TEXT(end(out), cases[i].shortened, "case %zu", i);
	}
	out = begin();
	html_name(out, "a.b.<c>:25");
	CHECK_TEXT(end(out), "a.<wbr>b.<wbr>&lt;c&gt;<wbr>:25", "a name");
}

/* ---- Numbers ---------------------------------------------------------------------------------- */

static void
numbers_keep_their_digits(void)
{
	static const struct {
		uint64_t n;
		bool is_millionths;
		const char *grouped, *digits;
	} cases[] = {
		{0, false, "0", "0"},
		{999, false, "999", "999"},
		{1000, false, "1<i>000</i>", "1000"},
		{1234567, false, "1<i>234</i><i>567</i>", "1234567"},
		{UINT64_MAX, false,
		 "18<i>446</i><i>744</i><i>073</i><i>709</i><i>551</i><i>615</i>",
		 "18446744073709551615"},
		{0, true, "0", "0"},
		{1, true, "&lt;0.1", "&lt;0.1"},
		{49999, true, "&lt;0.1", "&lt;0.1"},
		{50000, true, "0.1", "0.1"},
		{1949999, true, "1.9", "1.9"},
		{1950000, true, "2.0", "2.0"},
		{1234500000, true, "1<i>234</i>.5", "1234.5"},
		{UINT64_MAX, true, "18<i>446</i><i>744</i><i>073</i><i>709</i>.6",
		 "18446744073709.6"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct html_number number = cases[i].is_millionths
						    ? html_millionths_of(cases[i].n, "a.%d.b", 5)
						    : html_number_of(cases[i].n, "a.%d.b", 5);
		char expected[256];
		FILE *out = begin();

		html_number(out, &number);
		snprintf(expected, sizeof(expected),
			 "<data value=\"%llu\" data-key=\"a.5.b\"%s>%s</data>",
			 (unsigned long long)cases[i].n,
			 cases[i].is_millionths ? " data-unit=\"millionths\"" : "",
			 cases[i].grouped);
		CHECK_TEXT(end(out), expected, "case %zu", i);
		out = begin();
		html_digits(out, &number);
		CHECK_TEXT(end(out), cases[i].digits, "case %zu", i);
	}
}

#define PERCENT "\xe2\x80\xaf%"

static void
shares_never_look_like_all_or_nothing(void)
{
	static const struct {
		uint64_t part, whole;
		bool is_millionths;
		const char *text;
	} cases[] = {
		{0, 0, false, "\xe2\x80\x93"},
		{0, 7, false, "0" PERCENT},
		{7, 7, false, "100.0" PERCENT},
		{1, 3, false, "33.3" PERCENT},
		{2, 3, false, "66.7" PERCENT},
		{1, 2000, false, "0.1" PERCENT},
		{1, 2001, false, "&lt;0.1" PERCENT},
		{1999, 2000, false, "&gt;99.9" PERCENT},
		{9994, 10000, false, "99.9" PERCENT},
		{1, UINT64_MAX, false, "&lt;0.1" PERCENT},
		{UINT64_MAX, UINT64_MAX, false, "100.0" PERCENT},
		{UINT64_MAX / 2, UINT64_MAX, false, "50.0" PERCENT},
		{UINT64_MAX - 1, UINT64_MAX, false, "&gt;99.9" PERCENT},
		{1500000, 3, true, "50.0" PERCENT},
		{3000000, 3, true, "100.0" PERCENT},
		{2999999, 3, true, "&gt;99.9" PERCENT},
		{1, 3, true, "&lt;0.1" PERCENT},
		{10000000000000000, 10000000000, true, "100.0" PERCENT},
		{5000000000000000, 10000000000, true, "50.0" PERCENT},
		{1, UINT64_MAX, true, "&lt;0.1" PERCENT},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct html_number whole = html_number_of(cases[i].whole, "w"),
				   part = cases[i].is_millionths
						  ? html_millionths_of(cases[i].part, "p")
						  : html_number_of(cases[i].part, "p");
		FILE *out = begin();

		html_share_text(out, &part, &whole);
		CHECK_TEXT(end(out), cases[i].text, "case %zu", i);
	}
}

/* ---- Memory ----------------------------------------------------------------------------------- */

static void
memory_runs_out(void)
{
	struct totals totals;
	unsigned n = 0;
	bool is_done;

	CHECK(totals_init(&totals), "memory");
	do {
		FILE *out = begin();

		allocations = 0;
		fail_at = ++n;
		is_done = totals_print_page(out, &totals, 5);
		fail_at = 0;
		CHECK(is_done == (allocations < n), "told when it ran out, and only then");
		end(out);
	} while (!is_done && n < 100);
	CHECK(n == N_TALLY_LISTS + 1, "each list is sorted once");
	CHECK(strstr(written, "</html>") != NULL, "all of it");
	totals_done(&totals);
	free(written);
	written = NULL;
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(text_is_escaped),	      UNIT_TEST(text_is_shortened),
	UNIT_TEST(numbers_keep_their_digits), UNIT_TEST(shares_never_look_like_all_or_nothing),
	UNIT_TEST(memory_runs_out),	      CU_TEST_INFO_NULL,
};
