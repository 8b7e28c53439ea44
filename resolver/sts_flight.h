/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One domain's fetch, and what sts.c shares with it. A flight:
 *
 *	new --> QUEUED --a place is free--> ASKING --addresses--> FETCHING --answer--> landed
 *	          ^                            '--none, too late------------------------'
 *	          '--others have waited for a place for as long as it has had one---'
 *
 * At most LIMIT_FETCHES are beyond QUEUED, and while others wait each has its place for LIMIT_STS_TURNS of
 * the whole time at once: policy hosts that are silent hold up nobody for long. A flight that failed stays for LIMIT_STS_RETRY seconds as the
 * memory of it (FAILED), so that the same id is not tried again.
 */
#ifndef NMX_RESOLVER_STS_FLIGHT_H
#define NMX_RESOLVER_STS_FLIGHT_H

#include "base/answer.h"
#include "resolver/fetch.h"
#include "resolver/sts.h"
#include "resolver/table.h"

enum flight_state { FLIGHT_QUEUED, FLIGHT_ASKING, FLIGHT_FETCHING, FLIGHT_FAILED };

/* A and AAAA of the policy host. */
enum { FLIGHT_FAMILIES = 2 };

struct flight_question {
	struct flight *flight;
	int which;
};

struct flight {
	struct table_entry entry; /* first; by domain */
	struct sts *sts;
	struct list_node node; /* of sts->queued or sts->failed */
	enum flight_state state;
	char id[LIMIT_STS_ID + 1];
	struct list waiters;
	enum flight_queue {
		FLIGHT_FIRST,	   /* somebody waits, and it has had no turn */
		FLIGHT_AGAIN,	   /* it has had one */
		FLIGHT_BACKGROUND, /* nobody waits */
		FLIGHT_QUEUES
	} queue;
	struct timer deadline, all_answered; /* of ASKING */
	struct arena arena;
	uint8_t host[LIMIT_NAME];
	struct dns_question *asked[FLIGHT_FAMILIES];
	struct answer answers[FLIGHT_FAMILIES];
	struct flight_question questions[FLIGHT_FAMILIES];
	bool failed;	 /* memory ran out */
	bool overloaded; /* a question was not asked for max-questions */
	struct fetch *fetch;
	enum sts_trouble trouble;
	char text[LIMIT_STS_TROUBLE];
	int64_t since; /* boot clock: when it got its place */
	int64_t over; /* the end of its time (0: it has had no place yet), then of the memory of its failure */
	char domain[]; /* A-labels */
};

struct sts {
	struct sts_settings settings;
	struct store *store;
	struct fetcher *fetcher;
	struct table flights;
	struct list queued[FLIGHT_QUEUES], failed;
	size_t n_queued[FLIGHT_QUEUES], n_flying, n_failed;
	uint64_t key;
	struct timer next; /* takes the next from the queue, outside everybody's callbacks */
	struct timer turn; /* looks who must give up a place */
	struct table used; /* domains whose policies are kept fresh */
	struct timer sweep;
};

int64_t sts_boot_now(const struct sts *sts);
/* Lets the queue move on, from a timer: no flight begins inside another's end. */
void sts_wake(struct sts *sts);

struct flight *flight_find(const struct sts *sts, const char *domain);
/* NULL if memory ran out. */
struct flight *flight_new(struct sts *sts, const char *domain, const char *id,
			  enum flight_queue queue);
/* Forgets it, whatever it does. Nobody waits for it. */
void flight_drop(struct flight *flight);
/* From QUEUED to ASKING. */
void flight_begin(struct flight *flight);
/* Back to the end of a queue. */
void flight_yield(struct flight *flight);
/* Somebody waits for it now. */
void flight_hurry(struct flight *flight);
/* If it is asking: the resolver is to be rebuilt, and has been. */
void flight_forget_questions(struct flight *flight);
void flight_ask_again(struct flight *flight);

#endif
