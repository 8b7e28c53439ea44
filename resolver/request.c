/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a request:
 *
 *	start --> WAITING --answer or deadline--> ANSWERED --dispatch: callback--> OVER
 *	             '-----------cancel, free, context gone----------------------> OVER
 *
 * A request is off every list before anyone is told about it. It is freed when it is OVER and the
 * caller has given its handle back (or never had one): in release(), and nowhere else.
 */
#include "resolver/request.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/context.h"
#include "resolver/delivery.h"

static void
release(struct nmx_request *req)
{
	if (req->state == REQUEST_OVER && !req->handed_out && !req->in_callback)
		free(req);
}

/* ---- Lists ---------------------------------------------------------------------------------- */

struct nmx_request *
request_at(struct list_node *node)
{
	return LIST_THING(node, struct nmx_request, node);
}

static void
unlink_waiting(struct nmx_request *req)
{
	list_remove(&req->lookup->waiters, &req->node);
	req->lookup = NULL;
	loop_cancel_timer(req->ctx->loop, &req->deadline);
}

static void
link_waiting(struct lookup *lookup, struct nmx_request *req)
{
	req->state = REQUEST_WAITING;
	req->lookup = lookup;
	list_add_last(&lookup->waiters, &req->node);
}

static void
unlink_done(struct nmx_request *req)
{
	list_remove(&req->ctx->done, &req->node);
}

static void
link_done(struct nmx_request *req, struct nmx_route *route, int error)
{
	req->state = REQUEST_ANSWERED;
	req->route = nmx_route_ref(route);
	req->error = error;
	list_add_last(&req->ctx->done, &req->node);
}

void
request_finish(struct nmx_request *req, struct nmx_route *route, int error)
{
	unlink_waiting(req);
	link_done(req, route, error);
}

void
request_detach(struct nmx_request *req)
{
	if (req->state == REQUEST_OVER)
		return;
	if (req->state == REQUEST_WAITING) {
		unlink_waiting(req);
	} else {
		unlink_done(req);
		nmx_route_unref(req->route);
		req->route = NULL;
	}
	req->ctx->n_requests--;
	req->state = REQUEST_OVER;
	release(req);
}

/* ---- Deadline ------------------------------------------------------------------------------- */

/* The lookup lives at least as long as this request; if both end now, the lookup answers. */
static void
deadline_passed(struct timer *timer)
{
	struct nmx_request *req =
		(struct nmx_request *)((char *)timer - offsetof(struct nmx_request, deadline));
	struct lookup *lookup = req->lookup;
	struct nmx_route *route;

	if (lookup->give_up.at <= timer->at) {
		lookup->give_up.fire(&lookup->give_up);
		return;
	}
	req->ctx->stats[NMX_STAT_DEADLINES]++;
	route = lookup_partial(lookup);
	request_finish(req, route, route ? 0 : NMX_E_NOMEM);
	nmx_route_unref(route);
}

static int
set_deadline(struct nmx_request *req, unsigned ms)
{
	int64_t at = context_now(req->ctx) + (int64_t)ms * NS_PER_MS;

	if (!lookup_extend(req->lookup, at))
		return NMX_E_NOMEM;
	return loop_set_timer(req->ctx->loop, &req->deadline, at);
}

int
nmx_request_set_deadline(struct nmx_request *req, unsigned ms)
{
	int result;

	if (!req || ms == 0 || ms > LIMIT_DEADLINE_MS)
		return NMX_E_INVALID;
	if (req->state != REQUEST_WAITING)
		return NMX_E_STATE;
	if (context_is_forked(req->ctx))
		return NMX_E_FORKED;
	result = set_deadline(req, ms);
	if (!req->ctx->running)
		loop_settle(req->ctx->loop, context_has_work(req->ctx));
	return result;
}

int
nmx_request_peek(struct nmx_request *req, struct nmx_route **ret_route)
{
	struct nmx_route *route;

	if (!req || !ret_route)
		return NMX_E_INVALID;
	if (req->state == REQUEST_OVER)
		return NMX_E_STATE;
	if (context_is_forked(req->ctx))
		return NMX_E_FORKED;
	if (req->state == REQUEST_ANSWERED && req->error)
		return req->error;
	route = req->state == REQUEST_ANSWERED ? nmx_route_ref(req->route)
					       : lookup_partial(req->lookup);
	if (!route)
		return NMX_E_NOMEM;
	*ret_route = route;
	return 0;
}

/* ---- Starting ------------------------------------------------------------------------------- */

/* A domain, or with a port a host. */
struct asked {
	const char *name;
	uint16_t port;
	enum route_kind kind;
};

/* What is no name may be spelt like anything. */
static bool
is_about(const struct lookup *lookup, const struct domain *domain, enum route_kind kind)
{
	return lookup->domain.kind == domain->kind && lookup->kind == kind &&
	       strcmp(lookup->domain.text, domain->text) == 0;
}

