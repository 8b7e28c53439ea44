/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is hashed is the entry's text as the line tells it, after JSON's escapes, so that a line that another
 * program has written anew has the same key. Of two entries the text may be the same though they are not:
 *
 *	octets that are no UTF-8 are all U+FFFD	   the library takes them for no domain, and writes each
 *						   as \DDD into "domain": its beginning counts
 *	a row with a fault, and a good one	   why it is no domain counts
 */
#include <string.h>

#include "cli/scan/buffer.h"
#include "cli/scan/fnv.h"
#include "cli/scan/line.h"
#include "cli/scan/members.h"
#include "cli/scan/utf8.h"

/* The library cuts what is no domain somewhere beyond. */
enum { MOST_OF_DOMAIN = 512 };
/* No UTF-8 has these. */
enum { MARK_DOMAIN = 0xff, MARK_ERROR = 0xfe };

struct digest {
	uint64_t hash;
	bool is_replaced; /* there was a U+FFFD, of whatever */
};

static void
add_code(struct digest *d, uint32_t code)
{
	char octets[UTF8_MOST];

	d->hash = fnv_octets(d->hash, octets, utf8_write(code, octets));
	d->is_replaced |= code == UTF8_REPLACEMENT;
}

static void
add_octets(struct digest *d, const char *octets, size_t n)
{
	for (size_t at = 0, length; at < n; at += length) {
		uint32_t code;

		utf8_read(octets + at, n - at, &code, &length);
		add_code(d, code);
	}
}

static void
add_printable(struct digest *d, const char *octets)
{
	char text[BUFFER_PRINTABLE];
	size_t left = MOST_OF_DOMAIN;

	for (; *octets && left; octets++) {
		size_t n = buffer_printable_octet(*octets, text);

		n = n < left ? n : left;
		d->hash = fnv_octets(d->hash, text, n);
		left -= n;
	}
}

uint64_t
line_key_of_item(const struct input_item *item)
{
	struct digest d = {.hash = fnv_begin()};

	add_octets(&d, item->domain, strlen(item->domain));
	if (d.is_replaced) {
		d.hash = fnv_octet(d.hash, MARK_DOMAIN);
		add_printable(&d, item->domain);
	}
	if (item->fault) {
		d.hash = fnv_octet(d.hash, MARK_ERROR);
		add_octets(&d, item->fault, strlen(item->fault));
	}
	return fnv_end(d.hash);
}

/* ---- Of a line ------------------------------------------------------------------------------ */

/* Four digits that are some. */
static uint32_t
read_unit(const char *digits)
{
	uint32_t unit = 0;

	for (int i = 0; i < 4; i++) {
		char c = digits[i];

		unit = unit << 4 | (uint32_t)(c <= '9' ? c - '0' : (c & 0xf) + 9);
	}
	return unit;
}

/* An escape behind its backslash; members_next() has seen that it is one. Half a pair is no character. */
static uint32_t
read_escape(const char *text, size_t n, size_t *ret_length)
{
	static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
	const char *letter = strchr(letters, *text);
	uint32_t unit, low;

	*ret_length = 1;
	if (*text != 'u')
		return letter ? (unsigned char)meanings[letter - letters] : (unsigned char)*text;
	*ret_length = 5;
	unit = read_unit(text + 1);
	if (unit < 0xd800 || unit >= 0xe000)
		return unit;
	if (unit >= 0xdc00 || n < 11 || text[5] != '\\' || text[6] != 'u')
		return UTF8_REPLACEMENT;
	low = read_unit(text + 7);
	if (low < 0xdc00 || low >= 0xe000)
		return UTF8_REPLACEMENT;
	*ret_length = 11;
	return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

/* At most so many characters of a string's value. */
static void
add_string(struct digest *d, const struct member *string, size_t most)
{
	const char *text = string->value + 1;
	size_t n = string->value_length - 2, length;
	uint32_t code;

	for (size_t at = 0; at < n && most; at += length, most--) {
		if (text[at] == '\\') {
			code = read_escape(text + at + 1, n - at - 1, &length);
			length++;
		} else {
			utf8_read(text + at, n - at, &code, &length);
		}
		add_code(d, code);
	}
}

static bool
is_named(const struct member *member, const char *name)
{
	return member->name_length == strlen(name) &&
	       memcmp(member->name, name, member->name_length) == 0;
}

enum { TOLD_DOMAIN, TOLD_INPUT, TOLD_ERROR, N_TOLD };

/* The members that tell the entry, in one go: those that are absent have no value. False: none of ours. */
static bool
read_told(const char *line, size_t length, struct member ret_told[static N_TOLD])
{
	static const char *const names[N_TOLD] = {"domain", "input", "error"};
	enum members_result result;
	struct member member;
	size_t at = 0;

	memset(ret_told, 0, N_TOLD * sizeof(*ret_told));
	while ((result = members_next(line, length, &at, &member)) == MEMBERS_NEXT) {
		for (int i = 0; i < N_TOLD; i++) {
			if (!is_named(&member, names[i]) || ret_told[i].value)
				continue;
			if (*member.value != '"')
				return false;
			ret_told[i] = member;
		}
	}
	return result == MEMBERS_END && ret_told[TOLD_DOMAIN].value;
}

bool
line_key_of_line(const char *line, size_t length, uint64_t *ret_key)
{
	struct digest d = {.hash = fnv_begin()};
	struct member told[N_TOLD];

	if (!read_told(line, length, told))
		return false;
	add_string(&d, &told[told[TOLD_INPUT].value ? TOLD_INPUT : TOLD_DOMAIN], SIZE_MAX);
	if (d.is_replaced) {
		d.hash = fnv_octet(d.hash, MARK_DOMAIN);
		add_string(&d, &told[TOLD_DOMAIN], MOST_OF_DOMAIN);
	}
	if (told[TOLD_ERROR].value) {
		d.hash = fnv_octet(d.hash, MARK_ERROR);
		add_string(&d, &told[TOLD_ERROR], SIZE_MAX);
	}
	*ret_key = fnv_end(d.hash);
	return true;
}

/* "domain" is in every line, and only "schema" stands before it. */
bool
line_key_is_begin(const char *octets, size_t n)
{
	static const char *const begins[] = {"{\"schema\":\"nextmx.route/1\",", "{\"domain\":\""};
	size_t n_zeros = 0;

	while (n_zeros < n && octets[n_zeros] == '\0')
		n_zeros++;
	if (n_zeros == n)
		return true;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		size_t length = strlen(begins[i]);

		if (memcmp(octets, begins[i], n < length ? n : length) == 0)
			return true;
	}
	return false;
}
