/* SPDX-License-Identifier: BSD-2-Clause */
/* The MX side of a selection, what both stages share, and many hosts; SRV is in select_test.c. */
#include "policy/select.h"

#include <stdlib.h>
#include <string.h>

#include "select_cases.h"
#include "unit.h"

const char unit_name[] = "policy/select, MX";

/* SEL-1 (b), NMX-1: a null MX, and signed SRV records beside it. */
static void
nmx_1_null_mx(void)
{
	static const struct select_case cases[] = {
		{"", "NODATA", "0 .", "", "", SRV_ABSENT, MX_NULL},
		{"", "NODATA", "65535 .", "", "", SRV_ABSENT, MX_NULL},
		{"", "1 1 25 a.example", "0 .", "", "", SRV_USABLE, MX_NULL},
		{"", "secure 1 1 25 a.example", "0 .", "srv secure 1/1 a.example:25", "",
		 SRV_USABLE, MX_NULL},
		{"", "secure 1 1 25 a.example", "secure 0 .", "srv secure 1/1 a.example:25", "",
		 SRV_USABLE, MX_NULL},
		{"srv any", "1 1 25 a.example", "secure 0 .", "", "", SRV_USABLE, MX_NULL},
		{"", "SERVFAIL", "0 .", "", "", SRV_UNKNOWN, MX_NULL},
		/* an alias to a null MX */
		{"", "NODATA", "chain=1 0 .", "", "", SRV_ABSENT, MX_NULL},
	};

	select_check(cases, N_OF(cases));
}

/* NMX-2: "." among others; MX-5: exchanges that are no host names; MX-4: never the domain itself. */
static void
nmx_2_mx_5_bad_exchanges(void)
{
	static const struct select_case cases[] = {
		{"", "NODATA", "0 .; 10 mx.example", MX1_STAGE, "null-target .:25 NMX-2",
		 SRV_ABSENT, MX_USABLE},
		{"", "NODATA", "0 .; 10 .", "", "null-target .:25 NMX-2; null-target .:25 NMX-2",
		 SRV_ABSENT, MX_EMPTY},
		{"", "NODATA", "5 192.0.2.1; 10 mx.example", MX1_STAGE,
		 "ip-literal-target 192.0.2.1:25 MX-5", SRV_ABSENT, MX_USABLE},
		{"", "NODATA", "5 192.0.2.1", "", "ip-literal-target 192.0.2.1:25 MX-5", SRV_ABSENT,
		 MX_EMPTY},
		{"", "NODATA", "5 -mx.example; 6 a.1; 10 mx.example", MX1_STAGE,
		 "bad-name a.1:25 MX-5; bad-name -mx.example:25 MX-5", SRV_ABSENT, MX_USABLE},
		{"", "NODATA", "5 -mx.example", "", "bad-name -mx.example:25 MX-5", SRV_ABSENT,
		 MX_EMPTY},
	};

	select_check(cases, N_OF(cases));
}

/* MX-2: preferences ascending, a repeat counts once at its best. */
static void
mx_2_preferences(void)
{
	static const struct select_case cases[] = {
		{"", "NODATA",
		 "20 b.example; 10 c.example; 20 a.example; 65535 d.example; 0 e.example",
		 "mx insecure 0/0 e.example:25 10/0 c.example:25 20/0 a.example:25 20/0 "
		 "b.example:25 65535/0 d.example:25",
		 "", SRV_ABSENT, MX_USABLE},
		{"", "NODATA", "20 a.example; 10 a.example; 10 a.example",
		 "mx insecure 10/0 a.example:25", "duplicate a.example:25 MX-2", SRV_ABSENT,
		 MX_USABLE},
		/* never reordered for security */
		{"", "secure 2 1 25 a.example; 1 1 25 b.example", "NXDOMAIN",
		 "srv secure 1/1 b.example:25 2/1 a.example:25", "", SRV_USABLE, MX_NXDOMAIN},
	};

	select_check(cases, N_OF(cases));
}

