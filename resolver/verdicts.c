/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/verdicts.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct verdict_entry {
	struct table_entry entry; /* first */
	struct list_node kept;
	int64_t expires;
	enum answer_state state;
	unsigned rcode;
	uint16_t type;
	uint8_t name[LIMIT_NAME];
	char bogus[LIMIT_BOGUS_REASON]; /* "" for none */
};

bool
verdicts_init(struct verdicts *verdicts)
{
	*verdicts = (struct verdicts){0};
	return table_init(&verdicts->table);
}

static struct verdict_entry *
oldest(const struct verdicts *verdicts)
{
	return LIST_THING(verdicts->kept.first, struct verdict_entry, kept);
}

static void
drop_oldest(struct verdicts *verdicts)
{
	struct verdict_entry *entry = oldest(verdicts);

	list_remove(&verdicts->kept, &entry->kept);
	table_remove(&verdicts->table, &entry->entry);
	free(entry);
}

void
verdicts_clear(struct verdicts *verdicts)
{
	while (verdicts->kept.first)
		drop_oldest(verdicts);
}

void
verdicts_done(struct verdicts *verdicts)
{
	verdicts_clear(verdicts);
	table_done(&verdicts->table);
}

uint64_t
verdicts_hash(const uint8_t *name)
{
	return hash_bytes(0, name, dname_length(name));
}

/* All live equally long, so the oldest is always the first to expire. */
static void
expire(struct verdicts *verdicts, int64_t now)
{
	while (verdicts->kept.first && oldest(verdicts)->expires <= now)
		drop_oldest(verdicts);
}

static struct verdict_entry *
find(const struct verdicts *verdicts, const uint8_t *name, uint64_t hash, uint16_t type)
{
	struct table_entry *at = table_first(&verdicts->table, hash);

	for (; at; at = table_next(at)) {
		struct verdict_entry *entry = (struct verdict_entry *)at;

		if (entry->type == type && dname_equal(entry->name, name))
			return entry;
	}
	return NULL;
}

bool
verdicts_find(struct verdicts *verdicts, const uint8_t *name, uint64_t hash, uint16_t type,
	      int64_t now, struct arena *arena, struct answer *ret_answer)
{
	const struct verdict_entry *entry;

	if (!verdicts->kept.first)
		return false;
	expire(verdicts, now);
	entry = find(verdicts, name, hash, type);
	if (!entry)
		return false;
	*ret_answer = (struct answer){
		.state = entry->state,
		.security = entry->state == ANSWER_BOGUS ? NMX_BOGUS : NMX_INDETERMINATE,
		.rcode = entry->rcode,
		.ttl = (uint32_t)((entry->expires - now + NS_PER_S - 1) / NS_PER_S),
		.bogus = entry->bogus[0] ? arena_copy(arena, entry->bogus, sizeof(entry->bogus))
					 : NULL,
	};
	return true;
}

void
verdicts_put(struct verdicts *verdicts, const uint8_t *name, uint16_t type,
	     const struct answer *answer, int64_t now)
{
	struct verdict_entry *entry;
	uint64_t hash;

	if (answer->state != ANSWER_BOGUS && answer->state != ANSWER_FAILED)
		return;
	expire(verdicts, now);
	hash = verdicts_hash(name);
	if (find(verdicts, name, hash, type))
		return;
	if (verdicts->table.n >= LIMIT_VERDICTS)
		drop_oldest(verdicts);
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return;
	entry->expires = now + LIMIT_FAILURE_TTL * NS_PER_S;
	entry->state = answer->state;
	entry->rcode = answer->rcode;
	entry->type = type;
	memcpy(entry->name, name, dname_length(name));
	if (answer->bogus)
		memcpy(entry->bogus, answer->bogus, strlen(answer->bogus) + 1);
	table_add(&verdicts->table, &entry->entry, hash);
	list_add_last(&verdicts->kept, &entry->kept);
}
