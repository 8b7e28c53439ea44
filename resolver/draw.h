/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of a route's endpoints, drawn from a seed (RULES SRV-3, MX-2, ADR-2); a plan is made of it. */
#ifndef NMX_RESOLVER_DRAW_H
#define NMX_RESOLVER_DRAW_H

#include "base/limits.h"
#include "resolver/route.h"

enum {
	MOST_STAGES = 2,
	MOST_HOSTS = MOST_STAGES * LIMIT_HOSTS,
	MOST_ENDPOINTS = MOST_HOSTS * LIMIT_ADDRESSES
};

/* Where an endpoint stands in the route. */
struct pick {
	uint8_t host, address;
};

struct draw {
	const struct nmx_route *route;
	uint64_t seed;
	struct rng rng;
	size_t n;	    /* picks; see draw_hosts() */
	size_t first_stage; /* of these, those of the first stage */
	struct pick picks[MOST_ENDPOINTS];
};

void draw_init(struct draw *draw, const struct nmx_route *route, uint64_t seed);
/* Draws the first n_hosts of the route, whole tiers. Without all, the picks of the last stage beyond
 * LIMIT_ENDPOINTS are counted but not made. */
void draw_hosts(struct draw *draw, size_t n_hosts, bool all);
/* LIM-1: how many picks of the first stage, and of the one that follows, are used. */
void draw_limits(const struct draw *draw, size_t *ret_first, size_t *ret_following);

#endif
