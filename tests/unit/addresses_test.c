/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/addresses.h"

#include <string.h>

#include "one_host.h"
#include "policy/status.h"
#include "unit.h"

const char unit_name[] = "policy/addresses";

/* ---- ADR-1: one address --------------------------------------------------------------------- */

static const char *
judged(const char *options, const char *text)
{
	struct bench *bench = bench_new(options);
	struct address address = bench_address(text);
	struct address_verdict verdict = address_judge(&bench->settings, &address);
	const char *word = verdict.usable ? "usable" : nmx_drop_code_name(verdict.code);

	CHECK(verdict.usable || verdict.code == NMX_DROP_DENIED_ADDRESS || verdict.why,
	      "%s: a refusal says why", text);
	bench_free(bench);
	return word;
}

struct address_case {
	const char *address, *verdict;
};

static void
check_cases(const char *options, const struct address_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		CHECK_TEXT(judged(options, cases[i].address), cases[i].verdict, "%s with \"%s\"",
			   cases[i].address, options);
}

static void
adr_1_plain_addresses(void)
{
	static const struct address_case cases[] = {
		{"192.0.1.255", "usable"},
		{"198.41.0.4", "usable"},
		{"127.0.0.1", "loopback-address"},
		{"127.255.255.255", "loopback-address"},
		{"10.1.2.3", "private-address"},
		{"169.254.169.254", "private-address"},
		{"100.100.100.200", "private-address"},
		{"0.0.0.0", "reserved-address"},
		{"192.0.2.1", "reserved-address"},
		{"224.0.0.1", "reserved-address"},
		{"239.255.255.255", "reserved-address"},
		{"255.255.255.255", "reserved-address"},
		{"192.0.0.9", "usable"},
		{"2606:4700::1", "usable"},
		{"::1", "loopback-address"},
		{"::", "reserved-address"},
		{"fd00::1", "private-address"},
		{"fe80::1", "private-address"},
		{"fec0::1", "private-address"},
		{"ff02::1", "reserved-address"},
		{"ff0e::1", "reserved-address"},
		{"2001:db8::1", "reserved-address"},
		/* outright, whatever IPv4 address they carry */
		{"2002:c629:4::1", "reserved-address"},
		{"2002:7f00:1::1", "reserved-address"},
		{"2001:0:c629:4::1", "reserved-address"},
		{"2001:20::1", "usable"},
	};

	check_cases("", cases, N_OF(cases));
}

/* ADR-1: the IPv4 address inside decides. */
static void
adr_1_addresses_with_an_ipv4_address_inside(void)
{
	static const char *const forms[] = {"::ffff:", "::", "::ffff:0:", "64:ff9b::"};
	static const struct address_case cases[] = {
		{"198.41.0.4", "usable"},	    {"127.0.0.1", "loopback-address"},
		{"10.0.0.1", "private-address"},    {"192.168.1.1", "private-address"},
		{"169.254.1.1", "private-address"}, {"192.0.2.1", "reserved-address"},
		{"224.0.0.1", "reserved-address"},  {"255.255.255.255", "reserved-address"},
		{"192.0.0.10", "usable"},
	};

	for (size_t f = 0; f < N_OF(forms); f++) {
		for (size_t i = 0; i < N_OF(cases); i++) {
			char buffer[64];
			struct text text = text_into(buffer, sizeof(buffer));

			text_printf(&text, "%s%s", forms[f], cases[i].address);
			CHECK_TEXT(judged("", buffer), cases[i].verdict, "%s", buffer);
		}
	}
	/* near misses: not these forms, so not judged by what looks like an address inside */
	CHECK_TEXT(judged("", "64:ff9b:0:0:0:1:7f00:1"), "usable", "behind the /96");
	CHECK_TEXT(judged("", "64:ff9b:1::198.41.0.4"), "private-address", "local-use NAT64");
	CHECK_TEXT(judged("", "::fffe:127.0.0.1"), "usable", "not mapped");
}

