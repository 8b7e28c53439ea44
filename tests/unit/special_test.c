/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ADR-1 against a copy of IANA's registries made from the registries themselves, not from
 * policy/special.c: iana-ipv4-special-registry and iana-ipv6-special-registry (column "Globally
 * Reachable"), multicast, and what RULES ADR-1 refuses outright.
 */
#include "policy/special.h"

#include <string.h>

#include "unit.h"

const char unit_name[] = "policy/special";

enum verdict { PUBLIC, LOOPBACK, PRIVATE, RESERVED, INSIDE };

static const struct {
	const char *network;
	enum verdict verdict;
} registry[] = {
	{"0.0.0.0/8", RESERVED},
	{"0.0.0.0/32", RESERVED},
	{"10.0.0.0/8", PRIVATE},
	{"100.64.0.0/10", PRIVATE},
	{"127.0.0.0/8", LOOPBACK},
	{"169.254.0.0/16", PRIVATE},
	{"172.16.0.0/12", PRIVATE},
	{"192.0.0.0/24", RESERVED},
	{"192.0.0.0/29", RESERVED},
	{"192.0.0.8/32", RESERVED},
	{"192.0.0.9/32", PUBLIC},
	{"192.0.0.10/32", PUBLIC},
	{"192.0.0.170/31", RESERVED},
	{"192.0.2.0/24", RESERVED},
	{"192.31.196.0/24", PUBLIC},
	{"192.52.193.0/24", PUBLIC},
	{"192.88.99.0/24", RESERVED},
	{"192.168.0.0/16", PRIVATE},
	{"192.175.48.0/24", PUBLIC},
	{"198.18.0.0/15", RESERVED},
	{"198.51.100.0/24", RESERVED},
	{"203.0.113.0/24", RESERVED},
	{"224.0.0.0/4", RESERVED}, /* multicast */
	{"240.0.0.0/4", RESERVED},
	{"255.255.255.255/32", RESERVED},

	{"::/96", INSIDE}, /* IPv4-compatible */
	{"::/128", RESERVED},
	{"::1/128", LOOPBACK},
	{"::ffff:0:0/96", INSIDE},
	{"::ffff:0:0:0/96", INSIDE}, /* IPv4-translated */
	{"64:ff9b::/96", INSIDE},
	{"64:ff9b:1::/48", PRIVATE},
	{"100::/64", RESERVED},
	{"100:0:0:1::/64", RESERVED},
	{"2001::/23", RESERVED},
	{"2001::/32", RESERVED}, /* Teredo */
	{"2001:1::1/128", PUBLIC},
	{"2001:1::2/128", PUBLIC},
	{"2001:1::3/128", PUBLIC},
	{"2001:2::/48", RESERVED},
	{"2001:3::/32", PUBLIC},
	{"2001:4:112::/48", PUBLIC},
	{"2001:10::/28", RESERVED},
	{"2001:20::/28", PUBLIC},
	{"2001:30::/28", PUBLIC},
	{"2001:db8::/32", RESERVED},
	{"2002::/16", RESERVED}, /* 6to4 */
	{"2620:4f:8000::/48", PUBLIC},
	{"3fff::/20", RESERVED},
	{"5f00::/16", RESERVED},
	{"fc00::/7", PRIVATE},
	{"fe80::/10", PRIVATE},
	{"fec0::/10", PRIVATE}, /* site local, RFC 3879 */
	{"ff00::/8", RESERVED}, /* multicast */
};

static enum verdict
expected(const struct address *address)
{
	enum verdict verdict = PUBLIC;
	int best = -1;

	for (size_t i = 0; i < N_OF(registry); i++) {
		struct network network;

		network_from_text(registry[i].network, &network);
		if (network_contains(&network, address) && network.prefix > best) {
			best = network.prefix;
			verdict = registry[i].verdict;
		}
	}
	return verdict;
}

static enum verdict
found(const struct address *address)
{
	const struct special *special = special_find(address);

	if (!special || special->kind == SPECIAL_REACHABLE)
		return PUBLIC;
	if (special->kind == SPECIAL_EMBEDS)
		return INSIDE;
	return special->code == NMX_DROP_LOOPBACK_ADDRESS  ? LOOPBACK
	       : special->code == NMX_DROP_PRIVATE_ADDRESS ? PRIVATE
							   : RESERVED;
}

/* Adds step (1 or -1) to the address; false if it wraps. */
static bool
neighbour(struct address *address, int step)
{
	size_t at = address_size(address);

	while (at--) {
		address->bytes[at] = (uint8_t)(address->bytes[at] + step);
		if (address->bytes[at] != (step > 0 ? 0 : 0xff))
			return true;
	}
	return false;
}

static void
check_address(const struct address *address, const char *network, const char *where)
{
	static const char *const words[] = {"public", "loopback", "private", "reserved", "inside"};
	char buffer[ADDRESS_TEXT_SIZE];

	CHECK(found(address) == expected(address), "%s (%s of %s): %s, not %s",
	      address_text(address, buffer), where, network, words[found(address)],
	      words[expected(address)]);
}

/* ADR-1: both ends of every network, and the neighbours outside. */
static void
adr_1_first_and_last_addresses_and_their_neighbours(void)
{
	for (size_t i = 0; i < N_OF(registry); i++) {
		struct network network;
		struct address first, last;
		unsigned most;

		if (!CHECK(network_from_text(registry[i].network, &network), "%s",
			   registry[i].network))
			continue;
		first = last = network.address;
		most = first.family == 4 ? 32 : 128;
		for (unsigned bit = network.prefix; bit < most; bit++)
			last.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		check_address(&first, registry[i].network, "first");
		check_address(&last, registry[i].network, "last");
		if (neighbour(&first, -1))
			check_address(&first, registry[i].network, "before the first");
		if (neighbour(&last, 1))
			check_address(&last, registry[i].network, "behind the last");
	}
}

/* ADR-1: every /16 of IPv4 and every first group of IPv6. */
static void
adr_1_a_sweep(void)
{
	for (unsigned i = 0; i < 65536; i++) {
		struct address v4 = {4, {(uint8_t)(i >> 8), (uint8_t)i, 1, 1}};
		struct address v6 = {6, {(uint8_t)(i >> 8), (uint8_t)i, 0x12, [15] = 1}};

		check_address(&v4, "the sweep", "one");
		check_address(&v6, "the sweep", "one");
	}
}

static void
adr_1_every_entry_has_a_name(void)
{
	for (size_t i = 0; i < N_OF(registry); i++) {
		struct network network;
		const struct special *special;

		network_from_text(registry[i].network, &network);
		special = special_find(&network.address);
		if (special)
			CHECK(special->name && strstr(special->name, "(RFC "), "%s: %s",
			      registry[i].network, special->name);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(adr_1_first_and_last_addresses_and_their_neighbours),
	UNIT_TEST(adr_1_a_sweep),
	UNIT_TEST(adr_1_every_entry_has_a_name),
	CU_TEST_INFO_NULL,
};
