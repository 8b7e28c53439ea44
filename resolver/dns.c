/* SPDX-License-Identifier: BSD-2-Clause */
#include "resolver/dns.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unbound-event.h>
#include <unbound.h>
#include <unistd.h>

#include "base/list.h"
#include "resolver/dns_builtin.h"
#include "resolver/dns_config.h"
#include "resolver/dns_log.h"

/*
 * Making, finishing and deleting contexts touches libunbound's globals; the mutex is held for the
 * whole of each.
 */
static pthread_mutex_t contexts_lock = PTHREAD_MUTEX_INITIALIZER;

/* A question in flight. Outlives whoever asked; freed by its answer. */
struct dns_question {
	struct dns *dns;  /* NULL once dns is closed or rebuilt */
	dns_done_fn done; /* NULL: forgotten */
	void *user;
	struct list_node node; /* of dns->questions, or spare */
};

struct dns {
	struct ub_ctx *ub;
	const struct settings *settings;
	struct loop *loop;
	struct list questions; /* in flight */
	struct list spare;     /* records for others */
	int n_spare;
	unsigned sockets;
	struct dns_counts counts;
};

/* ---- libunbound's context ------------------------------------------------------------------- */

/* libunbound counts the line after the faulty one: the record has been read to its end. */
static void
explain_parse_error(const char *line, struct text *error)
{
	char file[LIMIT_LOG_LINE], fault[LIMIT_LOG_LINE];
	unsigned number, column;

	if (sscanf(line, "error: parse error %999s %u:%u: %999[^\n]", file, &number, &column,
		   fault) == 4)
		text_printf(error, "zone file %.200s line %u: %.200s", file,
			    number > 1 ? number - 1 : number, fault);
	else
		text_printf(error, "libunbound: %.300s", line + strlen("error: "));
}

/* The first error that libunbound logged while it was opened. */
static void
explain_failure(struct text *caught, const char *what, struct text *error)
{
	char *line = caught->data ? strstr(caught->data, "error: ") : NULL;

	if (line) {
		line[strcspn(line, "\n")] = '\0';
		explain_parse_error(line, error);
	} else {
		text_printf(error, "libunbound: %s", what);
	}
}

/* From version 1.26 on libunbound passes over a zone file with an error in it, and only says so. */
static bool
passes_over_zone(const struct text *caught)
{
	return caught->data && strstr(caught->data, "error: error parsing zonefile ");
}

