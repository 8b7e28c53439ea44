/* SPDX-License-Identifier: BSD-2-Clause */
/* The schema nextmx.route/1, written straight from a route and a plan. docs/route.schema.json. */
#include <stdlib.h>
#include <string.h>

#include "resolver/report.h"

/* A comma before everything but the first thing of an object or array. */
struct writer {
	struct text text;
	bool comma;
};

static void
separate(struct writer *w)
{
	if (w->comma)
		text_char(&w->text, ',');
	w->comma = true;
}

static void
open_with(struct writer *w, char bracket)
{
	text_char(&w->text, bracket);
	w->comma = false;
}

static void
close_with(struct writer *w, char bracket)
{
	text_char(&w->text, bracket);
	w->comma = true;
}

/* RFC 8259 section 7. Everything is valid UTF-8 by now. */
static void
quote(struct writer *w, const char *string)
{
	text_char(&w->text, '"');
	while (*string) {
		size_t plain = 0;

		while (string[plain] && string[plain] != '"' && string[plain] != '\\' &&
		       (unsigned char)string[plain] >= 0x20 && string[plain] != 0x7f)
			plain++;
		text_bytes(&w->text, string, plain);
		string += plain;
		if (*string)
			text_printf(&w->text, "\\u%04x", (unsigned char)*string++);
	}
	text_char(&w->text, '"');
}

static void
key(struct writer *w, const char *name)
{
	separate(w);
	text_char(&w->text, '"');
	text_add(&w->text, name);
	text_add(&w->text, "\":");
}

static void
string_member(struct writer *w, const char *name, const char *value)
{
	key(w, name);
	quote(w, value);
}

static void
number_member(struct writer *w, const char *name, uint64_t value)
{
	key(w, name);
	text_u64(&w->text, value);
}

static void
null_member(struct writer *w, const char *name)
{
	key(w, name);
	text_add(&w->text, "null");
}

static void
array_member(struct writer *w, const char *name)
{
	key(w, name);
	open_with(w, '[');
}

static void
open_element(struct writer *w)
{
	separate(w);
	open_with(w, '{');
}

static void
write_references(struct writer *w, const struct nmx_host *host)
{
	array_member(w, "reference_ids");
	for (size_t i = 0; i < host->n_references; i++) {
		separate(w);
		quote(w, host->references[i]);
	}
	close_with(w, ']');
}

static void
write_tlsa(struct writer *w, const struct nmx_host *host)
{
	array_member(w, "tlsa");
	for (size_t i = 0; i < host->n_tlsa; i++) {
		const struct nmx_tlsa *tlsa = &host->tlsa[i];

		open_element(w);
		number_member(w, "usage", tlsa->usage);
		number_member(w, "selector", tlsa->selector);
		number_member(w, "mtype", tlsa->mtype);
		key(w, "data");
		text_char(&w->text, '"');
		text_hex(&w->text, tlsa->data, tlsa->length);
		text_char(&w->text, '"');
		key(w, "usable");
		text_add(&w->text, nmx_tlsa_usable(tlsa) ? "true" : "false");
		string_member(w, "state", nmx_tlsa_state_name(tlsa->state));
		close_with(w, '}');
	}
	close_with(w, ']');
}

static void
write_endpoint(struct writer *w, const struct nmx_endpoint *e)
{
	open_element(w);
	string_member(w, "stage", nmx_source_name(e->host->stage));
	number_member(w, "priority", e->host->priority);
	number_member(w, "weight", e->host->weight);
	string_member(w, "host", e->host->name);
	number_member(w, "port", e->host->port);
	string_member(w, "address", nmx_endpoint_address(e));
	string_member(w, "security", nmx_security_name(e->address->security));
	string_member(w, "tls", nmx_tls_name(nmx_endpoint_tls(e)));
	string_member(w, "sni", nmx_endpoint_sni(e));
	write_references(w, e->host);
	write_tlsa(w, e->host);
	close_with(w, '}');
}

/* A line's text through the same quoting as any string: it may quote names with backslashes. */
static void
write_line_text(struct writer *w, const uint8_t *line)
{
	char buffer[4096];
	struct text text = text_into(buffer, sizeof(buffer));

	why_print(&text, line);
	string_member(w, "text", buffer);
}

static void
write_drop(struct writer *w, const struct nmx_drop *drop)
{
	open_element(w);
	string_member(w, "stage", nmx_source_name(drop->stage));
	string_member(w, "host", drop->host);
	number_member(w, "port", drop->port);
	if (*drop->address)
		string_member(w, "address", drop->address);
	else
		null_member(w, "address");
	string_member(w, "code", nmx_drop_code_name(drop->code));
	string_member(w, "rule", nmx_drop_rule(drop));
	write_line_text(w, drop->line);
	close_with(w, '}');
}

static void
write_lines(struct writer *w, const uint8_t *lines, size_t length)
{
	for (size_t at = 0; at < length; at = why_next(lines, at)) {
		enum why_code code = why_code_at(lines + at);

		open_element(w);
		string_member(w, "phase", why_phase(code));
		string_member(w, "rule", why_rule(code));
		write_line_text(w, lines + at);
		close_with(w, '}');
	}
}

static void
write_why(struct writer *w, const struct nmx_route *route, const struct nmx_plan *plan)
{
	array_member(w, "why");
	write_lines(w, route->why, route->why_length);
	if (plan)
		write_lines(w, plan->notes.lines.bytes, plan->notes.lines.length);
	close_with(w, ']');
}

