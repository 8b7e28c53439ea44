/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes of one tier, and what is answered of them when. */
#ifndef NMX_TESTS_ORDERS_BENCH_H
#define NMX_TESTS_ORDERS_BENCH_H

#include "daemon/orders.h"
#include "routes.h"

enum { DAY = 86400, SLOT = 10, SLOTS = DAY / SLOT, MOST_HOSTS = 32 };

extern const uint8_t secret[16];
extern const int64_t today;

struct tier {
	const char *source;
	size_t n;
	uint32_t weights[MOST_HOSTS];
};

/* h00.example ... of one tier, and two more hosts in a worse one. */
struct nmx_route *route_of(struct bench *bench, const struct tier *tier);
/* The route's domain is d<number>.example from now on; one route at a time. */
void set_domain(struct nmx_route *route, unsigned number);

/* Abort instead of failing. */
struct nmx_plan *plan_at(struct nmx_route *route, int64_t now, unsigned slot);
uint64_t seed_at(struct nmx_route *route, int64_t now, unsigned slot);

/* The host's index in the route; and that of the first one at this time, with slots of 10 s. */
size_t index_of(const struct nmx_route *route, const struct nmx_host *host);
size_t first_at(struct nmx_route *route, int64_t now);
/* The 64 slots from then on: how often each host is the first. */
void count_first(struct nmx_route *route, int64_t from, size_t ret_counts[MOST_HOSTS]);

#endif
