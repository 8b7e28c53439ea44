/* SPDX-License-Identifier: BSD-2-Clause */
/* TTLs of absence (TTL-1), and packets that are broken. */
#include "base/rr.h"

#include <stdlib.h>
#include <string.h>

#include "packet.h"
#include "unit.h"

const char unit_name[] = "base/rr, TTLs and malformed packets";

static struct packet packet;

static enum rr_result
parse(const char *name, uint16_t type, struct arena *arena, struct rr_answer *answer)
{
	return packet_parse(packet.bytes, packet.size, name, type, arena, answer);
}

/* ---- TTL ------------------------------------------------------------------------------------ */

/* TTL-1: min(SOA TTL, MINIMUM); without SOA 60 s; RFC 2181 section 8: the high bit means 0. */
static void
ttl_1_negative_answers(void)
{
	static const struct {
		uint32_t ttl, minimum, expected;
	} cases[] = {
		{3600, 300, 300},
		{300, 3600, 300},
		{0, 300, 0},
		{300, 0, 0},
		{0x80000000, 300, 0},
		{0xffffffff, 300, 0},
		{300, 0xffffffff, 300},
		{0x7fffffff, 0x7fffffff, 0x7fffffff},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct rr_answer answer;
		struct arena arena;

		arena_init(&arena);
		packet_begin(&packet, RCODE_NXDOMAIN, "a.example", RR_A);
		packet_soa(&packet, "example", cases[i].ttl, cases[i].minimum);
		CHECK(parse("a.example", RR_A, &arena, &answer) == RR_OK, "%zu", i);
		CHECK(answer.rcode == RCODE_NXDOMAIN && answer.ttl == cases[i].expected, "%zu: %u",
		      i, answer.ttl);
		arena_done(&arena);
	}
	{
		struct rr_answer answer;
		struct arena arena;

		arena_init(&arena);
		packet_begin(&packet, 0, "a.example", RR_A);
		CHECK(parse("a.example", RR_A, &arena, &answer) == RR_OK, "no SOA");
		CHECK(answer.ttl == LIMIT_NEGATIVE_TTL, "no SOA: %u", answer.ttl);
		packet_begin(&packet, 0, "a.example", RR_A);
		packet_cname(&packet, "a.example", 20, "b.example");
		packet_soa(&packet, "example", 3600, 3600);
		CHECK(parse("a.example", RR_A, &arena, &answer) == RR_OK, "chain");
		CHECK(answer.ttl == 20, "a chain to nothing: %u", answer.ttl);
		arena_done(&arena);
	}
}

/* A SOA that is cut inside its RDATA is none. */
static void
ttl_1_malformed_soa_counts_as_none(void)
{
	for (size_t n = 0; n < 22; n++) {
		struct rr_answer answer;
		struct arena arena;
		size_t mark;

		arena_init(&arena);
		packet_begin(&packet, 0, "a.example", RR_A);
		mark = packet_record(&packet, AUTHORITY_SECTION, "example", RR_SOA, 10);
		for (size_t i = 0; i < n; i++)
			packet_u8(&packet, 0);
		packet_end(&packet, mark);
		CHECK(parse("a.example", RR_A, &arena, &answer) == RR_OK, "%zu", n);
		CHECK(answer.ttl == LIMIT_NEGATIVE_TTL, "%zu: %u", n, answer.ttl);
		CHECK(!answer.zone, "%zu: nor does it name a zone", n);
		arena_done(&arena);
	}
}

/* A denial of www.sub.example whose SOA's owner is a pointer. */
static enum rr_result
parse_denial(const char *question, size_t target, struct arena *arena, struct rr_answer *ret)
{
	static const uint8_t soa[] = {0, RR_SOA, 0, 1, 0, 0, 0, 60, 0, 22, /* the rest is zeroes */
				      0, 0,	 0, 0, 0, 0, 0, 0,  0, 0,  0,
				      0, 0,	 0, 0, 0, 0, 0, 0,  0, 0,  9};

	packet_begin(&packet, 0, question, RR_A);
	packet_pointer(&packet, target);
	packet_bytes(&packet, soa, sizeof(soa));
	packet.bytes[9]++; /* authorities */
	return parse("www.sub.example", RR_A, arena, ret);
}