/* ADR-1: declared prefixes are judged as NAT64 is, even inside of private networks. */
static void
adr_1_declared_nat64_prefixes(void)
{
	static const char options[] = "nat64-prefixes 2606:64::/96,fd00:64::/96";
	static const struct address_case cases[] = {
		{"2606:64::127.0.0.1", "loopback-address"},
		{"2606:64::10.0.0.1", "private-address"},
		{"2606:64::198.41.0.4", "usable"},
		{"2606:64::1:127.0.0.1", "usable"}, /* not in the prefix */
		{"fd00:64::198.41.0.4", "usable"},
		{"fd00:64::10.0.0.1", "private-address"},
		{"fd00:65::198.41.0.4", "private-address"},
	};

	CHECK_TEXT(judged("", "2606:64::127.0.0.1"), "usable", "undeclared");
	check_cases(options, cases, N_OF(cases));
}

/* ADR-1: the more specific of allow and deny wins, a tie is denied. */
static void
adr_1_allow_and_deny(void)
{
	static const struct {
		const char *options, *address, *verdict;
	} cases[] = {
		{"allow-networks 127.0.0.0/8", "127.0.0.1", "usable"},
		{"allow-networks 127.0.0.1", "127.0.0.2", "loopback-address"},
		{"allow-networks ::/0", "::1", "usable"},
		{"allow-networks ::/0", "127.0.0.1", "loopback-address"},
		{"allow-networks 0.0.0.0/0", "224.0.0.1", "usable"},
		{"deny-networks 198.41.0.0/24", "198.41.0.4", "denied-address"},
		{"deny-networks 198.41.0.0/24", "198.41.1.4", "usable"},
		{"deny-networks 0.0.0.0/0", "10.0.0.1", "denied-address"},
		{"deny-networks 10.0.0.0/8;allow-networks 10.1.0.0/16", "10.1.0.1", "usable"},
		{"deny-networks 10.0.0.0/8;allow-networks 10.1.0.0/16", "10.2.0.1",
		 "denied-address"},
		{"allow-networks 10.0.0.0/8;deny-networks 10.1.0.0/16", "10.1.0.1",
		 "denied-address"},
		{"allow-networks 10.0.0.0/8;deny-networks 10.1.0.0/16", "10.2.0.1", "usable"},
		{"allow-networks 10.0.0.0/8;deny-networks 10.0.0.0/8", "10.0.0.1",
		 "denied-address"},
		{"allow-networks 10.0.0.0/8,10.1.1.0/24;deny-networks 10.1.0.0/16", "10.1.1.1",
		 "usable"},
		{"allow-networks 10.0.0.0/8,10.1.1.0/24;deny-networks 10.1.0.0/16,10.1.1.1",
		 "10.1.1.1", "denied-address"},
		/* both forms of an address with IPv4 inside; its prefixes count from bit 96 */
		{"allow-networks 127.0.0.0/8", "::ffff:127.0.0.1", "usable"},
		{"allow-networks ::ffff:0:0/96", "::ffff:127.0.0.1", "usable"},
		{"allow-networks ::ffff:0:0/96", "127.0.0.1", "loopback-address"},
		{"deny-networks 198.41.0.0/16", "::ffff:198.41.0.4", "denied-address"},
		{"deny-networks 198.41.0.0/16", "64:ff9b::198.41.0.4", "denied-address"},
		{"deny-networks 64:ff9b::/96", "64:ff9b::198.41.0.4", "denied-address"},
		{"deny-networks 64:ff9b::/96", "198.41.0.4", "usable"},
		{"allow-networks 64:ff9b::/96;deny-networks 198.41.0.0/16", "64:ff9b::198.41.0.4",
		 "denied-address"},
		{"deny-networks 64:ff9b::/96;allow-networks 198.41.0.0/16", "64:ff9b::198.41.0.4",
		 "usable"},
		{"allow-networks ::ffff:198.41.0.0/112;deny-networks 198.41.0.0/16",
		 "::ffff:198.41.0.4", "denied-address"},
		{"allow-networks ::ffff:198.41.0.0/113;deny-networks 198.41.0.0/16",
		 "::ffff:198.41.0.4", "usable"},
		{"deny-networks 198.41.0.0/16;nat64-prefixes 2606:64::/96", "2606:64::198.41.0.4",
		 "denied-address"},
		{"deny-networks 198.41.0.0/16", "2606:64::198.41.0.4", "usable"},
		/* outright means unless allowed: the operator's word comes first */
		{"allow-networks 2002::/16", "2002:c629:4::1", "usable"},
		{"allow-networks 198.41.0.0/16", "2002:c629:4::1", "reserved-address"},
	};

	for (size_t i = 0; i < N_OF(cases); i++)
		CHECK_TEXT(judged(cases[i].options, cases[i].address), cases[i].verdict,
			   "%s with \"%s\"", cases[i].address, cases[i].options);
}

