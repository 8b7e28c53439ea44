/* SPDX-License-Identifier: BSD-2-Clause */
/* The reader of a case. zone_answers.c makes packets of what it has read. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dname.h"
#include "zone_parts.h"

enum { MOST_FIELDS = 5 };

struct reader {
	struct zone *zone;
	const char *path;
	unsigned line;
	int security;
	bool failed;
};

static void
complain(struct reader *r, const char *what, const char *detail)
{
	fprintf(stderr, "%s:%u: %s: %s\n", r->path, r->line, what, detail);
	r->failed = true;
}

static void *
take(struct reader *r, size_t size)
{
	void *memory = arena_alloc(&r->zone->arena, size);

	if (!memory)
		abort();
	return memory;
}

static char *
copy(struct reader *r, const char *text)
{
	return strcpy(take(r, strlen(text) + 1), text);
}

/* ---- Fields --------------------------------------------------------------------------------- */

/* The next word, and what follows it; "" at the end of the line. */
static char *
next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");
	size_t length = strcspn(word, " \t");

	*rest = word + length;
	if (**rest)
		*(*rest)++ = '\0';
	*rest += strspn(*rest, " \t");
	return word;
}

/* Lower case, no final dot. */
static const char *
read_name(struct reader *r, const char *word)
{
	char *name = copy(r, word);
	size_t length = strlen(name);

	if (length == 0)
		complain(r, "a name is missing", "");
	if (length > 1 && name[length - 1] == '.')
		name[length - 1] = '\0';
	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return name;
}

static uint32_t
read_number(struct reader *r, const char *word)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(word, &end, 10);
	if (!isdigit((unsigned char)*word) || *end || errno || number > UINT32_MAX)
		complain(r, "not a number", word);
	return (uint32_t)number;
}

static const char *
read_type(struct reader *r, const char *word)
{
	static const char *const types[] = {"A",   "AAAA", "CNAME", "MX", "NS",
					    "SRV", "TLSA", "TXT",   NULL};

	for (size_t i = 0; types[i]; i++)
		if (strcmp(types[i], word) == 0)
			return types[i];
	complain(r, "not a type", word);
	return "A";
}

/* Octets of the domain asked: \DDD stands for any. */
static char *
unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		unsigned octet;

		if (sscanf(from, "\\%3u", &octet) == 1) {
			*to = (char)octet;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
	return text;
}

/* ---- Names whose answers the script needs --------------------------------------------------- */

/* The name and every name above it. */
static void
mention(struct reader *r, const char *name)
{
	struct zone_name **last = &r->zone->names;
	uint8_t wire[LIMIT_NAME];
	const char *dot;

	if (!dname_from_text(name, strlen(name), wire))
		return;
	while (*last && strcmp((*last)->name, name) != 0)
		last = &(*last)->next;
	if (*last)
		return;
	*last = take(r, sizeof(**last));
	(*last)->name = name;
	dot = strchr(name, '.');
	if (dot && dot[1])
		mention(r, dot + 1);
}

/* An owner, and the names that nextmx might derive from it. */
static void
mention_owner(struct reader *r, const char *name)
{
	static const char *const prefixes[] = {"_smtp._tcp", "_submission._tcp", "_mta-sts",
					       "mta-sts",    "_25._tcp",	 NULL};
	char derived[LIMIT_NAME_TEXT];

	mention(r, name);
	for (size_t i = 0; prefixes[i]; i++)
		if (*name != '_' &&
		    snprintf(derived, sizeof(derived), "%s.%s", prefixes[i], name) < LIMIT_NAME)
			mention(r, copy(r, derived));
}

/* ---- Lines ---------------------------------------------------------------------------------- */

static void
add_mark(struct reader *r, struct zone_mark mark)
{
	struct zone_mark **last = &r->zone->marks;

	while (*last)
		last = &(*last)->next;
	*last = take(r, sizeof(**last));
	**last = mark;
	(*last)->security = r->security;
	mention_owner(r, mark.name);
	r->zone->silent |= mark.kind == MARK_SILENT;
}

/* NAME [TYPE] [TTL MINIMUM | no-soa] */
static void
read_denial(struct reader *r, enum zone_mark_kind kind, char *rest)
{
	struct zone_mark mark = {.kind = kind, .ttl = 300, .minimum = 300};
	char *word;

	mark.name = read_name(r, next_word(&rest));
	if (isupper((unsigned char)*rest))
		mark.type = read_type(r, next_word(&rest));
	word = next_word(&rest);
	mark.no_soa = strcmp(word, "no-soa") == 0;
	if (*word && !mark.no_soa) {
		mark.ttl = read_number(r, word);
		mark.minimum = read_number(r, next_word(&rest));
	}
	add_mark(r, mark);
}

/* NAME TYPE, and what else the kind wants. */
static void
read_mark(struct reader *r, enum zone_mark_kind kind, char *rest)
{
	struct zone_mark mark = {.kind = kind};

	if (kind == MARK_NODATA || kind == MARK_NXDOMAIN) {
		read_denial(r, kind, rest);
		return;
	}
	mark.name = read_name(r, next_word(&rest));
	mark.type = read_type(r, next_word(&rest));
	if (kind == MARK_BOGUS)
		mark.text = copy(r, unescape(rest));
	if (kind == MARK_ADDITIONAL) {
		mark.extra_name = read_name(r, next_word(&rest));
		mark.ttl = read_number(r, next_word(&rest));
		mark.extra_type = read_type(r, next_word(&rest));
		mark.text = copy(r, rest);
	}
	add_mark(r, mark);
}

