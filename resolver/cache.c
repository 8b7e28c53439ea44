/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* With the key beside it: to read the route's own, which lies anywhere in its block, costs as much again as
 * all the rest of finding it. */
struct cached {
	struct table_entry entry; /* first */
	struct list_node node;
	struct nmx_route *route;
	int64_t expires; /* boot clock, nanoseconds */
	size_t size;	 /* of this and the route */
	enum route_kind kind;
	bool used; /* since it was put in or spared */
	char domain[];
};

bool
cache_init(struct cache *cache, size_t most_bytes)
{
	*cache = (struct cache){.most_bytes = most_bytes};
	return table_init(&cache->table);
}

static struct cached *
oldest(const struct cache *cache)
{
	return LIST_THING(cache->all.last, struct cached, node);
}

static void
drop(struct cache *cache, struct cached *cached)
{
	list_remove(&cache->all, &cached->node);
	table_remove(&cache->table, &cached->entry);
	cache->bytes -= cached->size;
	cache->n--;
	nmx_route_unref(cached->route);
	free(cached);
}

void
cache_clear(struct cache *cache)
{
	while (cache->all.last)
		drop(cache, oldest(cache));
}

void
cache_done(struct cache *cache)
{
	cache_clear(cache);
	table_done(&cache->table);
}

static bool
is_of(const struct cached *cached, const char *domain, enum route_kind kind)
{
	return cached->kind == kind && strcmp(cached->domain, domain) == 0;
}

static struct cached *
find(const struct cache *cache, const char *domain, enum route_kind kind, uint64_t hash)
{
	struct table_entry *entry = table_first(&cache->table, hash);

	while (entry && !is_of((struct cached *)entry, domain, kind))
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
	cached->used = true;
	return cached->route;
}

/* The size is no more than everything. */
static void
make_room(struct cache *cache, size_t size)
{
	while (cache->bytes + size > cache->most_bytes) {
		struct cached *cached = oldest(cache);

		if (!cached->used) {
			drop(cache, cached);
			continue;
		}
		cached->used = false;
		list_remove(&cache->all, &cached->node);
		list_add_first(&cache->all, &cached->node);
	}
}

void
cache_put(struct cache *cache, struct nmx_route *route, uint64_t hash, int64_t now)
{
	struct cached *cached = find(cache, route->domain, route->kind, hash);

	size_t length = strlen(route->domain) + 1;
	size_t size = sizeof(*cached) + length + route->size;

	if (cached)
		drop(cache, cached);
	if (route->ttl == 0 || size > cache->most_bytes)
		return;
	cached = calloc(1, sizeof(*cached) + length);
	if (!cached)
		return;
	cached->route = nmx_route_ref(route);
	cached->expires = now + route->ttl * NS_PER_S;
	cached->size = size;
	cached->kind = route->kind;
	memcpy(cached->domain, route->domain, length);
	make_room(cache, size);
	table_add(&cache->table, &cached->entry, hash);
	list_add_first(&cache->all, &cached->node);
	cache->bytes += size;
	cache->n++;
}
