/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/dname.h"

#include <string.h>

#include "unit.h"

const char unit_name[] = "base/dname";

static const char *
text_of(const uint8_t *name)
{
	static char buffer[LIMIT_NAME_TEXT];

	return dname_text(name, buffer);
}

static bool
from(const char *text, uint8_t *name)
{
	return dname_from_text(text, strlen(text), name);
}

/* ---- Packets -------------------------------------------------------------------------------- */

/* Reads at an offset; the text of the name, or "malformed". */
static const char *
read_at(const uint8_t *packet, size_t size, size_t at, size_t *ret_end)
{
	struct cursor c = cursor_over(packet, size), skipping;
	uint8_t name[LIMIT_NAME];
	bool skipped;

	memset(name, 0x55, sizeof(name));
	c.at = at;
	skipping = c;
	skipped = dname_skip(&skipping);
	if (dname_read(&c, name)) {
		CHECK(skipped && skipping.at == c.at, "skipped to the same place");
		*ret_end = c.at;
		return text_of(name);
	}
	CHECK(!skipped && skipping.failed, "not skipped either");
	CHECK(c.failed, "the cursor fails with the name");
	CHECK(name[0] == 0x55 && name[LIMIT_NAME - 1] == 0x55, "untouched on failure");
	return "malformed";
}

