/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the list and hands its entries to the threads, each domain always to the same, so that its answers
 * are in one cache. Main's.
 *
 * With a file that is gone on with, nothing is handed out until every line of it has found its entry: what
 * is new until then is held, and that is less than WINDOW entries (resume.h). So another list is known
 * before anything is asked or written.
 */
#ifndef NMX_CLI_SCAN_FEED_H
#define NMX_CLI_SCAN_FEED_H

#include "cli/scan/input.h"
#include "cli/scan/shared.h"
#include "cli/scan/target.h"
#include "cli/scan/worker.h"

struct feed {
	struct input *input;
	struct target *target;
	struct worker *workers;
	unsigned n_workers;
	struct shared *shared;
	struct sink *sink;
	const struct fields *fields;

	uint64_t n_read; /* entries of this shard */
	bool has_ended;	 /* the list */
	bool is_checking;
	struct job_list held;
	size_t held_size;
	struct job *next; /* it could not be handed out */
};

/* Only the first block is filled in. A code to exit with; told. */
int feed_begin(struct feed *feed);
void feed_done(struct feed *feed);

enum feed_result {
	FEED_MORE,   /* some were handed out */
	FEED_INPUT,  /* poll input_fd() */
	FEED_ROOM,   /* main is woken when there is room */
	FEED_OVER,   /* all are handed out */
	FEED_FAILED, /* told: *ret_code is to exit with */
};

/* Hands out some. */
enum feed_result feed_step(struct feed *feed, int *ret_code);

#endif
