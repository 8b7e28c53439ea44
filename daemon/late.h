/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Routes that were finished after somebody had been told "later". A slow domain with short TTLs would be
 * cold again at every retry of the MTA; so such a route may be used once more, within 15 minutes, whatever
 * its TTL. Once is one burst: from its first use on for as long as an order lasts, since an MTA
 * asks about the recipients of one message one by one.
 */
#ifndef NMX_DAEMON_LATE_H
#define NMX_DAEMON_LATE_H

#include <nextmx.h>

struct late;

/* The most routes that are kept, and for how many microseconds. */
enum { LATE_MOST = 2000 };
#define LATE_LIFE_US INT64_C(900000000)

/* burst_us: how long it may be used from its first use on. NULL without memory. */
struct late *late_new(int64_t burst_us);
void late_free(struct late *late);
/* Keeps a reference, in place of an older one; the oldest goes when there are too many. Without
 * memory nothing is kept. */
void late_put(struct late *late, const char *key, struct nmx_route *route, int64_t now_us);
/* Lent until the next call; NULL if there is none. Only late_use() is a use. */
struct nmx_route *late_find(struct late *late, const char *key, int64_t now_us);
struct nmx_route *late_use(struct late *late, const char *key, int64_t now_us);

#endif
