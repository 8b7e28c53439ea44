/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/self.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "policy/addresses.h"
#include "policy/status.h"
#include "unit.h"

const char unit_name[] = "policy/self";

/* ---- By name -------------------------------------------------------------------------------- */

static struct selection
run(struct bench *bench, const char *srv, const char *mx)
{
	struct select_input in = {.settings = &bench->settings,
				  .domain = bench_name(bench, "example.org"),
				  .srv_name = bench_name(bench, "_smtp._tcp.example.org"),
				  .srv = bench_answer_copy(bench, RR_SRV, srv),
				  .mx = bench_answer_copy(bench, RR_MX, mx)};
	struct selection sel = {0};

	CHECK(select_run(&in, &bench->notes, &sel), "memory");
	return sel;
}

/* The hosts that are left, without the empty stages' words. */
static const char *
left_text(struct bench *bench, struct selection *sel)
{
	struct selection left = {0};

	for (size_t s = 0; s < sel->n_stages; s++)
		if (stage_usable_hosts(&sel->stages[s]))
			left.stages[left.n_stages++] = sel->stages[s];
	return bench_stages_text(bench, &left);
}

/* SELF-1 by own-names: better hosts stay; equal and worse ones go; SRV takes MX along. */
static void
self_1_by_name(void)
{
	static const struct {
		const char *own, *srv, *mx, *left, *drops;
	} cases[] = {
		{"own-names none.example", "NODATA", "10 a.example; 20 b.example",
		 "mx insecure 10/0 a.example:25 20/0 b.example:25", ""},
		{"own-names b.example", "NODATA", "10 a.example; 20 b.example; 30 c.example",
		 "mx insecure 10/0 a.example:25",
		 "self b.example:25 SELF-1; beyond-self c.example:25 SELF-1"},
		/* equal preference, on either side of us in the canonical order */
		{"own-names b.example", "NODATA",
		 "10 x.example; 20 a.example; 20 b.example; 20 c.example; 30 d.example",
		 "mx insecure 10/0 x.example:25",
		 "self b.example:25 SELF-1; beyond-self a.example:25 SELF-1; beyond-self "
		 "c.example:25 SELF-1; beyond-self d.example:25 SELF-1"},
		{"own-names a.example", "NODATA", "10 a.example; 20 b.example", "",
		 "self a.example:25 SELF-1; beyond-self b.example:25 SELF-1"},
		/* several of our names: the best place counts */
		{"own-names a.example,c.example", "NODATA",
		 "10 x.example; 20 c.example; 30 b.example; 40 a.example",
		 "mx insecure 10/0 x.example:25",
		 "self c.example:25 SELF-1; self a.example:25 SELF-1; beyond-self b.example:25 "
		 "SELF-1"},
		/* letters of any case, a final dot */
		{"own-names B.EXAMPLE.", "NODATA", "10 a.example; 20 b.example",
		 "mx insecure 10/0 a.example:25", "self b.example:25 SELF-1"},
		/* not a suffix, not a label */
		{"own-names example", "NODATA", "10 a.example", "mx insecure 10/0 a.example:25",
		 ""},
		/* SRV: any port */
		{"own-names b.example", "secure 1 1 25 a.example; 2 1 2525 b.example",
		 "secure 10 c.example", "srv secure 1/1 a.example:25",
		 "self b.example:2525 SELF-1; beyond-self c.example:25 SELF-1"},
		/* MX does not take SRV along */
		{"own-names c.example", "secure 1 1 25 a.example",
		 "secure 10 c.example; 20 d.example; 5 e.example",
		 "srv secure 1/1 a.example:25 | mx secure 5/0 e.example:25",
		 "self c.example:25 SELF-1; beyond-self d.example:25 SELF-1"},
		/* implicit MX */
		{"own-names example.org", "NODATA", "NODATA", "", "self example.org:25 SELF-1"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bench *bench = bench_new(cases[i].own);
		struct selection sel = run(bench, cases[i].srv, cases[i].mx);

		CHECK_TEXT(left_text(bench, &sel), cases[i].left, "%zu: %s", i, cases[i].own);
		CHECK_TEXT(bench_drops_text(bench), cases[i].drops, "%zu: %s", i, cases[i].own);
		bench_free(bench);
	}
}

/* ---- By address ----------------------------------------------------------------------------- */

/* Hosts "priority port A AAAA", joined by semicolons, of two stages joined by "|". */
static struct selection
with_addresses(struct bench *bench, const char *text)
{
	static const enum nmx_source sources[] = {NMX_SOURCE_SRV, NMX_SOURCE_MX};
	struct selection sel = {.n_stages = 1};
	struct stage *stage = &sel.stages[0];

	for (size_t s = 0; s < 2; s++) {
		sel.stages[s] = (struct stage){.source = sources[s], .security = NMX_SECURE};
		sel.stages[s].hosts = arena_array(&bench->arena, 16, sizeof(struct host));
	}
	while (*text) {
		struct host_answers *answers = arena_alloc(&bench->arena, sizeof(*answers));
		char name[] = "a.example", a[64], aaaa[64];
		unsigned priority, port;
		int n = 0;

		if (sscanf(text, " %u %u %63s %63[^ ;|]%n", &priority, &port, a, aaaa, &n) != 4)
			abort();
		text += n;
		name[0] = (char)('a' + stage->n_hosts + (stage == &sel.stages[1] ? 10 : 0));
		answers->a = bench_answer(bench, RR_A, a);
		answers->aaaa = bench_answer(bench, RR_AAAA, aaaa);
		stage->hosts[stage->n_hosts++] = (struct host){.priority = (uint16_t)priority,
							       .port = (uint16_t)port,
							       .name = bench_name(bench, name),
							       .answers = answers};
		text += strspn(text, " ");
		if (*text == '|') {
			stage = &sel.stages[1];
			sel.n_stages = 2;
		}
		if (*text)
			text++;
	}
	return sel;
}

static int
compare(const void *a, const void *b)
{
	return address_compare(a, b);
}

/* SELF-1 by (address, port): own addresses 198.41.0.1 and 2606:4700::1, own port 25. */
static void
self_1_by_address(void)
{
	static const struct {
		const char *hosts, *left, *drops;
	} cases[] = {
		{"10 25 198.41.0.9 NODATA; 20 25 198.41.0.1 NODATA; 30 25 198.41.0.8 NODATA",
		 "srv secure 10/0 a.example:25",
		 "self b.example:25 198.41.0.1 SELF-1; beyond-self c.example:25 SELF-1"},
		{"10 25 NODATA 2606:4700::1", "", "self a.example:25 2606:4700::1 SELF-1"},
		/* one of several addresses is enough */
		{"10 25 198.41.0.9 2606:4700::1; 10 25 198.41.0.8 NODATA", "",
		 "self a.example:25 2606:4700::1 SELF-1; beyond-self b.example:25 SELF-1"},
		/* our address at a port where we take no mail is somebody else's service */
		{"10 2525 198.41.0.1 NODATA", "srv secure 10/0 a.example:2525", ""},
		/* the SRV stage takes the MX stage along */
		{"10 25 198.41.0.9 NODATA; 20 25 198.41.0.1 NODATA | 10 25 198.41.0.7 NODATA; 20 "
		 "25 "
		 "198.41.0.6 NODATA",
		 "srv secure 10/0 a.example:25",
		 "self b.example:25 198.41.0.1 SELF-1; beyond-self k.example:25 SELF-1; "
		 "beyond-self "
		 "l.example:25 SELF-1"},
		/* the MX stage takes only itself */
		{"10 25 198.41.0.9 NODATA | 10 25 198.41.0.1 NODATA; 20 25 198.41.0.6 NODATA",
		 "srv secure 10/0 a.example:25",
		 "self k.example:25 198.41.0.1 SELF-1; beyond-self l.example:25 SELF-1"},
		/* nothing is known of the others' addresses */
		{"10 25 SERVFAIL SERVFAIL; 20 25 198.41.0.1 SERVFAIL; 30 25 TIMEOUT NODATA",
		 "srv secure 10/0 a.example:25",
		 "self b.example:25 198.41.0.1 SELF-1; beyond-self c.example:25 SELF-1"},
	};
	struct address addresses[2] = {bench_address("2606:4700::1"), bench_address("198.41.0.1")};
	struct port_range range = {25, 25};
	struct port_set ports = {&range, 1};
	struct own_addresses own = {addresses, 2, &ports, &(struct network_set){0}};

	qsort(addresses, 2, sizeof(addresses[0]), compare);
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bench *bench = bench_new("");
		struct selection sel = with_addresses(bench, cases[i].hosts);

		self_cut_addresses(&sel, &own, &bench->notes);
		CHECK_TEXT(left_text(bench, &sel), cases[i].left, "%zu: %s", i, cases[i].hosts);
		CHECK_TEXT(bench_drops_text(bench), cases[i].drops, "%zu: %s", i, cases[i].hosts);
		bench_free(bench);
	}
}

