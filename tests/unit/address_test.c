/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/address.h"

#include <string.h>

#include "unit.h"

const char unit_name[] = "base/address";

static void
addresses_are_read_strictly(void)
{
	static const char *const good[][2] = {
		{"192.0.2.1", "192.0.2.1"},
		{"0.0.0.0", "0.0.0.0"},
		{"255.255.255.255", "255.255.255.255"},
		{"::", "::"},
		{"::1", "::1"},
		{"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
		{"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6"},
	};
	static const char *const bad[] = {"",
					  " 192.0.2.1",
					  "192.0.2.1 ",
					  "192.0.2",
					  "192.0.2.256",
					  "192.0.2.01x",
					  "0x7f.0.0.1",
					  "192.0.2.1.",
					  "[192.0.2.1]",
					  "192.0.2.1:25",
					  ":",
					  ":::",
					  "1::2::3",
					  "2001:db8::g",
					  "fe80::1%eth0",
					  "2001:db8:1:2:3:4:5:6:7",
					  "example.org"};

	for (size_t i = 0; i < N_OF(good); i++) {
		char buffer[ADDRESS_TEXT_SIZE];
		struct address address;

		if (CHECK(address_from_text(good[i][0], &address), "%s", good[i][0]))
			CHECK_TEXT(address_text(&address, buffer), good[i][1], "%s", good[i][0]);
	}
	for (size_t i = 0; i < N_OF(bad); i++) {
		struct address untouched = {99, {0}};

		CHECK(!address_from_text(bad[i], &untouched), "%s", bad[i]);
		CHECK(untouched.family == 99, "%s", bad[i]);
	}
}

static void
the_longest_text_fits(void)
{
	char buffer[ADDRESS_TEXT_SIZE];
	struct address address = {6, {0}};

	memset(address.bytes, 0xff, sizeof(address.bytes));
	CHECK_TEXT(address_text(&address, buffer), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "v6");
}

static void
ipv4_is_sorted_before_ipv6(void)
{
	static const char *const sorted[] = {"0.0.0.0", "10.0.0.1", "10.0.0.2", "255.0.0.0", "::",
					     "::1",	"::2",	    "1::",	"ff00::"};

	for (size_t i = 0; i < N_OF(sorted); i++) {
		for (size_t j = 0; j < N_OF(sorted); j++) {
			struct address a, b;
			int order;

			address_from_text(sorted[i], &a);
			address_from_text(sorted[j], &b);
			order = address_compare(&a, &b);
			CHECK((order > 0) - (order < 0) == (i > j) - (i < j), "%s %s", sorted[i],
			      sorted[j]);
		}
	}
}

static void
networks_are_read_strictly(void)
{
	static const char *const good[] = {
		"0.0.0.0/0", "192.0.2.0/24",  "192.0.2.128/25", "192.0.2.1/32", "192.0.2.1",
		"::/0",	     "2001:db8::/32", "64:ff9b::/96",	"2001:db8::1",	"2001:db8::1/128"};
	static const char *const bad[] = {
		"",
		"/",
		"/24",
		"192.0.2.0/",
		"192.0.2.0/33",
		"192.0.2.1/24",
		"192.0.2.64/25",
		"192.0.2.0/-1",
		"192.0.2.0/+24",
		"192.0.2.0/ 24",
		"192.0.2.0/24 ",
		"192.0.2.0/2x",
		"192.0.2.0/24/24",
		"::/129",
		"2001:db8::1/64",
		"8000::/0",
		"1.2.3.4/99999999999999999999",
		"aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa/1280000000000000"};
	struct network network;

	for (size_t i = 0; i < N_OF(good); i++)
		CHECK(network_from_text(good[i], &network), "%s", good[i]);
	for (size_t i = 0; i < N_OF(bad); i++)
		CHECK(!network_from_text(bad[i], &network), "%s", bad[i]);
}

/* Every prefix length, at both ends of the network and one address beyond. */
static void
networks_contain_their_addresses_at_every_prefix(void)
{
	for (unsigned family = 4; family <= 6; family += 2) {
		unsigned most = family == 4 ? 32 : 128;

		for (unsigned prefix = 0; prefix <= most; prefix++) {
			struct network network = {{(uint8_t)family, {0}}, (uint8_t)prefix};
			struct address first, last, outside;

			for (unsigned bit = 0; bit < prefix; bit += 3)
				network.address.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
			first = last = network.address;
			for (unsigned bit = prefix; bit < most; bit++)
				last.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
			CHECK(network_contains(&network, &first), "v%u/%u", family, prefix);
			CHECK(network_contains(&network, &last), "v%u/%u", family, prefix);
			for (unsigned bit = 0; bit < prefix; bit++) {
				outside = last;
				outside.bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
				CHECK(!network_contains(&network, &outside), "v%u/%u bit %u",
				      family, prefix, bit);
			}
			outside = first;
			outside.family = family == 4 ? 6 : 4;
			CHECK(!network_contains(&network, &outside), "v%u/%u", family, prefix);
		}
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(addresses_are_read_strictly),
	UNIT_TEST(the_longest_text_fits),
	UNIT_TEST(ipv4_is_sorted_before_ipv6),
	UNIT_TEST(networks_are_read_strictly),
	UNIT_TEST(networks_contain_their_addresses_at_every_prefix),
	CU_TEST_INFO_NULL,
};
