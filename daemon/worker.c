/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/worker.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/http.h"
#include "daemon/log.h"
#include "daemon/moment.h"
#include "daemon/questions.h"
#include "daemon/socketmap.h"
#include "daemon/start.h"

enum {
	EXIT_CONFIG = 78,
	EXIT_INTERNAL = 70,
	BEAT_MS = 1000,
	/* While draining: how often it is looked whether the last connection has gone, and for how long. */
	DRAIN_MS = 20,
	DRAIN_IDLE = 3, /* so often in a row: others may still send what they had begun */
	DRAIN_MOST_US = 10000000,
};

/* A listening socket being served. */
struct service {
	enum listener_kind kind;
	struct socketmap *socketmap;
	struct http *http;
};

struct worker {
	struct env env;
	struct nmx_context *ctx;
	struct event *readable, *beat, *term, *drain;
	struct service *services;
	size_t n_services;
	uint64_t stats[NMX_STAT_COUNT]; /* as last published */
	uint64_t log_lost;
	int64_t drain_until_us;
	unsigned n_idle;
};

static void
log_library(enum nmx_log_level level, const char *text, void *user)
{
	(void)user;
	log_write(level, "resolver", "text", text, NULL);
}

static void
dispatch(evutil_socket_t fd, short what, void *user)
{
	struct worker *worker = user;

	(void)fd, (void)what;
	nmx_context_dispatch(worker->ctx);
}

/* ---- The heartbeat -------------------------------------------------------------------------- */

/* Counters outlive this process, so only what is new is added. */
static void
publish(struct worker *worker)
{
	struct metrics *m = worker->env.metrics;
	uint64_t now[NMX_STAT_COUNT];

	if (nmx_context_stats(worker->ctx, now, NMX_STAT_COUNT) != 0)
		return;
	for (size_t i = 0; i < NMX_STAT_COUNT; i++) {
		if (metrics_is_gauge((enum nmx_stat)i))
			atomic_store_explicit(&m->stats[i], now[i], memory_order_relaxed);
		else
			metric_add(&m->stats[i], now[i] - worker->stats[i]);
		worker->stats[i] = now[i];
	}
	metric_add(&m->log_lost, log_lost() - worker->log_lost);
	worker->log_lost = log_lost();
}

static void
beat(evutil_socket_t fd, short what, void *user)
{
	struct worker *worker = user;

	(void)fd, (void)what;
	shared_beat(worker->env.shared, worker->env.worker);
	publish(worker);
}

/* ---- The end -------------------------------------------------------------------------------- */

static size_t
connections(const struct worker *worker)
{
	size_t n = 0;

	for (size_t i = 0; i < worker->n_services; i++) {
		const struct service *service = &worker->services[i];

		n += service->kind == LISTENER_HTTP ? http_connections(service->http)
						    : socketmap_connections(service->socketmap);
	}
	return n;
}

static void
look_whether_done(evutil_socket_t fd, short what, void *user)
{
	struct worker *worker = user;
	bool is_idle = connections(worker) == 0 && questions_foreign(worker->env.questions) == 0;

	(void)fd, (void)what;
	worker->n_idle = is_idle ? worker->n_idle + 1 : 0;
	if (worker->n_idle >= DRAIN_IDLE || moment_us() >= worker->drain_until_us)
		event_base_loopbreak(worker->env.base);
}

static void
drain(evutil_socket_t fd, short what, void *user)
{
	static const struct timeval often = {0, DRAIN_MS * 1000};
	struct worker *worker = user;

	(void)fd, (void)what;
	if (worker->drain_until_us)
		return;
	worker->drain_until_us = moment_us() + DRAIN_MOST_US;
	questions_drain(worker->env.questions);
	for (size_t i = 0; i < worker->n_services; i++) {
		if (worker->services[i].kind == LISTENER_HTTP)
			http_drain(worker->services[i].http);
		else
			socketmap_drain(worker->services[i].socketmap);
	}
	event_add(worker->drain, &often);
	look_whether_done(-1, 0, worker);
}

