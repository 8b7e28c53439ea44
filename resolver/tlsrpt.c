/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts for TLS reports, and the reports (RFC 8460). */
#include "resolver/tlsrpt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/sts_bytes.h"
#include "resolver/attempt.h"
#include "resolver/context.h"
#include "resolver/json_writer.h"

enum { DAY_S = 86400 };

/* ---- Counting ------------------------------------------------------------------------------- */

static void
count(struct nmx_context *ctx, const struct nmx_route *route, enum nmx_tlsrpt_policy policy,
      enum nmx_tlsrpt_result result, const char *host)
{
	if (route->ascii[0] == '[')
		return; /* an address has no policy, and nobody to report to */
	store_tally(sts_store(ctx->sts), sts_now(ctx->sts) / DAY_S, route->ascii, policy, result,
		    host);
}

/* What the endpoint was judged by. Unusable TLSA records are TLSA, too: they asked for TLS. */
static enum nmx_tlsrpt_policy
policy_of(const struct nmx_route *route, const struct nmx_host *host)
{
	if (host->tls == NMX_TLS_STS)
		return NMX_TLSRPT_STS;
	if (host->tls == NMX_TLS_DANE || host->tls == NMX_TLS_ENCRYPT)
		return NMX_TLSRPT_TLSA;
	return route->sts.mode == NMX_STS_TESTING ? NMX_TLSRPT_STS : NMX_TLSRPT_NO_POLICY;
}

/*
 *	the caller said            that
 *	cause TLS                  validation-failure
 *	delivered, 5xx to MAIL...  success, if the endpoint demands TLS: the caller had to see to it
 *	else                       nothing: who knows how far it came
 */
static bool
result_of(const struct tried *tried, enum nmx_tlsrpt_result *ret_result)
{
	bool demands = tried->endpoint->host->tls != NMX_TLS_MAY;
	bool got_far = tried->result == NMX_DELIVERED || tried->cause == NMX_CAUSE_5XX;

	if (tried->has_tls)
		*ret_result = tried->tls;
	else if (tried->cause == NMX_CAUSE_TLS)
		*ret_result = NMX_TLSRPT_VALIDATION_FAILURE;
	else
		*ret_result = NMX_TLSRPT_SUCCESS;
	return tried->has_tls || tried->cause == NMX_CAUSE_TLS || (demands && got_far);
}

void
tlsrpt_count_attempt(struct nmx_context *ctx, const struct nmx_route *route,
		     const struct tried *tried)
{
	enum nmx_tlsrpt_result result;

	if (ctx->sts && result_of(tried, &result))
		count(ctx, route, policy_of(route, tried->endpoint->host), result, tried->host);
}

static void
count_drop(struct nmx_context *ctx, const struct nmx_route *route, const struct nmx_drop *drop)
{
	switch (drop->code) {
	case NMX_DROP_TLSA_FAILED:
		count(ctx, route, NMX_TLSRPT_TLSA, NMX_TLSRPT_DNSSEC_INVALID, drop->host);
		return;
	case NMX_DROP_DANE_REQUIRED:
		count(ctx, route, NMX_TLSRPT_TLSA, NMX_TLSRPT_DANE_REQUIRED, drop->host);
		return;
	case NMX_DROP_STS_MISMATCH:
		count(ctx, route, NMX_TLSRPT_STS, NMX_TLSRPT_VALIDATION_FAILURE, drop->host);
		return;
	default:
		return;
	}
}

void
tlsrpt_count_route(struct nmx_context *ctx, const struct nmx_route *route)
{
	static const enum nmx_tlsrpt_result results[] = {
		[STS_NO_FETCH] = NMX_TLSRPT_STS_POLICY_FETCH_ERROR,
		[STS_NO_TRUST] = NMX_TLSRPT_STS_WEBPKI_INVALID,
		[STS_NO_POLICY] = NMX_TLSRPT_STS_POLICY_INVALID,
	};

	if (!ctx->sts)
		return;
	if (route->sts.trouble >= STS_NO_FETCH && route->sts.trouble <= STS_NO_POLICY)
		count(ctx, route, NMX_TLSRPT_STS, results[route->sts.trouble], "");
	for (size_t i = 0; i < route->n_drops; i++)
		count_drop(ctx, route, &route->drops[i]);
	for (size_t i = 0; i < route->n_hosts; i++)
		if (route->hosts[i].is_misnamed)
			count(ctx, route, NMX_TLSRPT_STS, NMX_TLSRPT_VALIDATION_FAILURE,
			      route->hosts[i].name);
}

void
nmx_attempt_set_tls(struct nmx_attempt *attempt, enum nmx_tlsrpt_result result)
{
	attempt->tried.has_tls = (unsigned)result <= NMX_TLSRPT_STS_WEBPKI_INVALID;
	attempt->tried.tls = result;
}

