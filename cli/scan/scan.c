/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nextmx scan: the routes of any number of domains, a line of JSON each. Main reads the list (feed.h) and
 * looks after signals and the terminal; threads ask (worker.h); one more writes (sink.h).
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/scan/contexts.h"
#include "cli/scan/feed.h"
#include "cli/scan/hint.h"
#include "cli/scan/progress.h"
#include "cli/scan/source.h"
#include "cli/scan/wake.h"
#include "cli/scan/warn.h"
#include "cli/signals.h"

struct scan {
	struct scan_settings settings;
	struct input *input;
	struct target target;
	struct hint hint;
	struct signals signals;
	struct shared shared;
	struct sink *sink;
	struct worker *workers;
	unsigned n_workers;
	struct feed feed;
	struct progress progress;
	int code;
	bool is_fed, is_asked_to_end, is_interrupted;
};

static int64_t
now_ms(void)
{
	return worker_now() / 1000000;
}

/* ---- Running ---------------------------------------------------------------------------------- */

/* In the writer's thread. */
static void
sink_changed(void *user)
{
	struct scan *s = user;

	if (sink_error(s->sink))
		shared_fail(&s->shared, EXIT_INTERNAL);
	else
		shared_wake_all(&s->shared);
}

static void
end_feeding(struct scan *s)
{
	if (s->is_fed)
		return;
	s->is_fed = true;
	for (unsigned i = 0; i < s->n_workers; i++)
		queue_end(&s->workers[i].queue);
}

static enum feed_result
feed(struct scan *s)
{
	enum feed_result result = FEED_OVER;
	int code = EXIT_OK;

	if (!s->is_fed && atomic_load(&s->shared.stop) == GO_ON)
		result = feed_step(&s->feed, &code);
	if (result == FEED_FAILED) {
		s->code = graver(s->code, code);
		shared_stop(&s->shared, STOP_BEGINNING);
	}
	if (result == FEED_FAILED || result == FEED_OVER)
		end_feeding(s);
	return result;
}

static void
react_to_signals(struct scan *s)
{
	int number;

	while ((number = signals_read(&s->signals)) != 0) {
		if (s->is_interrupted) {
			progress_done(&s->progress);
			signals_end(number);
		}
		s->is_interrupted = true;
		shared_stop(&s->shared, STOP_BEGINNING);
	}
}

static void
draw(struct scan *s)
{
	struct counts counts = shared_counts(&s->shared);
	struct progress_list list = {.entries = s->feed.n_read, .has_ended = s->feed.has_ended};

	input_progress(s->input, &list.taken, &list.all);
	progress_draw(&s->progress, &counts, &list, now_ms());
}

static void
wait_for(struct scan *s, enum feed_result result)
{
	struct pollfd fds[] = {{s->signals.fd, POLLIN, 0},
			       {s->shared.main_wake, POLLIN, 0},
			       {result == FEED_INPUT ? input_fd(s->input) : -1, POLLIN, 0}};
	int wait_ms = result == FEED_MORE ? 0 : progress_wait(&s->progress, now_ms());

	poll(fds, 3, wait_ms);
	if (fds[0].revents)
		react_to_signals(s);
	if (fds[1].revents)
		wake_clear(s->shared.main_wake);
	if (progress_wait(&s->progress, now_ms()) == 0)
		draw(s);
}

static void
run(struct scan *s)
{
	while (!sink_is_over(s->sink)) {
		enum feed_result result = feed(s);

		if (s->is_fed && atomic_load(&s->shared.n_running) == 0 && !s->is_asked_to_end) {
			s->is_asked_to_end = true;
			sink_end(s->sink);
		}
		wait_for(s, result);
	}
	end_feeding(s);
}

/* ---- The end ---------------------------------------------------------------------------------- */

/* Every entry has its line. */
static bool
is_complete(const struct scan *s, const struct counts *counts)
{
	return s->feed.has_ended && !s->feed.next && !s->feed.held.first &&
	       counts->done == s->feed.n_read && s->code == EXIT_OK;
}

static void
tell_end(struct scan *s)
{
	struct counts counts = shared_counts(&s->shared);
	bool is_untouched = s->feed.is_checking;
	int error = sink_error(s->sink);

	if (error)
		complain("scan: %s: cannot be written: %s", s->target.name, strerror(error));
	s->code = graver(s->code, error ? EXIT_INTERNAL : s->shared.code);
	s->code = graver(s->code, target_end(&s->target, sink_torn(s->sink)));
	warn_end();
	if (is_complete(s, &counts)) {
		progress_end(&s->progress, &counts, now_ms());
		progress_done(&s->progress);
		return;
	}
	progress_done(&s->progress);
	if (is_untouched && s->code != EXIT_OK)
		return;
	if (s->is_interrupted)
		s->code = graver(s->code, EXIT_DEFER);
	else if (s->code == EXIT_OK)
		s->code = EXIT_INTERNAL;
	if (error == 0)
		complain("scan: %s, %" PRIu64 " entries are done",
			 s->is_interrupted ? "interrupted" : "stopped", counts.done);
	hint_tell(&s->hint, &s->target);
}