/* ---- One host ------------------------------------------------------------------------------- */

static enum status_cause
strongest_cause(const struct notes *notes)
{
	enum status_cause cause = CAUSE_NONE;

	for (size_t i = 0; i < notes->n_drops; i++)
		if (status_cause_of(notes->drops[i].code) > cause)
			cause = status_cause_of(notes->drops[i].code);
	return cause;
}

/* ---- ADR-2, ADR-3: the whole table ---------------------------------------------------------- */

/* States of an answer, as the table's letters. */
enum { N_STATES = 10 };
static const char letters[N_STATES + 1] = "-GR0XFBTOL";

static const char *
state_text(char letter, bool v4)
{
	switch (letter) {
	case '-':
		return "NONE";
	case 'G':
		return v4 ? "198.41.0.4" : "2606:4700::1";
	case 'R':
		return v4 ? "127.0.0.1" : "::1";
	case '0':
		return "NODATA";
	case 'X':
		return "NXDOMAIN";
	case 'F':
		return "SERVFAIL";
	case 'B':
		return "BOGUS";
	case 'T':
		return "TIMEOUT";
	case 'O':
		return "OVERLOAD";
	default:
		return "LIMIT";
	}
}

/* What became of the host: U usable, t temporary, p permanent. */
static char
host_fate(const char *options, char a, char aaaa)
{
	struct one_host t;
	char fate;

	one_host_judge(&t, options, NMX_SOURCE_MX, "insecure", state_text(a, true),
		       state_text(aaaa, false));
	CHECK(t.host.out == (t.host.n_addresses == 0), "%s %c%c", options, a, aaaa);
	CHECK(!t.host.out || t.bench->notes.n_drops, "%s %c%c: no reason", options, a, aaaa);
	fate = !t.host.out					     ? 'U'
	       : strongest_cause(&t.bench->notes) == CAUSE_TEMPORARY ? 't'
	       : strongest_cause(&t.bench->notes) == CAUSE_PERMANENT ? 'p'
								     : '?';
	bench_free(t.bench);
	return fate;
}

/*
 * ADR-3, with both families: rows A, columns AAAA, in the order of letters: not asked, good, refused
 * (loopback: a permanent cause), NODATA, NXDOMAIN, SERVFAIL, bogus, timeout, overload, limit. One
 * good family is used whatever the other is; a failure of either makes what is left temporary.
 */
static const char *const table_both[N_STATES] = {
	/*  - G R 0 X F B T O L */
	"??????????", /* not asked: does not happen with both */
	"?UUUUUUUUU", /* good */
	"?Upppttttt", /* refused */
	"?Upppttttt", /* NODATA */
	"?Upppttttt", /* NXDOMAIN */
	"?Utttttttt", /* SERVFAIL */
	"?Utttttttt", /* bogus */
	"?Utttttttt", /* timeout */
	"?Utttttttt", /* overload */
	"?Utttttttt", /* limit */
};

static void
adr_3_both_families(void)
{
	for (size_t i = 1; i < N_STATES; i++) {
		for (size_t j = 1; j < N_STATES; j++) {
			char expected = table_both[i][j];

			CHECK(host_fate("", letters[i], letters[j]) == expected,
			      "A %s, AAAA %s: %c, not %c", state_text(letters[i], true),
			      state_text(letters[j], false), host_fate("", letters[i], letters[j]),
			      expected);
		}
	}
}

/*
 * ADR-2: with family 4 only A is used. What AAAA has, or may have when it was not asked, makes the
 * host temporary; only a proof that there is none, or that there is no such name, is permanent.
 */
