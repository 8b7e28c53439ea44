/* SPDX-License-Identifier: BSD-2-Clause */
/* A caller's wish for a route, and its deadline. */
#ifndef NMX_RESOLVER_REQUEST_H
#define NMX_RESOLVER_REQUEST_H

#include "resolver/lookup.h"

enum request_state {
	REQUEST_WAITING,  /* on its lookup's list */
	REQUEST_ANSWERED, /* on the context's done queue, with its answer */
	REQUEST_OVER,	  /* called back or cancelled; only the caller holds it */
};

struct nmx_request {
	struct nmx_context *ctx; /* gone, possibly, once the request is over */
	enum request_state state;
	struct lookup *lookup;
	struct list_node node; /* of the lookup's waiters, or of the done queue */
	struct timer deadline;
	nmx_route_fn fn;
	void *user;
	int error;
	struct nmx_route *route; /* a reference */
	bool handed_out;	 /* the caller has a handle to free */
	bool in_callback;
};

/* The request whose node this is; NULL stays NULL. */
struct nmx_request *request_at(struct list_node *node);
/* Takes a waiting request off its lookup and queues its answer; a reference is taken. */
void request_finish(struct nmx_request *req, struct nmx_route *route, int error);
/* Takes the request off whatever list it is on, its answer lost. */
void request_detach(struct nmx_request *req);
/* Runs the callback of the first answered request. False if there is none. */
bool request_run_one(struct nmx_context *ctx);

#endif
