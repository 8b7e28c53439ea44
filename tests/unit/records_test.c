/* SPDX-License-Identifier: BSD-2-Clause */
/* What is kept of an RRset as published: which answers have records, their order, how many. */
#include "policy/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "unit.h"

const char unit_name[] = "policy/records";

/* "10 60 25 a.example; ..." */
static const char *
text_of(struct bench *bench, const struct records *records)
{
	struct text text = text_growing();
	const char *copy;

	text_add(&text, "");
	for (size_t i = 0; i < records->n; i++) {
		const struct published *r = &records->records[i];

		text_printf(&text, "%s%u %u %u ", i ? "; " : "", r->priority, r->weight, r->port);
		dname_print(&text, r->name);
	}
	copy = arena_copy(&bench->arena, text.data, text.length + 1);
	free(text.data);
	return copy;
}

static struct records
keep(struct bench *bench, uint16_t type, const char *text)
{
	struct answer answer = bench_answer(bench, type, text);
	struct records records;

	CHECK(records_keep(&answer, type, &bench->arena, &records), "memory");
	return records;
}

/* Every state of an answer, of every type: the whole table of which have records. */
static void
which_answers_have_records(void)
{
	static const struct {
		const char *text, *rcode;
		enum nmx_security security;
		size_t n;
	} cases[] = {
		{"secure 10 1 25 a.example", "NOERROR", NMX_SECURE, 1},
		{"insecure 10 1 25 a.example", "NOERROR", NMX_INSECURE, 1},
		{"secure wildcard 10 1 25 a.example", "NOERROR", NMX_SECURE, 1},
		{"secure chain=16 10 1 25 a.example", "NOERROR", NMX_SECURE, 1},
		{"secure NODATA", "NOERROR", NMX_SECURE, 0},
		{"insecure NODATA", "NOERROR", NMX_INSECURE, 0},
		{"secure NXDOMAIN", "NXDOMAIN", NMX_SECURE, 0},
		{"insecure NXDOMAIN", "NXDOMAIN", NMX_INSECURE, 0},
		{"BOGUS", "NOERROR", NMX_BOGUS, 0},
		{"SERVFAIL", "SERVFAIL", NMX_INDETERMINATE, 0},
		{"REFUSED", "REFUSED", NMX_INDETERMINATE, 0},
		{"TIMEOUT", "TIMEOUT", NMX_INDETERMINATE, 0},
		{"OVERLOAD", "OVERLOAD", NMX_INDETERMINATE, 0},
		{"LIMIT", "OVERLOAD", NMX_INDETERMINATE, 0},
	};
	static const uint16_t types[] = {RR_SRV, RR_MX, RR_NS};

	for (size_t i = 0; i < N_OF(cases); i++) {
		for (size_t t = 0; t < N_OF(types); t++) {
			struct bench *bench = bench_new("");
			struct answer answer = bench_answer(bench, RR_SRV, cases[i].text);
			struct records records;

			if (types[t] == RR_MX && answer.n_rrs)
				answer.rrs[0].mx =
					(struct rr_mx){10, bench_name(bench, "a.example")};
			if (types[t] == RR_NS && answer.n_rrs)
				answer.rrs[0].name = bench_name(bench, "a.example");
			CHECK(records_keep(&answer, types[t], &bench->arena, &records), "memory");
			CHECK_TEXT(records.rcode, cases[i].rcode, "%s", cases[i].text);
			CHECK(records.security == cases[i].security, "%s: %s", cases[i].text,
			      nmx_security_name(records.security));
			CHECK(records.n == cases[i].n && records.n_published == cases[i].n, "%s",
			      cases[i].text);
			if (cases[i].n)
				CHECK_TEXT(text_of(bench, &records),
					   types[t] == RR_SRV  ? "10 1 25 a.example"
					   : types[t] == RR_MX ? "10 0 0 a.example"
							       : "0 0 0 a.example",
					   "%s", cases[i].text);
			bench_free(bench);
		}
	}
}

/* A failure that comes with records all the same has none. */
static void
failures_have_no_records(void)
{
	for (int state = ANSWER_NONE; state <= ANSWER_NOMEM; state++) {
		struct bench *bench = bench_new("");
		struct answer answer = bench_answer(bench, RR_SRV, "10 1 25 a.example");
		struct records records;

		answer.state = (enum answer_state)state;
		CHECK(records_keep(&answer, RR_SRV, &bench->arena, &records), "memory");
		CHECK((records.n != 0) == (state == ANSWER_DATA), "%d", state);
		CHECK(records.n_published == records.n, "%d", state);
		bench_free(bench);
	}
}

/* By priority, name, port and weight, whatever order they came in; alike records once. */
static void
canonical_order(void)
{
	static const char sorted[] = "0 9 25 z.example; 10 0 25 a.example; 10 1 25 a.example; "
				     "10 0 26 a.example; 10 0 25 b.example; 65535 0 0 .";
	static const char *const orders[] = {
		"65535 0 0 .; 10 0 25 b.example; 10 0 26 a.example; 10 1 25 a.example; "
		"10 0 25 a.example; 0 9 25 z.example",
		"10 0 26 a.example; 65535 0 0 .; 0 9 25 z.example; 10 1 25 a.example; "
		"10 0 25 b.example; 10 0 25 a.example; 65535 0 0 .; 10 1 25 a.example; "
		"10 1 25 a.example",
	};

	for (size_t i = 0; i < N_OF(orders); i++) {
		struct bench *bench = bench_new("");
		struct records records = keep(bench, RR_SRV, orders[i]);

		CHECK_TEXT(text_of(bench, &records), sorted, "%zu", i);
		CHECK(records.n == 6 && records.n_published == 6, "%zu", i);
		bench_free(bench);
	}
}

/* LIM-1 has nothing to do with it: what is cut is only not shown. */
static void
the_first_64_are_kept(void)
{
	for (unsigned n = 1; n <= 200; n++) {
		struct bench *bench = bench_new("");
		struct text text = text_growing();
		struct records records;

		for (unsigned i = n; i-- > 0;) /* each twice, the last first */
			text_printf(&text, "%u a.example;%u a.example%s", i, i, i ? ";" : "");
		records = keep(bench, RR_MX, text.data);
		CHECK(records.n_published == n, "%u: %zu", n, records.n_published);
		CHECK(records.n == (n < LIMIT_RECORDS_KEPT ? n : LIMIT_RECORDS_KEPT), "%u: %zu", n,
		      records.n);
		for (unsigned i = 0; i < records.n; i++)
			CHECK(records.records[i].priority == i, "%u: %u", n, i);
		free(text.data);
		bench_free(bench);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(which_answers_have_records),
	UNIT_TEST(failures_have_no_records),
	UNIT_TEST(canonical_order),
	UNIT_TEST(the_first_64_are_kept),
	CU_TEST_INFO_NULL,
};
