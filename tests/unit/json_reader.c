/* SPDX-License-Identifier: BSD-2-Clause */
#include "json_reader.h"

#include <string.h>

#include "unit.h"

static bool
string(const char **at)
{
	const unsigned char *c = (const unsigned char *)*at;

	if (*c++ != '"')
		return false;
	for (; *c != '"'; c++) {
		if (*c < 0x20)
			return false;
		if (*c != '\\')
			continue;
		c++;
		if (*c == 'u') {
			for (int i = 0; i < 4; i++)
				if (!*++c || !strchr("0123456789abcdefABCDEF", *c))
					return false;
		} else if (!*c || !strchr("\"\\/bfnrt", *c)) {
			return false;
		}
	}
	*at = (const char *)c + 1;
	return true;
}

/* Things between brackets, joined by commas; with names if it is an object. */
static bool
members(const char **at, char close, bool names)
{
	++*at;
	if (**at == close) {
		++*at;
		return true;
	}
	for (;; ++*at) {
		if (names && (!string(at) || *(*at)++ != ':'))
			return false;
		if (!json_value(at))
			return false;
		if (**at != ',')
			break;
	}
	return *(*at)++ == close;
}

bool
json_value(const char **at)
{
	static const char *const words[] = {"null", "true", "false"};
	size_t digits = strspn(*at, "0123456789");

	if (**at == '{')
		return members(at, '}', true);
	if (**at == '[')
		return members(at, ']', false);
	if (**at == '"')
		return string(at);
	for (size_t i = 0; i < N_OF(words); i++) {
		if (strncmp(*at, words[i], strlen(words[i])) == 0) {
			*at += strlen(words[i]);
			return true;
		}
	}
	if (digits == 0 || (digits > 1 && **at == '0'))
		return false;
	*at += digits;
	if (**at == '.') {
		++*at;
		digits = strspn(*at, "0123456789");
		*at += digits;
		return digits != 0;
	}
	return true;
}

/* RFC 3629, but for overlong forms and surrogates. */
static bool
is_utf8(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		unsigned more = *c < 0x80   ? 0
				: *c < 0xc2 ? 9
				: *c < 0xe0 ? 1
				: *c < 0xf0 ? 2
				: *c < 0xf5 ? 3
					    : 9;

		if (more == 9)
			return false;
		while (more--)
			if ((*++c & 0xc0) != 0x80)
				return false;
	}
	return true;
}

void
json_check(const char *text, const char *what)
{
	const char *at = text;

	CHECK(json_value(&at) && *at == '\0', "%s: not JSON from \"%.40s\" in %s", what, at, text);
	CHECK(is_utf8(text), "%s: not UTF-8", what);
	CHECK(strchr(text, '\n') == NULL, "%s: one line", what);
}
