/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Failed answers of the last minute, by name and type. libunbound fetches and verifies a bogus RRset
 * anew for every question, so that one provider's broken zone would cost every domain that uses it.
 */
#ifndef NMX_RESOLVER_VERDICTS_H
#define NMX_RESOLVER_VERDICTS_H

#include "base/answer.h"
#include "base/list.h"
#include "resolver/table.h"

struct verdicts {
	struct table table;
	struct list kept; /* oldest first */
};

bool verdicts_init(struct verdicts *verdicts);
void verdicts_done(struct verdicts *verdicts);
void verdicts_clear(struct verdicts *verdicts);

/* Of a name; made once where several types are asked about. */
uint64_t verdicts_hash(const uint8_t *name);
/* True with the answer, its TTL what is left of the minute, its texts in the arena. The hash is the
 * name's. */
bool verdicts_find(struct verdicts *verdicts, const uint8_t *name, uint64_t hash, uint16_t type,
		   int64_t now, struct arena *arena, struct answer *ret_answer);
/* Keeps the answer if libunbound said SERVFAIL or bogus; nothing else. */
void verdicts_put(struct verdicts *verdicts, const uint8_t *name, uint16_t type,
		  const struct answer *answer, int64_t now);

#endif
