/* SPDX-License-Identifier: BSD-2-Clause */
/* nextmx deliver: a command of the user's tries the endpoints one by one. */
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/child.h"

enum { DEFAULT_MS = 300000, MOST_MS = 86400000, N_VARIABLES = 10 };

struct settings {
	bool json, has_seed;
	uint64_t seed;
	const char *command;
	unsigned attempt_ms;
	int spool;
};

static bool
read_settings(const struct verb *verb, struct nmx_context *ctx, void *settings)
{
	const char *seed = args_flag(verb, "seed"), *limit = args_flag(verb, "attempt-ms");
	struct settings *s = settings;
	uint64_t ms = DEFAULT_MS;

	(void)ctx;
	s->json = args_flag(verb, "json") != NULL;
	s->has_seed = seed != NULL;
	s->command = args_flag(verb, "exec");
	/* Blanks are a command, too, and a success: by a variable that is not set mail would be lost. */
	if (!s->command || !s->command[strspn(s->command, " \t\r\n")]) {
		complain("deliver: which command? --exec CMD");
		return false;
	}
	if ((seed && !args_number("--seed", seed, 0, NMX_SEED_MAX, &s->seed)) ||
	    (limit && !args_number("--attempt-ms", limit, 1, MOST_MS, &ms)))
		return false;
	s->attempt_ms = (unsigned)ms;
	return true;
}

/* ---- One attempt ---------------------------------------------------------------------------- */

/* The environment, as NAME=VALUE, each freed by free(). */
struct variables {
	char *items[N_VARIABLES + 1];
	size_t n;
	bool failed;
};

__attribute__((format(printf, 2, 3))) static void
add(struct variables *v, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (vasprintf(&v->items[v->n], format, args) < 0) {
		v->items[v->n] = NULL;
		v->failed = true;
	} else {
		v->n++;
	}
	va_end(args);
}

/* The records in use: "3 1 1 ab12...;2 0 1 cd34...". */
static void
add_tlsa(struct variables *v, const struct nmx_host *host)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream) {
		v->failed = true;
		return;
	}
	for (size_t i = 0, n = 0; i < nmx_host_tlsa_count(host); i++) {
		const struct nmx_tlsa *tlsa = nmx_host_tlsa(host, i);
		size_t length;
		const uint8_t *data = nmx_tlsa_data(tlsa, &length);

		if (nmx_tlsa_state(tlsa) != NMX_TLSA_USED)
			continue;
		fprintf(stream, "%s%u %u %u ", n++ ? ";" : "", nmx_tlsa_usage(tlsa),
			nmx_tlsa_selector(tlsa), nmx_tlsa_mtype(tlsa));
		for (size_t j = 0; j < length; j++)
			fprintf(stream, "%02x", data[j]);
	}
	if (fclose(stream) == 0)
		add(v, "NEXTMX_TLSA=%s", text);
	else
		v->failed = true;
	free(text);
}

static struct variables
variables_of(const struct nmx_attempt *attempt)
{
	const struct nmx_endpoint *e = nmx_attempt_endpoint(attempt);
	const struct nmx_host *host = nmx_endpoint_host(e);
	struct variables v = {.n = 0};
	socklen_t length;

	add(&v, "NEXTMX_DOMAIN=%s", nmx_attempt_domain(attempt));
	add(&v, "NEXTMX_HOST=%s", nmx_host_name(host));
	add(&v, "NEXTMX_PORT=%u", nmx_host_port(host));
	add(&v, "NEXTMX_ADDRESS=%s", nmx_endpoint_address(e));
	add(&v, "NEXTMX_FAMILY=%d",
	    nmx_endpoint_sockaddr(e, &length)->sa_family == AF_INET ? 4 : 6);
	add(&v, "NEXTMX_STAGE=%s", nmx_source_name(nmx_host_stage(host)));
	add(&v, "NEXTMX_TLS=%s", nmx_tls_name(nmx_endpoint_tls(e)));
	add(&v, "NEXTMX_SNI=%s", nmx_endpoint_sni(e));
	add(&v, "NEXTMX_ATTEMPT=%u", nmx_attempt_number(attempt));
	add_tlsa(&v, host);
	return v;
}

/*
 * sysexits(3): 0 delivered; 69, 75, a signal or the time limit: the next endpoint; 64-78 otherwise: stop,
 * permanent; anything else: stop, temporary.
 */
static enum nmx_result
result_of(struct nmx_attempt *attempt, const struct child_result *child)
{
	char text[OUTPUT_LINE + 64];
	int status = child->status;

	if (child->timed_out)
		snprintf(text, sizeof(text), "the command took too long");
	else if (child->signal)
		snprintf(text, sizeof(text), "the command died of signal %d", child->signal);
	else if (*child->line || status == 0)
		snprintf(text, sizeof(text), "%s", child->line);
	else
		snprintf(text, sizeof(text), "exit status %d", status);
	if (child->timed_out || child->signal || status == 69)
		return nmx_attempt_set_result(attempt, NMX_CAUSE_CONNECT, 0, NULL, text);
	if (status == 75)
		return nmx_attempt_set_result(attempt, NMX_CAUSE_4XX, 0, NULL, text);
	if (status >= 64 && status <= 78)
		return nmx_attempt_set_result(attempt, NMX_CAUSE_5XX, 0, NULL, text);
	nmx_attempt_set_result(attempt, NMX_CAUSE_NONE, 0, NULL, text);
	return status == 0 ? NMX_DELIVERED : NMX_STOP_TEMP;
}

