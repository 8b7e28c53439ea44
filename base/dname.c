/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/dname.h"

#include <string.h>

#include "base/address.h"

/* Room for a name in whole words. */
enum { NAME_WORDS = (LIMIT_NAME + 7) / 8 };

/* Eight octets at a time (Mycroft's sums, without carries between octets). */
static uint64_t
lower(uint64_t octets)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t low = octets & 0x7f * ones;
	uint64_t from_a = low + (0x80 - 'A') * ones, beyond_z = low + (0x7f - 'Z') * ones;
	uint64_t upper = (from_a ^ beyond_z) & ~octets & 0x80 * ones;

	return octets | upper >> 2;
}

/* Copies a name of so many octets in lower case. A label's length is no letter: there are 63 at most. */
static void
copy_lower(uint64_t words[static NAME_WORDS], size_t n, uint8_t *ret_name)
{
	for (size_t i = 0; i < (n + 7) / 8; i++)
		words[i] = lower(words[i]);
	memcpy(ret_name, words, n);
}

size_t
dname_length(const uint8_t *name)
{
	size_t at = 0;

	while (name[at])
		at += (size_t)name[at] + 1;
	return at + 1;
}

unsigned
dname_labels(const uint8_t *name)
{
	unsigned n = 0;

	for (; *name; name += *name + 1)
		n++;
	return n;
}

bool
dname_is_root(const uint8_t *name)
{
	return name[0] == 0;
}

bool
dname_equal(const uint8_t *a, const uint8_t *b)
{
	return a == b || dname_compare(a, b) == 0;
}

/* Octet by octet, for names differ soon, if at all. As long as they do not, both have the same labels. */
int
dname_compare(const uint8_t *a, const uint8_t *b)
{
	size_t at = 0, label = 0;

	for (; a[at] == b[at]; at++) {
		if (at < label)
			continue;
		if (a[at] == 0)
			return 0;
		label = at + a[at] + 1;
	}
	return a[at] < b[at] ? -1 : 1;
}

bool
dname_in_zone(const uint8_t *name, const uint8_t *zone)
{
	unsigned n = dname_labels(name), m = dname_labels(zone);

	if (n < m)
		return false;
	for (; n > m; n--)
		name += *name + 1;
	return dname_equal(name, zone);
}

/* Appends one label to a name that is being built, as it is; false if it does not fit. */
static bool
append_label(uint8_t *name, size_t *at, const uint8_t *label, size_t length)
{
	if (length == 0 || length > LIMIT_LABEL || *at + length + 2 > LIMIT_NAME)
		return false;
	name[*at] = (uint8_t)length;
	memcpy(name + *at + 1, label, length);
	*at += length + 1;
	return true;
}

/* Walks through a name of a packet, and builds it unless name is NULL. Returns its length; 0 if it is
 * malformed. */
static size_t
walk(struct cursor *c, uint8_t *name)
{
	struct cursor at = *c; /* goes where the pointers lead */
	size_t n = 0, earliest = c->at, end = 0;
	unsigned jumps = 0, length;

	while ((length = cursor_u8(&at))) {
		if (length >= 0xc0) {
			size_t target = (size_t)(length & 0x3f) << 8 | cursor_u8(&at);

			if (!end)
				end = at.at;
			if (at.failed || target >= earliest || ++jumps > LIMIT_POINTERS)
				break;
			at.at = earliest = target;
			continue;
		}
		const uint8_t *label = cursor_bytes(&at, length);
		if (!label || length > LIMIT_LABEL || n + length + 2 > LIMIT_NAME)
			break;
		if (name) {
			name[n] = (uint8_t)length;
			memcpy(name + n + 1, label, length);
		}
		n += length + 1;
	}
	c->failed |= at.failed || length;
	if (c->failed)
		return 0;
	c->at = end ? end : at.at;
	if (name)
		name[n] = 0;
	return n + 1;
}

bool
dname_read(struct cursor *c, uint8_t ret_name[static LIMIT_NAME])
{
	uint64_t words[NAME_WORDS];
	size_t n = walk(c, (uint8_t *)words);

	if (n)
		copy_lower(words, n, ret_name);
	return n;
}

bool
dname_skip(struct cursor *c)
{
	return walk(c, NULL);
}

bool
dname_from_text(const char *text, size_t length, uint8_t ret_name[static LIMIT_NAME])
{
	uint64_t words[NAME_WORDS];
	uint8_t *name = (uint8_t *)words;
	const char *end, *dot;
	size_t at = 0;

	if (length == 1 && text[0] == '.') {
		ret_name[0] = 0;
		return true;
	}
	if (length && text[length - 1] == '.')
		length--;
	end = text + length;
	for (;; text = dot + 1) {
		dot = memchr(text, '.', (size_t)(end - text));
		if (!append_label(name, &at, (const uint8_t *)text,
				  (size_t)((dot ? dot : end) - text)))
			return false;
		if (!dot)
			break;
	}
	name[at] = 0;
	copy_lower(words, at + 1, ret_name);
	return true;
}

