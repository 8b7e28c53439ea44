/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that is taken piece by piece and given back all at once. What belongs to one lookup lives
 * in its arena and dies with it. Not for sharing between threads.
 */
#ifndef NMX_BASE_ARENA_H
#define NMX_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_block;

/* Blocks that arenas gave back, for the next ones. Zeroed, it is empty. */
struct arena_spares {
	struct arena_block *first;
	int n;
};

struct arena {
	struct arena_block *block; /* newest first */
	struct arena_spares *spares;
	bool failed; /* an allocation failed since arena_init */
};

struct arena_mark {
	struct arena_block *block;
	size_t used;
};

void arena_init(struct arena *arena);
/* The same; blocks are taken from the spares and given back to them, LIMIT_SPARE_BLOCKS at the most. */
void arena_init_sparing(struct arena *arena, struct arena_spares *spares);
void arena_done(struct arena *arena);
/* Frees them. Arenas that use them are done by then. */
void arena_spares_done(struct arena_spares *spares);

/* size bytes, zeroed, aligned for any type; NULL if memory ran out. */
void *arena_alloc(struct arena *arena, size_t size);
/* The same for n objects, checked for overflow. */
void *arena_array(struct arena *arena, size_t n, size_t size);
void *arena_copy(struct arena *arena, const void *data, size_t size);

/* Everything taken after the mark is given back by arena_rewind. */
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

#endif
