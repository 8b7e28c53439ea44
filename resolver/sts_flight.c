/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/sts_flight.h"

#include <stdlib.h>
#include <string.h>

#include "policy/addresses.h"

static const uint16_t families[FLIGHT_FAMILIES] = {RR_AAAA, RR_A};

/* ---- Ends ----------------------------------------------------------------------------------- */

void
flight_forget_questions(struct flight *f)
{
	for (int i = 0; i < FLIGHT_FAMILIES; i++) {
		if (f->asked[i])
			dns_forget(f->asked[i]);
		f->asked[i] = NULL;
	}
}

/* Takes back what was asked of others. */
static void
give_up_asking(struct flight *f)
{
	flight_forget_questions(f);
	if (f->fetch)
		fetch_cancel(f->fetch);
	f->fetch = NULL;
	loop_cancel_timer(f->sts->settings.loop, &f->deadline);
	loop_cancel_timer(f->sts->settings.loop, &f->all_answered);
}

/* Off the list of its state. */
static void
unlist(struct flight *f)
{
	struct sts *sts = f->sts;

	if (f->state == FLIGHT_QUEUED) {
		list_remove(&sts->queued[f->queue], &f->node);
		sts->n_queued[f->queue]--;
	} else if (f->state == FLIGHT_FAILED) {
		list_remove(&sts->failed, &f->node);
		sts->n_failed--;
	} else {
		sts->n_flying--;
	}
}

static void
enqueue(struct flight *f, enum flight_queue queue)
{
	f->state = FLIGHT_QUEUED;
	f->queue = queue;
	list_add_last(&f->sts->queued[queue], &f->node);
	f->sts->n_queued[queue]++;
}

void
flight_drop(struct flight *f)
{
	give_up_asking(f);
	unlist(f);
	table_remove(&f->sts->flights, &f->entry);
	arena_done(&f->arena);
	free(f);
}

static void
tell(struct flight *f, const struct sts_landing *landing)
{
	while (f->waiters.first) {
		struct sts_waiter *w = LIST_THING(f->waiters.first, struct sts_waiter, node);

		list_remove(&f->waiters, &w->node);
		w->flight = NULL;
		w->landed(w, landing);
	}
}

static struct flight *
first_failure(const struct sts *sts)
{
	return LIST_THING(sts->failed.first, struct flight, node);
}

static void
forget_old_failures(struct sts *sts)
{
	while (sts->failed.first && (first_failure(sts)->over <= sts_boot_now(sts) ||
				     sts->n_failed > LIMIT_FETCHES_WAITING))
		flight_drop(first_failure(sts));
}

static void
fail(struct flight *f, enum sts_trouble trouble, const char *text)
{
	struct sts *sts = f->sts;
	struct text to = text_into(f->text, sizeof(f->text));
	struct sts_landing landing = {trouble, f->text, NULL};

	text_add(&to, text);
	give_up_asking(f);
	unlist(f);
	f->state = FLIGHT_FAILED;
	f->trouble = trouble;
	f->over = sts_boot_now(sts) + LIMIT_STS_RETRY * NS_PER_S;
	list_add_last(&sts->failed, &f->node);
	sts->n_failed++;
	tell(f, &landing);
	if (trouble == STS_NO_MEMORY || trouble == STS_OURS)
		flight_drop(f); /* the id is as good as before */
	forget_old_failures(sts);
	sts_wake(sts);
}

/* ---- Landing -------------------------------------------------------------------------------- */

/* RULES STS-5: a policy of max_age 0 is used once, by those who wait, and ends the one that is held. */
static void
land(struct flight *f, const struct fetch_answer *answer, const struct sts_policy *policy)
{
	struct sts *sts = f->sts;
	int64_t now = sts_now(sts);
	struct store_policy kept = {.domain = f->domain,
				    .id = f->id,
				    .fetched = now,
				    .expires = now + policy->max_age,
				    .mode = policy->mode,
				    .max_age = policy->max_age,
				    .text = answer->body,
				    .length = answer->length};
	struct sts_landing landing = {STS_FINE, "", &kept};

	/* Before anybody can act on it: a policy that was used is not forgotten because a process dies. */
	if (!store_put(sts->store, &kept)) {
		fail(f, STS_NO_MEMORY, nmx_strerror(NMX_E_NOMEM));
		return;
	}
	store_write(sts->store);
	give_up_asking(f);
	tell(f, &landing);
	flight_drop(f);
	sts_wake(sts);
}

