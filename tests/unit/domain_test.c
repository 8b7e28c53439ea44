/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/domain.h"

#include <string.h>

#include "unit.h"

const char unit_name[] = "policy/domain";

/* Results live until the program ends; zeroes are an empty arena. */
static struct arena arena;

static struct domain
parse(const char *text, bool single_label)
{
	struct domain domain;

	memset(&domain, 0x55, sizeof(domain));
	CHECK(domain_parse(text, single_label, &arena, &domain), "memory");
	return domain;
}

static const char *
kind_name(enum domain_kind kind)
{
	static const char *const names[] = {"name", "literal", "bad name", "bad literal"};

	return names[kind];
}

/* What holds of every result, whatever was asked. */
static void
check_form(const char *text, const struct domain *d)
{
	bool bad = d->kind == DOMAIN_BAD_NAME || d->kind == DOMAIN_BAD_LITERAL;

	CHECK(d->text && d->ascii, "%s", text);
	CHECK((d->fault != NULL) == bad, "%s: %s", text, bad ? "no fault" : d->fault);
	for (const char *c = d->ascii; *c; c++)
		CHECK(*c > 0x20 && *c < 0x7f, "%s: %s", text, d->ascii);
	for (const char *c = d->text; *c; c++)
		CHECK((unsigned char)*c >= 0x20 && *c != 0x7f, "%s: control bytes", text);
	if (bad) {
		CHECK(*d->ascii == '\0', "%s", text);
		for (const char *c = d->text; *c; c++)
			CHECK(*c >= 0x20 && *c < 0x7f, "%s: printable ASCII", text);
	}
	if (d->kind == DOMAIN_NAME) {
		char buffer[LIMIT_NAME_TEXT];

		CHECK_TEXT(dname_text(d->name, buffer), d->ascii, "%s", text);
		CHECK(dname_is_host(d->name), "%s", text);
		CHECK(strlen(d->ascii) <= 253, "%s", text);
	}
}

struct good_case {
	const char *asked, *text, *ascii;
};

static void
check_good(const struct good_case *cases, size_t n, bool single_label, enum domain_kind kind)
{
	for (size_t i = 0; i < n; i++) {
		struct domain d = parse(cases[i].asked, single_label);

		check_form(cases[i].asked, &d);
		if (!CHECK(d.kind == kind, "%s: %s, %s", cases[i].asked, kind_name(d.kind),
			   d.fault ? d.fault : ""))
			continue;
		CHECK_TEXT(d.text, cases[i].text, "%s", cases[i].asked);
		CHECK_TEXT(d.ascii, cases[i].ascii, "%s", cases[i].asked);
	}
}

static void
check_bad(const char *const *cases, size_t n, enum domain_kind kind)
{
	for (size_t i = 0; i < n; i++) {
		struct domain d = parse(cases[i], false);

		check_form(cases[i], &d);
		CHECK(d.kind == kind, "case %zu, \"%s\": %s %s", i, cases[i], kind_name(d.kind),
		      d.ascii);
	}
}

/* ---- IDN-1 ---------------------------------------------------------------------------------- */

static void
idn_1_ascii_names(void)
{
	static const struct good_case cases[] = {
		{"example.org", "example.org", "example.org"},
		{"Example.ORG", "example.org", "example.org"},
		{"example.org.", "example.org", "example.org"},
		{"a-b.1.example", "a-b.1.example", "a-b.1.example"},
		{"_mail.example", "_mail.example", "_mail.example"},
		{"ab--cd.example", "ab--cd.example", "ab--cd.example"}, /* no IDNA for ASCII */
		{"XN--bcher-KVA.example", "xn--bcher-kva.example", "xn--bcher-kva.example"},
	};

	check_good(cases, N_OF(cases), false, DOMAIN_NAME);
}

static void
idn_1_u_labels(void)
{
	static const struct good_case cases[] = {
		{"b\303\274cher.example", "b\303\274cher.example", "xn--bcher-kva.example"},
		/* NFD becomes NFC */
		{"bu\314\210cher.example", "b\303\274cher.example", "xn--bcher-kva.example"},
		{"B\303\234CHER.Example", "b\303\274cher.example", "xn--bcher-kva.example"},
		{"b\303\274cher.example.", "b\303\274cher.example", "xn--bcher-kva.example"},
		/* not transitional: sharp s stays, and so does a joiner where IDNA2008 allows it */
		{"fa\303\237.example", "fa\303\237.example", "xn--fa-hia.example"},
		{"\340\244\225\340\245\215\342\200\215\340\244\267.example",
		 "\340\244\225\340\245\215\342\200\215\340\244\267.example",
		 "xn--11b2ezcw70k.example"},
		{"\344\276\213\343\201\210.example", "\344\276\213\343\201\210.example",
		 "xn--r8jz45g.example"},
		{"xn--bcher-kva.b\303\274", "b\303\274cher.b\303\274", "xn--bcher-kva.xn--b-eha"},
	};

	check_good(cases, N_OF(cases), false, DOMAIN_NAME);
}

