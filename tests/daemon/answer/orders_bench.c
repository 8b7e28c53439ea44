/* SPDX-License-Identifier: BSD-2-Clause */
#include "orders_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const uint8_t secret[16] = "sixteen octets!";
const int64_t today = INT64_C(20000) * DAY;

struct nmx_route *
route_of(struct bench *bench, const struct tier *tier)
{
	char hosts[4096];
	size_t at = (size_t)sprintf(hosts, "%s insecure ", tier->source);

	for (size_t i = 0; i < tier->n; i++)
		at += (size_t)sprintf(hosts + at, "10/%u h%02zu.example:25 233.252.0.%zu; ",
				      tier->weights[i], i, i + 1);
	sprintf(hosts + at,
		"20/0 worse.example:25 233.252.0.100; 20/0 worst.example:25 233.252.0.101");
	return routes_new(bench, hosts, PREFER_6, "");
}

void
set_domain(struct nmx_route *route, unsigned number)
{
	static char name[32];

	snprintf(name, sizeof(name), "d%u.example", number);
	route->ascii = name;
}

struct nmx_plan *
plan_at(struct nmx_route *route, int64_t now, unsigned slot)
{
	struct nmx_plan *plan = NULL;

	if (orders_plan(secret, sizeof(secret), route, now, slot, &plan) != 0)
		abort();
	return plan;
}

uint64_t
seed_at(struct nmx_route *route, int64_t now, unsigned slot)
{
	struct nmx_plan *plan = plan_at(route, now, slot);
	uint64_t seed = nmx_plan_seed(plan);

	nmx_plan_free(plan);
	return seed;
}

size_t
index_of(const struct nmx_route *route, const struct nmx_host *host)
{
	size_t i = 0;

	while (nmx_route_host(route, i) != host)
		i++;
	return i;
}

size_t
first_at(struct nmx_route *route, int64_t now)
{
	struct nmx_plan *plan = plan_at(route, now, SLOT);
	size_t first = index_of(route, routes_host_at(plan, 0));

	nmx_plan_free(plan);
	return first;
}

void
count_first(struct nmx_route *route, int64_t from, size_t ret_counts[MOST_HOSTS])
{
	memset(ret_counts, 0, MOST_HOSTS * sizeof(*ret_counts));
	for (int slot = 0; slot < ORDERS_A_DAY; slot++)
		ret_counts[first_at(route, from + slot * SLOT)]++;
}
