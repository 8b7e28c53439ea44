/* SPDX-License-Identifier: BSD-2-Clause */
/* Text of addresses and networks. */
#include "target.h"

#include <string.h>

#include "base/address.h"

const unsigned fuzz_kinds = 1;

static void
check_address(const struct address *address)
{
	struct address again;
	char text[ADDRESS_TEXT_SIZE];

	MUST(address->family == 4 || address->family == 6);
	address_text(address, text);
	MUST(*text && is_printable(text, false));
	MUST(address_from_text(text, &again) && address_compare(address, &again) == 0);
}

static void
check_network(const struct network *network)
{
	unsigned most = network->address.family == 4 ? 32 : 128;
	struct address last = network->address;

	MUST(network->prefix <= most);
	for (unsigned bit = network->prefix; bit < most; bit++) {
		MUST(!(last.bytes[bit / 8] & (0x80 >> bit % 8)));
		last.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
	check_address(&network->address);
	MUST(network_contains(network, &network->address) && network_contains(network, &last));
	if (network->prefix) {
		last.bytes[0] ^= 0x80;
		MUST(!network_contains(network, &last));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = string_of(data, size);
	struct address address;
	struct network network;

	if (address_from_text(text, &address)) {
		check_address(&address);
		MUST(network_from_text(text, &network));
		MUST(network.prefix == (address.family == 4 ? 32 : 128));
	}
	if (network_from_text(text, &network))
		check_network(&network);
	free(text);
	return 0;
}
