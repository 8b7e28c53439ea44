/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/reply.h"

#include <string.h>

#include "unit.h"

const char unit_name[] = "tls/reply";

enum { ROOM = REPLY_LINES * 8 + REPLY_LINE + 64 };

static const char *const state_names[] = {"more", "done", "bad", "long"};

/* Reads text in pieces of at most so many octets; returns the state, and in *ret_used how many octets
 * were taken. */
static enum reply_state
read_in_pieces(struct reply *reply, const char *text, size_t n, size_t piece, size_t *ret_used)
{
	enum reply_state state = REPLY_MORE;
	size_t at = 0;

	*reply = (struct reply){0};
	while (at < n && state == REPLY_MORE) {
		size_t length = n - at < piece ? n - at : piece, used = length + 1;

		state = reply_read(reply, (const uint8_t *)text + at, length, &used);
		CHECK(used <= length, "%zu of %zu", used, length);
		CHECK(state != REPLY_MORE || used == length, "%zu of %zu", used, length);
		at += used <= length ? used : length;
	}
	*ret_used = at;
	return state;
}

struct expected {
	const char *label, *text;
	size_t n; /* of text, which may have zeros */
	enum reply_state state;
	size_t used;
	unsigned code, n_lines;
	bool has_starttls;
	const char *line; /* the last one; NULL: whatever */
};

#define TEXT(text) text, sizeof(text) - 1
#define WHOLE(text) text, sizeof(text) - 1, REPLY_DONE, sizeof(text) - 1

