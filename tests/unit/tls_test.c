/* SPDX-License-Identifier: BSD-2-Clause */
/* The requirement of a host: the table of RULES DANE, with DANE-4 and DANE-7. */
#include "policy/tls.h"

#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "keys.h"
#include "policy/addresses.h"
#include "policy/dane.h"
#include "unit.h"

const char unit_name[] = "policy/tls";

#define USABLE "secure 3 1 1 " KEYS_SHA256
#define UNUSABLE "secure 1 1 1 " KEYS_SHA256
/* A SHA-256 digest but for its first octet. */
#define DIGEST_31 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* mx.example:25 with one address, in a stage of one host. */
struct one {
	struct bench *bench;
	struct host_address address;
	struct dane_answers dane;
	struct host host;
	struct stage stage;
};

/* The TLSA answers of a.example and b.example; second NULL: one base domain; first NULL as well: none.
 * naming unsigned: nobody asked. */
static void
prepare(struct one *t, const char *options, const char *naming, const char *first,
	const char *second)
{
	bool is_signed = strcmp(naming, "secure") == 0;

	memset(t, 0, sizeof(*t));
	t->bench = bench_new(options);
	t->address = (struct host_address){bench_address("192.0.2.1"), NMX_SECURE};
	t->dane.bases = (struct dane_bases){
		.names = {bench_name(t->bench, "a.example"), bench_name(t->bench, "b.example")},
		.n = !first    ? 0u
		     : !second ? 1u
			       : 2u};
	if (first)
		t->dane.tlsa[0] = bench_answer(t->bench, RR_TLSA, first);
	if (second)
		t->dane.tlsa[1] = bench_answer(t->bench, RR_TLSA, second);
	t->host = (struct host){.port = 25,
				.name = bench_name(t->bench, "a.example"),
				.addresses = &t->address,
				.n_addresses = 1,
				.dane = is_signed ? &t->dane : NULL};
	t->stage = (struct stage){.source = NMX_SOURCE_MX,
				  .security = is_signed ? NMX_SECURE : NMX_INSECURE,
				  .hosts = &t->host,
				  .n_hosts = 1};
}

static void
run(struct one *t, const char *domain)
{
	CHECK(tls_judge(&t->stage, &t->bench->settings,
			domain ? bench_name(t->bench, domain) : NULL, NULL, &t->bench->notes),
	      "memory");
}

/* "dane sni=a.example refs=a.example,example.org tlsa=1", or "out". */
static const char *
host_text(const struct host *host)
{
	static char buffer[4096];
	struct text text = text_into(buffer, sizeof(buffer));

	if (host->out)
		return host->undecided ? "out, undecided" : "out";
	text_add(&text, nmx_tls_name(host->tls.requirement));
	if (host->tls.sni) {
		text_add(&text, " sni=");
		dname_print(&text, host->tls.sni);
	}
	for (size_t i = 0; i < host->tls.n_references; i++) {
		text_add(&text, i ? "," : " refs=");
		dname_print(&text, host->tls.references[i]);
	}
	if (host->tls.n_tlsa)
		text_printf(&text, " tlsa=%zu", host->tls.n_tlsa);
	return buffer;
}

/* ---- The table ------------------------------------------------------------------------------ */

static const char tlsa_failed[] = "tlsa-failed a.example:25 DANE-6";
static const char limit[] = "limit a.example:25 LIM-1";
static const char required[] = "dane-required a.example:25 DANE-7";
static const char dane_a[] = "dane sni=a.example refs=a.example,example.org tlsa=1";
static const char dane_b[] = "dane sni=b.example refs=b.example,example.org tlsa=1";

