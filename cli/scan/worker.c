/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/worker.h"

#include <poll.h>
#include <string.h>
#include <time.h>

#include "cli/scan/wake.h"

enum { NS_A_S = 1000000000, CROWD = 256 };

static const int64_t FOR_EVER = INT64_MAX;

int64_t
worker_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * NS_A_S + now.tv_nsec;
}

bool
worker_is_crowded(const struct worker *w)
{
	return w->park && park_count(w->park) >= CROWD;
}

static bool
has_stopped(const struct worker *w, enum scan_stop stop)
{
	return atomic_load(&w->shared->stop) >= (int)stop;
}

static bool
is_over(struct worker *w)
{
	if (has_stopped(w, STOP_NOW))
		return true;
	if (w->in_flight > 0)
		return false;
	if (has_stopped(w, STOP_BEGINNING))
		return true;
	return !(w->park && park_first(w->park)) && queue_is_over(&w->queue);
}

/* What the library has asked since. */
static void
charge(struct worker *w)
{
	uint64_t stats[NMX_STAT_QUESTIONS + 1];

	if (nmx_context_stats(w->ctx, stats, NMX_STAT_QUESTIONS + 1) != 0)
		return;
	if (stats[NMX_STAT_QUESTIONS] > w->questions)
		pace_charge(w->pace, stats[NMX_STAT_QUESTIONS] - w->questions, worker_now());
	w->questions = stats[NMX_STAT_QUESTIONS];
}

/* ---- What begins next ------------------------------------------------------------------------- */

/* A parked one whose servers may be asked; else NULL, and when one may. */
static struct job *
take_parked(struct worker *w, int64_t now, int64_t *ret_due)
{
	const struct lane *lane;

	while ((lane = park_first(w->park)) && lane->due <= now) {
		int64_t when = pace_servers_when(w->pace, lane->servers, lane->n_servers, now);

		if (when <= now)
			return park_take(w->park);
		park_delay(w->park, when); /* others of the server's came first */
	}
	if (lane)
		*ret_due = lane->due;
	return NULL;
}

/* An entry that has not begun; else NULL, and when there may be one. */
static struct job *
take_new(struct worker *w, int64_t now, int64_t *due)
{
	int64_t when = worker_is_crowded(w) ? pace_servers_when(w->pace, NULL, 0, now) : now;

	if (when <= now)
		return queue_take(&w->queue);
	if (when < *due)
		*due = when;
	return NULL;
}

/* As many as may; returns when to try again, unless the descriptors say so before. */
static int64_t
begin(struct worker *w)
{
	while (w->in_flight < w->most && !has_stopped(w, STOP_BEGINNING) &&
	       !sink_is_full(w->sink)) {
		int64_t now = worker_now(), due = FOR_EVER, when = pace_when(w->pace, now);
		struct job *job;

		if (when > now)
			return when;
		job = w->park ? take_parked(w, now, &due) : NULL;
		if (!job)
			job = take_new(w, now, &due);
		if (!job)
			return due;
		asking_begin(w, job);
		charge(w);
		if (w->settings->qps)
			return now; /* what it asks is known after dispatch */
	}
	return FOR_EVER;
}

/* ---- The thread ------------------------------------------------------------------------------- */

static void
wait_until(struct worker *w, int64_t until)
{
	struct pollfd fds[] = {{nmx_context_fd(w->ctx), POLLIN, 0}, {w->wake, POLLIN, 0}};
	int64_t left = until == FOR_EVER ? 0 : until - worker_now();
	struct timespec timeout = {.tv_sec = left > 0 ? left / NS_A_S : 0,
				   .tv_nsec = left > 0 ? left % NS_A_S : 0};

	ppoll(fds, 2, until == FOR_EVER ? NULL : &timeout, NULL);
	if (fds[1].revents)
		wake_clear(w->wake);
}

static void *
run(void *user)
{
	struct worker *w = user;

	while (!is_over(w)) {
		int64_t until = begin(w);
		int n = nmx_context_dispatch(w->ctx);

		charge(w);
		if (n < 0) {
			complain("scan: %s", nmx_strerror(n));
			shared_fail(w->shared, EXIT_INTERNAL);
		} else if (n == 0 && !is_over(w)) {
			wait_until(w, until);
		}
	}
	atomic_fetch_sub(&w->shared->n_running, 1);
	wake_set(w->shared->main_wake);
	return NULL;
}

/* ---- Interface -------------------------------------------------------------------------------- */

/* Part i of n of a number, so that the parts add up. */
static uint64_t
part_of(uint64_t number, unsigned i, unsigned n)
{
	return number * (i + 1) / n - number * i / n;
}

bool
worker_init(struct worker *w, unsigned i, struct nmx_context *ctx, const struct scan_settings *s,
	    struct shared *shared, struct sink *sink)
{
	unsigned n = shared->n_wakes;

	*w = (struct worker){.ctx = ctx, .settings = s, .shared = shared, .sink = sink};
	w->wake = shared->wakes[i];
	w->most = (size_t)part_of(s->in_flight, i, n);
	w->pace = pace_new(part_of(1000 * s->qps, i, n), part_of(1000 * s->server_qps, i, n),
			   worker_now());
	w->park = s->server_qps ? park_new() : NULL;
	if (w->pace && (w->park || !s->server_qps)) {
		queue_init(&w->queue, w->wake, shared->main_wake);
		return true;
	}
	pace_free(w->pace);
	park_free(w->park);
	return false;
}

bool
worker_start(struct worker *w)
{
	int error;

	atomic_fetch_add(&w->shared->n_running, 1);
	error = pthread_create(&w->thread, NULL, run, w);
	w->is_running = error == 0;
	if (error) {
		atomic_fetch_sub(&w->shared->n_running, 1);
		complain("scan: no thread: %s", strerror(error));
	}
	return error == 0;
}

void
worker_done(struct worker *w)
{
	if (w->is_running)
		pthread_join(w->thread, NULL);
	nmx_context_free(w->ctx); /* requests that were left point at jobs */
	job_list_free(&w->jobs);
	queue_done(&w->queue);
	park_free(w->park);
	pace_free(w->pace);
}
