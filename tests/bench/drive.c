/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Routes many domains through the public API and says how fast:
 *
 *	drive [--in-flight N] [--contexts N] [--passes N] [--set OPTION=VALUE]...
 *	      [--questions FILE] < domains
 *
 * The domains are read before the clock starts and spread over the contexts, a thread each, by a hash
 * of their names. Each context keeps N of them in flight. A pass goes over all domains in the same
 * contexts: the first is cold, the second hot. A domain with a "!" before it is looked up like any
 * other but not counted: not among those in flight, not among the outcomes, and a pass does not wait
 * for it.
 *
 * Prints "name value" lines: for each pass "passP-seconds", from the first start to the last callback of
 * all threads, "passP-domains-per-second", "passP-cpu-seconds" of the threads alone, and outcomes; the
 * outcomes of the last pass again without "passP-"; the contexts' counters, summed; "rss-kib".
 * --questions writes the look-ups of each domain for bare.c, "domain TYPE name TYPE name ..." a line, and
 * prints how many there are, "queries", and how many of them were bogus, "queries-bogus".
 */
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <nextmx.h>

enum { MOST_OPTIONS = 256, MOST_CONTEXTS = 16, MOST_PASSES = 16, N_OUTCOMES = 3 };

struct options {
	char *settings[MOST_OPTIONS];
	int n_settings, in_flight, contexts, passes;
	const char *questions;
};

struct job {
	struct worker *worker;
	char *domain;
	bool aside;	 /* not counted */
	char *questions; /* a line, if they are wanted */
	size_t n_queries, n_bogus;
};

/* What a thread did in a pass. */
struct tally {
	double start, end, cpu;
	unsigned long outcomes[N_OUTCOMES];
};

struct worker {
	const struct options *options;
	pthread_barrier_t *barrier;
	pthread_t thread;
	struct nmx_context *ctx;
	struct job **jobs;
	size_t n_jobs, next, in_flight;
	int pass;
	struct tally tallies[MOST_PASSES];
	uint64_t stats[NMX_STAT_COUNT];
};

struct domains {
	struct job *jobs;
	size_t n;
};

