/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker's parts are given. Lent; lives as long as the worker. */
#ifndef NMX_DAEMON_ENV_H
#define NMX_DAEMON_ENV_H

#include "daemon/config.h"
#include "daemon/question.h"
#include "daemon/shared.h"

struct event_base;
struct repeats;
struct socketmap;

enum { SECRET_SIZE = 16 };

struct env {
	struct event_base *base;
	const struct config *config;
	struct shared *shared;
	unsigned worker, n_workers;
	struct metrics *metrics; /* shared_metrics() of this worker */
	struct questions *questions;
	struct repeats *repeats;      /* questions.c's */
	struct socketmap *socketmaps; /* those there are, linked; NULL at first: socketmap.c's */
	uint8_t secret[SECRET_SIZE];  /* of the daemon's life: all workers' */
};

#endif
