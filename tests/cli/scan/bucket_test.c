/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/bucket.h"

#include "unit.h"

const char unit_name[] = "cli/scan/bucket";

static const int64_t second = 1000000000;

/* From a full bucket at 0: `questions` at once, and when the next may be asked. */
static void
when_the_next_may_be_asked(void)
{
	static const struct {
		uint64_t milli, questions;
		int64_t when;
	} cases[] = {
		{0, 1000000, 0},
		/* One question is kept, below ten a second. */
		{1000, 0, 0},
		{1000, 1, 1000000000},
		{1000, 3, 3000000000},
		{500, 1, 2000000000},
		{1, 1, 1000000000000},
		{3000, 1, 333333334}, /* a third of a second, and not before */
		{3000, 3, 1000000000},
		{10000, 1, 100000000},
		/* A tenth of a second's worth. */
		{20000, 1, 0},
		{20000, 2, 50000000},
		{100000, 9, 0},
		{100000, 10, 10000000},
		{100000, 110, 1010000000},
		{1000000000, 99999, 0},
		{1000000000, 100000, 1000},
		{UINT64_MAX, 100000, 1000},
		{7000, 7, 1000000000},
		{7000, 8, 1142857143},
		/* 1.5 are kept; after one there is half of one. */
		{15000, 1, 33333334},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct rate rate = rate_of(cases[i].milli);
		struct bucket b = {.full_at = 0};

		bucket_charge(&b, &rate, cases[i].questions, 0);
		CHECK(bucket_when(&b, &rate, 0) == cases[i].when, "case %zu: %lld", i,
		      (long long)bucket_when(&b, &rate, 0));
	}
}

/* Question by question is the same as all at once: nothing is rounded. */
static void
nothing_is_lost_by_rounding(void)
{
	static const uint64_t rates[] = {1, 3, 7, 999, 1001, 7777, 123457, 999999937, 1000000000};

	for (size_t i = 0; i < N_OF(rates); i++) {
		struct rate rate = rate_of(rates[i]);
		struct bucket one = {.full_at = 5}, all = {.full_at = 5};

		for (unsigned n = 0; n < 100003; n++)
			bucket_charge(&one, &rate, 1, 5);
		bucket_charge(&all, &rate, 100003, 5);
		CHECK(one.full_at == all.full_at && one.part == all.part,
		      "%llu: %lld+%llu, %lld+%llu", (unsigned long long)rates[i],
		      (long long)one.full_at, (unsigned long long)one.part, (long long)all.full_at,
		      (unsigned long long)all.part);
		/* A whole number of seconds for as many questions as a rate has in it. */
		one = all = (struct bucket){.full_at = 5};
		bucket_charge(&one, &rate, rates[i], 5);
		CHECK(one.full_at == 5 + 1000 * second && one.part == 0, "%llu: %lld",
		      (unsigned long long)rates[i], (long long)one.full_at);
	}
}

static void
years_and_absurd_numbers_fit(void)
{
	static const uint64_t rates[] = {1, 7, 1000, 999999999, UINT64_MAX};
	static const uint64_t questions[] = {1, 1000000000000, UINT64_MAX / 1000, UINT64_MAX};
	int64_t now = 200LL * 365 * 86400 * second;

	for (size_t i = 0; i < N_OF(rates); i++) {
		struct rate rate = rate_of(rates[i]);

		for (size_t j = 0; j < N_OF(questions); j++) {
			struct bucket b = {.full_at = now};
			int64_t last = now;

			for (int n = 0; n < 10; n++) {
				int64_t when;

				bucket_charge(&b, &rate, questions[j], now);
				when = bucket_when(&b, &rate, now);
				CHECK(when >= last, "%zu, %zu: %lld after %lld", i, j,
				      (long long)when, (long long)last);
				CHECK(b.part < rate.milli, "%zu, %zu", i, j);
				last = when;
			}
		}
	}
}

static void
a_bucket_holds_no_more_than_it_may(void)
{
	struct rate rate = rate_of(100000);
	struct bucket b = {.full_at = 0};

	/* After a long pause there are ten, not thousands. */
	bucket_charge(&b, &rate, 9, 1000 * second);
	CHECK(bucket_when(&b, &rate, 1000 * second) == 1000 * second, "the tenth");
	bucket_charge(&b, &rate, 1, 1000 * second);
	CHECK(bucket_when(&b, &rate, 1000 * second) == 1000 * second + 10000000, "the eleventh");
	CHECK(!bucket_is_full(&b, 1000 * second + 99999999), "not yet");
	CHECK(bucket_is_full(&b, 1000 * second + 100000000), "full");
}

static void
the_order_of_buckets(void)
{
	static const struct bucket buckets[] = {{1, 0}, {1, 1}, {1, 2}, {2, 0}, {2, 5}};

	for (size_t i = 0; i < N_OF(buckets); i++)
		for (size_t j = 0; j < N_OF(buckets); j++)
			CHECK(bucket_is_before(&buckets[i], &buckets[j]) == (i < j), "%zu, %zu", i,
			      j);
	CHECK(bucket_is_full(&buckets[0], 1) && !bucket_is_full(&buckets[1], 1), "a part counts");
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(when_the_next_may_be_asked),	 UNIT_TEST(nothing_is_lost_by_rounding),
	UNIT_TEST(years_and_absurd_numbers_fit), UNIT_TEST(a_bucket_holds_no_more_than_it_may),
	UNIT_TEST(the_order_of_buckets),	 CU_TEST_INFO_NULL,
};
