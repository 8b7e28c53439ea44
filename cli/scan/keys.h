/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A multiset of keys, each with where in a file its line begins: the lines of a file that no entry has been
 * found for yet. Its memory is for the most that it is made for.
 */
#ifndef NMX_CLI_SCAN_KEYS_H
#define NMX_CLI_SCAN_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keys;

/* NULL: memory ran out. */
struct keys *keys_new(size_t most);
void keys_free(struct keys *keys);

/* False: it is full. */
bool keys_put(struct keys *keys, uint64_t key, uint64_t offset);
/* Takes one of these out, if there is one. */
bool keys_take(struct keys *keys, uint64_t key);
size_t keys_count(const struct keys *keys);
/* The least offset of all; 0 if there is none. */
uint64_t keys_first(const struct keys *keys);

#endif
