/* SPDX-License-Identifier: BSD-2-Clause */
/* TLSA records one by one (RULES DANE-5) and beside each other (DANE-8, LIM-1): dane_judge's half. */
#include "policy/dane.h"

#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "keys.h"
#include "unit.h"

const char unit_name[] = "policy/dane, records";

/* ---- Judging records ------------------------------------------------------------------------ */

/* A signed TLSA answer with these records. */
static struct dane_verdict
judge_records(struct bench *bench, union rr *rrs, size_t n)
{
	struct dane_answers answers = {
		.bases = {.names = {bench_name(bench, "a.example")}, .n = 1}};
	struct dane_verdict verdict = {0};

	answers.tlsa[0] = (struct answer){
		.state = ANSWER_DATA, .security = NMX_SECURE, .rrs = rrs, .n_rrs = n};
	CHECK(dane_judge(&answers, &bench->arena, &verdict), "memory");
	return verdict;
}

/* "3 1 1 used, 0 1 1 bad-usage", in the order that comes out. */
static const char *
records_text(const struct dane_verdict *verdict)
{
	static char buffer[8192];
	struct text text = text_into(buffer, sizeof(buffer));

	for (size_t i = 0; i < verdict->n_records; i++) {
		char name[16];

		text_printf(&text, "%s%s %s", i ? ", " : "",
			    dane_record_text(&verdict->records[i], name),
			    nmx_tlsa_state_name(verdict->records[i].state));
	}
	return buffer;
}

static enum nmx_tlsa_state
state_of(unsigned usage, unsigned selector, unsigned mtype, const uint8_t *data, size_t length)
{
	struct bench *bench = bench_new("");
	union rr rr = {.tlsa = {(uint8_t)usage, (uint8_t)selector, (uint8_t)mtype, (uint16_t)length,
				data}};
	struct dane_verdict verdict = judge_records(bench, &rr, 1);
	enum nmx_tlsa_state state = verdict.records[0].state;

	CHECK(verdict.n_records == 1 && verdict.n_beyond == 0, "one record");
	CHECK(verdict.state == (state == NMX_TLSA_USED ? DANE_USABLE : DANE_UNUSABLE),
	      "%u %u %u: the verdict is the record's", usage, selector, mtype);
	bench_free(bench);
	return state;
}

/* ---- DANE-5 --------------------------------------------------------------------------------- */

/* Each octet in each of the three fields. */
static void
dane_5_every_usage_selector_and_matching_type(void)
{
	static const uint8_t digest[64];

	for (unsigned octet = 0; octet < 256; octet++) {
		CHECK((state_of(octet, 1, 1, digest, 32) == NMX_TLSA_USED) ==
			      (octet == 2 || octet == 3),
		      "usage %u", octet);
		CHECK((state_of(3, octet, 1, digest, 32) == NMX_TLSA_USED) == (octet < 2),
		      "selector %u", octet);
		if (octet != 1)
			CHECK(state_of(3, 1, octet, digest, 32) == (octet == 0 ? NMX_TLSA_BAD_DATA
								    : octet == 2
									    ? NMX_TLSA_BAD_LENGTH
									    : NMX_TLSA_BAD_MTYPE),
			      "matching type %u", octet);
	}
	CHECK(state_of(1, 1, 1, digest, 32) == NMX_TLSA_BAD_USAGE, "usage");
	CHECK(state_of(3, 2, 1, digest, 32) == NMX_TLSA_BAD_SELECTOR, "selector");
}

static void
dane_5_digests_have_one_length(void)
{
	static const uint8_t digest[65535];

	for (size_t length = 0; length < 200; length++) {
		CHECK(state_of(3, 1, 1, digest, length) ==
			      (length == 32 ? NMX_TLSA_USED : NMX_TLSA_BAD_LENGTH),
		      "SHA-256 of %zu", length);
		CHECK(state_of(2, 0, 2, digest, length) ==
			      (length == 64 ? NMX_TLSA_USED : NMX_TLSA_BAD_LENGTH),
		      "SHA-512 of %zu", length);
	}
	CHECK(state_of(3, 1, 1, digest, 65535) == NMX_TLSA_BAD_LENGTH, "longest");
	CHECK(state_of(3, 1, 1, NULL, 0) == NMX_TLSA_BAD_LENGTH, "none");
	CHECK(state_of(3, 1, 0, NULL, 0) == NMX_TLSA_BAD_DATA, "no key");
	CHECK(state_of(2, 0, 0, NULL, 0) == NMX_TLSA_BAD_DATA, "no certificate");
}

