/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The steps of one entry, each of which ends in a callback of the library's. What a domain costs its name
 * servers is known at the end alone: the questions for the servers themselves are counted when they are
 * answered, CHARGED questions when the domain begins, and what its routes rest on beyond that when it is
 * over, whether it came from a cache or not. That is too much for some, and never
 * too little: what libunbound asks for by itself (DNSKEY, DS) goes to parents, or is asked once a zone.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/scan/worker.h"

enum { CHARGED = 3, MOST_SERVERS = 64 };

/* The job is nobody's any more. */
static void
leave(struct job *job)
{
	struct worker *w = job->worker;

	job_list_remove(&w->jobs, job);
	w->in_flight--;
	if (job->lane)
		park_leave(w->park, job);
	job_free(job);
}

/* The scan ends without this entry's line: who goes on with it asks again. */
static void
fail(struct job *job, int error)
{
	struct worker *w = job->worker;

	complain("scan: %s: %s", job->item.domain, nmx_strerror(error));
	shared_fail(w->shared, EXIT_INTERNAL);
	leave(job);
}

/* ---- The end ---------------------------------------------------------------------------------- */

static bool
has_query(const struct nmx_route *route, const char *name, const char *type)
{
	for (size_t i = 0; i < nmx_route_query_count(route); i++)
		if (strcmp(nmx_route_query_name(route, i), name) == 0 &&
		    strcmp(nmx_route_query_type(route, i), type) == 0)
			return true;
	return false;
}

static void
charge_servers(const struct job *job, const struct nmx_route *without)
{
	const struct lane *lane = job->lane;
	uint64_t n = nmx_route_query_count(job->route);

	if (!lane)
		return;
	for (size_t i = 0; without && i < nmx_route_query_count(without); i++)
		n += !has_query(job->route, nmx_route_query_name(without, i),
				nmx_route_query_type(without, i));
	if (n > CHARGED)
		pace_servers_charge(job->worker->pace, lane->servers, lane->n_servers, n - CHARGED,
				    worker_now());
}

/* NULL: memory, or random numbers, ran out. */
static char *
make_line(const struct job *job, const struct nmx_route *without, size_t *ret_length)
{
	const struct scan_settings *s = job->worker->settings;
	uint64_t seed = s->seed;
	struct nmx_plan *plan;
	char *line;

	if (!s->has_seed && nmx_random_seed(&seed) != 0)
		return NULL;
	if (nmx_plan_new(job->route, seed, &plan) != 0)
		return NULL;
	line = line_of_route(&job->item, job->route, plan, without, s->fields, ret_length);
	nmx_plan_free(plan);
	return line;
}

static void
finish(struct job *job, const struct nmx_route *without)
{
	struct worker *w = job->worker;
	size_t length;
	char *line = make_line(job, without, &length);
	bool is_put = line && sink_put(w->sink, line, length);

	free(line);
	if (!is_put && sink_error(w->sink) == 0) {
		fail(job, NMX_E_NOMEM);
		return;
	}
	if (is_put) {
		charge_servers(job, without);
		shared_finish(w->shared, job->number, nmx_route_outcome(job->route));
	}
	leave(job);
}

/* ---- The routes ------------------------------------------------------------------------------- */

static void
got_route_without_srv(int error, struct nmx_route *route, void *user)
{
	struct job *job = user;

	if (error)
		fail(job, error);
	else
		finish(job, route);
}

/* Whether a sender that knows no SRV may find another way: not if there is no SRV record. */
static bool
may_differ(const struct nmx_route *route)
{
	const char *rcode = nmx_route_records_rcode(route, NMX_RECORDS_SRV);
	bool is_answer = strcmp(rcode, "NOERROR") == 0 || strcmp(rcode, "NXDOMAIN") == 0;

	if (!*rcode)
		return false; /* not asked */
	return !is_answer || nmx_route_records_published(route, NMX_RECORDS_SRV) > 0 ||
	       nmx_route_records_security(route, NMX_RECORDS_SRV) == NMX_BOGUS;
}

static void
got_route(int error, struct nmx_route *route, void *user)
{
	struct job *job = user;
	struct worker *w = job->worker;

	if (error) {
		fail(job, error);
		return;
	}
	job->route = nmx_route_ref(route);
	if (!w->settings->wants_without_srv || !may_differ(route)) {
		finish(job, NULL);
		return;
	}
	error = nmx_request_start_mx(w->ctx, job->item.domain, got_route_without_srv, job, NULL);
	if (error)
		fail(job, error);
}

static void
ask_route(struct job *job)
{
	struct worker *w = job->worker;
	int error = nmx_request_start(w->ctx, job->item.domain, got_route, job, NULL);

	if (error)
		fail(job, error);
}

/* ---- The servers ------------------------------------------------------------------------------ */

static void
got_servers(int error, struct nmx_route *route, void *user)
{
	struct job *job = user;
	struct worker *w = job->worker;
	const char *names[MOST_SERVERS];
	size_t n = 0;
	int64_t now = worker_now();

	if (error) {
		fail(job, error);
		return;
	}
	if (!*nmx_route_records_rcode(route, NMX_RECORDS_NS)) {
		ask_route(job); /* no name, so nobody is asked */
		return;
	}
	while (n < MOST_SERVERS && nmx_route_record(route, NMX_RECORDS_NS, n)) {
		names[n] = nmx_record_name(nmx_route_record(route, NMX_RECORDS_NS, n));
		n++;
	}
	pace_servers_charge(w->pace, names, n, nmx_route_query_count(route), now);
	job_list_remove(&w->jobs, job);
	w->in_flight--;
	if (park_add(w->park, job, names, n, pace_servers_when(w->pace, names, n, now)))
		return;
	job_list_add(&w->jobs, job);
	w->in_flight++;
	fail(job, NMX_E_NOMEM);
}

void
asking_begin(struct worker *w, struct job *job)
{
	int error;

	job->worker = w;
	job_list_add(&w->jobs, job);
	w->in_flight++;
	if (!w->park || job->lane) {
		if (job->lane)
			pace_servers_charge(w->pace, job->lane->servers, job->lane->n_servers,
					    CHARGED, worker_now());
		ask_route(job);
		return;
	}
	if (worker_is_crowded(w))
		pace_servers_charge(w->pace, NULL, 0, 1, worker_now());
	error = nmx_request_start_servers(w->ctx, job->item.domain, got_servers, job, NULL);
	if (error)
		fail(job, error);
}
