/* SPDX-License-Identifier: BSD-2-Clause */
/* The policies that a context holds, for whoever looks after them; see nextmx.h. */
#include <string.h>

#include "resolver/context.h"

/* ---- Policies ------------------------------------------------------------------------------- */

/* The public name of a store_policy. */
static const struct store_policy *
policy_of(const struct nmx_sts_held *held)
{
	return (const struct store_policy *)held;
}

static const struct nmx_sts_held *
held_of(const struct store_policy *policy)
{
	return (const struct nmx_sts_held *)policy;
}

static struct store *
store_of(struct nmx_context *ctx)
{
	return ctx && !context_is_forked(ctx) && ctx->sts ? sts_store(ctx->sts) : NULL;
}

size_t
nmx_sts_held_count(struct nmx_context *ctx)
{
	struct store *store = store_of(ctx);

	return store ? store_count(store) : 0;
}

const struct nmx_sts_held *
nmx_sts_held(struct nmx_context *ctx, size_t i)
{
	struct store *store = store_of(ctx);

	return store ? held_of(store_at(store, i)) : NULL;
}

#define GETTER(type, name, value)                                 \
	type nmx_sts_held_##name(const struct nmx_sts_held *held) \
	{                                                         \
		return policy_of(held)->value;                    \
	}

GETTER(const char *, domain, domain)
GETTER(const char *, id, id)
GETTER(enum nmx_sts_mode, mode, mode)
GETTER(uint32_t, max_age, max_age)
GETTER(int64_t, fetched, fetched)
GETTER(int64_t, expires, expires)

const char *
nmx_sts_held_text(const struct nmx_sts_held *held, size_t *ret_length)
{
	*ret_length = policy_of(held)->length;
	return (const char *)policy_of(held)->text;
}

/* ---- One domain ----------------------------------------------------------------------------- */

/* 0 with the domain in the context's scratch memory; VALUE if the name is none. */
static int
parse(struct nmx_context *ctx, const char *text, struct domain *ret_domain)
{
	if (!ctx || !text)
		return NMX_E_INVALID;
	if (context_is_forked(ctx))
		return NMX_E_FORKED;
	if (!ctx->sts || ctx->free_later)
		return NMX_E_STATE;
	if (!domain_parse(text, ctx->settings.single_label, &ctx->scratch, ret_domain))
		return NMX_E_NOMEM;
	return ret_domain->kind == DOMAIN_NAME ? 0 : NMX_E_VALUE;
}

const struct nmx_sts_held *
nmx_sts_held_find(struct nmx_context *ctx, const char *domain)
{
	struct domain parsed;
	const struct store_policy *policy = NULL;

	if (parse(ctx, domain, &parsed) == 0)
		policy = store_find(sts_store(ctx->sts), parsed.ascii);
	if (store_of(ctx))
		arena_rewind(&ctx->scratch, ctx->scratch_start);
	return held_of(policy);
}

int
nmx_sts_forget(struct nmx_context *ctx, const char *domain)
{
	struct domain parsed;
	int result = parse(ctx, domain, &parsed);

	if (result == 0 && !store_forget(sts_store(ctx->sts), parsed.ascii))
		result = NMX_E_VALUE;
	if (result == 0)
		cache_clear(&ctx->cache); /* routes that were judged by it */
	if (store_of(ctx))
		arena_rewind(&ctx->scratch, ctx->scratch_start);
	return result;
}

/* ---- Refresh -------------------------------------------------------------------------------- */

/* First the record, for the id; then a flight, as for a look-up. */
struct refresh {
	struct nmx_context *ctx;
	struct arena arena;
	struct domain domain;
	uint8_t name[LIMIT_NAME];
	struct answer txt;
	struct dns_question *asked;
	struct timer late;
	struct sts_waiter waiter;
	bool has_flight, is_done;
	int result;
	struct text *text;
};

static void
end(struct refresh *r, int result, const char *text)
{
	r->is_done = true;
	r->result = result;
	text_add(r->text, text);
}

static void
landed(struct sts_waiter *waiter, const struct sts_landing *landing)
{
	struct refresh *r = (struct refresh *)((char *)waiter - offsetof(struct refresh, waiter));

	end(r,
	    landing->trouble == STS_FINE	? 0
	    : landing->trouble == STS_NO_MEMORY ? NMX_E_NOMEM
						: NMX_E_VALUE,
	    landing->text);
}