/* Whether the question is spelt as it was asked or not, which is read in another way. */
static void
owners_may_point_anywhere(void)
{
	for (size_t target = 0; target < 40; target++) {
		struct rr_answer same, other;
		char first[LIMIT_NAME_TEXT], second[LIMIT_NAME_TEXT];
		struct arena arena;
		enum rr_result result;

		arena_init(&arena);
		result = parse_denial("www.sub.example", target, &arena, &same);
		CHECK(parse_denial("WWW.SUB.EXAMPLE", target, &arena, &other) == result, "%zu",
		      target);
		CHECK(result == RR_OK, "%zu", target);
		CHECK(!same.zone == !other.zone && same.ttl == other.ttl, "%zu: %u, %u", target,
		      same.ttl, other.ttl);
		CHECK(target != 16 || same.zone, "sub.example");
		if (same.zone && other.zone)
			CHECK_TEXT(dname_text(same.zone, first), dname_text(other.zone, second),
				   "%zu", target);
		arena_done(&arena);
	}
}

/* The zone that denies: of the first SOA, in lower case; none if there is none, or one that is cut off. */
static void
denials_name_their_zone(void)
{
	char text[LIMIT_NAME_TEXT];
	struct rr_answer answer;
	struct arena arena;
	size_t soa;

	arena_init(&arena);
	packet_begin(&packet, RCODE_NXDOMAIN, "a.b.example", RR_NS);
	packet_text(&packet, AUTHORITY_SECTION, "other.example", 60, "NS", "ns.example");
	soa = packet.size;
	packet_soa(&packet, "B.Example", 60, 60);
	packet_soa(&packet, "example", 60, 60);
	CHECK(parse("a.b.example", RR_NS, &arena, &answer) == RR_OK && answer.zone, "zone");
	CHECK_TEXT(dname_text(answer.zone, text), "b.example", "zone");
	packet.size = soa + 20;
	CHECK(parse("a.b.example", RR_NS, &arena, &answer) == RR_OK && !answer.zone, "cut");
	packet_begin(&packet, 0, "a.b.example", RR_NS);
	CHECK(parse("a.b.example", RR_NS, &arena, &answer) == RR_OK && !answer.zone, "none");
	packet_soa(&packet, ".", 60, 60);
	CHECK(parse("a.b.example", RR_NS, &arena, &answer) == RR_OK && answer.zone &&
		      dname_is_root(answer.zone),
	      "the root");
	arena_done(&arena);
}

static void
ttl_1_the_high_bit_of_a_record_means_0(void)
{
	struct rr_answer answer;
	struct arena arena;

	arena_init(&arena);
	packet_begin(&packet, 0, "a.example", RR_A);
	packet_address(&packet, "a.example", 0x80000001, "192.0.2.1");
	CHECK(parse("a.example", RR_A, &arena, &answer) == RR_OK && answer.ttl == 0, "record");
	packet_begin(&packet, 0, "a.example", RR_A);
	packet_cname(&packet, "a.example", 0xffffffff, "b.example");
	packet_address(&packet, "b.example", 60, "192.0.2.1");
	CHECK(parse("a.example", RR_A, &arena, &answer) == RR_OK && answer.ttl == 0, "chain");
	packet_begin(&packet, 0, "a.example", RR_A);
	packet_address(&packet, "a.example", 0x7fffffff, "192.0.2.1");
	CHECK(parse("a.example", RR_A, &arena, &answer) == RR_OK && answer.ttl == 0x7fffffff,
	      "the greatest");
	arena_done(&arena);
}

/* ---- Malformed packets ---------------------------------------------------------------------- */

