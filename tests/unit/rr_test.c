/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/rr.h"

#include <stdlib.h>
#include <string.h>

#include "packet.h"
#include "unit.h"

const char unit_name[] = "base/rr";

static struct packet packet;

static const char *
text_of(const uint8_t *name)
{
	static char buffer[LIMIT_NAME_TEXT];

	return dname_text(name, buffer);
}

static enum rr_result
parse(const char *name, uint16_t type, struct arena *arena, struct rr_answer *answer)
{
	return packet_parse(packet.bytes, packet.size, name, type, arena, answer);
}

/* ---- Types ---------------------------------------------------------------------------------- */

static void
srv(void)
{
	struct rr_answer answer;
	struct arena arena;

	arena_init(&arena);
	packet_begin(&packet, 0, "_smtp._tcp.Example.ORG", RR_SRV);
	packet_srv(&packet, "_SMTP._tcp.example.org", 300, 10, 65535, 2525, "A.example.org");
	packet_srv(&packet, "_smtp._tcp.example.org", 200, 65535, 0, 0, ".");
	CHECK(parse("_smtp._tcp.example.org", RR_SRV, &arena, &answer) == RR_OK, "parse");
	CHECK(answer.rcode == 0 && answer.n_cnames == 0 && !answer.wildcard, "head");
	CHECK(answer.n_rrs == 2 && answer.ttl == 200, "%zu records, TTL %u", answer.n_rrs,
	      answer.ttl);
	CHECK(answer.rrs[0].srv.priority == 10 && answer.rrs[0].srv.weight == 65535 &&
		      answer.rrs[0].srv.port == 2525,
	      "numbers");
	CHECK_TEXT(text_of(answer.rrs[0].srv.target), "a.example.org", "target");
	CHECK_TEXT(text_of(answer.canonical), "_smtp._tcp.example.org", "canonical");
	CHECK(answer.rrs[1].srv.priority == 65535 && answer.rrs[1].srv.weight == 0 &&
		      answer.rrs[1].srv.port == 0 && dname_is_root(answer.rrs[1].srv.target),
	      "second");
	arena_done(&arena);
}

/* RFC 2782 forbids compressed targets, and senders compress them nevertheless. */
static void
srv_with_a_compressed_target(void)
{
	struct rr_answer answer;
	struct arena arena;
	size_t mark;

	arena_init(&arena);
	packet_begin(&packet, 0, "_smtp._tcp.example.org", RR_SRV);
	mark = packet_record(&packet, ANSWER_SECTION, "_smtp._tcp.example.org", RR_SRV, 60);
	packet_u16(&packet, 1);
	packet_u16(&packet, 2);
	packet_u16(&packet, 25);
	packet_u8(&packet, 2);
	packet_bytes(&packet, "mx", 2);
	packet_pointer(&packet, 12 + 11); /* "example.org" in the question */
	packet_end(&packet, mark);
	CHECK(parse("_smtp._tcp.example.org", RR_SRV, &arena, &answer) == RR_OK, "parse");
	CHECK_TEXT(text_of(answer.rrs[0].srv.target), "mx.example.org", "target");
	arena_done(&arena);
}

static void
mx_and_addresses(void)
{
	struct rr_answer answer;
	struct address v4 = {4, {192, 0, 2, 1}}, v6 = {6, {0x20, 1, 0xd, 0xb8, [15] = 1}};
	struct arena arena;

	arena_init(&arena);
	packet_begin(&packet, 0, "example.org", RR_MX);
	packet_mx(&packet, "example.org", 60, 10, "MX.Example.org");
	CHECK(parse("example.org", RR_MX, &arena, &answer) == RR_OK && answer.n_rrs == 1, "MX");
	CHECK(answer.rrs[0].mx.preference == 10, "preference");
	CHECK_TEXT(text_of(answer.rrs[0].mx.exchange), "mx.example.org", "exchange");

	packet_begin(&packet, 0, "a.example", RR_A);
	packet_address(&packet, "a.example", 60, "192.0.2.1");
	packet_address(&packet, "a.example", 60, "2001:db8::1"); /* not asked for */
	CHECK(parse("a.example", RR_A, &arena, &answer) == RR_OK && answer.n_rrs == 1, "A");
	CHECK(address_compare(&answer.rrs[0].address, &v4) == 0, "A");
	CHECK(parse("a.example", RR_AAAA, &arena, &answer) == RR_OK && answer.n_rrs == 1, "AAAA");
	CHECK(address_compare(&answer.rrs[0].address, &v6) == 0, "AAAA");
	arena_done(&arena);
}

