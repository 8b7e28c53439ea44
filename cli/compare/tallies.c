/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table with open addressing over a growing list. Names come from strangers, who must not be able to make
 * them all fall on one place: the hash begins with a secret.
 */
#include "cli/compare/tallies.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct entry {
	struct tally tally;
	uint64_t hash;
	uint64_t last; /* domain that had it */
};

struct tallies {
	size_t most;
	uint64_t secret;
	struct entry **list; /* in the order of coming */
	size_t n, size;
	struct entry **table; /* lent from the list; n_places is a power of two, over twice n */
	size_t n_places;
	struct entry others;
	const struct tally **sorted;
};

enum { FIRST_PLACES = 64 };

static char others_name[] = "others";

struct tallies *
tallies_new(size_t most_names)
{
	struct tallies *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->most = most_names;
	t->others.tally.name = others_name;
	t->n_places = FIRST_PLACES;
	t->table = calloc(t->n_places, sizeof(struct entry *));
	/* One that cannot be had is no reason to stop: a guessable one only costs time. */
	if (getrandom(&t->secret, sizeof(t->secret), GRND_NONBLOCK) < 0)
		t->secret = (uintptr_t)t;
	if (t->table)
		return t;
	free(t);
	return NULL;
}

static void
free_entry(struct entry *entry)
{
	if (entry)
		free(entry->tally.name);
	free(entry);
}

void
tallies_free(struct tallies *tallies)
{
	if (!tallies)
		return;
	for (size_t i = 0; i < tallies->n; i++)
		free_entry(tallies->list[i]);
	free(tallies->list);
	free(tallies->table);
	free(tallies->sorted);
	free(tallies);
}

static uint64_t
hash_of(const struct tallies *t, const char *name)
{
	uint64_t hash = t->secret;

	for (; *name; name++) {
		hash = (hash ^ (unsigned char)*name) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	return hash;
}

/* Where the name is, or would be. */
static struct entry **
place_of(const struct tallies *t, const char *name, uint64_t hash)
{
	size_t i = hash & (t->n_places - 1);

	while (t->table[i] &&
	       (t->table[i]->hash != hash || strcmp(t->table[i]->tally.name, name) != 0))
		i = (i + 1) & (t->n_places - 1);
	return &t->table[i];
}

static bool
grow_table(struct tallies *t)
{
	struct entry **wider;

	if (t->n * 2 < t->n_places)
		return true;
	wider = calloc(t->n_places * 2, sizeof(struct entry *));
	if (!wider)
		return false;
	free(t->table);
	t->table = wider;
	t->n_places *= 2;
	for (size_t i = 0; i < t->n; i++)
		*place_of(t, t->list[i]->tally.name, t->list[i]->hash) = t->list[i];
	return true;
}

static bool
grow_list(struct tallies *t)
{
	size_t size = t->size ? t->size * 2 : FIRST_PLACES;
	struct entry **longer;

	if (t->n < t->size)
		return true;
	longer = realloc(t->list, size * sizeof(struct entry *));
	if (!longer)
		return false;
	t->list = longer;
	t->size = size;
	return true;
}

static struct entry *
add(struct tallies *t, const char *name, uint64_t hash)
{
	struct entry *entry;

	if (!grow_table(t) || !grow_list(t))
		return NULL;
	entry = calloc(1, sizeof(*entry));
	if (!entry || !(entry->tally.name = strdup(name))) {
		free_entry(entry);
		return NULL;
	}
	entry->hash = hash;
	t->list[t->n++] = entry;
	*place_of(t, name, hash) = entry;
	return entry;
}

struct tally *
tallies_count(struct tallies *tallies, const char *name, uint64_t domain)
{
	uint64_t hash = hash_of(tallies, name);
	struct entry *entry = *place_of(tallies, name, hash);

	if (!entry && tallies->n >= tallies->most)
		entry = &tallies->others;
	if (!entry)
		entry = add(tallies, name, hash);
	if (!entry)
		return NULL;
	entry->tally.domains += entry->last != domain;
	entry->last = domain;
	entry->tally.n++;
	return &entry->tally;
}

static int
compare_entries(const void *a, const void *b, void *order)
{
	tally_order *const *compare = order;

	return (*compare)(*(const struct tally *const *)a, *(const struct tally *const *)b);
}

const struct tally *const *
tallies_sorted(struct tallies *tallies, tally_order *order, size_t *ret_n)
{
	const struct tally **sorted = calloc(tallies->n + 1, sizeof(*sorted));

	if (!sorted)
		return NULL;
	for (size_t i = 0; i < tallies->n; i++)
		sorted[i] = &tallies->list[i]->tally;
	qsort_r(sorted, tallies->n, sizeof(*sorted), compare_entries, &order);
	sorted[tallies->n] = &tallies->others.tally;
	free(tallies->sorted);
	tallies->sorted = sorted;
	*ret_n = tallies->n + (tallies->others.tally.n > 0);
	return sorted;
}
