/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/store.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/store_steps.h"

/* ---- Beginning and end ---------------------------------------------------------------------- */

static void
free_memory(struct store *store)
{
	policies_done(&store->policies);
	tallies_done(&store->tallies);
	free(store->folder);
	free(store);
}

static int
new_in_memory(const struct store_settings *settings, struct store **ret_store)
{
	struct store *store = calloc(1, sizeof(*store));
	uint64_t key;

	if (!store)
		return NMX_E_NOMEM;
	if (!random_bytes(&key, sizeof(key))) {
		free(store);
		return NMX_E_SYSTEM;
	}
	store->settings = *settings;
	store->timer.fire = steps_work;
	store->folder = strdup(settings->folder);
	if (!store->folder || !policies_init(&store->policies, key) ||
	    !tallies_init(&store->tallies, key)) {
		free_memory(store);
		return NMX_E_NOMEM;
	}
	*ret_store = store;
	return 0;
}

int
store_open(const struct store_settings *settings, struct text *error, struct store **ret_store)
{
	char line[LIMIT_LOG_LINE] = "";
	struct text sentence = text_into(line, sizeof(line));
	enum store_file_result result = STORE_FILE_OK;
	struct store *store;
	int code = new_in_memory(settings, &store);

	if (code)
		return code;
	store->is_starting = true;
	if (store->folder[0])
		result = steps_open(store, &sentence);
	store->is_starting = false;
	switch (result) {
	case STORE_FILE_NOMEM:
		code = NMX_E_NOMEM;
		break;
	case STORE_FILE_WRONG:
		text_add(error, line);
		code = NMX_E_CONFIG;
		break;
	case STORE_FILE_FORKED:
		text_add(error, line);
		code = NMX_E_FORKED;
		break;
	case STORE_FILE_OK:
	case STORE_FILE_FOREIGN:
		break;
	default:
		steps_failed(store, result, line);
	}
	steps_schedule(store);
	if (code)
		store_close(store, false);
	else
		*ret_store = store;
	return code;
}

void
store_close(struct store *store, bool forked)
{
	if (!store)
		return;
	loop_cancel_timer(store->settings.loop, &store->timer);
	if (forked) {
		store_file_forget(store->file);
	} else if (store_is_on_disk(store)) {
		if (store->file && store_unwritten(store))
			store_file_be_patient(store->file);
		/* One failure may be a corrupt file's, in whose place a new one is begun. */
		for (int failures = 0; store_unwritten(store) && failures < 2;)
			failures += !steps_run(store, true);
		if (store_unwritten(store))
			steps_say_number(store, NMX_LOG_WARNING, store_unwritten(store),
					 " policies and counts could not be written, and are lost");
		store_file_close(store->file);
	}
	free_memory(store);
}

size_t
store_unwritten(const struct store *store)
{
	return !store->folder[0] ? 0 : store->policies.n_unwritten + store->tallies.n;
}

/* ---- Policies ------------------------------------------------------------------------------- */

const struct store_policy *
store_find(struct store *store, const char *domain)
{
	struct kept *kept;

	steps_reread(store);
	kept = policies_find(&store->policies, domain);
	if (!kept || !policies_is_alive(kept, store_wall_s(store)))
		return NULL;
	policies_use(&store->policies, kept);
	return &kept->row.policy;
}

/* In place of what is held: nothing. No copy that anybody has of what was fetched before is alive after
 * it has expired. Needs no memory. */
static bool
put_nothing(struct store *store, const char *domain, int64_t fetched)
{
	const struct store_policy nothing = {.domain = domain,
					     .id = "",
					     .fetched = fetched,
					     .expires = fetched + LIMIT_STS_MAX_AGE,
					     .mode = NMX_STS_ABSENT};
	const struct store_row row = {nothing, fetched};

	return policies_put(&store->policies, &row, false, store_wall_s(store));
}

