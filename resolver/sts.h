/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MTA-STS policies of a context: those that are held, and those that are being fetched (RULES STS-2,
 * STS-4, STS-5). A flight is one domain's fetch, for all who wait for it: the policy host's addresses from
 * our own resolver, judged; then the one HTTPS GET; then the policy is read and kept. Whoever waits no
 * longer leaves; the flight goes on.
 */
#ifndef NMX_RESOLVER_STS_H
#define NMX_RESOLVER_STS_H

#include "base/clock.h"
#include "base/list.h"
#include "policy/sts.h"
#include "resolver/dns.h"
#include "resolver/store.h"

struct sts;
struct flight;

/* Why there is no new policy. */
enum sts_trouble {
	STS_FINE = 0,
	STS_NO_FETCH,  /* no address, no connection, an error over HTTP, too slow */
	STS_NO_TRUST,  /* the policy host's certificate */
	STS_NO_POLICY, /* fetched, and not valid */
	STS_OURS,      /* nobody's fault but ours: no descriptors, too many questions */
	STS_NO_MEMORY, /* nobody's fault: whoever waits must not go on as if there were no policy */
};

/* How a flight ended. */
struct sts_landing {
	enum sts_trouble trouble;
	const char *text;		   /* printable, what the trouble was; "" if fine */
	const struct store_policy *policy; /* if fine */
};

/* Someone who waits for a flight; embedded, and left before it goes. */
struct sts_waiter {
	struct list_node node;
	struct flight *flight; /* NULL: not waiting */
	/* Called once, not from inside sts_join(); what it is given is lent for the call. */
	void (*landed)(struct sts_waiter *waiter, const struct sts_landing *landing);
};

struct sts_settings {
	const struct policy_settings *policy;
	const char *state_dir, *ca_file;
	unsigned timeout_ms; /* of one flight */
	const struct clock *clock;
	struct loop *loop;
	struct dns *dns;
	store_log_fn log;
	void *log_user;
};

/* As store_open() and fetcher_open(). What the settings point to must outlive it. */
int sts_open(const struct sts_settings *settings, struct text *error, struct sts **ret_sts);
/* Nobody may wait any more. Accepts NULL. */
void sts_close(struct sts *sts, bool forked);
/* Around a rebuild of the resolver, which loses every question: flights forget theirs, and ask anew. */
void sts_forget_questions(struct sts *sts);
void sts_ask_again(struct sts *sts);

struct store *sts_store(struct sts *sts);
/* Seconds since 1970. */
int64_t sts_now(const struct sts *sts);

/* What an answer about _mta-sts.DOMAIN announces; absent unless it holds records. */
struct sts_record sts_record_of(const struct answer *txt, struct arena *arena);

/* Why the id could not be fetched in the last LIMIT_STS_RETRY seconds; false if it may be tried. */
bool sts_failed_lately(struct sts *sts, const char *domain, const char *id,
		       struct sts_landing *ret_landing);
/* Joins the domain's flight for this id, or begins one; waiter NULL: nobody waits. 0, NMX_E_NOMEM, or
 * NMX_E_LIMIT if too many wait already. */
int sts_join(struct sts *sts, const char *domain, const char *id, struct sts_waiter *waiter);
void sts_leave(struct sts_waiter *waiter);
/* The policy was used now: for LIMIT_STS_USED days it is fetched again in the background whenever it is
 * due, whether the domain is looked up or not, so that it does not expire between two messages. Without
 * memory it is not. */
void sts_use(struct sts *sts, const char *domain);
/* Whether a policy that is held and in use should be fetched again. */
bool sts_is_due(const struct sts *sts, const struct store_policy *policy);

#endif
