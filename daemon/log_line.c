/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/log_line.h"

#include <stdio.h>
#include <string.h>

/* What stays free for the end of a value that is cut, and the newline. */
static const char dots[] = "...";
enum { RESERVE = sizeof(dots) - 1 + 1 + 1 };

void
log_line_begin(struct log_line *line)
{
	line->length = 0;
	line->is_cut = false;
}

static void
put(struct log_line *line, const char *text, size_t n)
{
	memcpy(line->text + line->length, text, n);
	line->length += n;
}

static bool
fits(const struct log_line *line, size_t n)
{
	return line->length + n + RESERVE <= LOG_LINE;
}

static bool
needs_quotes(const char *value)
{
	return *value == '\0' || strpbrk(value, " =\"");
}

/* One octet as it is written: up to 4. */
static size_t
escape(unsigned char c, char ret[static 5])
{
	if (c < 0x20 || c >= 0x7f)
		return (size_t)snprintf(ret, 5, "\\x%02x", c);
	if (c == '"' || c == '\\') {
		ret[0] = '\\';
		ret[1] = (char)c;
		return 2;
	}
	ret[0] = (char)c;
	return 1;
}

static void
put_value(struct log_line *line, const char *value)
{
	for (; *value; value++) {
		char octets[5];
		size_t n = escape((unsigned char)*value, octets);

		if (!fits(line, n)) {
			put(line, dots, sizeof(dots) - 1);
			line->is_cut = true;
			return;
		}
		put(line, octets, n);
	}
}

void
log_line_add(struct log_line *line, const char *name, const char *value)
{
	size_t length = strlen(name);
	bool quotes = needs_quotes(value);

	if (line->is_cut || !fits(line, length + 3)) {
		line->is_cut = true;
		return;
	}
	if (line->length)
		put(line, " ", 1);
	put(line, name, length);
	put(line, "=", 1);
	if (quotes)
		put(line, "\"", 1);
	put_value(line, value);
	if (quotes)
		put(line, "\"", 1);
}

void
log_line_end(struct log_line *line)
{
	put(line, "\n", 1);
	line->text[line->length] = '\0';
}
