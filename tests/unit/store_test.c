/* SPDX-License-Identifier: BSD-2-Clause */
/* RULES STS-5: which policies are held, in memory alone. */
#include "resolver/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_bed.h"
#include "unit.h"

const char unit_name[] = "resolver/store, memory";

/* The linker sends our objects' calls here (--wrap). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

static unsigned allocations, fail_at; /* 0: none fails */

static bool
fails(void)
{
	return ++allocations == fail_at;
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

static void
begin(struct bed *bed)
{
	bed_init(bed, false);
	CU_ASSERT_EQUAL_FATAL(bed_open(bed), 0);
}

static bool
put(struct bed *bed, const char *domain, enum nmx_sts_mode mode, int64_t fetched, uint32_t max_age,
    const char *text)
{
	struct store_policy policy = bed_policy(domain, mode, fetched, max_age, text);

	return store_put(bed->store, &policy);
}

static void
sts_5_a_policy_is_found_as_it_was_put(void)
{
	static const char *const domains[] = {"b.test", "a.test", "xn--bcher-kva.example",
					      "c.test"};
	struct bed bed;
	const struct store_policy *policy;

	begin(&bed);
	CHECK(!store_find(bed.store, "a.test") && store_count(bed.store) == 0, "none");
	CHECK(!store_at(bed.store, 0), "none");
	for (size_t i = 0; i < N_OF(domains); i++)
		CHECK(bed_put(&bed, domains[i], domains[i]), "%zu", i);
	policy = store_find(bed.store, "a.test");
	CU_ASSERT_PTR_NOT_NULL_FATAL(policy);
	CHECK_TEXT(policy->domain, "a.test", "domain");
	CHECK_TEXT(policy->id, "20260101", "id");
	CHECK(policy->fetched == BED_NOW && policy->expires == BED_NOW + 7 * DAY, "times");
	CHECK(policy->mode == NMX_STS_ENFORCE && policy->max_age == 7 * DAY, "mode, max_age");
	CHECK(policy->length == 6 && memcmp(policy->text, "a.test", 6) == 0, "text");
	CHECK(store_count(bed.store) == 4, "%zu", store_count(bed.store));
	CHECK_TEXT(store_at(bed.store, 0)->domain, "a.test", "sorted");
	CHECK_TEXT(store_at(bed.store, 3)->domain, "xn--bcher-kva.example", "sorted");
	CHECK(!store_at(bed.store, 4), "beyond");
	CHECK(store_unwritten(bed.store) == 0, "there is no file");
	bed_done(&bed, true);
}

/* What is held, what comes, what is held then. */
static void
sts_5_the_newer_one_is_kept(void)
{
	static const struct {
		int64_t held, comes;
		const char *expected;
	} cases[] = {
		{0, 1, "new"},	   {0, 0, "new"},	{0, -1, "old"},
		{-9, -8, "new"},   {1000, 0, "new"}, /* of the future: a clock's mistake */
		{1000, -5, "new"}, {1000, 2000, "new"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bed bed;

		begin(&bed);
		put(&bed, "a.test", NMX_STS_ENFORCE, BED_NOW + cases[i].held, 9999, "old");
		put(&bed, "a.test", NMX_STS_ENFORCE, BED_NOW + cases[i].comes, 9999, "new");
		CHECK_TEXT(bed_text(&bed, "a.test"), cases[i].expected, "%zu", i);
		CHECK(store_count(bed.store) == 1, "%zu", i);
		bed_done(&bed, true);
	}
}

static void
sts_5_a_clock_that_jumps_loses_nothing(void)
{
	struct bed bed;

	begin(&bed);
	bed_put(&bed, "a.test", "text");
	bed.wall_s = BED_NOW + 7 * DAY - 1;
	CHECK_TEXT(bed_text(&bed, "a.test"), "text", "to the last second");
	bed.wall_s++;
	CHECK_TEXT(bed_text(&bed, "a.test"), "", "expired");
	CHECK(store_count(bed.store) == 0, "expired");
	bed.wall_s = BED_NOW + 3650 * (int64_t)DAY;
	CHECK(bed_put(&bed, "b.test", "of the future"), "b");
	CHECK_TEXT(bed_text(&bed, "a.test"), "", "ten years on");
	bed.wall_s = BED_NOW + 60;
	CHECK_TEXT(bed_text(&bed, "a.test"), "text", "and back");
	CHECK_TEXT(bed_text(&bed, "b.test"), "of the future", "held");
	CHECK(bed_put(&bed, "b.test", "of today"), "b");
	CHECK_TEXT(bed_text(&bed, "b.test"), "of today", "but replaced");
	bed.wall_s = 5;
	CHECK_TEXT(bed_text(&bed, "a.test"), "text", "1970");
	bed_done(&bed, true);
}

static void
sts_5_max_age_0_removes_what_is_held(void)
{
	struct bed bed;

	begin(&bed);
	CHECK(put(&bed, "a.test", NMX_STS_ENFORCE, BED_NOW, 0, "zero"), "nothing is held");
	CHECK(store_count(bed.store) == 0, "and it is not kept");
	bed_put(&bed, "a.test", "held");
	CHECK(put(&bed, "a.test", NMX_STS_ENFORCE, BED_NOW - 1, 0, "zero"), "an older one");
	CHECK_TEXT(bed_text(&bed, "a.test"), "held", "changes nothing");
	CHECK(put(&bed, "a.test", NMX_STS_ENFORCE, BED_NOW + 1, 0, "zero"), "a newer one");
	CHECK_TEXT(bed_text(&bed, "a.test"), "", "removes it");
	bed.wall_s += 2;
	CHECK(bed_put(&bed, "a.test", "again") && *bed_text(&bed, "a.test"), "again");
	bed_done(&bed, true);
}

static void
sts_5_forgotten(void)
{
	struct bed bed;

	begin(&bed);
	CHECK(!store_forget(bed.store, "a.test"), "none");
	bed_put(&bed, "a.test", "text");
	CHECK(store_forget(bed.store, "a.test"), "one");
	CHECK(!store_find(bed.store, "a.test") && store_count(bed.store) == 0, "gone");
	CHECK(!store_forget(bed.store, "a.test"), "none");
	put(&bed, "a.test", NMX_STS_ENFORCE, BED_NOW - 1, DAY, "older");
	CHECK_TEXT(bed_text(&bed, "a.test"), "", "an older one does not come back");
	CHECK(bed_put(&bed, "a.test", "new") && *bed_text(&bed, "a.test"), "a new one does");
	bed_done(&bed, true);
}

static void
what_is_no_policy_is_refused(void)
{
	static char longest[LIMIT_STS_POLICY + 2];
	static const char *const domains[] = {"",	 "A.test",	 "a.test.",  ".",
					      "a..test", "a\\.b",	 "a b.test", "192.0.2.1",
					      "-a.test", "\xc3\xbc.test"};
	struct store_policy good = bed_policy("a.test", NMX_STS_NONE, BED_NOW, 60, "text"), bad;
	struct bed bed;

	begin(&bed);
	memset(longest, 'x', sizeof(longest) - 1);
	for (size_t i = 0; i < N_OF(domains); i++) {
		bad = good, bad.domain = domains[i];
		CHECK(!store_put(bed.store, &bad), "%s", domains[i]);
	}
	bad = good, bad.id = "012345678901234567890123456789012";
	CHECK(!store_put(bed.store, &bad), "33 octets");
	bad = good, bad.id = "a-b";
	CHECK(!store_put(bed.store, &bad), "a hyphen");
	bad = good, bad.mode = NMX_STS_ABSENT;
	CHECK(!store_put(bed.store, &bad), "mode");
	bad = good, bad.mode = (enum nmx_sts_mode)4;
	CHECK(!store_put(bed.store, &bad), "mode");
	bad = good, bad.fetched = -1, bad.expires = 5;
	CHECK(!store_put(bed.store, &bad), "fetched");
	bad = good, bad.expires = BED_NOW - 1;
	CHECK(!store_put(bed.store, &bad), "expires");
	bad = good, bad.expires = BED_NOW + LIMIT_STS_MAX_AGE + 1;
	CHECK(!store_put(bed.store, &bad), "expires");
	bad = good, bad.max_age = LIMIT_STS_MAX_AGE + 1;
	CHECK(!store_put(bed.store, &bad), "max_age");
	bad = good, bad.text = (const uint8_t *)longest, bad.length = LIMIT_STS_POLICY + 1;
	CHECK(!store_put(bed.store, &bad), "length");
	CHECK(store_count(bed.store) == 0, "none");
	bad.length--;
	CHECK(store_put(bed.store, &bad) && store_put(bed.store, &good), "good ones");
	bed_done(&bed, true);
}

/* ---- Too many ------------------------------------------------------------------------------- */

static const char *
numbered(const char *kind, unsigned i)
{
	static char domain[64];

	snprintf(domain, sizeof(domain), "%s-%u.test", kind, i);
	return domain;
}

static unsigned
held(struct bed *bed, const char *kind, unsigned n)
{
	unsigned found = 0;

	for (unsigned i = 0; i < n; i++)
		found += store_find(bed->store, numbered(kind, i)) != NULL;
	return found;
}

static void
put_n(struct bed *bed, const char *kind, unsigned n, enum nmx_sts_mode mode, uint32_t max_age,
      const char *text)
{
	for (unsigned i = 0; i < n; i++)
		if (!put(bed, numbered(kind, i), mode, bed->wall_s, max_age, text))
			CHECK(false, "%s %u", kind, i);
}

/* 1,000 of each kind, then as many more as there is room for without one kind after the other. */
static void
sts_5_live_enforce_policies_go_last(void)
{
	static const char *const kinds[] = {"dead", "none", "testing", "large", "young", "old"};
	static char large[5000];
	struct bed bed;

	begin(&bed);
	memset(large, 'x', sizeof(large) - 1);
	put_n(&bed, "old", 1000, NMX_STS_ENFORCE, DAY, "text");
	bed.wall_s += DAY;
	put_n(&bed, "old", 1000, NMX_STS_ENFORCE, 2 * DAY, "text"); /* fetched again: in use */
	put_n(&bed, "large", 1000, NMX_STS_ENFORCE, 9 * DAY, large);
	put_n(&bed, "testing", 1000, NMX_STS_TESTING, 9 * DAY, "text");
	put_n(&bed, "none", 1000, NMX_STS_NONE, 9 * DAY, "text");
	put_n(&bed, "dead", 1000, NMX_STS_ENFORCE, 60, "text");
	put_n(&bed, "young", 1000, NMX_STS_ENFORCE, DAY, "text");
	bed.wall_s += 60;
	put_n(&bed, "x", LIMIT_STORE_POLICIES - 6000, NMX_STS_ENFORCE, 9 * DAY, "text");
	for (unsigned kind = 0; kind < N_OF(kinds); kind++) {
		for (unsigned i = 0; i < N_OF(kinds); i++)
			if (i > 0)
				CHECK(held(&bed, kinds[i], 1000) == (i < kind ? 0 : 1000),
				      "%s after %u kinds", kinds[i], kind);
		/* Of one kind each time; names in use stay. */
		for (unsigned i = 0; i < 1000 && kind < 4; i++)
			put(&bed, numbered("y", 1000 * kind + i), NMX_STS_ENFORCE, bed.wall_s, DAY,
			    "text");
		if (kind == 4) /* "young" were looked at just now: the first of "x" go */
			break;
	}
	CHECK(store_count(bed.store) == LIMIT_STORE_POLICIES, "%zu", store_count(bed.store));
	bed_done(&bed, true);
}

/* An attacker's 200,000 domains, whose policies live as long as they can: what was in use for a day, or
 * since then, stays; so does room for newcomers. */
static void
sts_5_an_attackers_policies_displace_his_own(void)
{
	static char huge[LIMIT_STS_POLICY + 1], largest[4096 + 1];
	struct bed bed;

	begin(&bed);
	memset(huge, 'x', LIMIT_STS_POLICY);
	memset(largest, 'x', 4096);
	put_n(&bed, "old", 1000, NMX_STS_ENFORCE, 2 * DAY, "text");
	bed.wall_s += DAY;
	put_n(&bed, "old", 1000, NMX_STS_ENFORCE, DAY, "text");
	put_n(&bed, "young", 1000, NMX_STS_ENFORCE, DAY, "text");
	put_n(&bed, "huge", 2000, NMX_STS_ENFORCE, LIMIT_STS_MAX_AGE, huge);
	CHECK(held(&bed, "old", 1000) == 1000 && held(&bed, "young", 1000) == 1000, "huge ones");
	put_n(&bed, "evil", 150000, NMX_STS_ENFORCE, LIMIT_STS_MAX_AGE, "text");
	CHECK(held(&bed, "old", 1000) == 1000, "many");
	CHECK(held(&bed, "young", 1000) == 0, "what was not used meanwhile");
	put_n(&bed, "new", 1000, NMX_STS_ENFORCE, DAY, "text");
	put_n(&bed, "largest", 14000, NMX_STS_ENFORCE, LIMIT_STS_MAX_AGE, largest);
	CHECK(held(&bed, "old", 1000) == 1000, "as large as can be");
	CHECK(held(&bed, "largest", 14000) > 13000, "they have the room");
	bed_done(&bed, true);
}

static void
sts_5_newcomers_have_an_eighth(void)
{
	struct bed bed;

	begin(&bed);
	put_n(&bed, "evil", LIMIT_STORE_POLICIES, NMX_STS_ENFORCE, LIMIT_STS_MAX_AGE, "text");
	bed.wall_s += DAY;
	put_n(&bed, "evil", LIMIT_STORE_POLICIES, NMX_STS_ENFORCE, LIMIT_STS_MAX_AGE, "text");
	put_n(&bed, "new", LIMIT_STORE_POLICIES / 8, NMX_STS_ENFORCE, DAY, "text");
	CHECK(held(&bed, "new", LIMIT_STORE_POLICIES / 8) == LIMIT_STORE_POLICIES / 8, "held");
	bed_done(&bed, true);
}

/* ---- Counts --------------------------------------------------------------------------------- */

static void
counts_add_up_by_day(void)
{
	struct bed bed;

	begin(&bed);
	for (int i = 0; i < 3; i++) {
		store_tally(bed.store, 20000, "b.test", NMX_TLSRPT_STS, NMX_TLSRPT_SUCCESS,
			    "mx.b.test");
		store_tally(bed.store, 20000 + i, "a.test", NMX_TLSRPT_TLSA,
			    NMX_TLSRPT_TLSA_INVALID, "");
	}
	store_tally(bed.store, 20000, "a.test", NMX_TLSRPT_STS, NMX_TLSRPT_SUCCESS, "mx.a.test");
	CHECK_TEXT(bed_tallies(&bed, 20000),
		   "a.test 1 6  1\na.test 2 0 mx.a.test 1\nb.test 2 0 mx.b.test 3\n", "sorted");
	CHECK_TEXT(bed_tallies(&bed, 20001), "a.test 1 6  1\n", "the next day");
	CHECK_TEXT(bed_tallies(&bed, 19999), "", "the day before");
	bed_done(&bed, true);
}

static void
count(void *user, const struct store_tally *tally)
{
	uint64_t *n = user;

	n[tally->host[0] != '\0'] += tally->n;
}

static void
counts_beyond_the_limit_lose_their_host_then_themselves(void)
{
	uint64_t n[2] = {0, 0};
	struct bed bed;
	char host[32];

	begin(&bed);
	for (unsigned i = 0; i < LIMIT_STORE_TALLIES + 5000; i++) {
		snprintf(host, sizeof(host), "mx%u.test", i);
		store_tally(bed.store, 20000, "a.test", NMX_TLSRPT_STS, NMX_TLSRPT_SUCCESS, host);
	}
	CHECK(store_tallies(bed.store, 20000, count, n) == 0, "read");
	CHECK(n[1] == LIMIT_STORE_TALLIES && n[0] == 5000, "%d without", (int)n[0]);
	for (unsigned i = 0; i < 2 * LIMIT_STORE_TALLIES; i++)
		store_tally(bed.store, 20000, numbered("d", i), NMX_TLSRPT_STS, NMX_TLSRPT_SUCCESS,
			    "");
	CHECK(bed_said(&bed, "too many counts") == 1, "said once: %s", bed.log);
	store_tally(bed.store, 20031, "new.test", NMX_TLSRPT_STS, NMX_TLSRPT_SUCCESS, "");
	CHECK_TEXT(bed_tallies(&bed, 20031), "new.test 2 0  1\n", "30 days make room");
	bed_done(&bed, true);
}

/* ---- Memory --------------------------------------------------------------------------------- */

/* Each allocation fails in turn: what was held is held, or replaced, never lost. */
static void
an_allocation_that_fails(void)
{
	unsigned n = 0;
	bool done = false;

	for (unsigned at = 1; !done; at++) {
		struct bed bed;

		bed_init(&bed, false);
		allocations = 0;
		fail_at = at;
		if (bed_open(&bed) == 0) {
			bool first = bed_put(&bed, "a.test", "one"), second, third;

			second = bed_put(&bed, "a.test", "two");
			third = bed_put(&bed, "b.test", "three");
			store_tally(bed.store, 20000, "a.test", NMX_TLSRPT_STS, NMX_TLSRPT_SUCCESS,
				    "");
			CHECK_TEXT(bed_text(&bed, "a.test"),
				   second  ? "two"
				   : first ? "one"
					   : "",
				   "%u", at);
			CHECK_TEXT(bed_text(&bed, "b.test"), third ? "three" : "", "%u", at);
			CHECK(store_count(bed.store) == (size_t)(first || second) + third, "%u",
			      at);
			(void)bed_tallies(&bed, 20000);
			done = allocations < at;
			CHECK(store_forget(bed.store, "a.test") == (first || second), "%u", at);
		}
		fail_at = 0;
		n = at;
		bed_done(&bed, true);
	}
	CHECK(n > 8, "%u allocations", n);
}

/* A child of fork() frees its memory. */
static void
a_forked_child_frees_its_memory(void)
{
	struct bed bed;

	begin(&bed);
	bed_put(&bed, "a.test", "text");
	store_close(bed.store, true);
	bed.store = NULL;
	store_close(NULL, false);
	bed_done(&bed, true);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(sts_5_a_policy_is_found_as_it_was_put),
	UNIT_TEST(sts_5_the_newer_one_is_kept),
	UNIT_TEST(sts_5_a_clock_that_jumps_loses_nothing),
	UNIT_TEST(sts_5_max_age_0_removes_what_is_held),
	UNIT_TEST(sts_5_forgotten),
	UNIT_TEST(what_is_no_policy_is_refused),
	UNIT_TEST(sts_5_live_enforce_policies_go_last),
	UNIT_TEST(sts_5_an_attackers_policies_displace_his_own),
	UNIT_TEST(sts_5_newcomers_have_an_eighth),
	UNIT_TEST(counts_add_up_by_day),
	UNIT_TEST(counts_beyond_the_limit_lose_their_host_then_themselves),
	UNIT_TEST(an_allocation_that_fails),
	UNIT_TEST(a_forked_child_frees_its_memory),
	CU_TEST_INFO_NULL,
};