static const char *const table_4[N_STATES] = {
	/*  - G R 0 X F B T O L */
	"??????????", /* A not asked: does not happen */
	"UUUUUUUUUU", /* A good */
	"tttppttttt", /* A refused */
	"tttppttttt", /* A NODATA */
	"pttppttttt", /* A NXDOMAIN: proves that there is no AAAA, if it was not asked */
	"tttttttttt", /* A SERVFAIL */
	"tttttttttt", /* A bogus */
	"tttttttttt", /* A timeout */
	"tttttttttt", /* A overload */
	"tttttttttt", /* A limit */
};

static void
adr_2_a_disabled_family_is_temporary_never_a_bounce(void)
{
	for (size_t i = 1; i < N_STATES; i++) {
		for (size_t j = 0; j < N_STATES; j++) {
			char expected = table_4[i][j];

			CHECK(host_fate("family 4", letters[i], letters[j]) == expected,
			      "family 4, A %s, AAAA %s: %c, not %c", state_text(letters[i], true),
			      state_text(letters[j], false),
			      host_fate("family 4", letters[i], letters[j]), expected);
			CHECK(host_fate("family 6", letters[j], letters[i]) == expected,
			      "family 6, A %s, AAAA %s: %c, not %c", state_text(letters[j], true),
			      state_text(letters[i], false),
			      host_fate("family 6", letters[j], letters[i]), expected);
		}
	}
}

/* ADR-2: an address of the family that is switched off is never used. */
static void
adr_2_a_disabled_family_is_not_used(void)
{
	struct one_host t;

	one_host_judge(&t, "family 4", NMX_SOURCE_MX, "insecure", "198.41.0.4", "2606:4700::1");
	CHECK_TEXT(one_host_addresses(&t), "198.41.0.4/insecure", "family 4");
	bench_free(t.bench);
	one_host_judge(&t, "family 6", NMX_SOURCE_MX, "insecure", "198.41.0.4", "2606:4700::1");
	CHECK_TEXT(one_host_addresses(&t), "2606:4700::1/insecure", "family 6");
	bench_free(t.bench);
}

/* The codes and rules that the table's letters stand for. */
static void
adr_3_codes(void)
{
	static const struct {
		enum nmx_source source;
		const char *options, *a, *aaaa, *drops;
	} cases[] = {
		{NMX_SOURCE_MX, "", "NODATA", "NODATA", "no-address mx.example:25 MX-4"},
		{NMX_SOURCE_SRV, "", "NXDOMAIN", "NXDOMAIN", "no-address mx.example:25 SRV-15"},
		{NMX_SOURCE_MX, "", "SERVFAIL", "NODATA", "address-failed mx.example:25 ADR-3"},
		{NMX_SOURCE_MX, "", "NODATA", "TIMEOUT", "address-failed mx.example:25 ADR-3"},
		{NMX_SOURCE_MX, "", "REFUSED", "SERVFAIL", "address-failed mx.example:25 ADR-3"},
		{NMX_SOURCE_MX, "", "BOGUS", "NODATA", "address-bogus mx.example:25 ADR-3"},
		{NMX_SOURCE_MX, "", "SERVFAIL", "BOGUS", "address-bogus mx.example:25 ADR-3"},
		{NMX_SOURCE_MX, "", "LIMIT", "LIMIT", "limit mx.example:25 LIM-1"},
		{NMX_SOURCE_MX, "", "OVERLOAD", "NODATA", "limit mx.example:25 LIM-1"},
		{NMX_SOURCE_MX, "", "127.0.0.1", "NODATA",
		 "loopback-address mx.example:25 127.0.0.1 ADR-1"},
		{NMX_SOURCE_MX, "", "10.0.0.1; 192.0.2.1", "::1",
		 "private-address mx.example:25 10.0.0.1 ADR-1; reserved-address mx.example:25 "
		 "192.0.2.1 ADR-1; loopback-address mx.example:25 ::1 ADR-1"},
		{NMX_SOURCE_MX, "", "127.0.0.1", "SERVFAIL",
		 "loopback-address mx.example:25 127.0.0.1 ADR-1; address-failed mx.example:25 "
		 "ADR-3"},
		{NMX_SOURCE_MX, "family 4", "NODATA", "2606:4700::1",
		 "address-failed mx.example:25 ADR-2"},
		{NMX_SOURCE_MX, "family 6", "198.41.0.4", "NODATA",
		 "address-failed mx.example:25 ADR-2"},
		{NMX_SOURCE_MX, "family 4", "NODATA", "NODATA", "no-address mx.example:25 MX-4"},
		{NMX_SOURCE_MX, "deny-networks 198.41.0.0/16", "198.41.0.4", "NODATA",
		 "denied-address mx.example:25 198.41.0.4 ADR-1"},
		/* MX-6, SRV-9 */
		{NMX_SOURCE_MX, "", "chain=9 198.41.0.4", "NODATA",
		 "cname-chain mx.example:25 MX-6"},
		{NMX_SOURCE_SRV, "", "chain=9 198.41.0.4", "NODATA",
		 "cname-chain mx.example:25 SRV-9"},
		{NMX_SOURCE_MX, "", "NODATA", "chain=9 2606:4700::1",
		 "cname-chain mx.example:25 MX-6"},
		{NMX_SOURCE_MX, "", "chain=8 198.41.0.4", "NODATA", ""},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct one_host t;

		one_host_judge(&t, cases[i].options, cases[i].source, "insecure", cases[i].a,
			       cases[i].aaaa);
		CHECK_TEXT(bench_drops_text(t.bench), cases[i].drops, "%s: A %s, AAAA %s",
			   cases[i].options, cases[i].a, cases[i].aaaa);
		bench_free(t.bench);
	}
}

