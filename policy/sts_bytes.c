/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/sts_bytes.h"

#include <string.h>

enum { KEY_LENGTH = 32 };

static struct cursor
over(struct sts_bytes bytes)
{
	return cursor_over(bytes.data, bytes.length);
}

struct sts_bytes
sts_bytes_until(struct cursor *c, uint8_t delimiter, bool *ret_found)
{
	struct cursor ahead = *c;
	size_t n = 0;

	while (cursor_left(&ahead) && cursor_u8(&ahead) != delimiter)
		n++;
	*ret_found = n < cursor_left(c);
	struct sts_bytes bytes = {cursor_bytes(c, n), n};
	if (*ret_found)
		cursor_u8(c);
	return bytes;
}

static bool
is_blank(uint8_t octet)
{
	return octet == ' ' || octet == '\t';
}

struct sts_bytes
sts_bytes_trim(struct sts_bytes bytes)
{
	while (bytes.length && is_blank(bytes.data[0])) {
		bytes.data++;
		bytes.length--;
	}
	while (bytes.length && is_blank(bytes.data[bytes.length - 1]))
		bytes.length--;
	return bytes;
}

bool
sts_bytes_is(struct sts_bytes bytes, const char *string)
{
	size_t n = strlen(string);

	return bytes.length == n && memcmp(bytes.data, string, n) == 0;
}

bool
sts_bytes_has(struct sts_bytes bytes, uint8_t octet)
{
	return bytes.length && memchr(bytes.data, octet, bytes.length);
}

static bool
is_alphanumeric(uint8_t octet)
{
	return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') ||
	       (octet >= '0' && octet <= '9');
}

bool
sts_bytes_are_alphanumeric(struct sts_bytes bytes, size_t most)
{
	struct cursor c = over(bytes);

	if (bytes.length == 0 || bytes.length > most)
		return false;
	while (cursor_left(&c))
		if (!is_alphanumeric(cursor_u8(&c)))
			return false;
	return true;
}

bool
sts_bytes_are_key(struct sts_bytes bytes)
{
	struct cursor c = over(bytes);

	if (bytes.length == 0 || bytes.length > KEY_LENGTH || !is_alphanumeric(cursor_u8(&c)))
		return false;
	while (cursor_left(&c)) {
		uint8_t octet = cursor_u8(&c);

		if (!is_alphanumeric(octet) && octet != '_' && octet != '-' && octet != '.')
			return false;
	}
	return true;
}

/* Reads one code point: the shortest form, no surrogate, at most U+10FFFF (RFC 3629 section 4). */
static bool
read_code_point(struct cursor *c)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	uint8_t first = cursor_u8(c);
	unsigned more = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
	uint32_t code = more ? first & (0x3fu >> more) : first;

	if ((first >= 0x80 && first < 0xc0) || first >= 0xf8)
		return false;
	for (unsigned i = 0; i < more; i++) {
		uint8_t octet = cursor_u8(c); /* 0 beyond the end */

		if ((octet & 0xc0) != 0x80)
			return false;
		code = code << 6 | (octet & 0x3f);
	}
	return code >= least[more] && (code < 0xd800 || code > 0xdfff) && code <= 0x10ffff;
}

const char *
sts_bytes_fault(struct sts_bytes bytes)
{
	for (struct cursor c = over(bytes); cursor_left(&c);) {
		uint8_t octet = bytes.data[c.at];

		if (!read_code_point(&c))
			return "not UTF-8";
		if ((octet < 0x20 && octet != '\t') || octet == 0x7f)
			return "a control character";
	}
	return NULL;
}
