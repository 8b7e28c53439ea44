/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/questions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/asked.h"
#include "daemon/peers.h"
#include "daemon/repeats.h"
#include "daemon/respond.h"
#include "daemon/subjects.h"

enum {
	/* Questions that may wait in one worker: some 600 octets each. */
	MOST_ASKED = 20000,
	/* What the way to another worker and back may take beyond the question's own time: as much again,
	 * and so much at the most. */
	MOST_AWAY_MS = 300,
};

enum protocol
question_protocol(enum question_kind kind)
{
	switch (kind) {
	case QUESTION_ROUTE:
		return PROTOCOL_ROUTE;
	case QUESTION_EXIM:
	case QUESTION_EXIM_CLASS:
		return PROTOCOL_EXIM;
	case QUESTION_TLS_SEC:
		return PROTOCOL_TLS_SEC;
	case QUESTION_TLS_STS:
		return PROTOCOL_TLS_STS;
	default:
		return PROTOCOL_HTTP;
	}
}

void
asked_key(const struct question *question, char ret_key[static SHARED_NAME])
{
	if (question->port)
		snprintf(ret_key, SHARED_NAME, "%.255s:%u/TCP", question->subject, question->port);
	else
		memcpy(ret_key, question->subject, strlen(question->subject) + 1);
}

/* ---- The end of a question ------------------------------------------------------------------ */

static void
release(struct asked *asked)
{
	event_del(&asked->timer);
	asked->questions->n--;
	free(asked);
}

void
asked_tell(struct asked *asked, const struct reply *reply)
{
	reply_fn fn = asked->fn;
	void *user = asked->user;

	release(asked);
	fn(reply, user);
}

/* In a place of its own: what a route holds is read again, and may be what kills us. */
static void
respond(struct env *env, const struct question *question, const char *key, struct nmx_route *route,
	reply_fn fn, void *user)
{
	int place = shared_enter(env->shared, env->worker, key);

	respond_route(env, question, route, fn, user);
	if (place >= 0)
		shared_leave(env->shared, env->worker, place);
}

static void
tell_route(struct asked *asked, struct nmx_route *route)
{
	struct question question = asked->question;
	struct env *env = asked->questions->env;
	char key[SHARED_NAME];
	reply_fn fn = asked->fn;
	void *user = asked->user;

	release(asked);
	asked_key(&question, key);
	respond(env, &question, key, route, fn, user);
}

static void
tell_trouble(struct asked *asked, enum trouble trouble)
{
	char buffer[ANSWER_SIZE];
	struct reply reply;

	answer_trouble(asked->questions->env->config, &asked->question, trouble, buffer, &reply);
	asked_tell(asked, &reply);
}

void
asked_settle(struct asked *asked, struct nmx_route *route, enum trouble trouble)
{
	asked->state = ASKED_SETTLED;
	asked->route = route ? nmx_route_ref(route) : NULL;
	asked->trouble = trouble;
	TAILQ_INSERT_TAIL(&asked->questions->settled, asked, link);
	asked->questions->n_settled++;
	event_active(&asked->questions->settle, EV_TIMEOUT, 1);
}

static void
unsettle(struct asked *asked)
{
	TAILQ_REMOVE(&asked->questions->settled, asked, link);
	asked->questions->n_settled--;
}

/* Those that settle while others are told wait for the next turn; a reply function may cancel any. */
static void
tell_settled(evutil_socket_t fd, short what, void *user)
{
	struct questions *questions = user;
	size_t n = questions->n_settled;

	(void)fd, (void)what;
	while (n-- && !TAILQ_EMPTY(&questions->settled)) {
		struct asked *asked = TAILQ_FIRST(&questions->settled);
		struct nmx_route *route = asked->route;

		unsettle(asked);
		if (route)
			tell_route(asked, route);
		else
			tell_trouble(asked, asked->trouble);
		nmx_route_unref(route);
	}
	if (!TAILQ_EMPTY(&questions->settled))
		event_active(&questions->settle, EV_TIMEOUT, 1);
}

static void
deadline_came(evutil_socket_t fd, short what, void *user)
{
	struct asked *asked = user;

	(void)fd, (void)what;
	if (asked->state == ASKED_WAITING) {
		subjects_due(asked);
	} else if (asked->state == ASKED_AWAY) {
		peers_forget(asked);
		tell_trouble(asked, TROUBLE_LATER);
	}
}

/* ---- Asking --------------------------------------------------------------------------------- */

static bool
set_timer(struct asked *asked, unsigned ms)
{
	struct timeval tv = {ms / 1000, (suseconds_t)(ms % 1000) * 1000};

	return event_add(&asked->timer, &tv) == 0;
}

