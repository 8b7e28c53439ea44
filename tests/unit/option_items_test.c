/* SPDX-License-Identifier: BSD-2-Clause */
/* What an item may be is seen with its errors in options_test.c; here, what is read from it. */
#include "resolver/option_items.h"

#include <limits.h>
#include <string.h>

#include "unit.h"

const char unit_name[] = "resolver/option_items";

/* Items end at a comma: nothing behind the length may be looked at. */
static void
numbers(void)
{
	static const struct {
		const char *text;
		unsigned long least, most, number; /* ULONG_MAX: refused */
	} cases[] = {
		{"0", 0, 10, 0},
		{"10", 0, 10, 10},
		{"11", 0, 10, ULONG_MAX},
		{"007", 0, 10, 7},
		{"4294967295", 0, 4294967295, 4294967295},
		{"4294967296", 0, 4294967295, ULONG_MAX},
		{"9999999999", 0, ULONG_MAX - 1, 9999999999},
		{"", 0, 10, ULONG_MAX},
		{"+1", 0, 10, ULONG_MAX},
		{"1x", 0, 10, ULONG_MAX},
		{"18446744073709551617", 0, 10, ULONG_MAX},
		{"00000000001", 0, 10, ULONG_MAX},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		unsigned long number = ULONG_MAX;

		item_number(cases[i].text, strlen(cases[i].text), cases[i].least, cases[i].most,
			    &number);
		CHECK(number == cases[i].number, "\"%s\": %lu", cases[i].text, number);
	}
	{
		unsigned long number = 0;

		CHECK(item_number("25,26", 2, 0, 100, &number) && number == 25, "%lu", number);
	}
}

static void
ports(void)
{
	struct port_range range;

	CHECK(item_ports("25-30,40", 5, &range) && range.first == 25 && range.last == 30, "range");
	CHECK(item_ports("25-30", 2, &range) && range.first == 25 && range.last == 25,
	      "a dash behind the end");
	CHECK(item_ports("1-65535", 7, &range) && range.first == 1 && range.last == 65535, "all");
}

static void
servers(void)
{
	struct server server = {{0}, {0}, 0};
	char text[LIMIT_NAME_TEXT];

	CHECK(item_server("192.0.2.1@5300,x", 14, &server) && server.port == 5300 &&
		      server.address.family == 4,
	      "port");
	CHECK(item_server("2001:db8::1@53", 11, &server) && server.port == 53 &&
		      server.address.family == 6,
	      "an at sign behind the end");
	CHECK(item_stub("Example.ORG.=192.0.2.1", 22, &server), "stub");
	CHECK_TEXT(dname_text(server.zone, text), "example.org", "zone");
	CHECK(item_is_resolv_conf("resolv.conf,x", 11) && !item_is_resolv_conf("resolv.conf", 10),
	      "resolv.conf");
}

static void
zones(void)
{
	static const char item[] = "example.org=a=b,c";
	uint8_t zone[LIMIT_NAME];
	const char *file = item_zone_name(item, 15, zone);

	CHECK(file == item + 12, "the file begins behind the first equals sign");
	CHECK(item_zone_name("example.org=", 11, zone) == NULL, "an equals sign behind the end");
	CHECK(item_zone_name("=x", 2, zone) == NULL, "no name");
	CHECK(item_zone_name(".=x", 3, zone) != NULL && zone[0] == 0, "the root");
}

/* Items of any length: every reader has a buffer of its own. */
static void
very_long_items(void)
{
	static char item[5000];
	static const char fill[] = "0a:.1=/@-_";
	struct network network;
	struct server server;
	struct port_range range;

	for (size_t f = 0; fill[f]; f++) {
		memset(item, fill[f], sizeof(item));
		CHECK(!item_ports(item, sizeof(item), &range), "%c", fill[f]);
		CHECK(!item_network(item, sizeof(item), &network), "%c", fill[f]);
		CHECK(!item_server(item, sizeof(item), &server), "%c", fill[f]);
		CHECK(!item_stub(item, sizeof(item), &server), "%c", fill[f]);
		CHECK(item_check_name(item, sizeof(item)) != NULL, "%c", fill[f]);
		CHECK(item_check_label(item, sizeof(item)) != NULL, "%c", fill[f]);
		CHECK(item_check_zone(item, sizeof(item)) != NULL, "%c", fill[f]);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(numbers), UNIT_TEST(ports),		UNIT_TEST(servers),
	UNIT_TEST(zones),   UNIT_TEST(very_long_items), CU_TEST_INFO_NULL,
};