/* Hands the configuration over in memory: libunbound takes some of it from files only. */
static int
configure(struct ub_ctx *ub, const struct text *config)
{
	char path[32];
	int fd = memfd_create("nextmx", MFD_CLOEXEC), result;

	if (fd < 0)
		return UB_SYNTAX;
	if (write(fd, config->data, config->length) != (ssize_t)config->length) {
		close(fd);
		return UB_SYNTAX;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	result = ub_ctx_config(ub, path);
	close(fd);
	return result;
}

/* libunbound passes over an anchor of which it knows no algorithm, and validates nothing below it. */
static bool
ignores_anchor(const struct text *caught, struct text *error)
{
	const char *found = caught->data ? strstr(caught->data, "no supported algorithms") : NULL;

	if (found)
		text_add(error, "trust-anchor: libunbound knows no algorithm of the anchor, and "
				"would not validate");
	return found != NULL;
}

/* Under the lock. */
static int
open_locked(const struct settings *s, struct loop *loop, const struct text *config,
	    struct text *caught, struct text *error, struct ub_ctx **ret_ub)
{
	FILE *stream = dns_log_stream();
	struct ub_ctx *ub = stream ? ub_ctx_create_ub_event(loop_ub_base(loop)) : NULL;
	int result;

	if (!ub) {
		text_add(error, "libunbound: no context");
		return NMX_E_NOMEM;
	}
	ub_ctx_debugout(ub, stream);
	result = configure(ub, config);
	if (result == UB_NOERROR && s->upstream_resolv_conf)
		result = ub_ctx_resolvconf(ub, NULL);
	if (result == UB_NOERROR)
		result = dns_builtin_remove(ub, s, caught);
	if (result == UB_NOERROR && ignores_anchor(caught, error)) {
		ub_ctx_delete(ub);
		return NMX_E_CONFIG;
	}
	if (result == UB_NOERROR && passes_over_zone(caught))
		result = UB_SYNTAX;
	if (result != UB_NOERROR) {
		explain_failure(caught, ub_strerror(result), error);
		ub_ctx_delete(ub);
		return result == UB_NOMEM ? NMX_E_NOMEM : NMX_E_CONFIG;
	}
	*ret_ub = ub;
	return 0;
}

static int
open_ub(const struct settings *s, struct loop *loop, struct text *error, struct ub_ctx **ret_ub,
	unsigned *ret_sockets)
{
	struct text config = text_growing(), caught = text_growing();
	int result = dns_config_write(s, &config, error, ret_sockets);

	if (result == 0) {
		pthread_mutex_lock(&contexts_lock);
		dns_log_catch(&caught);
		result = open_locked(s, loop, &config, &caught, error, ret_ub);
		dns_log_catch(NULL);
		pthread_mutex_unlock(&contexts_lock);
	}
	free(config.data);
	free(caught.data);
	return result;
}

/* ---- Questions ------------------------------------------------------------------------------ */

static void
unlink_question(struct dns_question *q)
{
	list_remove(&q->dns->questions, &q->node);
	q->dns->counts.in_flight--;
	q->dns->counts.orphans -= q->done == NULL;
}

static struct dns_question *
new_question(struct dns *dns)
{
	struct dns_question *q = LIST_THING(dns->spare.first, struct dns_question, node);

	if (!q)
		return malloc(sizeof(*q));
	list_remove(&dns->spare, &q->node);
	dns->n_spare--;
	return q;
}

static void
free_question(struct dns *dns, struct dns_question *q)
{
	if (dns && dns->n_spare < LIMIT_SPARE_QUESTIONS) {
		list_add_first(&dns->spare, &q->node);
		dns->n_spare++;
	} else {
		free(q);
	}
}

/* With rcode not 0 the packet holds another answer's bytes; answer_judge does not touch it. */
static void
answered(void *user, int rcode, void *packet, int size, int security, char *why_bogus,
	 int was_ratelimited)
{
	struct dns_question *q = user;
	struct answer_raw raw = {rcode, packet, size > 0 ? (size_t)size : 0, security, why_bogus};
	struct dns *dns = q->dns;

	(void)was_ratelimited;
	if (dns) {
		unlink_question(q);
		if (q->done)
			q->done(q->user, &raw);
	}
	free_question(dns, q);
}

int
dns_ask(struct dns *dns, const char *name, uint16_t type, dns_done_fn done, void *user,
	struct dns_question **ret_question)
{
	struct dns_question *q;

	if (dns->counts.in_flight >= dns->settings->max_questions)
		return NMX_E_LIMIT;
	q = new_question(dns);
	if (!q)
		return NMX_E_NOMEM;
	*q = (struct dns_question){.dns = dns, .done = done, .user = user};
	list_add_first(&dns->questions, &q->node);
	dns->counts.in_flight++;
	dns->counts.asked++;
	*ret_question = q;
	if (ub_resolve_event(dns->ub, name, type, 1, q, answered, NULL) != UB_NOERROR) {
		*ret_question = NULL;
		unlink_question(q);
		free_question(dns, q);
		return NMX_E_NOMEM;
	}
	return 0;
}

void
dns_forget(struct dns_question *question)
{
	question->done = NULL;
	question->dns->counts.orphans++;
}

/* ---- Zones from files ----------------------------------------------------------------------- */

static void
note_failure(void *user, const struct answer_raw *raw)
{
	bool *failed = user;

	*failed = raw->rcode != 0;
}

/*
 * Whether a file that parses holds the zone it is said to: libunbound takes any, and then fails every
 * question. Its SOA is answered inside the asking, unless keys must be fetched first; then nothing is
 * known, and nothing is claimed.
 */
static int
check_zone_file(struct dns *dns, const struct zone_file *zone, struct text *error)
{
	struct dns_question *question;
	unsigned before = dns->counts.in_flight;
	bool failed = false;
	char name[LIMIT_NAME_TEXT];
	int result = dns_ask(dns, dname_text(zone->zone, name), RR_SOA, note_failure, &failed,
			     &question);

	if (result)
		return result;
	if (dns->counts.in_flight > before)
		dns_forget(question);
	if (!failed)
		return 0;
	text_printf(error, "zone %.300s, file ", name);
	text_escaped(error, zone->file, strlen(zone->file));
	text_add(error, ": it does not hold this zone (is the SOA record's name another?)");
	return NMX_E_CONFIG;
}

static int
check_zone_files(struct dns *dns, struct text *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < dns->settings->n_zones; i++)
		result = check_zone_file(dns, &dns->settings->zones[i], error);
	return result;
}

