/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses: A and AAAA of every host, all at once; a name that several hosts share is asked once. */
#include "resolver/context.h"

/* RULES LIM-1: the questions of a stage cannot exceed their limit, since the hosts have one. */
_Static_assert(2 * LIMIT_HOSTS <= LIMIT_QUESTIONS, "A and AAAA of every host");

static struct name_answers *
find(const struct lookup *lookup, const uint8_t *name)
{
	struct name_answers *at = lookup->names;

	while (at && !dname_equal(at->name, name))
		at = at->next;
	return at;
}

struct host_answers *
phase_addresses_of(struct lookup *lookup, const uint8_t *name)
{
	struct name_answers *found = find(lookup, name);

	return found ? &found->answers : NULL;
}

static void
ask_name(struct lookup *lookup, const uint8_t *name)
{
	enum family_use family = lookup->ctx->settings.policy.family;
	struct name_answers *names;

	if (find(lookup, name))
		return;
	names = arena_alloc(&lookup->arena, sizeof(*names));
	if (!names) {
		lookup->failed = true;
		return;
	}
	names->name = name;
	names->next = lookup->names;
	lookup->names = names;
	if (family != FAMILY_6)
		lookup_ask(lookup, name, RR_A, &names->answers.a);
	if (family != FAMILY_4)
		lookup_ask(lookup, name, RR_AAAA, &names->answers.aaaa);
}

void
phase_addresses_ask(struct lookup *lookup)
{
	for (size_t s = 0; s < lookup->sel.n_stages; s++) {
		struct stage *stage = &lookup->sel.stages[s];

		for (size_t i = 0; i < stage->n_hosts; i++)
			if (!stage->hosts[i].out)
				ask_name(lookup, stage->hosts[i].name);
	}
}

/* Only where the stage will be needed whatever SRV says, and is small enough to be used whole. */
void
phase_addresses_ask_ahead(struct lookup *lookup)
{
	const struct answer *mx = &lookup->mx;

	lookup->mx_ahead = true;
	if (lookup->ctx->settings.policy.srv_fallback != SRV_FALLBACK_EXHAUSTED)
		return;
	if (mx->state == ANSWER_NODATA && dname_is_host(mx->canonical))
		ask_name(lookup, mx->canonical);
	if (mx->state != ANSWER_DATA || mx->n_rrs > LIMIT_HOSTS)
		return;
	for (size_t i = 0; i < mx->n_rrs; i++)
		if (dname_is_host(mx->rrs[i].mx.exchange))
			ask_name(lookup, mx->rrs[i].mx.exchange);
}

/*
 * RULES ADR-2: with one family switched off, only the other can tell a host without addresses from
 * one that we cannot reach. It is asked when the first says NODATA, and never used.
 */
static void
ask_other_family(struct lookup *lookup, struct name_answers *names)
{
	enum family_use family = lookup->ctx->settings.policy.family;

	if (family == FAMILY_4 && names->answers.a.state == ANSWER_NODATA &&
	    names->answers.aaaa.state == ANSWER_NONE)
		lookup_ask(lookup, names->name, RR_AAAA, &names->answers.aaaa);
	if (family == FAMILY_6 && names->answers.aaaa.state == ANSWER_NODATA &&
	    names->answers.a.state == ANSWER_NONE)
		lookup_ask(lookup, names->name, RR_A, &names->answers.a);
}

bool
phase_addresses_done(struct lookup *lookup)
{
	for (struct name_answers *names = lookup->names; names; names = names->next)
		ask_other_family(lookup, names);
	return lookup->pending == 0;
}
