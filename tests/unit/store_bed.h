/* SPDX-License-Identifier: BSD-2-Clause */
/* A store with a clock that stands still until it is told, and a log that is read. */
#ifndef NMX_TESTS_STORE_BED_H
#define NMX_TESTS_STORE_BED_H

#include "base/limits.h"
#include "resolver/store.h"

enum { BED_NOW = 1800000000 /* s since 1970, where the wall clock begins */, DAY = 86400 };

struct bed {
	struct clock clock; /* first */
	int64_t boot_ns, wall_s;
	struct loop *loop;
	struct store *store;
	char folder[64]; /* "": none */
	char log[8192];	 /* a line each: "error text" */
	char error[300]; /* of the last store_open() */
};

/* A temporary folder, or with on_disk false none. Nothing is open yet. */
void bed_init(struct bed *bed, bool on_disk);
/* In the same folder as another, with the same times: another process, as far as SQLite knows. */
void bed_join(struct bed *bed, const struct bed *other);
/* Closes; with the last argument removes the folder and what is in it. */
void bed_done(struct bed *bed, bool remove);

int bed_open(struct bed *bed);
/* On disk, and open; it must be. Closed, and open again. */
void bed_begin(struct bed *bed);
void bed_reopen(struct bed *bed);
void bed_close(struct bed *bed);
/* Lets time go by, in steps of 5 ms at the most if there are timers. */
void bed_advance_ms(struct bed *bed, int64_t ms);
/* Until everything is written, for a second at the most. */
bool bed_settle(struct bed *bed);

struct store_policy bed_policy(const char *domain, enum nmx_sts_mode mode, int64_t fetched,
			       uint32_t max_age, const char *text);
/* An enforce policy fetched now, for a week. */
bool bed_put(struct bed *bed, const char *domain, const char *text);
/* A success at mx.test by an MTA-STS policy. */
void bed_tally(struct bed *bed, int64_t day, const char *domain);
/* The text that is found, "" if none is; lent until the next call. */
const char *bed_text(struct bed *bed, const char *domain);
/* Lines of the log with this in it. */
unsigned bed_said(const struct bed *bed, const char *what);
/* Files in the folder whose name has this in it. */
unsigned bed_files(const struct bed *bed, const char *what);
/* FOLDER/name; a static buffer. */
const char *bed_path(const struct bed *bed, const char *name);
/* Tallies of the day, one a line: "domain policy result host n". */
const char *bed_tallies(struct bed *bed, int64_t day);

/* Another process's connection; runs there; asks there for a number. */
struct sqlite3 *bed_other(const struct bed *bed);
void bed_run(struct sqlite3 *db, const char *sql);
int bed_number(const struct bed *bed, const char *sql);

#endif