/* ---- Opening and closing -------------------------------------------------------------------- */

int
dns_open(const struct settings *settings, struct loop *loop, struct text *error,
	 struct dns **ret_dns)
{
	struct dns *dns = calloc(1, sizeof(*dns));
	int result;

	if (!dns)
		return NMX_E_NOMEM;
	dns->settings = settings;
	dns->loop = loop;
	result = open_ub(settings, loop, error, &dns->ub, &dns->sockets);
	if (result) {
		free(dns);
		return result;
	}
	result = check_zone_files(dns, error);
	if (result) {
		dns_close(dns, false);
		return result;
	}
	*ret_dns = dns;
	return 0;
}

/* libunbound answers what is in flight with SERVFAIL while it goes: by then nobody listens. */
static void
detach_questions(struct dns *dns)
{
	struct list_node *node;

	while ((node = dns->questions.first)) {
		list_remove(&dns->questions, node);
		LIST_THING(node, struct dns_question, node)->dns = NULL;
	}
	dns->counts.in_flight = dns->counts.orphans = 0;
}

static void
delete_ub(struct ub_ctx *ub)
{
	pthread_mutex_lock(&contexts_lock);
	ub_ctx_delete(ub);
	pthread_mutex_unlock(&contexts_lock);
}

static void
free_questions(struct list *questions)
{
	for (struct list_node *node; (node = questions->first);) {
		list_remove(questions, node);
		free(LIST_THING(node, struct dns_question, node));
	}
}

void
dns_close(struct dns *dns, bool forked)
{
	if (!dns)
		return;
	if (forked)
		free_questions(&dns->questions);
	free_questions(&dns->spare);
	if (!forked) {
		detach_questions(dns);
		delete_ub(dns->ub);
	}
	free(dns);
}

int
dns_rebuild(struct dns *dns)
{
	char buffer[LIMIT_LOG_LINE];
	struct text error = text_into(buffer, sizeof(buffer));
	struct ub_ctx *ub, *old = dns->ub;
	int result = open_ub(dns->settings, dns->loop, &error, &ub, &dns->sockets);

	if (result)
		return result;
	detach_questions(dns);
	dns->ub = ub;
	delete_ub(old);
	return 0;
}

unsigned
dns_capacity(const struct dns *dns)
{
	unsigned most = dns->settings->max_questions;

	return most < dns->sockets ? most : dns->sockets;
}

struct dns_counts
dns_count(const struct dns *dns)
{
	return dns->counts;
}

/* Released with fixes for crashes that a zone can provoke: docs/decisions.md. */
static bool
has_security_fixes(const char *version)
{
	unsigned major = 0, minor = 0, patch = 0;

	sscanf(version, "%u.%u.%u", &major, &minor, &patch);
	return major > 1 || (major == 1 && (minor > 25 || (minor == 25 && patch >= 2)));
}

void
dns_print_version(struct text *text)
{
	text_printf(
		text, "libunbound %s%s", ub_version(),
		has_security_fixes(ub_version())
			? ""
			: " (older than 1.25.2: unless its packager added them, fixes of crashes "
			  "that a hostile zone can cause are missing)");
}