static void
write_queries(struct writer *w, const struct nmx_route *route)
{
	array_member(w, "queries");
	for (size_t i = 0; i < route->n_queries; i++) {
		const struct route_query *q = &route->queries[i];

		open_element(w);
		string_member(w, "name", q->name);
		string_member(w, "type", rr_type_name(q->type));
		string_member(w, "rcode", q->rcode);
		string_member(w, "security", nmx_security_name(q->security));
		number_member(w, "ttl", q->ttl);
		key(w, "ms");
		text_printf(&w->text, "%u.%03u", q->us / 1000, q->us % 1000);
		close_with(w, '}');
	}
	close_with(w, ']');
}

static void
write_dropped(struct writer *w, const struct nmx_route *route, const struct nmx_plan *plan)
{
	array_member(w, "dropped");
	for (size_t i = 0; i < route->n_drops; i++)
		write_drop(w, &route->drops[i]);
	for (size_t i = 0; plan && i < plan->n_drops; i++)
		write_drop(w, &plan->drops[i]);
	close_with(w, ']');
}

static void
write_plan(struct writer *w, const struct nmx_plan *plan)
{
	array_member(w, "plan");
	for (size_t i = 0; plan && i < plan->n; i++)
		write_endpoint(w, &plan->endpoints[i]);
	close_with(w, ']');
}

/* A plan that came out empty says so at the top, too. */
static void
write_head(struct writer *w, const struct nmx_route *route, const struct nmx_plan *plan)
{
	bool empty = plan && plan->outcome != route->outcome;

	string_member(w, "schema", "nextmx.route/1");
	string_member(w, "domain", route->domain);
	string_member(w, "ascii", route->ascii);
	string_member(w, "outcome", nmx_outcome_name(plan ? plan->outcome : route->outcome));
	string_member(w, "status", plan ? plan->status : route->status);
	string_member(w, "reason", plan ? plan->reason : route->reason);
	string_member(w, "source", nmx_source_name(empty ? NMX_SOURCE_NONE : route->source));
	string_member(w, "security", nmx_security_name(route->security));
	number_member(w, "ttl", route->ttl);
	if (plan)
		number_member(w, "seed", plan->seed);
	else
		null_member(w, "seed");
	null_member(w, "sts");
}

static void
write_route(struct writer *w, const struct nmx_route *route, const struct nmx_plan *plan,
	    unsigned flags)
{
	open_with(w, '{');
	write_head(w, route, plan);
	write_plan(w, plan);
	write_dropped(w, route, plan);
	if (!(flags & NMX_JSON_NO_WHY))
		write_why(w, route, plan);
	if (!(flags & NMX_JSON_NO_QUERIES))
		write_queries(w, route);
	close_with(w, '}');
}

static bool
are_flags(unsigned flags)
{
	return !(flags & ~(unsigned)(NMX_JSON_NO_WHY | NMX_JSON_NO_QUERIES));
}

static int
give(struct writer *w, char **ret_text)
{
	if (w->text.failed) {
		free(w->text.data);
		return NMX_E_NOMEM;
	}
	*ret_text = w->text.data;
	return 0;
}

int
nmx_json(const struct nmx_route *route, const struct nmx_plan *plan, unsigned flags,
	 char **ret_text)
{
	struct writer w = {.text = text_growing()};

	if (!route || !ret_text || (plan && plan->route != route) || !are_flags(flags))
		return NMX_E_INVALID;
	write_route(&w, route, plan, flags);
	return give(&w, ret_text);
}

/* ---- Reports, schema nextmx.report/1 -------------------------------------------------------- */

static void
write_attempt(struct writer *w, const struct tried *tried, size_t number)
{
	open_element(w);
	number_member(w, "number", number);
	string_member(w, "stage", nmx_source_name(tried->endpoint->host->stage));
	string_member(w, "host", tried->host);
	number_member(w, "port", tried->port);
	string_member(w, "address", tried->address);
	string_member(w, "tls", nmx_tls_name(tried->endpoint->host->tls));
	string_member(w, "result", nmx_result_name(tried->result));
	string_member(w, "cause", nmx_cause_name(tried->cause));
	if (tried->code)
		number_member(w, "code", tried->code);
	else
		null_member(w, "code");
	string_member(w, "enhanced", tried->enhanced);
	string_member(w, "text", tried->text);
	number_member(w, "ms", tried->ms);
	close_with(w, '}');
}

static void
write_report(struct writer *w, const struct nmx_report *report, unsigned flags)
{
	const struct delivery_verdict *v = &report->verdict;
	bool delivered = v->outcome == NMX_DELIVERABLE;

	open_with(w, '{');
	string_member(w, "schema", "nextmx.report/1");
	string_member(w, "domain", report->domain);
	string_member(w, "outcome", delivered ? "delivered" : nmx_outcome_name(v->outcome));
	string_member(w, "status", v->status);
	string_member(w, "reason", v->reason);
	array_member(w, "attempts");
	for (size_t i = 0; i < report->n_tried; i++)
		write_attempt(w, &report->tried[i], i + 1);
	close_with(w, ']');
	if (report->plan) {
		key(w, "route");
		write_route(w, report->plan->route, report->plan, flags);
	} else {
		null_member(w, "route");
	}
	close_with(w, '}');
}

int
nmx_report_json(const struct nmx_report *report, unsigned flags, char **ret_text)
{
	struct writer w = {.text = text_growing()};

	if (!report || !ret_text || !are_flags(flags))
		return NMX_E_INVALID;
	write_report(&w, report, flags);
	return give(&w, ret_text);
}

void
nmx_text_free(char *text)
{
	free(text);
}
