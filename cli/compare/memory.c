/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/compare/memory.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

enum {
	FIRST_CHUNK = 1 << 20,
	/* What jansson asks for at the most, by octets of the text: its buffer doubles up to a string's
	 * length, which is then copied, as a key twice; and each value of an array or object. */
	OF_OCTET = 6,
	OF_BRACE = 384,
	OF_BRACKET = 256,
	OF_COMMA = 288,
	OF_TEXT = 4096,
};

struct chunk {
	struct chunk *before;
	size_t size, used;
	_Alignas(max_align_t) char octets[];
};

static struct chunk *last; /* and those before it: all but the first go when the line goes */
static bool has_grown;

static bool
add_chunk(size_t size)
{
	struct chunk *chunk = malloc(sizeof(*chunk) + size);

	if (!chunk)
		return false;
	*chunk = (struct chunk){.before = last, .size = size};
	last = chunk;
	return true;
}

static void *
get(size_t size)
{
	const size_t unit = _Alignof(max_align_t);
	void *piece;

	if (size > MEMORY_MOST)
		return NULL;
	size = (size + unit - 1) / unit * unit;
	if (!last || last->size - last->used < size) {
		has_grown = true;
		if (!add_chunk(size > FIRST_CHUNK ? size : FIRST_CHUNK))
			return NULL;
	}
	piece = last->octets + last->used;
	last->used += size;
	return piece;
}

static void
give_back(void *piece)
{
	(void)piece;
}

static void
free_last(void)
{
	struct chunk *chunk = last;

	last = chunk->before;
	free(chunk);
}

void
memory_begin(void)
{
	json_set_alloc_funcs(get, give_back);
}

/* Characters inside strings count, too: an estimate may only be too high. */
static uint64_t
estimate(const char *text, size_t length)
{
	uint64_t braces = 0, brackets = 0, commas = 0;

	for (size_t i = 0; i < length; i++) {
		braces += text[i] == '{';
		brackets += text[i] == '[';
		commas += text[i] == ',';
	}
	return OF_TEXT + OF_OCTET * (uint64_t)length + OF_BRACE * braces + OF_BRACKET * brackets +
	       OF_COMMA * commas;
}

enum memory_result
memory_prepare(const char *text, size_t length)
{
	uint64_t size = estimate(text, length);

	if (size > MEMORY_MOST)
		return MEMORY_TOO_MUCH;
	if (!last && !add_chunk(FIRST_CHUNK))
		return MEMORY_NONE;
	if (size > last->size - last->used && !add_chunk((size_t)size))
		return MEMORY_NONE;
	return MEMORY_READY;
}

bool
memory_rewind(void)
{
	bool result = has_grown;

	while (last && last->before)
		free_last();
	if (last)
		last->used = 0;
	has_grown = false;
	return result;
}

void
memory_end(void)
{
	memory_rewind();
	if (last)
		free_last();
	json_set_alloc_funcs(malloc, free);
}