static void
name_servers(void)
{
	struct rr_answer answer;
	struct arena arena;

	arena_init(&arena);
	packet_begin(&packet, 0, "example.org", RR_NS);
	packet_text(&packet, ANSWER_SECTION, "example.org", 60, "NS", "NS1.Example.net");
	packet_text(&packet, ANSWER_SECTION, "example.org", 60, "NS", ".");
	packet_soa(&packet, "example.org", 60, 60);
	CHECK(parse("example.org", RR_NS, &arena, &answer) == RR_OK && answer.n_rrs == 2, "NS");
	CHECK_TEXT(text_of(answer.rrs[0].name), "ns1.example.net", "first");
	CHECK(dname_is_root(answer.rrs[1].name), "second");
	CHECK(!answer.zone, "nothing is denied");
	arena_done(&arena);
}

/* STS-1 rests on it: the strings of one record are joined without anything between. */
static void
txt_strings_are_joined(void)
{
	static const char strings[] = "\3abc\0\2de\1f";
	struct rr_answer answer;
	struct arena arena;
	size_t mark;

	arena_init(&arena);
	packet_begin(&packet, 0, "_mta-sts.example.org", RR_TXT);
	mark = packet_record(&packet, ANSWER_SECTION, "_mta-sts.example.org", RR_TXT, 60);
	packet_bytes(&packet, strings, sizeof(strings) - 1);
	packet_end(&packet, mark);
	mark = packet_record(&packet, ANSWER_SECTION, "_mta-sts.example.org", RR_TXT, 60);
	packet_u8(&packet, 0);
	packet_end(&packet, mark);
	CHECK(parse("_mta-sts.example.org", RR_TXT, &arena, &answer) == RR_OK, "parse");
	CHECK(answer.n_rrs == 2 && answer.rrs[0].txt.length == 6, "%zu", answer.n_rrs);
	CHECK(memcmp(answer.rrs[0].txt.data, "abcdef", 6) == 0, "joined");
	CHECK(answer.rrs[1].txt.length == 0 && answer.rrs[1].txt.data, "empty");
	arena_done(&arena);
}

static void
tlsa(void)
{
	struct rr_answer answer;
	struct arena arena;
	size_t mark;

	arena_init(&arena);
	packet_begin(&packet, 0, "_25._tcp.a.example", RR_TLSA);
	mark = packet_record(&packet, ANSWER_SECTION, "_25._tcp.a.example", RR_TLSA, 60);
	packet_bytes(&packet,
		     "\3\1\1"
		     "0123456789abcdef0123456789abcdef",
		     35);
	packet_end(&packet, mark);
	mark = packet_record(&packet, ANSWER_SECTION, "_25._tcp.a.example", RR_TLSA, 60);
	packet_bytes(&packet, "\377\376\375", 3); /* no data: unusable, but a record (DANE-5) */
	packet_end(&packet, mark);
	CHECK(parse("_25._tcp.a.example", RR_TLSA, &arena, &answer) == RR_OK, "parse");
	CHECK(answer.n_rrs == 2, "%zu", answer.n_rrs);
	CHECK(answer.rrs[0].tlsa.usage == 3 && answer.rrs[0].tlsa.selector == 1 &&
		      answer.rrs[0].tlsa.mtype == 1 && answer.rrs[0].tlsa.length == 32,
	      "fields");
	CHECK(memcmp(answer.rrs[0].tlsa.data, "0123456789abcdef", 16) == 0, "data");
	CHECK(answer.rrs[1].tlsa.usage == 255 && answer.rrs[1].tlsa.length == 0, "empty");
	arena_done(&arena);
}

