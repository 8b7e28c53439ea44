/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/why.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

const char unit_name[] = "base/why";

/* The sentences once more, to see what each wants. */
static const struct {
	const char *code, *phase, *rule, *format;
} sentences[] = {
#define WHY(name, phase, rule, format) {#name, phase, rule, format},
#include "base/why_lines.h"
#undef WHY
};

static struct address v6 = {6, {0x20, 0x01, 0x0d, 0xb8, [15] = 0x01}};

/* The kinds of a sentence's arguments, "nus". */
static const char *
kinds_of(const char *format)
{
	static char kinds[16];
	size_t n = 0;

	for (; *format; format++)
		if (*format == '%')
			kinds[n++] = *++format;
	kinds[n] = '\0';
	return kinds;
}

/* Writes one line or one drop with arguments of the right kinds. False: a new combination of kinds,
 * which has to be added here. */
static bool
write(struct notes *notes, enum why_code code, const uint8_t *n, const char *s, bool drop)
{
	static const struct drop entry = {.code = NMX_DROP_LIMIT, .port = 25};
	const char *kinds = kinds_of(sentences[code].format);

#define CASE(wanted, ...)                                             \
	if (strcmp(kinds, wanted) == 0) {                             \
		if (drop)                                             \
			notes_drop(notes, &entry, code, __VA_ARGS__); \
		else                                                  \
			notes_why(notes, code, __VA_ARGS__);          \
		return true;                                          \
	}
	CASE("", 0)
	CASE("n", n)
	CASE("a", &v6)
	CASE("u", 4294967295u)
	CASE("s", s)
	CASE("nn", n, n)
	CASE("ns", n, s)
	CASE("nu", n, 65535u)
	CASE("auu", &v6, 65535u, 65535u)
	CASE("us", 65535u, s)
	CASE("sn", s, n)
	CASE("sns", s, n, s)
	CASE("ss", s, s)
	CASE("sa", s, &v6)
	CASE("nus", n, 65535u, s)
	CASE("sss", s, s, s)
	CASE("ssu", s, s, 65535u)
#undef CASE
	return false;
}

/* What the sentence must become. */
static const char *
filled(const char *format, const char *n, const char *s)
{
	static char buffer[8192];
	struct text text = text_into(buffer, sizeof(buffer));
	const char *kinds = kinds_of(format);

	for (; *format; format++) {
		if (*format != '%') {
			text_char(&text, *format);
			continue;
		}
		format++;
		if (*format == 'n')
			text_add(&text, n);
		else if (*format == 's')
			text_add(&text, s);
		else if (*format == 'a')
			text_add(&text, "2001:db8::1");
		else
			text_add(&text, strlen(kinds) == 1 ? "4294967295" : "65535");
	}
	return buffer;
}

static const char *
printed(const uint8_t *line)
{
	static char buffer[8192];
	struct text text = text_into(buffer, sizeof(buffer));

	why_print(&text, line);
	return buffer;
}

/* ---- The table ------------------------------------------------------------------------------ */

static void
every_code_fits_its_octet_and_names_a_rule(void)
{
	static const char *const phases[] = {"discover", "select", "addresses",
					     "policy",	 "route",  "plan"};

	CHECK(WHY_N_CODES == N_OF(sentences) && WHY_N_CODES <= 256, "%d", (int)WHY_N_CODES);
	for (size_t i = 0; i < N_OF(sentences); i++) {
		const char *rule = why_rule((enum why_code)i), *dash = strchr(rule, '-');
		bool phase = false;

		for (size_t j = 0; j < N_OF(phases); j++)
			phase |= strcmp(why_phase((enum why_code)i), phases[j]) == 0;
		CHECK(phase, "%s: phase %s", sentences[i].code, sentences[i].phase);
		CHECK_TEXT(rule, sentences[i].rule, "%s", sentences[i].code);
		CHECK(dash && dash > rule && dash[1] &&
			      strspn(dash + 1, "0123456789") == strlen(dash + 1),
		      "%s: rule %s", sentences[i].code, rule);
		for (const char *c = sentences[i].format; *c; c++)
			CHECK(*c >= 0x20 && *c < 0x7f, "%s", sentences[i].code);
	}
}

