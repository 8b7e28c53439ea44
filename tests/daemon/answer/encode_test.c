/* SPDX-License-Identifier: BSD-2-Clause */
/* What is printed, and that nothing else ever is: each octet at each place of a label. */
#include "daemon/encode.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

const char unit_name[] = "daemon/encode";

/* What an encoder holds, until the next call. */
static const char *
written(const struct encoder *e)
{
	static char text[1024];

	snprintf(text, sizeof(text), "%.*s", (int)e->length, e->buffer);
	return text;
}

/* ---- Hosts ---------------------------------------------------------------------------------- */

/* Octets that may stand in a label: at its ends, and inside. Written out, not computed. */
static const char at_ends[] = "0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char inside[] = "-0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

static bool
is_in(unsigned octet, const char *set)
{
	return octet && strchr(set, (int)octet);
}

static void
every_octet_at_every_place_of_a_label(void)
{
	static const char *const places[] = {
		/* * is the octet */
		"*a.example",	 "a*.example", "a*b.example", "x.*a.example", "x.a*.example",
		"x.a*b.example", "x.*a",       "x.a*",	      "x.a*b",
	};

	for (unsigned octet = 1; octet < 256; octet++) {
		for (size_t i = 0; i < N_OF(places); i++) {
			bool is_inside = strstr(places[i], "a*b") != NULL;
			bool good = is_in(octet, is_inside ? inside : at_ends);
			char host[32];

			strcpy(host, places[i]);
			*strchr(host, '*') = (char)octet;
			if (octet == '.') /* parts the label; an end is then empty */
				good = is_inside;
			CHECK(encode_is_host(host) == good, "%s with octet %u", places[i], octet);
		}
		CHECK(encode_is_host((char[]){(char)octet, '\0'}) ==
			      (is_in(octet, at_ends) && !is_in(octet, "0123456789")),
		      "octet %u alone", octet);
	}
}

/* A name of n octets, n >= 3: labels of up to 63 octets. */
static char *
name_of(size_t n)
{
	static char name[512];

	for (size_t i = 0; i < n; i++)
		name[i] = i % 64 == 63 ? '.' : 'a';
	if (n && name[n - 1] == '.')
		name[n - 2] = '.', name[n - 1] = 'a';
	name[n] = '\0';
	return name;
}

static char *
label_of(size_t n, const char *behind)
{
	static char name[512];

	memset(name, 'a', n);
	strcpy(name + n, behind);
	return name;
}

static void
lengths_of_names_and_labels(void)
{
	for (size_t n = 0; n < 300; n++)
		CHECK(encode_is_host(name_of(n)) == (n >= 1 && n <= 253), "a name of %zu", n);
	for (size_t n = 0; n < 100; n++) {
		CHECK(encode_is_host(label_of(n, ".example")) == (n >= 1 && n <= 63),
		      "a first label of %zu", n);
		CHECK(encode_is_host(label_of(n, "")) == (n >= 1 && n <= 63), "a label of %zu", n);
	}
}

static const struct {
	const char *host;
	bool good;
} shapes[] = {
	{"", false},
	{".", false},
	{"a.example", true},
	{"A.Example", true},
	{"a.example.", false},
	{".a.example", false},
	{"a..example", false},
	{"a.example..", false},
	{"xn--bcher-kva.example", true},
	{"_25._tcp.a_b.example", true},
	{"a--b.example", true},
	{"-.example", false},
	{"1.example", true},
	{"example.1", false},
	{"example.25", false},
	{"example.1a", true},
	{"example.a1", true},
	{"192.0.2.1", false},
	{"1", false},
	{"2130706433", false},
	{"0x7f000001", false},
	{"127.0.0.0x1", false},
	{"127.0X", false},
	{"a.0x", false},
	{"a.0xfg", true},
	{"a.x1", true},
	{"a.00x1", true},
	{"127.0.0.01", false},
	{"*.example", false},
	{"*", false},
	{"a b.example", false},
	{"a.example ", false},
	{" a.example", false},
	{"[a.example]", false},
	{"[192.0.2.1]", false},
	{"a.example:25", false},
	{"a,b.example", false},
	{"a;b.example", false},
	{"a/b.example", false},
	{"${run{a}}.example", false},
	{"a.example\n", false},
	{"b\xc3\xbc"
	 "cher.example",
	 false},
	{"2001:db8::1", false},
};

