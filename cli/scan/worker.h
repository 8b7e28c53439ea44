/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One thread of a scan: its context, and the entries that it was given. An entry's way:
 *
 *	queue -> (its servers are asked -> parked until they may be asked more) -> the route -> (the route
 *	without SRV) -> its line is with the sink, and it is finished
 *
 * In brackets: with a limit for servers; where an SRV question was not answered with absence.
 */
#ifndef NMX_CLI_SCAN_WORKER_H
#define NMX_CLI_SCAN_WORKER_H

#include <nextmx.h>
#include <pthread.h>
#include <stdbool.h>

#include "cli/scan/job.h"
#include "cli/scan/pace.h"
#include "cli/scan/park.h"
#include "cli/scan/queue.h"
#include "cli/scan/settings.h"
#include "cli/scan/shared.h"
#include "cli/scan/sink.h"

struct worker {
	struct nmx_context *ctx; /* the worker's, and started */
	const struct scan_settings *settings;
	struct shared *shared;
	struct sink *sink;
	struct queue queue;
	int wake; /* lent by shared */
	pthread_t thread;
	bool is_running;

	/* The thread's own. */
	struct pace *pace;
	struct park *park; /* NULL: there is no limit for servers */
	struct job_list jobs;
	size_t in_flight, most;
	uint64_t questions; /* that pace knows of */
};

/* Worker i of shared->n_wakes. False: memory ran out; the context stays the caller's. */
bool worker_init(struct worker *worker, unsigned i, struct nmx_context *ctx,
		 const struct scan_settings *settings, struct shared *shared, struct sink *sink);
/* False: told. */
bool worker_start(struct worker *worker);
/* Waits for its end: the queue has ended, or the scan has stopped. */
void worker_done(struct worker *worker);

/*
 * Many wait for their servers. Whose servers they are must be asked for, and a list that goes on with the
 * domains of one hoster would ask it that as fast as it answers. So while many wait, these questions come at
 * the rate of one server: domains of others behind them are still found.
 */
bool worker_is_crowded(const struct worker *worker);
/* asking.c: takes the job a step on. The total and the servers allow it. */
void asking_begin(struct worker *worker, struct job *job);
int64_t worker_now(void);

#endif
