/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/answer.h"

#include <string.h>

#include "packet.h"
#include "unit.h"

const char unit_name[] = "base/answer";

static struct packet packet;
static const uint8_t name[] = "\1a\7example"; /* the literal's zero is the root */

enum body { DATA, NODATA, CUT, N_BODIES };

static void
make_packet(unsigned rcode, bool tc, enum body body)
{
	packet_begin(&packet, rcode | (tc ? FLAG_TC : 0), "a.example", RR_A);
	if (body != NODATA)
		packet_address(&packet, "a.example", 60, "192.0.2.1");
	if (body == CUT)
		packet.size--;
}

static const char *
state_name(enum answer_state state)
{
	static const char *const names[] = {"none",	"pending", "data",  "nodata",
					    "nxdomain", "failed",  "bogus", "timeout",
					    "overload", "limit",   "nomem"};

	return names[state];
}

/* DANE-1, as it is written: what decides first. */
static enum answer_state
expected_state(int rcode, bool tc, int security, unsigned header, enum body body)
{
	if (rcode != 0 || tc)
		return ANSWER_FAILED;
	if (security == 1)
		return ANSWER_BOGUS;
	if (header != RCODE_NOERROR && header != RCODE_NXDOMAIN)
		return ANSWER_FAILED;
	if (body == CUT)
		return ANSWER_FAILED;
	if (header == RCODE_NXDOMAIN)
		return ANSWER_NXDOMAIN;
	return body == DATA ? ANSWER_DATA : ANSWER_NODATA;
}

static void
judge_case(int rcode, bool tc, int security, unsigned header, enum body body)
{
	enum answer_state expected = expected_state(rcode, tc, security, header, body);
	struct answer_raw raw = {rcode, packet.bytes, 0, security, "why"};
	struct answer answer;
	struct arena arena;

	make_packet(header, tc, body);
	raw.size = packet.size;
	arena_init(&arena);
	answer = answer_judge(&raw, name, RR_A, &arena);
	CHECK(answer.state == expected,
	      "rcode %d, TC %d, security %d, header rcode %u, body %d: %s, not %s", rcode, tc,
	      security, header, (int)body, state_name(answer.state), state_name(expected));
	if (answer.state == ANSWER_BOGUS)
		CHECK(answer.security == NMX_BOGUS, "bogus");
	else if (answer_is_failure(&answer))
		CHECK(answer.security == NMX_INDETERMINATE, "indeterminate = no verdict");
	else
		CHECK(answer.security == (security == 2 ? NMX_SECURE : NMX_INSECURE), "security");
	if (answer_is_failure(&answer))
		CHECK(answer.ttl <= LIMIT_FAILURE_TTL && answer.n_rrs == 0, "failures");
	CHECK((answer.n_rrs != 0) == (answer.state == ANSWER_DATA), "records");
	arena_done(&arena);
}

/* DANE-1: the whole table. SERVFAIL is not insecure, and never an absence. */
static void
dane_1_order_of_judgement(void)
{
	static const int rcodes[] = {0, RCODE_FORMERR, RCODE_SERVFAIL, RCODE_NXDOMAIN,
				     RCODE_REFUSED};

	for (size_t r = 0; r < N_OF(rcodes); r++)
		for (int tc = 0; tc < 2; tc++)
			for (int security = 0; security < 3; security++)
				for (unsigned header = 0; header < 16; header++)
					for (int body = 0; body < N_BODIES; body++)
						judge_case(rcodes[r], tc, security, header,
							   (enum body)body);
}

/* DANE-1: with an rcode argument the pointer may lead anywhere. */
static void
dane_1_the_packet_is_not_touched_after_a_failure(void)
{
	struct answer_raw raw = {RCODE_SERVFAIL, (const uint8_t *)1, 1000, 2, (const char *)1};
	struct answer answer;
	struct arena arena;

	arena_init(&arena);
	answer = answer_judge(&raw, name, RR_A, &arena);
	CHECK(answer.state == ANSWER_FAILED && answer.rcode == RCODE_SERVFAIL, "failed");
	raw = (struct answer_raw){0, NULL, 0, 2, NULL};
	answer = answer_judge(&raw, name, RR_A, &arena);
	CHECK(answer.state == ANSWER_FAILED && answer.rcode == RCODE_SERVFAIL, "no packet");
	arena_done(&arena);
}

