/* SPDX-License-Identifier: BSD-2-Clause */
/* IP addresses and networks in binary form. */
#ifndef NMX_BASE_ADDRESS_H
#define NMX_BASE_ADDRESS_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
bool network_contains(const struct network *network, const struct address *address);

#endif
