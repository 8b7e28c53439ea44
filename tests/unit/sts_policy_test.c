/* SPDX-License-Identifier: BSD-2-Clause */
/* RULES STS-3: the text of a policy, by the grammar of RFC 8461 section 3.2 and where it is
 * forgiving. */
#include "policy/sts.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

const char unit_name[] = "policy/sts_policy";

/* ---- What is said of a text ------------------------------------------------------------------ */

/* "enforce 86400 a.example *.b.example | 2 remark | 3 remark", or "line 3: fault". */
static void
print_result(struct text *out, const uint8_t *text, size_t length)
{
	struct arena arena;
	struct sts_policy policy;
	struct sts_fault fault = {0};
	enum sts_result result;

	arena_init(&arena);
	result = sts_policy_read(text, length, &arena, &policy, &fault);
	CHECK(result != STS_NOMEM && !arena.failed, "memory");
	if (result == STS_INVALID) {
		text_printf(out, "line %u: %s", fault.line, fault.text);
	} else {
		text_printf(out, "%s %u", nmx_sts_mode_name(policy.mode), policy.max_age);
		for (size_t i = 0; i < policy.n_patterns; i++) {
			text_char(out, ' ');
			sts_pattern_print(out, &policy.patterns[i]);
		}
		for (size_t i = 0; i < policy.n_remarks; i++)
			text_printf(out, " | %u %s", policy.remarks[i].line,
				    policy.remarks[i].text);
	}
	arena_done(&arena);
}

static const char *
said_of(const char *text, size_t length)
{
	static char buffer[65536];
	struct text out = text_into(buffer, sizeof(buffer));

	print_result(&out, (const uint8_t *)text, length);
	return buffer;
}

struct policy_case {
	const char *text;
	size_t length;
	const char *said;
};

#define OTHERS "; others may refuse the policy"
/* clang-format off */
#define P(text, said) {text, sizeof(text) - 1, said}
/* clang-format on */

static void
check_all(const struct policy_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		CHECK_TEXT(said_of(cases[i].text, cases[i].length), cases[i].said, "case %zu: %s",
			   i, cases[i].text);
}

/* ---- Fields --------------------------------------------------------------------------------- */

#define V "version: STSv1\n"
#define E "mode: enforce\n"
#define A "max_age: 86400\n"
#define M "mx: a.example\n"
#define GOOD "enforce 86400 a.example"

/* STS-3: the fields may stand in any order (the grammar has none); each but mx once; mx unless
 * none. */
static void
sts_3_required_fields(void)
{
	static const struct policy_case cases[] = {
		P(V E A M, GOOD),
		P(M A E V, GOOD),
		P(A M V E, GOOD),
		P("", "line 0: version is missing"),
		P(E A M, "line 0: version is missing"),
		P(V A M, "line 0: mode is missing"),
		P(V E M, "line 0: max_age is missing"),
		P(V E A, "line 0: mx is missing"),
		P(V A "mode: testing\n", "line 0: mx is missing"),
		P(V A "mode: none\n", "none 86400"),
		P(V A M "mode: none\n", "none 86400 a.example"),
		P(V A M "mode: testing\n", "testing 86400 a.example"),
		P("version: STSv1", "line 0: mode is missing"),
	};

	check_all(cases, N_OF(cases));
}

/* STS-3: keys and values to the letter, case and all. */
static void
sts_3_values_to_the_letter(void)
{
#define VERSION_FAULT "line 1: the version is not STSv1"
#define MODE_FAULT "line 2: the mode is not enforce, testing or none"
	static const struct policy_case cases[] = {
		P("version: stsv1\n" E A M, VERSION_FAULT),
		P("version: STSv2\n" E A M, VERSION_FAULT),
		P("version: STSv1.0\n" E A M, VERSION_FAULT),
		P("version:\n" E A M, VERSION_FAULT),
		P("version: STSv1; id=1\n" E A M, VERSION_FAULT),
		P("version: STSv1:\n" E A M, VERSION_FAULT),
		P("Version: STSv1\n" E A M, "line 0: version is missing"),
		P(V "mode: Enforce\n" A M, MODE_FAULT),
		P(V "mode: report\n" A M, MODE_FAULT),
		P(V "mode: absent\n" A M, MODE_FAULT),
		P(V "mode: enforced\n" A M, MODE_FAULT),
		P(V "mode:\n" A M, MODE_FAULT),
		P(V "mode: enforce # yes\n" A M, MODE_FAULT),
		P(V "mode: \"enforce\"\n" A M, MODE_FAULT),
		P(V "MODE: enforce\n" A M, "line 0: mode is missing"),
		P(V E "max-age: 86400\n" M, "line 0: max_age is missing"),
		P(V E A "MX: a.example\n", "line 0: mx is missing"),
	};

	check_all(cases, N_OF(cases));
}

