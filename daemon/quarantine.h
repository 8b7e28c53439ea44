/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which subjects are put aside after a worker's death, and for how long. Pure: time is passed in, the
 * verdicts are handed to the caller, who logs them and writes them where workers look (shared.h).
 *
 *	death              in flight   put aside
 *	crash              1..4        all of them
 *	crash              5..         those that were in flight at an earlier death, too
 *	killed             1..         those that were in flight at an earlier death, too
 *	ended              any         none, and nothing is remembered
 *
 * When names below one domain are aside by several deaths, all below it is: a hostile zone has as many names
 * as it likes. Below a domain of two labels, which may be a registry's, it takes more of them.
 *
 * An earlier death is a crash or a kill of the last 10 minutes. What is aside already stays as it is.
 * Each further time lasts twice as long as the last, up to a day; a day after its end it is forgotten.
 */
#ifndef NMX_DAEMON_QUARANTINE_H
#define NMX_DAEMON_QUARANTINE_H

#include "daemon/shared.h"

enum death {
	DEATH_CRASH,  /* a fault of its own, or it hung */
	DEATH_KILLED, /* SIGKILL by somebody: the kernel without memory, or an operator */
	DEATH_ENDED,  /* an exit, or a signal that asks for the end */
};

enum {
	QUARANTINE_AT_ONCE = 4,	 /* so few may suffer innocently */
	QUARANTINE_SIBLINGS = 3, /* names below a domain; and below one of two labels: */
	QUARANTINE_SIBLINGS_HIGH = 8,
	QUARANTINE_SUSPECTS = 4096, /* remembered between deaths; then the oldest goes */
	QUARANTINE_KNOWN = 1024,    /* that were put aside in the last day; likewise */
};

struct quarantine;

/* The first time of a subject, in seconds; 0 puts nothing aside. NULL without memory. */
struct quarantine *quarantine_new(unsigned first_s);
void quarantine_free(struct quarantine *quarantine);
void quarantine_set_first(struct quarantine *quarantine, unsigned first_s);

/* until: nanoseconds, of the clock of now. reason is static. */
typedef void (*quarantine_fn)(const char *subject, const char *reason, unsigned seconds,
			      int64_t until, void *user);
/* A worker died with these in flight, in any order, with repetitions; they are sorted here. What is
 * no text is left out. */
void quarantine_death(struct quarantine *quarantine, enum death death,
		      char (*subjects)[SHARED_NAME], size_t n, int64_t now, quarantine_fn fn,
		      void *user);

/* What a death by this signal, 0 for an exit, is. */
enum death quarantine_death_of(int signal);
/* Whether it is fit to be named: text without control characters. */
bool quarantine_is_text(const char *subject);

#endif
