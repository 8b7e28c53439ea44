/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a delivery:
 *
 *	start --> ROUTING --route--> READY --dispatch--> CALLING --result--> READY (the next endpoint)
 *	             |                                     |  |                or ENDED
 *	             |                                     |  '--PENDING --finish--> READY or ENDED
 *	             '---------deadline, no route----------'----deadline---> ENDED
 *	ENDED --dispatch: report--> OVER
 *	any --cancel, free, context gone--> OVER
 *
 * The caller's functions run from delivery_run_one() alone. An attempt that is PENDING outlives its
 * delivery, and the context, until the caller finishes it.
 */
#include "resolver/delivery.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/attempt.h"
#include "resolver/context.h"
#include "resolver/tlsrpt.h"

static struct nmx_delivery *
to_do_at(struct list_node *node)
{
	return LIST_THING(node, struct nmx_delivery, to_do);
}

static void
release(struct nmx_delivery *d)
{
	if (d->state == DELIVERY_OVER && !d->handed_out && !d->in_callback)
		free(d);
}

/* ---- Ends ----------------------------------------------------------------------------------- */

static bool
has_to_do(const struct nmx_delivery *d)
{
	return d->state == DELIVERY_READY || d->state == DELIVERY_ENDED;
}

/* READY or ENDED: dispatch goes on from here. */
static void
queue(struct nmx_delivery *d, enum delivery_state state)
{
	if (!has_to_do(d))
		list_add_last(&d->ctx->to_do, &d->to_do);
	d->state = state;
}

/* Off every list, without anyone being told. */
static void
detach(struct nmx_delivery *d)
{
	if (d->state == DELIVERY_OVER)
		return;
	if (has_to_do(d))
		list_remove(&d->ctx->to_do, &d->to_do);
	loop_cancel_timer(d->ctx->loop, &d->deadline);
	nmx_request_free(d->request);
	d->request = NULL;
	if (d->attempt)
		d->attempt->delivery = NULL;
	d->attempt = NULL;
	list_remove(&d->ctx->deliveries, &d->node);
	d->ctx->n_deliveries--;
	d->state = DELIVERY_OVER;
}

static void
drop_report(struct nmx_delivery *d)
{
	nmx_report_unref(d->report);
	d->report = NULL;
}

static void
end(struct nmx_delivery *d, enum delivery_end how)
{
	report_conclude(d->report, how);
	queue(d, DELIVERY_ENDED);
}

static void
fail(struct nmx_delivery *d, int error)
{
	d->error = error;
	queue(d, DELIVERY_ENDED);
}

/* Copies what is known of an attempt into the report. */
static void
record(struct nmx_delivery *d, const struct nmx_attempt *attempt)
{
	struct tried *tried = report_add(d->report);

	*tried = attempt->tried;
	tried->ms = (unsigned)((context_now(d->ctx) - attempt->started) / NS_PER_MS);
}

/* RULES BAK-1. */
static void
remember(struct nmx_delivery *d, const struct tried *tried, int64_t began)
{
	struct address address = route_address_of(tried->endpoint->address);

	if (!d->ctx->settings.backoff)
		return;
	if (delivery_was_contacted(tried))
		backoff_contacted(&d->ctx->backoff, &address, tried->port);
	else if (delivery_was_not_contacted(tried))
		backoff_failed(&d->ctx->backoff, &address, tried->port, began, context_now(d->ctx));
}

/* The attempt has a result. */
static void
conclude(struct nmx_delivery *d, struct nmx_attempt *attempt, enum nmx_result result)
{
	bool is_known =
		result == NMX_DELIVERED || result == NMX_TRY_NEXT || result == NMX_STOP_PERM;

	attempt->tried.result = is_known ? result : NMX_STOP_TEMP;
	d->attempt = NULL;
	record(d, attempt);
	remember(d, &attempt->tried, attempt->started);
	tlsrpt_count_attempt(d->ctx, d->report->plan->route, &attempt->tried);
	if (attempt->tried.result != NMX_TRY_NEXT)
		end(d, END_RESULT);
	else if (d->next >= nmx_plan_count(d->report->plan))
		end(d, END_EXHAUSTED);
	else if (context_now(d->ctx) >= d->deadline.at)
		end(d, END_DEADLINE);
	else if (d->next >= d->most_attempts)
		end(d, END_LIMITED);
	else
		queue(d, DELIVERY_READY);
}

