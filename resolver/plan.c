/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "policy/order.h"
#include "policy/ports.h"

enum { MOST_STAGES = 2, MOST_ENDPOINTS = MOST_STAGES * LIMIT_HOSTS * LIMIT_ADDRESSES };

/* Where an endpoint stands in the route, while the order is drawn. */
struct pick {
	uint16_t host;
	uint8_t address;
};

struct draw {
	const struct nmx_route *route;
	struct rng rng;
	struct pick picks[MOST_ENDPOINTS];
	size_t n;
	size_t first_stage; /* picks of the first stage */
	struct cut {
		size_t host;
		bool is_self; /* or only behind one that is */
	} cut[LIMIT_HOSTS * MOST_STAGES];
	size_t n_cut; /* hosts left out for SELF-1 */
};

static const uint8_t limit_line[] = {0, 3, WHY_DROP_ENDPOINT_LIMIT};
static const uint8_t self_line[] = {0, 3, WHY_DROP_SELF_NOW};
static const uint8_t beyond_line[] = {0, 3, WHY_DROP_BEYOND_SELF};

/* ADR-2: the families take turns, the preferred one first; inside a family the order is drawn. */
static void
draw_addresses(struct draw *d, size_t host_index)
{
	const struct nmx_host *host = &d->route->hosts[host_index];
	uint16_t order[LIMIT_ADDRESSES];
	size_t n4 = 0, n = host->n_addresses, at[2], end[2];
	bool six;

	for (size_t i = 0; i < n; i++) {
		order[i] = (uint16_t)i;
		n4 += host->addresses[i].socket.any.sa_family == AF_INET;
	}
	order_shuffle(order, n4, &d->rng); /* A stand before AAAA */
	order_shuffle(order + n4, n - n4, &d->rng);
	six = d->route->prefer == PREFER_6 ||
	      (d->route->prefer == PREFER_ANY && rng_below(&d->rng, 2));
	at[0] = 0, end[0] = n4;
	at[1] = n4, end[1] = n;
	while (at[0] < end[0] || at[1] < end[1]) {
		if (at[six] < end[six])
			d->picks[d->n++] =
				(struct pick){(uint16_t)host_index, (uint8_t)order[at[six]++]};
		six = !six;
	}
}

/* The hosts [start, end) of one tier. */
static void
draw_tier(struct draw *d, size_t start, size_t end)
{
	uint32_t weights[LIMIT_HOSTS];
	uint16_t order[LIMIT_HOSTS];
	size_t n = end - start;

	for (size_t i = 0; i < n; i++)
		weights[i] = d->route->hosts[start + i].weight;
	order_draw(weights, n, n, &d->rng, order);
	for (size_t i = 0; i < n; i++)
		draw_addresses(d, start + order[i]);
}

static bool
is_self_now(const struct nmx_host *host, const struct own_addresses *own)
{
	for (size_t i = 0; i < host->n_addresses; i++) {
		struct address address = route_address_of(&host->addresses[i]);

		if (self_is_address(own, &address, host->port))
			return true;
	}
	return false;
}

/* SELF-1: how many of the stage's hosts [start, end), sorted by priority, may still be used. */
static size_t
cut_self(const struct nmx_route *route, size_t start, size_t end, const struct own_addresses *own)
{
	for (size_t i = start; i < end; i++) {
		if (!is_self_now(&route->hosts[i], own))
			continue;
		while (i > start && route->hosts[i - 1].priority == route->hosts[i].priority)
			i--;
		return i;
	}
	return end;
}

static size_t
stage_end(const struct nmx_route *route, size_t start)
{
	size_t end = start;

	while (end < route->n_hosts && route->hosts[end].stage == route->hosts[start].stage)
		end++;
	return end;
}

static void
draw_stage(struct draw *d, size_t start, size_t end)
{
	for (size_t tier = start, next; tier < end; tier = next) {
		next = tier;
		while (next < end &&
		       d->route->hosts[next].priority == d->route->hosts[tier].priority)
			next++;
		draw_tier(d, tier, next);
	}
}

static void
draw_stages(struct draw *d)
{
	const struct nmx_route *route = d->route;
	struct own_addresses own = own_lock(route->own);

	for (size_t start = 0, end; start < route->n_hosts; start = end) {
		size_t usable;

		end = stage_end(route, start);
		usable = cut_self(route, start, end, &own);
		draw_stage(d, start, usable);
		if (start == 0)
			d->first_stage = d->n;
		if (usable == end)
			continue;
		end = route->n_hosts; /* this machine is in the stage: no other follows */
		for (; usable < end; usable++)
			d->cut[d->n_cut++] =
				(struct cut){usable, is_self_now(&route->hosts[usable], &own)};
	}
	own_unlock(route->own);
}

