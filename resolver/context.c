/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/context.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "resolver/attempt.h"
#include "resolver/request.h"
#include "resolver/sigpipe.h"

/* Lookups that go on in one call, so that a flood of cached answers cannot hold it for long. */
enum { MOST_STEPS = 4 * LIMIT_COMPLETIONS };

/* ---- Fork ----------------------------------------------------------------------------------- */

/* The kernel zeroes the page in a child: no system call is needed to notice a fork. */
static unsigned char *
new_fork_mark(void)
{
	void *page = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	if (madvise(page, (size_t)sysconf(_SC_PAGESIZE), MADV_WIPEONFORK) < 0) {
		munmap(page, (size_t)sysconf(_SC_PAGESIZE));
		return NULL;
	}
	*(unsigned char *)page = 1;
	return page;
}

bool
context_is_forked(const struct nmx_context *ctx)
{
	return *ctx->fork_mark == 0;
}

/* ---- Messages ------------------------------------------------------------------------------- */

void
context_log(struct nmx_context *ctx, enum nmx_log_level level, const char *text)
{
	if (ctx->log)
		ctx->log(level, text, ctx->log_user);
}

struct late_line {
	struct list_node node;
	enum nmx_log_level level;
	char text[];
};

void
context_log_later(struct nmx_context *ctx, enum nmx_log_level level, const char *text)
{
	size_t size = strlen(text) + 1;
	struct late_line *line =
		ctx->n_log_later < LIMIT_LOG_LINES ? malloc(sizeof(*line) + size) : NULL;

	if (!line)
		return;
	line->level = level;
	memcpy(line->text, text, size);
	list_add_last(&ctx->log_later, &line->node);
	ctx->n_log_later++;
}

static void
say_late_lines(struct nmx_context *ctx)
{
	while (ctx->log_later.first) {
		struct late_line *line = LIST_THING(ctx->log_later.first, struct late_line, node);

		list_remove(&ctx->log_later, &line->node);
		ctx->n_log_later--;
		context_log(ctx, line->level, line->text);
		free(line);
	}
}

void
context_drain_log(struct nmx_context *ctx)
{
	char text[LIMIT_LOG_LINE];
	enum nmx_log_level level;

	say_late_lines(ctx);
	while (dns_take_log(&level, text, sizeof(text)))
		context_log(ctx, level, text);
}

/* ---- New, free ------------------------------------------------------------------------------ */

int
nmx_context_new(struct nmx_context **ret_ctx)
{
	struct nmx_context *ctx;

	if (!ret_ctx)
		return NMX_E_INVALID;
	ctx = calloc(1, sizeof(*ctx));
	if (!ctx)
		return NMX_E_NOMEM;
	ctx->clock = &clock_system;
	arena_init(&ctx->scratch);
	arena_init(&ctx->settings_arena);
	ctx->fork_mark = new_fork_mark();
	if (!ctx->fork_mark) {
		free(ctx);
		return NMX_E_SYSTEM;
	}
	if (!options_init(&ctx->options)) {
		nmx_context_free(ctx);
		return NMX_E_NOMEM;
	}
	*ret_ctx = ctx;
	return 0;
}

static void
end_lookups(struct nmx_context *ctx)
{
	while (ctx->done.first)
		request_detach(request_at(ctx->done.first));
	for (size_t i = 0; i < ctx->lookups.size; i++) {
		while (ctx->lookups.buckets[i]) {
			struct lookup *lookup = (struct lookup *)ctx->lookups.buckets[i];

			while (lookup->waiters.first)
				request_detach(request_at(lookup->waiters.first));
			context_forget_lookup(ctx, lookup);
		}
	}
}

void
context_stop(struct nmx_context *ctx)
{
	delivery_end_all(ctx);
	end_lookups(ctx);
	sts_close(ctx->sts, context_is_forked(ctx));
	dns_close(ctx->dns, context_is_forked(ctx));
	loop_free(ctx->loop);
	if (ctx->cache.table.buckets)
		cache_done(&ctx->cache);
	if (ctx->verdicts.table.buckets)
		verdicts_done(&ctx->verdicts);
	if (ctx->backoff.table.buckets)
		backoff_done(&ctx->backoff);
	if (ctx->lookups.buckets)
		table_done(&ctx->lookups);
	arena_spares_done(&ctx->spare_blocks);
	own_unref(ctx->own);
	arena_done(&ctx->scratch);
	arena_done(&ctx->settings_arena);
	arena_init(&ctx->scratch);
	arena_init(&ctx->settings_arena);
	ctx->sts = NULL;
	ctx->dns = NULL;
	ctx->loop = NULL;
	ctx->own = NULL;
	memset(&ctx->cache, 0, sizeof(ctx->cache));
	memset(&ctx->verdicts, 0, sizeof(ctx->verdicts));
	memset(&ctx->backoff, 0, sizeof(ctx->backoff));
	memset(&ctx->lookups, 0, sizeof(ctx->lookups));
}

