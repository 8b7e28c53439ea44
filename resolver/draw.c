/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/draw.h"

#include "policy/order.h"

void
draw_init(struct draw *d, const struct nmx_route *route, uint64_t seed)
{
	d->route = route;
	d->seed = seed;
	d->rng = rng_from_seed(seed);
	d->n = d->first_stage = 0;
}

static void
add_pick(struct draw *d, size_t host, size_t address)
{
	d->picks[d->n++] = (struct pick){(uint8_t)host, (uint8_t)address};
}

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
			add_pick(d, host_index, order[at[six]++]);
		six = !six;
	}
}

/* Whether draw_addresses() draws anything; also, of a host without addresses, so that nobody takes it for one
 * endpoint. */
static bool
has_choice(const struct draw *d, const struct nmx_host *host)
{
	const struct route_address *a = host->addresses;

	return d->route->prefer == PREFER_ANY || host->n_addresses == 0 || host->n_addresses > 2 ||
	       (host->n_addresses == 2 && a[0].socket.any.sa_family == a[1].socket.any.sa_family);
}

/* Of n hosts of a tier, the places that have to be drawn if only the first room endpoints are wanted and
 * nothing is drawn after this tier. Addresses are drawn after all places. */
static size_t
places_to_draw(const struct draw *d, size_t start, size_t n, size_t room)
{
	for (size_t i = 0; i < n && room < n; i++)
		if (has_choice(d, &d->route->hosts[start + i]))
			return n;
	return room < n ? room : n;
}

/* The hosts [start, end) of one tier, of whose endpoints room are wanted. */
static void
draw_tier(struct draw *d, size_t start, size_t end, size_t room)
{
	uint32_t weights[LIMIT_HOSTS];
	uint16_t order[LIMIT_HOSTS];
	size_t n = 0, most = room < SIZE_MAX ? d->n + room : room;

	do /* a tier has a host */
		weights[n] = d->route->hosts[start + n].weight;
	while (start + ++n < end);
	order_draw(weights, n, places_to_draw(d, start, n, room), &d->rng, order);
	for (size_t i = 0; i < n; i++) {
		const struct nmx_host *host = &d->route->hosts[start + order[i]];

		if (d->n >= most)
			d->n += host->n_addresses;
		else if (host->n_addresses == 1 && d->route->prefer != PREFER_ANY)
			add_pick(d, start + order[i], 0);
		else
			draw_addresses(d, start + order[i]);
	}
}

static void
count_tier(struct draw *d, size_t start, size_t end)
{
	for (size_t i = start; i < end; i++)
		d->n += d->route->hosts[i].n_addresses;
}

/*
 * A seed has to give the same plan for ever, so the same numbers have to be drawn in the same order, used
 * or not. Only the end can be left undrawn: in the last stage, what is beyond LIM-1.
 */
void
draw_hosts(struct draw *d, size_t n_hosts, bool all)
{
	const struct nmx_host *hosts = d->route->hosts;

	for (size_t start = 0, end; start < n_hosts; start = end) {
		size_t drawn = d->n - (hosts[start].stage == hosts[0].stage ? 0 : d->first_stage);
		size_t room = drawn < LIMIT_ENDPOINTS ? LIMIT_ENDPOINTS - drawn : 0;
		bool is_last = hosts[start].stage == hosts[n_hosts - 1].stage;

		end = start + hosts[start].n_tier;
		if (!is_last || all)
			draw_tier(d, start, end, SIZE_MAX);
		else if (room)
			draw_tier(d, start, end, room);
		else
			count_tier(d, start, end);
		if (hosts[start].stage == hosts[0].stage)
			d->first_stage = d->n;
	}
}

void
draw_limits(const struct draw *d, size_t *ret_first, size_t *ret_following)
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