/* RDATA that is not exactly what the type says makes the answer malformed: each type, each length. */
static void
rdata_of_any_wrong_length_is_malformed(void)
{
	static const struct {
		uint16_t type;
		size_t good, least; /* good: the only length; 0: any from least */
	} types[] = {{RR_A, 4, 0},     {RR_AAAA, 16, 0}, {RR_MX, 3, 0},	 {RR_SRV, 7, 0},
		     {RR_CNAME, 1, 0}, {RR_TLSA, 0, 3},	 {RR_TXT, 0, 0}, {RR_NS, 1, 0}};

	for (size_t t = 0; t < N_OF(types); t++) {
		for (size_t n = 0; n < 24; n++) {
			bool good = types[t].good ? n == types[t].good : n >= types[t].least;
			struct rr_answer answer;
			struct arena arena;
			size_t mark;

			arena_init(&arena);
			packet_begin(&packet, 0, "example.org", types[t].type);
			mark = packet_record(&packet, ANSWER_SECTION, "example.org", types[t].type,
					     60);
			for (size_t i = 0; i < n; i++)
				packet_u8(&packet, 0); /* also: empty strings, the root */
			packet_end(&packet, mark);
			CHECK(parse("example.org", types[t].type, &arena, &answer) ==
				      (good ? RR_OK : RR_MALFORMED),
			      "%s of %zu octets", rr_type_name(types[t].type), n);
			arena_done(&arena);
		}
	}
}

/* A string of TXT that claims to be longer than its record. */
static void
txt_string_beyond_its_record(void)
{
	struct rr_answer answer;
	struct arena arena;
	size_t mark;

	arena_init(&arena);
	packet_begin(&packet, 0, "example.org", RR_TXT);
	mark = packet_record(&packet, ANSWER_SECTION, "example.org", RR_TXT, 60);
	packet_bytes(&packet, "\3ab", 3);
	packet_end(&packet, mark);
	packet_address(&packet, "example.org", 60, "192.0.2.1");
	CHECK(parse("example.org", RR_TXT, &arena, &answer) == RR_MALFORMED, "TXT");
	CHECK(parse("example.org", RR_A, &arena, &answer) == RR_OK && answer.n_rrs == 1,
	      "the fault is of TXT alone");
	arena_done(&arena);
}

/* A name in RDATA may not borrow octets from behind its record. */
static void
rdata_names_end_with_their_record(void)
{
	struct rr_answer answer;
	struct arena arena;
	size_t mark;

	arena_init(&arena);
	packet_begin(&packet, 0, "example.org", RR_MX);
	mark = packet_record(&packet, ANSWER_SECTION, "example.org", RR_MX, 60);
	packet_u16(&packet, 10);
	packet_bytes(&packet, "\2mx", 3);
	packet_end(&packet, mark);
	packet_u8(&packet, 0);
	CHECK(parse("example.org", RR_MX, &arena, &answer) == RR_MALFORMED, "borrowed");
	arena_done(&arena);
}

/* ---- Chains --------------------------------------------------------------------------------- */

static void
chains_are_followed_and_counted(void)
{
	struct rr_answer answer;
	struct arena arena;

	arena_init(&arena);
	packet_begin(&packet, 0, "a.example", RR_A);
	packet_address(&packet, "c.example", 500, "192.0.2.3"); /* in any order */
	packet_cname(&packet, "b.example", 100, "C.example");
	packet_cname(&packet, "A.example", 400, "b.EXAMPLE");
	packet_address(&packet, "x.example", 1, "192.0.2.9"); /* nobody's */
	CHECK(parse("a.example", RR_A, &arena, &answer) == RR_OK, "parse");
	CHECK(answer.n_cnames == 2 && answer.n_rrs == 1 && answer.ttl == 100,
	      "%u steps, %zu records, TTL %u", answer.n_cnames, answer.n_rrs, answer.ttl);
	CHECK_TEXT(text_of(answer.canonical), "c.example", "canonical");
	CHECK(parse("a.example", RR_CNAME, &arena, &answer) == RR_OK && answer.n_rrs == 1 &&
		      answer.n_cnames == 0,
	      "type CNAME is not followed (DANE-2)");
	CHECK_TEXT(text_of(answer.rrs[0].name), "b.example", "CNAME");
	arena_done(&arena);
}