/* MX-1: the domain is an alias. MX-3: implicit MX, and never after an error. */
static void
mx_1_3_alias_and_implicit(void)
{
	static const struct select_case cases[] = {
		{"", "NODATA", "chain=1 " MX1, MX1_STAGE, "", SRV_ABSENT, MX_USABLE},
		{"", "NODATA", "chain=8 " MX1, MX1_STAGE, "", SRV_ABSENT, MX_USABLE},
		{"", "NODATA", "chain=9 " MX1, "", "", SRV_ABSENT, MX_CHAIN},
		{"", "NODATA", "chain=1 NODATA", "implicit insecure 0/0 canonical.example:25", "",
		 SRV_ABSENT, MX_ABSENT},
		{"", "NODATA", "chain=9 NODATA", "", "", SRV_ABSENT, MX_CHAIN},
		{"", "NODATA", "NODATA", "implicit insecure 0/0 example.org:25", "", SRV_ABSENT,
		 MX_ABSENT},
		{"", "NODATA", "secure NODATA", "implicit secure 0/0 example.org:25", "",
		 SRV_ABSENT, MX_ABSENT},
		{"", "NODATA", "NXDOMAIN", "", "", SRV_ABSENT, MX_NXDOMAIN},
		{"", "NODATA", "SERVFAIL", "", "", SRV_ABSENT, MX_UNKNOWN},
		{"", "NODATA", "REFUSED", "", "", SRV_ABSENT, MX_UNKNOWN},
		{"", "NODATA", "TIMEOUT", "", "", SRV_ABSENT, MX_UNKNOWN},
		{"", "NODATA", "OVERLOAD", "", "", SRV_ABSENT, MX_UNKNOWN},
		{"", "NODATA", "BOGUS", "", "", SRV_ABSENT, MX_BOGUS},
		/* (c): a failed MX does not spoil a usable SRV */
		{"", "1 1 25 a.example", "SERVFAIL", "srv insecure 1/1 a.example:25", "",
		 SRV_USABLE, MX_UNKNOWN},
		{"", "secure 1 1 25 a.example", "BOGUS", "srv secure 1/1 a.example:25", "",
		 SRV_USABLE, MX_BOGUS},
		{"", "1 1 25 a.example", "chain=9 " MX1, "srv insecure 1/1 a.example:25", "",
		 SRV_USABLE, MX_CHAIN},
	};

	select_check(cases, N_OF(cases));
}

/* SEL-2: what is in the SRV stage with the same port is not repeated. */
static void
sel_2_mx_hosts_in_the_srv_stage(void)
{
	static const struct select_case cases[] = {
		{"", "1 1 25 a.example", "10 a.example; 20 b.example",
		 "srv insecure 1/1 a.example:25 | mx insecure 20/0 b.example:25",
		 "duplicate a.example:25 SEL-2", SRV_USABLE, MX_USABLE},
		{"", "1 1 25 a.example", "10 a.example", "srv insecure 1/1 a.example:25",
		 "duplicate a.example:25 SEL-2", SRV_USABLE, MX_EXHAUSTED},
		/* another port is another host */
		{"", "secure 1 1 2525 a.example", "secure 10 a.example",
		 "srv secure 1/1 a.example:2525 | mx secure 10/0 a.example:25", "", SRV_USABLE,
		 MX_USABLE},
		/* a host that SRV left out is no repeat */
		{"", "1 1 26 a.example", "10 a.example", "mx insecure 10/0 a.example:25",
		 "port-refused a.example:26 PORT-1", SRV_EMPTY, MX_USABLE},
	};

	select_check(cases, N_OF(cases));
}

/* IDN-1: an exchange in U-labels is asked in A-labels. */
static void
idn_1_exchanges_in_u_labels(void)
{
	static const struct select_case cases[] = {
		{"", "NODATA", "10 b\\195\\188cher.example",
		 "mx insecure 10/0 xn--bcher-kva.example:25", "", SRV_ABSENT, MX_USABLE},
		{"", "NODATA", "10 bu\\204\\136cher.example; 20 xn--bcher-kva.example",
		 "mx insecure 10/0 xn--bcher-kva.example:25",
		 "duplicate xn--bcher-kva.example:25 MX-2", SRV_ABSENT, MX_USABLE},
		{"", "NODATA", "10 b\\255.example", "", "bad-name b\\255.example:25 MX-5",
		 SRV_ABSENT, MX_EMPTY},
	};

	select_check(cases, N_OF(cases));
}

/* SRV-3: libunbound rotates RRsets; the stage is the same whatever their order. */
static void
srv_3_the_order_of_records_does_not_matter(void)
{
	static const char *const records[] = {"10 5 25 b.example", "10 5 2525 a.example",
					      "10 6 25 a.example", "5 0 25 z.example",
					      "10 5 25 b.example", "20 1 25 z.example"};
	enum { N = N_OF(records) };
	char first[1024] = "", first_drops[1024] = "";

	for (size_t shift = 0; shift < N; shift++) {
		struct bench *bench = bench_new("");
		struct text srv = text_growing();
		struct selection sel;

		text_add(&srv, "secure ");
		for (size_t i = 0; i < N; i++)
			text_printf(&srv, "%s%s", i ? ";" : "", records[(i * 5 + shift) % N]);
		sel = select_answers(bench, srv.data, "NXDOMAIN");
		if (shift == 0) {
			strcpy(first, bench_stages_text(bench, &sel));
			strcpy(first_drops, bench_drops_text(bench));
		}
		CHECK_TEXT(bench_stages_text(bench, &sel), first, "rotated by %zu", shift);
		CHECK_TEXT(bench_drops_text(bench), first_drops, "rotated by %zu", shift);
		free(srv.data);
		bench_free(bench);
	}
	CHECK_TEXT(first,
		   "srv secure 5/0 z.example:25 10/6 a.example:25 10/5 a.example:2525 10/10 "
		   "b.example:25",
		   "sorted by priority, name, port");
}

