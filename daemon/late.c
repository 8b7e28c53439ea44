/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/late.h"

#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* In the tree by key, and in the queue by age. */
struct kept {
	const char *key; /* first: what the tree compares */
	TAILQ_ENTRY(kept) link;
	struct nmx_route *route; /* a reference */
	int64_t until_us;
	bool is_used;
	char text[];
};

TAILQ_HEAD(kept_queue, kept);

struct late {
	void *tree;
	struct kept_queue oldest_first;
	size_t n;
	int64_t burst_us;
};

static int
by_key(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct late *
late_new(int64_t burst_us)
{
	struct late *late = calloc(1, sizeof(*late));

	if (!late)
		return NULL;
	late->burst_us = burst_us;
	TAILQ_INIT(&late->oldest_first);
	return late;
}

static void
forget(struct late *late, struct kept *kept)
{
	tdelete(kept, &late->tree, by_key);
	TAILQ_REMOVE(&late->oldest_first, kept, link);
	late->n--;
	nmx_route_unref(kept->route);
	free(kept);
}

void
late_free(struct late *late)
{
	if (!late)
		return;
	while (!TAILQ_EMPTY(&late->oldest_first))
		forget(late, TAILQ_FIRST(&late->oldest_first));
	free(late);
}

static struct kept *
find(struct late *late, const char *key)
{
	struct kept **at = tfind(&key, &late->tree, by_key);

	return at ? *at : NULL;
}

static void
forget_old(struct late *late, int64_t now_us)
{
	struct kept *first;

	while ((first = TAILQ_FIRST(&late->oldest_first)) && first->until_us <= now_us)
		forget(late, first);
}

void
late_put(struct late *late, const char *key, struct nmx_route *route, int64_t now_us)
{
	struct kept *kept = find(late, key);
	size_t size = strlen(key) + 1;

	if (kept)
		forget(late, kept);
	forget_old(late, now_us);
	if (late->n == LATE_MOST)
		forget(late, TAILQ_FIRST(&late->oldest_first));
	kept = calloc(1, sizeof(*kept) + size);
	if (!kept)
		return;
	memcpy(kept->text, key, size);
	kept->key = kept->text;
	if (!tsearch(kept, &late->tree, by_key)) {
		free(kept);
		return;
	}
	kept->route = nmx_route_ref(route);
	kept->until_us = now_us + LATE_LIFE_US;
	TAILQ_INSERT_TAIL(&late->oldest_first, kept, link);
	late->n++;
}

struct nmx_route *
late_find(struct late *late, const char *key, int64_t now_us)
{
	const struct kept *kept = find(late, key);

	return kept && kept->until_us > now_us ? kept->route : NULL;
}

struct nmx_route *
late_use(struct late *late, const char *key, int64_t now_us)
{
	struct kept *kept = find(late, key);

	if (!kept)
		return NULL;
	if (kept->until_us <= now_us) {
		forget(late, kept);
		return NULL;
	}
	if (!kept->is_used && kept->until_us > now_us + late->burst_us)
		kept->until_us = now_us + late->burst_us;
	kept->is_used = true;
	return kept->route;
}
