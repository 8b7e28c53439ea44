/* SPDX-License-Identifier: BSD-2-Clause */
/* The schema nextmx.route/1, written straight from a route and a plan. docs/route.schema.json. */
#include <stdlib.h>
#include <string.h>

#include "resolver/json_writer.h"
#include "resolver/report.h"

static void
write_references(struct json *w, const struct nmx_host *host)
{
	json_array(w, "reference_ids");
	for (size_t i = 0; i < host->n_references; i++) {
		json_separate(w);
		json_quote(w, host->references[i]);
	}
	json_close(w, ']');
}

static void
write_tlsa(struct json *w, const struct nmx_host *host)
{
	json_array(w, "tlsa");
	for (size_t i = 0; i < host->n_tlsa; i++) {
		const struct nmx_tlsa *tlsa = &host->tlsa[i];

		json_element(w);
		json_number(w, "usage", tlsa->usage);
		json_number(w, "selector", tlsa->selector);
		json_number(w, "mtype", tlsa->mtype);
		json_key(w, "data");
		text_char(&w->text, '"');
		text_hex(&w->text, tlsa->data, tlsa->length);
		text_char(&w->text, '"');
		json_key(w, "usable");
		text_add(&w->text, nmx_tlsa_usable(tlsa) ? "true" : "false");
		json_string(w, "state", nmx_tlsa_state_name(tlsa->state));
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void
write_endpoint(struct json *w, const struct nmx_endpoint *e)
{
	json_element(w);
	json_string(w, "stage", nmx_source_name(e->host->stage));
	json_number(w, "priority", e->host->priority);
	json_number(w, "weight", e->host->weight);
	json_string(w, "host", e->host->name);
	json_number(w, "port", e->host->port);
	json_string(w, "address", nmx_endpoint_address(e));
	json_string(w, "security", nmx_security_name(e->address->security));
	json_string(w, "tls", nmx_tls_name(nmx_endpoint_tls(e)));
	json_string(w, "sni", nmx_endpoint_sni(e));
	write_references(w, e->host);
	write_tlsa(w, e->host);
	json_close(w, '}');
}

/* A line's text through the same quoting as any string: it may quote names with backslashes. */
static void
write_line_text(struct json *w, const uint8_t *line)
{
	char buffer[4096];
	struct text text = text_into(buffer, sizeof(buffer));

	why_print(&text, line);
	json_string(w, "text", buffer);
}

static void
write_drop(struct json *w, const struct nmx_drop *drop)
{
	json_element(w);
	json_string(w, "stage", nmx_source_name(drop->stage));
	json_string(w, "host", drop->host);
	json_number(w, "port", drop->port);
	if (*drop->address)
		json_string(w, "address", drop->address);
	else
		json_null(w, "address");
	json_string(w, "code", nmx_drop_code_name(drop->code));
	json_string(w, "rule", nmx_drop_rule(drop));
	write_line_text(w, drop->line);
	json_close(w, '}');
}

static void
write_lines(struct json *w, const uint8_t *lines, size_t length)
{
	for (size_t at = 0; at < length; at = why_next(lines, at)) {
		enum why_code code = why_code_at(lines + at);

		json_element(w);
		json_string(w, "phase", why_phase(code));
		json_string(w, "rule", why_rule(code));
		write_line_text(w, lines + at);
		json_close(w, '}');
	}
}

static void
write_why(struct json *w, const struct nmx_route *route, const struct nmx_plan *plan)
{
	json_array(w, "why");
	write_lines(w, route->why, route->why_length);
	if (plan)
		write_lines(w, plan_why(plan)->bytes, plan_why(plan)->length);
	json_close(w, ']');
}

static void
write_queries(struct json *w, const struct nmx_route *route)
{
	json_array(w, "queries");
	for (size_t i = 0; i < route->n_queries; i++) {
		const struct route_query *q = &route->queries[i];

		json_element(w);
		json_string(w, "name", q->name);
		json_string(w, "type", rr_type_name(q->type));
		json_string(w, "rcode", q->rcode);
		json_string(w, "security", nmx_security_name(q->security));
		json_number(w, "ttl", q->ttl);
		json_key(w, "ms");
		text_printf(&w->text, "%u.%03u", q->us / 1000, q->us % 1000);
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void
write_dropped(struct json *w, const struct nmx_route *route, const struct nmx_plan *plan)
{
	json_array(w, "dropped");
	for (size_t i = 0; i < route->n_drops; i++)
		write_drop(w, &route->drops[i]);
	for (size_t i = 0; plan && i < plan->n_drops; i++)
		write_drop(w, nmx_plan_dropped(plan, i));
	json_close(w, ']');
}

static void
write_plan(struct json *w, const struct nmx_plan *plan)
{
	json_array(w, "plan");
	for (size_t i = 0; plan && i < plan->n; i++)
		write_endpoint(w, &plan->endpoints[i]);
	json_close(w, ']');
}

static void
write_sts(struct json *w, const struct route_sts *sts)
{
	if (sts->mode == NMX_STS_ABSENT) {
		json_null(w, "sts");
		return;
	}
	json_key(w, "sts");
	json_open(w, '{');
	json_string(w, "mode", nmx_sts_mode_name(sts->mode));
	json_string(w, "id", sts->id);
	json_string(w, "source", sts->was_fetched ? "fetch" : "cache");
	json_number(w, "max_age", sts->max_age);
	json_number(w, "age", sts->age);
	json_array(w, "mx");
	for (size_t i = 0; i < sts->n_mx; i++) {
		json_separate(w);
		json_quote(w, sts->mx[i]);
	}
	json_close(w, ']');
	json_close(w, '}');
}

/* The least of its addresses': what was bogus or unknown is left out. */
static enum nmx_security
host_security(const struct nmx_host *host)
{
	for (size_t i = 0; i < host->n_addresses; i++)
		if (host->addresses[i].security != NMX_SECURE)
			return host->addresses[i].security;
	return NMX_SECURE;
}

/* Millionths, rounded to nearest, without a locale's idea of a point. LIMIT_HOSTS weights of 32 bits
 * leave room for it. */
static void
write_share(struct json *w, struct order_share share)
{
	uint64_t millionths = (2000000 * share.part + share.whole) / (2 * share.whole);

	json_key(w, "share");
	text_printf(&w->text, "%u.%06u", (unsigned)(millionths / 1000000),
		    (unsigned)(millionths % 1000000));
}

static void
write_host(struct json *w, const struct nmx_host *host)
{
	char buffer[ADDRESS_TEXT_SIZE];

	json_element(w);
	json_string(w, "stage", nmx_source_name(host->stage));
	json_number(w, "priority", host->priority);
	json_number(w, "weight", host->weight);
	write_share(w, route_share(host));
	json_string(w, "host", host->name);
	json_number(w, "port", host->port);
	json_array(w, "addresses");
	for (size_t i = 0; i < host->n_addresses; i++) {
		json_separate(w);
		json_quote(w, route_address_text(&host->addresses[i], buffer));
	}
	json_close(w, ']');
	json_string(w, "security", nmx_security_name(host_security(host)));
	json_string(w, "tls", nmx_tls_name(host->tls));
	json_close(w, '}');
}

static void
write_hosts(struct json *w, const struct nmx_route *route)
{
	json_array(w, "hosts");
	for (size_t i = 0; i < route->n_hosts; i++)
		write_host(w, &route->hosts[i]);
	json_close(w, ']');
}

static void
write_record(struct json *w, const struct nmx_record *record, enum nmx_records records)
{
	json_element(w);
	switch (records) {
	case NMX_RECORDS_SRV:
		json_number(w, "priority", record->priority);
		json_number(w, "weight", record->weight);
		json_number(w, "port", record->port);
		json_string(w, "target", record->name);
		break;
	case NMX_RECORDS_MX:
		json_number(w, "preference", record->priority);
		json_string(w, "exchange", record->name);
		break;
	case NMX_RECORDS_NS:
		json_string(w, "server", record->name);
		break;
	}
	json_close(w, '}');
}

static void
write_rrset(struct json *w, const char *name, const struct nmx_route *route,
	    enum nmx_records records)
{
	if (!*nmx_route_records_rcode(route, records)) {
		json_null(w, name);
		return;
	}
	json_key(w, name);
	json_open(w, '{');
	json_string(w, "rcode", nmx_route_records_rcode(route, records));
	json_string(w, "security", nmx_security_name(nmx_route_records_security(route, records)));
	json_number(w, "published", nmx_route_records_published(route, records));
	json_array(w, "records");
	for (size_t i = 0; i < nmx_route_record_count(route, records); i++)
		write_record(w, nmx_route_record(route, records, i), records);
	json_close(w, ']');
	json_close(w, '}');
}

static void
write_records(struct json *w, const struct nmx_route *route)
{
	json_key(w, "records");
	json_open(w, '{');
	write_rrset(w, "srv", route, NMX_RECORDS_SRV);
	write_rrset(w, "mx", route, NMX_RECORDS_MX);
	if (route->kind == ROUTE_SERVERS)
		write_rrset(w, "ns", route, NMX_RECORDS_NS);
	json_close(w, '}');
}

/* A plan that came out empty says so at the top, too. */
static void
write_head(struct json *w, const struct nmx_route *route, const struct nmx_plan *plan)
{
	bool empty = plan && plan->outcome != route->outcome;

	json_string(w, "schema", "nextmx.route/1");
	json_string(w, "domain", route->domain);
	json_string(w, "ascii", route->ascii);
	json_string(w, "outcome", nmx_outcome_name(plan ? plan->outcome : route->outcome));
	json_string(w, "status", plan ? plan->status : route->status);
	json_string(w, "reason", plan ? plan->reason : route->reason);
	json_string(w, "source", nmx_source_name(empty ? NMX_SOURCE_NONE : route->source));
	json_string(w, "security", nmx_security_name(route->security));
	json_number(w, "ttl", route->ttl);
	if (plan)
		json_number(w, "seed", plan->seed);
	else
		json_null(w, "seed");
	write_sts(w, &route->sts);
}

static void
write_route(struct json *w, const struct nmx_route *route, const struct nmx_plan *plan,
	    unsigned flags)
{
	json_open(w, '{');
	write_head(w, route, plan);
	write_plan(w, plan);
	write_dropped(w, route, plan);
	if (flags & NMX_JSON_HOSTS)
		write_hosts(w, route);
	if (flags & NMX_JSON_RECORDS)
		write_records(w, route);
	if (!(flags & NMX_JSON_NO_WHY))
		write_why(w, route, plan);
	if (!(flags & NMX_JSON_NO_QUERIES))
		write_queries(w, route);
	json_close(w, '}');
}

enum {
	REPORT_FLAGS = NMX_JSON_NO_WHY | NMX_JSON_NO_QUERIES,
	ROUTE_FLAGS = REPORT_FLAGS | NMX_JSON_HOSTS | NMX_JSON_RECORDS,
};

int
nmx_json(const struct nmx_route *route, const struct nmx_plan *plan, unsigned flags,
	 char **ret_text)
{
	struct json w = {.text = text_growing()};

	if (!route || !ret_text || (plan && plan->route != route) || flags & ~(unsigned)ROUTE_FLAGS)
		return NMX_E_INVALID;
	write_route(&w, route, plan, flags);
	return json_give(&w, ret_text);
}

/* ---- Reports, schema nextmx.report/1 -------------------------------------------------------- */

static void
write_attempt(struct json *w, const struct tried *tried, size_t number)
{
	json_element(w);
	json_number(w, "number", number);
	json_string(w, "stage", nmx_source_name(tried->endpoint->host->stage));
	json_string(w, "host", tried->host);
	json_number(w, "port", tried->port);
	json_string(w, "address", tried->address);
	json_string(w, "tls", nmx_tls_name(tried->endpoint->host->tls));
	json_string(w, "result", nmx_result_name(tried->result));
	json_string(w, "cause", nmx_cause_name(tried->cause));
	if (tried->code)
		json_number(w, "code", tried->code);
	else
		json_null(w, "code");
	json_string(w, "enhanced", tried->enhanced);
	json_string(w, "text", tried->text);
	json_number(w, "ms", tried->ms);
	json_close(w, '}');
}

static void
write_report(struct json *w, const struct nmx_report *report, unsigned flags)
{
	const struct delivery_verdict *v = &report->verdict;
	bool delivered = v->outcome == NMX_DELIVERABLE;

	json_open(w, '{');
	json_string(w, "schema", "nextmx.report/1");
	json_string(w, "domain", report->domain);
	json_string(w, "outcome", delivered ? "delivered" : nmx_outcome_name(v->outcome));
	json_string(w, "status", v->status);
	json_string(w, "reason", v->reason);
	json_array(w, "attempts");
	for (size_t i = 0; i < report->n_tried; i++)
		write_attempt(w, &report->tried[i], i + 1);
	json_close(w, ']');
	if (report->plan) {
		json_key(w, "route");
		write_route(w, report->plan->route, report->plan, flags);
	} else {
		json_null(w, "route");
	}
	json_close(w, '}');
}

int
nmx_report_json(const struct nmx_report *report, unsigned flags, char **ret_text)
{
	struct json w = {.text = text_growing()};

	if (!report || !ret_text || flags & ~(unsigned)REPORT_FLAGS)
		return NMX_E_INVALID;
	write_report(&w, report, flags);
	return json_give(&w, ret_text);
}

void
nmx_text_free(char *text)
{
	free(text);
}