static void
read_option(struct reader *r, char *rest)
{
	struct zone_option **last = &r->zone->options;
	const char *name = next_word(&rest);

	while (*last)
		last = &(*last)->next;
	*last = take(r, sizeof(**last));
	(*last)->name = copy(r, name);
	(*last)->value = copy(r, rest);
}

const char *const zone_faults[] = {"ok",   "connect", "tls",	"status", "type",
				   "size", "timeout", "system", NULL};

/* A policy's text on one line, "|" for each line's end. */
static const char *
read_policy(struct reader *r, const char *rest)
{
	char *policy = copy(r, rest);

	for (char *c = policy; *c; c++)
		if (*c == '|')
			*c = '\n';
	return policy;
}

static void
read_fault(struct reader *r, const char *word)
{
	for (size_t i = 0; zone_faults[i]; i++)
		if (strcmp(zone_faults[i], word) == 0)
			r->zone->fault = zone_faults[i];
	if (!r->zone->fault)
		complain(r, "no such fault", word);
}

static void
read_held(struct reader *r, char *rest)
{
	r->zone->held_id = copy(r, next_word(&rest));
	r->zone->held_age = read_number(r, next_word(&rest));
	r->zone->held = read_policy(r, rest);
}

static void
read_ask(struct reader *r, const char *word)
{
	if (strcmp(word, "mx") == 0)
		r->zone->start = nmx_request_start_mx;
	else if (strcmp(word, "servers") == 0)
		r->zone->start = nmx_request_start_servers;
	else
		complain(r, "nothing to ask", word);
}

static void
read_show(struct reader *r, char *rest)
{
	while (*rest) {
		const char *word = next_word(&rest);

		if (strcmp(word, "hosts") == 0)
			r->zone->flags |= NMX_JSON_HOSTS;
		else if (strcmp(word, "records") == 0)
			r->zone->flags |= NMX_JSON_RECORDS;
		else
			complain(r, "nothing to show", word);
	}
}

static void
read_directive(struct reader *r, char *rest)
{
	static const char *const marks[] = {ZONE_MARK_WORDS};
	const char *word = next_word(&rest);

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (strcmp(marks[i], word) == 0) {
			read_mark(r, (enum zone_mark_kind)i, rest);
			return;
		}
	}
	if (strcmp(word, "@domain") == 0)
		r->zone->domain = copy(r, unescape(rest));
	else if (strcmp(word, "@seed") == 0)
		r->zone->seed = read_number(r, rest);
	else if (strcmp(word, "@option") == 0)
		read_option(r, rest);
	else if (strcmp(word, "@ask") == 0)
		read_ask(r, rest);
	else if (strcmp(word, "@show") == 0)
		read_show(r, rest);
	else if (strcmp(word, "@sts-held") == 0)
		read_held(r, rest);
	else if (strcmp(word, "@sts-serves") == 0)
		r->zone->served = read_policy(r, rest);
	else if (strcmp(word, "@sts-fails") == 0)
		read_fault(r, rest);
	else if (strcmp(word, "@secure") == 0)
		r->security = 2;
	else if (strcmp(word, "@insecure") == 0)
		r->security = 0;
	else
		complain(r, "no such directive", word);
}

/* The name at the end of the RDATA, which may be asked about. */
static void
mention_target(struct reader *r, const struct zone_record *record)
{
	const char *last = strrchr(record->rdata, ' ');

	if (strcmp(record->type, "MX") == 0 || strcmp(record->type, "SRV") == 0 ||
	    strcmp(record->type, "CNAME") == 0)
		mention(r, read_name(r, last ? last + 1 : record->rdata));
}

/* NAME TTL TYPE RDATA */
static void
read_record(struct reader *r, char *rest)
{
	struct zone_record *record = take(r, sizeof(*record)), **last = &r->zone->records;

	record->name = read_name(r, next_word(&rest));
	record->ttl = read_number(r, next_word(&rest));
	record->type = read_type(r, next_word(&rest));
	record->rdata = strcmp(record->type, "CNAME") == 0 ? read_name(r, rest) : copy(r, rest);
	record->security = r->security;
	for (; *last; last = &(*last)->next)
		if (strcmp((*last)->name, record->name) == 0 &&
		    strcmp((*last)->type, record->type) == 0 && (*last)->security != r->security)
			complain(r, "one RRset, two securities", record->name);
	*last = record;
	mention_owner(r, record->name);
}

static void
read_line(struct reader *r, char *line)
{
	size_t length = strlen(line);

	while (length && isspace((unsigned char)line[length - 1]))
		line[--length] = '\0';
	if (r->line <= 2 && *line != ';')
		complain(r, "the first two lines are comments", "what an admin learns, the rules");
	if (*line == '\0' || *line == ';')
		return;
	if (*line == '@')
		read_directive(r, line);
	else
		read_record(r, line);
}

bool
zone_read(const char *path, struct zone *ret_zone)
{
	struct reader r = {.zone = ret_zone, .path = path};
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;

	memset(ret_zone, 0, sizeof(*ret_zone));
	arena_init(&ret_zone->arena);
	ret_zone->seed = 1;
	ret_zone->start = nmx_request_start;
	if (!file) {
		complain(&r, "cannot be read", strerror(errno));
		return false;
	}
	while (getline(&line, &size, file) >= 0) {
		r.line++;
		read_line(&r, line);
	}
	free(line);
	fclose(file);
	ret_zone->security = r.security;
	for (struct zone_record *record = ret_zone->records; record; record = record->next)
		mention_target(&r, record);
	if (!ret_zone->domain)
		complain(&r, "missing", "@domain");
	return !r.failed;
}

void
zone_free(struct zone *zone)
{
	arena_done(&zone->arena);
}
