/* SPDX-License-Identifier: BSD-2-Clause */
/* One drawn order of a route's endpoints (RULES SRV-3, MX-2, ADR-2, LIM-1, SELF-1). */
#ifndef NMX_RESOLVER_PLAN_H
#define NMX_RESOLVER_PLAN_H

#include "resolver/backoff.h"
#include "resolver/route.h"

struct nmx_endpoint {
	const struct nmx_host *host;
	const struct route_address *address;
	char text[ADDRESS_TEXT_SIZE]; /* made when first asked for */
};

/* What a plan leaves out: endpoints beyond LIM-1, then hosts for SELF-1, which are the last of the route. */
struct left_out {
	size_t n_limited;
	uint64_t self;		/* a bit for each host that is this machine, not only behind it */
	struct nmx_drop *drops; /* all of them, made when first asked for: */
	bool made;
	char (*texts)[ADDRESS_TEXT_SIZE]; /* of the endpoints */
};

struct nmx_plan {
	struct nmx_route *route;
	uint64_t seed;
	enum nmx_outcome outcome;
	const char *status, *reason;
	struct nmx_endpoint *endpoints;
	size_t n;
	size_t n_drops;
	struct left_out left_out;
	size_t n_put_back;   /* endpoints that stand behind their tier (RULES BAK-1) */
	struct arena arena;  /* of the notes */
	struct notes *notes; /* NULL unless something was put back */
};

/* What a plan has to say beside its route; empty if nothing. */
const struct why *plan_why(const struct nmx_plan *plan);

/* Makes now what is made when first asked for, so that threads may share the plan. */
void plan_make_texts(struct nmx_plan *plan);
/* As nmx_plan_new(); endpoints that failed lately stand behind the others of their tier. backoff may be
 * NULL. */
int plan_new_putting_back(struct nmx_route *route, uint64_t seed, struct backoff *backoff,
			  int64_t now, struct nmx_plan **ret_plan);

#endif