/* The reason quotes names from outside. */
static void
bogus_reasons_are_short_and_printable(void)
{
	struct answer_raw raw = {0, packet.bytes, 0, 1, NULL};
	char reason[1000];
	struct answer answer;
	struct arena arena;

	make_packet(0, false, DATA);
	raw.size = packet.size;
	arena_init(&arena);
	answer = answer_judge(&raw, name, RR_A, &arena);
	CHECK(answer.state == ANSWER_BOGUS && answer.bogus == NULL, "no reason");
	for (unsigned octet = 1; octet < 256; octet++) {
		memset(reason, (int)octet, sizeof(reason) - 1);
		reason[sizeof(reason) - 1] = '\0';
		raw.why_bogus = reason;
		answer = answer_judge(&raw, name, RR_A, &arena);
		if (!CHECK(answer.bogus != NULL, "%u", octet))
			continue;
		CHECK(strlen(answer.bogus) < LIMIT_BOGUS_REASON, "%u", octet);
		for (const char *c = answer.bogus; *c; c++)
			CHECK(*c >= 0x20 && *c < 0x7f, "octet %u", octet);
	}
	arena_done(&arena);
}

static void
what_an_answer_carries(void)
{
	struct answer_raw raw = {0, packet.bytes, 0, 2, NULL};
	struct answer answer;
	struct arena arena;

	arena_init(&arena);
	packet_begin(&packet, 0, "a.example", RR_A);
	packet_cname(&packet, "a.example", 30, "b.example");
	packet_address(&packet, "b.example", 60, "192.0.2.1");
	packet_rrsig(&packet, "b.example", RR_A, 1);
	raw.size = packet.size;
	answer = answer_judge(&raw, name, RR_A, &arena);
	CHECK(answer.state == ANSWER_DATA && answer.security == NMX_SECURE, "state");
	CHECK(answer.n_cnames == 1 && answer.ttl == 30 && answer.wildcard && answer.n_rrs == 1,
	      "the rest");
	CHECK(dname_equal(answer.canonical, (const uint8_t *)"\1b\7example"), "canonical");
	arena_done(&arena);
}

/* An NXDOMAIN at the end of an alias is an absence of the whole. */
static void
nxdomain_has_no_records(void)
{
	struct answer_raw raw = {0, packet.bytes, 0, 0, NULL};
	struct answer answer;
	struct arena arena;

	arena_init(&arena);
	make_packet(RCODE_NXDOMAIN, false, DATA);
	raw.size = packet.size;
	answer = answer_judge(&raw, name, RR_A, &arena);
	CHECK(answer.state == ANSWER_NXDOMAIN && answer.n_rrs == 0, "records");
	CHECK(answer_is_absence(&answer) && !answer_is_failure(&answer), "absence");
	arena_done(&arena);
}

static void
classes_of_states(void)
{
	for (int state = ANSWER_NONE; state <= ANSWER_NOMEM; state++) {
		struct answer answer = {.state = (enum answer_state)state};
		bool absence = state == ANSWER_NODATA || state == ANSWER_NXDOMAIN;
		bool failure = state >= ANSWER_FAILED;

		CHECK(answer_is_absence(&answer) == absence, "%s", state_name(answer.state));
		CHECK(answer_is_failure(&answer) == failure, "%s", state_name(answer.state));
		CHECK(!(absence && failure), "never both");
	}
}

static void
rcode_names(void)
{
	static const struct {
		enum answer_state state;
		unsigned rcode;
		const char *name;
	} cases[] = {{ANSWER_PENDING, 0, "TIMEOUT"},   {ANSWER_TIMEOUT, 0, "TIMEOUT"},
		     {ANSWER_OVERLOAD, 0, "OVERLOAD"}, {ANSWER_LIMIT, 0, "OVERLOAD"},
		     {ANSWER_NOMEM, 2, "OVERLOAD"},    {ANSWER_DATA, 0, "NOERROR"},
		     {ANSWER_NXDOMAIN, 3, "NXDOMAIN"}, {ANSWER_FAILED, 5, "REFUSED"},
		     {ANSWER_BOGUS, 2, "SERVFAIL"}};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct answer answer = {.state = cases[i].state, .rcode = cases[i].rcode};

		CHECK_TEXT(answer_rcode_name(&answer), cases[i].name, "%zu", i);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(dane_1_order_of_judgement),
	UNIT_TEST(dane_1_the_packet_is_not_touched_after_a_failure),
	UNIT_TEST(bogus_reasons_are_short_and_printable),
	UNIT_TEST(what_an_answer_carries),
	UNIT_TEST(nxdomain_has_no_records),
	UNIT_TEST(classes_of_states),
	UNIT_TEST(rcode_names),
	CU_TEST_INFO_NULL,
};