/* A packet with everything in it, in memory of its exact size so that a sanitizer sees each octet. */
static void
cut_packets(uint16_t type)
{
	struct packet whole;
	size_t answers_end, mark;

	packet_begin(&packet, 0, "a.example", type);
	packet_cname(&packet, "a.example", 60, "b.example");
	packet_srv(&packet, "b.example", 60, 1, 2, 3, "t.example");
	packet_mx(&packet, "b.example", 60, 1, "m.example");
	packet_address(&packet, "b.example", 60, "192.0.2.1");
	packet_address(&packet, "b.example", 60, "2001:db8::1");
	mark = packet_record(&packet, ANSWER_SECTION, "b.example", RR_TXT, 60);
	packet_bytes(&packet, "\3abc", 4);
	packet_end(&packet, mark);
	mark = packet_record(&packet, ANSWER_SECTION, "b.example", RR_TLSA, 60);
	packet_bytes(&packet, "\3\1\1abcd", 7);
	packet_end(&packet, mark);
	packet_rrsig(&packet, "b.example", type, 1);
	answers_end = packet.size;
	packet_soa(&packet, "example", 60, 60);
	whole = packet;
	for (size_t size = 0; size <= whole.size; size++) {
		uint8_t *exact = malloc(size + !size);
		struct rr_answer answer;
		struct arena arena;
		enum rr_result result;

		arena_init(&arena);
		memcpy(exact, whole.bytes, size);
		result = packet_parse(exact, size, "a.example", type, &arena, &answer);
		CHECK(result == (size < answers_end ? RR_MALFORMED : RR_OK), "%s, %zu of %zu",
		      rr_type_name(type), size, whole.size);
		if (result == RR_OK)
			CHECK(answer.n_rrs == 1, "%s: %zu", rr_type_name(type), answer.n_rrs);
		arena_done(&arena);
		free(exact);
	}
}

static void
packets_cut_anywhere_are_malformed(void)
{
	static const uint16_t types[] = {RR_A, RR_AAAA, RR_MX, RR_SRV, RR_TXT, RR_TLSA, RR_CNAME};

	for (size_t i = 0; i < N_OF(types); i++)
		cut_packets(types[i]);
}

static void
counts_that_promise_more_are_malformed(void)
{
	struct rr_answer answer;
	struct arena arena;

	arena_init(&arena);
	packet_begin(&packet, 0, "a.example", RR_A);
	packet_address(&packet, "a.example", 60, "192.0.2.1");
	packet.bytes[ANSWER_SECTION + 1] = 2;
	CHECK(parse("a.example", RR_A, &arena, &answer) == RR_MALFORMED, "one answer more");
	packet.bytes[ANSWER_SECTION] = 0xff;
	CHECK(parse("a.example", RR_A, &arena, &answer) == RR_MALFORMED, "many answers more");
	packet.bytes[ANSWER_SECTION] = 0;
	packet.bytes[ANSWER_SECTION + 1] = 1;
	packet.bytes[5] = 9;
	CHECK(parse("a.example", RR_A, &arena, &answer) == RR_MALFORMED, "questions");
	packet.bytes[5] = 1;
	packet.bytes[AUTHORITY_SECTION] = 0xff; /* only looked at for absence, and not trusted */
	CHECK(parse("a.example", RR_A, &arena, &answer) == RR_OK, "authorities");
	arena_done(&arena);
}

static void
records_have_a_limit(void)
{
	struct rr_answer answer;
	struct arena arena;

	for (unsigned n = LIMIT_RECORDS; n <= LIMIT_RECORDS + 1; n++) {
		arena_init(&arena);
		packet_begin(&packet, 0, ".", RR_A);
		for (unsigned i = 0; i < n; i++) {
			size_t mark = packet_record(&packet, ANSWER_SECTION, ".", RR_A, 60);

			packet_u32(&packet, i);
			packet_end(&packet, mark);
		}
		CHECK(parse(".", RR_A, &arena, &answer) ==
			      (n <= LIMIT_RECORDS ? RR_OK : RR_MALFORMED),
		      "%u", n);
		if (n <= LIMIT_RECORDS)
			CHECK(answer.n_rrs == n, "%zu", answer.n_rrs);
		arena_done(&arena);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(ttl_1_negative_answers),
	UNIT_TEST(ttl_1_malformed_soa_counts_as_none),
	UNIT_TEST(owners_may_point_anywhere),
	UNIT_TEST(denials_name_their_zone),
	UNIT_TEST(ttl_1_the_high_bit_of_a_record_means_0),
	UNIT_TEST(packets_cut_anywhere_are_malformed),
	UNIT_TEST(counts_that_promise_more_are_malformed),
	UNIT_TEST(records_have_a_limit),
	CU_TEST_INFO_NULL,
};
