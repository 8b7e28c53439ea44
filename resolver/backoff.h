/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Endpoints that failed lately, by address and port (RULES BAK-1). Each further failure doubles the time
 * for which others of the tier come first; time without one halves it; a contact forgets all. Bounded:
 * what was used least lately goes first.
 */
#ifndef NMX_RESOLVER_BACKOFF_H
#define NMX_RESOLVER_BACKOFF_H

#include "base/address.h"
#include "base/list.h"
#include "resolver/table.h"

struct backoff {
	struct table table;
	struct list used; /* most recently used first */
	size_t n;
	uint64_t key; /* of the hash */
};

bool backoff_init(struct backoff *backoff, uint64_t key);
void backoff_done(struct backoff *backoff);

/* Times are of the boot clock, nanoseconds. Without memory nothing is remembered. */
/* An attempt that began before the last failure that is known says nothing new: all that fail together
 * count once. */
void backoff_failed(struct backoff *backoff, const struct address *address, uint16_t port,
		    int64_t began, int64_t now);
void backoff_contacted(struct backoff *backoff, const struct address *address, uint16_t port);
/* Seconds for which the endpoint comes after others; 0 if it does not. */
unsigned backoff_left(struct backoff *backoff, const struct address *address, uint16_t port,
		      int64_t now);

#endif