/* STS-3: 0..31557600; more counts as that, for a policy may always be kept for less than it
 * says. */
static void
sts_3_max_age(void)
{
#define AGE_FAULT "line 3: max_age is not 1 to 10 digits"
#define AGE(value, said) P(V E "max_age: " value "\n" M, said)
#define OVER "line 3: max_age is over 31557600"
#define SHORT " | 3 max_age is shorter than a day; RFC 8461 expects weeks"
	static const struct policy_case cases[] = {
		AGE("86400", GOOD),
		AGE("0000086400", GOOD),
		AGE("31557600", "enforce 31557600 a.example"),
		AGE("31557601", OVER),
		AGE("4294967296", OVER),
		AGE("9999999999", OVER),
		AGE("86399", "enforce 86399 a.example" SHORT),
		AGE("0", "enforce 0 a.example" SHORT),
		AGE("", AGE_FAULT),
		AGE("00000086400", AGE_FAULT),
		AGE("99999999999", AGE_FAULT),
		AGE("-1", AGE_FAULT),
		AGE("+1", AGE_FAULT),
		AGE("1.0", AGE_FAULT),
		AGE("0x10", AGE_FAULT),
		AGE("1 000", AGE_FAULT),
		AGE("7d", AGE_FAULT),
		AGE("1/", AGE_FAULT),
		P(V "mode: none\nmax_age: 0\n", "none 0"),
	};

	check_all(cases, N_OF(cases));
}

/* STS-3, RFC 8461 section 3.2: of all but mx the first counts, good or bad. */
static void
sts_3_the_first_of_duplicates(void)
{
	static const struct policy_case cases[] = {
		P(V E A M "mode: none\n", GOOD " | 5 mode is ignored: that of line 2 counts"),
		P(V E A M "mode: nonsense\n", GOOD " | 5 mode is ignored: that of line 2 counts"),
		P(V E A M A, GOOD " | 5 max_age is ignored: that of line 3 counts"),
		P(V E A M "version: STSv2\n",
		  GOOD " | 5 version is ignored: that of line 1 counts"),
		P(V "mode: x\n" E A M, "line 2: the mode is not enforce, testing or none"),
		P("version: STSv2\n" V E A M, "line 1: the version is not STSv1"),
		P(V E A M "mx: *.b.example\nmx: a.example\n",
		  "enforce 86400 a.example *.b.example a.example"),
	};

	check_all(cases, N_OF(cases));
}

/* STS-3, IDN-1: an mx that is no name names no host; the others bind. None left: as without mx. */
static void
sts_3_mx(void)
{
#define NAMES_NO_HOST "\" names no host: "
#define STAR "\"*\" stands for the left-most label and no other"
	static const struct policy_case cases[] = {
		P(V E A "mx: *.A.Example\n", "enforce 86400 *.a.example"),
		P(V E A M "mx: *\n", GOOD " | 5 mx \"*" NAMES_NO_HOST STAR),
		P(V E A "mx: a.*.b\n" M, GOOD " | 4 mx \"a.*.b" NAMES_NO_HOST STAR),
		P(V E A M "mx:\n", GOOD " | 5 mx \"" NAMES_NO_HOST "empty"),
		P(V E A M "mx: 192.0.2.1\n",
		  GOOD " | 5 mx \"192.0.2.1" NAMES_NO_HOST "an address is no name"),
		P(V E A "mx: b.example, c.example\n" M,
		  GOOD " | 4 mx \"b.example, c.example" NAMES_NO_HOST
		       "only letters, digits, hyphens inside and underscores make a label, and the "
		       "last one is no number"),
		P(V E A "mx: *\nmx:\n", "line 4: no mx names a host"),
		P(V "mode: none\n" A "mx: *\n", "none 86400 | 4 mx \"*" NAMES_NO_HOST STAR),
		P(V E A "mx: a.example.\n", GOOD " | 4 mx \"a.example.\" ends in a dot" OTHERS),
		P(V E A "mx: *.b\xc3\xbc"
			"cher.example\n",
		  "enforce 86400 *.xn--bcher-kva.example | 4 mx \"*.b\\195\\188cher.example\" is "
		  "not in A-labels" OTHERS),
		P(V E A "mx: *.com\n",
		  "enforce 86400 *.com | 4 mx \"*.com\" is a whole top-level domain"),
		P(V E A "mx: mail\n", "enforce 86400 mail | 4 mx \"mail\" is a single label"),
	};

	check_all(cases, N_OF(cases));
}

