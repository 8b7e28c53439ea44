/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/sts_flight.h"

#include <stdlib.h>
#include <string.h>

int64_t
sts_boot_now(const struct sts *sts)
{
	return sts->settings.clock->boot_ns(sts->settings.clock);
}

int64_t
sts_now(const struct sts *sts)
{
	return sts->settings.clock->wall_ns(sts->settings.clock) / NS_PER_S;
}

struct store *
sts_store(struct sts *sts)
{
	return sts->store;
}

static struct flight *
next_flight(const struct sts *sts)
{
	for (int i = 0; i < FLIGHT_QUEUES; i++)
		if (sts->queued[i].first)
			return LIST_THING(sts->queued[i].first, struct flight, node);
	return NULL;
}

void
sts_wake(struct sts *sts)
{
	if (next_flight(sts) && sts->n_flying < LIMIT_FETCHES)
		loop_set_timer(sts->settings.loop, &sts->next, sts_boot_now(sts));
}

/* So long that all who have had no turn may have one in half of the time that is waited for them, but not
 * so short that nobody could finish in it. */
static int64_t
turn_ns(const struct sts *sts)
{
	int64_t whole = (int64_t)sts->settings.timeout_ms * NS_PER_MS;
	int64_t longest = whole / LIMIT_STS_TURNS, least = LIMIT_STS_TURN_MS * NS_PER_MS;
	size_t n = sts->n_queued[FLIGHT_FIRST] + sts->n_queued[FLIGHT_AGAIN] + 1;
	int64_t turn = whole / LIMIT_STS_FLIGHT / 2 * LIMIT_FETCHES / (int64_t)n;

	return turn > longest ? longest : turn < least ? least : turn;
}

/* Without memory for the timer those that wait do so until a flight ends. */
static void
set_turn(struct sts *sts)
{
	int64_t at = sts_boot_now(sts) + turn_ns(sts);

	if (sts->queued[FLIGHT_FIRST].first && (!sts->turn.place || at < sts->turn.at))
		loop_set_timer(sts->settings.loop, &sts->turn, at);
}

/* As many places as there are flights that have had none, from those that had theirs for most of a turn: how
 * long one is changes with the queues. */
static void
take_turns(struct timer *timer)
{
	struct sts *sts = (struct sts *)((char *)timer - offsetof(struct sts, turn));
	int64_t before = sts_boot_now(sts) - turn_ns(sts) / 2;
	size_t wanted = sts->n_queued[FLIGHT_FIRST];

	for (size_t i = 0; i < sts->flights.size; i++) {
		for (struct table_entry *e = sts->flights.buckets[i]; e && wanted; e = e->next) {
			struct flight *f = (struct flight *)e;
			bool flies = f->state == FLIGHT_ASKING || f->state == FLIGHT_FETCHING;

			if (!flies || f->since > before)
				continue;
			flight_yield(f);
			wanted--;
		}
	}
	sts_wake(sts);
	set_turn(sts);
}

static void
next_in_queue(struct timer *timer)
{
	struct sts *sts = (struct sts *)((char *)timer - offsetof(struct sts, next));

	while (next_flight(sts) && sts->n_flying < LIMIT_FETCHES)
		flight_begin(next_flight(sts));
	set_turn(sts);
}

struct sts_record
sts_record_of(const struct answer *txt, struct arena *arena)
{
	size_t n = txt->state == ANSWER_DATA ? txt->n_rrs : 0;
	struct sts_bytes *rrs = arena_array(arena, n, sizeof(*rrs));

	for (size_t i = 0; rrs && i < n; i++)
		rrs[i] = (struct sts_bytes){txt->rrs[i].txt.data, txt->rrs[i].txt.length};
	return sts_record_read(rrs, rrs ? n : 0);
}

bool
sts_failed_lately(struct sts *sts, const char *domain, const char *id,
		  struct sts_landing *ret_landing)
{
	struct flight *f = flight_find(sts, domain);

	if (!f || f->state != FLIGHT_FAILED || f->over <= sts_boot_now(sts) ||
	    strcmp(f->id, id) != 0)
		return false;
	*ret_landing = (struct sts_landing){f->trouble, f->text, NULL};
	return true;
}

/* A flight that is under way serves a newer id as well: what it fetches is what is served now, unless it
 * was asked for before the id changed; then the next look-up sees the difference. */
int
sts_join(struct sts *sts, const char *domain, const char *id, struct sts_waiter *waiter)
{
	struct flight *f = flight_find(sts, domain);

	if (f && f->state == FLIGHT_FAILED) {
		flight_drop(f);
		f = NULL;
	}
	if (!f && sts->n_queued[waiter ? FLIGHT_FIRST : FLIGHT_BACKGROUND] >= LIMIT_FETCHES_WAITING)
		return NMX_E_LIMIT;
	if (!f)
		f = flight_new(sts, domain, id, waiter ? FLIGHT_FIRST : FLIGHT_BACKGROUND);
	if (!f)
		return NMX_E_NOMEM;
	if (waiter)
		flight_hurry(f);
	if (waiter) {
		waiter->flight = f;
		list_add_last(&f->waiters, &waiter->node);
	}
	sts_wake(sts);
	set_turn(sts);
	return 0;
}

void
sts_leave(struct sts_waiter *waiter)
{
	if (waiter->flight)
		list_remove(&waiter->flight->waiters, &waiter->node);
	waiter->flight = NULL;
}

