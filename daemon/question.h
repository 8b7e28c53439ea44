/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The seam between the protocols (socketmap.c, http.c) and what answers (questions.c): a question
 * with the time it may take, and a reply. A protocol knows nothing of routes, the other side nothing of
 * connections. A question may be answered by the worker that has the domain (peers.c), so both
 * are plain bytes.
 */
#ifndef NMX_DAEMON_QUESTION_H
#define NMX_DAEMON_QUESTION_H

#include "daemon/metrics.h"

#include <stdbool.h>

enum question_kind {
	QUESTION_ROUTE,	     /* socketmap: route DOMAIN */
	QUESTION_EXIM,	     /* exim DOMAIN */
	QUESTION_EXIM_CLASS, /* exim-class DOMAIN */
	QUESTION_TLS_SEC,    /* tls-sec [HOST]:PORT */
	QUESTION_TLS_STS,    /* tls-sts [HOST]:PORT */
	QUESTION_JSON,	     /* GET /v1/route/DOMAIN */
	QUESTION_KINDS,
};

enum {
	QUESTION_SUBJECT = 256,	 /* a longer one is no domain */
	REPLY_MOST = 160 * 1024, /* of JSON; socketmap answers stay below ANSWER_SIZE */
};

struct question {
	enum question_kind kind;
	/* The domain as asked, or the host: no final dot, ASCII letters in lower case; it may be UTF-8 and
	 * is not judged yet. */
	char subject[QUESTION_SUBJECT];
	uint16_t port;	  /* of the host */
	unsigned wait_ms; /* for the answer: 1..deadline-ms */
	bool has_seed;	  /* QUESTION_JSON: else the order that MTAs get now */
	uint64_t seed;
	unsigned json_flags; /* enum nmx_json_flag */
};

enum reply_status { REPLY_OK, REPLY_NOTFOUND, REPLY_TEMP, REPLY_PERM };

/* Lent for the call. JSON: OK with one line of nextmx.route/1, or TEMP with a sentence. */
struct reply {
	enum reply_status status;
	enum told told;
	const char *data; /* printable ASCII for socketmaps; no final zero */
	size_t length;
};

enum protocol question_protocol(enum question_kind kind);

/* ---- What protocols call ----------------------------------------------------------------------- */

struct questions; /* the worker's */
struct asked;	  /* a question that waits for its reply */

/* Called once: from the event loop, never from inside questions_ask(), and then it may ask again; or from
 * inside questions_answer(). */
typedef void (*reply_fn)(const struct reply *reply, void *user);

/* The reply comes within wait_ms and a little. NULL if there is no memory or too many wait: fn is
 * not called then. */
struct asked *questions_ask(struct questions *questions, const struct question *question,
			    reply_fn fn, void *user);
/* The reply at once, if it takes nothing but a route of this worker's cache: fn is called from inside, which
 * must ask nothing, and no question waits. Else false, and fn is not called. */
bool questions_answer(struct questions *questions, const struct question *question, reply_fn fn,
		      void *user);
/* Before the reply: fn is not called any more. */
void questions_cancel(struct asked *asked);

#endif
