/* SPDX-License-Identifier: BSD-2-Clause */
/* Text that several verbs print. */
#include "cli/text.h"

#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"

enum { MOST_DATA = 16 }; /* digits of TLSA data: enough to tell one record from another */

/* ---- Lines ------------------------------------------------------------------------------------ */

void
text_heading(FILE *out, const struct text_heading *h)
{
	fprintf(out, "%s: %s %s", h->name, h->outcome, h->status);
	if (h->is_deliverable)
		fprintf(out, " by %s, %s, TTL %" PRIu64 ", seed %" PRIu64 "\n", h->source,
			h->security, h->ttl, h->seed);
	else
		fprintf(out, ": %s\n", h->reason);
}

void
text_sts(FILE *out, const struct text_sts *sts)
{
	fprintf(out, "  MTA-STS: %s, id %s, %s %" PRIu64 " s ago, max_age %" PRIu64 ":", sts->mode,
		sts->id, sts->was_fetched ? "fetched" : "held, fetched", sts->age, sts->max_age);
}

void
text_sts_mx(FILE *out, const char *mx)
{
	fprintf(out, " %s", mx);
}

void
text_sts_end(FILE *out, bool had_mx)
{
	fprintf(out, "%s\n", had_mx ? "" : " no mx");
}

void
text_endpoint(FILE *out, const struct text_endpoint *e)
{
	fprintf(out, "  %2zu. %s %" PRIu64, e->number, e->stage, e->priority);
	if (e->is_srv)
		fprintf(out, " weight %" PRIu64, e->weight);
	fprintf(out, "  %s:%" PRIu64 "  %s  %s  tls %s\n", e->host, e->port, e->address,
		e->security, e->tls);
}

void
text_tlsa(FILE *out, const struct text_tlsa *tlsa)
{
	fprintf(out, "      TLSA %" PRIu64 " %" PRIu64 " %" PRIu64 " %.*s%s  %s\n", tlsa->usage,
		tlsa->selector, tlsa->mtype, MOST_DATA, tlsa->data,
		strlen(tlsa->data) > MOST_DATA ? "..." : "", tlsa->state);
}

void
text_drop(FILE *out, const struct text_drop *d)
{
	fprintf(out, "  left out: %s %s:%" PRIu64 "%s%s: %s: %s (%s)\n", d->stage, d->host, d->port,
		*d->address ? " " : "", d->address, d->code, d->text, d->rule);
}

void
text_query(FILE *out, const struct text_query *q)
{
	fprintf(out, "  asked: %s %s: %s, %s, TTL %" PRIu64 ", %.1f ms\n", q->name, q->type,
		q->rcode, q->security, q->ttl, q->ms);
}

void
text_why(FILE *out, const char *phase, const char *rule, const char *text)
{
	fprintf(out, "  why: %s, %s: %s\n", phase, rule, text);
}

/* ---- Of the library's objects ----------------------------------------------------------------- */

/* A-labels only: what a terminal makes of other scripts is not ours to trust. */
void
print_heading(const struct nmx_route *route, const struct nmx_plan *plan)
{
	const char *ascii = nmx_route_ascii(route);
	const struct text_heading heading = {
		.name = *ascii ? ascii : nmx_route_domain(route),
		.outcome = nmx_outcome_name(nmx_plan_outcome(plan)),
		.status = nmx_plan_status(plan),
		.reason = nmx_plan_reason(plan),
		.source = nmx_source_name(nmx_route_source(route)),
		.security = nmx_security_name(nmx_route_security(route)),
		.is_deliverable = nmx_plan_outcome(plan) == NMX_DELIVERABLE,
		.ttl = nmx_route_ttl(route),
		.seed = nmx_plan_seed(plan),
	};

	text_heading(stdout, &heading);
}

void
print_sts(const struct nmx_route *route)
{
	const struct text_sts sts = {
		.mode = nmx_sts_mode_name(nmx_route_sts_mode(route)),
		.id = nmx_route_sts_id(route),
		.was_fetched = nmx_route_sts_was_fetched(route),
		.age = nmx_route_sts_age(route),
		.max_age = nmx_route_sts_max_age(route),
	};

	if (nmx_route_sts_mode(route) == NMX_STS_ABSENT)
		return;
	text_sts(stdout, &sts);
	for (size_t i = 0; i < nmx_route_sts_mx_count(route); i++)
		text_sts_mx(stdout, nmx_route_sts_mx(route, i));
	text_sts_end(stdout, nmx_route_sts_mx_count(route) > 0);
}

static void
print_drop(const struct nmx_drop *drop)
{
	char text[1024];
	const struct text_drop d = {
		.stage = nmx_source_name(nmx_drop_stage(drop)),
		.host = nmx_drop_host(drop),
		.address = nmx_drop_address(drop),
		.code = nmx_drop_code_name(nmx_drop_code(drop)),
		.text = text,
		.rule = nmx_drop_rule(drop),
		.port = nmx_drop_port(drop),
	};

	nmx_drop_text(drop, text, sizeof(text));
	text_drop(stdout, &d);
}

void
print_drops(const struct nmx_route *route, const struct nmx_plan *plan)
{
	for (size_t i = 0; i < nmx_route_dropped_count(route); i++)
		print_drop(nmx_route_dropped(route, i));
	for (size_t i = 0; i < nmx_plan_dropped_count(plan); i++)
		print_drop(nmx_plan_dropped(plan, i));
}

void
print_json_string(const char *string)
{
	putchar('"');
	for (; *string; string++) {
		unsigned char c = (unsigned char)*string;

		if (c == '"' || c == '\\' || c < 0x20 || c == 0x7f)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}
