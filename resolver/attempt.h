/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One endpoint in the hands of a caller. It is the caller's until finished, and outlives its delivery and
 * its context if it must; finished, it is kept until the next dispatch, so that a second call about it can
 * be refused.
 */
#ifndef NMX_RESOLVER_ATTEMPT_H
#define NMX_RESOLVER_ATTEMPT_H

#include "resolver/delivery.h"

struct nmx_attempt {
	struct nmx_context *ctx;       /* NULL when it is gone */
	struct nmx_delivery *delivery; /* NULL when it is over */
	struct list_node node;	       /* of ctx->attempts, or of ctx->finished */
	struct nmx_report *report;     /* a reference: what it lends lives as long */
	unsigned number;
	int64_t started;
	bool is_finished, in_callback;
	struct tried tried;
};

/* At the delivery's next endpoint. NULL if memory ran out. */
struct nmx_attempt *attempt_new(struct nmx_delivery *d);
/* The caller has given it back. */
void attempt_retire(struct nmx_attempt *attempt);
/* Frees those that were given back before; or of them, those of one report. */
void attempt_sweep(struct nmx_context *ctx);
void attempt_sweep_of(struct nmx_context *ctx, const struct nmx_report *report);
/* The context goes: those that are not finished stay, for nmx_attempt_finish() alone. */
void attempt_end_all(struct nmx_context *ctx);

#endif
