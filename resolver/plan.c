/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "policy/ports.h"
#include "resolver/draw.h"

_Static_assert(MOST_HOSTS <= 64, "a bit for each host");

static const uint8_t limit_line[] = {0, 3, WHY_DROP_ENDPOINT_LIMIT};
static const uint8_t self_line[] = {0, 3, WHY_DROP_SELF_NOW};
static const uint8_t beyond_line[] = {0, 3, WHY_DROP_BEYOND_SELF};

/* ---- RULES SELF-1 --------------------------------------------------------------------------- */

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

/* The first host that may not be used: of the tier of the first that is this machine, sorted by priority.
 * No other stage follows one that this machine is in. */
static size_t
first_cut(const struct nmx_route *route, uint64_t self)
{
	for (size_t i = 0; i < route->n_hosts; i++)
		if (self >> i & 1)
			return i - route->hosts[i].tier_at;
	return route->n_hosts;
}

/*
 * How many of the route's hosts may still be used, and a bit for each host that is this machine. Nearly
 * always it is none, and the route remembers by which addresses that was judged.
 */
static size_t
usable_hosts(struct nmx_route *route, uint64_t *ret_self)
{
	unsigned version = own_version(route->own);
	struct own_addresses own;
	uint64_t self = 0;

	*ret_self = 0;
	if (atomic_load_explicit(&route->no_self, memory_order_relaxed) == version)
		return route->n_hosts;
	own = own_lock(route->own);
	for (size_t i = 0; i < route->n_hosts; i++)
		self |= (uint64_t)is_self_now(&route->hosts[i], &own) << i;
	own_unlock(route->own);
	if (!self)
		atomic_store_explicit(&route->no_self, version, memory_order_relaxed);
	*ret_self = self;
	return first_cut(route, self);
}

/* ---- The plan ------------------------------------------------------------------------------- */

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

static void
add_endpoints(struct nmx_plan *plan, const struct pick *picks, size_t n)
{
	const struct nmx_host *hosts = plan->route->hosts;

	for (size_t i = 0; i < n; i++) {
		struct nmx_endpoint *endpoint = &plan->endpoints[plan->n + i];

		endpoint->host = &hosts[picks[i].host];
		endpoint->address = &endpoint->host->addresses[picks[i].address];
		endpoint->text[0] = '\0';
	}
	plan->n += n;
}

/* Behind the plan in its block: endpoints, drops, and the drops' texts. Written are only those that are used
 * now. */
static void
lay_out(struct nmx_plan *plan, size_t n)
{
	plan->endpoints = (struct nmx_endpoint *)(plan + 1);
	plan->left_out.drops = (struct nmx_drop *)(plan->endpoints + n);
	plan->left_out.texts = (char(*)[ADDRESS_TEXT_SIZE])(plan->left_out.drops + plan->n_drops);
}

static struct nmx_plan *
make_plan(struct nmx_route *route, const struct draw *d, size_t n_cut, uint64_t self)
{
	size_t first, following, n_limited, n;
	struct nmx_plan *plan;

	draw_limits(d, &first, &following);
	n = first + following;
	n_limited = d->n - n;
	plan = malloc(sizeof(*plan) + n * sizeof(struct nmx_endpoint) +
		      (n_limited + n_cut) * sizeof(struct nmx_drop) +
		      n_limited * ADDRESS_TEXT_SIZE);
	if (!plan)
		return NULL;
	/* Every member, for a compiler clears the whole before it sets a part. */
	*plan = (struct nmx_plan){.route = nmx_route_ref(route),
				  .seed = d->seed,
				  .outcome = route->outcome,
				  .status = route->status,
				  .reason = route->reason,
				  .endpoints = NULL,
				  .n = 0,
				  .n_drops = n_limited + n_cut,
				  .left_out = {n_limited, self, NULL, false, NULL},
				  .n_put_back = 0,
				  .arena = {.block = NULL, .spares = NULL, .failed = false},
				  .notes = NULL};
	lay_out(plan, n);
	add_endpoints(plan, d->picks, first);
	add_endpoints(plan, d->picks + d->first_stage, following);
	return plan;
}

static struct nmx_drop
drop_of(const struct nmx_host *host, enum nmx_drop_code code, const char *address,
	const uint8_t *line)
{
	return (struct nmx_drop){host->stage, code, host->port, host->name, address, line};
}

