/* SPDX-License-Identifier: BSD-2-Clause */
/* One message on its way: from the route to the report. */
#ifndef NMX_RESOLVER_DELIVERY_H
#define NMX_RESOLVER_DELIVERY_H

#include "resolver/loop.h"
#include "resolver/report.h"
#include "resolver/request.h"

enum delivery_state {
	DELIVERY_ROUTING, /* its request waits for the route */
	DELIVERY_READY,	  /* on the context's to-do list: an attempt is next */
	DELIVERY_CALLING, /* the caller's function runs */
	DELIVERY_PENDING, /* an attempt is the caller's to finish */
	DELIVERY_ENDED,	  /* on the to-do list: the report is next */
	DELIVERY_OVER,	  /* reported or cancelled; only the caller holds it */
};

struct nmx_delivery {
	struct nmx_context *ctx; /* gone, possibly, once it is over */
	enum delivery_state state;
	struct list_node node;	/* of ctx->deliveries, unless it is over */
	struct list_node to_do; /* of ctx->to_do, when ready or ended */
	struct nmx_request *request;
	struct timer deadline;
	nmx_deliver_fn deliver;
	nmx_report_fn report_fn; /* NULL: nmx_deliver() looks itself */
	void *user;
	bool has_seed;
	uint64_t seed;
	unsigned most_attempts;
	struct nmx_report *report; /* a reference, from the route on */
	struct nmx_attempt *attempt;
	size_t next; /* endpoint */
	int error;
	bool handed_out, in_callback;
};

/* A request's callback; user is the delivery. */
void delivery_route_known(int error, struct nmx_route *route, void *user);
/* Calls the caller's function about the next endpoint of a delivery that is ready. */
void delivery_begin_attempt(struct nmx_delivery *d);
/* Runs one function of a caller's. False if there is nothing to do. */
bool delivery_run_one(struct nmx_context *ctx);
/* Goes on with the result of a pending attempt. */
void delivery_finish_attempt(struct nmx_delivery *d, struct nmx_attempt *attempt,
			     enum nmx_result result);
/* Ends all deliveries without a word; their attempts stay valid for nmx_attempt_finish() alone. */
void delivery_end_all(struct nmx_context *ctx);

#endif
