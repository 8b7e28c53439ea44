/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When the deadline of a question comes before the answer, it gets the first of these that there is:
 *
 *	what is known by now (RULES DDL-1), if that can be delivered to and no policy is awaited
 *	the route of an earlier look-up that was finished after "later" (late.h), unless a policy is held
 *	  that it does not know of
 *	"later"
 *
 * and the look-up goes on. With a route of the second kind at hand nobody waits for long.
 */
#include "daemon/subjects.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/crash.h"
#include "daemon/late.h"
#include "daemon/moment.h"
#include "daemon/respond.h"

enum { HURRY_MS = 250 };

struct subject {
	const char *key; /* first: what the tree compares */
	struct subjects *subjects;
	TAILQ_ENTRY(subject) link;
	struct nmx_request *request; /* NULL once it is answered */
	struct asked_list waiting;
	int place; /* in the shared memory */
	bool told_later;
	int64_t since_us;
	bool was_cached; /* its route lay in the cache */
	char text[];
};

TAILQ_HEAD(subject_list, subject);

struct subjects {
	struct questions *questions;
	void *tree;
	struct subject_list all;
	struct late *late;
};

static int
by_key(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct subjects *
subjects_new(struct questions *questions)
{
	struct subjects *subjects = calloc(1, sizeof(*subjects));

	if (!subjects)
		return NULL;
	subjects->questions = questions;
	TAILQ_INIT(&subjects->all);
	subjects->late = late_new((int64_t)questions->env->config->slot_s * 1000000);
	if (subjects->late)
		return subjects;
	free(subjects);
	return NULL;
}

static void
leave_place(struct subject *subject)
{
	struct env *env = subject->subjects->questions->env;

	if (subject->place >= 0)
		shared_leave(env->shared, env->worker, subject->place);
	subject->place = -1;
}

/* Nobody waits any more. */
static void
end(struct subject *subject)
{
	struct subjects *subjects = subject->subjects;

	nmx_request_free(subject->request);
	leave_place(subject);
	tdelete(subject, &subjects->tree, by_key);
	TAILQ_REMOVE(&subjects->all, subject, link);
	free(subject);
}

void
subjects_free(struct subjects *subjects)
{
	struct subject *subject;

	if (!subjects)
		return;
	while ((subject = TAILQ_FIRST(&subjects->all))) {
		while (!TAILQ_EMPTY(&subject->waiting))
			questions_cancel(TAILQ_FIRST(&subject->waiting));
		end(subject);
	}
	late_free(subjects->late);
	free(subjects);
}

/* ---- Answers -------------------------------------------------------------------------------- */

/* All that wait will be told. */
static void
settle(struct subject *subject, struct nmx_route *route, enum trouble trouble)
{
	struct asked *asked;

	while ((asked = TAILQ_FIRST(&subject->waiting))) {
		subjects_leave(asked);
		asked_settle(asked, route, trouble);
	}
}

static uint64_t
cache_hits(struct subjects *subjects)
{
	uint64_t stats[NMX_STAT_CACHE_HITS + 1] = {0};

	nmx_context_stats(subjects->questions->ctx, stats, NMX_STAT_CACHE_HITS + 1);
	return stats[NMX_STAT_CACHE_HITS];
}

/* The look-up is over, and the subject with it. */
static void
route_known(int error, struct nmx_route *route, void *user)
{
	struct subject *subject = user;
	struct subjects *subjects = subject->subjects;
	struct env *env = subjects->questions->env;

	if (!error && !subject->was_cached)
		respond_log_route(env, subject->key, route, moment_us() - subject->since_us);
	if (!error && subject->told_later && nmx_route_outcome(route) == NMX_DELIVERABLE) {
		late_put(subjects->late, subject->key, route, moment_us());
		metric_add(&env->metrics->late_kept, 1);
	}
	settle(subject, error ? NULL : route, TROUBLE_MEMORY);
	end(subject);
}

/* A reference, or NULL. */
static struct nmx_route *
known_by_now(struct subject *subject)
{
	struct nmx_route *route;

	if (nmx_request_peek(subject->request, &route) != 0)
		return NULL;
	if (nmx_route_outcome(route) == NMX_DELIVERABLE && !nmx_route_sts_is_awaited(route))
		return route;
	nmx_route_unref(route);
	return NULL;
}

/* Whether the context holds an MTA-STS policy that the route was not judged by. */
static bool
has_newer_policy(struct subjects *subjects, const struct nmx_route *route)
{
	const struct nmx_sts_held *held;

	if (nmx_route_source(route) == NMX_SOURCE_HOST)
		return false;
	held = nmx_sts_held_find(subjects->questions->ctx, nmx_route_ascii(route));
	return held && strcmp(nmx_sts_held_id(held), nmx_route_sts_id(route)) != 0;
}

/* What an earlier look-up has left, lent; NULL if there is nothing to be used. */
static struct nmx_route *
before(struct subjects *subjects, const char *key)
{
	struct nmx_route *route = late_find(subjects->late, key, moment_us());

	return route && !has_newer_policy(subjects, route) ? route : NULL;
}

/* A reference, or NULL. */
static struct nmx_route *
known_from_before(struct subject *subject)
{
	struct subjects *subjects = subject->subjects;

	if (!before(subjects, subject->key))
		return NULL;
	metric_add(&subjects->questions->env->metrics->late_used, 1);
	return nmx_route_ref(late_use(subjects->late, subject->key, moment_us()));
}

void
subjects_due(struct asked *asked)
{
	struct subject *subject = asked->subject;
	struct nmx_route *route = known_by_now(subject);

	if (!route)
		route = known_from_before(subject);
	subject->told_later |= !route;
	subjects_leave(asked);
	asked_settle(asked, route, TROUBLE_LATER);
	nmx_route_unref(route);
}

/* ---- Questions ------------------------------------------------------------------------------ */

/* A host has a port. 0, or an error. */
static int
request(struct subject *subject, const struct question *question)
{
	struct nmx_context *ctx = subject->subjects->questions->ctx;

	if (question->port)
		return nmx_request_start_host(ctx, question->subject, question->port, route_known,
					      subject, &subject->request);
	return nmx_request_start(ctx, question->subject, route_known, subject, &subject->request);
}

void
subjects_leave(struct asked *asked)
{
	TAILQ_REMOVE(&asked->subject->waiting, asked, link);
	asked->subject = NULL;
}

static struct subject *
find(struct subjects *subjects, const char *key)
{
	struct subject **at = tfind(&key, &subjects->tree, by_key);

	return at ? *at : NULL;
}

static struct subject *
subject_new(struct subjects *subjects, const char *key)
{
	size_t size = strlen(key) + 1;
	struct subject *subject = calloc(1, sizeof(*subject) + size);

	if (!subject)
		return NULL;
	memcpy(subject->text, key, size);
	subject->key = subject->text;
	if (!tsearch(subject, &subjects->tree, by_key)) {
		free(subject);
		return NULL;
	}
	subject->subjects = subjects;
	subject->since_us = moment_us();
	subject->place = -1;
	TAILQ_INIT(&subject->waiting);
	TAILQ_INSERT_TAIL(&subjects->all, subject, link);
	return subject;
}

/*
 * Its request begins. It has a place in the shared memory by then, for whatever happens; what lay in the
 * cache needs none, so that silent servers without number hold up nobody who is known. False, with the
 * trouble, if it cannot begin: it is gone then.
 */
static bool
begin(struct subject *subject, const struct question *question, enum trouble *ret_trouble)
{
	struct subjects *subjects = subject->subjects;
	struct env *env = subjects->questions->env;
	uint64_t hits = cache_hits(subjects);
	int error;

	subject->place = shared_enter(env->shared, env->worker, subject->key);
	crash_if_told(subject->key);
	error = request(subject, question);
	subject->was_cached = cache_hits(subjects) != hits;
	if (subject->was_cached)
		leave_place(subject);
	else if (!error && subject->place < 0)
		error = NMX_E_LIMIT;
	if (!error)
		return true;
	*ret_trouble = error == NMX_E_LIMIT ? TROUBLE_OVERLOAD : TROUBLE_MEMORY;
	end(subject);
	return false;
}

/* Who has an answer to fall back on waits as long as a warm look-up takes, and no longer. */
static void
hurry(struct asked *asked)
{
	static const struct timeval soon = {0, HURRY_MS * 1000};

	if (asked->question.wait_ms > HURRY_MS)
		event_add(&asked->timer, &soon);
}

void
subjects_join(struct asked *asked, const char *key)
{
	struct subjects *subjects = asked->questions->subjects;
	struct subject *subject = find(subjects, key);
	enum trouble trouble = TROUBLE_MEMORY;

	if (shared_is_quarantined(asked->questions->env->shared, key)) {
		asked_settle(asked, NULL, TROUBLE_QUARANTINED);
		return;
	}
	if (!subject) {
		subject = subject_new(subjects, key);
		if (!subject || !begin(subject, &asked->question, &trouble)) {
			asked_settle(asked, NULL, trouble);
			return;
		}
	}
	asked->subject = subject;
	asked->state = ASKED_WAITING;
	TAILQ_INSERT_TAIL(&subject->waiting, asked, link);
	if (before(subjects, key))
		hurry(asked);
}