static int
may_count(struct nmx_context *ctx)
{
	if (context_is_forked(ctx))
		return NMX_E_FORKED;
	return ctx->sts && !ctx->free_later ? 0 : NMX_E_STATE;
}

int
nmx_tlsrpt_count(struct nmx_context *ctx, const struct nmx_route *route,
		 const struct nmx_endpoint *endpoint, enum nmx_tlsrpt_result result)
{
	int error;

	if (!ctx || !route || !endpoint || (unsigned)result > NMX_TLSRPT_STS_WEBPKI_INVALID)
		return NMX_E_INVALID;
	error = may_count(ctx);
	if (error == 0)
		count(ctx, route, policy_of(route, endpoint->host), result, endpoint->host->name);
	return error;
}

/* ---- Reports -------------------------------------------------------------------------------- */

/* The tallies of a day come sorted by domain and policy: a report and a policy of it end where the next
 * begins. */
struct reporter {
	struct nmx_context *ctx;
	const char *day, *organization, *contact;
	nmx_tlsrpt_fn fn;
	void *user;
	struct json json;
	char domain[LIMIT_NAME_TEXT]; /* of the report under way; "" none */
	enum nmx_tlsrpt_policy policy;
	uint64_t succeeded, failed;
	struct json details; /* of the policy under way */
	int error;
};

static void
string_element(struct json *w, const char *text, size_t length)
{
	char buffer[LIMIT_LOG_LINE];
	struct text line = text_into(buffer, sizeof(buffer));

	text_escaped(&line, text, length);
	json_separate(w);
	json_quote(w, buffer);
}

/* The policy's lines, as far as it is still held. */
static void
write_policy_string(struct json *w, const struct store_policy *policy)
{
	const char *text = policy ? (const char *)policy->text : "";
	size_t left = policy ? policy->length : 0;

	json_array(w, "policy-string");
	while (left) {
		size_t length = 0;

		while (length < left && text[length] != '\n' && text[length] != '\r')
			length++;
		if (length)
			string_element(w, text, length);
		length += length < left;
		text += length;
		left -= length;
	}
	json_close(w, ']');
}

static void
write_patterns(struct json *w, const struct store_policy *policy)
{
	struct arena arena;
	struct sts_policy read;
	struct sts_fault fault;

	arena_init(&arena);
	json_array(w, "mx-host");
	if (policy &&
	    sts_policy_read(policy->text, policy->length, &arena, &read, &fault) == STS_OK)
		for (size_t i = 0; i < read.n_patterns; i++) {
			char buffer[LIMIT_NAME_TEXT + 2];
			struct text text = text_into(buffer, sizeof(buffer));

			sts_pattern_print(&text, &read.patterns[i]);
			json_separate(w);
			json_quote(w, buffer);
		}
	json_close(w, ']');
	arena_done(&arena);
}

static void
begin_policy(struct reporter *r, enum nmx_tlsrpt_policy kind)
{
	const struct store_policy *policy =
		kind == NMX_TLSRPT_STS ? store_find(sts_store(r->ctx->sts), r->domain) : NULL;

	r->policy = kind;
	r->succeeded = r->failed = 0;
	r->details = (struct json){.text = text_growing()};
	json_element(&r->json);
	json_key(&r->json, "policy");
	json_open(&r->json, '{');
	json_string(&r->json, "policy-type", nmx_tlsrpt_policy_name(kind));
	if (kind == NMX_TLSRPT_STS)
		write_policy_string(&r->json, policy);
	json_string(&r->json, "policy-domain", r->domain);
	if (kind == NMX_TLSRPT_STS)
		write_patterns(&r->json, policy);
	json_close(&r->json, '}');
}

static void
end_policy(struct reporter *r)
{
	json_key(&r->json, "summary");
	json_open(&r->json, '{');
	json_number(&r->json, "total-successful-session-count", r->succeeded);
	json_number(&r->json, "total-failure-session-count", r->failed);
	json_close(&r->json, '}');
	json_array(&r->json, "failure-details");
	r->json.text.failed |= r->details.text.failed;
	if (!r->details.text.failed)
		text_bytes(&r->json.text, r->details.text.data, r->details.text.length);
	free(r->details.text.data);
	r->details.text.data = NULL;
	json_close(&r->json, ']');
	json_close(&r->json, '}');
}

static void
begin_report(struct reporter *r, const char *domain)
{
	char buffer[LIMIT_NAME_TEXT + 64];
	struct text text = text_into(buffer, sizeof(buffer));
	struct json *w = &r->json;

	snprintf(r->domain, sizeof(r->domain), "%s", domain);
	*w = (struct json){.text = text_growing()};
	json_open(w, '{');
	json_string(w, "organization-name", r->organization);
	json_key(w, "date-range");
	json_open(w, '{');
	text_printf(&text, "%sT00:00:00Z", r->day);
	json_string(w, "start-datetime", buffer);
	text = text_into(buffer, sizeof(buffer));
	text_printf(&text, "%sT23:59:59Z", r->day);
	json_string(w, "end-datetime", buffer);
	json_close(w, '}');
	json_string(w, "contact-info", r->contact);
	text = text_into(buffer, sizeof(buffer));
	text_printf(&text, "%s_%s", r->day, domain);
	json_string(w, "report-id", buffer);
	json_array(w, "policies");
}