static const struct expected cases[] = {
	{"CRLF", WHOLE("220 mx ESMTP\r\n"), 220, 1, false, "220 mx ESMTP"},
	{"LF", WHOLE("220 mx ESMTP\n"), 220, 1, false, "220 mx ESMTP"},
	{"code alone", WHOLE("250\r\n"), 250, 1, false, "250"},
	{"code alone, LF", WHOLE("250\n"), 250, 1, false, "250"},
	{"nothing behind the blank", WHOLE("250 \r\n"), 250, 1, false, "250 "},
	{"least", WHOLE("200 a\r\n"), 200, 1, false, "200 a"},
	{"most", WHOLE("599 a\r\n"), 599, 1, false, "599 a"},
	{"CR in the line", WHOLE("250 a\rb\r\n"), 250, 1, false, "250 a\rb"},
	{"two CR", WHOLE("250 a\r\r\n"), 250, 1, false, "250 a\r"},
	{"zero in the line", WHOLE("250 a\0b\r\n"), 250, 1, false, NULL},
	{"every octet", WHOLE("250 \x01\x1b[2J\x7f\x80\xff\r\n"), 250, 1, false,
	 "250 \x01\x1b[2J\x7f\x80\xff"},
	{"three lines", WHOLE("220-a\r\n220-b\r\n220 c\r\n"), 220, 3, false, "220 c"},
	{"mixed ends", WHOLE("250-a\n250-b\r\n250 c\n"), 250, 3, false, "250 c"},
	{"empty lines within", WHOLE("250-\r\n250-\r\n250 \r\n"), 250, 3, false, "250 "},
	{"code alone ends", WHOLE("250-a\r\n250\r\n"), 250, 2, false, "250"},
	{"stops behind the end", TEXT("220 a\r\n250 b\r\n"), REPLY_DONE, 7, 220, 1, false, "220 a"},
	{"stops behind the last line", TEXT("220-a\r\n220 b\r\n!"), REPLY_DONE, 14, 220, 2, false,
	 "220 b"},

	{"nothing", TEXT(""), REPLY_MORE, 0, 0, 0, false, NULL},
	{"no end", TEXT("250 a"), REPLY_MORE, 5, 0, 0, false, NULL},
	{"no LF", TEXT("250 a\r"), REPLY_MORE, 6, 0, 0, false, NULL},
	{"no last line", TEXT("250-a\r\n"), REPLY_MORE, 7, 250, 1, false, NULL},

	{"other code", TEXT("250-a\r\n251 b\r\n"), REPLY_BAD, 14, 250, 1, false, NULL},
	{"other code within", TEXT("250-a\r\n220-b\r\n250 c\r\n"), REPLY_BAD, 14, 250, 1, false,
	 NULL},
	{"no code", TEXT("hello\r\n"), REPLY_BAD, 1, 0, 0, false, NULL},
	{"empty line", TEXT("\r\n"), REPLY_BAD, 1, 0, 0, false, NULL},
	{"LF alone", TEXT("\n"), REPLY_BAD, 1, 0, 0, false, NULL},
	{"two digits", TEXT("25\r\n"), REPLY_BAD, 3, 0, 0, false, NULL},
	{"two digits, LF", TEXT("25\n"), REPLY_BAD, 3, 0, 0, false, NULL},
	{"four digits", TEXT("2500 a\r\n"), REPLY_BAD, 4, 0, 0, false, NULL},
	{"tabulator", TEXT("250\ta\r\n"), REPLY_BAD, 4, 0, 0, false, NULL},
	{"zero for a blank", TEXT("250\0a\r\n"), REPLY_BAD, 4, 0, 0, false, NULL},
	{"zero first",
	 TEXT("\0"
	      "250 a\r\n"),
	 REPLY_BAD, 1, 0, 0, false, NULL},
	{"199", TEXT("199 a\r\n"), REPLY_BAD, 1, 0, 0, false, NULL},
	{"600", TEXT("600 a\r\n"), REPLY_BAD, 1, 0, 0, false, NULL},
	{"letter in the code", TEXT("2x0 a\r\n"), REPLY_BAD, 2, 0, 0, false, NULL},
	{"blank first", TEXT(" 250 a\r\n"), REPLY_BAD, 1, 0, 0, false, NULL},
	{"CR and more behind the code", TEXT("250\rx\r\n"), REPLY_BAD, 7, 0, 0, false, NULL},
	{"TLS", TEXT("\x16\x03\x01"), REPLY_BAD, 1, 0, 0, false, NULL},
	{"bad second line", TEXT("250-a\r\nb\r\n"), REPLY_BAD, 8, 250, 1, false, NULL},

	{"STARTTLS", WHOLE("250-mx\r\n250 STARTTLS\r\n"), 250, 2, true, "250 STARTTLS"},
	{"in the middle", WHOLE("250-mx\r\n250-STARTTLS\r\n250 SIZE\r\n"), 250, 3, true,
	 "250 SIZE"},
	{"any case", WHOLE("250-mx\r\n250 sTaRtTlS\r\n"), 250, 2, true, "250 sTaRtTlS"},
	{"LF", WHOLE("250-mx\n250 starttls\n"), 250, 2, true, "250 starttls"},
	{"with a parameter", WHOLE("250-mx\r\n250 STARTTLS x\r\n"), 250, 2, true, "250 STARTTLS x"},
	{"on the first line", WHOLE("250-STARTTLS\r\n250 SIZE\r\n"), 250, 2, false, "250 SIZE"},
	{"on the only line", WHOLE("250 STARTTLS\r\n"), 250, 1, false, "250 STARTTLS"},
	{"STARTTLSX", WHOLE("250-mx\r\n250 STARTTLSX\r\n"), 250, 2, false, "250 STARTTLSX"},
	{"STARTTLS=", WHOLE("250-mx\r\n250 STARTTLS=x\r\n"), 250, 2, false, "250 STARTTLS=x"},
	{"STARTTL", WHOLE("250-mx\r\n250 STARTTL\r\n"), 250, 2, false, "250 STARTTL"},
	{"XSTARTTLS", WHOLE("250-mx\r\n250 XSTARTTLS\r\n"), 250, 2, false, "250 XSTARTTLS"},
	{"as a parameter", WHOLE("250-mx\r\n250 X STARTTLS\r\n"), 250, 2, false, "250 X STARTTLS"},
	{"blank before", WHOLE("250-mx\r\n250  STARTTLS\r\n"), 250, 2, false, "250  STARTTLS"},
	{"zero behind", WHOLE("250-mx\r\n250 STARTTLS\0\r\n"), 250, 2, false, NULL},
	{"zero within", WHOLE("250-mx\r\n250 START\0TLS\r\n"), 250, 2, false, NULL},
	{"once is enough", WHOLE("250-mx\r\n250-STARTTLS\r\n250-STARTTLSX\r\n250 A\r\n"), 250, 4,
	 true, "250 A"},
	{"rest of a longer line", WHOLE("250-mx\r\n250-xxxxTTLS\r\n250 START\r\n"), 250, 3, false,
	 "250 START"},
};

