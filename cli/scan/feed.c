/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/feed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/scan/window.h"

enum {
	STEP = 1024,		      /* entries, then there may be something else to do */
	MOST_HELD = 64 * 1024 * 1024, /* octets: domains have 40, but a line may have 65,536 */
};

int
feed_begin(struct feed *f)
{
	f->is_checking = f->target->has_resume && resume_left(&f->target->resume) > 0;
	return f->is_checking ? EXIT_OK : target_begin(f->target);
}

void
feed_done(struct feed *f)
{
	job_list_free(&f->held);
	job_free(f->next);
}

/* ---- The list beside the file ----------------------------------------------------------------- */

static enum feed_result
tell_other_list(const struct feed *f, int *ret_code)
{
	const struct resume *resume = &f->target->resume;
	char domain[300];

	resume_example(resume, domain, sizeof(domain));
	complain("scan: %s: it has %" PRIu64 " lines that this list has no entries for, one of %s: "
		 "is it another list, --shard or --csv-column? %s",
		 f->target->name, resume_left(resume), domain,
		 f->is_checking ? "nothing was changed" : "nothing was removed");
	*ret_code = EXIT_DATA;
	return FEED_FAILED;
}

static enum feed_result
tell_unreadable(const struct feed *f, int *ret_code)
{
	complain("scan: %s: cannot be read again: %s", f->target->name, strerror(errno));
	*ret_code = EXIT_INTERNAL;
	return FEED_FAILED;
}

/* Now lines may be written. */
static enum feed_result
end_check(struct feed *f, int *ret_code)
{
	f->is_checking = false;
	*ret_code = target_begin(f->target);
	return *ret_code == EXIT_OK ? FEED_MORE : FEED_FAILED;
}

static enum feed_result
decide(struct feed *f, const struct input_item *item, bool *ret_is_kept, int *ret_code)
{
	struct resume *resume = &f->target->resume;

	*ret_is_kept = false;
	if (!f->target->has_resume)
		return FEED_MORE;
	switch (resume_decide(resume, f->n_read, line_key_of_item(item))) {
	case RESUME_OTHER_LIST:
		return tell_other_list(f, ret_code);
	case RESUME_FAILED:
		return tell_unreadable(f, ret_code);
	case RESUME_HAS_LINE:
		*ret_is_kept = true;
		break;
	default:
		break;
	}
	return f->is_checking && resume_left(resume) == 0 ? end_check(f, ret_code) : FEED_MORE;
}

/* ---- The list --------------------------------------------------------------------------------- */

static enum feed_result
out_of_memory(int *ret_code)
{
	complain("scan: out of memory");
	*ret_code = EXIT_INTERNAL;
	return FEED_FAILED;
}

/* With FEED_MORE *ret_job is the next one, or NULL: its line was there already. */
static enum feed_result
take(struct feed *f, const struct input_item *item, struct job **ret_job, int *ret_code)
{
	bool is_kept;
	enum feed_result result = decide(f, item, &is_kept, ret_code);

	if (result != FEED_MORE)
		return result;
	*ret_job = NULL;
	if (is_kept) {
		shared_finish_kept(f->shared, f->n_read++);
		return FEED_MORE;
	}
	*ret_job = job_new(f->n_read, item);
	if (!*ret_job)
		return out_of_memory(ret_code);
	f->n_read++;
	return FEED_MORE;
}

/* As take(). */
static enum feed_result
read_entry(struct feed *f, struct job **ret_job, int *ret_code)
{
	struct input_item item;

	if (!shared_has_room(f->shared, f->n_read))
		return f->is_checking ? tell_other_list(f, ret_code) : FEED_ROOM;
	switch (input_next(f->input, &item)) {
	case INPUT_ITEM:
		return take(f, &item, ret_job, ret_code);
	case INPUT_WAIT:
		return FEED_INPUT;
	case INPUT_FAILED:
		*ret_code = EXIT_DATA;
		return FEED_FAILED;
	default:
		f->has_ended = true;
		if (f->target->has_resume && resume_left(&f->target->resume) > 0)
			return tell_other_list(f, ret_code);
		return FEED_OVER;
	}
}

/* As take(): one that is held is the next when nothing must be held any more. */
static enum feed_result
next_entry(struct feed *f, struct job **ret_job, int *ret_code)
{
	enum feed_result result;

	if (!f->is_checking && f->held.first) {
		*ret_job = job_list_take(&f->held);
		return FEED_MORE;
	}
	if (f->has_ended)
		return FEED_OVER;
	result = read_entry(f, ret_job, ret_code);
	if (result != FEED_MORE || !*ret_job || (!f->is_checking && !f->held.first))
		return result;
	job_list_add(&f->held, *ret_job);
	f->held_size += (*ret_job)->size;
	*ret_job = NULL;
	if (f->is_checking && f->held_size > MOST_HELD)
		return end_check(f, ret_code);
	return FEED_MORE;
}

/* ---- Handing out ------------------------------------------------------------------------------ */

/* It is finished here: nothing is asked. */
static enum feed_result
write_fault(struct feed *f, struct job *job, int *ret_code)
{
	size_t length;
	char *line;
	bool is_put;

	if (sink_is_full(f->sink)) {
		f->next = job;
		return FEED_ROOM;
	}
	line = line_of_fault(&job->item, f->fields, &length);
	is_put = line && sink_put(f->sink, line, length);
	free(line);
	if (is_put)
		shared_finish_fault(f->shared, job->number);
	job_free(job);
	return is_put || sink_error(f->sink) ? FEED_MORE : out_of_memory(ret_code);
}

/* Shards are chosen by the same hash, so its remainders alone would leave threads idle. */
static struct worker *
worker_of(struct feed *f, const char *domain)
{
	uint64_t hash = input_hash(domain) * UINT64_C(0x9e3779b97f4a7c15);

	return &f->workers[(hash >> 32) % f->n_workers];
}

static enum feed_result
hand_out(struct feed *f, struct job *job, int *ret_code)
{
	if (job->item.fault)
		return write_fault(f, job, ret_code);
	if (queue_put(&worker_of(f, job->item.domain)->queue, job))
		return FEED_MORE;
	f->next = job;
	return FEED_ROOM;
}

enum feed_result
feed_step(struct feed *f, int *ret_code)
{
	enum feed_result result = FEED_MORE;

	for (int i = 0; i < STEP && result == FEED_MORE; i++) {
		struct job *job = f->next;

		f->next = NULL;
		if (!job)
			result = next_entry(f, &job, ret_code);
		if (result == FEED_MORE && job)
			result = hand_out(f, job, ret_code);
	}
	return result;
}
