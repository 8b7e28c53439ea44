/* SPDX-License-Identifier: BSD-2-Clause */
/* What all threads of a scan share: which entries are finished, what came of them, and when to stop. */
#ifndef NMX_CLI_SCAN_SHARED_H
#define NMX_CLI_SCAN_SHARED_H

#include <nextmx.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/scan/window.h"

enum { N_OUTCOMES = NMX_REJECT + 1, MOST_THREADS = 256 };

struct counts {
	uint64_t done;		       /* entries with a line, from now or before */
	uint64_t kept;		       /* of those, from before */
	uint64_t outcomes[N_OUTCOMES]; /* of those of now */
	uint64_t errors;	       /* of those of now: entries with a fault */
};

enum scan_stop {
	GO_ON,
	STOP_BEGINNING, /* what is in flight is finished */
	STOP_NOW,
};

struct shared {
	pthread_mutex_t lock;
	struct window window;
	struct counts counts;
	bool room_is_awaited;
	int code; /* to exit with, when it has stopped now */
	atomic_int stop;
	atomic_uint n_running; /* threads that ask */
	int main_wake;
	int wakes[MOST_THREADS]; /* of those threads */
	unsigned n_wakes;
};

/* False: errno says why. */
bool shared_init(struct shared *shared, unsigned n_threads);
void shared_done(struct shared *shared);

void shared_wake_all(struct shared *shared);
/* Whatever comes first counts; STOP_NOW comes before STOP_BEGINNING. */
void shared_stop(struct shared *shared, enum scan_stop stop);
/* Ends the scan at once, with that code. */
void shared_fail(struct shared *shared, int code);

/* Whether the entry may begin; if not, main is woken when another may. */
bool shared_has_room(struct shared *shared, uint64_t number);
/* Its line is with the writer, or was in the file. */
void shared_finish(struct shared *shared, uint64_t number, enum nmx_outcome outcome);
void shared_finish_fault(struct shared *shared, uint64_t number);
void shared_finish_kept(struct shared *shared, uint64_t number);
struct counts shared_counts(struct shared *shared);

#endif