static const char *const bad_names[] = {
	"",
	".",
	"..",
	".example",
	"example..org",
	"example.org..",
	"localhost", /* a single label */
	"b\303\274cher",
	" example.org",
	"example.org ",
	"exam ple.org",
	"example.org\n",
	"example.org\r\nMAIL FROM:<>",
	"exa\001mple.org",
	"exa\177mple.org",
	"exa\tmple.org",
	"-example.org",
	"example-.org",
	"example.-",
	"ex*mple.org",
	"user@example.org",
	"example.org:25",
	"example.org/",
	"example.org,",
	"exam\\ple.org",
	"\"example\".org",
	"<example.org>",
	"1.2.3.4",
	"1.2.3.4.",
	"example.123",
	"::1",
	"2001:db8::1",
	/* UTF-8 that is none */
	"\303",
	"\303.example",
	"a\377.example",
	"\300\256.example",	/* an over-long dot */
	"\355\240\200.example", /* a surrogate */
	"\364\220\200\200.example",
	"\342\202.example",
	"b\303\274\001.example",
	"b\303\274/x.example",
	/* not allowed by IDNA2008 */
	"a\342\200\215b.example",   /* a joiner without reason */
	"\342\230\203.example",	    /* a snowman */
	"\360\237\230\200.example", /* a face */
	"\314\210a.example",	    /* a mark in front */
	"-\303\274.example",
	"ab--\303\274.example",
	"\327\220a.example",	 /* Hebrew and Latin */
	"\342\200\256a.example", /* right-to-left override */
	"xn--0.b\303\274",	 /* no punycode */
	"a..b\303\274",
	".b\303\274.example",
	"b\303\274..",
	/* digits of other scripts that become an address */
	"\357\274\221.\357\274\222.\357\274\223.\357\274\224",
};

static void
idn_1_bad_names(void)
{
	check_bad(bad_names, N_OF(bad_names), DOMAIN_BAD_NAME);
}

/* IDN-1: never strip bytes. What IDNA2008 does not allow is refused, not left out: else mail to one
 * spelling goes to the owner of another. */
static void
idn_1_nothing_is_stripped(void)
{
	static const char *const cases[] = {
		"exa\302\255mple.org",	   /* soft hyphen */
		"exa\342\200\213mple.org", /* zero width space */
		"exa\342\201\240mple.org", /* word joiner */
		"exa\357\273\277mple.org", /* byte order mark */
		"\357\273\277example.org",
		"exa\315\217mple.org",	   /* combining grapheme joiner */
		"exa\357\270\217mple.org", /* variation selector */
		"b\303\274\302\255cher.example",
	};

	check_bad(cases, N_OF(cases), DOMAIN_BAD_NAME);
}

static void
put_utf8(char *text, unsigned code)
{
	size_t n = 0;

	if (code < 0x800) {
		text[n++] = (char)(0xc0 | code >> 6);
	} else if (code < 0x10000) {
		text[n++] = (char)(0xe0 | code >> 12);
		text[n++] = (char)(0x80 | (code >> 6 & 0x3f));
	} else {
		text[n++] = (char)(0xf0 | code >> 18);
		text[n++] = (char)(0x80 | (code >> 12 & 0x3f));
		text[n++] = (char)(0x80 | (code >> 6 & 0x3f));
	}
	text[n++] = (char)(0x80 | (code & 0x3f));
	text[n] = '\0';
}

/* IDN-1: every code point there is, between two letters, must not vanish. */
static void
idn_1_no_code_point_is_stripped(void)
{
	for (unsigned code = 0x80; code < 0x110000; code++) {
		struct arena_mark mark = arena_mark(&arena);
		char text[32] = "a", inside[8];
		struct domain d;

		put_utf8(inside, code);
		strcat(strcat(text, inside), "b.example");
		d = parse(text, false);
		if (d.kind == DOMAIN_NAME)
			CHECK(strcmp(d.ascii, "ab.example") != 0, "U+%04X", code);
		arena_rewind(&arena, mark);
	}
}

