/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What answers questions, over a scripted source of answers and the library's own clock standing still:
 * only the deadlines of questions are real, and short.
 */
#ifndef NMX_TESTS_BACK_BED_H
#define NMX_TESTS_BACK_BED_H

#include <CUnit/CUnit.h>
#include <event2/event.h>

#include "contexts.h"
#include "daemon/questions.h"
#include "script.h"

enum { MOST_WORKERS = 2 };

/* One or two workers in one process, who share a script but no context. */
struct bed {
	struct config config;
	struct shared *shared;
	unsigned n;
	int links[MOST_WORKERS * MOST_WORKERS];
	struct env env[MOST_WORKERS];
	struct nmx_context *ctx[MOST_WORKERS];
};

/* What was told, and what the test does then. */
struct told_here {
	int n;
	enum reply_status status;
	enum told told;
	char data[512];
	struct asked **cancel;
};

void bed_begin_with(struct bed *bed, unsigned n, const char *const *options);
void bed_begin(struct bed *bed, unsigned n);
void bed_end(struct bed *bed);
void bed_settle(struct bed *bed);
void bed_wait(struct bed *bed, const struct told_here *told, int n);
void bed_note(const struct reply *reply, void *user);
struct asked *bed_ask(struct bed *bed, unsigned worker, const char *subject, unsigned wait_ms,
		      struct told_here *told);
void bed_domain(const char *name, enum script_when when);

/* What a domain of bed_domain() is answered with. */
extern const char bed_answer[];

#endif