/* ---- The beginning ---------------------------------------------------------------------------- */

/* The workers' contexts, of which the first is there: started, and theirs. */
static int
start_contexts(struct scan *s, struct nmx_context **contexts)
{
	int code = EXIT_OK;

	for (unsigned i = 1; i < s->settings.threads && code == EXIT_OK; i++)
		code = contexts_copy(contexts[0], &contexts[i]);
	for (unsigned i = 0; i < s->settings.threads && code == EXIT_OK; i++)
		code = contexts_start(contexts[i]);
	return code;
}

static bool
make_workers(struct scan *s, struct nmx_context **contexts)
{
	s->workers = calloc(s->settings.threads, sizeof(*s->workers));
	if (!s->workers)
		return false;
	for (; s->n_workers < s->settings.threads; s->n_workers++) {
		unsigned i = s->n_workers;

		if (!worker_init(&s->workers[i], i, contexts[i], &s->settings, &s->shared, s->sink))
			return false;
		contexts[i] = NULL;
	}
	return true;
}

static int
run_workers(struct scan *s)
{
	int code;

	s->feed = (struct feed){.input = s->input,
				.target = &s->target,
				.workers = s->workers,
				.n_workers = s->n_workers,
				.shared = &s->shared,
				.sink = s->sink,
				.fields = s->settings.fields};
	code = feed_begin(&s->feed);
	if (code != EXIT_OK)
		return code;
	progress_init(&s->progress, s->target.is_file || isatty(STDOUT_FILENO) != 1, now_ms());
	for (unsigned i = 0; i < s->n_workers; i++)
		if (!worker_start(&s->workers[i]))
			shared_fail(&s->shared, EXIT_INTERNAL);
	run(s);
	tell_end(s);
	feed_done(&s->feed);
	return s->code;
}

/* With signals held, which threads inherit. */
static int
run_threads(struct scan *s, struct nmx_context **contexts)
{
	int code = EXIT_INTERNAL;

	if (!shared_init(&s->shared, s->settings.threads)) {
		complain("scan: %s", strerror(errno));
		return code;
	}
	s->sink = sink_new(s->target.fd, sink_changed, s);
	if (!s->sink)
		complain("scan: %s", strerror(errno));
	else if (!make_workers(s, contexts))
		complain("scan: out of memory");
	else
		code = run_workers(s);
	while (s->n_workers > 0)
		worker_done(&s->workers[--s->n_workers]);
	free(s->workers);
	sink_free(s->sink);
	shared_done(&s->shared);
	return code;
}

static int
run_target(struct scan *s, struct nmx_context **contexts)
{
	int code = target_open(&s->settings, &s->target);

	if (code != EXIT_OK)
		return code;
	if (signals_hold(&s->signals)) {
		code = run_threads(s, contexts);
		signals_release(&s->signals);
	} else {
		code = EXIT_INTERNAL;
	}
	target_done(&s->target);
	return code;
}

static int
run_contexts(struct scan *s, struct nmx_context **contexts)
{
	int code = start_contexts(s, contexts);

	if (code == EXIT_OK)
		code = run_target(s, contexts);
	for (unsigned i = 1; i < s->settings.threads; i++)
		nmx_context_free(contexts[i]);
	return code;
}

static bool
open_input(struct scan *s, char **files, size_t n)
{
	const struct input_settings settings = {files, n, s->settings.csv_column, s->settings.shard,
						s->settings.n_shards};

	s->hint.reads_standard_input = n == 0;
	for (size_t i = 0; i < n; i++)
		s->hint.reads_standard_input |= source_is_standard_input(files[i]);
	return input_open(&settings, &s->input);
}

/* The first context is the scan's when it comes back NULL. */
static int
scan(struct scan *s, const struct verb *verb, int argc, char **argv, struct nmx_context **first)
{
	struct nmx_context *contexts[MOST_THREADS] = {*first};
	int n = 0, code = contexts_prepare(*first);

	if (code == EXIT_OK)
		code = args_read(verb, *first, argc, argv, &n);
	if (code != EXIT_OK || n < 0)
		return code;
	if (!settings_read(verb, *first, &s->settings))
		return EXIT_USAGE;
	code = contexts_fit(*first, &s->settings);
	if (code == EXIT_OK && !open_input(s, argv, (size_t)n))
		code = EXIT_USAGE;
	if (code == EXIT_OK)
		code = run_contexts(s, contexts);
	*first = contexts[0];
	if (s->input)
		input_close(s->input);
	settings_done(&s->settings);
	return code;
}

int
verb_scan(const struct verb *verb, int argc, char **argv)
{
	struct scan s = {.code = EXIT_OK};
	struct nmx_context *ctx;
	int code, error = nmx_context_new(&ctx);

	if (error || !hint_init(&s.hint, argc, argv)) {
		complain("%s", error ? nmx_strerror(error) : "out of memory");
		if (!error)
			nmx_context_free(ctx);
		return EXIT_INTERNAL;
	}
	/* They are errors of write(2) then. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	code = scan(&s, verb, argc, argv, &ctx);
	nmx_context_free(ctx);
	hint_done(&s.hint);
	return code;
}