static struct lookup *
find_lookup(struct nmx_context *ctx, const struct domain *domain, enum route_kind kind,
	    uint64_t hash)
{
	struct table_entry *entry = table_first(&ctx->lookups, hash);

	while (entry && !is_about((struct lookup *)entry, domain, kind))
		entry = table_next(entry);
	return (struct lookup *)entry;
}

/* Joins the lookup of the domain for that kind of route, or begins one. */
static int
join_lookup(struct nmx_context *ctx, struct nmx_request *req, const struct domain *domain,
	    enum route_kind kind, uint64_t hash)
{
	struct lookup *lookup = find_lookup(ctx, domain, kind, hash);
	bool is_new = lookup == NULL;
	int result;

	if (is_new) {
		lookup = lookup_new(ctx, domain, kind, hash);
		if (!lookup)
			return NMX_E_NOMEM;
		context_queue_lookup(ctx, lookup);
	}
	link_waiting(lookup, req);
	result = set_deadline(req, ctx->settings.deadline_ms);
	if (result) {
		unlink_waiting(req);
		if (is_new)
			context_forget_lookup(ctx, lookup);
		return result;
	}
	ctx->stats[NMX_STAT_JOINED] += !is_new;
	return 0;
}

static bool
parse(struct nmx_context *ctx, const struct asked *asked, struct domain *ret)
{
	if (asked->port)
		return domain_parse_host(asked->name, asked->port, &ctx->scratch, ret);
	if (asked->kind == ROUTE_SERVERS)
		return domain_parse_served(asked->name, ctx->settings.single_label, &ctx->scratch,
					   ret);
	return domain_parse(asked->name, ctx->settings.single_label, &ctx->scratch, ret);
}

/* The domain's one spelling and the kind of the route are the key of cache and lookups; a literal has the
 * same route with MX alone. */
struct sought {
	struct domain domain;
	enum route_kind kind;
	uint64_t hash;
};

static bool
seek(struct nmx_context *ctx, const struct asked *asked, struct sought *ret)
{
	if (!parse(ctx, asked, &ret->domain))
		return false;
	ret->kind = ret->domain.kind == DOMAIN_LITERAL ? ROUTE_WHOLE : asked->kind;
	ret->hash = hash_bytes(ctx->hash_key, ret->domain.text, strlen(ret->domain.text));
	return true;
}

static struct nmx_route *
find_cached(struct nmx_context *ctx, const struct sought *sought)
{
	struct nmx_route *route;

	if (domain_is_bad(&sought->domain))
		return NULL;
	route = cache_find(&ctx->cache, sought->domain.text, sought->kind, sought->hash,
			   context_now(ctx));
	ctx->stats[NMX_STAT_CACHE_HITS] += route != NULL;
	return route;
}

/* Finds the answer, or what will lead to it. */
static int
begin(struct nmx_context *ctx, struct nmx_request *req, const struct asked *asked)
{
	struct sought sought;
	int result = NMX_E_NOMEM;

	if (seek(ctx, asked, &sought)) {
		struct nmx_route *route = find_cached(ctx, &sought);

		result =
			route ? 0 : join_lookup(ctx, req, &sought.domain, sought.kind, sought.hash);
		if (route)
			link_done(req, route, 0);
	}
	arena_rewind(&ctx->scratch, ctx->scratch_start);
	return result;
}

static int
start(struct nmx_context *ctx, const struct asked *asked, nmx_route_fn fn, void *user,
      struct nmx_request **ret_req)
{
	struct nmx_request *req;
	int result;

	if (context_is_forked(ctx))
		return NMX_E_FORKED;
	if (!ctx->started || ctx->free_later)
		return NMX_E_STATE;
	if (ctx->n_requests >= LIMIT_REQUESTS)
		return NMX_E_LIMIT;
	req = malloc(sizeof(*req));
	if (!req)
		return NMX_E_NOMEM;
	/* Every member, for a compiler clears the whole before it sets a part. */
	*req = (struct nmx_request){.ctx = ctx,
				    .state = REQUEST_OVER,
				    .lookup = NULL,
				    .node = {NULL, NULL},
				    .deadline = {0, 0, deadline_passed},
				    .fn = fn,
				    .user = user,
				    .error = 0,
				    .route = NULL,
				    .handed_out = ret_req != NULL,
				    .in_callback = false};
	result = begin(ctx, req, asked);
	if (result) {
		free(req);
		return result;
	}
	ctx->n_requests++;
	ctx->stats[NMX_STAT_REQUESTS]++;
	if (!ctx->running)
		loop_settle(ctx->loop, true);
	if (ret_req)
		*ret_req = req;
	return 0;
}

int
nmx_request_start(struct nmx_context *ctx, const char *domain, nmx_route_fn fn, void *user,
		  struct nmx_request **ret_req)
{
	if (!ctx || !domain || !fn)
		return NMX_E_INVALID;
	return start(ctx, &(struct asked){.name = domain}, fn, user, ret_req);
}

int
nmx_request_start_host(struct nmx_context *ctx, const char *host, unsigned port, nmx_route_fn fn,
		       void *user, struct nmx_request **ret_req)
{
	if (!ctx || !host || !fn || port == 0 || port > UINT16_MAX)
		return NMX_E_INVALID;
	return start(ctx, &(struct asked){host, (uint16_t)port, ROUTE_WHOLE}, fn, user, ret_req);
}