static enum nmx_result
try_endpoint(struct nmx_attempt *attempt, const struct settings *s)
{
	const struct nmx_endpoint *e = nmx_attempt_endpoint(attempt);
	/* Hosts that hang must leave the others their time. The last may use what is left, and the rest
	 * of that millisecond, or nothing could begin in it. */
	unsigned left = nmx_attempt_ms_share(attempt) + 1;
	struct variables v = variables_of(attempt);
	enum nmx_result result = NMX_STOP_TEMP;
	struct child_result child;
	char prefix[400];

	snprintf(prefix, sizeof(prefix), "%u %s:%u| ", nmx_attempt_number(attempt),
		 nmx_host_name(nmx_endpoint_host(e)), nmx_host_port(nmx_endpoint_host(e)));
	if (v.failed)
		complain("out of memory");
	else if (child_run(s->command, v.items, s->spool, prefix,
			   left < s->attempt_ms ? left : s->attempt_ms, &child))
		result = result_of(attempt, &child);
	else
		nmx_attempt_set_result(attempt, NMX_CAUSE_NONE, 0, NULL,
				       "the command could not be run");
	for (size_t i = 0; i < v.n; i++)
		free(v.items[i]);
	return result;
}

/* ---- Reports -------------------------------------------------------------------------------- */

static void
print_attempt(const struct nmx_report *report, size_t i)
{
	const struct nmx_endpoint *e = nmx_report_endpoint(report, i);
	const char *text = nmx_report_text(report, i);

	printf("  %2zu. %s:%u  %s  tls %s  %s  %u ms%s%s\n", i + 1,
	       nmx_host_name(nmx_endpoint_host(e)), nmx_host_port(nmx_endpoint_host(e)),
	       nmx_endpoint_address(e), nmx_tls_name(nmx_endpoint_tls(e)),
	       nmx_result_name(nmx_report_result(report, i)), nmx_report_ms(report, i),
	       *text ? "  " : "", text);
}

static void
print_report(const struct nmx_report *report)
{
	bool delivered = nmx_report_outcome(report) == NMX_DELIVERABLE;

	printf("%s: %s %s: %s\n", nmx_report_domain(report),
	       delivered ? "delivered" : nmx_outcome_name(nmx_report_outcome(report)),
	       nmx_report_status(report), nmx_report_reason(report));
	for (size_t i = 0; i < nmx_report_attempt_count(report); i++)
		print_attempt(report, i);
}

static int
print_json(const struct nmx_report *report)
{
	char *text;
	int error = nmx_report_json(report, 0, &text);

	if (error)
		return error;
	puts(text);
	nmx_text_free(text);
	return 0;
}

/* ---- Domains -------------------------------------------------------------------------------- */

/* What comes of it, and when. */
struct waiting {
	const struct settings *settings;
	struct nmx_report *report;
	int error;
	bool is_over;
};

static enum nmx_result
attempt(struct nmx_attempt *attempt, void *user)
{
	const struct waiting *w = user;

	return try_endpoint(attempt, w->settings);
}

static void
reported(int error, struct nmx_report *report, void *user)
{
	struct waiting *w = user;

	w->error = error;
	w->report = nmx_report_ref(report);
	w->is_over = true;
}

static int
run(struct nmx_context *ctx, const char *domain, const struct settings *s,
    struct nmx_report **ret_report)
{
	struct waiting w = {.settings = s};
	struct nmx_delivery *delivery;
	int result = nmx_delivery_start(ctx, domain, attempt, reported, &w, &delivery);

	if (result)
		return result;
	if (s->has_seed)
		result = nmx_delivery_set_seed(delivery, s->seed);
	while (result >= 0 && !w.is_over) {
		struct pollfd fd = {.fd = nmx_context_fd(ctx), .events = POLLIN};

		poll(&fd, 1, -1);
		result = nmx_context_dispatch(ctx);
	}
	nmx_delivery_free(delivery);
	*ret_report = w.report;
	return result < 0 ? result : w.error;
}

static int
deliver_one(struct nmx_context *ctx, const char *domain, const struct settings *s)
{
	struct nmx_report *report = NULL;
	int code = EXIT_INTERNAL, error = run(ctx, domain, s, &report);

	if (error == 0) {
		code = exit_code_of(nmx_report_outcome(report));
		if (s->json)
			error = print_json(report);
		else
			print_report(report);
	}
	if (error) {
		complain("%s: %s", domain, nmx_strerror(error));
		code = EXIT_INTERNAL;
	}
	nmx_report_unref(report);
	fflush(stdout);
	return code;
}

static int
deliver(struct nmx_context *ctx, char **domains, int n, const void *settings)
{
	struct settings s = *(const struct settings *)settings;
	int code = EXIT_OK;

	signal(SIGPIPE, SIG_IGN); /* who reads what we write may leave: deliveries go on */
	s.spool = child_spool();
	if (s.spool < 0)
		return EXIT_DEFER; /* nothing was tried, and the caller still has the message */
	for (int i = 0; i < n; i++)
		code = graver(code, deliver_one(ctx, domains[i], &s));
	close(s.spool);
	return code;
}

int
verb_deliver(const struct verb *verb, int argc, char **argv)
{
	static const struct domain_verb dv = {read_settings, deliver, false};
	struct settings settings = {0};

	return run_with_domains(&dv, verb, argc, argv, &settings);
}
