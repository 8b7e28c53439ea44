/* SPDX-License-Identifier: BSD-2-Clause */
/* DDL-1: a stage at the deadline, after addresses and TLS were judged. */
#include "policy/deadline.h"

#include <string.h>

#include "bench.h"
#include "policy/addresses.h"
#include "policy/dane.h"
#include "unit.h"

const char unit_name[] = "policy/deadline";

enum { MOST_HOSTS = 6 };

/* Hosts: u usable, ? an address is awaited, e proven empty, t TLSA is awaited, f TLSA failed; tiers are
 * joined by |: "u?|e|tf". */
static const char kinds[] = "u?etf";

struct deadline {
	struct bench *bench;
	struct host hosts[MOST_HOSTS];
	struct stage stage;
};

static struct host
make_host(struct bench *bench, char kind, unsigned priority, size_t i)
{
	char name[] = "a.example";
	struct host_answers *answers = arena_alloc(&bench->arena, sizeof(*answers));
	struct dane_answers *dane = arena_alloc(&bench->arena, sizeof(*dane));

	name[0] = (char)('a' + i);
	answers->a = bench_answer(bench, RR_A,
				  kind == '?'	? "TIMEOUT"
				  : kind == 'e' ? "secure NODATA"
						: "secure 198.41.0.4");
	answers->aaaa =
		bench_answer(bench, RR_AAAA, kind == '?' ? "secure 2606:4700::1" : "secure NODATA");
	dane->bases = (struct dane_bases){.names = {bench_name(bench, name)}, .n = 1};
	dane->tlsa[0] = bench_answer(bench, RR_TLSA,
				     kind == 't'   ? "TIMEOUT"
				     : kind == 'f' ? "SERVFAIL"
						   : "secure NODATA");
	return (struct host){.priority = (uint16_t)priority,
			     .port = 25,
			     .name = dane->bases.names[0],
			     .answers = answers,
			     .dane = dane};
}

static void
judge_at_deadline(struct deadline *t, const char *tiers)
{
	unsigned priority = 1;

	memset(t, 0, sizeof(*t));
	t->bench = bench_new("");
	t->stage =
		(struct stage){.source = NMX_SOURCE_SRV, .security = NMX_SECURE, .hosts = t->hosts};
	for (; *tiers; tiers++) {
		size_t i = t->stage.n_hosts;

		if (*tiers == '|')
			priority++;
		else
			t->hosts[t->stage.n_hosts++] = make_host(t->bench, *tiers, priority, i);
	}
	CHECK(addresses_judge(&t->stage, &t->bench->settings, true, &t->bench->notes), "memory");
	CHECK(tls_judge(&t->stage, &t->bench->settings, bench_name(t->bench, "example.org"), NULL,
			&t->bench->notes),
	      "memory");
	deadline_cut(&t->stage, &t->bench->notes);
}

/* DDL-1, as it is written: whether the best tier that is not proven empty has a decided host. */
static bool
stage_is_usable(const char *tiers)
{
	bool decided = false, undecided = false;

	for (;; tiers++) {
		decided |= *tiers == 'u';
		undecided |= *tiers == '?' || *tiers == 't';
		if (*tiers != '|' && *tiers != '\0')
			continue;
		if (decided || undecided || *tiers == '\0')
			return decided;
	}
}

static enum nmx_drop_code
expected_code(char kind)
{
	return kind == 'e'		    ? NMX_DROP_NO_ADDRESS
	       : kind == 't' || kind == 'f' ? NMX_DROP_TLSA_FAILED
					    : NMX_DROP_ADDRESS_FAILED;
}

/* Each host is used, or an entry with the code of its kind. */
static void
check_entries(const struct deadline *t, const char *kinds_of_hosts, bool usable, const char *tiers)
{
	const struct notes *notes = &t->bench->notes;

	CHECK(notes->n_drops + (usable ? stage_usable_hosts(&t->stage) : 0) == t->stage.n_hosts,
	      "%s: each host is used or an entry", tiers);
	for (size_t d = 0; d < notes->n_drops; d++) {
		size_t i = notes->drops[d].host[1] - (size_t)'a';

		CHECK(notes->drops[d].code == expected_code(kinds_of_hosts[i]), "%s: host %zu",
		      tiers, i);
	}
}

static void
check_deadline(const char *tiers)
{
	char kinds_of_hosts[MOST_HOSTS + 1] = "";
	bool usable = stage_is_usable(tiers);
	struct deadline t;
	size_t i = 0;

	judge_at_deadline(&t, tiers);
	for (const char *at = tiers; *at; at++) {
		bool kept, awaited = *at == '?' || *at == 't';

		if (*at == '|')
			continue;
		kept = !t.hosts[i].out;
		CHECK(kept == (usable && *at == 'u'), "%s: host %zu", tiers, i);
		CHECK(t.hosts[i].undecided == (awaited || (*at == 'u' && !kept)), "%s: host %zu",
		      tiers, i);
		kinds_of_hosts[i++] = *at;
	}
	check_entries(&t, kinds_of_hosts, usable, tiers);
	bench_free(t.bench);
}

