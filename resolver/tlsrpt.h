/* SPDX-License-Identifier: BSD-2-Clause */
/* What deliveries count for TLS reports (RFC 8460). Nothing if MTA-STS is off. */
#ifndef NMX_RESOLVER_TLSRPT_H
#define NMX_RESOLVER_TLSRPT_H

#include "policy/delivery.h"
#include "resolver/route.h"

/* An attempt that has ended. */
void tlsrpt_count_attempt(struct nmx_context *ctx, const struct nmx_route *route,
			  const struct tried *tried);
/* What kept the route from a policy or a host: once for each delivery. */
void tlsrpt_count_route(struct nmx_context *ctx, const struct nmx_route *route);

/* Days since 1970 of "2026-11-22"; negative if it is no day. */
int64_t tlsrpt_day(const char *text);

#endif
