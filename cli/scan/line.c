/* SPDX-License-Identifier: BSD-2-Clause */
/* A line is made whole, but for what is dear to make; then the members that are not wanted go. */
#include "cli/scan/line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/scan/buffer.h"
#include "cli/scan/members.h"

static void
add_quoted(struct buffer *b, const char *name, const char *value)
{
	buffer_string(b, ",\"");
	buffer_string(b, name);
	buffer_string(b, "\":");
	buffer_quote(b, value, strlen(value));
}

/* The entry, if "domain", which is UTF-8, says something else. */
static void
add_input(struct buffer *b, const struct input_item *item, const char *domain)
{
	if (strcmp(item->domain, domain) != 0)
		add_quoted(b, "input", item->domain);
}

/* Behind its first quote. */
static void
add_member(struct buffer *b, const struct member *m)
{
	buffer_octets(b, m->name, m->name_length);
	buffer_string(b, "\":");
	buffer_octets(b, m->value, m->value_length);
}

/* Without what is not among the fields: NULL if memory ran out. The buffer is empty then. */
static char *
give(struct buffer *b, const struct fields *fields, size_t *ret_length)
{
	struct buffer slim = {.text = NULL};
	struct member m;
	size_t at = 0;

	if (!fields || b->failed)
		return buffer_give(b, ret_length);
	while (members_next(b->text, b->length, &at, &m) == MEMBERS_NEXT) {
		char name[32];

		snprintf(name, sizeof(name), "%.*s", (int)m.name_length, m.name);
		if (!fields_has(fields, name))
			continue;
		buffer_string(&slim, slim.length ? ",\"" : "{\"");
		add_member(&slim, &m);
	}
	buffer_string(&slim, "}\n");
	buffer_done(b);
	return buffer_give(&slim, ret_length);
}

/* ---- Of a route ----------------------------------------------------------------------------- */

static unsigned
flags_of(const struct fields *fields)
{
	return (fields_has(fields, "hosts") ? NMX_JSON_HOSTS : 0u) |
	       (fields_has(fields, "records") ? NMX_JSON_RECORDS : 0u) |
	       (fields_has(fields, "why") ? 0u : NMX_JSON_NO_WHY) |
	       (fields_has(fields, "queries") ? 0u : NMX_JSON_NO_QUERIES);
}

/* Without its last bracket: more members follow. */
static void
add_route(struct buffer *b, const struct nmx_route *route, const struct nmx_plan *plan,
	  unsigned flags)
{
	char *text;

	if (nmx_json(route, plan, flags, &text) < 0) {
		b->failed = true;
		return;
	}
	buffer_octets(b, text, strlen(text) - 1);
	nmx_text_free(text);
}

static bool
is_of_without_srv(const struct member *m)
{
	static const char *const names[] = {"outcome", "status",   "reason",
					    "source",  "security", "hosts"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (m->name_length == strlen(names[i]) &&
		    memcmp(m->name, names[i], m->name_length) == 0)
			return true;
	return false;
}

/* What the line does not say already. */
static void
add_without_srv(struct buffer *b, const struct nmx_route *without_srv)
{
	const char *separator = "{\"";
	struct member m;
	size_t at = 0;
	char *text;

	buffer_string(b, ",\"without_srv\":");
	if (!without_srv) {
		buffer_string(b, "null");
		return;
	}
	if (nmx_json(without_srv, NULL, NMX_JSON_NO_WHY | NMX_JSON_NO_QUERIES | NMX_JSON_HOSTS,
		     &text) < 0) {
		b->failed = true;
		return;
	}
	while (members_next(text, strlen(text), &at, &m) == MEMBERS_NEXT) {
		if (!is_of_without_srv(&m))
			continue;
		buffer_string(b, separator);
		add_member(b, &m);
		separator = ",\"";
	}
	buffer_string(b, "}");
	nmx_text_free(text);
}

char *
line_of_route(const struct input_item *item, const struct nmx_route *route,
	      const struct nmx_plan *plan, const struct nmx_route *without_srv,
	      const struct fields *fields, size_t *ret_length)
{
	struct buffer b = {.text = NULL};

	add_route(&b, route, plan, flags_of(fields));
	if (fields_has(fields, "without_srv"))
		add_without_srv(&b, without_srv);
	add_input(&b, item, nmx_route_domain(route));
	buffer_string(&b, "}\n");
	return give(&b, fields, ret_length);
}

/* ---- Of a fault ----------------------------------------------------------------------------- */

static void
add_reason(struct buffer *b, const struct input_item *item)
{
	struct buffer reason = {.text = NULL};
	char line[32];

	snprintf(line, sizeof(line), " line %" PRIu64 ": ", item->line);
	buffer_printable(&reason, item->file, strlen(item->file));
	buffer_string(&reason, line);
	buffer_string(&reason, item->fault);
	if (reason.failed)
		b->failed = true;
	else
		add_quoted(b, "reason", reason.text);
	buffer_done(&reason);
}

char *
line_of_fault(const struct input_item *item, const struct fields *fields, size_t *ret_length)
{
	struct buffer b = {.text = NULL}, domain = {.text = NULL};

	buffer_printable(&domain, item->domain, strlen(item->domain));
	buffer_string(&domain, "");
	if (domain.failed) {
		buffer_done(&domain);
		return NULL;
	}
	buffer_string(&b, "{\"schema\":\"nextmx.route/1\"");
	add_quoted(&b, "domain", domain.text);
	buffer_string(&b, ",\"ascii\":\"\",\"outcome\":\"reject\",\"status\":\"5.1.2\"");
	add_reason(&b, item);
	buffer_string(&b, ",\"source\":\"none\",\"security\":\"indeterminate\",\"ttl\":0,"
			  "\"seed\":null,\"sts\":null,\"plan\":[],\"dropped\":[],\"hosts\":[],"
			  "\"records\":{\"srv\":null,\"mx\":null},\"why\":[],\"queries\":[],"
			  "\"without_srv\":null");
	add_input(&b, item, domain.text);
	add_quoted(&b, "error", item->fault);
	buffer_string(&b, "}\n");
	buffer_done(&domain);
	return give(&b, fields, ret_length);
}
