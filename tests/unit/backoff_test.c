/* SPDX-License-Identifier: BSD-2-Clause */
/* RULES BAK-1: how long an endpoint stands behind others. */
#include "resolver/backoff.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "bench.h"
#include "unit.h"

const char unit_name[] = "resolver/backoff";

enum { START_S = 1000 };

static int64_t
at_s(int64_t seconds)
{
	return (START_S + seconds) * NS_PER_S;
}

static struct backoff
fresh(void)
{
	struct backoff backoff;

	CHECK(backoff_init(&backoff, 42), "memory");
	return backoff;
}

/* IPv4 address number i. */
static struct address
numbered(uint32_t i)
{
	return (struct address){4, {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
}

static void
fail_n(struct backoff *backoff, const struct address *address, unsigned n, int64_t now)
{
	while (n--)
		backoff_failed(backoff, address, 25, now, now);
}

static void
bak_1_an_unknown_endpoint_is_good(void)
{
	struct backoff b = fresh();
	struct address a = bench_address("192.0.2.1");

	CHECK(backoff_left(&b, &a, 25, at_s(0)) == 0, "never seen");
	backoff_contacted(&b, &a, 25);
	CHECK(b.n == 0, "a contact is not remembered");
	backoff_done(&b);
}

static void
bak_1_each_failure_doubles_up_to_an_hour(void)
{
	static const unsigned seconds[] = {60, 120, 240, 480, 960, 1920, 3600, 3600, 3600};
	struct address a = bench_address("192.0.2.1");

	for (unsigned n = 1; n <= N_OF(seconds); n++) {
		struct backoff b = fresh();

		fail_n(&b, &a, n, at_s(0));
		CHECK(backoff_left(&b, &a, 25, at_s(0)) == seconds[n - 1], "%u failures: %u", n,
		      backoff_left(&b, &a, 25, at_s(0)));
		CHECK(b.n == 1, "one endpoint");
		backoff_done(&b);
	}
	struct backoff b = fresh();
	fail_n(&b, &a, 100000, at_s(0));
	CHECK(backoff_left(&b, &a, 25, at_s(0)) == 3600, "a hundred thousand");
	backoff_done(&b);
}

/* Seconds are rounded up: while an endpoint stands behind, it never says 0. */
static void
bak_1_the_time_runs_out(void)
{
	struct backoff b = fresh();
	struct address a = bench_address("2001:db8::1");

	backoff_failed(&b, &a, 25, at_s(0), at_s(0));
	CHECK(backoff_left(&b, &a, 25, at_s(0) + 1) == 60, "a nanosecond later");
	CHECK(backoff_left(&b, &a, 25, at_s(1)) == 59, "a second later");
	CHECK(backoff_left(&b, &a, 25, at_s(59)) == 1, "59 seconds later");
	CHECK(backoff_left(&b, &a, 25, at_s(60) - 1) == 1, "a nanosecond before the end");
	CHECK(backoff_left(&b, &a, 25, at_s(60)) == 0, "the end");
	CHECK(b.n == 1, "but it is remembered");
	backoff_failed(&b, &a, 25, at_s(61), at_s(61));
	CHECK(backoff_left(&b, &a, 25, at_s(61)) == 120, "the second failure within the hour");
	backoff_done(&b);
}

/* After h whole hours without a failure n >> h of n failures are left, and one more counts upon those. */
static void
bak_1_failures_halve_each_hour(void)
{
	struct address a = bench_address("192.0.2.1");

	for (unsigned n = 1; n <= 70; n++) {
		for (unsigned h = 0; h <= 8; h++) {
			struct backoff b = fresh();
			unsigned left = (n >> h) + 1, expected = 60;

			fail_n(&b, &a, n, at_s(0));
			backoff_failed(&b, &a, 25, at_s(3600 * h), at_s(3600 * h));
			while (--left && expected < 3600)
				expected *= 2;
			expected = expected > 3600 ? 3600 : expected;
			CHECK(backoff_left(&b, &a, 25, at_s(3600 * h)) == expected,
			      "%u failures, %u hours, one more: %u", n, h,
			      backoff_left(&b, &a, 25, at_s(3600 * h)));
			backoff_done(&b);
		}
	}
}

static void
bak_1_an_hour_begins_at_the_last_failure(void)
{
	struct backoff b = fresh();
	struct address a = bench_address("192.0.2.1");

	fail_n(&b, &a, 4, at_s(0));
	backoff_failed(&b, &a, 25, at_s(3600) - 1, at_s(3600) - 1);
	CHECK(backoff_left(&b, &a, 25, at_s(3600) - 1) == 960, "five: no hour has passed");
	backoff_failed(&b, &a, 25, at_s(7200) - 1, at_s(7200) - 1);
	CHECK(backoff_left(&b, &a, 25, at_s(7200) - 1) == 240, "two of five, and one");
	backoff_done(&b);
}

/* What has halved to nothing is forgotten when it is looked at; a thousand years are no danger. */
static void
bak_1_nothing_left_is_forgotten(void)
{
	static const int64_t years[] = {1, 31, 100};
	struct address a = bench_address("192.0.2.1");

	for (size_t i = 0; i < N_OF(years); i++) {
		struct backoff b = fresh();

		fail_n(&b, &a, 1000, at_s(0));
		CHECK(backoff_left(&b, &a, 25, at_s(years[i] * 365 * 86400)) == 0, "%zu", i);
		CHECK(b.n == 0 && b.table.n == 0 && b.used.first == NULL, "%zu", i);
		backoff_failed(&b, &a, 25, at_s(years[i] * 365 * 86400),
			       at_s(years[i] * 365 * 86400));
		CHECK(backoff_left(&b, &a, 25, at_s(years[i] * 365 * 86400)) == 60, "anew");
		backoff_done(&b);
	}
}

static void
bak_1_a_contact_forgets(void)
{
	struct backoff b = fresh();
	struct address a = bench_address("192.0.2.1");

	fail_n(&b, &a, 9, at_s(0));
	backoff_contacted(&b, &a, 25);
	CHECK(b.n == 0 && backoff_left(&b, &a, 25, at_s(0)) == 0, "forgotten");
	backoff_failed(&b, &a, 25, at_s(1), at_s(1));
	CHECK(backoff_left(&b, &a, 25, at_s(1)) == 60, "from the beginning");
	backoff_done(&b);
}

/* 192.0.2.1, ::192.0.2.1, c000:201:: and each port are endpoints of their own. */
static void
bak_1_families_addresses_and_ports_are_distinct(void)
{
	static const char *const addresses[] = {"192.0.2.1",	    "192.0.2.2",  "::192.0.2.1",
						"::ffff:192.0.2.1", "c000:201::", "2001:db8::1"};
	static const uint16_t ports[] = {1, 25, 256, 465, 6400, 65535};
	enum { N = N_OF(addresses) * N_OF(ports) };

	for (size_t bad = 0; bad < N; bad++) {
		struct backoff b = fresh();
		struct address a = bench_address(addresses[bad / N_OF(ports)]);

		backoff_failed(&b, &a, ports[bad % N_OF(ports)], at_s(0), at_s(0));
		for (size_t i = 0; i < N; i++) {
			a = bench_address(addresses[i / N_OF(ports)]);
			backoff_contacted(&b, &a, (uint16_t)(ports[i % N_OF(ports)] + 1));
			CHECK((backoff_left(&b, &a, ports[i % N_OF(ports)], at_s(0)) != 0) ==
				      (i == bad),
			      "%s port %u", addresses[i / N_OF(ports)], ports[i % N_OF(ports)]);
		}
		backoff_done(&b);
	}
}

/* The octets behind an IPv4 address say nothing. */
static void
bak_1_octets_beyond_the_address_do_not_count(void)
{
	struct backoff b = fresh();
	struct address a = bench_address("192.0.2.1"), same = a;

	memset(same.bytes + 4, 0xff, 12);
	backoff_failed(&b, &a, 25, at_s(0), at_s(0));
	CHECK(backoff_left(&b, &same, 25, at_s(0)) == 60, "the same address");
	backoff_done(&b);
}

/* LIMIT_BACKOFFS are kept: those that failed last. */
static void
bak_1_at_most_4096_are_remembered(void)
{
	struct backoff b = fresh();
	struct address a = numbered(0);

	for (uint32_t i = 0; i < LIMIT_BACKOFFS; i++) {
		a = numbered(i);
		backoff_failed(&b, &a, 25, at_s(0), at_s(0));
	}
	CHECK(b.n == 4096 && b.table.n == 4096, "%zu", b.n);
	a = numbered(0);
	backoff_failed(&b, &a, 25, at_s(1), at_s(1));
	CHECK(b.n == 4096, "one that is known displaces none");
	for (uint32_t i = LIMIT_BACKOFFS; i < 5 * LIMIT_BACKOFFS - 1; i++) {
		a = numbered(i);
		backoff_failed(&b, &a, 25, at_s(2), at_s(2));
		a = numbered(0);
		if (i < 2 * LIMIT_BACKOFFS - 1 && b.n != 4096)
			CHECK(false, "%u: %zu", i, b.n);
		if (i == 2 * LIMIT_BACKOFFS - 2)
			CHECK(backoff_left(&b, &a, 25, at_s(2)) > 0, "failed again: kept longest");
		if (i == 2 * LIMIT_BACKOFFS - 1)
			CHECK(backoff_left(&b, &a, 25, at_s(2)) == 0, "the next takes its place");
	}
	CHECK(b.n == 4096 && b.table.n == 4096, "%zu, %zu", b.n, b.table.n);
	for (uint32_t i = 0; i < 5 * LIMIT_BACKOFFS - 1; i++) {
		a = numbered(i);
		if ((backoff_left(&b, &a, 25, at_s(2)) > 0) != (i >= 4 * LIMIT_BACKOFFS - 1))
			CHECK(false, "%u", i);
	}
	backoff_done(&b);
	CHECK(b.n == 0, "done");
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(bak_1_an_unknown_endpoint_is_good),
	UNIT_TEST(bak_1_each_failure_doubles_up_to_an_hour),
	UNIT_TEST(bak_1_the_time_runs_out),
	UNIT_TEST(bak_1_failures_halve_each_hour),
	UNIT_TEST(bak_1_an_hour_begins_at_the_last_failure),
	UNIT_TEST(bak_1_nothing_left_is_forgotten),
	UNIT_TEST(bak_1_a_contact_forgets),
	UNIT_TEST(bak_1_families_addresses_and_ports_are_distinct),
	UNIT_TEST(bak_1_octets_beyond_the_address_do_not_count),
	UNIT_TEST(bak_1_at_most_4096_are_remembered),
	CU_TEST_INFO_NULL,
};
