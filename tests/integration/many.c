/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Routes many domains through the public API, for the tests of test_many.py:
 *
 *	many [--in-flight N] [--threads N] [--questions 1] [--set OPTION=VALUE]... < domains
 *
 * Prints a line a domain, "domain outcome status source security", in the order they finish; with
 * --questions, for one in flight, also how many questions were handed to libunbound for it. And last
 * on standard error the counters, the most descriptors that were open and the memory in use, as
 * "name value" lines. Each thread has a context of its own and takes the next domain when it has
 * room; with one in flight, a domain is read when the one before has been printed.
 */
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <nextmx.h>

enum { MOST_OPTIONS = 64, MOST_THREADS = 16 };

struct options {
	char *settings[MOST_OPTIONS];
	int n_settings, in_flight, threads, questions;
};

struct job {
	struct worker *worker;
	char domain[1100];
};

struct worker {
	const struct options *options;
	pthread_t thread;
	struct nmx_context *ctx;
	size_t in_flight, most_descriptors;
	uint64_t questions; /* handed to libunbound for the domains before */
	bool no_more;
	uint64_t stats[NMX_STAT_COUNT];
};

static pthread_mutex_t input = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;

__attribute__((noreturn)) static void
die(const char *what, const char *why)
{
	fprintf(stderr, "many: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static size_t
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static void
print_questions(struct worker *w)
{
	nmx_context_stats(w->ctx, w->stats, NMX_STAT_COUNT);
	printf(" %llu", (unsigned long long)(w->stats[NMX_STAT_QUESTIONS] - w->questions));
	w->questions = w->stats[NMX_STAT_QUESTIONS];
}

static void
finished(int error, struct nmx_route *route, void *user)
{
	struct job *job = user;

	if (error)
		die(job->domain, nmx_strerror(error));
	pthread_mutex_lock(&output);
	printf("%s %s %s %s %s", job->domain, nmx_outcome_name(nmx_route_outcome(route)),
	       nmx_route_status(route), nmx_source_name(nmx_route_source(route)),
	       nmx_security_name(nmx_route_security(route)));
	if (job->worker->options->questions)
		print_questions(job->worker);
	putchar('\n');
	if (job->worker->options->in_flight == 1)
		fflush(stdout);
	pthread_mutex_unlock(&output);
	job->worker->in_flight--;
	free(job);
}

static void
set_options(struct nmx_context *ctx, const struct options *options)
{
	for (int i = 0; i < options->n_settings; i++) {
		char name[64];
		const char *equals = strchr(options->settings[i], '='), *error = "no value";

		if (!equals)
			die(options->settings[i], error);
		snprintf(name, sizeof(name), "%.*s", (int)(equals - options->settings[i]),
			 options->settings[i]);
		if (nmx_context_set(ctx, name, equals + 1, &error))
			die(name, error);
	}
}

/* False at the end of the input. */
static bool
start_next(struct worker *w)
{
	struct job *job = malloc(sizeof(*job));
	bool found;
	int error;

	if (!job)
		die("domains", "out of memory");
	pthread_mutex_lock(&input);
	found = fgets(job->domain, sizeof(job->domain), stdin) != NULL;
	pthread_mutex_unlock(&input);
	if (!found) {
		free(job);
		return false;
	}
	job->domain[strcspn(job->domain, "\n")] = '\0';
	job->worker = w;
	error = nmx_request_start(w->ctx, job->domain, finished, job, NULL);
	if (error)
		die(job->domain, nmx_strerror(error));
	w->in_flight++;
	return true;
}

static void
work_once(struct worker *w)
{
	struct pollfd fd = {.fd = nmx_context_fd(w->ctx), .events = POLLIN};
	size_t n;

	while (!w->no_more && w->in_flight < (size_t)w->options->in_flight)
		w->no_more = !start_next(w);
	if (w->in_flight == 0)
		return;
	poll(&fd, 1, -1);
	if (nmx_context_dispatch(w->ctx) < 0)
		die("dispatch", "failed");
	n = w->options->threads == 1 ? open_descriptors() : 0;
	if (n > w->most_descriptors)
		w->most_descriptors = n;
}

static void *
run(void *user)
{
	struct worker *w = user;
	const char *error = "";

	if (nmx_context_new(&w->ctx))
		die("context", "failed");
	set_options(w->ctx, w->options);
	if (nmx_context_start(w->ctx, &error))
		die("start", error);
	while (w->in_flight || !w->no_more)
		work_once(w);
	nmx_context_stats(w->ctx, w->stats, NMX_STAT_COUNT);
	nmx_context_free(w->ctx);
	return NULL;
}

static void
print_totals(const struct worker *workers, int n)
{
	struct rusage usage;
	size_t descriptors = 0;

	for (int stat = 0; stat < NMX_STAT_COUNT; stat++) {
		uint64_t total = 0;

		for (int i = 0; i < n; i++)
			total += workers[i].stats[stat];
		fprintf(stderr, "%s %llu\n", nmx_stat_name(stat), (unsigned long long)total);
	}
	for (int i = 0; i < n; i++)
		if (workers[i].most_descriptors > descriptors)
			descriptors = workers[i].most_descriptors;
	getrusage(RUSAGE_SELF, &usage);
	fprintf(stderr, "descriptors %zu\nrss-kib %ld\n", descriptors, usage.ru_maxrss);
}

static void
read_options(int argc, char **argv, struct options *o)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--in-flight") == 0)
			o->in_flight = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--threads") == 0)
			o->threads = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--questions") == 0)
			o->questions = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--set") == 0 && o->n_settings < MOST_OPTIONS)
			o->settings[o->n_settings++] = argv[i + 1];
		else
			die(argv[i], "no such option");
	}
	if (o->in_flight < 1 || o->threads < 1 || o->threads > MOST_THREADS)
		die("options", "out of range");
}

int
main(int argc, char **argv)
{
	struct options options = {.in_flight = 1, .threads = 1};
	struct worker workers[MOST_THREADS] = {{0}};

	read_options(argc, argv, &options);
	for (int i = 0; i < options.threads; i++) {
		workers[i].options = &options;
		if (pthread_create(&workers[i].thread, NULL, run, &workers[i]))
			die("thread", "failed");
	}
	for (int i = 0; i < options.threads; i++)
		pthread_join(workers[i].thread, NULL);
	print_totals(workers, options.threads);
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
