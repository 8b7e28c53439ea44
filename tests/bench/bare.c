/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libunbound can do by itself: the reference for drive.c.
 *
 *	bare [--in-flight N] [--passes N] [--set OPTION=VALUE]... --questions FILE
 *
 * The file is drive's: a domain and its look-ups, "domain TYPE name TYPE name ...", a line. They are
 * asked through libunbound's event interface with libevent, N domains at a time, and the answers are
 * counted and thrown away. libunbound is configured with what the library itself writes for the same
 * options (dns_config_write).
 *
 * A domain's look-ups are asked in stages, all of a stage at once: what names hosts, then addresses,
 * then TLSA, as whoever routes mail has to ask. The order decides what libunbound's cache holds in the
 * end: from proofs of absence that it has it makes answers itself, each time, and does not keep them.
 *
 * A look-up that failed or was bogus is not asked again: the library does not either (verdicts.c), and
 * libunbound would verify it each time. So libunbound is handed the same look-ups in both.
 *
 * Prints the lines of drive.c, and of each pass how many look-ups were "good", "bogus", "failed", and
 * "skipped" because they had failed before.
 */
#include <event2/event.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unbound-event.h>
#include <unbound.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rr.h"
#include "resolver/dns_builtin.h"
#include "resolver/dns_config.h"
#include "resolver/dns_log.h"
#include "resolver/table.h"

enum { MOST_TYPE = 256, SECURITY_BOGUS = 1 };

enum stage { NAMING, ADDRESSES, TLSA, N_STAGES };

/* What is asked, once for however many domains ask it. */
struct question {
	struct table_entry entry; /* first */
	char *name;
	int type;
	bool failed;
};

struct domain {
	struct ask *asks;
	size_t n, open;
	enum stage stage;
	struct domain *next_ready;
};

/* A domain's interest in a question: what libunbound gets as the callback's argument. */
struct ask {
	struct domain *domain;
	struct question *question;
};

struct counts {
	unsigned long good, bogus, failed, skipped;
};

static struct {
	struct domain *domains, *ready; /* ready: whose next stage can be asked */
	size_t n, in_flight, most_in_flight;
	struct table questions;
	struct ub_ctx *ub;
	struct event_base *base;
	struct counts counts; /* of this pass */
} all;

