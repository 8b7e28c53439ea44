/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which entries of a scan are finished: their lines are with the writer. They finish in any order, but none
 * begins that is WINDOW or more after the oldest that is not finished. So memory is the same however long
 * the list is, and whoever goes on with a scan finds the line of entry i among the first i + WINDOW of the
 * file (resume.h). Entries are those of this shard, from 0. Pure.
 */
#ifndef NMX_CLI_SCAN_WINDOW_H
#define NMX_CLI_SCAN_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

/* For ever: a file may be gone on with by another version. */
enum { WINDOW = 65536, WINDOW_WORD = 64 };

/* Zero but for its size at the beginning. */
struct window {
	uint64_t size;	/* WINDOW; tests have less */
	uint64_t first; /* the oldest that is not finished */
	uint64_t bits[WINDOW /
		      WINDOW_WORD]; /* which of those from there on are, by number modulo WINDOW */
};

bool window_has_room(const struct window *window, uint64_t number);
/* A number that had room, once. */
void window_finish(struct window *window, uint64_t number);

#endif