/* ---- LIM-1 and SELF-1 among many hosts ------------------------------------------------------- */

static char *
many_mx(unsigned n)
{
	struct text text = text_growing();

	for (unsigned i = 0; i < n; i++)
		text_printf(&text, "%s10 h%u.example", i ? ";" : "", i);
	return text.data;
}

/* LIM-1: at most 32 hosts a stage, each one left out is an entry. */
static void
lim_1_forty_hosts(void)
{
	struct bench *bench = bench_new("");
	char *mx = many_mx(40);
	struct selection sel = select_answers(bench, "NODATA", mx);

	CHECK(sel.n_stages == 1 && sel.stages[0].n_hosts == LIMIT_HOSTS, "%zu",
	      sel.stages[0].n_hosts);
	CHECK(bench->notes.n_drops == 8, "%zu", bench->notes.n_drops);
	for (size_t i = 0; i < bench->notes.n_drops; i++)
		CHECK(bench->notes.drops[i].code == NMX_DROP_LIMIT, "%zu", i);
	free(mx);
	bench_free(bench);
}

/* LIM-1, OUT-4: a stage that is not used has no limits that could make a refusal temporary. */
static void
lim_1_only_for_stages_that_are_used(void)
{
	struct bench *bench = bench_new("srv-fallback absent");
	char *mx = many_mx(40);
	struct selection sel = select_answers(bench, "1 1 25 a.example", mx);

	CHECK(sel.n_stages == 1 && sel.stages[0].source == NMX_SOURCE_SRV, "SRV alone");
	CHECK_TEXT(bench_drops_text(bench), "", "no MX host was left out of anything");
	free(mx);
	bench_free(bench);
}

/* SELF-1: our own host takes its tier along, also when the limit draws it away. */
static void
self_1_before_the_limit_of_hosts(void)
{
	char *mx = many_mx(40);

	for (unsigned own = 0; own < 40; own++) {
		char options[64];
		struct text text = text_into(options, sizeof(options));
		struct bench *bench;
		struct selection sel;
		size_t left = 0;

		text_printf(&text, "own-names h%u.example", own);
		bench = bench_new(options);
		sel = select_answers(bench, "NODATA", mx);
		for (size_t s = 0; s < sel.n_stages; s++)
			for (size_t i = 0; i < sel.stages[s].n_hosts; i++)
				left += !sel.stages[s].hosts[i].out;
		CHECK(left == 0, "own name h%u.example: %zu hosts are left", own, left);
		bench_free(bench);
	}
	free(mx);
}

/* A hostile RRset: thousands of records, and the explanation stays small. */
static void
thousands_of_records(void)
{
	struct bench *bench = bench_new("");
	struct text srv = text_growing();
	struct selection sel;

	text_add(&srv, "secure ");
	for (unsigned i = 0; i < LIMIT_RECORDS; i++)
		text_printf(&srv, "%s%u %u %u h%u.example", i ? ";" : "", i % 7, i % 65536,
			    i % 3 ? 25 : 0, i % 3000);
	sel = select_answers(bench, srv.data, "SERVFAIL");
	CHECK(sel.n_stages == 1 && sel.stages[0].n_hosts <= LIMIT_HOSTS, "hosts");
	CHECK(bench->notes.n_drops <= LIMIT_DROPS, "drops");
	CHECK(bench->notes.texts.length <= LIMIT_WHY, "texts");
	free(srv.data);
	bench_free(bench);
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(nmx_1_null_mx),
	UNIT_TEST(nmx_2_mx_5_bad_exchanges),
	UNIT_TEST(mx_2_preferences),
	UNIT_TEST(mx_1_3_alias_and_implicit),
	UNIT_TEST(sel_2_mx_hosts_in_the_srv_stage),
	UNIT_TEST(idn_1_exchanges_in_u_labels),
	UNIT_TEST(srv_3_the_order_of_records_does_not_matter),
	UNIT_TEST(lim_1_forty_hosts),
	UNIT_TEST(lim_1_only_for_stages_that_are_used),
	UNIT_TEST(self_1_before_the_limit_of_hosts),
	UNIT_TEST(thousands_of_records),
	CU_TEST_INFO_NULL,
};