void
nmx_context_free(struct nmx_context *ctx)
{
	if (!ctx)
		return;
	if (ctx->running) {
		ctx->free_later = true;
		return;
	}
	ctx->running = true; /* whoever is told now frees nothing */
	context_stop(ctx);
	say_late_lines(ctx);
	options_done(&ctx->options);
	munmap(ctx->fork_mark, (size_t)sysconf(_SC_PAGESIZE));
	free(ctx);
}

/* ---- Lookups -------------------------------------------------------------------------------- */

static struct lookup *
first_of(const struct list *queue)
{
	return LIST_THING(queue->first, struct lookup, queued);
}

void
context_queue_lookup(struct nmx_context *ctx, struct lookup *lookup)
{
	if (lookup->ready || lookup->held)
		return;
	lookup->ready = true;
	list_add_last(&ctx->ready, &lookup->queued);
}

static void
unqueue(struct nmx_context *ctx, struct lookup *lookup)
{
	if (lookup->ready)
		list_remove(&ctx->ready, &lookup->queued);
	if (lookup->held)
		list_remove(&ctx->held, &lookup->queued);
	lookup->ready = lookup->held = false;
}

void
context_forget_lookup(struct nmx_context *ctx, struct lookup *lookup)
{
	unqueue(ctx, lookup);
	lookup_free(lookup);
}

/*
 * A lookup begins only while a quarter of the capacity is free, which those that have begun may use
 * up: it is better to let a domain wait than to break off another half-way. One that waits until its
 * deadline is answered 4.3.2. Thus a dead server of many domains is found dead by the first few
 * hundred questions (12 s), and those that waited fail at once instead of in turn.
 */
static bool
may_begin(const struct nmx_context *ctx)
{
	unsigned most = dns_capacity(ctx->dns);

	return !ctx->unasked.first && dns_count(ctx->dns).in_flight < most - most / 4;
}

static void
run_lookups(struct nmx_context *ctx)
{
	lookup_ask_waiting(ctx);
	for (int i = 0; i < MOST_STEPS && ctx->ready.first; i++) {
		struct lookup *lookup = first_of(&ctx->ready);

		unqueue(ctx, lookup);
		if (lookup->phase == PHASE_HELD && domain_is_asked(&lookup->domain)) {
			lookup->held = true;
			list_add_last(&ctx->held, &lookup->queued);
		} else {
			lookup_step(lookup);
		}
	}
	for (int i = 0; i < MOST_STEPS && ctx->held.first && may_begin(ctx); i++) {
		struct lookup *lookup = first_of(&ctx->held);

		unqueue(ctx, lookup);
		lookup_step(lookup);
	}
}

static bool
can_go_on(const struct nmx_context *ctx)
{
	return ctx->ready.first || (ctx->held.first && may_begin(ctx)) ||
	       (ctx->unasked.first && lookup_has_room(ctx));
}

bool
context_has_work(const struct nmx_context *ctx)
{
	return can_go_on(ctx) || ctx->done.first || ctx->to_do.first;
}

/* ---- Clock ---------------------------------------------------------------------------------- */

int64_t
context_clock_offset(const struct nmx_context *ctx)
{
	return ctx->clock->wall_ns(ctx->clock) - ctx->clock->boot_ns(ctx->clock);
}

int64_t
context_now(const struct nmx_context *ctx)
{
	return ctx->clock->boot_ns(ctx->clock);
}

/* RULES CLK-1: libunbound's caches run on wall time, and a jump makes their TTLs wrong. */
bool
context_clock_jumped(const struct nmx_context *ctx)
{
	int64_t jump = context_clock_offset(ctx) - ctx->clock_offset;

	return jump > LIMIT_CLOCK_JUMP * NS_PER_S || jump < -LIMIT_CLOCK_JUMP * NS_PER_S;
}

/* After a jump. */
static void
begin_anew(struct nmx_context *ctx)
{
	ctx->clock_offset = context_clock_offset(ctx);
	context_log(ctx, NMX_LOG_WARNING, "the clock jumped: caches are emptied");
	cache_clear(&ctx->cache);
	verdicts_clear(&ctx->verdicts);
	for (size_t i = 0; i < ctx->lookups.size; i++) {
		struct table_entry *entry = ctx->lookups.buckets[i];

		for (; entry; entry = entry->next) {
			struct lookup *lookup = (struct lookup *)entry;

			lookup_restart(lookup);
			context_queue_lookup(ctx, lookup);
		}
	}
	if (ctx->sts)
		sts_forget_questions(ctx->sts);
	if (ctx->refresh)
		refresh_forget_question(ctx->refresh);
	if (dns_rebuild(ctx->dns))
		context_log(ctx, NMX_LOG_ERROR, "the resolver could not be rebuilt");
	else
		ctx->stats[NMX_STAT_REBUILDS]++;
	if (ctx->sts)
		sts_ask_again(ctx->sts);
	if (ctx->refresh)
		refresh_ask_again(ctx->refresh);
}

