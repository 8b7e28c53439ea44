/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for the JSON of one line, which comes and goes all at once. Reading is mostly asking for small
 * pieces, so it is faster; it is bounded, as three octets of "[[],[],..." make a hundred of memory, and a
 * line may have 64 MiB; and it is there before jansson asks: where jansson gets none it may end the program
 * (2.14: in the middle of a string).
 */
#ifndef NMX_CLI_COMPARE_MEMORY_H
#define NMX_CLI_COMPARE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* For the largest line that is a single string. */
enum { MEMORY_MOST = 512 << 20 };

enum memory_result { MEMORY_READY, MEMORY_TOO_MUCH, MEMORY_NONE };

/* From now on jansson's memory is from here. Not for threads. */
void memory_begin(void);
/* Enough to read this text. TOO_MUCH: it would be more than a line is worth; NONE: memory ran out. */
enum memory_result memory_prepare(const char *text, size_t length);
/* All that jansson made is gone. True: it asked for more than was prepared, which it got if there was any. */
bool memory_rewind(void);
/* The same, and jansson's memory is malloc()'s again. */
void memory_end(void);

#endif