int
nmx_request_start_mx(struct nmx_context *ctx, const char *domain, nmx_route_fn fn, void *user,
		     struct nmx_request **ret_req)
{
	if (!ctx || !domain || !fn)
		return NMX_E_INVALID;
	return start(ctx, &(struct asked){.name = domain, .kind = ROUTE_MX}, fn, user, ret_req);
}

int
nmx_request_start_servers(struct nmx_context *ctx, const char *domain, nmx_route_fn fn, void *user,
			  struct nmx_request **ret_req)
{
	if (!ctx || !domain || !fn)
		return NMX_E_INVALID;
	return start(ctx, &(struct asked){.name = domain, .kind = ROUTE_SERVERS}, fn, user,
		     ret_req);
}

/* ---- Without a request ----------------------------------------------------------------------- */

/* After a jump of the clock dispatch is first to look, for it empties the cache (RULES CLK-1). */
static int
cached(struct nmx_context *ctx, const struct asked *asked, struct nmx_route **ret_route)
{
	struct nmx_route *route = NULL;
	struct sought sought;
	bool is_sought;

	if (context_is_forked(ctx))
		return NMX_E_FORKED;
	if (!ctx->started || ctx->free_later)
		return NMX_E_STATE;
	if (context_clock_jumped(ctx))
		return 0;
	is_sought = seek(ctx, asked, &sought);
	if (is_sought)
		route = find_cached(ctx, &sought);
	arena_rewind(&ctx->scratch, ctx->scratch_start);
	if (!route)
		return is_sought ? 0 : NMX_E_NOMEM;
	ctx->stats[NMX_STAT_REQUESTS]++;
	*ret_route = nmx_route_ref(route);
	return 1;
}

int
nmx_request_cached(struct nmx_context *ctx, const char *domain, struct nmx_route **ret_route)
{
	if (!ctx || !domain || !ret_route)
		return NMX_E_INVALID;
	return cached(ctx, &(struct asked){.name = domain}, ret_route);
}

int
nmx_request_cached_host(struct nmx_context *ctx, const char *host, unsigned port,
			struct nmx_route **ret_route)
{
	if (!ctx || !host || !ret_route || port == 0 || port > UINT16_MAX)
		return NMX_E_INVALID;
	return cached(ctx, &(struct asked){host, (uint16_t)port, ROUTE_WHOLE}, ret_route);
}

/* ---- Ending --------------------------------------------------------------------------------- */

bool
request_run_one(struct nmx_context *ctx)
{
	struct nmx_request *req = request_at(ctx->done.first);
	struct nmx_route *route;

	if (!req)
		return false;
	unlink_done(req);
	ctx->n_requests--;
	route = req->route;
	req->route = NULL;
	req->state = REQUEST_OVER;
	req->in_callback = true;
	ctx->n_called += req->fn != delivery_route_known;
	req->fn(req->error, route, req->user);
	req->in_callback = false;
	nmx_route_unref(route);
	release(req);
	return true;
}

/* The last waiter of a lookup takes it along: nobody asked for its answer any more. */
void
nmx_request_cancel(struct nmx_request *req)
{
	struct nmx_context *ctx;
	struct lookup *lookup;

	if (!req || req->state == REQUEST_OVER)
		return;
	ctx = req->ctx;
	if (context_is_forked(ctx))
		return;
	lookup = req->state == REQUEST_WAITING ? req->lookup : NULL;
	request_detach(req);
	if (lookup && !lookup->waiters.first)
		context_forget_lookup(ctx, lookup);
}

void
nmx_request_free(struct nmx_request *req)
{
	if (!req)
		return;
	nmx_request_cancel(req);
	req->handed_out = false;
	release(req);
}

static void
never_called(int error, struct nmx_route *route, void *user)
{
	(void)error, (void)route, (void)user;
}

static int
wait_for(struct nmx_context *ctx, struct nmx_request *req)
{
	int result = 0;

	ctx->running = true;
	while (req->state == REQUEST_WAITING && result == 0) {
		result = context_work(ctx, false);
		if (req->state == REQUEST_WAITING && result == 0)
			result = context_work(ctx, true);
	}
	return result;
}

int
nmx_resolve(struct nmx_context *ctx, const char *domain, struct nmx_route **ret_route)
{
	struct nmx_request *req;
	int result;

	if (!ctx || !domain || !ret_route)
		return NMX_E_INVALID;
	if (context_is_forked(ctx))
		return NMX_E_FORKED;
	if (ctx->running)
		return NMX_E_STATE;
	result = nmx_request_start(ctx, domain, never_called, NULL, &req);
	if (result)
		return result;
	result = wait_for(ctx, req);
	if (result == 0)
		result = req->error;
	if (result == 0)
		*ret_route = nmx_route_ref(req->route);
	nmx_request_free(req);
	context_settle(ctx);
	return result;
}
