/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/table.h"

#include <stdlib.h>

enum { LEAST_SIZE = 64 };

bool
table_init(struct table *table)
{
	table->buckets = calloc(LEAST_SIZE, sizeof(struct table_entry *));
	table->size = table->buckets ? LEAST_SIZE : 0;
	table->n = 0;
	return table->buckets != NULL;
}

void
table_done(struct table *table)
{
	free(table->buckets);
}

static struct table_entry **
bucket(const struct table *table, uint64_t hash)
{
	return &table->buckets[hash & (table->size - 1)];
}

static struct table_entry *
find_from(struct table_entry *entry, uint64_t hash)
{
	while (entry && entry->hash != hash)
		entry = entry->next;
	return entry;
}

struct table_entry *
table_first(const struct table *table, uint64_t hash)
{
	return find_from(*bucket(table, hash), hash);
}

struct table_entry *
table_next(const struct table_entry *entry)
{
	return find_from(entry->next, entry->hash);
}

static void
grow(struct table *table)
{
	struct table bigger = {calloc(2 * table->size, sizeof(struct table_entry *)), table->n,
			       2 * table->size};

	if (!bigger.buckets)
		return;
	for (size_t i = 0; i < table->size; i++) {
		for (struct table_entry *entry = table->buckets[i], *next; entry; entry = next) {
			struct table_entry **to = bucket(&bigger, entry->hash);

			next = entry->next;
			entry->next = *to;
			*to = entry;
		}
	}
	free(table->buckets);
	*table = bigger;
}

void
table_add(struct table *table, struct table_entry *entry, uint64_t hash)
{
	struct table_entry **to;

	if (table->n >= table->size)
		grow(table);
	to = bucket(table, hash);
	entry->hash = hash;
	entry->next = *to;
	*to = entry;
	table->n++;
}

void
table_remove(struct table *table, struct table_entry *entry)
{
	struct table_entry **at = bucket(table, entry->hash);

	while (*at && *at != entry)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = entry->next;
	table->n--;
}