bool
dname_prepend(const char *prefix, const uint8_t *name, uint8_t ret_name[static LIMIT_NAME])
{
	uint8_t front[LIMIT_NAME];
	size_t n, m = dname_length(name);

	if (!dname_from_text(prefix, strlen(prefix), front))
		return false;
	n = dname_length(front) - 1;
	if (n + m > LIMIT_NAME)
		return false;
	memmove(ret_name + n, name, m);
	memcpy(ret_name, front, n);
	return true;
}

/* x: an octet that stands for itself in text. */
static const char name_octets[256] = "................................"
				     ".............x..xxxxxxxxxx......"
				     ".xxxxxxxxxxxxxxxxxxxxxxxxxx....x"
				     ".xxxxxxxxxxxxxxxxxxxxxxxxxx.....";

static bool
is_name_octet(uint8_t c)
{
	return name_octets[c] == 'x';
}

static char *
put_escaped(char *at, uint8_t c)
{
	*at++ = '\\';
	*at++ = (char)('0' + c / 100);
	*at++ = (char)('0' + c / 10 % 10);
	*at++ = (char)('0' + c % 10);
	return at;
}

static size_t
put_odd(const uint8_t *name, char *buffer)
{
	char *at = buffer;

	for (unsigned left; (left = *name++);) {
		for (; left; left--, name++) {
			if (is_name_octet(*name))
				*at++ = (char)*name;
			else
				at = put_escaped(at, *name);
		}
		*at++ = '.';
	}
	*--at = '\0';
	return (size_t)(at - buffer);
}

/* Nearly every name is all octets that stand for themselves: its text is the name with dots for the
 * lengths, but the first. */
size_t
dname_put(const uint8_t *name, char buffer[static LIMIT_NAME_TEXT])
{
	size_t i = 0, end;
	char all = 'x'; /* as long as every octet is one */

	if (dname_is_root(name)) {
		memcpy(buffer, ".", 2);
		return 1;
	}
	while (name[i]) {
		end = i + name[i] + 1;
		while (++i < end) {
			uint8_t octet = name[i];

			buffer[i - 1] = (char)octet;
			all &= name_octets[octet];
		}
		buffer[i - 1] = '.';
	}
	buffer[i - 1] = '\0';
	return all == 'x' ? i - 1 : put_odd(name, buffer);
}

void
dname_print(struct text *text, const uint8_t *name)
{
	char buffer[LIMIT_NAME_TEXT];

	text_bytes(text, buffer, dname_put(name, buffer));
}

const char *
dname_text(const uint8_t *name, char buffer[static LIMIT_NAME_TEXT])
{
	dname_put(name, buffer);
	return buffer;
}

static bool
is_host_label(const uint8_t *label)
{
	const uint8_t *end = label + *label;

	if (label[1] == '-' || *end == '-')
		return false;
	while (label < end)
		if (!is_name_octet(*++label))
			return false;
	return true;
}

static bool
is_number(const uint8_t *label)
{
	const uint8_t *end = label + *label;

	while (label < end)
		if (*++label < '0' || *label > '9')
			return false;
	return true;
}

bool
dname_is_host(const uint8_t *name)
{
	const uint8_t *last = NULL;

	for (const uint8_t *label = name; *label; label += *label + 1) {
		if (!is_host_label(label))
			return false;
		last = label;
	}
	return last && !is_number(last);
}

/* Nearly no name is: IPv4 ends with a digit, IPv6 has colons, brackets close. */
static bool
may_be_address(const uint8_t *name, size_t n)
{
	uint8_t last = n > 1 ? name[n - 2] : 0;

	return (last >= '0' && last <= '9') || last == ']' || memchr(name, ':', n);
}

bool
dname_is_address(const uint8_t *name)
{
	char raw[LIMIT_NAME + 1], *at = raw;
	struct address address;
	size_t n = dname_length(name);

	if (!may_be_address(name, n))
		return false;
	for (const uint8_t *label = name; *label; label += *label + 1) {
		if (memchr(label + 1, 0, *label))
			return false;
		memcpy(at, label + 1, *label);
		at += *label;
		*at++ = '.';
	}
	if (at == raw)
		return false;
	*--at = '\0';
	n = (size_t)(at - raw);
	at = raw;
	if (n > 2 && raw[0] == '[' && raw[n - 1] == ']') {
		raw[n - 1] = '\0';
		at = raw + 1;
	}
	return address_from_text(at, &address);
}
