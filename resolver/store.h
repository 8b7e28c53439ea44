/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MTA-STS policies that were fetched, and counts for TLS reports (RULES STS-5, RFC 8460). Read from memory
 * alone. With a folder (option state-dir) they are also written to FOLDER/nextmx.db, for the next start
 * and for other processes: in steps so small that they do not hold up the loop, and never at the price
 * of an answer. What cannot be written now (busy, disk full) stays in memory and is tried again.
 *
 * store_policies.c is what is held, store_tallies.c the counts, store_steps.c how memory and file meet,
 * store_file.c and store_file_open.c SQLite, store_folder.c the names in the folder.
 */
#ifndef NMX_RESOLVER_STORE_H
#define NMX_RESOLVER_STORE_H

#include "base/clock.h"
#include "base/text.h"
#include "resolver/loop.h"

#include <nextmx.h>

struct store;

struct store_policy {
	const char *domain; /* A-labels, lower case, no final dot */
	const char *id;	    /* of the TXT record it was fetched for; "" if that was not known */
	int64_t fetched, expires; /* wall clock, seconds since 1970 */
	enum nmx_sts_mode mode;
	uint32_t max_age;
	const uint8_t *text; /* as it was served */
	size_t length;
};

/* A message for the operator, printable, one line. */
typedef void (*store_log_fn)(void *user, enum nmx_log_level level, const char *text);

struct store_settings {
	const char *folder; /* "": in memory only */
	const struct clock *clock;
	struct loop *loop; /* for trying again later */
	store_log_fn log;
	void *log_user;
};

/*
 * Opens it and reads everything that still lives. A file that is corrupted is set aside as
 * nextmx.db.aside-TIME, with its -wal and -shm, what can be read of it is kept, and a new one begun; one of
 * another program or of a newer schema is left alone, and memory has to do. Either is said in the log. The
 * file is for its owner alone (0600): counts tell whom mail goes to. 0, or NMX_E_CONFIG with a sentence in
 * error (the folder does not exist, may not be written ...), NMX_E_NOMEM, NMX_E_SYSTEM, or NMX_E_FORKED in a
 * child whose parent has a store open.
 */
int store_open(const struct store_settings *settings, struct text *error, struct store **ret_store);
/* Writes what is left, and waits for others that write, a second or two at the most; what cannot be written
 * is lost, and said. Accepts NULL.
 * In a forked child only memory is freed: SQLite's file and locks are the parent's. */
void store_close(struct store *store, bool forked);

/*
 * The policy of a domain that has not expired; lent until the next call on the store. NULL: none. What
 * other processes have fetched meanwhile is seen after LIMIT_STORE_REREAD seconds at the latest (some 500
 * at once, the rest in the loop's next turns). The wall clock may jump: fetched may lie in the future, and
 * what had expired may be alive again.
 */
const struct store_policy *store_find(struct store *store, const char *domain);
/*
 * Keeps a copy, in place of what was fetched for the domain before (an older one, by fetched, changes
 * nothing). One that expires when it is fetched ends what was held, and is not kept. The least protecting
 * goes first when there are too many: expired, none and forgotten, testing, then enforce: large ones,
 * those that are held for less than a day, the rest; of each the one least lately used. False if memory
 * ran out, or it can be no policy.
 */
bool store_put(struct store *store, const struct store_policy *policy);
/* Writes a little of what is not in the file yet, now, unless something stands in the way. */
void store_write(struct store *store);
/* Forgets the policy of a domain, here and in the other processes. False if there is none. */
bool store_forget(struct store *store, const char *domain);

/* The policies that have not expired, sorted by domain: index i of the n there are now. Lent as above. */
size_t store_count(struct store *store);
const struct store_policy *store_at(struct store *store, size_t i);

/* Policies, removals and counts that are not in the file yet: 0 when everything is, or there is none. */
size_t store_unwritten(const struct store *store);

/* ---- Counts for TLS reports ----------------------------------------------------------------- */

struct store_tally {
	int64_t day;	    /* days since 1970, UTC */
	const char *domain; /* the policy's */
	enum nmx_tlsrpt_policy policy;
	enum nmx_tlsrpt_result result; /* or success */
	const char *host;	       /* receiving MX, "" if none was contacted */
	uint64_t n;
};

/* Adds one. In memory until the next time it is written, LIMIT_STORE_TALLY seconds at the latest: a process
 * that is killed loses so many. Otherwise each is counted once, whatever fails. */
void store_tally(struct store *store, int64_t day, const char *domain,
		 enum nmx_tlsrpt_policy policy, enum nmx_tlsrpt_result result, const char *host);
/* Calls each, which may not call the store, with every tally of the day, of all processes and of memory,
 * sorted by domain, policy, result, host. Reads the file. 0, NMX_E_NOMEM or NMX_E_SYSTEM: then each may
 * have been called for some. Days are kept for LIMIT_STORE_DAYS. */
int store_tallies(struct store *store, int64_t day,
		  void (*each)(void *user, const struct store_tally *tally), void *user);

/* "SQLite 3.40.1" */
void store_print_version(struct text *text);

#endif
