/* SPDX-License-Identifier: BSD-2-Clause */
/* A delivery that its caller waits for: the same machine, with nobody else's callbacks in between. */
#include "resolver/attempt.h"
#include "resolver/context.h"

static void
never_told(int error, struct nmx_report *report, void *user)
{
	(void)error, (void)report, (void)user;
}

/* Its own answer is taken out of the queue that the next dispatch runs. */
static void
take_route(struct nmx_delivery *d)
{
	struct nmx_route *route = nmx_route_ref(d->request->route);

	delivery_route_known(d->request->error, route, d);
	nmx_route_unref(route);
}

static int
run_alone(struct nmx_delivery *d)
{
	struct nmx_context *ctx = d->ctx;
	bool wait = false;
	int result = 0;

	ctx->running = true;
	while (d->state != DELIVERY_ENDED && !ctx->free_later && !context_is_forked(ctx) &&
	       result == 0) {
		if (d->request && d->request->state == REQUEST_ANSWERED)
			take_route(d);
		else if (d->state == DELIVERY_READY)
			delivery_begin_attempt(d);
		else
			result = context_work(ctx, wait);
		wait = !wait;
	}
	if (context_is_forked(ctx))
		return NMX_E_FORKED; /* a child, forked in deliver */
	if (result == 0 && d->state != DELIVERY_ENDED)
		result = NMX_E_STATE; /* the context goes */
	return result ? result : d->error;
}

int
nmx_deliver(struct nmx_context *ctx, const char *domain, nmx_deliver_fn deliver, void *user,
	    struct nmx_report **ret_report)
{
	struct nmx_delivery *d;
	int result;

	if (!ctx || !domain || !deliver || !ret_report)
		return NMX_E_INVALID;
	if (context_is_forked(ctx))
		return NMX_E_FORKED;
	if (ctx->running)
		return NMX_E_STATE;
	attempt_sweep(ctx);
	result = nmx_delivery_start(ctx, domain, deliver, never_told, user, &d);
	if (result)
		return result;
	result = run_alone(d);
	if (result == 0)
		*ret_report = nmx_report_ref(d->report);
	if (d->report)
		attempt_sweep_of(ctx, d->report);
	nmx_delivery_free(d);
	context_settle(ctx);
	return result;
}