static void
fetched(void *user, const struct fetch_answer *answer)
{
	struct flight *f = user;
	struct sts_policy policy;
	struct sts_fault fault = {0};
	char line[LIMIT_STS_TROUBLE];
	struct text text = text_into(line, sizeof(line));

	f->fetch = NULL;
	if (answer->fault != FETCH_OK) {
		fail(f,
		     answer->fault == FETCH_SYSTEM ? STS_OURS
		     : answer->fault == FETCH_TLS  ? STS_NO_TRUST
		     : answer->fault == FETCH_SIZE ? STS_NO_POLICY
						   : STS_NO_FETCH,
		     answer->text);
		return;
	}
	switch (sts_policy_read(answer->body, answer->length, &f->arena, &policy, &fault)) {
	case STS_OK:
		land(f, answer, &policy);
		return;
	case STS_INVALID:
		if (fault.line)
			text_printf(&text, "line %u: ", fault.line);
		text_add(&text, fault.text);
		fail(f, STS_NO_POLICY, line);
		return;
	case STS_NOMEM:
		fail(f, STS_NO_MEMORY, nmx_strerror(NMX_E_NOMEM));
		return;
	}
}

/* ---- Addresses ------------------------------------------------------------------------------ */

/* The addresses that may be dialled, the preferred family's first (RULES STS-4, ADR-1, ADR-2). */
static size_t
judge_addresses(const struct flight *f,
		struct address ret[static FLIGHT_FAMILIES * LIMIT_ADDRESSES])
{
	const struct policy_settings *policy = f->sts->settings.policy;
	size_t n = 0;

	for (int pass = 0; pass < FLIGHT_FAMILIES; pass++) {
		const struct answer *answer =
			&f->answers[policy->prefer == PREFER_4 ? FLIGHT_FAMILIES - 1 - pass : pass];

		for (size_t i = 0, taken = 0;
		     answer->state == ANSWER_DATA && i < answer->n_rrs && taken < LIMIT_ADDRESSES;
		     i++) {
			if (!address_judge(policy, &answer->rrs[i].address).usable)
				continue;
			ret[n++] = answer->rrs[i].address;
			taken++;
		}
	}
	return n;
}

/* What the answers say when they hold no address that may be dialled. */
static void
explain_no_address(const struct flight *f, struct text *text)
{
	char name[LIMIT_NAME_TEXT];

	text_printf(text, "%s: no usable address", dname_text(f->host, name));
	for (int i = 0; i < FLIGHT_FAMILIES; i++)
		if (f->answers[i].state != ANSWER_NONE)
			text_printf(text, "%s %s: %s", i ? "," : ":", rr_type_name(families[i]),
				    f->answers[i].state == ANSWER_DATA
					    ? "not allowed"
					    : answer_rcode_name(&f->answers[i]));
}

static void
dial(struct flight *f)
{
	struct sts *sts = f->sts;
	struct address addresses[FLIGHT_FAMILIES * LIMIT_ADDRESSES];
	size_t n = judge_addresses(f, addresses);
	char line[LIMIT_STS_TROUBLE], host[LIMIT_NAME_TEXT];
	struct text text = text_into(line, sizeof(line));
	int64_t left = f->over - sts_boot_now(sts);
	int result;

	give_up_asking(f);
	if (f->failed) {
		fail(f, STS_NO_MEMORY, nmx_strerror(NMX_E_NOMEM));
		return;
	}
	if (n == 0) {
		explain_no_address(f, &text);
		fail(f, f->overloaded ? STS_OURS : STS_NO_FETCH, line);
		return;
	}
	f->state = FLIGHT_FETCHING;
	result = fetch_start(sts->fetcher, dname_text(f->host, host), addresses, n,
			     left > NS_PER_MS ? (unsigned)(left / NS_PER_MS) : 1, fetched, f,
			     &f->fetch);
	if (result)
		fail(f, result == NMX_E_NOMEM ? STS_NO_MEMORY : STS_NO_FETCH, nmx_strerror(result));
}

/* May run inside the asking: it goes on from a timer. */
static void
answered(void *user, const struct answer_raw *raw)
{
	struct flight_question *q = user;
	struct flight *f = q->flight;

	f->asked[q->which] = NULL;
	f->answers[q->which] = answer_judge(raw, f->host, families[q->which], &f->arena);
	f->failed |= f->answers[q->which].state == ANSWER_NOMEM;
	for (int i = 0; i < FLIGHT_FAMILIES; i++)
		if (f->answers[i].state == ANSWER_PENDING)
			return;
	loop_set_timer(f->sts->settings.loop, &f->all_answered, sts_boot_now(f->sts));
}

