/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/store_policies.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/dname.h"

/* ---- The heap by expiry --------------------------------------------------------------------- */

static void
place(struct policies *p, size_t at, struct kept *kept)
{
	p->heap[at] = kept;
	kept->place = at;
}

static int64_t
expiry(const struct policies *p, size_t at)
{
	return p->heap[at]->row.policy.expires;
}

static void
sift(struct policies *p, struct kept *kept, size_t at)
{
	int64_t expires = kept->row.policy.expires;

	while (at > 1 && expiry(p, at / 2) > expires) {
		place(p, at, p->heap[at / 2]);
		at /= 2;
	}
	for (size_t child; (child = 2 * at) <= p->n; at = child) {
		if (child < p->n && expiry(p, child + 1) < expiry(p, child))
			child++;
		if (expiry(p, child) >= expires)
			break;
		place(p, at, p->heap[child]);
	}
	place(p, at, kept);
}

static bool
make_room(struct policies *p)
{
	size_t size = p->size ? 2 * p->size : 64;
	struct kept **heap, **sorted;

	if (p->n + 2 <= p->size)
		return true;
	heap = realloc(p->heap, size * sizeof(struct kept *));
	if (heap)
		p->heap = heap;
	sorted = realloc(p->sorted, size * sizeof(struct kept *));
	if (sorted)
		p->sorted = sorted;
	if (!heap || !sorted)
		return false;
	p->size = size;
	return true;
}

/* ---- Lists ---------------------------------------------------------------------------------- */

static enum store_rank
rank_of(const struct store_row *row)
{
	const struct store_policy *policy = &row->policy;

	if (policy->mode == NMX_STS_TESTING)
		return RANK_TESTING;
	if (policy->mode != NMX_STS_ENFORCE)
		return RANK_LEAST;
	if (policy->length > STORE_LARGE)
		return RANK_LARGE;
	return policy->fetched - row->since >= LIMIT_STS_REFRESH ? RANK_OLD : RANK_YOUNG;
}

static size_t
size_of(const struct kept *kept)
{
	return sizeof(*kept) + strlen(kept->domain) + 1 + kept->row.policy.length;
}

static void
rank_add(struct policies *p, struct kept *kept)
{
	kept->rank = rank_of(&kept->row);
	list_add_first(&p->ranks[kept->rank].list, &kept->used);
	p->ranks[kept->rank].n++;
	p->ranks[kept->rank].bytes += size_of(kept);
	p->bytes += size_of(kept);
}

static void
rank_remove(struct policies *p, struct kept *kept)
{
	list_remove(&p->ranks[kept->rank].list, &kept->used);
	p->ranks[kept->rank].n--;
	p->ranks[kept->rank].bytes -= size_of(kept);
	p->bytes -= size_of(kept);
}

static void
set_unwritten(struct policies *p, struct kept *kept, bool unwritten)
{
	if (kept->is_unwritten == unwritten)
		return;
	kept->is_unwritten = unwritten;
	if (unwritten) {
		list_add_last(&p->unwritten, &kept->write);
		p->n_unwritten++;
	} else {
		list_remove(&p->unwritten, &kept->write);
		p->n_unwritten--;
	}
}

static void
kept_free(struct kept *kept)
{
	free((uint8_t *)kept->row.policy.text);
	free(kept);
}

/* ---- Beginning, end, finding ---------------------------------------------------------------- */

bool
policies_init(struct policies *policies, uint64_t key)
{
	*policies = (struct policies){.key = key};
	return table_init(&policies->table);
}

void
policies_done(struct policies *policies)
{
	struct kept *kept;

	for (size_t i = 1; i <= policies->n; i++) {
		set_unwritten(policies, policies->heap[i], false);
		kept_free(policies->heap[i]);
	}
	while ((kept = LIST_THING(policies->unwritten.first, struct kept, write))) {
		set_unwritten(policies, kept, false);
		kept_free(kept);
	}
	free(policies->heap);
	free(policies->sorted);
	table_done(&policies->table);
}

