/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of deliveries share: a caller that does as its struct mail says. */
#ifndef NMX_TESTS_MACHINE_DELIVERY_H
#define NMX_TESTS_MACHINE_DELIVERY_H

#include "machine.h"
#include "resolver/attempt.h"

enum { MAIL_HOSTS = 6, MOST_ORDER = 512 };

/* One message. What is NULL or 0 does nothing. */
struct mail {
	struct nmx_context *ctx;
	struct nmx_delivery *own;
	struct mail *other;
	/* Attempt i, from 1, returns results[i - 1]; the last of them for those beyond. */
	enum nmx_result results[MAIL_HOSTS];
	enum nmx_cause causes[MAIL_HOSTS]; /* set when not NONE, with codes[i] */
	unsigned codes[MAIL_HOSTS];
	void (*act)(struct mail *mail); /* in deliver, before it returns */
	void (*act_at_report)(struct mail *mail);
	int how; /* for act */
	/* What was seen. */
	struct nmx_attempt *attempt; /* the last */
	int attempts, reports, error, result;
	struct nmx_report *report; /* a reference */
	char order[MOST_ORDER];	   /* "m1 m2 " */
};

/* mail.test: one MX host for each preference, m1.mail.test to m6, with one address each; tier.test: the
 * same six hosts with one preference. */
void mail_zone(enum script_when when);
enum nmx_result mail_deliver(struct nmx_attempt *attempt, void *user);
void mail_report(int error, struct nmx_report *report, void *user);
/* Starts a delivery of the mail, which is given a context over mail_zone() if it has none. */
void mail_start(struct mail *mail, const char *domain);
/* Starts it and dispatches until nothing happens. */
void mail_run(struct mail *mail, const char *domain);
/* Frees the delivery and the report, but not the context. */
void mail_done(struct mail *mail);
/* The same with the context. */
void mail_done_all(struct mail *mail);
/* Each of MAIL_HOSTS results. */
void mail_always(struct mail *mail, enum nmx_result result);

/* Runs it in a child process. True if it returned true there, in time, with nothing leaked that
 * LeakSanitizer (if it is there) finds: a test that crashes fails alone. */
bool survives(bool (*run)(const void *user), const void *user);

#endif
