/* SPDX-License-Identifier: BSD-2-Clause */
/* The shard of a domain: by a hash that never changes. */
#include <stdio.h>

#include "cli/scan/input.h"
#include "stats.h"
#include "unit.h"

const char unit_name[] = "cli/scan/input, shards";

static void
values_never_change(void)
{
	static const struct {
		const char *domain;
		uint64_t hash;
	} cases[] = {
		{"", UINT64_C(0xf52a15e9a9b5e89b)},
		{"example.org", UINT64_C(0xdd92ef3c617d04af)},
		{"a", UINT64_C(0x02c0bdbf481420f8)},
		{"xn--bcher-kva.example", UINT64_C(0xba2232cc30775666)},
		{"b\xc3\xbc"
		 "cher.example",
		 UINT64_C(0xbd787ae9e14ad029)},
		{"[192.0.2.1]", UINT64_C(0x78eae1f5147923bd)},
	};

	for (size_t i = 0; i < N_OF(cases); i++)
		CHECK(input_hash(cases[i].domain) == cases[i].hash, "%s: %016llx", cases[i].domain,
		      (unsigned long long)input_hash(cases[i].domain));
}

static void
one_domain_is_one_shard(void)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{"example.org", "EXAMPLE.ORG", true},
		{"example.org", "Example.Org.", true},
		{"", ".", true},
		{"a.", "a..", false},
		{"a", "b", false},
		{"@", "`", false}, /* not letters */
		{"[", "{", false},
		{"\xc3\x9c", "\xc3\xbc", false},
	};

	for (size_t i = 0; i < N_OF(cases); i++)
		CHECK((input_hash(cases[i].a) == input_hash(cases[i].b)) == cases[i].same, "%s, %s",
		      cases[i].a, cases[i].b);
}

static void
shards_are_from_1_to_n(void)
{
	static const uint64_t ns[] = {1, 2, 3, 10, 1000, UINT64_MAX};

	CHECK(input_shard("a", 0) == 1, "none is one");
	for (size_t i = 0; i < N_OF(ns); i++) {
		for (unsigned j = 0; j < 1000; j++) {
			char domain[32];
			uint64_t shard;

			snprintf(domain, sizeof(domain), "d%u.example", j);
			shard = input_shard(domain, ns[i]);
			CHECK(shard >= 1 && shard <= ns[i], "%s of %llu", domain,
			      (unsigned long long)ns[i]);
		}
	}
}

/* Names as lists have them: numbers, syllables, few endings. */
static void
name_of(unsigned i, unsigned kind, char ret_name[static 64])
{
	static const char *const syllables[] = {"ba",  "mail", "to", "shop",
						"net", "x",    "ri", "web"};
	static const char *const endings[] = {"com", "org", "de", "co.uk"};

	if (kind == 0)
		snprintf(ret_name, 64, "d%06u.example", i);
	else if (kind == 1)
		snprintf(ret_name, 64, "%u.test", i);
	else
		snprintf(ret_name, 64, "%s%s%s%s%s.%s", syllables[i % 8], syllables[i / 8 % 8],
			 syllables[i / 64 % 8], syllables[i / 512 % 8], syllables[i / 4096 % 8],
			 endings[i / 32768 % 4]);
}

static void
shards_are_even(void)
{
	static const size_t ns[] = {2, 3, 7, 16, 100, 256, 1000};

	for (unsigned kind = 0; kind < 3; kind++) {
		for (size_t i = 0; i < N_OF(ns); i++) {
			size_t counts[1000] = {0};
			double parts[1000], p;

			for (unsigned j = 0; j < 100000; j++) {
				char name[64];

				name_of(j, kind, name);
				counts[input_shard(name, ns[i]) - 1]++;
			}
			for (size_t j = 0; j < ns[i]; j++)
				parts[j] = 1.0 / (double)ns[i];
			p = stats_chi_square(counts, parts, ns[i]);
			CHECK(p > 0.001, "kind %u over %zu: p %g", kind, ns[i], p);
		}
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(values_never_change),
	UNIT_TEST(one_domain_is_one_shard),
	UNIT_TEST(shards_are_from_1_to_n),
	UNIT_TEST(shards_are_even),
	CU_TEST_INFO_NULL,
};
