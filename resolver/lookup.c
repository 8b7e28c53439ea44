/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/context.h"
#include "resolver/request.h"

/* Questions that are asked in one call when there is room again. */
enum { MOST_WAITING = 4 * LIMIT_COMPLETIONS };

static void give_up(struct timer *timer);

/* The lookup lies in its own arena. */
static void
free_all(struct lookup *lookup)
{
	struct arena arena = lookup->arena;

	arena_done(&arena);
}

struct lookup *
lookup_new(struct nmx_context *ctx, const struct domain *domain, enum route_kind kind,
	   uint64_t hash)
{
	struct arena arena;
	struct lookup *lookup;

	arena_init_sparing(&arena, &ctx->spare_blocks);
	lookup = arena_alloc(&arena, sizeof(*lookup));
	if (!lookup)
		return NULL;
	lookup->ctx = ctx;
	lookup->give_up.fire = give_up;
	lookup->arena = arena;
	lookup->notes = notes_in(&lookup->arena);
	lookup->kind = kind;
	lookup->domain = *domain;
	lookup->domain.text = arena_copy(&lookup->arena, domain->text, strlen(domain->text) + 1);
	lookup->domain.ascii = arena_copy(&lookup->arena, domain->ascii, strlen(domain->ascii) + 1);
	if (lookup->arena.failed) {
		free_all(lookup);
		return NULL;
	}
	table_add(&ctx->lookups, &lookup->entry, hash);
	return lookup;
}

static void
stop_waiting(struct question *q)
{
	list_remove(&q->lookup->ctx->unasked, &q->node);
	q->unasked = false;
	q->lookup->unasked--;
}

static void
forget_questions(struct lookup *lookup)
{
	for (struct question *q = lookup->questions; q; q = q->next) {
		if (q->unasked)
			stop_waiting(q);
		if (q->asked)
			dns_forget(q->asked);
		q->asked = NULL;
	}
	lookup->questions = NULL;
	lookup->pending = 0;
}

void
lookup_free(struct lookup *lookup)
{
	forget_questions(lookup);
	phase_sts_leave(lookup);
	loop_cancel_timer(lookup->ctx->loop, &lookup->give_up);
	table_remove(&lookup->ctx->lookups, &lookup->entry);
	free_all(lookup);
}

/* The domain and its strings stay: they are the first thing in the arena and never change. */
void
lookup_restart(struct lookup *lookup)
{
	forget_questions(lookup);
	phase_sts_leave(lookup);
	lookup->notes = notes_in(&lookup->arena);
	lookup->names = NULL;
	lookup->tlsa = NULL;
	lookup->zones = NULL;
	lookup->ahead = lookup->sel = (struct selection){0};
	lookup->srv = lookup->mx = lookup->apex = (struct answer){0};
	lookup->overloaded = lookup->asked_ahead = false;
	lookup->phase = PHASE_HELD;
}

bool
lookup_extend(struct lookup *lookup, int64_t until)
{
	if (lookup->give_up.place && lookup->give_up.at >= until)
		return true;
	return loop_set_timer(lookup->ctx->loop, &lookup->give_up, until) == 0;
}

/* ---- Questions ------------------------------------------------------------------------------ */

int64_t
lookup_now(struct lookup *lookup)
{
	if (!lookup->now)
		lookup->now = context_now(lookup->ctx);
	return lookup->now;
}

static struct answer
not_asked(enum answer_state state)
{
	return (struct answer){
		.state = state, .security = NMX_INDETERMINATE, .ttl = LIMIT_FAILURE_TTL};
}

/* A trust anchor that no served key matches makes everything bogus: that is said once. */
static void
tell_wrong_anchor(struct nmx_context *ctx, const char *why)
{
	char line[LIMIT_LOG_LINE];
	struct text text = text_into(line, sizeof(line));

	if (ctx->told_anchor || !strstr(why, "trust anchor"))
		return;
	ctx->told_anchor = true;
	text_add(&text, "validation cannot begin at the trust anchor ");
	text_escaped(&text, options_get(&ctx->options, "trust-anchor"),
		     strlen(options_get(&ctx->options, "trust-anchor")));
	text_add(&text, ", so everything is bogus: ");
	text_escaped(&text, why, strlen(why));
	context_log_later(ctx, NMX_LOG_ERROR, line);
}

/* May run inside lookup_ask. Stores, clears the mark, queues: nothing else. */
static void
question_answered(void *user, const struct answer_raw *raw)
{
	struct question *q = user;
	struct lookup *lookup = q->lookup;
	int64_t now = context_now(lookup->ctx);

	*q->answer = answer_judge(raw, q->name, q->type, &lookup->arena);
	q->answer->us = (uint32_t)((now - q->asked_at) / 1000);
	q->asked = NULL;
	lookup->now = now;
	lookup->pending--;
	lookup->failed |= q->answer->state == ANSWER_NOMEM;
	verdicts_put(&lookup->ctx->verdicts, q->name, q->type, q->answer, now);
	if (q->answer->state == ANSWER_BOGUS && raw->why_bogus)
		tell_wrong_anchor(lookup->ctx, raw->why_bogus);
	context_queue_lookup(lookup->ctx, lookup);
}

