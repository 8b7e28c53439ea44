/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLSA: asked for each host and port as soon as its first signed address answer is there, so that DANE
 * costs one round more whatever the number of hosts (RULES DANE-2, DANE-3). Both base domains of an alias
 * are asked at once, and whether the alias is signed together with its TLSA.
 */
#include "policy/dane.h"
#include "resolver/context.h"

/* RULES LIM-1: A, AAAA and one TLSA of every host fit; what an alias needs beyond that is left over for
 * the first hosts of the stage, in its fixed order. */
_Static_assert(3 * LIMIT_HOSTS <= LIMIT_QUESTIONS, "A, AAAA and TLSA of every host");

static bool
may_ask_more(const struct stage *stage, size_t host)
{
	return host < LIMIT_QUESTIONS - 3 * stage->n_hosts;
}

static struct tlsa_answer *
find(const struct lookup *lookup, const uint8_t *base, uint16_t port)
{
	struct tlsa_answer *at = lookup->tlsa;

	while (at && !(at->port == port && dname_equal(at->base, base)))
		at = at->next;
	return at;
}

static void
ask_base(struct lookup *lookup, const uint8_t *base, uint16_t port)
{
	char labels[sizeof("_65535._tcp")];
	uint8_t owner[LIMIT_NAME];
	struct text text = text_into(labels, sizeof(labels));
	struct tlsa_answer *tlsa;

	if (find(lookup, base, port))
		return;
	tlsa = arena_alloc(&lookup->arena, sizeof(*tlsa));
	if (!tlsa) {
		lookup->failed = true;
		return;
	}
	*tlsa = (struct tlsa_answer){.next = lookup->tlsa, .base = base, .port = port};
	lookup->tlsa = tlsa;
	text_char(&text, '_');
	text_u64(&text, port);
	text_add(&text, "._tcp");
	if (dname_prepend(labels, base, owner))
		lookup_ask_copy(lookup, owner, RR_TLSA, &tlsa->answer);
	else
		tlsa->answer = (struct answer){.state = ANSWER_NXDOMAIN,
					       .security = NMX_SECURE,
					       .rcode = RCODE_NXDOMAIN,
					       .ttl = UINT32_MAX}; /* no such name can exist */
}

/* An answer may still come that makes another question of it, and what an alias may cost is counted. */
static bool
is_awaited(const struct host_answers *answers)
{
	return answers->a.state == ANSWER_PENDING || answers->aaaa.state == ANSWER_PENDING;
}

static void
ask_host(struct lookup *lookup, const struct stage *stage, size_t i)
{
	const struct host *host = &stage->hosts[i];
	struct name_answers *names = phase_addresses_of_host(lookup, host);
	struct dane_bases bases;

	if (!names)
		return;
	bases = dane_bases_of(host, &names->answers);
	if (bases.alias && is_awaited(&names->answers))
		return;
	if (bases.alias && names->alias.state == ANSWER_NONE && may_ask_more(stage, i))
		lookup_ask(lookup, host->name, RR_CNAME, &names->alias);
	for (size_t b = 0; b < bases.n; b++)
		if (b == 0 || may_ask_more(stage, i))
			ask_base(lookup, bases.names[b], host->port);
}

static bool
is_wanted(const struct lookup *lookup, const struct stage *stage)
{
	return stage->security == NMX_SECURE && lookup->ctx->settings.policy.dane != DANE_OFF;
}

void
phase_tlsa_ask(struct lookup *lookup, const struct selection *sel)
{
	for (size_t s = 0; s < sel->n_stages; s++) {
		const struct stage *stage = &sel->stages[s];

		for (size_t i = 0; is_wanted(lookup, stage) && i < stage->n_hosts; i++)
			if (!stage->hosts[i].out)
				ask_host(lookup, stage, i);
	}
}

/* What was not asked is beyond the limit, or comes too late. */
static struct answer
as_of_now(const struct answer *answer, bool is_allowed, bool at_deadline)
{
	if (answer && answer->state != ANSWER_NONE)
		return phase_as_of_now(answer, at_deadline);
	return (struct answer){.state = is_allowed ? ANSWER_TIMEOUT : ANSWER_LIMIT,
			       .security = NMX_INDETERMINATE,
			       .ttl = LIMIT_FAILURE_TTL};
}

bool
phase_tlsa_copy(struct lookup *lookup, const struct stage *stage, size_t i,
		const struct name_answers *names, bool at_deadline)
{
	struct host *host = &stage->hosts[i];
	bool more = may_ask_more(stage, i);
	struct dane_answers *dane;

	if (!is_wanted(lookup, stage) || !names)
		return true;
	dane = arena_alloc(lookup->notes.arena, sizeof(*dane));
	if (!dane)
		return false;
	dane->bases = dane_bases_of(host, &names->answers);
	dane->alias = as_of_now(&names->alias, more, at_deadline);
	for (size_t b = 0; b < dane->bases.n; b++) {
		const struct tlsa_answer *tlsa = find(lookup, dane->bases.names[b], host->port);

		dane->tlsa[b] = as_of_now(tlsa ? &tlsa->answer : NULL, b == 0 || more, at_deadline);
	}
	host->dane = dane;
	return true;
}
