/* SPDX-License-Identifier: BSD-2-Clause */
/* IP addresses and networks in binary form. */
#ifndef NMX_BASE_ADDRESS_H
#define NMX_BASE_ADDRESS_H

#include "base/text.h"

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct address {
	uint8_t family; /* 4 or 6 */
	uint8_t bytes[16];
};

struct network {
	struct address address;
	uint8_t prefix; /* bits: 0..32 or 0..128 */
};

static inline size_t
address_size(const struct address *address)
{
	return address->family == 4 ? 4 : 16;
}

/* IPv4 before IPv6, then by octets. */
int address_compare(const struct address *a, const struct address *b);
bool address_from_text(const char *text, struct address *ret_address);
void address_print(struct text *text, const struct address *address);
/* The same into a buffer of the caller's. */
enum { ADDRESS_TEXT_SIZE = 46 };
const char *address_text(const struct address *address, char buffer[static ADDRESS_TEXT_SIZE]);

/* "192.0.2.0/24", or an address alone; bits beyond the prefix must be zero. */
bool network_from_text(const char *text, struct network *ret_network);

/* The bits in which two runs of eight octets differ, the first octet's highest. */
static inline uint64_t
address_difference(const uint8_t *a, const uint8_t *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return be64toh(x ^ y);
}

static inline bool
network_contains(const struct network *network, const struct address *address)
{
	const uint8_t *a = network->address.bytes, *b = address->bytes;
	unsigned bits = network->prefix;

	if (network->address.family != address->family)
		return false;
	if (bits <= 64)
		return bits == 0 || address_difference(a, b) >> (64 - bits) == 0;
	return address_difference(a, b) == 0 &&
	       address_difference(a + 8, b + 8) >> (128 - bits) == 0;
}

#endif
