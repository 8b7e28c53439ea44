/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/address.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

int
address_compare(const struct address *a, const struct address *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, address_size(a));
}

bool
address_from_text(const char *text, struct address *ret_address)
{
	struct address address = {.family = strchr(text, ':') ? 6 : 4};

	if (inet_pton(address.family == 4 ? AF_INET : AF_INET6, text, address.bytes) != 1)
		return false;
	*ret_address = address;
	return true;
}

const char *
address_text(const struct address *address, char buffer[static ADDRESS_TEXT_SIZE])
{
	buffer[0] = '\0';
	inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->bytes, buffer,
		  ADDRESS_TEXT_SIZE);
	return buffer;
}

void
address_print(struct text *text, const struct address *address)
{
	char buffer[ADDRESS_TEXT_SIZE];

	text_add(text, address_text(address, buffer));
}

bool
network_from_text(const char *text, struct network *ret_network)
{
	char buffer[ADDRESS_TEXT_SIZE + 4];
	struct network network;
	char *slash, *end = NULL;
	unsigned long bits, most;

	if (strlen(text) >= sizeof(buffer))
		return false;
	strcpy(buffer, text);
	slash = strchr(buffer, '/');
	if (slash)
		*slash = '\0';
	if (!address_from_text(buffer, &network.address))
		return false;
	most = bits = network.address.family == 4 ? 32 : 128;
	if (slash) {
		if (slash[1] < '0' || slash[1] > '9')
			return false;
		bits = strtoul(slash + 1, &end, 10);
		if (*end || bits > most)
			return false;
	}
	network.prefix = (uint8_t)bits;
	for (unsigned long bit = bits; bit < most; bit++)
		if (network.address.bytes[bit / 8] & (0x80 >> bit % 8))
			return false;
	*ret_network = network;
	return true;
}