static void
idn_1_single_labels(void)
{
	static const struct good_case cases[] = {
		{"localhost", "localhost", "localhost"},
		{"LOCALHOST.", "localhost", "localhost"},
		{"b\303\274cher", "b\303\274cher", "xn--bcher-kva"},
		{"example.org", "example.org", "example.org"},
	};
	static const char *const never[] = {"", ".", "-", "123", "a b"};

	check_good(cases, N_OF(cases), true, DOMAIN_NAME);
	for (size_t i = 0; i < N_OF(never); i++)
		CHECK(parse(never[i], true).kind == DOMAIN_BAD_NAME, "%s", never[i]);
}

/* IDN-1: 63 octets a label, 253 a name, in A-labels. */
static void
idn_1_limits(void)
{
	char text[2048];

	for (size_t n = 62; n <= 65; n++) {
		struct domain d;

		memset(text, 'a', n);
		strcpy(text + n, ".example");
		d = parse(text, false);
		check_form(text, &d);
		CHECK((d.kind == DOMAIN_NAME) == (n <= 63), "label of %zu", n);
	}
	for (size_t n = 250; n <= 256; n++) {
		struct domain d;

		memset(text, 'a', n);
		for (size_t i = 60; i < n; i += 61)
			text[i] = '.';
		text[n] = '\0';
		if (text[n - 1] == '.')
			continue;
		d = parse(text, false);
		check_form(text, &d);
		CHECK((d.kind == DOMAIN_NAME) == (n <= 253), "name of %zu", n);
		strcpy(text + n, ".");
		d = parse(text, false);
		CHECK((d.kind == DOMAIN_NAME) == (n <= 253), "name of %zu and a dot", n);
	}
	/* a label that is too long only in its A-label form */
	for (size_t n = 1; n <= 60; n++) {
		struct domain d;

		text[0] = '\0';
		for (size_t i = 0; i < n; i++)
			strcat(text, i % 2 ? "\303\274" : "a");
		strcat(text, ".example");
		d = parse(text, false);
		check_form(text, &d);
		if (d.kind == DOMAIN_NAME)
			CHECK(strcspn(d.ascii, ".") <= 63, "%zu letters", n);
	}
	for (size_t n = LIMIT_DOMAIN_TEXT - 2; n < sizeof(text); n += 7) {
		struct domain d;

		memset(text, n % 2 ? 0xfc : 'a', n);
		text[n] = '\0';
		d = parse(text, false);
		check_form("long", &d);
		CHECK(d.kind == DOMAIN_BAD_NAME, "%zu octets", n);
	}
}