/* With the plan, which is then the report's; without, if the deadline comes before the route. */
static bool
begin_report(struct nmx_delivery *d, struct nmx_plan *plan)
{
	const char *domain = plan				? plan->route->domain
			     : d->request && d->request->lookup ? d->request->lookup->domain.text
			     : d->request && d->request->route	? d->request->route->domain
								: "";

	d->report = report_new(domain, plan);
	nmx_request_free(d->request);
	d->request = NULL;
	if (!d->report)
		fail(d, NMX_E_NOMEM);
	return d->report != NULL;
}

/* Never while the caller's function runs: timers fire in between. A pending attempt stays the caller's
 * to finish. */
static void
deadline_passed(struct timer *timer)
{
	struct nmx_delivery *d =
		(struct nmx_delivery *)((char *)timer - offsetof(struct nmx_delivery, deadline));
	struct nmx_attempt *attempt = d->attempt;

	if (d->state == DELIVERY_ENDED)
		return;
	d->ctx->stats[NMX_STAT_DEADLINES]++;
	if (d->state == DELIVERY_ROUTING && !begin_report(d, NULL))
		return;
	d->attempt = NULL;
	if (attempt) {
		attempt->delivery = NULL;
		attempt->tried.result = NMX_STOP_TEMP;
		if (attempt->tried.cause == NMX_CAUSE_NONE && attempt->tried.text[0] == '\0')
			strcpy(attempt->tried.text, "no result by the deadline");
		record(d, attempt);
	}
	end(d, END_DEADLINE);
}

/* ---- The walk ------------------------------------------------------------------------------- */

static void
draw(struct nmx_delivery *d, struct nmx_route *route)
{
	struct nmx_context *ctx = d->ctx;
	struct nmx_plan *plan;
	int error = 0;

	if (!d->has_seed)
		error = nmx_random_seed(&d->seed);
	if (error == 0)
		error = plan_new_putting_back(route, d->seed,
					      ctx->settings.backoff ? &ctx->backoff : NULL,
					      context_now(ctx), &plan);
	if (error) {
		fail(d, error);
		return;
	}
	ctx->stats[NMX_STAT_PUT_BACK] += plan->n_put_back;
	tlsrpt_count_route(ctx, route);
	if (!begin_report(d, plan)) {
		nmx_plan_free(plan);
	} else if (plan->outcome != NMX_DELIVERABLE) {
		report_conclude_route(d->report);
		queue(d, DELIVERY_ENDED);
	} else {
		queue(d, DELIVERY_READY);
	}
}

/* From dispatch, as any request's callback. */
void
delivery_route_known(int error, struct nmx_route *route, void *user)
{
	struct nmx_delivery *d = user;

	if (error)
		fail(d, error);
	else
		draw(d, route);
}

/* The caller may do anything meanwhile, but end this call. */
static void
try_next(struct nmx_delivery *d)
{
	struct nmx_attempt *attempt = attempt_new(d);
	enum nmx_result result;

	if (!attempt) {
		fail(d, NMX_E_NOMEM);
		return;
	}
	d->ctx->stats[NMX_STAT_ATTEMPTS]++;
	d->attempt = attempt;
	d->in_callback = attempt->in_callback = true;
	d->ctx->n_called++;
	result = d->deliver(attempt, d->user);
	d->in_callback = attempt->in_callback = false;
	if (attempt->is_finished)
		result = attempt->tried.result; /* what it gave itself counts */
	if (result == NMX_PENDING) {
		if (d->state == DELIVERY_CALLING)
			d->state = DELIVERY_PENDING;
		return;
	}
	if (d->state == DELIVERY_CALLING)
		conclude(d, attempt, result);
	attempt_retire(attempt);
}

static void
tell(struct nmx_delivery *d)
{
	struct nmx_report *report = d->error ? NULL : d->report;

	d->ctx->n_called++;
	detach(d);
	d->in_callback = true;
	d->report_fn(d->error, report, d->user);
	d->in_callback = false;
	drop_report(d);
}

/* Takes it off the to-do list first. */
void
delivery_begin_attempt(struct nmx_delivery *d)
{
	list_remove(&d->ctx->to_do, &d->to_do);
	d->state = DELIVERY_CALLING;
	if (context_now(d->ctx) >= d->deadline.at)
		end(d, END_DEADLINE);
	else
		try_next(d);
}

bool
delivery_run_one(struct nmx_context *ctx)
{
	struct nmx_delivery *d = to_do_at(ctx->to_do.first);

	if (!d)
		return false;
	if (d->state == DELIVERY_ENDED) {
		tell(d);
	} else {
		delivery_begin_attempt(d);
	}
	release(d);
	return true;
}

