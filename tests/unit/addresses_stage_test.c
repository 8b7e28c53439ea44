/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole stages: DNSSEC-1, LIM-1; single addresses are in addresses_test.c, DDL-1 in deadline_test.c. */
#include "policy/addresses.h"

#include <stdlib.h>
#include <string.h>

#include "one_host.h"
#include "unit.h"

const char unit_name[] = "policy/addresses, stages";

/* ---- DNSSEC-1 and the security of an endpoint ------------------------------------------------ */

/* The security of an address is the least of the naming RRset and its own answer. */
static void
security_is_the_least_of_naming_and_address(void)
{
	static const struct {
		const char *naming, *a, *expected;
	} cases[] = {
		{"secure", "secure 198.41.0.4", "198.41.0.4/secure"},
		{"secure", "insecure 198.41.0.4", "198.41.0.4/insecure"},
		{"insecure", "secure 198.41.0.4", "198.41.0.4/insecure"},
		{"insecure", "insecure 198.41.0.4", "198.41.0.4/insecure"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct one_host t;

		one_host_judge(&t, "", NMX_SOURCE_MX, cases[i].naming, cases[i].a, "NODATA");
		CHECK_TEXT(one_host_addresses(&t), cases[i].expected, "%s %s", cases[i].naming,
			   cases[i].a);
		bench_free(t.bench);
	}
}

/* DNSSEC-1: naming, A and AAAA, each signed or not. */
static void
dnssec_1_naming_and_address_must_be_secure(void)
{
	static const struct {
		const char *naming, *a, *aaaa, *addresses, *drops;
	} cases[] = {
		{"secure", "secure 198.41.0.4", "secure 2606:4700::1",
		 "198.41.0.4/secure 2606:4700::1/secure", ""},
		{"secure", "secure 198.41.0.4", "insecure 2606:4700::1", "198.41.0.4/secure",
		 "dnssec-required mx.example:25 2606:4700::1 DNSSEC-1"},
		{"secure", "insecure 198.41.0.4", "secure 2606:4700::1", "2606:4700::1/secure",
		 "dnssec-required mx.example:25 198.41.0.4 DNSSEC-1"},
		{"secure", "insecure 198.41.0.4", "insecure NODATA", "",
		 "dnssec-required mx.example:25 198.41.0.4 DNSSEC-1"},
		{"insecure", "secure 198.41.0.4", "secure 2606:4700::1", "",
		 "dnssec-required mx.example:25 DNSSEC-1"},
		{"insecure", "insecure 198.41.0.4", "insecure 2606:4700::1", "",
		 "dnssec-required mx.example:25 DNSSEC-1"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct one_host t;

		one_host_judge(&t, "dnssec require", NMX_SOURCE_MX, cases[i].naming, cases[i].a,
			       cases[i].aaaa);
		CHECK_TEXT(one_host_addresses(&t), cases[i].addresses, "case %zu", i);
		CHECK_TEXT(bench_drops_text(t.bench), cases[i].drops, "case %zu", i);
		bench_free(t.bench);
	}
}

/* ---- LIM-1: addresses ----------------------------------------------------------------------- */

/* n4 A and n6 AAAA records. */
static void
judge_many(struct one_host *t, const char *options, unsigned n4, unsigned n6)
{
	struct text a = text_growing(), aaaa = text_growing();

	for (unsigned i = 0; i < n4; i++)
		text_printf(&a, "%s198.41.%u.%u", i ? ";" : "", i / 200, i % 200 + 1);
	for (unsigned i = 0; i < n6; i++)
		text_printf(&aaaa, "%s2606:4700::%x", i ? ";" : "", i + 1);
	one_host_judge(t, options, NMX_SOURCE_MX, "insecure", n4 ? a.data : "NODATA",
		       n6 ? aaaa.data : "NODATA");
	free(a.data);
	free(aaaa.data);
}

static void
lim_1_at_most_8_addresses_half_of_each_family(void)
{
	static const struct {
		unsigned n4, n6, kept4, kept6;
	} cases[] = {
		{8, 0, 8, 0},  {0, 8, 0, 8},   {9, 0, 8, 0},  {0, 9, 0, 8},   {4, 4, 4, 4},
		{5, 4, 4, 4},  {20, 20, 4, 4}, {20, 1, 7, 1}, {1, 20, 1, 7},  {3, 20, 3, 5},
		{20, 3, 5, 3}, {64, 64, 4, 4}, {65, 0, 8, 0}, {300, 5, 4, 4}, {6, 2, 6, 2},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		unsigned n4 = 0, n6 = 0, more = cases[i].n4 + cases[i].n6 > LIMIT_ADDRESSES;
		struct one_host t;

		judge_many(&t, "", cases[i].n4, cases[i].n6);
		for (size_t j = 0; j < t.host.n_addresses; j++) {
			if (t.host.addresses[j].address.family == 4)
				n4++;
			else
				n6++;
			if (j)
				CHECK(address_compare(&t.host.addresses[j - 1].address,
						      &t.host.addresses[j].address) < 0,
				      "sorted");
		}
		CHECK(n4 == cases[i].kept4 && n6 == cases[i].kept6, "%u + %u: %u + %u", cases[i].n4,
		      cases[i].n6, n4, n6);
		CHECK(!t.host.out, "usable");
		CHECK(!!(t.bench->notes.causes & 1u << NMX_DROP_LIMIT) == more, "%u + %u: limit",
		      cases[i].n4, cases[i].n6);
		bench_free(t.bench);
	}
}

/* LIM-1: each that is left out is an entry. */
static void
lim_1_every_address_left_out_is_an_entry(void)
{
	struct one_host t;

	judge_many(&t, "", 20, 20);
	CHECK(t.bench->notes.n_drops == 32, "%zu", t.bench->notes.n_drops);
	for (size_t i = 0; i < t.bench->notes.n_drops; i++) {
		const struct drop *drop = &t.bench->notes.drops[i];

		CHECK(drop->code == NMX_DROP_LIMIT && drop->address, "%zu", i);
		for (size_t j = 0; drop->address && j < t.host.n_addresses; j++)
			CHECK(address_compare(drop->address, &t.host.addresses[j].address) != 0,
			      "%zu is kept and dropped", j);
	}
	bench_free(t.bench);
}

/* LIM-1: every process keeps the same ones; another key keeps others. */
static void
lim_1_the_choice_of_addresses_is_keyed(void)
{
	char first[4096];
	struct one_host t;
	unsigned changed = 0;

	judge_many(&t, "", 30, 0);
	strcpy(first, one_host_addresses(&t));
	bench_free(t.bench);
	judge_many(&t, "", 30, 0);
	CHECK_TEXT(one_host_addresses(&t), first, "the same key");
	bench_free(t.bench);
	for (char key = 'a'; key < 'k'; key++) {
		char options[] = "limit-key ?";

		options[10] = key;
		judge_many(&t, options, 30, 0);
		changed += strcmp(one_host_addresses(&t), first) != 0;
		bench_free(t.bench);
	}
	CHECK(changed >= 9, "%u of 10 keys change the choice", changed);
}

/* LIM-1: the order of the records, which libunbound rotates, does not matter. */
static void
lim_1_the_choice_of_addresses_does_not_depend_on_their_order(void)
{
	struct one_host t;
	char first[4096];

	one_host_judge(
		&t, "", NMX_SOURCE_MX, "insecure",
		"198.41.0.1;198.41.0.2;198.41.0.3;198.41.0.4;198.41.0.5;198.41.0.6;198.41.0.7;"
		"198.41.0.8;198.41.0.9;198.41.0.10",
		"NODATA");
	strcpy(first, one_host_addresses(&t));
	bench_free(t.bench);
	one_host_judge(
		&t, "", NMX_SOURCE_MX, "insecure",
		"198.41.0.7;198.41.0.10;198.41.0.3;198.41.0.1;198.41.0.9;198.41.0.2;198.41.0.8;"
		"198.41.0.4;198.41.0.6;198.41.0.5",
		"NODATA");
	CHECK_TEXT(one_host_addresses(&t), first, "rotated");
	bench_free(t.bench);
}

/* ---- LIT-1 ---------------------------------------------------------------------------------- */

/* Literals have no name: nothing may need one. */
static void
lit_1_a_literal_is_judged_like_any_host(void)
{
	struct bench *bench = bench_new("");
	struct host_answers answers = {.a = bench_answer(bench, RR_A, "10.0.0.1")};
	struct host host = {.port = 25, .answers = &answers};
	struct stage stage = {.source = NMX_SOURCE_LITERAL,
			      .security = NMX_INSECURE,
			      .hosts = &host,
			      .n_hosts = 1};

	CHECK(addresses_judge(&stage, &bench->settings, false, &bench->notes), "memory");
	CHECK(host.out, "out");
	CHECK(bench->notes.n_drops >= 1 && bench->notes.drops[0].code == NMX_DROP_PRIVATE_ADDRESS,
	      "private");
	bench_free(bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(security_is_the_least_of_naming_and_address),
	UNIT_TEST(dnssec_1_naming_and_address_must_be_secure),
	UNIT_TEST(lim_1_at_most_8_addresses_half_of_each_family),
	UNIT_TEST(lim_1_every_address_left_out_is_an_entry),
	UNIT_TEST(lim_1_the_choice_of_addresses_is_keyed),
	UNIT_TEST(lim_1_the_choice_of_addresses_does_not_depend_on_their_order),
	UNIT_TEST(lit_1_a_literal_is_judged_like_any_host),
	CU_TEST_INFO_NULL,
};
