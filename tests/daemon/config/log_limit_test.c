/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/log_limit.h"

#include "unit.h"

const char unit_name[] = "daemon/log_limit";

static const int64_t second = 1000000000;

/* How many of n lines at that moment are written. */
static int
taken(struct log_limit *limit, enum nmx_log_level level, int64_t now, int n)
{
	int count = 0;

	for (int i = 0; i < n; i++)
		count += log_limit_take(limit, level, now);
	return count;
}

static void
many_at_once_and_then_so_many_a_second(void)
{
	struct log_limit limit = {0};
	int64_t now = 5000 * second;
	int n = taken(&limit, NMX_LOG_INFO, now, 1000);

	CHECK(n == LOG_AT_ONCE - LOG_FOR_WARNINGS, "%d", n);
	CHECK(limit.n_held_back == (uint64_t)(1000 - n), "%d", n);
	n = taken(&limit, NMX_LOG_INFO, now + second, 1000);
	CHECK(n == LOG_A_SECOND, "%d", n);
	n = taken(&limit, NMX_LOG_INFO, now + second + second / LOG_A_SECOND, 10);
	CHECK(n == 1, "%d", n);
	n = taken(&limit, NMX_LOG_INFO, now + 1000 * second, 1000);
	CHECK(n == LOG_AT_ONCE - LOG_FOR_WARNINGS, "%d: no more for a long rest", n);
}

static void
a_steady_stream_within_the_limit_is_whole(void)
{
	struct log_limit limit = {0};

	for (int i = 0; i < 10000; i++)
		CHECK(log_limit_take(&limit, NMX_LOG_DEBUG, i * (second / LOG_A_SECOND)), "%d", i);
	CHECK(limit.n_held_back == 0, "none");
}

static void
warnings_get_through_a_flood(void)
{
	struct log_limit limit = {0};
	int n;

	taken(&limit, NMX_LOG_INFO, second, 10000);
	n = taken(&limit, NMX_LOG_WARNING, second, 10);
	CHECK(n == 10, "%d", n);
	n = taken(&limit, NMX_LOG_ERROR, second, 1000);
	CHECK(n == LOG_FOR_WARNINGS - 10, "%d: they have a limit, too", n);
	CHECK(taken(&limit, NMX_LOG_INFO, second + second / LOG_A_SECOND, 10) == 0, "info waits");
}

/* A clock that stands still or goes back gives nothing, and takes nothing. */
static void
a_clock_that_does_not_go_on(void)
{
	struct log_limit limit = {0};

	taken(&limit, NMX_LOG_ERROR, 10 * second, 1000);
	CHECK(taken(&limit, NMX_LOG_ERROR, 9 * second, 10) == 0, "back");
	CHECK(taken(&limit, NMX_LOG_ERROR, 10 * second, 10) == 0, "there again");
	CHECK(taken(&limit, NMX_LOG_ERROR, 11 * second, 1000) == LOG_A_SECOND, "on");
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(many_at_once_and_then_so_many_a_second),
	UNIT_TEST(a_steady_stream_within_the_limit_is_whole),
	UNIT_TEST(warnings_get_through_a_flood),
	UNIT_TEST(a_clock_that_does_not_go_on),
	CU_TEST_INFO_NULL,
};
