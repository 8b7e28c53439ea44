/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What socketmap.c calls, in place of the daemon's other parts. A question's subject says how it is
 * answered:
 *
 *	now...		in the next turn of the loop: OK "SUBJECT" or "SUBJECT:PORT"
 *	large-N...	so, with N octets
 *	cached...	from inside questions_answer(); as "now" if questions_ask() is called
 *	full...		not taken: too many wait
 *	others		when fakes_reply() says so
 *
 * Domains that begin with "own." are of pass-domains. Calls of the system go through here (--wrap),
 * so that a test can count them, let them fail, and tell the time.
 */
#ifndef NMX_TESTS_DAEMON_SOCKETMAP_FAKES_H
#define NMX_TESTS_DAEMON_SOCKETMAP_FAKES_H

#include <stdint.h>

#include "daemon/question.h"

struct event_base;

enum { FAKE_WAITS = 256 };

struct fakes {
	unsigned asked, at_once, cancelled, open, most_open;
	unsigned waits_ms[FAKE_WAITS]; /* of the first questions */
	struct question last;
	unsigned told[PROTOCOL_COUNT][TOLD_COUNT];
	uint64_t last_us;
	unsigned logged;
	char log_event[32], log_reason[64];
	unsigned recvs, sends, accepts;
	unsigned allocations, fail_at; /* 0: none fails */
	int accept_error;	       /* 0: none */
	unsigned accept_times;	       /* how often; 0: as long as it is set */
	int64_t clock_ms;	       /* added to the system's */
	bool clock_stands;	       /* clock_ms is the time */
};

extern struct fakes fakes;

/* For env->questions. */
struct questions *fakes_start(struct event_base *base);
/* Ends what is open: nobody may want it any more. */
void fakes_stop(void);
/* Answers the first open question of that subject; false if there is none. */
bool fakes_reply(const char *subject, enum reply_status status, const char *data);

#endif
