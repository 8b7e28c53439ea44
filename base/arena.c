/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

enum { BLOCK_SIZE = 4096 };

struct arena_block {
	struct arena_block *older;
	size_t size, used;
	_Alignas(max_align_t) unsigned char data[];
};

enum { LEAST_SIZE = BLOCK_SIZE - sizeof(struct arena_block) };

void
arena_init(struct arena *arena)
{
	*arena = (struct arena){0};
}

void
arena_init_sparing(struct arena *arena, struct arena_spares *spares)
{
	*arena = (struct arena){.spares = spares};
}

void
arena_spares_done(struct arena_spares *spares)
{
	while (spares->first) {
		struct arena_block *older = spares->first->older;

		free(spares->first);
		spares->first = older;
	}
	spares->n = 0;
}

static void
free_block(struct arena_spares *spares, struct arena_block *block)
{
	if (!spares || block->size != LEAST_SIZE || spares->n >= LIMIT_SPARE_BLOCKS) {
		free(block);
		return;
	}
	block->older = spares->first;
	spares->first = block;
	spares->n++;
}

static void
free_blocks_down_to(struct arena *arena, struct arena_block *kept)
{
	while (arena->block != kept) {
		struct arena_block *older = arena->block->older;

		free_block(arena->spares, arena->block);
		arena->block = older;
	}
}

void
arena_done(struct arena *arena)
{
	free_blocks_down_to(arena, NULL);
}

static struct arena_block *
spare_block(struct arena_spares *spares)
{
	struct arena_block *block = spares ? spares->first : NULL;

	if (block) {
		spares->first = block->older;
		spares->n--;
	}
	return block;
}

static struct arena_block *
new_block(struct arena *arena, size_t size)
{
	struct arena_block *block = NULL;

	if (size <= LEAST_SIZE) {
		size = LEAST_SIZE;
		block = spare_block(arena->spares);
	}
	if (size > SIZE_MAX - sizeof(*block))
		return NULL;
	if (!block)
		block = malloc(sizeof(*block) + size);
	if (!block)
		return NULL;
	block->older = arena->block;
	block->size = size;
	block->used = 0;
	arena->block = block;
	return block;
}

static void *
take(struct arena *arena, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	struct arena_block *block = arena->block;
	void *piece;

	if (size > SIZE_MAX - align) {
		arena->failed = true;
		return NULL;
	}
	size = (size + align - 1) / align * align;
	if (!block || block->size - block->used < size)
		block = new_block(arena, size);
	if (!block) {
		arena->failed = true;
		return NULL;
	}
	piece = block->data + block->used;
	block->used += size;
	return piece;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	void *piece = take(arena, size);

	return piece ? memset(piece, 0, size) : NULL;
}

void *
arena_array(struct arena *arena, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size) {
		arena->failed = true;
		return NULL;
	}
	return arena_alloc(arena, n * size);
}

void *
arena_copy(struct arena *arena, const void *data, size_t size)
{
	void *copy = take(arena, size);

	if (copy && size)
		memcpy(copy, data, size);
	return copy;
}

struct arena_mark
arena_mark(const struct arena *arena)
{
	return (struct arena_mark){arena->block, arena->block ? arena->block->used : 0};
}

void
arena_rewind(struct arena *arena, struct arena_mark mark)
{
	free_blocks_down_to(arena, mark.block);
	if (arena->block)
		arena->block->used = mark.used;
}
