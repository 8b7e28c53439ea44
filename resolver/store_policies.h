/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policies in memory, by domain: which of two is kept, and which goes when there are too many (RULES
 * STS-5). Knows which are not written yet, not how they are written. A domain that was forgotten is kept
 * as a policy of mode NMX_STS_ABSENT, so that nobody's older copy comes back.
 *
 * Too many: what has expired goes first, then none and forgotten, testing, enforce. An attacker can make
 * us fetch as many enforce policies of his own as he has domains, so among those go first what is larger
 * than anybody needs, then what has been in use for less than a day, then the rest; but an eighth is left
 * to newcomers. In each class what was used least lately goes first, not what expires first: that he
 * would choose himself.
 */
#ifndef NMX_RESOLVER_STORE_POLICIES_H
#define NMX_RESOLVER_STORE_POLICIES_H

#include "base/limits.h"
#include "base/list.h"
#include "resolver/store.h"
#include "resolver/table.h"

/* Octets of text that an honest policy does not need: 64 of its most patterns take less. */
enum { STORE_LARGE = 4096 };

/* As it is written. since: when the domain's first policy was fetched, of those that followed upon each
 * other. */
struct store_row {
	struct store_policy policy;
	int64_t since;
};

enum store_rank { RANK_LEAST, RANK_TESTING, RANK_LARGE, RANK_YOUNG, RANK_OLD, N_RANKS };

struct kept {
	struct table_entry entry; /* first */
	struct list_node used;	  /* in its rank */
	struct list_node write;	  /* in unwritten */
	size_t place;		  /* in the heap, from 1 */
	enum store_rank rank;
	bool is_unwritten, in_file;
	bool is_gone; /* evicted: out of everything but unwritten, until the file forgets it, too */
	struct store_row row;
	char id[LIMIT_STS_ID + 1];
	char domain[];
};

struct policies {
	struct table table;
	uint64_t key;	    /* of the hash */
	struct kept **heap; /* by expiry; heap[1] is the earliest */
	struct kept **sorted;
	size_t n, size, n_sorted;
	bool is_sorted;
	size_t bytes;
	struct {
		struct list list; /* most recently used first */
		size_t n, bytes;
	} ranks[N_RANKS];
	struct list unwritten; /* in this order */
	size_t n_unwritten;
};

bool policies_init(struct policies *policies, uint64_t key);
void policies_done(struct policies *policies);

/* What no policy of ours can be, whoever wrote it: NULL, or what is wrong with it. */
const char *policies_fault(const struct store_row *row);

/* Expired or forgotten ones, too. NULL: none. */
struct kept *policies_find(const struct policies *policies, const char *domain);
void policies_use(struct policies *policies, struct kept *kept);

/*
 * Takes a copy of a newer one, by fetched; a time that has yet to come is a clock's mistake and the
 * oldest. from_file: it need not be written; and if ours is newer that must be. Then makes room.
 * now: wall clock, seconds. False if memory ran out: nothing has changed.
 */
bool policies_put(struct policies *policies, const struct store_row *row, bool from_file,
		  int64_t now);

/* A new file knows nothing. */
void policies_write_all(struct policies *policies);
/* The first of unwritten is written. */
void policies_written(struct policies *policies);

/* Those alive, by domain. */
size_t policies_sort(struct policies *policies, int64_t now);

bool policies_is_alive(const struct kept *kept, int64_t now);

#endif
