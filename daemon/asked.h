/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a question, inside questions.c, subjects.c and peers.c:
 *
 *	questions_ask --> WAITING at its subject --route, or deadline and what is known--> reply
 *	      |---------> AWAY, with the worker that has the domain --its reply, or too late--> reply
 *	      '---------> SETTLED: known at once, told from the event loop -------------------> reply
 *
 * It is off every list before its reply function is called, and freed in asked_tell(), or in
 * questions_cancel() without a call.
 */
#ifndef NMX_DAEMON_ASKED_H
#define NMX_DAEMON_ASKED_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/queue.h>

#include "daemon/answer.h"
#include "daemon/env.h"

enum asked_state { ASKED_WAITING, ASKED_AWAY, ASKED_SETTLED };

struct asked {
	struct questions *questions;
	enum asked_state state;
	struct question question;
	reply_fn fn;
	void *user;
	struct event timer;
	TAILQ_ENTRY(asked) link; /* of its subject, or of those that are settled */
	struct subject *subject; /* WAITING */
	unsigned owner;		 /* AWAY: the worker that was asked */
	uint64_t id;		 /* AWAY; first in the tree of those */
	struct nmx_route *route; /* SETTLED with a route: a reference */
	enum trouble trouble;	 /* SETTLED without */
};

TAILQ_HEAD(asked_list, asked);

struct subjects;
struct peers;

struct questions {
	struct env *env;
	struct nmx_context *ctx;
	struct subjects *subjects;
	struct peers *peers;
	struct asked_list settled;
	size_t n_settled;
	struct event settle; /* active while somebody is settled */
	size_t n;	     /* that wait, in whatever state */
};

/* As questions_ask(), but answered by this worker, whoever has the domain. */
struct asked *questions_ask_here(struct questions *questions, const struct question *question,
				 reply_fn fn, void *user);

/* As questions_answer(), whoever has the domain. */
bool questions_answer_here(struct questions *questions, const struct question *question,
			   reply_fn fn, void *user);

/* The name under which a question's domain or host is known: "example.org", "mx.example.org:25/TCP". Subjects
 * have no upper case, so that no domain is spelt like a host. */
void asked_key(const struct question *question, char ret_key[static SHARED_NAME]);

/* It is on no list any more: calls the reply function and frees it. */
void asked_tell(struct asked *asked, const struct reply *reply);

/* It is on no list: it will be told from the event loop. The route may be NULL: the trouble. */
void asked_settle(struct asked *asked, struct nmx_route *route, enum trouble trouble);

#endif
