/* SPDX-License-Identifier: BSD-2-Clause */
/* What answers questions (question.h): made and freed by the worker. */
#ifndef NMX_DAEMON_QUESTIONS_H
#define NMX_DAEMON_QUESTIONS_H

#include "daemon/env.h"

/* links: as in worker.h, of this worker alone (n_workers, -1 at its own place). ctx is started and
 * outlives it. NULL without memory. */
struct questions *questions_new(struct env *env, struct nmx_context *ctx, const int *links);
/* The worker is about to end: nothing is passed on any more. */
void questions_drain(struct questions *questions);
/* How many questions of other workers are not answered yet. */
size_t questions_foreign(const struct questions *questions);
/* Nobody is told any more. */
void questions_free(struct questions *questions);

#endif
