/* SPDX-License-Identifier: BSD-2-Clause */
/* What a context holds; context.c, request.c and the lookups share it. One thread at a time. */
#ifndef NMX_RESOLVER_CONTEXT_H
#define NMX_RESOLVER_CONTEXT_H

#include "resolver/backoff.h"
#include "resolver/cache.h"
#include "resolver/dns.h"
#include "resolver/lookup.h"
#include "resolver/settings.h"
#include "resolver/own.h"
#include "resolver/sts.h"
#include "resolver/verdicts.h"

#include <nextmx.h>

struct nmx_context {
	struct options options;
	struct arena settings_arena;
	struct settings settings;
	const struct clock *clock;
	int64_t clock_offset; /* wall minus boot time, when the resolver was opened */
	struct loop *loop;
	struct dns *dns;
	struct own *own;
	struct sts *sts;	 /* NULL: MTA-STS is off */
	struct refresh *refresh; /* that a caller waits for; NULL: none */
	struct cache cache;
	struct verdicts verdicts;
	struct backoff backoff;
	struct arena scratch; /* for one call at a time */
	struct arena_mark scratch_start;
	uint64_t hash_key;
	struct table lookups;		  /* running or held back, by domain */
	struct arena_spares spare_blocks; /* of lookups */
	struct list ready;		  /* lookups that have something to do */
	struct list held;    /* lookups that wait until fewer questions are in flight */
	struct list unasked; /* questions that wait until fewer are in flight */
	struct list done;    /* requests whose answer waits for dispatch */
	size_t n_requests;
	struct list deliveries; /* that are not over */
	struct list to_do;	/* deliveries with an attempt or a report to make */
	struct list attempts;	/* in the hands of callers */
	struct list finished;	/* given back since the last dispatch */
	size_t n_deliveries;
	int n_called; /* functions of callers in this dispatch */
	uint64_t stats[NMX_STAT_COUNT];
	nmx_log_fn log;
	struct list log_later; /* messages from where the caller must not be called */
	unsigned n_log_later;
	bool told_anchor;
	void *log_user;
	bool started, running, free_later;
	bool delivery_first;	  /* whose turn it was */
	unsigned char *fork_mark; /* a page that is zero in a forked child */
	char error[LIMIT_LOG_LINE];
};

/* Closes what start opened, in any state. */
void context_stop(struct nmx_context *ctx);
/* nmx_sts_refresh(), around a rebuild of the resolver. */
struct refresh;
void refresh_forget_question(struct refresh *refresh);
void refresh_ask_again(struct refresh *refresh);

bool context_is_forked(const struct nmx_context *ctx);
int64_t context_now(const struct nmx_context *ctx);
/* Wall minus boot time, nanoseconds. */
int64_t context_clock_offset(const struct nmx_context *ctx);
/* Since dispatch last looked (RULES CLK-1). */
bool context_clock_jumped(const struct nmx_context *ctx);
void context_log(struct nmx_context *ctx, enum nmx_log_level level, const char *text);
/* The same, from inside a callback of libunbound's or of a function that is not a blocking call: said by
 * the next dispatch or blocking call, or the end of start or free. */
void context_log_later(struct nmx_context *ctx, enum nmx_log_level level, const char *text);
/* Says what waits to be said. The caller's function may do what it may in any callback. */
void context_drain_log(struct nmx_context *ctx);

/* Puts the lookup on the ready queue, unless it is there. */
void context_queue_lookup(struct nmx_context *ctx, struct lookup *lookup);
/* Takes the lookup off every list and frees it; its waiters are gone by then. */
void context_forget_lookup(struct nmx_context *ctx, struct lookup *lookup);
/* Runs sockets, timers and lookups, without callbacks of the caller's. 0 or an error. */
int context_work(struct nmx_context *ctx, bool wait);
/* The end of dispatch or a blocking call: frees the context if a callback asked for it. */
void context_settle(struct nmx_context *ctx);
/* Whether something could be done at once. */
bool context_has_work(const struct nmx_context *ctx);

#endif