static void
names_are_read_lowered_and_the_cursor_moves_past_them(void)
{
	static const struct {
		const char *packet;
		size_t size, at, end;
		const char *text;
	} cases[] = {
		{"\0", 1, 0, 1, "."},
		{"\3WwW\7ExAmPlE\0", 13, 0, 13, "www.example"},
		/* "example" at 0, "www" and a pointer at 9 */
		{"\7example\0\3www\300\0zz", 17, 9, 15, "www.example"},
		/* a pointer alone */
		{"\7example\0\300\0", 11, 9, 11, "example"},
		/* into the middle of a name, and through a second pointer */
		{"\1a\1b\0\1c\300\2\1d\300\5", 13, 9, 13, "d.c.b"},
		/* to the root */
		{"\0\1a\300\0", 5, 1, 5, "a"},
		/* octets that are no letters stay as they are */
		{"\3\0.\377\0", 5, 0, 5, "\\000\\046\\255"},
		{"\2[`\0", 4, 0, 4, "\\091\\096"},
		/* in a second word of eight octets as well, and those that are letters but for a bit */
		{"\14AAAAAAA@AZ[`\6az{\301\332Z\0", 21, 0, 21,
		 "aaaaaaa\\064az\\091\\096.az\\123\\193\\218z"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		size_t end = 0;

		CHECK_TEXT(
			read_at((const uint8_t *)cases[i].packet, cases[i].size, cases[i].at, &end),
			cases[i].text, "case %zu", i);
		CHECK(end == cases[i].end, "case %zu: %zu", i, end);
	}
}

static void
pointers_only_lead_back(void)
{
	static const struct {
		const char *packet;
		size_t size, at;
	} cases[] = {
		{"\300\0", 2, 0},		     /* to itself */
		{"\1a\300\0", 4, 0},		     /* to its own first label */
		{"\300\2\300\0", 4, 0},		     /* forward, and back */
		{"\300\2\300\0", 4, 2},		     /* back to a pointer forward */
		{"\300\2\1a\0", 5, 0},		     /* forward to a good name */
		{"\1a\300\4\1b\300\0", 8, 4},	     /* two that point at each other */
		{"\1a\300\1", 4, 0},		     /* into its own label */
		{"\300\377", 2, 0},		     /* out of the packet */
		{"\377\377", 2, 0},		     /* as far as a pointer reaches */
		{"\1a\300\2\300\0", 6, 4},	     /* back, then to itself */
		{"\0\1a\300\3", 5, 1},		     /* to itself behind a label */
		{"\1a\1b\1c\300\2\1d\300\4", 12, 8}, /* back, then forward again */
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		size_t end;

		CHECK_TEXT(
			read_at((const uint8_t *)cases[i].packet, cases[i].size, cases[i].at, &end),
			"malformed", "case %zu", i);
	}
}

static void
other_label_types_are_malformed(void)
{
	for (unsigned first = 64; first < 192; first++) {
		uint8_t packet[256] = {(uint8_t)first};
		size_t end;

		CHECK_TEXT(read_at(packet, sizeof(packet), 0, &end), "malformed", "0x%x", first);
	}
}

/* A name with a pointer at the end: whatever is cut off, it is malformed and nothing is read beyond. */
static void
names_cut_anywhere_are_malformed(void)
{
	static const char packet[] = "\7example\0\3www\4mail\300\0";
	size_t end;

	for (size_t size = 9; size < sizeof(packet) - 1; size++)
		CHECK_TEXT(read_at((const uint8_t *)packet, size, 9, &end), "malformed", "%zu",
			   size);
	CHECK_TEXT(read_at((const uint8_t *)packet, sizeof(packet) - 1, 9, &end),
		   "www.mail.example", "whole");
}

/* The root at 0, then pointers, each to the one before it. */
static void
chains_of_pointers_have_a_limit(void)
{
	uint8_t packet[1 + 2 * (LIMIT_POINTERS + 1)] = {0};
	size_t end;

	for (size_t i = 0; i <= LIMIT_POINTERS; i++) {
		size_t target = i == 0 ? 0 : 2 * i - 1;

		packet[1 + 2 * i] = (uint8_t)(0xc0 | target >> 8);
		packet[2 + 2 * i] = (uint8_t)target;
	}
	CHECK_TEXT(read_at(packet, sizeof(packet), 1 + 2 * (LIMIT_POINTERS - 1), &end), ".",
		   "%d steps", LIMIT_POINTERS);
	CHECK_TEXT(read_at(packet, sizeof(packet), 1 + 2 * LIMIT_POINTERS, &end), "malformed",
		   "%d steps", LIMIT_POINTERS + 1);
}

/* 63 63 63 and one more label: 255 octets when that has 61. */
static void
names_of_packets_have_at_most_255_octets(void)
{
	for (unsigned last = 60; last <= 63; last++) {
		uint8_t packet[300] = {0};
		size_t at = 0, end;
		bool good = last <= 61;
		const char *text;

		for (int i = 0; i < 3; i++) {
			packet[at] = 63;
			memset(packet + at + 1, 'a', 63);
			at += 64;
		}
		packet[at] = (uint8_t)last;
		memset(packet + at + 1, 'b', last);
		text = read_at(packet, sizeof(packet), 0, &end);
		CHECK((strcmp(text, "malformed") != 0) == good, "%u", last);
		if (good)
			CHECK(strlen(text) == 3 * 64 + last, "%u", last);
	}
}

/* The limit also holds for a name that pointers put together. */
static void
pointers_cannot_make_a_name_longer_than_255(void)
{
	uint8_t packet[600] = {0};
	size_t at = 0, end, start;

	for (int i = 0; i < 3; i++) {
		packet[at] = 63;
		memset(packet + at + 1, 'a', 63);
		at += 64;
	}
	packet[at++] = 0;
	start = at;
	packet[at++] = 62;
	memset(packet + at, 'b', 62);
	at += 62;
	packet[at++] = 0xc0;
	packet[at++] = 0;
	CHECK_TEXT(read_at(packet, at, start, &end), "malformed", "256");
	packet[start] = 61;
	packet[start + 62] = 0xc0;
	packet[start + 63] = 0;
	CHECK(strlen(read_at(packet, at, start, &end)) == 253, "255");
}

/* ---- Text ----------------------------------------------------------------------------------- */

static void
text_becomes_labels(void)
{
	static const char *const good[][2] = {
		{".", "."},	      {"a", "a"},
		{"a.", "a"},	      {"A.B.C", "a.b.c"},
		{"a-b._c", "a-b._c"}, {"*.a", "\\042.a"},
		{"a b", "a\\032b"},   {"\\.a", "\\092.a"},
		{"\377", "\\255"},    {"\001.x", "\\001.x"},
	};
	static const char *const bad[] = {"", "..", "...", ".a", "a..", "a..b", ".a.", "a...b"};
	uint8_t name[LIMIT_NAME];

	for (size_t i = 0; i < N_OF(good); i++)
		if (CHECK(from(good[i][0], name), "%s", good[i][0]))
			CHECK_TEXT(text_of(name), good[i][1], "%s", good[i][0]);
	for (size_t i = 0; i < N_OF(bad); i++) {
		memset(name, 0x55, sizeof(name));
		CHECK(!from(bad[i], name) && name[0] == 0x55, "\"%s\"", bad[i]);
	}
}

static void
text_has_the_limits_63_and_253(void)
{
	uint8_t name[LIMIT_NAME];

	for (size_t n = 62; n <= 65; n++) {
		char text[80];

		memset(text, 'a', n);
		CHECK(dname_from_text(text, n, name) == (n <= 63), "label of %zu", n);
	}
	for (size_t n = 252; n <= 256; n++) {
		char text[300];

		memset(text, 'a', sizeof(text));
		for (size_t i = 63; i < n; i += 64)
			text[i] = '.';
		CHECK(dname_from_text(text, n, name) == (n <= 253), "%zu octets", n);
		text[n] = '.';
		CHECK(dname_from_text(text, n + 1, name) == (n <= 253), "%zu and a dot", n);
		if (n == 253) {
			dname_from_text(text, n, name);
			CHECK(dname_length(name) == LIMIT_NAME, "%zu", dname_length(name));
		}
	}
	/* 127 labels are the most that fit */
	{
		char text[300];

		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = i % 2 ? '.' : 'a';
		CHECK(dname_from_text(text, 253, name) && dname_labels(name) == 127, "127 labels");
		CHECK(!dname_from_text(text, 255, name), "128 labels");
	}
}

/* Every octet, printed: one spelling, no blank, dot or control character from inside a label. */
static void
printed_names_hold_only_safe_characters(void)
{
	for (unsigned octet = 0; octet < 256; octet++) {
		uint8_t name[4] = {1, (uint8_t)octet, 0};
		const char *text = text_of(name);
		bool plain = (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') ||
			     (octet >= '0' && octet <= '9') || octet == '-' || octet == '_';

		CHECK(plain ? text[0] == (char)octet && !text[1]
			    : text[0] == '\\' && strlen(text) == 4 &&
				      strspn(text + 1, "0123456789") == 3,
		      "octet %u: %s", octet, text);
	}
}

static void
the_longest_text_fits_its_buffer(void)
{
	uint8_t name[LIMIT_NAME] = {0};
	char buffer[LIMIT_NAME_TEXT + 1];

	for (size_t at = 0; at < 254; at += 2) {
		name[at] = 1;
		name[at + 1] = 0xff;
	}
	buffer[LIMIT_NAME_TEXT] = '#';
	CHECK(strlen(dname_text(name, buffer)) == 127 * 4 + 126, "labels of one octet");
	memset(name, 0xff, sizeof(name));
	name[0] = name[64] = name[128] = 63;
	name[192] = 61;
	name[254] = 0;
	CHECK(strlen(dname_text(name, buffer)) == 4 * (3 * 63 + 61) + 3, "long labels");
	CHECK(buffer[LIMIT_NAME_TEXT] == '#', "beyond");
}

static void
prepending_respects_the_limit(void)
{
	uint8_t name[LIMIT_NAME], result[LIMIT_NAME];
	char text[300];

	from("example.org", name);
	CHECK(dname_prepend("_smtp._tcp", name, result), "fits");
	CHECK_TEXT(text_of(result), "_smtp._tcp.example.org", "prefix");
	CHECK(dname_prepend("_25._tcp", name, name), "in place");
	CHECK_TEXT(text_of(name), "_25._tcp.example.org", "in place");
	CHECK(!dname_prepend("a..b", name, result), "bad prefix");
	name[0] = 0;
	CHECK(dname_prepend("a", name, result), "before the root");
	CHECK_TEXT(text_of(result), "a", "before the root");
	memset(text, 'a', sizeof(text));
	for (size_t n = 240; n <= 246; n++) {
		memset(text, 'a', sizeof(text));
		for (size_t i = 63; i < n; i += 64)
			text[i] = '.';
		dname_from_text(text, n, name);
		memset(result, 0x55, sizeof(result));
		CHECK(dname_prepend("_smtp._tcp", name, result) == (n + 11 <= 253), "%zu", n);
		if (n + 11 > 253)
			CHECK(result[0] == 0x55, "untouched");
	}
}

/* ---- Comparing ------------------------------------------------------------------------------ */

static void
comparing_is_a_total_order(void)
{
	static const char *const names[] = {".",   "a",	  "b",	   "aa",  "a.a",
					    "a.b", "b.a", "a.b.c", "org", "example.org"};
	uint8_t a[LIMIT_NAME], b[LIMIT_NAME], c[LIMIT_NAME];

	for (size_t i = 0; i < N_OF(names); i++) {
		for (size_t j = 0; j < N_OF(names); j++) {
			int there, back;

			from(names[i], a);
			from(names[j], b);
			there = dname_compare(a, b);
			back = dname_compare(b, a);
			CHECK((there == 0) == (i == j) && dname_equal(a, b) == (i == j), "%s %s",
			      names[i], names[j]);
			CHECK((there > 0) == (back < 0), "%s %s", names[i], names[j]);
			for (size_t k = 0; k < N_OF(names); k++) {
				from(names[k], c);
				if (there < 0 && dname_compare(b, c) < 0)
					CHECK(dname_compare(a, c) < 0, "%s %s %s", names[i],
					      names[j], names[k]);
			}
		}
	}
}

static void
in_zone(void)
{
	static const struct {
		const char *name, *zone;
		bool in;
	} cases[] = {
		{".", ".", true},
		{"org", ".", true},
		{".", "org", false},
		{"org", "org", true},
		{"example.org", "org", true},
		{"a.b.example.org", "example.org", true},
		{"example.org", "a.example.org", false},
		{"badexample.org", "example.org", false},
		{"example.com", "org", false},
		{"org.example", "org", false},
	};
	uint8_t name[LIMIT_NAME], zone[LIMIT_NAME];

	for (size_t i = 0; i < N_OF(cases); i++) {
		from(cases[i].name, name);
		from(cases[i].zone, zone);
		CHECK(dname_in_zone(name, zone) == cases[i].in, "%s in %s", cases[i].name,
		      cases[i].zone);
	}
}

static void
labels_and_length(void)
{
	uint8_t name[LIMIT_NAME];

	from("a.bc.def", name);
	CHECK(dname_labels(name) == 3 && dname_length(name) == 10, "a.bc.def");
	CHECK(!dname_is_root(name), "no root");
	from(".", name);
	CHECK(dname_labels(name) == 0 && dname_length(name) == 1 && dname_is_root(name), "root");
}

/* ---- Hosts ---------------------------------------------------------------------------------- */

/* SRV-9, MX-5: what may be a host. */
static void
host_names(void)
{
	static const char *const good[] = {"a",
					   "a.b",
					   "mx-1.example.org",
					   "_smtp._tcp.example.org",
					   "1.example",
					   "7up.com",
					   "a.b2",
					   "a.2b",
					   "xn--bcher-kva.de",
					   "a_b.example",
					   "_a_.example",
					   "1.2.3.4.example",
					   "a--b.c"};
	static const char *const bad[] = {
		".",	       "-a.example",   "a-.example",  "a.-",
		"a b.example", "*.example",    "a.example.1", "127.1",
		"1",	       "1.2.3.4",      "a.999",	      "b\303\274cher.de",
		"a/b.example", "a:25.example", "[1].example", "a\\.example"};
	uint8_t name[LIMIT_NAME];

	for (size_t i = 0; i < N_OF(good); i++) {
		from(good[i], name);
		CHECK(dname_is_host(name), "%s", good[i]);
	}
	for (size_t i = 0; i < N_OF(bad); i++) {
		from(bad[i], name);
		CHECK(!dname_is_host(name), "%s", bad[i]);
	}
	for (unsigned octet = 0; octet < 256; octet++) {
		uint8_t one[] = {3, 'a', (uint8_t)octet, 'a', 1, 'b', 0};
		bool plain = (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') ||
			     (octet >= '0' && octet <= '9') || octet == '-' || octet == '_';

		CHECK(dname_is_host(one) == plain, "octet %u", octet);
	}
}

/* SRV-9, MX-5: text that is an address. */
static void
addresses_in_names(void)
{
	static const char *const yes[] = {
		"192.0.2.1",   "0.0.0.0",	"255.255.255.255",  "[192.0.2.1]",	 "::1",
		"2001:db8::1", "[2001:db8::1]", "::ffff:192.0.2.1", "[::ffff:192.0.2.1]"};
	static const char *const no[] = {
		".",  "192.0.2",    "192.0.2.256", "1.2.3.4.5",		"a",	      "[a]",
		"[]", "[192.0.2.1", "192.0.2.1]",  "192.0.2.1.example", "2001:db8::g"};
	static const uint8_t zero_inside[] = {4, '1', '9', '2', 0, 1, '0', 1, '2', 1, '1', 0};
	uint8_t name[LIMIT_NAME];

	for (size_t i = 0; i < N_OF(yes); i++)
		CHECK(from(yes[i], name) && dname_is_address(name), "%s", yes[i]);
	for (size_t i = 0; i < N_OF(no); i++)
		CHECK(from(no[i], name) && !dname_is_address(name), "%s", no[i]);
	CHECK(!dname_is_address(zero_inside), "a zero octet ends no text");
}

/* A dot inside a label is no separator, wherever a name's text is looked at. */
static void
dots_inside_labels_are_not_separators(void)
{
	static const uint8_t one_label[] = {9, '1', '9', '2', '.', '0', '.', '2', '.', '1', 0};

	CHECK(!dname_is_host(one_label), "no host");
	CHECK_TEXT(text_of(one_label), "192\\0460\\0462\\0461", "printed");
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(names_are_read_lowered_and_the_cursor_moves_past_them),
	UNIT_TEST(pointers_only_lead_back),
	UNIT_TEST(other_label_types_are_malformed),
	UNIT_TEST(names_cut_anywhere_are_malformed),
	UNIT_TEST(chains_of_pointers_have_a_limit),
	UNIT_TEST(names_of_packets_have_at_most_255_octets),
	UNIT_TEST(pointers_cannot_make_a_name_longer_than_255),
	UNIT_TEST(text_becomes_labels),
	UNIT_TEST(text_has_the_limits_63_and_253),
	UNIT_TEST(printed_names_hold_only_safe_characters),
	UNIT_TEST(the_longest_text_fits_its_buffer),
	UNIT_TEST(prepending_respects_the_limit),
	UNIT_TEST(comparing_is_a_total_order),
	UNIT_TEST(in_zone),
	UNIT_TEST(labels_and_length),
	UNIT_TEST(host_names),
	UNIT_TEST(addresses_in_names),
	UNIT_TEST(dots_inside_labels_are_not_separators),
	CU_TEST_INFO_NULL,
};