/* LIM-1: the endpoints of a plan, with places for the stage that follows. */
static void
limits(const struct draw *d, size_t *ret_first, size_t *ret_following)
{
	size_t following = d->n - d->first_stage;
	size_t reserved =
		following < LIMIT_ENDPOINTS_FOLLOWING ? following : LIMIT_ENDPOINTS_FOLLOWING;
	size_t first = d->first_stage;

	if (first > LIMIT_ENDPOINTS - reserved)
		first = LIMIT_ENDPOINTS - reserved;
	if (following > LIMIT_ENDPOINTS - first)
		following = LIMIT_ENDPOINTS - first;
	*ret_first = first;
	*ret_following = following;
}

static void
add_drop(struct nmx_plan *plan, const struct nmx_host *host, enum nmx_drop_code code,
	 const char *address, const uint8_t *line)
{
	plan->drops[plan->n_drops++] =
		(struct nmx_drop){host->stage, code, host->port, host->name, address, line};
}

static void
add_pick(struct nmx_plan *plan, const struct draw *d, const struct pick *pick, bool kept,
	 char text[static ADDRESS_TEXT_SIZE])
{
	const struct nmx_host *host = &d->route->hosts[pick->host];
	const struct route_address *address = &host->addresses[pick->address];

	if (kept)
		plan->endpoints[plan->n++] =
			(struct nmx_endpoint){.host = host, .address = address};
	else
		add_drop(plan, host, NMX_DROP_LIMIT, route_address_text(address, text), limit_line);
}

/* The route was deliverable, and SELF-1 has taken everything. */
static void
decide_empty(struct nmx_plan *plan)
{
	plan->outcome = NMX_REJECT;
	plan->status = "5.4.6";
	plan->reason = "this machine has become the best host of the domain (SELF-1)";
	for (size_t i = 0; i < plan->route->n_drops; i++) {
		if (status_cause_of(plan->route->drops[i].code) < CAUSE_LOCAL)
			continue;
		plan->outcome = NMX_DEFER;
		plan->status = "4.4.4";
	}
}

/* One block: the plan, its endpoints, its drops, and the drops' addresses in text. */
static struct nmx_plan *
make_plan(const struct draw *d)
{
	size_t first, following, n_limited, n;
	char(*texts)[ADDRESS_TEXT_SIZE];
	struct nmx_plan *plan;

	limits(d, &first, &following);
	n = first + following;
	n_limited = d->n - n;
	plan = calloc(1, sizeof(*plan) + n * sizeof(struct nmx_endpoint) +
				 (n_limited + d->n_cut) * sizeof(struct nmx_drop) +
				 n_limited * sizeof(*texts));
	if (!plan)
		return NULL;
	plan->drops = (struct nmx_drop *)(plan + 1);
	plan->endpoints = (struct nmx_endpoint *)(plan->drops + n_limited + d->n_cut);
	texts = (char(*)[ADDRESS_TEXT_SIZE])(plan->endpoints + n);
	for (size_t i = 0; i < d->n; i++)
		add_pick(plan, d, &d->picks[i],
			 i < d->first_stage ? i < first : i - d->first_stage < following,
			 texts[plan->n_drops]);
	for (size_t i = 0; i < d->n_cut; i++)
		add_drop(plan, &d->route->hosts[d->cut[i].host],
			 d->cut[i].is_self ? NMX_DROP_SELF : NMX_DROP_BEYOND_SELF, "",
			 d->cut[i].is_self ? self_line : beyond_line);
	return plan;
}

/* ---- RULES BAK-1 ---------------------------------------------------------------------------- */

static unsigned
seconds_left(const struct nmx_endpoint *e, struct backoff *backoff, int64_t now)
{
	struct address address = route_address_of(e->address);

	return backoff_left(backoff, &address, e->host->port, now);
}

/* The endpoints [start, end) of one tier: those that failed lately last, both in the order drawn. */
static void
put_back_in_tier(struct nmx_plan *plan, size_t start, size_t end, struct backoff *backoff,
		 int64_t now)
{
	struct nmx_endpoint bad[LIMIT_ENDPOINTS];
	size_t n_bad = 0, at = start;

	for (size_t i = start; i < end; i++) {
		unsigned left = seconds_left(&plan->endpoints[i], backoff, now);

		if (left == 0) {
			plan->endpoints[at++] = plan->endpoints[i];
			continue;
		}
		bad[n_bad++] = plan->endpoints[i];
		struct address address = route_address_of(plan->endpoints[i].address);
		notes_why(&plan->notes, WHY_PUT_BACK, &address,
			  (unsigned)plan->endpoints[i].host->port, left);
	}
	if (n_bad)
		memcpy(&plan->endpoints[at], bad, n_bad * sizeof(*bad));
	plan->n_put_back += n_bad;
}

static void
put_back(struct nmx_plan *plan, struct backoff *backoff, int64_t now)
{
	for (size_t start = 0, end; start < plan->n; start = end) {
		const struct nmx_host *host = plan->endpoints[start].host;

		for (end = start; end < plan->n; end++)
			if (plan->endpoints[end].host->stage != host->stage ||
			    plan->endpoints[end].host->priority != host->priority)
				break;
		put_back_in_tier(plan, start, end, backoff, now);
	}
}

int
nmx_plan_new(struct nmx_route *route, uint64_t seed, struct nmx_plan **ret_plan)
{
	return plan_new_putting_back(route, seed, NULL, 0, ret_plan);
}

