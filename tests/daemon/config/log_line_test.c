/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/log_line.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

const char unit_name[] = "daemon/log_line";

static const struct {
	const char *value, *written;
} values[] = {
	{"example.org", "v=example.org"},
	{"", "v=\"\""},
	{"a b", "v=\"a b\""},
	{" ", "v=\" \""},
	{"a=b", "v=\"a=b\""},
	{"a\"b", "v=\"a\\\"b\""},
	{"\"", "v=\"\\\"\""},
	{"a\\b", "v=a\\\\b"},
	{"\\", "v=\\\\"},
	{"\\n", "v=\\\\n"},
	{"a\nb", "v=a\\x0ab"},
	{"a\r\nlevel=error event=forged", "v=\"a\\x0d\\x0alevel=error event=forged\""},
	{"\x01\t\x1b[2J\x7f", "v=\\x01\\x09\\x1b[2J\\x7f"},
	{"b\xc3\xbc", "v=b\\xc3\\xbc"},
	{"\x80\xff", "v=\\x80\\xff"},
	{"!#$%&'()*+,-./:;<>?@[]^_`{|}~", "v=!#$%&'()*+,-./:;<>?@[]^_`{|}~"},
	{"%s%n", "v=%s%n"},
};

static void
how_values_are_written(void)
{
	for (size_t i = 0; i < N_OF(values); i++) {
		struct log_line line;

		log_line_begin(&line);
		log_line_add(&line, "v", values[i].value);
		line.text[line.length] = '\0';
		CHECK_TEXT(line.text, values[i].written, "%zu", i);
	}
}

/* Every octet there is. */
static void
only_printable_ascii_leaves(void)
{
	for (int c = 1; c < 256; c++) {
		char value[] = {'a', (char)c, 'b', '\0'};
		struct log_line line;

		log_line_begin(&line);
		log_line_add(&line, "v", value);
		log_line_end(&line);
		for (size_t i = 0; i < line.length - 1; i++)
			CHECK(line.text[i] >= 0x20 && line.text[i] < 0x7f, "%02x", c);
		CHECK((strstr(line.text, "\\x") != NULL) == (c < 0x20 || c >= 0x7f), "%02x: %s", c,
		      line.text);
		CHECK(line.text[line.length - 1] == '\n' && strlen(line.text) == line.length,
		      "%02x", c);
	}
}

static void
pairs_stand_in_their_order(void)
{
	struct log_line line;

	log_line_begin(&line);
	log_line_add(&line, "level", "info");
	log_line_add(&line, "event", "route");
	log_line_add(&line, "reason", "no host");
	log_line_add(&line, "ms", "4");
	log_line_end(&line);
	CHECK_TEXT(line.text, "level=info event=route reason=\"no host\" ms=4\n", "line");
}

/* Reads a value as whoever reads the log does; where it ends. */
static const char *
read_value(const char *at, char *ret)
{
	bool quoted = *at == '"';
	unsigned octet;

	at += quoted;
	while (*at && (quoted ? *at != '"' : *at != ' ' && *at != '\n')) {
		if (at[0] == '\\' && at[1] == 'x' && sscanf(at + 2, "%2x", &octet) == 1) {
			*ret++ = (char)octet;
			at += 4;
		} else {
			at += at[0] == '\\';
			*ret++ = *at++;
		}
	}
	*ret = '\0';
	return at + quoted;
}

/* What was read is the value, or its beginning and "...", which only a line that is cut may have. */
static void
check_value(const struct log_line *line, const char *got, const char *value)
{
	size_t n = strlen(got);

	if (strcmp(got, value) == 0)
		return;
	CHECK(line->is_cut && n >= 3 && n < strlen(value) + 3 && memcmp(got, value, n - 3) == 0 &&
		      strcmp(got + n - 3, "...") == 0,
	      "%zu of %zu", n, strlen(value));
}

static void
check_line(const struct log_line *line, const char *value)
{
	static char got[2 * LOG_LINE];
	const char *at;

	CHECK(line->length <= LOG_LINE && strlen(line->text) == line->length, "%zu", line->length);
	CHECK(memcmp(line->text, "v=", 2) == 0, "%zu", line->length);
	at = read_value(line->text + 2, got);
	check_value(line, got, value);
	if (memcmp(at, " w=", 3) == 0) {
		CHECK_TEXT(got, value, "nothing follows what is cut");
		at = read_value(at + 3, got);
		check_value(line, got, "behind");
	} else {
		CHECK(line->is_cut, "%zu", line->length);
	}
	CHECK_TEXT(at, "\n", "%zu", line->length);
}

/* Whatever its length, a line is not too long, and what it says is true as far as it goes. */
static void
lines_are_cut(void)
{
	static const char octets[] = {'x', '\n', ' ', '"', '\\'};
	static char value[2 * LOG_LINE];
	int n_cut = 0;

	for (size_t i = 0; i < N_OF(octets); i++)
		for (size_t n = LOG_LINE / 4 - 30; n < LOG_LINE + 10; n++) {
			struct log_line line;

			memset(value, octets[i], n);
			value[n] = '\0';
			log_line_begin(&line);
			log_line_add(&line, "v", value);
			log_line_add(&line, "w", "behind");
			log_line_end(&line);
			check_line(&line, value);
			n_cut += line.is_cut;
		}
	CHECK(n_cut > 100, "%d", n_cut);
}

/* At the limit to the octet: 1995 fit, 1996 do not. */
static void
the_longest_value(void)
{
	static char value[LOG_LINE];
	struct log_line line;

	/* "v=", the value, what is kept free for "...", a quote and the newline. */
	memset(value, 'x', LOG_LINE - 2 - 5);
	log_line_begin(&line);
	log_line_add(&line, "v", value);
	CHECK(!line.is_cut && line.length == LOG_LINE - 5, "%zu", line.length);
	value[LOG_LINE - 2 - 5] = 'x';
	log_line_begin(&line);
	log_line_add(&line, "v", value);
	log_line_end(&line);
	CHECK(line.is_cut && strcmp(line.text + line.length - 5, "x...\n") == 0, "%zu",
	      line.length);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(how_values_are_written),     UNIT_TEST(only_printable_ascii_leaves),
	UNIT_TEST(pairs_stand_in_their_order), UNIT_TEST(lines_are_cut),
	UNIT_TEST(the_longest_value),	       CU_TEST_INFO_NULL,
};
