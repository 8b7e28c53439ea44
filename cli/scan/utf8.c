/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/utf8.h"

/* A lead octet's length, 0 if it is none, and the least code point of that length: what could be said
 * shorter is none. */
static size_t
length_of(unsigned char lead, uint32_t *ret_least)
{
	if (lead < 0x80)
		return *ret_least = 0, 1;
	if (lead >= 0xc2 && lead < 0xe0)
		return *ret_least = 0x80, 2;
	if (lead >= 0xe0 && lead < 0xf0)
		return *ret_least = 0x800, 3;
	if (lead >= 0xf0 && lead < 0xf5)
		return *ret_least = 0x10000, 4;
	return 0;
}

bool
utf8_read(const char *octets, size_t n, uint32_t *ret_code, size_t *ret_length)
{
	const unsigned char *o = (const unsigned char *)octets;
	uint32_t least = 0, code;
	size_t length = length_of(o[0], &least);

	*ret_code = UTF8_REPLACEMENT;
	*ret_length = 1;
	if (length == 0 || length > n)
		return false;
	code = length == 1 ? o[0] : o[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((o[i] & 0xc0) != 0x80)
			return false;
		code = code << 6 | (o[i] & 0x3f);
	}
	if (code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return false;
	*ret_code = code;
	*ret_length = length;
	return true;
}

size_t
utf8_write(uint32_t code, char ret_octets[static UTF8_MOST])
{
	size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = length - 1; i > 0; i--, code >>= 6)
		ret_octets[i] = (char)(0x80 | (code & 0x3f));
	ret_octets[0] = (char)(leads[length] | code);
	return length;
}

size_t
utf8_cut(const char *octets, size_t n, size_t most)
{
	size_t start = most, length;
	uint32_t code;

	if (n <= most)
		return n;
	while (start > 0 && most - start < UTF8_MOST - 1 && (octets[start] & 0xc0) == 0x80)
		start--;
	if (utf8_read(octets + start, n - start, &code, &length) && start + length > most)
		return start;
	return most;
}
