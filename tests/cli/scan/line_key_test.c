/* SPDX-License-Identifier: BSD-2-Clause */
/* The key of an entry is the key of its line, whatever the entry is, and of no other's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "lines.h"
#include "unit.h"

const char unit_name[] = "cli/scan/line, keys";

static struct fields *
fields(const char *list)
{
	struct fields *f;

	if (!fields_read(list, &f))
		abort();
	return f;
}

static uint64_t
key_of_line(const char *line)
{
	uint64_t key = 0;

	CHECK(line_key_of_line(line, strlen(line), &key), "%s", line);
	return key;
}

/* Of the whole line, of one with few fields, and without its newline. */
static bool
is_its_lines(const struct input_item *item)
{
	static const char *const lists[] = {"ttl", "domain", "source,error,input"};
	uint64_t key = line_key_of_item(item), other = ~key;
	char *line = lines_of(item, NULL);
	bool good = key_of_line(line) == key;

	good &= line_key_of_line(line, strlen(line) - 1, &other) && other == key;
	free(line);
	for (size_t i = 0; i < N_OF(lists); i++) {
		struct fields *f = fields(lists[i]);

		line = lines_of(item, f);
		good &= key_of_line(line) == key;
		free(line);
		fields_free(f);
	}
	return good;
}

static const char *const texts[] = {
	"",
	".",
	"example.org",
	"EXAMPLE.org",
	"example.org.",
	"example.org..",
	"b\xc3\xbc"
	"cher.example",
	"B\xc3\x9c"
	"cher.example",
	"bu\xcc\x88"
	"cher.example", /* decomposed */
	"xn--bcher-kva.example",
	"XN--BCHER-KVA.example",
	"fa\xc3\x9f.example",
	"\xe4\xbe\x8b\xe3\x80\x82\xe4\xbe\x8b", /* an ideographic full stop */
	"\xf0\x9f\x98\x80.example",
	"\xf0\x9d\x96\x81.example", /* maps to another letter */
	"[192.0.2.1]",
	"[IPv6:2001:DB8::1]",
	"[nonsense]",
	"192.0.2.1",
	"a b",
	"a\tb",
	"q\"\\.example",
	"\"",
	"\\",
	"\\\\",
	"\\u0041",
	"\\255",
	"\xff",
	"\xff\xff",
	"\xfe",
	"m\xfcller.example",
	"m\xf6ller.example",
	"M\xfcller.example",
	"\xef\xbf\xbd",
	"\xef\xbf\xbd.example",
	"\xff.example",
	"\xc3",
	"\xed\xa0\x80.example",
	"a\x01.example",
	"a\x7f.example",
	"a\xc2\x9b.example",
	"a\xc2\xad.example",
	"a\xe2\x80\xae.example",
	"single",
	"a..b",
	"-a.example",
	"_a.example",
};

static void
every_kind_of_text(void)
{
	for (size_t i = 0; i < N_OF(texts); i++) {
		struct input_item good = lines_item(texts[i], NULL),
				  bad = lines_item(texts[i], "a zero octet");

		CHECK(is_its_lines(&good), "%s", texts[i]);
		CHECK(is_its_lines(&bad), "%s", texts[i]);
		CHECK(line_key_of_item(&good) != line_key_of_item(&bad), "%s", texts[i]);
	}
}

/* Entries that differ in an octet are two, and what is wrong with one tells it, too. */
static void
different_entries_have_different_keys(void)
{
	static const char *const faults[] = {NULL, "a zero octet",
					     "a row of CSV without the column"};
	enum { N = N_OF(texts) * N_OF(faults) };
	uint64_t keys[N];

	for (size_t i = 0; i < N; i++) {
		struct input_item item =
			lines_item(texts[i / N_OF(faults)], faults[i % N_OF(faults)]);

		keys[i] = line_key_of_item(&item);
		for (size_t j = 0; j < i; j++)
			CHECK(keys[i] != keys[j], "\"%s\" and \"%s\"", texts[i / N_OF(faults)],
			      texts[j / N_OF(faults)]);
	}
}