/* ---- In the background ---------------------------------------------------------------------- */

struct used {
	struct table_entry entry; /* first */
	int64_t at;		  /* boot clock */
	char domain[];
};

static struct used *
find_used(const struct sts *sts, const char *domain, uint64_t hash)
{
	struct table_entry *entry = table_first(&sts->used, hash);

	while (entry && strcmp(((struct used *)entry)->domain, domain) != 0)
		entry = table_next(entry);
	return (struct used *)entry;
}

static void
set_sweep(struct sts *sts)
{
	if (!sts->sweep.place && sts->used.n)
		loop_set_timer(sts->settings.loop, &sts->sweep,
			       sts_boot_now(sts) + LIMIT_STS_SWEEP * NS_PER_S);
}

void
sts_use(struct sts *sts, const char *domain)
{
	uint64_t hash = hash_bytes(sts->key, domain, strlen(domain));
	struct used *used = find_used(sts, domain, hash);

	if (!used && sts->used.n < LIMIT_STORE_POLICIES) {
		used = calloc(1, sizeof(*used) + strlen(domain) + 1);
		if (used) {
			memcpy(used->domain, domain, strlen(domain) + 1);
			table_add(&sts->used, &used->entry, hash);
		}
	}
	if (used)
		used->at = sts_boot_now(sts);
	set_sweep(sts);
}

static void
drop_used(struct sts *sts, struct used *used)
{
	table_remove(&sts->used, &used->entry);
	free(used);
}

static void
keep_fresh(struct sts *sts, struct used *used)
{
	const struct store_policy *policy = store_find(sts->store, used->domain);
	struct sts_landing failure;

	if (!policy || sts_boot_now(sts) - used->at > LIMIT_STS_USED * INT64_C(86400) * NS_PER_S) {
		drop_used(sts, used);
		return;
	}
	if (sts_is_due(sts, policy) &&
	    !sts_failed_lately(sts, policy->domain, policy->id, &failure))
		sts_join(sts, policy->domain, policy->id, NULL);
}

static void
sweep(struct timer *timer)
{
	struct sts *sts = (struct sts *)((char *)timer - offsetof(struct sts, sweep));

	for (size_t i = 0; i < sts->used.size; i++) {
		struct table_entry *entry = sts->used.buckets[i], *next;

		for (; entry; entry = next) {
			next = entry->next;
			keep_fresh(sts, (struct used *)entry);
		}
	}
	set_sweep(sts);
}

bool
sts_is_due(const struct sts *sts, const struct store_policy *policy)
{
	int64_t pause =
		policy->max_age / 2 < LIMIT_STS_REFRESH ? policy->max_age / 2 : LIMIT_STS_REFRESH;

	int64_t age = sts_now(sts) - policy->fetched;

	return age >= pause || age < 0; /* fetched by a wrong clock */
}

/* ---- Open, close ---------------------------------------------------------------------------- */

static void
each_flight(struct sts *sts, void (*each)(struct flight *flight))
{
	for (size_t i = 0; i < sts->flights.size; i++)
		for (struct table_entry *e = sts->flights.buckets[i]; e; e = e->next)
			each((struct flight *)e);
}

void
sts_forget_questions(struct sts *sts)
{
	each_flight(sts, flight_forget_questions);
}

void
sts_ask_again(struct sts *sts)
{
	each_flight(sts, flight_ask_again);
}

int
sts_open(const struct sts_settings *settings, struct text *error, struct sts **ret_sts)
{
	struct store_settings store = {settings->state_dir, settings->clock, settings->loop,
				       settings->log, settings->log_user};
	struct sts *sts = calloc(1, sizeof(*sts));
	int result;

	if (!sts)
		return NMX_E_NOMEM;
	sts->settings = *settings;
	sts->next.fire = next_in_queue;
	sts->sweep.fire = sweep;
	sts->turn.fire = take_turns;
	result = table_init(&sts->flights) && table_init(&sts->used) ? 0 : NMX_E_NOMEM;
	if (result == 0 && !random_bytes(&sts->key, sizeof(sts->key)))
		result = NMX_E_SYSTEM;
	if (result == 0)
		result = fetcher_open(settings->loop, settings->ca_file, error, &sts->fetcher);
	if (result == 0)
		result = store_open(&store, error, &sts->store);
	if (result) {
		sts_close(sts, false);
		return result;
	}
	*ret_sts = sts;
	return 0;
}

void
sts_close(struct sts *sts, bool forked)
{
	if (!sts)
		return;
	loop_cancel_timer(sts->settings.loop, &sts->next);
	loop_cancel_timer(sts->settings.loop, &sts->sweep);
	loop_cancel_timer(sts->settings.loop, &sts->turn);
	for (size_t i = 0; i < sts->used.size; i++)
		while (sts->used.buckets[i])
			drop_used(sts, (struct used *)sts->used.buckets[i]);
	for (size_t i = 0; i < sts->flights.size; i++) {
		while (sts->flights.buckets[i]) {
			struct flight *f = (struct flight *)sts->flights.buckets[i];

			if (forked)
				f->fetch = NULL; /* the fetcher frees it */
			flight_drop(f);
		}
	}
	fetcher_close(sts->fetcher, forked);
	store_close(sts->store, forked);
	if (sts->flights.buckets)
		table_done(&sts->flights);
	if (sts->used.buckets)
		table_done(&sts->used);
	free(sts);
}
