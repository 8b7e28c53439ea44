/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/table.h"

#include <stdlib.h>

enum { LEAST_SIZE = 64 };

/*
 * What a bucket holds: nothing, one entry whose tag this is, or several. Most of what is looked for is
 * not there, and then no entry is read, which is far away in memory, where the tags are near.
 */
enum { TAG_NONE = 0, TAG_SEVERAL = 255 };

/* Buckets and their tags, in one block. */
static bool
make_buckets(struct table *table, size_t size)
{
	size_t pointers = size * sizeof(table->buckets[0]);
	char *block = calloc(1, pointers + size);

	if (!block)
		return false;
	table->buckets = (struct table_entry **)(void *)block;
	table->tags = (uint8_t *)block + pointers;
	table->size = size;
	return true;
}

bool
table_init(struct table *table)
{
	*table = (struct table){0};
	return make_buckets(table, LEAST_SIZE);
}

void
table_done(struct table *table)
{
	free(table->buckets);
}

static size_t
bucket_of(const struct table *table, uint64_t hash)
{
	return hash & (table->size - 1);
}

/* From other bits of the hash than the bucket's number. */
static uint8_t
tag_of(uint64_t hash)
{
	return (uint8_t)(1 + (hash >> 48) % (TAG_SEVERAL - 1));
}

static void
set_tag(struct table *table, size_t bucket)
{
	const struct table_entry *first = table->buckets[bucket];

	if (!first)
		table->tags[bucket] = TAG_NONE;
	else
		table->tags[bucket] = first->next ? TAG_SEVERAL : tag_of(first->hash);
}

static void
put(struct table *table, struct table_entry *entry)
{
	size_t bucket = bucket_of(table, entry->hash);

	entry->next = table->buckets[bucket];
	table->buckets[bucket] = entry;
	set_tag(table, bucket);
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
	size_t bucket = bucket_of(table, hash);
	uint8_t tag = table->tags[bucket];

	if (tag != TAG_SEVERAL && tag != tag_of(hash))
		return NULL;
	return find_from(table->buckets[bucket], hash);
}

struct table_entry *
table_next(const struct table_entry *entry)
{
	return find_from(entry->next, entry->hash);
}

static void
grow(struct table *table)
{
	struct table bigger = {.n = table->n};

	if (!make_buckets(&bigger, 2 * table->size))
		return;
	for (size_t i = 0; i < table->size; i++) {
		for (struct table_entry *entry = table->buckets[i], *next; entry; entry = next) {
			next = entry->next;
			put(&bigger, entry);
		}
	}
	free(table->buckets);
	*table = bigger;
}

void
table_add(struct table *table, struct table_entry *entry, uint64_t hash)
{
	if (table->n >= table->size / 2)
		grow(table);
	entry->hash = hash;
	put(table, entry);
	table->n++;
}

void
table_remove(struct table *table, struct table_entry *entry)
{
	size_t bucket = bucket_of(table, entry->hash);
	struct table_entry **at = &table->buckets[bucket];

	while (*at && *at != entry)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = entry->next;
	table->n--;
	set_tag(table, bucket);
}