static void
end_report(struct reporter *r)
{
	char *json;
	int error;

	if (!r->domain[0])
		return;
	end_policy(r);
	json_close(&r->json, ']');
	json_close(&r->json, '}');
	error = json_give(&r->json, &json);
	if (error) {
		r->error = error;
	} else {
		if (!r->error)
			r->fn(r->domain, json, r->user);
		free(json);
	}
	r->domain[0] = '\0';
}

static void
write_tally(struct reporter *r, const struct store_tally *tally)
{
	bool is_new = strcmp(r->domain, tally->domain) != 0;

	if (is_new) {
		end_report(r);
		begin_report(r, tally->domain);
	} else if (r->policy != tally->policy) {
		end_policy(r);
	}
	if (is_new || r->policy != tally->policy)
		begin_policy(r, tally->policy);
	if (tally->result == NMX_TLSRPT_SUCCESS) {
		r->succeeded += tally->n;
		return;
	}
	r->failed += tally->n;
	json_element(&r->details);
	json_string(&r->details, "result-type", nmx_tlsrpt_result_name(tally->result));
	if (*tally->host)
		json_string(&r->details, "receiving-mx-hostname", tally->host);
	json_number(&r->details, "failed-session-count", tally->n);
	json_close(&r->details, '}');
}

/* The store is asked for policies while reports are written, and the caller may do what it likes: the
 * tallies are copied first. */
struct gathered {
	struct arena arena;
	struct gathered_tally {
		struct gathered_tally *next;
		struct store_tally tally;
	} * first, **last;
};

static void
gather(void *user, const struct store_tally *tally)
{
	struct gathered *g = user;
	struct gathered_tally *copy =
		arena_copy(&g->arena, &(struct gathered_tally){.tally = *tally}, sizeof(*copy));

	if (!copy)
		return;
	copy->tally.domain = arena_copy(&g->arena, tally->domain, strlen(tally->domain) + 1);
	copy->tally.host = arena_copy(&g->arena, tally->host, strlen(tally->host) + 1);
	*g->last = copy;
	g->last = &copy->next;
}

static int
write_reports(struct reporter *r)
{
	struct gathered g = {.last = &g.first};
	int error;

	arena_init(&g.arena);
	error = store_tallies(sts_store(r->ctx->sts), tlsrpt_day(r->day), gather, &g);
	if (error == 0 && g.arena.failed)
		error = NMX_E_NOMEM;
	for (struct gathered_tally *at = error ? NULL : g.first; at; at = at->next)
		write_tally(r, &at->tally);
	end_report(r);
	arena_done(&g.arena);
	return error ? error : r->error;
}

/* Days since 1970 of "2026-11-22" (the proleptic Gregorian calendar); negative: it is no day. */
int64_t
tlsrpt_day(const char *text)
{
	static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t year, month, day, days = 0;

	if (strlen(text) != 10 || strspn(text, "0123456789-") != 10 || text[4] != '-' ||
	    text[7] != '-' || strspn(text, "0123456789") != 4 ||
	    strspn(text + 5, "0123456789") != 2 || strspn(text + 8, "0123456789") != 2)
		return -1;
	year = strtol(text, NULL, 10);
	month = strtol(text + 5, NULL, 10);
	day = strtol(text + 8, NULL, 10);
	for (int64_t y = 1970; y < year; y++)
		days += 365 + ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0);
	for (int64_t m = 1; m <= month && m <= 12; m++) {
		bool leap = m == 2 && ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0);
		int64_t length = lengths[m - 1] + leap;

		if (m == month && day >= 1 && day <= length && year >= 1970)
			return days + day - 1;
		days += length;
	}
	return -1;
}

static bool
is_text(const char *text)
{
	return !sts_bytes_fault((struct sts_bytes){(const uint8_t *)text, strlen(text)});
}

int
nmx_tlsrpt_report(struct nmx_context *ctx, const char *day, const char *organization,
		  const char *contact, nmx_tlsrpt_fn fn, void *user)
{
	struct reporter r = {.ctx = ctx,
			     .day = day,
			     .organization = organization,
			     .contact = contact,
			     .fn = fn,
			     .user = user};
	int error;

	if (!ctx || !day || !organization || !contact || !fn)
		return NMX_E_INVALID;
	error = may_count(ctx);
	if (error || ctx->running)
		return error ? error : NMX_E_STATE;
	if (tlsrpt_day(day) < 0 || !is_text(organization) || !is_text(contact))
		return NMX_E_VALUE;
	ctx->running = true;
	error = write_reports(&r);
	context_settle(ctx);
	return error;
}
