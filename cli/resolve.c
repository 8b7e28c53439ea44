/* SPDX-License-Identifier: BSD-2-Clause */
/* nextmx resolve: the route of each domain and one drawn plan, in the order of the arguments. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/text.h"
#include "cli/via.h"

enum { MOST_IN_FLIGHT = 64, MOST_COUNT = 100000000, MOST_DATA = 16 };

struct job {
	const char *domain;
	struct nmx_route *route;
	int error;
	bool done;
};

struct settings {
	bool json, why, has_seed;
	uint64_t seed, count; /* count 0: one plan and no shares */
};

/* How often a host came first. */
struct share {
	const struct nmx_host *host;
	uint64_t first;
};

static bool
read_settings(const struct verb *verb, struct nmx_context *ctx, void *settings)
{
	struct settings *s = settings;
	const char *seed = args_flag(verb, "seed"), *count = args_flag(verb, "count");

	(void)ctx;
	s->json = args_flag(verb, "json") != NULL;
	s->why = args_flag(verb, "why") != NULL;
	s->has_seed = seed != NULL;
	if (seed && !args_number("--seed", seed, 0, NMX_SEED_MAX, &s->seed))
		return false;
	return !count || args_number("--count", count, 1, MOST_COUNT, &s->count);
}

/* ---- Text ----------------------------------------------------------------------------------- */

static void
print_endpoint(size_t i, const struct nmx_endpoint *e)
{
	const struct nmx_host *host = nmx_endpoint_host(e);
	const struct text_endpoint endpoint = {
		.number = i + 1,
		.stage = nmx_source_name(nmx_host_stage(host)),
		.host = nmx_host_name(host),
		.address = nmx_endpoint_address(e),
		.security = nmx_security_name(nmx_endpoint_security(e)),
		.tls = nmx_tls_name(nmx_endpoint_tls(e)),
		.is_srv = nmx_host_stage(host) == NMX_SOURCE_SRV,
		.priority = nmx_host_priority(host),
		.weight = nmx_host_weight(host),
		.port = nmx_host_port(host),
	};

	text_endpoint(stdout, &endpoint);
}

static void
print_tlsa(const struct nmx_host *host)
{
	for (size_t i = 0; i < nmx_host_tlsa_count(host); i++) {
		const struct nmx_tlsa *tlsa = nmx_host_tlsa(host, i);
		size_t length;
		const uint8_t *data = nmx_tlsa_data(tlsa, &length);
		char hex[2 * MOST_DATA + 1] = "";
		const struct text_tlsa t = {nmx_tlsa_usage(tlsa), nmx_tlsa_selector(tlsa),
					    nmx_tlsa_mtype(tlsa), hex,
					    nmx_tlsa_state_name(nmx_tlsa_state(tlsa))};

		for (size_t j = 0; j < length && j < MOST_DATA; j++)
			snprintf(hex + 2 * j, 3, "%02x", data[j]);
		text_tlsa(stdout, &t);
	}
}

static void
print_endpoints(const struct nmx_plan *plan)
{
	const struct nmx_host *last = NULL;

	for (size_t i = 0; i < nmx_plan_count(plan); i++) {
		const struct nmx_endpoint *e = nmx_plan_endpoint(plan, i);

		print_endpoint(i, e);
		if (nmx_endpoint_host(e) != last)
			print_tlsa(nmx_endpoint_host(e));
		last = nmx_endpoint_host(e);
	}
}

static void
print_why(const struct nmx_route *route, const struct nmx_plan *plan)
{
	char text[2048];

	for (size_t i = 0; i < nmx_route_query_count(route); i++) {
		const struct text_query query = {
			.name = nmx_route_query_name(route, i),
			.type = nmx_route_query_type(route, i),
			.rcode = nmx_route_query_rcode(route, i),
			.security = nmx_security_name(nmx_route_query_security(route, i)),
			.ttl = nmx_route_query_ttl(route, i),
			.ms = nmx_route_query_ms(route, i),
		};

		text_query(stdout, &query);
	}
	for (size_t i = 0; i < nmx_route_why_count(route); i++) {
		nmx_route_why(route, i, text, sizeof(text));
		text_why(stdout, nmx_route_why_phase(route, i), nmx_route_why_rule(route, i), text);
	}
	for (size_t i = 0; i < nmx_plan_why_count(plan); i++) {
		nmx_plan_why(plan, i, text, sizeof(text));
		text_why(stdout, nmx_plan_why_phase(plan, i), nmx_plan_why_rule(plan, i), text);
	}
}

static void
print_text(const struct nmx_route *route, const struct nmx_plan *plan, const struct settings *s)
{
	print_heading(route, plan);
	print_sts(route);
	print_endpoints(plan);
	print_drops(route, plan);
	if (s->why)
		print_why(route, plan);
}

static void
print_shares(const struct share *shares, size_t n, const struct settings *s)
{
	if (n == 0)
		return;
	printf("  share of first place in %llu plans:\n", (unsigned long long)s->count);
	for (size_t i = 0; i < n; i++)
		printf("    %6.2f %%  %s:%u\n", 100.0 * (double)shares[i].first / (double)s->count,
		       nmx_host_name(shares[i].host), nmx_host_port(shares[i].host));
}

/* ---- JSON ----------------------------------------------------------------------------------- */