/* ---- Work ----------------------------------------------------------------------------------- */

/* Only what may write to sockets is guarded: guarding takes four system calls. */
int
context_work(struct nmx_context *ctx, bool wait)
{
	struct sigpipe_guard guard;
	int result;

	if (context_is_forked(ctx))
		return NMX_E_FORKED;
	if (context_clock_jumped(ctx)) {
		sigpipe_guard(&guard);
		begin_anew(ctx);
		sigpipe_unguard(&guard);
	}
	if (wait)
		loop_settle(ctx->loop, can_go_on(ctx));
	result = loop_take(ctx->loop, wait);
	if (result == 0 && (loop_is_due(ctx->loop) || can_go_on(ctx) || ctx->held.first)) {
		sigpipe_guard(&guard);
		loop_fire(ctx->loop);
		run_lookups(ctx);
		sigpipe_unguard(&guard);
	}
	context_drain_log(ctx);
	return result;
}

void
context_settle(struct nmx_context *ctx)
{
	ctx->running = false;
	if (ctx->free_later)
		nmx_context_free(ctx);
	else if (!context_is_forked(ctx))
		loop_settle(ctx->loop, context_has_work(ctx));
}

/* One function of a caller's: requests and deliveries take turns. */
static bool
run_one(struct nmx_context *ctx)
{
	if (ctx->free_later || context_is_forked(ctx))
		return false;
	ctx->delivery_first = !ctx->delivery_first;
	if (ctx->delivery_first)
		return delivery_run_one(ctx) || request_run_one(ctx);
	return request_run_one(ctx) || delivery_run_one(ctx);
}

int
nmx_context_dispatch(struct nmx_context *ctx)
{
	int n = 0, result;

	if (!ctx)
		return NMX_E_INVALID;
	if (context_is_forked(ctx))
		return NMX_E_FORKED;
	if (!ctx->started || ctx->running)
		return NMX_E_STATE;
	attempt_sweep(ctx);
	ctx->n_called = 0;
	ctx->running = true;
	result = context_work(ctx, false);
	while (result == 0 && ctx->n_called < LIMIT_COMPLETIONS && run_one(ctx))
		;
	n = ctx->n_called;
	if (context_is_forked(ctx))
		result = NMX_E_FORKED; /* a child, forked in a callback */
	context_settle(ctx);
	return result ? result : n;
}

/* ---- The rest ------------------------------------------------------------------------------- */

int
nmx_context_fd(struct nmx_context *ctx)
{
	if (!ctx)
		return NMX_E_INVALID;
	if (context_is_forked(ctx))
		return NMX_E_FORKED;
	return ctx->started ? loop_fd(ctx->loop) : NMX_E_STATE;
}

int
nmx_context_stats(struct nmx_context *ctx, uint64_t *ret_values, size_t n)
{
	if (!ctx || (!ret_values && n))
		return NMX_E_INVALID;
	if (context_is_forked(ctx))
		return NMX_E_FORKED;
	if (ctx->started) {
		struct dns_counts counts = dns_count(ctx->dns);

		ctx->stats[NMX_STAT_QUESTIONS] = counts.asked;
		ctx->stats[NMX_STAT_QUESTIONS_NOW] = counts.in_flight;
		ctx->stats[NMX_STAT_ORPHANS_NOW] = counts.orphans;
		ctx->stats[NMX_STAT_LOOKUPS_NOW] = ctx->lookups.n;
		ctx->stats[NMX_STAT_DELIVERIES_NOW] = ctx->n_deliveries;
		ctx->stats[NMX_STAT_BACKOFF_NOW] = ctx->backoff.n;
		ctx->stats[NMX_STAT_CACHED_ROUTES] = ctx->cache.n;
		ctx->stats[NMX_STAT_CACHED_BYTES] = ctx->cache.bytes;
	}
	for (size_t i = 0; i < n; i++)
		ret_values[i] = i < NMX_STAT_COUNT ? ctx->stats[i] : 0;
	return 0;
}

int
nmx_context_set_log(struct nmx_context *ctx, nmx_log_fn fn, void *user)
{
	if (!ctx)
		return NMX_E_INVALID;
	if (context_is_forked(ctx))
		return NMX_E_FORKED;
	ctx->log = fn;
	ctx->log_user = user;
	return 0;
}
