/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Routes without a lookup. Their addresses are multicast (RFC 6676), which no machine can have on an
 * interface: else SELF-1, which looks at the interfaces, would see this machine in them.
 */
#ifndef NMX_TESTS_ROUTES_H
#define NMX_TESTS_ROUTES_H

#include "bench.h"
#include "resolver/route.h"

/*
 * A deliverable route of "srv secure 10/60 a.example:25 233.252.0.1 ff0e::1; 10/40 b.example:2525
 * 233.252.0.2 | mx insecure 5/0 c.example:25 233.252.0.3": at most two stages, hosts in tier order. The
 * bench's notes become its why lines and drops. "dane" or "encrypt" among the addresses gives the host
 * that requirement, two TLSA records of base.example (3 1 1 009aff; 0 255 2, unusable), and for dane the
 * names base.example and example.org. own: addresses of this machine beside its
 * interfaces', joined by blanks, on port 25.
 */
struct nmx_route *routes_new(struct bench *bench, const char *hosts, enum family_prefer prefer,
			     const char *own);

/* The endpoints of the plan with this seed, "a.example:25 233.252.0.1; ...", in the bench's arena. */
const char *routes_plan_text(struct bench *bench, struct nmx_route *route, uint64_t seed);

/* Aborts instead of failing. */
struct nmx_plan *routes_draw(struct nmx_route *route, uint64_t seed);
const struct nmx_host *routes_host_at(const struct nmx_plan *plan, size_t i);

#endif