static void
find_overload(struct lookup *lookup)
{
	lookup->overloaded = true;
	lookup->ctx->stats[NMX_STAT_OVERLOADS]++;
}

/*
 * A question that finds no room:
 *
 *	others are in flight or wait	it waits for its turn; at the deadline it was not asked
 *	the lookup fills it by itself	it is not asked
 *
 * So what a burst has begun is slowed down and not broken off; and max-questions that is too small for a
 * single domain is noticed.
 */
static void
find_no_room(struct question *q)
{
	struct lookup *lookup = q->lookup;
	struct nmx_context *ctx = lookup->ctx;
	unsigned own = lookup->pending - lookup->unasked - 1;

	if (ctx->unasked.first || dns_count(ctx->dns).in_flight > own) {
		q->unasked = true;
		lookup->unasked++;
		list_add_last(&ctx->unasked, &q->node);
		return;
	}
	*q->answer = not_asked(ANSWER_OVERLOAD);
	lookup->pending--;
	find_overload(lookup);
}

static void
ask(struct question *q)
{
	struct lookup *lookup = q->lookup;
	int result = dns_ask(lookup->ctx->dns, q->text, q->type, question_answered, q, &q->asked);

	if (result == NMX_E_LIMIT) {
		find_no_room(q);
	} else if (result) {
		*q->answer = not_asked(ANSWER_NOMEM);
		lookup->pending--;
		lookup->failed = true;
	}
}

/* The name's text and hash. A and AAAA of a host are asked for one after the other, and share them. */
static void
set_name(struct question *q, const uint8_t *name)
{
	const struct question *last = q->next;
	char text[LIMIT_NAME_TEXT];

	q->name = name;
	if (last && last->name == name) {
		q->text = last->text;
		q->hash = last->hash;
		return;
	}
	q->text = arena_copy(&q->lookup->arena, text, dname_put(name, text) + 1);
	q->hash = verdicts_hash(name);
}

void
lookup_ask(struct lookup *lookup, const uint8_t *name, uint16_t type, struct answer *answer)
{
	struct nmx_context *ctx = lookup->ctx;
	int64_t now = lookup_now(lookup);
	struct question question = {.lookup = lookup,
				    .next = lookup->questions,
				    .answer = answer,
				    .asked_at = now,
				    .type = type};
	struct question *q;

	set_name(&question, name);
	q = arena_copy(&lookup->arena, &question, sizeof(question));
	if (!q || !question.text) {
		lookup->failed = true;
		return;
	}
	lookup->questions = q;
	if (verdicts_find(&ctx->verdicts, name, q->hash, type, now, &lookup->arena, answer)) {
		ctx->stats[NMX_STAT_VERDICT_HITS]++;
		return;
	}
	*answer = (struct answer){.state = ANSWER_PENDING, .security = NMX_INDETERMINATE};
	lookup->pending++;
	lookup->now = 0; /* asking takes its time; an answer inside it says when it came */
	if (ctx->unasked.first || !lookup_has_room(ctx))
		find_no_room(q); /* the others were first */
	else
		ask(q);
}

/* The rest is for the fetches of MTA-STS policies: they do not wait, and without its policy a domain would
 * be sent mail less safely. */
bool
lookup_has_room(const struct nmx_context *ctx)
{
	unsigned most = ctx->settings.max_questions, spared = 0;

	if (ctx->sts)
		spared = most / 4 < LIMIT_FETCH_QUESTIONS ? most / 4 : LIMIT_FETCH_QUESTIONS;
	return dns_count(ctx->dns).in_flight < most - spared;
}

void
lookup_ask_waiting(struct nmx_context *ctx)
{
	for (int i = 0; i < MOST_WAITING && ctx->unasked.first && lookup_has_room(ctx); i++) {
		struct question *q = LIST_THING(ctx->unasked.first, struct question, node);

		stop_waiting(q);
		ask(q);
		if (q->answer->state != ANSWER_PENDING)
			context_queue_lookup(ctx, q->lookup);
	}
}

void
lookup_ask_copy(struct lookup *lookup, const uint8_t *name, uint16_t type, struct answer *answer)
{
	const uint8_t *copy = arena_copy(&lookup->arena, name, dname_length(name));

	if (copy)
		lookup_ask(lookup, copy, type, answer);
	else
		lookup->failed = true;
}

