/* SPDX-License-Identifier: BSD-2-Clause */
/* TTL-1: failures are kept for a minute, and nothing else is. */
#include "resolver/verdicts.h"

#include <string.h>

#include "bench.h"
#include "base/clock.h"
#include "unit.h"

const char unit_name[] = "resolver/verdicts";

static const struct answer bogus = {.state = ANSWER_BOGUS,
				    .security = NMX_BOGUS,
				    .rcode = RCODE_NOERROR,
				    .ttl = 60,
				    .bogus = "no signature"};
static const struct answer failed = {
	.state = ANSWER_FAILED, .security = NMX_INDETERMINATE, .rcode = RCODE_REFUSED, .ttl = 60};

static bool
find(struct verdicts *verdicts, struct bench *bench, const char *name, uint16_t type, int64_t now,
     struct answer *answer)
{
	const uint8_t *asked = bench_name(bench, name);

	return verdicts_find(verdicts, asked, verdicts_hash(asked), type, now, &bench->arena,
			     answer);
}

static void
ttl_1_failures_live_for_a_minute(void)
{
	static const struct {
		int64_t ns;
		uint32_t ttl; /* 0: gone */
	} times[] = {{0, 60},
		     {1, 60},
		     {NS_PER_S, 59},
		     {30 * NS_PER_S, 30},
		     {59 * NS_PER_S, 1},
		     {60 * NS_PER_S - 1, 1},
		     {60 * NS_PER_S, 0},
		     {90 * NS_PER_S, 0}};
	struct bench *bench = bench_new("");
	const int64_t start = 1000 * NS_PER_S;
	struct verdicts verdicts;
	struct answer answer;

	CHECK(verdicts_init(&verdicts), "memory");
	CHECK(!find(&verdicts, bench, "a.example", RR_A, start, &answer), "empty");
	verdicts_put(&verdicts, bench_name(bench, "a.example"), RR_A, &bogus, start);
	for (size_t i = 0; i < N_OF(times); i++) {
		bool found =
			find(&verdicts, bench, "a.example", RR_A, start + times[i].ns, &answer);

		if (CHECK(found == (times[i].ttl != 0), "%zu", i) && found)
			CHECK(answer.ttl == times[i].ttl, "%zu: %u", i, answer.ttl);
	}
	verdicts_done(&verdicts);
	bench_free(bench);
}

static void
answers_come_back_as_they_were(void)
{
	struct bench *bench = bench_new("");
	struct verdicts verdicts;
	struct answer answer;

	CHECK(verdicts_init(&verdicts), "memory");
	verdicts_put(&verdicts, bench_name(bench, "a.example"), RR_A, &bogus, 0);
	verdicts_put(&verdicts, bench_name(bench, "a.example"), RR_AAAA, &failed, 0);
	CHECK(find(&verdicts, bench, "a.example", RR_A, 0, &answer), "bogus");
	CHECK(answer.state == ANSWER_BOGUS && answer.security == NMX_BOGUS && answer.n_rrs == 0,
	      "bogus");
	CHECK_TEXT(answer.bogus, "no signature", "reason");
	CHECK(find(&verdicts, bench, "a.example", RR_AAAA, 0, &answer), "failed");
	CHECK(answer.state == ANSWER_FAILED && answer.security == NMX_INDETERMINATE &&
		      answer.rcode == RCODE_REFUSED && answer.bogus == NULL,
	      "failed");
	CHECK(!find(&verdicts, bench, "a.example", RR_MX, 0, &answer), "another type");
	CHECK(!find(&verdicts, bench, "b.example", RR_A, 0, &answer), "another name");
	verdicts_clear(&verdicts);
	CHECK(!find(&verdicts, bench, "a.example", RR_A, 0, &answer), "cleared");
	verdicts_done(&verdicts);
	bench_free(bench);
}