/* What stands where is not of the entry. */
static void
the_place_does_not_matter(void)
{
	struct input_item a = lines_item("a.example", NULL), b = a;

	b.number = 2, b.file = "other", b.line = 9;
	CHECK(line_key_of_item(&a) == line_key_of_item(&b), "a.example");
	a.fault = b.fault = "a zero octet";
	CHECK(is_its_lines(&a) && is_its_lines(&b), "its lines differ");
	CHECK(line_key_of_item(&a) == line_key_of_item(&b), "a.example");
}

/* ---- Any octets ----------------------------------------------------------------------------- */

/* Pieces of names and of what is none, so that good names are among them. */
static size_t
random_text(struct rng *rng, char *text, size_t most)
{
	static const char *const pieces[] = {"a",
					     "B",
					     "example",
					     ".",
					     "-",
					     "\"",
					     "\\",
					     "\\u",
					     "xn--",
					     " ",
					     "\xc3\xbc",
					     "\xc3\x9c",
					     "\xef\xbf\xbd",
					     "\xe2\x82",
					     "[",
					     "]",
					     "\xf0\x9f\x98\x80",
					     "/",
					     "\x7f",
					     "0"};
	static const char *const goods[] = {"a",	"B",  "xyz", "\xc3\xbc",
					    "\xc3\x9c", "b.", "3.",  "-1"};
	static const char *const endings[] = {".example", ".example", ".Example", ".example."};
	uint64_t wanted = rng_below(rng, 12);
	bool good = rng_below(rng, 4) == 0;
	size_t n = 0;

	while (wanted-- && n + 8 < most) {
		const char *piece = good ? goods[rng_below(rng, N_OF(goods))]
					 : pieces[rng_below(rng, N_OF(pieces))];

		if (good || rng_below(rng, 6))
			n += (size_t)sprintf(text + n, "%s", piece);
		else
			text[n++] = (char)(1 + rng_below(rng, 255));
	}
	if (good)
		n += (size_t)sprintf(text + n, "%s", endings[rng_below(rng, N_OF(endings))]);
	text[n] = '\0';
	return n;
}

static void
any_octets(void)
{
	struct rng rng = rng_from_seed(1);
	size_t same = 0, n_inputs = 0, enough = 0;

	for (unsigned i = 0; i < 20000; i++) {
		char text[256];
		size_t n = random_text(&rng, text, sizeof(text));
		struct input_item item = lines_item(text, rng_below(&rng, 8) ? NULL : "a fault");
		char *line = lines_of(&item, NULL);
		bool has_input = strstr(line, "\"input\":");

		CHECK(is_its_lines(&item), "%zu octets: %s", n, line ? line : "no line");
		n_inputs += has_input;
		same += !has_input;
		enough += !item.fault && !strstr(line, "5.1.2");
		free(line);
	}
	/* All of it was seen. */
	CHECK(n_inputs > 1000 && same > 1000 && enough > 2000, "%zu, %zu, %zu", n_inputs, same,
	      enough);
}

/* The library cuts what is no domain; the line has all of it. */
static void
long_texts(void)
{
	static char text[65537];

	for (size_t n = 200; n <= 65536; n = n < 1100 ? n + 1 : n * 2) {
		struct input_item item = lines_item(text, NULL);

		memset(text, 'a', n);
		text[n] = '\0';
		CHECK(is_its_lines(&item), "%zu", n);
		memset(text, '\xff', n);
		CHECK(is_its_lines(&item), "%zu, no UTF-8", n);
		text[n / 2] = '.';
		CHECK(is_its_lines(&item), "%zu, mixed", n);
	}
}

/* ---- Lines of others ------------------------------------------------------------------------ */