/* Names are LDH by now, so nothing needs quoting. */
static void
print_json_shares(const struct share *shares, size_t n, const struct settings *s)
{
	printf(",\"shares\":[");
	for (size_t i = 0; i < n; i++)
		printf("%s{\"host\":\"%s\",\"port\":%u,\"first\":%.6f}", i ? "," : "",
		       nmx_host_name(shares[i].host), nmx_host_port(shares[i].host),
		       (double)shares[i].first / (double)s->count);
	printf("]");
}

static int
print_json(const struct nmx_route *route, const struct nmx_plan *plan, const struct share *shares,
	   size_t n_shares, const struct settings *s)
{
	char *text;
	int error = nmx_json(route, plan, 0, &text);

	if (error)
		return error;
	if (s->count) {
		text[strlen(text) - 1] = '\0'; /* the shares go before the final brace */
		fputs(text, stdout);
		print_json_shares(shares, n_shares, s);
		puts("}");
	} else {
		puts(text);
	}
	nmx_text_free(text);
	return 0;
}

/* ---- Plans ---------------------------------------------------------------------------------- */

/* Plan i is drawn from seed + i, so that each can be replayed. */
static int
count_shares(struct nmx_route *route, uint64_t seed, const struct settings *s, struct share *shares,
	     size_t n)
{
	for (uint64_t i = 0; i < s->count; i++) {
		const struct nmx_endpoint *first;
		struct nmx_plan *plan;
		int error = nmx_plan_new(route, (seed + i) & NMX_SEED_MAX, &plan);

		if (error)
			return error;
		first = nmx_plan_endpoint(plan, 0);
		for (size_t j = 0; first && j < n; j++)
			shares[j].first += shares[j].host == nmx_endpoint_host(first);
		nmx_plan_free(plan);
	}
	return 0;
}

static int
print_route(struct nmx_route *route, const struct nmx_plan *plan, const struct settings *s)
{
	size_t n = nmx_route_host_count(route);
	struct share *shares = calloc(n + 1, sizeof(*shares));
	int error = shares ? 0 : NMX_E_NOMEM;

	for (size_t i = 0; shares && i < n; i++)
		shares[i].host = nmx_route_host(route, i);
	if (error == 0 && s->count)
		error = count_shares(route, nmx_plan_seed(plan), s, shares, n);
	if (error == 0 && s->json) {
		error = print_json(route, plan, shares, n, s);
	} else if (error == 0) {
		print_text(route, plan, s);
		if (s->count)
			print_shares(shares, n, s);
	}
	free(shares);
	return error;
}

static int
print_job(struct job *job, const struct settings *s)
{
	uint64_t seed = s->seed;
	struct nmx_plan *plan = NULL;
	int error = job->error, code = EXIT_INTERNAL;

	if (error == 0 && !s->has_seed)
		error = nmx_random_seed(&seed);
	if (error == 0)
		error = nmx_plan_new(job->route, seed, &plan);
	if (error == 0)
		error = print_route(job->route, plan, s);
	if (error == 0)
		code = exit_code_of(nmx_plan_outcome(plan));
	else
		complain("%s: %s", job->domain, nmx_strerror(error));
	nmx_plan_free(plan);
	nmx_route_unref(job->route);
	fflush(stdout);
	return code;
}

/* ---- Running -------------------------------------------------------------------------------- */

static void
finished(int error, struct nmx_route *route, void *user)
{
	struct job *job = user;

	job->error = error;
	job->route = nmx_route_ref(route);
	job->done = true;
}

static int
wait_and_dispatch(struct nmx_context *ctx)
{
	struct pollfd fd = {.fd = nmx_context_fd(ctx), .events = POLLIN};

	poll(&fd, 1, -1);
	return nmx_context_dispatch(ctx);
}

/* Asks ahead, prints in order. */
static int
run_jobs(struct nmx_context *ctx, struct job *jobs, int n, const struct settings *s)
{
	int code = EXIT_OK, started = 0, printed = 0, result = 0;

	while (printed < n && result >= 0) {
		for (; started < n && started - printed < MOST_IN_FLIGHT; started++) {
			struct job *job = &jobs[started];

			job->error = nmx_request_start(ctx, job->domain, finished, job, NULL);
			job->done = job->error != 0;
		}
		for (; printed < started && jobs[printed].done; printed++)
			code = graver(code, print_job(&jobs[printed], s));
		if (printed < started)
			result = wait_and_dispatch(ctx);
	}
	if (result < 0) {
		complain("%s", nmx_strerror(result));
		code = EXIT_INTERNAL;
	}
	return code;
}

static int
resolve(struct nmx_context *ctx, char **domains, int n, const void *settings)
{
	struct job *jobs = calloc((size_t)n, sizeof(*jobs));
	int code;

	if (!jobs) {
		complain("out of memory");
		return EXIT_INTERNAL;
	}
	for (int i = 0; i < n; i++)
		jobs[i].domain = domains[i];
	code = run_jobs(ctx, jobs, n, settings);
	free(jobs);
	return code;
}

int
verb_resolve(const struct verb *verb, int argc, char **argv)
{
	static const struct domain_verb dv = {read_settings, resolve, false};
	struct settings settings = {0};

	if (via_is_wanted(argc, argv))
		return via_resolve(verb, argc, argv);
	return run_with_domains(&dv, verb, argc, argv, &settings);
}