/* MX-1, SRV-9: chains are counted a little beyond what is followed, loops too, and then it ends. */
static void
chains_and_loops_end(void)
{
	struct rr_answer answer;
	struct arena arena;

	for (unsigned steps = 0; steps < 40; steps++) {
		unsigned expected =
			steps < LIMIT_CNAMES_COUNTED ? steps : (unsigned)LIMIT_CNAMES_COUNTED;
		char owner[32], target[32];

		arena_init(&arena);
		packet_begin(&packet, 0, "n0.example", RR_A);
		for (unsigned i = 0; i < steps; i++) {
			struct text from = text_into(owner, sizeof(owner));
			struct text to = text_into(target, sizeof(target));

			text_printf(&from, "n%u.example", i);
			text_printf(&to, "n%u.example", i + 1);
			packet_cname(&packet, owner, 60, target);
		}
		CHECK(parse("n0.example", RR_A, &arena, &answer) == RR_OK, "%u", steps);
		CHECK(answer.n_cnames == expected, "%u: %u", steps, answer.n_cnames);
		arena_done(&arena);
	}
	arena_init(&arena);
	packet_begin(&packet, 0, "a.example", RR_A);
	packet_cname(&packet, "a.example", 60, "b.example");
	packet_cname(&packet, "b.example", 60, "a.example");
	CHECK(parse("a.example", RR_A, &arena, &answer) == RR_OK, "loop");
	CHECK(answer.n_cnames == LIMIT_CNAMES_COUNTED && answer.n_rrs == 0, "loop");
	packet_begin(&packet, 0, "a.example", RR_A);
	packet_cname(&packet, "a.example", 60, "a.example");
	CHECK(parse("a.example", RR_A, &arena, &answer) == RR_OK, "to itself");
	CHECK(answer.n_cnames == LIMIT_CNAMES_COUNTED, "to itself");
	arena_done(&arena);
}

/* SRV-10: what stands in the additional section is not an answer. */
static void
srv_10_additional_records_are_not_used(void)
{
	struct rr_answer answer;
	struct arena arena;
	size_t mark;

	arena_init(&arena);
	packet_begin(&packet, 0, "a.example", RR_A);
	packet_soa(&packet, "example", 60, 60);
	mark = packet_record(&packet, ADDITIONAL_SECTION, "a.example", RR_A, 60);
	packet_bytes(&packet, "\300\0\2\1", 4);
	packet_end(&packet, mark);
	CHECK(parse("a.example", RR_A, &arena, &answer) == RR_OK && answer.n_rrs == 0, "A");
	arena_done(&arena);
}

/* ---- Wildcards ------------------------------------------------------------------------------ */

/* SRV-6 rests on it: RFC 4034 section 3.1.3, the signature has fewer labels than its owner. */
static void
srv_6_signatures_show_wildcards(void)
{
	static const struct {
		const char *owner;
		uint16_t covered;
		unsigned labels;
		bool wildcard;
	} cases[] = {
		{"_smtp._tcp.example.org", RR_SRV, 4, false},
		{"_smtp._tcp.example.org", RR_SRV, 3, true},  /* *._tcp.example.org */
		{"_smtp._tcp.example.org", RR_SRV, 2, true},  /* *.example.org */
		{"_smtp._tcp.example.org", RR_SRV, 0, true},  /* * */
		{"_smtp._tcp.example.org", RR_SRV, 5, false}, /* nonsense */
		{"_smtp._tcp.example.org", RR_A, 2, false},   /* of another RRset */
		{"other.example.org", RR_SRV, 1, false},      /* of another name */
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct rr_answer answer;
		struct arena arena;

		arena_init(&arena);
		packet_begin(&packet, 0, "_smtp._tcp.example.org", RR_SRV);
		packet_srv(&packet, "_smtp._tcp.example.org", 60, 0, 0, 0, ".");
		packet_rrsig(&packet, cases[i].owner, cases[i].covered, cases[i].labels);
		CHECK(parse("_smtp._tcp.example.org", RR_SRV, &arena, &answer) == RR_OK, "%zu", i);
		CHECK(answer.wildcard == cases[i].wildcard, "%zu", i);
		arena_done(&arena);
	}
	/* The wildcard itself, asked for: its "*" does not count. */
	{
		struct rr_answer answer;
		struct arena arena;

		arena_init(&arena);
		packet_begin(&packet, 0, "*.example.org", RR_A);
		packet_address(&packet, "*.example.org", 60, "192.0.2.1");
		packet_rrsig(&packet, "*.example.org", RR_A, 2);
		CHECK(parse("*.example.org", RR_A, &arena, &answer) == RR_OK, "asterisk");
		CHECK(!answer.wildcard, "asterisk");
		arena_done(&arena);
	}
}