/* ADR-1: the address is dropped, never the host, as long as another is left. */
static void
adr_1_the_address_is_dropped_not_the_host(void)
{
	struct one_host t;

	one_host_judge(&t, "", NMX_SOURCE_MX, "insecure",
		       "127.0.0.1; 198.41.0.4; 10.0.0.1; 198.41.0.4", "::1; 2606:4700::1");
	CHECK(!t.host.out, "usable");
	CHECK_TEXT(one_host_addresses(&t), "198.41.0.4/insecure 2606:4700::1/insecure",
		   "once each");
	CHECK_TEXT(bench_drops_text(t.bench),
		   "private-address mx.example:25 10.0.0.1 ADR-1; loopback-address mx.example:25 "
		   "127.0.0.1 ADR-1; loopback-address mx.example:25 ::1 ADR-1",
		   "drops");
	bench_free(t.bench);
}

/* ADR-3, SRV-9, MX-6: flagged, not dropped. */
static void
aliases_and_failed_families_are_flagged(void)
{
	struct one_host t;

	one_host_judge(&t, "", NMX_SOURCE_MX, "insecure", "chain=2 198.41.0.4", "SERVFAIL");
	CHECK(bench_explains(t.bench, WHY_HOST_ALIAS), "MX-6");
	CHECK(bench_explains(t.bench, WHY_ONE_FAMILY), "ADR-3");
	bench_free(t.bench);
	one_host_judge(&t, "", NMX_SOURCE_SRV, "insecure", "NODATA", "chain=1 2606:4700::1");
	CHECK(bench_explains(t.bench, WHY_HOST_ALIAS_SRV) || t.answers.a.canonical,
	      "SRV-9: the alias that A does not show is seen in AAAA");
	bench_free(t.bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(adr_1_plain_addresses),
	UNIT_TEST(adr_1_addresses_with_an_ipv4_address_inside),
	UNIT_TEST(adr_1_declared_nat64_prefixes),
	UNIT_TEST(adr_1_allow_and_deny),
	UNIT_TEST(adr_3_both_families),
	UNIT_TEST(adr_2_a_disabled_family_is_temporary_never_a_bounce),
	UNIT_TEST(adr_2_a_disabled_family_is_not_used),
	UNIT_TEST(adr_3_codes),
	UNIT_TEST(adr_1_the_address_is_dropped_not_the_host),
	UNIT_TEST(aliases_and_failed_families_are_flagged),
	CU_TEST_INFO_NULL,
};
