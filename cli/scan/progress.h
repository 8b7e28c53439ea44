/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line on standard error, if that is a terminal that does not show the lines of the scan as well: how
 * far it is, how fast, what came of it, and how long it will take. Main's alone; complain() clears it.
 */
#ifndef NMX_CLI_SCAN_PROGRESS_H
#define NMX_CLI_SCAN_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/scan/shared.h"

enum { PROGRESS_MS = 500, PROGRESS_SAMPLES = 12 };

/* The list, as far as it was read. */
struct progress_list {
	uint64_t entries;
	uint64_t taken, all; /* octets; all is 0: not known */
	bool has_ended;
};

struct progress {
	bool is_shown, is_drawn;
	int64_t started, next; /* milliseconds */
	struct progress_sample {
		int64_t at;
		uint64_t done;
	} samples[PROGRESS_SAMPLES]; /* a ring */
	size_t n_samples;
};

/* Times are milliseconds of any clock. is_wanted: no terminal gets the lines. */
void progress_init(struct progress *progress, bool is_wanted, int64_t now);
/* Milliseconds until it is to be drawn; -1: never. */
int progress_wait(const struct progress *progress, int64_t now);
/* Draws it, if it is time. */
void progress_draw(struct progress *progress, const struct counts *counts,
		   const struct progress_list *list, int64_t now);
/* In its place the totals. */
void progress_end(struct progress *progress, const struct counts *counts, int64_t now);
/* Clears it. */
void progress_done(struct progress *progress);

#endif