/* Usages 2 and 3 alike, whole data is what the selector says. */
static void
dane_5_whole_data_is_what_the_selector_says(void)
{
	static const struct {
		const char *records, *expected;
	} cases[] = {
		{"2 0 0 " KEYS_CERTIFICATE, "2 0 0 used"},
		{"3 0 0 " KEYS_CERTIFICATE, "3 0 0 used"},
		{"2 1 0 " KEYS_KEY, "2 1 0 used"},
		{"3 1 0 " KEYS_KEY, "3 1 0 used"},
		{"3 1 0 " KEYS_RSA, "3 1 0 used"},
		{"2 0 0 " KEYS_KEY, "2 0 0 bad-data"},
		{"3 1 0 " KEYS_CERTIFICATE, "3 1 0 bad-data"},
		{"3 0 0 " KEYS_CERTIFICATE "00", "3 0 0 bad-data"},
		{"3 1 0 " KEYS_KEY "00", "3 1 0 bad-data"},
		{"3 1 0 " KEYS_SHA256, "3 1 0 bad-data"},
		{"1 0 0 " KEYS_CERTIFICATE, "1 0 0 bad-usage"},
		{"3 1 0 " KEYS_KEY ";3 0 0 " KEYS_KEY, "3 1 0 used, 3 0 0 bad-data"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bench *bench = bench_new("");
		struct answer answer = bench_answer(bench, RR_TLSA, cases[i].records);
		struct dane_verdict verdict = judge_records(bench, answer.rrs, answer.n_rrs);

		CHECK_TEXT(records_text(&verdict), cases[i].expected, "%zu", i);
		bench_free(bench);
	}
}

/* ---- DANE-8 --------------------------------------------------------------------------------- */

enum { KINDS = 12 };

/* Kinds 0..11: usage 2 and 3, selector 0 and 1, matching type 0 to 2, in the order that comes out. */
static const char *
record_of_kind(unsigned kind)
{
	static const char *const data[2][3] = {{KEYS_CERTIFICATE, KEYS_SHA256, KEYS_SHA512},
					       {KEYS_KEY, KEYS_SHA256, KEYS_SHA512}};
	static char buffer[1024];
	struct text text = text_into(buffer, sizeof(buffer));

	text_printf(&text, "%u %u %u %s", 2 + kind / 6, kind / 3 % 2, kind % 3,
		    data[kind / 3 % 2][kind % 3]);
	return buffer;
}

/* SHA-256 beside SHA-512 of the same usage and selector, and nothing else, is put aside. */
static bool
is_weaker(unsigned set, unsigned kind)
{
	return kind % 3 == 1 && set >> (kind + 1) & 1;
}

/* DANE-8, RFC 7671 section 9: every set of usable records. */
static void
dane_8_the_whole_table(void)
{
	struct bench *bench = bench_new("");
	union rr kinds[KINDS], rrs[KINDS];

	for (unsigned kind = 0; kind < KINDS; kind++)
		kinds[kind] = bench_answer(bench, RR_TLSA, record_of_kind(kind)).rrs[0];
	for (unsigned set = 1; set < 1u << KINDS; set++) {
		struct arena_mark mark = arena_mark(&bench->arena);
		struct dane_verdict verdict;
		unsigned used = 0;
		size_t n = 0;

		for (unsigned kind = 0; kind < KINDS; kind++)
			if (set >> kind & 1)
				rrs[n++] = kinds[kind];
		verdict = judge_records(bench, rrs, n);
		CHECK(verdict.state == DANE_USABLE && verdict.n_records == n, "%x", set);
		for (size_t i = 0; i < verdict.n_records; i++) {
			const struct rr_tlsa *rr = &verdict.records[i].rr;
			unsigned kind = (rr->usage - 2u) * 6 + rr->selector * 3u + rr->mtype;

			CHECK(verdict.records[i].state ==
				      (is_weaker(set, kind) ? NMX_TLSA_WEAKER : NMX_TLSA_USED),
			      "set %x, kind %u", set, kind);
			used += verdict.records[i].state == NMX_TLSA_USED;
		}
		CHECK(used > 0, "%x: something is left to match", set);
		arena_rewind(&bench->arena, mark);
	}
	bench_free(bench);
}

/* DANE-8: what cannot be used puts nothing aside. */
static void
dane_8_only_usable_digests_count(void)
{
	static const struct {
		const char *records, *expected;
	} cases[] = {
		{"3 1 1 " KEYS_SHA256 ";3 1 2 " KEYS_SHA256, "3 1 1 used, 3 1 2 bad-length"},
		{"3 1 1 " KEYS_SHA256 ";1 1 2 " KEYS_SHA512, "3 1 1 used, 1 1 2 bad-usage"},
		{"3 1 1 " KEYS_SHA256 ";3 2 2 " KEYS_SHA512, "3 1 1 used, 3 2 2 bad-selector"},
		{"3 1 1 " KEYS_SHA256 ";3 1 3 " KEYS_SHA512, "3 1 1 used, 3 1 3 bad-mtype"},
		{"3 1 1 " KEYS_SHA256 ";3 1 0 " KEYS_SHA256, "3 1 1 used, 3 1 0 bad-data"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bench *bench = bench_new("");
		struct answer answer = bench_answer(bench, RR_TLSA, cases[i].records);
		struct dane_verdict verdict = judge_records(bench, answer.rrs, answer.n_rrs);

		CHECK_TEXT(records_text(&verdict), cases[i].expected, "%zu", i);
		bench_free(bench);
	}
}

/* ---- LIM-1, and order ----------------------------------------------------------------------- */

/* n records of one kind, all different: 0 used, 1 weaker, 2 unusable. */
static size_t
add_records(struct bench *bench, union rr *rrs, size_t at, unsigned kind, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t *data = arena_alloc(&bench->arena, 64);

		data[0] = (uint8_t)(37 * i);
		data[1] = (uint8_t)i;
		rrs[at + i].tlsa = kind == 0   ? (struct rr_tlsa){3, 1, 2, 64, data}
				   : kind == 1 ? (struct rr_tlsa){3, 1, 1, 32, data}
					       : (struct rr_tlsa){0, 0, 1, 32, data};
	}
	return at + n;
}

/* At most 32 are listed: what a certificate can match is the last that is left out, what cannot be
 * used the first. */
static void
check_limit(size_t used, size_t weaker, size_t unusable)
{
	struct bench *bench = bench_new("");
	size_t n = used + weaker + unusable, n_used = 0, n_usable = 0;
	union rr *rrs = arena_array(&bench->arena, n, sizeof(*rrs));
	struct dane_verdict verdict;

	add_records(bench, rrs,
		    add_records(bench, rrs, add_records(bench, rrs, 0, 2, unusable), 1, weaker), 0,
		    used);
	verdict = judge_records(bench, rrs, n);
	CHECK(verdict.n_records == (n < 32 ? n : 32) && verdict.n_beyond == n - verdict.n_records,
	      "%zu, %zu, %zu: %zu listed", used, weaker, unusable, verdict.n_records);
	for (size_t i = 0; i < verdict.n_records; i++) {
		bool usable = verdict.records[i].state <= NMX_TLSA_WEAKER;

		CHECK(!usable || n_usable == i, "%zu, %zu, %zu: usable ones first", used, weaker,
		      unusable);
		n_usable += usable;
		n_used += verdict.records[i].state == NMX_TLSA_USED;
	}
	CHECK(n_usable == (used + weaker < 32 ? used + weaker : 32), "%zu, %zu, %zu: %zu usable",
	      used, weaker, unusable, n_usable);
	CHECK(n_used == (used < 32 ? used : 32), "%zu, %zu, %zu: only %zu used are left", used,
	      weaker, unusable, n_used);
	bench_free(bench);
}

static void
lim_1_what_counts_is_left_out_last(void)
{
	static const size_t numbers[] = {0, 1, 8, 31, 32, 33, 200};

	for (size_t i = 1; i < N_OF(numbers); i++)
		for (size_t j = 0; j < N_OF(numbers); j++)
			for (size_t k = 0; k < N_OF(numbers); k++)
				check_limit(numbers[i], numbers[j], numbers[k]);
}

/* libunbound rotates RRsets. */
static void
the_order_of_the_records_does_not_matter(void)
{
	struct bench *bench = bench_new("");
	union rr rrs[50], turned[50];
	size_t n = add_records(bench, rrs,
			       add_records(bench, rrs, add_records(bench, rrs, 0, 2, 20), 1, 5), 0,
			       15);
	struct dane_verdict first;

	rrs[n] = rrs[0]; /* the beginning of another */
	rrs[n++].tlsa.length--;
	first = judge_records(bench, rrs, n);
	for (size_t shift = 1; shift < n; shift++) {
		struct dane_verdict verdict;

		for (size_t i = 0; i < n; i++)
			turned[i] = rrs[(i + shift) % n];
		verdict = judge_records(bench, turned, n);
		for (size_t i = 0; i < first.n_records; i++)
			CHECK(verdict.records[i].rr.data == first.records[i].rr.data &&
				      verdict.records[i].rr.length == first.records[i].rr.length &&
				      verdict.records[i].state == first.records[i].state,
			      "shift %zu, %zu", shift, i);
	}
	bench_free(bench);
}

static void
a_record_as_text(void)
{
	struct tlsa_record record = {{255, 255, 255, 0, NULL}, NMX_TLSA_USED};
	char buffer[16];

	CHECK_TEXT(dane_record_text(&record, buffer), "255 255 255", "longest");
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(dane_5_every_usage_selector_and_matching_type),
	UNIT_TEST(dane_5_digests_have_one_length),
	UNIT_TEST(dane_5_whole_data_is_what_the_selector_says),
	UNIT_TEST(dane_8_the_whole_table),
	UNIT_TEST(dane_8_only_usable_digests_count),
	UNIT_TEST(lim_1_what_counts_is_left_out_last),
	UNIT_TEST(the_order_of_the_records_does_not_matter),
	UNIT_TEST(a_record_as_text),
	CU_TEST_INFO_NULL,
};
