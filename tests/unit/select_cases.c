/* SPDX-License-Identifier: BSD-2-Clause */
#include "select_cases.h"

#include "unit.h"

const char *const srv_words[N_SRV] = {"off",	 "absent", "ignored", "null",
				      "unknown", "bogus",  "empty",   "usable"};
const char *const mx_words[N_MX] = {"absent", "nxdomain", "null",      "chain", "unknown",
				    "bogus",  "empty",	  "exhausted", "usable"};

struct selection
select_answers(struct bench *bench, const char *srv, const char *mx)
{
	struct select_input in = {.settings = &bench->settings,
				  .domain = bench_name(bench, "example.org"),
				  .mx = bench_answer_copy(bench, RR_MX, mx)};
	struct selection sel = {0};

	if (bench->settings.srv != SRV_USE_OFF) {
		in.srv_name = bench_name(bench, "_smtp._tcp.example.org");
		in.srv = bench_answer_copy(bench, RR_SRV, srv);
	}
	CHECK(select_run(&in, &bench->notes, &sel), "memory");
	select_leave_out_repeats(&sel, &bench->notes); /* as between the judgements of the stages */
	return sel;
}

void
select_check(const struct select_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct select_case *c = &cases[i];
		struct bench *bench = bench_new(c->options);
		struct selection sel = select_answers(bench, c->srv, c->mx);

		CHECK_TEXT(bench_stages_text(bench, &sel), c->stages, "%zu: \"%s\" SRV %s, MX %s",
			   i, c->options, c->srv, c->mx);
		CHECK_TEXT(bench_drops_text(bench), c->drops, "%zu: \"%s\" SRV %s, MX %s", i,
			   c->options, c->srv, c->mx);
		CHECK(sel.srv == c->srv_state, "%zu: SRV %s, not %s", i, srv_words[sel.srv],
		      srv_words[c->srv_state]);
		CHECK(sel.mx == c->mx_state, "%zu: MX %s, not %s", i, mx_words[sel.mx],
		      mx_words[c->mx_state]);
		bench_free(bench);
	}
}
