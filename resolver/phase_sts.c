/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MTA-STS: the TXT record is asked together with SRV and MX, and a policy that is new is fetched while the
 * addresses are awaited. Both together may hold the route up for sts-timeout seconds, no longer (RULES
 * STS-2):
 *
 *	record            held policy       the route has
 *	a new id          any               what is fetched; else what is held, else none for now
 *	the held id       of that id        what is held; fetched again in the background when it is due
 *	none, not valid   any               what is held
 *	not known         any               what is held, else none for now
 *
 * "For now": the route lives for 60 seconds at the most.
 */
#include <stdio.h>
#include <string.h>

#include "resolver/context.h"

static struct lookup *
lookup_of_timer(struct timer *timer)
{
	return (struct lookup *)((char *)timer - offsetof(struct lookup, sts.late));
}

/* ---- The policy in force -------------------------------------------------------------------- */

/* A policy that was read once is read again: its patterns are wanted in the lookup's memory. */
static void
take(struct lookup *lookup, struct lookup_sts *sts, const struct store_policy *policy)
{
	struct sts_fault fault;

	sts->has_policy = sts_policy_read(policy->text, policy->length, lookup->notes.arena,
					  &sts->policy, &fault) == STS_OK;
	if (!sts->has_policy)
		return;
	snprintf(sts->id, sizeof(sts->id), "%s", policy->id);
	sts->age = sts_now(lookup->ctx->sts) - policy->fetched;
	sts->left = policy->expires - sts_now(lookup->ctx->sts);
	sts_use(lookup->ctx->sts, policy->domain);
}

static const struct store_policy *
held(const struct lookup *lookup)
{
	return store_find(sts_store(lookup->ctx->sts), lookup->domain.ascii);
}

static void
take_held(struct lookup *lookup, struct lookup_sts *sts)
{
	const struct store_policy *policy = held(lookup);

	if (policy)
		take(lookup, sts, policy);
}

static void
note_trouble(struct lookup *lookup, const struct sts_landing *landing)
{
	struct lookup_sts *sts = &lookup->sts;

	lookup->failed |= landing->trouble == STS_NO_MEMORY;
	sts->trouble = landing->trouble;
	sts->trouble_text = arena_copy(&lookup->arena, landing->text, strlen(landing->text) + 1);
	lookup->failed |= !sts->trouble_text;
}

static void
done(struct lookup *lookup)
{
	lookup->sts.state = STS_DONE;
	loop_cancel_timer(lookup->ctx->loop, &lookup->sts.late);
}

/* ---- The walk ------------------------------------------------------------------------------- */

/* From inside the flight's end: stores, clears the mark, queues. */
static void
landed(struct sts_waiter *waiter, const struct sts_landing *landing)
{
	struct lookup *lookup =
		(struct lookup *)((char *)waiter - offsetof(struct lookup, sts.waiter));

	done(lookup);
	if (landing->trouble == STS_FINE) {
		lookup->sts.was_fetched = true;
		take(lookup, &lookup->sts, landing->policy);
	} else {
		note_trouble(lookup, landing);
		take_held(lookup, &lookup->sts);
	}
	context_queue_lookup(lookup->ctx, lookup);
}

/* What the record announces is fetched, unless it is held or was tried lately. */
static void
fetch_new(struct lookup *lookup)
{
	struct nmx_context *ctx = lookup->ctx;
	struct lookup_sts *sts = &lookup->sts;
	const char *domain = lookup->domain.ascii;
	struct sts_landing failure;

	if (sts_failed_lately(ctx->sts, domain, sts->record.id, &failure)) {
		sts->was_refused = true;
	} else {
		int result = sts_join(ctx->sts, domain, sts->record.id, &sts->waiter);

		if (result == 0) {
			sts->state = STS_WAITING;
			return;
		}
		failure.trouble = result == NMX_E_NOMEM ? STS_NO_MEMORY : STS_OURS;
		failure.text = "too many policies wait to be fetched";
	}
	note_trouble(lookup, &failure);
	done(lookup);
	take_held(lookup, sts);
}

/* In the background: nobody waits. */
static void
refresh(struct lookup *lookup, const struct store_policy *policy)
{
	struct sts *sts = lookup->ctx->sts;
	struct sts_landing failure;

	if (sts_is_due(sts, policy) &&
	    !sts_failed_lately(sts, policy->domain, policy->id, &failure))
		sts_join(sts, policy->domain, policy->id, NULL);
}

static void
judge_record(struct lookup *lookup)
{
	struct lookup_sts *sts = &lookup->sts;
	const struct store_policy *policy;

	sts->record = sts_record_of(&sts->txt, &lookup->arena);
	lookup->failed |= lookup->arena.failed;
	policy = held(lookup);
	if (sts->record.valid && (!policy || strcmp(policy->id, sts->record.id) != 0)) {
		fetch_new(lookup);
		return;
	}
	done(lookup);
	if (!policy)
		return;
	refresh(lookup, policy);
	take_held(lookup, sts);
}

/* sts-timeout has passed. What was asked is forgotten; a flight goes on. */
static void
too_late(struct timer *timer)
{
	struct lookup *lookup = lookup_of_timer(timer);
	struct lookup_sts *sts = &lookup->sts;

	if (sts->txt.state == ANSWER_PENDING)
		lookup_forget(lookup, &sts->txt);
	sts_leave(&sts->waiter);
	sts->is_late = true;
	done(lookup);
	take_held(lookup, sts);
	context_queue_lookup(lookup->ctx, lookup);
}