static void
every_code_is_written_and_printed(void)
{
	static const uint8_t name[] = "\2mx\7example";

	for (size_t i = 0; i < N_OF(sentences); i++) {
		for (int drop = 0; drop < 2; drop++) {
			struct arena arena;
			struct notes notes;
			struct why *why;

			arena_init(&arena);
			notes = notes_in(&arena);
			why = drop ? &notes.texts : &notes.lines;
			if (!CHECK(write(&notes, (enum why_code)i, name, "text", drop),
				   "%s: arguments \"%s\" are new", sentences[i].code,
				   kinds_of(sentences[i].format)))
				return;
			CHECK(why->n == 1 && notes.n_drops == (size_t)drop, "%s",
			      sentences[i].code);
			CHECK(why_next(why->bytes, 0) == why->length, "%s", sentences[i].code);
			CHECK(why_code_at(why->bytes) == (enum why_code)i, "%s", sentences[i].code);
			CHECK_TEXT(printed(why->bytes),
				   filled(sentences[i].format, "mx.example", "text"), "%s",
				   sentences[i].code);
			arena_done(&arena);
		}
	}
}

/* The longest names and texts, of each octet: what is printed is printable, whatever came in. */
static void
hostile_octets_print_as_ascii(void)
{
	for (unsigned octet = 1; octet < 256; octet += octet < 0x30 || octet > 0x78 ? 1 : 7) {
		uint8_t name[LIMIT_NAME];
		char string[1000];

		memset(name, (int)octet, sizeof(name));
		name[0] = name[64] = name[128] = 63;
		name[192] = 61;
		name[254] = 0;
		memset(string, (int)octet, sizeof(string));
		string[sizeof(string) - 1] = '\0';
		for (size_t i = 0; i < N_OF(sentences); i++) {
			struct arena arena;
			struct notes notes;
			const char *text;

			arena_init(&arena);
			notes = notes_in(&arena);
			write(&notes, (enum why_code)i, name, string, false);
			text = printed(notes.lines.bytes);
			while (*text >= 0x20 && *text < 0x7f)
				text++;
			CHECK(*text == '\0', "%s, octet %u", sentences[i].code, octet);
			CHECK(why_next(notes.lines.bytes, 0) == notes.lines.length, "%s",
			      sentences[i].code);
			arena_done(&arena);
		}
	}
}

static void
strings_are_cut(void)
{
	char string[1000];
	struct arena arena;
	struct notes notes;

	memset(string, 'x', sizeof(string) - 1);
	string[sizeof(string) - 1] = '\0';
	arena_init(&arena);
	notes = notes_in(&arena);
	notes_why(&notes, WHY_MX_UNKNOWN, string);
	CHECK(strlen(printed(notes.lines.bytes)) <= strlen("MX unknown ()") + LIMIT_BOGUS_REASON,
	      "cut");
	arena_done(&arena);
}

/* ---- Limits --------------------------------------------------------------------------------- */

static size_t
count_lines(const struct why *why)
{
	size_t n = 0;

	for (size_t at = 0; at < why->length; at = why_next(why->bytes, at))
		n++;
	return n;
}

static enum why_code
last_code(const struct why *why)
{
	enum why_code code = WHY_N_CODES;

	for (size_t at = 0; at < why->length; at = why_next(why->bytes, at))
		code = why_code_at(why->bytes + at);
	return code;
}

/* DESIGN: at most 16 KiB of explanation; what comes later is left out, nothing is broken off. */
static void
the_explanation_has_a_limit(void)
{
	uint8_t name[LIMIT_NAME] = "\7example";
	struct arena arena;
	struct notes notes;

	arena_init(&arena);
	notes = notes_in(&arena);
	for (int i = 0; i < 5000; i++) {
		notes_why(&notes, WHY_HOST_ALIAS, name, name);
		CHECK(notes.lines.length <= LIMIT_WHY, "%zu", notes.lines.length);
	}
	CHECK(notes.lines.cut && last_code(&notes.lines) == WHY_CUT, "the last line says so");
	CHECK(count_lines(&notes.lines) == notes.lines.n && notes.lines.n > 100, "%zu lines",
	      notes.lines.n);
	CHECK(!arena.failed, "no failure");
	arena_done(&arena);
}

