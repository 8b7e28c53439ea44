/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes kept for their TTL, bounded in bytes; the least recently used goes first (RULES TTL-1). */
#ifndef NMX_RESOLVER_CACHE_H
#define NMX_RESOLVER_CACHE_H

#include "base/list.h"
#include "resolver/route.h"
#include "resolver/table.h"

struct cache {
	struct table table;
	struct list used; /* most recently used first */
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
