/* SPDX-License-Identifier: BSD-2-Clause */
/* The store's inside: store.c is what callers see, store_steps.c how memory and file meet. */
#ifndef NMX_RESOLVER_STORE_STEPS_H
#define NMX_RESOLVER_STORE_STEPS_H

#include "base/limits.h"
#include "resolver/store_file.h"
#include "resolver/store_policies.h"
#include "resolver/store_tallies.h"

struct store {
	struct timer timer; /* first */
	struct store_settings settings;
	char *folder;
	struct policies policies;
	struct tallies tallies;
	struct store_file *file;
	bool is_left_alone; /* the file is not ours, or there is none: memory alone */
	bool is_starting;   /* inside store_open(): there it may wait */
	bool is_unread;	    /* there are rows to be read */
	int64_t reread_at, tally_at, purge_at, not_before; /* boot clock; 0: at once, or none */
	int64_t failing_since;				   /* 0: it is not */
	bool failure_said;
	unsigned failures, n_aside;
	bool full_said;
};

static inline int64_t
store_boot(const struct store *store)
{
	return store->settings.clock->boot_ns(store->settings.clock);
}

static inline int64_t
store_in_ms(const struct store *store, int64_t ms)
{
	return store_boot(store) + ms * NS_PER_MS;
}

static inline int64_t
store_wall_s(const struct store *store)
{
	return store->settings.clock->wall_ns(store->settings.clock) / NS_PER_S;
}

static inline bool
store_is_on_disk(const struct store *store)
{
	return store->folder[0] && !store->is_left_alone;
}

/* FOLDER/nextmx.db: what, and why. */
void steps_say(struct store *store, enum nmx_log_level level, const char *what, const char *why);
void steps_say_number(struct store *store, enum nmx_log_level level, uint64_t n, const char *what);

/* The file that is there, or a new one in place of one that is corrupt. A sentence in error, empty
 * before, unless it is OK. */
enum store_file_result steps_open(struct store *store, struct text *error);
/* Nothing could be done now: later, after a pause. */
void steps_failed(struct store *store, enum store_file_result result, const char *why);
/* Others' rows, if it is time to look. */
void steps_reread(struct store *store);
/* One thing: opening, or a transaction, or a checkpoint. False if it failed. */
bool steps_run(struct store *store, bool with_tallies);
/* Sets the timer, if there is something to do. */
void steps_schedule(struct store *store);
void steps_work(struct timer *timer);

#endif