static void
begin_here(struct asked *asked, const char *key)
{
	if (set_timer(asked, asked->question.wait_ms))
		subjects_join(asked, key);
	else
		asked_settle(asked, NULL, TROUBLE_MEMORY);
}

static void
begin(struct asked *asked, const char *key)
{
	unsigned owner = peers_owner(asked->questions->peers, key);
	unsigned wait_ms = asked->question.wait_ms;
	unsigned away_ms = wait_ms < MOST_AWAY_MS ? wait_ms : MOST_AWAY_MS;

	if (owner == asked->questions->env->worker || !set_timer(asked, wait_ms + away_ms) ||
	    !peers_pass(asked, owner))
		begin_here(asked, key);
}

static struct asked *
asked_new(struct questions *questions, const struct question *question, reply_fn fn, void *user)
{
	struct asked *asked = questions->n < MOST_ASKED ? calloc(1, sizeof(*asked)) : NULL;

	if (!asked)
		return NULL;
	asked->questions = questions;
	asked->question = *question;
	asked->fn = fn;
	asked->user = user;
	evtimer_assign(&asked->timer, questions->env->base, deadline_came, asked);
	questions->n++;
	return asked;
}

struct asked *
questions_ask(struct questions *questions, const struct question *question, reply_fn fn, void *user)
{
	struct asked *asked = asked_new(questions, question, fn, user);
	char key[SHARED_NAME];

	if (!asked)
		return NULL;
	asked_key(question, key);
	begin(asked, key);
	return asked;
}

struct asked *
questions_ask_here(struct questions *questions, const struct question *question, reply_fn fn,
		   void *user)
{
	struct asked *asked = asked_new(questions, question, fn, user);
	char key[SHARED_NAME];

	if (!asked)
		return NULL;
	asked_key(question, key);
	begin_here(asked, key);
	return asked;
}

/* ---- Answering at once ---------------------------------------------------------------------- */

/* A reference, or NULL. */
static struct nmx_route *
find_cached(struct questions *questions, const struct question *question)
{
	struct nmx_route *route;
	int found;

	if (question->port)
		found = nmx_request_cached_host(questions->ctx, question->subject, question->port,
						&route);
	else
		found = nmx_request_cached(questions->ctx, question->subject, &route);
	return found == 1 ? route : NULL;
}

static bool
answer(struct questions *questions, const struct question *question, const char *key, reply_fn fn,
       void *user)
{
	struct env *env = questions->env;
	struct nmx_route *route;

	if (shared_is_quarantined(env->shared, key))
		return false;
	route = find_cached(questions, question);
	if (!route)
		return false;
	respond(env, question, key, route, fn, user);
	nmx_route_unref(route);
	return true;
}

bool
questions_answer(struct questions *questions, const struct question *question, reply_fn fn,
		 void *user)
{
	char key[SHARED_NAME];

	asked_key(question, key);
	return peers_owner(questions->peers, key) == questions->env->worker &&
	       answer(questions, question, key, fn, user);
}

bool
questions_answer_here(struct questions *questions, const struct question *question, reply_fn fn,
		      void *user)
{
	char key[SHARED_NAME];

	asked_key(question, key);
	return answer(questions, question, key, fn, user);
}

void
questions_cancel(struct asked *asked)
{
	if (!asked)
		return;
	switch (asked->state) {
	case ASKED_WAITING:
		subjects_leave(asked);
		break;
	case ASKED_AWAY:
		peers_forget(asked);
		break;
	case ASKED_SETTLED:
		unsettle(asked);
		nmx_route_unref(asked->route);
		break;
	}
	release(asked);
}

/* ---- Making and freeing --------------------------------------------------------------------- */

struct questions *
questions_new(struct env *env, struct nmx_context *ctx, const int *links)
{
	struct questions *questions = calloc(1, sizeof(*questions));

	if (!questions)
		return NULL;
	questions->env = env;
	questions->ctx = ctx;
	TAILQ_INIT(&questions->settled);
	event_assign(&questions->settle, env->base, -1, 0, tell_settled, questions);
	questions->subjects = subjects_new(questions);
	questions->peers = peers_new(questions, links);
	env->repeats = repeats_new();
	if (questions->subjects && questions->peers && env->repeats)
		return questions;
	questions_free(questions);
	return NULL;
}

void
questions_drain(struct questions *questions)
{
	peers_drain(questions->peers);
}

size_t
questions_foreign(const struct questions *questions)
{
	return peers_foreign(questions->peers);
}

void
questions_free(struct questions *questions)
{
	if (!questions)
		return;
	peers_free(questions->peers);
	subjects_free(questions->subjects);
	while (!TAILQ_EMPTY(&questions->settled))
		questions_cancel(TAILQ_FIRST(&questions->settled));
	event_del(&questions->settle);
	repeats_free(questions->env->repeats);
	questions->env->repeats = NULL;
	free(questions);
}
