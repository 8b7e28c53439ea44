/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/ports.h"

#include <string.h>

#include "bench.h"
#include "unit.h"

const char unit_name[] = "policy/ports";

/* PORT-1: written down apart from policy/ports.c: what browsers refuse (Fetch standard, "port
 * blocking"), without SMTP's own ports, ... */
static const uint16_t browsers[] = {
	1,    7,    9,	  11,	13,   15,   17,	  19,	20,   21,   22,	  23,	37,   42,
	43,   53,   69,	  77,	79,   87,   95,	  101,	102,  103,  104,  109,	110,  111,
	113,  115,  117,  119,	123,  135,  137,  139,	143,  161,  179,  389,	427,  512,
	513,  514,  515,  526,	530,  531,  532,  540,	548,  554,  556,  563,	601,  636,
	989,  990,  993,  995,	1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000,
	6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080};
/* ... and more protocols that take lines as commands, print what they get, or show screens. */
static const struct port_range further[] = {
	{138, 138}, {6001, 6063}, {6379, 6379}, {9100, 9107}, {11211, 11211}, {11300, 11300},
};

static bool
expected_denied(unsigned port)
{
	for (size_t i = 0; i < N_OF(browsers); i++)
		if (browsers[i] == port)
			return true;
	for (size_t i = 0; i < N_OF(further); i++)
		if (port >= further[i].first && port <= further[i].last)
			return true;
	return false;
}

/* PORT-1: every port there is. */
static void
port_1_the_whole_range_against_the_deny_list(void)
{
	size_t denied = 0;

	for (unsigned port = 0; port <= 65535; port++) {
		const char *reason = port_denied((uint16_t)port);

		CHECK((reason != NULL) == expected_denied(port), "port %u: %s", port,
		      reason ? reason : "allowed");
		denied += reason != NULL;
	}
	CHECK(denied == N_OF(browsers) + 1 + 63 + 1 + 8 + 1 + 1, "%zu", denied);
}

/* PORT-1: each with its reason, which the explanation quotes. */
static void
port_1_every_denial_has_a_reason(void)
{
	for (unsigned port = 1; port <= 65535; port++) {
		const char *reason = port_denied((uint16_t)port);

		if (!reason)
			continue;
		CHECK(strlen(reason) >= 3 && strlen(reason) < 60, "port %u: %s", port, reason);
		for (const char *c = reason; *c; c++)
			CHECK(*c >= 0x20 && *c < 0x7f, "port %u", port);
	}
}

/* PORT-1: 465 and 587 are left to ports-secure; the list never takes SMTP's ports away. */
static void
port_1_smtp_is_never_denied(void)
{
	static const uint16_t smtp[] = {25, 465, 587, 2525};

	for (size_t i = 0; i < N_OF(smtp); i++)
		CHECK(port_denied(smtp[i]) == NULL, "%u", smtp[i]);
}

/* PORT-1: what the defaults allow, over the whole range. */
static void
port_1_default_sets(void)
{
	struct bench *bench = bench_new("");

	for (unsigned port = 0; port <= 65535; port++) {
		CHECK(port_in_set(&bench->settings.ports_insecure, (uint16_t)port) == (port == 25),
		      "insecure %u", port);
		CHECK(port_in_set(&bench->settings.ports_secure, (uint16_t)port) ==
			      (port == 25 || port == 2525 || port >= 1024),
		      "secure %u", port);
	}
	bench_free(bench);
}

static void
sets_hold_the_ends_of_their_ranges(void)
{
	struct port_range ranges[] = {{25, 25}, {1000, 1002}, {65535, 65535}};
	struct port_set set = {ranges, N_OF(ranges)}, empty = {NULL, 0};
	static const uint16_t in[] = {25, 1000, 1001, 1002, 65535};
	static const uint16_t out[] = {0, 1, 24, 26, 999, 1003, 65534};

	for (size_t i = 0; i < N_OF(in); i++)
		CHECK(port_in_set(&set, in[i]), "%u", in[i]);
	for (size_t i = 0; i < N_OF(out); i++)
		CHECK(!port_in_set(&set, out[i]), "%u", out[i]);
	CHECK(!port_in_set(&empty, 25), "empty");
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(port_1_the_whole_range_against_the_deny_list),
	UNIT_TEST(port_1_every_denial_has_a_reason),
	UNIT_TEST(port_1_smtp_is_never_denied),
	UNIT_TEST(port_1_default_sets),
	UNIT_TEST(sets_hold_the_ends_of_their_ranges),
	CU_TEST_INFO_NULL,
};
