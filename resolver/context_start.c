/* SPDX-License-Identifier: BSD-2-Clause */
/* A context's options, and its start: everything that it holds is opened here. */
#include <string.h>

#include "resolver/context.h"

int
nmx_context_set(struct nmx_context *ctx, const char *option, const char *value,
		const char **ret_error)
{
	struct text error;
	int result;

	if (!ctx || !option || !value)
		return NMX_E_INVALID;
	if (context_is_forked(ctx))
		return NMX_E_FORKED;
	error = text_into(ctx->error, sizeof(ctx->error));
	if (ctx->started) {
		text_add(&error, "options are frozen once the context has started");
		result = NMX_E_STATE;
	} else {
		result = options_set(&ctx->options, option, value, &error);
	}
	if (result && ret_error)
		*ret_error = ctx->error;
	return result;
}

const char *
nmx_context_get(struct nmx_context *ctx, const char *option)
{
	return ctx && option ? options_get(&ctx->options, option) : NULL;
}

/* The first block of the scratch arena stays, so that a call needs no allocation. */
static bool
pin_scratch(struct nmx_context *ctx)
{
	if (!arena_alloc(&ctx->scratch, 1))
		return false;
	ctx->scratch_start = arena_mark(&ctx->scratch);
	return true;
}

static void
log_of_store(void *user, enum nmx_log_level level, const char *text)
{
	context_log_later(user, level, text);
}

static int
open_sts(struct nmx_context *ctx, struct text *error)
{
	struct sts_settings settings = {
		.policy = &ctx->settings.policy,
		.state_dir = ctx->settings.state_dir,
		.ca_file = ctx->settings.sts_ca_file,
		.timeout_ms = LIMIT_STS_FLIGHT * ctx->settings.sts_timeout_s * 1000,
		.clock = ctx->clock,
		.loop = ctx->loop,
		.dns = ctx->dns,
		.log = log_of_store,
		.log_user = ctx,
	};

	return ctx->settings.sts ? sts_open(&settings, error, &ctx->sts) : 0;
}

static int
open_all(struct nmx_context *ctx, struct text *error)
{
	int result;

	if (!settings_parse(&ctx->options, &ctx->settings_arena, &ctx->settings) ||
	    !pin_scratch(ctx) || !cache_init(&ctx->cache, ctx->settings.cache_size) ||
	    !verdicts_init(&ctx->verdicts) || !table_init(&ctx->lookups))
		return NMX_E_NOMEM;
	if (ctx->settings.dnssec_off && ctx->settings.policy.dane == DANE_REQUIRE) {
		text_add(error, "option dane: require needs DNSSEC, and option dnssec is off");
		return NMX_E_CONFIG;
	}
	ctx->own = own_new(&ctx->settings.own_addresses, &ctx->settings.own_ports,
			   &ctx->settings.policy.nat64);
	if (!ctx->own)
		return NMX_E_NOMEM;
	if (!random_bytes(&ctx->hash_key, sizeof(ctx->hash_key)))
		return NMX_E_SYSTEM;
	if (!backoff_init(&ctx->backoff, ctx->hash_key))
		return NMX_E_NOMEM;
	result = loop_new(ctx->clock, &ctx->loop);
	if (result)
		return result;
	ctx->clock_offset = context_clock_offset(ctx);
	result = dns_open(&ctx->settings, ctx->loop, error, &ctx->dns);
	return result ? result : open_sts(ctx, error);
}

int
nmx_context_start(struct nmx_context *ctx, const char **ret_error)
{
	struct text error;
	int result;

	if (!ctx)
		return NMX_E_INVALID;
	if (context_is_forked(ctx))
		return NMX_E_FORKED;
	error = text_into(ctx->error, sizeof(ctx->error));
	if (ctx->started) {
		text_add(&error, "the context has started already");
		result = NMX_E_STATE;
	} else {
		result = open_all(ctx, &error);
		if (result)
			context_stop(ctx);
		ctx->started = result == 0;
	}
	if (result && error.length == 0)
		text_add(&error, nmx_strerror(result));
	if (result && ret_error)
		*ret_error = ctx->error;
	ctx->running = true;
	context_drain_log(ctx);
	ctx->running = false;
	return result;
}