void
lookup_forget(struct lookup *lookup, const struct answer *answer)
{
	struct question *q = lookup->questions;

	while (q && q->answer != answer)
		q = q->next;
	if (!q || (!q->asked && !q->unasked))
		return;
	*q->answer = not_asked(q->unasked ? ANSWER_OVERLOAD : ANSWER_TIMEOUT);
	if (q->unasked) {
		stop_waiting(q);
		find_overload(lookup);
	} else {
		dns_forget(q->asked);
	}
	q->asked = NULL;
	q->answer->us = (uint32_t)((context_now(lookup->ctx) - q->asked_at) / 1000);
	lookup->pending--;
}

/* ---- The walk ------------------------------------------------------------------------------- */

/* The end: the route is cached and given to everyone who still waits. That there was no room, or no socket
 * to fetch a policy with, says nothing of the domain, and is not kept; nor is what is no name, whose text may be
 * anything. */
static void
conclude(struct lookup *lookup, bool at_deadline)
{
	struct nmx_context *ctx = lookup->ctx;
	struct nmx_route *route = lookup->failed ? NULL : phase_route_build(lookup, at_deadline);
	bool no_room = lookup->overloaded || (at_deadline && lookup->unasked) ||
		       (lookup->phase == PHASE_HELD && domain_is_asked(&lookup->domain)) ||
		       lookup->sts.trouble == STS_OURS;

	lookup->phase = PHASE_DONE;
	ctx->stats[NMX_STAT_OVERLOADS] += at_deadline ? lookup->unasked : 0;
	if (route && !no_room && !domain_is_bad(&lookup->domain))
		cache_put(&ctx->cache, route, lookup->entry.hash, lookup_now(lookup));
	while (lookup->waiters.first)
		request_finish(request_at(lookup->waiters.first), route, route ? 0 : NMX_E_NOMEM);
	nmx_route_unref(route);
	context_forget_lookup(ctx, lookup);
}

static void
give_up(struct timer *timer)
{
	struct lookup *lookup = (struct lookup *)((char *)timer - offsetof(struct lookup, give_up));

	lookup->ctx->stats[NMX_STAT_DEADLINES]++;
	lookup->now = 0;
	conclude(lookup, true);
}

struct nmx_route *
lookup_partial(struct lookup *lookup)
{
	lookup->now = 0;
	return lookup->failed ? NULL : phase_route_build(lookup, true);
}

static void
step_addresses(struct lookup *lookup)
{
	bool has_addresses = phase_addresses_done(lookup), has_sts = phase_sts_done(lookup);

	if ((has_addresses && has_sts) || lookup->failed)
		conclude(lookup, false);
}

static void
go_on_with_addresses(struct lookup *lookup, bool selected)
{
	lookup->failed |= !selected;
	lookup->phase = PHASE_ADDRESSES;
	if (!lookup->failed)
		phase_addresses_ask(lookup);
	step_addresses(lookup);
}

/* Selection and addresses follow each other without waiting when every answer is at hand. */
static void
step_discover(struct lookup *lookup)
{
	phase_sts_done(lookup);
	if (!phase_discover_done(lookup)) {
		if ((lookup->mx.state == ANSWER_PENDING) != (lookup->srv.state == ANSWER_PENDING))
			phase_addresses_ask_ahead(lookup);
		return;
	}
	go_on_with_addresses(lookup, phase_select(lookup, &lookup->srv, &lookup->mx, &lookup->notes,
						  &lookup->sel));
}

static void
step_servers(struct lookup *lookup)
{
	if (phase_servers_done(lookup) || lookup->failed)
		conclude(lookup, false);
}

/* A host of the caller's needs no discovering (RULES HST-1). */
static void
begin(struct lookup *lookup)
{
	if (!domain_is_asked(&lookup->domain)) {
		conclude(lookup, false);
		return;
	}
	lookup->ctx->stats[NMX_STAT_LOOKUPS]++;
	if (lookup->domain.kind == DOMAIN_HOST) {
		go_on_with_addresses(lookup,
				     phase_select_host(lookup, &lookup->notes, &lookup->sel));
		return;
	}
	if (lookup->kind == ROUTE_SERVERS) {
		lookup->phase = PHASE_SERVERS;
		phase_servers_ask(lookup);
		step_servers(lookup);
		return;
	}
	lookup->phase = PHASE_DISCOVER;
	phase_discover_ask(lookup);
	step_discover(lookup);
}

void
lookup_step(struct lookup *lookup)
{
	lookup->now = 0;
	switch (lookup->phase) {
	case PHASE_HELD:
		begin(lookup);
		return;
	case PHASE_DISCOVER:
		step_discover(lookup);
		return;
	case PHASE_ADDRESSES:
		step_addresses(lookup);
		return;
	case PHASE_SERVERS:
		step_servers(lookup);
		return;
	case PHASE_DONE:
		return;
	}
}
