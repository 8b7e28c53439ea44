/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/special.h"

#define V4(a, b, c, d, prefix)            \
	{                                 \
		{4, {a, b, c, d}}, prefix \
	}
/* The first six groups of the address; no entry needs more but ::1 and the anycast addresses. */
#define HI(group) (uint8_t)((group) >> 8)
#define LO(group) (uint8_t)(group)
#define V6(a, b, c, d, e, f, h, prefix)                                                        \
	{                                                                                      \
		{6,                                                                            \
		 {HI(a), LO(a), HI(b), LO(b), HI(c), LO(c), HI(d), LO(d), HI(e), LO(e), HI(f), \
		  LO(f), 0, 0, HI(h), LO(h)}},                                                 \
			prefix                                                                 \
	}
#define LOOPBACK SPECIAL_REFUSED, NMX_DROP_LOOPBACK_ADDRESS
#define PRIVATE SPECIAL_REFUSED, NMX_DROP_PRIVATE_ADDRESS
#define RESERVED SPECIAL_REFUSED, NMX_DROP_RESERVED_ADDRESS
#define REACHABLE SPECIAL_REACHABLE, NMX_DROP_RESERVED_ADDRESS
#define EMBEDS SPECIAL_EMBEDS, NMX_DROP_RESERVED_ADDRESS

/* In the order of the first octet, in both. */
static const struct special specials_v4[] = {
	{V4(0, 0, 0, 0, 8), RESERVED, "this network (RFC 791)"},
	{V4(10, 0, 0, 0, 8), PRIVATE, "private use (RFC 1918)"},
	{V4(100, 64, 0, 0, 10), PRIVATE, "shared address space (RFC 6598)"},
	{V4(127, 0, 0, 0, 8), LOOPBACK, "loopback (RFC 1122)"},
	{V4(169, 254, 0, 0, 16), PRIVATE, "link local (RFC 3927)"},
	{V4(172, 16, 0, 0, 12), PRIVATE, "private use (RFC 1918)"},
	{V4(192, 0, 0, 0, 24), RESERVED, "IETF protocol assignments (RFC 6890)"},
	{V4(192, 0, 0, 9, 32), REACHABLE, "port control anycast (RFC 7723)"},
	{V4(192, 0, 0, 10, 32), REACHABLE, "TURN anycast (RFC 8155)"},
	{V4(192, 0, 2, 0, 24), RESERVED, "documentation (RFC 5737)"},
	{V4(192, 88, 99, 0, 24), RESERVED, "6to4 relay anycast (RFC 7526)"},
	{V4(192, 168, 0, 0, 16), PRIVATE, "private use (RFC 1918)"},
	{V4(198, 18, 0, 0, 15), RESERVED, "benchmarking (RFC 2544)"},
	{V4(198, 51, 100, 0, 24), RESERVED, "documentation (RFC 5737)"},
	{V4(203, 0, 113, 0, 24), RESERVED, "documentation (RFC 5737)"},
	{V4(224, 0, 0, 0, 4), RESERVED, "multicast (RFC 5771)"},
	{V4(240, 0, 0, 0, 4), RESERVED, "reserved (RFC 1112)"},
	{V4(255, 255, 255, 255, 32), RESERVED, "limited broadcast (RFC 8190)"},
};

