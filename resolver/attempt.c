/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/attempt.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/context.h"

static struct nmx_attempt *
attempt_at(struct list_node *node)
{
	return LIST_THING(node, struct nmx_attempt, node);
}

struct nmx_attempt *
attempt_new(struct nmx_delivery *d)
{
	const struct nmx_endpoint *e = nmx_plan_endpoint(d->report->plan, d->next);
	struct nmx_attempt *attempt;

	if (!report_reserve(d->report))
		return NULL;
	attempt = calloc(1, sizeof(*attempt));
	if (!attempt)
		return NULL;
	attempt->ctx = d->ctx;
	attempt->delivery = d;
	attempt->report = nmx_report_ref(d->report);
	attempt->number = (unsigned)++d->next;
	attempt->started = context_now(d->ctx);
	attempt->tried.endpoint = e;
	attempt->tried.host = e->host->name;
	attempt->tried.address = nmx_endpoint_address(e);
	attempt->tried.port = e->host->port;
	list_add_last(&d->ctx->attempts, &attempt->node);
	return attempt;
}

static void
free_attempt(struct nmx_attempt *attempt)
{
	nmx_report_unref(attempt->report);
	free(attempt);
}

void
attempt_retire(struct nmx_attempt *attempt)
{
	attempt->is_finished = true;
	attempt->delivery = NULL;
	if (!attempt->ctx) {
		free_attempt(attempt);
		return;
	}
	list_remove(&attempt->ctx->attempts, &attempt->node);
	list_add_last(&attempt->ctx->finished, &attempt->node);
}

static void
sweep(struct nmx_context *ctx, const struct nmx_report *report)
{
	struct list_node *node = ctx->finished.first, *next;

	for (; node; node = next) {
		struct nmx_attempt *attempt = attempt_at(node);

		next = node->next;
		if (report && attempt->report != report)
			continue;
		list_remove(&ctx->finished, node);
		free_attempt(attempt);
	}
}

void
attempt_sweep(struct nmx_context *ctx)
{
	sweep(ctx, NULL);
}

void
attempt_sweep_of(struct nmx_context *ctx, const struct nmx_report *report)
{
	sweep(ctx, report);
}

void
attempt_end_all(struct nmx_context *ctx)
{
	attempt_sweep(ctx);
	while (ctx->attempts.first) {
		struct nmx_attempt *attempt = attempt_at(ctx->attempts.first);

		list_remove(&ctx->attempts, &attempt->node);
		attempt->ctx = NULL;
		attempt->delivery = NULL;
	}
}

/* ---- For the caller ------------------------------------------------------------------------- */

const struct nmx_endpoint *
nmx_attempt_endpoint(const struct nmx_attempt *attempt)
{
	return attempt->tried.endpoint;
}

const char *
nmx_attempt_domain(const struct nmx_attempt *attempt)
{
	return attempt->report->plan->route->domain;
}

unsigned
nmx_attempt_number(const struct nmx_attempt *attempt)
{
	return attempt->number;
}

unsigned
nmx_attempt_ms_left(const struct nmx_attempt *attempt)
{
	const struct nmx_delivery *d = attempt->delivery;
	int64_t left = d && d->deadline.place ? d->deadline.at - context_now(d->ctx) : 0;

	return left > 0 ? (unsigned)(left / NS_PER_MS) : 0;
}

/* The endpoints that the plan and the limit still allow, this one included. */
unsigned
nmx_attempt_ms_share(const struct nmx_attempt *attempt)
{
	const struct nmx_delivery *d = attempt->delivery;
	unsigned left = nmx_attempt_ms_left(attempt);
	size_t n;

	if (!d)
		return 0;
	n = nmx_plan_count(d->report->plan);
	if (n > d->most_attempts)
		n = d->most_attempts;
	n -= attempt->number - 1;
	return left / (unsigned)n ? left / (unsigned)n : left > 0;
}

/* RFC 3463 section 2: class, subject, detail. Anything else is none. */
static bool
is_enhanced(const char *status)
{
	unsigned parts = 0;

	for (const char *at = status;; at++) {
		size_t digits = strspn(at, "0123456789");

		if (digits < 1 || digits > (parts ? 3 : 1))
			return false;
		at += digits;
		parts++;
		if (*at == '\0')
			return parts == 3 && strchr("245", status[0]);
		if (*at != '.')
			return false;
	}
}

/* Line ends go at the end, and are blanks inside; what is no printable ASCII is escaped, and no escape is
 * cut. */
static void
copy_reply(const char *from, char to[static LIMIT_REPLY_TEXT])
{
	char line[LIMIT_REPLY_TEXT], escaped[4 * LIMIT_REPLY_TEXT];
	struct text text = text_into(escaped, sizeof(escaped));
	size_t length = strlen(from), kept = 0;

	while (length && (from[length - 1] == '\r' || from[length - 1] == '\n'))
		length--;
	if (length >= sizeof(line))
		length = sizeof(line) - 1;
	for (size_t i = 0; i < length; i++)
		line[i] = from[i] == '\r' || from[i] == '\n' ? ' ' : from[i];
	text_escaped(&text, line, length);
	while (escaped[kept]) {
		/* A backslash of the server's own stays as it is, and looks like one of ours at most. */
		size_t digits =
			escaped[kept] == '\\' ? strspn(escaped + kept + 1, "0123456789") : 0;
		size_t piece = digits >= 3 ? 4 : 1;

		if (kept + piece >= LIMIT_REPLY_TEXT)
			break;
		kept += piece;
	}
	memcpy(to, escaped, kept);
	to[kept] = '\0';
}

enum nmx_result
nmx_attempt_set_result(struct nmx_attempt *attempt, enum nmx_cause cause, unsigned code,
		       const char *enhanced, const char *text)
{
	struct tried *tried = &attempt->tried;
	bool is_cause = (unsigned)cause <= NMX_CAUSE_5XX;

	tried->cause = is_cause ? cause : NMX_CAUSE_NONE;
	tried->code = code >= 200 && code <= 599 ? code : 0;
	tried->enhanced[0] = '\0';
	if (enhanced && is_enhanced(enhanced))
		strcpy(tried->enhanced, enhanced);
	copy_reply(text ? text : "", tried->text);
	return is_cause ? delivery_result_of(cause, tried->port) : NMX_STOP_TEMP;
}

int
nmx_attempt_finish(struct nmx_attempt *attempt, enum nmx_result result)
{
	struct nmx_delivery *d;

	if (!attempt || result == NMX_PENDING)
		return NMX_E_INVALID;
	if (attempt->ctx && context_is_forked(attempt->ctx))
		return NMX_E_FORKED;
	if (attempt->is_finished)
		return NMX_E_STATE;
	d = attempt->delivery;
	if (attempt->in_callback) {
		attempt->is_finished = true;
		attempt->tried.result = result;
		return d ? 0 : NMX_E_STATE;
	}
	attempt_retire(attempt);
	if (!d)
		return NMX_E_STATE;
	delivery_finish_attempt(d, attempt, result);
	return 0;
}