/* SRV-6: "*._tcp CNAME no.example" is a wildcard, too, and says as little about mail. */
static void
srv_6_an_alias_may_come_from_a_wildcard(void)
{
	struct rr_answer answer;
	struct arena arena;

	arena_init(&arena);
	packet_begin(&packet, 0, "_smtp._tcp.example.org", RR_SRV);
	packet_cname(&packet, "_smtp._tcp.example.org", 60, "no.example.org");
	packet_rrsig(&packet, "_smtp._tcp.example.org", RR_CNAME, 2);
	packet_srv(&packet, "no.example.org", 60, 0, 0, 0, ".");
	packet_rrsig(&packet, "no.example.org", RR_SRV, 3);
	CHECK(parse("_smtp._tcp.example.org", RR_SRV, &arena, &answer) == RR_OK, "parse");
	CHECK(answer.wildcard, "the alias was expanded from a wildcard");
	arena_done(&arena);
}

static void
header_rcode(void)
{
	struct rr_answer answer;
	struct arena arena;

	arena_init(&arena);
	for (unsigned rcode = 0; rcode < 16; rcode++) {
		packet_begin(&packet, rcode, "a.example", RR_A);
		CHECK(parse("a.example", RR_A, &arena, &answer) == RR_OK, "%u", rcode);
		CHECK(answer.rcode == rcode, "%u", rcode);
	}
	arena_done(&arena);
}

/* Nothing points into the packet afterwards. */
static void
everything_is_copied(void)
{
	struct rr_answer answer;
	struct arena arena;
	uint8_t *bytes;

	arena_init(&arena);
	packet_begin(&packet, 0, "example.org", RR_MX);
	packet_mx(&packet, "example.org", 60, 10, "mx.example.org");
	bytes = malloc(packet.size);
	memcpy(bytes, packet.bytes, packet.size);
	CHECK(packet_parse(bytes, packet.size, "example.org", RR_MX, &arena, &answer) == RR_OK,
	      "MX");
	memset(bytes, 0xff, packet.size);
	free(bytes);
	CHECK_TEXT(text_of(answer.rrs[0].mx.exchange), "mx.example.org", "exchange");
	CHECK_TEXT(text_of(answer.canonical), "example.org", "canonical");
	arena_done(&arena);
}

static void
words(void)
{
	static const struct {
		uint16_t type;
		const char *name;
	} types[] = {{RR_A, "A"},	{RR_CNAME, "CNAME"}, {RR_SOA, "SOA"}, {RR_MX, "MX"},
		     {RR_TXT, "TXT"},	{RR_AAAA, "AAAA"},   {RR_SRV, "SRV"}, {RR_RRSIG, "RRSIG"},
		     {RR_TLSA, "TLSA"}, {0, "OTHER"},	     {RR_NS, "NS"},   {65535, "OTHER"}};

	for (size_t i = 0; i < N_OF(types); i++)
		CHECK_TEXT(rr_type_name(types[i].type), types[i].name, "%u", types[i].type);
	CHECK_TEXT(rr_rcode_name(RCODE_NOERROR), "NOERROR", "0");
	CHECK_TEXT(rr_rcode_name(RCODE_FORMERR), "FORMERR", "1");
	CHECK_TEXT(rr_rcode_name(RCODE_SERVFAIL), "SERVFAIL", "2");
	CHECK_TEXT(rr_rcode_name(RCODE_NXDOMAIN), "NXDOMAIN", "3");
	CHECK_TEXT(rr_rcode_name(4), "NOTIMP", "4");
	CHECK_TEXT(rr_rcode_name(RCODE_REFUSED), "REFUSED", "5");
	CHECK_TEXT(rr_rcode_name(11), "OTHER", "11");
	CHECK_TEXT(rr_rcode_name(4095), "OTHER", "4095");
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(srv),
	UNIT_TEST(srv_with_a_compressed_target),
	UNIT_TEST(mx_and_addresses),
	UNIT_TEST(name_servers),
	UNIT_TEST(txt_strings_are_joined),
	UNIT_TEST(tlsa),
	UNIT_TEST(rdata_of_any_wrong_length_is_malformed),
	UNIT_TEST(txt_string_beyond_its_record),
	UNIT_TEST(rdata_names_end_with_their_record),
	UNIT_TEST(chains_are_followed_and_counted),
	UNIT_TEST(chains_and_loops_end),
	UNIT_TEST(srv_10_additional_records_are_not_used),
	UNIT_TEST(srv_6_signatures_show_wildcards),
	UNIT_TEST(srv_6_an_alias_may_come_from_a_wildcard),
	UNIT_TEST(header_rcode),
	UNIT_TEST(everything_is_copied),
	UNIT_TEST(words),
	CU_TEST_INFO_NULL,
};
