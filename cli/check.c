/* SPDX-License-Identifier: BSD-2-Clause */
/* nextmx check: connects to the endpoints of each domain's route and proves what the route demands. */
#include "cli/check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { AT_ONCE = 8, DEFAULT_MS = 30000, MOST_MS = 600000, MOST_HELO = 255 };

struct settings {
	bool json, has_seed;
	uint64_t seed;
	struct prober_settings prober;
	char helo[MOST_HELO + 1];
};

/* ---- Settings ------------------------------------------------------------------------------- */

/* A host name or an address literal: nothing that could end the command it stands in. */
static bool
is_helo(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.-_[]:";
	size_t n = strlen(name);

	return n > 0 && n <= MOST_HELO && strspn(name, letters) == n;
}

/* The flag, else the first of own-names, else the machine's. */
static bool
choose_helo(const struct verb *verb, struct nmx_context *ctx, struct settings *s)
{
	const char *flag = args_flag(verb, "helo"), *own = nmx_context_get(ctx, "own-names");
	size_t n = strcspn(own, ", ");

	if (flag && !is_helo(flag)) {
		complain("option --helo: \"%s\": expected a host name", flag);
		return false;
	}
	if (flag)
		strcpy(s->helo, flag);
	else if (n > 0 && n <= MOST_HELO)
		memcpy(s->helo, own, n);
	else if (gethostname(s->helo, MOST_HELO) < 0)
		s->helo[0] = '\0';
	if (!is_helo(s->helo))
		strcpy(s->helo, "localhost");
	s->prober.helo = s->helo;
	return true;
}

static bool
read_settings(const struct verb *verb, struct nmx_context *ctx, void *settings)
{
	struct settings *s = settings;
	const char *seed = args_flag(verb, "seed"), *timeout = args_flag(verb, "timeout-ms");
	uint64_t ms = DEFAULT_MS;

	s->json = args_flag(verb, "json") != NULL;
	s->has_seed = seed != NULL;
	if ((seed && !args_number("--seed", seed, 0, NMX_SEED_MAX, &s->seed)) ||
	    (timeout && !args_number("--timeout-ms", timeout, 1, MOST_MS, &ms)))
		return false;
	s->prober.ca_file = args_flag(verb, "ca-file");
	s->prober.deadline_ms = (unsigned)ms;
	s->prober.at_once = AT_ONCE;
	return choose_helo(verb, ctx, s);
}

/* ---- Domains -------------------------------------------------------------------------------- */

/* For TLS reports: what the route demands and the probe has seen to the end. */
static void
count_sessions(struct nmx_context *ctx, const struct checked *checked)
{
	for (size_t i = 0; i < nmx_plan_count(checked->plan); i++) {
		const struct nmx_endpoint *e = nmx_plan_endpoint(checked->plan, i);
		const struct probe_report *r = &checked->reports[i];

		if (r->fault == PROBE_NONE && nmx_endpoint_tls(e) != NMX_TLS_MAY)
			nmx_tlsrpt_count(ctx, checked->route, e,
					 nmx_tls_tlsrpt_result(r->verdict.result));
	}
}

static int
check_plan(struct nmx_context *ctx, struct prober *prober, const struct nmx_route *route,
	   const struct nmx_plan *plan, const struct settings *s, int *ret_code)
{
	size_t n = nmx_plan_count(plan);
	const struct nmx_endpoint **endpoints = calloc(n + 1, sizeof(*endpoints));
	struct probe_report *reports = calloc(n + 1, sizeof(*reports));
	struct checked checked = {route, plan, reports};
	int error = endpoints && reports ? 0 : NMX_E_NOMEM;

	for (size_t i = 0; error == 0 && i < n; i++)
		endpoints[i] = nmx_plan_endpoint(plan, i);
	if (error == 0)
		error = prober_run(prober, endpoints, n, reports);
	if (error == 0)
		count_sessions(ctx, &checked);
	if (error == 0 && s->json)
		error = check_print_json(&checked);
	else if (error == 0)
		check_print_text(&checked);
	if (error == 0) {
		*ret_code = exit_code_of(nmx_plan_outcome(plan));
		if (*ret_code == EXIT_OK && !check_is_ok(&checked))
			*ret_code = EXIT_DEFER;
	}
	free(endpoints);
	free(reports);
	return error;
}

static int
check_domain(struct nmx_context *ctx, struct prober *prober, const char *domain,
	     const struct settings *s)
{
	uint64_t seed = s->seed;
	struct nmx_route *route = NULL;
	struct nmx_plan *plan = NULL;
	int code = EXIT_INTERNAL, error = nmx_resolve(ctx, domain, &route);

	if (error == 0 && !s->has_seed)
		error = nmx_random_seed(&seed);
	if (error == 0)
		error = nmx_plan_new(route, seed, &plan);
	if (error == 0)
		error = check_plan(ctx, prober, route, plan, s, &code);
	if (error)
		complain("%s: %s", domain, nmx_strerror(error));
	nmx_plan_free(plan);
	nmx_route_unref(route);
	fflush(stdout);
	return code;
}

static int
check(struct nmx_context *ctx, char **domains, int n, const void *settings)
{
	const struct settings *s = settings;
	char error[512] = "";
	struct prober *prober;
	int code = EXIT_OK, result = prober_new(&s->prober, error, sizeof(error), &prober);

	if (result) {
		complain("%s", *error ? error : nmx_strerror(result));
		return result == NMX_E_CONFIG ? EXIT_CONFIG : EXIT_INTERNAL;
	}
	for (int i = 0; i < n; i++)
		code = graver(code, check_domain(ctx, prober, domains[i], s));
	prober_free(prober);
	return code;
}

int
verb_check(const struct verb *verb, int argc, char **argv)
{
	static const struct domain_verb dv = {read_settings, check, false};
	struct settings settings = {0};

	signal(SIGPIPE, SIG_IGN); /* servers hang up */
	return run_with_domains(&dv, verb, argc, argv, &settings);
}