/* STS-3: keys that RFC 8461 does not have are ignored, and what is none, too. */
static void
sts_3_other_keys(void)
{
#define UNKNOWN "\" is ignored: no key of RFC 8461"
#define NO_KEY "\" is ignored: not KEY: VALUE as RFC 8461 has it" OTHERS
#define LINE(text, remark) P(text "\n" V E A M, GOOD " | 1 " remark)
	static const struct policy_case cases[] = {
		LINE("x: y", "\"x" UNKNOWN),
		LINE("x-y_z.1: a : b\xc3\xbc", "\"x-y_z.1" UNKNOWN),
		LINE("MX: b.example", "\"MX" UNKNOWN),
		LINE("x:", "\"x" NO_KEY),
		LINE(": x", "\"" NO_KEY),
		LINE("a b: c", "\"a b" NO_KEY),
		LINE("-a: b", "\"-a" NO_KEY),
		LINE("b\xc3\xbc: c", "\"b\\195\\188" NO_KEY),
		LINE("a23456789a123456789a123456789b12: c",
		     "\"a23456789a123456789a123456789b12" UNKNOWN),
		LINE("a23456789a123456789a123456789b123: c",
		     "\"a23456789a123456789a123456789b123" NO_KEY),
		LINE("mode enforce", "the line is ignored: not KEY: VALUE" OTHERS),
		LINE("# a comment", "the line is ignored: not KEY: VALUE" OTHERS),
		P("<html><title>no: such</title>\n<p>page", "line 0: version is missing"),
	};

	check_all(cases, N_OF(cases));
}

/* ---- Lines and octets ------------------------------------------------------------------------ */

/* STS-3: LF or CRLF, mixed if need be; the last line may lack it. A CR elsewhere is a control. */
static void
sts_3_line_ends(void)
{
	static const struct policy_case cases[] = {
		P("version: STSv1\r\nmode: enforce\r\nmax_age: 86400\r\nmx: a.example\r\n", GOOD),
		P("version: STSv1\r\nmode: enforce\nmax_age: 86400\r\nmx: a.example", GOOD),
		P(V E A "mx: a.example \t", GOOD),
		P(V E A M "\n", GOOD " | 5 an empty line" OTHERS),
		P(V "\r\n \t\n" E A M,
		  GOOD " | 2 an empty line" OTHERS " | 3 an empty line" OTHERS),
		P(V E A "mx: a.example\r", "line 4: a control character"),
		P(V E A "mx: a.example\r\r\n", "line 4: a control character"),
		P("version: STSv1\rmode: enforce\rmax_age: 86400\rmx: a.example\r",
		  "line 1: a control character"),
		P(V "mode: en\rforce\n" A M, "line 2: a control character"),
	};

	check_all(cases, N_OF(cases));
}

/* STS-3: WSP behind the colon and at the end by the grammar; at the beginning and before the
 * colon it is forgiven; a tab elsewhere is a control character. */
static void
sts_3_blanks(void)
{
#define BLANKS(n) " | " #n " blanks before a key or its colon" OTHERS
	static const struct policy_case cases[] = {
		P("version:STSv1\nmode: \t enforce \t\nmax_age:\t86400\t\n" M, GOOD),
		P(V "mode : enforce\n" A M, GOOD BLANKS(2)),
		P(V "mode\t:enforce\n" A M, GOOD BLANKS(2)),
		P(V " mode: enforce\n" A M, GOOD BLANKS(2)),
		P(V "\tmode: enforce\n" A M, GOOD BLANKS(2)),
		P(V "mo de: enforce\n" A M, "line 0: mode is missing"),
		P(V "mode: en force\n" A M, "line 2: the mode is not enforce, testing or none"),
		P(V "x: a\tb\n" E A M, "line 2: a control character"),
		P(V "x\ty: a\n" E A M, "line 2: a control character"),
		P(V "a\tb\n" E A M, "line 2: a control character"),
		P(V E A "mx: a.\texample\n", "line 4: a control character"),
	};

	check_all(cases, N_OF(cases));
}