/* Only what libunbound said: our own timeouts and limits say nothing about the next try. */
static void
only_servfail_and_bogus_are_kept(void)
{
	for (int state = ANSWER_NONE; state <= ANSWER_NOMEM; state++) {
		struct bench *bench = bench_new("");
		struct answer put = {.state = (enum answer_state)state}, answer;
		bool kept = state == ANSWER_FAILED || state == ANSWER_BOGUS;
		struct verdicts verdicts;

		CHECK(verdicts_init(&verdicts), "memory");
		verdicts_put(&verdicts, bench_name(bench, "a.example"), RR_A, &put, 0);
		CHECK(find(&verdicts, bench, "a.example", RR_A, 0, &answer) == kept, "%d", state);
		verdicts_done(&verdicts);
		bench_free(bench);
	}
}

/* A second failure of the same question does not make the first one live longer. */
static void
a_repeat_keeps_the_first(void)
{
	struct bench *bench = bench_new("");
	struct verdicts verdicts;
	struct answer answer;

	CHECK(verdicts_init(&verdicts), "memory");
	verdicts_put(&verdicts, bench_name(bench, "a.example"), RR_A, &bogus, 0);
	verdicts_put(&verdicts, bench_name(bench, "a.example"), RR_A, &failed, 30 * NS_PER_S);
	CHECK(find(&verdicts, bench, "a.example", RR_A, 59 * NS_PER_S, &answer) &&
		      answer.state == ANSWER_BOGUS,
	      "the first");
	CHECK(!find(&verdicts, bench, "a.example", RR_A, 60 * NS_PER_S, &answer), "its minute");
	verdicts_put(&verdicts, bench_name(bench, "a.example"), RR_A, &failed, 61 * NS_PER_S);
	CHECK(find(&verdicts, bench, "a.example", RR_A, 62 * NS_PER_S, &answer) &&
		      answer.state == ANSWER_FAILED,
	      "a new one");
	verdicts_done(&verdicts);
	bench_free(bench);
}

static void
their_number_is_limited(void)
{
	struct bench *bench = bench_new("");
	struct verdicts verdicts;
	struct answer answer;

	CHECK(verdicts_init(&verdicts), "memory");
	for (unsigned i = 0; i < LIMIT_VERDICTS + 10; i++) {
		char name[32];
		struct text text = text_into(name, sizeof(name));

		text_printf(&text, "n%u.example", i);
		verdicts_put(&verdicts, bench_name(bench, name), RR_A, &failed, i);
		CHECK(verdicts.table.n <= LIMIT_VERDICTS, "%zu", verdicts.table.n);
	}
	CHECK(!find(&verdicts, bench, "n9.example", RR_A, 100, &answer), "the oldest went");
	CHECK(find(&verdicts, bench, "n10.example", RR_A, 100, &answer), "the next stayed");
	CHECK(!find(&verdicts, bench, "n10.example", RR_A, 100 * NS_PER_S, &answer), "all expire");
	CHECK(verdicts.table.n == 0 && !verdicts.kept.first, "%zu", verdicts.table.n);
	verdicts_done(&verdicts);
	bench_free(bench);
}

static void
the_longest_names_and_reasons(void)
{
	struct bench *bench = bench_new("");
	char reason[LIMIT_BOGUS_REASON];
	struct answer put = bogus, answer;
	uint8_t name[LIMIT_NAME];
	struct verdicts verdicts;

	memset(name, 'a', sizeof(name));
	name[0] = name[64] = name[128] = 63;
	name[192] = 61;
	name[254] = 0;
	memset(reason, 'r', sizeof(reason));
	reason[sizeof(reason) - 1] = '\0';
	put.bogus = reason;
	CHECK(verdicts_init(&verdicts), "memory");
	verdicts_put(&verdicts, name, RR_TLSA, &put, 0);
	CHECK(verdicts_find(&verdicts, name, verdicts_hash(name), RR_TLSA, 0, &bench->arena,
			    &answer),
	      "found");
	CHECK_TEXT(answer.bogus, reason, "reason");
	verdicts_done(&verdicts);
	bench_free(bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(ttl_1_failures_live_for_a_minute),
	UNIT_TEST(answers_come_back_as_they_were),
	UNIT_TEST(only_servfail_and_bogus_are_kept),
	UNIT_TEST(a_repeat_keeps_the_first),
	UNIT_TEST(their_number_is_limited),
	UNIT_TEST(the_longest_names_and_reasons),
	CU_TEST_INFO_NULL,
};
