/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries that wait because their name servers have been asked enough. Those with the same servers wait in
 * one lane, in their order, so that of many that wait for one server only the first is looked at. Lanes are
 * sorted by when their first may begin. Times are the caller's. One thread's.
 */
#ifndef NMX_CLI_SCAN_PARK_H
#define NMX_CLI_SCAN_PARK_H

#include <stddef.h>
#include <stdint.h>

#include "cli/scan/job.h"

struct park;

struct lane {
	const char *const *servers; /* lent as the lane is */
	size_t n_servers;
	/* The park's. */
	struct lane *next; /* with the same hash */
	struct job_list waiting;
	size_t n_users; /* that wait, or have left and hold it still */
	int64_t due;
	uint64_t hash;
};

/* NULL: memory ran out. */
struct park *park_new(void);
/* With those that wait. NULL is fine. */
void park_free(struct park *park);

/* The job waits in the lane of these servers, which it holds (job->lane) until park_leave(). When it is the
 * lane's first, `due` counts. False: memory ran out, and the job is the caller's. */
bool park_add(struct park *park, struct job *job, const char *const *servers, size_t n,
	      int64_t due);
/* How many jobs wait. */
size_t park_count(const struct park *park);
/* The lane that is due first; NULL: nobody waits. */
const struct lane *park_first(const struct park *park);
/* That lane is due later. */
void park_delay(struct park *park, int64_t due);
/* That lane's first. It waits no more, and is the caller's. */
struct job *park_take(struct park *park);
/* job->lane is NULL then. */
void park_leave(struct park *park, struct job *job);

#endif