void
phase_sts_ask(struct lookup *lookup)
{
	struct nmx_context *ctx = lookup->ctx;
	struct lookup_sts *sts = &lookup->sts;
	uint8_t name[LIMIT_NAME];

	if (!ctx->sts)
		return;
	sts->state = STS_ASKED;
	sts->waiter.landed = landed;
	sts->late.fire = too_late;
	if (loop_set_timer(ctx->loop, &sts->late,
			   context_now(ctx) + ctx->settings.sts_timeout_s * NS_PER_S))
		lookup->failed = true;
	if (dname_prepend("_mta-sts", lookup->domain.name, name))
		lookup_ask_copy(lookup, name, RR_TXT, &sts->txt);
	else
		sts->txt = (struct answer){.state = ANSWER_NXDOMAIN,
					   .rcode = RCODE_NXDOMAIN,
					   .ttl = UINT32_MAX}; /* no such name can exist */
}

bool
phase_sts_done(struct lookup *lookup)
{
	if (lookup->sts.state == STS_ASKED && lookup->sts.txt.state != ANSWER_PENDING)
		judge_record(lookup);
	return lookup->sts.state == STS_OFF || lookup->sts.state == STS_DONE;
}

void
phase_sts_leave(struct lookup *lookup)
{
	sts_leave(&lookup->sts.waiter);
	loop_cancel_timer(lookup->ctx->loop, &lookup->sts.late);
	lookup->sts = (struct lookup_sts){0};
}

/* ---- For the route -------------------------------------------------------------------------- */

static void
explain_record(struct notes *notes, const struct lookup_sts *sts)
{
	if (sts->txt.state == ANSWER_PENDING)
		return;
	if (answer_is_failure(&sts->txt))
		notes_why(notes, WHY_STS_RECORD_UNKNOWN,
			  sts->txt.state == ANSWER_BOGUS ? "bogus" : answer_rcode_name(&sts->txt));
	else if (!sts->record.valid && !sts->record.absent && sts->record.fault)
		notes_why(notes, WHY_STS_RECORD_INVALID, sts->record.fault);
}

static void
explain_trouble(struct notes *notes, const struct lookup_sts *sts)
{
	const char *text = sts->trouble_text ? sts->trouble_text : "";

	if (sts->is_late)
		notes_why(notes, WHY_STS_LATE);
	else if (sts->was_refused)
		notes_why(notes, WHY_STS_NOT_RETRIED, sts->record.id, text);
	else if (sts->trouble == STS_NO_POLICY)
		notes_why(notes, WHY_STS_NOT_VALID, sts->record.id, text);
	else if (sts->trouble)
		notes_why(notes, WHY_STS_NOT_FETCHED, sts->record.id, text);
}

static bool
is_in_doubt(const struct lookup_sts *sts)
{
	return sts->is_late || sts->trouble || answer_is_failure(&sts->txt);
}

static void
explain(struct notes *notes, const struct lookup_sts *sts)
{
	explain_record(notes, sts);
	explain_trouble(notes, sts);
	if (!sts->has_policy) {
		if (is_in_doubt(sts))
			notes_why(notes, WHY_STS_WITHOUT);
		return;
	}
	if (sts->was_fetched)
		notes_why(notes, WHY_STS_FETCHED, sts->id, nmx_sts_mode_name(sts->policy.mode));
	else
		notes_why(notes, WHY_STS_HELD, sts->id, nmx_sts_mode_name(sts->policy.mode),
			  (unsigned)(sts->age > 0 ? sts->age : 0));
	if (!sts->was_fetched && (is_in_doubt(sts) || !sts->record.valid))
		notes_why(notes, WHY_STS_STAYS, (unsigned)(sts->left > 0 ? sts->left : 0));
}

/*
 * The policy that is held now, which may be another than when the lookup looked: fetched too late for
 * sts-timeout, refreshed, forgotten, expired. Only one that is used once (max_age 0) is the lookup's own.
 */
static void
look_again(struct lookup *lookup, struct lookup_sts *sts)
{
	char id[sizeof(sts->id)];
	bool is_own = sts->has_policy && sts->was_fetched;

	if (is_own && sts->policy.max_age == 0)
		return;
	memcpy(id, sts->id, sizeof(id));
	sts->has_policy = false;
	take_held(lookup, sts);
	sts->was_fetched = is_own && sts->has_policy && strcmp(id, sts->id) == 0;
}

/* At a request's deadline, what is held counts as at sts-timeout; the lookup itself waits on. */
const struct lookup_sts *
phase_sts_in_force(struct lookup *lookup)
{
	struct lookup_sts *sts = &lookup->sts;

	if (sts->state == STS_OFF)
		return NULL;
	sts = arena_copy(lookup->notes.arena, sts, sizeof(*sts));
	if (!sts)
		return NULL;
	if (sts->state != STS_DONE) {
		sts->is_late = sts->is_awaited = true;
		sts->txt = phase_as_of_now(&sts->txt, true);
	}
	look_again(lookup, sts);
	explain(&lookup->notes, sts);
	return sts;
}
