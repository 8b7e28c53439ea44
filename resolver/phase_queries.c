/* SPDX-License-Identifier: BSD-2-Clause */
/* The questions that a route rests on, for its reader: sorted, with what came of each. */
#include <string.h>

#include "resolver/context.h"

static int
compare(const struct route_query *x, const struct route_query *y)
{
	int order = x->name == y->name ? 0 : strcmp(x->name, y->name);

	return order ? order : strcmp(rr_type_name(x->type), rr_type_name(y->type));
}

/* Puts one more into its place by name and type. They are few, and moving them costs next to nothing. */
static void
insert(struct route_query *queries, size_t n, const struct route_query *query)
{
	size_t from = 0, to = n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (compare(query, &queries[middle]) < 0)
			to = middle;
		else
			from = middle + 1;
	}
	memmove(&queries[from + 1], &queries[from], (n - from) * sizeof(*queries));
	queries[from] = *query;
}

static bool
is_about_host(const struct lookup *lookup, const struct question *q, const struct host *host)
{
	const struct tlsa_answer *tlsa = lookup->tlsa;
	const struct name_answers *names;

	if (q->type != RR_TLSA)
		return q->name == host->name; /* see phase_addresses.c, ask_hosts */
	while (tlsa && &tlsa->answer != q->answer)
		tlsa = tlsa->next;
	if (!tlsa || tlsa->port != host->port)
		return false;
	names = phase_addresses_of_host(lookup, host);
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

	if (!is_of_host || !lookup->asked_ahead || lookup->phase != PHASE_ADDRESSES ||
	    q->answer == &lookup->apex)
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
	struct route_query *queries;
	int64_t now = lookup_now(lookup);
	size_t n = 0;

	for (struct question *q = lookup->questions; q; q = q->next)
		n++;
	queries = arena_array(arena, n, sizeof(*queries));
	if (!queries)
		return false;
	n = 0;
	for (struct question *q = lookup->questions; q; q = q->next) {
		struct answer answer = phase_as_of_now(q->answer, at_deadline);

		if (!is_rested_on(lookup, q))
			continue;
		if (answer.state == ANSWER_TIMEOUT)
			answer.us = (uint32_t)((now - q->asked_at) / 1000);
		insert(queries, n++,
		       &(struct route_query){.name = q->text,
					     .type = q->type,
					     .security = answer.security,
					     .rcode = answer_rcode_name(&answer),
					     .ttl = answer.ttl,
					     .us = answer.us});
	}
	parts->queries = queries;
	parts->n_queries = n;
	return true;
}
