/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What master and workers share: one anonymous mapping, made by the master before it forks. Each
 * worker writes its own part alone (domains in flight, heartbeat, counters), the master alone writes the
 * quarantine. The master believes nothing in a worker's part: it reads strings with their limit, and
 * numbers as numbers.
 */
#ifndef NMX_DAEMON_SHARED_H
#define NMX_DAEMON_SHARED_H

#include "daemon/metrics.h"

#include <stdbool.h>

enum {
	SHARED_WORKERS = 64,	 /* the most */
	SHARED_IN_FLIGHT = 2048, /* subjects a worker may look up at once */
	SHARED_NAME = 272,	 /* a domain or "host:port/TCP" with its final zero */
	SHARED_QUARANTINE = 256,
};

struct shared;

/*
 * Master. NULL without memory. Lives as long as the last process that has it mapped. What is
 * returned is a view: a worker's index means the worker of its own generation, so that at a reload the
 * new ones have parts of their own while the old ones still write theirs.
 */
struct shared *shared_new(unsigned n_workers);
/* The next generation's view of the same memory. The generation before last must have ended: it
 * gets that one's parts, and its counters go on from there. NULL without memory. */
struct shared *shared_next(struct shared *shared, unsigned n_workers);
void shared_free(struct shared *shared);
/* How many parts have counters: the workers of this generation, by their indexes, and after them the
 * parts of others, now or once. Only the sums over all of them never go down. */
unsigned shared_workers(const struct shared *shared);
/* In a worker's process, before its first look-up: all but its own part becomes read-only, so that a
 * stray write costs itself alone. */
bool shared_confine(struct shared *shared, unsigned worker);

/* ---- Worker: its own index ------------------------------------------------------------------ */

/* A look-up of the subject begins: its place until shared_leave(), or -1 if there is none left (it
 * must not begin then). What stands in a place when the worker dies is suspect. */
int shared_enter(struct shared *shared, unsigned worker, const char *subject);
void shared_leave(struct shared *shared, unsigned worker, int place);
/* The event loop turns. Called about once a second. */
void shared_beat(struct shared *shared, unsigned worker);
/* The worker answers from now on. */
void shared_ready(struct shared *shared, unsigned worker);
struct metrics *shared_metrics(struct shared *shared, unsigned worker);

/* Whether the master has put the subject aside. Cheap when nothing is. */
bool shared_is_quarantined(const struct shared *shared, const char *subject);

/* ---- All ------------------------------------------------------------------------------------- */

/* Process starts of the worker beyond the first of its generation, of all generations. Index as of
 * shared_workers(). */
uint64_t shared_restarts(const struct shared *shared, unsigned worker);
unsigned shared_quarantined(const struct shared *shared); /* how many subjects are, now */

/* ---- Master ----------------------------------------------------------------------------------- */

/* Before each fork of the worker: its places are emptied, ready is false, the beat is now; a start
 * beyond the first is counted. */
void shared_reset(struct shared *shared, unsigned worker);
/* The worker is no more, until it is started again. */
void shared_gone(struct shared *shared, unsigned worker);
/* Any process: whether it answers, as far as is known. */
bool shared_is_ready(const struct shared *shared, unsigned worker);
/* Nanoseconds of CLOCK_BOOTTIME. */
int64_t shared_last_beat(const struct shared *shared, unsigned worker);
/* The subject in a place, copied with its limit; "" if the place is empty. While the worker lives it may
 * be half of one and half of another. */
void shared_in_flight(const struct shared *shared, unsigned worker, unsigned place,
		      char ret_subject[static SHARED_NAME]);
/* Puts a subject, or ".example.org" for all below it, aside until then (CLOCK_BOOTTIME); in place of the one that ends first if all
 * places are taken. 0 ends it. */
void shared_quarantine(struct shared *shared, const char *subject, int64_t until);

#endif
