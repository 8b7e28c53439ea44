/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions to libunbound's event interface. Golden tests link a scripted source in place of dns.c
 * behind this header; nothing else may stand between the lookup and libunbound.
 *
 * An answer may come inside dns_ask(): set what the callback needs before asking. A question that
 * nobody waits for any more is forgotten, never cancelled: libunbound goes on with it, and its
 * record is freed when the answer comes.
 */
#ifndef NMX_RESOLVER_DNS_H
#define NMX_RESOLVER_DNS_H

#include "base/answer.h"
#include "resolver/loop.h"
#include "resolver/settings.h"

struct dns;
struct dns_question;

/* Called once, from inside dns_ask() or loop_run(); the raw answer is lent for the call. */
typedef void (*dns_done_fn)(void *user, const struct answer_raw *raw);

/*
 * Opens a resolver. 0, or NMX_E_CONFIG with a sentence in error, or NMX_E_NOMEM, NMX_E_SYSTEM. The
 * settings and the loop must outlive it.
 */
int dns_open(const struct settings *settings, struct loop *loop, struct text *error,
	     struct dns **ret_dns);
/* Forgets every question. In a forked child libunbound itself is left alone: its sockets are the
 * parent's too. */
void dns_close(struct dns *dns, bool forked);

/*
 * Asks. The name is text that dname_put() or dname_text() made: what needs it is escaped, so that
 * UB_SYNTAX, which leaks, cannot happen. *ret_question is set before done can be called, and becomes invalid when it is. 0,
 * NMX_E_NOMEM, or NMX_E_LIMIT if max-questions are in flight; then done is not called.
 */
int dns_ask(struct dns *dns, const char *name, uint16_t type, dns_done_fn done, void *user,
	    struct dns_question **ret_question);
void dns_forget(struct dns_question *question);

/* Puts a fresh resolver, with empty caches, in place of the old one (RULES CLK-1). Every question is
 * lost, unanswered. Not from a callback. 0 or an error; then the old one stays. */
int dns_rebuild(struct dns *dns);

/* How many questions are worth having in flight: beyond max-questions they fail, and beyond the
 * sockets they wait inside libunbound, each for those before it, out of our sight. */
unsigned dns_capacity(const struct dns *dns);

struct dns_counts {
	uint64_t asked;
	unsigned in_flight, orphans;
};

struct dns_counts dns_count(const struct dns *dns);

/* Takes libunbound's oldest message that nobody has taken; false if there is none. */
bool dns_take_log(enum nmx_log_level *ret_level, char *ret_line, size_t size);

/* "libunbound 1.17.1", with a warning if it lacks security fixes. */
void dns_print_version(struct text *text);

#endif
