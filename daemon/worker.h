/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker: one process, one event loop, one context. It serves the listening sockets it inherits,
 * and the domains whose hash is its own (peers.h). It ends by SIGTERM when what was asked is answered, at
 * the latest after 10 seconds; other signals are the master's, who has
 * them ignored here.
 */
#ifndef NMX_DAEMON_WORKER_H
#define NMX_DAEMON_WORKER_H

#include "daemon/env.h"
#include "daemon/listen.h"

struct worker_start {
	const struct config *config;
	struct listeners listeners;
	struct shared *shared;
	unsigned index, n_workers;
	/* Worker i talks to worker j through links[i * n_workers + j]: socket pairs (AF_UNIX,
	 * SOCK_SEQPACKET, non-blocking), made by the master, so that they outlive a worker; -1 to itself. */
	const int *links;
	uint8_t secret[SECRET_SIZE];
};

/* In the worker's process, privileges dropped: serves until told to end. The status to exit with: 0,
 * or 78 if the context does not start (the reason is logged). */
int worker_run(const struct worker_start *start);

#endif