/* ---- The beginning -------------------------------------------------------------------------- */

/* 0, or a status to exit with. */
static int
open_context(struct worker *worker, const struct config *config)
{
	char error[1024];
	int result = start_context(config, log_library, &worker->ctx, error, sizeof(error));

	if (result == 0)
		return 0;
	log_always(NMX_LOG_ERROR, "start", "reason", error, NULL);
	return result == NMX_E_CONFIG ? EXIT_CONFIG : EXIT_INTERNAL;
}

static bool
start_events(struct worker *worker)
{
	static const struct timeval often = {BEAT_MS / 1000, 0};
	struct event_base *base = worker->env.base;

	worker->readable = event_new(base, nmx_context_fd(worker->ctx), EV_READ | EV_PERSIST,
				     dispatch, worker);
	worker->beat = event_new(base, -1, EV_PERSIST, beat, worker);
	worker->term = evsignal_new(base, SIGTERM, drain, worker);
	worker->drain = event_new(base, -1, EV_PERSIST, look_whether_done, worker);
	return worker->readable && worker->beat && worker->term && worker->drain &&
	       event_add(worker->readable, NULL) == 0 && event_add(worker->beat, &often) == 0 &&
	       event_add(worker->term, NULL) == 0;
}

static bool
serve(struct worker *worker, const struct listeners *listeners)
{
	worker->services = calloc(listeners->n ? listeners->n : 1, sizeof(*worker->services));
	for (size_t i = 0; worker->services && i < listeners->n; i++) {
		struct service *service = &worker->services[i];

		service->kind = listeners->all[i].kind;
		if (service->kind == LISTENER_HTTP)
			service->http = http_new(&worker->env, listeners->all[i].fd);
		else
			service->socketmap = socketmap_new(&worker->env, listeners->all[i].fd);
		if (!service->http && !service->socketmap)
			return false;
		worker->n_services++;
	}
	return worker->services != NULL;
}

static int
start_worker(struct worker *worker, const struct worker_start *start)
{
	const int *links = start->links + (size_t)start->index * start->n_workers;
	struct env *env = &worker->env;
	int result;

	env->config = start->config;
	env->shared = start->shared;
	env->worker = start->index;
	env->n_workers = start->n_workers;
	env->metrics = shared_metrics(start->shared, start->index);
	memcpy(env->secret, start->secret, sizeof(env->secret));
	result = open_context(worker, start->config);
	if (result)
		return result;
	env->base = event_base_new();
	if (env->base)
		env->questions = questions_new(env, worker->ctx, links);
	if (env->questions && start_events(worker) && serve(worker, &start->listeners))
		return 0;
	log_always(NMX_LOG_ERROR, "start", "reason", "out of memory or descriptors", NULL);
	return EXIT_INTERNAL;
}

static void
free_event(struct event *event)
{
	if (event)
		event_free(event);
}

static void
end_worker(struct worker *worker)
{
	for (size_t i = 0; i < worker->n_services; i++) {
		http_free(worker->services[i].http);
		socketmap_free(worker->services[i].socketmap);
	}
	free(worker->services);
	questions_free(worker->env.questions);
	free_event(worker->readable);
	free_event(worker->beat);
	free_event(worker->term);
	free_event(worker->drain);
	if (worker->env.base)
		event_base_free(worker->env.base);
	nmx_context_free(worker->ctx);
}

int
worker_run(const struct worker_start *start)
{
	struct worker worker = {0};
	int result;

	result = start_worker(&worker, start);
	if (result == 0) {
		shared_ready(start->shared, start->index);
		if (event_base_dispatch(worker.env.base) < 0)
			result = EXIT_INTERNAL;
		publish(&worker);
	}
	end_worker(&worker);
	return result;
}