/* Tier n of all: each kind alone, then each two of them. */
static size_t
put_tier(char *to, size_t n)
{
	size_t n_kinds = strlen(kinds);

	to[0] = kinds[n % n_kinds];
	if (n < n_kinds)
		return 1;
	to[1] = kinds[(n - n_kinds) / n_kinds];
	return 2;
}

/* DDL-1, DANE-6: every stage of up to three tiers of up to two hosts. */
static void
ddl_1_the_whole_table(void)
{
	size_t n_kinds = strlen(kinds), n_tiers = n_kinds + n_kinds * n_kinds;

	for (size_t code = 0; code < n_tiers * (n_tiers + 1) * (n_tiers + 1); code++) {
		size_t rest[3] = {code % n_tiers, code / n_tiers % (n_tiers + 1),
				  code / n_tiers / (n_tiers + 1)};
		char tiers[16] = "";
		size_t at = put_tier(tiers, rest[0]);

		for (size_t i = 1; i < 3; i++) {
			if (rest[i] == n_tiers)
				continue;
			tiers[at++] = '|';
			at += put_tier(tiers + at, rest[i]);
		}
		check_deadline(tiers);
	}
}

/* DDL-1: a host is decided when both families are; half an answer is none. */
static void
ddl_1_undecided_hosts_are_address_failed(void)
{
	struct deadline t;

	judge_at_deadline(&t, "?");
	CHECK_TEXT(bench_drops_text(t.bench), "address-failed a.example:25 DDL-1", "undecided");
	bench_free(t.bench);
	judge_at_deadline(&t, "?|u");
	CHECK_TEXT(bench_drops_text(t.bench),
		   "address-failed a.example:25 DDL-1; address-failed b.example:25 DDL-1",
		   "a backup is no substitute");
	bench_free(t.bench);
}

/* DANE-6: TLSA that is awaited at the deadline is tlsa-failed; TLSA that failed is decided. */
static void
dane_6_tlsa_at_the_deadline(void)
{
	static const struct {
		const char *tiers, *drops;
	} cases[] = {
		{"t", "tlsa-failed a.example:25 DANE-6"},
		{"f", "tlsa-failed a.example:25 DANE-6"},
		{"t|u", "tlsa-failed a.example:25 DANE-6; address-failed b.example:25 DDL-1"},
		{"f|u", "tlsa-failed a.example:25 DANE-6"},
		{"tu", "tlsa-failed a.example:25 DANE-6"},
		{"f|t|u", "tlsa-failed a.example:25 DANE-6; tlsa-failed b.example:25 DANE-6; "
			  "address-failed c.example:25 DDL-1"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct deadline t;

		judge_at_deadline(&t, cases[i].tiers);
		CHECK_TEXT(bench_drops_text(t.bench), cases[i].drops, "%s", cases[i].tiers);
		bench_free(t.bench);
	}
}

/* DDL-1: hosts without any answers yet are undecided. */
static void
ddl_1_hosts_that_were_never_asked_are_undecided(void)
{
	struct bench *bench = bench_new("");
	struct host host = {.port = 25, .name = bench_name(bench, "a.example")};
	struct stage stage = {
		.source = NMX_SOURCE_MX, .security = NMX_INSECURE, .hosts = &host, .n_hosts = 1};

	CHECK(!deadline_has_addresses(&host), "no answers");
	CHECK(addresses_judge(&stage, &bench->settings, true, &bench->notes), "memory");
	CHECK(tls_judge(&stage, &bench->settings, host.name, NULL, &bench->notes), "memory");
	deadline_cut(&stage, &bench->notes);
	CHECK(host.out && host.undecided, "undecided");
	CHECK_TEXT(bench_drops_text(bench), "address-failed a.example:25 DDL-1", "drops");
	bench_free(bench);
}

/* DDL-1: a stage without hosts has nothing to cut. */
static void
ddl_1_an_empty_stage(void)
{
	struct deadline t;

	judge_at_deadline(&t, "");
	CHECK(t.bench->notes.n_drops == 0, "nothing");
	bench_free(t.bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(ddl_1_the_whole_table),
	UNIT_TEST(ddl_1_undecided_hosts_are_address_failed),
	UNIT_TEST(dane_6_tlsa_at_the_deadline),
	UNIT_TEST(ddl_1_hosts_that_were_never_asked_are_undecided),
	UNIT_TEST(ddl_1_an_empty_stage),
	CU_TEST_INFO_NULL,
};
