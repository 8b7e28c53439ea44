/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/scan/park.h"

#include <stdlib.h>
#include <string.h>

#include "cli/scan/fnv.h"

enum { BUCKETS = 4096 };

struct park {
	struct lane *buckets[BUCKETS];
	struct lane **order; /* a heap; from 1 */
	size_t n, size;
	size_t n_waiting; /* jobs */
};

/* ---- The order -------------------------------------------------------------------------------- */

static void
rise(struct park *p, struct lane *lane, size_t place)
{
	for (; place > 1 && p->order[place / 2]->due > lane->due; place /= 2)
		p->order[place] = p->order[place / 2];
	p->order[place] = lane;
}

/* From the first place. */
static void
fall(struct park *p, struct lane *lane)
{
	size_t place = 1;

	for (size_t child; (child = 2 * place) <= p->n; place = child) {
		if (child < p->n && p->order[child + 1]->due < p->order[child]->due)
			child++;
		if (p->order[child]->due >= lane->due)
			break;
		p->order[place] = p->order[child];
	}
	p->order[place] = lane;
}

static bool
order_add(struct park *p, struct lane *lane)
{
	if (p->n + 1 >= p->size) {
		size_t size = p->size ? 2 * p->size : 64;
		struct lane **grown = realloc(p->order, size * sizeof(struct lane *));

		if (!grown)
			return false;
		p->order = grown;
		p->size = size;
	}
	rise(p, lane, ++p->n);
	return true;
}

/* ---- Lanes ------------------------------------------------------------------------------------ */

static uint64_t
hash_of(const char *const *servers, size_t n)
{
	uint64_t hash = fnv_begin();

	for (size_t i = 0; i < n; i++)
		hash = fnv_octets(hash, servers[i], strlen(servers[i]) + 1);
	return fnv_end(hash);
}

static bool
is_for(const struct lane *lane, const char *const *servers, size_t n)
{
	if (lane->n_servers != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(lane->servers[i], servers[i]) != 0)
			return false;
	return true;
}

/* One block: the lane, its list of servers, their names. */
static struct lane *
lane_new(const char *const *servers, size_t n)
{
	size_t size = sizeof(struct lane) + n * sizeof(char *);
	struct lane *lane;
	const char **list;
	char *text;

	for (size_t i = 0; i < n; i++)
		size += strlen(servers[i]) + 1;
	lane = calloc(1, size);
	if (!lane)
		return NULL;
	list = (const char **)(lane + 1);
	text = (char *)(list + n);
	for (size_t i = 0; i < n; i++) {
		list[i] = text;
		text = stpcpy(text, servers[i]) + 1;
	}
	lane->servers = list;
	lane->n_servers = n;
	return lane;
}

static struct lane *
lane_of(struct park *p, const char *const *servers, size_t n)
{
	uint64_t hash = hash_of(servers, n);
	struct lane **bucket = &p->buckets[hash % BUCKETS], *lane = *bucket;

	while (lane && (lane->hash != hash || !is_for(lane, servers, n)))
		lane = lane->next;
	if (lane)
		return lane;
	lane = lane_new(servers, n);
	if (!lane)
		return NULL;
	lane->hash = hash;
	lane->next = *bucket;
	*bucket = lane;
	return lane;
}

static void
lane_drop_unused(struct park *p, struct lane *lane)
{
	struct lane **at = &p->buckets[lane->hash % BUCKETS];

	if (lane->n_users > 0)
		return;
	while (*at != lane)
		at = &(*at)->next;
	*at = lane->next;
	free(lane);
}

/* ---- Interface -------------------------------------------------------------------------------- */

struct park *
park_new(void)
{
	return calloc(1, sizeof(struct park));
}

void
park_free(struct park *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct lane *lane = p->buckets[i], *next; lane; lane = next) {
			next = lane->next;
			job_list_free(&lane->waiting);
			free(lane);
		}
	free(p->order);
	free(p);
}

bool
park_add(struct park *p, struct job *job, const char *const *servers, size_t n, int64_t due)
{
	struct lane *lane = lane_of(p, servers, n);

	if (!lane)
		return false;
	if (!lane->waiting.first) {
		lane->due = due;
		if (!order_add(p, lane)) {
			lane_drop_unused(p, lane);
			return false;
		}
	}
	lane->n_users++;
	p->n_waiting++;
	job->lane = lane;
	job_list_add(&lane->waiting, job);
	return true;
}

size_t
park_count(const struct park *p)
{
	return p->n_waiting;
}

const struct lane *
park_first(const struct park *p)
{
	return p->n ? p->order[1] : NULL;
}

void
park_delay(struct park *p, int64_t due)
{
	p->order[1]->due = due;
	fall(p, p->order[1]);
}

struct job *
park_take(struct park *p)
{
	struct lane *lane = p->order[1];
	struct job *job = job_list_take(&lane->waiting);

	p->n_waiting--;
	if (!lane->waiting.first) {
		p->n--;
		fall(p, p->order[p->n + 1]);
	}
	return job;
}

void
park_leave(struct park *p, struct job *job)
{
	struct lane *lane = job->lane;

	job->lane = NULL;
	lane->n_users--;
	lane_drop_unused(p, lane);
}
