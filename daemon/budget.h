/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long a connection may still wait. Postfix's qmgr asks one question at a time, and no mail moves
 * while it waits; so the waits of a connection are summed over the last 10 s, and when the sum has
 * reached the deadline of one answer, what follows is told "later" after 50 ms. Waits are those of the
 * answer whose turn it is, so pipelined questions that wait together count once. Pure: the time is
 * an argument (milliseconds, any clock that does not go back). Zeroed it is new.
 */
#ifndef NMX_DAEMON_BUDGET_H
#define NMX_DAEMON_BUDGET_H

#include <stdint.h>

enum {
	BUDGET_WINDOW_MS = 10 * 1000,
	BUDGET_LEAST_MS = 50, /* enough for what is cached, or needs one near server */
	/* A quicker answer is no wait: thousands of hot answers a second must not use up what cold
	 * ones need. */
	BUDGET_QUICK_MS = 5,
	BUDGET_STEP_MS = 100,
	BUDGET_STEPS = BUDGET_WINDOW_MS / BUDGET_STEP_MS + 1, /* the oldest reaches out of it */
};

struct budget {
	int64_t last;		      /* the latest step with a wait in it: its time / STEP_MS */
	uint8_t waited[BUDGET_STEPS]; /* milliseconds, at step % STEPS */
};

/* One wait is over; it began no earlier than the one before ended. */
void budget_spend(struct budget *budget, int64_t from_ms, int64_t to_ms);
/* For a question asked now, while another has been waiting for some time (or 0): what is left of whole,
 * at least LEAST, at most whole. */
unsigned budget_left(const struct budget *budget, int64_t now_ms, int64_t waiting_ms,
		     unsigned whole_ms);

#endif