static void
ask(struct flight *f, int which)
{
	struct sts *sts = f->sts;
	char name[LIMIT_NAME_TEXT];
	int result;

	f->questions[which] = (struct flight_question){f, which};
	f->answers[which] = (struct answer){.state = ANSWER_PENDING};
	result = dns_ask(sts->settings.dns, dname_text(f->host, name), families[which], answered,
			 &f->questions[which], &f->asked[which]);
	if (result == 0)
		return;
	f->failed |= result == NMX_E_NOMEM;
	f->overloaded |= result == NMX_E_LIMIT;
	f->answers[which] = (struct answer){.state = ANSWER_OVERLOAD};
	loop_set_timer(sts->settings.loop, &f->all_answered, sts_boot_now(sts));
}

static void
ask_all(struct flight *f)
{
	enum family_use family = f->sts->settings.policy->family;

	for (int i = 0; i < FLIGHT_FAMILIES; i++)
		f->answers[i] = (struct answer){.state = ANSWER_NONE};
	for (int i = 0; i < FLIGHT_FAMILIES; i++)
		if (family == FAMILY_BOTH || (family == FAMILY_4) == (families[i] == RR_A))
			ask(f, i);
}

static void
all_answered(struct timer *timer)
{
	struct flight *f = (struct flight *)((char *)timer - offsetof(struct flight, all_answered));

	for (int i = 0; i < FLIGHT_FAMILIES; i++)
		if (f->answers[i].state == ANSWER_PENDING)
			return;
	dial(f);
}

/* Whoever is silent counts as silent: one family's addresses may be there. */
static void
addresses_late(struct timer *timer)
{
	struct flight *f = (struct flight *)((char *)timer - offsetof(struct flight, deadline));

	for (int i = 0; i < FLIGHT_FAMILIES; i++)
		if (f->answers[i].state == ANSWER_PENDING)
			f->answers[i] = (struct answer){.state = ANSWER_TIMEOUT};
	dial(f);
}

/* ---- Begins --------------------------------------------------------------------------------- */

struct flight *
flight_find(const struct sts *sts, const char *domain)
{
	struct table_entry *entry =
		table_first(&sts->flights, hash_bytes(sts->key, domain, strlen(domain)));

	while (entry && strcmp(((struct flight *)entry)->domain, domain) != 0)
		entry = table_next(entry);
	return (struct flight *)entry;
}

struct flight *
flight_new(struct sts *sts, const char *domain, const char *id, enum flight_queue queue)
{
	size_t length = strlen(domain);
	uint8_t name[LIMIT_NAME];
	struct flight *f;

	f = calloc(1, sizeof(*f) + length + 1);
	if (!f)
		return NULL;
	/* Else there is no such host: the root has no address. */
	if (dname_from_text(domain, length, name))
		dname_prepend("mta-sts", name, f->host);
	f->sts = sts;
	arena_init(&f->arena);
	f->deadline.fire = addresses_late;
	f->all_answered.fire = all_answered;
	memcpy(f->domain, domain, length + 1);
	memcpy(f->id, id, strlen(id) + 1);
	table_add(&sts->flights, &f->entry, hash_bytes(sts->key, domain, length));
	enqueue(f, queue);
	return f;
}

void
flight_begin(struct flight *f)
{
	struct sts *sts = f->sts;
	int64_t now = sts_boot_now(sts);

	unlist(f);
	f->state = FLIGHT_ASKING;
	sts->n_flying++;
	f->since = now;
	if (!f->over)
		f->over = now + (int64_t)sts->settings.timeout_ms * NS_PER_MS;
	if (f->over <= now) {
		fail(f, STS_NO_FETCH, "the policy host is too slow, and others wait");
		return;
	}
	/* Half of the time is for the addresses, what is left for the policy. */
	if (loop_set_timer(sts->settings.loop, &f->deadline, now + (f->over - now) / 2)) {
		fail(f, STS_NO_MEMORY, nmx_strerror(NMX_E_NOMEM));
		return;
	}
	ask_all(f);
}

void
flight_yield(struct flight *f)
{
	give_up_asking(f);
	unlist(f);
	arena_done(&f->arena);
	arena_init(&f->arena);
	f->failed = f->overloaded = false;
	enqueue(f, FLIGHT_AGAIN);
}

void
flight_hurry(struct flight *f)
{
	if (f->state != FLIGHT_QUEUED || f->queue != FLIGHT_BACKGROUND)
		return;
	unlist(f);
	enqueue(f, FLIGHT_FIRST);
}

void
flight_ask_again(struct flight *f)
{
	if (f->state == FLIGHT_ASKING)
		ask_all(f);
}