static void
a_line_that_was_written_anew(void)
{
	static const struct {
		const char *line, *domain;
	} cases[] = {
		{"{\"domain\":\"a.example\"}", "a.example"},
		{" { \"x\" : [ { \"domain\" : 1 } ] , \"domain\" : \"a.example\" }\r\n",
		 "a.example"},
		{"{\"domain\":\"\\u0061.ex\\u0061mple\"}", "a.example"},
		{"{\"domain\":\"b\\u00fccher.example\"}", "b\xc3\xbc"
							  "cher.example"},
		{"{\"domain\":\"x\",\"input\":\"\\b\\f\\n\\r\\t\\/\\\\\\\"\"}", "\b\f\n\r\t/\\\""},
		{"{\"input\":\"A\",\"domain\":\"a\"}", "A"},
		{"{\"input\":\"\\ud83d\\uDE00\",\"domain\":\"x\"}", "\xf0\x9f\x98\x80"},
		{"{\"input\":\"\\udbff\\udfff\",\"domain\":\"x\"}", "\xf4\x8f\xbf\xbf"},
		{"{\"input\":\"\",\"domain\":\"x\"}", ""},
		{"{\"domain\":\"a\",\"domain\":\"b\"}", "a"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct input_item item = lines_item(cases[i].domain, NULL);

		CHECK(key_of_line(cases[i].line) == line_key_of_item(&item), "%s", cases[i].line);
	}
}

/* Halves of pairs are read as no character, and not beyond the string. */
static void
broken_pairs(void)
{
	static const char *const inputs[] = {"\\ud800",	   "\\udc00",	     "\\ud800x",
					     "\\ud800\\n", "\\ud800\\u0041", "\\ud800\\ud800",
					     "\\ud800\\\\"};

	for (size_t i = 0; i < N_OF(inputs); i++) {
		char line[128];
		uint64_t key;

		snprintf(line, sizeof(line), "{\"domain\":\"%s\"}", inputs[i]);
		CHECK(line_key_of_line(line, strlen(line), &key), "%s", line);
	}
}

static void
what_is_none_of_a_scans(void)
{
	static const char *const lines[] = {"",
					    "\n",
					    "{}",
					    "[]",
					    "a.example",
					    "{\"domain\":1}",
					    "{\"domain\":null}",
					    "{\"input\":\"a\"}",
					    "{\"domain\":\"a\",\"input\":1}",
					    "{\"domain\":\"a\",\"error\":{}}",
					    "{\"domain\":\"a\"",
					    "{\"domain\":\"a\"}x",
					    "{\"x\":{\"domain\":\"a\"}}",
					    "{\"domain\":\"a\"}{\"domain\":\"a\"}"};

	for (size_t i = 0; i < N_OF(lines); i++) {
		uint64_t key = 42;

		CHECK(!line_key_of_line(lines[i], strlen(lines[i]), &key) && key == 42, "%s",
		      lines[i]);
	}
}

/* A scan may be gone on with by another version. */
static void
keys_never_change(void)
{
	static const struct {
		const char *domain, *fault;
		uint64_t key;
	} cases[] = {
		{"example.org", NULL, UINT64_C(0xdd92ef3c617d04af)},
		{"EXAMPLE.org", NULL, UINT64_C(0xeaa675b4ab12b6ef)},
		{"b\xc3\xbc"
		 "cher.example",
		 NULL, UINT64_C(0xbd787ae9e14ad029)},
		{"m\xfcller.example", NULL, UINT64_C(0x9ad3a9a077e4f045)},
		{"example.org", "a zero octet", UINT64_C(0x4048c3ea64cbc40d)},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct input_item item = lines_item(cases[i].domain, cases[i].fault);

		CHECK(line_key_of_item(&item) == cases[i].key, "case %zu: 0x%016llx", i,
		      (unsigned long long)line_key_of_item(&item));
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(every_kind_of_text),
	UNIT_TEST(different_entries_have_different_keys),
	UNIT_TEST(the_place_does_not_matter),
	UNIT_TEST(any_octets),
	UNIT_TEST(long_texts),
	UNIT_TEST(a_line_that_was_written_anew),
	UNIT_TEST(broken_pairs),
	UNIT_TEST(what_is_none_of_a_scans),
	UNIT_TEST(keys_never_change),
	CU_TEST_INFO_NULL,
};
