/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses: A and AAAA of every host, all at once; a name that several hosts share is asked once. */
#include "resolver/context.h"

struct name_answers *
phase_addresses_of(const struct lookup *lookup, const uint8_t *name)
{
	struct name_answers *at = lookup->names;

	while (at && !dname_equal(at->name, name))
		at = at->next;
	return at;
}

struct name_answers *
phase_addresses_of_host(const struct lookup *lookup, const struct host *host)
{
	if (!host->answers)
		return phase_addresses_of(lookup, host->name);
	return (struct name_answers *)((char *)host->answers -
				       offsetof(struct name_answers, answers));
}

/* NULL if memory ran out. */
static struct name_answers *
ask_name(struct lookup *lookup, const uint8_t *name)
{
	enum family_use family = lookup->ctx->settings.policy.family;
	struct name_answers *names = phase_addresses_of(lookup, name);

	if (names)
		return names;
	names = arena_alloc(&lookup->arena, sizeof(*names));
	if (!names) {
		lookup->failed = true;
		return NULL;
	}
	names->name = name;
	names->next = lookup->names;
	lookup->names = names;
	if (family != FAMILY_6)
		lookup_ask(lookup, name, RR_A, &names->answers.a);
	if (family != FAMILY_4)
		lookup_ask(lookup, name, RR_AAAA, &names->answers.aaaa);
	names->text = lookup->questions ? lookup->questions->text : NULL;
	return names;
}

/* Hosts of one name then share its spelling, so that its address tells it from others. */
static void
ask_hosts(struct lookup *lookup, struct selection *sel)
{
	for (size_t s = 0; s < sel->n_stages; s++) {
		const struct stage *stage = &sel->stages[s];

		for (size_t i = 0; i < stage->n_hosts; i++) {
			struct host *host = &stage->hosts[i];
			struct name_answers *names =
				host->out ? NULL : ask_name(lookup, host->name);

			if (!names)
				continue;
			host->name = names->name;
			host->text = names->text;
			host->answers = &names->answers;
		}
	}
}

void
phase_addresses_ask(struct lookup *lookup)
{
	ask_hosts(lookup, &lookup->sel);
}

/* The selection that would hold if the other answer never came; its notes are nobody's. */
void
phase_addresses_ask_ahead(struct lookup *lookup)
{
	struct answer srv = phase_as_of_now(&lookup->srv, true);
	struct answer mx = phase_as_of_now(&lookup->mx, true);
	struct notes notes = notes_in(&lookup->arena);

	if (!lookup->asked_ahead && !phase_select(lookup, &srv, &mx, &notes, &lookup->ahead)) {
		lookup->failed = true;
		return;
	}
	if (!lookup->asked_ahead)
		ask_hosts(lookup, &lookup->ahead);
	lookup->asked_ahead = true;
	phase_tlsa_ask(lookup, &lookup->ahead);
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
	phase_tlsa_ask(lookup, &lookup->sel);
	return lookup->pending == 0;
}