int
plan_new_putting_back(struct nmx_route *route, uint64_t seed, struct backoff *backoff, int64_t now,
		      struct nmx_plan **ret_plan)
{
	struct draw d;
	struct nmx_plan *plan;

	if (!route || !ret_plan || seed > NMX_SEED_MAX)
		return NMX_E_INVALID;
	d.route = route;
	d.rng = rng_from_seed(seed);
	d.n = d.first_stage = d.n_cut = 0;
	if (route->n_hosts)
		draw_stages(&d);
	plan = make_plan(&d);
	if (!plan)
		return NMX_E_NOMEM;
	plan->route = nmx_route_ref(route);
	plan->seed = seed;
	plan->outcome = route->outcome;
	plan->status = route->status;
	plan->reason = route->reason;
	if (route->outcome == NMX_DELIVERABLE && plan->n == 0)
		decide_empty(plan);
	arena_init(&plan->arena);
	plan->notes = notes_in(&plan->arena);
	if (backoff && backoff->n)
		put_back(plan, backoff, now);
	if (plan->arena.failed) {
		nmx_plan_free(plan);
		return NMX_E_NOMEM;
	}
	*ret_plan = plan;
	return 0;
}

void
nmx_plan_free(struct nmx_plan *plan)
{
	if (!plan)
		return;
	nmx_route_unref(plan->route);
	arena_done(&plan->arena);
	free(plan);
}

int
nmx_random_seed(uint64_t *ret_seed)
{
	uint64_t seed;

	if (!ret_seed)
		return NMX_E_INVALID;
	if (!random_bytes(&seed, sizeof(seed)))
		return NMX_E_SYSTEM;
	*ret_seed = seed & NMX_SEED_MAX;
	return 0;
}

#define PLAN_GETTER(type, name, field)                    \
	type nmx_plan_##name(const struct nmx_plan *plan) \
	{                                                 \
		return plan->field;                       \
	}

PLAN_GETTER(uint64_t, seed, seed)
PLAN_GETTER(size_t, count, n)
PLAN_GETTER(size_t, dropped_count, n_drops)
PLAN_GETTER(enum nmx_outcome, outcome, outcome)
PLAN_GETTER(const char *, status, status)
PLAN_GETTER(const char *, reason, reason)

const struct nmx_endpoint *
nmx_plan_endpoint(const struct nmx_plan *plan, size_t i)
{
	return i < plan->n ? &plan->endpoints[i] : NULL;
}

const struct nmx_drop *
nmx_plan_dropped(const struct nmx_plan *plan, size_t i)
{
	return i < plan->n_drops ? &plan->drops[i] : NULL;
}

size_t
nmx_plan_why_count(const struct nmx_plan *plan)
{
	return plan->notes.lines.n;
}

const char *
nmx_plan_why_phase(const struct nmx_plan *plan, size_t i)
{
	const uint8_t *line = why_line(plan->notes.lines.bytes, plan->notes.lines.n, i);

	return line ? why_phase(why_code_at(line)) : NULL;
}

const char *
nmx_plan_why_rule(const struct nmx_plan *plan, size_t i)
{
	const uint8_t *line = why_line(plan->notes.lines.bytes, plan->notes.lines.n, i);

	return line ? why_rule(why_code_at(line)) : NULL;
}

int
nmx_plan_why(const struct nmx_plan *plan, size_t i, char *ret_text, size_t size)
{
	const uint8_t *line = why_line(plan->notes.lines.bytes, plan->notes.lines.n, i);
	struct text text = text_into(ret_text, size);

	if (!line)
		return NMX_E_INVALID;
	why_print(&text, line);
	return (int)text.length;
}

const struct nmx_host *
nmx_endpoint_host(const struct nmx_endpoint *endpoint)
{
	return endpoint->host;
}

/* The plan owns its endpoints and is used by one thread: writing the text late is invisible. */
const char *
nmx_endpoint_address(const struct nmx_endpoint *endpoint)
{
	struct nmx_endpoint *own = (struct nmx_endpoint *)(uintptr_t)endpoint;

	if (own->text[0] == '\0')
		route_address_text(own->address, own->text);
	return own->text;
}

const struct sockaddr *
nmx_endpoint_sockaddr(const struct nmx_endpoint *endpoint, socklen_t *ret_length)
{
	return nmx_host_address(endpoint->host,
				(size_t)(endpoint->address - endpoint->host->addresses),
				ret_length);
}

enum nmx_security
nmx_endpoint_security(const struct nmx_endpoint *endpoint)
{
	return endpoint->address->security;
}

enum nmx_tls
nmx_endpoint_tls(const struct nmx_endpoint *endpoint)
{
	return endpoint->host->tls;
}

const char *
nmx_endpoint_sni(const struct nmx_endpoint *endpoint)
{
	return endpoint->host->sni;
}

int
nmx_endpoint_implicit_tls(const struct nmx_endpoint *endpoint)
{
	return endpoint->host->port == PORT_SUBMISSIONS;
}