__attribute__((noreturn)) static void
die(const char *what, const char *why)
{
	fprintf(stderr, "bare: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static void *
memory(void *block)
{
	if (!block)
		die("memory", "out of it");
	return block;
}

static double
seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- Asking --------------------------------------------------------------------------------- */

static enum stage
stage_of(int type)
{
	switch (type) {
	case RR_A:
	case RR_AAAA:
		return ADDRESSES;
	case RR_TLSA:
		return TLSA;
	default:
		return NAMING;
	}
}

static void
make_ready(struct domain *domain, enum stage stage)
{
	domain->stage = stage;
	domain->next_ready = all.ready;
	all.ready = domain;
}

static void
close_one(struct domain *domain)
{
	if (--domain->open > 0)
		return;
	if (domain->stage + 1 < N_STAGES)
		make_ready(domain, domain->stage + 1);
	else
		all.in_flight--;
}

static void
answered(void *user, int rcode, void *packet, int size, int security, char *why, int limited)
{
	struct ask *ask = user;
	bool failed = rcode != 0 && rcode != RCODE_NXDOMAIN;

	(void)packet, (void)size, (void)why, (void)limited;
	ask->question->failed = failed || security == SECURITY_BOGUS;
	if (security == SECURITY_BOGUS)
		all.counts.bogus++;
	else if (failed)
		all.counts.failed++;
	else
		all.counts.good++;
	close_one(ask->domain);
}

/* The answer may come inside the asking: the stage stays open until all of it has been asked. */
static void
ask_stage(struct domain *domain)
{
	domain->open = 1;
	for (size_t i = 0; i < domain->n; i++) {
		struct question *q = domain->asks[i].question;

		if (stage_of(q->type) != domain->stage)
			continue;
		if (q->failed) {
			all.counts.skipped++;
			continue;
		}
		domain->open++;
		if (ub_resolve_event(all.ub, q->name, q->type, 1, &domain->asks[i], answered, NULL))
			die(q->name, "could not be asked");
	}
	close_one(domain);
}

static void
ask_ready(void)
{
	while (all.ready) {
		struct domain *domain = all.ready;

		all.ready = domain->next_ready;
		ask_stage(domain);
	}
}

static void
run_pass(void)
{
	size_t next = 0;

	while (next < all.n || all.in_flight > 0) {
		while (next < all.n && all.in_flight < all.most_in_flight) {
			all.in_flight++;
			make_ready(&all.domains[next++], NAMING);
			ask_ready();
		}
		if (all.in_flight > 0)
			event_base_loop(all.base, EVLOOP_ONCE);
		ask_ready();
	}
}

/* ---- Questions ------------------------------------------------------------------------------ */

static int
type_from_name(const char *name)
{
	for (int type = 1; type < MOST_TYPE; type++)
		if (strcmp(rr_type_name((uint16_t)type), name) == 0)
			return type;
	die(name, "no type that is known");
}

static struct question *
question_of(const char *name, int type)
{
	uint64_t hash = hash_bytes((uint64_t)type, name, strlen(name));
	struct table_entry *at = table_first(&all.questions, hash);
	struct question *q;
	size_t n = strlen(name);

	for (; at; at = table_next(at)) {
		q = (struct question *)at;
		if (q->type == type && strncmp(q->name, name, n) == 0 &&
		    strcmp(q->name + n, ".") == 0)
			return q;
	}
	q = memory(calloc(1, sizeof(*q)));
	q->type = type;
	q->name = memory(malloc(n + 2));
	memcpy(q->name, name, n);
	memcpy(q->name + n, ".", 2);
	table_add(&all.questions, &q->entry, hash);
	return q;
}

static void
read_domain(char *line, struct domain *domain)
{
	char *rest, *type, *name, *at = strtok_r(line, " \n", &rest);
	size_t room = 0;

	*domain = (struct domain){0};
	if (!at)
		die("questions", "a line without a domain");
	while ((type = strtok_r(NULL, " \n", &rest)) && (name = strtok_r(NULL, " \n", &rest))) {
		if (domain->n == room) {
			room = room ? 2 * room : 16;
			domain->asks = memory(realloc(domain->asks, room * sizeof(*domain->asks)));
		}
		domain->asks[domain->n++].question = question_of(name, type_from_name(type));
	}
}

static void
read_questions(const char *name)
{
	FILE *file = name ? fopen(name, "r") : NULL;
	size_t room = 0, size = 0;
	char *line = NULL;

	if (!file || !table_init(&all.questions))
		die("questions", "cannot be read");
	while (getline(&line, &size, file) > 0) {
		if (all.n == room) {
			room = room ? 2 * room : 1024;
			all.domains = memory(realloc(all.domains, room * sizeof(*all.domains)));
		}
		read_domain(line, &all.domains[all.n++]);
	}
	free(line);
	fclose(file);
	for (size_t i = 0; i < all.n; i++)
		for (size_t j = 0; j < all.domains[i].n; j++)
			all.domains[i].asks[j].domain = &all.domains[i];
}

/* ---- libunbound ----------------------------------------------------------------------------- */

static void
set_option(struct options *options, char *setting)
{
	char error[LIMIT_LOG_LINE] = "no value", *equals = strchr(setting, '=');
	struct text text = text_into(error, sizeof(error));

	if (!equals)
		die(setting, error);
	*equals = '\0';
	if (options_set(options, setting, equals + 1, &text))
		die(setting, error);
}

static void
open_ub(const struct options *options)
{
	struct arena arena;
	struct settings settings;
	char why[LIMIT_LOG_LINE] = "failed", path[32];
	struct text config = text_growing(), caught = text_growing();
	struct text error = text_into(why, sizeof(why));
	unsigned sockets;
	int fd = memfd_create("bare", MFD_CLOEXEC);

	arena_init(&arena);
	if (!settings_parse(options, &arena, &settings) ||
	    dns_config_write(&settings, &config, &error, &sockets) ||
	    write(fd, config.data, config.length) != (ssize_t)config.length)
		die("configuration", why);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	all.base = memory(event_base_new());
	all.ub = memory(ub_ctx_create_event(all.base));
	ub_ctx_debugout(all.ub, memory(dns_log_stream()));
	if (ub_ctx_config(all.ub, path) || dns_builtin_remove(all.ub, &settings, &caught))
		die("configuration", "libunbound does not take it");
	dns_log_catch(NULL);
	close(fd);
	free(config.data);
	free(caught.data);
	arena_done(&arena);
}

/* ---- Passes --------------------------------------------------------------------------------- */

static void
measure_pass(int pass)
{
	double start, cpu, end;

	all.counts = (struct counts){0};
	start = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
	run_pass();
	end = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
	printf("pass%d-seconds %.6f\npass%d-domains-per-second %.1f\npass%d-cpu-seconds %.6f\n",
	       pass, end - start, pass, (double)all.n / (end - start), pass, cpu);
	printf("pass%d-good %lu\npass%d-bogus %lu\npass%d-failed %lu\npass%d-skipped %lu\n", pass,
	       all.counts.good, pass, all.counts.bogus, pass, all.counts.failed, pass,
	       all.counts.skipped);
}

static void *
measure(void *user)
{
	const int *passes = user;

	for (int pass = 1; pass <= *passes; pass++)
		measure_pass(pass);
	return NULL;
}

static int
read_options(int argc, char **argv, struct options *options, const char **ret_questions)
{
	int passes = 1;

	for (int i = 1; i < argc; i += 2) {
		if (i + 1 == argc)
			die(argv[i], "no value");
		else if (strcmp(argv[i], "--in-flight") == 0)
			all.most_in_flight = (size_t)atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--passes") == 0)
			passes = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--questions") == 0)
			*ret_questions = argv[i + 1];
		else if (strcmp(argv[i], "--set") == 0)
			set_option(options, argv[i + 1]);
		else
			die(argv[i], "no such option");
	}
	if (all.most_in_flight < 1 || passes < 1)
		die("options", "out of range");
	return passes;
}

int
main(int argc, char **argv)
{
	const char *questions = NULL;
	struct options options;
	struct rusage usage;
	pthread_t thread;
	int passes;

	all.most_in_flight = 20;
	signal(SIGPIPE, SIG_IGN);
	if (!options_init(&options))
		die("options", "out of memory");
	passes = read_options(argc, argv, &options, &questions);
	read_questions(questions);
	open_ub(&options);
	if (pthread_create(&thread, NULL, measure, &passes))
		die("thread", "failed");
	pthread_join(thread, NULL);
	getrusage(RUSAGE_SELF, &usage);
	printf("rss-kib %ld\n", usage.ru_maxrss);
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