/* What comes out with dane on; with dane require everything but dane is out, and why. */
static const struct {
	const char *naming, *first, *second, *host, *drops;
} rows[] = {
	{"insecure", NULL, NULL, "may", ""},
	{"secure", NULL, NULL, "may", ""},
	{"secure", USABLE, NULL, dane_a, ""},
	{"secure", USABLE ";1 1 1 " KEYS_SHA256, NULL,
	 "dane sni=a.example refs=a.example,example.org tlsa=2", ""},
	{"secure", UNUSABLE, NULL, "encrypt sni=a.example tlsa=1", ""},
	{"secure", "secure NODATA", NULL, "may", ""},
	{"secure", "secure NXDOMAIN", NULL, "may", ""},
	{"secure", "insecure NODATA", NULL, "may", ""},
	{"secure", "insecure NXDOMAIN", NULL, "may", ""},
	{"secure", "insecure 3 1 1 " KEYS_SHA256, NULL, "may", ""},
	{"secure", "SERVFAIL", NULL, "out", tlsa_failed},
	{"secure", "REFUSED", NULL, "out", tlsa_failed},
	{"secure", "BOGUS", NULL, "out", tlsa_failed},
	{"secure", "TIMEOUT", NULL, "out, undecided", tlsa_failed},
	{"secure", "LIMIT", NULL, "out", limit},
	{"secure", "OVERLOAD", NULL, "out", limit},
	{"secure", USABLE, "SERVFAIL", dane_a, ""},
	{"secure", "secure NODATA", USABLE, dane_b, ""},
	{"secure", UNUSABLE, USABLE, "encrypt sni=a.example tlsa=1", ""},
	{"secure", "insecure NODATA", UNUSABLE, "encrypt sni=b.example tlsa=1", ""},
	{"secure", "SERVFAIL", USABLE, "out", tlsa_failed},
	{"secure", "secure NODATA", "BOGUS", "out", "tlsa-failed a.example:25 DANE-6"},
	{"secure", "secure NODATA", "LIMIT", "out", limit},
	{"secure", "secure NODATA", "secure NXDOMAIN", "may", ""},
};

static void
dane_the_whole_table(void)
{
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct one t;

		prepare(&t, "", rows[i].naming, rows[i].first, rows[i].second);
		run(&t, "example.org");
		CHECK_TEXT(host_text(&t.host), rows[i].host, "row %zu", i);
		CHECK_TEXT(bench_drops_text(t.bench), rows[i].drops, "row %zu", i);
		bench_free(t.bench);
	}
}

/* DANE-7: what failed stays what it is, what would be may or encrypt is dane-required. */
static void
dane_7_the_whole_table(void)
{
	for (size_t i = 0; i < N_OF(rows); i++) {
		bool dane = strncmp(rows[i].host, "dane", 4) == 0;
		bool out = strncmp(rows[i].host, "out", 3) == 0;
		struct one t;

		prepare(&t, "dane require", rows[i].naming, rows[i].first, rows[i].second);
		run(&t, "example.org");
		CHECK_TEXT(host_text(&t.host), dane || out ? rows[i].host : "out", "row %zu", i);
		CHECK_TEXT(bench_drops_text(t.bench), dane || out ? rows[i].drops : required,
			   "row %zu", i);
		bench_free(t.bench);
	}
}

/* DANE-2: whether the alias is signed is behind TLSA in the table of dane_test.c; here, its words. */
static void
dane_2_an_alias_that_counts_or_not(void)
{
	static const struct {
		const char *alias, *tlsa, *host, *drops;
		enum why_code why;
	} cases[] = {
		{"secure b.example", USABLE, dane_a, "", WHY_DANE_MATCH},
		{"secure b.example", "secure NODATA", "may", "", WHY_DANE_ABSENT},
		{"insecure b.example", USABLE, "may", "", WHY_DANE_ALIAS_UNSIGNED},
		{"insecure b.example", "SERVFAIL", "may", "", WHY_DANE_ALIAS_UNSIGNED},
		{"SERVFAIL", USABLE, "out", tlsa_failed, WHY_N_CODES},
		{"BOGUS", UNUSABLE, "out", tlsa_failed, WHY_N_CODES},
		{"TIMEOUT", USABLE, "out, undecided", tlsa_failed, WHY_N_CODES},
		{"LIMIT", USABLE, "out", limit, WHY_N_CODES},
		{"OVERLOAD", "TIMEOUT", "out", limit, WHY_N_CODES},
		{"SERVFAIL", "secure NODATA", "may", "", WHY_DANE_ABSENT},
		{"TIMEOUT", "insecure NXDOMAIN", "may", "", WHY_DANE_ABSENT},
		{"LIMIT", "insecure 3 1 1 " KEYS_SHA256, "may", "", WHY_DANE_ABSENT},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct one t;

		prepare(&t, "", "secure", cases[i].tlsa, NULL);
		t.dane.bases.alias = true;
		t.dane.alias = bench_answer(t.bench, RR_CNAME, cases[i].alias);
		run(&t, "example.org");
		CHECK_TEXT(host_text(&t.host), cases[i].host, "alias %s, TLSA %s", cases[i].alias,
			   cases[i].tlsa);
		CHECK_TEXT(bench_drops_text(t.bench), cases[i].drops, "alias %s, TLSA %s",
			   cases[i].alias, cases[i].tlsa);
		if (cases[i].why != WHY_N_CODES)
			CHECK(bench_explains(t.bench, cases[i].why), "alias %s, TLSA %s:\n%s",
			      cases[i].alias, cases[i].tlsa, bench_why_text(t.bench));
		if (cases[i].why != WHY_DANE_ALIAS_UNSIGNED)
			CHECK(!bench_explains(t.bench, WHY_DANE_ALIAS_UNSIGNED),
			      "alias %s, TLSA %s: nobody knows it to be unsigned", cases[i].alias,
			      cases[i].tlsa);
		bench_free(t.bench);
	}
}

