/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/store_steps.h"

#include <errno.h>
#include <string.h>

#include "resolver/store_folder.h"

enum {
	/* Of one step, which is one transaction: some 2 ms. */
	STEP_POLICIES = 64,
	STEP_BYTES = 256 * 1024,
	STEP_TALLIES = 200,
	STEP_PAUSE_MS = 5, /* for the loop's other work */
	/* While another sets a file aside. */
	ASIDE_WAIT_MS = 50,
	/* After a failure; doubled up to half a minute. */
	PAUSE_FIRST_MS = 10,
	PAUSE_MOST_MS = 30 * 1000,
	/* Busy is normal for so long. */
	PATIENCE_MS = 10 * 1000,
	/* Between two files that become corrupt: a disk that is broken must not be filled with copies. */
	ASIDE_PAUSE_MS = 60 * 1000,
	SECONDS_PER_DAY = 86400,
};

/* FOLDER/nextmx.db: what, and why. */
void
steps_say(struct store *store, enum nmx_log_level level, const char *what, const char *why)
{
	char line[LIMIT_LOG_LINE];
	struct text text = text_into(line, sizeof(line));

	if (!store->settings.log)
		return;
	text_escaped(&text, store->folder, strlen(store->folder));
	text_add(&text, "/" FOLDER_FILE ": ");
	text_add(&text, what);
	text_escaped(&text, why, strlen(why));
	store->settings.log(store->settings.log_user, level, line);
}

void
steps_say_number(struct store *store, enum nmx_log_level level, uint64_t n, const char *what)
{
	char number[200];
	struct text text = text_into(number, sizeof(number));

	text_u64(&text, n);
	text_add(&text, what);
	steps_say(store, level, number, "");
}

static void
later(struct store *store, int64_t at)
{
	if (at < store->not_before)
		at = store->not_before;
	/* Without memory for the timer: at the next call that has something to write. */
	if (!store->timer.place || at < store->timer.at)
		loop_set_timer(store->settings.loop, &store->timer, at);
}

/* ---- Failures ------------------------------------------------------------------------------- */

static void
succeeded(struct store *store)
{
	if (store->failure_said)
		steps_say(store, NMX_LOG_INFO, "can be written again", "");
	store->failing_since = 0;
	store->failure_said = false;
	store->failures = 0;
}

void
steps_failed(struct store *store, enum store_file_result result, const char *why)
{
	int64_t pause = PAUSE_FIRST_MS;

	if (!store->failing_since)
		store->failing_since = store_boot(store);
	if (!store->failure_said && (result != STORE_FILE_BUSY ||
				     store_in_ms(store, -PATIENCE_MS) >= store->failing_since)) {
		store->failure_said = true;
		steps_say(
			store, NMX_LOG_WARNING,
			"cannot be written now; what is new stays in memory, and is tried again: ",
			why);
	}
	for (unsigned i = 0; i < store->failures && pause < PAUSE_MOST_MS; i++)
		pause *= 2;
	if (pause > PAUSE_MOST_MS)
		pause = PAUSE_MOST_MS;
	store->failures++;
	if (store->not_before < store_in_ms(store, pause))
		store->not_before = store_in_ms(store, pause);
}

/* ---- Opening, reading ----------------------------------------------------------------------- */

static bool
take(void *user, const struct store_row *row)
{
	struct store *store = user;

	return policies_put(&store->policies, row, true, store_wall_s(store));
}

static void
say_aside(struct store *store, const char *why, int error, const char *name)
{
	steps_say(store, NMX_LOG_ERROR, "is corrupt: ", why);
	if (error)
		steps_say(store, NMX_LOG_ERROR, "cannot be set aside: ", strerror(error));
	else if (name[0])
		steps_say(store, NMX_LOG_ERROR, "is begun anew; the corrupt one is kept as ", name);
	else
		steps_say(store, NMX_LOG_WARNING, "has been set aside by another process", "");
}

/* The file goes under another name; all that memory holds, and that can still be read, is to be written
 * to the next. */
static void
set_aside(struct store *store, const char *why)
{
	char name[FOLDER_NAME];
	int error;

	store_file_salvage(store->file, take, store);
	error = store_file_set_aside(store->file, store->folder, store->is_starting,
				     store_wall_s(store), name);
	store->file = NULL;
	policies_write_all(&store->policies);
	if (error == EWOULDBLOCK) {
		store->not_before = store_in_ms(store, ASIDE_WAIT_MS);
		return;
	}
	say_aside(store, why, error, name);
	if (store->n_aside)
		store->not_before =
			store_in_ms(store, (int64_t)ASIDE_PAUSE_MS
						   << (store->n_aside < 6 ? store->n_aside : 6));
	store->n_aside++;
}

