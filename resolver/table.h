/* SPDX-License-Identifier: BSD-2-Clause */
/* A hash table of things that embed an entry. The caller compares keys and owns the things. */
#ifndef NMX_RESOLVER_TABLE_H
#define NMX_RESOLVER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_entry {
	struct table_entry *next;
	uint64_t hash;
};

struct table {
	struct table_entry **buckets;
	uint8_t *tags;	/* of the buckets */
	size_t n, size; /* size is a power of two */
};

/* False if memory ran out. */
bool table_init(struct table *table);
/* Frees the buckets, not what they hold. */
void table_done(struct table *table);

/* The first entry with this hash, then the next one: for (e = table_first(t, h); e; e = table_next(e)) */
struct table_entry *table_first(const struct table *table, uint64_t hash);
struct table_entry *table_next(const struct table_entry *entry);
/* Never fails: without memory to grow, it only becomes slower. */
void table_add(struct table *table, struct table_entry *entry, uint64_t hash);
void table_remove(struct table *table, struct table_entry *entry);

#endif
