/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/netstring.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

const char unit_name[] = "daemon/netstring";

enum { MOST = 20 };

static const struct {
	const char *octets;
	size_t n;
	enum netstring is;
	size_t start, length, used;
} cases[] = {
#define OCTETS(text) text, sizeof(text) - 1
	{OCTETS("5:hello,"), NETSTRING_WHOLE, 2, 5, 8},
	{OCTETS("0:,"), NETSTRING_WHOLE, 2, 0, 3},
	{OCTETS("0:,0:,"), NETSTRING_WHOLE, 2, 0, 3},
	{OCTETS("3:a,b,7:"), NETSTRING_WHOLE, 2, 3, 6},
	{OCTETS("3:\0\xff\n,"), NETSTRING_WHOLE, 2, 3, 6},
	{OCTETS("20:aaaaabbbbbcccccddddd,"), NETSTRING_WHOLE, 3, 20, 24},
	/* not here yet */
	{OCTETS(""), NETSTRING_MORE, 0, 0, 0},
	{OCTETS("5"), NETSTRING_MORE, 0, 0, 0},
	{OCTETS("0"), NETSTRING_MORE, 0, 0, 0},
	{OCTETS("20"), NETSTRING_MORE, 0, 0, 0},
	{OCTETS("5:"), NETSTRING_MORE, 0, 0, 0},
	{OCTETS("5:hell"), NETSTRING_MORE, 0, 0, 0},
	{OCTETS("5:hello"), NETSTRING_MORE, 0, 0, 0},
	{OCTETS("0:"), NETSTRING_MORE, 0, 0, 0},
	/* over the most, told as soon as the digits do */
	{OCTETS("21"), NETSTRING_LONG, 0, 0, 0},
	{OCTETS("21:aaaaabbbbbcccccdddddd,"), NETSTRING_LONG, 0, 0, 0},
	{OCTETS("100"), NETSTRING_LONG, 0, 0, 0},
	{OCTETS("99999999999999999999999999999999"), NETSTRING_LONG, 0, 0, 0},
	{OCTETS("18446744073709551616:"), NETSTRING_LONG, 0, 0, 0},
	{OCTETS("18446744073709551621:hello,"), NETSTRING_LONG, 0, 0, 0},
	/* none */
	{OCTETS(":"), NETSTRING_MALFORMED, 0, 0, 0},
	{OCTETS(":,"), NETSTRING_MALFORMED, 0, 0, 0},
	{OCTETS("05:hello,"), NETSTRING_MALFORMED, 0, 0, 0},
	{OCTETS("00:,"), NETSTRING_MALFORMED, 0, 0, 0},
	{OCTETS("00"), NETSTRING_MALFORMED, 0, 0, 0},
	{OCTETS("-1:,"), NETSTRING_MALFORMED, 0, 0, 0},
	{OCTETS("+5:hello,"), NETSTRING_MALFORMED, 0, 0, 0},
	{OCTETS(" 5:hello,"), NETSTRING_MALFORMED, 0, 0, 0},
	{OCTETS("5 :hello,"), NETSTRING_MALFORMED, 0, 0, 0},
	{OCTETS("0x5:hello,"), NETSTRING_MALFORMED, 0, 0, 0},
	{OCTETS("5;hello,"), NETSTRING_MALFORMED, 0, 0, 0},
	{OCTETS("5:hello;"), NETSTRING_MALFORMED, 0, 0, 0},
	{OCTETS("4:hello,"), NETSTRING_MALFORMED, 0, 0, 0},
	{OCTETS("5:hello\n"), NETSTRING_MALFORMED, 0, 0, 0},
	{OCTETS("5:hello\0,"), NETSTRING_MALFORMED, 0, 0, 0},
	{OCTETS("\0"), NETSTRING_MALFORMED, 0, 0, 0},
	{OCTETS("5\0:hello,"), NETSTRING_MALFORMED, 0, 0, 0},
	{OCTETS("GET / HTTP/1.1\r\n"), NETSTRING_MALFORMED, 0, 0, 0},
	{OCTETS("\xb5:hello,"), NETSTRING_MALFORMED, 0, 0, 0},
#undef OCTETS
};

static void
each_case(void)
{
	for (size_t i = 0; i < N_OF(cases); i++) {
		size_t start = 0, length = 0, used = 0;
		char *octets =
			malloc(cases[i].n ? cases[i].n : 1); /* so that reading beyond is seen */
		enum netstring is;

		CU_ASSERT_FATAL(octets != NULL);
		memcpy(octets, cases[i].octets, cases[i].n);
		is = netstring_read(octets, cases[i].n, MOST, &start, &length, &used);
		CHECK(is == cases[i].is, "%s: %d", cases[i].octets, is);
		CHECK(start == cases[i].start && length == cases[i].length && used == cases[i].used,
		      "%s: %zu %zu %zu", cases[i].octets, start, length, used);
		free(octets);
	}
}

/* However it arrives, what comes out is the same. */
static void
octet_by_octet(void)
{
	static const char whole[] = "14:tls-sec [a]:25,";
	size_t start = 0, length = 0, used = 0;

	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		CHECK(netstring_read(whole, n, MOST, &start, &length, &used) == NETSTRING_MORE,
		      "%zu octets", n);
	CHECK(netstring_read(whole, sizeof(whole) - 1, MOST, &start, &length, &used) ==
		      NETSTRING_WHOLE,
	      "all of it");
	CHECK(used == sizeof(whole) - 1, "%zu", used);
}

CU_TestInfo unit_tests[] = {UNIT_TEST(each_case), UNIT_TEST(octet_by_octet), CU_TEST_INFO_NULL};
