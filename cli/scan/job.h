/* SPDX-License-Identifier: BSD-2-Clause */
/* An entry of the list on its way through a scan. One owner at a time: who has it frees it, before the
 * input is closed. */
#ifndef NMX_CLI_SCAN_JOB_H
#define NMX_CLI_SCAN_JOB_H

#include <stddef.h>
#include <stdint.h>

#include "cli/scan/input.h"

struct nmx_route;

struct job {
	struct job *next, *previous; /* of its owner's */
	uint64_t number;	     /* among the entries of this shard, from 0 */
	struct input_item item;
	size_t size; /* of all this, about */

	/* The worker's. */
	struct worker *worker;
	struct lane *lane;	 /* NULL: nothing is limited for its servers */
	struct nmx_route *route; /* NULL: it is not there yet */

	char domain[];
};

/* NULL: memory ran out. */
struct job *job_new(uint64_t number, const struct input_item *item);
/* NULL is fine. */
void job_free(struct job *job);

/* First in, first out. */
struct job_list {
	struct job *first, *last;
};

void job_list_add(struct job_list *list, struct job *job);
/* Takes any of them out. */
void job_list_remove(struct job_list *list, struct job *job);
/* The first, taken out; NULL if there is none. */
struct job *job_list_take(struct job_list *list);
void job_list_free(struct job_list *list);

#endif