static void
make_limited(struct left_out *left_out, const struct draw *d)
{
	size_t first, following, n = 0;

	draw_limits(d, &first, &following);
	for (size_t i = 0; i < d->n; i++) {
		const struct nmx_host *host = &d->route->hosts[d->picks[i].host];
		const struct route_address *address = &host->addresses[d->picks[i].address];

		if (i < d->first_stage ? i < first : i - d->first_stage < following)
			continue;
		left_out->drops[n] =
			drop_of(host, NMX_DROP_LIMIT,
				route_address_text(address, left_out->texts[n]), limit_line);
		n++;
	}
}

/* Draws once more, now to the end. */
static void
make_drops(struct nmx_plan *plan)
{
	struct left_out *left_out = &plan->left_out;
	const struct nmx_host *hosts = plan->route->hosts;
	size_t n_cut = plan->n_drops - left_out->n_limited, host = plan->route->n_hosts - n_cut;
	struct draw d;

	if (left_out->n_limited) {
		draw_init(&d, plan->route, plan->seed);
		draw_hosts(&d, host, true);
		make_limited(left_out, &d);
	}
	for (size_t i = left_out->n_limited; i < plan->n_drops; i++, host++)
		left_out->drops[i] =
			left_out->self >> host & 1
				? drop_of(&hosts[host], NMX_DROP_SELF, "", self_line)
				: drop_of(&hosts[host], NMX_DROP_BEYOND_SELF, "", beyond_line);
	left_out->made = true;
}

void
plan_make_texts(struct nmx_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		nmx_endpoint_address(&plan->endpoints[i]);
	nmx_plan_dropped(plan, 0);
}

/* ---- RULES BAK-1 ---------------------------------------------------------------------------- */

static unsigned
seconds_left(const struct nmx_endpoint *e, struct backoff *backoff, int64_t now)
{
	struct address address = route_address_of(e->address);

	return backoff_left(backoff, &address, e->host->port, now);
}

static void
note_put_back(struct nmx_plan *plan, const struct nmx_endpoint *e, unsigned left)
{
	struct address address = route_address_of(e->address);

	if (!plan->notes) {
		plan->notes = arena_alloc(&plan->arena, sizeof(*plan->notes));
		if (!plan->notes)
			return;
		*plan->notes = notes_in(&plan->arena);
	}
	notes_why(plan->notes, WHY_PUT_BACK, &address, (unsigned)e->host->port, left);
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
		note_put_back(plan, &plan->endpoints[i], left);
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
	size_t n_usable = 0;
	uint64_t self = 0;

	if (!route || !ret_plan || seed > NMX_SEED_MAX)
		return NMX_E_INVALID;
	draw_init(&d, route, seed);
	if (route->n_hosts) {
		n_usable = usable_hosts(route, &self);
		draw_hosts(&d, n_usable, false);
	}
	plan = make_plan(route, &d, route->n_hosts - n_usable, self);
	if (!plan)
		return NMX_E_NOMEM;
	if (route->outcome == NMX_DELIVERABLE && plan->n == 0)
		decide_empty(plan);
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

/* Late as an endpoint's text is, see nmx_endpoint_address(). */
const struct nmx_drop *
nmx_plan_dropped(const struct nmx_plan *plan, size_t i)
{
	if (i >= plan->n_drops)
		return NULL;
	if (!plan->left_out.made)
		make_drops((struct nmx_plan *)(uintptr_t)plan);
	return &plan->left_out.drops[i];
}

const struct why *
plan_why(const struct nmx_plan *plan)
{
	static const struct why nothing;

	return plan->notes ? &plan->notes->lines : &nothing;
}

static const uint8_t *
line_at(const struct nmx_plan *plan, size_t i)
{
	return why_line(plan_why(plan)->bytes, plan_why(plan)->n, i);
}

size_t
nmx_plan_why_count(const struct nmx_plan *plan)
{
	return plan_why(plan)->n;
}

const char *
nmx_plan_why_phase(const struct nmx_plan *plan, size_t i)
{
	const uint8_t *line = line_at(plan, i);

	return line ? why_phase(why_code_at(line)) : NULL;
}

const char *
nmx_plan_why_rule(const struct nmx_plan *plan, size_t i)
{
	const uint8_t *line = line_at(plan, i);

	return line ? why_rule(why_code_at(line)) : NULL;
}

int
nmx_plan_why(const struct nmx_plan *plan, size_t i, char *ret_text, size_t size)
{
	const uint8_t *line = line_at(plan, i);
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