/* STS-3: UTF-8 without control characters, wherever it stands (RFC 3629 section 4). */
static void
sts_3_characters(void)
{
#define TEXT(octets, said) P(V E A M "x: a" octets "b\n", said)
#define X_IGNORED GOOD " | 5 \"x" UNKNOWN
#define NOT_UTF8 "line 5: not UTF-8"
#define CONTROL "line 5: a control character"
	static const struct policy_case cases[] = {
		TEXT("\xc2\x80", X_IGNORED), /* C1: no CTL of the grammar */
		TEXT("\xdf\xbf", X_IGNORED),
		TEXT("\xe0\xa0\x80", X_IGNORED),
		TEXT("\xed\x9f\xbf", X_IGNORED),
		TEXT("\xee\x80\x80", X_IGNORED),
		TEXT("\xef\xbb\xbf", X_IGNORED),
		TEXT("\xf0\x90\x80\x80", X_IGNORED),
		TEXT("\xf4\x8f\xbf\xbf", X_IGNORED),
		TEXT("\xf4\x90\x80\x80", NOT_UTF8),
		TEXT("\xf5\x80\x80\x80", NOT_UTF8),
		TEXT("\xf8\x88\x80\x80\x80", NOT_UTF8),
		TEXT("\xff", NOT_UTF8),
		TEXT("\x80", NOT_UTF8),
		TEXT("\xbf", NOT_UTF8),
		TEXT("\xc0\x80", NOT_UTF8),
		TEXT("\xc1\xbf", NOT_UTF8),
		TEXT("\xe0\x9f\xbf", NOT_UTF8),
		TEXT("\xf0\x8f\xbf\xbf", NOT_UTF8),
		TEXT("\xed\xa0\x80", NOT_UTF8),
		TEXT("\xed\xbf\xbf", NOT_UTF8),
		TEXT("\xe2\x82", NOT_UTF8),
		TEXT("\xc3\xc3", NOT_UTF8),
		P(V E A M "x: a\xc3", NOT_UTF8),
		P(V E A M "x: a\xe2\x82\n", NOT_UTF8),
		TEXT("\0", CONTROL),
		TEXT("\x01", CONTROL),
		TEXT("\x1b[2J", CONTROL),
		TEXT("\x1f", CONTROL),
		TEXT("\x7f", CONTROL),
		TEXT("\x0b", CONTROL),
		P("\xef\xbb\xbf" V E A M, GOOD " | 1 a byte order mark" OTHERS),
		P("\xef\xbb\xbf", "line 0: version is missing"),
		P("\xef\xbb", "line 1: not UTF-8"),
		P("\xef\xbb\xbf\xef\xbb\xbf" V E A M, "line 0: version is missing"),
		P(V E A M "\xef\xbb\xbf" V, GOOD " | 5 \"\\239\\187\\191version" NO_KEY),
		P("\xff\xfe"
		  "v\0e\0r\0",
		  "line 1: not UTF-8"),
	};

	check_all(cases, N_OF(cases));
}

/* STS-3: at most 64 KiB. */
static void
sts_3_size(void)
{
	static char text[LIMIT_STS_POLICY + 1];
	static const char policy[] = V E A M;
	size_t n = sizeof(policy) - 1;

	memset(text, 'x', sizeof(text));
	memcpy(text, policy, n);
	text[n] = ':';
	CHECK_TEXT(said_of(text, LIMIT_STS_POLICY), GOOD " | 5 \"" NO_KEY, "64 KiB");
	CHECK_TEXT(said_of(text, sizeof(text)), "line 0: over 64 KiB", "one octet more");
	memset(text + n, '\n', sizeof(text) - n);
	CHECK(strncmp(said_of(text, LIMIT_STS_POLICY), GOOD " | ", sizeof(GOOD) + 2) == 0,
	      "60,000 empty lines");
}

