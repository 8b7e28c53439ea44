/* SPDX-License-Identifier: BSD-2-Clause */
/* What http.c and prometheus.c call, in place of the daemon's other parts. */
#ifndef NMX_TESTS_DAEMON_HTTP_STAND_INS_H
#define NMX_TESTS_DAEMON_HTTP_STAND_INS_H

#include "daemon/shared.h"

enum { STAND_IN_WORKERS = 3 };

/* What the test sets. */
struct shared {
	struct metrics metrics[STAND_IN_WORKERS];
	uint64_t restarts[STAND_IN_WORKERS];
	unsigned quarantined;
};

#endif
