/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/backoff.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"

struct bad {
	struct table_entry entry; /* first */
	struct list_node used;
	struct address address;
	uint16_t port;
	unsigned failures;
	int64_t last; /* failure */
};

bool
backoff_init(struct backoff *backoff, uint64_t key)
{
	*backoff = (struct backoff){.key = key};
	return table_init(&backoff->table);
}

static void
forget(struct backoff *backoff, struct bad *bad)
{
	list_remove(&backoff->used, &bad->used);
	table_remove(&backoff->table, &bad->entry);
	backoff->n--;
	free(bad);
}

static struct bad *
oldest(const struct backoff *backoff)
{
	return LIST_THING(backoff->used.last, struct bad, used);
}

void
backoff_done(struct backoff *backoff)
{
	while (backoff->used.last)
		forget(backoff, oldest(backoff));
	table_done(&backoff->table);
}

static uint64_t
hash_of(const struct backoff *backoff, const struct address *address, uint16_t port)
{
	uint8_t bytes[16 + 2];
	size_t n = address_size(address);

	memcpy(bytes, address->bytes, n);
	memcpy(bytes + n, &port, sizeof(port));
	return hash_bytes(backoff->key, bytes, n + sizeof(port));
}

static struct bad *
find(const struct backoff *backoff, const struct address *address, uint16_t port, uint64_t hash)
{
	struct table_entry *entry = table_first(&backoff->table, hash);

	for (; entry; entry = table_next(entry)) {
		struct bad *bad = (struct bad *)entry;

		if (bad->port == port && address_compare(&bad->address, address) == 0)
			return bad;
	}
	return NULL;
}

/* What is left of the failures by now. */
static unsigned
failures(const struct bad *bad, int64_t now)
{
	int64_t halvings = (now - bad->last) / (LIMIT_BACKOFF_HALF * NS_PER_S);

	return halvings < 31 ? bad->failures >> halvings : 0;
}

void
backoff_failed(struct backoff *backoff, const struct address *address, uint16_t port, int64_t began,
	       int64_t now)
{
	uint64_t hash = hash_of(backoff, address, port);
	struct bad *bad = find(backoff, address, port, hash);

	if (bad && began < bad->last)
		return;
	if (!bad) {
		bad = calloc(1, sizeof(*bad));
		if (!bad)
			return;
		bad->address = *address;
		bad->port = port;
		bad->last = now;
		table_add(&backoff->table, &bad->entry, hash);
		backoff->n++;
	} else {
		list_remove(&backoff->used, &bad->used);
	}
	list_add_first(&backoff->used, &bad->used);
	bad->failures = failures(bad, now) + 1;
	bad->last = now;
	while (backoff->n > LIMIT_BACKOFFS)
		forget(backoff, oldest(backoff));
}

void
backoff_contacted(struct backoff *backoff, const struct address *address, uint16_t port)
{
	struct bad *bad = find(backoff, address, port, hash_of(backoff, address, port));

	if (bad)
		forget(backoff, bad);
}

unsigned
backoff_left(struct backoff *backoff, const struct address *address, uint16_t port, int64_t now)
{
	struct bad *bad = find(backoff, address, port, hash_of(backoff, address, port));
	unsigned n = bad ? failures(bad, now) : 0;
	int64_t seconds = LIMIT_BACKOFF_FIRST, left;

	if (bad && n == 0)
		forget(backoff, bad);
	if (n == 0)
		return 0;
	while (--n && seconds < LIMIT_BACKOFF_MOST)
		seconds *= 2;
	if (seconds > LIMIT_BACKOFF_MOST)
		seconds = LIMIT_BACKOFF_MOST;
	left = bad->last + seconds * NS_PER_S - now;
	return left > 0 ? (unsigned)((left + NS_PER_S - 1) / NS_PER_S) : 0;
}