__attribute__((noreturn)) static void
die(const char *what, const char *why)
{
	fprintf(stderr, "drive: %s: %s\n", what, why);
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

/* ---- One domain ----------------------------------------------------------------------------- */

static void
note_questions(struct job *job, const struct nmx_route *route)
{
	size_t size = 0;
	FILE *out = memory(open_memstream(&job->questions, &size));

	job->n_queries = nmx_route_query_count(route);
	fputs(job->domain, out);
	for (size_t i = 0; i < job->n_queries; i++) {
		fprintf(out, " %s %s", nmx_route_query_type(route, i),
			nmx_route_query_name(route, i));
		job->n_bogus += nmx_route_query_security(route, i) == NMX_BOGUS;
	}
	if (fclose(out))
		die("questions", "out of memory");
}

static void
finished(int error, struct nmx_route *route, void *user)
{
	struct job *job = user;
	struct worker *w = job->worker;

	if (error)
		die(job->domain, nmx_strerror(error));
	if (w->options->questions && !job->questions)
		note_questions(job, route);
	if (job->aside)
		return;
	w->tallies[w->pass].outcomes[nmx_route_outcome(route)]++;
	w->in_flight--;
}

static void
start(struct worker *w, struct job *job)
{
	int error = nmx_request_start(w->ctx, job->domain, finished, job, NULL);

	if (error)
		die(job->domain, nmx_strerror(error));
	w->in_flight += !job->aside;
}

/* ---- One thread ----------------------------------------------------------------------------- */

static void
run_pass(struct worker *w)
{
	struct pollfd fd = {.fd = nmx_context_fd(w->ctx), .events = POLLIN};

	for (w->next = 0; w->next < w->n_jobs || w->in_flight > 0;) {
		while (w->next < w->n_jobs && w->in_flight < (size_t)w->options->in_flight)
			start(w, w->jobs[w->next++]);
		if (w->in_flight == 0)
			continue;
		poll(&fd, 1, -1);
		if (nmx_context_dispatch(w->ctx) < 0)
			die("dispatch", "failed");
	}
}

static void
open_context(struct worker *w)
{
	const char *error = "no value";

	if (nmx_context_new(&w->ctx))
		die("context", "failed");
	for (int i = 0; i < w->options->n_settings; i++) {
		char *name = memory(strdup(w->options->settings[i]));
		char *equals = strchr(name, '=');

		if (!equals)
			die(name, error);
		*equals = '\0';
		if (nmx_context_set(w->ctx, name, equals + 1, &error))
			die(name, error);
		free(name);
	}
	if (nmx_context_start(w->ctx, &error))
		die("start", error);
}

static void *
run(void *user)
{
	struct worker *w = user;

	open_context(w);
	for (w->pass = 0; w->pass < w->options->passes; w->pass++) {
		struct tally *tally = &w->tallies[w->pass];
		double cpu;

		pthread_barrier_wait(w->barrier);
		tally->start = seconds(CLOCK_MONOTONIC);
		cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
		run_pass(w);
		tally->end = seconds(CLOCK_MONOTONIC);
		tally->cpu = seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
	}
	nmx_context_stats(w->ctx, w->stats, NMX_STAT_COUNT);
	nmx_context_free(w->ctx);
	return NULL;
}

/* ---- Input and output ----------------------------------------------------------------------- */

static struct domains
read_domains(void)
{
	struct domains d = {NULL, 0};
	size_t room = 0, size = 0;
	char *line = NULL;

	while (getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (d.n == room) {
			room = room ? 2 * room : 1024;
			d.jobs = memory(realloc(d.jobs, room * sizeof(*d.jobs)));
		}
		d.jobs[d.n] = (struct job){.aside = line[0] == '!'};
		d.jobs[d.n].domain = memory(strdup(line + d.jobs[d.n].aside));
		d.n++;
	}
	free(line);
	if (d.n == 0)
		die("domains", "none");
	return d;
}

/* FNV-1a, with the upper half folded in: the lowest bits alone show too little of the name. */
static uint32_t
hash_name(const char *name)
{
	uint32_t hash = 2166136261u;

	while (*name)
		hash = (hash ^ (uint8_t)*name++) * 16777619u;
	return hash ^ hash >> 16;
}

static void
spread(struct domains *d, struct worker *workers, int n)
{
	for (int i = 0; i < n; i++)
		workers[i].jobs = memory(calloc(d->n, sizeof(*workers[i].jobs)));
	for (size_t i = 0; i < d->n; i++) {
		struct worker *w = &workers[hash_name(d->jobs[i].domain) % (unsigned)n];

		d->jobs[i].worker = w;
		w->jobs[w->n_jobs++] = &d->jobs[i];
	}
}

static void
write_questions(const struct domains *d, const char *name)
{
	FILE *file = fopen(name, "w");
	size_t n = 0, n_bogus = 0;

	if (!file)
		die(name, "cannot be written");
	for (size_t i = 0; i < d->n; i++) {
		if (d->jobs[i].questions)
			fprintf(file, "%s\n", d->jobs[i].questions);
		n += d->jobs[i].n_queries;
		n_bogus += d->jobs[i].n_bogus;
	}
	printf("queries %zu\nqueries-bogus %zu\n", n, n_bogus);
	if (fclose(file))
		die(name, "cannot be written");
}

/* The pass as a whole: from the first start to the last end. */
static struct tally
sum_pass(const struct worker *workers, int n, int pass)
{
	struct tally sum = workers[0].tallies[pass];

	for (int i = 1; i < n; i++) {
		const struct tally *tally = &workers[i].tallies[pass];

		sum.start = tally->start < sum.start ? tally->start : sum.start;
		sum.end = tally->end > sum.end ? tally->end : sum.end;
		sum.cpu += tally->cpu;
		for (int outcome = 0; outcome < N_OUTCOMES; outcome++)
			sum.outcomes[outcome] += tally->outcomes[outcome];
	}
	return sum;
}

static void
print_outcomes(const char *before, const struct tally *tally)
{
	for (int outcome = 0; outcome < N_OUTCOMES; outcome++)
		printf("%s%s %lu\n", before, nmx_outcome_name((enum nmx_outcome)outcome),
		       tally->outcomes[outcome]);
}

static void
print_passes(const struct worker *workers, const struct options *o)
{
	struct tally sum;

	for (int pass = 0; pass < o->passes; pass++) {
		char before[32];
		unsigned long n = 0;

		sum = sum_pass(workers, o->contexts, pass);
		for (int outcome = 0; outcome < N_OUTCOMES; outcome++)
			n += sum.outcomes[outcome];
		snprintf(before, sizeof(before), "pass%d-", pass + 1);
		printf("%sseconds %.6f\n%sdomains-per-second %.1f\n%scpu-seconds %.6f\n", before,
		       sum.end - sum.start, before, (double)n / (sum.end - sum.start), before,
		       sum.cpu);
		print_outcomes(before, &sum);
	}
	print_outcomes("", &sum);
}

static void
print_counters(const struct worker *workers, int n)
{
	struct rusage usage;

	for (int stat = 0; stat < NMX_STAT_COUNT; stat++) {
		uint64_t total = 0;

		for (int i = 0; i < n; i++)
			total += workers[i].stats[stat];
		printf("%s %llu\n", nmx_stat_name((enum nmx_stat)stat), (unsigned long long)total);
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("rss-kib %ld\n", usage.ru_maxrss);
}

static void
read_options(int argc, char **argv, struct options *o)
{
	for (int i = 1; i < argc; i += 2) {
		if (i + 1 == argc)
			die(argv[i], "no value");
		else if (strcmp(argv[i], "--in-flight") == 0)
			o->in_flight = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--contexts") == 0)
			o->contexts = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--passes") == 0)
			o->passes = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--questions") == 0)
			o->questions = argv[i + 1];
		else if (strcmp(argv[i], "--set") == 0 && o->n_settings < MOST_OPTIONS)
			o->settings[o->n_settings++] = argv[i + 1];
		else
			die(argv[i], "no such option");
	}
	if (o->in_flight < 1 || o->contexts < 1 || o->contexts > MOST_CONTEXTS || o->passes < 1 ||
	    o->passes > MOST_PASSES)
		die("options", "out of range");
}

int
main(int argc, char **argv)
{
	static struct worker workers[MOST_CONTEXTS];
	struct options options = {.in_flight = 20, .contexts = 1, .passes = 1};
	pthread_barrier_t barrier;
	struct domains domains;

	read_options(argc, argv, &options);
	domains = read_domains();
	spread(&domains, workers, options.contexts);
	pthread_barrier_init(&barrier, NULL, (unsigned)options.contexts);
	for (int i = 0; i < options.contexts; i++) {
		workers[i].options = &options;
		workers[i].barrier = &barrier;
		if (pthread_create(&workers[i].thread, NULL, run, &workers[i]))
			die("thread", "failed");
	}
	for (int i = 0; i < options.contexts; i++)
		pthread_join(workers[i].thread, NULL);
	print_passes(workers, &options);
	print_counters(workers, options.contexts);
	if (options.questions)
		write_questions(&domains, options.questions);
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
