/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers from the parts of a case, as a validating resolver would give them. */
#include <string.h>

#include "base/rr.h"
#include "zone_parts.h"

/* Longer alias chains are SERVFAIL, and so are loops, as libunbound does. */
enum { MOST_STEPS = 12 };

static const char *const types[] = {"A", "AAAA", "CNAME", "MX", "NS", "SRV", "TLSA", "TXT", NULL};

/* ---- Looking things up ---------------------------------------------------------------------- */

static const struct zone_record *
find_record(const struct zone *zone, const char *name, const char *type)
{
	const struct zone_record *record = zone->records;

	while (record && (strcmp(record->name, name) != 0 || strcmp(record->type, type) != 0))
		record = record->next;
	return record;
}

static const struct zone_mark *
find_mark(const struct zone *zone, const char *name, const char *type, enum zone_mark_kind kind)
{
	const struct zone_mark *mark = zone->marks;

	while (mark && (mark->kind != kind || strcmp(mark->name, name) != 0 ||
			(mark->type && strcmp(mark->type, type) != 0)))
		mark = mark->next;
	return mark;
}

static bool
is_at_or_below(const char *name, const char *top)
{
	size_t n = strlen(name), m = strlen(top);

	return n >= m && strcmp(name + n - m, top) == 0 && (n == m || name[n - m - 1] == '.');
}

/* The name owns a record, or something below it does. */
static bool
exists(const struct zone *zone, const char *name)
{
	for (const struct zone_record *record = zone->records; record; record = record->next)
		if (is_at_or_below(record->name, name))
			return true;
	for (const struct zone_mark *mark = zone->marks; mark; mark = mark->next)
		if (mark->kind != MARK_NXDOMAIN && is_at_or_below(mark->name, name))
			return true;
	return false;
}

/* Whether the name owns a record or a mark, and the security of the first. */
static bool
find_security(const struct zone *zone, const char *name, int *ret_security)
{
	const struct zone_record *record = zone->records;
	const struct zone_mark *mark = zone->marks;

	while (record && strcmp(record->name, name) != 0)
		record = record->next;
	while (mark && strcmp(mark->name, name) != 0)
		mark = mark->next;
	if (record || mark)
		*ret_security = record ? record->security : mark->security;
	return record || mark;
}

/* A denial is as secure as what the name itself owns, or else the closest name above it. */
static int
denial_security(const struct zone *zone, const char *name)
{
	int security = zone->security;

	while (!find_security(zone, name, &security)) {
		const char *dot = strchr(name, '.');

		if (!dot)
			break;
		name = dot + 1;
	}
	return security;
}

/* ---- One answer ----------------------------------------------------------------------------- */

struct making {
	const struct zone *zone;
	const char *name, *type; /* asked */
	const char *at;		 /* the end of the alias chain */
	unsigned steps;
	int security;
	struct packet *packet;
};

static void
put(const struct making *m, int rcode, int security, const char *why_bogus, enum script_when when)
{
	script_put(m->name, packet_type(m->type), rcode, m->packet, security, why_bogus, when);
}

/* Another answer's bytes, as libunbound leaves them; whoever looks at them is found out. */
static void
put_failure(const struct making *m, int rcode, enum script_when when)
{
	bool six = strcmp(m->type, "AAAA") == 0;
	const char *rdata = strcmp(m->type, "SRV") == 0	    ? "0 0 25 another.answer.example"
			    : strcmp(m->type, "MX") == 0    ? "0 another.answer.example"
			    : strcmp(m->type, "TXT") == 0   ? "another answer"
			    : strcmp(m->type, "CNAME") == 0 ? "another.answer.example"
			    : strcmp(m->type, "NS") == 0    ? "another.answer.example"
			    : strcmp(m->type, "TLSA") == 0  ? "1 1 1 00"
			    : six			    ? "2001:db8::bad"
							    : "192.0.2.254";

	packet_begin(m->packet, RCODE_NOERROR, m->name, packet_type(m->type));
	packet_text(m->packet, ANSWER_SECTION, m->name, 86400, m->type, rdata);
	put(m, rcode, 2, NULL, when);
}

static bool
has_mark(const struct making *m, enum zone_mark_kind kind)
{
	return find_mark(m->zone, m->at, m->type, kind) != NULL;
}

static void
follow_aliases(struct making *m)
{
	const struct zone_record *alias;

	while (m->steps <= MOST_STEPS && strcmp(m->type, "CNAME") != 0 &&
	       (alias = find_record(m->zone, m->at, "CNAME"))) {
		m->steps++;
		m->at = alias->rdata;
		if (alias->security < m->security)
			m->security = alias->security;
	}
}

static void
write_aliases(const struct making *m)
{
	const char *at = m->name;

	for (unsigned i = 0; i < m->steps; i++) {
		const struct zone_record *alias = find_record(m->zone, at, "CNAME");

		packet_text(m->packet, ANSWER_SECTION, at, alias->ttl, "CNAME", alias->rdata);
		at = alias->rdata;
	}
}