/* SELF-1 is judged before ADR-1: our private address is ourselves, not just a private address. */
static void
self_1_comes_before_adr_1(void)
{
	struct address address = bench_address("10.0.0.1");
	struct port_range range = {25, 25};
	struct port_set ports = {&range, 1};
	struct own_addresses own = {&address, 1, &ports, &(struct network_set){0}};
	struct bench *bench = bench_new("");
	struct selection sel =
		with_addresses(bench, "10 25 10.0.0.1 NODATA; 20 25 198.41.0.9 NODATA");
	struct status_input in = {.settings = &bench->settings,
				  .sel = &sel,
				  .notes = &bench->notes,
				  .domain = bench_name(bench, "example.org"),
				  .text = "example.org"};
	struct verdict verdict;

	self_cut_addresses(&sel, &own, &bench->notes);
	CHECK(addresses_judge(&sel.stages[0], &bench->settings, false, &bench->notes), "memory");
	CHECK_TEXT(bench_drops_text(bench),
		   "self a.example:25 10.0.0.1 SELF-1; beyond-self b.example:25 SELF-1", "drops");
	sel.mx = MX_USABLE;
	sel.srv = SRV_ABSENT;
	verdict = status_decide(&in);
	CHECK(verdict.outcome == NMX_REJECT, "reject");
	CHECK_TEXT(verdict.code, "5.4.6", "SELF-1: nothing left");
	bench_free(bench);
}

