/* SPDX-License-Identifier: BSD-2-Clause */
/* From a route to the reply of a question: draws the plan, makes the text, counts and logs. */
#ifndef NMX_DAEMON_RESPOND_H
#define NMX_DAEMON_RESPOND_H

#include "daemon/env.h"

/* Calls fn once, before it returns. */
void respond_route(struct env *env, const struct question *question, struct nmx_route *route,
		   reply_fn fn, void *user);

/* A route that was looked up, for the log; every reason, if log-why names the domain. */
void respond_log_route(const struct env *env, const char *key, const struct nmx_route *route,
		       int64_t us);

#endif