/* The policy with n lines of mx, the first `bad` of them no names. */
static char *
policy_with_mx(unsigned bad, unsigned n)
{
	struct text text = text_growing();

	text_add(&text, V E A);
	for (unsigned i = 0; i < n; i++)
		text_printf(&text, i < bad ? "mx: *%u\n" : "mx: m%u.example\n", i);
	return text.data;
}

static void
check_limits(unsigned bad, unsigned n, size_t patterns, size_t remarks)
{
	char *text = policy_with_mx(bad, n);
	struct arena arena;
	struct sts_policy policy;
	struct sts_fault fault;

	arena_init(&arena);
	if (CHECK(sts_policy_read((uint8_t *)text, strlen(text), &arena, &policy, &fault) == STS_OK,
		  "%u %u", bad, n)) {
		CHECK(policy.n_patterns == patterns, "%zu", policy.n_patterns);
		CHECK(policy.n_remarks == remarks, "%zu", policy.n_remarks);
	}
	arena_done(&arena);
	free(text);
}

/* The limits of base/limits.h: beyond them nothing is matched, nothing is remarked on. */
static void
sts_3_limits(void)
{
	check_limits(0, LIMIT_STS_PATTERNS, LIMIT_STS_PATTERNS, 0);
	check_limits(0, LIMIT_STS_PATTERNS + 1, LIMIT_STS_PATTERNS, 1);
	check_limits(0, LIMIT_STS_PATTERNS + 9, LIMIT_STS_PATTERNS, 1);
	check_limits(10, LIMIT_STS_PATTERNS + 9, LIMIT_STS_PATTERNS - 10, 11);
	check_limits(LIMIT_STS_REMARKS + 5, 100, 95 - LIMIT_STS_REMARKS, LIMIT_STS_REMARKS);
}

/* A value of any length is quoted, cut, and printable. */
static void
sts_3_remarks_are_short(void)
{
	static char text[4000] = V E A M "mx: *";
	size_t n = strlen(text);

	for (size_t length = n; length < sizeof(text); length += 7) {
		const char *said;

		memset(text + n, 'x', length - n);
		for (size_t i = n; i + 1 < length; i += 2)
			memcpy(text + i, "\xc3\xbc", 2);
		text[length] = '\n';
		said = said_of(text, length + 1);
		CHECK(strlen(said) < 400, "%zu: %s", length, said);
		for (const char *c = said; *c; c++)
			CHECK(*c >= 0x20 && *c < 0x7f, "%zu: %s", length, said);
	}
}

/* Outputs are untouched unless they are given. */
static void
sts_3_outputs(void)
{
	static const char good[] = V E A M, bad[] = E A M;
	struct sts_policy policy = {.max_age = 7};
	struct sts_fault fault = {7, "seven"};
	struct arena arena;

	arena_init(&arena);
	CHECK(sts_policy_read((const uint8_t *)bad, sizeof(bad) - 1, &arena, &policy, &fault) ==
		      STS_INVALID,
	      "bad");
	CHECK(policy.max_age == 7 && fault.line == 0, "bad");
	fault = (struct sts_fault){7, "seven"};
	CHECK(sts_policy_read((const uint8_t *)good, sizeof(good) - 1, &arena, &policy, &fault) ==
		      STS_OK,
	      "good");
	CHECK(policy.max_age == 86400 && fault.line == 7, "good");
	CHECK(sts_policy_read(NULL, 0, &arena, &policy, &fault) == STS_INVALID, "nothing");
	arena_done(&arena);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(sts_3_required_fields),
	UNIT_TEST(sts_3_values_to_the_letter),
	UNIT_TEST(sts_3_max_age),
	UNIT_TEST(sts_3_the_first_of_duplicates),
	UNIT_TEST(sts_3_mx),
	UNIT_TEST(sts_3_other_keys),
	UNIT_TEST(sts_3_line_ends),
	UNIT_TEST(sts_3_blanks),
	UNIT_TEST(sts_3_characters),
	UNIT_TEST(sts_3_size),
	UNIT_TEST(sts_3_limits),
	UNIT_TEST(sts_3_remarks_are_short),
	UNIT_TEST(sts_3_outputs),
	CU_TEST_INFO_NULL,
};