static enum store_file_result
read_some(struct store *store, bool all)
{
	uint64_t bad = 0;
	enum store_file_result result = store_file_read(store->file, all, take, store, &bad);

	if (bad)
		steps_say_number(store, NMX_LOG_WARNING, bad,
				 " policies make no sense, and are passed over");
	store->is_unread = result != STORE_FILE_OK;
	return result == STORE_FILE_MORE ? STORE_FILE_OK : result;
}

/* What is held must not be lost for want of room: it is read, if nothing else can be done. */
static void
read_alone(struct store *store)
{
	uint64_t bad = 0;

	if (store_file_open_alone(store->folder, store_wall_s(store), &store->file) !=
	    STORE_FILE_OK)
		return;
	store_file_read(store->file, true, take, store, &bad);
	store_file_close(store->file);
	store->file = NULL;
}

/* A sentence in error unless it is OK. */
static enum store_file_result
open_file(struct store *store, struct text *error)
{
	bool changed;
	enum store_file_result result = store_file_open(store->folder, store->is_starting,
							store_wall_s(store), error, &store->file);

	if (result == STORE_FILE_OK) {
		store_file_changed(store->file, &changed);
		store->reread_at = store_boot(store) + LIMIT_STORE_REREAD * NS_PER_S;
		result = read_some(store, true);
		if (result != STORE_FILE_OK)
			text_add(error, store_file_error(store->file));
	}
	if (result == STORE_FILE_CORRUPT)
		set_aside(store, error->data);
	if (result == STORE_FILE_LATER && store->is_starting)
		read_alone(store);
	return result;
}

/* Of the file that is there; with a new one at once if it turns out corrupt for the first time. */
enum store_file_result
steps_open(struct store *store, struct text *error)
{
	enum store_file_result result = open_file(store, error);

	if (result == STORE_FILE_CORRUPT && store->not_before <= store_boot(store)) {
		*error = text_into(error->data, error->size);
		result = open_file(store, error);
	}
	if (result == STORE_FILE_FOREIGN || result == STORE_FILE_FORKED) {
		store->is_left_alone = true;
		steps_say(store, NMX_LOG_ERROR,
			  "is not used, so policies are kept in memory alone: ", error->data);
	}
	return result;
}

/* Others' rows, if it is time to look. */
void
steps_reread(struct store *store)
{
	bool changed = false;

	if (!store->file || store_boot(store) < store->reread_at)
		return;
	store->reread_at = store_boot(store) + LIMIT_STORE_REREAD * NS_PER_S;
	if (store_file_moved(store->file) ||
	    store_file_changed(store->file, &changed) == STORE_FILE_CORRUPT) {
		later(store, store_boot(store)); /* the next step sees to it */
		return;
	}
	if (changed && read_some(store, false) != STORE_FILE_OK)
		store->is_unread = true;
	if (store->is_unread)
		later(store, store_boot(store));
}

/* ---- Writing -------------------------------------------------------------------------------- */

/* Policies and then counts, of one transaction; how many of each. */
struct batch {
	size_t policies, tallies, lost;
};

static enum store_file_result
write_policies(struct store *store, struct batch *batch)
{
	enum store_file_result result = STORE_FILE_OK;
	struct list_node *node = store->policies.unwritten.first;
	size_t bytes = 0;

	while (node && result == STORE_FILE_OK && batch->policies < STEP_POLICIES &&
	       bytes < STEP_BYTES) {
		const struct kept *kept = LIST_THING(node, struct kept, write);

		result = kept->is_gone
				 ? store_file_remove(store->file, &kept->row.policy)
				 : store_file_put(store->file, &kept->row, store_wall_s(store));
		bytes += kept->row.policy.length;
		batch->policies++;
		node = node->next;
	}
	return result;
}

static enum store_file_result
write_tallies(struct store *store, struct batch *batch)
{
	enum store_file_result result = STORE_FILE_OK;
	struct list_node *node = store->tallies.list.first;

	while (node && result == STORE_FILE_OK && batch->tallies < STEP_TALLIES) {
		bool full = false;

		result = store_file_count(store->file,
					  &LIST_THING(node, struct counted, node)->tally, &full);
		batch->lost += full;
		batch->tallies++;
		node = node->next;
	}
	return result;
}

