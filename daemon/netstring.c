/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/netstring.h"

#include <stdint.h>

/* The number before the colon: digits, no leading zero. */
static enum netstring
read_length(const char *octets, size_t n, size_t most, size_t *ret_value, size_t *ret_digits)
{
	size_t value = 0, i = 0;

	for (; i < n && octets[i] >= '0' && octets[i] <= '9'; i++) {
		if (i == 1 && octets[0] == '0')
			return NETSTRING_MALFORMED;
		/* Told before its colon has come: there is no end of digits to wait for. */
		if (value > (SIZE_MAX - 9) / 10)
			return NETSTRING_LONG;
		value = value * 10 + (size_t)(octets[i] - '0');
		if (value > most)
			return NETSTRING_LONG;
	}
	if (i == n)
		return NETSTRING_MORE;
	if (i == 0 || octets[i] != ':')
		return NETSTRING_MALFORMED;
	*ret_value = value;
	*ret_digits = i;
	return NETSTRING_WHOLE;
}

enum netstring
netstring_read(const char *octets, size_t n, size_t most, size_t *ret_start, size_t *ret_length,
	       size_t *ret_used)
{
	size_t length, digits, left;
	enum netstring is = read_length(octets, n, most, &length, &digits);

	if (is != NETSTRING_WHOLE)
		return is;
	left = n - digits - 1;
	if (left <= length)
		return NETSTRING_MORE;
	if (octets[digits + 1 + length] != ',')
		return NETSTRING_MALFORMED;
	*ret_start = digits + 1;
	*ret_length = length;
	*ret_used = digits + 1 + length + 1;
	return NETSTRING_WHOLE;
}