/* Each octet in the middle of a name. */
static void
idn_1_every_octet(void)
{
	for (unsigned octet = 1; octet < 256; octet++) {
		char text[] = "exa?mple.org";
		bool good = (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') ||
			    (octet >= '0' && octet <= '9') || octet == '-' || octet == '_' ||
			    octet == '.';
		struct domain d;

		text[3] = (char)octet;
		d = parse(text, false);
		check_form(text, &d);
		CHECK((d.kind == DOMAIN_NAME) == good, "octet %u: %s", octet, kind_name(d.kind));
	}
}

/* ---- LIT-1 ---------------------------------------------------------------------------------- */

static void
lit_1_literals(void)
{
	static const struct good_case cases[] = {
		{"[192.0.2.1]", "[192.0.2.1]", "[192.0.2.1]"},
		{"[0.0.0.0]", "[0.0.0.0]", "[0.0.0.0]"},
		{"[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"},
		{"[ipv6:2001:DB8:0:0::1]", "[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"},
		{"[IPv6:::1]", "[IPv6:::1]", "[IPv6:::1]"},
		{"[IPv6:::]", "[IPv6:::]", "[IPv6:::]"},
		{"[IPv6:::ffff:192.0.2.1]", "[IPv6:::ffff:192.0.2.1]", "[IPv6:::ffff:192.0.2.1]"},
		{"[IPv6:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
		 "[IPv6:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
		 "[IPv6:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]"},
	};

	check_good(cases, N_OF(cases), false, DOMAIN_LITERAL);
	CHECK(parse("[192.0.2.1]", false).address.family == 4, "family");
	CHECK(parse("[IPv6:::1]", false).address.family == 6, "family");
	CHECK(parse("[IPv6:::1]", false).address.bytes[15] == 1, "octets");
}

static void
lit_1_other_brackets(void)
{
	static const char *const cases[] = {
		"[",
		"[]",
		"[[",
		"[]]",
		"[ ]",
		"[.]",
		"[:]",
		"[::]",
		"[::1]",
		"[2001:db8::1]",
		"[192.0.2.1",
		"[192.0.2]",
		"[192.0.2.256]",
		"[192.0.2.1] ",
		"[ 192.0.2.1]",
		"[192.0.2.1].",
		"[192.0.2.1]:25",
		"[192.0.2.1]x",
		"[[192.0.2.1]]",
		"[192.0.2.1]]",
		"[192.0.2.1\n]",
		"[192.0.2.1\001]",
		"[0x7f.1]",
		"[127.1]",
		"[2130706433]",
		"[IPv6:]",
		"[IPv6:192.0.2.1]",
		"[IPv6: 2001:db8::1]",
		"[IPv6:2001:db8::g]",
		"[IPv6:fe80::1%eth0]",
		"[IPv6:1:2:3:4:5:6:7:8:9]",
		"[IPv6",
		"[IPv6:",
		"[IPv6:::1",
		"[IPv4:192.0.2.1]",
		"[Tag:content]",
		"[example.org]",
		"[b\303\274cher]",
		"[\377]",
		"[IPv6:IPv6:::1]",
		"[1111111111111111111111111111111111111111111111111111111111111111111111111]",
	};

	check_bad(cases, N_OF(cases), DOMAIN_BAD_LITERAL);
}

static void
lit_1_brackets_elsewhere_are_bad_names(void)
{
	static const char *const cases[] = {"192.0.2.1]", "x[192.0.2.1]", "a[.example",
					    "a].example", "(192.0.2.1)",  "{192.0.2.1}"};

	check_bad(cases, N_OF(cases), DOMAIN_BAD_NAME);
}

/* ---- Names out of records ------------------------------------------------------------------- */

/* IDN-1 for MX exchanges: U-labels become A-labels; what is no IDN stays as it is. */
static void
idn_1_names_from_records(void)
{
	static const struct {
		const char *name;
		size_t size;
		const char *text;
	} cases[] = {
		{"\2mx\7example\0", 12, "mx.example"},
		{"\7b\303\274cher\7example\0", 17, "xn--bcher-kva.example"},
		{"\10bu\314\210cher\7example\0", 18, "xn--bcher-kva.example"},
		{"\2ab\2\303\274\0", 7, "ab.xn--tda"},
		/* ASCII is left alone, whatever it is */
		{"\3a b\7example\0", 13, "a\\032b.example"},
		{"\1*\7example\0", 11, "\\042.example"},
		{"\0", 1, "."},
		/* no UTF-8, or nothing that IDNA allows: left alone, and no host name later */
		{"\1\377\7example\0", 11, "\\255.example"},
		{"\3\342\230\203\7example\0", 13, "\\226\\152\\131.example"},
		/* a dot or a zero octet inside a label would become another name */
		{"\3\303\274.\7example\0", 13, "\\195\\188\\046.example"},
		{"\3\303\274\0\7example\0", 13, "\\195\\188\\000.example"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		const uint8_t *name = arena_copy(&arena, cases[i].name, cases[i].size), *result;
		char buffer[LIMIT_NAME_TEXT];

		if (!CHECK(dname_length(name) == cases[i].size, "case %zu: %zu", i,
			   dname_length(name)))
			continue;
		CHECK(domain_to_alabels(name, &arena, &result), "memory");
		CHECK_TEXT(dname_text(result, buffer), cases[i].text, "case %zu", i);
	}
}

/* The longest name of each kind of octet: no buffer is too small. */
static void
idn_1_long_names_from_records(void)
{
	static const uint8_t fill[] = {'a', 0x80, 0xc3, 0xff, '.', 0};

	for (size_t i = 0; i < N_OF(fill); i++) {
		uint8_t name[LIMIT_NAME];
		const uint8_t *result;

		memset(name, fill[i], sizeof(name));
		name[0] = name[64] = name[128] = 63;
		name[192] = 61;
		name[254] = 0;
		CHECK(domain_to_alabels(name, &arena, &result), "memory");
		CHECK(result == name, "0x%02x", fill[i]);
		for (size_t at = 1; at < 254; at++)
			if (at % 64)
				name[at] = at % 64 % 2 ? 0xc3 : 0xbc;
		CHECK(domain_to_alabels(name, &arena, &result), "memory");
		CHECK(dname_length(result) <= LIMIT_NAME, "u-umlauts");
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(idn_1_ascii_names),
	UNIT_TEST(idn_1_u_labels),
	UNIT_TEST(idn_1_bad_names),
	UNIT_TEST(idn_1_nothing_is_stripped),
	UNIT_TEST(idn_1_no_code_point_is_stripped),
	UNIT_TEST(idn_1_single_labels),
	UNIT_TEST(idn_1_limits),
	UNIT_TEST(idn_1_every_octet),
	UNIT_TEST(lit_1_literals),
	UNIT_TEST(lit_1_other_brackets),
	UNIT_TEST(lit_1_brackets_elsewhere_are_bad_names),
	UNIT_TEST(idn_1_names_from_records),
	UNIT_TEST(idn_1_long_names_from_records),
	CU_TEST_INFO_NULL,
};
