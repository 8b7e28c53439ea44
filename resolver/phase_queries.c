/* SPDX-License-Identifier: BSD-2-Clause */
/* The questions that a route rests on, for its reader: sorted, with what came of each. */
#include <stdlib.h>
#include <string.h>

#include "resolver/context.h"

static int
by_name_and_type(const void *a, const void *b)
{
	const struct question *x = *(const struct question *const *)a;
	const struct question *y = *(const struct question *const *)b;
	char first[LIMIT_NAME_TEXT], second[LIMIT_NAME_TEXT];
	int order = strcmp(dname_text(x->name, first), dname_text(y->name, second));

	return order ? order : strcmp(rr_type_name(x->type), rr_type_name(y->type));
}

static bool
is_about_host(const struct lookup *lookup, const struct question *q, const struct host *host)
{
	const struct tlsa_answer *tlsa = lookup->tlsa;
	const struct name_answers *names;

	if (q->type != RR_TLSA)
		return dname_equal(q->name, host->name);
	while (tlsa && &tlsa->answer != q->answer)
		tlsa = tlsa->next;
	if (!tlsa || tlsa->port != host->port)
		return false;
	names = phase_addresses_of(lookup, host->name);
	if (!names)
		return false;
	return dname_equal(tlsa->base, host->name) ||
	       (host->alias && dname_equal(tlsa->base, host->alias)) ||
	       (names->answers.a.n_cnames && dname_equal(tlsa->base, names->answers.a.canonical)) ||
	       (names->answers.aaaa.n_cnames &&
		dname_equal(tlsa->base, names->answers.aaaa.canonical));
}

/* What was asked ahead for hosts that were not chosen depends on which answer came first, and the route
 * does not rest on it. */
static bool
is_rested_on(const struct lookup *lookup, const struct question *q)
{
	bool is_of_host =
		q->type == RR_A || q->type == RR_AAAA || q->type == RR_CNAME || q->type == RR_TLSA;

	if (!is_of_host || lookup->phase != PHASE_ADDRESSES || q->answer == &lookup->apex)
		return true;
	for (size_t s = 0; s < lookup->sel.n_stages; s++)
		for (size_t i = 0; i < lookup->sel.stages[s].n_hosts; i++)
			if (is_about_host(lookup, q, &lookup->sel.stages[s].hosts[i]))
				return true;
	return false;
}

bool
phase_queries_put(struct lookup *lookup, bool at_deadline, struct route_parts *parts)
{
	struct arena *arena = lookup->notes.arena;
	const struct question **sorted;
	struct route_query *queries;
	const uint8_t **names;
	int64_t now = context_now(lookup->ctx);
	size_t n = 0;

	for (struct question *q = lookup->questions; q; q = q->next)
		n++;
	sorted = arena_array(arena, n, sizeof(*sorted));
	queries = arena_array(arena, n, sizeof(*queries));
	names = arena_array(arena, n, sizeof(*names));
	if (!sorted || !queries || !names)
		return false;
	n = 0;
	for (struct question *q = lookup->questions; q; q = q->next)
		if (is_rested_on(lookup, q))
			sorted[n++] = q;
	qsort(sorted, n, sizeof(*sorted), by_name_and_type);
	for (size_t i = 0; i < n; i++) {
		struct answer answer = phase_as_of_now(sorted[i]->answer, at_deadline);

		if (answer.state == ANSWER_TIMEOUT)
			answer.us = (uint32_t)((now - sorted[i]->asked_at) / 1000);
		names[i] = sorted[i]->name;
		queries[i] = (struct route_query){.type = sorted[i]->type,
						  .security = answer.security,
						  .rcode = answer_rcode_name(&answer),
						  .ttl = answer.ttl,
						  .us = answer.us};
	}
	parts->queries = queries;
	parts->query_names = names;
	parts->n_queries = n;
	return true;
}