/* own-ports: each range, both ends; without addresses or ports nothing is ours. */
static void
self_1_own_ports(void)
{
	struct address address = bench_address("198.41.0.1"), other = bench_address("198.41.0.2");
	struct port_range ranges[] = {{25, 25}, {2500, 2600}};
	struct port_set ports = {ranges, 2}, none = {NULL, 0};
	struct own_addresses own = {&address, 1, &ports, &(struct network_set){0}},
			     portless = {&address, 1, &none, &(struct network_set){0}},
			     homeless = {NULL, 0, &ports, &(struct network_set){0}};
	static const uint16_t ours[] = {25, 2500, 2550, 2600}, theirs[] = {24, 26, 2499, 2601};

	for (size_t i = 0; i < 4; i++) {
		CHECK(self_is_address(&own, &address, ours[i]), "%u", ours[i]);
		CHECK(!self_is_address(&own, &address, theirs[i]), "%u", theirs[i]);
		CHECK(!self_is_address(&own, &other, ours[i]), "%u", ours[i]);
		CHECK(!self_is_address(&portless, &address, ours[i]), "%u", ours[i]);
		CHECK(!self_is_address(&homeless, &address, ours[i]), "%u", ours[i]);
	}
}

CU_TestInfo unit_tests[] = {
	UNIT_TEST(self_1_by_name),
	UNIT_TEST(self_1_by_address),
	UNIT_TEST(self_1_comes_before_adr_1),
	UNIT_TEST(self_1_own_ports),
	CU_TEST_INFO_NULL,
};
