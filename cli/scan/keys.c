/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/keys.h"

#include <stdlib.h>

struct slot {
	uint64_t key;
	uint64_t offset_1; /* and one; 0: nobody's */
};

/* Linear probing, at most half full; equal keys have a slot each. */
struct keys {
	size_t n, most, mask;
	struct slot slots[];
};

struct keys *
keys_new(size_t most)
{
	struct keys *keys;
	size_t n = 2;

	while (n < 2 * most)
		n *= 2;
	keys = calloc(1, sizeof(*keys) + n * sizeof(keys->slots[0]));
	if (!keys)
		return NULL;
	keys->most = most;
	keys->mask = n - 1;
	return keys;
}

void
keys_free(struct keys *keys)
{
	free(keys);
}

/* Keys are hashes, but who publishes them may have chosen their last bits. */
static size_t
home_of(const struct keys *keys, uint64_t key)
{
	return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & keys->mask;
}

bool
keys_put(struct keys *keys, uint64_t key, uint64_t offset)
{
	size_t i = home_of(keys, key);

	if (keys->n == keys->most)
		return false;
	while (keys->slots[i].offset_1)
		i = (i + 1) & keys->mask;
	keys->slots[i] = (struct slot){key, offset + 1};
	keys->n++;
	return true;
}

/* Moves back who probed past the slot, so that no one is behind a hole. */
static void
empty(struct keys *keys, size_t hole)
{
	for (size_t i = (hole + 1) & keys->mask; keys->slots[i].offset_1;
	     i = (i + 1) & keys->mask) {
		size_t home = home_of(keys, keys->slots[i].key);

		if (((i - home) & keys->mask) < ((i - hole) & keys->mask))
			continue;
		keys->slots[hole] = keys->slots[i];
		hole = i;
	}
	keys->slots[hole] = (struct slot){0};
	keys->n--;
}

bool
keys_take(struct keys *keys, uint64_t key)
{
	size_t i = home_of(keys, key);

	while (keys->slots[i].offset_1 && keys->slots[i].key != key)
		i = (i + 1) & keys->mask;
	if (!keys->slots[i].offset_1)
		return false;
	empty(keys, i);
	return true;
}

size_t
keys_count(const struct keys *keys)
{
	return keys->n;
}

uint64_t
keys_first(const struct keys *keys)
{
	uint64_t first = 0; /* and one */

	for (size_t i = 0; i <= keys->mask; i++)
		if (keys->slots[i].offset_1 && (!first || keys->slots[i].offset_1 < first))
			first = keys->slots[i].offset_1;
	return first ? first - 1 : 0;
}
