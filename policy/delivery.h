/* SPDX-License-Identifier: BSD-2-Clause */
/* What attempts mean: whether to go on after one (RULES SRV-16), and what all of them come to (OUT-3). */
#ifndef NMX_POLICY_DELIVERY_H
#define NMX_POLICY_DELIVERY_H

#include "base/address.h"
#include "base/limits.h"

#include <nextmx.h>

enum { ENHANCED_SIZE = 12 }; /* "5.123.123" */

/* What came of one attempt. */
struct tried {
	const struct nmx_endpoint *endpoint;
	const char *host; /* lent by the route */
	const char *address;
	uint16_t port;
	enum nmx_result result;
	enum nmx_cause cause;
	bool has_tls; /* the caller said what came of TLS: */
	enum nmx_tlsrpt_result tls;
	unsigned code;
	unsigned ms;
	char enhanced[ENHANCED_SIZE]; /* "" if the server gave none */
	char text[LIMIT_REPLY_TEXT];  /* printable ASCII */
};

/* What follows from where an attempt failed. */
enum nmx_result delivery_result_of(enum nmx_cause cause, uint16_t port);

/* Whether the server could be talked to, whatever it said; and whether it could not (RULES BAK-1). A caller
 * that gives no cause has said neither. */
bool delivery_was_contacted(const struct tried *tried);
bool delivery_was_not_contacted(const struct tried *tried);

enum delivery_end {
	END_RESULT,    /* the last attempt stopped it, or succeeded */
	END_EXHAUSTED, /* no endpoint is left */
	END_LIMITED,   /* there are more, but enough were tried */
	END_DEADLINE,
};

struct delivery_verdict {
	enum nmx_outcome outcome;
	char status[ENHANCED_SIZE];
	char reason[LIMIT_REPLY_TEXT + 512];
};

/* softened: the route left something out for a temporary or local cause. n is not 0, unless the
 * deadline came before the first attempt. */
void delivery_decide(const struct tried *tried, size_t n, enum delivery_end end, bool softened,
		     struct delivery_verdict *ret_verdict);

#endif