static void
check_case(const struct expected *e, size_t piece)
{
	struct reply reply;
	size_t used;
	enum reply_state state = read_in_pieces(&reply, e->text, e->n, piece, &used);

	CHECK(state == e->state, "%s, by %zu: %s", e->label, piece, state_names[state]);
	CHECK(used == e->used, "%s, by %zu: %zu octets", e->label, piece, used);
	CHECK(reply.n_lines == e->n_lines, "%s, by %zu: %u lines", e->label, piece, reply.n_lines);
	CHECK(reply.has_starttls == e->has_starttls, "%s, by %zu", e->label, piece);
	CHECK(e->code == 0 || reply.code == e->code, "%s, by %zu: %u", e->label, piece, reply.code);
	if (e->line && CHECK(reply.length == strlen(e->line), "%s, by %zu: %zu", e->label, piece,
			     reply.length))
		CHECK(memcmp(reply.line, e->line, reply.length) == 0, "%s, by %zu", e->label,
		      piece);
}

/* Each at once, an octet at a time, and in every size between. */
static void
replies_are_read_in_any_pieces(void)
{
	for (size_t i = 0; i < N_OF(cases); i++)
		for (size_t piece = 1; piece <= cases[i].n + 1; piece++)
			check_case(&cases[i], piece);
}

/* Writes "250 xxx" of so many octets, and its end. */
static size_t
long_line(char *to, size_t length, const char *end)
{
	memset(to, 'x', length);
	memcpy(to, "250 ", 4);
	strcpy(to + length, end);
	return length + strlen(end);
}

/* CR counts as one of the octets; LF, which ends them, does not. */
static void
lines_have_2048_octets(void)
{
	static const struct {
		const char *end;
		size_t most;
	} ends[] = {{"\n", REPLY_LINE}, {"\r\n", REPLY_LINE - 1}};
	static char text[ROOM];

	for (size_t i = 0; i < N_OF(ends); i++)
		for (size_t length = REPLY_LINE - 4; length < REPLY_LINE + 4; length++)
			for (size_t piece = 1; piece <= ROOM; piece = piece * 3 + 1) {
				bool fits = length <= ends[i].most;
				size_t n = long_line(text, length, ends[i].end), used;
				struct reply reply;
				enum reply_state state =
					read_in_pieces(&reply, text, n, piece, &used);

				CHECK(state == (fits ? REPLY_DONE : REPLY_LONG), "%zu by %zu: %s",
				      length, piece, state_names[state]);
				CHECK(used == (fits ? n : REPLY_LINE + 1), "%zu by %zu: %zu",
				      length, piece, used);
				CHECK(reply.length == (fits ? length : REPLY_LINE), "%zu: %zu",
				      length, reply.length);
			}
}

static void
replies_have_128_lines(void)
{
	static char text[ROOM];

	for (unsigned lines = REPLY_LINES - 2; lines < REPLY_LINES + 3; lines++)
		for (size_t piece = 1; piece <= ROOM; piece = piece * 3 + 1) {
			bool fits = lines <= REPLY_LINES;
			struct reply reply;
			enum reply_state state;
			size_t n = 0, used;

			for (unsigned i = 0; i < lines; i++, n += 7)
				memcpy(text + n, i + 1 < lines ? "250-a\r\n" : "250 a\r\n", 7);
			state = read_in_pieces(&reply, text, n, piece, &used);
			CHECK(state == (fits ? REPLY_DONE : REPLY_LONG), "%u by %zu: %s", lines,
			      piece, state_names[state]);
			CHECK(used == (fits ? n : 7 * (size_t)REPLY_LINES), "%u by %zu: %zu", lines,
			      piece, used);
			CHECK(reply.n_lines == (fits ? lines : REPLY_LINES), "%u: %u", lines,
			      reply.n_lines);
		}
}

/* A full line does not make the next one shorter. */
static void
each_line_has_its_own_octets(void)
{
	static char text[2 * (REPLY_LINE + 2)];
	size_t n = long_line(text, REPLY_LINE, "\n"), used;
	struct reply reply;
	enum reply_state state;

	text[3] = '-';
	n += long_line(text + n, REPLY_LINE, "\n");
	state = read_in_pieces(&reply, text, n, n, &used);
	CHECK(state == REPLY_DONE && used == n && reply.n_lines == 2, "%s, %zu", state_names[state],
	      used);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(replies_are_read_in_any_pieces),
	UNIT_TEST(lines_have_2048_octets),
	UNIT_TEST(replies_have_128_lines),
	UNIT_TEST(each_line_has_its_own_octets),
	CU_TEST_INFO_NULL,
};