static void
forget_batch(struct store *store, const struct batch *batch)
{
	for (size_t i = 0; i < batch->policies; i++)
		policies_written(&store->policies);
	for (size_t i = 0; i < batch->tallies; i++)
		tallies_drop_first(&store->tallies);
	if (batch->lost && !store->full_said) {
		store->full_said = true;
		steps_say(store, NMX_LOG_WARNING,
			  "is full: counts of new domains and hosts are lost", "");
	}
}

/* Counts are in the file or in memory, never in both: they leave memory when the commit has succeeded,
 * and one that fails changes nothing. */
static enum store_file_result
write_some(struct store *store, bool with_tallies)
{
	struct batch batch = {0, 0, 0};
	enum store_file_result result;
	bool purge = with_tallies && store_boot(store) >= store->purge_at;

	if (!store->policies.n_unwritten && !with_tallies)
		return STORE_FILE_OK;
	result = store_file_begin(store->file);
	if (result == STORE_FILE_OK)
		result = write_policies(store, &batch);
	if (result == STORE_FILE_OK && with_tallies)
		result = write_tallies(store, &batch);
	if (result == STORE_FILE_OK && purge)
		result = store_file_purge(store->file,
					  store_wall_s(store) / SECONDS_PER_DAY - LIMIT_STORE_DAYS);
	if (result == STORE_FILE_OK)
		result = store_file_commit(store->file);
	if (result == STORE_FILE_OK) {
		forget_batch(store, &batch);
		if (purge)
			store->purge_at = store_boot(store) + 60 * NS_PER_S;
	}
	return result;
}

/* ---- Steps ---------------------------------------------------------------------------------- */

static bool
tallies_are_due(const struct store *store)
{
	return store->tallies.n && store_boot(store) >= store->tally_at;
}

static enum store_file_result
open_again(struct store *store, struct text *error)
{
	if (store->file) {
		steps_say(store, NMX_LOG_WARNING, "has another name by now: another one is used",
			  "");
		store_file_close(store->file);
		store->file = NULL;
		policies_write_all(&store->policies);
	}
	return steps_open(store, error);
}

/* One thing at a time: opening, or a transaction, or a checkpoint. */
static enum store_file_result
do_one_thing(struct store *store, bool with_tallies, struct text *error)
{
	enum store_file_result result = STORE_FILE_OK;

	if (!store->file || store_file_moved(store->file))
		return open_again(store, error);
	if (store->is_unread)
		result = read_some(store, false);
	else if (store_file_checkpoint_due(store->file))
		store_file_checkpoint(store->file);
	else
		result = write_some(store, with_tallies);
	if (result != STORE_FILE_OK)
		text_add(error, store_file_error(store->file));
	if (result == STORE_FILE_CORRUPT)
		set_aside(store, error->data);
	return result;
}

bool
steps_run(struct store *store, bool with_tallies)
{
	char line[LIMIT_LOG_LINE] = "";
	struct text error = text_into(line, sizeof(line));
	size_t unwritten = store_unwritten(store);
	enum store_file_result result = do_one_thing(store, with_tallies, &error);

	/* Reading well says nothing of writing. */
	if (result == STORE_FILE_OK && (unwritten == 0 || store_unwritten(store) < unwritten))
		succeeded(store);
	else if (result == STORE_FILE_CORRUPT && store->n_aside <= 1)
		; /* a new file is begun at once */
	else if (result != STORE_FILE_OK && !store->is_left_alone)
		steps_failed(store, result, line);
	return result == STORE_FILE_OK;
}

void
steps_schedule(struct store *store)
{
	int64_t now = store_boot(store);

	if (!store_is_on_disk(store))
		return;
	if (!store->file || store->is_unread || store->policies.n_unwritten ||
	    store_file_checkpoint_due(store->file))
		later(store, store_in_ms(store, STEP_PAUSE_MS));
	else if (store->tallies.n && store->tally_at > now)
		later(store, store->tally_at);
	else if (store->tallies.n)
		later(store, store_in_ms(store, STEP_PAUSE_MS));
}

void
steps_work(struct timer *timer)
{
	struct store *store = (struct store *)timer;

	if (store_boot(store) >= store->not_before)
		steps_run(store, tallies_are_due(store));
	steps_schedule(store);
}