static void
shapes_of_names(void)
{
	for (size_t i = 0; i < N_OF(shapes); i++) {
		char buffer[300];
		struct encoder e = encoder_in(buffer, sizeof(buffer));

		CHECK(encode_is_host(shapes[i].host) == shapes[i].good, "\"%s\"", shapes[i].host);
		CHECK(encode_bracketed(&e, shapes[i].host, 25) == shapes[i].good, "\"%s\"",
		      shapes[i].host);
		CHECK((e.length > 0) == shapes[i].good && !e.is_full, "\"%s\"", shapes[i].host);
		CHECK(encode_plain(&e, shapes[i].host, 25) == shapes[i].good, "\"%s\"",
		      shapes[i].host);
	}
}

static void
ports(void)
{
	static const struct {
		unsigned port;
		const char *bracketed, *plain; /* NULL: refused */
	} table[] = {
		{0, NULL, NULL},
		{1, "[a.example]:1", "a.example:1"},
		{25, "[a.example]:25", "a.example:25"},
		{65535, "[a.example]:65535", "a.example:65535"},
		{65536, NULL, NULL},
		{70000, NULL, NULL},
		{UINT32_MAX, NULL, NULL},
	};

	for (size_t i = 0; i < N_OF(table); i++) {
		char buffer[64];
		struct encoder e = encoder_in(buffer, sizeof(buffer));

		CHECK(encode_bracketed(&e, "a.example", table[i].port) == !!table[i].bracketed,
		      "%u", table[i].port);
		CHECK_TEXT(written(&e), table[i].bracketed ? table[i].bracketed : "", "%u",
			   table[i].port);
		e = encoder_in(buffer, sizeof(buffer));
		CHECK(encode_plain(&e, "a.example", table[i].port) == !!table[i].plain, "%u",
		      table[i].port);
		CHECK_TEXT(written(&e), table[i].plain ? table[i].plain : "", "%u", table[i].port);
	}
}

/* ---- What does not fit ---------------------------------------------------------------------- */

static bool
write_one(struct encoder *e, unsigned what)
{
	switch (what) {
	case 0:
		return encode_bracketed(e, "abc", 25);
	case 1:
		return encode_plain(e, "abcde", 25);
	case 2:
		return encode_word(e, "abcdefgh");
	case 3:
		return encode_status(e, '4', "4.444.44");
	default:
		return encode_reason(e, "abcd fgh");
	}
}

/* Each is 8 octets, in a buffer of its size alone, so that one octet more is seen. */
static void
what_does_not_fit_is_not_begun(void)
{
	for (unsigned what = 0; what < 5; what++) {
		for (size_t size = 0; size <= 10; size++) {
			char *buffer = malloc(size + (size == 0));
			struct encoder e = encoder_in(buffer, size);
			bool fits = size >= 8;

			CHECK(write_one(&e, what) == fits, "%u in %zu", what, size);
			CHECK(e.length == (fits ? 8 : 0) && e.is_full == !fits, "%u in %zu", what,
			      size);
			/* once full, nothing shorter slips in behind what is missing */
			CHECK(encode_word(&e, "ab") == (size >= 10), "%u in %zu", what, size);
			free(buffer);
		}
	}
}

/* ---- Status and reason ---------------------------------------------------------------------- */