bool
store_put(struct store *store, const struct store_policy *policy)
{
	const struct store_row row = {*policy, policy->fetched};
	bool good = true;

	if (policies_fault(&row) || policy->mode == NMX_STS_ABSENT)
		return false;
	steps_reread(store);
	if (policy->expires > policy->fetched)
		good = policies_put(&store->policies, &row, false, store_wall_s(store));
	else if (policies_find(&store->policies, policy->domain))
		good = put_nothing(store, policy->domain, policy->fetched);
	steps_schedule(store);
	return good;
}

void
store_write(struct store *store)
{
	if (store_is_on_disk(store) && store->file && !store->is_unread &&
	    store->policies.n_unwritten && store_boot(store) >= store->not_before)
		steps_run(store, false);
	steps_schedule(store);
}

bool
store_forget(struct store *store, const char *domain)
{
	struct kept *kept;
	int64_t fetched = store_wall_s(store);
	bool was_alive;

	steps_reread(store);
	kept = policies_find(&store->policies, domain);
	if (!kept || kept->row.policy.mode == NMX_STS_ABSENT)
		return false;
	was_alive = policies_is_alive(kept, fetched);
	if (fetched < kept->row.policy.fetched)
		fetched = kept->row.policy.fetched;
	put_nothing(store, kept->domain, fetched);
	steps_schedule(store);
	return was_alive;
}

size_t
store_count(struct store *store)
{
	steps_reread(store);
	return policies_sort(&store->policies, store_wall_s(store));
}

const struct store_policy *
store_at(struct store *store, size_t i)
{
	if (!store->policies.is_sorted)
		policies_sort(&store->policies, store_wall_s(store));
	return i < store->policies.n_sorted ? &store->policies.sorted[i]->row.policy : NULL;
}

/* ---- Counts --------------------------------------------------------------------------------- */

void
store_tally(struct store *store, int64_t day, const char *domain, enum nmx_tlsrpt_policy policy,
	    enum nmx_tlsrpt_result result, const char *host)
{
	const struct store_tally tally = {day, domain, policy, result, host, 1};
	uint64_t lost = store->tallies.lost;

	if (!store_is_on_disk(store) && store->tallies.n >= LIMIT_STORE_TALLIES)
		tallies_drop_before(&store->tallies, day - LIMIT_STORE_DAYS);
	if (!store->tallies.n)
		store->tally_at = store_boot(store) + LIMIT_STORE_TALLY * NS_PER_S;
	tallies_add(&store->tallies, &tally);
	if (lost == 0 && store->tallies.lost)
		steps_say(store, NMX_LOG_WARNING, "there are too many counts: some are lost", "");
	steps_schedule(store);
}

/* Those of the file and those of memory are both in order. */
struct merge {
	const struct store_tally **ours;
	size_t n, at;
	void (*each)(void *user, const struct store_tally *tally);
	void *user;
};

static void
merge_tally(void *user, const struct store_tally *tally)
{
	struct merge *merge = user;
	struct store_tally sum = *tally;
	int order = 1;

	while (merge->at < merge->n && (order = tallies_compare(merge->ours[merge->at], tally)) < 0)
		merge->each(merge->user, merge->ours[merge->at++]);
	if (merge->at < merge->n && order == 0)
		sum.n += merge->ours[merge->at++]->n;
	merge->each(merge->user, &sum);
}

int
store_tallies(struct store *store, int64_t day,
	      void (*each)(void *user, const struct store_tally *tally), void *user)
{
	struct merge merge = {.each = each, .user = user};
	enum store_file_result result = STORE_FILE_OK;

	if (!tallies_of_day(&store->tallies, day, &merge.ours, &merge.n))
		return NMX_E_NOMEM;
	if (store_is_on_disk(store))
		result = store->file ? store_file_tallies(store->file, day, merge_tally, &merge)
				     : STORE_FILE_LATER;
	while (result == STORE_FILE_OK && merge.at < merge.n)
		each(user, merge.ours[merge.at++]);
	free(merge.ours);
	return result == STORE_FILE_OK	    ? 0
	       : result == STORE_FILE_NOMEM ? NMX_E_NOMEM
					    : NMX_E_SYSTEM;
}

void
store_print_version(struct text *text)
{
	store_file_print_version(text);
}