static void
record_answered(void *user, const struct answer_raw *raw)
{
	struct refresh *r = user;

	r->asked = NULL;
	r->txt = answer_judge(raw, r->name, RR_TXT, &r->arena);
}

void
refresh_forget_question(struct refresh *r)
{
	if (r->asked)
		dns_forget(r->asked);
	r->asked = NULL;
}

static void
record_late(struct timer *timer)
{
	struct refresh *r = (struct refresh *)((char *)timer - offsetof(struct refresh, late));

	refresh_forget_question(r);
	r->txt = (struct answer){.state = ANSWER_TIMEOUT};
}

void
refresh_ask_again(struct refresh *r)
{
	char name[LIMIT_NAME_TEXT];
	int result;

	if (r->txt.state != ANSWER_PENDING)
		return;
	result = dns_ask(r->ctx->dns, dname_text(r->name, name), RR_TXT, record_answered, r,
			 &r->asked);
	if (result)
		end(r, result, nmx_strerror(result));
}

static void
begin(struct refresh *r)
{
	struct nmx_context *ctx = r->ctx;

	r->late.fire = record_late;
	r->waiter.landed = landed;
	r->txt.state = ANSWER_PENDING;
	if (!dname_prepend("_mta-sts", r->domain.name, r->name)) {
		end(r, NMX_E_VALUE, "the domain is too long to have a policy");
		return;
	}
	r->result = loop_set_timer(ctx->loop, &r->late,
				   context_now(ctx) + ctx->settings.sts_timeout_s * NS_PER_S);
	if (r->result)
		end(r, r->result, nmx_strerror(r->result));
	else
		refresh_ask_again(r);
}

/* Without a record the id of what is held will do: a policy may be fetched again whatever DNS says. */
static void
fly(struct refresh *r)
{
	struct sts_record record = sts_record_of(&r->txt, &r->arena);
	const struct store_policy *policy = store_find(sts_store(r->ctx->sts), r->domain.ascii);
	int result;

	r->has_flight = true;
	if (r->arena.failed)
		end(r, NMX_E_NOMEM, "");
	else if (!record.valid && !policy)
		end(r, NMX_E_VALUE,
		    answer_is_failure(&r->txt) ? "the MTA-STS record cannot be had"
		    : record.absent	       ? "there is no MTA-STS record"
					       : record.fault);
	if (r->is_done)
		return;
	result = sts_join(r->ctx->sts, r->domain.ascii, record.valid ? record.id : policy->id,
			  &r->waiter);
	if (result)
		end(r, result == NMX_E_LIMIT ? NMX_E_VALUE : result,
		    "too many policies wait to be fetched");
}

static void
wait(struct refresh *r)
{
	int result = 0;

	for (bool pause = false; !r->is_done; pause = !pause) {
		if (!r->has_flight && r->txt.state != ANSWER_PENDING)
			fly(r);
		else
			result = context_work(r->ctx, pause);
		if (result)
			end(r, result, "");
	}
}

/* The domain's text is in memory that callbacks use, too. */
static int
run(struct refresh *r)
{
	struct nmx_context *ctx = r->ctx;

	arena_init(&r->arena);
	r->domain.ascii = arena_copy(&r->arena, r->domain.ascii, strlen(r->domain.ascii) + 1);
	ctx->running = true;
	ctx->refresh = r;
	if (r->domain.ascii)
		begin(r);
	else
		end(r, NMX_E_NOMEM, "");
	wait(r);
	ctx->refresh = NULL;
	refresh_forget_question(r);
	sts_leave(&r->waiter);
	loop_cancel_timer(ctx->loop, &r->late);
	arena_done(&r->arena);
	cache_clear(&ctx->cache); /* routes that were judged by what was held */
	arena_rewind(&ctx->scratch, ctx->scratch_start);
	context_settle(ctx);
	return r->result;
}

int
nmx_sts_refresh(struct nmx_context *ctx, const char *domain, char *ret_text, size_t size)
{
	struct text text = text_into(ret_text, size);
	struct refresh r = {.ctx = ctx, .text = &text};
	int result;

	if (ctx && ctx->running)
		return context_is_forked(ctx) ? NMX_E_FORKED : NMX_E_STATE;
	result = parse(ctx, domain, &r.domain);
	if (result == 0)
		return run(&r);
	if (result == NMX_E_VALUE)
		text_add(&text, r.domain.fault ? r.domain.fault : "an address has no policy");
	if (store_of(ctx))
		arena_rewind(&ctx->scratch, ctx->scratch_start);
	return result;
}
