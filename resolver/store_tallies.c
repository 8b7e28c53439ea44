/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/store_tallies.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

bool
tallies_init(struct tallies *tallies, uint64_t key)
{
	*tallies = (struct tallies){.key = key};
	return table_init(&tallies->table);
}

static void
drop(struct tallies *tallies, struct counted *counted)
{
	list_remove(&tallies->list, &counted->node);
	table_remove(&tallies->table, &counted->entry);
	tallies->n--;
	free(counted);
}

void
tallies_drop_first(struct tallies *tallies)
{
	drop(tallies, LIST_THING(tallies->list.first, struct counted, node));
}

void
tallies_drop_before(struct tallies *tallies, int64_t day)
{
	for (struct list_node *node = tallies->list.first, *next; node; node = next) {
		struct counted *counted = LIST_THING(node, struct counted, node);

		next = node->next;
		if (counted->tally.day < day)
			drop(tallies, counted);
	}
}

void
tallies_done(struct tallies *tallies)
{
	while (tallies->list.first)
		tallies_drop_first(tallies);
	table_done(&tallies->table);
}

static uint64_t
hash_of(const struct tallies *tallies, const struct store_tally *tally)
{
	uint64_t hash = tallies->key ^ (uint64_t)tally->day << 16 ^ (uint64_t)tally->policy << 8 ^
			(uint64_t)tally->result;

	hash = hash_bytes(hash, tally->domain, strlen(tally->domain));
	return hash_bytes(hash, tally->host, strlen(tally->host));
}

int
tallies_compare(const struct store_tally *a, const struct store_tally *b)
{
	int order = strcmp(a->domain, b->domain);

	if (order == 0)
		order = (a->policy > b->policy) - (a->policy < b->policy);
	if (order == 0)
		order = (a->result > b->result) - (a->result < b->result);
	return order ? order : strcmp(a->host, b->host);
}

static struct counted *
find(const struct tallies *tallies, const struct store_tally *tally, uint64_t hash)
{
	struct table_entry *entry = table_first(&tallies->table, hash);

	for (; entry; entry = table_next(entry)) {
		struct counted *counted = (struct counted *)entry;

		if (counted->tally.day == tally->day &&
		    tallies_compare(&counted->tally, tally) == 0)
			return counted;
	}
	return NULL;
}

static struct counted *
counted_new(const struct store_tally *tally)
{
	size_t n_domain = strlen(tally->domain) + 1, n_host = strlen(tally->host) + 1;
	struct counted *counted = calloc(1, sizeof(*counted) + n_domain + n_host);

	if (!counted)
		return NULL;
	counted->tally = *tally;
	counted->tally.n = 0;
	counted->tally.domain = memcpy(counted->text, tally->domain, n_domain);
	counted->tally.host = memcpy(counted->text + n_domain, tally->host, n_host);
	return counted;
}

void
tallies_add(struct tallies *tallies, const struct store_tally *tally)
{
	struct store_tally key = *tally;
	uint64_t hash = hash_of(tallies, &key);
	struct counted *counted = find(tallies, &key, hash);

	if (!counted && tallies->n >= LIMIT_STORE_TALLIES) {
		key.host = "";
		hash = hash_of(tallies, &key);
		counted = find(tallies, &key, hash);
	}
	if (!counted && tallies->n < 2 * LIMIT_STORE_TALLIES) {
		counted = counted_new(&key);
		if (counted) {
			table_add(&tallies->table, &counted->entry, hash);
			list_add_last(&tallies->list, &counted->node);
			tallies->n++;
		}
	}
	if (counted)
		counted->tally.n++;
	else
		tallies->lost++;
}

static int
compare(const void *a, const void *b)
{
	return tallies_compare(*(const struct store_tally *const *)a,
			       *(const struct store_tally *const *)b);
}

bool
tallies_of_day(const struct tallies *tallies, int64_t day, const struct store_tally ***ret_sorted,
	       size_t *ret_n)
{
	const struct store_tally **sorted = calloc(tallies->n + 1, sizeof(*sorted));
	size_t n = 0;

	if (!sorted)
		return false;
	for (struct list_node *node = tallies->list.first; node; node = node->next) {
		struct counted *counted = LIST_THING(node, struct counted, node);

		if (counted->tally.day == day)
			sorted[n++] = &counted->tally;
	}
	qsort(sorted, n, sizeof(*sorted), compare);
	*ret_sorted = sorted;
	*ret_n = n;
	return true;
}