/* Canonical: what it is printed as. */
static bool
is_domain(const char *text)
{
	uint8_t name[LIMIT_NAME];
	char buffer[LIMIT_NAME_TEXT];

	if (!dname_from_text(text, strlen(text), name) || !dname_is_host(name))
		return false;
	for (const char *c = text; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			return false;
	return strcmp(dname_text(name, buffer), text) == 0;
}

static bool
is_id(const char *id)
{
	size_t n = strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return id[n] == '\0' && n <= LIMIT_STS_ID;
}

const char *
policies_fault(const struct store_row *row)
{
	const struct store_policy *policy = &row->policy;

	if (!is_domain(policy->domain))
		return "domain";
	if (!is_id(policy->id))
		return "id";
	if ((int)policy->mode < NMX_STS_ABSENT || policy->mode > NMX_STS_ENFORCE)
		return "mode";
	if (policy->length > LIMIT_STS_POLICY)
		return "text";
	if (policy->max_age > LIMIT_STS_MAX_AGE)
		return "max_age";
	if (policy->fetched < 0 || row->since < 0 || policy->fetched > INT64_MAX / 2 ||
	    policy->expires < policy->fetched ||
	    policy->expires - policy->fetched > LIMIT_STS_MAX_AGE)
		return "times";
	return NULL;
}

bool
policies_is_alive(const struct kept *kept, int64_t now)
{
	return kept->row.policy.mode != NMX_STS_ABSENT && kept->row.policy.expires > now;
}

static uint64_t
hash_of(const struct policies *policies, const char *domain)
{
	return hash_bytes(policies->key, domain, strlen(domain));
}

struct kept *
policies_find(const struct policies *policies, const char *domain)
{
	struct table_entry *entry = table_first(&policies->table, hash_of(policies, domain));

	while (entry && strcmp(((struct kept *)entry)->domain, domain) != 0)
		entry = table_next(entry);
	return (struct kept *)entry;
}

void
policies_use(struct policies *policies, struct kept *kept)
{
	list_remove(&policies->ranks[kept->rank].list, &kept->used);
	list_add_first(&policies->ranks[kept->rank].list, &kept->used);
}

/* ---- Eviction ------------------------------------------------------------------------------- */

static bool
is_crowded(const struct policies *p, enum store_rank rank)
{
	return p->ranks[rank].n > LIMIT_STORE_POLICIES / 8 * 7 ||
	       p->ranks[rank].bytes > LIMIT_STORE_BYTES / 8 * 7;
}

static struct kept *
victim(const struct policies *p, int64_t now)
{
	enum store_rank rank = RANK_LEAST;

	if (expiry(p, 1) <= now)
		return p->heap[1];
	while (rank < RANK_OLD && !p->ranks[rank].list.last)
		rank++;
	if (rank == RANK_YOUNG && is_crowded(p, RANK_OLD))
		rank = RANK_OLD;
	return LIST_THING(p->ranks[rank].list.last, struct kept, used);
}

static void
evict(struct policies *p, struct kept *kept)
{
	size_t at = kept->place;
	struct kept *last = p->heap[p->n--];

	if (last != kept)
		sift(p, last, at);
	rank_remove(p, kept);
	table_remove(&p->table, &kept->entry);
	p->is_sorted = false;
	free((uint8_t *)kept->row.policy.text);
	kept->row.policy.text = NULL;
	kept->row.policy.length = 0;
	kept->is_gone = true;
	/* Where nothing can be written, what the file should forget is not kept without end: it is read
	 * and evicted again at the next start. */
	if (kept->in_file && p->n_unwritten < 2 * LIMIT_STORE_POLICIES) {
		set_unwritten(p, kept, true);
	} else {
		set_unwritten(p, kept, false);
		kept_free(kept);
	}
}

static void
trim(struct policies *p, int64_t now)
{
	while (p->n > LIMIT_STORE_POLICIES || p->bytes > LIMIT_STORE_BYTES)
		evict(p, victim(p, now));
}

/* ---- Putting -------------------------------------------------------------------------------- */

static struct kept *
kept_new(const char *domain)
{
	size_t n = strlen(domain) + 1;
	struct kept *kept = calloc(1, sizeof(*kept) + n);

	if (kept)
		memcpy(kept->domain, domain, n);
	return kept;
}

static void
fill(struct kept *kept, const struct store_row *row, uint8_t *text)
{
	bool follows = kept->row.policy.mode != NMX_STS_ABSENT && kept->row.since < row->since;
	int64_t since = follows ? kept->row.since : row->since;

	free((uint8_t *)kept->row.policy.text);
	kept->row = *row;
	kept->row.since = since;
	memset(kept->id, 0, sizeof(kept->id));
	memcpy(kept->id, row->policy.id, strlen(row->policy.id));
	kept->row.policy.id = kept->id;
	kept->row.policy.domain = kept->domain;
	kept->row.policy.text = text;
}

/* Takes the text. */
static bool
add(struct policies *p, const struct store_row *row, uint8_t *text, bool from_file)
{
	struct kept *kept = make_room(p) ? kept_new(row->policy.domain) : NULL;

	if (!kept) {
		free(text);
		return false;
	}
	fill(kept, row, text);
	kept->in_file = from_file;
	table_add(&p->table, &kept->entry, hash_of(p, kept->domain));
	p->n++;
	sift(p, kept, p->n);
	rank_add(p, kept);
	set_unwritten(p, kept, !from_file);
	return true;
}

static void
replace(struct policies *p, struct kept *kept, const struct store_row *row, uint8_t *text,
	bool from_file)
{
	rank_remove(p, kept);
	fill(kept, row, text);
	rank_add(p, kept);
	sift(p, kept, kept->place);
	kept->in_file = kept->in_file || from_file;
	set_unwritten(p, kept, !from_file);
}

/*
 *	ours               the other             is taken
 *	of the future      any                   yes, as ours is a clock's mistake; but from the file
 *	                                         not while ours is still to be written
 *	fetched earlier    any                   yes
 *	the same second    from a caller         yes
 *	the same second    from the file         unless ours is still to be written
 *	fetched later      any                   no
 */
static bool
is_newer(const struct kept *ours, const struct store_row *other, bool from_file, int64_t now)
{
	int64_t fetched = ours->row.policy.fetched;

	if (fetched < other->policy.fetched)
		return true;
	return (fetched > now || fetched == other->policy.fetched) &&
	       !(from_file && ours->is_unwritten);
}

/* What we still had to write stands in the file: after a file was begun anew, and all of us write. */
static bool
is_same(const struct kept *ours, const struct store_row *other)
{
	const struct store_policy *a = &ours->row.policy, *b = &other->policy;

	return a->fetched == b->fetched && a->expires == b->expires && a->mode == b->mode &&
	       a->max_age == b->max_age && ours->row.since == other->since &&
	       strcmp(a->id, b->id) == 0 && a->length == b->length &&
	       (a->length == 0 || memcmp(a->text, b->text, a->length) == 0);
}

bool
policies_put(struct policies *policies, const struct store_row *row, bool from_file, int64_t now)
{
	struct kept *kept = policies_find(policies, row->policy.domain);
	uint8_t *text = NULL;

	if (kept && from_file && is_same(kept, row)) {
		kept->in_file = true;
		set_unwritten(policies, kept, false);
		return true;
	}
	if (kept && !is_newer(kept, row, from_file, now)) {
		kept->in_file = kept->in_file || from_file;
		set_unwritten(policies, kept, kept->is_unwritten || from_file);
		return true;
	}
	if (row->policy.length) {
		text = malloc(row->policy.length);
		if (!text)
			return false;
		memcpy(text, row->policy.text, row->policy.length);
	}
	if (kept)
		replace(policies, kept, row, text, from_file);
	else if (!add(policies, row, text, from_file))
		return false;
	policies->is_sorted = false;
	trim(policies, now);
	return true;
}

void
policies_write_all(struct policies *policies)
{
	for (size_t i = 1; i <= policies->n; i++) {
		policies->heap[i]->in_file = false;
		set_unwritten(policies, policies->heap[i], true);
	}
}

void
policies_written(struct policies *policies)
{
	struct kept *kept = LIST_THING(policies->unwritten.first, struct kept, write);

	set_unwritten(policies, kept, false);
	kept->in_file = true;
	if (kept->is_gone)
		kept_free(kept);
}

static int
compare(const void *a, const void *b)
{
	return strcmp((*(struct kept *const *)a)->domain, (*(struct kept *const *)b)->domain);
}

size_t
policies_sort(struct policies *policies, int64_t now)
{
	size_t n = 0;

	for (size_t i = 1; i <= policies->n; i++)
		if (policies_is_alive(policies->heap[i], now))
			policies->sorted[n++] = policies->heap[i];
	if (n)
		qsort(policies->sorted, n, sizeof(struct kept *), compare);
	policies->is_sorted = true;
	return policies->n_sorted = n;
}