static const struct special specials_v6[] = {
	{V6(0, 0, 0, 0, 0, 0, 0, 96), EMBEDS, "IPv4-compatible (RFC 4291)"},
	{V6(0, 0, 0, 0, 0, 0, 0, 128), RESERVED, "unspecified (RFC 4291)"},
	{V6(0, 0, 0, 0, 0, 0, 1, 128), LOOPBACK, "loopback (RFC 4291)"},
	{V6(0, 0, 0, 0, 0, 0xffff, 0, 96), EMBEDS, "IPv4-mapped (RFC 4291)"},
	{V6(0, 0, 0, 0, 0xffff, 0, 0, 96), EMBEDS, "IPv4-translated (RFC 2765)"},
	{V6(0x64, 0xff9b, 0, 0, 0, 0, 0, 96), EMBEDS, "NAT64 (RFC 6052)"},
	{V6(0x64, 0xff9b, 1, 0, 0, 0, 0, 48), PRIVATE, "local-use NAT64 (RFC 8215)"},
	{V6(0x100, 0, 0, 0, 0, 0, 0, 64), RESERVED, "discard only (RFC 6666)"},
	{V6(0x100, 0, 0, 1, 0, 0, 0, 64), RESERVED, "dummy prefix (RFC 9780)"},
	{V6(0x2001, 0, 0, 0, 0, 0, 0, 23), RESERVED, "IETF protocol assignments (RFC 2928)"},
	{V6(0x2001, 0, 0, 0, 0, 0, 0, 32), RESERVED, "Teredo (RFC 4380)"},
	{V6(0x2001, 1, 0, 0, 0, 0, 1, 128), REACHABLE, "port control anycast (RFC 7723)"},
	{V6(0x2001, 1, 0, 0, 0, 0, 2, 128), REACHABLE, "TURN anycast (RFC 8155)"},
	{V6(0x2001, 1, 0, 0, 0, 0, 3, 128), REACHABLE, "DNS-SD service registration (RFC 9665)"},
	{V6(0x2001, 2, 0, 0, 0, 0, 0, 48), RESERVED, "benchmarking (RFC 5180)"},
	{V6(0x2001, 3, 0, 0, 0, 0, 0, 32), REACHABLE, "AMT (RFC 7450)"},
	{V6(0x2001, 4, 0x112, 0, 0, 0, 0, 48), REACHABLE, "AS112 (RFC 7535)"},
	{V6(0x2001, 0x10, 0, 0, 0, 0, 0, 28), RESERVED, "ORCHID (RFC 4843)"},
	{V6(0x2001, 0x20, 0, 0, 0, 0, 0, 28), REACHABLE, "ORCHIDv2 (RFC 7343)"},
	{V6(0x2001, 0x30, 0, 0, 0, 0, 0, 28), REACHABLE, "drone remote identification (RFC 9374)"},
	{V6(0x2001, 0xdb8, 0, 0, 0, 0, 0, 32), RESERVED, "documentation (RFC 3849)"},
	{V6(0x2002, 0, 0, 0, 0, 0, 0, 16), RESERVED, "6to4 (RFC 3056)"},
	{V6(0x3fff, 0, 0, 0, 0, 0, 0, 20), RESERVED, "documentation (RFC 9637)"},
	{V6(0x5f00, 0, 0, 0, 0, 0, 0, 16), RESERVED, "segment routing (RFC 9602)"},
	{V6(0xfc00, 0, 0, 0, 0, 0, 0, 7), PRIVATE, "unique local (RFC 4193)"},
	{V6(0xfe80, 0, 0, 0, 0, 0, 0, 10), PRIVATE, "link local (RFC 4291)"},
	{V6(0xfec0, 0, 0, 0, 0, 0, 0, 10), PRIVATE, "site local (RFC 3879)"},
	{V6(0xff00, 0, 0, 0, 0, 0, 0, 8), RESERVED, "multicast (RFC 4291)"},
};

/* The first octet tells most apart at once. */
static bool
contains(const struct network *network, const struct address *address)
{
	return (network->prefix < 8 || network->address.bytes[0] == address->bytes[0]) &&
	       network_contains(network, address);
}

const struct special *
special_find(const struct address *address)
{
	bool is_v4 = address->family == 4;
	const struct special *at = is_v4 ? specials_v4 : specials_v6, *best = NULL;
	const struct special *end = is_v4 ? specials_v4 + sizeof(specials_v4) / sizeof(*at)
					  : specials_v6 + sizeof(specials_v6) / sizeof(*at);

	for (; at < end && at->network.address.bytes[0] <= address->bytes[0]; at++)
		if (contains(&at->network, address) &&
		    (!best || at->network.prefix > best->network.prefix))
			best = at;
	return best;
}
