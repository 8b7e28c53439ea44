/* SPDX-License-Identifier: BSD-2-Clause */
/* One drawn order of a route's endpoints (RULES SRV-3, MX-2, ADR-2, LIM-1, SELF-1). */
#ifndef NMX_RESOLVER_PLAN_H
#define NMX_RESOLVER_PLAN_H

#include "resolver/route.h"

struct nmx_endpoint {
	const struct nmx_host *host;
	const struct route_address *address;
	char text[ADDRESS_TEXT_SIZE]; /* made when first asked for */
};

struct nmx_plan {
	struct nmx_route *route;
	uint64_t seed;
	enum nmx_outcome outcome;
	const char *status, *reason;
	struct nmx_endpoint *endpoints;
	size_t n;
	struct nmx_drop *drops;
	size_t n_drops;
};

#endif
