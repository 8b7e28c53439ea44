/* SPDX-License-Identifier: BSD-2-Clause */
#include "script.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	struct entry *next;
	uint8_t name[LIMIT_NAME];
	uint16_t type;
	int rcode, security;
	char *why_bogus;
	uint8_t *bytes;
	size_t size;
	enum script_when when;
};

struct dns_question {
	struct dns_question *next;
	dns_done_fn done;
	void *user;
	uint8_t name[LIMIT_NAME];
	uint16_t type;
	const struct entry *entry;
	struct dns *dns; /* NULL once it is closed or rebuilt */
};

struct asked {
	struct asked *next;
	uint8_t name[LIMIT_NAME];
	uint16_t type;
};

struct dns {
	const struct settings *settings;
	struct dns_counts counts;
};

static struct {
	struct entry *entries;
	struct dns_question *waiting;
	struct asked *asked;
	struct entry otherwise;
	int fail, signal;
	unsigned rebuilds;
	int rebuild_error;
	int64_t boot_ns, wall_ns;
} script;

/* ---- Script --------------------------------------------------------------------------------- */

static void
read_name(const char *text, uint8_t ret_name[static LIMIT_NAME])
{
	if (!dname_from_text(text, strlen(text), ret_name)) {
		fprintf(stderr, "script: not a name: %s\n", text);
		abort();
	}
}

void
script_reset(void)
{
	while (script.entries) {
		struct entry *next = script.entries->next;

		free(script.entries->why_bogus);
		free(script.entries->bytes);
		free(script.entries);
		script.entries = next;
	}
	while (script.waiting) {
		struct dns_question *next = script.waiting->next;

		free(script.waiting);
		script.waiting = next;
	}
	while (script.asked) {
		struct asked *next = script.asked->next;

		free(script.asked);
		script.asked = next;
	}
	memset(&script, 0, sizeof(script));
	script_clock_reset();
}

void
script_default(int security, enum script_when when)
{
	script.otherwise.security = security;
	script.otherwise.when = when;
}

void
script_put(const char *name, uint16_t type, int rcode, const struct packet *packet, int security,
	   const char *why_bogus, enum script_when when)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	read_name(name, entry->name);
	entry->type = type;
	entry->rcode = rcode;
	entry->security = security;
	entry->why_bogus = why_bogus ? strdup(why_bogus) : NULL;
	entry->when = when;
	if (packet) {
		entry->bytes = malloc(packet->size);
		memcpy(entry->bytes, packet->bytes, packet->size);
		entry->size = packet->size;
	}
	entry->next = script.entries;
	script.entries = entry;
}

void
script_rrset(const char *name, const char *type, const char *records, int security,
	     enum script_when when)
{
	static struct packet packet;
	char *copy = strdup(records), *rest = copy, *record;

	packet_begin(&packet, RCODE_NOERROR, name, packet_type(type));
	while ((record = strsep(&rest, "|")) && *record)
		packet_text(&packet, ANSWER_SECTION, name, 300, type, record);
	if (*records == '\0')
		packet_soa(&packet, "example", 300, 300);
	script_put(name, packet_type(type), 0, &packet, security, NULL, when);
	free(copy);
}

/* ---- Answering ------------------------------------------------------------------------------ */

static void
give_otherwise(const struct dns_question *q, struct answer_raw *raw)
{
	static struct packet packet;
	char text[LIMIT_NAME_TEXT];

	packet_begin(&packet, RCODE_NXDOMAIN, dname_text(q->name, text), q->type);
	packet_soa(&packet, "example", 300, 300);
	*raw = (struct answer_raw){0, packet.bytes, packet.size, script.otherwise.security, NULL};
}

/* The record is freed before the callback, which may ask again or forget others. */
static void
answer(struct dns_question *q)
{
	struct answer_raw raw;
	dns_done_fn done = q->done;
	void *user = q->user;

	if (q->entry)
		raw = (struct answer_raw){q->entry->rcode, q->entry->bytes, q->entry->size,
					  q->entry->security, q->entry->why_bogus};
	else
		give_otherwise(q, &raw);
	if (q->dns) {
		q->dns->counts.in_flight--;
		q->dns->counts.orphans -= done == NULL;
	}
	if (!q->dns)
		done = NULL;
	free(q);
	if (done)
		done(user, &raw);
}

unsigned
script_asked(const char *name, uint16_t type)
{
	uint8_t wire[LIMIT_NAME];
	unsigned n = 0;

	if (name)
		read_name(name, wire);
	for (const struct asked *a = script.asked; a; a = a->next)
		n += !name || (a->type == type && dname_equal(a->name, wire));
	return n;
}

unsigned
script_waiting(void)
{
	unsigned n = 0;

	for (const struct dns_question *q = script.waiting; q; q = q->next)
		n++;
	return n;
}

static bool
release(struct dns_question **at)
{
	struct dns_question *q = *at;

	if (!q)
		return false;
	*at = q->next;
	answer(q);
	return true;
}