/* ---- DANE-4 --------------------------------------------------------------------------------- */

static void
dane_4_reference_identifiers(void)
{
	static const struct {
		const char *domain, *expansion, *refs;
	} cases[] = {
		{"example.org", NULL, "a.example,example.org"},
		{"example.org", "example.net", "a.example,example.org,example.net"},
		{"a.example", NULL, "a.example"},
		{"a.example", "example.net", "a.example,example.net"},
		{"example.org", "a.example", "a.example,example.org"},
		{"example.org", "example.org", "a.example,example.org"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		char expected[256] = "dane sni=a.example refs=";
		struct one t;

		strcat(strcat(expected, cases[i].refs), " tlsa=1");
		prepare(&t, "", "secure", USABLE, NULL);
		if (cases[i].expansion)
			t.stage.expansion = bench_name(t.bench, cases[i].expansion);
		run(&t, cases[i].domain);
		CHECK_TEXT(host_text(&t.host), expected, "%zu", i);
		bench_free(t.bench);
	}
}

/* ---- Words ---------------------------------------------------------------------------------- */

/* DANE-5, DANE-8: each record that cannot match is named with its reason, and whose name it is under. */
static void
dane_5_records_are_explained(void)
{
	struct one t;

	prepare(&t, "", "secure", "secure NODATA",
		"secure 3 1 1 " KEYS_SHA256 ";3 1 2 " KEYS_SHA512 ";0 0 1 " KEYS_SHA256
		";2 1 1 aa");
	run(&t, "example.org");
	CHECK_TEXT(bench_why_text(t.bench),
		   "DANE-2 the TLSA base domain of a.example is b.example\n"
		   "DANE-8 TLSA 3 1 1 of b.example is ignored: another has a stronger digest\n"
		   "DANE-5 TLSA 0 0 1 of b.example is unusable: bad-usage\n"
		   "DANE-5 TLSA 2 1 1 of b.example is unusable: bad-length\n"
		   "DANE-3 a.example port 25: TLS must match a TLSA record\n",
		   "usable");
	bench_free(t.bench);
	prepare(&t, "", "secure", "secure 3 2 1 " KEYS_SHA256, NULL);
	run(&t, "example.org");
	CHECK_TEXT(bench_why_text(t.bench),
		   "DANE-5 TLSA 3 2 1 of a.example is unusable: bad-selector\n"
		   "DANE-5 a.example port 25: no TLSA record is usable: TLS, unverified\n",
		   "unusable");
	bench_free(t.bench);
}

/* LIM-1: how many records were left out, and only then. */
static void
lim_1_records_beyond_the_limit_are_explained(void)
{
	for (size_t n = 31; n <= 40; n++) {
		char records[64 * 80], expected[80];
		struct text text = text_into(records, sizeof(records));
		struct one t;

		text_add(&text, "secure ");
		for (size_t i = 0; i < n; i++)
			text_printf(&text, "%s3 1 1 %02u" DIGEST_31, i ? ";" : "", (unsigned)i);
		snprintf(expected, sizeof(expected),
			 "LIM-1 TLSA of a.example: %zu further records are not looked at\n",
			 n - 32);
		prepare(&t, "", "secure", records, NULL);
		run(&t, "example.org");
		CHECK(t.host.tls.n_tlsa == (n < 32 ? n : 32), "%zu", n);
		CHECK((strstr(bench_why_text(t.bench), expected) != NULL) == (n > 32), "%zu:\n%s",
		      n, bench_why_text(t.bench));
		CHECK(bench_explains(t.bench, WHY_TLSA_BEYOND) == (n > 32), "%zu", n);
		bench_free(t.bench);
	}
}

/* ---- Hosts that are left as they are -------------------------------------------------------- */

static void
hosts_without_addresses_and_hosts_that_are_out_are_not_judged(void)
{
	struct one t;

	prepare(&t, "dane require", "secure", "SERVFAIL", NULL);
	t.host.out = true;
	run(&t, "example.org");
	CHECK_TEXT(bench_drops_text(t.bench), "", "out already");
	CHECK(t.dane.n_used == 0, "its TLSA has no say");
	t.host.out = false;
	t.host.n_addresses = 0;
	run(&t, "example.org");
	CHECK_TEXT(bench_drops_text(t.bench), "", "undecided at the deadline");
	CHECK(!t.host.out, "left to deadline_cut");
	bench_free(t.bench);
}

/* LIT-1, DANE-7: nothing can sign an address literal, and nobody says that MX is unsigned. */
static void
lit_1_a_literal_has_no_dane(void)
{
	static const char *const options[] = {"", "dane off", "dane require"};

	for (size_t i = 0; i < N_OF(options); i++) {
		struct one t;

		prepare(&t, options[i], "insecure", NULL, NULL);
		t.stage.source = NMX_SOURCE_LITERAL;
		t.host.name = NULL;
		run(&t, NULL);
		CHECK_TEXT(host_text(&t.host), i < 2 ? "may" : "out", "%s", options[i]);
		CHECK(!bench_explains(t.bench, WHY_DANE_NAMING_UNSIGNED), "%s", options[i]);
		bench_free(t.bench);
	}
}

/* DANE-2: unsigned naming is explained once a stage, and not when nobody wants DANE. */
static void
dane_2_unsigned_naming_is_explained(void)
{
	struct one t;

	prepare(&t, "", "insecure", NULL, NULL);
	run(&t, "example.org");
	CHECK_TEXT(bench_why_text(t.bench),
		   "DANE-2 the MX answer is not signed: no TLSA is asked for\n", "on");
	bench_free(t.bench);
	prepare(&t, "dane off", "insecure", NULL, NULL);
	run(&t, "example.org");
	CHECK_TEXT(bench_why_text(t.bench), "", "off");
	bench_free(t.bench);
	prepare(&t, "", "secure", NULL, NULL);
	run(&t, "example.org");
	CHECK_TEXT(bench_why_text(t.bench),
		   "DANE-2 the addresses of a.example are not signed: no TLSA is asked for\n",
		   "addresses");
	bench_free(t.bench);
}

/* DANE-6: each host by itself. */
static void
dane_6_one_host_says_nothing_of_another(void)
{
	struct host hosts[2];
	struct one t, other;

	prepare(&t, "", "secure", "SERVFAIL", NULL);
	prepare(&other, "", "secure", USABLE, NULL);
	hosts[0] = t.host;
	hosts[1] = other.host;
	t.stage.hosts = hosts;
	t.stage.n_hosts = 2;
	run(&t, "example.org");
	CHECK_TEXT(host_text(&hosts[0]), "out", "the bad one");
	CHECK_TEXT(host_text(&hosts[1]), dane_a, "the good one");
	CHECK(stage_usable_hosts(&t.stage) == 1, "one is left");
	bench_free(t.bench);
	bench_free(other.bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(dane_the_whole_table),
	UNIT_TEST(dane_7_the_whole_table),
	UNIT_TEST(dane_2_an_alias_that_counts_or_not),
	UNIT_TEST(dane_4_reference_identifiers),
	UNIT_TEST(dane_5_records_are_explained),
	UNIT_TEST(lim_1_records_beyond_the_limit_are_explained),
	UNIT_TEST(hosts_without_addresses_and_hosts_that_are_out_are_not_judged),
	UNIT_TEST(lit_1_a_literal_has_no_dane),
	UNIT_TEST(dane_2_unsigned_naming_is_explained),
	UNIT_TEST(dane_6_one_host_says_nothing_of_another),
	CU_TEST_INFO_NULL,
};