void
delivery_end_all(struct nmx_context *ctx)
{
	while (ctx->deliveries.first) {
		struct nmx_delivery *d =
			LIST_THING(ctx->deliveries.first, struct nmx_delivery, node);

		detach(d);
		drop_report(d);
		release(d);
	}
	attempt_end_all(ctx);
}

void
delivery_finish_attempt(struct nmx_delivery *d, struct nmx_attempt *attempt, enum nmx_result result)
{
	conclude(d, attempt, result);
	if (!d->ctx->running)
		loop_settle(d->ctx->loop, true);
}

/* ---- Starting ------------------------------------------------------------------------------- */

static int
begin(struct nmx_delivery *d, const char *domain)
{
	struct nmx_context *ctx = d->ctx;
	int64_t at = context_now(ctx) + (int64_t)ctx->settings.delivery_deadline_ms * NS_PER_MS;
	int result = nmx_request_start(ctx, domain, delivery_route_known, d, &d->request);

	if (result)
		return result;
	if (loop_set_timer(ctx->loop, &d->deadline, at) == 0)
		return 0;
	nmx_request_free(d->request);
	return NMX_E_NOMEM;
}

int
nmx_delivery_start(struct nmx_context *ctx, const char *domain, nmx_deliver_fn deliver,
		   nmx_report_fn report, void *user, struct nmx_delivery **ret_delivery)
{
	struct nmx_delivery *d;
	int result;

	if (!ctx || !domain || !deliver || !report)
		return NMX_E_INVALID;
	if (context_is_forked(ctx))
		return NMX_E_FORKED;
	if (!ctx->started || ctx->free_later)
		return NMX_E_STATE;
	if (ctx->n_deliveries >= LIMIT_DELIVERIES)
		return NMX_E_LIMIT;
	d = calloc(1, sizeof(*d));
	if (!d)
		return NMX_E_NOMEM;
	d->ctx = ctx;
	d->deliver = deliver;
	d->report_fn = report;
	d->user = user;
	d->deadline.fire = deadline_passed;
	d->most_attempts = ctx->settings.delivery_attempts;
	result = begin(d, domain);
	if (result) {
		free(d);
		return result;
	}
	list_add_last(&ctx->deliveries, &d->node);
	ctx->n_deliveries++;
	ctx->stats[NMX_STAT_DELIVERIES]++;
	d->handed_out = ret_delivery != NULL;
	if (ret_delivery)
		*ret_delivery = d;
	return 0;
}

/* Whether a delivery can still be told how to go about it. */
static int
may_be_set(const struct nmx_delivery *d, bool is_valid)
{
	if (!d || !is_valid)
		return NMX_E_INVALID;
	if (d->state != DELIVERY_ROUTING)
		return NMX_E_STATE;
	return context_is_forked(d->ctx) ? NMX_E_FORKED : 0;
}

int
nmx_delivery_set_seed(struct nmx_delivery *d, uint64_t seed)
{
	int result = may_be_set(d, seed <= NMX_SEED_MAX);

	if (result)
		return result;
	d->seed = seed;
	d->has_seed = true;
	return 0;
}

int
nmx_delivery_set_attempts(struct nmx_delivery *d, unsigned n)
{
	int result = may_be_set(d, n >= 1 && n <= LIMIT_ENDPOINTS);

	if (result == 0)
		d->most_attempts = n;
	return result;
}

int
nmx_delivery_set_deadline(struct nmx_delivery *d, unsigned ms)
{
	int result = may_be_set(d, ms >= 1 && ms <= LIMIT_DELIVERY_MS);

	if (result)
		return result;
	result = loop_set_timer(d->ctx->loop, &d->deadline,
				context_now(d->ctx) + (int64_t)ms * NS_PER_MS);
	if (!d->ctx->running)
		loop_settle(d->ctx->loop, context_has_work(d->ctx));
	return result;
}

/* ---- Ending --------------------------------------------------------------------------------- */

void
nmx_delivery_cancel(struct nmx_delivery *d)
{
	if (!d || d->state == DELIVERY_OVER || context_is_forked(d->ctx))
		return;
	detach(d);
	drop_report(d);
	release(d);
}

void
nmx_delivery_free(struct nmx_delivery *d)
{
	if (!d)
		return;
	nmx_delivery_cancel(d);
	d->handed_out = false;
	release(d);
}
