/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts for TLS reports that are not in the file yet (RFC 8460), or, without a folder, all there are. */
#ifndef NMX_RESOLVER_STORE_TALLIES_H
#define NMX_RESOLVER_STORE_TALLIES_H

#include "base/list.h"
#include "resolver/store.h"
#include "resolver/table.h"

struct counted {
	struct table_entry entry; /* first */
	struct list_node node;	  /* in tallies.list */
	struct store_tally tally;
	char text[]; /* domain and host */
};

struct tallies {
	struct table table;
	uint64_t key;	  /* of the hash */
	struct list list; /* oldest first */
	size_t n;
	uint64_t lost; /* for want of memory, or beyond the limit */
};

bool tallies_init(struct tallies *tallies, uint64_t key);
void tallies_done(struct tallies *tallies);

/* Adds one. Beyond LIMIT_STORE_TALLIES without the host; beyond twice as many it is lost. */
void tallies_add(struct tallies *tallies, const struct store_tally *tally);
/* The first of the list. */
void tallies_drop_first(struct tallies *tallies);
/* Those of days before this one. */
void tallies_drop_before(struct tallies *tallies, int64_t day);

/* By domain, policy, result, host, as SQLite compares them. */
int tallies_compare(const struct store_tally *a, const struct store_tally *b);
/* Those of the day, sorted; the caller frees the array. False if memory ran out. */
bool tallies_of_day(const struct tallies *tallies, int64_t day,
		    const struct store_tally ***ret_sorted, size_t *ret_n);

#endif