bool
script_release(unsigned i)
{
	struct dns_question **at = &script.waiting;

	while (*at && i--)
		at = &(*at)->next;
	return release(at);
}

bool
script_release_name(const char *name, uint16_t type)
{
	struct dns_question **at = &script.waiting;
	uint8_t wire[LIMIT_NAME];

	read_name(name, wire);
	while (*at && ((*at)->type != type || !dname_equal((*at)->name, wire)))
		at = &(*at)->next;
	return release(at);
}

void
script_release_all(void)
{
	while (script_release(0))
		;
}

void
script_fail_asking(int error)
{
	script.fail = error;
}

void
script_raise(int signal)
{
	script.signal = signal;
}

void
script_fail_rebuilding(int error)
{
	script.rebuild_error = error;
}

unsigned
script_rebuilds(void)
{
	return script.rebuilds;
}

/* ---- resolver/dns.h ------------------------------------------------------------------------- */

int
dns_open(const struct settings *settings, struct loop *loop, struct text *error,
	 struct dns **ret_dns)
{
	struct dns *dns = calloc(1, sizeof(*dns));

	(void)loop, (void)error;
	if (!dns)
		return NMX_E_NOMEM;
	dns->settings = settings;
	*ret_dns = dns;
	return 0;
}

static void
detach(struct dns *dns)
{
	for (struct dns_question *q = script.waiting; q; q = q->next)
		if (q->dns == dns)
			q->dns = NULL;
	dns->counts.in_flight = dns->counts.orphans = 0;
}

void
dns_close(struct dns *dns, bool forked)
{
	(void)forked;
	if (!dns)
		return;
	detach(dns);
	free(dns);
}

static const struct entry *
find_entry(const uint8_t *name, uint16_t type)
{
	const struct entry *entry = script.entries;

	while (entry && (entry->type != type || !dname_equal(entry->name, name)))
		entry = entry->next;
	return entry;
}

int
dns_ask(struct dns *dns, const char *text, uint16_t type, dns_done_fn done, void *user,
	struct dns_question **ret_question)
{
	struct dns_question *q, **last = &script.waiting;
	uint8_t name[LIMIT_NAME];
	struct asked *asked;
	enum script_when when;

	if (script.signal)
		pthread_kill(pthread_self(), script.signal);
	if (script.fail || !dname_from_text(text, strlen(text), name))
		return script.fail ? script.fail : NMX_E_INVALID;
	if (dns->counts.in_flight >= dns->settings->max_questions)
		return NMX_E_LIMIT;
	q = calloc(1, sizeof(*q));
	if (!q)
		return NMX_E_NOMEM;
	asked = calloc(1, sizeof(*asked));
	if (!asked) {
		free(q);
		return NMX_E_NOMEM;
	}
	asked->type = q->type = type;
	memcpy(asked->name, name, dname_length(name));
	memcpy(q->name, name, dname_length(name));
	asked->next = script.asked;
	script.asked = asked;
	q->done = done;
	q->user = user;
	q->dns = dns;
	q->entry = find_entry(name, type);
	dns->counts.asked++;
	dns->counts.in_flight++;
	*ret_question = q;
	when = q->entry ? q->entry->when : script.otherwise.when;
	if (when == SCRIPT_INSIDE) {
		answer(q);
		return 0;
	}
	while (*last)
		last = &(*last)->next;
	*last = q;
	return 0;
}

void
dns_forget(struct dns_question *question)
{
	question->done = NULL;
	question->dns->counts.orphans++;
}

int
dns_rebuild(struct dns *dns)
{
	if (script.rebuild_error)
		return script.rebuild_error;
	detach(dns);
	script.rebuilds++;
	return 0;
}

unsigned
dns_capacity(const struct dns *dns)
{
	return dns->settings->max_questions;
}

struct dns_counts
dns_count(const struct dns *dns)
{
	return dns->counts;
}

bool
dns_take_log(enum nmx_log_level *ret_level, char *ret_line, size_t size)
{
	(void)ret_level, (void)ret_line, (void)size;
	return false;
}

void
dns_print_version(struct text *text)
{
	text_add(text, "scripted answers");
}

/* ---- Clock ---------------------------------------------------------------------------------- */

static int64_t
boot_ns(const struct clock *clock)
{
	(void)clock;
	return script.boot_ns;
}

static int64_t
wall_ns(const struct clock *clock)
{
	(void)clock;
	return script.wall_ns;
}

const struct clock script_clock = {boot_ns, wall_ns};

void
script_clock_reset(void)
{
	script.boot_ns = 1000 * NS_PER_S;
	script.wall_ns = 1800000000 * NS_PER_S;
}

void
script_advance_ms(int64_t ms)
{
	script.boot_ns += ms * NS_PER_MS;
	script.wall_ns += ms * NS_PER_MS;
}

void
script_jump_wall_s(int64_t seconds)
{
	script.wall_ns += seconds * NS_PER_S;
}