static void
statuses(void)
{
	static const struct {
		char class;
		const char *status, *expected;
	} table[] = {
		{'5', "5.1.10", "5.1.10"},  {'4', "4.4.3", "4.4.3"},
		{'4', "4.0.0", "4.0.0"},    {'5', "5.999.999", "5.999.999"},
		{'4', "5.1.10", "4.0.0"},   {'5', "4.4.3", "5.0.0"},
		{'5', "2.0.0", "5.0.0"},    {'4', "", "4.0.0"},
		{'4', "4", "4.0.0"},	    {'4', "4.", "4.0.0"},
		{'4', "4.4", "4.0.0"},	    {'4', "4.4.", "4.0.0"},
		{'4', "4..3", "4.0.0"},	    {'4', "4.4.3.", "4.0.0"},
		{'4', "4.4.3 ", "4.0.0"},   {'4', "4.4.3\n", "4.0.0"},
		{'4', " 4.4.3", "4.0.0"},   {'4', "4.1234.3", "4.0.0"},
		{'4', "4.4.1234", "4.0.0"}, {'4', "4.04.3", "4.0.0"},
		{'4', "4.4.00", "4.0.0"},   {'4', "4.4.a", "4.0.0"},
		{'4', "44.4.3", "4.0.0"},   {'4', "4,4.3", "4.0.0"},
		{'4', "4.-4.3", "4.0.0"},
	};

	for (size_t i = 0; i < N_OF(table); i++) {
		char buffer[32];
		struct encoder e = encoder_in(buffer, sizeof(buffer));

		CHECK(encode_status(&e, table[i].class, table[i].status), "\"%s\"",
		      table[i].status);
		CHECK_TEXT(written(&e), table[i].expected, "%c \"%s\"", table[i].class,
			   table[i].status);
	}
}

static void
reasons(void)
{
	static const struct {
		const char *reason, *expected;
	} table[] = {
		{"no such domain (SRV-13)", "no such domain (SRV-13)"},
		{"", "no reason is known"},
		{"  \t\n ", "no reason is known"},
		{"${}\\\"", "no reason is known"},
		{" a  b ", "a b"},
		{"a\r\n250 b", "a 250 b"},
		{"a \"$b\" {c}\\n", "a b c n"},
		{"${run{/bin/sh}}", "run /bin/sh"},
		{"b\xc3\xbc"
		 "cher",
		 "b cher"},
		{"a\x7f\x80\xff"
		 "b",
		 "a b"},
		{"9:OK a,b;c:d'e`f%g", "9:OK a,b;c:d'e`f%g"},
	};

	for (size_t i = 0; i < N_OF(table); i++) {
		char buffer[300];
		struct encoder e = encoder_in(buffer, sizeof(buffer));

		CHECK(encode_reason(&e, table[i].reason), "\"%s\"", table[i].reason);
		CHECK_TEXT(written(&e), table[i].expected, "\"%s\"", table[i].reason);
	}
}

static void
every_octet_in_a_reason(void)
{
	for (unsigned octet = 1; octet < 256; octet++) {
		char reason[] = {'a', (char)octet, 'b', '\0'}, expected[] = "a b";
		char buffer[16];
		struct encoder e = encoder_in(buffer, sizeof(buffer));

		if (octet >= 0x20 && octet <= 0x7e && !is_in(octet, "\"\\${}"))
			expected[1] = (char)octet;
		CHECK(encode_reason(&e, reason), "octet %u", octet);
		CHECK_TEXT(written(&e), expected, "octet %u", octet);
	}
}

static void
long_reasons_are_cut(void)
{
	for (size_t n = 190; n < 420; n++) {
		char reason[512], buffer[512];
		struct encoder e = encoder_in(buffer, sizeof(buffer));

		for (size_t i = 0; i < n; i++)
			reason[i] = i % 2 ? ' ' : 'a';
		reason[n] = '\0';
		CHECK(encode_reason(&e, reason), "%zu", n);
		/* every other is a blank, and none stands at the end */
		CHECK(e.length == (n < 199 ? n - (n % 2 == 0) : 199), "%zu: %zu", n, e.length);
		memset(reason, 'a', n);
		e = encoder_in(buffer, sizeof(buffer));
		CHECK(encode_reason(&e, reason), "%zu", n);
		CHECK(e.length == (n < 200 ? n : 200), "%zu: %zu", n, e.length);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(every_octet_at_every_place_of_a_label),
	UNIT_TEST(lengths_of_names_and_labels),
	UNIT_TEST(shapes_of_names),
	UNIT_TEST(ports),
	UNIT_TEST(what_does_not_fit_is_not_begun),
	UNIT_TEST(statuses),
	UNIT_TEST(reasons),
	UNIT_TEST(every_octet_in_a_reason),
	UNIT_TEST(long_reasons_are_cut),
	CU_TEST_INFO_NULL,
};