static void
write_records(const struct making *m)
{
	for (const struct zone_record *record = m->zone->records; record; record = record->next)
		if (strcmp(record->name, m->at) == 0 && strcmp(record->type, m->type) == 0)
			packet_text(m->packet, ANSWER_SECTION, m->at, record->ttl, m->type,
				    record->rdata);
	if (has_mark(m, MARK_WILDCARD))
		packet_wildcard(m->packet, m->at, packet_type(m->type));
	for (const struct zone_mark *mark = m->zone->marks; mark; mark = mark->next)
		if (mark->kind == MARK_ADDITIONAL && strcmp(mark->name, m->at) == 0 &&
		    strcmp(mark->type, m->type) == 0)
			packet_text(m->packet, ADDITIONAL_SECTION, mark->extra_name, mark->ttl,
				    mark->extra_type, mark->text);
}

/* The zone of the name, if the case has its name servers; else that of most cases. */
static const char *
zone_of(const struct zone *zone, const char *name)
{
	while (name && !find_record(zone, name, "NS")) {
		name = strchr(name, '.');
		name = name ? name + 1 : NULL;
	}
	return name ? name : "example";
}

/* The security of the denial at the end of the chain. */
static int
write_denial(const struct making *m, const struct zone_mark *mark)
{
	const char *zone = zone_of(m->zone, m->at);

	if (!mark)
		packet_soa(m->packet, zone, 300, 300);
	else if (!mark->no_soa)
		packet_soa(m->packet, zone, mark->ttl, mark->minimum);
	return mark ? mark->security : denial_security(m->zone, m->at);
}

/* Everything that is an answer: rcode argument 0. */
static void
put_answer(struct making *m, enum script_when when)
{
	const struct zone_record *record = find_record(m->zone, m->at, m->type);
	const struct zone_mark *none = find_mark(m->zone, m->at, m->type, MARK_NODATA);
	const struct zone_mark *no_name = find_mark(m->zone, m->at, m->type, MARK_NXDOMAIN);
	const struct zone_mark *bogus = find_mark(m->zone, m->at, m->type, MARK_BOGUS);
	int security;

	if (none || no_name)
		record = NULL;
	packet_begin(m->packet,
		     no_name || (!none && !record && !exists(m->zone, m->at)) ? RCODE_NXDOMAIN
									      : RCODE_NOERROR,
		     m->name, packet_type(m->type));
	write_aliases(m);
	if (record) {
		write_records(m);
		security = record->security;
	} else {
		security = write_denial(m, none ? none : no_name);
	}
	if (security < m->security)
		m->security = security;
	if (has_mark(m, MARK_TRUNCATED))
		m->packet->bytes[2] |= 2; /* TC */
	if (has_mark(m, MARK_MALFORMED))
		m->packet->size -= 3;
	put(m, 0, bogus ? 1 : m->security, bogus ? bogus->text : NULL, when);
}

static void
install(const struct zone *zone, const char *name, const char *type, enum script_when when)
{
	static struct packet packet;
	struct making m = {zone, name, type, name, 0, 2, &packet};

	follow_aliases(&m);
	if (m.steps > MOST_STEPS || has_mark(&m, MARK_SERVFAIL) || has_mark(&m, MARK_SILENT))
		put_failure(&m, RCODE_SERVFAIL, has_mark(&m, MARK_SILENT) ? SCRIPT_NEVER : when);
	else if (has_mark(&m, MARK_REFUSED))
		put_failure(&m, RCODE_REFUSED, when);
	else
		put_answer(&m, when);
}

void
zone_install(const struct zone *zone, enum script_when when)
{
	script_default(zone->security, SCRIPT_INSIDE);
	for (const struct zone_name *name = zone->names; name; name = name->next)
		for (size_t i = 0; types[i]; i++)
			install(zone, name->name, types[i], when);
}

/* ---- Answering later ------------------------------------------------------------------------ */

static bool
is_silent(const struct zone *zone, const char *name, const char *type)
{
	struct making m = {.zone = zone, .name = name, .type = type, .at = name, .security = 2};

	follow_aliases(&m);
	return has_mark(&m, MARK_SILENT);
}

static bool
release(const struct zone *zone, const struct zone_name *name, bool backwards)
{
	size_t n = sizeof(types) / sizeof(types[0]) - 1;

	for (size_t i = 0; i < n; i++) {
		const char *type = types[backwards ? n - 1 - i : i];

		if (!is_silent(zone, name->name, type) &&
		    script_release_name(name->name, packet_type(type)))
			return true;
	}
	return false;
}

/* Backwards a name waits until everything behind it in the list is answered. */
static bool
release_from(const struct zone *zone, const struct zone_name *name, bool backwards)
{
	if (!name)
		return false;
	if (backwards)
		return release_from(zone, name->next, true) || release(zone, name, true);
	return release(zone, name, false) || release_from(zone, name->next, false);
}

bool
zone_release(const struct zone *zone, bool backwards)
{
	return script_waiting() > 0 && release_from(zone, zone->names, backwards);
}
