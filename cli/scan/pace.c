/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Servers' buckets are in a pool, found by a hash of the name (two names of the same 64 bits share one, and
 * are asked more slowly), and in a heap, of which the first will be full before all others: it is forgotten
 * when it is full, or when another needs its place. All memory is taken at the beginning, and used as far as
 * there are servers: nothing can fail later.
 */
#include "cli/scan/pace.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/scan/bucket.h"
#include "cli/scan/fnv.h"

enum { MOST_SERVERS = 65536 };

/* Numbers of servers are from 1; 0 is none. */
struct server {
	uint64_t key;
	struct bucket bucket;
	uint32_t next;	  /* of the same chain, or of those that are free */
	uint32_t heap_at; /* from 0 */
};

struct servers {
	struct rate rate;
	struct bucket unknown; /* of all domains whose servers are not known */
	uint32_t n, n_used, free;
	uint32_t chains[MOST_SERVERS], heap[MOST_SERVERS];
	struct server pool[MOST_SERVERS + 1];
};

struct pace {
	struct rate rate;
	struct bucket total;
	struct servers *servers; /* NULL: there is no limit */
};

struct pace *
pace_new(uint64_t milli_qps, uint64_t milli_server_qps, int64_t now)
{
	struct pace *pace = calloc(1, sizeof(*pace));

	if (!pace)
		return NULL;
	pace->rate = rate_of(milli_qps);
	pace->total.full_at = now;
	if (!milli_server_qps)
		return pace;
	pace->servers = calloc(1, sizeof(*pace->servers));
	if (!pace->servers) {
		free(pace);
		return NULL;
	}
	pace->servers->rate = rate_of(milli_server_qps);
	pace->servers->unknown.full_at = now;
	return pace;
}

void
pace_free(struct pace *pace)
{
	if (pace)
		free(pace->servers);
	free(pace);
}

int64_t
pace_when(struct pace *pace, int64_t now)
{
	return bucket_when(&pace->total, &pace->rate, now);
}

void
pace_charge(struct pace *pace, uint64_t questions, int64_t now)
{
	bucket_charge(&pace->total, &pace->rate, questions, now);
}

/* ---- The heap ------------------------------------------------------------------------------- */

static bool
is_before(const struct servers *s, uint32_t a, uint32_t b)
{
	return bucket_is_before(&s->pool[s->heap[a]].bucket, &s->pool[s->heap[b]].bucket);
}

static void
put_at(struct servers *s, uint32_t at, uint32_t number)
{
	s->heap[at] = number;
	s->pool[number].heap_at = at;
}

static void
swap(struct servers *s, uint32_t a, uint32_t b)
{
	uint32_t number = s->heap[a];

	put_at(s, a, s->heap[b]);
	put_at(s, b, number);
}

static void
sift_up(struct servers *s, uint32_t at)
{
	for (; at > 0 && is_before(s, at, (at - 1) / 2); at = (at - 1) / 2)
		swap(s, at, (at - 1) / 2);
}

static void
sift_down(struct servers *s, uint32_t at)
{
	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child >= s->n)
			return;
		child += child + 1 < s->n && is_before(s, child + 1, child);
		if (!is_before(s, child, at))
			return;
		swap(s, at, child);
		at = child;
	}
}

/* ---- The pool ------------------------------------------------------------------------------- */

static uint64_t
key_of(const char *name)
{
	return fnv_end(fnv_octets(fnv_begin(), name, strlen(name)));
}

static uint32_t *
chain_of(struct servers *s, uint64_t key)
{
	return &s->chains[key % MOST_SERVERS];
}

/* 0: it is not there. */
static uint32_t
find(struct servers *s, uint64_t key)
{
	uint32_t number = *chain_of(s, key);

	while (number && s->pool[number].key != key)
		number = s->pool[number].next;
	return number;
}

/* The one that will be full before the others. */
static void
forget_first(struct servers *s)
{
	uint32_t number = s->heap[0];
	uint32_t *link = chain_of(s, s->pool[number].key);

	while (*link != number)
		link = &s->pool[*link].next;
	*link = s->pool[number].next;
	s->pool[number].next = s->free;
	s->free = number;
	put_at(s, 0, s->heap[--s->n]);
	sift_down(s, 0);
}

static uint32_t
take_number(struct servers *s)
{
	uint32_t number = s->free;

	if (!number)
		return ++s->n_used;
	s->free = s->pool[number].next;
	return number;
}

/* A full bucket of a server that has none. */
static uint32_t
add(struct servers *s, uint64_t key, int64_t now)
{
	uint32_t *chain = chain_of(s, key), number;

	while (s->n && bucket_is_full(&s->pool[s->heap[0]].bucket, now))
		forget_first(s);
	if (s->n == MOST_SERVERS)
		forget_first(s);
	number = take_number(s);
	s->pool[number] = (struct server){.key = key, .bucket = {.full_at = now}, .next = *chain};
	*chain = number;
	put_at(s, s->n++, number);
	sift_up(s, s->n - 1);
	return number;
}

/* ---- Servers -------------------------------------------------------------------------------- */

int64_t
pace_servers_when(struct pace *pace, const char *const *names, size_t n, int64_t now)
{
	struct servers *s = pace->servers;
	int64_t latest = now;

	if (s && n == 0)
		return bucket_when(&s->unknown, &s->rate, now);
	for (size_t i = 0; s && i < n; i++) {
		uint32_t number = find(s, key_of(names[i]));
		int64_t when = number ? bucket_when(&s->pool[number].bucket, &s->rate, now) : now;

		latest = when > latest ? when : latest;
	}
	return latest;
}

static void
charge(struct servers *s, const char *name, uint64_t questions, int64_t now)
{
	uint64_t key = key_of(name);
	uint32_t number = find(s, key);

	number = number ? number : add(s, key, now);
	bucket_charge(&s->pool[number].bucket, &s->rate, questions, now);
	sift_down(s, s->pool[number].heap_at);
}

static bool
is_repeated(const char *const *names, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(names[j], names[i]) == 0)
			return true;
	return false;
}

void
pace_servers_charge(struct pace *pace, const char *const *names, size_t n, uint64_t questions,
		    int64_t now)
{
	struct servers *s = pace->servers;

	if (s && n == 0)
		bucket_charge(&s->unknown, &s->rate, questions, now);
	for (size_t i = 0; s && i < n; i++)
		if (!is_repeated(names, i))
			charge(s, names[i], questions, now);
}
