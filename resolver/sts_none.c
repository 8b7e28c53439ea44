/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of sts.c and what is below it, in a library built without MTA-STS (-Dsts=false): a context
 * never has a struct sts, so nothing of this is called. */
#include "resolver/fetch.h"
#include "resolver/sts.h"

int
sts_open(const struct sts_settings *settings, struct text *error, struct sts **ret_sts)
{
	(void)settings, (void)ret_sts;
	text_add(error, "this library was built without MTA-STS");
	return NMX_E_CONFIG;
}

void
sts_close(struct sts *sts, bool forked)
{
	(void)sts, (void)forked;
}

void
sts_forget_questions(struct sts *sts)
{
	(void)sts;
}

void
sts_ask_again(struct sts *sts)
{
	(void)sts;
}

struct store *
sts_store(struct sts *sts)
{
	(void)sts;
	return NULL;
}

int64_t
sts_now(const struct sts *sts)
{
	(void)sts;
	return 0;
}

struct sts_record
sts_record_of(const struct answer *txt, struct arena *arena)
{
	(void)txt, (void)arena;
	return (struct sts_record){.absent = true};
}

bool
sts_failed_lately(struct sts *sts, const char *domain, const char *id,
		  struct sts_landing *ret_landing)
{
	(void)sts, (void)domain, (void)id, (void)ret_landing;
	return false;
}

int
sts_join(struct sts *sts, const char *domain, const char *id, struct sts_waiter *waiter)
{
	(void)sts, (void)domain, (void)id, (void)waiter;
	return NMX_E_LIMIT;
}

void
sts_leave(struct sts_waiter *waiter)
{
	(void)waiter;
}

void
sts_use(struct sts *sts, const char *domain)
{
	(void)sts, (void)domain;
}

bool
sts_is_due(const struct sts *sts, const struct store_policy *policy)
{
	(void)sts, (void)policy;
	return false;
}

const struct store_policy *
store_find(struct store *store, const char *domain)
{
	(void)store, (void)domain;
	return NULL;
}

void
store_write(struct store *store)
{
	(void)store;
}

bool
store_forget(struct store *store, const char *domain)
{
	(void)store, (void)domain;
	return false;
}

size_t
store_count(struct store *store)
{
	(void)store;
	return 0;
}

const struct store_policy *
store_at(struct store *store, size_t i)
{
	(void)store, (void)i;
	return NULL;
}

void
store_tally(struct store *store, int64_t day, const char *domain, enum nmx_tlsrpt_policy policy,
	    enum nmx_tlsrpt_result result, const char *host)
{
	(void)store, (void)day, (void)domain, (void)policy, (void)result, (void)host;
}

int
store_tallies(struct store *store, int64_t day,
	      void (*each)(void *user, const struct store_tally *tally), void *user)
{
	(void)store, (void)day, (void)each, (void)user;
	return 0;
}

void
fetch_print_version(struct text *text)
{
	text_add(text, "built without MTA-STS (libcurl, SQLite)");
}

void
store_print_version(struct text *text)
{
	(void)text;
}
