/* SPDX-License-Identifier: BSD-2-Clause */
/* Between two calls *at is behind the line's beginning, at the comma or the bracket after a member. */
#include "cli/scan/members.h"

#include <stdint.h>
#include <string.h>

enum { MOST_DEPTH = 64 }; /* ours have 5; deeper ones are refused, so that the stack is bounded */

struct reader {
	const char *line;
	size_t at, length;
};

static bool
is_at(const struct reader *r, char c)
{
	return r->at < r->length && r->line[r->at] == c;
}

static bool
take(struct reader *r, char c)
{
	if (!is_at(r, c))
		return false;
	r->at++;
	return true;
}

static void
skip_blanks(struct reader *r)
{
	while (is_at(r, ' ') || is_at(r, '\t') || is_at(r, '\n') || is_at(r, '\r'))
		r->at++;
}

static bool
take_escape(struct reader *r)
{
	static const char hex[] = "0123456789abcdefABCDEF";

	if (r->at == r->length)
		return false;
	if (!take(r, 'u'))
		return memchr("\"\\/bfnrt", r->line[r->at++], 8) != NULL;
	for (int i = 0; i < 4; i++, r->at++)
		if (r->at == r->length || !memchr(hex, r->line[r->at], sizeof(hex) - 1))
			return false;
	return true;
}

static bool
take_string(struct reader *r)
{
	if (!take(r, '"'))
		return false;
	while (r->at < r->length) {
		unsigned char c = (unsigned char)r->line[r->at++];

		if (c == '"')
			return true;
		if (c < 0x20 || (c == '\\' && !take_escape(r)))
			return false;
	}
	return false;
}

static bool
take_digits(struct reader *r)
{
	size_t start = r->at;

	while (r->at < r->length && r->line[r->at] >= '0' && r->line[r->at] <= '9')
		r->at++;
	return r->at > start;
}

static bool
take_number(struct reader *r)
{
	take(r, '-');
	if (!take(r, '0') && !take_digits(r))
		return false;
	if (take(r, '.') && !take_digits(r))
		return false;
	if (take(r, 'e') || take(r, 'E')) {
		if (!take(r, '+'))
			take(r, '-');
		return take_digits(r);
	}
	return true;
}

static bool
take_word(struct reader *r, const char *word)
{
	size_t n = strlen(word);

	if (r->length - r->at < n || memcmp(r->line + r->at, word, n) != 0)
		return false;
	r->at += n;
	return true;
}

static bool
take_scalar(struct reader *r)
{
	if (is_at(r, '"'))
		return take_string(r);
	return take_word(r, "null") || take_word(r, "true") || take_word(r, "false") ||
	       take_number(r);
}

/* Up to the colon and the blanks behind it. */
static bool
take_name(struct reader *r)
{
	skip_blanks(r);
	if (!take_string(r))
		return false;
	skip_blanks(r);
	if (!take(r, ':'))
		return false;
	skip_blanks(r);
	return true;
}

/*
 * A value with all that is in it. What is open is a stack of bits, 1 for an object. After a value that is
 * whole come commas and ends, until there is another value, or nothing is open any more.
 */
static bool
take_value(struct reader *r)
{
	uint64_t objects = 0;
	unsigned depth = 0;

	for (;;) {
		bool is_object = is_at(r, '{'), is_array = is_at(r, '[');

		if (is_object || is_array) {
			if (depth++ == MOST_DEPTH)
				return false;
			objects = objects << 1 | is_object;
			r->at++;
			skip_blanks(r);
			if (!is_at(r, is_object ? '}' : ']')) {
				if (is_object && !take_name(r))
					return false;
				continue;
			}
		} else if (!take_scalar(r)) {
			return false;
		}
		while (depth) {
			skip_blanks(r);
			if (take(r, ','))
				break;
			if (!take(r, objects & 1 ? '}' : ']'))
				return false;
			objects >>= 1;
			depth--;
		}
		if (!depth)
			return true;
		skip_blanks(r);
		if (objects & 1 && !take_name(r))
			return false;
	}
}

/* Behind the last member nothing but blanks may stand. */
static enum members_result
end(struct reader *r)
{
	r->at++;
	skip_blanks(r);
	return r->at == r->length ? MEMBERS_END : MEMBERS_BAD;
}

static enum members_result
take_member(struct reader *r, struct member *ret_member)
{
	struct member m;

	skip_blanks(r);
	m.name = r->line + r->at + 1;
	if (!take_string(r))
		return MEMBERS_BAD;
	m.name_length = (size_t)(r->line + r->at - 1 - m.name);
	skip_blanks(r);
	if (!take(r, ':'))
		return MEMBERS_BAD;
	skip_blanks(r);
	m.value = r->line + r->at;
	if (!take_value(r))
		return MEMBERS_BAD;
	m.value_length = (size_t)(r->line + r->at - m.value);
	skip_blanks(r);
	if (!is_at(r, ',') && !is_at(r, '}'))
		return MEMBERS_BAD;
	*ret_member = m;
	return MEMBERS_NEXT;
}

enum members_result
members_next(const char *line, size_t length, size_t *at, struct member *ret_member)
{
	struct reader r = {.line = line, .at = *at, .length = length};
	enum members_result result;

	if (r.at == 0) {
		skip_blanks(&r);
		if (!take(&r, '{'))
			return MEMBERS_BAD;
		skip_blanks(&r);
		if (is_at(&r, '}'))
			return end(&r);
	} else {
		if (is_at(&r, '}'))
			return end(&r);
		if (!take(&r, ','))
			return MEMBERS_BAD;
	}
	result = take_member(&r, ret_member);
	if (result == MEMBERS_NEXT)
		*at = r.at;
	return result;
}

bool
members_find(const char *line, size_t length, const char *name, struct member *ret_member)
{
	enum members_result result;
	struct member member, found = {NULL, 0, NULL, 0};
	size_t at = 0;

	while ((result = members_next(line, length, &at, &member)) == MEMBERS_NEXT)
		if (!found.name && member.name_length == strlen(name) &&
		    memcmp(member.name, name, member.name_length) == 0)
			found = member;
	if (result == MEMBERS_BAD || !found.name)
		return false;
	*ret_member = found;
	return true;
}
