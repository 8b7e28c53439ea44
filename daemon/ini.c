/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ini.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <nextmx.h>

struct reader {
	const char *const *sections;
	size_t n_sections;
	ini_fn fn;
	void *user;
	struct fault *fault;
	bool has_section;
	struct ini_entry entry; /* section and line are those of the line that is read */
};

bool
fault_set(struct fault *fault, unsigned line, const char *format, ...)
{
	va_list args;

	fault->line = line;
	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return false;
}

/* Octets of the well-formed sequence that s begins with (RFC 3629), 0 if there is none. */
static size_t
utf8_length(const unsigned char *s, size_t n)
{
	size_t length = s[0] < 0x80   ? 1
			: s[0] < 0xc2 ? 0
			: s[0] < 0xe0 ? 2
			: s[0] < 0xf0 ? 3
			: s[0] < 0xf5 ? 4
				      : 0;

	if (length > n)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return length;
}

/* Blanks before the first octet and behind the last are cut off. */
static char *
trim(char *s, size_t length)
{
	while (length && (s[length - 1] == ' ' || s[length - 1] == '\t'))
		length--;
	s[length] = '\0';
	return s + strspn(s, " \t");
}

static bool
is_text(struct reader *r, const char *line, size_t length)
{
	const unsigned char *s = (const unsigned char *)line;

	if (length > INI_LINE)
		return fault_set(
			r->fault, r->entry.line,
			"the line is longer than %d octets; a list may be given in several "
			"lines that repeat its key",
			INI_LINE);
	for (size_t i = 0, n; i < length; i += n) {
		n = utf8_length(s + i, length - i);
		if (n == 0)
			return fault_set(r->fault, r->entry.line, "octet %zu (0x%02x) is no UTF-8",
					 i + 1, s[i]);
		if ((s[i] < 0x20 && s[i] != '\t') || s[i] == 0x7f)
			return fault_set(r->fault, r->entry.line,
					 "octet %zu is the control character 0x%02x", i + 1, s[i]);
	}
	return true;
}

static bool
read_section(struct reader *r, char *line)
{
	size_t length = strlen(line);
	char *name = line + 1;

	if (line[length - 1] != ']')
		return fault_set(r->fault, r->entry.line, "\"%.200s\": expected [SECTION]", line);
	name = trim(name, length - 2);
	for (unsigned i = 0; i < r->n_sections; i++)
		if (strcmp(name, r->sections[i]) == 0) {
			r->entry.section = i;
			r->has_section = true;
			return true;
		}
	return fault_set(r->fault, r->entry.line, "no section [%.200s]; the nearest is [%s]", name,
			 nmx_nearest(name, r->sections, r->n_sections));
}

static bool
read_line(struct reader *r, char *line, size_t length)
{
	char *equals;

	if (length && line[length - 1] == '\r')
		length--;
	if (!is_text(r, line, length))
		return false;
	line = trim(line, length);
	if (*line == '\0' || *line == '#' || *line == ';')
		return true;
	if (*line == '[')
		return read_section(r, line);
	equals = strchr(line, '=');
	if (!equals)
		return fault_set(r->fault, r->entry.line, "\"%.200s\": expected KEY = VALUE", line);
	r->entry.value = trim(equals + 1, strlen(equals + 1));
	r->entry.key = trim(line, (size_t)(equals - line));
	if (*r->entry.key == '\0')
		return fault_set(r->fault, r->entry.line, "no key in front of \"=\"");
	if (!r->has_section)
		return fault_set(r->fault, r->entry.line,
				 "the key %.200s stands before the first [SECTION]", r->entry.key);
	return r->fn(&r->entry, r->user, r->fault);
}

bool
ini_read(char *text, size_t length, const char *const *sections, size_t n_sections, ini_fn fn,
	 void *user, struct fault *ret_fault)
{
	struct reader reader = {sections, n_sections, fn, user, ret_fault, false, {0}};
	char *end = text + length;

	/* Some editors begin a file with a byte order mark. */
	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	while (text < end) {
		char *stop = memchr(text, '\n', (size_t)(end - text));

		if (!stop)
			stop = end;
		reader.entry.line++;
		if (!read_line(&reader, text, (size_t)(stop - text)))
			return false;
		text = stop + 1;
	}
	return true;
}