/* OUT-4: a cause counts also when its entry is left out, else a limit could turn defer to reject. */
static void
out_4_causes_beyond_the_limit_of_drops_count(void)
{
	struct drop drop = {.stage = NMX_SOURCE_MX, .code = NMX_DROP_DUPLICATE, .port = 25};
	struct arena arena;
	struct notes notes;

	arena_init(&arena);
	notes = notes_in(&arena);
	for (int i = 0; i < LIMIT_DROPS; i++)
		notes_drop(&notes, &drop, WHY_DROP_PORT_ZERO);
	CHECK(notes.n_drops == LIMIT_DROPS, "%zu", notes.n_drops);
	drop.code = NMX_DROP_ADDRESS_BOGUS;
	notes_drop(&notes, &drop, WHY_DROP_PORT_ZERO);
	CHECK(notes.n_drops == LIMIT_DROPS, "%zu", notes.n_drops);
	CHECK(notes.causes & 1u << NMX_DROP_ADDRESS_BOGUS, "the cause");
	CHECK(notes.texts.n == LIMIT_DROPS && count_lines(&notes.texts) == LIMIT_DROPS, "texts");
	arena_done(&arena);
}

/* Drops whose texts do not fit any more: the list and the texts stay of one length. */
static void
every_listed_drop_has_its_text(void)
{
	uint8_t name[LIMIT_NAME];
	struct arena arena;
	struct notes notes;

	memset(name, 'a', sizeof(name));
	name[0] = name[64] = name[128] = 63;
	name[192] = 61;
	name[254] = 0;
	arena_init(&arena);
	notes = notes_in(&arena);
	for (int i = 0; i < 400; i++)
		write(&notes, WHY_HOST_ALIAS, name, "", true);
	CHECK(notes.texts.cut && notes.texts.length <= LIMIT_WHY, "%zu", notes.texts.length);
	CHECK(notes.n_drops == notes.texts.n, "%zu drops, %zu texts", notes.n_drops, notes.texts.n);
	for (size_t i = 0; i < notes.n_drops; i++) {
		enum why_code expected = i + 1 < notes.n_drops ? WHY_HOST_ALIAS : WHY_CUT;

		CHECK(notes.drops[i].text < notes.texts.length &&
			      why_code_at(notes.texts.bytes + notes.drops[i].text) == expected,
		      "%zu", i);
	}
	arena_done(&arena);
}

static void
lines_stand_behind_each_other(void)
{
	static const uint8_t name[] = "\1a";
	struct arena arena;
	struct notes notes;
	size_t at = 0;

	arena_init(&arena);
	notes = notes_in(&arena);
	notes_why(&notes, WHY_SRV_ABSENT);
	notes_why(&notes, WHY_MX_FOUND, name, 3u, "secure");
	notes_why(&notes, WHY_DELIVERABLE);
	CHECK_TEXT(printed(notes.lines.bytes + at), "no SRV record: using MX", "first");
	at = why_next(notes.lines.bytes, at);
	CHECK_TEXT(printed(notes.lines.bytes + at), "MX records of a: 3, secure", "second");
	at = why_next(notes.lines.bytes, at);
	CHECK_TEXT(printed(notes.lines.bytes + at), "deliverable", "third");
	CHECK(why_next(notes.lines.bytes, at) == notes.lines.length && notes.lines.n == 3, "end");
	arena_done(&arena);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(every_code_fits_its_octet_and_names_a_rule),
	UNIT_TEST(every_code_is_written_and_printed),
	UNIT_TEST(hostile_octets_print_as_ascii),
	UNIT_TEST(strings_are_cut),
	UNIT_TEST(the_explanation_has_a_limit),
	UNIT_TEST(out_4_causes_beyond_the_limit_of_drops_count),
	UNIT_TEST(every_listed_drop_has_its_text),
	UNIT_TEST(lines_stand_behind_each_other),
	CU_TEST_INFO_NULL,
};
