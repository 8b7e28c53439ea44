/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct cached {
	struct table_entry entry; /* first */
	struct list_node used;
	struct nmx_route *route;
	int64_t expires; /* boot clock, nanoseconds */
};

bool
cache_init(struct cache *cache, size_t most_bytes)
{
	*cache = (struct cache){.most_bytes = most_bytes};
	return table_init(&cache->table);
}

static size_t
size_of(const struct cached *cached)
{
	return sizeof(*cached) + cached->route->size;
}

static struct cached *
oldest(const struct cache *cache)
{
	return LIST_THING(cache->used.last, struct cached, used);
}

static void
drop(struct cache *cache, struct cached *cached)
{
	list_remove(&cache->used, &cached->used);
	table_remove(&cache->table, &cached->entry);
	cache->bytes -= size_of(cached);
	cache->n--;
	nmx_route_unref(cached->route);
	free(cached);
}

void
cache_clear(struct cache *cache)
{
	while (cache->used.last)
		drop(cache, oldest(cache));
}

void
cache_done(struct cache *cache)
{
	cache_clear(cache);
	table_done(&cache->table);
}

static bool
is_of(const struct nmx_route *route, const char *domain, enum route_kind kind)
{
	return route->kind == kind && strcmp(route->domain, domain) == 0;
}

static struct cached *
find(const struct cache *cache, const char *domain, enum route_kind kind, uint64_t hash)
{
	struct table_entry *entry = table_first(&cache->table, hash);

	while (entry && !is_of(((struct cached *)entry)->route, domain, kind))
		entry = table_next(entry);
	return (struct cached *)entry;
}

struct nmx_route *
cache_find(struct cache *cache, const char *domain, enum route_kind kind, uint64_t hash,
	   int64_t now)
{
	struct cached *cached = find(cache, domain, kind, hash);

	if (!cached)
		return NULL;
	if (cached->expires <= now) {
		drop(cache, cached);
		return NULL;
	}
	list_remove(&cache->used, &cached->used);
	list_add_first(&cache->used, &cached->used);
	return cached->route;
}

void
cache_put(struct cache *cache, struct nmx_route *route, uint64_t hash, int64_t now)
{
	struct cached *cached = find(cache, route->domain, route->kind, hash);

	if (cached)
		drop(cache, cached);
	if (route->ttl == 0 || sizeof(*cached) + route->size > cache->most_bytes)
		return;
	cached = calloc(1, sizeof(*cached));
	if (!cached)
		return;
	cached->route = nmx_route_ref(route);
	cached->expires = now + route->ttl * NS_PER_S;
	table_add(&cache->table, &cached->entry, hash);
	list_add_first(&cache->used, &cached->used);
	cache->bytes += size_of(cached);
	cache->n++;
	while (cache->bytes > cache->most_bytes)
		drop(cache, oldest(cache));
}
