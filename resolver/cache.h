/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Routes kept for their TTL, bounded in bytes (RULES TTL-1). When there is no room, the oldest goes that was
 * not used since it was put in or last spared: to move what is used would touch its neighbours as well, and
 * what lies anywhere in memory is most of what a route from the cache costs.
 */
#ifndef NMX_RESOLVER_CACHE_H
#define NMX_RESOLVER_CACHE_H

#include "base/list.h"
#include "resolver/route.h"
#include "resolver/table.h"

struct cache {
	struct table table;
	struct list all; /* newest, or last spared, first */
	size_t bytes, most_bytes, n;
};

bool cache_init(struct cache *cache, size_t most_bytes);
void cache_done(struct cache *cache);
void cache_clear(struct cache *cache);

/* Lent until the next call; NULL if there is none that still lives. Domain and kind are the key; the
 * hash is of the domain. */
struct nmx_route *cache_find(struct cache *cache, const char *domain, enum route_kind kind,
			     uint64_t hash, int64_t now);
/* Keeps a reference, in place of an older route of the key. TTL 0 is not kept. */
void cache_put(struct cache *cache, struct nmx_route *route, uint64_t hash, int64_t now);

#endif
