/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers that are said again. An MTA asks about the recipients of a message one by one, and within a slot
 * (orders.h) the answer from one route is the same. What else it rests on, the addresses of this machine,
 * the library reads every 10 seconds, so no answer is kept for longer, however long slots are.
 */
#ifndef NMX_DAEMON_REPEATS_H
#define NMX_DAEMON_REPEATS_H

#include "daemon/question.h"

struct repeats;

enum {
	REPEATS_MOST = 4096,	    /* answers */
	REPEATS_OCTETS_MOST = 1024, /* of one; a longer one is made again */
	REPEATS_ROUTE_MOST =
		16384, /* octets of its route, which may outlive its place in the cache */
};
#define REPEATS_LIFE_US INT64_C(10000000)

struct repeats *repeats_new(void); /* NULL without memory */
void repeats_free(struct repeats *repeats);

/* What this kind of question was answered from this very route, in this slot; NULL if that is not known.
 * Lent until the next call. */
const struct reply *repeats_find(struct repeats *repeats, const struct nmx_route *route,
				 enum question_kind kind, uint64_t slot, int64_t now_us);
/* Keeps a copy and a reference, in place of what is in the way. Those of another slot go. Without memory
 * nothing is kept. */
void repeats_put(struct repeats *repeats, struct nmx_route *route, enum question_kind kind,
		 uint64_t slot, int64_t now_us, const struct reply *reply);

#endif
